"""What rows of several tables have in common, and what is done to values before they are shown."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from homeassistant.components.binary_sensor import BinarySensorDeviceClass
from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass
from homeassistant.const import (
    PERCENTAGE,
    EntityCategory,
    UnitOfApparentPower,
    UnitOfElectricCurrent,
    UnitOfElectricPotential,
    UnitOfEnergy,
    UnitOfFrequency,
    UnitOfPower,
    UnitOfTemperature,
    UnitOfTime,
)

from .descriptions import BinaryFacts, Facts, SensorFacts

_LONGEST_STATE: Final = 255
"""Characters; Home Assistant refuses states that are longer."""

OFF: Final[Facts] = {"entity_registry_enabled_default": False}
DETAIL: Final[Facts] = {**OFF, "entity_category": EntityCategory.DIAGNOSTIC}
CONNECTIVITY: Final[BinaryFacts] = {
    "device_class": BinarySensorDeviceClass.CONNECTIVITY,
    **DETAIL,
}
TIME: Final[SensorFacts] = {"device_class": SensorDeviceClass.TIMESTAMP}

MEASURED: Final[SensorFacts] = {"state_class": SensorStateClass.MEASUREMENT}
WATTS: Final[SensorFacts] = {
    "device_class": SensorDeviceClass.POWER,
    "native_unit_of_measurement": UnitOfPower.WATT,
    "suggested_display_precision": 0,
    **MEASURED,
}
VOLT_AMPERES: Final[SensorFacts] = {
    "device_class": SensorDeviceClass.APPARENT_POWER,
    "native_unit_of_measurement": UnitOfApparentPower.VOLT_AMPERE,
    "suggested_display_precision": 0,
    **MEASURED,
}
VOLTS: Final[SensorFacts] = {
    "device_class": SensorDeviceClass.VOLTAGE,
    "native_unit_of_measurement": UnitOfElectricPotential.VOLT,
    "suggested_display_precision": 1,
    **MEASURED,
}
AMPERES: Final[SensorFacts] = {
    "device_class": SensorDeviceClass.CURRENT,
    "native_unit_of_measurement": UnitOfElectricCurrent.AMPERE,
    "suggested_display_precision": 2,
    **MEASURED,
}
HERTZ: Final[SensorFacts] = {
    "device_class": SensorDeviceClass.FREQUENCY,
    "native_unit_of_measurement": UnitOfFrequency.HERTZ,
    "suggested_display_precision": 2,
    **MEASURED,
}
TEMPERATURE: Final[SensorFacts] = {"device_class": SensorDeviceClass.TEMPERATURE, **MEASURED}
CELSIUS: Final[SensorFacts] = {
    "native_unit_of_measurement": UnitOfTemperature.CELSIUS,
    **TEMPERATURE,
}
SECONDS: Final[SensorFacts] = {
    "device_class": SensorDeviceClass.DURATION,
    "native_unit_of_measurement": UnitOfTime.SECONDS,
    "suggested_display_precision": 0,
    **MEASURED,
}
PERCENT: Final[SensorFacts] = {"native_unit_of_measurement": PERCENTAGE}
SHARE: Final[SensorFacts] = {**PERCENT, "suggested_display_precision": 0, **MEASURED}
CHARGE: Final[SensorFacts] = {"device_class": SensorDeviceClass.BATTERY, **SHARE}

_ENERGY: Final[SensorFacts] = {
    "native_unit_of_measurement": UnitOfEnergy.WATT_HOUR,
    "suggested_unit_of_measurement": UnitOfEnergy.KILO_WATT_HOUR,
    "suggested_display_precision": 2,
}
"""In watt-hours, as histories are; a new entity is shown in kilowatt-hours."""
COUNTER: Final[SensorFacts] = {
    "device_class": SensorDeviceClass.ENERGY,
    "state_class": SensorStateClass.TOTAL_INCREASING,
    **_ENERGY,
}
BALANCE: Final[SensorFacts] = {**COUNTER, "state_class": SensorStateClass.TOTAL}
"""Of energies that may fall."""
CAPACITY: Final[SensorFacts] = {"device_class": SensorDeviceClass.ENERGY_STORAGE, **_ENERGY}
STORED: Final[SensorFacts] = {**CAPACITY, **MEASURED}


def words(options: Iterable[str]) -> SensorFacts:
    """Return the facts of a figure that is one of these words."""
    return {"device_class": SensorDeviceClass.ENUM, "options": [str(word) for word in options]}


def whole(value: float | None) -> int | None:
    """Round to whole watts, watt-hours or percents: no gateway measures better."""
    return None if value is None else round(value)


def short(text: str | None) -> str | None:
    """Cut a text of the gateway to what can be a state; an empty one says nothing."""
    return text[:_LONGEST_STATE] if text else None
