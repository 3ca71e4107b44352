"""What the parsers of web pages share. Patterns are written so that no input makes them slow."""

import re
from html import unescape

_TAG = re.compile(r"<[^<>]*>")
_ENDLESS_REFERENCE = re.compile(r"&#[0-9]{8,}")
"""No character has such a number, and ``unescape`` fails on those beyond 4300 digits."""


def shown(markup: str) -> str:
    """Return what a browser shows of markup, with single spaces and straight apostrophes."""
    plain = unescape(_ENDLESS_REFERENCE.sub(" ", _TAG.sub(" ", markup)))
    return " ".join(plain.replace("\u2019", "'").split())
