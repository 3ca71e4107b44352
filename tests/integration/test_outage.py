"""The gateway or a page of it goes away, and comes back."""

import logging
import re

import pytest
from homeassistant.const import STATE_UNAVAILABLE

from tests.simulator import Simulator
from tests.simulator.faults import Status

from .house import figure, pass_time, set_up, settle, word

POWER = "current_power_production"
LIFETIME = "lifetime_energy_production"
INVERTERS = "/api/v1/production/inverters"
READINGS = "/ivp/meters/readings"
BATTERIES = "/ivp/ensemble/inventory"
CYCLE_S = 60


async def pass_cycles(hass, freezer, simulator, count):
    """Let so many cycles pass, with a poll in each."""
    for _ in range(count):
        await pass_time(hass, freezer, simulator, CYCLE_S)


def said(caplog, level):
    """Return our own lines of a level, the reader's and those about everyday polls left out."""
    return [
        record.getMessage()
        for record in caplog.records
        if record.levelno == level and record.name == "custom_components.enphase_envoy"
    ]


@pytest.fixture
async def running(hass, simulator, entry, caplog):
    """Set the gateway up, then forget what was logged."""
    await set_up(hass, entry)
    caplog.clear()
    return simulator


async def test_poll_brings_new_figures(hass, freezer, running):
    running.site.load_override_w = 4000.0

    await pass_time(hass, freezer, running, CYCLE_S)

    assert figure(hass, running, "current_power_consumption") == pytest.approx(4000, abs=10)


async def test_one_missed_cycle_is_not_seen(hass, freezer, running):
    before = word(hass, running, POWER)
    await running.switch_off()

    await pass_time(hass, freezer, running, CYCLE_S)

    assert word(hass, running, POWER) == before


@pytest.mark.dirty_log
async def test_power_is_unavailable_after_three_missed_cycles(hass, freezer, running):
    await running.switch_off()

    await pass_cycles(hass, freezer, running, 4)

    assert word(hass, running, POWER) == STATE_UNAVAILABLE


@pytest.mark.dirty_log
async def test_counter_is_held_through_a_short_outage(hass, freezer, running):
    before = word(hass, running, LIFETIME)
    await running.switch_off()

    await pass_cycles(hass, freezer, running, 15)

    assert word(hass, running, LIFETIME) == before


@pytest.mark.dirty_log
async def test_counter_is_unavailable_after_a_long_outage(hass, freezer, running):
    await running.switch_off()

    await pass_cycles(hass, freezer, running, 22)

    assert word(hass, running, LIFETIME) == STATE_UNAVAILABLE


@pytest.mark.dirty_log
async def test_first_good_value_comes_within_15_seconds_of_recovery(hass, freezer, running):
    await running.switch_off()
    await pass_cycles(hass, freezer, running, 4)
    await running.switch_on()

    await pass_time(hass, freezer, running, 11)

    assert figure(hass, running, POWER) == pytest.approx(running.site.production.power_w, abs=1)


async def test_normal_pace_returns_after_an_outage(hass, freezer, running, entry):
    await running.switch_off()
    await pass_time(hass, freezer, running, CYCLE_S)
    await running.switch_on()

    await pass_time(hass, freezer, running, 11)

    assert entry.runtime_data.coordinator.update_interval.total_seconds() == CYCLE_S


@pytest.mark.dirty_log
async def test_outage_is_one_line_down_and_one_line_up(hass, freezer, running, caplog):
    await running.switch_off()
    await pass_cycles(hass, freezer, running, 25)
    await running.switch_on()

    await pass_cycles(hass, freezer, running, 10)

    lines = said(caplog, logging.WARNING) + said(caplog, logging.INFO)
    assert [line.split(":")[0] for line in lines] == [
        f"Envoy {running.serial} does not answer",
        f"Envoy {running.serial} answers again",
    ]


@pytest.mark.dirty_log
async def test_outage_says_why(hass, freezer, running, caplog):
    await running.switch_off()

    await pass_cycles(hass, freezer, running, 4)

    (line,) = said(caplog, logging.WARNING)
    assert line.endswith("does not answer: The gateway cannot be reached (ConnectError)")


