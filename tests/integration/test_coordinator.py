"""The poll seen from inside Home Assistant: errors in its terms, and no work for nothing."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from homeassistant.const import STATE_UNKNOWN
from homeassistant.exceptions import (
    ConfigEntryAuthFailed,
    HomeAssistantError,
    ServiceValidationError,
)
from homeassistant.helpers.update_coordinator import UpdateFailed
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockEntityPlatform

from custom_components.enphase_envoy.const import DOMAIN
from custom_components.enphase_envoy.coordinator import as_home_assistant_error, until_next
from custom_components.enphase_envoy.envoy_reader import (
    EnlightenUnavailableError,
    EnvoyAuthenticationError,
    EnvoyCommandError,
    EnvoyError,
    EnvoyIdentityError,
    Problem,
)
from custom_components.enphase_envoy.rows.flows import PRODUCTION
from custom_components.enphase_envoy.rows.inverters import LISTED
from custom_components.enphase_envoy.sensor import EnvoySensor
from tests.simulator.faults import Refuse, Transform

from .house import figure, pass_time, set_up, settle, state, word

POWER = "current_power_production"


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (EnvoyAuthenticationError("refused"), ConfigEntryAuthFailed),
        (EnlightenUnavailableError("down"), UpdateFailed),
        (EnvoyIdentityError("another"), UpdateFailed),
        (EnvoyCommandError("ignored"), HomeAssistantError),
        (EnvoyCommandError("none", Problem.COMMAND_GONE), ServiceValidationError),
    ],
)
def test_class_of_an_error_decides_what_home_assistant_does(error, kind):
    assert type(as_home_assistant_error(error)) is kind


@pytest.mark.parametrize(
    "problem", [problem for problem in Problem if problem.startswith("command_")]
)
async def test_each_problem_of_a_command_is_told_in_words(hass, problem):
    await async_setup_component(hass, DOMAIN, {})
    words = {"name": "Storage Mode", "held": "Savings", "seconds": "90", "status": "400"}

    said = str(as_home_assistant_error(EnvoyCommandError("the very cause", problem), **words))

    assert said.startswith("Storage Mode")
    assert "{" not in said


@pytest.mark.parametrize(
    "problem", [problem for problem in Problem if not problem.startswith("command_")]
)
async def test_each_problem_is_told_in_words_and_with_its_cause(hass, problem):
    await async_setup_component(hass, DOMAIN, {})

    said = str(as_home_assistant_error(EnvoyError("the very cause", problem)))

    assert said.endswith("(the very cause)")


@pytest.mark.parametrize(
    ("clock", "interval_s", "takes_s", "next_s"),
    [
        ("12:30:00", 60, 0, 60),
        ("12:58:56", 60, 0, 60),
        ("12:58:57", 60, 0, 59),
        ("12:58:57", 60, 9, 50),
        ("12:59:51", 60, 0, 5),
        ("12:59:52", 60, 0, 60),
        ("12:59:59", 60, 0, 60),
        ("12:59:20", 10, 0, 10),
        ("13:00:00", 3600, 6, 3590),
        ("12:59:56", 3600, 2, 3598),
    ],
)
def test_last_collection_of_an_hour_is_close_to_its_end(clock, interval_s, takes_s, next_s):
    at = datetime.fromisoformat(f"2026-06-17T{clock}+00:00").timestamp()
    assert until_next(timedelta(seconds=interval_s), at, takes_s).total_seconds() == next_s


async def test_hour_ends_with_what_has_flowed_in_it(hass, freezer, simulator, entry):
    freezer.tick(3545)
    simulator.site.advance(3545)
    await set_up(hass, entry)

    await pass_time(hass, freezer, simulator, 52)

    truth = simulator.site.production.lifetime_wh
    assert figure(hass, simulator, "lifetime_energy_production") == pytest.approx(truth, abs=1)


async def test_slow_collection_at_the_end_of_an_hour_begins_earlier(
    hass, freezer, simulator, entry
):
    def slow(page):
        freezer.tick(9)
        return page

    freezer.tick(3520)
    simulator.faults["/ivp/meters/readings"] = [Transform(slow)]

    await set_up(hass, entry)

    # 71 seconds of the hour are left, and four of them are spare.
    assert entry.runtime_data.coordinator.update_interval == timedelta(seconds=58)


@pytest.mark.dirty_log
async def test_fault_after_the_last_collection_of_an_hour_is_not_repeated_quickly(
    hass, freezer, simulator, entry, monkeypatch
):
    freezer.tick(3580)
    await set_up(hass, entry)
    coordinator = entry.runtime_data.coordinator
    assert coordinator.update_interval < timedelta(seconds=20)

    monkeypatch.setattr(coordinator.reader, "read", lambda _demand: 1 / 0)
    await pass_time(hass, freezer, simulator, 17)

    assert not coordinator.last_update_success
    assert coordinator.update_interval == timedelta(seconds=60)


@pytest.mark.dirty_log
async def test_gateway_is_looked_for_as_often_while_another_one_answers(
    hass, freezer, simulator, entry
):
    await set_up(hass, entry)
    simulator.faults["*"] = Refuse()
    await pass_time(hass, freezer, simulator, 61)
    simulator.faults.clear()
    simulator.site.serial = "122900000001"

    await pass_time(hass, freezer, simulator, 11)

    coordinator = entry.runtime_data.coordinator
    assert (coordinator.last_update_success, coordinator.update_interval) == (
        False,
        timedelta(seconds=10),
    )


async def test_poll_without_news_writes_no_state(hass, freezer, simulator, entry):
    await set_up(hass, entry)
    await pass_time(hass, freezer, simulator, 60)
    before = {state.entity_id: state.last_reported for state in hass.states.async_all()}

    freezer.tick(60)  # the house stands still
    await entry.runtime_data.coordinator.async_refresh()
    await hass.async_block_till_done()

    assert {state.entity_id: state.last_reported for state in hass.states.async_all()} == before


async def test_poll_writes_no_state_of_an_inverter_without_news(hass, freezer, simulator, entry):
    await set_up(hass, entry)
    await pass_time(hass, freezer, simulator, 60)
    inverter = f"inverter_{next(iter(simulator.site.inverters))}"
    power = state(hass, simulator, POWER).last_reported
    before = state(hass, simulator, inverter).last_reported

    await pass_time(hass, freezer, simulator, 60)

    assert state(hass, simulator, POWER).last_reported > power
    assert state(hass, simulator, inverter).last_reported == before


@pytest.mark.dirty_log
async def test_figure_that_cannot_be_shown_does_not_touch_the_others(
    hass, freezer, simulator, entry, caplog
):
    await set_up(hass, entry)
    divisor = 1

    def value(inverter):
        return inverter.power_w / divisor

    inverter = next(iter(simulator.site.inverters))
    broken = replace(LISTED[0], key="broken", unique_id="{serial}_broken", value_fn=value)
    sound = replace(PRODUCTION[0], key="sound", object_id="sound")
    platform = MockEntityPlatform(hass, domain="sensor", platform_name=DOMAIN)
    platform.config_entry = entry
    await platform.async_add_entities(
        [
            EnvoySensor(entry.runtime_data.coordinator, broken, inverter),
            EnvoySensor(entry.runtime_data.coordinator, sound, simulator.serial),
        ]
    )
    divisor = 0

    await pass_time(hass, freezer, simulator, 60)

    truth = simulator.site.production.power_w
    assert float(hass.states.get("sensor.sound").state) == pytest.approx(truth, abs=1)
    assert "cannot be shown" in caplog.text
    await platform.async_reset()


@pytest.mark.parametrize("simulator", ["pc_d7_no_cts"], indirect=True)
async def test_figure_that_is_not_known_yet_is_unknown(hass, simulator, entry):
    await set_up(hass, entry)

    assert word(hass, simulator, "todays_energy_production") == STATE_UNKNOWN


@pytest.mark.parametrize("simulator", ["pc_d8_300_inverters"], indirect=True)
async def test_hundreds_of_entities_are_told_in_turns(hass, simulator, entry, freezer):
    await set_up(hass, entry)
    turns: list[str] = []
    hass.loop.call_soon(turns.append, "somebody else")
    coordinator = entry.runtime_data.coordinator
    told = []
    for number in range(200):
        coordinator.async_add_listener(lambda number=number: told.append((number, len(turns))))

    coordinator.async_update_listeners()
    await settle(hass)

    assert [number for number, _ in told] == list(range(200))
    assert told[-1][1] == 1  # who came later had his turn before the last of them
