"""Switches: what can be on or off about the gateway and its devices."""

from __future__ import annotations

from typing import Any, Final, override

from homeassistant.components.switch import SwitchEntity
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .control import EnvoyControl
from .coordinator import EnvoyConfigEntry
from .entity import add_as_found
from .rows import controls
from .rows.descriptions import EnvoySwitchDescription

PARALLEL_UPDATES = 1  # a gateway is asked for one thing after the other

DESCRIPTIONS: Final = controls.SWITCHES


class EnvoySwitch[PartT](EnvoyControl[PartT, bool], SwitchEntity):
    """A switch of the gateway or of what is behind it."""

    _platform_domain = Platform.SWITCH
    entity_description: EnvoySwitchDescription[PartT]

    @property
    @override
    def is_on(self) -> bool | None:
        return self.figure

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        await self._async_ask(value=True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        await self._async_ask(value=False)


async def async_setup_entry(
    hass: HomeAssistant, entry: EnvoyConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the switches of what the site has, and later of what is added to it."""
    add_as_found(entry.runtime_data.coordinator, DESCRIPTIONS, EnvoySwitch, async_add_entities)
