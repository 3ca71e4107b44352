"""``/production.json``, ``/api/v1/production`` and ``/ivp/pdm/energy`` (gateway-api.md, 9)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ..firmware import Quirk
from .view import WRAP_J, View, milli, voltage

if TYPE_CHECKING:
    from ..counters import Channel, Figures, Flow

type Json = dict[str, object]

_LATE_S = 11 * 60
_UNDERFLOW_WH = 57


def production_json(view: View) -> Json:
    """Return the page of everything; with ``details=1`` also by phase."""
    lines = view.asks("details", "1")
    page: Json = {"production": [_inverters(view)]}
    if view.site.plan.metered:
        page["production"] = [_inverters(view), _production(view, lines=lines)]
        page["consumption"] = [_total(view, lines=lines), _net(view, lines=lines)]
    page["storage"] = [_ac_batteries(view)]
    return page


def inverter_lifetime_wh(view: View) -> int:
    """Return the sum of the inverters' counters as this firmware gets it, wraps included."""
    joules = [int(inverter.report.lifetime_wh * 3600) for inverter in view.site.active_inverters]
    if view.shows(Quirk.INVERTER_SUM_WRAPS):
        return sum(joules) % WRAP_J // 3600
    if view.shows(Quirk.EACH_INVERTER_WRAPS):
        joules = [value % WRAP_J for value in joules]
    return sum(joules) // 3600


def v1_production(view: View) -> Json:
    """Return the four figures of ``/api/v1/production``."""
    if view.shows(Quirk.V1_STALLED):
        figures = (0, 41, 1583, 3)
    elif view.shows(Quirk.V1_ALL_ZERO):
        figures = (0, 0, 0, 0)
    elif view.meter("production"):
        figures = _archived(view)
    elif view.shows(Quirk.V1_OF_IDLE_METER):
        power_w, lifetime_wh = view.firmware.left_over
        figures = (0, int(lifetime_wh), int(lifetime_wh), int(power_w))
    else:
        figures = _reported(view)
    if view.shows(Quirk.V1_ZERO_ENERGY):
        figures = (0, 0, 0, figures[3])
    return _four(figures)


def pdm_energy(view: View) -> Json:
    """Return today, seven days and lifetime of each source."""
    nothing = _four((0, 0, 0, 0))
    metered = view.meter("production") is not None
    consumption = nothing
    if view.meter("net-consumption", "total-consumption"):
        flow = view.site.consumption
        consumption = _four(
            (int(flow.today_wh), int(flow.seven_days_wh), int(flow.lifetime_wh), int(flow.power_w))
        )
    return {
        "production": {
            "pcu": _four(_reported(view)),
            "rgm": nothing,
            "eim": _four(_archived(view)) if metered else nothing,
        },
        "consumption": {"eim": consumption},
    }


def _four(figures: tuple[int, int, int, int]) -> Json:
    names = ("wattHoursToday", "wattHoursSevenDays", "wattHoursLifetime", "wattsNow")
    return dict(zip(names, figures, strict=True))


def _reported(view: View) -> tuple[int, int, int, int]:
    """Return the sums over what the inverters reported; they never wrap."""
    inverters = view.site.active_inverters
    return (
        int(sum(inverter.reported_today_wh for inverter in inverters)),
        int(sum(inverter.reported_seven_days_wh for inverter in inverters)),
        int(sum(inverter.report.lifetime_wh for inverter in inverters)),
        int(sum(inverter.report.power_w for inverter in inverters)),
    )


def _archived(view: View) -> tuple[int, int, int, int]:
    """Return the production clamp's register of the last archive moment."""
    phases = view.site.production.phases
    return (
        int(sum(max(0.0, phase.archived_wh - phase.delivered.midnights[-1]) for phase in phases)),
        int(sum(max(0.0, phase.archived_wh - phase.delivered.midnights[0]) for phase in phases)),
        int(sum(phase.archived_wh for phase in phases)),
        int(sum(phase.archived_w for phase in phases)),
    )


