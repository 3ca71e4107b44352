import asyncio
import json
import logging
from contextlib import suppress
from unittest.mock import patch
from urllib.parse import parse_qs

import httpx
import pytest

from custom_components.enphase_envoy.envoy_reader.errors import (
    EnlightenAuthenticationError,
    EnlightenUnavailableError,
    Problem,
)
from custom_components.enphase_envoy.envoy_reader.exchange import enlighten
from custom_components.enphase_envoy.envoy_reader.exchange.enlighten import (
    LOGIN_URL,
    TOKEN_URL,
    fetch_token,
)

from .credentials import SERIAL, make_token

RAW = make_token()
LOGGED_IN = {"message": "success", "session_id": "5e551d", "is_consumer": True}


@pytest.fixture
async def client():
    async with httpx.AsyncClient(trust_env=False) as client:
        yield client
    for _ in range(3):  # bodies that were not read to their end are closed by the loop
        await asyncio.sleep(0)


@pytest.fixture
def login(respx_mock):
    return respx_mock.post(LOGIN_URL).respond(json=LOGGED_IN)


@pytest.fixture
def tokens(respx_mock):
    return respx_mock.post(TOKEN_URL).respond(text=f"{RAW}\n")


async def fetch(client, **kwargs):
    return await fetch_token(
        client, username="jane@example.org", password="swordfish&", serial=SERIAL, **kwargs
    )


async def test_token_is_fetched(client, login, tokens):
    assert (await fetch(client)).raw == RAW


async def test_login_is_sent_as_a_form(client, login, tokens):
    await fetch(client)

    assert parse_qs(login.calls.last.request.content.decode()) == {
        "user[email]": ["jane@example.org"],
        "user[password]": ["swordfish&"],
    }


async def test_token_is_asked_for_the_gateway(client, login, tokens):
    await fetch(client)

    assert json.loads(tokens.calls.last.request.content) == {
        "session_id": "5e551d",
        "serial_num": SERIAL,
        "username": "jane@example.org",
    }


async def test_headers_are_plain(client, login, tokens):
    client.headers["User-Agent"] = "HomeAssistant/2026.11.0 httpx2"
    client.cookies.set("old", "1", domain="enlighten.enphaseenergy.com")
    await fetch(client)

    sent = login.calls.last.request.headers
    assert (sent["Accept"], sent["User-Agent"], sent.get("Cookie")) == (
        "application/json",
        "envoy-reader/1.0",
        None,
    )


@pytest.mark.parametrize(
    ("status", "error", "problem"),
    [
        (301, EnlightenUnavailableError, Problem.CLOUD_REFUSED),
        (400, EnlightenUnavailableError, Problem.CLOUD_REFUSED),
        (401, EnlightenAuthenticationError, Problem.CLOUD_LOGIN_REFUSED),
        (403, EnlightenUnavailableError, Problem.CLOUD_REFUSED),
        (429, EnlightenUnavailableError, Problem.CLOUD_UNAVAILABLE),
        (500, EnlightenUnavailableError, Problem.CLOUD_UNAVAILABLE),
        (503, EnlightenUnavailableError, Problem.CLOUD_UNAVAILABLE),
    ],
)
async def test_refused_login(client, login, status, error, problem):
    login.respond(status)

    with pytest.raises(error) as caught:
        await fetch(client)
    assert (caught.value.problem, caught.value.status) == (problem, status)


@pytest.mark.parametrize(
    ("status", "error", "problem"),
    [
        (400, EnlightenUnavailableError, Problem.CLOUD_REFUSED),
        (401, EnlightenUnavailableError, Problem.CLOUD_REFUSED),
        (403, EnlightenAuthenticationError, Problem.CLOUD_SERIAL_REFUSED),
        (406, EnlightenUnavailableError, Problem.CLOUD_REFUSED),
        (429, EnlightenUnavailableError, Problem.CLOUD_UNAVAILABLE),
        (502, EnlightenUnavailableError, Problem.CLOUD_UNAVAILABLE),
    ],
)
@pytest.mark.usefixtures("login")
async def test_refused_token(client, tokens, status, error, problem):
    tokens.respond(status)

    with pytest.raises(error) as caught:
        await fetch(client)
    assert (caught.value.problem, caught.value.status) == (problem, status)


@pytest.mark.parametrize("status", [200, 403])
@pytest.mark.usefixtures("login")
async def test_sign_in_that_has_ended_remembers_no_secret(client, tokens, status):
    begun = []

    class Watched(enlighten.SignIn):
        def __init__(self, *args, **more):
            super().__init__(*args, **more)
            begun.append(self)

    tokens.respond(status, text=RAW)
    with patch.object(enlighten, "SignIn", Watched), suppress(EnlightenAuthenticationError):
        await fetch(client)

    (sign_in,) = begun
    assert (sign_in._password, sign_in._session_id, sign_in._cookies) == ("", "", {})  # noqa: SLF001 -- it shows them nowhere


