"""One exchange with a gateway: address, time limit, retry, size limit. Bytes in, bytes out.

Gateways are small: there is never more than one request under way, and a connection is left open
only over TLS, where opening one takes long. Source: gateway-api.md, sections 3 and 16.
"""

import asyncio
import logging
import re
import time
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Awaitable,
    Callable,
    Iterator,
    Mapping,
)
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import lru_cache
from http import HTTPStatus
from typing import Any, Final

import httpx

from ..errors import (
    EnvoyConnectionError,
    EnvoyError,
    EnvoyResponseError,
    EnvoyTimeoutError,
    EnvoyUncertainError,
)
from .auth import TokenAuth
from .redact import Redactor
from .turns import Turns

_LOGGER = logging.getLogger(__name__)

_LONGEST_BODY: Final = 8_000_000
"""Bytes; the longest page seen (300 inverters in detail) is far below a megabyte."""
_LONGEST_LOGGED: Final = 2000
"""Characters of a body in the log: enough to recognise the page, not enough to flood."""
_SENSELESS: Final = (httpx.ProtocolError, LookupError, ValueError, NotImplementedError)
"""What httpx raises on a challenge that it cannot answer, differing from version to version."""
_TROUBLE: Final = (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError)
"""What httpx raises when an exchange fails."""
_BEFORE_SENDING: Final = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.InvalidURL,
    httpx.PoolTimeout,
    httpx.UnsupportedProtocol,
    UnicodeError,
)
"""Those that httpx raises before it has sent the first byte of a request."""
_FIRST_BYTES: Final = "send_request_headers.started"
"""End of the name of the event at which httpcore begins to send."""
_SESSION_COOKIE: Final = re.compile(r"\bsessionId=([\w.~+/=-]+)")
_BENEATH: Final = tuple(
    # httpx logs through httpcore, httpx2 through httpcore2; Home Assistant serves either as httpx.
    f"{httpx.__name__.replace('httpx', 'httpcore')}.{part}"
    for part in ("connection", "http11", "http2", "proxy", "socks")
)
"""Loggers of httpcore; at debug they show every header of an answer."""
_private: Final = ContextVar("private", default=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """How patient we are with a gateway."""

    page_s: float = 30
    """Seconds for one page, from the connection to the last byte."""
    retries: int = 1
    """Further attempts when there was no usable answer."""
    pause_s: float = 0
    """Seconds between attempts."""
    collection_s: float = 55
    """Seconds for all pages of one collection together; kept by the caller."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back, whatever the status: the caller decides what it means."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    """By name, in any case; not in the repr, since a cookie may be among them."""
    body: bytes = field(repr=False)
    seconds: float
    url: str = field(repr=False)

    @property
    def session_id(self) -> str | None:
        """The session cookie, where the gateway gave one with this answer; a secret."""
        found = _SESSION_COOKIE.search(self.headers.get("set-cookie", ""))
        return found[1] if found else None

    @property
    def asks_for_digest(self) -> bool:
        """Whether this is a 401 that a local user and password might turn into an answer."""
        return (
            self.status == HTTPStatus.UNAUTHORIZED
            and "digest " in self.headers.get("www-authenticate", "").lower()
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ask:
    """A request before it has an address."""

    method: str
    path: str
    auth: httpx.Auth
    timeout_s: float
    body: bytes | None = None
    content_type: str = ""

    @property
    def is_write(self) -> bool:
        """Whether it changes something, so that it may reach the gateway only once."""
        return self.method != "GET"


@contextmanager
def unlogged() -> Iterator[None]:
    """Keep httpx and httpcore from logging an exchange: cookies are among its headers.

    Only ours: exchanges of others with the same libraries are logged as before.
    """
    before = _private.set(True)
    try:
        yield
    finally:
        _private.reset(before)


def _may_be_logged(_record: logging.LogRecord) -> bool:
    return not _private.get()


for _name in _BENEATH:
    logging.getLogger(_name).addFilter(_may_be_logged)


class BodyTooLongError(Exception):
    """A body went on beyond its limit; never leaves the reader."""


class Transport:
    """Exchanges with the gateway at one address, one at a time."""

    def __init__(  # noqa: PLR0913 -- parts that tests replace
        self,
        host: str,
        client: httpx.AsyncClient,
        timing: Timing = Timing(),
        *,
        writer: httpx.AsyncClient | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Talk to ``host``: a name, an IPv4 or an IPv6 address (brackets or not), maybe a port.

        ``client`` is the caller's, and must not verify certificates: a gateway signs its own.
        ``writer`` is a second one of the kind for what changes something: it keeps no connection
        open, so no write meets one that the gateway has closed in between.
        """
        self.scheme = "https"
        """``https`` or ``http``; may be changed at any time."""
        self.redactor = Redactor()
        """What hides secrets in the debug log."""
        self._authority = _authority(host)
        self._client = client
        self._writer = writer or client
        self._timing = timing
        self._clock = clock
        self._sleep = sleep
        self._turns = Turns()
        self._kept_open = False
        self._signed: dict[str, tuple[TokenAuth, httpx.Request]] = {}
        """By URL, the last request that was signed with a token. Most are sent again each minute,
        and to make one takes a tenth of the whole exchange."""
        self.requests = 0
        """Attempts so far, answered or not."""
        self.busy_s = 0.0
        """Seconds that they have taken."""

    def move(self, host: str) -> None:
        """Talk to another address of the gateway from now on."""
        self._authority = _authority(host)
        self._kept_open = False

    async def get(
        self, path: str, *, auth: httpx.Auth | None = None, timeout_s: float | None = None
    ) -> Answer:
        """Return the answer to a GET of ``path``, whatever its status; redirects are not followed.

        ``timeout_s`` overrules ``Timing.page_s``, and there is only one attempt then: its caller is
        in a hurry. Raises EnvoyConnectionError when no attempt
        brought an answer (EnvoyTimeoutError: not in time) and EnvoyResponseError when it cannot be
        taken in: too long, or packed wrongly.
        """
        attempts = 1 if timeout_s else 1 + self._timing.retries
        ask = _Ask(
            method="GET",
            path=path,
            auth=auth or httpx.Auth(),
            timeout_s=timeout_s or self._timing.page_s,
        )
        for attempt in range(1, attempts):
            try:
                return await self._attempt(ask, f"{attempt} of {attempts}")
            except EnvoyConnectionError:
                await self._sleep(self._timing.pause_s)
        return await self._attempt(ask, f"{attempts} of {attempts}")

    async def send(  # noqa: PLR0913 -- what a request consists of
        self,
        method: str,
        path: str,
        body: bytes,
        *,
        auth: httpx.Auth | None = None,
        content_type: str = "application/json",
        timeout_s: float | None = None,
    ) -> Answer:
        """Send something that changes the gateway, once, before all reads that wait.

        Returns the answer, whatever its status. Raises EnvoyUncertainError when it may have been
        obeyed although no usable answer came, and EnvoyConnectionError when it surely was not sent.
        """
        ask = _Ask(
            method=method,
            path=path,
            auth=auth or httpx.Auth(),
            timeout_s=timeout_s or self._timing.page_s,
            body=body,
            content_type=content_type,
        )
        return await self._attempt(ask, "1 of 1")

    @asynccontextmanager
    async def stream(
        self, path: str, *, auth: httpx.Auth | None = None, silence_s: float
    ) -> AsyncGenerator[tuple[int, AsyncIterator[bytes]]]:
        """Open an answer without end: its status, and its pieces as they come.

        It takes no turn, as it would never give it back. Raises EnvoyConnectionError when the
        connection fails or breaks, and EnvoyTimeoutError when nothing comes for ``silence_s``.
        """
        ask = _Ask(method="GET", path=path, auth=auth or httpx.Auth(), timeout_s=silence_s)
        request = next(
            ask.auth.auth_flow(
                self._request(f"{self.scheme}://{self._authority}{ask.path}", ask, [])
            )
        )
        try:
            async with asyncio.timeout(silence_s):
                with unlogged():
                    response = await self._start(self._client, request)
        except _TROUBLE as err:
            raise _ours(err) from err
        try:
            yield response.status_code, _pieces(response, silence_s)
        finally:
            await response.aclose()

    async def _attempt(self, ask: _Ask, count: str) -> Answer:
        url = f"{self.scheme}://{self._authority}{ask.path}"
        events: list[str] = []
        async with self._turns.turn(urgent=ask.is_write):
            started = self._clock()
            try:
                with unlogged():
                    async with asyncio.timeout(ask.timeout_s):
                        status, headers, body = await self._exchange(url, ask, events)
            except (*_TROUBLE, BodyTooLongError) as err:
                self._log(count, self._spent(started), url, type(err).__name__)
                if ask.is_write and _may_have_been_sent(err, events):
                    raise EnvoyUncertainError(
                        f"The connection broke before the gateway answered ({type(err).__name__})"
                    ) from err
                raise _ours(err) from err
            answer = Answer(
                status=status,
                headers=headers,
                body=body,
                seconds=self._spent(started),
                url=url,
            )
            self._log(count, answer.seconds, url, status, body)
            return answer

    def _spent(self, started: float) -> float:
        """Count an attempt, and return the seconds that it took."""
        seconds = self._clock() - started
        self.requests += 1
        self.busy_s += seconds
        return seconds

    async def _exchange(
        self, url: str, ask: _Ask, events: list[str]
    ) -> tuple[int, httpx.Headers, bytes]:
        """Send a request and, where ``auth`` can, answer the challenge that comes back.

        httpx would do the same by itself, but reads the body that comes with a challenge without
        any limit, and raises on a challenge that makes no sense (R3.9.36 sends one).
        """
        signed_with, request = self._signed.get(url, (None, None))
        if request is not None and signed_with == ask.auth and not ask.is_write:
            response, body = await self._send(request, is_write=False)
            return response.status_code, response.headers, body
        flow = ask.auth.auth_flow(self._request(url, ask, events))
        request = next(flow)
        if isinstance(ask.auth, TokenAuth) and not ask.is_write:
            self._signed[url] = ask.auth, request
        while True:
            response, body = await self._send(request, is_write=ask.is_write)
            try:
                request = flow.send(response)
            except (StopIteration, *_SENSELESS):
                return response.status_code, response.headers, body

    def _request(self, url: str, ask: _Ask, events: list[str]) -> httpx.Request:
        # Made by hand, not by the client: it may be shared, and would add its cookies and headers.
        headers = {
            "Host": _named(self._authority),
            "User-Agent": "envoy-reader/1.0",
            "Accept": "*/*",
        }
        if self.scheme == "http" or ask.is_write:
            # Firmware before 7 closes after a challenge without saying so: ask for it every time.
            headers["Connection"] = "close"
        # No limits but the one for the whole page: those of httpx restart with every byte.
        more: dict[str, Any] = {"timeout": httpx.Timeout(None).as_dict()}
        if not ask.is_write:
            return httpx.Request("GET", _url(url), headers=headers, extensions=more)
        headers["Content-Type"] = ask.content_type

        async def note(event: str, _facts: object) -> None:
            events.append(event)

        more["trace"] = note
        return httpx.Request(
            ask.method, _url(url), headers=headers, content=ask.body, extensions=more
        )

    async def _send(
        self, request: httpx.Request, *, is_write: bool
    ) -> tuple[httpx.Response, bytes]:
        if is_write:
            response = await self._start(self._writer, request)
        else:
            response = await self._start_reading(request)
        try:
            body = await read_body(response, _LONGEST_BODY)
        finally:
            await response.aclose()
        if not is_write:
            self._kept_open = self.scheme == "https"
        return response, body

    async def _start_reading(self, request: httpx.Request) -> httpx.Response:
        kept_open, self._kept_open = self._kept_open, False
        try:
            return await self._start(self._client, request)
        except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError):
            if not kept_open:
                raise
            # The gateway had closed the connection in between, which is no failure of this page.
            return await self._start(self._client, request)

    async def _start(self, client: httpx.AsyncClient, request: httpx.Request) -> httpx.Response:
        return await client.send(request, stream=True, auth=None, follow_redirects=False)

    def _log(
        self, count: str, seconds: float, url: str, outcome: str | int, body: bytes = b""
    ) -> None:
        """Log an exchange; ``outcome`` is a status or, without one, the kind of failure."""
        if not _LOGGER.isEnabledFor(logging.DEBUG):
            return
        if isinstance(outcome, int):
            outcome = phrase(outcome)
        if body:
            # Redacted before it is cut: half a secret is not recognised any more.
            text = " ".join(self.redactor(body.decode(errors="replace")).split())
            outcome = f"{outcome}: {text[:_LONGEST_LOGGED]}"
        _LOGGER.debug(
            "Fetched (%s) in %.1f sec from %s: %s", count, seconds, self.redactor(url), outcome
        )


