"""Binary sensors: whether the site is connected to the grid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, override

from homeassistant.components.binary_sensor import (
    BinarySensorDeviceClass,
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import EnvoyConfigEntry
from .entity import EnvoyEntity, EnvoyEntityDescription, add_as_found
from .envoy_reader import Section, Snapshot

PARALLEL_UPDATES = 0  # nothing is asked of the gateway by an entity


@dataclass(frozen=True, kw_only=True)
class EnvoyBinarySensorDescription[PartT](
    BinarySensorEntityDescription, EnvoyEntityDescription[PartT, bool]
):
    """A figure that is yes or no."""


class EnvoyBinarySensor[PartT](EnvoyEntity[PartT, bool], BinarySensorEntity):
    """A yes or no of the gateway."""

    _platform_domain = Platform.BINARY_SENSOR
    entity_description: EnvoyBinarySensorDescription[PartT]

    @property
    @override
    def is_on(self) -> bool | None:
        return self.value


DESCRIPTIONS: Final = (
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


async def async_setup_entry(
    hass: HomeAssistant, entry: EnvoyConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the binary sensors of what the site has."""
    add_as_found(entry.runtime_data, DESCRIPTIONS, EnvoyBinarySensor, async_add_entities)