def _inverters(view: View) -> Json:
    inverters = view.site.active_inverters
    return {
        "type": "inverters",
        "activeCount": sum(inverter.alive for inverter in inverters),
        "readingTime": int(max((inverter.report.at for inverter in inverters), default=0)),
        "wNow": int(sum(inverter.report.power_w for inverter in inverters)),
        "whLifetime": inverter_lifetime_wh(view),
    }


def _production(view: View, *, lines: bool) -> Json:
    enabled = view.meter("production") is not None
    if not enabled:
        return _left_over(view, "production")
    days = [_days(view, phase) for phase in view.site.production.phases]
    return _row(view, "production", view.site.production, days, lines=lines)


def _total(view: View, *, lines: bool) -> Json:
    if not view.meter("net-consumption", "total-consumption"):
        return _left_over(view, "total-consumption")
    if view.shows(Quirk.TOTAL_IS_NET):
        return _net(view, lines=lines) | {"measurementType": "total-consumption"}
    clamped = view.meter("total-consumption") is not None
    flow = view.site.clamped_load if clamped else view.site.consumption
    days = [_consumption_days(view, phase) for phase in flow.phases]
    return _row(view, "total-consumption", flow, days, lines=lines)


def _net(view: View, *, lines: bool) -> Json:
    if not view.meter("net-consumption", "total-consumption"):
        return _left_over(view, "net-consumption")
    days = [(0.0, 0.0)] * view.site.plan.phases
    return _row(view, "net-consumption", view.site.grid, days, lines=lines)


def _row(
    view: View,
    kind: str,
    flow: Flow[Channel] | Flow[Figures],
    days: list[tuple[float, float]],
    *,
    lines: bool,
) -> Json:
    phases = [
        _figures(view, index, phase, kind, days[index]) for index, phase in enumerate(flow.phases)
    ]
    flips = view.shows(Quirk.ACTIVE_COUNT_FLIPS) and view.odd_minute
    row: Json = {"type": "eim", "activeCount": 0 if flips else 1}
    if view.firmware.measurement_type_listed:
        row["measurementType"] = kind
    row["readingTime"] = int(view.site.now)
    row |= {key: milli(sum(phase[key] for phase in phases)) for key in phases[0]}
    if not view.shows(Quirk.POWER_FACTOR_SUMS):
        row["pwrFactor"] = round(sum(phase["pwrFactor"] for phase in phases) / len(phases), 2)
    _spoil_consumption(view, kind, row)
    if lines:
        row["lines"] = [
            {key: milli(value) for key, value in phase.items()}
            for phase in _padded(view, kind, phases)
        ]
    return row


def _figures(
    view: View, index: int, phase: Figures, kind: str, days: tuple[float, float]
) -> dict[str, float]:
    volts = voltage(view, index)
    power = phase.power_w
    lifetime = _net_wh(phase) if kind == "net-consumption" else phase.lifetime_wh
    return {
        "wNow": power,
        "whLifetime": lifetime,
        "varhLeadLifetime": abs(lifetime) * 0.01,
        "varhLagLifetime": abs(lifetime) * 0.2,
        "vahLifetime": abs(lifetime) * 1.25,
        "rmsCurrent": power * 1.04 / volts,
        "rmsVoltage": volts,
        "reactPwr": abs(power) * 0.1,
        "apprntPwr": power * 1.04,
        "pwrFactor": math.copysign(0.96, power) if power else 0.0,
        "whToday": days[0],
        "whLastSevenDays": days[1],
        "vahToday": days[0] * 1.25,
        "varhLeadToday": days[0] * 0.01,
        "varhLagToday": days[0] * 0.2,
    }


def _net_wh(phase: Figures) -> float:
    delivered, received = getattr(phase, "delivered", None), getattr(phase, "received", None)
    return delivered.wh - received.wh if delivered and received else phase.lifetime_wh


