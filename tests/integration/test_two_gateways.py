"""Two gateways in one house: neither takes any notice of the other."""

import time

import pytest
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er

from tests.simulator import Simulator

from .house import entry_for, figure, pass_time, set_up, word

POWER = "current_power_production"

pytestmark = pytest.mark.parametrize("simulator", ["pc_d8_split_storage_ct"], indirect=True)


@pytest.fixture
async def other(hass, simulator):
    """Run a second gateway of the same kind, set up like the first."""
    async with Simulator("pc_d83_three_phase_storage_ct", start=time.time()) as gateway:
        yield gateway


@pytest.fixture
async def entries(hass, simulator, other):
    """Set both up."""
    both = entry_for(simulator), entry_for(other)
    for entry in both:
        await set_up(hass, entry)
    yield both
    if both[1].state is ConfigEntryState.LOADED:
        await hass.config_entries.async_unload(both[1].entry_id)


async def test_each_shows_its_own_figures(hass, simulator, other, entries):
    shown = [figure(hass, gateway, POWER) for gateway in (simulator, other)]

    true_w = [gateway.site.production.power_w for gateway in (simulator, other)]
    assert shown == pytest.approx(true_w, abs=1)


async def test_each_has_its_own_grid_status(hass, simulator, other, entries):
    registry = er.async_get(hass)

    ids = [
        registry.async_get_entity_id("binary_sensor", "enphase_envoy", f"{it.serial}_grid_status")
        for it in (simulator, other)
    ]

    assert ids == ["binary_sensor.grid_status", "binary_sensor.grid_status_2"]


@pytest.mark.dirty_log
async def test_one_that_is_away_does_not_touch_the_other(hass, freezer, simulator, other, entries):
    await other.switch_off()
    for _ in range(6):
        await pass_time(hass, freezer, simulator, 60)

    true_w = simulator.site.production.power_w
    assert word(hass, other, POWER) == STATE_UNAVAILABLE
    assert figure(hass, simulator, POWER) == pytest.approx(true_w, abs=1)


async def test_each_has_its_own_devices(hass, simulator, other, entries):
    devices = dr.async_get(hass)

    serials = [
        {
            ident
            for device in dr.async_entries_for_config_entry(devices, entry.entry_id)
            for _, ident in device.identifiers
        }
        for entry in entries
    ]

    assert [simulator.serial in serials[0], other.serial in serials[1]] == [True, True]
    assert serials[0].isdisjoint(serials[1])


async def test_one_that_is_removed_leaves_the_other(hass, simulator, other, entries):
    await hass.config_entries.async_remove(entries[1].entry_id)

    assert entries[0].state is ConfigEntryState.LOADED
    assert word(hass, simulator, POWER) != STATE_UNAVAILABLE
