"""What another reader of the same pages calls our figures, and where it differs from us."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from custom_components.enphase_envoy.envoy_reader import MeterKind

_MIXED: Final = "its pages come from several systems or months, and ours from another of them"
_ABSURD: Final = "implausible, and so unknown until a midnight has passed"
_NO_BATTERIES: Final = "of batteries that this site does not have"

DIFFERENCES: Final[dict[str, str]] = {
    "*: net_consumption.*watt_hours_today": "the gateway gives no day of the balance; it says 0",
    "*: net_consumption.*watt_hours_last_7_days": "nor a week of it",
    "*: *.admin_state": "a number for what we show in words",
    "*: inverter.*.energy_produced": "the interval's average power; ours is the interval's energy",
    # mixed captures
    "7.6.175_with_cts_3phase: *": _MIXED,
    "7.6.175_installer_3phase_battery: production.*": _MIXED,
    "7.6.175_installer_3phase_battery: consumption.*": _MIXED,
    "7.6.175_installer_3phase_battery: net_consumption.*": _MIXED,
    "7.6.175_installer_3phase_battery: inverter.*": _MIXED,
    "7.6.175_installer_3phase_battery: ct.storage.L3.*": "zeros of a phase that is not set up",
    # days and weeks that cannot be
    "7.3.517_system_2: production.watt_hours_last_7_days": _ABSURD,
    "7.6.175_total: production.watt_hours_*": _ABSURD,
    "8.2.4286_with_3cts_and_battery_split: production.*_last_7_days": _ABSURD,
    "*: consumption.*watt_hours_last_7_days": _ABSURD,
    "8.1.41: consumption.watt_hours_today": _ABSURD,
    "8.2.4286_with_3cts_and_battery_split: consumption.*watt_hours_today": _ABSURD,
    "8.3.5169_with_generator: consumption.watt_hours_today": "counts a channel that is not set up",
    # fresher or better sources
    "8.3.5169_with_generator: consumption.L?.watt_hours_today": "from registers read later",
    "7.6.185_with_cts_and_battery_3t: consumption.watt_hours_today": "from registers read later",
    "4.10.35: net_consumption.watt_hours_lifetime": "the clamp's own register says otherwise",
    "7.3.517_system_2: net_consumption.watt_hours_lifetime": "from registers read later",
    "8.3.5169_with_generator: inverter.*.last_report_*": "the list is a report older",
    "*: encharge.*.percent_full": "the batteries' own page is fresher",
    "8.2.4286_with_3cts_and_battery_split: encharge.configured_reserve_*": (
        "what the owner has set is in the tariff"
    ),
    # not ours to show, or shown in another form
    "8.2.4382_ACB: inverter.*": "AC Batteries, which are no inverters",
    "8.2.4382_ACB: acb.batteries": "each is a device",
    "8.1.41: encharge.configured_reserve_state_of_charge": "of a page that is not in the capture",
    "8.3.1598_collar: ct.backfeed.L2.*": "a first zero is believed after an hour",
    "*_with_cts: tariff.storage.*": _NO_BATTERIES,
    "7.6.175_total: tariff.storage.*": _NO_BATTERIES,
    "8.2.4345_with_device_data: tariff.storage.*": _NO_BATTERIES,
    "8.2.4345_with_device_data: encharge.*": _NO_BATTERIES,
    "8.3.5169_with_generator: tariff.storage.*": _NO_BATTERIES,
    "8.3.5169_with_generator: encharge.*": _NO_BATTERIES,
    "8.3.5169_with_generator: generator.admin_mode": "the mode, which we show in words",
    "8.3.5169_with_generator: generator.schedule": "yes or no",
    "8.3.5169_with_generator: generator.exc_on": "yes or no",
    "8.3.5169_with_generator: generator.type": "a number of which nobody knows what it means",
    "8.3.5169_with_generator: generator_config.name_plate_rating_wat": "in kW; ours in W",
    "8.3.5169_with_generator: generator_schedule.exercise_start": "a time of day",
}
"""By a pattern of ``capture: figure``, with the reason why ours is another or none."""

_FLOW: Final = {
    "watts_now": "{}",
    "watt_hours_today": "daily_{}",
    "watt_hours_last_7_days": "seven_days_{}",
    "watt_hours_lifetime": "lifetime_{}",
}
_NET: Final = {
    "watts_now": "balanced_net_consumption",
    "watt_hours_lifetime": "lifetime_balanced_net_consumption",
}
_CT: Final = {
    "energy_delivered": "energy_delivered",
    "energy_received": "energy_received",
    "active_power": "power",
    "power_factor": "powerfactor",
}
_CT_OF_OTHER_NAME: Final[Mapping[MeterKind, Mapping[str, str]]] = {
    MeterKind.NET_CONSUMPTION: {
        "energy_delivered": "lifetime_net_consumption",
        "energy_received": "lifetime_net_production",
        "active_power": "net_consumption",
        "frequency": "frequency",
        "voltage": "voltage",
        "current": "net_ct_current",
        "power_factor": "net_ct_powerfactor",
    },
    MeterKind.STORAGE: {
        "energy_delivered": "lifetime_battery_discharged",
        "energy_received": "lifetime_battery_charged",
        "active_power": "battery_discharge",
        "voltage": "storage_voltage",
    },
}
_DATES: Final = {
    "last_report_date": "last_reported",
    "firmware_loaded_date": "firmware_loaded",
    "installed_date": "installed",
}
_INVERTER: Final = {"last_report_watts": "", "max_report_watts": "max_reported", **_DATES}
_BATTERY: Final = {
    "encharge_capacity": "batteries_encharge_capacity",
    "max_cell_temp": "max_cell_temperature",
    "percent_full": "soc",
    **_DATES,
}
_GENERATOR: Final = {
    "generator.start_soc": "start_soc",
    "generator.stop_soc": "stop_soc",
    "generator_config.max_cont_gen_amps": "max_current",
    "generator_config.min_gen_loading_perc": "min_loading",
    "generator_config.max_gen_efficiency_perc": "best_loading",
    "generator_config.name_plate_rating_wat": "rated_power",
    "generator_config.warm_up_mins": "warm_up",
    "generator_config.cool_down_mins": "cool_down",
    "generator_schedule.exercise_freq_in_weeks": "exercise_interval",
    "generator_schedule.exercise_duration": "exercise_duration",
    "generator_schedule.default_start_soc": "default_start_soc",
    "generator_schedule.default_stop_soc": "default_stop_soc",
}
_GATEWAY: Final = {
    "encharge.state_of_charge": "battery_level",
    "encharge.available_energy": "available_energy",
    "encharge.max_available_capacity": "max_capacity",
    "encharge.reserve_state_of_charge": "reserve_soc",
    "encharge.configured_reserve_state_of_charge": "configured_reserve_soc",
    "encharge.backup_reserve": "reserve_energy",
    "battery.state_of_charge": "aggregated_soc",
    "battery.available_energy": "aggregated_available_energy",
    "battery.max_available_capacity": "aggregated_max_battery_capacity",
    "acb.power": "acb_power",
    "acb.charge_wh": "acb_available_energy",
    "acb.state_of_charge": "acb_soc",
    "tariff.storage.reserved_soc": "configured_reserve_soc",
    "tariff.storage.very_low_soc": "very_low_soc",
}


def unique_ids(figure: str, gateway: str) -> str:
    """Return a pattern of the unique ids of our entities that may show a figure."""
    kind, *middle, what = figure.split(".")
    phase = next((f"_{part.lower()}" for part in middle if re.fullmatch(r"L\d", part)), "")
    device = next((part for part in middle if re.fullmatch(r"[0-9a-zA-Z]{6,}", part)), "*")
    if figure in _GATEWAY:
        return f"{gateway}_{_GATEWAY[figure]}"
    if figure in _GENERATOR:
        return f"{gateway}_generator_{_GENERATOR[figure]}"
    match kind:
        case "production" | "consumption":
            found = f"{gateway}_{_FLOW[what].format(kind)}{phase}"
        case "net_consumption":
            found = f"{gateway}_{_NET.get(what, '')}{phase}"
        case "ct":
            found = f"{gateway}_{_ct_key(MeterKind(middle[0]), what)}{phase}"
        case "inverter":
            found = f"{device}_{_INVERTER.get(what, what)}".removesuffix("_")
        case _:
            found = f"{device}_{_BATTERY.get(what, what)}"
    return found


def _ct_key(meter: MeterKind, what: str) -> str:
    own = _CT_OF_OTHER_NAME.get(meter, {})
    return own.get(what) or f"{meter.replace('-', '_')}_ct_{_CT.get(what, what)}"
