"""Live polls of a simulated gateway: what they ask, what they show, and when they step aside."""

import asyncio
from dataclasses import replace

import pytest

from custom_components.enphase_envoy.envoy_reader.assemble.house import with_kept_powers
from tests.simulator.faults import Freeze, Garbage, Reset, Status, Transform

READINGS, STATUS = "/ivp/meters/readings", "/ivp/livedata/status"
POWER, STREAM = "/ivp/ensemble/power", "/ivp/livedata/stream"
INVENTORY = "/ivp/ensemble/inventory"
METERED = "pc_d7_three_phase"
BATTERY = "pc_d8_three_phase_battery"


class HeldMeters:
    """Readings that stay as they were, while their time advances."""

    def __init__(self):
        self._held = None

    def __call__(self, page):
        self._held = self._held or page
        return [
            {**held, "timestamp": now["timestamp"]}
            for held, now in zip(self._held, page, strict=True)
        ]


def with_powers(inventory):
    """Tell powers of batteries where firmware 5 and 6 do."""
    for group in inventory:
        for device in group["devices"]:
            device["real_power_w"] = 200
    return inventory


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
    before, made = it.reader.current(), it.simulator.site.production
    before_wh = made.lifetime_wh

    shown = await poll(it, 60)

    grown_wh = shown.production.total.lifetime_wh - before.production.total.lifetime_wh
    assert grown_wh == pytest.approx(made.lifetime_wh - before_wh, abs=1)


async def test_nothing_is_asked_before_live_values_are_on(visit):
    it = await visit(METERED)
    await it.reader.read()

    assert await it.reader.read_live() is None


async def test_failed_poll_does_not_show(visit):
    it = await on(await visit(METERED))
    before = it.reader.current()
    it.simulator.faults[READINGS] = Reset()

    assert await poll(it) is None
    assert await poll(it) is None
    after = it.reader.current()
    assert (after.health, after.failures) == (before.health, before.failures)
    assert it.reader.report()["live"]["reason"] == "failing"
    assert it.reader.live_wait_s > 3


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


# Batteries without a current transformer of their own


async def test_live_status_shows_the_power_of_batteries(visit):
    it = await on(await visit(BATTERY))
    begun = len(it.simulator.ledger)

    await poll(it)
    shown = await poll(it, 600)

    assert it.asked(begun)[-2:] == [READINGS, STATUS]
    assert shown.bank.power_w == pytest.approx(it.simulator.site.storage.power_w, abs=1)


async def test_house_load_is_of_one_moment_in_live_polls_and_in_collections(visit):
    it = await on(await visit(BATTERY))
    await poll(it)
    await poll(it)

    for look in (poll, type(it).after):
        shown = await look(it, 1800)
        truth_w = it.simulator.site.load.power_w
        assert shown.house.power_w == pytest.approx(truth_w, abs=3)
        assert max(shown.grid.imported.power_w, shown.grid.exported.power_w) == pytest.approx(
            abs(it.simulator.site.grid.power_w), abs=1
        )


@pytest.mark.parametrize("how", [Status(503), Reset(), Garbage(b'{"devices:": []}')])
async def test_house_load_is_as_of_the_collection_while_batteries_do_not_answer(visit, how):
    it = await visit(BATTERY)
    it.simulator.faults[STATUS] = Status(404)
    await on(it)
    await poll(it)
    collected = await it.after(60)
    truth_w = it.simulator.site.load.power_w
    it.simulator.faults[POWER] = how

    shown = [await poll(it), await poll(it, 600)]

    assert collected.house.power_w == pytest.approx(truth_w, abs=3)
    assert [each.house.power_w for each in shown] == [collected.house.power_w] * 2
    assert shown[-1].net.total.power_w == pytest.approx(it.simulator.site.grid.power_w, abs=1)


async def test_house_load_is_as_of_the_collection_while_batteries_are_not_asked(visit):
    it = await visit(BATTERY)
    it.simulator.faults[STATUS] = it.simulator.faults[POWER] = Status(404)
    it.simulator.faults[INVENTORY] = Transform(with_powers)
    await on(it)
    collected = await it.after(600)

    shown = [await poll(it), await poll(it, 120)]

    assert collected.house.power_w is not None
    assert [each.house.power_w for each in shown] == [collected.house.power_w] * 2


