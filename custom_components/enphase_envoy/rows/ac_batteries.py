"""What the entities of AC Batteries show, of each and of all together.

All of them together are a device of their own below the gateway. Unique ids are those of Home
Assistant's own integration; where it has none, those of the variant for installers.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from ..devices import DeviceKind
from ..envoy_reader import AcBattery, AcBatteryBank, ChargeState, Section, SleepState, Snapshot
from .descriptions import EnvoyBinarySensorDescription, EnvoySensorDescription, Rows, SensorFacts
from .facts import (
    CAPACITY,
    CELSIUS,
    CHARGE,
    CONNECTIVITY,
    DETAIL,
    OFF,
    STORED,
    TIME,
    WATTS,
    whole,
    words,
)


def _bank(snapshot: Snapshot, _serial: str) -> AcBatteryBank | None:
    return snapshot.ac_bank


_WHERE_ANY: Final[SensorFacts] = {"exists_fn": lambda profile: profile.has_ac_batteries}
# The serial number of that device ends in "_acb", with which its unique ids go on.
_BANK: Final = Rows[AcBatteryBank](
    kind=DeviceKind.AC_BANK,
    section=Section.AC_BATTERY_TOTALS,
    part_fn=_bank,
    ids="envoy_{gateway}_acb",
    name_key="acb_{key}",
    facts=_WHERE_ANY,
)
_ON_GATEWAY: Final = Rows[AcBatteryBank](
    section=Section.AC_BATTERY_TOTALS, part_fn=_bank, facts=_WHERE_ANY
)
_OVERALL: Final = replace(_ON_GATEWAY, section=Section.BATTERY_TOTALS)
"""Of both kinds of batteries together."""
BANK: Final = (
    _BANK.sensor("power", lambda bank: whole(bank.power_w), WATTS, momentary=True),
    _BANK.sensor("soc", lambda bank: whole(bank.charge_pct), CHARGE),
    _BANK.sensor("battery_state", lambda bank: bank.charge_state, words(ChargeState)),
    _BANK.sensor(
        "aggregate_sleep_state",
        lambda bank: bank.sleep_state,
        words(SleepState),
        section=Section.AC_BATTERIES,
    ),
    _ON_GATEWAY.sensor("acb_available_energy", lambda bank: whole(bank.stored_wh), STORED),
    _OVERALL.sensor("aggregated_soc", lambda bank: whole(bank.overall_charge_pct), CHARGE),
    _OVERALL.sensor(
        "aggregated_available_energy", lambda bank: whole(bank.overall_stored_wh), STORED
    ),
    _OVERALL.sensor(
        "aggregated_max_battery_capacity",
        lambda bank: whole(bank.overall_capacity_wh),
        CAPACITY,
        OFF,
    ),
)


def _sleep_target(battery: AcBattery) -> str | None:
    low, high = whole(battery.sleep_min_pct), whole(battery.sleep_max_pct)
    return None if low is None or high is None else f"{low}-{high}"


_BATTERY: Final = Rows[AcBattery](
    kind=DeviceKind.AC_BATTERY,
    section=Section.AC_BATTERIES,
    part_fn=lambda snapshot, serial: snapshot.ac_batteries.get(serial),
    ids="envoy_{gateway}_ac_battery_{serial}",
)
_LISTED: Final[SensorFacts] = {"section": Section.INVERTERS}
"""AC Batteries stand in the same list as the inverters."""
BATTERY: Final = (
    _BATTERY.sensor(
        "acb_battery_soc",
        lambda battery: whole(battery.charge_pct),
        CHARGE,
        name_key="acb_soc",
        id_suffix="soc",
    ),
    _BATTERY.sensor(
        "acb_battery_power",
        lambda battery: whole(battery.power_w),
        WATTS,
        _LISTED,
        momentary=True,
        name_key="power",
        id_suffix="power",
    ),
    _BATTERY.sensor(
        "acb_battery_charge_status",
        lambda battery: battery.charge_state,
        words(ChargeState),
        id_suffix="charge_status",
    ),
    _BATTERY.sensor(
        "acb_battery_sleep_state",
        lambda battery: battery.sleep_state,
        words(state for state in SleepState if state is not SleepState.MIXED),
        id_suffix="sleep_state",
    ),
    _BATTERY.sensor(
        "acb_battery_temperature",
        lambda battery: battery.max_cell_temperature_c,
        CELSIUS,
        DETAIL,
        name_key="temperature",
        id_suffix="temperature",
    ),
    _BATTERY.sensor(
        "acb_battery_last_reported",
        lambda battery: battery.reported_at,
        TIME,
        DETAIL,
        _LISTED,
        name_key="last_reported",
        id_suffix="last_reported",
    ),
    _BATTERY.sensor(
        "acb_battery_sleep_soc_target", _sleep_target, DETAIL, id_suffix="sleep_soc_target"
    ),
)

SENSORS: Final[tuple[EnvoySensorDescription[Any], ...]] = (*BANK, *BATTERY)
BINARY_SENSORS: Final[tuple[EnvoyBinarySensorDescription[Any], ...]] = (
    _BATTERY.binary("communicating", lambda battery: battery.communicating, CONNECTIVITY),
    _BATTERY.binary("operating", lambda battery: battery.operating, DETAIL),
    _BATTERY.binary("producing", lambda battery: battery.producing, OFF),
)
