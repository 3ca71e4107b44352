"""What a token says of itself.

From firmware 7 on a gateway wants a JWT that Enphase signs. The gateway checks the signature; here
the text is only read: its gateway, its end and its kind of user. Source: gateway-api.md, section
5.4.
"""

import math
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

import jwt

from ..errors import EnvoyAuthenticationError, Problem

_DAY_S: Final = 86400.0
_HOUR_S: Final = 3600.0
_LONGEST: Final = 8192
"""Real tokens have some 500 characters; anything much longer is not worth decoding."""
_LATEST: Final = 1e11
"""Epochs beyond this are not times (they would be milliseconds)."""


class TokenKind(StrEnum):
    """The kind of user a token stands for; decides what the gateway shows."""

    OWNER = "owner"
    INSTALLER = "installer"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A token and what it says of itself; the text itself never shows in a repr."""

    raw: str = field(repr=False)
    serial: str
    """Serial number of the gateway it was made for; empty when it names none."""
    kind: TokenKind
    issued_at: float | None
    """Epoch seconds, by the cloud's clock; ``None`` when not given."""
    expires_at: float
    """Epoch seconds; the gateway compares with its own clock."""


def parse_token(text: str) -> Token:
    """Read a token as the cloud sends it or as a person pastes it.

    White space (line breaks within, too), quotes and a leading ``Bearer`` are taken off.
    Raises EnvoyAuthenticationError (``TOKEN_MALFORMED``) when the text is no token with an end.
    """
    raw = "".join(text.split()).strip("\"'").removeprefix("Bearer")
    claims = _claims(raw)
    expires_at = _epoch(claims.get("exp"))
    if expires_at is None:
        raise EnvoyAuthenticationError(
            "The token does not say when it expires", Problem.TOKEN_MALFORMED
        )
    serial, user = claims.get("aud"), claims.get("enphaseUser")
    return Token(
        raw=raw,
        serial=serial if isinstance(serial, str) else "",
        kind=TokenKind(user) if user in ("owner", "installer") else TokenKind.OTHER,
        issued_at=_epoch(claims.get("iat")),
        expires_at=expires_at,
    )


def check_token(token: Token, serial: str, now: float) -> None:
    """Raise EnvoyAuthenticationError unless the token is for this gateway and still lasts.

    ``now`` is in epoch seconds; the problems are ``TOKEN_FOREIGN`` and ``TOKEN_EXPIRED``.
    """
    if token.serial != serial:
        raise EnvoyAuthenticationError(
            "The token was made for another gateway", Problem.TOKEN_FOREIGN
        )
    if token.expires_at <= now:
        raise EnvoyAuthenticationError("The token has expired", Problem.TOKEN_EXPIRED)


def renewal_due(token: Token, now: float) -> bool:
    """Say whether it is time to get the next token, while this one is still valid."""
    return now >= token.expires_at - _lead_s(token)


def _lead_s(token: Token) -> float:
    """Return how long before its end a token is renewed, in seconds.

    Thirty days for those of a year or half a year; one hour for those of installers, which last
    twelve. The limits between keep a token from being due from its first moment on.
    """
    if token.issued_at is None:
        return _HOUR_S if token.kind is TokenKind.INSTALLER else 30 * _DAY_S
    lifetime_s = token.expires_at - token.issued_at
    return 30 * _DAY_S if lifetime_s > 60 * _DAY_S else min(_HOUR_S, lifetime_s / 2)


def _claims(raw: str) -> dict[str, object]:
    # A hostile text can also be nested too deeply, hold too long a number or no UTF-8.
    try:
        claims: dict[str, object] = jwt.decode(
            raw[:_LONGEST].encode("ascii"), options={"verify_signature": False}
        )
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
        # Not "from err": the cause could carry parts of the text.
        raise EnvoyAuthenticationError("The text is not a token", Problem.TOKEN_MALFORMED) from None
    return claims


def _epoch(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) and 0 < value < _LATEST else None
