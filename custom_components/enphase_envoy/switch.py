"""Switches: what can be on or off about the gateway and its devices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, override

from homeassistant.components.switch import SwitchEntity, SwitchEntityDescription
from homeassistant.const import STATE_ON, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.restore_state import RestoreEntity

from .control import EnvoyControl
from .coordinator import EnvoyConfigEntry
from .entity import EnvoyEntity, EnvoyEntityDescription, add_as_found
from .envoy_reader import Section, Snapshot
from .rows import controls
from .rows.descriptions import EnvoySwitchDescription

PARALLEL_UPDATES = 1  # a gateway is asked for one thing after the other


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


@dataclass(frozen=True, kw_only=True)
class EnvoyLiveDescription(SwitchEntityDescription, EnvoyEntityDescription[Snapshot, bool]):
    """The switch of live values, which is about us and not about the gateway."""


LIVE: Final = EnvoyLiveDescription(
    key="live_values",
    translation_key="live_values",
    object_id="envoy_{gateway}_live_values",
    section=Section.GATEWAY,
    part_fn=lambda snapshot, _serial: snapshot,
    value_fn=lambda _snapshot: None,
    exists_fn=lambda profile: bool(profile.meters) or profile.has_batteries,
)


DESCRIPTIONS: Final[tuple[EnvoyEntityDescription[Any, Any], ...]] = (*controls.SWITCHES, LIVE)


class EnvoyLiveSwitch(EnvoyEntity[Snapshot, bool], SwitchEntity, RestoreEntity):
    """Lets powers follow within seconds; as it was left, also after a restart."""

    _platform_domain = Platform.SWITCH
    entity_description: EnvoyLiveDescription

    @property
    @override
    def figure(self) -> bool:
        return self.coordinator.live.is_on

    @property
    @override
    def is_on(self) -> bool:
        return self.figure

    @property
    @override
    def available(self) -> bool:
        # It can be switched while the gateway is away: live values begin when it is back.
        return True

    @override
    async def async_added_to_hass(self) -> None:
        await super().async_added_to_hass()
        before = await self.async_get_last_state()
        if before is not None and before.state == STATE_ON:
            self.coordinator.live.start()

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        self.coordinator.live.start()
        self.async_write_ha_state()

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        await self.coordinator.live.async_stop()
        self.async_write_ha_state()


async def async_setup_entry(
    hass: HomeAssistant, entry: EnvoyConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the switches of what the site has, and later of what is added to it."""
    coordinator = entry.runtime_data.coordinator
    add_as_found(coordinator, controls.SWITCHES, EnvoySwitch, async_add_entities)
    add_as_found(coordinator, (LIVE,), EnvoyLiveSwitch, async_add_entities)
