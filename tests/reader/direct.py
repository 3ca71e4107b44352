"""A simulated gateway that is asked without sockets: what hangs or drips costs no time.

What the faults are on the wire is proven in ``test_transport.py`` and ``test_reader_faults.py``;
here each comes at once as the error that httpx makes of it, however busy the machine is. Latency,
and being switched off, are not felt here.
"""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, AsyncIterator
from http import HTTPStatus
from typing import override

import httpx

from tests.simulator import Simulator, faults
from tests.simulator.wire import Message, Reply


class _Events(httpx.AsyncByteStream):
    """A stream of events, as the simulator pushes them."""

    def __init__(self, pieces: AsyncGenerator[bytes]) -> None:
        self._pieces = pieces

    @override
    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._pieces:
            yield piece

    @override
    async def aclose(self) -> None:
        await self._pieces.aclose()


class _Broken(httpx.AsyncByteStream):
    """A body that ends before its end."""

    @override
    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b""
        raise httpx.RemoteProtocolError("peer closed connection")


def client(simulator: Simulator, spoilt: faults.Faults | None = None) -> httpx.AsyncClient:
    """Return a client for which any address is that of the simulated gateway.

    ``spoilt`` are the faults that this client meets, in place of those of the simulator. Requests
    are entered in the ledger of the simulator.
    """
    met = simulator.faults if spoilt is None else spoilt

    def answer(request: httpx.Request) -> httpx.Response:
        message = _message(request)
        fault = met.take(message.path, message.query)
        given = simulator.gateway.answer(message)
        fault = fault or given.fault
        reply = faults.spoil(given.reply, fault)
        note = simulator.server.note(message, given.visit, time.monotonic())
        if isinstance(fault, faults.Refuse):
            raise httpx.ConnectError("refused", request=request)
        if isinstance(fault, faults.Hang | faults.Slow | faults.Drip):
            note(None)
            raise httpx.ReadTimeout("no answer", request=request)
        if isinstance(fault, faults.Reset):
            note(None)
            raise httpx.ReadError("reset", request=request)
        note(reply.status)
        if isinstance(fault, faults.CutShort):
            return httpx.Response(reply.status, stream=_Broken())
        if given.frame and reply.status == HTTPStatus.OK:
            return httpx.Response(
                reply.status, stream=_Events(simulator.stream.pieces(given.frame))
            )
        return httpx.Response(reply.status, headers=_headers(reply), content=reply.body)

    return httpx.AsyncClient(transport=httpx.MockTransport(answer))


def _message(request: httpx.Request) -> Message:
    path, _, query = request.url.raw_path.decode().partition("?")
    headers = {name.lower(): value for name, value in request.headers.items()}
    return Message(request.method, path, query, headers, request.content, request.url.scheme)


def _headers(reply: Reply) -> list[tuple[bytes, bytes]]:
    headers = [(name.encode(), value) for name, value in reply.headers]
    if reply.content_type:
        headers.append((b"Content-Type", reply.content_type.encode()))
    return headers
