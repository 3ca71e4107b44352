"""Compare the inverters of one day: what each made, and what it would have made as usual.

All inverters see the same weather, season and curtailment, so none of these is modelled. For each
hour, every inverter has a ratio of what it made to its usual energy of that hour; the median ratio
of those that behave like it says what that hour was worth to it. North panels are measured by
north panels, and the shade of a chimney at noon is part of the usual noon.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from heapq import nsmallest
from math import dist, inf
from statistics import median
from typing import Final

from .panel import HOURS, Panel

LEARNED_DAYS: Final = 7
"""As many days make a usual yield."""
_LIKE: Final = 9
"""So many of those most alike tell what an hour was worth; a wrong one among them is outvoted."""
_LEAST_LIKE: Final = 3
_FARTHEST: Final = 2.0
"""So many times as far as the third of them, others do not resemble it: where a breaker takes most
panels of a direction away, those of another direction must not fill their places."""
_FEWEST_ALIKE: Final = 2
_STOPPED_S: Final = 5400.0
_LEAST_WH: Final = 50.0
"""On days worth less to an inverter it may sleep in the twilight, or be rounded away."""
_LEAST_HOUR_WH: Final = 0.5
_PRODUCING: Final = 0.2
"""A darker day, compared to the usual one, proves nothing."""
_HEARD: Final = 0.1
"""A lone report at dawn does not break a silence."""
_LOW_HOUR: Final = 0.85
_SEEN: Final = 0.5
"""Of the usual energy, the part that fell into hours which were watched throughout."""
_LEAST_HOURS: Final = 8
"""Sunny hours that must have been watched, where no usual energy can tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a day says of one inverter."""

    silent: bool
    judged: bool
    """Whether enough is known and the day was worth enough to it."""
    stopped: bool = False
    """Whether it reported until well before those like it ceased: a verdict only on a part."""
    share: float | None = None
    """Energy compared to usual, 1 as usual; ``None`` if not judged or silent."""
    low_hours: float = 0.0
    """The part of the expected energy that fell into hours of less than usual."""
    expected_wh: Sequence[float] = ()
    """By hour; what to learn from when its own energy does not count. Empty if it is new."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """What a day was worth, and what it says of each inverter."""

    producing: bool
    """Whether the day was watched and bright enough to say something."""
    hours: Sequence[int] = ()
    """The hours that count."""
    worth: Sequence[float] = ()
    """By hour: median ratio to the usual energy, of all inverters that reported."""
    verdicts: Mapping[str, Verdict]


NO_DAY: Final = Day(producing=False, verdicts={})


def judge(panels: Mapping[str, Panel], hours: Sequence[int]) -> Day:
    """Judge a day of which these hours were watched throughout."""
    counts = [panel.reports for panel in panels.values() if panel.reports]
    if len(counts) < 2 or not hours:  # noqa: PLR2004 -- nobody to compare with
        return NO_DAY
    enough = median(counts) * _HEARD
    heard = {serial: panel for serial, panel in panels.items() if panel.reports > enough}
    learned = {s: panel for s, panel in heard.items() if panel.known >= LEARNED_DAYS}
    if not learned:
        return _first_days(panels, heard, hours)
    usual = sum(sum(panel.usual_wh) for panel in learned.values())
    watched = sum(panel.usual_wh[hour] for panel in learned.values() for hour in hours)
    made = sum(panel.today_wh[hour] for panel in learned.values() for hour in hours)
    if watched < _SEEN * usual or made < _PRODUCING * watched:
        return NO_DAY
    healthy = {serial: panel for serial, panel in learned.items() if not panel.trouble} or learned
    ratios = {serial: _ratios(panel) for serial, panel in healthy.items()}
    worth = _worth(list(ratios.values()))
    verdicts = {}
    for serial, panel in panels.items():
        like = _alike(serial, panel, healthy)
        alone = len(like) < _FEWEST_ALIKE
        verdicts[serial] = replace(
            _verdict(
                panel,
                hours,
                None if alone else _worth([ratios[other] for other in like]),
                worth,
                silent=serial not in heard,
            ),
            stopped=not alone
            and serial in heard
            and panel.at < median(panels[other].at for other in like) - _STOPPED_S,
        )
    return Day(producing=True, hours=hours, worth=worth, verdicts=verdicts)


def _first_days(
    panels: Mapping[str, Panel], heard: Mapping[str, Panel], hours: Sequence[int]
) -> Day:
    """Judge nobody but the silent while there is no usual yield to compare with."""
    sunny = [hour for hour in hours if any(panel.today_wh[hour] for panel in heard.values())]
    if len(sunny) < _LEAST_HOURS:
        return NO_DAY
    verdicts = {s: Verdict(silent=s not in heard, judged=False) for s in panels}
    return Day(producing=True, hours=hours, worth=[1.0] * HOURS, verdicts=verdicts)


def _ratios(panel: Panel) -> list[float | None]:
    """Return what the hours were compared to usual; ``None`` where there is next to nothing."""
    return [
        today / usual if usual >= _LEAST_HOUR_WH else None
        for today, usual in zip(panel.today_wh, panel.usual_wh, strict=True)
    ]


def _worth(ratios: Sequence[Sequence[float | None]]) -> list[float]:
    """Return the median ratio by hour."""
    hours = ([ratio for ratio in hour if ratio is not None] for hour in zip(*ratios, strict=True))
    return [median(known) if known else 0.0 for known in hours]


def _alike(serial: str, panel: Panel, healthy: Mapping[str, Panel]) -> list[str]:
    """Return those whose usual day is nearest to that of this one."""
    if panel.known < LEARNED_DAYS:
        return []
    own = panel.usual_wh
    others = (
        (dist(own, other.usual_wh), name) for name, other in healthy.items() if name != serial
    )
    nearest = nsmallest(_LIKE, others)
    farthest = _FARTHEST * nearest[_LEAST_LIKE - 1][0] if len(nearest) > _LEAST_LIKE else inf
    return [name for far, name in nearest if far <= farthest]


def _verdict(
    panel: Panel,
    hours: Sequence[int],
    like: Sequence[float] | None,
    worth: Sequence[float],
    *,
    silent: bool,
) -> Verdict:
    if panel.known < LEARNED_DAYS:
        return Verdict(silent=silent, judged=False)
    by_hour = [usual * of for usual, of in zip(panel.usual_wh, like or worth, strict=True)]
    expected = sum(by_hour[hour] for hour in hours)
    if silent:
        usual = sum(panel.usual_wh[hour] * min(worth[hour], 1.0) for hour in hours)
        return Verdict(silent=True, judged=usual >= _LEAST_WH, expected_wh=by_hour)
    if like is None or expected < _LEAST_WH:
        return Verdict(silent=False, judged=False, expected_wh=by_hour)
    low = sum(by_hour[h] for h in hours if panel.today_wh[h] < _LOW_HOUR * by_hour[h])
    return Verdict(
        silent=False,
        judged=True,
        share=sum(panel.today_wh[hour] for hour in hours) / expected,
        low_hours=low / expected,
        expected_wh=by_hour,
    )
