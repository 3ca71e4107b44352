"""A gateway at its barest: bytes in, scripted bytes out, over a real socket."""

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self

NEVER = b""
"""A reply that does not come."""
RESET = b"\0reset"
"""No reply: the connection is torn down."""


def reply(status: int, body: bytes = b"", *headers: str) -> bytes:
    """Return a whole answer; the connection stays open behind it."""
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@dataclass
class Asked:
    """A request as it came over the wire."""

    head: str
    connection: int

    @property
    def path(self) -> str:
        """The path and query."""
        return self.head.split(" ")[1]

    def header(self, name: str) -> str | None:
        """Return the value of a header, or None."""
        for line in self.head.split("\r\n")[1:]:
            key, _, value = line.partition(": ")
            if key.lower() == name.lower():
                return value
        return None


@dataclass
class Wire:
    """Listens on the loopback and gives each request what ``answer`` says."""

    answer: Callable[[Asked], bytes | list[bytes]]
    tls: ssl.SSLContext | None = None
    host: str = "127.0.0.1"
    closes: bool = False
    """Close behind each answer, without having announced it."""
    asked: list[Asked] = field(default_factory=list)
    connections: int = 0
    busy: int = 0
    most_busy: int = 0
    port: int = 0
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def __aenter__(self) -> Self:
        """Start to listen."""
        self._server = await asyncio.start_server(self._connected, self.host, 0, ssl=self.tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop, and drop who is still there."""
        self._server.close()
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        self._server.close_clients()
        await self._server.wait_closed()

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.tasks.add(asyncio.get_running_loop().create_task(self._serve(reader, writer)))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        connection = self.connections
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                asked = Asked(head, connection)
                self.asked.append(asked)
                if not await self._reply(asked, reader, writer):
                    return
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            writer.close()

    async def _reply(
        self, asked: Asked, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        """Send the reply, in pieces where it has some; tell whether to go on."""
        self.busy += 1
        self.most_busy = max(self.most_busy, self.busy)
        try:
            found = self.answer(asked)
            for piece in found if isinstance(found, list) else [found]:
                if piece == NEVER:
                    await reader.read()  # until the other side gives up
                elif piece == RESET:
                    writer.transport.abort()
                    return False
                # What was sent before gets time to arrive on its own.
                await asyncio.sleep(0.01 if isinstance(found, list) else 0)
                writer.write(piece)
        finally:
            self.busy -= 1
        return not self.closes and asked.header("Connection") != "close"


def script(*replies: bytes | list[bytes]) -> Callable[[Asked], bytes | list[bytes]]:
    """Answer with one after the other; the last one stays."""
    left = list(replies)
    return lambda _: left.pop(0) if len(left) > 1 else left[0]
