"""What the entities of batteries show, of each and of all together.

Unique ids are those of Home Assistant's own integration; where it has none, those of the variant
for installers, so that both histories go on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from homeassistant.components.binary_sensor import BinarySensorDeviceClass
from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass
from homeassistant.const import (
    PERCENTAGE,
    EntityCategory,
    UnitOfApparentPower,
    UnitOfEnergy,
    UnitOfPower,
    UnitOfTemperature,
)

from .descriptions import EnvoyBinarySensorDescription, EnvoySensorDescription, Shown
from .devices import DeviceKind
from .envoy_reader import (
    AcBattery,
    AcBatteryBank,
    Battery,
    BatteryBank,
    ChargeState,
    GatewayProfile,
    Led,
    MeterKind,
    Section,
    SleepState,
    Snapshot,
)
from .row_facts import whole

_CHARGE: Final[dict[str, Any]] = {
    "device_class": SensorDeviceClass.BATTERY,
    "native_unit_of_measurement": PERCENTAGE,
    "state_class": SensorStateClass.MEASUREMENT,
    "suggested_display_precision": 0,
}
_CAPACITY: Final[dict[str, Any]] = {
    "device_class": SensorDeviceClass.ENERGY_STORAGE,
    "native_unit_of_measurement": UnitOfEnergy.WATT_HOUR,
    "suggested_display_precision": 0,
}
_STORED: Final[dict[str, Any]] = {**_CAPACITY, "state_class": SensorStateClass.MEASUREMENT}
_POWER: Final[dict[str, Any]] = {
    "device_class": SensorDeviceClass.POWER,
    "native_unit_of_measurement": UnitOfPower.WATT,
    "state_class": SensorStateClass.MEASUREMENT,
    "suggested_display_precision": 0,
}
_TEMPERATURE: Final[dict[str, Any]] = {
    "device_class": SensorDeviceClass.TEMPERATURE,
    "native_unit_of_measurement": UnitOfTemperature.CELSIUS,
    "state_class": SensorStateClass.MEASUREMENT,
}
_TIME: Final[dict[str, Any]] = {"device_class": SensorDeviceClass.TIMESTAMP}
_OFF: Final[dict[str, Any]] = {"entity_registry_enabled_default": False}
_DETAIL: Final[dict[str, Any]] = {**_OFF, "entity_category": EntityCategory.DIAGNOSTIC}


def _words(*words: str) -> dict[str, Any]:
    return {"device_class": SensorDeviceClass.ENUM, "options": list(words)}


def _known(word: str | None, among: tuple[str, ...]) -> str | None:
    """Return a gateway's word if it is one of those that can be shown."""
    return word if word in among else None


# All IQ Batteries together, on the gateway


def _bank(snapshot: Snapshot, _serial: str) -> BatteryBank | None:
    return snapshot.bank


def _has_batteries(profile: GatewayProfile) -> bool:
    return profile.has_batteries


def _has_flow(profile: GatewayProfile) -> bool:
    return profile.has_batteries or profile.meter(MeterKind.STORAGE) is not None


def _bank_row(
    key: str,
    tail: str,
    value_fn: Callable[[BatteryBank], Shown | None],
    section: Section = Section.BATTERIES,
    **more: Any,  # noqa: ANN401
) -> EnvoySensorDescription[BatteryBank]:
    return EnvoySensorDescription[BatteryBank](
        key=key,
        translation_key=key,
        object_id=f"envoy_{{gateway}}_{tail}",
        section=section,
        part_fn=_bank,
        value_fn=value_fn,
        **{"exists_fn": _has_batteries, **more},
    )


