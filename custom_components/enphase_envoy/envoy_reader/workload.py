"""How much work the gateway has with us, averaged over up to an hour.

The averages are updated only every quarter of an hour: otherwise each collection would write a new
state.
"""

from __future__ import annotations

from collections import deque
from typing import Final, NamedTuple

_STEP_S: Final = 15 * 60
_STEPS: Final = 4
_HOUR_S: Final = 3600


class _Mark(NamedTuple):
    at: float
    requests: int
    busy_s: float


_START: Final = _Mark(0, 0, 0)


class Workload:
    """Averages of what was asked of the gateway since we began; times are epoch seconds."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._marks: deque[_Mark] = deque(maxlen=1 + _STEPS)

    def note(self, at: float, requests: int, busy_s: float) -> None:
        """Take note of all requests so far, and of the seconds that they have taken."""
        if self._marks and at < self._marks[-1].at:
            self._marks.clear()  # the clock was set back
        if not self._marks or at >= self._marks[-1].at + _STEP_S:
            self._marks.append(_Mark(at, requests, busy_s))

    @property
    def requests_per_hour(self) -> float | None:
        """Requests in an hour; ``None`` in the first quarter of one."""
        first, last, seconds = self._span()
        return (last.requests - first.requests) / seconds * _HOUR_S if seconds else None

    @property
    def busy_pct(self) -> float | None:
        """Share of the time in which a request was under way; ``None`` like the requests."""
        first, last, seconds = self._span()
        return 100 * (last.busy_s - first.busy_s) / seconds if seconds else None

    def _span(self) -> tuple[_Mark, _Mark, float]:
        first, last = (self._marks[0], self._marks[-1]) if self._marks else (_START, _START)
        return first, last, last.at - first.at
