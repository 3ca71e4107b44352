"""Fetch a token from Enphase's cloud: log in, then ask for the token of one gateway.

Nothing else of the reader leaves the house, and this only when a token is needed; how often is
decided by ``auth.LoginLimiter``. Source: gateway-api.md, section 5.1 (the owner's route).
"""

import asyncio
import json
import logging
from http import HTTPStatus
from typing import Final

import httpx

from ..errors import (
    EnlightenAuthenticationError,
    EnlightenUnavailableError,
    EnvoyAuthenticationError,
    Problem,
)
from .tokens import Token, parse_token
from .transport import BodyTooLongError, phrase, read_body, unlogged

_LOGGER = logging.getLogger(__name__)

LOGIN_URL: Final = "https://enlighten.enphaseenergy.com/login/login.json"
TOKEN_URL: Final = "https://entrez.enphaseenergy.com/tokens"  # noqa: S105 -- an address
_HEADERS: Final = {
    "Accept": "application/json",
    # A plain one of our own: the cloud answers 406 to Home Assistant's usual name.
    "User-Agent": "envoy-reader/1.0",
}
_CONNECT_S: Final = 10
_LONGEST_BODY: Final = 1_000_000
"""Bytes; both answers are a few kilobytes at most."""


async def fetch_token(
    client: httpx.AsyncClient, *, username: str, password: str, serial: str, timeout_s: float = 30
) -> Token:
    """Log in and return a token for the gateway ``serial``; ``timeout_s`` is for all of it.

    ``client`` must verify certificates; none of its cookies are sent, and none stay in it.
    Raises EnlightenAuthenticationError when only the user can help (login refused, a second factor,
    a gateway of somebody else) and EnlightenUnavailableError when it may work another time.
    """
    try:
        with unlogged():
            async with asyncio.timeout(timeout_s):
                session_id = await _log_in(client, username, password)
                return await _get_token(client, username, session_id, serial)
    except (TimeoutError, httpx.HTTPError, OSError) as err:
        raise EnlightenUnavailableError(
            f"Enlighten does not answer ({type(err).__name__})"
        ) from err


async def _log_in(client: httpx.AsyncClient, username: str, password: str) -> str:
    form = {"user[email]": username, "user[password]": password}
    status, body = await _send(
        client, httpx.Request("POST", LOGIN_URL, headers=_HEADERS, data=form)
    )
    told = f"Could not Authenticate with Enlighten, status: {status}, {phrase(status)}"
    if status == HTTPStatus.UNAUTHORIZED:
        raise EnlightenAuthenticationError(told, Problem.CLOUD_LOGIN_REFUSED, status=status)
    if status != HTTPStatus.OK:
        raise _unavailable(told, status)
    answer = _json_object(body)
    if answer is None:
        raise _unavailable(f"{told}: not the expected answer", status)
    if answer.get("isBlocked") is True:
        raise EnlightenAuthenticationError(
            f"{told}: the account is blocked", Problem.CLOUD_LOGIN_REFUSED, status=status
        )
    session_id = answer.get("session_id")
    if not isinstance(session_id, str) or not session_id:
        raise EnlightenAuthenticationError(
            f"{told}: the account asks for a second factor",
            Problem.CLOUD_SECOND_FACTOR,
            status=status,
        )
    return session_id


async def _get_token(
    client: httpx.AsyncClient, username: str, session_id: str, serial: str
) -> Token:
    wish = {"session_id": session_id, "serial_num": serial, "username": username}
    status, body = await _send(
        client, httpx.Request("POST", TOKEN_URL, headers=_HEADERS, json=wish)
    )
    told = f"Could not get enlighten token, status: {status}, {phrase(status)}"
    if status == HTTPStatus.FORBIDDEN:
        raise EnlightenAuthenticationError(told, Problem.CLOUD_SERIAL_REFUSED, status=status)
    if status != HTTPStatus.OK:
        raise _unavailable(told, status)
    try:
        token = parse_token(body.decode(errors="replace"))
    except EnvoyAuthenticationError as err:
        raise _unavailable(f"{told}: what came is not a token", status) from err
    if token.serial != serial:
        raise _unavailable(f"{told}: the token is for another gateway", status)
    return token


async def _send(client: httpx.AsyncClient, request: httpx.Request) -> tuple[int, bytes]:
    """Send a request made by hand (so without the client's headers and cookies)."""
    # The time limit is ours and for the whole; the client's own would be shorter. Only whether the
    # cloud was reached at all has to be known before it ends.
    request.extensions["timeout"] = httpx.Timeout(None, connect=_CONNECT_S).as_dict()
    try:
        response = await client.send(request, stream=True, auth=None, follow_redirects=False)
        try:
            body = await read_body(response, _LONGEST_BODY)
        finally:
            await response.aclose()
    except BodyTooLongError as err:
        raise EnlightenUnavailableError(
            "The answer of Enlighten has no end", Problem.CLOUD_REFUSED
        ) from err
    finally:
        _forget_cookies(client, request.url.host)
    _LOGGER.debug("Enlighten, %s: %s", request.url.path, phrase(response.status_code))
    return response.status_code, body


def _forget_cookies(client: httpx.AsyncClient, host: str) -> None:
    """Take the cloud's cookies out of the client again: others may share it."""
    for cookie in list(client.cookies.jar):
        if host.endswith(cookie.domain.lstrip(".")):
            client.cookies.jar.clear(cookie.domain, cookie.path, cookie.name)


def _unavailable(message: str, status: int) -> EnlightenUnavailableError:
    busy = status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR
    problem = Problem.CLOUD_UNAVAILABLE if busy else Problem.CLOUD_REFUSED
    return EnlightenUnavailableError(message, problem, status=status)


def _json_object(body: bytes) -> dict[str, object] | None:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return answer if isinstance(answer, dict) else None
