"""Inverters and other power-line devices (gateway-api.md, 8.3, 11 and 14)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..firmware import Quirk
from .production import charge_state
from .view import View, frequency, voltage

if TYPE_CHECKING:
    from ..counters import Channel
    from ..hardware import Battery, Inverter, PhaseRelay

type Json = dict[str, object]

_FIRST_EID = 553648384
_FIRST_CHANNEL = 1627390225
_ACB_EID = 721420544
_RELAY_EID = 738197760
_METER_EIDS = (704643328, 704643584)
_INSTALLED = 1_650_000_000
_FOUR_HOURS_MIN = 240


def listed(view: View) -> list[Json]:
    """Return ``/api/v1/production/inverters``: last and highest power of each."""
    minute = int(view.site.now // 60)
    vanished = view.shows(Quirk.INVERTERS_VANISH_AT_NIGHT) and minute % _FOUR_HOURS_MIN == 0
    if vanished and not view.site.is_day:
        return []
    rows = [_listed(view, inverter) for inverter in view.site.active_inverters]
    return rows + [_listed_acb(view, battery) for battery in view.site.ac_batteries.values()]


def _listed(view: View, inverter: Inverter) -> Json:
    row: Json = {"serialNumber": inverter.serial, "lastReportDate": int(inverter.report.at)}
    if view.firmware.device_type_listed:
        row["devType"] = 1
    return row | {
        "lastReportWatts": round(inverter.report.power_w),
        "maxReportWatts": round(inverter.max_w),
    }


def _listed_acb(view: View, battery: Battery) -> Json:
    return {
        "serialNumber": battery.serial,
        "lastReportDate": int(view.site.now // 900 * 900),
        "devType": 11,
        "lastReportWatts": round(battery.power_w),
        "maxReportWatts": round(battery.max_w),
    }


def device_data(view: View) -> Json:
    """Return ``/ivp/pdm/device_data``: details of at most ``device_data_limit`` devices."""
    site = view.site
    devices: Json = {
        str(_FIRST_EID + 256 * index): _device(view, inverter, _FIRST_CHANNEL + 256 * index)
        for index, inverter in enumerate(site.inverters.values())
    }
    for number, eid in enumerate(_METER_EIDS[: len(site.meters)], 1):
        devices[str(eid)] = _clamp(view, number)
    for index, battery in enumerate(site.ac_batteries.values()):
        devices[str(_ACB_EID + 256 * index)] = _acb(view, battery, 1795162113 + 256 * index)
    for index, relay in enumerate(site.phase_relays.values()):
        devices[str(_RELAY_EID + 256 * index)] = _relay(view, relay, 1811939601 + 256 * index)
    limit = view.firmware.device_data_limit
    kept = dict(list(devices.items())[:limit])
    return kept | {"deviceCount": len(kept), "deviceDataLimit": limit}


def _device(view: View, inverter: Inverter, channel: int) -> Json:
    report = inverter.report
    gone = inverter.removed or not inverter.alive or not view.site.is_day
    return {
        "devName": "pcu",
        "sn": inverter.serial,
        "active": not inverter.removed,
        "modGone": gone,
        "channels": [
            {
                "chanEid": channel,
                "created": int(report.at),
                "wattHours": {
                    "today": int(inverter.reported_today_wh),
                    "yesterday": int(inverter.energy.yesterday_wh),
                    "week": int(inverter.reported_seven_days_wh),
                },
                "watts": {
                    "now": round(report.power_w),
                    "nowUsed": 0,
                    "max": round(inverter.max_w),
                },
                "lastReading": {} if inverter.removed else _last_reading(view, inverter, channel),
                "lifetime": {} if inverter.removed else _lifetime(view, inverter),
            }
        ],
    }


def _lifetime(view: View, inverter: Inverter) -> Json:
    return {
        "createdTime": _INSTALLED,
        "duration": int(view.site.now) - _INSTALLED,
        "joulesProduced": int(inverter.report.lifetime_wh * 3600),
    }


def _last_reading(view: View, inverter: Inverter, channel: int) -> Json:
    report = inverter.report
    volts = voltage(view, inverter.phase)
    row: Json = {
        "eid": channel,
        "interval_type": 0,
        "endDate": int(report.at),
        "duration": int(report.seconds),
        "flags": 0,
        "flags_hex": "0x0000000000000000",
        "joulesProduced": int(report.joules),
        "acVoltageINmV": int(volts * 1000),
        "acFrequencyINmHz": int(frequency(view) * 1000),
        "dcVoltageINmV": 36_400,
        "dcCurrentINmA": int(report.power_w / 36.4 * 1000),
        "channelTemp": 22 + int(report.power_w / 20),
        "pwrConvErrSecs": 0,
        "pwrConvMaxErrCycles": 0,
        "joulesUsed": 0,
        "leadingVArs": 12,
        "laggingVArs": 20,
        "acCurrentInmA": int(report.power_w / volts * 1000),
        "l1NAcVoltageInmV": 0,
        "l2NAcVoltageInmV": 0,
        "l3NAcVoltageInmV": 0,
        "rssi": 108,
        "issi": 68,
    }
    if view.shows(Quirk.NO_END_DATE_AT_NIGHT) and not view.site.is_day:
        del row["endDate"]
    return row


def _clamp(view: View, number: int) -> Json:
    """Return a current transformer as device data show it: the archive, watts unsigned."""
    site = view.site
    phases = site.production.phases if number == 1 else site.grid.phases
    first = 1778385169 if number == 1 else 1778385425
    channels = [_clamp_channel(view, first + i, phase) for i, phase in enumerate(phases)]
    empty: Json = {
        "created": 0,
        "wattHours": {"today": 0, "yesterday": 0, "week": 0},
        "watts": {"now": 0, "nowUsed": 0, "max": 0},
        "lastReading": {},
        "lifetime": {},
    }
    channels += [{"chanEid": first + index} | empty for index in range(len(phases), 4)]
    return {
        "devName": "eim",
        "sn": f"{site.serial}EIM{number}",
        "active": True,
        "modGone": True,
        "channels": channels,
    }


def _clamp_channel(view: View, channel: int, phase: Channel) -> Json:
    site = view.site
    end = int(site.now // site.interval_s * site.interval_s)
    return {
        "chanEid": channel,
        "created": end,
        "wattHours": {
            "today": int(max(0.0, phase.archived_wh - phase.delivered.midnights[-1])),
            "yesterday": int(phase.delivered.yesterday_wh),
            "week": int(max(0.0, phase.archived_wh - phase.delivered.midnights[0])),
        },
        "watts": {"now": int(phase.archived_w) % 2**32, "nowUsed": 0, "max": 5171},
        "lastReading": {
            "eid": channel,
            "interval_type": 0,
            "endDate": end,
            "duration": site.interval_s,
            "curr_w": int(phase.archived_w),
            "wh_dlvd_cum": int(phase.archived_wh),
            "rms_mvolt": int(site.plan.volts * 1000),
            "rms_mamp": int(abs(phase.archived_w) / site.plan.volts * 1000),
            "freq_mhz": int(frequency(view) * 1000),
            "wh_pos": int(phase.archived_wh),
            "wh_neg": int(phase.archived_received_wh),
        },
        "lifetime": {"createdTime": _INSTALLED, "wh_dlvd_cum": int(phase.archived_wh)},
    }


def _acb(view: View, battery: Battery, channel: int) -> Json:
    end = int(view.site.now // 900 * 900)
    return {
        "devName": "acb",
        "sn": battery.serial,
        "active": True,
        "modGone": False,
        "channels": [
            {
                "chanEid": channel,
                "created": end,
                "wattHours": {"today": 0, "yesterday": 0, "week": 0},
                "watts": {"now": round(battery.power_w) % 2**32, "nowUsed": 0, "max": 270},
                "lastReading": {
                    "eid": channel,
                    "endDate": end,
                    "duration": 900,
                    "SOC": int(battery.charge_pct),
                    "SOH": 98,
                    "minCellTemp": battery.temperature_c - 1,
                    "maxCellTemp": battery.temperature_c,
                    "totVoltage": 25_600,
                },
                "lifetime": {"createdTime": _INSTALLED, "joulesProduced": 0, "joulesUsed": 0},
            }
        ],
    }


def _relay(view: View, relay: PhaseRelay, channel: int) -> Json:
    end = int(view.site.now // 900 * 900)
    volts = [int(voltage(view, phase) * 1000) for phase in range(view.site.plan.phases)]
    reading: Json = {
        "eid": channel,
        "interval_type": 0,
        "endDate": end,
        "duration": 900,
        "flags": 16,
        "flags_hex": "0x0000000000000010",
        "temperature": relay.temperature_c,
        "acCurrOffset": -48,
        **{
            f"VrmsL{line}N": millivolts
            for line, millivolts in zip((1, 2, 3), [*volts, 0, 0], strict=False)
        },
        "freqInmHz": int(frequency(view) * 1000),
        "stateChngCnt": relay.state_changes,
    }
    return {
        "devName": "nsrb",
        "sn": relay.serial,
        "active": not relay.removed,
        "modGone": not relay.communicating,
        "channels": [
            {
                "chanEid": channel,
                "created": end,
                "wattHours": {"today": 0, "yesterday": 0, "week": 0},
                "watts": {"now": 0, "nowUsed": 0, "max": 0},
                "lastReading": {} if relay.removed else reading,
                "lifetime": {},
            }
        ],
    }


def inventory(view: View) -> list[Json]:
    """Return ``/inventory.json``: the devices on the power line, epochs as strings."""
    site = view.site
    everything = view.asks("deleted", "1")
    shown = site.inverters.values() if everything else site.active_inverters
    relays = [relay for relay in site.phase_relays.values() if everything or not relay.removed]
    return [
        {"type": "PCU", "devices": [_inventory_pcu(view, inverter) for inverter in shown]},
        {
            "type": "ACB",
            "devices": [_inventory_acb(view, battery) for battery in site.ac_batteries.values()],
        },
        {"type": "NSRB", "devices": [_inventory_relay(view, relay) for relay in relays]},
    ]


def _inventory_pcu(view: View, inverter: Inverter) -> Json:
    producing = view.site.is_day and inverter.alive and not inverter.removed
    index = list(view.site.inverters).index(inverter.serial)
    return _inventory_common(inverter.serial, inverter.report.at) | {
        "device_status": ["envoy.global.ok"],
        "admin_state": 3 if inverter.removed else 2,
        "dev_type": 1,
        "chaneid": _FIRST_CHANNEL + 256 * index,
        "device_control": [{"gficlearset": False}],
        "producing": producing,
        "communicating": producing,
        "provisioned": True,
        "operating": producing,
        "phase": f"ph-{'abc'[inverter.phase]}",
    }


def _inventory_acb(view: View, battery: Battery) -> Json:
    sleep = ["envoy.cond_flags.pcu_ctrl.sleep-mode"] if battery.asleep else []
    return _inventory_common(battery.serial, view.site.now // 900 * 900) | {
        "device_status": ["envoy.global.ok", *sleep],
        "admin_state": 2,
        "dev_type": 11,
        "producing": battery.power_w > 0,
        "communicating": battery.communicating,
        "provisioned": True,
        "operating": True,
        "sleep_enabled": battery.sleep_ordered,
        "percentFull": int(battery.charge_pct),
        "maxCellTemp": battery.temperature_c,
        "sleep_min_soc": battery.sleep_band[0],
        "sleep_max_soc": battery.sleep_band[1],
        "charge_status": charge_state(battery.power_w),
    }


def _inventory_relay(view: View, relay: PhaseRelay) -> Json:
    return _inventory_common(relay.serial, view.site.now // 900 * 900) | {
        "device_status": ["envoy.global.ok"],
        "admin_state": 3 if relay.removed else 1,
        "dev_type": 12,
        "device_control": [{"gficlearset": False}],
        "producing": False,
        "communicating": relay.communicating,
        "provisioned": True,
        "operating": True,
        **_relay_state(view, relay),
    }


def _relay_state(view: View, relay: PhaseRelay) -> Json:
    lines = view.site.plan.phases
    return {
        "relay": "closed" if relay.closed else "open",
        "forced": relay.forced,
        "reason_code": -1,
        "reason": "ok",
        "line-count": lines,
        **{f"line{line}-connected": line <= lines for line in (1, 2, 3)},
    }


def _inventory_common(serial: str, reported_at: float) -> Json:
    return {
        "part_num": "800-01331-r02",
        "installed": str(_INSTALLED),
        "serial_num": serial,
        "last_rpt_date": str(int(reported_at)),
        "created_date": str(_INSTALLED),
        "img_load_date": str(_INSTALLED),
        "img_pnum_running": "520-00082-r01-v04.30.32",
        "ptpn": "540-00135-r01-v04.27.10",
    }


def device_status(view: View) -> Json:
    """Return ``/ivp/peb/devstatus``: the installer's table."""
    inverters = view.site.active_inverters
    count = len(inverters)
    heard = sum(inverter.alive for inverter in inverters) if view.site.is_day else 0
    counters = {
        "expected": count,
        "discovered": count,
        "ctrlsTotal": count,
        "ctrlsGone": count - heard,
        "ctrlsCommunicating": heard,
        "chansTotal": count,
        "chansRecent": heard,
        "chansProducing": heard,
    }
    none = dict.fromkeys(counters, 0)
    return {
        "counters": {"pcu": counters, "acb": none, "nsrb": none, "pld": counters, "esub": none},
        "pcu": {
            "fields": list(_STATUS_FIELDS),
            "values": [_status(view, inverter) for inverter in inverters],
        },
        "acb": {"fields": ["serialNumber", "SOC"], "values": []},
        "nsrb": {
            "fields": ["serialNumber", *_RELAY_FIELDS],
            "values": [
                [relay.serial, *(_relay_state(view, relay)[field] for field in _RELAY_FIELDS)]
                for relay in view.site.phase_relays.values()
                if not relay.removed
            ],
        },
    }


_RELAY_FIELDS = (
    "relay",
    "forced",
    "reason_code",
    "reason",
    "line-count",
    "line1-connected",
    "line2-connected",
    "line3-connected",
)
_STATUS_FIELDS = (
    "serialNumber",
    "devType",
    "communicating",
    "recent",
    "producing",
    "reportDate",
    "temperature",
    "dcVoltageINmV",
    "dcCurrentINmA",
    "acVoltageINmV",
    "acPowerINmW",
)


def _status(view: View, inverter: Inverter) -> list[object]:
    report = inverter.report
    heard = inverter.alive and view.site.is_day
    return [
        inverter.serial,
        1,
        heard,
        heard,
        heard,
        int(report.at),
        22 + int(report.power_w / 20),
        36_400,
        int(report.power_w / 36.4 * 1000),
        int(voltage(view, inverter.phase) * 1000),
        int(report.power_w * 1000),
    ]
