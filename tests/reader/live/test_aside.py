"""When live polls leave the gateway to others, and how they come back: at their pace, at once."""

import asyncio
from dataclasses import replace

import pytest

from custom_components.enphase_envoy.envoy_reader import Control
from tests.reader.commanding import CASES
from tests.simulator.faults import Refuse, Reset
from tests.simulator.latency import FAST, SLOW

from .test_polls import BATTERY, METERED, READINGS, STREAM
from .timed import Live

PACE_S = 2.0
SLOW_PAGES = {"/home", "/home.json", "/inventory.json", "/production"}
"""Those that the gateway's user interface renders."""
NIGHT_S = 240


@pytest.fixture
async def live(visit):
    it = Live(await visit(METERED, wired=False))
    it.latency(FAST)
    await it.begin(PACE_S)
    await it.live_on(20)
    return it


def reported(live):
    return live.visit.reader.report()["live"]


async def resumed(live, since):
    """Let polls go on for a while, and see that they come at their pace: none is made up for."""
    begun = live.site.now
    await live.live_on(30)
    assert live.polls[-1] > begun + 30 - 2 * PACE_S
    # Its own collection may stand between two polls, which then are further apart.
    assert min(live.gaps(since)) > PACE_S - 0.01
    assert live.shown.net.total.power_w == pytest.approx(live.site.grid.power_w, rel=0.05, abs=5)
    assert reported(live)["reason"] == "wanted"


async def test_slow_page_of_a_collection_is_left_alone(visit):
    live = Live(await visit(METERED, wired=False), collects=False)
    live.latency(FAST)
    await live.visit.reader.read()
    live.visit.reader.begin_live(PACE_S)
    live.held |= SLOW_PAGES
    collection = asyncio.ensure_future(live.visit.after(60))
    await live.waiting.wait()

    await live.live_on(30)
    assert live.polls == []

    live.release()
    await collection
    await resumed(live, live.site.now)


async def test_command_under_way_is_left_alone(room):
    case = next(it for it in CASES if it.command.control is Control.CONTACT)
    visit = await room(case.scenario, case.prepare)
    live = Live(visit, collects=False)
    live.latency(FAST)
    await live.begin(PACE_S)
    await live.live_on(20)
    live.held.add(case.path)
    begun = live.site.now
    command = asyncio.ensure_future(visit.reader.command(case.command, lambda: None))
    await live.waiting.wait()

    await live.live_on(30)
    assert live.since(begun) == []

    live.release()
    while not command.done():  # it looks at what the device does, in the site's time
        await live.live_on(1)
    await command
    await resumed(live, begun)
    assert case.truth(visit.simulator.site) == case.command.value


async def test_gateway_that_restarts_at_night_is_left_alone(live):
    live.visit.simulator.faults["*"] = Refuse()
    begun = live.site.now

    await live.live_on(NIGHT_S)
    tries = live.since(begun)
    assert len(tries) <= 5  # until the next collection finds out
    assert max(tries) <= begun + 60

    live.visit.simulator.faults.clear()
    await live.live_on(20)
    await resumed(live, begun)


async def test_page_that_fails_is_asked_less_and_less(live):
    live.collects = False
    live.visit.simulator.faults[READINGS] = Reset()
    begun, before = live.site.now, live.shown

    await live.live_on(600)
    gaps = live.gaps(begun)
    assert gaps == sorted(gaps)
    assert gaps[-1] == pytest.approx(60, abs=0.1)
    assert reported(live)["reason"] == "failing"
    assert live.shown is before

    live.visit.simulator.faults.clear()
    await live.live_on(60)
    await resumed(live, begun)


@pytest.mark.parametrize("scenario", [METERED, BATTERY])
async def test_pace_gives_way_to_latencies_that_grow_tenfold_and_comes_back(visit, scenario):
    live = Live(await visit(scenario, wired=False))
    live.latency(SLOW)
    await live.begin(PACE_S)
    await live.live_on(90)
    assert reported(live)["reason"] == "wanted"

    live.latency(SLOW, times=10)
    await live.live_on(60)
    begun, busy_s = live.site.now, live.busy_s
    await live.live_on(300)
    assert reported(live)["reason"] == "slow"
    assert (live.busy_s - busy_s) / (live.site.now - begun) < 0.5

    live.latency(SLOW)
    await live.live_on(120)
    assert reported(live)["period_s"] == PACE_S
    await resumed(live, live.site.now)


async def test_poll_that_is_under_way_ends_with_live_values(live):
    live.held.add(READINGS)
    live.site.advance(PACE_S)
    poll = asyncio.ensure_future(live.visit.reader.read_live())
    await live.waiting.wait()

    await live.visit.reader.end_live()
    live.release()
    await poll

    assert reported(live) == {"on": False}
    assert await live.visit.reader.read_live() is None


async def test_stream_that_could_not_be_switched_on_is_not_switched_off(visit, caplog):
    caplog.set_level("DEBUG")
    live = Live(await visit(BATTERY, wired=False), collects=False)
    simulator = live.visit.simulator
    simulator.firmware = replace(simulator.firmware, live_needs_stream=True)
    simulator.faults[STREAM] = Reset()
    await live.begin(PACE_S)

    await live.live_on(50)
    await live.visit.reader.end_live()

    assert caplog.text.count("The stream cannot be switched") == 1
    assert live.visit.asked().count(STREAM) == 1