_COUNTER: Final[dict[str, Any]] = {
    "device_class": SensorDeviceClass.ENERGY,
    "native_unit_of_measurement": UnitOfEnergy.WATT_HOUR,
    "state_class": SensorStateClass.TOTAL_INCREASING,
    "suggested_display_precision": 0,
    "exists_fn": _has_flow,
}
_TOTALS: Final = Section.BATTERY_TOTALS
BANK: Final = (
    _bank_row(
        "total_battery_percentage",
        "total_battery_percentage",
        lambda bank: whole(bank.charge_pct),
        **_CHARGE,
    ),
    _bank_row(
        "current_battery_capacity",
        "current_battery_capacity",
        lambda bank: whole(bank.stored_wh),
        **_STORED,
    ),
    _bank_row(
        "battery_energy_charged",
        "battery_energy_charged",
        lambda bank: whole(bank.charged_wh),
        Section.BATTERY_FLOW,
        **_COUNTER,
    ),
    _bank_row(
        "battery_energy_discharged",
        "battery_energy_discharged",
        lambda bank: whole(bank.discharged_wh),
        Section.BATTERY_FLOW,
        **_COUNTER,
    ),
    _bank_row(
        "agg_batteries_power",
        "battery_power",
        lambda bank: whole(bank.power_w),
        Section.BATTERY_POWER,
        live=True,
        **_POWER,
    ),
    _bank_row(
        "reserve_soc",
        "reserve_battery_level",
        lambda bank: whole(bank.reserve_pct),
        _TOTALS,
        **{**_CHARGE, "device_class": None},
    ),
    _bank_row(
        "reserve_energy",
        "reserve_battery_energy",
        lambda bank: whole(bank.reserve_wh),
        _TOTALS,
        **_STORED,
        **_OFF,
    ),
    _bank_row(
        "max_capacity",
        "battery_capacity",
        lambda bank: whole(bank.capacity_wh),
        **_CAPACITY,
        **_OFF,
    ),
    _bank_row(
        "battery_health",
        "battery_health",
        lambda bank: whole(bank.health_pct),
        _TOTALS,
        **{**_CHARGE, "device_class": None, **_DETAIL},
    ),
    # The same as the first two, for those whose histories are those of the built-in integration.
    _bank_row(
        "battery_level", "battery_level", lambda bank: whole(bank.charge_pct), **_CHARGE, **_OFF
    ),
    _bank_row(
        "available_energy",
        "available_battery_energy",
        lambda bank: whole(bank.stored_wh),
        **_STORED,
        **_OFF,
    ),
)


# One IQ Battery

_GRID_STATES: Final = ("grid-tied", "off-grid", "multimode-ongrid", "multimode-offgrid")
_PHASES: Final = ("ph-a", "ph-b", "ph-c", "ph-all")


def _battery(snapshot: Snapshot, serial: str) -> Battery | None:
    return snapshot.batteries.get(serial)


def _battery_row(
    key: str,
    name: str,
    value_fn: Callable[[Battery], Shown | None],
    **more: Any,  # noqa: ANN401
) -> EnvoySensorDescription[Battery]:
    return EnvoySensorDescription[Battery](
        key=key,
        translation_key=name,
        kind=DeviceKind.BATTERY,
        object_id=f"envoy_{{gateway}}_battery_{{serial}}_{name.removeprefix('battery_')}",
        part_fn=_battery,
        value_fn=value_fn,
        **{"section": Section.BATTERIES, **more},
    )


_LIVE: Final[dict[str, Any]] = {"section": Section.BATTERY_POWER, "live": True}
BATTERY: Final = (
    EnvoySensorDescription[Battery](
        key="soc",
        name=None,
        kind=DeviceKind.BATTERY,
        object_id="envoy_{gateway}_battery_{serial}",
        section=Section.BATTERIES,
        part_fn=_battery,
        value_fn=lambda battery: whole(battery.charge_pct),
        **_CHARGE,
    ),
    _battery_row(
        "real_power_mw", "power", lambda battery: whole(battery.power_w), **_POWER, **_LIVE
    ),
    _battery_row(
        "apparent_power_mva",
        "apparent_power",
        lambda battery: whole(battery.apparent_va),
        device_class=SensorDeviceClass.APPARENT_POWER,
        native_unit_of_measurement=UnitOfApparentPower.VOLT_AMPERE,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=0,
        **_LIVE,
        **_OFF,
    ),
    _battery_row("temperature", "temperature", lambda it: it.temperature_c, **_TEMPERATURE),
    _battery_row(
        "max_cell_temperature",
        "max_cell_temperature",
        lambda battery: battery.max_cell_temperature_c,
        **_TEMPERATURE,
        **_DETAIL,
    ),
    _battery_row(
        "batteries_encharge_available_energy",
        "stored_energy",
        lambda battery: whole(battery.stored_wh),
        **_STORED,
        **_OFF,
    ),
    _battery_row(
        "batteries_encharge_capacity",
        "capacity",
        lambda battery: whole(battery.capacity_wh),
        **_CAPACITY,
        **_DETAIL,
    ),
    _battery_row("last_reported", "last_reported", lambda it: it.reported_at, **_TIME, **_OFF),
    _battery_row("installed", "installed", lambda it: it.installed_at, **_TIME, **_DETAIL),
    _battery_row(
        "firmware_loaded",
        "firmware_loaded",
        lambda battery: battery.firmware_loaded_at,
        **_TIME,
        **_DETAIL,
    ),
    _battery_row(
        "batteries_led_status", "led_status", lambda it: it.led, **_words(*Led), **_DETAIL
    ),
    _battery_row(
        "grid_state",
        "battery_grid_state",
        lambda battery: _known(battery.grid_state, _GRID_STATES),
        **_words(*_GRID_STATES),
        **_DETAIL,
    ),
    _battery_row(
        "phase",
        "phase",
        lambda battery: _known(battery.phase, _PHASES),
        **_words(*_PHASES),
        **_DETAIL,
    ),
    _battery_row(
        "comm_level_2_4_ghz",
        "comm_level_2_4_ghz",
        lambda battery: battery.comm_level_2_4_ghz,
        state_class=SensorStateClass.MEASUREMENT,
        **_DETAIL,
    ),
    _battery_row(
        "comm_level_sub_ghz",
        "comm_level_sub_ghz",
        lambda battery: battery.comm_level_sub_ghz,
        state_class=SensorStateClass.MEASUREMENT,
        **_DETAIL,
    ),
    _battery_row("batteries_software", "firmware", lambda it: it.firmware, **_DETAIL),
)


