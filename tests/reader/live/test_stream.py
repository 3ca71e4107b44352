"""The stream of the meters, from a simulated gateway that grants it or does not."""

import asyncio
from dataclasses import replace

import pytest

from tests.simulator.faults import ALL, Reset, Status

from .test_polls import BATTERY, METERED, READINGS, on, poll

STREAM = "/stream/meter"


async def shown_by(it, count=1):
    """Follow the stream, ten minutes later, until so many snapshots were shown."""
    shown = []
    enough = asyncio.Event()

    def show(snapshot):
        shown.append(snapshot)
        if len(shown) >= count:
            enough.set()

    task = asyncio.ensure_future(it.reader.follow_stream(show))
    try:
        async with asyncio.timeout(20):
            await it.simulator.stream.wait_for_clients(1)
            it.simulator.site.advance(600)
            it.simulator.stream.push(count)
            await enough.wait()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    return shown


@pytest.fixture
async def granted(visit):
    it = await visit(METERED)
    it.simulator.firmware = replace(it.simulator.firmware, stream_level=1)
    it.simulator.stream.interval_s = None
    return await on(it)


async def test_powers_of_the_stream_are_shown(granted):
    shown = await shown_by(granted)

    site = granted.simulator.site
    assert shown[-1].net.total.power_w == pytest.approx(site.grid.power_w, abs=1)
    assert shown[-1].production.total.power_w == pytest.approx(site.production.power_w, abs=1)


async def test_stream_shows_nothing_while_the_gateway_is_away(granted):
    granted.simulator.stream.interval_s, granted.simulator.stream.breaks_after = 0.001, 1
    shown: list[object] = []

    async def sleep(_seconds):
        raise asyncio.CancelledError

    granted.options["sleep"] = sleep
    granted.restart()
    await granted.reader.read()
    granted.simulator.faults[ALL] = Reset()
    away = await granted.after(60)
    granted.simulator.faults.clear()  # the stream is back before the next collection

    with pytest.raises(asyncio.CancelledError):
        await granted.reader.follow_stream(shown.append)

    assert granted.reader.report()["stream"]["events"] == 1
    assert not away.reachable
    assert shown == []


async def test_frame_that_is_cut_anywhere_is_read(granted):
    granted.simulator.stream.cut = 7

    shown = await shown_by(granted)

    assert shown[-1].net.total.power_w == pytest.approx(granted.simulator.site.grid.power_w, abs=1)


async def test_stream_that_is_refused_is_asked_for_once(visit):
    it = await visit(METERED)
    it.simulator.firmware = replace(it.simulator.firmware, stream_level=6)
    await on(it)

    await it.reader.follow_stream(lambda _snapshot: None)
    it.restart()
    await it.reader.read()
    await it.reader.follow_stream(lambda _snapshot: None)

    assert it.asked().count(STREAM) == 1


async def test_poll_serves_where_the_stream_is_refused(visit):
    it = await visit(METERED)
    it.simulator.firmware = replace(it.simulator.firmware, stream_level=6)
    await on(it)
    await it.reader.follow_stream(lambda _snapshot: None)

    shown = await poll(it, 600)

    assert shown.net.total.power_w == pytest.approx(it.simulator.site.grid.power_w, abs=1)


async def test_of_a_burst_the_newest_is_shown(granted):
    granted.simulator.stream.burst = 4
    site = granted.simulator.site
    granted.simulator.stream.before_frame = lambda: site.advance(300)
    shown = []
    came = asyncio.Event()

    def show(snapshot):
        shown.append(snapshot)
        came.set()

    task = asyncio.ensure_future(granted.reader.follow_stream(show))
    await granted.simulator.stream.wait_for_clients(1)
    granted.simulator.stream.push(4)
    async with asyncio.timeout(20):
        await came.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    assert shown[-1].net.total.power_w == pytest.approx(site.grid.power_w, abs=1)
    assert len(shown) == 1
    assert granted.reader.report()["stream"]["events"] == 4


@pytest.mark.parametrize(
    ("scenario", "figures_of"),
    [
        (BATTERY, lambda snapshot: [snapshot.house]),
        ("pc_d83_load_clamp_battery", lambda it: [it.grid.imported, it.grid.exported]),
    ],
)
async def test_sum_with_the_power_of_batteries_waits_for_the_next_poll(visit, scenario, figures_of):
    it = await visit(scenario)
    it.simulator.firmware = replace(it.simulator.firmware, stream_level=1)
    it.simulator.stream.interval_s = None
    await on(it)
    await poll(it)
    polled = await poll(it)
    before = [figures.power_w for figures in figures_of(polled)]

    (streamed,) = await shown_by(it)
    assert [figures.power_w for figures in figures_of(streamed)] == before
    assert [figures.power_w for figures in figures_of(it.reader.current())] == before
    made_w = it.simulator.site.production.power_w
    assert streamed.production.total.power_w == pytest.approx(made_w, abs=1)
    assert made_w != pytest.approx(polled.production.total.power_w, abs=10)

    after = [figures.power_w for figures in figures_of(await poll(it))]
    site = it.simulator.site
    if scenario == BATTERY:
        assert after == pytest.approx([site.load.power_w], abs=3)
    else:
        grid_w = site.grid.power_w
        assert after == pytest.approx([max(0.0, grid_w), max(0.0, -grid_w)], abs=3)


async def test_stream_that_breaks_is_opened_again_after_longer_and_longer_pauses(visit):
    it = await visit(METERED)
    it.simulator.firmware = replace(it.simulator.firmware, stream_level=1)
    await on(it)
    it.simulator.faults[STREAM] = Status(503)
    pauses = []

    async def sleep(seconds):
        pauses.append(seconds)
        if len(pauses) == 8:
            raise asyncio.CancelledError

    it.options["sleep"] = sleep
    it.restart()
    await it.reader.read()

    with pytest.raises(asyncio.CancelledError):
        await it.reader.follow_stream(lambda _snapshot: None)

    assert pauses == [5, 10, 20, 40, 80, 160, 300, 300]


async def test_reading_lets_the_pauses_begin_anew(visit):
    it = await visit(METERED)
    it.simulator.firmware = replace(it.simulator.firmware, stream_level=1)
    await on(it)
    it.simulator.stream.interval_s = 0.001
    it.simulator.stream.breaks_after = 2
    pauses = []

    async def sleep(seconds):
        pauses.append(seconds)
        if len(pauses) == 3:
            raise asyncio.CancelledError

    it.options["sleep"] = sleep
    it.restart()
    await it.reader.read()

    with pytest.raises(asyncio.CancelledError):
        await it.reader.follow_stream(lambda _snapshot: None)

    assert pauses == [5, 5, 5]


async def test_stream_of_a_gateway_without_readings_shows_nothing_new(visit):
    it = await visit(METERED)
    it.simulator.firmware = replace(it.simulator.firmware, stream_level=1)
    it.simulator.faults[READINGS] = Status(404)
    it.simulator.stream.interval_s = None
    await it.reader.read()
    before = await it.after(60)

    (shown,) = await shown_by(it)

    assert shown.production.total.power_w == before.production.total.power_w
    assert it.reader.report()["stream"] == {"serving": False, "refused": False, "events": 1}
