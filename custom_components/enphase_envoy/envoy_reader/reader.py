"""Reads one gateway: the steps from an address to snapshots, and what the owner may ask of it."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING, Any, Final

from .access import Access
from .assemble import Kept
from .assemble.build import build, time_zone, zone_named
from .assemble.house import with_kept_powers, with_sums_of
from .assemble.storage import BATTERY_CHARGED, BATTERY_DISCHARGED
from .collect import Collector
from .commands.commander import Commander
from .counters.site import Counters
from .errors import (
    EnvoyAbsentError,
    EnvoyAuthenticationError,
    EnvoyConnectionError,
    EnvoyDeniedError,
    EnvoyError,
    EnvoyResponseError,
    EnvoyUnsupportedError,
    Problem,
)
from .exchange.session import Mode, Session
from .exchange.tokens import TokenKind, renewal_due
from .exchange.transport import Timing, Transport
from .known.knowledge import Knowledge
from .known.stored_pages import restore_pages, save_pages
from .live.polls import LivePolls
from .live.stream import MeterStream
from .memory import section
from .pages.endpoints import INFO, READINGS
from .parsers.info import Info
from .report import describe
from .status import GatewayStatus, TokenStatus
from .watch import PanelWatch, is_limited
from .workload import Workload

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Mapping

    import httpx

    from .control import Command, PutBack
    from .counters.site import Rebase
    from .exchange.auth import Credentials, LoginLimiter
    from .exchange.tokens import Token
    from .memory import Memory
    from .models import Section, Snapshot
    from .profile import GatewayProfile
    from .roof import Trouble

_LOGGER = logging.getLogger(__name__)

_REPORTED: Final = ("commands", "counters", "logins", "watch")
"""What is remembered and cannot be read from the pages of now; there is no secret in it."""

_STEP_ASIDE_S: Final = 1.0
"""Seconds until it is looked again whether the gateway is free for live polls."""


class EnvoyReader:
    """One gateway and everything that is known about it."""

    def __init__(  # noqa: PLR0913 -- each is a choice of the owner's
        self,
        host: str,
        *,
        gateway: httpx.AsyncClient,
        cloud: httpx.AsyncClient,
        credentials: Credentials,
        memory: Memory,
        writer: httpx.AsyncClient | None = None,
        timing: Timing = Timing(),  # noqa: B008 -- frozen
        interval_s: float = 60,
        serial: str | None = None,
        zone: tzinfo = UTC,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Read the gateway at ``host``, which may carry a port.

        ``gateway`` must not verify certificates and belongs to this reader alone; ``cloud`` must
        verify them. All clients are closed by their owner. ``writer`` is another one like
        ``gateway``, for commands alone: it keeps no connection open. ``interval_s`` is the time
        between two collections, ``serial`` the gateway expected there (any, if ``None``), ``zone``
        the time zone until the gateway has given its own, ``clock`` gives epoch seconds.
        """
        self._transport = Transport(host, gateway, timing, writer=writer, sleep=sleep)
        self._session = Session(self._transport, credentials, memory, cloud, clock=clock)
        self._known = Knowledge(
            serial, interval_s=interval_s, clock=clock, is_installer=self._is_installer
        )
        self._access = Access(host, self._session, self._known, memory, timing)
        self._collector = Collector(self._known, self._access, self._session, timing)
        self._counters = Counters(
            section(memory, "counters"), sources=memory.data.get("sources"), trusted=memory.clean
        )
        self._kept = Kept()
        self._watch = PanelWatch(section(memory, "watch"))
        self._commander = Commander(
            self._session,
            self._known,
            memory,
            look=self.current,
            page_s=timing.page_s,
            sleep=sleep,
        )
        self._live = LivePolls(self._session, self._known)
        self._stream = MeterStream(self._session, self._known, memory, sleep=sleep)
        self._under_way = 0
        self._workload = Workload()
        self._credentials = credentials
        self._home_zone = zone_named(memory.data.get("time_zone")) or zone
        self._memory = memory
        self._collections = 0
        self._snapshot: Snapshot | None = None
        self._source: Snapshot | None = None
        """The snapshot as it was made, before it shared anything with the one before it."""
        restore_pages(self._known, memory)

    @property
    def host(self) -> str:
        """The address in use; another one than at first when the gateway was found elsewhere."""
        return self._access.host

    def learn_host(self, host: str) -> None:
        """Remember another address, to be tried when the gateway is not at the one in use."""
        self._access.learn_host(host)

    async def probe(self) -> Info:
        """Return what the gateway says of itself, which needs no login.

        Raises EnvoyConnectionError when nothing answers, EnvoyUnsupportedError when it is no
        gateway, and EnvoyIdentityError when it is another one than expected.
        """
        return await self._access.probe()

    async def validate(self) -> Snapshot:
        """Read the gateway as a person sets it up, and raise the first trouble there is.

        Every EnvoyError is possible; its ``problem`` says what to tell that person. With
        SecondFactorError the person is handed the sign-in, which waits for a code.
        """
        self._session.attended = True
        await self._access.identify(set())
        if self._session.mode is not Mode.TOKEN and self._credentials.use_enlighten:
            raise EnvoyUnsupportedError("Its firmware knows no tokens", Problem.TOKENS_UNKNOWN)
        snapshot = await self.read()
        trouble = self.trouble
        if snapshot.profile.production_from is None:
            # A page that fails now may do so for ever; another one may have production.
            self._known.give_up()
            snapshot = await self.read()
        typed = self._credentials.username and self._credentials.password
        if typed and self._session.local_login_refused:
            raise EnvoyAuthenticationError("The gateway refuses user and password")
        if snapshot.profile.production_from is None:
            if trouble is not None and not isinstance(trouble, EnvoyAbsentError | EnvoyDeniedError):
                raise trouble
            raise EnvoyResponseError(
                "None of the gateway's pages holds production figures", Problem.NO_PRODUCTION
            ) from trouble
        return snapshot

    async def read(self, demand: Collection[Section] | None = None) -> Snapshot:
        """Collect the pages that are due and return all that is known now.

        ``demand`` are the sections that somebody looks at (all of them, if ``None``); pages that
        serve others only are asked once a day.

        Once something is known, a page or a gateway that does not answer is no error: see
        ``Snapshot.health`` and ``Snapshot.reachable``. Raises EnvoyAuthenticationError when only
        the user can help, EnvoyIdentityError when another gateway answers at the address, and as
        long as nothing is known EnvoyConnectionError and EnvoyUnsupportedError.
        """
        self._under_way += 1
        try:
            return await self._collect(demand)
        finally:
            self._under_way -= 1

    async def _collect(self, demand: Collection[Section] | None) -> Snapshot:
        known = self._known
        answered: set[str] = set()
        known.look_at(demand)
        failure = await self._collector.collect(answered, after_first=self._collections > 0)
        if known.profile is None or (failure and known.settled is None):
            raise failure or EnvoyConnectionError("The gateway has not given its serial number")
        self._collections += 1
        if failure is None:
            await self._commander.look_after()
            answered |= await self._live.join(known.profile)
        await asyncio.sleep(0)  # other tasks have waited while the last page was read
        # A gateway answers ``/info`` even while it refuses everything else.
        reachable = failure is None or bool(answered - {INFO.path})
        return self._build(known.profile, answered, reachable=reachable)

    def remembered(self) -> Snapshot | None:
        """Return what an earlier run knew, without asking anybody; ``None`` if there was none."""
        profile = self._known.profile if self._known.settled else None
        return self._build(profile, set(), reachable=False) if profile else None

    def current(self) -> Snapshot | None:
        """Return what the latest pages say, without asking anybody; ``None`` before the first."""
        before, profile = self._snapshot, self._known.profile
        if before is None or profile is None:
            return None
        return self._new_snapshot(profile, set(), reachable=before.reachable)

    async def command(self, command: Command, changed: Callable[[], None]) -> None:
        """Set something, and return when the device does it; reading goes on meanwhile.

        ``changed`` is called whenever ``current`` has new values. Raises
        EnvoyCommandError when nothing was sent, when the gateway refuses, and when the device does
        not follow in its time.
        """
        self._under_way += 1
        try:
            await self._commander.run(command, changed)
        finally:
            self._under_way -= 1

    def begin_live(self, pace_s: float) -> None:
        """Let ``read_live`` be called about every ``pace_s`` seconds from now on."""
        self._live.begin(pace_s)

    async def end_live(self) -> None:
        """End what ``begin_live`` has begun, at the gateway too."""
        await self._live.end()

    @property
    def has_live_source(self) -> bool:
        """Whether the gateway has pages that show powers of now."""
        profile = self._known.profile
        return profile is not None and self._live.has_source(profile)

    @property
    def live_wait_s(self) -> float:
        """Seconds to wait until ``read_live`` is called again."""
        return _STEP_ASIDE_S if self._busy else self._live.wait_s

    async def read_live(self) -> Snapshot | None:
        """Ask the pages that powers come from, and return all that is known then.

        ``None`` when nothing is new: it failed, or it was left out because a collection or a
        command is under way. Neither is an error, and nothing is made up for afterwards.
        """
        profile = self._known.profile
        if self._busy or profile is None or self._snapshot is None:
            return None
        answered = await self._live.poll(profile)
        before, profile = self._snapshot, self._known.profile
        if not answered or profile is None or not self._access.identified:
            return None
        await asyncio.sleep(0)  # other tasks have waited while the last page was read
        # Not saved with its pages: the next collection reads them again.
        snapshot = self._new_snapshot(profile, answered, reachable=True)
        self._snapshot = snapshot = with_kept_powers(snapshot, before)
        self._memory.clean = self._counters.complete
        self._memory.changed(now=self._counters.urgent)
        return snapshot

    async def follow_stream(self, show: Callable[[Snapshot], None]) -> None:
        """Read the stream of the meters where the gateway grants it, beside ``read_live``.

        Returns when it does not; else goes on until it is cancelled. ``show`` is called with each
        new snapshot, of a burst of events with the newest.
        """

        def changed() -> None:
            self._live.has_stream = self._stream.serving
            snapshot = self.current()
            if snapshot is not None and snapshot.reachable:
                show(snapshot)

        try:
            await self._stream.follow(changed, self._note_stream)
        finally:
            self._live.has_stream = False

    def _note_stream(self) -> None:
        self._live.has_stream = self._stream.serving

    @property
    def _busy(self) -> bool:
        """Whether something is under way that live polls leave the gateway to."""
        return self._under_way > 0 or not self._access.identified

    @property
    def put_back(self) -> Mapping[str, PutBack]:
        """Commands that were confirmed and then undone by somebody else, by ``Command.key``.

        Each is listed until a later command for the same thing holds. Survives restarts.
        """
        return self._commander.put_back

    @property
    def troubles(self) -> tuple[Trouble, ...]:
        """What is wrong with inverters, those of groups first. Survives restarts."""
        return self._watch.report.troubles

    @property
    def ignored(self) -> tuple[str, ...]:
        """What a gateway with this firmware is known not to follow, by ``Command.key``."""
        return self._commander.ignored

    @property
    def trouble(self) -> EnvoyError | None:
        """What went wrong last in the latest collection; ``None`` if nothing did."""
        return self._collector.trouble

    @property
    def token(self) -> Token | None:
        """The token in use; its text shows in no repr."""
        return self._session.token

    @property
    def renewal_due(self) -> bool:
        """Whether ``renew_token`` has something to do."""
        token = self._session.token
        return token is not None and self._session.renews and renewal_due(token, self._known.now)

    async def renew_token(self) -> None:
        """Get the next token ahead of time, beside the collections; the old one serves on.

        A cloud that does not answer is no trouble yet. Raises EnvoyAuthenticationError when the
        user has to act before the old token ends.
        """
        await self._session.renew_if_due()

    @property
    def asks_code(self) -> bool:
        """Whether the account asks for a code, so that only a person can get another token."""
        return self._session.asks_code

    @property
    def logins(self) -> LoginLimiter:
        """The record of logins at the cloud."""
        return self._session.limiter

    def count_batteries_from_zero(self) -> None:
        """Let the energies charged and discharged begin at zero, whatever the meter has counted.

        For a history of the same name that does not contain the meter's level. Survives restarts.
        """
        self._counters.count_from_zero(BATTERY_CHARGED)
        self._counters.count_from_zero(BATTERY_DISCHARGED)
        self._memory.changed(now=True)

    @property
    def rebases(self) -> tuple[Rebase, ...]:
        """The steps that were taken out of counters, one entry for each event.

        Each is listed until the user has chosen between ``keep_rebase`` and ``undo_rebase``, or
        the gateway has come back to the old level. Survives restarts.
        """
        return self._counters.open_rebases

    def keep_rebase(self, event_id: str) -> None:
        """Leave the steps out of all counters of an event, for good."""
        self._counters.keep(event_id)
        self._memory.changed(now=True)

    def undo_rebase(self, event_id: str) -> None:
        """Put the steps back: from the next collection on, counters show the gateway's values."""
        self._counters.undo(event_id)
        self._memory.changed(now=True)

    def report(self) -> dict[str, Any]:
        """Return what helps to find a fault, JSON-able; nothing in it is redacted.

        ``pages`` is by path, and ``memory`` by section, as the simulator replays them.
        """
        remembered = self._memory.data
        return {
            **describe(self._known, self._snapshot, self._session, self._counters.rebased),
            "live": self._live.describe(),
            "memory": {name: remembered[name] for name in _REPORTED if name in remembered},
            "stream": self._stream.describe(),
        }

    def _is_installer(self) -> bool:
        return self.token is not None and self.token.kind is TokenKind.INSTALLER

    def _build(self, profile: GatewayProfile, answered: set[str], *, reachable: bool) -> Snapshot:
        """Make a snapshot of the latest pages, and remember what the next run needs."""
        snapshot = self._new_snapshot(profile, answered, reachable=reachable)
        _LOGGER.debug(
            "Using Model: %s (%s, Metering enabled: %s, Get Inverters: %s)",
            profile.model,
            "HTTPs" if self._transport.scheme == "https" else "HTTP",
            profile.metering,
            profile.lists_inverters,
        )
        if zone := time_zone(self._known.pages()):
            # Outlives the page: the days of a gateway that takes this one's place begin as before.
            self._memory.data["time_zone"] = str(zone)
        if answered or self._known.changed:
            save_pages(self._known, self._memory, answered)
            self._memory.clean = self._counters.complete
            self._memory.changed(now=self._counters.urgent or self._collections == 1)
        return snapshot

    def _new_snapshot(
        self, profile: GatewayProfile, answered: set[str], *, reachable: bool
    ) -> Snapshot:
        built = build(
            self._known, profile, self._counters, answered, self._home_zone, kept=self._kept
        )
        snapshot = built.snapshot
        roof = self._watch.update(
            snapshot.inverters,
            at=self._known.now,
            zone=self._counters.zone,
            fresh=str(profile.inverters_from) in answered,
            limited=is_limited(snapshot),
        )
        snapshot = replace(
            snapshot,
            roof=roof,
            gateway=self._status(snapshot.gateway),
            dry_contacts=self._commander.believed(snapshot.dry_contacts),
            commands=self._commander.states(),
            frozen=self._live.frozen,
            reachable=reachable,
            health=built.health,
            failures=built.failures,
            held=built.held,
            quirks=built.quirks,
        )
        before = self._snapshot
        if READINGS.path in answered:
            self._stream.ahead = False
        if before is not None:
            if self._stream.ahead:
                snapshot = with_sums_of(before, snapshot)
            snapshot, self._source = snapshot.sharing(before, self._source), snapshot
        self._snapshot = snapshot
        return snapshot

    def _status(self, status: GatewayStatus) -> GatewayStatus:
        """Add what we know of our own requests to what the pages say of the gateway."""
        self._workload.note(self._known.now, self._transport.requests, self._transport.busy_s)
        return replace(
            status,
            token=_token_status(self.token),
            clock_drift_s=self._clock_drift_s(),
            requests_per_hour=self._workload.requests_per_hour,
            busy_pct=self._workload.busy_pct,
        )

    def _clock_drift_s(self) -> float | None:
        record = self._known.record(INFO)
        if record.remembered or record.answered_at is None or not isinstance(record.page, Info):
            return None
        return None if record.page.clock is None else record.page.clock - record.answered_at


def _token_status(token: Token | None) -> TokenStatus | None:
    if token is None:
        return None
    return TokenStatus(
        kind=str(token.kind), expires_at=datetime.fromtimestamp(token.expires_at, UTC)
    )
