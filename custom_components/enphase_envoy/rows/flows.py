"""What the sensors of production and consumption show, as a whole and by phase."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from itertools import product
from typing import Final

from ..envoy_reader import (
    EnergyFigures,
    Flow,
    GatewayProfile,
    Section,
    Snapshot,
    counter_of_phase,
)
from .descriptions import EnvoySensorDescription, Facts, Rows
from .facts import BALANCE, COUNTER, WATTS, whole


def _production(snapshot: Snapshot) -> Flow | None:
    return snapshot.production


def _consumption(snapshot: Snapshot) -> Flow | None:
    return snapshot.consumption


def _measures_consumption(profile: GatewayProfile) -> bool:
    return profile.consumption_from is not None


type FlowFn = Callable[[Snapshot], Flow | None]


def totals(section: Section, flow_fn: FlowFn, facts: Facts) -> Rows[EnergyFigures]:
    """Return what rows have in common that show a boundary as a whole."""
    return Rows(section=section, part_fn=partial(_total_of, flow_fn), facts=facts)


def _total_of(flow_fn: FlowFn, snapshot: Snapshot, _serial: str) -> EnergyFigures | None:
    flow = flow_fn(snapshot)
    return flow.total if flow else None


def _of_phase(
    flow_fn: FlowFn, phase: int, snapshot: Snapshot, _serial: str
) -> EnergyFigures | None:
    flow = flow_fn(snapshot)
    return flow.phases[phase - 1] if flow and len(flow.phases) >= phase else None


def _figures(
    flow: str, rows: Rows[EnergyFigures]
) -> tuple[EnvoySensorDescription[EnergyFigures], ...]:
    """Return the four figures of production or of consumption."""
    return (
        rows.sensor(
            flow,
            lambda it: whole(it.power_w),
            WATTS,
            id_suffix=f"current_power_{flow}",
            momentary=True,
        ),
        rows.sensor(
            f"daily_{flow}",
            lambda it: whole(it.today_wh),
            COUNTER,
            id_suffix=f"todays_energy_{flow}",
        ),
        rows.sensor(
            f"seven_days_{flow}",
            lambda it: whole(it.seven_days_wh),
            BALANCE,  # The window slides, and it is what histories were made with.
            id_suffix=f"last_seven_days_energy_{flow}",
        ),
        rows.sensor(
            f"lifetime_{flow}",
            lambda it: whole(it.lifetime_wh),
            COUNTER,
            id_suffix=f"lifetime_energy_{flow}",
            counter=flow,
        ),
    )


def of_phase[PartT](
    row: EnvoySensorDescription[PartT],
    phase: int,
    part_fn: Callable[[Snapshot, str], PartT | None],
    exists_fn: Callable[[GatewayProfile], bool],
) -> EnvoySensorDescription[PartT]:
    """Return the same figure for one phase of several."""
    return replace(
        row,
        key=f"{row.key}_l{phase}",
        translation_key=f"{row.translation_key}_phase",
        translation_placeholders={"phase": f"L{phase}"},
        object_id=f"{row.object_id}_l{phase}",
        counter=counter_of_phase(row.counter, phase) if row.counter else None,
        part_fn=part_fn,
        exists_fn=exists_fn,
    )


def by_phase(
    rows: Iterable[EnvoySensorDescription[EnergyFigures]],
    flow_fn: FlowFn,
    measured: Callable[[GatewayProfile], bool],
) -> tuple[EnvoySensorDescription[EnergyFigures], ...]:
    """Return the same figures of a boundary for each phase, where those are measured."""
    return tuple(
        of_phase(
            row, phase, partial(_of_phase, flow_fn, phase), partial(_has_phase, measured, phase)
        )
        for row, phase in product(rows, (1, 2, 3))
    )


def _has_phase(
    measured: Callable[[GatewayProfile], bool], phase: int, profile: GatewayProfile
) -> bool:
    return measured(profile) and 1 < profile.phases >= phase


PRODUCTION: Final = _figures("production", totals(Section.PRODUCTION, _production, {}))
CONSUMPTION: Final = _figures(
    "consumption",
    totals(Section.CONSUMPTION, _consumption, {"exists_fn": _measures_consumption}),
)
PHASES: Final = (
    *by_phase(PRODUCTION, _production, lambda profile: profile.production_metered),
    *by_phase(CONSUMPTION, _consumption, _measures_consumption),
)

SENSORS: Final = (*PRODUCTION, *CONSUMPTION, *PHASES)
