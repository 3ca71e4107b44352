"""Find repeated values that are not measured.

Some gateways repeat all powers to the milliwatt for up to a minute while the time of the page
advances (gateway-api.md, section 13.1). No house is that steady.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace
from typing import Final

_REPEATS: Final = 3
"""The same figures in so many polls in a row: twice is what a page does that is read too soon."""
_LEAST_S: Final = 4.0
"""The same figures for so long by the page's own time: a page is renewed about once a second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sameness:
    """How long a page has shown the same figures."""

    figures: Hashable = None
    """What is compared; ``None`` before the first poll."""
    since: float = 0.0
    """Time of the page, in epoch seconds, at which they were first shown."""
    until: float = 0.0
    """Time of the page at which they were last shown."""
    polls: int = 0

    @property
    def frozen(self) -> bool:
        """Whether the figures are held, not measured."""
        return self.polls >= _REPEATS and self.until - self.since >= _LEAST_S

    def after(self, figures: Hashable, at: float, *, quiet: bool = False) -> Sameness:
        """Return the state after a poll of a page with the time ``at``, in epoch seconds.

        ``quiet`` says that the figures are all zero, which they may be for a night.
        """
        if quiet or figures != self.figures:
            return Sameness(figures=figures, since=at, until=at, polls=1)
        if at <= self.until:
            return self  # the page was read again before it was renewed
        return replace(self, until=at, polls=self.polls + 1)
