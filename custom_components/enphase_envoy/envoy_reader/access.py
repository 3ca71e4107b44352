"""How the gateway is reached: its addresses, the kind of login, and whether it is the right one.

``/info`` says without a login which gateway it is, and is only read here. Where that page fails, a
known gateway is recognised by other pages.
"""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from .errors import (
    EnvoyConnectionError,
    EnvoyError,
    EnvoyIdentityError,
    EnvoyResponseError,
    EnvoyTimeoutError,
    EnvoyUnsupportedError,
)
from .exchange.session import Mode
from .exchange.transport import phrase
from .pages.endpoints import INFO, INVERTERS

if TYPE_CHECKING:
    from .exchange.session import Session
    from .exchange.transport import Answer, Timing
    from .known.knowledge import Knowledge
    from .memory import Memory
    from .parsers.info import Info

_LOGGER = logging.getLogger(__name__)

_MOST_HOSTS: Final = 4
"""Addresses of one gateway: cable and Wi-Fi, each with IPv4 and IPv6."""
_PROBE_S: Final = 10
"""Seconds for finding out whether the gateway or only one of its pages has stopped answering."""


class Access:
    """The way to one gateway, over all addresses that it is known to have."""

    def __init__(
        self,
        host: str,
        session: Session,
        known: Knowledge,
        memory: Memory,
        timing: Timing,
    ) -> None:
        """Use ``host``, to which ``session`` talks; other addresses come from the memory."""
        kept = memory.data.get("hosts")
        others = [host for host in kept if isinstance(host, str)] if isinstance(kept, list) else []
        self._hosts = list(dict.fromkeys([host, *others]))[:_MOST_HOSTS]
        self._session = session
        self._transport = session.transport
        self._known = known
        self._memory = memory
        self._timing = timing
        self.identified = False
        """Whether it is certain that our gateway answers, and whether it wants a token."""

    @property
    def host(self) -> str:
        """The address in use."""
        return self._hosts[0]

    @property
    def has_other_hosts(self) -> bool:
        """Whether the gateway may be found at another address."""
        return len(self._hosts) > 1

    def learn_host(self, host: str) -> None:
        """Remember another address, to be tried when the gateway is not at the one in use."""
        if host not in self._hosts:
            self._hosts = [*self._hosts[: _MOST_HOSTS - 1], host]
            self._remember_hosts()

    async def probe(self) -> Info:
        """Return what the gateway says of itself, wherever it is found.

        Raises EnvoyConnectionError when nothing answers, EnvoyUnsupportedError when it is no
        gateway, and EnvoyIdentityError when it is another one than expected.
        """
        try:
            return await self._look(self._timing.page_s if self._known.profile else None)
        except (EnvoyConnectionError, EnvoyUnsupportedError, EnvoyIdentityError):
            info = await self.look_elsewhere()
            if info is None:
                raise
            return info

    async def identify(self, answered: set[str]) -> None:
        """Make sure that our gateway answers, and begin a session with it.

        The path of ``/info`` is added to ``answered`` if it has answered.
        """
        try:
            await self.probe()
        except (EnvoyConnectionError, EnvoyUnsupportedError) as err:
            if not await self._is_known_otherwise():
                raise
            _LOGGER.debug("The gateway is known, although it does not say who it is: %s", err)
        else:
            answered.add(INFO.path)
            self._known.detect()
        self._begin_session()
        if self._session.mode is Mode.TOKEN:
            await self._session.ensure_token()
        self.identified = True

    async def look_elsewhere(self) -> Info | None:
        """Move to the first other address at which the same gateway answers, if there is one."""
        for host in self._hosts[1:]:
            self._transport.move(host)
            try:
                info = await self._look(_PROBE_S)
            except EnvoyError as err:
                _LOGGER.debug("The gateway is not at another address of its own: %s", err)
                continue
            self._hosts = [host, *(other for other in self._hosts if other != host)]
            self._remember_hosts()
            return info
        self._transport.move(self.host)
        return None

    async def ask_info(self, timeout_s: float | None = _PROBE_S) -> Info:
        """Ask ``/info`` at the address in use; raises like ``probe``."""
        return self._recognise(await self._transport.get(INFO.path, timeout_s=timeout_s))

    async def _look(self, timeout_s: float | None) -> Info:
        """Ask which gateway is at the address in use, over HTTP and over HTTPS."""
        failure: EnvoyConnectionError | EnvoyUnsupportedError | None = None
        for scheme in self._schemes():
            self._transport.scheme = scheme
            try:
                return await self.ask_info(timeout_s)
            except EnvoyTimeoutError as err:
                if self._known.profile is not None:
                    raise  # the gateway listens, so this is the right scheme
                failure = failure or err
            except EnvoyConnectionError as err:
                failure = failure or err
            except EnvoyUnsupportedError as err:
                # Report the time-out, not the other port's redirect.
                failure = failure if isinstance(failure, EnvoyTimeoutError) else err
        raise failure or EnvoyConnectionError("There is no way to ask the gateway")

    def _remember_hosts(self) -> None:
        self._memory.data["hosts"] = list(self._hosts)
        self._memory.changed()

    def _schemes(self) -> tuple[str, str]:
        if self._known.profile is not None and not self._known.profile.uses_tokens:
            return "http", "https"
        return "https", "http"

    def _recognise(self, answer: Answer) -> Info:
        if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise EnvoyConnectionError(
                f"The gateway is not ready: {phrase(answer.status)}", status=answer.status
            )
        if answer.status != HTTPStatus.OK:
            raise EnvoyUnsupportedError(
                f"What answers is no gateway: {phrase(answer.status)}", status=answer.status
            )
        try:
            info = INFO.parse(answer.body)
        except EnvoyResponseError as err:
            raise EnvoyUnsupportedError(f"What answers is no gateway: {err}") from err
        self._known.record(INFO).note(answer)
        if self._known.serial not in (None, info.serial):
            self.identified = False
            raise EnvoyIdentityError("Another gateway answers at this address")
        self._known.serial = info.serial  # from now on, only this gateway is accepted
        profile = self._known.profile
        if profile is not None and profile.firmware != info.firmware:
            _LOGGER.debug("Firmware changed from %s to %s", profile.firmware, info.firmware)
            self._known.ask_anew()
        self._known.accept(INFO, info, answer.body)
        return info

    def _begin_session(self) -> None:
        profile = self._known.profile
        if profile is None:  # pragma: no cover -- callers have made sure
            raise EnvoyConnectionError("The gateway has not given its serial number")
        self._session.use(Mode.TOKEN if profile.uses_tokens else Mode.DIGEST, profile.serial)

    async def _is_known_otherwise(self) -> bool:
        """Tell whether another page than ``/info`` shows that the same gateway answers.

        It does when it confirms our token, which is made for this gateway alone, or lists an
        inverter of ours, which reports to no other gateway. An impostor may see the token here; it
        could fake ``/info`` just as well.
        """
        if self._known.settled is None:
            return False
        self._transport.scheme, _ = self._schemes()
        self._begin_session()
        try:
            if self._known.settled.uses_tokens:
                return await self._session.is_confirmed(_PROBE_S)
            ours = self._known.pages().get(INVERTERS) or ()
            answer = await self._session.get(INVERTERS.path, timeout_s=_PROBE_S)
            listed = INVERTERS.parse(answer.body) if answer.status == HTTPStatus.OK else ()
        except EnvoyError:
            return False
        return not {report.serial for report in ours}.isdisjoint(report.serial for report in listed)
