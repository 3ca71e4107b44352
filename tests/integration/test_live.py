"""Live values in Home Assistant: the switch, the second loop, and what is written of it."""

from datetime import datetime, timedelta

import pytest
from homeassistant.const import STATE_OFF, STATE_ON, STATE_UNAVAILABLE
from homeassistant.helpers import restore_state
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.enphase_envoy.envoy_reader import Section
from custom_components.enphase_envoy.live import hour_ends, worth_writing
from tests.simulator.faults import Reset, Transform

from .house import entry_for, figure, pass_time, set_up, settle

READINGS = "/ivp/meters/readings"
POWER = "current_power_production"


def live_switch(simulator):
    return f"switch.envoy_{simulator.serial}_live_values"


async def turn(hass, simulator, service):
    data = {"entity_id": live_switch(simulator)}
    await hass.services.async_call("switch", service, data, blocking=True)
    async_fire_time_changed(hass)
    await settle(hass)


async def open_house(hass, freezer, simulator, entry):
    """Set up, let the slow pages come, and switch live values on."""
    await set_up(hass, entry)
    await pass_time(hass, freezer, simulator, 60)
    await turn(hass, simulator, "turn_on")


def asked(simulator, since=0):
    return [it.path for it in simulator.ledger[since:]]


async def test_switch_is_off_at_first(hass, simulator, entry):
    await set_up(hass, entry)

    assert hass.states.get(live_switch(simulator)).state == STATE_OFF


async def test_powers_follow_at_the_pace_of_the_options(hass, freezer, simulator, entry):
    await open_house(hass, freezer, simulator, entry)
    begun = len(simulator.ledger)

    for _ in range(6):
        await pass_time(hass, freezer, simulator, 5)

    assert asked(simulator, begun) == [READINGS] * 6


async def test_power_that_has_moved_is_shown(hass, freezer, simulator, entry):
    await open_house(hass, freezer, simulator, entry)
    before = figure(hass, simulator, POWER)

    simulator.site.advance(1800)
    await pass_time(hass, freezer, simulator, 5)

    assert figure(hass, simulator, POWER) != before
    assert figure(hass, simulator, POWER) == pytest.approx(simulator.site.production.power_w, abs=1)


async def test_switched_off_nothing_is_asked_between_collections(hass, freezer, simulator, entry):
    await open_house(hass, freezer, simulator, entry)
    await turn(hass, simulator, "turn_off")
    begun = len(simulator.ledger)

    for _ in range(4):
        await pass_time(hass, freezer, simulator, 5)

    assert hass.states.get(live_switch(simulator)).state == STATE_OFF
    assert asked(simulator, begun) == []


async def test_collections_keep_their_rhythm(hass, freezer, simulator, entry):
    await open_house(hass, freezer, simulator, entry)
    begun = len(simulator.ledger)

    for _ in range(60):
        await pass_time(hass, freezer, simulator, 5)

    # Within five minutes several collections ask for other pages than live polls do.
    others = {it.at for it in simulator.ledger[begun:] if it.path != READINGS}
    assert len(others) >= 2


async def test_failed_poll_does_not_show(hass, freezer, simulator, entry):
    await open_house(hass, freezer, simulator, entry)
    simulator.faults[READINGS] = Reset()
    before = figure(hass, simulator, POWER)

    for _ in range(3):
        await pass_time(hass, freezer, simulator, 5)

    assert figure(hass, simulator, POWER) == before


async def test_switched_on_twice_it_polls_once(hass, freezer, simulator, entry):
    await open_house(hass, freezer, simulator, entry)
    await turn(hass, simulator, "turn_on")
    begun = len(simulator.ledger)

    for _ in range(2):
        await pass_time(hass, freezer, simulator, 5)

    assert asked(simulator, begun) == [READINGS] * 2


async def test_switched_off_during_a_poll_nothing_more_is_shown(hass, freezer, simulator, entry):
    await open_house(hass, freezer, simulator, entry)
    before = figure(hass, simulator, POWER)
    live = entry.runtime_data.coordinator.live
    tasks = []

    def switch_off(page):
        tasks.append(hass.async_create_task(live.async_stop()))
        return page

    simulator.faults[READINGS] = [Transform(switch_off)]
    simulator.site.advance(1800)
    await pass_time(hass, freezer, simulator, 5)
    begun = len(simulator.ledger)
    await pass_time(hass, freezer, simulator, 5)

    assert len(tasks) == 1
    assert figure(hass, simulator, POWER) == before
    assert asked(simulator, begun) == []


