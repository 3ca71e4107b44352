"""Change one value in a JSON text and leave every other byte as it is.

A gateway's document holds keys that we do not know, booleans as text, and numbers in a notation of
its own. Parsing and serialising it again would change them (gateway-api.md, 12.5 and 12.8).
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

type Step = str | int | tuple[str, str]
"""One step on the way to a value: the key of an object, the index in a list, or the key and value
that identify an object in a list."""

_DECODER: Final = json.JSONDecoder()
_SPACE: Final = re.compile(r"[ \t\n\r]*")


def decoded(body: bytes) -> str:
    """Return a body as text; ``encoded`` turns it back into the same bytes."""
    return body.decode("utf-8", "surrogateescape").removeprefix("\ufeff")


def encoded(text: str) -> bytes:
    """Return the bytes of a text that ``decoded`` has made."""
    return text.encode("utf-8", "surrogateescape")


def find(text: str, *path: Step) -> str:
    """Return the source of a value in the text; raises LookupError or ValueError without one."""
    begin, end = _span(text, path)
    return text[begin:end]


def change(text: str, *path: Step, value: bool | float | str) -> str:
    """Return the text with one value replaced, in the notation of the old one.

    A boolean that was text stays text, and a number keeps its decimal places. Raises LookupError
    or ValueError when the value to be replaced is not there.
    """
    begin, end = _span(text, path)
    return f"{text[:begin]}{_literal(value, text[begin:end])}{text[end:]}"


def _literal(value: object, before: str) -> str:
    if isinstance(value, str):
        return json.dumps(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        written = "true" if value else "false"
    else:
        _, point, digits = before.strip('"').partition(".")
        written = f"{value:.{len(digits)}f}" if point else f"{value:g}"
        if value != round(value, len(digits)):
            written = repr(value)
    return f'"{written}"' if before.startswith('"') else written


def _span(text: str, path: tuple[Step, ...]) -> tuple[int, int]:
    begin = _skip(text, 0)
    for step in path:
        begin = _within(text, begin, step)
    return begin, _value(text, begin)[1]


def _within(text: str, begin: int, step: Step) -> int:
    found = None
    for name, at in _members(text, begin):
        if isinstance(step, tuple):
            value, _ = _value(text, at)
            if isinstance(value, dict) and value.get(step[0]) == step[1]:
                return at
        elif type(name) is type(step) and name == step:
            found = at  # of two equal keys the last one counts, as in any JSON parser
    if found is None:
        raise LookupError(step)
    return found


def _members(text: str, begin: int) -> Iterator[tuple[str | int, int]]:
    """Yield the keys of an object, or the indices of a list, and where their values begin."""
    kind = text[begin : begin + 1]
    if kind not in ("{", "["):
        return
    at, place = _skip(text, begin + 1), 0
    while text[at : at + 1] not in ("}", "]", ""):
        name: str | int = place
        if kind == "{":
            key, at = _value(text, at)
            name = str(key)
            at = _skip(text, _skip(text, at) + 1)
        yield name, at
        place += 1
        _, at = _value(text, at)
        at = _skip(text, at)
        if text[at : at + 1] == ",":
            at = _skip(text, at + 1)


def _value(text: str, at: int) -> tuple[object, int]:
    """Return the value at a place and where it ends; raises ValueError when there is none."""
    value: object
    value, end = _DECODER.raw_decode(text, at)
    return value, end


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at
