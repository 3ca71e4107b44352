"""What Home Assistant's own integration of this domain has, by platform and kind of device.

Source: entities.md, sections 4 and 5. It has the same keys for a phase as for the gateway.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from homeassistant.const import Platform

from .devices import DeviceKind

_FLOWS: Final = {
    f"{when}{flow}"
    for flow in ("production", "consumption")
    for when in ("", "daily_", "seven_days_", "lifetime_")
}
_NET: Final = {"balanced_net_consumption", "lifetime_balanced_net_consumption"}
_CTS: Final = {
    *("lifetime_net_consumption", "lifetime_net_production", "net_consumption", "frequency"),
    *("voltage", "net_ct_current", "net_ct_powerfactor"),
    *("net_consumption_ct_metering_status", "net_consumption_ct_status_flags"),
    *("lifetime_battery_discharged", "lifetime_battery_charged", "battery_discharge"),
    *("storage_ct_frequency", "storage_voltage", "storage_ct_current", "storage_ct_powerfactor"),
    *("storage_ct_metering_status", "storage_ct_status_flags"),
    *(
        f"{kind}_ct_{figure}"
        for kind in ("production", "total_consumption", "backfeed", "load", "evse", "pv3p")
        for figure in (
            *("energy_delivered", "energy_received", "power", "frequency", "voltage", "current"),
            *("powerfactor", "metering_status", "status_flags"),
        )
    ),
}
_RADIO: Final = {"comm_level_2_4_ghz", "comm_level_sub_ghz"}
_METERED: Final = frozenset(_FLOWS | _NET | _CTS)

_SENSORS: Final[Mapping[DeviceKind, frozenset[str]]] = {
    DeviceKind.GATEWAY: _METERED
    | {
        *("battery_level", "reserve_soc", "available_energy", "reserve_energy", "max_capacity"),
        *("aggregated_soc", "aggregated_available_energy", "aggregated_max_battery_capacity"),
        "acb_available_energy",
    },
    DeviceKind.PHASE: _METERED,
    DeviceKind.INVERTER: frozenset(
        {
            *("inverters", "dc_voltage", "dc_current", "ac_voltage", "ac_current", "ac_frequency"),
            *("temperature", "lifetime_energy", "energy_today", "last_report_duration"),
            *("energy_produced", "max_reported", "last_reported"),
        }
    ),
    DeviceKind.BATTERY: frozenset(
        {
            *("temperature", "last_reported", "soc", "apparent_power_mva", "real_power_mw"),
            *_RADIO,
        }
    ),
    DeviceKind.CONTROLLER: frozenset({"temperature", "last_reported", *_RADIO}),
    DeviceKind.COLLAR: frozenset(
        {"temperature", "last_reported", "grid_state", "admin_state_str", "mid_state"}
    ),
    DeviceKind.COMBINER: frozenset({"last_reported"}),
    DeviceKind.AC_BANK: frozenset({"power", "soc", "battery_state", "aggregate_sleep_state"}),
    DeviceKind.AC_BATTERY: frozenset(
        f"acb_battery_{figure}"
        for figure in (
            *("soc", "power", "temperature", "charge_status", "last_reported"),
            *("sleep_soc_target", "sleep_state"),
        )
    ),
}
_BINARY_SENSORS: Final[Mapping[DeviceKind, frozenset[str]]] = {
    DeviceKind.BATTERY: frozenset({"communicating", "dc_switch"}),
    DeviceKind.CONTROLLER: frozenset({"communicating", "mains_oper_state"}),
    DeviceKind.COLLAR: frozenset({"communicating"}),
    DeviceKind.COMBINER: frozenset({"communicating"}),
    DeviceKind.AC_BATTERY: frozenset({"communicating", "operating", "producing"}),
}
_STORAGE: Final = {DeviceKind.GATEWAY, DeviceKind.CONTROLLER}
KEYS: Final[Mapping[str, Mapping[DeviceKind, frozenset[str]]]] = {
    Platform.SENSOR: _SENSORS,
    Platform.BINARY_SENSOR: _BINARY_SENSORS,
    Platform.SWITCH: {
        DeviceKind.GATEWAY: frozenset({"charge_from_grid"}),
        DeviceKind.CONTROLLER: frozenset({"mains_admin_state", "charge_from_grid"}),
        DeviceKind.DRY_CONTACT: frozenset({"relay_status"}),
    },
    Platform.NUMBER: {
        **dict.fromkeys(_STORAGE, frozenset({"reserve_soc"})),
        DeviceKind.DRY_CONTACT: frozenset({"soc_low", "soc_high"}),
    },
    Platform.SELECT: {
        **dict.fromkeys(_STORAGE, frozenset({"storage_mode"})),
        DeviceKind.DRY_CONTACT: frozenset(
            {"mode", "grid_action", "microgrid_action", "generator_action"}
        ),
        DeviceKind.AC_BANK: frozenset({"sleep_soc"}),
    },
    Platform.BUTTON: {DeviceKind.AC_BANK: frozenset({"sleep", "wake"})},
}
"""Keys of our rows that the built-in integration has, too, under the same unique ids."""

DEVICES: Final = frozenset(DeviceKind) - {
    DeviceKind.PHASE,
    DeviceKind.PHASE_RELAY,
    DeviceKind.GENERATOR,
    DeviceKind.DRY_CONTACT,
}
"""Kinds of devices that the built-in integration registers under the same identifiers."""
