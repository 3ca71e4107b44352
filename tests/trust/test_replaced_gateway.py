"""A gateway is replaced in the middle of a day, as a real recorder counts it.

Two gateways measure one site: the old one until it is taken off, the new one from then on, with
registers of its own. What the Energy dashboard has counted must be what each has counted in its
time, to the watt-hour, and nothing of the step between them.
"""

from __future__ import annotations

import logging
import time
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from homeassistant.components.energy.data import async_get_manager
from homeassistant.components.energy.validate import async_validate
from homeassistant.components.recorder.statistics import (
    statistics_during_period,
    validate_statistics,
)
from homeassistant.config_entries import ConfigEntryState
from homeassistant.helpers.recorder import get_instance
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import async_fire_time_changed
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
)

from tests.integration.flows import ACCOUNT, Cloud
from tests.integration.house import entry_for, pass_time, set_up, settle
from tests.integration.successors import SITE, answer, replaced, successor_of
from tests.simulator import Simulator, firmware
from tests.simulator.scenarios import SCENARIOS

from .mishaps import STORAGE, metered_consumption, metered_production, reported_production

BEGIN = datetime(2026, 6, 17, 15, 59, 30, tzinfo=UTC)
"""Half a minute before the five minutes of the statistics, so that each row ends with a poll."""
STEP_S = 300
ROUNDING_WH = 1.5
"""Sensors show whole watt-hours, at the beginning and at the end of what is compared."""

METERS = {
    "lifetime_energy_production": metered_production,
    "todays_energy_production": metered_production,
    "lifetime_energy_consumption": metered_consumption,
    "todays_energy_consumption": metered_consumption,
}
INVERTERS = {
    "lifetime_energy_production": reported_production,
    "todays_energy_production": reported_production,
}

_XML = SCENARIOS["p0_d37_xml"]
METERED_SUCCESSOR = replace(
    successor_of(
        _XML, metered=True, meters=("production", "net-consumption"), part_number="800-00654-r08"
    ),
    firmware=firmware.D7,
    model="PC",
    way_in="token",
)

SITES = {
    "clamps, one on the storage": (SITE, {**METERS, **STORAGE}),
    "batteries that we add up": (SCENARIOS["pc_d8_three_phase_battery"], METERS),
    "the inverters' own counters": (SCENARIOS["p_d83_standard"], INVERTERS),
    "a page that adds up inverters": (SCENARIOS["p_d7_standard"], INVERTERS),
    "import that we count, as the clamp is on the house": (
        SCENARIOS["pc_d7_total_ct"],
        {
            "lifetime_energy_production": metered_production,
            "lifetime_grid_import_summed": lambda site: site.whole_grid.delivered.wh,
        },
    ),
}

pytestmark = pytest.mark.respx(assert_all_called=False)