async def test_site_that_does_not_measure_the_grid_has_no_sums_to_keep(visit):
    it = await on(await visit(BATTERY))
    shown = replace(await poll(it), grid=None, house=None)

    assert with_kept_powers(shown, it.reader.current()) is shown


async def test_frozen_live_status_is_noted_and_replaced(visit, caplog):
    caplog.set_level("DEBUG")
    it = await on(await visit(BATTERY))
    it.simulator.faults[STATUS] = Freeze()
    for _ in range(4):
        await poll(it)
    begun = len(it.simulator.ledger)

    shown = await poll(it, 600)

    assert it.asked(begun)[-1] == POWER
    assert shown.frozen == (STATUS,)
    assert it.reader.report()["live"]["frozen"] == [STATUS]
    assert shown.bank.power_w == pytest.approx(it.simulator.site.storage.power_w, rel=0.1)
    assert caplog.text.count("repeats its figures") == 1


async def test_thawed_live_status_counts_again(visit):
    it = await on(await visit(BATTERY))
    it.simulator.faults[STATUS] = Freeze()
    for _ in range(5):
        await poll(it)
    del it.simulator.faults[STATUS]

    shown = await poll(it, 600)

    assert shown.frozen == ()
    assert shown.bank.power_w == pytest.approx(it.simulator.site.storage.power_w, abs=1)


@pytest.fixture
async def still(visit):
    """A gateway whose live status stands still until its stream is on."""
    it = await visit(BATTERY)
    it.simulator.firmware = replace(it.simulator.firmware, live_needs_stream=True)
    return await on(it)


async def test_stream_is_switched_on_where_the_page_stands_still(still):
    for _ in range(3):
        await poll(still)

    shown = await poll(still, 600)

    assert [(it.path, it.body) for it in still.simulator.writes] == [(STREAM, b'{"enable": 1}')]
    assert shown.bank.power_w == pytest.approx(still.simulator.site.storage.power_w, abs=1)


async def test_batteries_are_of_now_while_the_page_stands_still(still):
    await poll(still)
    await poll(still)
    still.simulator.site.live_until = 0.0

    shown = await poll(still, 600)

    assert shown.bank.power_w == pytest.approx(still.simulator.site.storage.power_w, rel=0.1)


async def test_stream_is_asked_for_at_most_once_a_minute(still):
    for _ in range(60):
        await poll(still)
        still.simulator.site.live_until = 0.0  # somebody switches it off again

    assert 2 <= len(still.simulator.writes) <= 3


async def test_stream_is_switched_off_with_live_values(still):
    for _ in range(3):
        await poll(still)

    await still.reader.end_live()

    assert still.simulator.writes[-1].body == b'{"enable": 0}'
    assert not still.simulator.site.live


async def test_stream_that_was_on_is_left_alone(visit):
    it = await on(await visit(BATTERY))
    for _ in range(5):
        await poll(it)

    await it.reader.end_live()

    assert it.simulator.writes == []


async def test_collections_tell_the_batteries_once_live_values_are_off(visit):
    it = await on(await visit(BATTERY))
    await poll(it)
    await it.reader.end_live()

    shown = await it.after(600)

    assert shown.bank.power_w == pytest.approx(it.simulator.site.storage.power_w, rel=0.1)


async def test_gateway_that_refuses_live_status_is_asked_for_the_batteries(visit):
    it = await on(await visit(BATTERY))
    it.simulator.faults[STATUS] = Status(404)
    await poll(it)
    begun = len(it.simulator.ledger)

    shown = await poll(it, 60)

    assert it.asked(begun) == [READINGS, POWER]
    assert shown.bank.power_w == pytest.approx(it.simulator.site.storage.power_w, rel=0.1)


async def test_live_status_stands_in_for_frozen_readings(visit):
    it = await on(await visit(BATTERY))
    it.simulator.faults[READINGS] = Transform(HeldMeters())
    for _ in range(4):
        await poll(it)

    shown = await poll(it, 1800)

    assert shown.frozen == (READINGS,)
    assert shown.net.total.power_w == pytest.approx(it.simulator.site.grid.power_w, abs=1)
