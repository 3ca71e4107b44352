"""What the sensors of current transformers show: a family of rows for each kind of them.

Keys are those of Home Assistant's own integration, so that its histories go on.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from homeassistant.components.sensor import SensorDeviceClass
from homeassistant.const import UnitOfReactivePower

from .. import phases
from ..envoy_reader import (
    METERING_STATUSES,
    CtFigures,
    CtMeter,
    Direction,
    EnergyFigures,
    Flow,
    GatewayProfile,
    MeterKind,
    Section,
    Snapshot,
    counter_of_ct,
)
from .descriptions import EnvoySensorDescription, Facts, Rows, SensorFacts
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
from .flows import by_phase, of_whole
from .phases import of_phases, phase_of


def _net(snapshot: Snapshot) -> Flow | None:
    return snapshot.net


def _balanced(
    rows: Rows[EnergyFigures],
) -> tuple[EnvoySensorDescription[EnergyFigures], ...]:
    """Return the two figures of what comes from the grid less what goes there."""
    return (
        rows.sensor(
            "balanced_net_consumption",
            lambda figures: whole(figures.power_w),
            WATTS,
            id_suffix="balanced_net_power_consumption",
            momentary=True,
        ),
        rows.sensor(
            "lifetime_balanced_net_consumption",
            lambda figures: whole(figures.lifetime_wh),
            BALANCE,  # Import minus export: it falls whenever the house feeds the grid.
            id_suffix="lifetime_balanced_net_energy_consumption",
            counter="net{of_phase}",
        ),
    )


NET: Final = (
    *_balanced(
        of_whole(Section.CONSUMPTION, _net, {"exists_fn": phases.measures_net, **OFF}),
    ),
    *_balanced(by_phase(Section.CONSUMPTION, _net, phases.of_net, OFF)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ct:
    """The keys of the sensors of one kind of current transformer; histories hang on them."""

    kind: MeterKind
    delivered: str
    received: str
    power: str
    frequency: str
    voltage: str
    current: str
    power_factor: str
    apparent_power: str
    reactive_power: str
    metering_status: str
    status_flags: str
    in_use: bool = True
    """Whether energies and power are enabled at first: not where other entities show the same."""


def _ct(kind: MeterKind, name: str, *, in_use: bool = True) -> _Ct:
    """Return a kind whose keys all start with ``name``."""
    return _Ct(
        kind=kind,
        delivered=f"{name}_energy_delivered",
        received=f"{name}_energy_received",
        power=f"{name}_power",
        frequency=f"{name}_frequency",
        voltage=f"{name}_voltage",
        current=f"{name}_current",
        power_factor=f"{name}_powerfactor",
        apparent_power=f"{name}_apparent_power",
        reactive_power=f"{name}_reactive_power",
        metering_status=f"{name}_metering_status",
        status_flags=f"{name}_status_flags",
        in_use=in_use,
    )


_CTS: Final = (
    _Ct(
        kind=MeterKind.NET_CONSUMPTION,
        delivered="lifetime_net_consumption",
        received="lifetime_net_production",
        power="net_consumption",
        frequency="frequency",
        voltage="voltage",
        current="net_ct_current",
        power_factor="net_ct_powerfactor",
        apparent_power="net_ct_apparent_power",
        reactive_power="net_ct_reactive_power",
        metering_status="net_consumption_ct_metering_status",
        status_flags="net_consumption_ct_status_flags",
    ),
    _Ct(
        kind=MeterKind.STORAGE,
        delivered="lifetime_battery_discharged",
        received="lifetime_battery_charged",
        power="battery_discharge",
        frequency="storage_ct_frequency",
        voltage="storage_voltage",
        current="storage_ct_current",
        power_factor="storage_ct_powerfactor",
        apparent_power="storage_ct_apparent_power",
        reactive_power="storage_ct_reactive_power",
        metering_status="storage_ct_metering_status",
        status_flags="storage_ct_status_flags",
        in_use=False,
    ),
    _ct(MeterKind.PRODUCTION, "production_ct", in_use=False),
    _ct(MeterKind.TOTAL_CONSUMPTION, "total_consumption_ct", in_use=False),
    _ct(MeterKind.BACKFEED, "backfeed_ct"),
    _ct(MeterKind.LOAD, "load_ct"),
    _ct(MeterKind.EVSE, "evse_ct"),
    _ct(MeterKind.PV3P, "pv3p_ct"),
)

_ID_SUFFIXES: Final = {
    "lifetime_net_consumption": "lifetime_net_energy_consumption",
    "lifetime_net_production": "lifetime_net_energy_production",
    "net_consumption": "current_net_power_consumption",
    "frequency": "frequency_net_consumption_ct",
    "voltage": "voltage_net_consumption_ct",
    "lifetime_battery_discharged": "lifetime_battery_energy_discharged",
    "lifetime_battery_charged": "lifetime_battery_energy_charged",
    "battery_discharge": "current_battery_discharge",
}
"""By key, where an id of a new installation says more than the key of the unique id."""

_NOW: Final[SensorFacts] = {"momentary": True, **OFF, **MEASURED}
_HERTZ: Final[SensorFacts] = {**HERTZ, "suggested_display_precision": 1, **_NOW}
_AMPERES: Final[SensorFacts] = {**AMPERES, "suggested_display_precision": 3, **_NOW}
_POWER_FACTOR: Final[SensorFacts] = {
    "device_class": SensorDeviceClass.POWER_FACTOR,
    "suggested_display_precision": 2,
    **_NOW,
}
_VARS: Final[SensorFacts] = {
    "device_class": SensorDeviceClass.REACTIVE_POWER,
    "native_unit_of_measurement": UnitOfReactivePower.VOLT_AMPERE_REACTIVE,
    "suggested_display_precision": 0,
    **_NOW,
}


def _counter(kind: MeterKind, direction: Direction) -> str:
    """Return the template for the name of a register, of the whole (0) or of a phase."""
    return counter_of_ct(kind, direction).removesuffix("0") + "{phase_number}"


def _suffix(key: str) -> Facts:
    return {"id_suffix": _ID_SUFFIXES.get(key, key)}


def _figures(ct: _Ct, rows: Rows[CtFigures]) -> tuple[EnvoySensorDescription[CtFigures], ...]:
    """Return what all of them measure: energies and power, and the detail that is off at first."""
    return (
        rows.sensor(
            ct.delivered,
            lambda figures: whole(figures.delivered_wh),
            COUNTER,
            _suffix(ct.delivered),
            counter=_counter(ct.kind, Direction.DELIVERED),
        ),
        rows.sensor(
            ct.received,
            lambda figures: whole(figures.received_wh),
            COUNTER,
            _suffix(ct.received),
            counter=_counter(ct.kind, Direction.RECEIVED),
        ),
        rows.sensor(
            ct.power,
            lambda figures: whole(figures.power_w),
            WATTS,
            _suffix(ct.power),
            momentary=True,
        ),
        rows.sensor(
            ct.frequency, lambda figures: figures.frequency_hz, _HERTZ, _suffix(ct.frequency)
        ),
        rows.sensor(
            ct.voltage, lambda figures: figures.voltage_v, VOLTS, _NOW, _suffix(ct.voltage)
        ),
        rows.sensor(ct.current, lambda figures: figures.current_a, _AMPERES),
        rows.sensor(ct.power_factor, lambda figures: figures.power_factor, _POWER_FACTOR),
        rows.sensor(
            ct.apparent_power, lambda figures: whole(figures.apparent_va), VOLT_AMPERES, _NOW
        ),
        rows.sensor(ct.reactive_power, lambda figures: whole(figures.reactive_var), _VARS),
    )


def _health(ct: _Ct, rows: Rows[CtMeter]) -> tuple[EnvoySensorDescription[CtMeter], ...]:
    return (
        rows.sensor(ct.metering_status, lambda meter: meter.status, words(METERING_STATUSES)),
        rows.sensor(ct.status_flags, lambda meter: len(meter.flags)),
    )


def _whole(kind: MeterKind, snapshot: Snapshot, _serial: str) -> CtFigures | None:
    meter = snapshot.meters.get(kind)
    return meter.total if meter else None


def _phase(kind: MeterKind, snapshot: Snapshot, serial: str) -> CtFigures | None:
    meter = snapshot.meters.get(kind)
    return phase_of(meter.phases, serial) if meter else None


def _itself(kind: MeterKind, snapshot: Snapshot, _serial: str) -> CtMeter | None:
    return snapshot.meters.get(kind)


def _has(kind: MeterKind, profile: GatewayProfile) -> bool:
    return profile.meter(kind) is not None


def _ct_rows(ct: _Ct) -> tuple[EnvoySensorDescription[Any], ...]:
    """Return the sensors of one kind of current transformer, as a whole and by phase."""
    kind, section = ct.kind, Section.METERS
    exists: Facts = {"exists_fn": partial(_has, kind)}
    at_first: Facts = {"entity_registry_enabled_default": ct.in_use}
    whole_meter = Rows(section=section, part_fn=partial(_whole, kind), facts={**exists, **at_first})
    itself = Rows(section=section, part_fn=partial(_itself, kind), facts={**exists, **DETAIL})
    # What the gateway says of a meter itself is shown on each of its phases, too.
    count = partial(phases.of_meter, kind)
    each_phase = of_phases(section, partial(_phase, kind), count, OFF)
    itself_again = of_phases(section, partial(_itself, kind), count, DETAIL)
    return (
        *_figures(ct, whole_meter),
        *_health(ct, itself),
        *_figures(ct, each_phase),
        *_health(ct, itself_again),
    )


METERS: Final = tuple(row for ct in _CTS for row in _ct_rows(ct))

SENSORS: Final = (*NET, *METERS)