async def _pieces(response: httpx.Response, silence_s: float) -> AsyncIterator[bytes]:
    """Yield what comes, as it comes; raises what ``Transport.stream`` raises."""
    incoming = response.aiter_bytes()
    while True:
        try:
            async with asyncio.timeout(silence_s):
                piece = await anext(incoming, None)
        except _TROUBLE as err:
            raise _ours(err) from err
        if piece is None:
            return
        yield piece


async def read_body(response: httpx.Response, limit: int) -> bytes:
    """Return the body of a streamed response; raises BodyTooLongError beyond ``limit`` bytes."""
    body = b""
    incoming = response.aiter_bytes()
    if isinstance(response.stream, httpx.AsyncByteStream) and not response.headers.get(
        "Content-Encoding"
    ):
        incoming = aiter(response.stream)  # there is nothing to unpack
    async for chunk in incoming:
        body = body + chunk if body else chunk  # most pages come in one piece
        if len(body) > limit:
            break  # raised below: a traceback would keep the unfinished iterator alive
    if len(body) > limit:
        raise BodyTooLongError
    return body


def phrase(status: int) -> str:
    """Return a status as users know it from the log: ``<Response [200 OK]>``."""
    try:
        name = HTTPStatus(status).phrase
    except ValueError:
        name = "Unknown"
    return f"<Response [{status} {name}]>"


