"""What the parsers of JSON pages share: reading a body, and one value of a row.

Gateways are loose with types: numbers, truth values and times come as text on some pages, and
anything can be ``null`` or missing (gateway-api.md, section 17.23). Each function here accepts the
forms that were seen and answers ``None`` to every other.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final

from ..errors import EnvoyAbsentError, EnvoyResponseError

type Row = Mapping[str, object]
"""A JSON object of which nothing is known yet."""

_LARGEST = 1e15
"""No quantity of a home comes near this (it is 1000 TWh); whatever exceeds it is garbage."""
_LONGEST_INTEGER = 20
"""Digits. Longer ones exceed ``_LARGEST``; Python refuses those of more than 4300."""
_LAST_MOMENT = datetime(2100, 1, 1, tzinfo=UTC).timestamp()
_FIRST_ERROR_STATUS = 400
_ALL_PCT = 100

_REFUSAL = re.compile(r"<|Error: \d{3}")
"""An HTML page, or the plain text with which firmware 3 refuses a page."""
_NUMERAL = re.compile(r"[+-]?[0-9]{1,20}(\.[0-9]*)?")


def json_object(body: bytes, *keys: str) -> Row:
    """Return the object that a page consists of.

    A gateway with nothing to say sends an empty one. One that is not empty must hold at least one
    of ``keys``, where any are given.

    Raises EnvoyAbsentError when the body says that there is no such page, and EnvoyResponseError
    when it is anything else than this page.
    """
    page = _load(body)
    if not isinstance(page, dict):
        raise EnvoyResponseError("the body is not a JSON object")
    if page and keys and page.keys().isdisjoint(keys):
        raise EnvoyResponseError(f"the body holds none of {', '.join(keys)}")
    return page


def json_list(body: bytes) -> list[Row]:
    """Return the rows of a page that is a list; what is no object is left out.

    Some firmware writes an empty list as an empty object (gateway-api.md, section 3.3).
    Raises like ``json_object``.
    """
    page = _load(body)
    if page == {}:
        return []
    if not isinstance(page, list):
        raise EnvoyResponseError("the body is not a JSON list")
    return _objects(page)


def part(row: Row, key: str) -> Row:
    """Return the object under ``key``, or an empty one."""
    value = row.get(key)
    return value if isinstance(value, dict) else {}


def rows(row: Row, key: str) -> list[Row]:
    """Return the objects of the list under ``key``; what is no object is left out."""
    return _objects(row.get(key))


def places(row: Row, key: str) -> list[Row]:
    """Return the list under ``key`` with an empty object for whatever is no object.

    For rows that have nothing but their place to say which phase they are of.
    """
    value = row.get(key)
    if not isinstance(value, list):
        return []
    return [item if isinstance(item, dict) else {} for item in value]


def number(row: Row, key: str) -> float | None:
    """Return a finite number, also from text without a unit; integers stay exact."""
    value = row.get(key)
    if type(value) is str:
        value = _numeral(value.strip())
    if type(value) is not int and type(value) is not float:  # a truth value is no number
        return None
    return value if abs(value) <= _LARGEST else None  # false for NaN and the infinities


def scaled(row: Row, key: str, divisor: float) -> float | None:
    """Return a number given in a fraction of the unit that we use, such as millivolts."""
    value = number(row, key)
    return None if value is None else value / divisor


def integer(row: Row, key: str) -> int | None:
    """Return a whole number; 3.0 is one, 2.5 is not."""
    value = number(row, key)
    return int(value) if value is not None and value == int(value) else None


def flag(row: Row, key: str) -> bool | None:
    """Return a truth value, also from the words "true" and "false"."""
    value = row.get(key)
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}.get(_word(value))


def closed(row: Row, key: str) -> bool | None:
    """Return whether a relay is "closed"; ``None`` for any word but that and "open".

    The first word counts: while a relay opens it is "open synchronizing" (section 12.6).
    """
    first, _, _ = _word(row.get(key)).partition(" ")
    return {"closed": True, "open": False}.get(first)


def choice[T](row: Row, key: str, words: Mapping[str, T]) -> T | None:
    """Return what a word stands for; ``None`` for one that is not among those known."""
    return words.get(_word(row.get(key)))


def percent(row: Row, key: str) -> float | None:
    """Return a share of 0 to 100; anything beyond is nonsense."""
    value = number(row, key)
    return value if value is not None and 0 <= value <= _ALL_PCT else None


def text(row: Row, key: str) -> str | None:
    """Return text that is not blank, without the space around it."""
    value = row.get(key)
    if not isinstance(value, str):
        return None
    # A lone surrogate (JSON can escape one) would break code that encodes the text later.
    return value.encode("utf-8", "replace").decode().strip() or None


def texts(row: Row, key: str) -> tuple[str, ...]:
    """Return the texts of the list under ``key``; what is no text, or blank, is left out."""
    value = row.get(key)
    words = value if isinstance(value, list) else []
    return tuple(word for item in words if (word := text({key: item}, key)))


def serial(row: Row, key: str) -> str | None:
    """Return a serial number, which is always text, though some firmware sends an integer."""
    value = row.get(key)
    if isinstance(value, str):
        return text(row, key)
    whole = integer(row, key)
    return str(whole) if isinstance(value, int) and whole and whole > 0 else None


def epoch(row: Row, key: str) -> float | None:
    """Return seconds since 1970; zero stands for "never" and becomes ``None``."""
    value = number(row, key)
    return float(value) if value is not None and 0 < value < _LAST_MOMENT else None


def moment(row: Row, key: str) -> datetime | None:
    """Return a time given in seconds since 1970, in UTC; zero, "never", becomes ``None``."""
    seconds = epoch(row, key)
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def by_id[K, V](items: Iterable[V], id_of: Callable[[V], K]) -> Mapping[K, V]:
    """Index items by their own id; of several with the same id the first one counts."""
    found: dict[K, V] = {}
    for item in items:
        found.setdefault(id_of(item), item)
    return MappingProxyType(found)


def _load(body: bytes) -> object:
    content = body.decode("utf-8-sig", "replace").strip()
    if _REFUSAL.match(content):
        raise EnvoyAbsentError("a page of HTML or an error instead of JSON")
    try:
        page = _decoded(content)
    except (ValueError, RecursionError) as err:
        raise EnvoyResponseError("the body is not JSON") from err
    if isinstance(page, dict) and _is_error(page):
        raise EnvoyAbsentError("an error object instead of the page")
    return page


def _decoded(content: str) -> object:
    try:
        return _DECODER.decode(content)
    except json.JSONDecodeError:
        raise
    except ValueError:  # an integer that Python refuses, for its length
        return _LENIENT_DECODER.decode(content)


def _is_error(page: Row) -> bool:
    status = number(page, "status") or 0
    return "error" in page or "err" in page or status >= _FIRST_ERROR_STATUS


def _objects(value: object) -> list[Row]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _whole(digits: str) -> int | None:
    return int(digits) if len(digits) <= _LONGEST_INTEGER else None


def _nothing(_: str) -> None:
    """Replace NaN and the infinities, which are not JSON, so that they cost one value only."""


_DECODER: Final = json.JSONDecoder(parse_constant=_nothing)
_LENIENT_DECODER: Final = json.JSONDecoder(parse_int=_whole, parse_constant=_nothing)
"""Slower, as it calls Python for each integer."""


def _numeral(value: str) -> float | None:
    match = _NUMERAL.fullmatch(value)
    if match is None:
        return None
    return int(value) if match[1] is None else float(value)


def _word(value: object) -> str:
    return value.strip().lower() if isinstance(value, str) else ""
