import asyncio
import gzip
import ipaddress
import logging
import ssl
import time
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from custom_components.enphase_envoy.envoy_reader.errors import (
    EnvoyConnectionError,
    EnvoyResponseError,
    EnvoyTimeoutError,
)
from custom_components.enphase_envoy.envoy_reader.exchange.transport import (
    Timing,
    Transport,
    phrase,
)
from custom_components.enphase_envoy.gateway_http import GatewayClient

from .wire import NEVER, RESET, Wire, reply, script

CHALLENGE = 'WWW-Authenticate: Digest qop="auth", realm="enphaseenergy.com", nonce="1700000000"'
ONCE = Timing(page_s=5, retries=0)
IMPATIENT = Timing(page_s=0.1, retries=0)


@pytest.fixture
async def of_httpx():
    async with httpx.AsyncClient(verify=_no_verification(), trust_env=False) as client:
        yield client
    for _ in range(3):  # bodies that were not read to their end are closed by the loop
        await asyncio.sleep(0)


@pytest.fixture(params=["httpx", "Home Assistant"])
async def client(request, of_httpx):
    """A client of httpx, and the one that serves it in Home Assistant."""
    if request.param == "httpx":
        yield of_httpx
        return
    async with GatewayClient(_no_verification()) as client:
        yield client


def _no_verification():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


