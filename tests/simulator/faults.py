"""What can go wrong with a page, as data.

``simulator.faults["/ivp/meters"] = Status(503)`` stays until it is removed; a list is consumed, one
element for each request (``None`` lets one pass). The key ``"*"`` means every page.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from .wire import Reply


@dataclass(frozen=True, slots=True)
class Refuse:
    """Close the connection without a word; for ``"*"`` already when it is made."""


@dataclass(frozen=True, slots=True)
class Hang:
    """Take the request and never answer."""


@dataclass(frozen=True, slots=True)
class Reset:
    """Break the connection after the request was read."""


@dataclass(frozen=True, slots=True)
class Status:
    """Answer with this status instead of the page."""

    code: int
    body: bytes | None = None


@dataclass(frozen=True, slots=True)
class Truncate:
    """Send a well-formed answer whose body ends too early."""

    keep: float = 0.5


@dataclass(frozen=True, slots=True)
class CutShort:
    """Promise the whole body, send half of it and close."""


@dataclass(frozen=True, slots=True)
class Garbage:
    """Send this instead of the page, with status 200."""

    body: bytes


@dataclass(frozen=True, slots=True)
class Slow:
    """Answer after so many real seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Drip:
    """Send the body at this pace."""

    bytes_per_second: float


@dataclass(frozen=True, slots=True)
class Zeros:
    """Turn every number of a JSON page into zero, as after a start; what names a row stays."""


@dataclass(frozen=True, slots=True)
class Scale:
    """Multiply the numbers of a JSON page, or those under the given keys only."""

    factor: float
    keys: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Transform:
    """Change the JSON value of a page."""

    fn: Callable[[Any], Any]


@dataclass(slots=True)
class Freeze:
    """Show a JSON page as it was at the first request, but for the values under some keys."""

    moving: frozenset[str] = frozenset({"last_update"})
    _held: Any = None

    def apply(self, value: Any) -> Any:  # noqa: ANN401 - JSON is any value
        """Return what is shown in place of ``value``."""
        if self._held is None:
            self._held = value
        return self._mix(self._held, value)

    def _mix(self, held: Any, value: Any) -> Any:  # noqa: ANN401 - JSON is any value
        if not isinstance(held, dict) or not isinstance(value, dict):
            return held
        return {
            key: value[key] if key in self.moving else self._mix(item, value[key])
            for key, item in held.items()
            if key in value
        }


type Fault = (
    Refuse
    | Hang
    | Reset
    | Status
    | Truncate
    | CutShort
    | Garbage
    | Slow
    | Drip
    | Zeros
    | Scale
    | Transform
    | Freeze
)

ALL = "*"


_NAMES = frozenset({"eid", "timestamp", "readingTime", "createdAt"})
"""Numbers that are no measurements: the ids of meters and of their channels, and times."""


class Faults(dict[str, "Fault | list[Fault | None]"]):
    """Faults by path, or by path and query; the more exact key counts."""

    def take(self, path: str, query: str) -> Fault | None:
        """Return the fault for the next answer of a page, and use it up if it is one of a list."""
        for key in (f"{path}?{query}", path, ALL):
            found = self.get(key)
            if isinstance(found, list):
                if not found:
                    continue
                return found.pop(0)
            if found is not None:
                return found
        return None


def spoil(reply: Reply, fault: Fault | None) -> Reply:
    """Apply a fault that concerns the answer's contents; others leave it as it is."""
    match fault:
        case Status(code, body):
            text = b"<html><body><h1>%d</h1></body></html>\n" % code
            return Reply(code, text if body is None else body, "text/html")
        case Truncate(keep):
            return replace(reply, body=reply.body[: int(len(reply.body) * keep)])
        case Garbage(body):
            return replace(reply, status=200, body=body)
        case Zeros() | Scale() | Transform() | Freeze():
            return _change(reply, fault)
    return reply


def _change(reply: Reply, fault: Zeros | Scale | Transform | Freeze) -> Reply:
    try:
        value = json.loads(reply.body)
    except ValueError:
        return reply
    match fault:
        case Zeros():
            value = _map_numbers(value, lambda key, number: number if key in _NAMES else 0)
        case Scale(factor, keys):
            value = _map_numbers(
                value,
                lambda key, number: (
                    number * factor if (key in keys if keys else key not in _NAMES) else number
                ),
            )
        case Transform(fn):
            value = fn(value)
        case Freeze():
            value = fault.apply(value)
    return replace(reply, body=json.dumps(value).encode())


def _map_numbers(value: object, change: Callable[[str, float], float], key: str = "") -> object:
    match value:
        case dict():
            return {name: _map_numbers(item, change, name) for name, item in value.items()}
        case list():
            return [_map_numbers(item, change, key) for item in value]
        case bool() | str() | None:
            return value
        case int() | float():
            return change(key, value)
    return value
