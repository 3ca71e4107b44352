"""What is known of each page: its last answer, its failures, and when it is asked again.

A page that refuses (401, 404, HTML in place of JSON …) may not exist, or the gateway may just have
started (gateway-api.md, 3.3 and 3.5). Nobody can tell at once, so a refusal counts for minutes at
first, for longer each time it is repeated, and never for more than a day.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from ..models import Health
from ..pages.typed import Pages

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..exchange.transport import Answer
    from ..pages.typed import Endpoint

_MISSED_CYCLES: Final = 2.5
"""Age at which a page is stale: from the third missed answer on (3 cycles old; 2 at the second)."""
_HOLD_S: Final = 20 * 60
"""A gateway's own nightly restart is over by then (gateway-api.md, section 3.5)."""
_RETRY_S: Final = 60.0
"""Wait after the first failure of a page that is asked seldom; others wait one of their cycles."""
_LONGEST_BACK_OFF_S: Final = 5 * 60
_RETRIES_A_PERIOD: Final = 10

_DOUBTFUL_S: Final = 2 * 60
"""Time until a page is asked again that refused while nothing else answered."""
_FIRST_ABSENCE_S: Final = 5 * 60
_ABSENCE_GROWTH: Final = 1.6
"""Factor by which each refusal is believed longer than the one before. So a page that comes back is
asked within 15 minutes, or within about the time for which it was away."""
_LONGEST_ABSENCE_S: Final = 24 * 3600
"""A page that does not exist may exist tomorrow: firmware and accounts change without notice."""
_SILENCE_BELIEVED: Final = (3, 15 * 60)
"""Failures and seconds until we do without a page that never answered. A start is over by then,
and no figure should wait for one page for more than half an hour."""
_REFUSALS_BELIEVED_S: Final = 30 * 60
"""How long a page of an earlier firmware must refuse until the new one is believed not to have it:
longer than any start (section 3.5)."""


