"""HTTP/1.1 as far as gateways speak it: read a request, write a reply."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_CHUNK = 1024


@dataclass(frozen=True, slots=True)
class Message:
    """A request as it came in."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes = b""
    scheme: str = "http"

    @property
    def target(self) -> str:
        """Path and query together."""
        return f"{self.path}?{self.query}" if self.query else self.path

    @property
    def wants_close(self) -> bool:
        """Whether the client ends the connection after this request."""
        return self.headers.get("connection", "").lower() == "close"

    def json(self) -> Any:  # noqa: ANN401 - JSON is any value
        """Return the body as JSON; an empty one is an empty object."""
        return json.loads(self.body or b"{}")


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer. ``chunked`` sends the body in pieces, without saying its length."""

    status: int = 200
    body: bytes = b""
    content_type: str | None = None
    headers: tuple[tuple[str, bytes], ...] = field(default=())
    chunked: bool = False

    @classmethod
    def of_json(cls, value: object, status: int = 200) -> Reply:
        """Make a reply of compact JSON."""
        return cls(status, json.dumps(value).encode(), "application/json")

    def encode(self, *, close: bool) -> bytes:
        """Return the reply as it goes over the wire."""
        return self.head(close=close, length=len(self.body)) + self.payload()

    def head(self, *, close: bool, length: int) -> bytes:
        """Return the status line and the headers; ``length`` is what they promise."""
        lines = [f"HTTP/1.1 {self.status} {_phrase(self.status)}".encode()]
        if self.content_type:
            lines.append(f"Content-Type: {self.content_type}".encode())
        size = "Transfer-Encoding: chunked" if self.chunked else f"Content-Length: {length}"
        lines += [size.encode(), b"Connection: " + (b"close" if close else b"keep-alive")]
        lines += [name.encode() + b": " + value for name, value in self.headers]
        return b"\r\n".join(lines) + b"\r\n\r\n"

    def payload(self) -> bytes:
        """Return the body as it goes over the wire."""
        if not self.chunked:
            return self.body
        pieces = [self.body[at : at + _CHUNK] for at in range(0, len(self.body), _CHUNK)]
        return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in [*pieces, b""])


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase if status in HTTPStatus else "Unknown"


async def read_message(reader: asyncio.StreamReader, scheme: str) -> Message | None:
    """Read one request; ``None`` when the client has gone or talks something else."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").rstrip("\r\n").split("\r\n")
        method, target, _ = first.split(" ")
        headers = {
            name.strip().lower(): value.strip()
            for name, _, value in (line.partition(":") for line in lines)
        }
        body = await reader.readexactly(int(headers.get("content-length", "0")))
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError, OSError):
        return None
    path, _, query = target.partition("?")
    return Message(method, path, query, headers, body, scheme)