def _days(view: View, phase: Figures) -> tuple[float, float]:
    """Return today and seven days; the archive that they start from knows whole Wh only."""
    lifetime = phase.lifetime_wh
    today = lifetime - int(lifetime - phase.today_wh)
    week = lifetime - int(lifetime - phase.seven_days_wh)
    if view.shows(Quirk.TODAY_RESETS_LATE) and _since_midnight(view) < _LATE_S:
        today += phase.seven_days_wh / 7  # still on the base of the day before
    if view.shows(Quirk.TODAY_UNDERFLOWS):
        today = float(2**32 - _UNDERFLOW_WH)
    if view.shows(Quirk.TODAY_IS_LIFETIME):
        today = week = lifetime
    if view.shows(Quirk.WEEK_IS_LIFETIME_LESS_TODAY):
        week = lifetime - today
    return today, week


def _consumption_days(view: View, phase: Figures) -> tuple[float, float]:
    today, week = _days(view, phase)
    if view.shows(Quirk.CONSUMPTION_TODAY_ZERO):
        return 0.0, 0.0
    if view.shows(Quirk.CONSUMPTION_WEEK_TINY):
        week = today / 10
    return today, week


def _spoil_consumption(view: View, kind: str, row: Json) -> None:
    """Add to the whole what its lines do not show."""
    if kind == "total-consumption" and view.shows(Quirk.CONSUMPTION_TODAY_PHANTOM):
        row["whToday"] = float(int(view.site.consumption.today_wh * 1.8))


def _padded(view: View, kind: str, phases: list[dict[str, float]]) -> list[dict[str, float]]:
    if kind == "total-consumption" and view.shows(Quirk.PHASE_TODAY_ZERO):
        phases = [phase | {"whToday": 0.0} for phase in phases]
    if view.shows(Quirk.THREE_LINES):
        phases = phases + [dict.fromkeys(phases[0], 0.0)] * (3 - len(phases))
    return phases


def _left_over(view: View, kind: str) -> Json:
    """Return the row of a clamp that is not enabled: figures that mean nothing (9.3)."""
    power, lifetime = view.firmware.left_over
    row: Json = {
        "type": "eim",
        "activeCount": 0,
        "measurementType": kind,
        "readingTime": int(view.site.now),
        "wNow": power,
        "whLifetime": lifetime,
        "varhLeadLifetime": 0.0,
        "varhLagLifetime": 0.0,
        "vahLifetime": 0.0,
        "rmsCurrent": 0.516,
        "rmsVoltage": milli(voltage(view, 0)),
        "reactPwr": 0.0,
        "apprntPwr": 1.335,
        "pwrFactor": 1.0,
        "whToday": 0.0,
        "whLastSevenDays": 0.0,
        "vahToday": 0.0,
        "varhLeadToday": 0.0,
        "varhLagToday": 0.0,
    }
    if not view.firmware.measurement_type_listed:
        del row["measurementType"]
    if view.asks("details", "1"):
        row["lines"] = []
    return row


def _ac_batteries(view: View) -> Json:
    batteries = list(view.site.ac_batteries.values())
    power = sum(battery.power_w for battery in batteries)
    row: Json = {
        "type": "acb",
        "activeCount": len(batteries),
        "readingTime": int(view.site.now // 900 * 900) if batteries else 0,
        "wNow": int(power),
        "whNow": int(sum(battery.stored_wh for battery in batteries)),
        "state": charge_state(power),
    }
    if batteries:
        capacity = sum(battery.capacity_wh for battery in batteries)
        stored = sum(battery.stored_wh for battery in batteries)
        row["percentFull"] = int(100 * stored / capacity)
    return row


def charge_state(power_w: float) -> str:
    """Return the word for a battery's power, positive when discharging."""
    if abs(power_w) < 1:
        return "idle"
    return "discharging" if power_w > 0 else "charging"


def _since_midnight(view: View) -> float:
    return view.site.now - view.site.last_midnight