# All AC Batteries together, on a device of their own below the gateway


def _ac_bank(snapshot: Snapshot, _serial: str) -> AcBatteryBank | None:
    return snapshot.ac_bank


def _has_ac_batteries(profile: GatewayProfile) -> bool:
    return profile.has_ac_batteries


def _ac_bank_row(
    key: str,
    value_fn: Callable[[AcBatteryBank], Shown | None],
    kind: DeviceKind = DeviceKind.AC_BANK,
    **more: Any,  # noqa: ANN401
) -> EnvoySensorDescription[AcBatteryBank]:
    # The serial number of that device ends in "_acb", with which its unique ids go on.
    name = f"acb_{key}" if kind is DeviceKind.AC_BANK else key
    return EnvoySensorDescription[AcBatteryBank](
        key=key,
        translation_key=name,
        kind=kind,
        object_id=f"envoy_{{gateway}}_{name}",
        part_fn=_ac_bank,
        value_fn=value_fn,
        **{"exists_fn": _has_ac_batteries, "section": Section.AC_BATTERY_TOTALS, **more},
    )


_GATEWAY: Final = DeviceKind.GATEWAY
AC_BANK: Final = (
    _ac_bank_row("power", lambda bank: whole(bank.power_w), live=True, **_POWER),
    _ac_bank_row("soc", lambda bank: whole(bank.charge_pct), **_CHARGE),
    _ac_bank_row("battery_state", lambda bank: bank.charge_state, **_words(*ChargeState)),
    _ac_bank_row(
        "aggregate_sleep_state",
        lambda bank: bank.sleep_state,
        section=Section.AC_BATTERIES,
        **_words(*SleepState),
    ),
    _ac_bank_row("acb_available_energy", lambda bank: whole(bank.stored_wh), _GATEWAY, **_STORED),
    _ac_bank_row(
        "aggregated_soc",
        lambda bank: whole(bank.overall_charge_pct),
        _GATEWAY,
        section=_TOTALS,
        **_CHARGE,
    ),
    _ac_bank_row(
        "aggregated_available_energy",
        lambda bank: whole(bank.overall_stored_wh),
        _GATEWAY,
        section=_TOTALS,
        **_STORED,
    ),
    _ac_bank_row(
        "aggregated_max_battery_capacity",
        lambda bank: whole(bank.overall_capacity_wh),
        _GATEWAY,
        section=_TOTALS,
        **_CAPACITY,
        **_OFF,
    ),
)


# One AC Battery


def _ac_battery(snapshot: Snapshot, serial: str) -> AcBattery | None:
    return snapshot.ac_batteries.get(serial)


def _sleep_target(battery: AcBattery) -> str | None:
    low, high = whole(battery.sleep_min_pct), whole(battery.sleep_max_pct)
    return None if low is None or high is None else f"{low}-{high}"


