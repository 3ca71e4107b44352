"""Days with a fault inside, as a real recorder counts them: what an Energy dashboard shows.

The quick runs live through two hours around each fault, with a restart inside it; the deep ones
through thirteen with a midnight among them, with and without the restart.
"""

import logging
import time

import pytest

from tests.simulator import Simulator

from .chronicle import Chronicle, Pace, beginning
from .mishaps import MISHAPS

QUICK = Pace(before_h=0, after_h=2, calm_s=300)
DEEP = Pace(before_h=0, after_h=13, calm_s=300)
ROUNDING_WH = 3
"""Sensors show whole watt-hours, which registers of three phases do not."""


def each(pace):
    """Return the parameters that make ``chronicle`` live through each mishap."""
    return pytest.mark.parametrize(
        "chronicle",
        [pytest.param((mishap, pace), id=mishap.name) for mishap in MISHAPS],
        indirect=True,
    )


@pytest.fixture
def clock(request, freezer, caplog):
    """Return the clock, set before the recorder begins to wait for the next five minutes."""
    mishap, pace = request.node.callspec.params["chronicle"]
    freezer.move_to(beginning(mishap, pace))
    for name in ("", "sqlalchemy.engine"):  # tens of thousands of lines
        caplog.set_level(logging.WARNING, name)
    return freezer


@pytest.fixture
async def chronicle(request, clock, recorder_mock, hass, hass_storage):
    mishap, pace = request.param
    async with Simulator(mishap.scenario, start=time.time()) as simulator:
        story = Chronicle(hass, clock, simulator, mishap, pace)
        yield story
        await hass.config_entries.async_unload(story.entry.entry_id)


async def hold_against_the_truth(chronicle):
    """Compare hours, and the last figures, with what really flowed."""
    for entity_id, bars in (await chronicle.bars()).items():
        assert len(bars) == len(chronicle.hours) - 1 >= 2
        lost = chronicle.lost_polls(entity_id)
        for bar in bars:
            assert bar.shown >= 0, entity_id
            tolerance = 0.01 * bar.true + ROUNDING_WH + lost * bar.poll
            assert bar.shown == pytest.approx(bar.true, abs=tolerance), (entity_id, bars)
        total = sum(bar.shown for bar in bars)
        tolerance = ROUNDING_WH + lost * max(bar.poll for bar in bars)
        assert total == pytest.approx(sum(bar.true for bar in bars), abs=tolerance), entity_id


# That nothing is logged, of a counter that does not increase least of all, is held by clean_log.


@each(QUICK)
async def test_hours_are_true_with_a_fault_and_a_restart_in_them(chronicle):
    await chronicle.live(restart=True)

    await hold_against_the_truth(chronicle)


@pytest.mark.deep
@pytest.mark.parametrize("restart", [False, True], ids=["running", "restarted"])
@each(DEEP)
async def test_days_are_true_with_a_fault_in_them(chronicle, restart):
    await chronicle.live(restart=restart)

    await hold_against_the_truth(chronicle)
