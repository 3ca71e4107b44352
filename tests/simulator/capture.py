"""Serve what a real gateway once answered: a folder of captured pages, or our own diagnostics.

A folder holds one file for each page; a file of diagnostics holds ``{"pages": {"/path?query":
{"status": 200, "content_type": "…", "body": "…"}}}``, at the top or under ``data``.
"""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from .access import LEVELS, NOBODY, DigestGate, TokenGate, Visit, make_token
from .faults import Faults
from .server import Answer, Request, Server
from .wire import Message, Reply

_TOKENS_FROM = 7
_YEAR_S = 365 * 86400.0
_DETAILS = "details=1"
_KEPT_HEADERS = frozenset({"www-authenticate", "set-cookie"})
_MISSING = Reply(404, b'{ "err": "404 - Not Found" }')
_REFUSED = Reply(401, b"<html><body><h2>401 Unauthorized</h2></body></html>\n", "text/html")
_DIGEST_PATHS = ("/api/v1/production/inverters", "/admin/", "/installer/")


def file_name(target: str) -> str:
    """Return the name of the file that holds a page, from its path and query."""
    return re.sub(r"[/?=&]", "_", target.removeprefix("/"))


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of captured pages."""

    path: Path

    def find(self, target: str) -> Reply | None:
        """Return the recorded answer."""
        body = self.path / file_name(target)
        if not body.is_file():
            return None
        log = self.path / f"{body.name}_log.json"
        record = json.loads(log.read_bytes()) if log.is_file() else {}
        headers = {name.lower(): value for name, value in record.get("headers", {}).items()}
        return Reply(
            record.get("code", 200),
            body.read_bytes(),
            headers.get("content-type"),
            tuple((name, headers[name].encode()) for name in sorted(_KEPT_HEADERS & set(headers))),
            chunked="transfer-encoding" in headers,
        )


@dataclass(frozen=True, slots=True)
class Diagnostics:
    """The pages of a downloaded diagnostics file."""

    pages: dict[str, dict[str, Any]]
    memory: dict[str, Any] = field(default_factory=dict)
    """What the integration remembered of counters, inverters and commands, by section."""

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read the file; raises ``ValueError`` when it holds no pages."""
        content = json.loads(path.read_bytes())
        for place in (content, content.get("data", {})):
            if isinstance(place.get("pages"), dict):
                return cls(place["pages"], place.get("memory", {}))
        raise ValueError(f"no pages in {path}")

    def find(self, target: str) -> Reply | None:
        """Return the recorded answer."""
        page = self.pages.get(target)
        if page is None:
            return None
        body = str(page.get("body", "")).encode()
        return Reply(int(page.get("status", 200)), body, page.get("content_type"))


class CapturedGateway:
    """A gateway that repeats itself. It asks for credentials only if told to."""

    def __init__(self, source: Folder | Diagnostics, *, auth: bool = False) -> None:
        """Read who the gateway was from its ``/info``."""
        self._source = source
        self._auth = auth
        info = self._find("/info").body.decode(errors="replace")
        serial = re.search(r"<sn>\s*([^<\s]+)|Serial Number:\s*(\w+)", info)
        version = re.search(r"<software>\s*\w(\d+)", info)
        self.serial = next(filter(None, serial.groups())) if serial else ""
        self.speaks_tls = bool(version) and int(version[1]) >= _TOKENS_FROM if version else False
        self.speaks_http = not self.speaks_tls
        self.digest = DigestGate(self.serial)
        self.tokens = TokenGate(self.serial, lambda: self.now)

    @property
    def now(self) -> float:
        """The real time: what was captured has no clock."""
        return time.time()

    def answer(self, message: Message) -> Answer:
        """Repeat the recorded answer."""
        if message.path == "/auth/check_jwt" and self.speaks_tls:
            if not self._auth:
                return Answer(Reply(200, b"<!DOCTYPE html><h2>Valid token.</h2>\n", "text/html"))
            return Answer(self.tokens.check(message) or _REFUSED, Visit(0, "token"))
        visit = self._visit(message)
        if self._auth and visit.level < self._wanted_level(message.path):
            challenge = () if self.speaks_tls else (self.digest.challenge(),)
            return Answer(replace(_REFUSED, headers=challenge), visit)
        return Answer(self._find(message.target), visit)

    def _visit(self, message: Message) -> Visit:
        if not self._auth:
            return NOBODY
        return self.tokens.visit(message) if self.speaks_tls else self.digest.visit(message)

    def _wanted_level(self, path: str) -> int:
        closed = path.startswith(_DIGEST_PATHS) or self.speaks_tls
        return LEVELS["owner"] if closed and not path.startswith("/info") else 0

    def _find(self, target: str) -> Reply:
        path, _, query = target.partition("?")
        path = "/info" if path == "/info.xml" else path
        exact = self._source.find(f"{path}?{query}" if query else path)
        if exact and not query and not self._source.find(f"{path}?{_DETAILS}"):
            return _without_lines(exact)
        return exact or self._source.find(path) or _MISSING


def _without_lines(reply: Reply) -> Reply:
    """Take out the phases, which a gateway shows only when asked for details."""
    if b'"lines"' not in reply.body:
        return reply
    page = json.loads(reply.body)
    for rows in page.values():
        for row in rows:
            row.pop("lines", None)
    return replace(reply, body=json.dumps(page).encode())


class Replay:
    """A captured gateway, running on a port of this machine."""

    def __init__(self, path: str | Path, *, auth: bool = False, port: int = 0) -> None:
        """Open a folder or a file."""
        path = Path(path)
        source = Folder(path) if path.is_dir() else Diagnostics.load(path)
        self.memory = {} if isinstance(source, Folder) else source.memory
        """What a reader may remember that begins where that of the file was, by section."""
        self.gateway = CapturedGateway(source, auth=auth)
        self.server = Server(self.gateway, port=port)

    @property
    def host(self) -> str:
        """Where the gateway is."""
        return self.server.address

    @property
    def serial(self) -> str:
        """Its serial number, as far as it was not made unreadable."""
        return self.gateway.serial

    @property
    def faults(self) -> Faults:
        """What goes wrong, by path."""
        return self.server.faults

    @property
    def ledger(self) -> list[Request]:
        """The requests so far."""
        return self.server.ledger

    def token(self, kind: str = "owner", lifetime_s: float = _YEAR_S) -> str:
        """Make a token for this gateway."""
        return make_token(self.serial, kind, self.gateway.now, lifetime_s)

    async def __aenter__(self) -> Self:
        """Start."""
        await self.server.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop."""
        await self.server.stop()
