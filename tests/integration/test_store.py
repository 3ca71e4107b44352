"""The memory on disk."""

import pytest
from homeassistant.const import EVENT_HOMEASSISTANT_FINAL_WRITE, STATE_UNKNOWN

from custom_components.enphase_envoy.const import DOMAIN

from .house import pass_time, set_up, settle


async def test_what_is_unsaved_when_home_assistant_stops_is_saved(
    hass, freezer, simulator, entry, hass_storage
):
    await set_up(hass, entry)
    await pass_time(hass, freezer, simulator, 660)  # past the save of the first collections
    await pass_time(hass, freezer, simulator, 60)
    hass_storage.pop(f"{DOMAIN}.{entry.entry_id}", None)

    hass.bus.async_fire(EVENT_HOMEASSISTANT_FINAL_WRITE)
    await settle(hass)

    assert f"{DOMAIN}.{entry.entry_id}" in hass_storage  # clean_log: and nothing complains


async def test_file_written_at_the_end_is_marked_and_one_before_is_not(
    hass, freezer, simulator, entry, hass_storage
):
    key = f"{DOMAIN}.{entry.entry_id}"
    await set_up(hass, entry)
    running = "clean" in hass_storage[key]["data"]

    await hass.config_entries.async_unload(entry.entry_id)

    assert (running, hass_storage[key]["data"]["clean"]) == (False, True)


@pytest.mark.dirty_log  # the gateway is away
async def test_counters_wait_for_the_gateway_after_a_power_cut(
    hass, freezer, simulator, entry, hass_storage
):
    lifetime = f"sensor.envoy_{simulator.serial}_lifetime_energy_production"
    await set_up(hass, entry)
    await hass.config_entries.async_unload(entry.entry_id)
    del hass_storage[f"{DOMAIN}.{entry.entry_id}"]["data"]["clean"]
    await simulator.switch_off()

    await set_up(hass, entry)
    dark = hass.states.get(lifetime).state
    await simulator.switch_on()
    await pass_time(hass, freezer, simulator, 60)

    assert dark == STATE_UNKNOWN
    assert float(hass.states.get(lifetime).state) > 0
