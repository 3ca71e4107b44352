"""The night, the outage, and the hours in which Home Assistant is not there itself."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from homeassistant.const import STATE_UNAVAILABLE

from tests.integration.house import figure, pass_time, set_up, word
from tests.simulator.faults import Zeros

from .mishaps import METER_PAGE, READINGS, V1

HOUR_S = 3600
COUNTERS = ("lifetime_energy_production", "todays_energy_production")


def evening(day, zone):
    """Return nine o'clock in the evening of a day, in epoch seconds."""
    return datetime.fromisoformat(f"{day}T21:00").replace(tzinfo=ZoneInfo(zone)).timestamp()


async def nightly_restart(hass, freezer, simulator):
    """Take the gateway away for two minutes, then let it answer zeros for three."""
    shown = []
    await simulator.switch_off()
    for _ in range(12):
        await pass_time(hass, freezer, simulator, 10)
        shown.append({tail: word(hass, simulator, tail) for tail in COUNTERS})
    await simulator.switch_on()
    for page in (READINGS, METER_PAGE, V1):
        simulator.faults[page] = Zeros()
    for _ in range(3):
        await pass_time(hass, freezer, simulator, 60)
        shown.append({tail: word(hass, simulator, tail) for tail in COUNTERS})
    simulator.faults.clear()
    return shown


async def test_nightly_restart_leaves_counters_there(hass, freezer, simulator, entry):
    await set_up(hass, entry)
    before = word(hass, simulator, COUNTERS[0])

    shown = await nightly_restart(hass, freezer, simulator)

    assert all(STATE_UNAVAILABLE not in states.values() for states in shown)
    assert {states[COUNTERS[0]] for states in shown} == {before}


async def test_energy_of_the_day_is_exact_after_the_nightly_restart(
    hass, freezer, simulator, entry
):
    await set_up(hass, entry)
    await pass_time(hass, freezer, simulator, 60)
    await nightly_restart(hass, freezer, simulator)

    await pass_time(hass, freezer, simulator, 60)

    truth = simulator.site.production
    assert figure(hass, simulator, COUNTERS[0]) == pytest.approx(truth.lifetime_wh, abs=1)
    assert figure(hass, simulator, COUNTERS[1]) == pytest.approx(truth.today_wh, abs=2)


async def test_first_good_value_comes_within_15_seconds(hass, freezer, simulator, entry):
    await set_up(hass, entry)
    await simulator.switch_off()
    for _ in range(12):
        await pass_time(hass, freezer, simulator, 10)
    await simulator.switch_on()

    await pass_time(hass, freezer, simulator, 11)

    truth = simulator.site.production.power_w
    assert figure(hass, simulator, "current_power_production") == pytest.approx(truth, abs=1)


@pytest.mark.parametrize("day", ["2026-03-28", "2026-10-24", "2026-06-17"])
async def test_midnight_while_away_costs_at_most_an_estimate(visit, day):
    start = evening(day, "Europe/Amsterdam")
    site = await visit("pc_d7_one_phase", zone=ZoneInfo("America/New_York"), start=start)
    await site.reader.read()
    await site.after(60)
    site.simulator.site.advance(9 * HOUR_S)
    site.restart()

    snapshot = await site.after(60)

    truth = site.simulator.site.production
    assert snapshot.production.total.lifetime_wh == pytest.approx(truth.lifetime_wh, abs=0.01)
    assert snapshot.production.total.today_wh == pytest.approx(truth.today_wh, abs=2)
