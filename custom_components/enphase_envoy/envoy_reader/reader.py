"""Reads one gateway: finds it, asks the pages that are due, and makes a snapshot of them."""

from __future__ import annotations

import asyncio
import logging
import time
import zoneinfo
from dataclasses import asdict, replace
from datetime import UTC, datetime, tzinfo
from http import HTTPStatus
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from .assemble import assemble, feeders
from .complete import BATTERY, BATTERY_CHARGED, BATTERY_DISCHARGED, complete, phases_of
from .counters import Counters
from .detect import detect
from .endpoints import ENDPOINTS, INFO, INVERTERS, home_page
from .errors import (
    EnlightenUnavailableError,
    EnvoyAbsentError,
    EnvoyAuthenticationError,
    EnvoyConnectionError,
    EnvoyDeniedError,
    EnvoyError,
    EnvoyIdentityError,
    EnvoyResponseError,
    EnvoyTimeoutError,
    EnvoyUnsupportedError,
    Problem,
)
from .memory import section
from .models import Health, Section
from .page_records import PageRecord, to_json, view, worst
from .parsers.info import Info
from .profile import ConsumptionSource, GatewayProfile, ProductionSource
from .quirks import cure
from .session import Mode, Session
from .status import GatewayStatus, TokenStatus
from .tokens import TokenKind, renewal_due
from .transport import Timing, Transport, phrase
from .workload import Workload

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Mapping
    from enum import StrEnum

    import httpx

    from .auth import Credentials
    from .counters import Rebase
    from .memory import JsonValue, Memory
    from .models import Snapshot
    from .pages import Endpoint, Pages
    from .tokens import Token
    from .transport import Answer

_LOGGER = logging.getLogger(__name__)

_REDIRECT: Final = 3
"""Hundreds of a status that points elsewhere; we never go there (section 17.18)."""
_MOST_HOSTS: Final = 4
"""Addresses of one gateway: cable and Wi-Fi, each with IPv4 and IPv6."""
_DAY_S: Final = 86_400
_PROBE_S: Final = 10
"""Seconds for finding out whether the gateway or only one of its pages has stopped answering."""


