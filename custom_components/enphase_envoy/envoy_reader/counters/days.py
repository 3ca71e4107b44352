"""Make the energy of today and of the last seven days from a lifetime.

The daily figures of gateways are often wrong (gateway-api.md, 15.3), their lifetime registers are
not. So a day is the believed lifetime minus its value at the gateway's local midnight. If we have
not seen that midnight, its value is computed from a plausible day report of the gateway. Such a
report is used for nothing else: once a midnight is known it stays, and the day can only grow.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from .json_fields import number

if TYPE_CHECKING:
    from ..memory import JsonValue

_HOUR_S: Final = 3600.0
_CLOSE_S: Final = 1200.0
"""A sample this near to midnight is taken for it: archives step every 15 minutes."""
_NIGHT_S: Final = 12 * _HOUR_S
"""Up to this gap a midnight is interpolated: both samples are from about the same night. In a
longer gap, the production of a whole day may be on one side of midnight, so it stays unknown."""
SETTLED_S: Final = 900.0
"""Gateways start their day up to 11 minutes late, and their clock may differ from ours."""
_WEEK_WH: Final = 1000.0
_WEEK_SHARE: Final = 0.25
"""When a week is smaller than its day, one of the two is broken. Below both limits it is the week,
whose baseline was lost (5 to 450 Wh were seen beside days of many kWh). Above, it is the day, which
was not reset at midnight: half of two weeks is in the last seven days."""
_SAME_WH: Final = 2.0
"""Two figures that differ by less are the same one, rounded."""
_SAME_REGISTER_WH: Final = 1000.0
"""A report's lifetime lags behind ours by up to an archive interval, not by more."""
_NEW_SITE_WH: Final = 200_000.0
"""Below this lifetime, a site may be so new that it has made all of it in one day or week."""
_ABSURD_WH: Final = 4e9
"""A larger figure is an unsigned underflow, not an energy."""
_POWER_W: Final = 50.0
"""More than inverters draw at night: with more power than this, today cannot stay zero."""
_DAYS_KEPT: Final = 7
"""Midnights that a week needs; the next one is added to them."""


class DayReport(NamedTuple):
    """What a page says of its own day and week, in watt-hours."""

    source: str
    today_wh: float | None = None
    seven_days_wh: float | None = None
    lifetime_wh: float | None = None


class Sample(NamedTuple):
    """A value of the shown lifetime and its time."""

    at: float
    wh: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Midnight:
    """The shown lifetime at a local midnight."""

    at: float
    """Epoch seconds: a midnight of another time zone is another one."""
    wh: float
    source: str
    """``own`` samples, ``estimate`` between two of them, or the source of a report."""


class History(NamedTuple):
    """What is kept of a lifetime to compute days from it."""

    midnights: tuple[Midnight, ...] = ()
    """The last known ones, oldest first."""
    last: Sample | None = None

    def to_json(self) -> dict[str, JsonValue]:
        """Return it for storage; see ``from_json``. Written out at each collection: be quick."""
        return {
            "midnights": [{"at": m.at, "wh": m.wh, "source": m.source} for m in self.midnights],
            "last": {"at": self.last.at, "wh": self.last.wh} if self.last else None,
        }

    @classmethod
    def from_json(cls, value: object) -> History:
        """Read what ``to_json`` made; what does not fit is left out, without raising."""
        if not isinstance(value, dict):
            return cls()
        rows = value.get("midnights")
        found = [_midnight(row) for row in rows] if isinstance(rows, list) else []
        return cls(
            midnights=tuple(midnight for midnight in found if midnight),
            last=_sample(value.get("last")),
        )

    def shifted(self, by_wh: float) -> History:
        """Return the history of a lifetime raised by ``by_wh``: the days stay as they were."""
        return History(
            midnights=tuple(replace(m, wh=m.wh + by_wh) for m in self.midnights),
            last=self.last._replace(wh=self.last.wh + by_wh) if self.last else None,
        )

    def at(self, midnight_at: float) -> Midnight | None:
        """Return the midnight at this epoch second, if it is known."""
        for midnight in self.midnights:  # no generator: it is asked for at every figure
            if midnight.at == midnight_at:
                return midnight
        return None

    def knowing(self, midnight: Midnight) -> History:
        """Return the history with one more midnight in it."""
        others = [m for m in self.midnights if m.at != midnight.at]
        return self._replace(midnights=tuple(sorted([*others, midnight], key=lambda m: m.at)))


class DayFigures(NamedTuple):
    """Today and the last seven days."""

    history: History
    """The very same as before where nothing is new."""
    today_wh: float | None = None
    seven_days_wh: float | None = None
    source: str = ""
    """Where today's midnight is known from; empty while it is not."""


