"""What is known of a gateway: its pages, how old they are, and what they show it to be."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from ..models import Health
from ..pages.endpoints import (
    ENDPOINTS,
    INFO,
    INVERTERS,
    METER_PAGES,
    READINGS,
    V1_PRODUCTION,
)
from ..pages.quirks import cure
from ..pages.typed import Pages
from ..profile import MeterKind
from .detect import detect, shows_same
from .page_records import PageRecord, view
from .rivals import PRODUCTION_CT, V1, Inverters, Rivals
from .sources import Proof

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from collections.abc import Set as AbstractSet

    from ..errors import EnvoyError
    from ..models import Section
    from ..pages.typed import Endpoint
    from ..profile import GatewayProfile

_DAY_S: Final = 86_400
_SAME_MINUTES_S: Final = 5 * 60
"""If another page has answered within this time, only the page that refuses is at fault."""
_LONGEST_TICK_S: Final = 60.0
"""Slow answers may put collections this far apart; a longer gap is an outage."""
_NEVER_ANSWERED: Final = 0.5
"""Cycles by which a slow page that has never answered counts as late. No other slow page misses two
of its own cycles for it."""


class Knowledge:
    """The records of all pages, and the profile that follows from them."""

    def __init__(
        self,
        serial: str | None,
        *,
        interval_s: float,
        clock: Callable[[], float],
        is_installer: Callable[[], bool],
    ) -> None:
        """Know nothing yet but the serial number expected, if any is.

        ``interval_s`` is the time between two collections, ``clock`` gives epoch seconds, and
        ``is_installer`` says whether our token is an installer's.
        """
        self.serial = serial
        """Serial number of the expected gateway; ``None`` while any is accepted."""
        self.records: Final = {row.path: PageRecord(endpoint=row) for row in ENDPOINTS}
        """What is known of each page, by path; none is ever missing. What a page says, and whether
        there is one, is changed by the methods here alone: ``pages`` remembers it."""
        self.profile: GatewayProfile | None = None
        """What the gateway is, as far as it has shown."""
        self.settled: GatewayProfile | None = None
        """The same as soon as it rests on complete evidence: its choice of sources stands."""
        self._demand: Collection[Section] | None = None
        self._rhythms: dict[str, float] = {}
        self._rhythms_of: GatewayProfile | None = None
        self.rivals: Final = Rivals()
        """Registers that are compared with what the inverters make."""
        self.changed = False
        """Whether there is something to store although no page has answered."""
        self.doubted: Final[set[str]] = set()
        """Paths of pages whose figures are not of now although they answer, or did so lately."""
        self._latest: Pages | None = None
        self._evidence: tuple[Pages, GatewayProfile | None, Proof] | None = None
        self._cure: tuple[GatewayProfile, Pages, tuple[Pages, tuple[str, ...]]] | None = None
        self._refused: set[str] = set()
        self._began_at = clock()
        self._apart_s = self._tick_s = interval_s
        self._interval_s = interval_s
        self._clock = clock
        self._is_installer = is_installer

    def look_at(self, sections: Collection[Section] | None) -> None:
        """Note the sections that somebody looks at; all of them, if ``None``."""
        if sections != self._demand:
            self._demand = sections
            self._rhythms_of = None

    @property
    def now(self) -> float:
        """The time by our clock, in epoch seconds."""
        return self._clock()

    def begin(self) -> None:
        """Begin a collection. All ages are measured at this moment, however long its pages take."""
        self._apart_s = max(self._interval_s, self.now - self._began_at)
        self._tick_s = max(self._interval_s, min(self._apart_s, _LONGEST_TICK_S))
        self._began_at = self.now
        self._refused.clear()

    def end(self, answered: AbstractSet[str]) -> None:
        """End a collection; ``answered`` are the paths of its pages."""
        if self._refused and not self._is_well():
            for path in self._refused:
                self.records[path].doubt(now=self.now)
        if self.profile is not None:
            self._weigh(self.profile, answered)
            self.detect()
        self._settle()

    def record(self, endpoint: Endpoint[Any]) -> PageRecord:
        """Return what is known of a page."""
        return self.records[endpoint.path]

    def pages(self) -> Pages:
        """Return the latest pages, whatever their age."""
        installer = self._is_installer()
        if self._latest is None or self._latest.installer is not installer:
            self._latest = view(self.records.values(), installer=installer)
        return self._latest

    def health(self, profile: GatewayProfile) -> Mapping[str, Health]:
        """Return the health of each page, by path."""
        began_at, tick_s, rhythms = self._began_at, self._tick_s, self._rhythms_for(profile)
        return {
            path: record.health(began_at, max(rhythms[path], tick_s))
            for path, record in self.records.items()
        }

    def judged_pages(
        self, profile: GatewayProfile, health: Mapping[str, Health]
    ) -> tuple[Pages, tuple[str, ...]]:
        """Return the latest pages without known faults, which of them are stale, and the faults.

        ``health`` is that of now.
        """
        pages, quirks = self._cured(profile)
        stale = [path for path, judged in health.items() if judged is not Health.FRESH]
        judged = Pages(
            answered=pages.answered,
            lacking=pages.lacking,
            stale=frozenset(stale) | self.doubted,
            installer=pages.installer,
        )
        return judged, quirks

    def _cured(self, profile: GatewayProfile) -> tuple[Pages, tuple[str, ...]]:
        """Return the latest pages without known faults, and the faults; once for each profile."""
        pages = self.pages()
        kept = self._cure
        if kept is None or kept[0] is not profile or kept[1] is not pages:
            kept = self._cure = (profile, pages, cure(profile, pages))
        return kept[2]

    def detect(self) -> None:
        """Detect the profile again from the latest pages, if anything has changed."""
        proof = Proof(
            v1_moves=self.rivals.moves(V1), production_ct_moves=self.rivals.moves(PRODUCTION_CT)
        )
        pages, before = self.pages(), self._evidence
        if before and before[0] is pages and before[1:] == (self.settled, proof):
            return
        self._evidence = (pages, self.settled, proof)
        if before and before[1:] == (self.settled, proof) and shows_same(pages, before[0]):
            return
        if self.settled is not None:
            pages, _ = self._cured(self.settled)
        shown = detect(pages, self.settled, proof)
        if shown != self.profile:  # else it stays the same object, which others compare by identity
            self.profile = shown

    def _settle(self) -> None:
        """Keep the choice of sources once there is one."""
        if self.profile is not None and self.profile.production_from is not None:
            self.settled = self.profile

    def forget_pages(self) -> None:
        """Forget all pages: they are of another gateway."""
        for record in self.records.values():
            record.forget()
        self._latest = self._evidence = None

    def ask_anew(self) -> None:
        """Ask for every page, as a new firmware may answer in another way.

        What is known stays until then: a gateway that has just started refuses for minutes.
        """
        for record in self.records.values():
            record.outdate()
        self._latest = None
        self.changed = True

    def give_up(self) -> None:
        """Do without the pages that fail now and have never answered."""
        for record in self.records.values():
            record.give_up(now=self.now)
        self._latest = None
        self.detect()
        self._settle()

    def due(
        self, profile: GatewayProfile, asked: Collection[str], *, after_first: bool
    ) -> list[Endpoint[Any]]:
        """Return the pages that are needed and due, in their order; those that fail come last.

        ``asked`` are the paths that were asked in this collection; ``after_first`` says whether
        this is a later collection than the first. From then on one slow page has its turn in a
        collection: the one that is latest by its own rhythm.
        """
        now, pages = self.now, self.pages()
        due = [
            record
            for path, record in self.records.items()
            if path not in asked
            and record.is_due(now, self._interval_s, self._period_s(record.endpoint, profile))
            and (after_first or not record.endpoint.after_first)
            and record.endpoint.wanted(profile, pages)
        ]
        if after_first:
            due = self._with_one_slow_page(due, asked, profile)
        return [record.endpoint for record in sorted(due, key=lambda record: record.failures > 0)]

    def _with_one_slow_page(
        self, due: list[PageRecord], asked: Collection[str], profile: GatewayProfile
    ) -> list[PageRecord]:
        slow = [record for record in due if record.endpoint.slow]
        if not slow:
            return due
        # A refusal takes no time, so its twin may be asked at once.
        had_its_turn = any(self.records[path].endpoint.slow for path in set(asked) - self._refused)
        chosen = (
            None if had_its_turn else max(slow, key=lambda record: self._lateness(record, profile))
        )
        return [record for record in due if record is chosen or not record.endpoint.slow]

    def _lateness(self, record: PageRecord, profile: GatewayProfile) -> float:
        """Return how many of its own cycles a page that is due is late."""
        cycle_s = max(self._period_s(record.endpoint, profile), self._apart_s)
        due_at = record.next_at(cycle_s)
        return (self.now - due_at) / cycle_s if due_at else _NEVER_ANSWERED

    def accept[PageT](self, endpoint: Endpoint[PageT], page: PageT, body: bytes) -> None:
        """Take over what a page says now."""
        record = self.record(endpoint)
        if record.lacking and self.settled is not None:
            # The page was absent until now, and the verdict on v1 was based on that.
            self.settled = replace(self.settled, v1_credible=None)
        record.accept(page, body, now=self.now)
        self._latest = None

    def refuse(self, endpoint: Endpoint[Any], error: str) -> bool:
        """Note that a page refuses, and return whether it is taken for one that does not exist.

        One that has answered before is there, unless that was an earlier firmware's.
        """
        record = self.record(endpoint)
        gone = record.is_gone(self.now) and (not record.has_answered or self._is_well())
        if gone:
            record.lack(error, now=self.now)
            self._refused.add(endpoint.path)
            self._latest = None
            self.changed = True
        return gone

    def miss(self, endpoint: Endpoint[Any], err: EnvoyError) -> None:
        """Record a failure of the page."""
        record = self.record(endpoint)
        lacking = record.lacking
        period_s = self._period_s(endpoint, self.profile) if self.profile else 0
        record.miss(str(err), now=self.now, interval_s=self._interval_s, period_s=period_s)
        if record.lacking is not lacking:
            self._latest = None
        self.changed = self.changed or not record.has_answered or record.outdated

    @property
    def is_starting(self) -> bool:
        """Whether pages refuse while nothing but ``/info`` answers."""
        return any(
            record.absence is not None and record.absence.doubtful and self._misses(record)
            for record in self.records.values()
        )

    def failures(self) -> Mapping[str, str]:
        """Return why a page does not answer now, by path."""
        return MappingProxyType(
            {
                path: trouble
                for path, record in self.records.items()
                if (trouble := record.trouble) and self._misses(record)
            }
        )

    def _misses(self, record: PageRecord) -> bool:
        """Say whether a page fails; one that never answered counts only while it is needed."""
        if not record.trouble or record.has_answered or self.profile is None:
            return bool(record.trouble)
        return record.endpoint.wanted(self.profile, self.pages())

    def period_s(self, endpoint: Endpoint[Any]) -> float | None:
        """Return the rhythm of a page; ``None`` as long as the gateway is not known."""
        return None if self.profile is None else self._period_s(endpoint, self.profile)

    def _is_well(self) -> bool:
        """Return whether another page than ``/info`` has answered in these minutes."""
        recent_s = max(_SAME_MINUTES_S, 2 * self._interval_s)
        return any(
            record.answered_at is not None
            and not record.remembered
            and self.now - record.answered_at <= recent_s
            for path, record in self.records.items()
            if path != INFO.path
        )

    def _weigh(self, profile: GatewayProfile, answered: AbstractSet[str]) -> None:
        """Compare registers that may be dead with what the inverters make."""
        pages = self.pages()
        registers: dict[str, float | None] = {}
        meter = profile.meter(MeterKind.PRODUCTION)
        if meter is not None:
            readings = pages.get(READINGS) if READINGS.path in answered else None
            reading = readings.get(meter.eid) if readings else None
            registers[PRODUCTION_CT] = reading.total.delivered_wh if reading else None
        else:
            v1 = pages.get(V1_PRODUCTION) if V1_PRODUCTION.path in answered else None
            registers[V1] = v1.lifetime_wh if v1 else None
        self.rivals.feed(self.now, self._inverters(profile), registers)

    def _inverters(self, profile: GatewayProfile) -> Inverters | None:
        """Return what the inverters do now, by the page that adds them up or by their list."""
        pages = self.pages()
        summary = pages.first(*METER_PAGES)
        added = summary.page.inverters if summary.page else None
        if (
            added is not None
            and added.power_w is not None
            and self._is_fresh(summary.path, profile)
        ):
            return Inverters(
                power_w=added.power_w, count=added.active_count or 0, pulse=added.lifetime_wh
            )
        listed = [report for report in pages.get(INVERTERS) or () if not report.is_ac_battery]
        if not listed or not self._is_fresh(INVERTERS.path, profile):
            return None
        return Inverters(
            power_w=sum(report.power_w or 0 for report in listed),
            count=len(listed),
            pulse=max(
                (report.reported_at for report in listed if report.reported_at), default=None
            ),
        )

    def _is_fresh(self, path: str, profile: GatewayProfile) -> bool:
        return self._judge(self.records[path], profile) is Health.FRESH

    def _judge(self, record: PageRecord, profile: GatewayProfile) -> Health:
        cycle_s = max(self._period_s(record.endpoint, profile), self._tick_s)
        return record.health(self._began_at, cycle_s)

    def _period_s(self, endpoint: Endpoint[Any], profile: GatewayProfile) -> float:
        """Return the time between two requests for a page, longer while nobody looks at it."""
        return self._rhythms_for(profile)[endpoint.path]

    def _rhythms_for(self, profile: GatewayProfile) -> Mapping[str, float]:
        """Return those times by path."""
        if self._rhythms_of is not profile:
            self._rhythms_of = profile
            self._rhythms = {
                path: self._rhythm_s(record.endpoint, profile)
                for path, record in self.records.items()
            }
        return self._rhythms

    def _rhythm_s(self, endpoint: Endpoint[Any], profile: GatewayProfile) -> float:
        sections = endpoint.optional_for
        optional = sections and not endpoint.needed(profile)
        idle = self._demand is not None and sections.isdisjoint(self._demand)
        return _DAY_S if optional and idle else endpoint.every_s(profile)