@pytest.fixture(scope="module")
def tls(tmp_path_factory):
    """A server context with a certificate that it signed itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "envoy.local")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    pem = tmp_path_factory.mktemp("tls") / "own.pem"
    pem.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context


def plain(wire, client, timing=ONCE, **kwargs):
    """Return a transport to a gateway of before firmware 7."""
    transport = Transport(f"127.0.0.1:{wire.port}", client, timing, **kwargs)
    transport.scheme = "http"
    return transport


def secure(wire, client, timing=ONCE):
    """Return a transport to a gateway of firmware 7 or later."""
    return Transport(f"127.0.0.1:{wire.port}", client, timing)


async def test_answer_holds_what_came(client):
    async with Wire(script(reply(200, b"[]", "X-Thing: one"))) as wire:
        answer = await plain(wire, client).get("/ivp/meters?a=1")

    assert (answer.status, answer.body, answer.headers["x-thing"]) == (200, b"[]", "one")


async def test_path_and_query_are_asked_for_as_given(client):
    async with Wire(script(reply(200))) as wire:
        await plain(wire, client).get("/production.json?details=1")

    assert wire.asked[0].path == "/production.json?details=1"


async def test_answer_tells_its_time(client):
    ticks = iter([10.0, 12.5, 12.5])
    async with Wire(script(reply(200))) as wire:
        answer = await plain(wire, client, clock=lambda: next(ticks)).get("/info")

    assert answer.seconds == 2.5


async def test_answer_does_not_show_its_secrets(client):
    async with Wire(script(reply(200, b"tell", "Set-Cookie: sessionId=abc"))) as wire:
        answer = await plain(wire, client).get("/info")

    assert not {"tell", "abc"} & set(repr(answer).replace("'", " ").split())


@pytest.mark.parametrize(
    ("header", "session_id"),
    [
        ("Set-Cookie: sessionId=a1B2/+=; Secure; HttpOnly; path=/", "a1B2/+="),
        ("Set-Cookie: other=1\r\nSet-Cookie: sessionId=xyz", "xyz"),
        ("Set-Cookie: othersessionId=1", None),
        ("Server: openresty", None),
    ],
)
async def test_session_cookie_is_found(client, header, session_id):
    async with Wire(script(reply(200, b"", header))) as wire:
        answer = await plain(wire, client).get("/auth/check_jwt")

    assert answer.session_id == session_id


@pytest.mark.parametrize("status", [301, 401, 403, 404, 500, 503])
async def test_any_status_is_an_answer(client, status):
    moved = reply(status, b"", "Location: http://127.0.0.1:1/elsewhere")
    async with Wire(script(moved)) as wire:
        answer = await plain(wire, client).get("/info")

    assert answer.status == status


async def test_only_our_headers_are_sent(client):
    client.cookies.set("sessionId", "of-somebody-else", domain="127.0.0.1")
    client.headers["Authorization"] = "of somebody else"
    async with Wire(script(reply(200))) as wire:
        transport = secure(wire, client)
        transport.scheme = "http"
        await transport.get("/info")
        port = wire.port

    assert wire.asked[0].head.split("\r\n")[1:-2] == [
        f"Host: 127.0.0.1:{port}",
        "User-Agent: envoy-reader/1.0",
        "Accept: */*",
        "Connection: close",
    ]


# --- addresses


@pytest.mark.parametrize("host", ["[::1]:{}", "[::1%251]:{}", "[::1%1]:{}", " [::1]:{} "])
async def test_ipv6_address_is_reached(client, host):
    async with Wire(script(reply(200)), host="::1") as wire:
        transport = Transport(host.format(wire.port), client, ONCE)
        transport.scheme = "http"
        answer = await transport.get("/info")

    assert answer.status == 200


@pytest.mark.parametrize("host", ["[::1%251]:{}", "[::1%1]:{}"])
async def test_zone_is_not_told_to_the_gateway(client, host):
    async with Wire(script(reply(200)), host="::1") as wire:
        transport = Transport(host.format(wire.port), client, ONCE)
        transport.scheme = "http"
        await transport.get("/info")
        port = wire.port

    assert wire.asked[0].header("Host") == f"[::1]:{port}"


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("envoy.local", "https://envoy.local/info"),
        ("192.0.2.7:8443", "https://192.0.2.7:8443/info"),
        ("2001:db8::1", "https://[2001:db8::1]/info"),
        ("fe80::1%eth0", "https://[fe80::1%eth0]/info"),
        ("[fe80::1%25eth0]", "https://[fe80::1%eth0]/info"),
        ("[2001:db8::1]:8443", "https://[2001:db8::1]:8443/info"),
    ],
)
async def test_address_as_users_write_it(respx_mock, of_httpx, host, url):
    route = respx_mock.get(url__eq=url).respond(200)

    await Transport(host, of_httpx, ONCE).get("/info")

    assert route.called


@pytest.fixture
def no_logs():
    """Log nothing: a report that holds a lone surrogate cannot go from process to process."""
    logging.disable()
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.usefixtures("no_logs")
@pytest.mark.parametrize("host", ["[::zz]", "::1::2", "envoy:port", "\udc80"])
async def test_impossible_address_is_our_error(client, host):
    with pytest.raises(EnvoyConnectionError):
        await Transport(host, client, ONCE).get("/info")


# --- what goes wrong


async def test_nobody_there_is_a_connection_error(client):
    async with Wire(script(reply(200))) as wire:
        pass

    with pytest.raises(EnvoyConnectionError):
        await plain(wire, client).get("/info")


@pytest.mark.parametrize(
    "answer",
    [
        RESET,
        b"\x15\x03\x01 what?\r\n\r\n",
        [b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", RESET],
        [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", RESET],
    ],
)
async def test_broken_exchange_is_a_connection_error(client, answer):
    async with Wire(script(answer)) as wire:
        with pytest.raises(EnvoyConnectionError):
            await plain(wire, client).get("/info")


@pytest.mark.parametrize(
    "answer",
    [
        NEVER,
        [b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n", NEVER],
        [b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n", *[b"x"] * 100],
    ],
)
async def test_slow_answer_ends_in_time(client, answer):
    async with Wire(script(answer)) as wire:
        with pytest.raises(EnvoyTimeoutError):
            await plain(wire, client, IMPATIENT).get("/info")


async def test_time_limit_of_one_page_overrules(client):
    async with Wire(script(NEVER)) as wire:
        with pytest.raises(EnvoyTimeoutError):
            await plain(wire, client).get("/info", timeout_s=0.05)


async def test_cancelling_is_not_our_error(client):
    async with Wire(script(NEVER)) as wire:
        with pytest.raises(TimeoutError) as caught:
            async with asyncio.timeout(0.05):
                await plain(wire, client).get("/info")

    assert not isinstance(caught.value, EnvoyConnectionError)


async def test_wrongly_packed_body_is_a_response_error(client):
    async with Wire(script(reply(200, b"not gzip", "Content-Encoding: gzip"))) as wire:
        with pytest.raises(EnvoyResponseError):
            await plain(wire, client).get("/info")


@pytest.mark.parametrize("headers", [(), ("Content-Encoding: gzip",)])
async def test_endless_body_is_a_response_error(client, headers):
    body = bytes(8_000_001)
    sent = gzip.compress(body) if headers else body
    async with Wire(script(reply(200, sent, *headers))) as wire:
        with pytest.raises(EnvoyResponseError):
            await plain(wire, client).get("/info")


async def test_longest_body_is_taken_in(client):
    async with Wire(script(reply(200, bytes(8_000_000)))) as wire:
        answer = await plain(wire, client).get("/info")

    assert len(answer.body) == 8_000_000


@pytest.mark.parametrize(
    ("raised", "expected"),
    [
        (httpx.ConnectTimeout, EnvoyTimeoutError),
        (httpx.ProxyError, EnvoyConnectionError),
        (httpx.UnsupportedProtocol, EnvoyConnectionError),
        (ssl.SSLError, EnvoyConnectionError),
        (httpx.DecodingError, EnvoyResponseError),
    ],
)
async def test_nothing_of_the_client_escapes(respx_mock, of_httpx, raised, expected):
    respx_mock.get("https://envoy.test/info").mock(side_effect=raised)

    with pytest.raises(expected):
        await Transport("envoy.test", of_httpx, ONCE).get("/info")


HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


async def stream(transport, silence_s=5):
    """Read a stream to its end; return its status and its pieces."""
    async with transport.stream("/stream/meter", silence_s=silence_s) as (status, pieces):
        return status, [piece async for piece in pieces]


async def test_stream_comes_in_pieces_until_it_ends(client):
    async with Wire(script([HEAD, b"2\r\nab\r\n", b"3\r\ncde\r\n", b"0\r\n\r\n"])) as wire:
        assert await stream(plain(wire, client)) == (200, [b"ab", b"cde"])


@pytest.mark.parametrize("answer", [RESET, [HEAD, b"2\r\nab\r\n", RESET]])
async def test_stream_that_breaks_is_a_connection_error(client, answer):
    async with Wire(script(answer)) as wire:
        with pytest.raises(EnvoyConnectionError):
            await stream(plain(wire, client))


@pytest.mark.parametrize("answer", [NEVER, [HEAD, b"2\r\nab\r\n", NEVER]])
async def test_stream_that_falls_silent_ends_in_time(client, answer):
    async with Wire(script(answer)) as wire:
        with pytest.raises(EnvoyTimeoutError):
            await stream(plain(wire, client), silence_s=0.1)


async def test_tls_wanted_where_there_is_none_is_a_connection_error(client):
    async with Wire(script(reply(400))) as wire:
        wire.closes = True
        with pytest.raises(EnvoyConnectionError):
            await secure(wire, client, Timing(page_s=0.2, retries=0)).get("/info")


@pytest.mark.parametrize(
    "head",
    [
        # Firmware 5 does the first one.
        "200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 12",
        "200 OK\r\nContent-Length: 12\r\nTransfer-Encoding: chunked",
        "200 OK\r\nContent-Length: 12\r\nContent-Length: 12",
        "401 Unauthorized\r\nConnection: close\r\nContent-Length: 2",
        f"200 OK\r\nX-Frame-Options: {'x' * 20_000}\r\nContent-Length: 12",
        "200 OK\r\n" + "X-Thing: y\r\n" * 150 + "Content-Length: 12",
    ],
    ids=[
        "chunked and long",
        "long and chunked",
        "twice",
        "too short",
        "long header",
        "many headers",
    ],
)
async def test_answer_that_breaks_the_rules_is_read(client, head):
    answer = f"HTTP/1.1 {head}\r\n\r\n2\r\n[]\r\n0\r\n\r\n".encode()
    async with Wire(script(answer)) as wire:
        transport = plain(wire, client)
        await transport.get("/home.json")
        tried = len(wire.asked)
        again = await transport.get("/home.json")

    assert again.status == int(head[:3])
    assert "chunked" not in head or again.body == b"[]"
    assert len(wire.asked) == tried + 1


async def test_client_closes_while_a_connection_is_being_closed(client, tls):
    too_long = [b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", b"[] and more"]
    async with Wire(script(too_long), tls) as wire:
        answer = await secure(wire, client).get("/info")
        await client.aclose()

    assert answer.body == b"[]"


# --- attempts


async def test_failed_attempt_is_repeated(client):
    async with Wire(script(RESET, RESET, reply(200))) as wire:
        answer = await plain(wire, client, Timing(retries=2)).get("/info")

    assert answer.status == 200


async def test_attempts_end(client):
    async with Wire(script(RESET)) as wire:
        with pytest.raises(EnvoyConnectionError):
            await plain(wire, client, Timing(retries=2)).get("/info")

    assert len(wire.asked) == 3


async def test_pause_is_made_between_attempts(client):
    pauses = []

    async def sleep(seconds):
        pauses.append(seconds)

    async with Wire(script(RESET)) as wire:
        with pytest.raises(EnvoyConnectionError):
            await plain(wire, client, Timing(retries=2, pause_s=7), sleep=sleep).get("/info")

    assert pauses == [7, 7]


@pytest.mark.parametrize("status", [401, 500])
async def test_answer_is_not_asked_for_again(client, status):
    async with Wire(script(reply(status))) as wire:
        await plain(wire, client, Timing(retries=2)).get("/info")

    assert len(wire.asked) == 1


async def test_one_request_at_a_time(client):
    async with Wire(lambda _: [reply(200)]) as wire:
        transport = plain(wire, client)
        await asyncio.gather(*(transport.get("/info") for _ in range(4)))

    assert (len(wire.asked), wire.most_busy) == (4, 1)


# --- connections


async def test_plain_connection_is_not_kept(client):
    async with Wire(script(reply(200))) as wire:
        transport = plain(wire, client)
        await transport.get("/info")
        await transport.get("/info")

    assert [asked.connection for asked in wire.asked] == [1, 2]


async def test_tls_connection_is_kept(client, tls):
    async with Wire(script(reply(200)), tls) as wire:
        transport = secure(wire, client)
        await transport.get("/info")
        await transport.get("/info")

    assert [asked.connection for asked in wire.asked] == [1, 1]


@pytest.mark.parametrize(("seconds", "connections"), [(60, 1), (75, 2)])
async def test_tls_connection_is_kept_from_one_poll_to_the_next(
    tls, monkeypatch, seconds, connections
):
    async with GatewayClient(_no_verification()) as client, Wire(script(reply(200)), tls) as wire:
        transport = secure(wire, client)
        await transport.get("/info")
        later = time.monotonic() + seconds
        monkeypatch.setattr("aiohttp.connector.monotonic", lambda: later)

        await transport.get("/info")

    assert wire.connections == connections


async def test_kept_connection_that_was_closed_is_no_failure(client, tls):
    async with Wire(script(reply(200), RESET, reply(200)), tls) as wire:
        transport = secure(wire, client)
        await transport.get("/info")
        answer = await transport.get("/info")

    assert answer.status == 200


async def test_kept_connection_is_replaced_once(client, tls):
    async with Wire(script(reply(200), RESET), tls) as wire:
        transport = secure(wire, client)
        await transport.get("/info")
        with pytest.raises(EnvoyConnectionError):
            await transport.get("/info")

    assert len(wire.asked) == 3


async def test_fresh_connection_that_breaks_is_a_failure(client, tls):
    async with Wire(script(RESET), tls) as wire:
        with pytest.raises(EnvoyConnectionError):
            await secure(wire, client).get("/info")

    assert len(wire.asked) == 1


# --- digest


def gate(asked):
    """Let in whoever answers the challenge."""
    signed = (asked.header("Authorization") or "").startswith("Digest ")
    return reply(200, b"in") if signed else reply(401, b"out", CHALLENGE)


async def test_challenge_is_answered(client):
    async with Wire(gate) as wire:
        answer = await plain(wire, client).get("/inv", auth=httpx.DigestAuth("envoy", "123456"))

    assert answer.body == b"in"


async def test_gateway_that_closes_behind_its_challenge_is_read(client):
    async with Wire(gate, closes=True) as wire:
        answer = await plain(wire, client).get("/inv", auth=httpx.DigestAuth("envoy", "123456"))

    assert answer.body == b"in"


async def test_endless_body_of_a_challenge_is_a_response_error(client):
    async with Wire(script(reply(401, bytes(8_000_001), CHALLENGE))) as wire:
        with pytest.raises(EnvoyResponseError):
            await plain(wire, client).get("/inv", auth=httpx.DigestAuth("envoy", "123456"))


@pytest.mark.parametrize(
    "header",
    [
        "WWW-Authenticate: Digest",
        "WWW-Authenticate: Digest nonsense",
        'WWW-Authenticate: Digest qop="auth"',
        'WWW-Authenticate: Digest realm="x", nonce="1", algorithm=ROT13',
        'WWW-Authenticate: Digest realm="x", nonce="1", qop="auth-int"',
        'WWW-Authenticate: Digest realm="x", nonce="1", qop="what"',
        "WWW-Authenticate: \N{LATIN SMALL LETTER Y WITH DIAERESIS}\N{PILCROW SIGN}",
    ],
)
async def test_challenge_without_sense_is_a_plain_401(client, header):
    garbage = reply(401, b"", header).replace(header.encode(), header.encode("latin-1"))
    async with Wire(script(garbage)) as wire:
        answer = await plain(wire, client).get("/inv", auth=httpx.DigestAuth("envoy", "123456"))

    assert answer.status == 401


@pytest.mark.parametrize(
    ("answer", "asks"),
    [
        (reply(401, b"", CHALLENGE), True),
        (reply(401, b"", CHALLENGE.lower()), True),
        (reply(401), False),
        (reply(200, b"", CHALLENGE), False),
    ],
)
async def test_challenge_is_recognised(client, answer, asks):
    async with Wire(script(answer)) as wire:
        found = await plain(wire, client).get("/inv")

    assert found.asks_for_digest is asks


# --- log


async def test_log_of_a_page(client, caplog):
    caplog.set_level(logging.DEBUG)
    ticks = iter([0.0, 0.1, 0.1])
    async with Wire(script(reply(200, b'{\n "a": 1\n}'))) as wire:
        await plain(wire, client, Timing(), clock=lambda: next(ticks)).get("/info")

    assert caplog.messages[-1] == (
        f"Fetched (1 of 2) in 0.1 sec from http://127.0.0.1:{wire.port}/info:"
        ' <Response [200 OK]>: { "a": 1 }'
    )


async def test_log_of_a_failure(client, caplog):
    caplog.set_level(logging.DEBUG)
    ticks = iter([0.0, 30.0])
    async with Wire(script(NEVER)) as wire:
        with pytest.raises(EnvoyTimeoutError):
            await plain(wire, client, IMPATIENT, clock=lambda: next(ticks)).get("/info")

    assert caplog.messages[-1] == (
        f"Fetched (1 of 1) in 30.0 sec from http://127.0.0.1:{wire.port}/info: TimeoutError"
    )


async def test_log_counts_attempts(client, caplog):
    caplog.set_level(logging.DEBUG)
    async with Wire(script(RESET, reply(200))) as wire:
        await plain(wire, client, Timing()).get("/info")

    assert [line[:16] for line in caplog.messages if line.startswith("Fetched")] == [
        "Fetched (1 of 2)",
        "Fetched (2 of 2)",
    ]


async def test_log_hides_secrets(client, caplog):
    caplog.set_level(logging.DEBUG, "custom_components")
    async with Wire(script(reply(200, b"swordfish 122112123456"))) as wire:
        transport = plain(wire, client)
        transport.redactor.hide("swordfish")
        await transport.get("/info?serial=122112123456")

    assert caplog.messages[-1].endswith(
        "/info?serial=990000000001: <Response [200 OK]>: ** 990000000001"
    )


async def test_log_is_cut(client, caplog):
    caplog.set_level(logging.DEBUG, "custom_components")
    async with Wire(script(reply(200, b"x" * 10_000))) as wire:
        await plain(wire, client).get("/info")

    assert len(caplog.messages[-1]) < 2200


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (200, "<Response [200 OK]>"),
        (401, "<Response [401 Unauthorized]>"),
        (599, "<Response [599 Unknown]>"),
    ],
)
def test_phrase_is_what_users_know(status, text):
    assert phrase(status) == text
