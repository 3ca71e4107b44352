"""How we prove who we are: local users and their passwords, tokens, and how often to log in.

Sources: gateway-api.md, section 4 (firmware before 7) and section 5 (tokens, from 7 on).
"""

import hashlib
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Final

import httpx

from ..errors import EnlightenAuthenticationError, EnlightenUnavailableError, Problem
from ..memory import JsonValue, Memory, section

_REALM: Final = "enphaseenergy.com"


@dataclass(frozen=True, slots=True)
class Credentials:
    """What the user typed: a local user, or the account at Enlighten."""

    username: str = field(default="", repr=False)  # an e-mail address, where it is the cloud's
    password: str = field(default="", repr=False)
    use_enlighten: bool = False
    """Whether tokens may be fetched from the cloud with them."""


@dataclass(frozen=True, slots=True)
class TokenAuth(httpx.Auth):
    """Sends a token, and with it the session cookie where there is one.

    A gateway does not check the token again while it knows the cookie, which saves it work; early
    7.0 insists on both.
    """

    token: str = field(repr=False)
    session_id: str | None = field(repr=False)

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response]:
        """Sign the request; there is nothing to answer."""
        request.headers["Authorization"] = f"Bearer {self.token}"
        if self.session_id:
            request.headers["Cookie"] = f"sessionId={self.session_id}"
        yield request


def local_logins(credentials: Credentials, serial: str) -> tuple[tuple[str, str], ...]:
    """Return the users and passwords to try on the gateway ``serial``, in this order.

    First what the user typed, then what gateways are delivered with. An e-mail address belongs to
    the cloud: its password is not shown to a gateway, which talks without encryption.
    """
    username = credentials.username.strip() or "envoy"
    delivered = {"envoy": serial[-6:], "installer": installer_password(serial)}
    logins = []
    if "@" not in username:
        if credentials.password:
            logins.append((username, credentials.password))
        logins.append((username, delivered.get(username, serial[-6:])))
    # Each is only asked when those before it were refused, so two wrong ones do no harm.
    return tuple(dict.fromkeys([*logins, *delivered.items()]))


def installer_password(serial: str) -> str:
    """Return the password that a gateway is delivered with for its user ``installer``.

    Made from the serial number; holds for firmware before 7. Source: gateway-api.md, 4.1.
    """
    text = f"[e]installer@{_REALM}#{serial} EnPhAsE eNeRgY "
    digest = hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
    zeros, ones = digest.count("0"), digest.count("1")
    password = ""
    for character in reversed(digest[-8:]):
        zeros = min(max(zeros - (zeros in (3, 6, 9)), 0), 20)
        ones = min(max(ones - (ones in (9, 15)), 0), 26)
        if character == "0":
            password += chr(ord("f") + zeros)
            zeros -= 1
        elif character == "1":
            password += chr(ord("@") + ones)
            ones -= 1
        else:
            password += character
    return password


class LoginLimiter:
    """Decides whether the cloud may be asked now; remembers across restarts.

    At most one login in 15 minutes and four in 24 hours; after three refusals in a row none until
    the user has acted. Gateways answer 401 for many reasons, and Enphase locks accounts. A cloud
    that is busy is asked after half an hour, two hours and eight: the four logins cover a day.
    """

    _PAUSE_S: Final = 15 * 60
    _BUSY_PAUSES_S: Final = (30 * 60, 2 * 3600, 8 * 3600)
    _DAY_S: Final = 24 * 3600
    _LOGINS_A_DAY: Final = 4
    _REFUSALS: Final = 3

    def __init__(self, memory: Memory) -> None:
        """Keep the record in the section ``logins`` of ``memory``."""
        self._memory = memory

    def check(self, now: float) -> None:
        """Raise when no login may be made at ``now`` (epoch seconds), both with ``CLOUD_PAUSED``.

        EnlightenAuthenticationError when only the user can change that,
        EnlightenUnavailableError when it changes with time.
        """
        if self._refusals >= self._REFUSALS:
            raise EnlightenAuthenticationError(
                "Enlighten refused the login again and again", Problem.CLOUD_PAUSED
            )
        times = self._times(now)
        tried = self._tried(now)
        if len(times) >= self._LOGINS_A_DAY or any(
            now - at < self._pause_s for at in times + tried
        ):
            raise EnlightenUnavailableError(
                "Enlighten was asked only a short time ago", Problem.CLOUD_PAUSED
            )

    def record(self, now: float) -> None:
        """Note a login, before it is made: it counts even if the process ends during it."""
        times: list[JsonValue] = [*self._times(now), now]
        section(self._memory, "logins")["at"] = times
        self._memory.changed(now=True)

    def unreached(self) -> None:
        """Take back the last login, which did not reach the cloud.

        Otherwise an outage of an hour would use up the logins of the day. Only the pause remains.
        """
        logins = section(self._memory, "logins")
        times = logins.get("at")
        if isinstance(times, list) and times:
            logins["at"], logins["tried"] = times[:-1], times[-1]
            self._memory.changed(now=True)

    def refused(self) -> None:
        """Note that the cloud refused the login."""
        section(self._memory, "logins")["refusals"] = self._refusals + 1
        self._memory.changed(now=True)

    def busy(self) -> None:
        """Note that the cloud was too busy; each time in a row, the wait is longer."""
        section(self._memory, "logins")["busy"] = self._count("busy") + 1
        self._memory.changed(now=True)

    def reset(self) -> None:
        """Forget the refusals: a login worked, or the user gave other credentials."""
        section(self._memory, "logins").update(refusals=0, busy=0)
        self._memory.changed(now=True)

    @property
    def _refusals(self) -> int:
        return self._count("refusals")

    @property
    def _pause_s(self) -> float:
        """Seconds from one login to the next."""
        busy = self._count("busy")
        if not busy:
            return self._PAUSE_S
        return self._BUSY_PAUSES_S[min(busy, len(self._BUSY_PAUSES_S)) - 1]

    def _count(self, name: str) -> int:
        found = section(self._memory, "logins").get(name)
        return found if isinstance(found, int) else 0

    def _tried(self, now: float) -> list[float]:
        """Return when the cloud last did not answer; a time in the future is treated as below."""
        logins = section(self._memory, "logins")
        tried = logins.get("tried")
        if not isinstance(tried, int | float):
            return []
        logins["tried"] = min(tried, now)
        return [min(tried, now)]

    def _times(self, now: float) -> list[float]:
        """Return when logins were made in the last 24 hours, never later than now.

        A time that lies ahead was noted by a clock that has been set back since (a small computer
        without a battery starts in the past). It counts as now, and is noted so: it neither locks
        for ever nor is it forgotten.
        """
        noted = section(self._memory, "logins").get("at")
        known = (
            [at for at in noted if isinstance(at, int | float)] if isinstance(noted, list) else []
        )
        times = [min(at, now) for at in known if now - at < self._DAY_S]
        if times != noted:
            section(self._memory, "logins")["at"] = list(times)
            self._memory.changed()
        return times
