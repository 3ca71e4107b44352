"""The clamps: ``/ivp/meters`` and below, and the live data (gateway-api.md, 10 and 13.1)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ..firmware import Quirk
from .view import View, frequency, milli, voltage

if TYPE_CHECKING:
    from ..counters import Channel, Figures
    from ..hardware import Meter

type Json = dict[str, object]
type Registers = tuple[float, float, float]
"""Power, delivered and received of one channel."""

_CHANNELS = 3
_UNUSED: Registers = (0.0, 0.0, 0.0)
_PHANTOM = (1023410688, 2097152513)


def meters(view: View) -> list[Json]:
    """Return the configuration of the clamps."""
    plan = view.site.plan
    rows: list[Json] = []
    for meter in view.site.meters:
        row: Json = {
            "eid": meter.eid,
            "state": "enabled" if meter.enabled else "disabled",
            "measurementType": meter.kind,
            "phaseMode": plan.phase_mode,
            "phaseCount": plan.phases,
            "meteringStatus": meter.status,
        }
        if view.firmware.status_flags_listed:
            row["statusFlags"] = meter.flags
        rows.append(row)
    return rows


def readings(view: View) -> list[Json]:
    """Return the registers of all clamps, those of no use included."""
    listed = [
        meter for meter in view.site.meters if meter.enabled or view.firmware.readings_of_disabled
    ]
    rows = [_reading(view, meter) for meter in listed]
    if view.shows(Quirk.PHANTOM_METER):
        rows.append(_group(view, *_PHANTOM, [_UNUSED] * _CHANNELS, phases=0))
    if view.shows(Quirk.ZERO_METERS):
        rows = [_group(view, 704643328, 1778385169, [_UNUSED] * _CHANNELS, phases=0)]
    return rows


def reading(view: View) -> object:
    """Return one clamp's registers: ``/ivp/meters/readings/{eid}``."""
    wanted = view.path.rsplit("/", 1)[-1]
    fitting = [row for row in readings(view) if str(row["eid"]) == wanted]
    return fitting[0] if fitting else {"error": "404 - Not Found"}


def grid_reading(view: View) -> list[Json]:
    """Return the compact page of the grid's power."""
    return _compact(view, view.site.grid.phases, reactive=True)


def pv_reading(view: View) -> list[Json]:
    """Return the compact page of the production's power."""
    return _compact(view, view.site.production.phases, reactive=False)


def reports(view: View) -> list[Json]:
    """Return production, net and total, ready made (9.5)."""
    return [report_production(view), _report_net(view), _report_total(view)]


def report_production(view: View) -> Json:
    """Return the report of the production alone."""
    rows = [(p.power_w, p.delivered.wh, p.received.wh) for p in view.site.production.phases]
    return _report(view, "production", rows)


def report_consumption(view: View) -> list[Json]:
    """Return the reports of total and net."""
    return [_report_total(view), _report_net(view)]


def _report_total(view: View) -> Json:
    rows = [(p.power_w, p.lifetime_wh, 0.0) for p in view.site.consumption.phases]
    return _report(view, "total-consumption", rows)


def _report_net(view: View) -> Json:
    phases = view.site.grid.phases
    if view.firmware.netting_reports:
        rows = [(p.power_w, p.delivered.wh - p.received.wh, 0.0) for p in phases]
    else:
        rows = [(p.power_w, p.delivered.wh, p.received.wh) for p in phases]
    return _report(view, "net-consumption", rows)


def _report(view: View, kind: str, rows: list[Registers]) -> Json:
    lines = [_report_line(view, index, row) for index, row in enumerate(rows)]
    whole = {key: milli(sum(line[key] for line in lines)) for key in lines[0]}
    whole |= {"pwrFactor": lines[0]["pwrFactor"], "freqHz": lines[0]["freqHz"]}
    return {
        "createdAt": int(view.site.now),
        "reportType": kind,
        "cumulative": whole,
        "lines": [{key: milli(value) for key, value in line.items()} for line in lines],
    }