class EnvoyReader:
    """One gateway and everything that is known of it."""

    def __init__(  # noqa: PLR0913 -- each is a choice of the owner's
        self,
        host: str,
        *,
        gateway: httpx.AsyncClient,
        cloud: httpx.AsyncClient,
        credentials: Credentials,
        memory: Memory,
        timing: Timing = Timing(),  # noqa: B008 -- frozen
        interval_s: float = 60,
        serial: str | None = None,
        zone: tzinfo = UTC,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Read the gateway at ``host``, which may carry a port.

        ``gateway`` must not verify certificates and belongs to this reader alone; ``cloud`` must
        verify them. Both are closed by their owner. ``interval_s`` is the time between two
        collections, ``serial`` the gateway expected there (any, if ``None``), ``zone`` the time
        zone until the gateway has told its own, ``clock`` gives epoch seconds.
        """
        self._hosts = [host]
        self._transport = Transport(host, gateway, timing, sleep=sleep)
        self._session = Session(self._transport, credentials, memory, cloud, clock=clock)
        self._credentials = credentials
        self._timing = timing
        self._interval_s = interval_s
        self._expected = serial
        self._home_zone = zone
        self._clock = clock
        self._memory = memory
        self._records = {row.path: PageRecord(endpoint=row) for row in ENDPOINTS}
        self._workload = Workload()
        self._counters = Counters(section(memory, "counters"))
        self._settled: GatewayProfile | None = None
        self._profile: GatewayProfile | None = None
        self._identified = False
        self._collections = 0
        self._demand: Collection[Section] | None = None
        self._trouble: EnvoyError | None = None
        self._snapshot: Snapshot | None = None
        self._load()

    # --- what others ask ------------------------------------------------------------------------

    @property
    def host(self) -> str:
        """The address in use; another one than at first when the gateway was found elsewhere."""
        return self._hosts[0]

    def learn_host(self, host: str) -> None:
        """Remember another address, to be tried when the gateway is not at the one in use."""
        if host not in self._hosts:
            self._hosts = [*self._hosts[: _MOST_HOSTS - 1], host]
            self._remember_hosts()

    async def probe(self) -> Info:
        """Return what the gateway says of itself without being asked for any proof.

        Raises EnvoyConnectionError when nothing answers, EnvoyUnsupportedError when it is no
        gateway, and EnvoyIdentityError when it is another one than expected.
        """
        try:
            return await self._look(self._timing.page_s if self._profile else None)
        except (EnvoyConnectionError, EnvoyUnsupportedError, EnvoyIdentityError):
            info = await self._look_elsewhere()
            if info is None:
                raise
            return info

    async def validate(self) -> Snapshot:
        """Read the gateway as a person sets it up, and raise the first trouble there is.

        Every EnvoyError is possible; its ``problem`` says what to tell that person.
        """
        await self._identify(set())
        if self._session.mode is not Mode.TOKEN and self._credentials.use_enlighten:
            raise EnvoyUnsupportedError("Its firmware knows no tokens", Problem.TOKENS_UNKNOWN)
        snapshot = await self.read()
        typed = self._credentials.username and self._credentials.password
        if typed and self._session.local_login_refused:
            raise EnvoyAuthenticationError("The gateway refuses user and password")
        if snapshot.profile.production_from is None:
            raise self._trouble or EnvoyResponseError(
                "None of the gateway's pages holds production figures", Problem.NO_PRODUCTION
            )
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
        self._session.begin()
        self._trouble = None
        self._demand = demand
        fresh: set[str] = set()
        was_there = self._identified
        failure = await self._try_to_collect(fresh)
        if failure and was_there and not fresh and await self._look_elsewhere():
            failure = await self._try_to_collect(fresh)
        self._trouble = failure or self._trouble
        self._settle()
        if self._profile is None or (failure and self._settled is None):
            raise failure or EnvoyConnectionError("The gateway has not said who it is")
        self._collections += 1
        await asyncio.sleep(0)  # others have waited while the last page was read
        # Who it is a gateway tells anybody, also while it refuses everything else.
        return self._conclude(fresh, reachable=failure is None or bool(fresh - {INFO.path}))

    def remembered(self) -> Snapshot | None:
        """Return what an earlier run knew, without asking anybody; ``None`` if there was none."""
        if self._settled is None:
            return None
        return self._conclude(set(), reachable=False)

    @property
    def trouble(self) -> EnvoyError | None:
        """What went wrong last in the latest collection; ``None`` if nothing did."""
        return self._trouble

    @property
    def token(self) -> Token | None:
        """The token in use; its text shows in no repr."""
        return self._session.token

    @property
    def renewal_due(self) -> bool:
        """Whether ``renew_token`` has something to do."""
        token = self._session.token
        return (
            token is not None
            and self._credentials.use_enlighten
            and renewal_due(token, self._clock())
        )

    async def renew_token(self) -> None:
        """Get the next token ahead of time, beside the collections; the old one serves on.

        A cloud that does not answer is no trouble yet. Raises EnvoyAuthenticationError when the
        user has to act before the old token ends.
        """
        await self._session.renew_if_due()

    def forget_refusals(self) -> None:
        """Let the cloud be asked again after refusals: the user has acted."""
        self._session.limiter.reset()

    def count_batteries_from_zero(self) -> None:
        """Let the energies charged and discharged begin at zero, whatever the meter has counted.

        For a history of the same name that has never seen the meter's level. Survives restarts.
        """
        self._counters.count_from_zero(BATTERY_CHARGED)
        self._counters.count_from_zero(BATTERY_DISCHARGED)
        self._counters.forget(BATTERY)
        self._memory.changed(now=True)

    @property
    def rebases(self) -> Mapping[str, Rebase]:
        """Counters that go on from a new level of the gateway's, as if there had been no step.

        Each is listed until the user has chosen between ``keep_rebase`` and ``undo_rebase``, or
        the gateway has come back to the old level. Survives restarts.
        """
        return self._counters.open_rebases

    def keep_rebase(self, name: str) -> None:
        """Leave the step out of this counter, and out of those of its phases, for good."""
        for counter in (name, *phases_of(name)):
            self._counters.keep(counter)
        self._memory.changed(now=True)

    def undo_rebase(self, name: str) -> None:
        """Put the step back: from the next collection on the counter is what the gateway says.

        The counters of its phases go with it.
        """
        for counter in (name, *phases_of(name)):
            self._counters.undo(counter)
        self._memory.changed(now=True)

    def report(self) -> dict[str, Any]:
        """Return what helps to find a fault, JSON-able; nothing in it is redacted.

        ``pages`` is by path, in the format that the simulator replays.
        """
        now = self._clock()
        token, snapshot = self._session.token, self._snapshot
        return {
            "profile": _described(self._profile),
            "sources": dict(snapshot.sources) if snapshot else {},
            "quirks": list(snapshot.quirks) if snapshot else [],
            "held": dict(snapshot.held) if snapshot else {},
            "grid": dict(snapshot.grid_witnesses) if snapshot else {},
            "rebased": dict(self._counters.rebased),
            "health": {str(part): str(how) for part, how in snapshot.health.items()}
            if snapshot
            else {},
            "token": token
            and {"kind": str(token.kind), "days_left": round((token.expires_at - now) / 86400, 1)},
            "cloud_problem": (
                str(self._session.cloud_problem.problem) if self._session.cloud_problem else None
            ),
            "pages": {
                path: _described_page(record, now)
                for path, record in self._records.items()
                if record.has_answered or record.lacking or record.failures
            },
        }

    # --- finding the gateway --------------------------------------------------------------------

    async def _look(self, timeout_s: float | None) -> Info:
        """Ask who is at the address in use, in both ways in which it may want to be asked."""
        failure: EnvoyConnectionError | EnvoyUnsupportedError | None = None
        for scheme in self._schemes():
            self._transport.scheme = scheme
            try:
                return self._recognise(await self._transport.get(INFO.path, timeout_s=timeout_s))
            except EnvoyTimeoutError as err:
                if self._profile is not None:
                    raise  # it listens, so it is this scheme
                failure = failure or err
            except EnvoyConnectionError as err:
                failure = failure or err
            except EnvoyUnsupportedError as err:
                # What is too slow on one port may only point there on the other.
                failure = failure if isinstance(failure, EnvoyTimeoutError) else err
        raise failure or EnvoyConnectionError("There is no way to ask the gateway")

    async def _look_elsewhere(self) -> Info | None:
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

    def _remember_hosts(self) -> None:
        self._memory.data["hosts"] = list(self._hosts)
        self._memory.changed()

    def _schemes(self) -> tuple[str, str]:
        if self._profile is not None and not self._profile.uses_tokens:
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
        record = self._records[INFO.path]
        record.note(answer)
        self._accept_info(info)
        record.accept(info, answer.body, now=self._clock())
        return info

    def _accept_info(self, info: Info) -> None:
        """Make sure that it is the same gateway, and start anew where its firmware has changed."""
        if self._expected is not None and info.serial != self._expected:
            self._identified = False
            raise EnvoyIdentityError("Another gateway answers at this address")
        self._expected = info.serial  # from now on, nobody else will do
        known = self._profile
        if known is not None and known.firmware != info.firmware:
            _LOGGER.debug("Firmware changed from %s to %s", known.firmware, info.firmware)
            for record in self._records.values():
                record.forget()

    async def _identify(self, fresh: set[str]) -> None:
        """Make sure that it is our gateway that answers, and by which right it is asked."""
        try:
            await self.probe()
        except (EnvoyConnectionError, EnvoyUnsupportedError) as err:
            if not await self._is_known_otherwise():
                raise
            _LOGGER.debug("The gateway is known, although it does not say who it is: %s", err)
        else:
            fresh.add(INFO.path)
            self._detect()
        self._begin_session()
        if self._session.mode is Mode.TOKEN:
            await self._session.ensure_token()
        self._identified = True

    def _begin_session(self) -> None:
        if self._profile is not None:
            mode = Mode.TOKEN if self._profile.uses_tokens else Mode.DIGEST
            self._session.use(mode, self._profile.serial)

    async def _is_known_otherwise(self) -> bool:
        """Tell whether another page than ``/info`` shows that the same gateway answers.

        One that confirms our token, which is made for it alone, or that lists an inverter of ours,
        which reports to nobody else. To whom the token is shown so is not certain, but neither is
        it after ``/info``, where anybody can pretend to be the gateway.
        """
        if self._settled is None:
            return False
        self._transport.scheme, _ = self._schemes()
        self._begin_session()
        try:
            if self._settled.uses_tokens:
                return await self._session.is_confirmed(_PROBE_S)
            known = self._pages().get(INVERTERS) or ()
            answer = await self._session.get(INVERTERS.path, timeout_s=_PROBE_S)
            told = self._read_page(INVERTERS, answer)
        except EnvoyError:
            return False
        return not {it.serial for it in known}.isdisjoint(it.serial for it in told)

    # --- collecting -----------------------------------------------------------------------------

    async def _try_to_collect(
        self, fresh: set[str]
    ) -> EnvoyConnectionError | EnvoyUnsupportedError | None:
        """Collect what is due into the records; return what has ended it early."""
        try:
            if not self._identified:
                await self._identify(fresh)
            async with asyncio.timeout(self._timing.collection_s):
                await self._collect(fresh)
        except TimeoutError:
            _LOGGER.debug("The collection took more than %.0f sec", self._timing.collection_s)
            self._identified = bool(fresh)
            return EnvoyTimeoutError("The gateway needs more time than it is given")
        except (EnvoyConnectionError, EnvoyUnsupportedError) as err:
            _LOGGER.debug("The collection ended early: %s", err)
            self._identified = False
            return err
        return None

    async def _collect(self, fresh: set[str]) -> None:
        """Ask page after page; each answer may show that another one is needed."""
        asked = set(fresh)
        while (profile := self._profile) and (endpoint := self._next(asked, profile)):
            asked.add(endpoint.path)
            try:
                # With another address at hand, nobody waits for a second attempt at this one.
                hurry = len(self._hosts) > 1 and not fresh
                await self._fetch(endpoint, self._timing.page_s if hurry else None)
            except EnvoyConnectionError as err:
                await self._fail(endpoint, err, alive=bool(fresh))
            except (EnvoyResponseError, EnvoyUnsupportedError) as err:
                self._miss(endpoint, err)
            else:
                if not self._records[endpoint.path].lacking:
                    fresh.add(endpoint.path)
            self._detect()

    def _next(self, asked: set[str], profile: GatewayProfile) -> Endpoint[Any] | None:
        """Return the next page that is needed and due; those that fail wait for the others."""
        now, pages = self._clock(), self._pages()
        due = [
            record
            for path, record in self._records.items()
            if path not in asked
            and record.is_due(now, self._interval_s, self._period_s(record.endpoint, profile))
            and not (record.endpoint.late and self._collections == 0)
            and record.endpoint.wanted(profile, pages)
        ]
        return min(due, key=lambda record: record.failures > 0).endpoint if due else None

    def _period_s(self, endpoint: Endpoint[Any], profile: GatewayProfile) -> float:
        """Return the time between two requests for a page, as far as anybody looks at it."""
        optional = endpoint.serves and not endpoint.needed(profile)
        idle = self._demand is not None and endpoint.serves.isdisjoint(self._demand)
        return _DAY_S if optional and idle else endpoint.every_s(profile)

    async def _fetch(self, endpoint: Endpoint[Any], timeout_s: float | None) -> None:
        record = self._records[endpoint.path]
        answer = await self._session.get(endpoint.path, timeout_s=timeout_s)
        record.note(answer)
        now = self._clock()
        try:
            page = self._read_page(endpoint, answer)
        except (EnvoyAbsentError, EnvoyDeniedError) as err:
            if record.has_answered:
                raise  # it was there before, so it will be there again
            record.lack(str(err), now=now)
            return
        if record.is_blank(page):
            raise EnvoyResponseError("The page is empty, which it was not before")
        if isinstance(page, Info):
            self._accept_info(page)
        record.accept(page, answer.body, now=now)

    def _read_page[PageT](self, endpoint: Endpoint[PageT], answer: Answer) -> PageT:
        status = answer.status
        told = f"The page answers {phrase(status)}"
        if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            raise EnvoyDeniedError(told, status=status)
        if status in (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED):
            raise EnvoyAbsentError(told, status=status)
        if status != HTTPStatus.OK:
            # A redirect means that the gateway wants to be talked to in another way.
            self._identified = self._identified and status // 100 != _REDIRECT
            raise EnvoyResponseError(told, status=status)
        return endpoint.parse(answer.body)

    async def _fail(
        self, endpoint: Endpoint[Any], err: EnvoyConnectionError, *, alive: bool
    ) -> None:
        """Put a failure to the page's account, if the gateway is still there; else raise."""
        if err.problem is Problem.TOKEN_REFUSED or isinstance(err, EnlightenUnavailableError):
            raise err  # without a token no other page will do better
        # Where it cannot be asked, the page after this one shows whether the gateway is gone.
        askable = endpoint is not INFO and not self._records[INFO.path].failures
        if askable and (not alive or not isinstance(err, EnvoyTimeoutError)):
            self._recognise(await self._transport.get(INFO.path, timeout_s=_PROBE_S))
        self._miss(endpoint, err)

    def _miss(self, endpoint: Endpoint[Any], err: EnvoyError) -> None:
        self._trouble = err
        record = self._records[endpoint.path]
        period_s = self._period_s(endpoint, self._profile) if self._profile else 0
        record.miss(str(err), now=self._clock(), interval_s=self._interval_s, period_s=period_s)
        if record.failures == 1:
            _LOGGER.debug("%s failed: %s", endpoint.path, err)

    # --- concluding -----------------------------------------------------------------------------

    def _pages(self) -> Pages:
        token = self._session.token
        installer = token is not None and token.kind is TokenKind.INSTALLER
        return view(self._records.values(), stale=self._stale(), installer=installer)

    def _stale(self) -> frozenset[str]:
        if self._profile is None:
            return frozenset()
        now, profile = self._clock(), self._profile
        return frozenset(
            path
            for path, record in self._records.items()
            if self._judge(record, now, profile) is not Health.FRESH
        )

    def _detect(self) -> None:
        self._profile = detect(self._pages(), self._settled)

    def _settle(self) -> None:
        """Keep the choice of sources once it rests on complete evidence."""
        if self._profile is not None and self._profile.production_from is not None:
            self._settled = self._profile

    def _conclude(self, fresh: set[str], *, reachable: bool) -> Snapshot:
        """Make a snapshot of the latest pages, and remember what the next run needs."""
        now = self._clock()
        raw_pages = self._pages()
        profile = self._profile
        if profile is None:  # pragma: no cover -- callers have made sure
            raise EnvoyConnectionError("The gateway has not said who it is")
        pages, quirks = cure(profile, raw_pages)
        draft = assemble(profile, pages)
        paths = feeders(profile, pages)
        self._counters.begin(now, self._zone(pages))
        answered = {part for part, feeding in paths.items() if fresh.issuperset(feeding)}
        completed = complete(draft, self._counters, answered)
        for name, step_wh in self._counters.rebased.items():
            _LOGGER.debug("Counter %s: a step of %.0f Wh is taken out", name, step_wh)
        self._snapshot = replace(
            completed,
            gateway=self._status(completed.gateway, now),
            reachable=reachable,
            health=self._health(now, profile, paths),
            failures=MappingProxyType(
                {path: record.error for path, record in self._records.items() if record.failures}
            ),
            held=MappingProxyType(dict(self._counters.held)),
            quirks=quirks,
        )
        _LOGGER.debug(
            "Using Model: %s (%s, Metering enabled: %s, Get Inverters: %s)",
            profile.model,
            "HTTPs" if self._transport.scheme == "https" else "HTTP",
            profile.metering,
            profile.lists_inverters,
        )
        self._save(fresh)
        return self._snapshot

    def _health(
        self, now: float, profile: GatewayProfile, paths: Mapping[Section, tuple[str, ...]]
    ) -> Mapping[Section, Health]:
        return MappingProxyType(
            {
                part: worst(self._judge(self._records[path], now, profile) for path in feeding)
                for part, feeding in paths.items()
            }
        )

    def _judge(self, record: PageRecord, now: float, profile: GatewayProfile) -> Health:
        cycle_s = max(self._period_s(record.endpoint, profile), self._interval_s)
        return record.health(now, cycle_s)

    def _status(self, told: GatewayStatus, now: float) -> GatewayStatus:
        """Add to what the pages say of the gateway what we know of our dealings with it."""
        self._workload.note(now, self._transport.requests, self._transport.busy_s)
        return replace(
            told,
            token=_token_status(self._session.token),
            clock_drift_s=self._clock_drift_s(),
            requests_per_hour=self._workload.requests_per_hour,
            busy_pct=self._workload.busy_pct,
        )

    def _clock_drift_s(self) -> float | None:
        record = self._records[INFO.path]
        if record.remembered or record.answered_at is None or not isinstance(record.page, Info):
            return None
        return None if record.page.clock is None else record.page.clock - record.answered_at

    def _zone(self, pages: Pages) -> tzinfo:
        """Return the gateway's own time zone, which its days follow, as soon as it is known."""
        page = home_page(pages)
        if page is None or page.time_zone is None:
            return self._home_zone
        try:
            return zoneinfo.ZoneInfo(page.time_zone)
        except (LookupError, ValueError, OSError):  # no zone, or none that this machine knows
            return self._home_zone

    # --- memory ---------------------------------------------------------------------------------

    def _save(self, fresh: set[str]) -> None:
        if not fresh:
            return
        kept = section(self._memory, "pages")
        for path in fresh:
            kept[path] = dict(to_json(self._records[path]))
        for path, record in self._records.items():
            if not record.has_answered:
                kept.pop(path, None)  # of an earlier firmware, which had this page
        kept["lacking"] = [path for path, record in self._records.items() if record.lacking]
        if self._settled is not None:
            self._memory.data["sources"] = _sources_to_json(self._settled)
        self._memory.changed(now=self._counters.day_changed or self._collections == 1)

    def _load(self) -> None:
        """Take over what an earlier run knew; whatever is damaged is left out."""
        hosts = self._memory.data.get("hosts")
        others = (
            [host for host in hosts if isinstance(host, str)] if isinstance(hosts, list) else []
        )
        self._hosts = list(dict.fromkeys([self.host, *others]))[:_MOST_HOSTS]
        kept = section(self._memory, "pages")
        now = self._clock()
        for path, record in self._records.items():
            page = kept.get(path)
            body = page.get("body") if isinstance(page, dict) else None
            if not isinstance(body, str):
                continue
            try:
                raw = body.encode("latin-1")
                record.accept(record.endpoint.parse(raw), raw, now=now)
            except (EnvoyResponseError, EnvoyUnsupportedError, UnicodeEncodeError):
                continue
            record.remembered = True
        lacking = kept.get("lacking")
        for missing in lacking if isinstance(lacking, list) else ():
            known = self._records.get(str(missing))
            if known is not None:
                known.lack("It did not exist when it was last asked", now=now)
        provisional = detect(self._pages())
        if provisional is None or self._expected not in (None, provisional.serial):
            for record in self._records.values():
                record.forget()
            return
        self._settled = self._profile = _with_sources(provisional, self._memory.data.get("sources"))


def _token_status(token: Token | None) -> TokenStatus | None:
    if token is None:
        return None
    return TokenStatus(
        kind=str(token.kind), expires_at=datetime.fromtimestamp(token.expires_at, UTC)
    )


def _described(profile: GatewayProfile | None) -> dict[str, Any] | None:
    if profile is None:
        return None
    described = asdict(profile)
    described["meters"] = [
        {"kind": str(meter.kind), "phases": meter.phases, "split": meter.split}
        for meter in profile.meters
    ]
    return described


def _described_page(record: PageRecord, now: float) -> dict[str, Any]:
    return {
        "status": record.status,
        "content_type": record.content_type,
        "seconds": round(record.seconds, 3),
        "size": len(record.body),
        "answered_s_ago": (
            None if record.answered_at is None else round(now - record.answered_at, 1)
        ),
        "failures": record.failures,
        "error": record.error,
        "body": record.body.decode(errors="replace"),
    }


def _sources_to_json(profile: GatewayProfile) -> dict[str, JsonValue]:
    return {
        "production": profile.production_from,
        "consumption": profile.consumption_from,
        "v1_credible": profile.v1_credible,
    }


def _with_sources(profile: GatewayProfile, kept: JsonValue) -> GatewayProfile:
    """Return the profile with the sources that an earlier run has chosen, if they make sense."""
    if not isinstance(kept, dict):
        return profile
    production, consumption = kept.get("production"), kept.get("consumption")
    credible = kept.get("v1_credible")
    return replace(
        profile,
        production_from=_word(ProductionSource, production) or profile.production_from,
        consumption_from=_word(ConsumptionSource, consumption) or profile.consumption_from,
        v1_credible=credible if isinstance(credible, bool) else profile.v1_credible,
    )


def _word[WordT: StrEnum](kind: type[WordT], value: JsonValue) -> WordT | None:
    return next((word for word in kind if word == value), None)
