"""Home Assistant (from 2026.3 on) shows our own pictures."""

from importlib.util import find_spec
from pathlib import Path

import pytest
from homeassistant.setup import async_setup_component

import custom_components.enphase_envoy as ours

if not find_spec("homeassistant.components.brands"):
    pytest.skip("This Home Assistant serves no pictures", allow_module_level=True)

BRAND = Path(ours.__file__).parent / "brand"


@pytest.mark.parametrize("name", ["icon.png", "dark_icon@2x.png", "logo.png", "dark_logo@2x.png"])
async def test_picture_is_served(hass, hass_client, name):
    assert await async_setup_component(hass, "brands", {})
    client = await hass_client()

    answer = await client.get(f"/api/brands/integration/enphase_envoy/{name}")

    assert await answer.read() == (BRAND / name).read_bytes()
