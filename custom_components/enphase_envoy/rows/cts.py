"""What the sensors of current transformers show: a family of rows for each kind of them.

Keys are those of Home Assistant's own integration, so that its histories go on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from typing import Any, Final

from homeassistant.components.sensor import SensorDeviceClass
from homeassistant.const import EntityCategory, UnitOfReactivePower

from ..envoy_reader import (
    METERING_STATUSES,
    CtFigures,
    CtMeter,
    Direction,
    Flow,
    GatewayProfile,
    MeterKind,
    Section,
    Snapshot,
    counter_of_ct,
)
from .descriptions import EnvoySensorDescription, Rows, SensorFacts, Shown
from .facts import (
    AMPERES,
    BALANCE,
    COUNTER,
    DETAIL,
    HERTZ,
    MEASURED,
    OFF,
    VOLT_AMPERES,
    VOLTS,
    WATTS,
    whole,
    words,
)
from .flows import by_phase, of_phase, totals


def _net(snapshot: Snapshot) -> Flow | None:
    return snapshot.net


def _measures_net(profile: GatewayProfile) -> bool:
    return (
        profile.meter(MeterKind.NET_CONSUMPTION) is not None
        or profile.computes_net
        or (not profile.meters and profile.consumption_from is not None)
    )


_NET: Final = totals(Section.CONSUMPTION, _net, {"exists_fn": _measures_net, **OFF})
_BALANCED: Final = (
    _NET.sensor(
        "balanced_net_consumption",
        lambda it: whole(it.power_w),
        WATTS,
        id_suffix="balanced_net_power_consumption",
        momentary=True,
    ),
    _NET.sensor(
        "lifetime_balanced_net_consumption",
        lambda it: whole(it.lifetime_wh),
        BALANCE,  # Import minus export: it falls whenever the house feeds the grid.
        id_suffix="lifetime_balanced_net_energy_consumption",
        counter="net",
    ),
)
NET: Final = (*_BALANCED, *by_phase(_BALANCED, _net, _measures_net))

_NOW: Final[SensorFacts] = {"momentary": True, **OFF, **MEASURED}
_FIGURES: Final[tuple[tuple[Callable[[CtFigures], Shown | None], SensorFacts], ...]] = (
    (lambda it: whole(it.delivered_wh), COUNTER),
    (lambda it: whole(it.received_wh), COUNTER),
    (lambda it: whole(it.power_w), {**WATTS, "momentary": True}),
    (lambda it: it.frequency_hz, {**HERTZ, "suggested_display_precision": 1, **_NOW}),
    (lambda it: it.voltage_v, {**VOLTS, **_NOW}),
    (lambda it: it.current_a, {**AMPERES, "suggested_display_precision": 3, **_NOW}),
    (
        lambda it: it.power_factor,
        {
            "device_class": SensorDeviceClass.POWER_FACTOR,
            "suggested_display_precision": 2,
            **_NOW,
        },
    ),
    (lambda it: whole(it.apparent_va), {**VOLT_AMPERES, **_NOW}),
    (
        lambda it: whole(it.reactive_var),
        {
            "device_class": SensorDeviceClass.REACTIVE_POWER,
            "native_unit_of_measurement": UnitOfReactivePower.VOLT_AMPERE_REACTIVE,
            "suggested_display_precision": 0,
            **_NOW,
        },
    ),
)
"""What all of them measure: energies and power, and the detail that is off at first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ct:
    """What the sensors of one kind of current transformer are called."""

    kind: MeterKind
    keys: tuple[str, ...]
    """Of the unique ids, in the order of ``_FIGURES``; histories hang on them."""
    health: str
    """Where the keys of the two figures about itself begin."""
    in_use: bool = True
    """Whether its energies and power are shown from the start: not where others say the same."""


def _ct(kind: MeterKind, name: str, *, in_use: bool = True) -> _Ct:
    """Return a kind that is called the same throughout."""
    figures = (
        *("energy_delivered", "energy_received", "power", "frequency", "voltage"),
        *("current", "powerfactor", "apparent_power", "reactive_power"),
    )
    keys = tuple(f"{name}_{figure}" for figure in figures)
    return _Ct(kind=kind, keys=keys, health=name, in_use=in_use)


