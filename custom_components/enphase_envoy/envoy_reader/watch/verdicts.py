"""From the verdicts of days to troubles: how long to wait, what to learn, when it is over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from statistics import quantiles
from typing import Final

from ..roof import TroubleKind
from .day import LEARNED_DAYS, Day, Verdict
from .panel import DAYS_KEPT, Panel

LOW_SHARE: Final = 0.8
_RECOVERED: Final = 0.05
"""So far above the limit a low inverter is well again, ..."""
_RECOVERED_DAYS: Final = 2
"""... and for so many days."""
LOW_DAYS: Final = 5
_SURE_DAYS: Final = 14
"""A usual yield of fewer days still depends on their weather."""
_LOW_HOURS: Final = 0.8
"""A fault of an inverter is there at all hours; a new shade, at some."""
_SPREAD_DAYS: Final = 10
"""From so many figures on, the inverter's own spread is known."""
_SPREAD_MARGIN: Final = 0.9
_RECENT_DAYS: Final = 10
"""The latest figures do not tell how widely they spread, or a fault would soon be its own
measure."""
_ODD: Final = (0.7, 1.4)
"""Shares outside are odd. Snow makes both, since it leaves the roof unevenly."""
_MANY_ODD: Final = 0.1
_LEAST_ODD: Final = 2
_ODD_DAYS: Final = 4
"""An inverter that is odd for longer is so by itself: it does not unsettle the roof any more."""
_SNOW_DAYS: Final = 5
"""Settled days for the last panels to thaw after the roof has been unsettled."""
_THAW_PCT: Final = 6
"""What yields so much more from day to day after snow is thawing."""
_LOW_BEFORE: Final = 2
"""What has been low for so long before the snow is not low by it."""
_SETTLED_DAYS: Final = 3
"""What becomes odd so soon after may still be snow that slid down."""
_SEVERAL: Final = 3
"""So many who fall silent together are one trouble."""
_LEAST_WORTH: Final = 0.3
"""What a new inverter makes in darker hours is not brought to the usual level of the others."""
_SLOWEST: Final = 0.08
"""The part of a new day in the usual one: the sun's path changes the shade of a site in weeks."""


def apply_verdicts(panels: Mapping[str, Panel], day: Day, *, start: float, settled: int) -> int:
    """Change the panels by a day that was judged; return how many settled days there were now."""
    if not day.producing:
        return settled
    seen = {serial: panel for serial, panel in panels.items() if panel.missed == 0}
    unsettled = _is_unsettled(seen, day)
    settled = 0 if unsettled else settled + 1
    news = [
        serial
        for serial, panel in seen.items()
        if day.verdicts[serial].silent and not panel.trouble
    ]
    for serial, panel in seen.items():
        verdict = day.verdicts[serial]
        if unsettled or settled <= _SETTLED_DAYS:
            panel.snowed = panel.snowed or (panel.low < _LOW_BEFORE and _is_odd(panel, verdict))
        if panel.trouble:
            _watch_recovery(panel, verdict, day)
        else:
            _watch(panel, verdict, day, start, unsettled=unsettled, several=len(news) >= _SEVERAL)
        if not unsettled:
            _learn(panel, verdict, day)
    _group([panels[serial] for serial in news if panels[serial].trouble])
    _part(panels.values())
    return settled


def _is_odd(panel: Panel, verdict: Verdict) -> bool:
    if verdict.share is None:
        return verdict.silent and verdict.judged
    lowest, highest = _ODD
    return not min(lowest, limit(panel)) <= verdict.share <= highest


def _is_unsettled(seen: Mapping[str, Panel], day: Day) -> bool:
    """Tell whether something goes on with the roof as a whole: snow falls, slides or melts.

    Those who have just fallen silent do not tell: they may hang on one breaker. Those who come back
    while others stay silent do.
    """
    partly = heard = back = quiet = 0
    for serial, panel in seen.items():
        verdict = day.verdicts[serial]
        fresh = panel.odd < _ODD_DAYS
        odd = _is_odd(panel, verdict)
        if verdict.stopped:
            continue
        if verdict.silent:
            quiet += panel.odd > 0 and not panel.trouble
        else:
            heard += verdict.judged
            partly += verdict.judged and odd and fresh and not panel.trouble
            back += panel.quiet > 0 and not panel.trouble
        panel.odd = panel.odd + 1 if odd else 0
    return partly >= max(_LEAST_ODD, _MANY_ODD * heard) or (back > 0 and quiet > 1)


def limit(panel: Panel) -> float:
    """Return the share below which a day is low: four fifths, less where shares spread widely.

    A panel that only the sky lights, or that has nobody like it, is low on every clear day.
    """
    days = panel.days_pct[: max(0, len(panel.days_pct) - max(panel.low, _RECENT_DAYS))]
    if len(days) < _SPREAD_DAYS:
        return LOW_SHARE
    return min(LOW_SHARE, _SPREAD_MARGIN * quantiles(days, n=10)[0] / 100)


