"""What the entities of an inverter show."""

from __future__ import annotations

from typing import Any, Final

from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass
from homeassistant.const import UnitOfPower

from .descriptions import EnvoyBinarySensorDescription, EnvoySensorDescription, whole
from .devices import DeviceKind
from .envoy_reader import Inverter, Section, Snapshot


def _inverter(snapshot: Snapshot, serial: str) -> Inverter | None:
    return snapshot.inverters.get(serial)


INVERTER: Final = (
    EnvoySensorDescription[Inverter](
        key="inverters",
        name=None,
        kind=DeviceKind.INVERTER,
        plain_id=True,
        object_id="envoy_{gateway}_inverter_{serial}",
        device_class=SensorDeviceClass.POWER,
        native_unit_of_measurement=UnitOfPower.WATT,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=0,
        section=Section.INVERTERS,
        part_fn=_inverter,
        value_fn=lambda inverter: whole(inverter.power_w),
        live=True,
    ),
    EnvoySensorDescription[Inverter](
        key="last_reported",
        translation_key="last_reported",
        kind=DeviceKind.INVERTER,
        object_id="envoy_{gateway}_inverter_{serial}_last_reported",
        device_class=SensorDeviceClass.TIMESTAMP,
        section=Section.INVERTERS,
        part_fn=_inverter,
        value_fn=lambda inverter: inverter.reported_at,
    ),
)

SENSORS: Final[tuple[EnvoySensorDescription[Any], ...]] = INVERTER
BINARY_SENSORS: Final[tuple[EnvoyBinarySensorDescription[Any], ...]] = ()
