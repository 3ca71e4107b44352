"""The vendor's cloud: login and token service, behind a proxy of its own (gateway-api.md, 5.1).

The two hosts have fixed names and are reached by https. So the stand-in offers an HTTP proxy that
opens tunnels to these two names only, and answers in them with certificates of its own authority.
Clients need no hook: ``HTTPS_PROXY`` and a CA bundle are enough.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import tempfile
import time
from base64 import b64decode
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import parse_qs

from . import certificates
from .access import make_token
from .faults import Drip, Fault, Faults, Hang, Refuse, Reset, Slow, spoil
from .listener import Listener, close_hard
from .wire import Message, Reply, read_message

LOGIN_HOST = "enlighten.enphaseenergy.com"
TOKEN_HOST = "entrez.enphaseenergy.com"
HOSTS = (LOGIN_HOST, TOKEN_HOST)
LOGIN = "/login/login.json"
FORM_LOGIN = "/login/login"
SEND_CODE = "/app-api/generate_mfa_login_otp"
CHECK_CODE = "/app-api/validate_login_otp"
TOKENS = "/tokens"
NONCE = "login_otp_nonce"
SESSION = "_enlighten_4_session"
GUARD = "XSRF-TOKEN"
CODE_LASTS_S = 600.0
CODE_PAUSE_S = 30.0
_MOST_TRIES = 5
_YEAR_S = 365 * 86400.0
_LOGIN_PAGE = b"<!DOCTYPE html><html><body><h1>Sign in</h1></body></html>\n"


@dataclass(slots=True)
class Account:
    """A user of the vendor's cloud."""

    email: str
    password: str = field(repr=False)
    serials: set[str] = field(default_factory=set)
    """The gateways that belong to this account."""
    second_factor: bool = False
    sends_code_by: str = "email"
    """What the cloud says of the way that a code takes; empty where it says nothing."""
    locked: bool = False
    busy: bool = False
    """5.1: too many sessions are open, so that nobody is let in."""
    form_only: bool = False
    """5.1: 406 for the first way in, whatever the headers; the web site's form works."""
    is_consumer: bool = True
    """False for installers. Their tokens of this route are an owner's all the same (5.1)."""
    token_lifetime_s: float = _YEAR_S


@dataclass(slots=True)
class Waiting:
    """A sign-in that waits for its code; the cookie that names it changes with every answer."""

    account: Account
    code: str = field(default="", repr=False)
    sent_at: float = 0.0
    tries: int = 0


@dataclass(frozen=True, slots=True)
class CloudRequest:
    """One line of the cloud's ledger. Bodies are not kept: they hold passwords."""

    real_at: float
    host: str
    method: str
    path: str
    status: int | None


