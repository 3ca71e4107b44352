"""A stream of events without end, and how it reaches the client (gateway-api.md, 13.3)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from typing import Any

type MakeFrame = Callable[[], bytes]


@dataclass(slots=True, kw_only=True)
class Stream:
    """How frames are sent. Everything may be changed while a client listens."""

    interval_s: float | None = 1.0
    """Real seconds between frames; ``None``: only :meth:`push` sends any."""
    burst: int = 1
    """Frames that are held back and then sent together."""
    cut: int | None = None
    """Bytes of a chunk; a frame then begins and ends anywhere in it. ``None``: one piece."""
    buffer_bytes: int = 0
    """Held back until so many bytes are there, then exactly these are sent; D7.0.88 has 16384."""
    breaks_after: int | None = None
    """The connection breaks after so many frames."""
    before_frame: Callable[[], None] = lambda: None
    """Called before each frame is made, for instance to let the site live on."""
    _clients: set[asyncio.Queue[None]] = field(default_factory=set)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def clients(self) -> int:
        """How many listen."""
        return len(self._clients)

    async def wait_for_clients(self, count: int) -> None:
        """Wait until so many listen."""
        while self.clients != count:
            self._changed.clear()
            await self._changed.wait()

    def push(self, count: int = 1) -> None:
        """Send frames now, to all that listen."""
        for client in self._clients:
            for _ in range(count):
                client.put_nowait(None)

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, make: MakeFrame
    ) -> None:
        """Send frames until the client leaves, or the stream breaks."""
        client: asyncio.Queue[None] = asyncio.Queue()
        self._clients.add(client)
        self._changed.set()
        gone = asyncio.ensure_future(reader.read())
        held: list[bytes] = []
        rest = b""
        made = 0
        try:
            while await self._next(client, gone):
                self.before_frame()
                held.append(b"data: " + make() + b"\r\n\r\n")
                made += 1
                ends = self.breaks_after is not None and made >= self.breaks_after
                if len(held) >= self.burst or ends:
                    rest = await self._send(writer, rest + b"".join(held))
                    held.clear()
                if ends:
                    writer.transport.abort()
                    return
        finally:
            self._clients.discard(client)
            self._changed.set()
            gone.cancel()

    async def pieces(self, make: MakeFrame) -> AsyncGenerator[bytes]:
        """Yield what is pushed, in bursts, to a client that has no connection."""
        client: asyncio.Queue[None] = asyncio.Queue()
        self._clients.add(client)
        self._changed.set()
        held: list[bytes] = []
        try:
            while True:
                await client.get()
                self.before_frame()
                held.append(b"data: " + make() + b"\r\n\r\n")
                if len(held) >= self.burst:
                    yield b"".join(held)
                    held.clear()
        finally:
            self._clients.discard(client)
            self._changed.set()

    async def _next(self, client: asyncio.Queue[None], gone: asyncio.Future[bytes]) -> bool:
        """Wait for the next frame; ``False`` when the client has left."""
        pushed = asyncio.ensure_future(client.get())
        awaited: set[asyncio.Future[Any]] = {pushed, gone}
        try:
            await asyncio.wait(
                awaited, timeout=self.interval_s, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            pushed.cancel()
        return not gone.done()

    async def _send(self, writer: asyncio.StreamWriter, wire: bytes) -> bytes:
        """Send what may go, in chunks. Return what is held back."""
        if self.buffer_bytes:
            end = len(wire) // self.buffer_bytes * self.buffer_bytes
            wire, held = wire[:end], wire[end:]
        else:
            held = b""
        size = self.cut or max(1, len(wire))
        for at in range(0, len(wire), size):
            piece = wire[at : at + size]
            writer.write(b"%x\r\n%b\r\n" % (len(piece), piece))
            await writer.drain()
        return held