async def test_nightly_restart_is_no_warning(hass, freezer, running, caplog):
    await hass.config.async_set_time_zone("Asia/Dubai")  # where the test begins at 20:00
    await pass_cycles(hass, freezer, running, 1)
    freezer.tick(2 * 3600 + 50 * 60)
    running.site.advance(2 * 3600 + 50 * 60)
    await pass_cycles(hass, freezer, running, 1)
    caplog.clear()
    await running.switch_off()

    await pass_cycles(hass, freezer, running, 4)

    assert [line.split(":")[0] for line in said(caplog, logging.INFO)] == [
        f"Envoy {running.serial} does not answer"
    ]


@pytest.mark.dirty_log
@pytest.mark.parametrize("simulator", ["pc_d8_three_phase_battery"], indirect=True)
async def test_failed_page_costs_only_its_entities(hass, freezer, running):
    inverter = f"inverter_{next(iter(running.site.inverters))}"
    running.faults[INVERTERS] = Status(503)

    await pass_cycles(hass, freezer, running, 19)

    assert word(hass, running, inverter) == STATE_UNAVAILABLE
    assert figure(hass, running, POWER) == pytest.approx(running.site.production.power_w, abs=1)


@pytest.mark.dirty_log
async def test_failed_page_is_one_line_down_and_one_line_up(hass, freezer, running, caplog):
    running.faults[INVERTERS] = Status(503)
    await pass_cycles(hass, freezer, running, 25)
    del running.faults[INVERTERS]

    await pass_cycles(hass, freezer, running, 10)

    assert [line.partition(": /")[0] for line in said(caplog, logging.WARNING)] == [
        f"Envoy {running.serial}: no answer about inverters"
    ]
    assert said(caplog, logging.INFO) == [f"Envoy {running.serial}: inverters answered again"]


@pytest.mark.dirty_log
async def test_another_gateway_at_the_address_is_not_read(hass, freezer, running, entry):
    async with Simulator("pc_d7_one_phase") as other:
        hass.config_entries.async_update_entry(entry, data={**entry.data, "host": other.host})
        await hass.config_entries.async_reload(entry.entry_id)
        await settle(hass)

        assert word(hass, running, LIFETIME) == STATE_UNAVAILABLE
        assert other.ledger
        assert {request.path for request in other.ledger} <= {"/info", "/info.xml"}


@pytest.mark.dirty_log
@pytest.mark.parametrize("simulator", ["pc_d8_split_storage_ct"], indirect=True)
async def test_page_that_feeds_several_parts_is_one_outage(hass, freezer, running, caplog):
    running.faults[READINGS] = Status(503)
    await pass_cycles(hass, freezer, running, 25)
    del running.faults[READINGS]

    await pass_cycles(hass, freezer, running, 10)

    parts = "battery flow, consumption, grid flow, house, meters, production"
    assert [line.partition(": /")[0] for line in said(caplog, logging.WARNING)] == [
        f"Envoy {running.serial}: no answer about {parts}"
    ]
    assert said(caplog, logging.INFO) == [f"Envoy {running.serial}: {parts} answered again"]


@pytest.mark.dirty_log
async def test_answers_about_nothing_that_is_missed_are_no_return(hass, freezer, running, caplog):
    await running.switch_off()
    await pass_cycles(hass, freezer, running, 25)
    running.faults["*"] = Status(500)
    running.faults["/info"] = [None] * 100
    await running.switch_on()

    await pass_cycles(hass, freezer, running, 10)

    assert said(caplog, logging.INFO) == []


@pytest.mark.parametrize("simulator", ["pc_d83_three_phase_storage_ct"], indirect=True)
async def test_what_can_wait_at_a_start_is_no_outage(hass, freezer, running, entry, caplog):
    await pass_cycles(hass, freezer, running, 2)

    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    await pass_cycles(hass, freezer, running, 2)

    assert said(caplog, logging.WARNING) == []


@pytest.mark.dirty_log
async def test_refusal_of_all_pages_is_one_line_each_way(hass, freezer, running, caplog):
    running.faults["*"] = Status(401)
    for page in ("/info", "/auth/check_jwt"):
        running.faults[page] = [None] * 1000
    await pass_cycles(hass, freezer, running, 40)
    running.faults.clear()

    await pass_cycles(hass, freezer, running, 20)

    assert (len(said(caplog, logging.WARNING)), len(said(caplog, logging.INFO))) == (1, 1)


def told(caplog):
    """Return our own lines in their order, without the name of the gateway and without reasons."""
    return [
        re.sub(r"^Envoy \d+:? |: (/|The ).*", "", record.getMessage())
        for record in caplog.records
        if record.levelno >= logging.INFO and record.name == "custom_components.enphase_envoy"
    ]


