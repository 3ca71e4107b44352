"""The memory on disk."""

from homeassistant.const import EVENT_HOMEASSISTANT_FINAL_WRITE

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