def _midnight(value: object) -> Midnight | None:
    sample = _sample(value)
    source = value.get("source") if isinstance(value, dict) else None
    if sample is None or not isinstance(source, str):
        return None
    return Midnight(at=sample.at, wh=sample.wh, source=source)


def _sample(value: object) -> Sample | None:
    if not isinstance(value, dict):
        return None
    at, wh = number(value.get("at")), number(value.get("wh"))
    return None if at is None or wh is None else Sample(at=at, wh=wh)


def midnight_at(at: float, zone: tzinfo, days_before: int = 0) -> float:
    """Return the epoch second at which the local day of ``at``, or one before it, has begun.

    Where the clock skips midnight or repeats it, the day begins with the skip or the first pass.
    """
    return _midnight_of(datetime.fromtimestamp(at, zone).date() - timedelta(days=days_before), zone)


def _midnight_of(day: date, zone: tzinfo) -> float:
    return datetime(day.year, day.month, day.day, tzinfo=zone).timestamp()


@lru_cache(maxsize=4)  # every counter of a collection asks for the same
def _last_midnights(at: float, zone: tzinfo) -> tuple[float, ...]:
    """Return the midnights of today, yesterday, … six days ago."""
    return _midnights_until(datetime.fromtimestamp(at, zone).date(), zone)


@lru_cache(maxsize=4)  # the same all day long
def _midnights_until(day: date, zone: tzinfo) -> tuple[float, ...]:
    return tuple(_midnight_of(day - timedelta(days=days), zone) for days in range(7))


def day_figures(  # noqa: PLR0913 -- a lifetime, its time and its reports
    history: History,
    *,
    lifetime_wh: float | None,
    at: float,
    zone: tzinfo,
    day_reports: Sequence[DayReport] = (),
    max_power_w: float,
    power_w: float | None = None,
    sampled_at: float | None = None,
    raw_wh: Callable[[], float] | None = None,
) -> DayFigures:
    """Return the energy of today and of the last seven days, today included.

    ``lifetime_wh`` is the counter as shown, which never decreases; ``sampled_at`` is when it was
    last believed (now, if not given), and ``raw_wh`` gives the gateway's own value. A figure that
    cannot be right is ``None``.
    """
    if lifetime_wh is None:
        return DayFigures(history=history)
    now = Sample(at=at if sampled_at is None else sampled_at, wh=lifetime_wh)
    starts = _last_midnights(at, zone)
    history = _kept(history, at)
    today, first = history.at(starts[0]), history.at(starts[6])
    last = history.last
    before_midnight = last if last and last.at <= starts[0] else None
    reported = day_reports and now.at == at and not (today and first)
    if before_midnight or reported:  # else there is no midnight to learn
        day = _Day(
            now=now,
            at=at,
            starts=starts,
            max_power_w=max_power_w,
            power_w=power_w,
            raw_wh=lifetime_wh if raw_wh is None else raw_wh(),
        )
        if before_midnight:
            history = day.seen(history, before_midnight)
        if reported:
            history = day.with_reported(history, day_reports)
        if before_midnight:
            history = day.estimated(history)
        today, first = history.at(starts[0]), history.at(starts[6])
    if last != now:
        history = History(midnights=history.midnights, last=now)
    # No believed sample since midnight yet: 0 for up to 20 minutes, then unknown.
    just_begun = now.at <= starts[0] and at - now.at <= _CLOSE_S
    return DayFigures(
        history=history,
        today_wh=max(0.0, now.wh - today.wh) if today else (0.0 if just_begun else None),
        seven_days_wh=max(0.0, now.wh - first.wh) if first else None,
        source=today.source if today else "",
    )


def _kept(history: History, at: float) -> History:
    """Forget midnights that are too old, or in the future (the clock was ahead then)."""
    known = history.midnights
    if not known or (len(known) <= _DAYS_KEPT and known[-1].at <= at):
        return history
    past = tuple(m for m in known if m.at <= at)[-_DAYS_KEPT:]
    return history if past == history.midnights else history._replace(midnights=past)


