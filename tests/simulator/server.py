"""The gateway on the network: requests in, pages or faults out, and a ledger of it all."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, Protocol

from . import certificates
from .access import NOBODY, Visit
from .faults import ALL, CutShort, Drip, Fault, Faults, Hang, Refuse, Reset, Slow, spoil
from .latency import Latency
from .listener import Listener, Manners, close_hard
from .stream import MakeFrame, Stream
from .wire import Message, Reply, read_message

_PIECES = 20


@dataclass(frozen=True, slots=True)
class Request:
    """One line of the ledger."""

    at: float
    """By the site's clock, epoch seconds."""
    real_at: float
    """By the computer's monotonic clock."""
    method: str
    path: str
    query: str
    scheme: str
    status: int | None
    """``None`` when nothing was answered."""
    auth: Literal["digest", "token", "cookie"] | None
    seconds: float
    """How long the answer took."""
    body: bytes = b""
    """What a command sent, to the byte."""

    @property
    def is_write(self) -> bool:
        """Whether it asked for something to be changed."""
        return self.method not in {"GET", "HEAD"}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a gateway says to a request, and to whom."""

    reply: Reply
    visit: Visit = NOBODY
    keep_open: bool = True
    hang_up_silently: bool = False
    """Close after this answer although it promises to stay."""
    fault: Fault | None = None
    """What the gateway itself does to the connection."""
    frame: MakeFrame | None = None
    """Makes the next frame of an answer without end."""


class Gateway(Protocol):
    """What stands behind a server: the simulated gateway, or a captured one."""

    @property
    def now(self) -> float:
        """The gateway's clock."""

    @property
    def speaks_tls(self) -> bool:
        """Whether https is served."""

    @property
    def speaks_http(self) -> bool:
        """Whether anything listens for plain http."""

    def answer(self, message: Message) -> Answer:
        """Answer a request."""


class Server:
    """Serves a gateway on one port of this machine, http and https alike."""

    def __init__(self, gateway: Gateway, *, port: int = 0) -> None:
        """Prepare to serve ``gateway``; port 0 takes any that is free."""
        self.gateway = gateway
        self.faults = Faults()
        self.latency = Latency()
        self.stream = Stream()
        self.ledger: list[Request] = []
        self.bytes_sent = 0
        """Answers with their heads, before encryption. What a fault cuts short is not counted."""
        self.max_concurrent = 0
        self._concurrent = 0
        self.listeners = [Listener(self._converse, port=port, manners=self._manners)]

    @property
    def address(self) -> str:
        """Host and port of the first listener."""
        return self.listeners[0].address

    @property
    def under_way(self) -> int:
        """Requests that have not been answered, those that hang included."""
        return self._concurrent

    async def start(self) -> None:
        """Listen."""
        for listener in self.listeners:
            await listener.start()

    async def stop(self) -> None:
        """Stop listening and break all connections."""
        for listener in self.listeners:
            await listener.stop()

    async def listen_also(self, host: str) -> Listener:
        """Serve on a further address of this machine too."""
        listener = Listener(self._converse, host=host, manners=self._manners)
        self.listeners.append(listener)
        await listener.start()
        return listener

    def _manners(self) -> Manners:
        return Manners(
            tls=certificates.gateway_context() if self.gateway.speaks_tls else None,
            http=self.gateway.speaks_http,
            refuse=isinstance(self.faults.get(ALL), Refuse),
        )

    async def _converse(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, scheme: str
    ) -> None:
        while message := await read_message(reader, scheme):
            self._concurrent += 1
            self.max_concurrent = max(self.max_concurrent, self._concurrent)
            try:
                stays = await self._exchange(reader, writer, message)
            finally:
                self._concurrent -= 1
            if not stays:
                return

    async def _exchange(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, message: Message
    ) -> bool:
        """Answer one request. Return whether the connection stays."""
        begin = time.monotonic()
        fault = self.faults.take(message.path, message.query)
        answer = self.gateway.answer(message)
        fault = fault or answer.fault
        if seconds := self.latency.seconds(message.target):
            await asyncio.sleep(seconds)
        reply = spoil(answer.reply, fault)
        note = self.note(message, answer.visit, begin)
        match fault:
            case Hang():
                note(None)
                await reader.read()  # until the client gives up
                return False
            case Reset() | Refuse():
                note(None)
                close_hard(writer.get_extra_info("socket"))
                writer.transport.abort()
                return False
            case CutShort():
                note(reply.status)
                whole = replace(reply, chunked=False)
                writer.write(whole.head(close=False, length=len(reply.body)))
                writer.write(reply.body[: len(reply.body) // 2])
                await writer.drain()
                return False
            case Slow(seconds):
                await asyncio.sleep(seconds)
        if answer.frame and reply.status == 200:
            note(reply.status)
            writer.write(reply.head(close=True, length=0))
            await self.stream.serve(reader, writer, answer.frame)
            return False
        stays = answer.keep_open and not message.wants_close
        note(reply.status)
        pace = fault.bytes_per_second if isinstance(fault, Drip) else 0.0
        wire = reply.encode(close=not stays)
        self.bytes_sent += len(wire)
        await _send(writer, wire, pace)
        return stays and not answer.hang_up_silently

    def note(self, message: Message, visit: Visit, begin: float) -> Callable[[int | None], None]:
        """Return what enters the request into the ledger, once its status is known."""
        at = self.gateway.now

        def note(status: int | None) -> None:
            self.ledger.append(
                Request(
                    at=at,
                    real_at=begin,
                    method=message.method,
                    path=message.path,
                    query=message.query,
                    scheme=message.scheme,
                    status=status,
                    auth=visit.kind,
                    seconds=time.monotonic() - begin,
                    body=message.body,
                )
            )

        return note


async def _send(writer: asyncio.StreamWriter, wire: bytes, bytes_per_second: float) -> None:
    if not bytes_per_second:
        writer.write(wire)
        await writer.drain()
        return
    size = max(1, int(bytes_per_second / _PIECES))
    for at in range(0, len(wire), size):
        writer.write(wire[at : at + size])
        await writer.drain()
        await asyncio.sleep(size / bytes_per_second)
