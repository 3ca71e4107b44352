"""What the entities of IQ Batteries show, of each and of all together.

Unique ids are those of Home Assistant's own integration; where it has none, those of the variant
for installers, so that both histories go on.
"""

from __future__ import annotations

from typing import Any, Final

from ..devices import DeviceKind
from ..envoy_reader import Battery, BatteryBank, GatewayProfile, Led, MeterKind, Section
from .descriptions import EnvoyBinarySensorDescription, EnvoySensorDescription, Rows, SensorFacts
from .facts import (
    CAPACITY,
    CELSIUS,
    CHARGE,
    CONNECTIVITY,
    COUNTER,
    DETAIL,
    OFF,
    SHARE,
    STORED,
    VOLT_AMPERES,
    WATTS,
    whole,
    words,
)
from .shared import comm_levels, dates


def _has_flow(profile: GatewayProfile) -> bool:
    return profile.has_batteries or profile.meter(MeterKind.STORAGE) is not None


def _known(word: str | None, options: tuple[str, ...]) -> str | None:
    """Return a gateway's word if it is one of those that can be shown."""
    return word if word in options else None


_BANK: Final = Rows[BatteryBank](
    section=Section.BATTERIES,
    part_fn=lambda snapshot, _serial: snapshot.bank,
    facts={"exists_fn": lambda profile: profile.has_batteries},
)
_FLOW: Final[SensorFacts] = {**COUNTER, "section": Section.BATTERY_FLOW, "exists_fn": _has_flow}
_TOTALS: Final[SensorFacts] = {"section": Section.BATTERY_TOTALS}
_LIVE: Final[SensorFacts] = {"section": Section.BATTERY_POWER, "momentary": True}

BANK: Final = (
    _BANK.sensor("total_battery_percentage", lambda bank: whole(bank.charge_pct), CHARGE),
    _BANK.sensor("current_battery_capacity", lambda bank: whole(bank.stored_wh), STORED),
    _BANK.sensor(
        "battery_energy_charged",
        lambda bank: whole(bank.charged_wh),
        _FLOW,
        counter="battery_charged",
    ),
    _BANK.sensor(
        "battery_energy_discharged",
        lambda bank: whole(bank.discharged_wh),
        _FLOW,
        counter="battery_discharged",
    ),
    _BANK.sensor(
        "agg_batteries_power",
        lambda bank: whole(bank.power_w),
        WATTS,
        _LIVE,
        id_suffix="battery_power",
    ),
    _BANK.sensor(
        "reserve_soc",
        lambda bank: whole(bank.reserve_pct),
        SHARE,
        _TOTALS,
        id_suffix="reserve_battery_level",
    ),
    _BANK.sensor(
        "reserve_energy",
        lambda bank: whole(bank.reserve_wh),
        STORED,
        _TOTALS,
        OFF,
        id_suffix="reserve_battery_energy",
    ),
    _BANK.sensor(
        "max_capacity",
        lambda bank: whole(bank.capacity_wh),
        CAPACITY,
        OFF,
        id_suffix="battery_capacity",
    ),
    _BANK.sensor("battery_health", lambda bank: whole(bank.health_pct), SHARE, _TOTALS, DETAIL),
    # The same values as the first two, for histories of the built-in integration.
    _BANK.sensor("battery_level", lambda bank: whole(bank.charge_pct), CHARGE, OFF),
    _BANK.sensor(
        "available_energy",
        lambda bank: whole(bank.stored_wh),
        STORED,
        OFF,
        id_suffix="available_battery_energy",
    ),
)

_GRID_STATES: Final = ("grid-tied", "off-grid", "multimode-ongrid", "multimode-offgrid")
_PHASES: Final = ("ph-a", "ph-b", "ph-c", "ph-all")

_BATTERY: Final = Rows[Battery](
    kind=DeviceKind.BATTERY,
    section=Section.BATTERIES,
    part_fn=lambda snapshot, serial: snapshot.batteries.get(serial),
    ids="envoy_{gateway}_battery_{serial}",
    name_key="{id_suffix}",
)
BATTERY: Final = (
    _BATTERY.sensor("soc", lambda battery: whole(battery.charge_pct), CHARGE, id_suffix=""),
    _BATTERY.sensor(
        "real_power_mw", lambda battery: whole(battery.power_w), WATTS, _LIVE, id_suffix="power"
    ),
    _BATTERY.sensor(
        "apparent_power_mva",
        lambda battery: whole(battery.apparent_va),
        VOLT_AMPERES,
        _LIVE,
        OFF,
        id_suffix="apparent_power",
    ),
    _BATTERY.sensor("temperature", lambda battery: battery.temperature_c, CELSIUS),
    _BATTERY.sensor(
        "max_cell_temperature", lambda battery: battery.max_cell_temperature_c, CELSIUS, DETAIL
    ),
    _BATTERY.sensor(
        "batteries_encharge_available_energy",
        lambda battery: whole(battery.stored_wh),
        STORED,
        OFF,
        id_suffix="stored_energy",
    ),
    _BATTERY.sensor(
        "batteries_encharge_capacity",
        lambda battery: whole(battery.capacity_wh),
        CAPACITY,
        DETAIL,
        id_suffix="capacity",
    ),
    *dates(_BATTERY, reported=OFF),
    *comm_levels(_BATTERY),
    _BATTERY.sensor(
        "batteries_led_status",
        lambda battery: battery.led,
        words(Led),
        DETAIL,
        id_suffix="led_status",
    ),
    _BATTERY.sensor(
        "grid_state",
        lambda battery: _known(battery.grid_state, _GRID_STATES),
        words(_GRID_STATES),
        DETAIL,
        name_key="battery_grid_state",
    ),
    _BATTERY.sensor(
        "phase", lambda battery: _known(battery.phase, _PHASES), words(_PHASES), DETAIL
    ),
    _BATTERY.sensor(
        "batteries_software", lambda battery: battery.firmware, DETAIL, id_suffix="firmware"
    ),
)

SENSORS: Final[tuple[EnvoySensorDescription[Any], ...]] = (*BANK, *BATTERY)
BINARY_SENSORS: Final[tuple[EnvoyBinarySensorDescription[Any], ...]] = (
    _BATTERY.binary("communicating", lambda battery: battery.communicating, CONNECTIVITY),
    _BATTERY.binary("dc_switch", lambda battery: battery.dc_switch_on, DETAIL),
    _BATTERY.binary(
        "batteries_operating", lambda battery: battery.operating, DETAIL, id_suffix="operating"
    ),
    _BATTERY.binary(
        "batteries_sleep_enabled", lambda battery: battery.sleeping, DETAIL, id_suffix="sleep"
    ),
)
