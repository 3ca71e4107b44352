"""A simulated gateway with its site and its cloud, for tests and for ``python -m``."""

from __future__ import annotations

import time
from datetime import datetime
from types import TracebackType
from typing import Self
from zoneinfo import ZoneInfo

from .access import installer_password, make_token
from .enlighten import Account, Cloud
from .faults import Faults
from .firmware import Firmware
from .gateway import SimulatedGateway
from .latency import Latency
from .listener import Listener
from .obedience import Obedience
from .scenarios import SCENARIOS, Scenario
from .server import Request, Server
from .site import Site
from .stream import Stream

EMAIL, PASSWORD = "owner@example.com", "a-made-up-password"
_YEAR_S = 365 * 86400
_HOUR_S = 3600


class Simulator:
    """A scenario, running on a port of this machine.

    Its clock stands still unless ``speed`` is given; ``site.advance`` moves it. Without ``start``
    the story begins now, two hours before the sun of this site is highest, whatever the hour:
    tests must not depend on when they run. With ``start`` the sun is highest at 13:00, and with
    ``noon_h`` at that hour.
    """

    def __init__(  # noqa: PLR0913 -- what a story begins with
        self,
        scenario: str | Scenario,
        *,
        start: float | None = None,
        speed: float = 0.0,
        port: int = 0,
        cloud: Cloud | None = None,
        noon_h: float | None = None,
    ) -> None:
        """Build the site. A ``cloud`` that is given may serve several simulators."""
        self.scenario = SCENARIOS[scenario] if isinstance(scenario, str) else scenario
        noon_s = 13.0 * _HOUR_S
        if start is None:
            start = time.time()
            local = datetime.fromtimestamp(start, ZoneInfo(self.scenario.plan.time_zone))
            noon_s = local.hour * _HOUR_S + local.minute * 60 + 2.0 * _HOUR_S
        if noon_h is not None:
            noon_s = noon_h * _HOUR_S
        site = self.scenario.site(start, noon_s)
        self.gateway = SimulatedGateway(site, self.scenario.firmware, speed=speed)
        self.server = Server(self.gateway, port=port)
        self.cloud = cloud or Cloud(clock=lambda: site.now)
        self._own_cloud = cloud is None
        account = self.cloud.accounts.setdefault(EMAIL, Account(EMAIL, PASSWORD))
        account.serials.add(site.serial)

    @property
    def host(self) -> str:
        """Where the gateway is, as a user would type it."""
        return self.server.address

    @property
    def serial(self) -> str:
        """The gateway's serial number."""
        return self.site.serial

    @property
    def site(self) -> Site:
        """The truth."""
        return self.gateway.site

    @property
    def firmware(self) -> Firmware:
        """The firmware that runs now; may be replaced while running."""
        return self.gateway.firmware

    @firmware.setter
    def firmware(self, firmware: Firmware) -> None:
        self.gateway.firmware = firmware

    @property
    def faults(self) -> Faults:
        """What goes wrong, by path."""
        return self.server.faults

    @property
    def obedience(self) -> Obedience:
        """How commands are taken, by path."""
        return self.gateway.obedience

    @property
    def writes(self) -> list[Request]:
        """The commands so far, refused ones included."""
        return [request for request in self.ledger if request.is_write]

    @property
    def latency(self) -> Latency:
        """How long answers take; its table may be replaced."""
        return self.server.latency

    @property
    def stream(self) -> Stream:
        """How ``/stream/meter`` is sent."""
        return self.server.stream

    @property
    def ledger(self) -> list[Request]:
        """The requests so far."""
        return self.server.ledger

    @property
    def max_concurrent(self) -> int:
        """The highest number of requests that were under way at the same time."""
        return self.server.max_concurrent

    @property
    def credentials(self) -> tuple[str, str]:
        """The user and password that open this gateway, or the cloud for it."""
        match self.scenario.way_in:
            case "digest-installer":
                return "installer", installer_password(self.serial)
            case "digest" | "open":
                return "envoy", self.serial[-6:]
        return EMAIL, PASSWORD

    @property
    def revoked(self) -> set[str]:
        """Tokens that the gateway refuses though they are in order."""
        return self.gateway.tokens.revoked

    def token(
        self, kind: str = "owner", lifetime_s: float = _YEAR_S, serial: str | None = None
    ) -> str:
        """Make a token, dated by the site's clock."""
        return make_token(serial or self.serial, kind, self.site.now, lifetime_s)

    def revoke_tokens(self) -> None:
        """Refuse every token that was used or issued so far, and end the sessions."""
        self.gateway.tokens.revoke_all()

    def capture(self) -> dict[str, bytes]:
        """Return the body of every page of this moment."""
        return self.gateway.pages()

    async def listen_also(self, host: str) -> Listener:
        """Serve on a second address as well; the listener can be stopped and started alone."""
        return await self.server.listen_also(host)

    async def switch_off(self) -> None:
        """Stop listening and break all connections."""
        await self.server.stop()

    async def switch_on(self) -> None:
        """Listen again, on the same port; sessions do not survive it."""
        self.gateway.tokens.forget_sessions()
        await self.server.start()

    async def __aenter__(self) -> Self:
        """Start gateway and cloud."""
        await self.server.start()
        if self._own_cloud:
            await self.cloud.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop both."""
        await self.server.stop()
        if self._own_cloud:
            await self.cloud.stop()