async def test_refused_login_reads_as_users_know_it(client, login):
    login.respond(401)

    with pytest.raises(EnlightenAuthenticationError) as caught:
        await fetch(client)
    assert str(caught.value) == (
        "Could not Authenticate with Enlighten, status: 401, <Response [401 Unauthorized]>"
    )


async def test_refused_token_reads_as_users_know_it(client, login, tokens):
    tokens.respond(403)

    with pytest.raises(EnlightenAuthenticationError) as caught:
        await fetch(client)
    assert str(caught.value) == (
        "Could not get enlighten token, status: 403, <Response [403 Forbidden]>"
    )


@pytest.mark.parametrize(
    ("answer", "error", "problem"),
    [
        (b'{"requires_mfa": true}', EnlightenAuthenticationError, Problem.CLOUD_SECOND_FACTOR),
        (
            b'{"success": false, "isBlocked": true}',
            EnlightenAuthenticationError,
            Problem.CLOUD_LOCKED,
        ),
        (
            b'{"success": true, "isBlocked": false}',
            EnlightenUnavailableError,
            Problem.CLOUD_BUSY,
        ),
        (b'{"session_id": null}', EnlightenUnavailableError, Problem.CLOUD_BUSY),
        (b'{"session_id": ""}', EnlightenUnavailableError, Problem.CLOUD_BUSY),
        (b'{"message": "Too many sessions"}', EnlightenUnavailableError, Problem.CLOUD_BUSY),
        (b'{"error": {"message": "Wait"}}', EnlightenUnavailableError, Problem.CLOUD_BUSY),
        (b"{}", EnlightenUnavailableError, Problem.CLOUD_BUSY),
        (b"<html>Sign in</html>", EnlightenUnavailableError, Problem.CLOUD_REFUSED),
        (b"[" * 100_000, EnlightenUnavailableError, Problem.CLOUD_REFUSED),
        (b"\xff\xfe", EnlightenUnavailableError, Problem.CLOUD_REFUSED),
        (b"[]", EnlightenUnavailableError, Problem.CLOUD_REFUSED),
        (b" " * 1_000_001, EnlightenUnavailableError, Problem.CLOUD_REFUSED),
    ],
    ids=[
        *("mfa", "blocked", "no cookie", "null", "empty", "busy", "busy within", "nothing"),
        *("html", "nested", "binary", "list", "endless"),
    ],
)
async def test_login_without_a_session(client, login, answer, error, problem):
    login.respond(content=answer)

    with pytest.raises(error) as caught:
        await fetch(client)
    assert caught.value.problem is problem


@pytest.mark.parametrize(
    "answer",
    [b"<html>Sign in</html>", b"", b'{"token": "x"}', make_token(aud="122112999999").encode()],
)
async def test_what_is_not_our_token_is_refused(client, login, tokens, answer):
    tokens.respond(content=answer)

    with pytest.raises(EnlightenUnavailableError) as caught:
        await fetch(client)
    assert caught.value.problem is Problem.CLOUD_REFUSED


@pytest.mark.parametrize(
    "failure", [httpx.ConnectTimeout, httpx.ConnectError, httpx.RemoteProtocolError, OSError]
)
async def test_cloud_that_is_down(client, login, failure):
    login.mock(side_effect=failure)

    with pytest.raises(EnlightenUnavailableError) as caught:
        await fetch(client)
    assert caught.value.problem is Problem.CLOUD_UNAVAILABLE


async def test_cookie_that_is_none_is_passed_over(client, login, tokens):
    login.respond(json=LOGGED_IN, headers=[("Set-Cookie", r'a="\001"')])

    assert (await fetch(client)).raw == RAW


async def test_slow_cloud_ends_in_time(client, login):
    login.mock(side_effect=hang)

    with pytest.raises(EnlightenUnavailableError) as caught:
        await fetch(client, timeout_s=0.01)
    assert caught.value.problem is Problem.CLOUD_UNAVAILABLE


async def hang(_request):
    await asyncio.Event().wait()


async def test_no_cookie_of_the_cloud_stays(client, login, tokens):
    login.respond(
        json=LOGGED_IN,
        headers=[
            ("Set-Cookie", "login_otp_nonce=1; path=/"),
            ("Set-Cookie", "_session=2; domain=.enphaseenergy.com; path=/"),
        ],
    )
    client.cookies.set("mine", "1", domain="example.org")
    await fetch(client)

    assert [cookie.name for cookie in client.cookies.jar] == ["mine"]


async def test_nothing_secret_is_logged(client, login, tokens, caplog):
    caplog.set_level(logging.DEBUG)
    await fetch(client)

    secrets = ("swordfish", "jane", "5e551d", RAW.split(".")[1], SERIAL)
    assert not any(secret in caplog.text for secret in secrets)
