"""A Home Assistant that keeps no statistics."""

from homeassistant.config_entries import ConfigEntryState

from tests.integration.house import set_up

from .books import Books


async def test_house_without_a_recorder_is_not_looked_through(hass, simulator, entry, hass_storage):
    await set_up(hass, entry)

    assert entry.state is ConfigEntryState.LOADED
    assert not [key for key in hass_storage if ".statistics" in key]


async def test_dialog_says_that_there_is_no_recorder(hass, small):
    end = await Books(hass).open()

    assert end["reason"] == "no_recorder"
