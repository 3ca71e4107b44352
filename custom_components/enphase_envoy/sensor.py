"""Sensors: figures of the gateway and its devices (what they show: the modules of rows)."""

from __future__ import annotations

from typing import Final, override

from homeassistant.components.sensor import SensorEntity
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import EnvoyConfigEntry
from .entity import EnvoyEntity, add_as_found
from .rows import (
    ac_batteries,
    batteries,
    controllers,
    cts,
    flows,
    gateway,
    generator,
    house,
    inverters,
    relays,
)
from .rows.descriptions import EnvoySensorDescription, Shown
from .takeover import with_former_classes

PARALLEL_UPDATES = 0  # nothing is asked of the gateway by an entity

DESCRIPTIONS: Final = tuple(
    row
    for rows in (
        flows,
        house,
        cts,
        batteries,
        ac_batteries,
        inverters,
        controllers,
        relays,
        generator,
        gateway,
    )
    for row in rows.SENSORS
)


class EnvoySensor[PartT](EnvoyEntity[PartT, Shown], SensorEntity):
    """A figure of the gateway, an inverter or a battery."""

    _platform_domain = Platform.SENSOR
    entity_description: EnvoySensorDescription[PartT]

    @property
    @override
    def native_value(self) -> Shown | None:
        return self.value


async def async_setup_entry(
    hass: HomeAssistant, entry: EnvoyConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the sensors of what the site has, and later of what is added to it."""
    coordinator = entry.runtime_data.coordinator
    descriptions = with_former_classes(hass, coordinator.data.profile.serial, DESCRIPTIONS)
    add_as_found(coordinator, descriptions, EnvoySensor, async_add_entities)