def _ac_battery_row(
    key: str,
    name: str,
    value_fn: Callable[[AcBattery], Shown | None],
    **more: Any,  # noqa: ANN401
) -> EnvoySensorDescription[AcBattery]:
    return EnvoySensorDescription[AcBattery](
        key=f"acb_battery_{key}",
        translation_key=name,
        kind=DeviceKind.AC_BATTERY,
        object_id=f"envoy_{{gateway}}_ac_battery_{{serial}}_{key}",
        part_fn=_ac_battery,
        value_fn=value_fn,
        **{"section": Section.AC_BATTERIES, **more},
    )


_LISTED: Final[dict[str, Any]] = {"section": Section.INVERTERS}
"""AC Batteries stand in the same list as the inverters."""
AC_BATTERY: Final = (
    _ac_battery_row("soc", "acb_soc", lambda it: whole(it.charge_pct), **_CHARGE),
    _ac_battery_row("power", "power", lambda it: whole(it.power_w), live=True, **_POWER, **_LISTED),
    _ac_battery_row(
        "charge_status",
        "acb_battery_charge_status",
        lambda battery: battery.charge_state,
        **_words(*ChargeState),
    ),
    _ac_battery_row(
        "sleep_state",
        "acb_battery_sleep_state",
        lambda battery: battery.sleep_state,
        **_words(*(state for state in SleepState if state is not SleepState.MIXED)),
    ),
    _ac_battery_row(
        "temperature",
        "temperature",
        lambda battery: battery.max_cell_temperature_c,
        **_TEMPERATURE,
        **_DETAIL,
    ),
    _ac_battery_row(
        "last_reported",
        "last_reported",
        lambda battery: battery.reported_at,
        **_TIME,
        **_LISTED,
        **_DETAIL,
    ),
    _ac_battery_row("sleep_soc_target", "acb_battery_sleep_soc_target", _sleep_target, **_DETAIL),
)

SENSORS: Final[tuple[EnvoySensorDescription[Any], ...]] = (*BANK, *BATTERY, *AC_BANK, *AC_BATTERY)


# Yes or no


def _battery_flag(
    key: str,
    name: str,
    value_fn: Callable[[Battery], bool | None],
    device_class: BinarySensorDeviceClass | None = None,
) -> EnvoyBinarySensorDescription[Battery]:
    return EnvoyBinarySensorDescription[Battery](
        key=key,
        translation_key=name,
        kind=DeviceKind.BATTERY,
        object_id=f"envoy_{{gateway}}_battery_{{serial}}_{name}",
        device_class=device_class,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        section=Section.BATTERIES,
        part_fn=_battery,
        value_fn=value_fn,
    )


def _ac_battery_flag(
    key: str,
    value_fn: Callable[[AcBattery], bool | None],
    **more: Any,  # noqa: ANN401
) -> EnvoyBinarySensorDescription[AcBattery]:
    return EnvoyBinarySensorDescription[AcBattery](
        key=key,
        translation_key=key,
        kind=DeviceKind.AC_BATTERY,
        object_id=f"envoy_{{gateway}}_ac_battery_{{serial}}_{key}",
        entity_registry_enabled_default=False,
        section=Section.AC_BATTERIES,
        part_fn=_ac_battery,
        value_fn=value_fn,
        **more,
    )


_LINK: Final = BinarySensorDeviceClass.CONNECTIVITY
_DIAGNOSTIC: Final = EntityCategory.DIAGNOSTIC
BINARY_SENSORS: Final[tuple[EnvoyBinarySensorDescription[Any], ...]] = (
    _battery_flag("communicating", "communicating", lambda it: it.communicating, _LINK),
    _battery_flag("dc_switch", "dc_switch", lambda it: it.dc_switch_on),
    _battery_flag("batteries_operating", "operating", lambda it: it.operating),
    _battery_flag("batteries_sleep_enabled", "sleep", lambda it: it.sleeping),
    _ac_battery_flag(
        "communicating",
        lambda it: it.communicating,
        device_class=_LINK,
        entity_category=_DIAGNOSTIC,
    ),
    _ac_battery_flag("operating", lambda it: it.operating, entity_category=_DIAGNOSTIC),
    _ac_battery_flag("producing", lambda it: it.producing),
)
