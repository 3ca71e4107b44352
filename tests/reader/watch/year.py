"""Let the watch live through a year on a roof, and compare its reports with the truth."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field

from custom_components.enphase_envoy.envoy_reader.memory import JsonValue
from custom_components.enphase_envoy.envoy_reader.watch import PanelWatch, Trouble, TroubleKind

from .roof import Fault, Roof

PROOF_DAYS = 6
"""So many producing days the watch has to find a fault."""
AFTERMATH_DAYS = 2
"""Days after a repair on which the trouble may still be reported, also by another key."""
RESTARTS = 0.002
"""Chance of a restart of ours at each collection: some six in a month."""


@dataclass(slots=True)
class Outcome:
    """What a year showed. Faults are named by kind, first panel and day."""

    found: dict[str, int | None] = field(default_factory=dict)
    """Producing days until each fault was reported; ``None``: never."""
    ended: dict[str, int | None] = field(default_factory=dict)
    """Days from each repair until the trouble was over; ``None``: not yet."""
    false: list[str] = field(default_factory=list)
    """Notices without a fault behind them."""
    stored_bytes: int = 0

    @property
    def late(self) -> dict[str, int | None]:
        """Faults that were found too late or never."""
        return {
            name: days for name, days in self.found.items() if days is None or days > PROOF_DAYS
        }

    @property
    def lasting(self) -> list[str]:
        """Repaired faults whose trouble did not end."""
        return [name for name, days in self.ended.items() if days is None]


def live_through(roof: Roof) -> Outcome:
    """Run the year, with restarts of ours at any time."""
    outcome = Outcome()
    state: dict[str, JsonValue] = {}
    watch = PanelWatch(state)
    before: frozenset[str] = frozenset()
    for page in roof.pages():
        if roof.random.random() < RESTARTS:
            state = json.loads(json.dumps(state))
            watch = PanelWatch(state)
        report = watch.update(
            page.inverters, at=page.at, zone=roof.place.zone, fresh=True, limited=page.limited
        )
        for trouble in report.troubles:
            if trouble.key not in before:
                _note_new(outcome, roof, trouble)
        before = frozenset(trouble.key for trouble in report.troubles)
        _note_ended(outcome, roof, report.troubles)
    for fault in roof.faults:
        if fault.kind != "replaced" and fault.producing_days >= PROOF_DAYS:
            outcome.found.setdefault(_name(fault), None)
    outcome.stored_bytes = len(json.dumps(state))
    return outcome


def _name(fault: Fault) -> str:
    return f"{fault.kind} {fault.panels[0]} day {fault.day}"


def _serials(roof: Roof, fault: Fault) -> set[str]:
    return {roof.panels[number].serial for number in fault.panels}


def _note_new(outcome: Outcome, roof: Roof, trouble: Trouble) -> None:
    """Put a new notice down to its fault; twelve on one breaker must be one notice."""
    group = trouble.kind is TroubleKind.GROUP_SILENT
    for fault in roof.faults:
        fits = set(trouble.serials) <= _serials(roof, fault)
        healed = fault.healed_on is not None and roof.day > fault.healed_on + AFTERMATH_DAYS
        if fault.kind == "replaced" or roof.day <= fault.day or healed or not fits:
            continue
        if group == (fault.kind == "breaker"):
            outcome.found.setdefault(_name(fault), fault.producing_days)
            return
    outcome.false.append(f"{trouble.key} day {roof.day} {trouble.yield_pct} %")


def _note_ended(outcome: Outcome, roof: Roof, troubles: Iterable[Trouble]) -> None:
    ill = {serial for trouble in troubles for serial in trouble.serials}
    for fault in roof.faults:
        name = _name(fault)
        if fault.healed_on is not None and outcome.ended.get(name) is None:
            still = not ill.isdisjoint(_serials(roof, fault))
            outcome.ended[name] = None if still else roof.day - fault.healed_on
