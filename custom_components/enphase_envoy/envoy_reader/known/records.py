"""What is known of each page: its last answer, its failures, and when it is asked again."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from ..models import Health
from ..pages.typed import Pages

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..exchange.transport import Answer
    from ..pages.typed import Endpoint

_MISSED_CYCLES: Final = 2.5
"""Ages are 1, 2 and 3 cycles at the first, second and third miss: between the last two."""
_HOLD_S: Final = 20 * 60
"""A gateway's own nightly restart is over by then (gateway-api.md, section 3.5)."""
_LONGEST_BACK_OFF_S: Final = 5 * 60
_RETRIES_A_PERIOD: Final = 10
_LACKING_S: Final = 24 * 3600
"""A page that does not exist may exist tomorrow: firmware and accounts change without notice."""


@dataclass(slots=True, kw_only=True)
class PageRecord:
    """One page's history, as far as it matters; times are epoch seconds by our clock."""

    endpoint: Endpoint[Any]
    page: object | None = None
    body: bytes = b""
    status: int | None = None
    content_type: str = ""
    seconds: float = 0
    answered_at: float | None = None
    remembered: bool = False
    """Whether the page is from an earlier run, and nothing of it is of now."""
    lacking: bool = False
    failures: int = 0
    """In a row."""
    error: str = ""
    due_at: float = 0
    """When to ask a page again that fails or does not exist; 0 where its rhythm decides."""
    blanks: int = 0

    @property
    def has_answered(self) -> bool:
        """Whether there is a page, be it an old one."""
        return self.answered_at is not None

    def note(self, answer: Answer) -> None:
        """Keep what the exchange itself tells, for diagnostics."""
        self.status = answer.status
        self.content_type = answer.headers.get("content-type", "")
        self.seconds = answer.seconds

    def accept(self, page: object, body: bytes, *, now: float) -> None:
        """Take a page over."""
        self.page, self.body = page, body
        self.answered_at, self.due_at = now, 0
        self.remembered = self.lacking = False
        self.failures = self.blanks = 0
        self.error = ""

    def lack(self, error: str, *, now: float) -> None:
        """Note that the gateway has no such page, or none for us."""
        self.lacking = True
        self.failures = 0
        self.error = error
        self.due_at = now + _LACKING_S

    def miss(self, error: str, *, now: float, interval_s: float, period_s: float = 0) -> None:
        """Note a failure; each further one in a row doubles the wait before the next request.

        ``period_s`` is the page's own rhythm: one that is asked seldom waits longer.
        """
        self.failures += 1
        self.error = error
        wait_s = interval_s * 2 ** min(self.failures - 1, 10)
        longest_s = max(interval_s, _LONGEST_BACK_OFF_S, period_s / _RETRIES_A_PERIOD)
        self.due_at = now + min(wait_s, longest_s)

    def is_blank(self, page: object) -> bool:
        """Return whether lists of a page are empty for a moment only, as far as can be told."""
        blank = self.endpoint.blank
        if blank is None or self.page is None or blank(page) <= blank(self.page):
            return False
        self.blanks += 1
        return self.blanks < self.endpoint.blanks_believed

    def forget(self) -> None:
        """Forget everything, as a new firmware may answer in another way."""
        self.page, self.body, self.answered_at = None, b"", None
        self.lacking = self.remembered = False
        self.failures = self.blanks = 0
        self.due_at = 0

    def is_due(self, now: float, interval_s: float, period_s: float) -> bool:
        """Return whether it is time; half an interval early is better than a whole one late."""
        due_at = self.due_at
        if not due_at and not self.remembered and self.answered_at is not None:
            due_at = self.answered_at + period_s
        return now >= due_at - interval_s / 2

    def health(self, now: float, cycle_s: float) -> Health:
        """Judge the age of the page; ``cycle_s`` is the time between two regular requests."""
        if self.answered_at is None:
            return Health.LOST
        age_s = now - self.answered_at
        stale_s = _MISSED_CYCLES * cycle_s
        if age_s > max(_HOLD_S, stale_s):
            return Health.LOST
        return Health.STALE if self.remembered or age_s > stale_s else Health.FRESH


def view(records: Iterable[PageRecord], *, installer: bool = False) -> Pages:
    """Return the latest pages, for the pure functions that follow."""
    known = list(records)
    return Pages(
        answered=MappingProxyType(
            {record.endpoint.path: record.page for record in known if record.has_answered}
        ),
        lacking=frozenset(record.endpoint.path for record in known if record.lacking),
        installer=installer,
    )


def worst(healths: Iterable[Health]) -> Health:
    """Return the worst of some healths; fresh where there are none."""
    order = list(Health)
    return max(healths, key=order.index, default=Health.FRESH)
