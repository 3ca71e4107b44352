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
    both = {**deepcopy(dict(known)), "counters": joined}
    if "watch" in old:
        both["watch"] = _watch_of_both(_section(old, "watch"), _section(known, "watch"))
    if "logins" in old:
        both["logins"] = _logins_of_both(_section(old, "logins"), _section(known, "logins"))
    return both


def memory_given_back(
    before: Mapping[str, JsonValue], after: Mapping[str, JsonValue]
) -> dict[str, JsonValue]:
    """Return the memory of ``before``, when its gateway takes its place again.

    ``after`` is the memory of the other gateway, whose figures do not fall by that: they stand
    still until those of before have reached them. The logins made meanwhile count, and what was
    learned of the inverters stays. Nothing that is given is changed.
    """
    back: dict[str, JsonValue] = {
        **deepcopy(dict(before)),
        "counters": given_back(_counters(before), _counters(after)),
    }
    if "logins" in after:
        back["logins"] = deepcopy(after["logins"])
    if "watch" in before and "watch" in after:
        watch, known = _section(after, "watch"), _panels(_section(before, "watch"))
        panels = {serial: row for serial, row in _panels(watch).items() if serial in known}
        back["watch"] = {**watch, "panels": panels}
    return back


def _watch_of_both(old: dict[str, Any], its: dict[str, Any]) -> dict[str, Any]:
    """Return what was learned of the roof, and of the inverters that only the other has."""
    return {**old, "panels": {**_panels(its), **_panels(old)}}


def _panels(watch: Mapping[str, JsonValue]) -> dict[str, Any]:
    return _section(watch, "panels")


def _logins_of_both(old: dict[str, Any], its: dict[str, Any]) -> dict[str, Any]:
    """Return the logins of two gateways as those of one: the account has had them all."""
    times = {
        name: sorted({at for logins in (old, its) for at in _times(logins, name)})
        for name in ("at", "codes")
    }
    return {**its, **{name: found for name, found in times.items() if found}}


def _times(logins: Mapping[str, Any], name: str) -> list[float]:
    found = logins.get(name)
    return [at for at in found if isinstance(at, int | float)] if isinstance(found, list) else []


def _section(memory: Mapping[str, JsonValue], name: str) -> dict[str, Any]:
    """Return a copy of a section; an empty one for whatever else is found there."""
    found = memory.get(name)
    return deepcopy(found) if isinstance(found, dict) else {}


def _counters(memory: Mapping[str, JsonValue]) -> dict[str, Any]:
    """Return a copy of what is known of counters, in our own form."""
    state = _section(memory, "counters")
    taken_over(state, memory.get("sources"))
    return state
