"""Steps of registers that belong together: one event of the site, one question to its owner."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from .json_fields import number

if TYPE_CHECKING:
    from ..memory import JsonValue
    from .identity import RegisterId
    from .registers import Step

_TOGETHER_S: Final = 1200.0
"""Steps that begin within this time are one event: pages are read, and archives updated, one after
another."""
_NOTHING_WH: Final = 1.0
"""Steps that cancel each other leave no more than this, by rounding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Registers that go on from another level since about the same time."""

    id: str
    at: float
    """When the first step was taken out, in epoch seconds."""
    began_at: float
    """When the first of them began."""
    steps: Mapping[str, float] = field(default_factory=dict)
    """Watt-hours that were taken out, by the key of the register or the name of the figure."""

    def to_json(self) -> dict[str, JsonValue]:
        """Return it for storage; see ``from_json``."""
        return {
            "id": self.id,
            "at": self.at,
            "began_at": self.began_at,
            "steps": dict(self.steps),
        }

    @classmethod
    def from_json(cls, value: object) -> Event | None:
        """Read what ``to_json`` made; ``None`` for anything else, without raising."""
        if not isinstance(value, dict):
            return None
        at, began_at = number(value.get("at")), number(value.get("began_at"))
        rows, ident = value.get("steps"), value.get("id")
        if at is None or began_at is None or not isinstance(ident, str):
            return None
        steps = {
            str(name): wh
            for name, row in (rows.items() if isinstance(rows, dict) else ())
            if (wh := number(row)) is not None
        }
        return cls(id=ident, at=at, began_at=began_at, steps=steps) if steps else None


def with_steps(
    events: Iterable[Event], steps: Mapping[RegisterId, Step], at: float
) -> tuple[Event, ...]:
    """Return the events with the steps of one collection: taken out, or cancelled."""
    open_events = [event for event in events if event.steps]
    taken = {register.key: step for register, step in steps.items()}
    for name, step in taken.items():
        if not step.by_wh:
            open_events = [_without(event, name, step.returned_wh) for event in open_events]
    new = {name: step for name, step in taken.items() if step.by_wh}
    if new:
        open_events = _joined(open_events, new, at)
    return tuple(event for event in open_events if event.steps)


def _without(event: Event, name: str, by_wh: float) -> Event:
    if name not in event.steps:
        return event
    return _with(event, {name: -by_wh})


def _joined(events: list[Event], new: Mapping[str, Step], at: float) -> list[Event]:
    """Add steps to the event that they belong to, or make a new event."""
    began_at = min(step.began_at for step in new.values())
    sizes = {name: step.by_wh for name, step in new.items()}
    for index, event in enumerate(events):
        same = any(name in event.steps for name in sizes)
        if same or abs(event.began_at - began_at) <= _TOGETHER_S:
            return [*events[:index], _with(event, sizes), *events[index + 1 :]]
    return [*events, Event(id=f"{at:.0f}", at=at, began_at=began_at, steps=sizes)]


def _with(event: Event, sizes: Mapping[str, float]) -> Event:
    """Return an event with more steps, without those that cancel each other."""
    steps = dict(event.steps)
    for name, by_wh in sizes.items():
        steps[name] = steps.get(name, 0.0) + by_wh
        if abs(steps[name]) < _NOTHING_WH:
            del steps[name]
    return replace(event, steps=steps)
