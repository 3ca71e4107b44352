"""Say whether a value is what its type hints promise, down to the last number."""

from collections.abc import Mapping
from dataclasses import is_dataclass
from datetime import UTC, datetime
from functools import cache
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

LARGEST = 1e15
"""Beyond this, a number is no quantity of a home."""


def is_as_promised(value: object, hint: Any) -> bool:  # noqa: ANN401 -- a hint is anything
    """Return whether a value has the type of the hint, is finite and can be written as UTF-8."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin in {Union, UnionType}:
        return any(is_as_promised(value, choice) for choice in inner)
    if origin is tuple:
        return isinstance(value, tuple) and all(is_as_promised(item, inner[0]) for item in value)
    if origin is Mapping:
        return isinstance(value, Mapping) and all(
            is_as_promised(key, inner[0]) and is_as_promised(item, inner[1])
            for key, item in value.items()
        )
    return _is_plainly(value, hint)


def _is_plainly(value: object, hint: type) -> bool:
    if is_dataclass(hint):
        return type(value) is hint and all(
            is_as_promised(getattr(value, name), inner) for name, inner in _hints(hint).items()
        )
    if type(value) is bool or hint is bool:
        return type(value) is hint
    if hint is float:
        return isinstance(value, int | float) and abs(value) <= LARGEST  # false for NaN
    if hint is str:
        return type(value) is str and value.strip() == value != "" and _can_be_encoded(value)
    if hint is datetime:
        return isinstance(value, datetime) and value.tzinfo is UTC
    return type(value) is hint


def _can_be_encoded(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def promise_of(parse: object) -> Any:  # noqa: ANN401 -- a hint is anything
    """Return the type that a parser promises to return."""
    return get_type_hints(parse)["return"]
