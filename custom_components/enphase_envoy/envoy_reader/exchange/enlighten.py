"""Enphase's cloud: sign in, give a code where the account asks for one, get a gateway's token.

This is the reader's only traffic to the internet, and only when a token is needed; how often is
decided by ``auth.LoginLimiter``. Source: gateway-api.md, section 5.1 (the owner's route).
"""

import asyncio
import json
import logging
import time
from base64 import b64encode
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie
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

_CLOUD: Final = "https://enlighten.enphaseenergy.com"
LOGIN_URL: Final = f"{_CLOUD}/login/login.json"
FORM_LOGIN_URL: Final = f"{_CLOUD}/login/login"
"""The same as a form of the web site; some accounts are only let in here."""
SEND_CODE_URL: Final = f"{_CLOUD}/app-api/generate_mfa_login_otp"
CHECK_CODE_URL: Final = f"{_CLOUD}/app-api/validate_login_otp"
TOKEN_URL: Final = "https://entrez.enphaseenergy.com/tokens"  # noqa: S105 -- an address
CODE_PAUSE_S: Final = 30.0
"""Seconds after a code before the cloud sends another one."""
_CODE_LASTS_S: Final = 600.0
"""A refused code that was sent longer ago is taken to be too old, not wrong."""
_HEADERS: Final = {
    "Accept": "application/json",
    # A plain one of our own: the cloud answers 406 to Home Assistant's usual name.
    "User-Agent": "envoy-reader/1.0",
}
_CONNECT_S: Final = 10
_LONGEST_BODY: Final = 1_000_000
"""Bytes; all answers are a few kilobytes at most."""
_NONCE: Final = "login_otp_nonce"
_SESSION: Final = "_enlighten_4_session"
"""Cookies: of a sign-in that waits for a code, and of one that is complete."""
_WRONG_CODE: Final = frozenset(
    {
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.NOT_FOUND,
        HTTPStatus.CONFLICT,
        HTTPStatus.UNPROCESSABLE_ENTITY,
    }
)


class CodeSentBy(StrEnum):
    """How the cloud has sent a code, as far as its answer shows."""

    EMAIL = "email"
    MESSAGE = "message"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class _Answer:
    """An answer of the cloud."""

    status: int
    body: bytes
    cookies: Mapping[str, str]

    @property
    def document(self) -> dict[str, object] | None:
        """The JSON object in it; ``None`` if it is none."""
        try:
            answer = json.loads(self.body)
        except (ValueError, RecursionError):
            return None
        return answer if isinstance(answer, dict) else None


class SecondFactorError(EnlightenAuthenticationError):
    """The account asks for a code; ``sign_in`` waits for it."""

    def __init__(self, message: str, sign_in: "SignIn", *, status: int) -> None:
        """Hand over the sign-in, so that no second login is needed."""
        super().__init__(message, Problem.CLOUD_SECOND_FACTOR, status=status)
        self.sign_in = sign_in


