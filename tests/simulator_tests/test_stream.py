"""The stream of the clamps: who may listen, and how unevenly it comes."""

import asyncio
import json

import httpx
import pytest

from tests.simulator import SCENARIOS, Simulator, installer_password
from tests.simulator.faults import Status

PATH = "/stream/meter"


@pytest.fixture
def scenario():
    return "pc_d83_storage_drops"


@pytest.fixture(autouse=True)
def only_when_pushed(simulator):
    simulator.stream.interval_s = None


class Listener:
    """Reads a stream as it comes."""

    def __init__(self, simulator, response):
        self.simulator = simulator
        self.response = response
        self._chunks = response.aiter_raw()

    async def chunk(self):
        return await asyncio.wait_for(anext(self._chunks), 5)

    async def nothing(self):
        """Whether nothing arrives soon."""
        pending = asyncio.ensure_future(anext(self._chunks))
        done, _ = await asyncio.wait({pending}, timeout=0.05)
        self._rest = pending
        return not done

    async def until_it_breaks(self):
        data = b""
        try:
            while True:
                data += await self.chunk()
        except (httpx.RemoteProtocolError, httpx.ReadError):
            return frames(data)

    async def rest(self):
        return await asyncio.wait_for(self._rest, 5)


@pytest.fixture
async def listen(simulator, http):
    opened = []

    async def begin(kind="owner"):
        request = http.build_request(
            "GET",
            f"https://{simulator.host}{PATH}",
            headers={"Authorization": f"Bearer {simulator.token(kind)}"},
        )
        response = await http.send(request, stream=True)
        opened.append(response)
        if response.status_code == 200:
            await asyncio.wait_for(simulator.stream.wait_for_clients(1), 5)
        return Listener(simulator, response)

    yield begin
    for response in opened:
        await response.aclose()


def frames(data):
    """Return the documents of the whole lines in some bytes."""
    lines = data.decode().split("\r\n")
    return [json.loads(line.removeprefix("data: ")) for line in lines if line.endswith("}")]


async def test_a_frame_shows_what_the_site_does(listen, simulator):
    client = await listen()

    simulator.stream.push()

    frame = frames(await client.chunk())[0]
    site = simulator.site
    for kind, flow in (
        ("production", site.production),
        ("net-consumption", site.grid),
        ("total-consumption", site.consumption),
    ):
        shown = [frame[kind][f"ph-{letter}"]["p"] for letter in "abc"]
        assert shown[:2] == pytest.approx([phase.power_w for phase in flow.phases], abs=0.001)
        assert shown[2] == 0.0
    assert frame["production"]["ph-a"].keys() == {"p", "q", "s", "v", "i", "pf", "f"}


async def test_it_is_a_stream_of_events(listen):
    client = await listen()

    assert client.response.headers["content-type"] == "text/event-stream"


async def test_frames_come_by_themselves(listen, simulator):
    simulator.stream.interval_s = 0.01
    client = await listen()

    found = [frames(await client.chunk()) for _ in range(3)]

    assert [len(it) for it in found] == [1, 1, 1]


async def test_frames_may_let_the_site_live_on(listen, simulator):
    simulator.stream.before_frame = lambda: simulator.site.advance(1)
    client = await listen()
    begin = simulator.site.now
    simulator.stream.push(3)

    for _ in range(3):
        await client.chunk()

    assert simulator.site.now == begin + 3


async def test_a_burst_is_held_back(listen, simulator):
    simulator.stream.burst = 4
    client = await listen()
    simulator.stream.push(3)
    held = await client.nothing()

    simulator.stream.push()

    assert held
    assert len(frames(await client.rest())) == 4


async def test_frames_are_cut_over_chunks(listen, simulator):
    simulator.stream.cut = 100
    client = await listen()
    simulator.stream.push()

    data = await client.chunk()
    while not frames(data):
        data += await client.chunk()

    assert len(frames(data)) == 1


async def test_a_full_buffer_ends_within_a_frame(listen, simulator):
    simulator.stream.buffer_bytes = 2048
    client = await listen()
    simulator.stream.push(4)

    data = b""
    while len(data) < 2048:
        data += await client.chunk()

    assert len(data) % 2048 == 0
    assert not data.endswith(b"\n")


async def test_it_breaks_after_some_frames(listen, simulator):
    simulator.stream.breaks_after = 2
    client = await listen()
    simulator.stream.push(3)

    assert len(await client.until_it_breaks()) == 2
    assert simulator.stream.clients == 0


async def test_clients_that_leave_are_forgotten(listen, simulator):
    client = await listen()

    await client.response.aclose()

    await asyncio.wait_for(simulator.stream.wait_for_clients(0), 5)


async def test_it_is_one_line_of_the_ledger(listen, simulator):
    await listen()

    assert [(request.path, request.status) for request in simulator.ledger] == [(PATH, 200)]


async def test_faults_apply_before_the_first_frame(listen, simulator):
    simulator.faults[PATH] = Status(503)

    assert (await listen()).response.status_code == 503


async def test_it_is_no_page_of_a_capture(simulator):
    assert PATH not in simulator.capture()


@pytest.mark.parametrize(
    ("name", "kind", "status"),
    [
        ("pc_d83_storage_drops", "owner", 200),
        ("pc_d7_one_phase", "owner", 401),
        ("pc_d7_one_phase", "installer", 200),
        ("pc_d83_device_data", "owner", 401),
    ],
)
async def test_who_may_listen(http, name, kind, status):
    async with Simulator(name) as simulator:
        simulator.stream.interval_s = None
        url = f"https://{simulator.host}{PATH}"
        headers = {"Authorization": f"Bearer {simulator.token(kind)}"}
        async with http.stream("GET", url, headers=headers) as response:
            assert response.status_code == status


async def test_before_tokens_the_installer_listens(http):
    async with Simulator("pc_d5_metered") as simulator:
        simulator.stream.interval_s = None
        auth = httpx.DigestAuth("installer", installer_password(simulator.serial))
        url = f"http://{simulator.host}{PATH}"
        async with http.stream("GET", url, auth=auth) as response:
            assert response.status_code == 200


async def test_early_firmware_7_lets_owners_listen():
    assert SCENARIOS["pc_d70_cookie"].firmware.stream_level == 2


async def test_firmware_3_has_no_stream(http):
    async with Simulator("p_r39_digest") as simulator:
        response = await http.get(f"http://{simulator.host}{PATH}")

    assert response.status_code == 404
