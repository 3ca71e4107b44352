"""Binary sensors: what is yes or no about the gateway and its devices."""

from __future__ import annotations

from typing import Final, override

from homeassistant.components.binary_sensor import BinarySensorEntity
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import EnvoyConfigEntry
from .entity import EnvoyEntity, add_as_found
from .rows import (
    ac_batteries,
    batteries,
    controllers,
    gateway,
    generator,
    inverters,
    relays,
)
from .rows.descriptions import EnvoyBinarySensorDescription

PARALLEL_UPDATES = 0  # nothing is asked of the gateway by an entity


class EnvoyBinarySensor[PartT](EnvoyEntity[PartT, bool], BinarySensorEntity):
    """A yes or no of the gateway."""

    _platform_domain = Platform.BINARY_SENSOR
    entity_description: EnvoyBinarySensorDescription[PartT]

    @property
    @override
    def is_on(self) -> bool | None:
        return self.figure


DESCRIPTIONS: Final = tuple(
    row
    for rows in (
        inverters,
        batteries,
        ac_batteries,
        controllers,
        relays,
        generator,
        gateway,
    )
    for row in rows.BINARY_SENSORS
)


async def async_setup_entry(
    hass: HomeAssistant, entry: EnvoyConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the binary sensors of what the site has, and later of what is added to it."""
    add_as_found(
        entry.runtime_data.coordinator, DESCRIPTIONS, EnvoyBinarySensor, async_add_entities
    )
