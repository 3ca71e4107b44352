"""One port that speaks HTTP and TLS, as long as it is switched on."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import struct
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass

type Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter, str], Awaitable[None]]
"""Called with the streams and the scheme, ``http`` or ``https``, of each connection."""

_TLS_HANDSHAKE = 0x16
_BACKLOG = 100
_READ_LIMIT = 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """How a port behaves at the moment."""

    tls: ssl.SSLContext | None = None
    """``None``: a TLS handshake is broken off."""
    http: bool = True
    """False: plain HTTP is broken off."""
    refuse: bool = False
    """True: every new connection is broken off."""


PLAIN = Manners()


class Listener:
    """A listening socket. The first byte of a connection tells which of the two it speaks."""

    def __init__(
        self,
        serve: Serve,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        manners: Callable[[], Manners] = lambda: PLAIN,
    ) -> None:
        """Prepare; nothing listens yet. ``manners`` is asked at each connection."""
        self.host = host
        self.port = port
        self._serve = serve
        self._manners = manners
        self._socket: socket.socket | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()

    @property
    def address(self) -> str:
        """Host and port, the host in brackets if it is IPv6."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    async def start(self) -> None:
        """Listen; a second start listens on the same port as the first."""
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        # With its protocol named, asyncio sends at once (TCP_NODELAY): TLS begins 40 ms sooner.
        self._socket = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.setblocking(False)  # noqa: FBT003 - the socket module has it so
        self._socket.bind((self.host, self.port))
        self._socket.listen(_BACKLOG)
        self.port = self._socket.getsockname()[1]
        self._spawn(self._accept(self._socket))

    async def stop(self) -> None:
        """Stop listening and break all connections."""
        for task in self._tasks:
            task.cancel()
        for writer in self._writers:
            writer.transport.abort()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._writers.clear()
        if self._socket:
            self._socket.close()
            self._socket = None

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _accept(self, listening: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            connection, _ = await loop.sock_accept(listening)
            if self._manners().refuse:
                reset(connection)
            else:
                self._spawn(self._converse(connection))

    async def _converse(self, connection: socket.socket) -> None:
        try:
            speaks_tls = await _first_byte(connection) == _TLS_HANDSHAKE
        except BaseException:
            connection.close()
            raise
        manners = self._manners()
        context = manners.tls if speaks_tls else None
        if not (context if speaks_tls else manners.http):
            reset(connection)
            return
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(limit=_READ_LIMIT, loop=loop)
        protocol = asyncio.StreamReaderProtocol(reader, loop=loop)
        try:
            transport, _ = await loop.connect_accepted_socket(
                lambda: protocol, connection, ssl=context
            )
        except OSError:  # the client broke off its handshake
            connection.close()
            return
        writer = asyncio.StreamWriter(transport, protocol, reader, loop)
        self._writers.add(writer)
        try:
            with contextlib.suppress(OSError):
                await self._serve(reader, writer, "https" if speaks_tls else "http")
        finally:
            self._writers.discard(writer)
            writer.close()


async def _first_byte(connection: socket.socket) -> int | None:
    """Look at the first byte without taking it; ``None`` when the client has gone."""
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()  # a future that is cancelled could not be set any more
    loop.add_reader(connection, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(connection)
    try:
        first = connection.recv(1, socket.MSG_PEEK)
    except OSError:
        return None
    return first[0] if first else None


def reset(connection: socket.socket) -> None:
    """Break a connection the hard way."""
    close_hard(connection)
    connection.close()


def close_hard(connection: socket.socket) -> None:
    """Make the next close of a connection a reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
