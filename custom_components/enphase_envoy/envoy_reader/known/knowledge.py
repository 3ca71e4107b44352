"""What is known of a gateway: its pages, how old they are, and what they show it to be."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from ..models import Health
from ..pages.endpoints import ENDPOINTS
from .detect import detect
from .records import PageRecord, view, worst

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from ..errors import EnvoyError
    from ..models import Section
    from ..pages.typed import Endpoint, Pages
    from ..profile import GatewayProfile

_DAY_S: Final = 86_400


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
        """Of the only gateway that will do; ``None`` as long as any will."""
        self.records: Final = {row.path: PageRecord(endpoint=row) for row in ENDPOINTS}
        """What is known of each page, by path; none is ever missing. What a page says, and whether
        there is one, is changed by the methods here alone: ``pages`` remembers it."""
        self.profile: GatewayProfile | None = None
        """What the gateway is, as far as it has shown."""
        self.settled: GatewayProfile | None = None
        """The same as soon as it rests on complete evidence: its choice of sources stands."""
        self.demand: Collection[Section] | None = None
        """The sections that somebody looks at; all of them, if ``None``."""
        self._latest: Pages | None = None
        self._interval_s = interval_s
        self._clock = clock
        self._is_installer = is_installer

    @property
    def now(self) -> float:
        """The time by our clock, in epoch seconds."""
        return self._clock()

    def record(self, endpoint: Endpoint[Any]) -> PageRecord:
        """Return what is known of a page."""
        return self.records[endpoint.path]

    def pages(self) -> Pages:
        """Return the latest pages, whatever their age."""
        installer = self._is_installer()
        if self._latest is None or self._latest.installer is not installer:
            self._latest = view(self.records.values(), installer=installer)
        return self._latest

    def judged_pages(self, profile: GatewayProfile) -> Pages:
        """Return the latest pages, with a note of which are not of now."""
        now = self.now
        stale = frozenset(
            path
            for path, record in self.records.items()
            if self._judge(record, now, profile) is not Health.FRESH
        )
        return replace(self.pages(), stale=stale)

    def detect(self) -> None:
        """See anew what the pages show the gateway to be."""
        self.profile = detect(self.pages(), self.settled)

    def settle(self) -> None:
        """Keep the choice of sources once it rests on complete evidence."""
        if self.profile is not None and self.profile.production_from is not None:
            self.settled = self.profile

    def forget_pages(self) -> None:
        """Forget all pages, as another gateway or firmware may answer in another way."""
        for record in self.records.values():
            record.forget()
        self._latest = None

    def next_due(
        self, profile: GatewayProfile, asked: Collection[str], *, after_first: bool
    ) -> Endpoint[Any] | None:
        """Return the next page that is needed and due; those that fail wait for the others.

        ``asked`` are the paths that have had their turn; ``after_first`` says whether this is a
        later collection than the first, to which slow pages are left.
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
        return min(due, key=lambda record: record.failures > 0).endpoint if due else None

    def accept[PageT](self, endpoint: Endpoint[PageT], page: PageT, body: bytes) -> None:
        """Take over what a page says now."""
        self.record(endpoint).accept(page, body, now=self.now)
        self._latest = None

    def lack(self, endpoint: Endpoint[Any], error: str) -> None:
        """Note that the gateway has no such page, or none for us."""
        self.record(endpoint).lack(error, now=self.now)
        self._latest = None

    def miss(self, endpoint: Endpoint[Any], err: EnvoyError) -> None:
        """Put a failure to the page's account."""
        period_s = self._period_s(endpoint, self.profile) if self.profile else 0
        self.record(endpoint).miss(
            str(err), now=self.now, interval_s=self._interval_s, period_s=period_s
        )

    def health(
        self, feeders: Mapping[Section, tuple[str, ...]], profile: GatewayProfile
    ) -> Mapping[Section, Health]:
        """Return the health of each section, which is the worst of those of its pages."""
        now = self.now
        return MappingProxyType(
            {
                part: worst(self._judge(self.records[path], now, profile) for path in feeding)
                for part, feeding in feeders.items()
            }
        )

    def failures(self) -> Mapping[str, str]:
        """Return why a page does not answer now, by path."""
        return MappingProxyType(
            {path: record.error for path, record in self.records.items() if record.failures}
        )

    def _judge(self, record: PageRecord, now: float, profile: GatewayProfile) -> Health:
        cycle_s = max(self._period_s(record.endpoint, profile), self._interval_s)
        return record.health(now, cycle_s)

    def _period_s(self, endpoint: Endpoint[Any], profile: GatewayProfile) -> float:
        """Return the time between two requests for a page, as far as anybody looks at it."""
        optional = endpoint.serves and not endpoint.needed(profile)
        idle = self.demand is not None and endpoint.serves.isdisjoint(self.demand)
        return _DAY_S if optional and idle else endpoint.every_s(profile)
