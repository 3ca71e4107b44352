"""Small frozen records to JSON and back: what counters keep across restarts.

A file on disk can be damaged or written by another version, so reading never raises: what does not
fit counts as missing.
"""

from __future__ import annotations

import math
from dataclasses import fields
from types import NoneType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    from ..memory import JsonValue

_PLAIN = (float, int, str, NoneType)
"""Types of fields that are stored as they are."""


def number(value: object) -> float | None:
    """Return a finite number as float, or ``None`` for anything else (also for true and false)."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        found = float(value)
    except OverflowError:  # an int of more than 308 digits
        return None
    return found if math.isfinite(found) else None


def record_to_json(record: DataclassInstance) -> dict[str, JsonValue]:
    """Return a record for storage, with the records in it; quicker than ``asdict``, which copies.

    All counters of a site are written out at each collection.
    """
    return {name: _plain(getattr(record, name)) for name in record.__dataclass_fields__}


def _plain(value: float | str | DataclassInstance | None) -> JsonValue:
    return value if isinstance(value, _PLAIN) else record_to_json(value)


def record_from_json[RecordT: DataclassInstance](
    kind: type[RecordT], value: object
) -> RecordT | None:
    """Make a record of numbers only; a field whose default is ``None`` may be missing.

    Returns ``None`` when ``value`` is not such a record.
    """
    if not isinstance(value, dict):
        return None
    found = {field.name: number(value.get(field.name)) for field in fields(kind)}
    for field in fields(kind):
        optional = field.default is None and value.get(field.name) is None
        if found[field.name] is None and not optional:
            return None
    return kind(**found)