class House:
    """A site with two gateways, and what the recorder has made of it."""

    def __init__(self, hass, freezer, old, new):
        self.hass = hass
        self.freezer = freezer
        self.old = old
        self.new = new
        self.entry = entry_for(old)

    def name(self, tail):
        return f"sensor.envoy_{self.old.serial}_{tail}"

    async def live(self, minutes):
        """Let both gateways count for so long; whoever is read by the entry is polled."""
        for _ in range(minutes * 60 // STEP_S):
            self.new.site.advance(STEP_S)
            await pass_time(self.hass, self.freezer, self.old, STEP_S)

    def shine(self, share):
        """Let the sun shine so much, or as it does; without sun, all reports come up to date."""
        for gateway in (self.old, self.new):
            gateway.site.sunshine_override = share

    async def rows(self, names):
        """Return the statistics of every five minutes: state and sum, in watt-hours."""
        self.freezer.tick(60)  # into the next five minutes
        async_fire_time_changed(self.hass)
        await settle(self.hass)
        await async_wait_recording_done(self.hass)
        return await get_instance(self.hass).async_add_executor_job(
            statistics_during_period,
            self.hass,
            BEGIN - timedelta(hours=1),
            None,
            set(names),
            "5minute",
            {"energy": "Wh"},
            {"state", "sum"},
        )


@pytest.fixture
def clock(freezer, caplog):
    """Return the clock, set before the recorder begins to wait for the next five minutes."""
    freezer.move_to(BEGIN)
    for name in ("", "sqlalchemy.engine"):  # tens of thousands of lines
        caplog.set_level(logging.WARNING, name)
    return freezer


@pytest.fixture
async def house(request, clock, recorder_mock, hass, respx_mock):
    respx_mock.route(host="127.0.0.1").pass_through()
    old, new = request.param
    start = time.time()
    async with (
        Simulator(old, start=start) as before,
        Simulator(new, start=start) as after,
    ):
        Cloud(respx_mock, after)
        await async_setup_component(hass, "sensor", {})
        # As in any house. A gateway of before firmware 3.9 does not tell where it is.
        await hass.config.async_set_time_zone(old.plan.time_zone)
        site = House(hass, clock, before, after)
        await set_up(hass, site.entry)
        yield site
        if site.entry.state is ConfigEntryState.LOADED:
            await hass.config_entries.async_unload(site.entry.entry_id)


async def energy_dashboard(house):
    """Let the house have an Energy dashboard; return its manager."""
    await async_setup_component(house.hass, "energy", {})
    manager = await async_get_manager(house.hass)
    preferences: Any = {  # whose declared shape differs from version to version
        "energy_sources": [
            {"type": "solar", "stat_energy_from": house.name("lifetime_energy_production")}
        ],
        "device_consumption": [
            {"stat_consumption": house.name("lifetime_energy_consumption")},
        ],
    }
    manager.data = preferences
    return manager


def counted(house, registers):
    """Return what each gateway has counted so far."""
    return {
        tail: (register(house.old.site), register(house.new.site))
        for tail, register in registers.items()
    }


@pytest.mark.parametrize(
    ("house", "registers"),
    [
        pytest.param((old, successor_of(old)), *more, id=name)
        for name, (old, *more) in SITES.items()
    ],
    indirect=["house"],
)
async def test_statistics_go_on_to_the_watt_hour(house, registers):
    house.shine(0)
    await house.live(20)
    begun = counted(house, registers)
    house.shine(None)
    await house.live(20)
    shown = {tail: house.hass.states.get(house.name(tail)).state for tail in registers}
    then = counted(house, registers)

    done = await replaced(house.hass, house.entry, house.new)
    await house.old.switch_off()
    resumed = {tail: house.hass.states.get(house.name(tail)).state for tail in registers}
    await house.live(40)
    house.shine(0)
    await house.live(20)

    assert done["reason"] == "replaced"
    assert resumed == shown
    ended = counted(house, registers)
    rows = await house.rows(map(house.name, registers))
    for tail in registers:
        series = rows[house.name(tail)]
        grown = series[-1]["sum"] - series[-17]["sum"]
        true = then[tail][0] - begun[tail][0] + ended[tail][1] - then[tail][1]
        assert grown == pytest.approx(true, abs=ROUNDING_WH), tail
        assert all(before["sum"] <= after["sum"] for before, after in pairwise(series)), tail


@pytest.mark.parametrize("house", [(_XML, METERED_SUCCESSOR)], indirect=True)
async def test_gateway_of_three_digits_hands_its_day_to_a_metered_one(house):
    name = house.name("todays_energy_production")
    await house.live(10)
    shown = float(house.hass.states.get(name).state)
    begun = metered_production(house.new.site)

    await replaced(house.hass, house.entry, house.new, account=ACCOUNT)
    await house.live(30)

    series = (await house.rows([name]))[name]
    made = metered_production(house.new.site) - begun
    assert shown > 0
    assert series[-1]["state"] == pytest.approx(1000 * shown + made, abs=ROUNDING_WH)
    assert all(before["sum"] <= after["sum"] for before, after in pairwise(series))
    assert series[-1]["sum"] - series[2]["sum"] == pytest.approx(made, abs=ROUNDING_WH)


@pytest.mark.parametrize("house", [(SITE, successor_of(SITE))], indirect=True)
async def test_energy_dashboard_is_as_it_was_and_undo_lets_nothing_fall(house):
    manager = await energy_dashboard(house)
    preferences = deepcopy(manager.data)
    await house.live(10)
    names = [house.name(tail) for tail in METERS]
    begun = counted(house, METERS)

    await replaced(house.hass, house.entry, house.new)
    await house.live(10)
    verdict = (await async_validate(house.hass)).as_dict()
    complaints = await get_instance(house.hass).async_add_executor_job(
        validate_statistics, house.hass
    )
    await answer(house.hass, "undo")
    await house.live(20)

    assert manager.data == preferences
    assert (verdict["energy_sources"], verdict["device_consumption"]) == ([[]], [[]])
    complained = {it.type for issues in complaints.values() for it in issues}
    assert complained <= {"entity_not_recorded"}  # what this recorder leaves out
    ended = counted(house, METERS)
    for name, rows in (await house.rows(names)).items():
        tail = name.removeprefix(house.name(""))
        assert all(before["sum"] <= after["sum"] for before, after in pairwise(rows)), tail
        # The old gateway has counted all the time, and is what is shown in the end.
        true = ended[tail][0] - begun[tail][0]
        assert rows[-1]["sum"] - rows[2]["sum"] == pytest.approx(true, abs=ROUNDING_WH), tail
