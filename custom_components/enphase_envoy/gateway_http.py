"""HTTP to a gateway: the interface of httpx, with Home Assistant's aiohttp behind it.

The reader speaks httpx. What httpx has of its own for the wire is all written in Python and took
half of the processor time of a poll; aiohttp has that part in C. It refuses what breaks the rules
of HTTP, though, and some gateways do: firmware 5 sends Content-Length beside Transfer-Encoding.
What aiohttp refuses is asked for again, and from then on, by httpx, which is lenient.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from contextlib import suppress
from functools import lru_cache
from typing import Any, Final, override

import aiohttp
import httpx
from yarl import URL

_OURS: Final = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")
"""Headers that aiohttp adds by itself to a request that does not have them."""
_IDLE_S: Final = 70
"""How long a connection without requests is kept: over a minute, the usual time between two polls,
as each TLS handshake costs a gateway a tenth of a second. Gateways close theirs after 75 seconds
(the preset of their web server)."""
_TROUBLE: Final = (aiohttp.ClientError, OSError)
"""What aiohttp raises."""
_NOT_HTTP: Final = (
    aiohttp.ClientPayloadError,
    aiohttp.ClientResponseError,
    aiohttp.ServerDisconnectedError,
)
"""Those of them at which what answers does not speak HTTP, or breaks off."""
_NO_LIMIT: Final = aiohttp.ClientTimeout()
"""The caller limits the time of a whole exchange."""


class GatewayClient(httpx.AsyncClient):
    """Sends requests as they are: without cookies, authorisation or redirects of its own.

    Raises ``httpx.ConnectError`` when there is no connection, ``httpx.RemoteProtocolError`` when
    what answers does not speak HTTP or breaks off, and ``httpx.ReadError`` for other failures.
    """

    def __init__(self, context: ssl.SSLContext) -> None:
        """Use ``context`` for TLS; a running event loop is needed."""
        self._wire = _Transport(context)
        super().__init__(transport=self._wire)

    @override
    async def send(self, request: httpx.Request, **_how: Any) -> httpx.Response:
        """Return the answer with its body still to be read, as with ``stream=True``."""
        response = await self._wire.handle_async_request(request)
        response.request = request
        return response


class _Transport(httpx.AsyncBaseTransport):
    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        self._lenient: httpx.AsyncHTTPTransport | None = None
        self._refused: set[str] = set()
        # Names as the system knows them: a gateway is often found as envoy.local.
        names = aiohttp.ThreadedResolver()
        self._sessions = {
            "https": _session(
                aiohttp.TCPConnector(ssl=context, resolver=names, keepalive_timeout=_IDLE_S)
            ),
            # Firmware before 7 closes connections without saying so.
            "http": _session(aiohttp.TCPConnector(force_close=True, resolver=names)),
        }

    @override
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        url = str(request.url)
        if url in self._refused:
            return await self._ask_leniently(request)
        try:
            return await self._ask(request, url)
        except httpx.RemoteProtocolError as err:
            is_refused = isinstance(err.__cause__, aiohttp.ClientResponseError)
            if not is_refused or request.method != "GET":
                raise
        response = await self._ask_leniently(request)
        self._refused.add(url)
        return response

    async def _ask_leniently(self, request: httpx.Request) -> httpx.Response:
        if self._lenient is None:
            self._lenient = httpx.AsyncHTTPTransport(verify=self._context, trust_env=False)
        return await self._lenient.handle_async_request(request)

    async def _ask(self, request: httpx.Request, url: str) -> httpx.Response:
        try:
            answer = await self._sessions[request.url.scheme].request(
                request.method,
                _url(url),
                headers=[(name.decode(), value.decode()) for name, value in request.headers.raw],
                data=request.content or None,
                allow_redirects=False,
            )
        except _TROUBLE as err:
            raise _in_terms_of_httpx(err, request) from err
        return httpx.Response(
            answer.status, headers=list(answer.raw_headers), stream=_Body(answer, request)
        )

    @override
    async def aclose(self) -> None:
        for session in self._sessions.values():
            # asyncio fails on a connection over TLS that is just being closed.
            with suppress(AttributeError):
                await session.close()
        if self._lenient is not None:
            await self._lenient.aclose()


class _Body(httpx.AsyncByteStream):
    """The body of an answer, as it comes in."""

    def __init__(self, answer: aiohttp.ClientResponse, request: httpx.Request) -> None:
        self._answer = answer
        self._request = request

    @override
    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for chunk in self._answer.content.iter_any():
                yield chunk
        except _TROUBLE as err:
            raise _in_terms_of_httpx(err, self._request) from err

    @override
    async def aclose(self) -> None:
        # Read to its end, the connection is free for the next request, and this does nothing.
        self._answer.close()


def _session(connector: aiohttp.TCPConnector) -> aiohttp.ClientSession:
    session = aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        skip_auto_headers=_OURS,
        timeout=_NO_LIMIT,
    )
    # As in aiohttp's own test client: whether to ask again, the reader decides.
    session._retry_connection = False  # noqa: SLF001
    return session


@lru_cache(maxsize=64)  # of a few addresses with some thirty pages each
def _url(url: str) -> URL:
    return URL(url, encoded=True)


def _in_terms_of_httpx(err: Exception, request: httpx.Request) -> httpx.TransportError:
    """Return what httpx would raise where aiohttp has raised ``err``."""
    kind: type[httpx.TransportError] = httpx.ReadError
    if isinstance(err, aiohttp.ClientConnectorError):
        kind = httpx.ConnectError
    elif isinstance(err, _NOT_HTTP):
        kind = httpx.RemoteProtocolError
    return kind(str(err), request=request)
