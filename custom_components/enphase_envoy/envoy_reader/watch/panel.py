"""What is remembered of one inverter: today by the hour, the usual day, 30 figures of 30 days."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from ..counters.json_fields import number
from ..roof import TroubleKind

if TYPE_CHECKING:
    from ..equipment import Inverter
    from ..memory import JsonValue

HOURS: Final = 24
DAYS_KEPT: Final = 30
LONGEST_S: Final = 1200.0
"""No report covers more: intervals are 300 to 934 seconds (gateway-api.md, section 11.2)."""
_BRIDGED_S: Final = 7200.0
"""Up to this gap, what was made in between is taken to be known."""
_HOUR_S: Final = 3600.0
_MOST_W: Final = 1000.0
"""More than any microinverter makes (up to 640 W)."""
SINGLE: Final = (TroubleKind.SILENT, TroubleKind.GONE, TroubleKind.LOW)
"""What an inverter can be in trouble for by itself."""
_FIGURES: Final = ("at", "power_w", "since", "lost_wh", "group")
_COUNTS: Final = ("reports", "known", "low", "quiet", "odd", "well", "missed")


def zeros() -> list[float]:
    """Return a day without energy."""
    return [0.0] * HOURS


@dataclass(slots=True, kw_only=True)
class Panel:
    """One inverter. Hours are those of local standard time, so that no profile shifts in spring."""

    at: float = 0.0
    """Time of the last report seen, in epoch seconds; 0 when there was none."""
    power_w: float = 0.0
    """Its power at that report."""
    reports: int = 0
    """Reports seen today."""
    today_wh: list[float] = field(default_factory=zeros)
    usual_wh: list[float] = field(default_factory=zeros)
    """Moving average of recent days, by hour. Only the ratio to that of others has a meaning."""
    known: int = 0
    """Days that the average was made of, up to 30."""
    days_pct: list[int] = field(default_factory=list)
    """Yield compared to usual of the last 30 judged days, the newest last."""
    low: int = 0
    """Judged days below the limit in a row; they are the last of ``days_pct``."""
    quiet: int = 0
    """Producing days without a report in a row, not counting unsettled ones."""
    odd: int = 0
    """Producing days in a row, unsettled ones counted, on which it was silent or far off."""
    well: int = 0
    """Good days in a row since it has been low."""
    snowed: bool = False
    """Whether it has been odd since a day on which many were: snow takes days to melt."""
    gone: bool = False
    """Whether the gateway missed it when it was listed last."""
    missed: int = 0
    """Days in a row on which the gateway did not list it; today counts until it does."""
    trouble: TroubleKind | None = None
    """What it is in trouble for, by itself; see ``group``."""
    since: float = 0.0
    """When the trouble, or what may become one, began."""
    lost_wh: float = 0.0
    """Estimated loss since then."""
    group: float = 0.0
    """The same for all who fell silent together, else 0."""

    def take(self, inverter: Inverter, *, reported_at: float) -> tuple[float, float]:
        """Take over a new report; return its energy and how many seconds before it that covers.

        Where reports were missed, it is the mean of both powers; after a night, or a longer gap,
        that of one report. Not the inverter's own counter: its page is read at other times.
        """
        gap = reported_at - self.at
        covered = gap if gap <= _BRIDGED_S else LONGEST_S
        power = min(max(0.0, inverter.power_w or 0.0), _MOST_W)
        energy = power * covered / _HOUR_S
        if LONGEST_S < gap <= _BRIDGED_S:
            energy = (power + self.power_w) / 2 * covered / _HOUR_S
        self.at, self.power_w = reported_at, power
        return energy, covered

    def turn(self) -> None:
        """Begin the next day."""
        self.reports = 0
        self.today_wh = zeros()
        self.missed += 1

    def to_json(self) -> dict[str, JsonValue]:
        """Return it for storage; see ``from_json``."""
        return {
            "at": self.at,
            "power_w": self.power_w,
            "since": self.since,
            "lost_wh": self.lost_wh,
            "group": self.group,
            "reports": self.reports,
            "known": self.known,
            "low": self.low,
            "quiet": self.quiet,
            "odd": self.odd,
            "well": self.well,
            "missed": self.missed,
            "today_wh": list(self.today_wh),
            "usual_wh": list(self.usual_wh),
            "days_pct": list(self.days_pct),
            "snowed": self.snowed,
            "gone": self.gone,
            "trouble": self.trouble,
        }

    @classmethod
    def from_json(cls, value: object) -> Panel | None:
        """Read what ``to_json`` made; ``None`` for anything else, without raising."""
        if not isinstance(value, dict):
            return None
        figures = {name: number(value.get(name)) for name in (*_FIGURES, *_COUNTS)}
        today, usual = energies(value.get("today_wh")), energies(value.get("usual_wh"))
        days = value.get("days_pct")
        known = {name: figure for name, figure in figures.items() if figure is not None}
        if (
            today is None
            or usual is None
            or not isinstance(days, list)
            or len(known) < len(figures)
        ):
            return None
        return cls(
            at=known["at"],
            power_w=known["power_w"],
            since=known["since"],
            lost_wh=known["lost_wh"],
            group=known["group"],
            **{name: int(known[name]) for name in _COUNTS},
            today_wh=today,
            usual_wh=usual,
            days_pct=[int(day) for day in map(number, days) if day is not None][-DAYS_KEPT:],
            snowed=value.get("snowed") is True,
            gone=value.get("gone") is True,
            trouble=next((kind for kind in SINGLE if kind == value.get("trouble")), None),
        )


def energies(value: object) -> list[float] | None:
    """Read 24 hourly figures; ``None`` for anything else."""
    if not isinstance(value, list) or len(value) != HOURS:
        return None
    found = [figure for figure in map(number, value) if figure is not None]
    return found if len(found) == HOURS else None


def spread(begin: float, end: float) -> list[tuple[int, float]]:
    """Return the hours of the day that a time lies in, with the part of it that lies in each.

    Both are in seconds of the day; what lies before its begin is left out.
    """
    first, last = int(begin // _HOUR_S), int(end // _HOUR_S)
    if first == last:
        return [(last, 1.0)]
    length = end - begin
    return [
        (hour, (min(end, (hour + 1) * _HOUR_S) - max(begin, hour * _HOUR_S)) / length)
        for hour in range(max(first, 0), last + 1)
    ]
