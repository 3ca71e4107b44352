"""Live polls of a simulated gateway: what they ask, what they show, and when they step aside."""

import asyncio

import pytest

from tests.simulator.faults import Freeze, Reset, Status

READINGS, STATUS = "/ivp/meters/readings", "/ivp/livedata/status"
POWER, STREAM = "/ivp/ensemble/power", "/ivp/livedata/stream"
METERED = "pc_d7_three_phase"
BATTERY = "pc_d8_encharge"


async def on(visit, pace_s=2):
    """Read twice, as slow pages come with the second collection, and begin."""
    await visit.reader.read()
    await visit.after(60)
    visit.reader.begin_live(pace_s)
    return visit


async def poll(visit, seconds=2.0):
    """Let time pass, then poll."""
    visit.simulator.site.advance(seconds)
    return await visit.reader.read_live()


async def test_live_poll_asks_the_readings_alone(visit):
    it = await on(await visit(METERED))
    begun = len(it.simulator.ledger)

    await poll(it)

    assert it.asked(begun) == [READINGS]


async def test_live_poll_shows_the_powers_of_now(visit):
    it = await on(await visit(METERED))

    shown = await poll(it, 600)

    site = it.simulator.site
    assert shown.production.total.power_w == pytest.approx(site.production.power_w, abs=1)
    assert shown.net.total.power_w == pytest.approx(site.grid.power_w, abs=1)


async def test_counters_follow_live_polls(visit):
    it = await on(await visit(METERED))
    before = it.reader.current()

    shown = await poll(it, 60)

    grown_wh = shown.production.total.lifetime_wh - before.production.total.lifetime_wh
    assert grown_wh == pytest.approx(it.simulator.site.production.power_w / 60, rel=0.1)


async def test_nothing_is_asked_before_live_values_are_on(visit):
    it = await visit(METERED)
    await it.reader.read()

    assert await it.reader.read_live() is None


async def test_failed_poll_does_not_show(visit):
    it = await on(await visit(METERED))
    before = it.reader.current()
    it.simulator.faults[READINGS] = Reset()

    assert await poll(it) is None
    after = it.reader.current()
    assert (after.health, after.failures) == (before.health, before.failures)
    assert it.reader.report()["live"]["reason"] == "failing"
    assert it.reader.live_wait_s > 4


async def test_poll_is_left_out_while_a_collection_runs(visit):
    it = await on(await visit(METERED))
    collection = asyncio.ensure_future(it.after(60))
    await asyncio.sleep(0)

    assert await it.reader.read_live() is None
    await collection
    assert it.simulator.max_concurrent == 1


async def test_pace_and_reason_are_reported(visit):
    it = await on(await visit(METERED), pace_s=7)

    await poll(it)

    live = it.reader.report()["live"]
    assert (live["period_s"], live["reason"]) == (7, "wanted")


async def test_gateway_without_meters_and_batteries_has_no_live_source(visit):
    it = await on(await visit("pc_d7_no_cts"))

    assert not it.reader.has_live_source
    assert await poll(it) is None


async def test_ending_live_values_ends_the_polls(visit):
    it = await on(await visit(METERED))
    await poll(it)

    await it.reader.end_live()

    assert await poll(it) is None
    assert it.reader.report()["live"] == {"on": False}
