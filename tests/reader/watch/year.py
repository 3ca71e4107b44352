"""Let the watch live through a year on a roof, and compare what it reports with the truth."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from custom_components.enphase_envoy.envoy_reader.memory import JsonValue
from custom_components.enphase_envoy.envoy_reader.watch import PanelWatch, Trouble, TroubleKind

DEBUG=None
from .roof import Fault, Page, Roof


@dataclass(slots=True)
class Outcome:
    """What a year showed."""

    found: dict[str, int | None] = field(default_factory=dict)
    """Producing days until a fault was reported, by its kind and panel; ``None``: never."""
    ended: dict[str, int | None] = field(default_factory=dict)
    """Days from the repair until the report was gone."""
    false: list[str] = field(default_factory=list)
    """Notices without a fault behind them."""
    bytes_stored: int = 0


def live_through(roof: Roof) -> Outcome:
    """Run the year."""
    outcome = Outcome()
    state: dict[str, JsonValue] = {}
    watch = PanelWatch(state)
    names = {id(fault): f"{fault.kind} {fault.panels[0]} d{fault.day}" for fault in roof.faults}
    before: frozenset[str] = frozenset()
    for page in roof.pages():
        if roof.random.random() < 0.002:  # a restart every five days
            state = json.loads(json.dumps(state))
            watch = PanelWatch(state)
        report = watch.update(
            page.inverters,
            at=page.at,
            zone=roof.place.zone,
            fresh=True,
            limited=page.limited,
        )
        troubles = {trouble.key: trouble for trouble in report.troubles}
        if troubles.keys() != before:
            for key in troubles.keys() - before:
                _note(outcome, roof, troubles[key], names)
            before = frozenset(troubles)
        _note_ended(outcome, roof, report.troubles, names)
    outcome.bytes_stored = len(json.dumps(state))
    for fault in roof.faults:
        if fault.kind != "replaced" and fault.producing_days >= 6:
            outcome.found.setdefault(names[id(fault)], None)
    return outcome


def _note(outcome: Outcome, roof: Roof, trouble: Trouble, names: dict[int, str]) -> None:
    group = trouble.kind is TroubleKind.GROUP_SILENT
    for fault in roof.faults:
        serials = {roof.panels[number].serial for number in fault.panels}
        fits = set(trouble.serials) <= serials and (fault.kind == "breaker") == group
        begun = roof.day > fault.day and fault.kind != "replaced"
        recent = fault.healed_on is None or roof.day - fault.healed_on <= 2
        if fits and begun and recent:
            outcome.found.setdefault(names[id(fault)], fault.producing_days)
            return
    when = roof.start.timetuple().tm_yday + roof.day
    if DEBUG: DEBUG(roof, trouble)
    outcome.false.append(f"{trouble.kind} x{len(trouble.serials)} {[ [p.azimuth,p.shade] for p in roof.panels if p.serial in trouble.serials][:2]} d{roof.day} doy{(when-1)%365+1} {trouble.yield_pct}")


def _note_ended(
    outcome: Outcome, roof: Roof, troubles: tuple[Trouble, ...], names: dict[int, str]
) -> None:
    for fault in roof.faults:
        name = names[id(fault)]
        if fault.healed_on is None or outcome.ended.get(name) is not None:
            continue
        serials = {roof.panels[number].serial for number in fault.panels}
        still = any(serials & set(trouble.serials) for trouble in troubles)
        outcome.ended[name] = None if still else roof.day - fault.healed_on
