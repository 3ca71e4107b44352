"""Live values for a day of simulated time: freezes, bursts, slowness, failures, restarts."""

import gc
import json
import sys
from dataclasses import replace

import pytest

from tests.reader.live.timed import READINGS, Live
from tests.simulator.faults import Freeze, Refuse, Reset
from tests.simulator.latency import FAST, SLOW

STATUS = "/ivp/livedata/status"
PACE_S = 2.0
CHAPTERS = 8
NOON = 1_781_690_400.0
"""A summer's day in 2026, 12:00 in Europe."""
GROWN_BLOCKS = 4000
"""The histories of a day take 1500; an object lost in each poll were 40000."""
GROWN_KB = 5


class Day:
    """A gateway that is polled live while its clock runs, and the truth beside what is shown."""

    def __init__(self, live):
        self.live = live
        self.simulator = live.visit.simulator
        self.errors_w = []
        self.counters = []
        self.sizes = []
        live.on_show = self.look

    def look(self, snapshot):
        self.errors_w.append(abs(snapshot.net.total.power_w - self.live.grid_w))

    async def chapter(self, seconds):
        """Let time pass, and note the counters and what is kept in memory at its end."""
        await self.live.live_on(seconds)
        snapshot = self.live.visit.reader.current()
        self.counters.append(
            (
                snapshot.production.total.lifetime_wh,
                snapshot.house.lifetime_wh,
                snapshot.grid.imported.lifetime_wh,
                snapshot.grid.imported_summed_wh,
                snapshot.bank.charged_wh,
                snapshot.bank.discharged_wh,
            )
        )
        del snapshot
        # The ledgers of the simulator and of these tests grow as they should.
        self.simulator.ledger.clear()
        self.live.polls.clear()
        self.errors_w = [max(self.errors_w, default=0.0)]
        gc.collect()
        memory = len(json.dumps(self.live.visit.memory.data))
        self.sizes.append((sys.getallocatedblocks(), memory / 1000))


@pytest.fixture
async def day(visit):
    live = Live(await visit("pc_d8_three_phase_battery", wired=False))
    live.latency(FAST)
    await live.begin(PACE_S)
    await live.live_on(60)
    return Day(live)


async def story(day, hour_s):
    """Tell of hours with each trouble."""
    live, simulator = day.live, day.simulator
    await day.chapter(hour_s)
    simulator.faults[STATUS] = Freeze()
    await day.chapter(hour_s)
    simulator.faults.clear()
    simulator.faults[READINGS] = [Reset() if n % 3 else None for n in range(30)]
    await day.chapter(hour_s)
    simulator.faults.clear()
    simulator.faults["*"] = Refuse()  # as while it restarts
    await live.live_on(240)
    simulator.faults.clear()
    await day.chapter(hour_s)
    live.latency(SLOW, times=10)
    await day.chapter(hour_s)
    assert live.visit.reader.report()["live"]["reason"] == "slow"
    live.latency(FAST)
    await day.chapter(hour_s)
    assert live.visit.reader.report()["live"]["period_s"] == PACE_S
    await with_bursts(day, hour_s)
    await live.visit.reader.end_live()
    live.restart()
    await live.begin(PACE_S)
    await day.chapter(hour_s)


async def with_bursts(day, hour_s):
    """Let the gateway grant its stream, which comes in bursts."""
    live, simulator = day.live, day.simulator
    simulator.firmware = replace(simulator.firmware, stream_level=1)
    simulator.stream.burst = 4
    await live.follow_stream()
    before = live.visit.reader.report()["stream"]["events"]
    live.on_step = lambda: simulator.stream.push(4)
    steps = live.steps
    await day.chapter(hour_s)
    live.on_step = lambda: None
    await live.leave_stream()
    came = live.visit.reader.report()["stream"]["events"] - before
    assert came == pytest.approx(4 * (live.steps - steps), abs=8)
    simulator.firmware = replace(simulator.firmware, stream_level=6)


async def test_pair_over_all_phases_is_true_to_half_a_percent_with_polls_of_two_seconds(visit):
    live = Live(await visit("pc_d83_unbalanced", wired=False, start=NOON))
    live.site.advance(7200)  # the battery is full, so that the rest goes to the grid
    live.latency(SLOW)
    await live.begin(PACE_S)
    await live.live_on(20)

    def pair():
        snapshot = live.visit.reader.current()
        assert snapshot is not None
        grid = snapshot.grid
        assert grid is not None
        shown = (grid.imported_summed_wh, grid.exported_summed_wh)
        whole = live.site.whole_grid
        return [shown, (whole.delivered.wh, whole.received.wh)]

    before = pair()
    await live.live_on(600)
    shown, flowed = (
        [end - begin for begin, end in zip(*ends, strict=True)]
        for ends in zip(before, pair(), strict=True)
    )
    assert max(flowed) > 50
    # What flows between the last poll and the end of the time is no error.
    assert shown == pytest.approx(flowed, rel=0.005, abs=max(flowed) / 600 * PACE_S)


def check(day):
    """Compare what was shown with the truth, and what is kept with what was kept before."""
    assert max(day.errors_w) < 5
    for figure in zip(*day.counters, strict=True):
        assert list(figure) == sorted(figure)
    assert len(day.counters) == CHAPTERS
    made_wh, taken_wh, *_ = zip(*day.counters, strict=True)
    assert made_wh[-1] > made_wh[0]
    assert taken_wh[-1] > taken_wh[0]


async def test_minutes_with_every_trouble(day):
    await story(day, 60)
    check(day)


@pytest.mark.deep
@pytest.mark.timeout(1800)
async def test_day_with_every_trouble(day):
    await story(day, 3 * 3600)
    check(day)
    (blocks, kb), (blocks_after, kb_after) = day.sizes[0], day.sizes[-1]
    assert blocks_after - blocks < GROWN_BLOCKS
    assert kb_after - kb < GROWN_KB
