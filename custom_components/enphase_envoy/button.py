"""Buttons: what AC Batteries can be asked for at any time."""

from __future__ import annotations

from typing import Final, override

from homeassistant.components.button import ButtonEntity
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .control import EnvoyControl
from .coordinator import EnvoyConfigEntry
from .entity import add_as_found
from .envoy_reader import AWAKE, Wish
from .rows import controls
from .rows.descriptions import EnvoyButtonDescription
from .sleep_band import sleep_band

PARALLEL_UPDATES = 1  # a gateway is asked for one thing after the other

DESCRIPTIONS: Final = controls.BUTTONS
_WAKE: Final = "wake"


class EnvoyButton[PartT](EnvoyControl[PartT, str], ButtonEntity):
    """Sends all AC Batteries to sleep, or wakes them."""

    _platform_domain = Platform.BUTTON
    entity_description: EnvoyButtonDescription[PartT]

    @property
    def _wakes(self) -> bool:
        return self.entity_description.key == _WAKE

    @override
    def asks_for(self, value: Wish, /) -> bool:
        return self._wakes == (value == AWAKE)

    @override
    async def async_press(self) -> None:
        await self._async_ask(AWAKE if self._wakes else sleep_band(self.coordinator))


async def async_setup_entry(
    hass: HomeAssistant, entry: EnvoyConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the buttons of what the site has, and later of what is added to it."""
    add_as_found(entry.runtime_data.coordinator, DESCRIPTIONS, EnvoyButton, async_add_entities)
