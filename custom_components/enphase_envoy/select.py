"""Selects: what can be one of several words."""

from __future__ import annotations

from typing import Final, override

from homeassistant.components.select import SelectEntity
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .control import EnvoyControl
from .coordinator import EnvoyConfigEntry
from .entity import EnvoyEntity, add_as_found
from .envoy_reader import AcBatteryBank
from .rows import controls
from .rows.descriptions import EnvoySelectDescription
from .sleep_band import sleep_band
from .takeover import with_former_devices

PARALLEL_UPDATES = 1  # a gateway is asked for one thing after the other

DESCRIPTIONS: Final = (*controls.SELECTS, controls.SLEEP_BAND)


class EnvoySelect[PartT](EnvoyControl[PartT, str], SelectEntity):
    """A choice that the gateway holds."""

    _platform_domain = Platform.SELECT
    entity_description: EnvoySelectDescription[PartT]

    @property
    @override
    def current_option(self) -> str | None:
        return self.figure

    @override
    async def async_select_option(self, option: str) -> None:
        await self._async_ask(option)


class EnvoySleepBand(EnvoyEntity[AcBatteryBank, str], SelectEntity):
    """The charge at which AC Batteries are to sleep: what the button of that name sends."""

    _platform_domain = Platform.SELECT
    entity_description: EnvoySelectDescription[AcBatteryBank]

    @property
    @override
    def figure(self) -> str | None:
        return sleep_band(self.coordinator)

    @override
    def _sources(self) -> tuple[object, ...]:
        return (*super()._sources(), self.figure)

    @property
    @override
    def current_option(self) -> str | None:
        return self.figure

    @override
    async def async_select_option(self, option: str) -> None:
        self.coordinator.sleep_band = option
        self.async_write_ha_state()


async def async_setup_entry(
    hass: HomeAssistant, entry: EnvoyConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the selects of what the site has, and later of what is added to it."""
    coordinator = entry.runtime_data.coordinator
    descriptions = with_former_devices(hass, Platform.SELECT, controls.SELECTS)
    add_as_found(coordinator, descriptions, EnvoySelect, async_add_entities)
    add_as_found(coordinator, (controls.SLEEP_BAND,), EnvoySleepBand, async_add_entities)