def _authority(host: str) -> str:
    """Return ``host`` as it stands in a URL: an IPv6 address in brackets, its port behind them."""
    address = host.strip()
    if address.startswith("["):
        # Within brackets people and programs write the "%" before a zone as "%25"; httpx does not
        # decode that, and the system knows no such zone.
        address, _, port = address[1:].replace("%25", "%").partition("]")
        return f"[{address}]{port}"
    is_bare_ipv6 = address.count(":") > 1
    return f"[{address}]" if is_bare_ipv6 else address


@lru_cache(maxsize=16)  # of a few addresses, at each request
def _named(authority: str) -> str:
    """Return how the gateway may be called: the zone of an address is of this end only."""
    return re.sub(r"%[^\]]*", "", authority)


@lru_cache(maxsize=64)  # of a few addresses with some thirty pages each
def _url(url: str) -> httpx.URL:
    return httpx.URL(url)


def _may_have_been_sent(err: Exception, events: list[str]) -> bool:
    """Tell whether a request that failed may have reached the gateway.

    ``events`` are the events of httpcore; a test double gives none.
    """
    if isinstance(err, _BEFORE_SENDING):
        return False
    return not events or any(event.endswith(_FIRST_BYTES) for event in events)


def _ours(err: Exception) -> EnvoyError:
    """Say in the reader's terms what went wrong; only the kind, as a message could hold secrets."""
    kind = type(err).__name__
    if isinstance(err, TimeoutError | httpx.TimeoutException):
        return EnvoyTimeoutError(f"The gateway did not answer in time ({kind})")
    if isinstance(err, httpx.DecodingError | BodyTooLongError):
        return EnvoyResponseError(f"The gateway's answer cannot be taken in ({kind})")
    return EnvoyConnectionError(f"The gateway cannot be reached ({kind})")
