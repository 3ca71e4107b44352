"""Going from Home Assistant's own integration to ours and back, as by a restart."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest
from homeassistant import config_entries, loader
from homeassistant.config_entries import ConfigEntryState, ConfigFlow
from homeassistant.core import HomeAssistant
from homeassistant.helpers import translation
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.enphase_envoy.config_flow import EnvoyConfigFlow
from custom_components.enphase_envoy.const import DOMAIN

from .house import set_up


class Switch:
    """Gives an entry to ours or to the built-in integration, as after a restart."""

    def __init__(
        self, hass: HomeAssistant, entry: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Begin with neither of them loaded."""
        self.hass = hass
        self.entry = entry
        self.monkeypatch = monkeypatch
        monkeypatch.setitem(config_entries.HANDLERS, DOMAIN, EnvoyConfigFlow)

    async def to_built_in(self) -> None:
        """Let Home Assistant's own integration read the gateway."""
        flow = import_module(f"homeassistant.components.{DOMAIN}.config_flow")
        await self._to(flow.EnphaseConfigFlow, {})
        assert type(self.entry.runtime_data).__module__.startswith("homeassistant.components.")

    async def to_ours(self) -> None:
        """Let ours read the gateway."""
        await self._to(EnvoyConfigFlow, None)
        assert type(self.entry.runtime_data).__module__.startswith("custom_components.")

    async def _to(self, flow: type[ConfigFlow], custom: dict[str, object] | None) -> None:
        if self.entry.state is ConfigEntryState.LOADED:
            await self.hass.config_entries.async_unload(self.entry.entry_id)
        data: dict[Any, Any] = self.hass.data
        data.pop(loader.DATA_CUSTOM_COMPONENTS, None)
        if custom is not None:
            data[loader.DATA_CUSTOM_COMPONENTS] = custom
        for key in (
            loader.DATA_INTEGRATIONS,
            loader.DATA_COMPONENTS,
            loader.DATA_MISSING_PLATFORMS,
        ):
            for name in [name for name in data[key] if name.split(".")[0] == DOMAIN]:
                del data[key][name]
        if DOMAIN in self.hass.config.components:
            self.hass.config.components.remove(DOMAIN)
        translation.async_setup(self.hass)
        self.monkeypatch.setitem(config_entries.HANDLERS, DOMAIN, flow)
        await set_up(self.hass, self.entry)
        assert self.entry.state is ConfigEntryState.LOADED
