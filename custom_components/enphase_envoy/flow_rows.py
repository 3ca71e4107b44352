"""What the sensors of production and consumption show, as a whole and by phase."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import product
from typing import Final

from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass
from homeassistant.const import UnitOfEnergy, UnitOfPower

from .descriptions import EnvoySensorDescription, whole
from .envoy_reader import EnergyFigures, Flow, GatewayProfile, ProductionSource, Section, Snapshot


def _production(snapshot: Snapshot) -> Flow | None:
    return snapshot.production


def _consumption(snapshot: Snapshot) -> Flow | None:
    return snapshot.consumption


def _measures_production(profile: GatewayProfile) -> bool:
    return profile.production_from in (ProductionSource.READINGS, ProductionSource.METER_PAGE)


def _measures_consumption(profile: GatewayProfile) -> bool:
    return profile.consumption_from is not None


type FlowFn = Callable[[Snapshot], Flow | None]


def total_of(flow_fn: FlowFn, snapshot: Snapshot, _serial: str) -> EnergyFigures | None:
    """Return a boundary as a whole (the ``part_fn`` of a row, once ``flow_fn`` is given)."""
    flow = flow_fn(snapshot)
    return flow.total if flow else None


def _of_phase(
    flow_fn: FlowFn, phase: int, snapshot: Snapshot, _serial: str
) -> EnergyFigures | None:
    flow = flow_fn(snapshot)
    return flow.phases[phase - 1] if flow and len(flow.phases) >= phase else None


def _flow_rows(
    flow: str, section: Section, flow_fn: FlowFn
) -> tuple[EnvoySensorDescription[EnergyFigures], ...]:
    """Return the four figures of production or of consumption."""
    part_fn = partial(total_of, flow_fn)
    power = EnvoySensorDescription(
        key=flow,
        translation_key=flow,
        object_id=f"envoy_{{gateway}}_current_power_{flow}",
        device_class=SensorDeviceClass.POWER,
        native_unit_of_measurement=UnitOfPower.WATT,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=0,
        section=section,
        part_fn=part_fn,
        value_fn=lambda figures: whole(figures.power_w),
        live=True,
    )
    today = EnvoySensorDescription(
        key=f"daily_{flow}",
        translation_key=f"daily_{flow}",
        object_id=f"envoy_{{gateway}}_todays_energy_{flow}",
        device_class=SensorDeviceClass.ENERGY,
        native_unit_of_measurement=UnitOfEnergy.WATT_HOUR,
        state_class=SensorStateClass.TOTAL_INCREASING,
        suggested_display_precision=0,
        section=section,
        part_fn=part_fn,
        value_fn=lambda figures: whole(figures.today_wh),
    )
    return (
        power,
        today,
        replace(
            today,
            key=f"seven_days_{flow}",
            translation_key=f"seven_days_{flow}",
            object_id=f"envoy_{{gateway}}_last_seven_days_energy_{flow}",
            # The window slides, so the figure may fall. "Total" is what histories were made with.
            state_class=SensorStateClass.TOTAL,
            value_fn=lambda figures: whole(figures.seven_days_wh),
        ),
        replace(
            today,
            key=f"lifetime_{flow}",
            translation_key=f"lifetime_{flow}",
            object_id=f"envoy_{{gateway}}_lifetime_energy_{flow}",
            value_fn=lambda figures: whole(figures.lifetime_wh),
        ),
    )


def phase_row(
    row: EnvoySensorDescription[EnergyFigures],
    phase: int,
    flow_fn: FlowFn,
    measured: Callable[[GatewayProfile], bool],
) -> EnvoySensorDescription[EnergyFigures]:
    """Return the same figure for one phase of several."""
    return replace(
        row,
        key=f"{row.key}_l{phase}",
        translation_key=f"{row.translation_key}_phase",
        translation_placeholders={"phase": f"L{phase}"},
        object_id=f"{row.object_id}_l{phase}",
        part_fn=partial(_of_phase, flow_fn, phase),
        exists_fn=lambda profile: measured(profile) and 1 < profile.phases >= phase,
    )


PRODUCTION: Final = _flow_rows("production", Section.PRODUCTION, _production)
CONSUMPTION: Final = tuple(
    replace(row, exists_fn=_measures_consumption)
    for row in _flow_rows("consumption", Section.CONSUMPTION, _consumption)
)
PHASES: Final = tuple(
    phase_row(row, phase, flow_fn, measured)
    for rows, flow_fn, measured in (
        (PRODUCTION, _production, _measures_production),
        (CONSUMPTION, _consumption, _measures_consumption),
    )
    for row, phase in product(rows, (1, 2, 3))
)

SENSORS: Final = (*PRODUCTION, *CONSUMPTION, *PHASES)
