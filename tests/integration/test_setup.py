"""From entry to entities, and back to nothing."""

import asyncio
import gc
import logging

import aiohttp
import pytest
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import EVENT_HOMEASSISTANT_CLOSE, STATE_UNAVAILABLE
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.enphase_envoy.const import DOMAIN
from tests.simulator.faults import Hang, Status

from .house import entry_for, figure, pass_time, set_up, settle, word

LIFETIME = "lifetime_energy_production"
POWER = "current_power_production"
CORRUPT: list[object] = [
    None,
    [],
    "text",
    {"version": 1},
    {"version": 9, "data": {}},
    {"version": 1, "data": []},
]


def stored(entry):
    return f"{DOMAIN}.{entry.entry_id}"


async def restart(hass, entry):
    """Unload the entry and set it up again, as a restart of Home Assistant does."""
    await hass.config_entries.async_unload(entry.entry_id)
    await hass.config_entries.async_setup(entry.entry_id)


async def test_set_up_is_complete_when_it_ends(hass, simulator, entry):
    await set_up(hass, entry)

    assert entry.state is ConfigEntryState.LOADED
    assert figure(hass, simulator, POWER) > 0


async def test_connections_end_with_home_assistant(hass, simulator, entry):
    def open_sessions():
        return {
            id(it)
            for it in gc.get_objects()
            if isinstance(it, aiohttp.ClientSession) and not it.closed
        }

    before = open_sessions()
    await set_up(hass, entry)
    assert open_sessions() > before

    hass.bus.async_fire(EVENT_HOMEASSISTANT_CLOSE)
    await settle(hass)

    assert open_sessions() <= before


async def test_nobody_listens_to_changes_of_the_entry(hass, simulator, entry):
    await set_up(hass, entry)

    assert entry.update_listeners == []


@pytest.mark.dirty_log
async def test_gateway_away_at_the_first_set_up_is_waited_for(hass, freezer, simulator, entry):
    await simulator.switch_off()
    await set_up(hass, entry)
    before = entry.state
    await simulator.switch_on()

    await pass_time(hass, freezer, simulator, 60)

    assert (before, entry.state) == (ConfigEntryState.SETUP_RETRY, ConfigEntryState.LOADED)


@pytest.mark.dirty_log
async def test_warning_at_the_first_set_up_carries_the_cause(hass, simulator, entry, caplog):
    simulator.faults["*"] = Status(503)

    await set_up(hass, entry)

    warnings = [
        record.getMessage()
        for record in caplog.records
        if record.levelno == logging.WARNING and record.name == "custom_components.enphase_envoy"
    ]
    assert len(warnings) == 1
    assert "503" in warnings[0]


@pytest.mark.dirty_log
async def test_restart_without_the_gateway_brings_back_what_is_remembered(hass, simulator, entry):
    await set_up(hass, entry)
    before = word(hass, simulator, LIFETIME)
    await simulator.switch_off()

    await restart(hass, entry)
    await settle(hass)

    assert entry.state is ConfigEntryState.LOADED
    assert word(hass, simulator, LIFETIME) == before
    assert word(hass, simulator, POWER) == STATE_UNAVAILABLE


async def test_restart_does_not_wait_for_a_gateway_that_hangs(hass, simulator, entry):
    await set_up(hass, entry)
    simulator.faults["*"] = Hang()

    async with asyncio.timeout(5):
        await restart(hass, entry)

    assert entry.state is ConfigEntryState.LOADED


async def test_gateway_is_asked_at_once_after_a_restart(hass, freezer, simulator, entry):
    await set_up(hass, entry)
    await hass.config_entries.async_unload(entry.entry_id)
    freezer.tick(3600)
    simulator.site.advance(3600)

    await hass.config_entries.async_setup(entry.entry_id)
    await settle(hass)

    truth = simulator.site.production.power_w
    assert figure(hass, simulator, POWER) == pytest.approx(truth, abs=1)


