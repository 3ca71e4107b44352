"""What each sensor shows: a row for each, and the families that rows are made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import product
from typing import Any, Final

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import (
    PERCENTAGE,
    UnitOfEnergy,
    UnitOfPower,
)

from .devices import DeviceKind
from .entity import EnvoyEntityDescription
from .envoy_reader import (
    Battery,
    BatteryBank,
    EnergyFigures,
    Flow,
    GatewayProfile,
    Inverter,
    ProductionSource,
    Section,
    Snapshot,
)

type Shown = float | datetime | str


@dataclass(frozen=True, kw_only=True)
class EnvoySensorDescription[PartT](SensorEntityDescription, EnvoyEntityDescription[PartT, Shown]):
    """A figure that is a number or a time."""


def whole(value: float | None) -> int | None:
    """Round to whole watts, watt-hours or percents: no gateway measures better."""
    return None if value is None else round(value)


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


def _bank(snapshot: Snapshot, _serial: str) -> BatteryBank | None:
    return snapshot.bank


def _has_batteries(profile: GatewayProfile) -> bool:
    return profile.has_batteries


_CHARGED: Final = EnvoySensorDescription[BatteryBank](
    key="battery_energy_charged",
    translation_key="battery_energy_charged",
    object_id="envoy_{gateway}_battery_energy_charged",
    device_class=SensorDeviceClass.ENERGY,
    native_unit_of_measurement=UnitOfEnergy.WATT_HOUR,
    state_class=SensorStateClass.TOTAL_INCREASING,
    suggested_display_precision=0,
    section=Section.BATTERY_FLOW,
    exists_fn=_has_batteries,
    part_fn=_bank,
    value_fn=lambda bank: whole(bank.charged_wh),
)
BANK: Final = (
    EnvoySensorDescription[BatteryBank](
        key="total_battery_percentage",
        translation_key="total_battery_percentage",
        object_id="envoy_{gateway}_total_battery_percentage",
        device_class=SensorDeviceClass.BATTERY,
        native_unit_of_measurement=PERCENTAGE,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=0,
        section=Section.BATTERIES,
        exists_fn=_has_batteries,
        part_fn=_bank,
        value_fn=lambda bank: whole(bank.charge_pct),
    ),
    EnvoySensorDescription[BatteryBank](
        key="current_battery_capacity",
        translation_key="current_battery_capacity",
        object_id="envoy_{gateway}_current_battery_capacity",
        device_class=SensorDeviceClass.ENERGY_STORAGE,
        native_unit_of_measurement=UnitOfEnergy.WATT_HOUR,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=0,
        section=Section.BATTERIES,
        exists_fn=_has_batteries,
        part_fn=_bank,
        value_fn=lambda bank: whole(bank.stored_wh),
    ),
    _CHARGED,
    replace(
        _CHARGED,
        key="battery_energy_discharged",
        translation_key="battery_energy_discharged",
        object_id="envoy_{gateway}_battery_energy_discharged",
        value_fn=lambda bank: whole(bank.discharged_wh),
    ),
)


def _inverter(snapshot: Snapshot, serial: str) -> Inverter | None:
    return snapshot.inverters.get(serial)


INVERTER: Final = (
    EnvoySensorDescription[Inverter](
        key="inverters",
        name=None,
        kind=DeviceKind.INVERTER,
        plain_id=True,
        object_id="envoy_{gateway}_inverter_{serial}",
        device_class=SensorDeviceClass.POWER,
        native_unit_of_measurement=UnitOfPower.WATT,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=0,
        section=Section.INVERTERS,
        part_fn=_inverter,
        value_fn=lambda inverter: whole(inverter.power_w),
        live=True,
    ),
    EnvoySensorDescription[Inverter](
        key="last_reported",
        translation_key="last_reported",
        kind=DeviceKind.INVERTER,
        object_id="envoy_{gateway}_inverter_{serial}_last_reported",
        device_class=SensorDeviceClass.TIMESTAMP,
        section=Section.INVERTERS,
        part_fn=_inverter,
        value_fn=lambda inverter: inverter.reported_at,
    ),
)


def _battery(snapshot: Snapshot, serial: str) -> Battery | None:
    return snapshot.batteries.get(serial)


BATTERY: Final = (
    EnvoySensorDescription[Battery](
        key="soc",
        name=None,
        kind=DeviceKind.BATTERY,
        object_id="envoy_{gateway}_battery_{serial}",
        device_class=SensorDeviceClass.BATTERY,
        native_unit_of_measurement=PERCENTAGE,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=0,
        section=Section.BATTERIES,
        part_fn=_battery,
        value_fn=lambda battery: whole(battery.charge_pct),
    ),
)

ROWS: Final[tuple[EnvoySensorDescription[Any], ...]] = (
    *PRODUCTION,
    *CONSUMPTION,
    *PHASES,
    *BANK,
    *INVERTER,
    *BATTERY,
)
