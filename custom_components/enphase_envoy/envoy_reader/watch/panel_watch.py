"""The watch itself: takes reports, closes days, answers."""

from __future__ import annotations

from collections.abc import Container, Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from statistics import median
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from ..counters.json_fields import number
from ..roof import RoofReport, Trouble, TroubleKind
from .day import LEARNED_DAYS, judge
from .panel import Panel, energies, spread, zeros
from .verdicts import apply_verdicts, recover

if TYPE_CHECKING:
    from ..equipment import Inverter
    from ..memory import JsonValue

_HOUR_S: Final = 3600
_DAY_S: Final = 86400
_WATCHED_S: Final = 2400.0
"""An hour counts when pages came throughout; each stands for up to an hour before it."""
_LIMITED: Final = -float(_DAY_S)
"""Seconds watched of an hour that shall not count."""
_RECENT_S: Final = 2400.0
"""A report may be 15 minutes old when it comes and 15 when the next does; one may be lost."""
_FORGOTTEN_DAYS: Final = 3
"""A gateway may lose its list for a day; who is off it for longer was taken out."""
_HEARD_AGAIN: Final = 6
"""Reports that end a silence: half an hour to one and a half."""
_SHOWN_DAYS: Final = 5


class PanelWatch:
    """Watches the inverters of a site."""

    def __init__(self, state: dict[str, JsonValue]) -> None:
        """Go on from what is remembered; what does not fit is as if it had never been."""
        self._state = state
        self._day = int(number(state.get("day")) or 0)
        self._settled = int(number(state.get("settled")) or 0)
        self._page_at = number(state.get("page_at")) or 0.0
        self._watched_s = energies(state.get("watched_s")) or zeros()
        stored = state.get("panels")
        if not isinstance(stored, dict):
            stored = state["panels"] = {}
        self._stored = stored
        found = {serial: Panel.from_json(panel) for serial, panel in stored.items()}
        self._panels = {serial: panel for serial, panel in found.items() if panel}
        self._listed: Container[str] = self._panels
        self._report = RoofReport(
            producing=self._producing(self._page_at),
            troubles=self._troubles(),
            yields_pct=self._yields(),
        )

    @property
    def report(self) -> RoofReport:
        """The state of the roof after the latest collection."""
        return self._report

    def update(
        self,
        inverters: Mapping[str, Inverter],
        *,
        at: float,
        zone: tzinfo,
        fresh: bool,
        limited: bool = False,
    ) -> RoofReport:
        """Take what a collection brought; return the state of the roof.

        ``at`` is in epoch seconds and ``zone`` that of the gateway. ``fresh`` is whether this
        collection read the page that lists the inverters: all else costs next to nothing.
        ``limited`` is whether something holds production back right now.
        """
        moment = datetime.fromtimestamp(at, zone)
        offset = (moment.utcoffset() or timedelta()) - (moment.dst() or timedelta())
        shift = offset.total_seconds()
        day = int((at + shift) // _DAY_S)
        if day != self._day:
            self._close(self._day * _DAY_S - shift)
            self._day = day
            self._state["day"] = day
        if fresh and inverters:
            new = self._take(inverters, at, shift, limited=limited)
            self._listed = inverters.keys()
            troubles = self._troubles()
            same = not new and troubles == self._report.troubles
            self._report = RoofReport(
                producing=self._producing(at),
                troubles=troubles,
                yields_pct=self._report.yields_pct if same else self._yields(),
            )
        return self._report

    def _take(
        self, inverters: Mapping[str, Inverter], at: float, shift: float, *, limited: bool
    ) -> bool:
        """Take the reports of a fresh page; return whether there is an inverter not seen before."""
        hour = int((at + shift) % _DAY_S // _HOUR_S)
        elapsed = at - self._page_at
        self._watched_s[hour] += min(max(elapsed, 0.0), float(_HOUR_S))
        if limited:
            self._watched_s[hour] = self._watched_s[hour - 1] = _LIMITED
        self._page_at = at
        self._state["page_at"], self._state["watched_s"] = at, list(self._watched_s)
        gone = {
            s
            for s, inverter in inverters.items()
            if inverter.gone or inverter.communicating is False
        }
        awake = 2 * len(gone) < len(inverters)
        new = False
        for serial, inverter in inverters.items():
            panel = self._panels.get(serial)
            if panel is None:
                panel = self._panels[serial] = Panel()
                new = True
            changed = self._take_one(panel, inverter, at, shift)
            if (
                panel.missed
                or serial not in self._stored
                or (awake and panel.gone != (serial in gone))
            ):
                panel.missed, changed = 0, True
                panel.gone = serial in gone if awake else panel.gone
            if changed:
                self._stored[serial] = panel.to_json()
        return new

    def _take_one(self, panel: Panel, inverter: Inverter, at: float, shift: float) -> bool:
        """Take the report of an inverter; return whether it is a new one."""
        reported_at = inverter.reported_at.timestamp() if inverter.reported_at else 0.0
        if panel.at > at + _DAY_S:  # the clock of the gateway was wrong
            panel.at = 0.0
        if not panel.at < reported_at < at + _DAY_S:
            return False
        energy, covered = panel.take(inverter, reported_at=reported_at)
        end = reported_at + shift - self._day * _DAY_S
        if 0 <= end < _DAY_S:
            panel.reports += 1
            for hour, part in spread(end - covered, end):
                panel.today_wh[hour] = round(panel.today_wh[hour] + energy * part, 1)
        if (
            panel.trouble in {TroubleKind.SILENT, TroubleKind.GONE}
            and panel.reports >= _HEARD_AGAIN
        ):
            recover(panel)
        return True

    def _close(self, start: float) -> None:
        """Judge the day that began at ``start``, and begin another."""
        hours = [h for h, seconds in enumerate(self._watched_s) if seconds >= _WATCHED_S]
        listed = {s: panel for s, panel in self._panels.items() if panel.missed == 0}
        self._settled = apply_verdicts(
            listed, judge(listed, hours), start=start, settled=self._settled
        )
        self._watched_s = zeros()
        for panel in self._panels.values():
            panel.turn()
        self._panels = {s: p for s, p in self._panels.items() if p.missed <= _FORGOTTEN_DAYS}
        self._state["settled"] = self._settled
        self._state["watched_s"] = list(self._watched_s)
        self._stored.clear()
        self._stored.update({s: panel.to_json() for s, panel in self._panels.items()})
        self._report = RoofReport(
            producing=self._report.producing,
            troubles=self._troubles(),
            yields_pct=self._yields(),
        )

    def _producing(self, at: float) -> int:
        return sum(
            panel.power_w > 0 and at - panel.at <= _RECENT_S for panel in self._panels.values()
        )

    def _yields(self) -> Mapping[str, float | None]:
        return MappingProxyType({serial: _yield_pct(p) for serial, p in self._panels.items()})

    def _troubles(self) -> tuple[Trouble, ...]:
        """Return the troubles, those of groups first."""
        ill = {s: p for s, p in self._panels.items() if p.trouble and s in self._listed}
        groups: dict[float, list[str]] = {}
        for serial, panel in sorted(ill.items()):
            if panel.group:
                groups.setdefault(panel.group, []).append(serial)
        found = [
            Trouble(
                kind=TroubleKind.GROUP_SILENT,
                serials=tuple(serials),
                since=datetime.fromtimestamp(since, UTC),
                yield_pct=0.0,
                lost_wh=round(sum(ill[serial].lost_wh for serial in serials)),
            )
            for since, serials in sorted(groups.items())
        ]
        found += [
            Trouble(
                kind=panel.trouble,
                serials=(serial,),
                since=datetime.fromtimestamp(panel.since, UTC),
                yield_pct=_yield_pct(panel) or 0.0,
                lost_wh=round(panel.lost_wh),
            )
            for serial, panel in sorted(ill.items())
            if panel.trouble and not panel.group
        ]
        return tuple(found)


def _yield_pct(panel: Panel) -> float | None:
    """Return the yield compared to usual; one that is silent has none."""
    if panel.trouble in {TroubleKind.SILENT, TroubleKind.GONE}:
        return 0.0
    if panel.known < LEARNED_DAYS or not panel.days_pct:
        return None
    return float(median(panel.days_pct[-_SHOWN_DAYS:]))