_CTS: Final = (
    _Ct(
        kind=MeterKind.NET_CONSUMPTION,
        keys=(
            "lifetime_net_consumption",
            "lifetime_net_production",
            "net_consumption",
            "frequency",
            "voltage",
            "net_ct_current",
            "net_ct_powerfactor",
            "net_ct_apparent_power",
            "net_ct_reactive_power",
        ),
        health="net_consumption_ct",
    ),
    _Ct(
        kind=MeterKind.STORAGE,
        keys=(
            "lifetime_battery_discharged",
            "lifetime_battery_charged",
            "battery_discharge",
            "storage_ct_frequency",
            "storage_voltage",
            "storage_ct_current",
            "storage_ct_powerfactor",
            "storage_ct_apparent_power",
            "storage_ct_reactive_power",
        ),
        health="storage_ct",
        in_use=False,
    ),
    _ct(MeterKind.PRODUCTION, "production_ct", in_use=False),
    _ct(MeterKind.TOTAL_CONSUMPTION, "total_consumption_ct", in_use=False),
    _ct(MeterKind.BACKFEED, "backfeed_ct"),
    _ct(MeterKind.LOAD, "load_ct"),
    _ct(MeterKind.EVSE, "evse_ct"),
    _ct(MeterKind.PV3P, "pv3p_ct"),
)


def _ct_total(kind: MeterKind, snapshot: Snapshot, _serial: str) -> CtFigures | None:
    meter = snapshot.meters.get(kind)
    return meter.total if meter else None


def _ct_phase(kind: MeterKind, phase: int, snapshot: Snapshot, _serial: str) -> CtFigures | None:
    meter = snapshot.meters.get(kind)
    return meter.phases[phase - 1] if meter and len(meter.phases) >= phase else None


def _ct_itself(kind: MeterKind, snapshot: Snapshot, _serial: str) -> CtMeter | None:
    return snapshot.meters.get(kind)


def _has_ct(kind: MeterKind, phases: int, profile: GatewayProfile) -> bool:
    meter = profile.meter(kind)
    return meter is not None and (phases == 0 or 1 < meter.phases >= phases)


def _ct_rows(ct: _Ct) -> tuple[EnvoySensorDescription[Any], ...]:
    """Return the sensors of one kind of current transformer, as a whole and by phase."""
    rows: list[EnvoySensorDescription[Any]] = [*_figures(ct), *_health(ct)]
    return (
        *rows,
        *(_ct_phase_row(row, phase, ct.kind) for row, phase in product(rows, (1, 2, 3))),
    )


def _figures(ct: _Ct) -> list[EnvoySensorDescription[CtFigures]]:
    rows = Rows[CtFigures](
        section=Section.METERS,
        part_fn=partial(_ct_total, ct.kind),
        facts={
            "exists_fn": partial(_has_ct, ct.kind, 0),
            "entity_registry_enabled_default": ct.in_use,
        },
    )
    sensors = [
        rows.sensor(key, value_fn, facts, id_suffix=_CT_OBJECT_IDS.get(key, key))
        for key, (value_fn, facts) in zip(ct.keys, _FIGURES, strict=True)
    ]
    counters = (counter_of_ct(ct.kind, way) for way in Direction)
    return [
        *(replace(row, counter=counter) for row, counter in zip(sensors, counters, strict=False)),
        *sensors[len(Direction) :],
    ]


def _health(ct: _Ct) -> tuple[EnvoySensorDescription[CtMeter], ...]:
    rows = Rows[CtMeter](
        section=Section.METERS,
        part_fn=partial(_ct_itself, ct.kind),
        facts={"exists_fn": partial(_has_ct, ct.kind, 0), **DETAIL},
    )
    return (
        rows.sensor(f"{ct.health}_metering_status", lambda it: it.status, words(METERING_STATUSES)),
        rows.sensor(f"{ct.health}_status_flags", lambda it: len(it.flags)),
    )


def _ct_phase_row(
    row: EnvoySensorDescription[Any], phase: int, kind: MeterKind
) -> EnvoySensorDescription[Any]:
    """Return the same figure for one phase; what is said of the meter is said of each of them."""
    of_meter = row.entity_category is EntityCategory.DIAGNOSTIC
    part_fn = row.part_fn if of_meter else partial(_ct_phase, kind, phase)
    figure = of_phase(row, phase, part_fn, partial(_has_ct, kind, phase))
    return replace(figure, entity_registry_enabled_default=False)


_CT_OBJECT_IDS: Final = {
    "lifetime_net_consumption": "lifetime_net_energy_consumption",
    "lifetime_net_production": "lifetime_net_energy_production",
    "net_consumption": "current_net_power_consumption",
    "frequency": "frequency_net_consumption_ct",
    "voltage": "voltage_net_consumption_ct",
    "lifetime_battery_discharged": "lifetime_battery_energy_discharged",
    "lifetime_battery_charged": "lifetime_battery_energy_charged",
    "battery_discharge": "current_battery_discharge",
}
"""Where an id of a fresh installation says more than the key of the unique id."""

METERS: Final = tuple(row for ct in _CTS for row in _ct_rows(ct))

SENSORS: Final = (*NET, *METERS)
