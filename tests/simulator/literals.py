"""JSON whose numbers keep the text that they came with: ``20.0``, ``0.310`` and ``1e1`` stay so."""

from __future__ import annotations

import json
import re
from typing import Any, Self

_MARK = "@literal:"
_MARKED = re.compile(f'"{_MARK}([^"]*)"')


class Number(float):
    """A number with a fraction or an exponent, and its text."""

    __slots__ = ("text",)
    text: str

    def __new__(cls, text: str) -> Self:
        """Read the number; ``text`` is kept."""
        number = super().__new__(cls, text)
        number.text = text
        return number


def read(body: bytes) -> Any:  # noqa: ANN401 - JSON is any value
    """Read a document; raises ``ValueError`` when it is none."""
    return json.loads(body, parse_float=Number)


def mark(value: object) -> object:
    """Return the document with each kept number as a marked string, for :func:`unmark`."""
    match value:
        case dict():
            return {key: mark(item) for key, item in value.items()}
        case list():
            return [mark(item) for item in value]
        case Number():
            return f"{_MARK}{value.text}"
    return value


def unmark(text: str) -> str:
    """Put the kept numbers in their places in a written document."""
    return _MARKED.sub(r"\1", text) if _MARK in text else text
