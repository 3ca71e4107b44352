"""A gateway's serial number, a time, and tokens for them; all invented."""

import jwt

SERIAL = "122112123456"
NOW = 1_750_000_000.0
DAY_S = 86400.0


def make_token(*, lifetime_s: float = 365 * DAY_S, at: float = NOW, **claims: object) -> str:
    """Return a token; ``claims`` replaces, and None takes away."""
    everything = {
        "aud": SERIAL,
        "iss": "Entrez",
        "enphaseUser": "owner",
        "iat": at,
        "exp": at + lifetime_s,
        **claims,
    }
    said = {name: value for name, value in everything.items() if value is not None}
    return jwt.encode(said, "not the key of Enphase, but long enough", algorithm="HS256")