def _watch(  # noqa: PLR0913 -- what there is to know of a day
    panel: Panel, verdict: Verdict, day: Day, start: float, *, unsettled: bool, several: bool
) -> None:
    """Count the days of one that is in no trouble yet."""
    if verdict.silent:
        _watch_silent(panel, verdict, day, start, unsettled=unsettled, several=several)
        return
    panel.quiet = 0
    if verdict.share is None:
        return
    if unsettled:
        return
    low = (
        panel.known >= _SURE_DAYS
        and verdict.share < limit(panel)
        and verdict.low_hours >= _LOW_HOURS
    )
    if panel.snowed and panel.low and 100 * verdict.share > panel.days_pct[-1] + _THAW_PCT:
        panel.low = 0
    if not low:
        panel.low, panel.snowed, panel.lost_wh = 0, False, 0.0
        _remember(panel, verdict.share)
        return
    if panel.low == 0:
        panel.since, panel.lost_wh = start, 0.0
    _remember(panel, verdict.share)
    panel.low += 1
    panel.lost_wh = round(panel.lost_wh + _lost_wh(panel, verdict, day))
    if panel.low >= LOW_DAYS:
        panel.trouble, panel.well = TroubleKind.LOW, 0


def _watch_silent(  # noqa: PLR0913 -- as above
    panel: Panel, verdict: Verdict, day: Day, start: float, *, unsettled: bool, several: bool
) -> None:
    if unsettled:
        panel.quiet = 0
        return
    learned = panel.known >= LEARNED_DAYS
    if learned and not verdict.judged:
        return
    if panel.reports and panel.odd <= 1:  # it fell silent early on this day
        return
    if panel.quiet == 0:
        panel.lost_wh = 0.0
    panel.quiet += 1
    panel.lost_wh += _lost_wh(panel, verdict, day)
    patience = 2 if several else 1
    if panel.snowed or not learned:
        patience = _SNOW_DAYS
    if panel.quiet >= patience:
        _fall_silent(panel, start)


def _fall_silent(panel: Panel, start: float) -> None:
    panel.trouble = TroubleKind.GONE if panel.gone else TroubleKind.SILENT
    panel.since = panel.at or start


def _watch_recovery(panel: Panel, verdict: Verdict, day: Day) -> None:
    """Let go of a trouble that is over; a silent one also ends by its reports (``heard``)."""
    panel.lost_wh += _lost_wh(panel, verdict, day)
    if panel.trouble != TroubleKind.LOW:
        if not verdict.silent:
            recover(panel)
        return
    panel.quiet = panel.quiet + 1 if verdict.silent else 0
    if panel.quiet >= _SNOW_DAYS:
        _fall_silent(panel, panel.since)
    if verdict.share is None:
        return
    _remember(panel, verdict.share)
    panel.low = min(panel.low + 1, DAYS_KEPT)
    panel.well = panel.well + 1 if verdict.share >= limit(panel) + _RECOVERED else 0
    if panel.well >= _RECOVERED_DAYS:
        panel.days_pct = panel.days_pct[: -panel.low] + panel.days_pct[-panel.well :]
        recover(panel)


def recover(panel: Panel) -> None:
    """End a trouble."""
    panel.trouble, panel.since, panel.group, panel.lost_wh = None, 0.0, 0.0, 0.0
    panel.low = panel.quiet = panel.well = 0
    panel.snowed = False


def _remember(panel: Panel, share: float) -> None:
    panel.days_pct = [*panel.days_pct[1 - DAYS_KEPT :], min(round(100 * share), 999)]


def _lost_wh(panel: Panel, verdict: Verdict, day: Day) -> float:
    if not verdict.expected_wh:
        return 0.0
    return sum(max(0.0, verdict.expected_wh[h] - panel.today_wh[h]) for h in day.hours)


def _learn(panel: Panel, verdict: Verdict, day: Day) -> None:
    """Let the usual day follow.

    Of one that is silent, low or in trouble, it follows what would have been as usual, so that it
    keeps its ratio to the others and is judged rightly when it is back. That of a new one is
    brought to the level at which the others stand, and moves with them.
    """
    ill = panel.trouble is not None or panel.low > 0
    new = panel.known < LEARNED_DAYS
    if new:
        if verdict.silent:
            return
        target = [
            today / max(worth, _LEAST_WORTH)
            for today, worth in zip(panel.today_wh, day.worth, strict=True)
        ]
    elif ill or verdict.silent:
        target = list(verdict.expected_wh)
    else:
        target = panel.today_wh
    drift = [1 + _SLOWEST * (worth - 1) if new else 1.0 for worth in day.worth]
    part = max(_SLOWEST, 1 / (panel.known + 1))
    for hour in day.hours:
        usual = panel.usual_wh[hour]
        panel.usual_wh[hour] = round((usual + part * (target[hour] - usual)) * drift[hour], 2)
    panel.known = min(panel.known + 1, DAYS_KEPT)


def _group(fresh: list[Panel]) -> None:
    """Mark those who turned out silent on the same day as one trouble."""
    if len(fresh) >= _SEVERAL:
        group = max(panel.since for panel in fresh)
        for panel in fresh:
            panel.group = group


def _part(panels: Iterable[Panel]) -> None:
    """Make the rest of a group troubles of their own, once too few are left to be one."""
    sizes = Counter(panel.group for panel in panels)
    for panel in panels:
        if sizes[panel.group] < _SEVERAL:
            panel.group = 0.0
