"""How the gateway behaves on the network: ports, TLS, keep-alive, the ledger."""

import asyncio
import contextlib
from dataclasses import replace

import httpx
import pytest

from tests.simulator import SCENARIOS, Simulator
from tests.simulator.faults import Slow

pytestmark = pytest.mark.once


@pytest.fixture
def connect(simulator):
    """Return a function that sends raw bytes and reads until the gateway hangs up."""

    async def send(raw, limit=0.5):
        host, port = simulator.host.rsplit(":", 1)
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(raw)
        try:
            return await asyncio.wait_for(reader.read(), limit)
        finally:
            writer.close()

    return send


async def test_both_schemes_are_served_on_one_port(client):
    secure = await client.get("/info", scheme="https")
    plain = await client.get("/info", scheme="http")

    assert (secure.status_code, plain.status_code) == (200, 301)


async def test_plain_http_is_sent_to_https(client, simulator):
    response = await client.get("/ivp/meters?a=b", scheme="http")

    assert response.headers["location"] == f"https://{simulator.host}/ivp/meters?a=b"
    assert "<html>" in response.text


async def test_a_redirect_may_lead_nowhere(client, simulator):
    simulator.firmware = replace(simulator.firmware, port_80="redirect-localhost")

    response = await client.get("/info", scheme="http")

    assert response.headers["location"] == "https://localhost/info"


@pytest.mark.parametrize("scenario", ["pc_d83_device_data"])
async def test_new_firmware_closes_plain_http(client):
    with pytest.raises(httpx.TransportError):
        await client.get("/info", scheme="http")


@pytest.mark.parametrize("scenario", ["p_d5_standard"])
async def test_old_firmware_refuses_tls(client):
    with pytest.raises(httpx.ConnectError):
        await client.get("/info", scheme="https")


@pytest.mark.parametrize(
    ("scenario", "connection"), [("pc_d7_one_phase", "keep-alive"), ("p_d5_standard", "close")]
)
async def test_a_connection_stays_as_the_firmware_says(client, connection):
    response = await client.get("/info")

    assert response.headers["connection"] == connection


@pytest.mark.parametrize("scenario", ["p_r39_digest"])
async def test_two_requests_share_a_connection(connect):
    request = b"GET /info HTTP/1.1\r\nHost: x\r\n\r\n"
    last = b"GET /info HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"

    answers = await connect(request + last)

    assert answers.count(b"HTTP/1.1 200 OK") == 2


@pytest.mark.parametrize("scenario", ["p_d318_closing"])
async def test_a_challenge_may_be_the_last_word(connect):
    answer = await connect(b"GET /api/v1/production/inverters HTTP/1.1\r\nHost: x\r\n\r\n")

    assert b"Connection: keep-alive" in answer
    assert b"401" in answer


@pytest.mark.parametrize(
    "raw", [b"nonsense\r\n\r\n", b"GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n"]
)
@pytest.mark.parametrize("scenario", ["p_r39_digest"])
async def test_what_is_no_request_is_hung_up_on(connect, raw):
    assert await connect(raw) == b""


async def test_the_ledger_tells_who_asked_for_what(client, simulator):
    await client.get("/production.json?details=1")

    (request,) = simulator.ledger
    assert (request.method, request.path, request.query) == ("GET", "/production.json", "details=1")
    assert (request.scheme, request.status, request.auth) == ("https", 200, "token")
    assert request.at == simulator.site.now


@pytest.mark.parametrize("scenario", ["p_r39_digest"])
async def test_requests_at_the_same_time_are_noticed(client, simulator):
    simulator.faults["/info"] = Slow(0.3)

    await asyncio.gather(*(client.get("/info") for _ in range(3)))

    assert simulator.max_concurrent == 3


async def test_one_request_at_a_time_is_noticed(client, simulator):
    for _ in range(3):
        await client.get("/info")

    assert simulator.max_concurrent == 1


async def test_switched_off_nothing_listens(client, simulator):
    await simulator.switch_off()

    with pytest.raises(httpx.ConnectError):
        await client.get("/info")


async def test_switched_on_again_it_is_at_the_same_address(client, simulator):
    host = simulator.host
    await simulator.switch_off()

    await simulator.switch_on()

    assert simulator.host == host
    assert (await client.get("/info")).status_code == 200


async def test_a_second_address_can_be_served(http, simulator):
    second = await simulator.listen_also("::1")

    response = await http.get(f"https://{second.address}/info")

    assert second.address.startswith("[::1]:")
    assert simulator.serial in response.text


async def test_a_firmware_update_changes_the_way_in(client, simulator):
    simulator.firmware = SCENARIOS["p_d5_standard"].firmware

    response = await client.get("/info", scheme="http")

    assert response.status_code == 200
    assert "D5.0.62" in response.text


async def test_early_firmware_7_insists_on_the_cookie(client, simulator):
    simulator.firmware = replace(simulator.firmware, cookie_required=True)
    refused = await client.get("/ivp/meters")
    session = await client.get("/auth/check_jwt")

    cookie = session.headers["set-cookie"].partition(";")[0]
    response = await client.get("/ivp/meters", headers={"Cookie": cookie})

    assert (refused.status_code, response.status_code) == (401, 200)


async def test_the_clock_stands_still(client, simulator):
    before = simulator.site.now

    await client.get("/info")

    assert simulator.site.now == before


async def test_the_clock_can_run(http):
    async with Simulator("pc_d7_one_phase", speed=1e6) as simulator:
        before = simulator.site.now
        await http.get(f"https://{simulator.host}/info")

        assert simulator.site.now > before


async def test_the_story_can_begin_at_any_time():
    async with Simulator("pc_d7_one_phase", start=1_781_089_320.0) as simulator:
        assert simulator.site.now == 1_781_089_320.0


async def test_a_client_that_says_nothing_does_not_keep_the_gateway_on(simulator):
    host, port = simulator.host.rsplit(":", 1)
    reader, writer = await asyncio.open_connection(host, int(port))

    await simulator.switch_off()

    with contextlib.suppress(ConnectionResetError):  # as good as an end
        assert await reader.read() == b""
    writer.close()


async def test_a_broken_handshake_does_no_harm(client, connect):
    await connect(b"\x16 but not TLS at all")

    assert (await client.get("/info")).status_code == 200
