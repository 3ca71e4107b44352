"""Entries that were made by others, or are damaged, are understood or explained."""

import pytest
from homeassistant.config_entries import ConfigEntryState

from .house import entry_for, set_up, word


@pytest.mark.parametrize("form", ["http://{}/", " {} ", "https://{}/home"])
@pytest.mark.parametrize("simulator", ["p_d7_standard"], indirect=True)
async def test_address_is_taken_out_of_what_an_entry_holds(hass, simulator, form):
    entry = entry_for(simulator, host=form.format(simulator.host))

    await set_up(hass, entry)

    assert entry.state is ConfigEntryState.LOADED
    assert entry.data["host"] == simulator.host
    assert word(hass, simulator, "current_power_production").isdecimal()


@pytest.mark.dirty_log
@pytest.mark.parametrize("host", [None, "", "no address at all!"])
@pytest.mark.parametrize("simulator", ["p_d7_standard"], indirect=True)
async def test_entry_without_an_address_says_what_to_do(hass, simulator, host):
    entry = entry_for(simulator, host=host)

    await set_up(hass, entry)

    assert entry.state is ConfigEntryState.SETUP_ERROR
    assert "Reconfigure" in entry.reason
