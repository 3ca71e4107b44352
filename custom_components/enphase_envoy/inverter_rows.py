"""What the entities of an inverter show.

Unique ids are those of Home Assistant's own integration; where it has none, those of the variant
for installers, so that both histories go on. Everything but power and last report is off at first:
it is for those who look for a fault.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, Final

from homeassistant.components.binary_sensor import BinarySensorDeviceClass
from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass
from homeassistant.const import (
    EntityCategory,
    UnitOfElectricCurrent,
    UnitOfElectricPotential,
    UnitOfEnergy,
    UnitOfFrequency,
    UnitOfPower,
    UnitOfTemperature,
    UnitOfTime,
)

from .descriptions import EnvoyBinarySensorDescription, EnvoySensorDescription, Shown
from .devices import DeviceKind
from .envoy_reader import GatewayProfile, Inverter, InverterSource, Section, Snapshot
from .row_facts import whole

_MILLI: Final = 1000

_POWER: Final[dict[str, Any]] = {
    "device_class": SensorDeviceClass.POWER,
    "native_unit_of_measurement": UnitOfPower.WATT,
    "state_class": SensorStateClass.MEASUREMENT,
    "suggested_display_precision": 0,
}
_ENERGY: Final[dict[str, Any]] = {
    "device_class": SensorDeviceClass.ENERGY,
    "native_unit_of_measurement": UnitOfEnergy.WATT_HOUR,
    "suggested_display_precision": 0,
}
_GROWING: Final[dict[str, Any]] = {**_ENERGY, "state_class": SensorStateClass.TOTAL_INCREASING}
_CHANGING: Final[dict[str, Any]] = {**_ENERGY, "state_class": SensorStateClass.TOTAL}
_VOLTAGE: Final[dict[str, Any]] = {
    "device_class": SensorDeviceClass.VOLTAGE,
    "native_unit_of_measurement": UnitOfElectricPotential.VOLT,
    "state_class": SensorStateClass.MEASUREMENT,
    "suggested_display_precision": 1,
}
_CURRENT: Final[dict[str, Any]] = {
    "device_class": SensorDeviceClass.CURRENT,
    "native_unit_of_measurement": UnitOfElectricCurrent.AMPERE,
    "state_class": SensorStateClass.MEASUREMENT,
    "suggested_display_precision": 2,
}
_DURATION: Final[dict[str, Any]] = {
    "device_class": SensorDeviceClass.DURATION,
    "native_unit_of_measurement": UnitOfTime.SECONDS,
    "state_class": SensorStateClass.MEASUREMENT,
    "suggested_display_precision": 0,
}
_OFF: Final[dict[str, Any]] = {"entity_registry_enabled_default": False}
_DIAGNOSTIC: Final[dict[str, Any]] = {**_OFF, "entity_category": EntityCategory.DIAGNOSTIC}


def _inverter(snapshot: Snapshot, serial: str) -> Inverter | None:
    return snapshot.inverters.get(serial)


def _detailed(snapshot: Snapshot) -> Collection[str]:
    return [serial for serial, inverter in snapshot.inverters.items() if inverter.detailed]


def _has_details(profile: GatewayProfile) -> bool:
    return profile.inverter_details_from is not None


def _has_all_details(profile: GatewayProfile) -> bool:
    return profile.inverter_details_from is InverterSource.DEVICE_DATA


def _has_states(profile: GatewayProfile) -> bool:
    return profile.tells_inverter_states


def _row(
    key: str, tail: str, value_fn: Callable[[Inverter], Shown | None], **more: object
) -> EnvoySensorDescription[Inverter]:
    """Return a figure of every inverter; ``tail`` ends its entity id and is its translation key."""
    facts: dict[str, Any] = {
        "translation_key": f"inverter_{tail}",
        "section": Section.INVERTERS,
        **more,
    }
    return EnvoySensorDescription[Inverter](
        key=key,
        kind=DeviceKind.INVERTER,
        object_id=f"envoy_{{gateway}}_inverter_{{serial}}_{tail}",
        part_fn=_inverter,
        value_fn=value_fn,
        **facts,
    )


def _detail(
    key: str, tail: str, value_fn: Callable[[Inverter], Shown | None], **more: object
) -> EnvoySensorDescription[Inverter]:
    """Return a figure of the inverters of which more is known than the list says."""
    facts = {"section": Section.INVERTER_DETAILS, "exists_fn": _has_all_details, **_OFF, **more}
    return _row(key, tail, value_fn, among=_detailed, **facts)


def _electrical(
    key: str, tail: str, value_fn: Callable[[Inverter], Shown | None], **more: object
) -> EnvoySensorDescription[Inverter]:
    """Return a figure of now, which installers see on older firmware, too."""
    return _detail(key, tail, value_fn, **{"exists_fn": _has_details, "live": True, **more})


LISTED: Final = (
    EnvoySensorDescription[Inverter](
        key="inverters",
        name=None,
        kind=DeviceKind.INVERTER,
        plain_id=True,
        object_id="envoy_{gateway}_inverter_{serial}",
        section=Section.INVERTERS,
        part_fn=_inverter,
        value_fn=lambda inverter: whole(inverter.power_w),
        live=True,
        **_POWER,
    ),
    _row(
        "last_reported",
        "last_reported",
        lambda inverter: inverter.reported_at,
        translation_key="last_reported",
        device_class=SensorDeviceClass.TIMESTAMP,
    ),
    _row(
        "max_reported",
        "lifetime_maximum_power",
        lambda inverter: whole(inverter.max_power_w),
        **_POWER,
        **_DIAGNOSTIC,
    ),
)

ENERGY: Final = (
    _detail(
        "lifetime_energy",
        "lifetime_energy_production",
        lambda inverter: whole(inverter.lifetime_wh),
        **_GROWING,
    ),
    _detail(
        "energy_today",
        "todays_energy_production",
        lambda inverter: whole(inverter.today_wh),
        **_GROWING,
    ),
    _detail(
        "inverter_data_watt_hours_yesterday",
        "yesterdays_energy_production",
        lambda inverter: whole(inverter.yesterday_wh),
        **_CHANGING,
    ),
    _detail(
        "inverter_data_watt_hours_week",
        "last_seven_days_energy_production",
        lambda inverter: whole(inverter.week_wh),
        **_CHANGING,
    ),
    _detail(
        "energy_produced",
        "energy_production_since_previous_report",
        lambda inverter: (
            None if inverter.interval_wh is None else whole(inverter.interval_wh * _MILLI)
        ),
        **{
            **_CHANGING,
            # The unit of Home Assistant's own integration, which divides by seconds in addition.
            "native_unit_of_measurement": UnitOfEnergy.MILLIWATT_HOUR,
            "suggested_unit_of_measurement": UnitOfEnergy.WATT_HOUR,
            "suggested_display_precision": 1,
        },
    ),
)

ELECTRICAL: Final = (
    _electrical("dc_voltage", "dc_voltage", lambda inverter: inverter.dc_voltage_v, **_VOLTAGE),
    _electrical("dc_current", "dc_current", lambda inverter: inverter.dc_current_a, **_CURRENT),
    _electrical("ac_voltage", "ac_voltage", lambda inverter: inverter.ac_voltage_v, **_VOLTAGE),
    _electrical(
        "ac_current",
        "ac_current",
        lambda inverter: inverter.ac_current_a,
        exists_fn=_has_all_details,
        **_CURRENT,
    ),
    _electrical(
        "ac_frequency",
        "frequency",
        lambda inverter: inverter.frequency_hz,
        exists_fn=_has_all_details,
        device_class=SensorDeviceClass.FREQUENCY,
        native_unit_of_measurement=UnitOfFrequency.HERTZ,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=2,
    ),
    _electrical(
        "temperature",
        "temperature",
        lambda inverter: inverter.temperature_c,
        device_class=SensorDeviceClass.TEMPERATURE,
        native_unit_of_measurement=UnitOfTemperature.CELSIUS,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=0,
        entity_category=EntityCategory.DIAGNOSTIC,
    ),
)

REPORTS: Final = (
    _detail(
        "last_report_duration",
        "last_report_duration",
        lambda inverter: inverter.interval_s,
        **_DURATION,
        **_DIAGNOSTIC,
    ),
    _detail(
        "inverter_data_conversion_error",
        "conversion_error_time",
        lambda inverter: inverter.conversion_error_s,
        **_DURATION,
        **_DIAGNOSTIC,
    ),
    _detail(
        "inverter_data_conversion_error_cycles",
        "conversion_error_cycles",
        lambda inverter: inverter.conversion_error_cycles,
        state_class=SensorStateClass.MEASUREMENT,
        **_DIAGNOSTIC,
    ),
    _row(
        "inverter_info_img_pnum_running",
        "firmware",
        lambda inverter: inverter.firmware,
        section=Section.INVERTER_STATES,
        exists_fn=_has_states,
        **_DIAGNOSTIC,
    ),
)


def _flag(
    key: str, tail: str, value_fn: Callable[[Inverter], bool | None], **more: object
) -> EnvoyBinarySensorDescription[Inverter]:
    facts: dict[str, Any] = {
        "section": Section.INVERTER_STATES,
        "exists_fn": _has_states,
        **_DIAGNOSTIC,
        **more,
    }
    return EnvoyBinarySensorDescription[Inverter](
        key=key,
        translation_key=f"inverter_{tail}",
        kind=DeviceKind.INVERTER,
        object_id=f"envoy_{{gateway}}_inverter_{{serial}}_{tail}",
        part_fn=_inverter,
        value_fn=value_fn,
        **facts,
    )


SENSORS: Final[tuple[EnvoySensorDescription[Any], ...]] = (
    *LISTED,
    *ENERGY,
    *ELECTRICAL,
    *REPORTS,
)
BINARY_SENSORS: Final[tuple[EnvoyBinarySensorDescription[Any], ...]] = (
    _flag(
        "inverter_info_communicating",
        "communicating",
        lambda inverter: inverter.communicating,
        device_class=BinarySensorDeviceClass.CONNECTIVITY,
    ),
    _flag("inverter_info_producing", "producing", lambda inverter: inverter.producing),
    _flag(
        "gone",
        "gone",
        lambda inverter: inverter.gone,
        section=Section.INVERTER_DETAILS,
        exists_fn=_has_all_details,
        among=_detailed,
    ),
)