WHOLE_DOWN, WHOLE_UP = "does not answer", "answers again"
INVERTERS_DOWN, INVERTERS_UP = "no answer about inverters", "inverters answered again"


@pytest.mark.dirty_log
async def test_sections_that_return_by_turns_are_one_outage(hass, freezer, running, caplog):
    await running.switch_off()
    await pass_cycles(hass, freezer, running, 25)
    running.faults.update({INVERTERS: Status(503), READINGS: Status(401)})
    await running.switch_on()
    for page in (READINGS, INVERTERS):
        await pass_cycles(hass, freezer, running, 5)
        del running.faults[page]

    await pass_cycles(hass, freezer, running, 10)

    assert told(caplog) == [WHOLE_DOWN, WHOLE_UP]


@pytest.mark.dirty_log
async def test_gateway_that_goes_again_before_all_is_back_is_one_outage(
    hass, freezer, running, caplog
):
    running.faults[INVERTERS] = Status(503)
    for _ in range(2):
        await running.switch_off()
        await pass_cycles(hass, freezer, running, 20)
        await running.switch_on()
        await pass_cycles(hass, freezer, running, 5)
    del running.faults[INVERTERS]

    await pass_cycles(hass, freezer, running, 10)

    assert told(caplog) == [WHOLE_DOWN, WHOLE_UP]


@pytest.mark.dirty_log
@pytest.mark.parametrize("simulator", ["pc_d8_three_phase_battery"], indirect=True)
async def test_section_that_goes_before_the_whole_is_told_once_each_way(
    hass, freezer, running, caplog
):
    running.faults[INVERTERS] = Status(503)
    await pass_cycles(hass, freezer, running, 25)
    await running.switch_off()
    await pass_cycles(hass, freezer, running, 20)
    running.faults[BATTERIES] = running.faults.pop(INVERTERS)
    await running.switch_on()
    await pass_cycles(hass, freezer, running, 5)
    running.faults.clear()

    await pass_cycles(hass, freezer, running, 10)

    assert told(caplog) == [INVERTERS_DOWN, WHOLE_DOWN, WHOLE_UP, INVERTERS_UP]


@pytest.mark.dirty_log
async def test_most_sections_before_the_whole_are_one_outage(hass, freezer, running, caplog):
    running.faults.update({"*": Status(503), "/info": [None] * 100})
    await pass_cycles(hass, freezer, running, 5)
    await running.switch_off()
    await pass_cycles(hass, freezer, running, 20)
    running.faults.clear()
    await running.switch_on()

    await pass_cycles(hass, freezer, running, 10)

    down, up = told(caplog)
    assert down.startswith("no answer about ")
    assert up.endswith(" answered again")


@pytest.mark.dirty_log
@pytest.mark.parametrize("simulator", ["pc_d8_three_phase_battery"], indirect=True)
async def test_section_that_stays_away_after_the_whole_is_told_once(hass, freezer, running, caplog):
    await running.switch_off()
    await pass_cycles(hass, freezer, running, 25)
    running.faults.update({INVERTERS: Status(503), BATTERIES: Status(401)})
    await running.switch_on()
    await pass_cycles(hass, freezer, running, 5)
    del running.faults[BATTERIES]
    await pass_cycles(hass, freezer, running, 20)
    del running.faults[INVERTERS]

    await pass_cycles(hass, freezer, running, 10)

    assert told(caplog) == [WHOLE_DOWN, WHOLE_UP, INVERTERS_DOWN, INVERTERS_UP]


@pytest.mark.dirty_log
async def test_section_that_goes_again_after_the_whole_is_told_again(
    hass, freezer, running, caplog
):
    await running.switch_off()
    await pass_cycles(hass, freezer, running, 25)
    running.faults[INVERTERS] = Status(503)
    await running.switch_on()
    for _ in range(2):
        await pass_cycles(hass, freezer, running, 2)
        running.faults.clear()
        await pass_cycles(hass, freezer, running, 6)
        running.faults[INVERTERS] = Status(503)
        await pass_cycles(hass, freezer, running, 14)

    assert told(caplog) == [WHOLE_DOWN, WHOLE_UP, INVERTERS_DOWN, INVERTERS_UP, INVERTERS_DOWN]
