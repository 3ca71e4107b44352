"""Hours of an unbalanced house as a real recorder counts them, with an outage and a restart.

Live values are on for a part of them.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
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

from .chronicle import LEAD_S

MINUTE_S = 60
HOUR_S = 3600
BEGIN = datetime.fromisoformat("2026-06-17T11:50:00+02:00").timestamp() - LEAD_S
OUTAGE_H, RESTART_H = 1.3, 2.4
"""Hours after the beginning."""
OUTAGE_S = 900
LIVE_H = (1.0, 2.6)
"""Hours between which live values are on; the outage and the restart are among them."""
ROUNDING_WH = 3

TRUTH: Final[Mapping[str, tuple[Callable[[Site], float], float]]] = {
    "lifetime_house_energy": (lambda site: site.load.lifetime_wh, 0.01),
    "lifetime_net_energy_consumption": (lambda site: site.imported_wh, 0.01),
    "lifetime_net_energy_production": (lambda site: site.exported_wh, 0.01),
    "lifetime_grid_import_summed": (lambda site: site.whole_grid.delivered.wh, 0.02),
    "lifetime_grid_export_summed": (lambda site: site.whole_grid.received.wh, 0.02),
}
"""What really flowed, and by which share of it an hour may be off."""


@pytest.fixture
def recorder_config():
    """Record what is held against the truth, and write it when it is counted."""
    return {"commit_interval": 600, "include": {"entity_globs": [f"sensor.*_{it}" for it in TRUTH]}}


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


async def spend(hass, clock, simulator, hours, pace_s) -> dict[str, list[float]]:
    """Spend so many hours, with an outage and a restart; return the truth at full hours."""
    entry = entry_for(simulator)
    entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(entry, options={"live_pace": pace_s})
    switch = {"entity_id": f"switch.envoy_{simulator.serial}_live_values"}
    await set_up(hass, entry)
    truth: dict[str, list[float]] = {name: [] for name in TRUTH}
    step_s = MINUTE_S
    for minute in range(1, int(hours * 60) + 17):
        for _ in range(MINUTE_S // step_s):
            await pass_time(hass, clock, simulator, step_s)
        lived_s = minute * MINUTE_S
        if lived_s == OUTAGE_H * HOUR_S:
            simulator.faults["*"] = faults.Refuse()
        if lived_s == OUTAGE_H * HOUR_S + OUTAGE_S:
            simulator.faults.clear()
        if lived_s == RESTART_H * HOUR_S:
            await hass.config_entries.async_unload(entry.entry_id)
            await set_up(hass, entry)
        if lived_s == LIVE_H[0] * HOUR_S:
            await hass.services.async_call("switch", "turn_on", switch, blocking=True)
            await settle(hass)
            step_s = pace_s
        if lived_s == LIVE_H[1] * HOUR_S:
            assert hass.states.is_state(switch["entity_id"], "on")
            await hass.services.async_call("switch", "turn_off", switch, blocking=True)
            step_s = MINUTE_S
        if (simulator.site.now + LEAD_S) % HOUR_S == 0:
            for name, (counted, _) in TRUTH.items():
                truth[name].append(counted(simulator.site))
    await settle(hass)
    await async_wait_recording_done(hass)
    await hass.config_entries.async_unload(entry.entry_id)
    return truth


async def hold_against_the_truth(hass, clock, simulator, hours, pace_s=30):
    """Compare each hour of the dashboard with what really flowed."""
    truth = await spend(hass, clock, simulator, hours, pace_s)

    begin = f"sensor.envoy_{simulator.serial}_"
    rows = await get_instance(hass).async_add_executor_job(
        statistics_during_period,
        hass,
        datetime.fromtimestamp(BEGIN + LEAD_S + 600, UTC),
        None,
        {begin + name for name in TRUTH},
        "hour",
        {"energy": "Wh"},
        {"change"},
    )
    for name, (_, share) in TRUTH.items():
        flowed = [after - before for before, after in pairwise(truth[name])]
        shown = [row["change"] or 0.0 for row in rows[begin + name]][: len(flowed)]
        assert len(shown) == len(flowed) >= 3
        for one, true in zip(shown, flowed, strict=True):
            assert one == pytest.approx(true, rel=share, abs=ROUNDING_WH), (name, shown, flowed)


# That nothing is logged, of a counter that does not increase least of all, is held by clean_log.


@pytest.mark.dirty_log
async def test_hours_are_true_with_an_outage_and_a_restart_in_them(simulator, hass, clock):
    await hold_against_the_truth(hass, clock, simulator, 3)


@pytest.mark.deep
@pytest.mark.dirty_log
async def test_day_is_true_with_an_outage_and_a_restart_in_it(simulator, hass, clock):
    await hold_against_the_truth(hass, clock, simulator, 24)
