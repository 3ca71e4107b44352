"""What the entities of whatever switches between grid and home show."""

from __future__ import annotations

from typing import Any, Final

from homeassistant.components.binary_sensor import BinarySensorDeviceClass

from .descriptions import EnvoyBinarySensorDescription, EnvoySensorDescription
from .envoy_reader import Section, Snapshot

SENSORS: Final[tuple[EnvoySensorDescription[Any], ...]] = ()
BINARY_SENSORS: Final[tuple[EnvoyBinarySensorDescription[Any], ...]] = (
    EnvoyBinarySensorDescription[Snapshot](
        key="grid_status",
        translation_key="grid_status",
        object_id="grid_status",
        device_class=BinarySensorDeviceClass.CONNECTIVITY,
        section=Section.GRID,
        exists_fn=lambda profile: profile.tells_grid,
        part_fn=lambda snapshot, _serial: snapshot,
        value_fn=lambda snapshot: snapshot.on_grid,
        live=True,  # an outage is over in minutes: an old answer is no answer
    ),
)
