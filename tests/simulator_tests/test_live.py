"""Live data: the stream that keeps them fresh, values that stand still, pages that take time."""

import pytest

from tests.simulator import SCENARIOS, Simulator
from tests.simulator.faults import Freeze
from tests.simulator.latency import FAST, SLOW, Latency

from .controls import STREAM, Panel

pytestmark = pytest.mark.once

STATUS = "/ivp/livedata/status"


@pytest.fixture
async def sites(http):
    opened = []

    async def build(name):
        simulator = await Simulator(name).__aenter__()
        opened.append(simulator)
        return Panel(simulator, http)

    yield build
    for simulator in opened:
        await simulator.__aexit__(None, None, None)


async def meters(panel, seconds=0):
    panel.simulator.site.advance(seconds)
    page = (await panel.page(STATUS))["meters"]
    return page["last_update"], page["grid"]["agg_p_mw"]


async def test_older_firmware_stands_still_without_the_stream(sites):
    panel = await sites("pc_d7_one_phase")
    before = await meters(panel)

    assert await meters(panel, 300) == before


async def test_the_stream_lets_the_values_advance(sites):
    panel = await sites("pc_d7_one_phase")
    before = await meters(panel)
    await panel.send("POST", STREAM, {"enable": 1})

    after = await meters(panel, 300)

    assert after[0] == before[0] + 300
    assert after[1] == pytest.approx(panel.simulator.site.grid.power_w * 1000, abs=1)


async def test_values_stay_where_the_stream_left_them(sites):
    panel = await sites("pc_d7_one_phase")
    await panel.send("POST", STREAM, {"enable": 1})
    last = await meters(panel, 300)

    await panel.send("POST", STREAM, {"enable": 0})

    assert await meters(panel, 300) == last


async def test_newer_firmware_needs_no_stream(sites):
    panel = await sites("pc_d83_device_data")
    before = await meters(panel)

    assert (await meters(panel, 300))[0] == before[0] + 300


async def test_the_stream_switches_itself_off(sites):
    panel = await sites("pc_d83_device_data")
    await panel.send("POST", STREAM, {"enable": 1})

    async def state(seconds):
        panel.simulator.site.advance(seconds)
        return (await panel.page(STATUS))["connection"]["sc_stream"]

    assert [await state(899), await state(1)] == ["enabled", "disabled"]


async def test_a_stream_that_is_on_cannot_be_switched_on(sites):
    panel = await sites("pc_d83_device_data")
    codes = [(await panel.send("POST", STREAM, {"enable": 1})).status_code for _ in range(2)]

    assert codes == [200, 400]


@pytest.mark.parametrize("document", [{"enable": 2}, {"enable": True}, {"enable": "1"}])
async def test_nonsense_is_refused(sites, document):
    panel = await sites("pc_d83_device_data")

    assert (await panel.send("POST", STREAM, document)).status_code == 400


async def test_a_word_stands_there_while_the_stream_is_off(sites):
    panel = await sites("pc_d83_device_data")
    before = await panel.page(STATUS)

    await panel.send("POST", STREAM, {"enable": 1})

    assert "info" in before
    assert "info" not in await panel.page(STATUS)


async def test_values_can_freeze_while_the_time_advances(sites):
    panel = await sites("pc_d83_device_data")
    panel.simulator.faults[STATUS] = Freeze()
    before = await meters(panel)

    after = await meters(panel, 600)

    assert after == (before[0] + 600, before[1])


async def test_after_freezing_the_truth_is_shown(sites):
    panel = await sites("pc_d83_device_data")
    panel.simulator.faults[STATUS] = Freeze()
    before = await meters(panel)

    panel.simulator.faults.clear()

    assert (await meters(panel, 600))[1] != before[1]


def test_without_a_table_answers_come_at_once():
    assert Latency().seconds("/production.json") == 0


@pytest.mark.parametrize(
    ("target", "fast", "slow"),
    [
        ("/production.json", 0.7, 5.0),
        ("/production.json?details=1", 1.8, 5.4),
        ("/production", 3.0, 11.1),
        ("/api/v1/production/inverters", 0.03, 0.31),
        ("/ivp/meters/readings", 0.06, 0.30),
        ("/ivp/livedata/status", 0.16, 0.18),
        ("/ivp/ensemble/relay", 0.04, 0.25),
        ("/home", 6.4, 9.3),
        ("/stream/meter", 0.0, 0.0),
    ],
)
def test_each_page_has_its_time(target, fast, slow):
    found = [Latency(table=table).seconds(target) for table in (FAST, SLOW)]

    assert found == [fast, slow]


async def test_answers_take_their_time(sites):
    panel = await sites("pc_d83_device_data")
    panel.simulator.latency.table, panel.simulator.latency.scale = SLOW, 0.01

    await panel.page("/home.json")

    assert panel.simulator.ledger[-1].seconds >= 0.093


async def test_commands_take_their_time_too(sites):
    panel = await sites("pc_d83_controls")
    panel.simulator.latency.table, panel.simulator.latency.scale = SLOW, 0.1

    await panel.send("POST", "/ivp/ensemble/relay", {"mains_admin_state": "open"})

    assert panel.simulator.writes[-1].seconds >= 0.025


@pytest.mark.parametrize("name", ["pc_d83_controls", "pc_d83_installer"])
async def test_sites_for_controls_have_their_pages(name):
    assert SCENARIOS[name].firmware.groups
    pages = Simulator(name).capture()

    assert pages.keys() >= {"/ivp/sc/sched", "/ivp/sc/status", "/admin/lib/acb_config"}
