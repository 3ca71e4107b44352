"""The day and the week of a gateway whose lifetime is too coarse to compute them.

Before firmware R3.9 all figures come from a web page, with three digits (gateway-api.md,
section 9.1).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from .believe import Counter, believe
from .days import SETTLED_S, DayReport, midnight_at
from .identity import RegisterKind, Sample
from .json_fields import number

if TYPE_CHECKING:
    from datetime import tzinfo

    from ..memory import JsonValue


@dataclass(frozen=True, slots=True, kw_only=True)
class CoarseDay:
    """Day and week of a gateway with a coarse lifetime (legacy HTML)."""

    midnight: float
    """Start of the local day, in epoch seconds."""
    yesterday_wh: float | None = None
    """The last figure of the day before, as long as the page may still show it."""
    today: Counter
    seven_days: Counter | None = None

    @property
    def today_wh(self) -> float | None:
        """Energy of today."""
        return self.today.shown_wh

    @property
    def seven_days_wh(self) -> float | None:
        """Energy of the last seven days, today included."""
        return self.seven_days.shown_wh if self.seven_days else None

    def to_json(self) -> dict[str, JsonValue]:
        """Return it for storage; see ``from_json``."""
        return {
            "midnight": self.midnight,
            "yesterday_wh": self.yesterday_wh,
            "today": self.today.to_json(),
            "seven_days": self.seven_days.to_json() if self.seven_days else None,
        }

    @classmethod
    def from_json(cls, value: object) -> CoarseDay | None:
        """Read what ``to_json`` made; ``None`` for anything else, without raising."""
        if not isinstance(value, dict):
            return None
        midnight, today = number(value.get("midnight")), Counter.from_json(value.get("today"))
        if midnight is None or today is None:
            return None
        return cls(
            midnight=midnight,
            yesterday_wh=number(value.get("yesterday_wh")),
            today=today,
            seven_days=Counter.from_json(value.get("seven_days")),
        )


def rounding_wh(value_wh: float) -> float:
    """Return the step of a figure given with three digits."""
    return 10.0 ** (math.floor(math.log10(value_wh)) - 2) if value_wh >= 1 else 0.0


def coarse_day(
    state: CoarseDay | None, *, report: DayReport, at: float, zone: tzinfo, max_power_w: float
) -> CoarseDay:
    """Guard the page's figures of the day and the week, the only precise ones that it gives.

    Within a local day they only grow, and no faster than the site can make energy. While the page
    still shows yesterday after midnight, today is zero and the week stays as it was.
    """
    start = midnight_at(at, zone)
    if state is None or state.midnight != start:
        state = _new_day(state, start)
    if state.yesterday_wh is not None:
        if not _has_turned(state, report.today_wh, at):
            return state
        state = replace(state, yesterday_wh=None, seven_days=None)
    today = _guarded(state.today, report.today_wh, at, max_power_w)
    week = report.seven_days_wh
    if week is not None and not 0 <= week <= max_power_w * (7 * 24 + 1):
        week = None
    seven_days = _guarded(state.seven_days, week, at, max_power_w)
    return replace(state, today=today or state.today, seven_days=seven_days)


def _new_day(before: CoarseDay | None, start: float) -> CoarseDay:
    return CoarseDay(
        midnight=start,
        yesterday_wh=before.today.raw_wh if before else None,
        today=Counter(raw_wh=0.0, shown_wh=0.0, at=start, changed_at=start),
        seven_days=before.seven_days if before else None,
    )


def _has_turned(state: CoarseDay, today_wh: float | None, at: float) -> bool:
    """Say whether the page has begun the present day."""
    yesterday = state.yesterday_wh or 0.0
    if today_wh is None or today_wh == yesterday:
        return False
    return today_wh < yesterday or at - state.midnight >= SETTLED_S


def _guarded(
    counter: Counter | None, raw_wh: float | None, at: float, max_power_w: float
) -> Counter | None:
    if raw_wh is None:
        return counter
    kind = RegisterKind(max_power_w=max_power_w, lumps=True, step_wh=rounding_wh(raw_wh))
    return believe(counter, Sample(raw_wh=raw_wh, kind=kind), at=at).counter
