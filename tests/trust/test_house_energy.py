"""Hours of an unbalanced house as a real recorder counts them, with an outage and a restart.

Live values are on for a part of them. The truth of an hour is what flowed from one full hour to the
next, whenever a poll was.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import pairwise
from typing import Final

import pytest
from homeassistant.components.recorder.statistics import statistics_during_period
from homeassistant.helpers.recorder import get_instance
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
)

from tests.integration.house import entry_for, pass_time, set_up, settle
from tests.simulator import Simulator, faults
from tests.simulator.site import Site

HOUR_S = 3600
NOON = datetime.fromisoformat("2026-06-17T12:00:00+02:00").timestamp()
BEGIN = NOON - 580
"""Collections come at any second of a minute, and not with the full hour."""
CALM_S = 20
"""Seconds between two looks at what is due while live values are off."""
ENDS_S = 3
"""Seconds before a full hour at which its last collection is under way."""
OUTAGE_S = 900
ROUNDING_WH = 2
COMMIT_S = 600

TRUTH: Final[Mapping[str, tuple[Callable[[Site], float], float]]] = {
    "lifetime_house_energy": (lambda site: site.load.lifetime_wh, 0.01),
    "lifetime_net_energy_consumption": (lambda site: site.imported_wh, 0.01),
    "lifetime_net_energy_production": (lambda site: site.exported_wh, 0.01),
    "lifetime_grid_import_summed": (lambda site: site.whole_grid.delivered.wh, 0.02),
    "lifetime_grid_export_summed": (lambda site: site.whole_grid.received.wh, 0.02),
}
"""What really flowed, and by which share of it an hour may be off."""
SUMMED_LIVE = 0.005
"""The share for the sums of all phases in an hour of live polls every two seconds."""
HEATER_TURNS: Final = (-3.31, 4.27, 28.19, 49.37, 83.71, 117.93)
"""Minutes after noon at which a heater goes on, off, on and so on: between two polls."""


@pytest.fixture
def recorder_config():
    """Record what is held against the truth, and write it when it is counted."""
    return {
        "commit_interval": COMMIT_S,
        "include": {"entity_globs": [f"sensor.*_{it}" for it in TRUTH]},
    }


@pytest.fixture
def clock(freezer, caplog):
    """Return the clock, set before the recorder begins to wait for the next five minutes."""
    freezer.move_to(datetime.fromtimestamp(BEGIN, UTC))
    for name in ("", "sqlalchemy.engine"):  # tens of thousands of lines
        caplog.set_level(logging.WARNING, name)
    return freezer


@pytest.fixture
async def simulator(clock, recorder_mock, hass):
    async with Simulator("pc_d83_unbalanced", start=time.time()) as it:
        yield it


class Hours:
    """The hours that are lived through, and the truth at the begin of each."""

    def __init__(self, hass, clock, simulator, pace_s, interval_s=60):
        self.hass, self.clock, self.simulator = hass, clock, simulator
        self.entry = entry_for(simulator)
        self.entry.add_to_hass(hass)
        options = {"live_pace": pace_s, "data_interval": interval_s}
        hass.config_entries.async_update_entry(self.entry, options=options)
        self.pace_s = pace_s
        self.is_live = False
        self.all_live: list[bool] = [False]
        """Whether live values were on all the time, for each hour."""
        self.truth: dict[str, list[float]] = {name: [] for name in TRUTH}

    async def until(self, hours, step_s=None):
        """Let time pass until so many hours after noon."""
        end, site = round(NOON + hours * HOUR_S, 3), self.simulator.site
        step_s = step_s or (min(self.pace_s, CALM_S) if self.is_live else CALM_S)
        while (now := round(site.now, 3)) < end:
            hour = (now // HOUR_S + 1) * HOUR_S
            stops = (now + step_s, end, hour - ENDS_S, hour)  # at its end a collection is due
            stop = min(stop for stop in stops if stop > now)
            self.all_live[-1] &= self.is_live
            await pass_time(self.hass, self.clock, self.simulator, stop - now)
            if stop == hour:
                self.all_live.append(True)
                for name, (counted, _) in TRUTH.items():
                    self.truth[name].append(counted(site))

    async def turn_live(self, service):
        """Switch live values on or off."""
        data = {"entity_id": f"switch.envoy_{self.simulator.serial}_live_values"}
        await self.hass.services.async_call("switch", service, data, blocking=True)
        await settle(self.hass)
        self.is_live = service == "turn_on"

    async def restart(self):
        """Load the entry anew; live values are on as before."""
        await self.hass.config_entries.async_unload(self.entry.entry_id)
        await set_up(self.hass, self.entry)
        switch = f"switch.envoy_{self.simulator.serial}_live_values"
        assert self.hass.states.is_state(switch, "on" if self.is_live else "off")

    async def shown(self) -> Mapping[str, list[float]]:
        """End, and return what the dashboard shows of each whole hour."""
        await self.hass.config_entries.async_unload(self.entry.entry_id)
        await pass_time(self.hass, self.clock, self.simulator, COMMIT_S)
        await async_wait_recording_done(self.hass)
        begin = f"sensor.envoy_{self.simulator.serial}_"
        rows = await get_instance(self.hass).async_add_executor_job(
            statistics_during_period,
            self.hass,
            datetime.fromtimestamp(NOON, UTC),
            None,
            {begin + name for name in TRUTH},
            "hour",
            {"energy": "Wh"},
            {"change"},
        )
        return {name: [row["change"] or 0.0 for row in rows[begin + name]] for name in TRUTH}

    async def compared(self) -> Iterator[tuple[str, bool, float, float]]:
        """Return for each figure and hour: its name, whether it was all live, shown and true."""
        shown = await self.shown()
        return (
            (name, live, one, after - before)
            for name, truth in self.truth.items()
            for live, one, (before, after) in zip(
                self.all_live[1:-1], shown[name], pairwise(truth), strict=True
            )
        )


async def hold_against_the_truth(hours: Hours, count: int) -> None:
    """Compare each hour of the dashboard with what really flowed."""
    compared = list(await hours.compared())
    assert len(compared) == count * len(TRUTH)
    for name, live, shown, true in compared:
        share = TRUTH[name][1]
        if live and hours.pace_s == 2 and name.endswith("_summed"):
            share = SUMMED_LIVE
        assert shown == pytest.approx(true, rel=share, abs=ROUNDING_WH), (name, compared)


async def with_troubles(hours: Hours) -> None:
    """Live through two hours: live on, off and on, the gateway away, a restart."""
    await set_up(hours.hass, hours.entry)
    await hours.until(-0.1)
    await hours.turn_live("turn_on")
    await hours.until(0.3)
    await hours.turn_live("turn_off")
    await hours.until(0.8)
    await hours.turn_live("turn_on")
    await hours.until(1.15)
    hours.simulator.faults["*"] = faults.Refuse()
    await hours.until(1.15 + OUTAGE_S / HOUR_S)
    hours.simulator.faults.clear()
    await hours.until(1.6)
    await hours.restart()
    await hours.until(2.01)


# That nothing is logged, of a counter that does not increase least of all, is held by clean_log.


@pytest.mark.dirty_log
async def test_hours_are_true_with_an_outage_and_a_restart_in_them(simulator, hass, clock):
    hours = Hours(hass, clock, simulator, 30)
    await with_troubles(hours)
    await hold_against_the_truth(hours, 2)


async def test_sums_of_all_phases_are_true_to_half_a_percent_while_live(simulator, hass, clock):
    """A heater turns what the whole house gives into what it takes, and back.

    While the direction stays, polls farther apart count the same. So polls come every two seconds
    where it turns and at the full hours, and more seldom between.
    """
    hours = Hours(hass, clock, simulator, 2, interval_s=600)
    for battery in simulator.site.batteries.values():
        battery.power_override_w = 0.0
    await set_up(hass, hours.entry)
    await hours.turn_live("turn_on")
    for minute in sorted((*HEATER_TURNS, 0, 60, 120)):
        await hours.until((minute - 0.15) / 60, step_s=60)
        await hours.until(minute / 60)
        if minute in HEATER_TURNS:
            on = HEATER_TURNS.index(minute) % 2 == 0
            simulator.site.load_override_w = 6500.0 if on else 600.0
            simulator.site.advance(0)
        await hours.until((minute + 0.1) / 60)
    await hours.until(2.01, step_s=60)
    await hold_against_the_truth(hours, 2)


@pytest.mark.deep
@pytest.mark.dirty_log
@pytest.mark.timeout(3000)
@pytest.mark.parametrize("pace_s", [2, 30])
async def test_day_is_true_with_an_outage_and_a_restart_in_it(simulator, hass, clock, pace_s):
    hours = Hours(hass, clock, simulator, pace_s)
    await with_troubles(hours)
    await hours.turn_live("turn_off")
    await hours.until(5.5)
    await hours.turn_live("turn_on")
    await hours.until(24.01)
    await hold_against_the_truth(hours, 24)