def _report_line(view: View, index: int, row: Registers) -> dict[str, float]:
    power, delivered, received = row
    volts = voltage(view, index)
    return {
        "currW": power,
        "actPower": power,
        "apprntPwr": power * 1.04,
        "reactPwr": abs(power) * 0.1,
        "whDlvdCum": delivered,
        "whRcvdCum": received,
        "varhLagCum": abs(delivered) * 0.2,
        "varhLeadCum": abs(delivered) * 0.01,
        "vahCum": abs(delivered) * 1.25,
        "rmsVoltage": volts,
        "rmsCurrent": power * 1.04 / volts,
        "pwrFactor": _power_factor(power),
        "freqHz": frequency(view),
    }


def _reading(view: View, meter: Meter) -> Json:
    channels = _registers(view, meter)
    channels += [_UNUSED] * (_CHANNELS - len(channels))
    drops = view.shows(Quirk.STORAGE_PHASE_DROPS) and view.odd_minute
    if drops and meter.kind == "storage" and view.site.plan.phases > 1:
        channels[1] = _UNUSED
    return _group(view, meter.eid, meter.first_channel, channels, phases=view.site.plan.phases)


def _registers(view: View, meter: Meter) -> list[Registers]:
    """Return the channels of the configured phases."""
    site = view.site
    if not meter.enabled:
        return [(0.6, 0.0, 0.0)] * site.plan.phases
    if meter.kind == "total-consumption":
        return [(p.power_w, p.lifetime_wh, 0.0) for p in site.clamped_load.phases]
    flows: dict[str, tuple[Channel, ...]] = {
        "production": site.production.phases,
        "net-consumption": site.grid.phases,
        "storage": (site.storage if site.batteries else site.ac_storage).phases,
        "pv3p": site.other_sun.phases,
        "evse": site.car.phases,
    }
    phases = flows.get(meter.kind)
    if phases is None:
        return [_UNUSED] * site.plan.phases
    return [(p.power_w, p.delivered.wh, p.received.wh) for p in phases]


def _group(view: View, eid: int, first_channel: int, rows: list[Registers], *, phases: int) -> Json:
    channels = [
        _channel(view, index, row, configured=index < phases) for index, row in enumerate(rows)
    ]
    whole = {key: milli(sum(channel[key] for channel in channels)) for key in channels[0]}
    used = [channel for channel in channels if channel["activePower"]] or channels[:1]
    if not view.shows(Quirk.POWER_FACTOR_SUMS):
        whole["pwrFactor"] = used[0]["pwrFactor"]
    whole["freq"] = channels[0]["freq"]
    stamp = int(view.site.now)
    return {
        "eid": eid,
        "timestamp": stamp,
        **whole,
        "channels": [
            {"eid": first_channel + index, "timestamp": stamp}
            | {key: milli(value) for key, value in channel.items()}
            for index, channel in enumerate(channels)
        ],
    }


def _channel(view: View, index: int, row: Registers, *, configured: bool) -> dict[str, float]:
    power, delivered, received = row
    volts = voltage(view, index) if configured else 0.0
    return {
        "actEnergyDlvd": delivered,
        "actEnergyRcvd": received,
        "apparentEnergy": (delivered + received) * 1.25,
        "reactEnergyLagg": delivered * 0.2,
        "reactEnergyLead": delivered * 0.01,
        "instantaneousDemand": power,
        "activePower": power,
        "apparentPower": abs(power) * 1.04,
        "reactivePower": abs(power) * 0.1,
        "pwrFactor": _power_factor(power),
        "voltage": volts,
        "current": abs(power) * 1.04 / volts if volts else 0.0,
        "freq": frequency(view) if configured else 0.0,
    }


def _power_factor(power: float) -> float:
    return math.copysign(0.96, power) if power else 0.0


def _compact(view: View, phases: tuple[Figures, ...], *, reactive: bool) -> list[Json]:
    channels: list[Json] = []
    for index in range(_CHANNELS):
        configured = index < len(phases)
        power = phases[index].power_w if configured else 0.0
        volts = voltage(view, index) if configured else 0.0
        row: Json = {"phase": f"L{index + 1}", "activePower": milli(power)}
        if reactive:
            row["reactivePower"] = milli(abs(power) * 0.1)
        row |= {
            "voltage": milli(volts),
            "current": milli(abs(power) * 1.04 / volts) if volts else 0.0,
            "freq": frequency(view),
        }
        channels.append(row)
    return [{"channels": channels}]