async def test_switched_off_and_on_during_a_poll_it_polls_once(hass, freezer, simulator, entry):
    await open_house(hass, freezer, simulator, entry)
    live = entry.runtime_data.coordinator.live

    async def off_and_on():
        await live.async_stop()
        live.start()

    def switch(page):
        hass.async_create_task(off_and_on())
        return page

    simulator.faults[READINGS] = [Transform(switch)]
    await pass_time(hass, freezer, simulator, 5)
    await pass_time(hass, freezer, simulator, 5)
    begun = len(simulator.ledger)

    for _ in range(2):
        await pass_time(hass, freezer, simulator, 5)

    assert asked(simulator, begun) == [READINGS] * 2


@pytest.mark.dirty_log
async def test_poll_that_goes_wrong_is_not_the_last_one(hass, freezer, simulator, entry, caplog):
    await open_house(hass, freezer, simulator, entry)
    coordinator = entry.runtime_data.coordinator
    forget = coordinator.async_add_listener(lambda: 1 / 0, Section.PRODUCTION)
    await pass_time(hass, freezer, simulator, 5)
    forget()

    simulator.site.advance(1800)
    await pass_time(hass, freezer, simulator, 5)

    assert "has gone wrong" in caplog.text
    assert figure(hass, simulator, POWER) == pytest.approx(simulator.site.production.power_w, abs=1)


async def test_entities_of_other_sections_are_left_alone(hass, freezer, simulator, entry):
    await open_house(hass, freezer, simulator, entry)
    told = []
    coordinator = entry.runtime_data.coordinator
    coordinator.async_add_listener(lambda: told.append("all"))

    await pass_time(hass, freezer, simulator, 5)

    assert told == []


async def test_switch_is_remembered_across_restarts(hass, hass_storage, freezer, simulator, entry):
    await open_house(hass, freezer, simulator, entry)
    states = restore_state.async_get(hass)
    await states.async_dump_states()
    await hass.config_entries.async_unload(entry.entry_id)
    await states.async_load()

    await set_up(hass, entry)

    assert hass.states.get(live_switch(simulator)).state == STATE_ON


async def test_switch_is_remembered_when_the_entry_is_loaded_anew(hass, freezer, simulator, entry):
    await open_house(hass, freezer, simulator, entry)

    await hass.config_entries.async_reload(entry.entry_id)
    await settle(hass)

    assert hass.states.get(live_switch(simulator)).state == STATE_ON


async def test_pace_is_an_option(hass, freezer, simulator):
    entry = entry_for(simulator)
    entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(entry, options={"live_pace": 15})
    await open_house(hass, freezer, simulator, entry)
    begun = len(simulator.ledger)

    for _ in range(9):
        await pass_time(hass, freezer, simulator, 5)

    assert asked(simulator, begun) == [READINGS] * 3


@pytest.mark.parametrize("simulator", ["p_d7_standard"], indirect=True)
async def test_gateway_without_a_live_source_has_no_switch(hass, simulator, entry):
    await set_up(hass, entry)

    assert hass.states.get(live_switch(simulator)) is None


async def test_unloading_ends_the_polls(hass, freezer, simulator, entry):
    await open_house(hass, freezer, simulator, entry)
    await hass.config_entries.async_unload(entry.entry_id)
    begun = len(simulator.ledger)

    freezer.tick(timedelta(seconds=30))
    async_fire_time_changed(hass)
    await settle(hass)

    assert asked(simulator, begun) == []
    assert hass.states.get(live_switch(simulator)).state == STATE_UNAVAILABLE


# What is written between two collections


@pytest.mark.parametrize(
    ("before", "after", "unit", "seconds", "written"),
    [
        (1000, 1004, "W", 2, False),
        (1000, 1006, "W", 2, True),
        (100, 101, "W", 2, False),
        (100, 102, "W", 2, True),
        (1, -1, "W", 2, True),
        (-1000, -1004, "W", 2, False),
        (1000, 1004, "W", 60, True),
        (230.0, 231.0, "V", 2, False),
        (230.0, 233.0, "V", 2, True),
        (0, 0.5, "W", 2, True),
    ],
)
def test_small_changes_of_a_live_figure_wait(before, after, unit, seconds, written):
    assert worth_writing(before, after, unit, seconds) is written


@pytest.mark.parametrize(
    ("clock", "ends"),
    [
        ("12:30:00", False),
        ("12:59:49", False),
        ("12:59:50", True),
        ("12:59:59.9", True),
        ("13:00:00", False),
    ],
)
def test_last_ten_seconds_are_the_end_of_an_hour(clock, ends):
    at = datetime.fromisoformat(f"2026-06-17T{clock}+00:00").timestamp()
    assert hour_ends(at) is ends