@dataclass(slots=True, kw_only=True)
class _Day:
    """The day of one sample, and the six before it."""

    now: Sample
    at: float
    starts: tuple[float, ...]
    """Midnights of today, yesterday, … six days ago."""
    max_power_w: float
    power_w: float | None
    raw_wh: float

    def seen(self, history: History, last: Sample) -> History:
        """Add the midnights that our samples show: one is near, or nothing flowed around it."""
        still = self.now.wh - last.wh <= 1
        if not still and self.now.at - last.at > _CLOSE_S:
            return history
        for start in self.starts:
            if last.at <= start <= self.now.at and history.at(start) is None:
                wh = _between(last, self.now, start)
                history = history.knowing(Midnight(at=start, wh=wh, source="own"))
        return history

    def estimated(self, history: History) -> History:
        """Add today's midnight by interpolation, after a gap of one night at most."""
        last = history.last
        start = self.starts[0]
        if last is None or history.at(start) or not last.at <= start <= self.now.at:
            return history
        if self.now.at - last.at > _NIGHT_S:
            return history
        wh = _between(last, self.now, start)
        return history.knowing(Midnight(at=start, wh=wh, source="estimate"))

    def with_reported(self, history: History, day_reports: Sequence[DayReport]) -> History:
        """Add the first and the last of the seven midnights from the gateway's day reports."""
        for index, figure in ((0, self._today), (6, self._seven_days)):
            if history.at(self.starts[index]):
                continue
            for report in day_reports:
                wh = figure(history, report)
                if wh is not None:
                    found = Midnight(
                        at=self.starts[index], wh=self.now.wh - wh, source=report.source
                    )
                    history = history.knowing(found)
                    break
        return history

    def _today(self, history: History, report: DayReport) -> float | None:
        """Return today's energy up to now by a report, or ``None`` if it cannot be right."""
        today = report.today_wh
        if today is None or not self._possible(today, report, days=0):
            return None
        if self._possible_seven_days(report) and self._contradicted(report, today):
            return None
        today += self._lag(report)
        return today if self._bounded(history.last, today) else None

    def _contradicted(self, report: DayReport, today_wh: float) -> bool:
        """Say whether the week is smaller than the day, and yet large enough to be believed.

        A common fault is a week whose baseline is newer than that of the day: it holds some Wh.
        """
        week_wh = report.seven_days_wh or 0.0
        return max(_WEEK_WH, _WEEK_SHARE * today_wh) <= week_wh < today_wh - _SAME_WH

    def _seven_days(self, history: History, report: DayReport) -> float | None:
        """Return the energy of seven days by a report, or ``None`` if it cannot be right."""
        seven_days = report.seven_days_wh
        if seven_days is None or not self._possible_seven_days(report):
            return None
        if seven_days < (report.today_wh or 0.0) - _SAME_WH or not self._settled:
            return None
        seven_days += self._lag(report)
        # Midnights of an earlier time zone may themselves come from such reports.
        known = [m.wh for m in history.midnights if m.at in self.starts]
        least = self.now.wh - min(known, default=math.inf)
        return max(seven_days, least) if seven_days >= least - _SAME_WH else None

    def _possible_seven_days(self, report: DayReport) -> bool:
        seven_days = report.seven_days_wh
        if seven_days is None or not self._possible(seven_days, report, days=6):
            return False
        rest = (report.lifetime_wh or 0.0) - (report.today_wh or 0.0)
        return rest <= _NEW_SITE_WH or abs(seven_days - rest) > _SAME_WH

    def _possible(self, wh: float, report: DayReport, *, days: int) -> bool:
        """Say whether a figure can be the energy since the midnight ``days`` days ago."""
        most = self.max_power_w * (self.at - self.starts[days] + _HOUR_S) / _HOUR_S
        if not 0 <= wh <= min(most, _ABSURD_WH):
            return False
        if wh == 0 and days and report.lifetime_wh:
            return False  # a site that has made energy before does not pause for a week
        if wh == 0 and self.at - self.starts[0] > _HOUR_S:
            return self.power_w is not None and self.power_w <= _POWER_W
        lifetime = report.lifetime_wh or 0.0
        return lifetime <= _NEW_SITE_WH or abs(wh - lifetime) > _SAME_WH

    def _lag(self, report: DayReport) -> float:
        """Return how far our register is ahead of the report, if both are the same one."""
        lag = self.raw_wh - report.lifetime_wh if report.lifetime_wh is not None else 0.0
        return max(lag, 0.0) if abs(lag) <= _SAME_REGISTER_WH else 0.0

    @property
    def _settled(self) -> bool:
        return self.at - self.starts[0] >= SETTLED_S

    def _bounded(self, last: Sample | None, today_wh: float) -> bool:
        """Check today's report against our own sample of the day before."""
        if last is None or not last.at <= self.starts[0]:
            return self._settled
        growth = self.now.wh - last.wh
        before = self.max_power_w * (self.starts[0] - last.at) / _HOUR_S
        return growth - before - _SAME_WH <= today_wh <= growth + _SAME_WH


def _between(before: Sample, after: Sample, at: float) -> float:
    """Interpolate in time."""
    if after.at <= before.at:
        return before.wh
    share = (at - before.at) / (after.at - before.at)
    return before.wh + (after.wh - before.wh) * share
