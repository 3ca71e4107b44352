"""Who may see what: digest before firmware 7, tokens after it (gateway-api.md, 4 to 6)."""

from __future__ import annotations

import hashlib
import itertools
import secrets
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Literal
from urllib.request import parse_http_list, parse_keqv_list

import jwt
from cryptography.hazmat.primitives.asymmetric import ec

from .wire import Message, Reply

REALM = "enphaseenergy.com"
Kind = Literal["digest", "token", "cookie"]
LEVELS = {"owner": 2, "installer": 6}
_SESSION_S = 600.0
_NONCES_KEPT = 50
_TOKEN_NUMBERS = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Visit:
    """What a request proved: a level of access, and how."""

    level: int = 0
    kind: Kind | None = None


NOBODY = Visit()


def installer_password(serial: str, user: str = "installer") -> str:
    """Derive the installer's password from the serial number (gateway-api.md, 4.1)."""
    text = f"[e]{user}@{REALM}#{serial} EnPhAsE eNeRgY "
    digest = hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
    zeros, ones = digest.count("0"), digest.count("1")
    password = ""
    for character in reversed(digest[-8:]):
        zeros = min(20, max(0, zeros - (zeros in {3, 6, 9})))
        ones = min(26, max(0, ones - (ones in {9, 15})))
        if character == "0":
            password += chr(ord("f") + zeros)
            zeros -= 1
        elif character == "1":
            password += chr(ord("@") + ones)
            ones -= 1
        else:
            password += character
    return password


@dataclass(slots=True)
class DigestGate:
    """HTTP digest, MD5 with ``qop=auth``."""

    serial: str
    users: dict[str, tuple[str, int]] = field(default_factory=dict)
    """User to password and level; ``envoy`` and ``installer`` are there from the start."""
    _nonces: OrderedDict[str, None] = field(default_factory=OrderedDict)

    def __post_init__(self) -> None:
        """Let in the two users that every gateway knows."""
        self.users.setdefault("envoy", (self.serial[-6:], LEVELS["owner"]))
        self.users.setdefault("installer", (installer_password(self.serial), LEVELS["installer"]))

    def visit(self, message: Message) -> Visit:
        """Check the credentials of a request."""
        scheme, _, rest = message.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "digest":
            return NOBODY
        fields = parse_keqv_list(parse_http_list(rest))
        password, level = self.users.get(fields.get("username", ""), ("", 0))
        known = fields.get("nonce") in self._nonces and fields.get("uri") == message.target
        if not known or not level:
            return Visit(0, "digest")
        right = self._expected(message.method, fields, password)
        return Visit(level if fields.get("response") == right else 0, "digest")

    def challenge(self) -> tuple[str, bytes]:
        """Return the header that asks for digest, with a nonce of its own."""
        nonce = secrets.token_hex(10)
        self._nonces[nonce] = None
        if len(self._nonces) > _NONCES_KEPT:
            self._nonces.popitem(last=False)
        text = f'Digest qop="auth", realm="{REALM}", nonce="{nonce}"'
        return "WWW-Authenticate", text.encode()

    def _expected(self, method: str, fields: dict[str, str], password: str) -> str:
        user = _md5(f"{fields['username']}:{REALM}:{password}")
        request = _md5(f"{method}:{fields['uri']}")
        parts = (user, fields["nonce"], fields.get("nc", ""), fields.get("cnonce", ""))
        return _md5(":".join((*parts, fields.get("qop", "auth"), request)))


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


@cache
def signing_key() -> ec.EllipticCurvePrivateKey:
    """Return the key of the vendor's token service; one for the whole process."""
    return ec.generate_private_key(ec.SECP256R1())


def make_token(
    serial: str, kind: str, issued_at: float, lifetime_s: float, user: str = "owner@example.com"
) -> str:
    """Sign a token as the vendor's cloud does (gateway-api.md, 5.4)."""
    claims = {
        "aud": serial,
        "iss": "Entrez",
        "enphaseUser": kind,
        "exp": int(issued_at + lifetime_s),
        "iat": int(issued_at),
        "jti": str(next(_TOKEN_NUMBERS)),
        "username": user,
    }
    return jwt.encode(claims, signing_key(), "ES256", headers={"kid": "simulated"})


@dataclass(slots=True)
class TokenGate:
    """Tokens, and the session cookie that stands for one for ten minutes."""

    serial: str
    now: Callable[[], float]
    revoked: set[str] = field(default_factory=set)
    """Tokens that the gateway refuses although they are in order."""
    _first_valid: int = 0
    _sessions: dict[str, tuple[float, int]] = field(default_factory=dict)

    def visit(self, message: Message, *, cookie_required: bool = False) -> Visit:
        """Check the cookie and the token of a request."""
        session = self._session_level(message)
        if session and not cookie_required:
            return Visit(session, "cookie")
        scheme, _, token = message.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return NOBODY
        return Visit(0 if cookie_required and not session else self.level_of(token), "token")

    def level_of(self, token: str) -> int:
        """Return the level that a token grants; 0 when it is no good."""
        try:  # the dates are compared with the gateway's clock, not with this computer's
            claims = jwt.decode(
                token,
                signing_key().public_key(),
                algorithms=["ES256"],
                options={"verify_exp": False, "verify_aud": False, "verify_iat": False},
            )
        except jwt.InvalidTokenError:
            return 0
        fits = claims["aud"] == self.serial and claims["exp"] > self.now()
        revoked = token in self.revoked or int(claims["jti"]) < self._first_valid
        return LEVELS.get(claims["enphaseUser"], 0) if fits and not revoked else 0

    def check(self, message: Message) -> Reply | None:
        """Answer ``/auth/check_jwt`` with a fresh cookie; ``None`` when the token is no good."""
        token = message.headers.get("authorization", "").partition(" ")[2]
        level = self.level_of(token)
        if not level:
            return None
        session = secrets.token_urlsafe(18)
        self._sessions[session] = (self.now() + _SESSION_S, level)
        cookie = f"sessionId={session}; Secure; HttpOnly; path=/".encode()
        body = b"<!DOCTYPE html><h2>Valid token.</h2>\n"
        return Reply(200, body, "text/html", (("Set-Cookie", cookie),))

    def revoke_all(self) -> None:
        """Refuse every token made so far, and end the sessions."""
        self._first_valid = next(_TOKEN_NUMBERS)
        self.forget_sessions()

    def forget_sessions(self) -> None:
        """End all sessions, as a restart does."""
        self._sessions.clear()

    def _session_level(self, message: Message) -> int:
        cookies = message.headers.get("cookie", "").split(";")
        pairs = (cookie.strip().partition("=") for cookie in cookies)
        session = next((value for name, _, value in pairs if name == "sessionId"), "")
        end, level = self._sessions.get(session, (0.0, 0))
        if end <= self.now():
            return 0
        self._sessions[session] = (self.now() + _SESSION_S, level)
        return level