async def test_nothing_is_asked_after_unloading(hass, freezer, simulator, entry):
    await set_up(hass, entry)
    await hass.config_entries.async_unload(entry.entry_id)
    asked = len(simulator.ledger)

    await pass_time(hass, freezer, simulator, 3600)

    assert entry.state is ConfigEntryState.NOT_LOADED
    assert len(simulator.ledger) == asked


async def test_reload_works(hass, simulator, entry):
    await set_up(hass, entry)

    await hass.config_entries.async_reload(entry.entry_id)
    await settle(hass)

    assert figure(hass, simulator, POWER) > 0


async def test_options_set_the_pace(hass, freezer, simulator, entry):
    entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(entry, options={"data_interval": 300})
    await set_up(hass, entry)
    asked = len(simulator.ledger)

    await pass_time(hass, freezer, simulator, 200)

    assert len(simulator.ledger) == asked


async def test_memory_is_saved_when_the_entry_is_unloaded(hass, simulator, entry, hass_storage):
    await set_up(hass, entry)

    await hass.config_entries.async_unload(entry.entry_id)

    assert "counters" in hass_storage[stored(entry)]["data"]


async def test_memory_is_saved_ten_minutes_after_a_change(
    hass, freezer, simulator, entry, hass_storage
):
    await set_up(hass, entry)
    hass_storage.pop(stored(entry), None)

    for _ in range(11):
        await pass_time(hass, freezer, simulator, 60)

    assert stored(entry) in hass_storage


async def test_memory_is_saved_when_home_assistant_stops(
    hass, freezer, simulator, entry, hass_storage
):
    await set_up(hass, entry)
    hass_storage.pop(stored(entry), None)
    await pass_time(hass, freezer, simulator, 60)

    await hass.async_stop(force=True)

    assert "counters" in hass_storage[stored(entry)]["data"]


async def test_token_is_kept_in_the_entry_alone(hass, simulator, entry, hass_storage):
    await set_up(hass, entry)

    await hass.config_entries.async_unload(entry.entry_id)

    assert entry.data["token"] not in str(hass_storage[stored(entry)])


@pytest.mark.dirty_log
@pytest.mark.parametrize("content", CORRUPT, ids=str)
async def test_damaged_memory_is_no_obstacle(hass, simulator, entry, hass_storage, content):
    hass_storage[stored(entry)] = content

    await set_up(hass, entry)

    assert figure(hass, simulator, POWER) > 0


async def test_removed_entry_leaves_no_file(hass, simulator, entry, hass_storage):
    hass_storage[f"envoy.{entry.entry_id}"] = {"version": 1, "data": {"token": ""}}
    await set_up(hass, entry)

    await hass.config_entries.async_remove(entry.entry_id)
    await settle(hass)

    assert [key for key in hass_storage if entry.entry_id in key] == []


@pytest.mark.parametrize("minor", [2, 7])
async def test_any_minor_version_of_an_entry_is_accepted(hass, simulator, entry, minor):
    entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(entry, minor_version=minor)

    await set_up(hass, entry)

    assert (entry.state, entry.minor_version) == (ConfigEntryState.LOADED, minor)


@pytest.mark.dirty_log
async def test_entry_of_a_later_major_version_is_refused(hass):
    entry = MockConfigEntry(domain=DOMAIN, version=2)

    await set_up(hass, entry)

    assert entry.state is ConfigEntryState.MIGRATION_ERROR


@pytest.mark.parametrize(
    ("simulator", "missing"),
    [
        ("pc_d7_one_phase", ("serial", "use_enlighten", "use_manual_token")),  # the built-in one's
        ("pc_d7_one_phase", ("username", "password", "serial", "use_enlighten")),
        ("pc_d5_metered", ("name", "use_enlighten", "use_manual_token")),  # the seed's
        ("pc_d5_metered", ("serial", "use_enlighten", "password", "username")),
    ],
    indirect=["simulator"],
)
async def test_entries_of_others_work(hass, simulator, missing):
    entry = entry_for(simulator)
    entry.add_to_hass(hass)
    data = {key: value for key, value in entry.data.items() if key not in missing}
    hass.config_entries.async_update_entry(entry, data=data)

    await set_up(hass, entry)

    assert figure(hass, simulator, POWER) > 0
