"""Numbers: levels and limits that can be set."""

from __future__ import annotations

from typing import Final, override

from homeassistant.components.number import NumberEntity
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .control import EnvoyControl
from .coordinator import EnvoyConfigEntry
from .entity import add_as_found
from .rows import controls
from .rows.descriptions import EnvoyNumberDescription

PARALLEL_UPDATES = 1  # a gateway is asked for one thing after the other

DESCRIPTIONS: Final = controls.NUMBERS


class EnvoyNumber[PartT](EnvoyControl[PartT, float], NumberEntity):
    """A level or a limit."""

    _platform_domain = Platform.NUMBER
    entity_description: EnvoyNumberDescription[PartT]

    @property
    @override
    def native_value(self) -> float | None:
        return None if self.figure is None else float(self.figure)

    @override
    async def async_set_native_value(self, value: float) -> None:
        await self._async_ask(float(round(value)))  # all steps are 1, which an action may ignore


async def async_setup_entry(
    hass: HomeAssistant, entry: EnvoyConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the numbers of what the site has, and later of what is added to it."""
    add_as_found(entry.runtime_data.coordinator, DESCRIPTIONS, EnvoyNumber, async_add_entities)
