"""One good body for each parser, with every key that the parser reads. All of it is invented."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from custom_components.enphase_envoy.envoy_reader.errors import (
    EnvoyError,
    EnvoyResponseError,
    EnvoyUnsupportedError,
)
from custom_components.enphase_envoy.envoy_reader.parsers import (
    ac_sleep,
    device_data,
    devstatus,
    dpel,
    dry_contacts,
    ensemble_inventory,
    ensemble_power,
    generator,
    grid_profile,
    grid_relay,
    home,
    info,
    inventory,
    inverters,
    legacy_home,
    legacy_production,
    live_status,
    meter_stream,
    meters,
    newscan,
    pdm_energy,
    pel_settings,
    production_json,
    production_switch,
    pv_limit,
    readings,
    secctrl,
    storage_control,
    tariff,
    v1_production,
)

INFO = """<?xml version="1.0" encoding="UTF-8"?>
<envoy_info>
  <time>1735689600</time>
  <device>
    <sn>123400005678</sn>
    <pn>800-00654-r08</pn>
    <software>D8.2.4345</software>
    <imeter>true</imeter>
  </device>
  <web-tokens>true</web-tokens>
  <package name="app"><pn>500-00002-r01</pn><version>08.02.4345</version></package>
</envoy_info>
"""


def _live_meter(total_mw: int, *phases_mw: int) -> dict[str, int]:
    by_phase = dict(zip("abc", phases_mw, strict=False))
    return {"agg_p_mw": total_mw, "agg_s_mva": abs(total_mw)} | {
        f"agg_p_ph_{phase}_mw": mw for phase, mw in by_phase.items()
    }


LEGACY_PRODUCTION = """<html><body><h1>System Energy Production</h1>
<table>
<tr><td colspan="3">System has been live since <div class=good>Mon May 04, 2015</div></td></tr>
<tr><td>Currently</td> <td> 1.13 kW</td></tr>
<tr><td>Today</td> <td>  405 Wh</td></tr>
<tr><td>Past Week</td> <td> 60.2 kWh</td></tr>
<tr><td>Since Installation</td> <td> 21.7 MWh</td></tr>
</table><p>&copy; Enphase</p></body></html>
"""

ENERGY = {
    "wattHoursToday": 5120,
    "wattHoursSevenDays": 41000,
    "wattHoursLifetime": 9876543,
    "wattsNow": 812,
}

LINE = {"wNow": 400.5, "whLifetime": 1000.25, "whToday": 30.5, "whLastSevenDays": 210.75}


def _eim(kind: str, **values: float) -> dict[str, object]:
    return {
        "type": "eim",
        "activeCount": 1,
        "measurementType": kind,
        "readingTime": 1735689600,
        "wNow": 801.0,
        "whLifetime": 2000.5,
        "whToday": 61.0,
        "whLastSevenDays": 421.5,
        "lines": [LINE, LINE],
        **values,
    }


PRODUCTION_JSON: dict[str, list[Any]] = {
    "production": [
        {
            "type": "inverters",
            "activeCount": 12,
            "readingTime": 1735689500,
            "wNow": 795,
            "whLifetime": 1999,
        },
        _eim("production"),
    ],
    "consumption": [
        _eim("total-consumption", wNow=1100.0),
        _eim("net-consumption", wNow=299.0, whLifetime=-12.5),
    ],
    "storage": [
        {
            "type": "acb",
            "activeCount": 2,
            "readingTime": 1735689400,
            "wNow": -260,
            "whNow": 930,
            "state": "charging",
            "percentFull": 25,
        }
    ],
}

INVERTERS = [
    {
        "serialNumber": "122300000001",
        "lastReportDate": 1735689600,
        "devType": 1,
        "lastReportWatts": 212,
        "maxReportWatts": 366,
    },
    {
        "serialNumber": "122300000002",
        "lastReportDate": 1735689500,
        "devType": 11,
        "lastReportWatts": -90,
        "maxReportWatts": 270,
    },
]

METERS = [
    {
        "eid": 704643328,
        "state": "enabled",
        "measurementType": "production",
        "phaseMode": "three",
        "phaseCount": 3,
        "meteringStatus": "normal",
        "statusFlags": [],
    },
    {
        "eid": 704643584,
        "state": "disabled",
        "measurementType": "net-consumption",
        "phaseMode": "three",
        "phaseCount": 1,
        "meteringStatus": "not-metering",
        "statusFlags": ["power-on-unused-phase"],
    },
]


def _reading(eid: int, power: float) -> dict[str, object]:
    return {
        "eid": eid,
        "timestamp": 1735689600,
        "actEnergyDlvd": 5000.125,
        "actEnergyRcvd": 12.5,
        "instantaneousDemand": power,
        "activePower": power,
        "apparentPower": 910.0,
        "reactivePower": -18.5,
        "pwrFactor": 0.88,
        "voltage": 240.5,
        "current": 3.75,
        "freq": 60.0,
    }


READINGS = [
    {
        **_reading(704643328, 801.0),
        "channels": [
            _reading(1778385169, 400.5),
            _reading(1778385170, 400.5),
            _reading(1778385171, 0.0),
        ],
    },
]

PDM_ENERGY = {
    "production": {
        "pcu": ENERGY,
        "rgm": {"wattsNow": 1, "wattHoursLifetime": 2},
        "eim": {"wattsNow": 3, "wattHoursLifetime": 4},
    },
    "consumption": {"eim": {"wattsNow": 5, "wattHoursLifetime": 6}},
}

INVERTER_DEVICE: dict[str, Any] = {
    "devName": "pcu",
    "sn": "122300000001",
    "active": True,
    "modGone": False,
    "channels": [
        {
            "chanEid": 1627390225,
            "created": 1735689600,
            "wattHours": {"today": 1239, "yesterday": 455, "week": 7466},
            "watts": {"now": 255, "nowUsed": 0, "max": 371},
            "lastReading": {
                "endDate": 1735689600,
                "duration": 903,
                "joulesProduced": 230400,
                "acVoltageINmV": 248156,
                "acFrequencyINmHz": 50013,
                "dcVoltageINmV": 32363,
                "dcCurrentINmA": 8078,
                "channelTemp": 38,
                "pwrConvErrSecs": 3,
                "pwrConvMaxErrCycles": 7,
                "acCurrentInmA": 1049,
            },
            "lifetime": {"createdTime": 1735000000, "duration": 612, "joulesProduced": 7200},
        }
    ],
}
METER_DEVICE = {"devName": "eim", "sn": "123400005678EIM1", "active": True, "channels": []}

RELAY_DEVICE: dict[str, Any] = {
    "devName": "nsrb",
    "sn": "122200000009",
    "active": True,
    "modGone": False,
    "channels": [
        {
            "lastReading": {
                "endDate": 1735689600,
                "temperature": 21,
                "VrmsL1N": 231220,
                "VrmsL2N": 1640,
                "VrmsL3N": 0,
                "freqInmHz": 49976,
                "stateChngCnt": 3,
            }
        }
    ],
}
RELAY_DATA = {"738197760": RELAY_DEVICE, "deviceCount": 1, "deviceDataLimit": 50}

DEVICE_DATA = {
    "553648384": INVERTER_DEVICE,
    "704643328": METER_DEVICE,
    "deviceCount": 2,
    "deviceDataLimit": 50,
}

LISTED_INVERTER: dict[str, Any] = {
    "serial_num": "122300000001",
    "part_num": "800-01331-r02",
    "img_pnum_running": "520-00082-r01-v04.30.32",
    "last_rpt_date": "1735689600",
    "device_status": ["envoy.global.ok", "prop.done"],
    "admin_state": 2,
    "communicating": True,
    "producing": True,
    "operating": True,
}
LISTED_AC_BATTERY: dict[str, Any] = LISTED_INVERTER | {
    "serial_num": "122300000002",
    "percentFull": 25,
    "maxCellTemp": 24,
    "charge_status": "charging",
    "sleep_enabled": True,
    "sleep_min_soc": 20,
    "sleep_max_soc": 30,
}
LISTED_RELAY: dict[str, Any] = LISTED_INVERTER | {
    "serial_num": "122300000003",
    "relay": "closed",
    "forced": False,
    "reason_code": -1,
    "reason": "ok",
    "line-count": 3,
    "line1-connected": True,
    "line2-connected": True,
    "line3-connected": False,
}

INVENTORY = [
    {"type": "PCU", "devices": [LISTED_INVERTER]},
    {"type": "ACB", "devices": [LISTED_AC_BATTERY]},
    {"type": "NSRB", "devices": [LISTED_RELAY]},
    {"type": "ESUB", "devices": [{"serial_num": "122300000004"}]},
]

DEVICE_STATUS = {
    "counters": {"pcu": {"expected": 1, "discovered": 1}},
    "pcu": {
        "fields": [
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
        ],
        "values": [
            ["122300000001", 1, True, True, False, 1735689600, 39, 30765, 8335, 250528, 251832]
        ],
    },
    "acb": {"fields": ["serialNumber", "SOC"], "values": []},
    "nsrb": {"fields": ["serialNumber", "relay"], "values": [["122300000003", "closed"]]},
}

BATTERY = {
    "part_num": "830-01760-r37",
    "serial_num": "122200000001",
    "last_rpt_date": 1735689600,
    "img_pnum_running": "2.6.5973_rel/22.11",
    "communicating": True,
    "operating": True,
    "sleep_enabled": False,
    "percentFull": 15,
    "temperature": 29,
    "maxCellTemp": 30,
    "reported_enc_grid_state": "grid-tied",
    "comm_level_sub_ghz": 3,
    "comm_level_2_4_ghz": 4,
    "led_status": 17,
    "dc_switch_off": False,
    "encharge_capacity": 3500,
    "phase": "ph-a",
    "real_power_w": -120,
}
CONTROLLER = {
    "part_num": "860-00276-r28",
    "serial_num": "122200000002",
    "last_rpt_date": 1735689500,
    "img_pnum_running": "1.2.2064_release/20.34",
    "communicating": True,
    "temperature": 79,
    "admin_state_str": "ENPWR_STATE_OPER_OPEN",
    "comm_level_sub_ghz": 5,
    "comm_level_2_4_ghz": 4,
    "mains_admin_state": "closed",
    "mains_oper_state": "open",
    "Enpwr_grid_mode": "multimode-offgrid",
    "Enchg_grid_mode": "multimode-ongrid",
}
COLLAR = {
    "part_num": "865-00400-r22",
    "serial_num": "482500000003",
    "last_rpt_date": 1735689400,
    "img_pnum_running": "3.0.6-D0",
    "communicating": True,
    "temperature": 42,
    "admin_state_str": "ENCMN_MDE_ON_GRID",
    "mid_state": "close",
    "grid_state": "on_grid",
    "control_error": 0,
}
COMBINER = {
    "part_num": "800-02403-r08",
    "serial_num": "482500000005",
    "last_rpt_date": 1735689300,
    "admin_state_str": "ENCMN_C6_CC_READY",
    "fw_version": "0.1.20-D1",
    "communicating": True,
}

ENSEMBLE_INVENTORY = [
    {"type": "ENCHARGE", "devices": [BATTERY]},
    {"type": "ENPOWER", "devices": [CONTROLLER]},
    {"type": "COLLAR", "devices": [COLLAR]},
    {"type": "C6 COMBINER CONTROLLER", "devices": [COMBINER]},
    {"type": "C6 RGM", "devices": [{"serial_num": "482500000004", "Device State": 80}]},
    {"grid_profile_name": "EN 50549-1:2019", "item_count": 3},
]

ENSEMBLE_POWER = {
    "devices:": [
        {
            "serial_num": "122200000001",
            "real_power_mw": -1324000,
            "apparent_power_mva": -1330500,
            "soc": 39,
        }
    ]
}

SECCTRL = {
    "agg_soc": 39,
    "Max_energy": 7220,
    "ENC_agg_soc": 54,
    "ENC_agg_soh": 98,
    "ENC_agg_backup_energy": 350,
    "ENC_agg_avail_energy": 1890,
    "Enc_max_available_capacity": 3500,
    "ACB_agg_soc": 25,
    "ACB_agg_energy": 930,
    "configured_backup_soc": 5,
    "adjusted_backup_soc": 10,
}

HOME = {
    "timezone": "Europe/Amsterdam",
    "tariff": "time_of_use",
    "update_status": "satisfied",
    "comm": {
        "num": 14,
        "level": 4,
        "pcu": {"num": 12, "level": 5},
        "encharge": [{"num": 2, "level": 3, "level_24g": 3, "level_subg": 2}],
    },
    "network": {
        "web_comm": True,
        "last_enlighten_report_time": 1735689600,
        "primary_interface": "wlan0",
        "interfaces": [
            {"type": "cellular", "interface": "ppp0", "ip": "192.0.2.1"},
            {"type": "ethernet", "interface": "eth0", "mac": "02:00:00:00:00:01", "ip": None},
            {
                "type": "wifi",
                "interface": "wlan0",
                "mac": "02:00:00:00:00:02",
                "ip": "192.0.2.2",
                "dhcp": False,
                "signal_strength": 3,
                "signal_strength_max": 5,
            },
        ],
    },
    "enpower": {"connected": True, "grid_status": "closed"},
}

TARIFF = {
    "tariff": {
        "currency": {"code": "EUR"},
        "storage_settings": {
            "mode": "economy",
            "reserved_soc": 25.0,
            "very_low_soc": 10,
            "charge_from_grid": True,
            "opt_schedules": False,
        },
        "seasons": [],
    },
    "schedule": {"reserved_soc": 30.0},
}

PV_LIMIT = {"enable": True, "pv_limit_pct": 70}

PEL_SETTINGS = {
    "PEL": True,
    "Hard_PEL": False,
    "percent": False,
    "apparent": False,
    "PEL_Limit": 5000.0,
}

DPEL = {
    "dynamic_pel_settings": {
        "enable": True,
        "export_limit": True,
        "limit_value_W": 50.0,
        "slew_rate": 50.0,
    },
    "version": "00.00.01",
}

GRID_PROFILE = {
    "selected_profile": "EN 50549-1:2019:1.3.2",
    "profiles": [{"profile_id": "EN 50549-1:2019:1.3.2"}],
}

NEWSCAN = {"newDeviceScan": {"active": False, "polling-period-secs": 900}}

LEGACY_HOME = """<html><body><h1>Envoy</h1><table>
<tr><td>Number of Microinverters</td><td>34</td></tr>
<tr><td>Number of Microinverters Online</td><td> 33 </td></tr>
</table></body></html>
"""


DRY_CONTACTS = {"dry_contacts": [{"id": "NC1", "status": "closed"}, {"id": "NO1", "status": "?"}]}

DRY_CONTACT_SETTINGS = {
    "dry_contacts": [
        {
            "id": "NC1",
            "type": "LOAD",
            "grid_action": "apply",
            "micro_grid_action": "shed",
            "gen_action": "schedule",
            "override": "false",
            "load_name": "Sauna",
            "mode": "soc",
            "soc_low": 30.0,
            "soc_high": 70.0,
            "pv_serial_nb": [],
        }
    ]
}

GENERATOR = {
    "admin_state": "close",
    "oper_state": "closed",
    "admin_mode": 2,
    "schedule": 1,
    "start_soc": 30,
    "stop_soc": 80,
    "exc_on": 0,
    "present": 1,
    "type": 1,
}

GENERATOR_CONFIG = {
    "max_cont_gen_amps": 60.0,
    "min_gen_loading_perc": 5,
    "max_gen_efficiency_perc": 95,
    "name_plate_rating_wat": 14.5,
    "warm_up_mins": 3,
    "cool_down_mins": 4,
    "gen_type": "Standby",
    "model": "Sample 14",
    "manufacturer": "Invented",
    "generator_id": "3000000001",
    "charge_from_generator": True,
}

GENERATOR_SCHEDULE = {
    "exercise_config": {"freq_in_weeks": 2, "start": 630, "duration": 15, "day": "Sun"},
    "default_soc": {"start_soc": 25, "stop_soc": 75},
    "schedule": {},
}

GENERATOR_MODE = {"gen_cmd": "auto", "last_updated_by": "somebody"}

GRID_RELAY = {"mains_admin_state": "closed", "mains_oper_state": "open synchronizing"}

STORAGE_CONTROL = {"groups": [{"Charge From Grid Allowed": True}], "Num_of_enc": 2}

AC_SLEEP = {
    "acb_sleep": [
        {"serial_num": "121900000001", "sleep_min_soc": 20, "sleep_max_soc": 25},
        {"serial_num": "121900000002"},
    ]
}

PRODUCTION_SWITCH = {"powerForcedOff": False}


@dataclass(frozen=True)
class Page:
    """A parser and a good body for it."""

    name: str
    parse: Callable[[bytes], object]
    document: object
    """What its JSON says, or the text of a page in another form."""
    refusals: tuple[type[EnvoyError], ...] = (EnvoyResponseError,)
    """What it may raise."""

    @property
    def body(self) -> bytes:
        """The document as a gateway sends it."""
        return encoded(self.document)


def encoded(document: object) -> bytes:
    """Return the body of a page."""
    return (document if isinstance(document, str) else json.dumps(document)).encode()


LIVE_STATUS: dict[str, Any] = {
    "connection": {"mqtt_state": "connected", "sc_stream": "enabled"},
    "meters": {
        "last_update": 1735689600,
        "soc": 61,
        "main_relay_state": 1,
        "pv": _live_meter(3_200_123, 1_600_061, 1_600_062),
        "storage": _live_meter(-1_000_500, -500_250, -500_250),
        "grid": _live_meter(-1_200_000, -700_000, -500_000),
        "load": _live_meter(999_623, 399_811, 599_812),
        "generator": _live_meter(0, 0, 0),
    },
}
METER_STREAM: dict[str, Any] = {
    name: {
        f"ph-{phase}": {"p": power, "q": 1.5, "v": 231.2}
        for phase, power in zip("abc", powers, strict=True)
    }
    for name, powers in (
        ("production", (1200.5, 0.0, 0.0)),
        ("net-consumption", (-200.25, 310.0, 90.125)),
        ("total-consumption", (1000.25, 310.0, 90.125)),
    )
}

JSON_PAGES = (
    Page("live_status", live_status.parse, LIVE_STATUS),
    Page("meter_stream", meter_stream.parse, METER_STREAM),
    Page("v1_production", v1_production.parse, ENERGY),
    Page("production_json", production_json.parse, PRODUCTION_JSON),
    Page("inverters", inverters.parse, INVERTERS),
    Page("meters", meters.parse, METERS),
    Page("readings", readings.parse, READINGS),
    Page("pdm_energy", pdm_energy.parse, PDM_ENERGY),
    Page("device_data", device_data.parse, DEVICE_DATA),
    Page("device_data_of_relays", device_data.parse, RELAY_DATA),
    Page("devstatus", devstatus.parse, DEVICE_STATUS),
    Page("inventory", inventory.parse, INVENTORY),
    Page("ensemble_inventory", ensemble_inventory.parse, ENSEMBLE_INVENTORY),
    Page("ensemble_power", ensemble_power.parse, ENSEMBLE_POWER),
    Page("secctrl", secctrl.parse, SECCTRL),
    Page("dry_contacts", dry_contacts.parse_states, DRY_CONTACTS),
    Page("dry_contact_settings", dry_contacts.parse_settings, DRY_CONTACT_SETTINGS),
    Page("generator", generator.parse_state, GENERATOR),
    Page("generator_config", generator.parse_config, GENERATOR_CONFIG),
    Page("generator_schedule", generator.parse_schedule, GENERATOR_SCHEDULE),
    Page("generator_mode", generator.parse_mode, GENERATOR_MODE),
    Page("home", home.parse, HOME),
    Page("tariff", tariff.parse, TARIFF),
    Page("pv_limit", pv_limit.parse, PV_LIMIT),
    Page("pel_settings", pel_settings.parse, PEL_SETTINGS),
    Page("dpel", dpel.parse, DPEL),
    Page("grid_profile", grid_profile.parse, GRID_PROFILE),
    Page("newscan", newscan.parse, NEWSCAN),
    Page("grid_relay", grid_relay.parse, GRID_RELAY),
    Page("storage_control", storage_control.parse, STORAGE_CONTROL),
    Page("ac_sleep", ac_sleep.parse, AC_SLEEP),
    Page("production_switch", production_switch.parse, PRODUCTION_SWITCH),
)
PAGES = (
    *JSON_PAGES,
    Page("info", info.parse, INFO, (EnvoyResponseError, EnvoyUnsupportedError)),
    Page("legacy_home", legacy_home.parse, LEGACY_HOME),
    Page("legacy_production", legacy_production.parse, LEGACY_PRODUCTION),
)