class SignIn:
    """One sign-in to an account, over as many steps as the account asks for.

    Password and cookies stay in this object. Every method raises EnlightenAuthenticationError when
    only the user can help and EnlightenUnavailableError when it may work another time.
    """

    def __init__(
        self,
        client: httpx.AsyncClient,
        username: str,
        password: str,
        *,
        timeout_s: float = 30,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Prepare. ``client`` must verify certificates; none of its cookies are sent or kept.

        ``timeout_s`` is for each step, ``clock`` gives epoch seconds.
        """
        self._client = client
        self._username = username
        self._password = password
        self._timeout_s = timeout_s
        self._clock = clock
        self._cookies: dict[str, str] = {}
        self._session_id = ""
        self._code_sent_at: float | None = None

    def forget(self) -> None:
        """Forget the password and the cookies: the sign-in ends here."""
        self._password = self._session_id = ""
        self._cookies.clear()

    async def log_in(self) -> None:
        """Give user and password. Raises SecondFactorError when the account asks for a code."""
        form = {"user[email]": self._username, "user[password]": self._password}
        async with self._step():
            answer = await self._post(LOGIN_URL, data=form)
            if answer.status == HTTPStatus.NOT_ACCEPTABLE:
                answer = await self._post(FORM_LOGIN_URL, data=form)
                self._take_form_login(answer)
            else:
                self._take_login(answer)

    async def send_code(self) -> CodeSentBy:
        """Have the cloud send a code; wait ``CODE_PAUSE_S`` before doing so again."""
        async with self._step():
            answer = await self._post(SEND_CODE_URL, data={"locale": "en"})
        outcome = f"Enlighten sends no code, status: {answer.status}, {phrase(answer.status)}"
        document = answer.document or {}
        _raise_if_locked(outcome, answer.status, document, also=HTTPStatus.TOO_MANY_REQUESTS)
        if answer.status != HTTPStatus.OK:
            raise _unavailable(outcome, answer.status)
        self._code_sent_at = self._clock()
        return _sent_by(document)

    def code_pause_s(self) -> float:
        """Return the seconds until another code may be sent."""
        if self._code_sent_at is None:
            return 0.0
        return max(0.0, self._code_sent_at + CODE_PAUSE_S - self._clock())

    async def enter_code(self, code: str) -> None:
        """Give the code that the account's owner was sent."""
        form = {
            "email": b64encode(self._username.encode()).decode(),
            "otp": b64encode(code.encode()).decode(),
            "xhrFields[withCredentials]": "true",
        }
        guard = next((value for name, value in self._cookies.items() if "XSRF" in name.upper()), "")
        async with self._step():
            answer = await self._post(
                CHECK_CODE_URL, data=form, headers={"X-CSRF-Token": guard} if guard else {}
            )
        self._take_code(answer)

    async def token(self, serial: str) -> Token:
        """Return a token for the gateway with this serial number, once the sign-in is complete."""
        wish = {"session_id": self._session_id, "serial_num": serial, "username": self._username}
        async with self._step():
            answer = await self._post(TOKEN_URL, json=wish, with_cookies=False)
        status = answer.status
        outcome = f"Could not get enlighten token, status: {status}, {phrase(status)}"
        if status == HTTPStatus.FORBIDDEN:
            raise EnlightenAuthenticationError(outcome, Problem.CLOUD_SERIAL_REFUSED, status=status)
        if status != HTTPStatus.OK:
            raise _unavailable(outcome, status)
        try:
            token = parse_token(answer.body.decode(errors="replace"))
        except EnvoyAuthenticationError as err:
            raise _unavailable(f"{outcome}: what came is not a token", status) from err
        if token.serial != serial:
            raise _unavailable(f"{outcome}: the token is for another gateway", status)
        return token

    def _take_login(self, answer: _Answer) -> None:
        """Read the answer to user and password."""
        outcome = _login_answered(answer.status)
        document = answer.document
        if answer.status == HTTPStatus.UNAUTHORIZED:
            raise EnlightenAuthenticationError(
                outcome, Problem.CLOUD_LOGIN_REFUSED, status=answer.status
            )
        if answer.status != HTTPStatus.OK:
            raise _unavailable(outcome, answer.status)
        if document is None:
            raise _unavailable(f"{outcome}: not the expected answer", answer.status)
        _raise_if_locked(outcome, answer.status, document)
        self._raise_if_code_wanted(outcome, answer, document)
        if not (session_id := _session_id(document)):
            raise EnlightenUnavailableError(
                f"{outcome}: no session was opened", Problem.CLOUD_BUSY, status=answer.status
            )
        self._session_id = session_id

    def _take_form_login(self, answer: _Answer) -> None:
        """Read the answer of the web site's form: only its cookies tell how far we got."""
        outcome = _login_answered(answer.status)
        if answer.status == HTTPStatus.UNAUTHORIZED:
            raise EnlightenAuthenticationError(
                outcome, Problem.CLOUD_LOGIN_REFUSED, status=answer.status
            )
        document = answer.document or {}
        _raise_if_locked(outcome, answer.status, document)
        self._raise_if_code_wanted(outcome, answer, {"success": True, **document})
        session_id = _session_id(document) or answer.cookies.get(_SESSION)
        if answer.status not in (HTTPStatus.OK, HTTPStatus.FOUND) or not session_id:
            raise _unavailable(outcome, answer.status)
        self._session_id = session_id

    def _raise_if_code_wanted(
        self, outcome: str, answer: _Answer, document: Mapping[str, object]
    ) -> None:
        waits = document.get("success") is True and _NONCE in answer.cookies
        if document.get("requires_mfa") is True or (waits and not _session_id(document)):
            raise SecondFactorError(
                f"{outcome}: the account asks for a second factor", self, status=answer.status
            )

    def _take_code(self, answer: _Answer) -> None:
        """Read the answer to a code."""
        status, document = answer.status, answer.document or {}
        outcome = f"Enlighten answers a code with status: {status}, {phrase(status)}"
        _raise_if_locked(outcome, status, document, also=HTTPStatus.TOO_MANY_REQUESTS)
        if document.get("isValid") is False or status in _WRONG_CODE:
            problem = Problem.CODE_EXPIRED if self._code_is_old(document) else Problem.CODE_WRONG
            raise EnlightenAuthenticationError(outcome, problem, status=status)
        session_id = _session_id(document) or answer.cookies.get(_SESSION)
        if status != HTTPStatus.OK or not session_id:
            raise _unavailable(outcome, status)
        self._session_id = session_id

    def _code_is_old(self, document: Mapping[str, object]) -> bool:
        if any("expire" in word for word in _words(document)):
            return True
        return self._code_sent_at is None or self._clock() - self._code_sent_at > _CODE_LASTS_S

    @asynccontextmanager
    async def _step(self) -> AsyncGenerator[None]:
        """Bound a step in time, and keep what passes out of the log."""
        try:
            with unlogged():
                async with asyncio.timeout(self._timeout_s):
                    yield
        except (TimeoutError, httpx.HTTPError, OSError) as err:
            raise EnlightenUnavailableError(
                f"Enlighten does not answer ({type(err).__name__})"
            ) from err

    async def _post(
        self,
        url: str,
        *,
        data: Mapping[str, str] | None = None,
        json: Mapping[str, str] | None = None,
        headers: Mapping[str, str] = {},
        with_cookies: bool = True,
    ) -> _Answer:
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        sent = {**_HEADERS, **headers}
        if cookies and with_cookies:
            sent["Cookie"] = cookies
        answer = await _send(
            self._client, httpx.Request("POST", url, headers=sent, data=data, json=json)
        )
        if with_cookies:
            self._cookies.update(answer.cookies)
        return answer


async def fetch_token(  # noqa: PLR0913 -- what a sign-in needs, and for which gateway
    client: httpx.AsyncClient,
    *,
    username: str,
    password: str,
    serial: str,
    timeout_s: float = 30,
    clock: Callable[[], float] = time.time,
) -> Token:
    """Sign in and return a token for the gateway ``serial``; ``timeout_s`` is for each step.

    Raises what ``SignIn`` raises. Only a sign-in that waits for a code remembers its secrets.
    """
    sign_in = SignIn(client, username, password, timeout_s=timeout_s, clock=clock)
    waits = False
    try:
        await sign_in.log_in()
        return await sign_in.token(serial)
    except SecondFactorError:
        waits = True
        raise
    finally:
        if not waits:  # the traceback of an error that is kept leads to it
            sign_in.forget()


async def _send(client: httpx.AsyncClient, request: httpx.Request) -> _Answer:
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
    cookies = _cookies_of(response.headers.get_list("set-cookie"))
    return _Answer(response.status_code, body, cookies)


def _cookies_of(lines: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in lines:
        try:
            jar = SimpleCookie(line)
        except CookieError:
            continue
        found |= {name: morsel.coded_value for name, morsel in jar.items()}
    return found


def _forget_cookies(client: httpx.AsyncClient, host: str) -> None:
    """Take the cloud's cookies out of the client again: others may share it."""
    for cookie in list(client.cookies.jar):
        if host.endswith(cookie.domain.lstrip(".")):
            client.cookies.jar.clear(cookie.domain, cookie.path, cookie.name)


def _login_answered(status: int) -> str:
    return f"Could not Authenticate with Enlighten, status: {status}, {phrase(status)}"


def _session_id(document: Mapping[str, object]) -> str:
    found = document.get("session_id")
    return found if isinstance(found, str) else ""


def _raise_if_locked(
    outcome: str, status: int, document: Mapping[str, object], also: int | None = None
) -> None:
    """Raise when an answer says that the account is locked, or has the status ``also``."""
    if document.get("isBlocked") is True or status == also:
        raise EnlightenAuthenticationError(
            f"{outcome}: the account is locked", Problem.CLOUD_LOCKED, status=status
        )


def _sent_by(document: Mapping[str, object]) -> CodeSentBy:
    """Tell from the words of an answer how a code was sent; the vendor names no field for it."""
    words = list(_words(document))
    if any(clue in word for word in words for clue in ("sms", "phone", "mobile", "text message")):
        return CodeSentBy.MESSAGE
    return CodeSentBy.EMAIL if any("mail" in word for word in words) else CodeSentBy.UNKNOWN


def _words(node: object) -> Iterator[str]:
    """Walk through the texts of a document, and the names of what is true in it, in lower case."""
    if isinstance(node, dict):
        for name, value in node.items():
            if value is True or isinstance(value, str | dict | list):
                yield str(name).lower()
            yield from _words(value)
    elif isinstance(node, list):
        for value in node:
            yield from _words(value)
    elif isinstance(node, str):
        yield node.lower()


def _unavailable(message: str, status: int) -> EnlightenUnavailableError:
    busy = status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR
    problem = Problem.CLOUD_UNAVAILABLE if busy else Problem.CLOUD_REFUSED
    return EnlightenUnavailableError(message, problem, status=status)