_OK: Final = 200
"""Status of an answer that brings a page."""
_ORDER: Final = {health: place for place, health in enumerate(Health)}
"""From the best health to the worst."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """A page that refuses, or that has never answered in a long time."""

    since: float
    """Epoch seconds of the first refusal in a row."""
    wait_s: float = _FIRST_ABSENCE_S
    """How long the latest refusal is believed."""
    doubtful: bool = False
    """Nothing else answered at that time either: the gateway has probably just started."""


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
    """Whether the page is from an earlier run and was not read again since."""
    outdated: bool = False
    """Whether the page is from an earlier firmware: the new one has not shown it yet."""
    absence: Absence | None = None
    failures: int = 0
    """In a row."""
    failing_since: float | None = None
    """When the first of them was."""
    error: str = ""
    due_at: float = 0
    """When to ask a page again that fails or does not exist; 0 where its rhythm decides."""
    blanks: int = 0

    @property
    def has_answered(self) -> bool:
        """Whether there is an answer, even an old one."""
        return self.answered_at is not None

    @property
    def is_current(self) -> bool:
        """Whether the page has answered in this run, and for this firmware, without a failure."""
        return self.has_answered and not (self.remembered or self.outdated or self.failures)

    @property
    def lacking(self) -> bool:
        """Whether the gateway is taken not to have the page, at least for now."""
        return self.absence is not None

    @property
    def trouble(self) -> str:
        """Why the page does not answer, or an empty text: a certain absence is no trouble."""
        missing = self.failures or (self.absence is not None and self.absence.doubtful)
        return self.error if missing else ""

    def note(self, answer: Answer) -> None:
        """Keep status, type and duration of an answer, for diagnostics."""
        self.status = answer.status
        self.content_type = answer.headers.get("content-type", "")
        self.seconds = answer.seconds

    def same_page(self, answer: Answer) -> Any | None:  # noqa: ANN401 -- of the endpoint's type
        """Return the page known already if an answer brings the same bytes; reading takes longer.

        Many pages change seldom, and what was made of them can be kept as well.
        """
        return self.page if answer.status == _OK and answer.body == self.body else None

    def accept(self, page: object, body: bytes, *, now: float) -> None:
        """Take a page over."""
        self.page, self.body = page, body
        self.answered_at, self.due_at = now, 0
        self.remembered = self.outdated = False
        self.absence = self.failing_since = None
        self.failures = self.blanks = 0
        self.error = ""

    def lack(self, error: str, *, now: float) -> None:
        """Note that the page refuses, so that the gateway seems not to have it."""
        self.page, self.body, self.answered_at = None, b"", None
        self.remembered = self.outdated = False
        self.failures, self.failing_since = 0, None
        self.error = error
        self._prolong_absence(now)

    def doubt(self, *, now: float) -> None:
        """Note that nothing else answered when the page refused."""
        since = now if self.absence is None else self.absence.since
        self.absence = Absence(since=since, wait_s=_DOUBTFUL_S, doubtful=True)
        self.due_at = now + _DOUBTFUL_S

    def miss(self, error: str, *, now: float, interval_s: float, period_s: float = 0) -> None:
        """Note a failure; each further one in a row doubles the wait before the next request.

        ``interval_s`` is the time between two collections, ``period_s`` the page's own rhythm: one
        that is asked seldom waits longer.
        """
        if self.absence is not None and not self.failures:
            self._prolong_absence(now)  # it was not there before, so nothing is lost
            return
        self.failures += 1
        self.error = error
        if self.failing_since is None:
            self.failing_since = now
        failures, seconds = _SILENCE_BELIEVED
        if not self.has_answered and self.failures >= failures:
            self.give_up(now=now, after_s=seconds)
        if self.absence is None:
            first_s = max(interval_s, min(period_s, _RETRY_S))
            wait_s = first_s * 2 ** min(self.failures - 1, 10)
            longest_s = max(interval_s, _LONGEST_BACK_OFF_S, period_s / _RETRIES_A_PERIOD)
            self.due_at = now + min(wait_s, longest_s)

    def give_up(self, *, now: float, after_s: float = 0) -> None:
        """Do without a page that fails and has never answered, if it has done so for a time."""
        failing_since = self.failing_since
        if not self.has_answered and failing_since is not None and now >= failing_since + after_s:
            self._prolong_absence(now)

    def is_gone(self, now: float) -> bool:
        """Return whether a page that refuses now is to be taken for one that does not exist."""
        if not self.has_answered:
            return True
        refusing_s = 0 if self.failing_since is None else now - self.failing_since
        return self.outdated and refusing_s >= _REFUSALS_BELIEVED_S

    def is_blank(self, page: object, *, now: float) -> bool:
        """Say whether the lists of a page are probably empty for a moment only."""
        blank = self.endpoint.blank
        if blank is None or self.page is None or blank(page) <= blank(self.page):
            return False
        self.blanks += 1
        return self.blanks < self.endpoint.blanks_believed and not self.is_gone(now)

    def outdate(self) -> None:
        """Ask again after a firmware update. What is known stays until the page has answered."""
        self.outdated = self.has_answered
        self.absence = self.failing_since = None
        self.failures = self.blanks = 0
        self.due_at = 0

    def forget(self) -> None:
        """Forget everything: it is of another gateway."""
        self.page, self.body, self.answered_at = None, b"", None
        self.remembered = False
        self.outdate()

    def next_at(self, period_s: float) -> float:
        """Return when it is time to ask; 0 for at once."""
        if self.due_at or self.remembered or self.outdated or self.answered_at is None:
            return self.due_at
        return self.answered_at + period_s

    def is_due(self, now: float, interval_s: float, period_s: float) -> bool:
        """Return whether it is time; half an interval early is better than a whole one late."""
        return now >= self.next_at(period_s) - interval_s / 2

    def health(self, now: float, cycle_s: float) -> Health:
        """Judge the age of the page at the beginning of a collection.

        ``cycle_s`` is the time between two regular requests.
        """
        if self.answered_at is None:
            return Health.LOST
        age_s = now - self.answered_at
        stale_s = _MISSED_CYCLES * cycle_s
        if age_s > max(_HOLD_S, stale_s):
            return Health.LOST
        return Health.STALE if self.remembered or age_s > stale_s else Health.FRESH

    def _prolong_absence(self, now: float) -> None:
        before = self.absence
        if before is None:
            self.absence = Absence(since=now)
        elif before.doubtful:
            self.absence = Absence(since=before.since)
        else:
            wait_s = min(before.wait_s * _ABSENCE_GROWTH, _LONGEST_ABSENCE_S)
            self.absence = replace(before, wait_s=wait_s)
        self.due_at = now + self.absence.wait_s


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
    return max(healths, key=_ORDER.__getitem__, default=Health.FRESH)
