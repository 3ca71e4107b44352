"""How long to wait between two live polls, so that a gateway has most of its time to itself.

A slow gateway slows us down and a fast one lets us come back; each failure in a row makes the wait
longer. Numbers in, a number out: whoever polls keeps the clock.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

MOST_BUSY: Final = 0.45
"""Share of the time that all requests may take; below half, whatever pace was asked for."""
_LEAST_SHARE: Final = 0.1
"""Share that is left to live polls while others take nearly all of that."""
_SMOOTHING: Final = 0.3
"""Weight of the newest duration: a gateway that turns slow is seen within three polls."""
_FIRST_ASIDE_S: Final = 2.0
"""After a single failure: one lost answer should not show in how old a power is."""
_LONGEST_ASIDE_S: Final = 60.0


class Reason(StrEnum):
    """Why polls come at the pace that they come."""

    WANTED = "wanted"
    """As it was asked for."""
    SLOW = "slow"
    """The gateway needs longer for an answer than the wanted pace allows."""
    FAILING = "failing"
    """The last polls failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """The pace of live polls; each poll makes the next one."""

    wanted_s: float
    """Seconds from the start of one poll to the start of the next, as the owner wants it."""
    duration_s: float = 0.0
    """How long a poll takes, averaged over the last ones."""
    failures: int = 0
    """Polls in a row that failed."""
    others: float = 0.0
    """Share of the time that other requests take, averaged over about a minute; 0 to 1."""

    @property
    def period_s(self) -> float:
        """Seconds from the start of the last poll to the start of the next."""
        gentle_s = self.duration_s / max(MOST_BUSY - self.others, _LEAST_SHARE)
        if not self.failures:
            return max(self.wanted_s, gentle_s)
        aside_s = min(_FIRST_ASIDE_S * 2.0 ** (self.failures - 1), _LONGEST_ASIDE_S)
        return max(self.wanted_s, gentle_s, aside_s)

    @property
    def reason(self) -> Reason:
        """What decides on the period."""
        if self.failures and self.period_s > self.wanted_s:
            return Reason.FAILING
        return Reason.SLOW if self.period_s > self.wanted_s else Reason.WANTED

    def after(self, duration_s: float) -> Pace:
        """Return the pace after a poll that took so long."""
        # A single slow answer counts at once, or the average would let us be too busy for a while.
        average_s = self.duration_s + _SMOOTHING * (duration_s - self.duration_s)
        return replace(self, duration_s=max(average_s, min(duration_s, self.wanted_s)), failures=0)

    def beside(self, share: float, weight: float) -> Pace:
        """Return the pace after a time in which others took this share; the newest has a weight."""
        return replace(self, others=self.others + weight * (share - self.others))

    def failed(self, duration_s: float) -> Pace:
        """Return the pace after a poll that failed after so long."""
        return replace(self.after(duration_s), failures=self.failures + 1)
