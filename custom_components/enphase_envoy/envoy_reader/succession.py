"""What is remembered of a gateway when another one takes its place: its figures, not its pages."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any, Final

from .counters.takeover import carried_over, given_back, taken_over

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Set as AbstractSet
    from datetime import tzinfo

    from .memory import JsonValue

_KEPT: Final = ("logins", "time_zone", "watch")
"""What is of the account, of the place, and of the inverters, which stay on the roof."""


def memory_of_successor(
    old: Mapping[str, JsonValue],
    *,
    zone: tzinfo,
    known: Mapping[str, JsonValue] | None = None,
    moved: AbstractSet[str] = frozenset(),
) -> dict[str, JsonValue]:
    """Return the memory (``Memory.data``) with which a gateway goes on in the place of another.

    ``old`` is the memory of the gateway that it replaces, ``zone`` the time zone of the site.
    ``known`` is the memory of the successor itself, where it has been read already, and ``moved``
    are the serial numbers of inverters that were shown by it rather than by the old one.
    Nothing that is given is changed.
    """
    counters = _counters(old)
    if known is None:
        kept = {name: deepcopy(old[name]) for name in _KEPT if name in old}
        return {**kept, "counters": carried_over(counters, zone=zone)}
    joined = carried_over(counters, zone=zone, beside=_counters(known), moved=moved)
    return {**deepcopy(dict(known)), "counters": joined}


def memory_given_back(
    before: Mapping[str, JsonValue], after: Mapping[str, JsonValue]
) -> dict[str, JsonValue]:
    """Return the memory of ``before``, when its gateway takes its place again.

    ``after`` is the memory of the other gateway, whose figures do not fall by that: they stand
    still until those of before have reached them. Nothing that is given is changed.
    """
    counters = given_back(_counters(before), _counters(after))
    return {**deepcopy(dict(before)), "counters": counters}


def _counters(memory: Mapping[str, JsonValue]) -> dict[str, Any]:
    """Return a copy of what is known of counters, in our own form."""
    found = memory.get("counters")
    state = deepcopy(found) if isinstance(found, dict) else {}
    taken_over(state, memory.get("sources"))
    return state
