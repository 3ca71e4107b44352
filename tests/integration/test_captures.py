"""Real gateways' pages in Home Assistant, where ``ENVOY_CAPTURES`` names a folder of them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.enphase_envoy.const import DOMAIN
from tests.simulator.capture import Replay

from .house import set_up

FOLDER = Path(os.environ.get("ENVOY_CAPTURES") or "no such folder")
NAMES = sorted(path.name for path in FOLDER.iterdir() if path.is_dir()) if FOLDER.is_dir() else []

pytestmark = pytest.mark.skipif(
    not NAMES, reason="ENVOY_CAPTURES names no folder of captured pages"
)


@pytest.mark.parametrize("name", NAMES)
async def test_capture_becomes_entities(hass, name):
    async with Replay(FOLDER / name) as gateway:
        entry = MockConfigEntry(
            domain=DOMAIN,
            unique_id=gateway.serial,
            title=f"Envoy {gateway.serial}",
            data={"host": gateway.host, "token": gateway.token(), "use_manual_token": True},
        )

        await set_up(hass, entry)

        power = hass.states.get(f"sensor.envoy_{gateway.serial}_current_power_production")
        assert power is not None
        assert power.state not in ("unknown", "unavailable")
        assert not [
            state.entity_id for state in hass.states.async_all() if state.state == "unavailable"
        ]
        assert await hass.config_entries.async_unload(entry.entry_id)