class Cloud:
    """The two hosts of the cloud.

    ``faults`` works as for a gateway, by path: ``cloud.faults["/tokens"] = Status(403)``.
    """

    def __init__(
        self, accounts: Iterable[Account] = (), *, clock: Callable[[], float] = time.time
    ) -> None:
        """Prepare; ``clock`` dates the tokens."""
        self.accounts = {account.email: account for account in accounts}
        self.clock = clock
        self.faults = Faults()
        self.ledger: list[CloudRequest] = []
        self.html_instead_of_token = False
        """5.1: the token service answers 200 with a login page."""
        self.refuses_home_assistant = True
        """5.1: 406 for a user agent that names Home Assistant."""
        self.codes: list[str] = []
        """Every code sent, the newest last: what the account's owner reads."""
        self._sessions: dict[str, Account] = {}
        self._waiting: dict[str, Waiting] = {}
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._proxy = Listener(self._tunnel)

    @property
    def proxy(self) -> str:
        """The address for ``HTTPS_PROXY``."""
        return f"http://{self._proxy.address}"

    @property
    def ca_file(self) -> str:
        """A file with the certificate of the cloud's authority."""
        return self._write("authority.pem", certificates.cloud_authority()[0])

    def ca_bundle(self, extra: str | Path) -> str:
        """Return a file with the certificates of ``extra`` and the cloud's authority."""
        bundle = Path(extra).read_bytes() + b"\n" + certificates.cloud_authority()[0]
        return self._write("bundle.pem", bundle)

    @property
    def logins(self) -> int:
        """How often somebody tried to log in."""
        return sum(request.path == LOGIN for request in self.ledger)

    @property
    def codes_sent(self) -> int:
        """How many codes were sent."""
        return len(self.codes)

    async def start(self) -> None:
        """Open the proxy."""
        await self._proxy.start()

    async def stop(self) -> None:
        """Close the proxy and remove the files."""
        await self.switch_off()
        if self._folder:
            self._folder.cleanup()
            self._folder = None

    async def switch_off(self) -> None:
        """Go away; ``switch_on`` comes back on the same port."""
        await self._proxy.stop()

    async def switch_on(self) -> None:
        """Come back."""
        await self._proxy.start()

    def _write(self, name: str, content: bytes) -> str:
        self._folder = self._folder or tempfile.TemporaryDirectory(prefix="simulated-cloud-")
        path = Path(self._folder.name) / name
        path.write_bytes(content)
        return str(path)

    async def _tunnel(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, scheme: str
    ) -> None:
        """Serve one connection to the proxy: CONNECT, then TLS inside."""
        message = await read_message(reader, scheme)
        if message is None:
            return
        host, _, port = message.path.partition(":")
        if message.method != "CONNECT" or host not in HOSTS or port != "443":
            writer.write(Reply(HTTPStatus.FORBIDDEN).encode(close=True))
            await writer.drain()
            return
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await writer.drain()
        loop = asyncio.get_running_loop()
        inner = asyncio.StreamReader(loop=loop)
        protocol = asyncio.StreamReaderProtocol(inner, loop=loop)
        context = certificates.cloud_context(HOSTS)
        transport = await loop.start_tls(writer.transport, protocol, context, server_side=True)
        if transport is None:
            return
        protocol.connection_made(transport)
        secure = asyncio.StreamWriter(transport, protocol, inner, loop)
        try:
            await self._converse(host, inner, secure)
        finally:
            secure.close()

    async def _converse(
        self, host: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        while message := await read_message(reader, "https"):
            fault = self.faults.take(message.path, message.query)
            reply: Reply | None = None
            match fault:
                case Hang():
                    self._note(host, message, None)
                    await reader.read()
                    return
                case Reset() | Refuse():
                    self._note(host, message, None)
                    close_hard(writer.get_extra_info("socket"))
                    writer.transport.abort()
                    return
                case Slow(seconds):
                    await asyncio.sleep(seconds)
            reply = spoil(self._answer(host, message), _content_fault(fault))
            self._note(host, message, reply.status)
            writer.write(reply.encode(close=message.wants_close))
            await writer.drain()
            if message.wants_close:
                return

    def _note(self, host: str, message: Message, status: int | None) -> None:
        now = time.monotonic()
        self.ledger.append(CloudRequest(now, host, message.method, message.path, status))

    def _answer(self, host: str, message: Message) -> Reply:
        agent = message.headers.get("user-agent", "")
        if self.refuses_home_assistant and "HomeAssistant" in agent:
            return Reply.of_json({"error": "Not Acceptable"}, 406)
        match host, message.method, message.path:
            case (h, "POST", p) if h == LOGIN_HOST and p in (LOGIN, FORM_LOGIN):
                return self._log_in(message, form=p == FORM_LOGIN)
            case (h, "POST", p) if h == LOGIN_HOST and p == SEND_CODE:
                return self._send_code(message)
            case (h, "POST", p) if h == LOGIN_HOST and p == CHECK_CODE:
                return self._check_code(message)
            case (h, "POST", p) if h == TOKEN_HOST and p == TOKENS:
                return self._issue(message)
        return Reply(404, b"Not Found", "text/html")

    def _log_in(self, message: Message, *, form: bool) -> Reply:
        fields = parse_qs(message.body.decode())
        email = fields.get("user[email]", [""])[0]
        account = self.accounts.get(email)
        if account is None or fields.get("user[password]", [""])[0] != account.password:
            return Reply.of_json({"message": "Invalid email or password"}, 401)
        if kept_out := _kept_out(account, form=form):
            return kept_out
        if account.second_factor:
            body = {"success": True, "isBlocked": False}
            return _with_cookies(body, {NONCE: self._wait(Waiting(account)), GUARD: "guard+1/="})
        session = self._open(account)
        if form:
            cookies = (("Set-Cookie", _cookie(SESSION, session)),)
            return Reply(HTTPStatus.FOUND, b"", "text/html", cookies)
        return _with_cookies(self._opened(account, session), {SESSION: session})

    def _open(self, account: Account) -> str:
        session = secrets.token_hex(16)
        self._sessions[session] = account
        return session

    def _opened(self, account: Account, session: str) -> dict[str, object]:
        return {
            "message": "success",
            "session_id": session,
            "manager_token": "simulated.manager.token",
            "is_consumer": account.is_consumer,
            "system_id": 1234567,
            "redirect_url": "",
        }

    def _wait(self, waiting: Waiting) -> str:
        nonce = secrets.token_hex(8)
        self._waiting[nonce] = waiting
        return nonce

    def _taken(self, message: Message) -> Waiting | None:
        """Return the sign-in that a request goes on with; its cookie serves once."""
        cookies = SimpleCookie(message.headers.get("cookie", ""))
        return self._waiting.pop(cookies[NONCE].value, None) if NONCE in cookies else None

    def _send_code(self, message: Message) -> Reply:
        waiting = self._taken(message)
        if waiting is None:
            return Reply.of_json({"error": "Unauthorized"}, 401)
        rotated = {NONCE: self._wait(waiting)}
        if waiting.code and self.clock() - waiting.sent_at < CODE_PAUSE_S:
            return _with_cookies({"success": False, "message": "Wait"}, rotated, 400)
        waiting.code, waiting.sent_at = f"{secrets.randbelow(10**6):06}", self.clock()
        self.codes.append(waiting.code)
        way = waiting.account.sends_code_by
        return _with_cookies({"success": True} | ({"otpMethod": way} if way else {}), rotated)

    def _check_code(self, message: Message) -> Reply:
        waiting = self._taken(message)
        if waiting is None or message.headers.get("x-csrf-token") != "guard+1/=":
            return Reply.of_json({"error": "Unauthorized"}, 401)
        fields = parse_qs(message.body.decode())
        email, code = (b64decode(fields.get(name, [""])[0]).decode() for name in ("email", "otp"))
        waiting.tries += 1
        if waiting.account.locked or waiting.tries > _MOST_TRIES:
            return Reply.of_json({"isValid": False, "isBlocked": True})
        late = self.clock() - waiting.sent_at > CODE_LASTS_S
        if email != waiting.account.email or not waiting.code or code != waiting.code or late:
            return _with_cookies(
                {"isValid": False, "isBlocked": False}, {NONCE: self._wait(waiting)}
            )
        session = self._open(waiting.account)
        return _with_cookies(self._opened(waiting.account, session), {SESSION: session})

    def _issue(self, message: Message) -> Reply:
        try:
            wanted = message.json()
            account = self._sessions.get(wanted["session_id"])
            serial, user = wanted["serial_num"], wanted["username"]
        except (ValueError, KeyError, TypeError):
            return Reply.of_json({"error": "Bad Request"}, 400)
        if account is None or account.email != user:
            return Reply.of_json({"error": "Unauthorized"}, 401)
        if serial not in account.serials:
            return Reply.of_json({"error": "Forbidden"}, 403)
        if self.html_instead_of_token:
            return Reply(200, _LOGIN_PAGE, "text/html")
        token = make_token(serial, "owner", self.clock(), account.token_lifetime_s, user)
        return Reply(200, token.encode() + b"\n", "text/plain")


def _kept_out(account: Account, *, form: bool) -> Reply | None:
    """Return why somebody with the right password is not let in, if there is a reason."""
    if account.form_only and not form:
        return Reply.of_json({"error": "Not Acceptable"}, 406)
    if account.locked:
        return Reply.of_json({"success": True, "isBlocked": True})
    return Reply.of_json({"message": "Too many active sessions.."}) if account.busy else None


def _cookie(name: str, value: str) -> bytes:
    return f"{name}={value}; Secure; HttpOnly; path=/".encode()


def _with_cookies(
    body: Mapping[str, object], cookies: Mapping[str, str], status: int = 200
) -> Reply:
    named = tuple(("Set-Cookie", _cookie(name, value)) for name, value in cookies.items())
    return Reply(status, json.dumps(body).encode(), "application/json", named)


def _content_fault(fault: Fault | None) -> Fault | None:
    return None if isinstance(fault, Slow | Drip) else fault
