"""What the sensors of production and consumption show, as a whole and by phase."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from .. import phases
from ..envoy_reader import EnergyFigures, Flow, GatewayProfile, Section, Snapshot
from .descriptions import EnvoySensorDescription, Facts, Rows
from .facts import BALANCE, COUNTER, WATTS, whole
from .phases import PhasesFn, of_phases, phase_of

type FlowFn = Callable[[Snapshot], Flow | None]


def _production(snapshot: Snapshot) -> Flow | None:
    return snapshot.production


def _consumption(snapshot: Snapshot) -> Flow | None:
    return snapshot.consumption


def _measures_consumption(profile: GatewayProfile) -> bool:
    return profile.consumption_from is not None


def of_whole(section: Section, flow_fn: FlowFn, facts: Facts) -> Rows[EnergyFigures]:
    """Return what rows have in common that show a boundary as a whole."""
    return Rows(section=section, part_fn=partial(_whole, flow_fn), facts=facts)


def by_phase(
    section: Section, flow_fn: FlowFn, phases_fn: PhasesFn, facts: Facts
) -> Rows[EnergyFigures]:
    """Return what rows have in common that show a boundary on each phase."""
    return of_phases(section, partial(_phase, flow_fn), phases_fn, facts)


def _whole(flow_fn: FlowFn, snapshot: Snapshot, _serial: str) -> EnergyFigures | None:
    flow = flow_fn(snapshot)
    return flow.total if flow else None


def _phase(flow_fn: FlowFn, snapshot: Snapshot, serial: str) -> EnergyFigures | None:
    flow = flow_fn(snapshot)
    return phase_of(flow.phases, serial) if flow else None


def _figures(
    flow: str, rows: Rows[EnergyFigures]
) -> tuple[EnvoySensorDescription[EnergyFigures], ...]:
    """Return the four figures of production or of consumption."""
    return (
        rows.sensor(
            flow,
            lambda figures: whole(figures.power_w),
            WATTS,
            id_suffix=f"current_power_{flow}",
            momentary=True,
        ),
        rows.sensor(
            f"daily_{flow}",
            lambda figures: whole(figures.today_wh),
            COUNTER,
            id_suffix=f"todays_energy_{flow}",
        ),
        rows.sensor(
            f"seven_days_{flow}",
            lambda figures: whole(figures.seven_days_wh),
            BALANCE,  # The window slides, and it is what histories were made with.
            id_suffix=f"last_seven_days_energy_{flow}",
        ),
        rows.sensor(
            f"lifetime_{flow}",
            lambda figures: whole(figures.lifetime_wh),
            COUNTER,
            id_suffix=f"lifetime_energy_{flow}",
            counter=f"{flow}{{of_phase}}",
        ),
    )


PRODUCTION: Final = _figures("production", of_whole(Section.PRODUCTION, _production, {}))
CONSUMPTION: Final = _figures(
    "consumption",
    of_whole(Section.CONSUMPTION, _consumption, {"exists_fn": _measures_consumption}),
)
PHASES: Final = (
    *_figures("production", by_phase(Section.PRODUCTION, _production, phases.of_production, {})),
    *_figures(
        "consumption", by_phase(Section.CONSUMPTION, _consumption, phases.of_consumption, {})
    ),
)

SENSORS: Final = (*PRODUCTION, *CONSUMPTION, *PHASES)
