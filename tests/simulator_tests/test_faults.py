"""Every fault does what it says, and to the page it was set for only."""

import time

import httpx
import pytest

from tests.simulator.faults import (
    CutShort,
    Drip,
    Garbage,
    Hang,
    Refuse,
    Reset,
    Scale,
    Slow,
    Status,
    Transform,
    Truncate,
    Zeros,
)

pytestmark = pytest.mark.once

PAGE = "/ivp/meters/readings"


async def test_a_status_replaces_the_page(client, simulator):
    simulator.faults[PAGE] = Status(503)

    response = await client.get(PAGE)

    assert response.status_code == 503


async def test_a_fault_stays_until_it_is_removed(client, simulator):
    simulator.faults[PAGE] = Status(503)
    during = [(await client.get(PAGE)).status_code for _ in range(3)]

    del simulator.faults[PAGE]

    assert during == [503, 503, 503]
    assert (await client.get(PAGE)).status_code == 200


async def test_a_list_of_faults_is_used_up(client, simulator):
    simulator.faults[PAGE] = [Status(503), None, Status(500)]

    codes = [(await client.get(PAGE)).status_code for _ in range(4)]

    assert codes == [503, 200, 500, 200]


async def test_other_pages_are_well(client, simulator):
    simulator.faults[PAGE] = Status(503)

    assert (await client.get("/ivp/meters")).status_code == 200


async def test_a_star_means_every_page(client, simulator):
    simulator.faults["*"] = Status(502)

    codes = {(await client.get(path)).status_code for path in ("/info", PAGE)}

    assert codes == {502}


async def test_a_query_can_be_part_of_the_key(client, simulator):
    simulator.faults["/production.json?details=1"] = Status(401)

    codes = [
        (await client.get(target)).status_code
        for target in ("/production.json", "/production.json?details=1")
    ]

    assert codes == [200, 401]


@pytest.mark.parametrize("fault", [Refuse(), Reset()])
@pytest.mark.parametrize("path", [PAGE, "*"])
async def test_a_broken_connection_is_an_error(client, simulator, fault, path):
    simulator.faults[path] = fault

    with pytest.raises(httpx.TransportError):
        await client.get(PAGE)


async def test_a_hanging_page_runs_into_the_time_limit(client, simulator):
    simulator.faults[PAGE] = Hang()

    with pytest.raises(httpx.ReadTimeout):
        await client.get(PAGE, timeout=0.2)


async def test_a_truncated_page_is_good_http_and_bad_json(client, simulator):
    simulator.faults[PAGE] = Truncate()

    response = await client.get(PAGE)

    assert response.status_code == 200
    with pytest.raises(ValueError, match="line"):
        response.json()


@pytest.mark.parametrize("path", [PAGE, "/production.json"])
async def test_a_page_cut_short_is_bad_http(client, simulator, path):
    simulator.faults[path] = CutShort()

    with pytest.raises(httpx.RemoteProtocolError):
        await client.get(path)


async def test_garbage_replaces_the_body(client, simulator):
    simulator.faults[PAGE] = Garbage(b"\x00\xff")

    assert (await client.get(PAGE)).content == b"\x00\xff"


async def test_a_slow_page_takes_its_time(client, simulator):
    simulator.faults[PAGE] = Slow(0.2)
    begin = time.monotonic()

    response = await client.get(PAGE)

    assert response.status_code == 200
    assert time.monotonic() - begin >= 0.2


async def test_a_dripping_page_arrives_whole(client, simulator):
    simulator.faults["/ivp/meters"] = Drip(4000)
    begin = time.monotonic()

    response = await client.get("/ivp/meters")

    assert len(response.json()) == 2
    assert time.monotonic() - begin >= 0.1


async def test_zeros_leave_the_form(client, simulator):
    before = await client.json(PAGE)
    simulator.faults[PAGE] = Zeros()

    after = await client.json(PAGE)

    assert [row.keys() for row in after] == [row.keys() for row in before]
    assert after[0]["channels"][0]["actEnergyDlvd"] == 0


async def test_a_scale_can_be_for_some_keys(client, simulator):
    before = await client.json(PAGE)
    simulator.faults[PAGE] = Scale(0.5, frozenset({"activePower"}))

    after = await client.json(PAGE)

    assert after[0]["activePower"] == before[0]["activePower"] / 2
    assert after[0]["voltage"] == before[0]["voltage"]


async def test_a_transform_gets_the_value(client, simulator):
    simulator.faults[PAGE] = Transform(lambda rows: rows[:1])

    assert len(await client.json(PAGE)) == 1


async def test_zeros_leave_what_is_no_json(client, simulator):
    simulator.faults["/info"] = Zeros()

    assert simulator.serial in (await client.get("/info")).text


async def test_a_fault_is_in_the_ledger(client, simulator):
    simulator.faults[PAGE] = [Status(503), Reset()]

    await client.get(PAGE)
    with pytest.raises(httpx.TransportError):
        await client.get(PAGE)

    assert [request.status for request in simulator.ledger] == [503, None]
