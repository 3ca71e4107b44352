"""What the entities of batteries show, of each and of all together."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass
from homeassistant.const import PERCENTAGE, UnitOfEnergy

from .descriptions import EnvoyBinarySensorDescription, EnvoySensorDescription, whole
from .devices import DeviceKind
from .envoy_reader import Battery, BatteryBank, GatewayProfile, Section, Snapshot


def _bank(snapshot: Snapshot, _serial: str) -> BatteryBank | None:
    return snapshot.bank


def _has_batteries(profile: GatewayProfile) -> bool:
    return profile.has_batteries


_CHARGED: Final = EnvoySensorDescription[BatteryBank](
    key="battery_energy_charged",
    translation_key="battery_energy_charged",
    object_id="envoy_{gateway}_battery_energy_charged",
    device_class=SensorDeviceClass.ENERGY,
    native_unit_of_measurement=UnitOfEnergy.WATT_HOUR,
    state_class=SensorStateClass.TOTAL_INCREASING,
    suggested_display_precision=0,
    section=Section.BATTERY_FLOW,
    exists_fn=_has_batteries,
    part_fn=_bank,
    value_fn=lambda bank: whole(bank.charged_wh),
)
BANK: Final = (
    EnvoySensorDescription[BatteryBank](
        key="total_battery_percentage",
        translation_key="total_battery_percentage",
        object_id="envoy_{gateway}_total_battery_percentage",
        device_class=SensorDeviceClass.BATTERY,
        native_unit_of_measurement=PERCENTAGE,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=0,
        section=Section.BATTERIES,
        exists_fn=_has_batteries,
        part_fn=_bank,
        value_fn=lambda bank: whole(bank.charge_pct),
    ),
    EnvoySensorDescription[BatteryBank](
        key="current_battery_capacity",
        translation_key="current_battery_capacity",
        object_id="envoy_{gateway}_current_battery_capacity",
        device_class=SensorDeviceClass.ENERGY_STORAGE,
        native_unit_of_measurement=UnitOfEnergy.WATT_HOUR,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=0,
        section=Section.BATTERIES,
        exists_fn=_has_batteries,
        part_fn=_bank,
        value_fn=lambda bank: whole(bank.stored_wh),
    ),
    _CHARGED,
    replace(
        _CHARGED,
        key="battery_energy_discharged",
        translation_key="battery_energy_discharged",
        object_id="envoy_{gateway}_battery_energy_discharged",
        value_fn=lambda bank: whole(bank.discharged_wh),
    ),
)


def _battery(snapshot: Snapshot, serial: str) -> Battery | None:
    return snapshot.batteries.get(serial)


BATTERY: Final = (
    EnvoySensorDescription[Battery](
        key="soc",
        name=None,
        kind=DeviceKind.BATTERY,
        object_id="envoy_{gateway}_battery_{serial}",
        device_class=SensorDeviceClass.BATTERY,
        native_unit_of_measurement=PERCENTAGE,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=0,
        section=Section.BATTERIES,
        part_fn=_battery,
        value_fn=lambda battery: whole(battery.charge_pct),
    ),
)

SENSORS: Final[tuple[EnvoySensorDescription[Any], ...]] = (*BANK, *BATTERY)
BINARY_SENSORS: Final[tuple[EnvoyBinarySensorDescription[Any], ...]] = ()
