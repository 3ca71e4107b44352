"""What the sensors of current transformers show: a family of rows for each kind of them.

Keys are those of Home Assistant's own integration, so that its histories go on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from typing import Any, Final

from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass
from homeassistant.const import (
    EntityCategory,
    UnitOfApparentPower,
    UnitOfElectricCurrent,
    UnitOfElectricPotential,
    UnitOfEnergy,
    UnitOfFrequency,
    UnitOfPower,
    UnitOfReactivePower,
)

from .descriptions import EnvoySensorDescription, Shown, whole
from .envoy_reader import (
    METERING_STATUSES,
    CtFigures,
    CtMeter,
    EnergyFigures,
    Flow,
    GatewayProfile,
    MeterKind,
    Section,
    Snapshot,
)
from .flow_rows import phase_row, total_of


def _net(snapshot: Snapshot) -> Flow | None:
    return snapshot.net


def _measures_net(profile: GatewayProfile) -> bool:
    return (
        profile.meter(MeterKind.NET_CONSUMPTION) is not None
        or profile.computes_net
        or (not profile.meters and profile.consumption_from is not None)
    )


_POWER: Final = EnvoySensorDescription[EnergyFigures](
    key="balanced_net_consumption",
    translation_key="balanced_net_consumption",
    object_id="envoy_{gateway}_balanced_net_power_consumption",
    device_class=SensorDeviceClass.POWER,
    native_unit_of_measurement=UnitOfPower.WATT,
    state_class=SensorStateClass.MEASUREMENT,
    suggested_display_precision=0,
    entity_registry_enabled_default=False,
    section=Section.CONSUMPTION,
    exists_fn=_measures_net,
    part_fn=partial(total_of, _net),
    value_fn=lambda figures: whole(figures.power_w),
    live=True,
)
_BALANCED: Final = (
    _POWER,
    replace(
        _POWER,
        key="lifetime_balanced_net_consumption",
        translation_key="lifetime_balanced_net_consumption",
        object_id="envoy_{gateway}_lifetime_balanced_net_energy_consumption",
        device_class=SensorDeviceClass.ENERGY,
        native_unit_of_measurement=UnitOfEnergy.WATT_HOUR,
        # Import minus export: it falls whenever the house feeds the grid.
        state_class=SensorStateClass.TOTAL,
        value_fn=lambda figures: whole(figures.lifetime_wh),
        live=False,
    ),
)
NET: Final = (
    *_BALANCED,
    *(phase_row(row, phase, _net, _measures_net) for row, phase in product(_BALANCED, (1, 2, 3))),
)


type _CtKeys = tuple[str, str, str, str, str, str, str, str, str, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ct:
    """What the sensors of one kind of current transformer are called."""

    kind: MeterKind
    keys: _CtKeys
    """Of the unique ids, in the order of ``_ct_rows``; histories hang on them."""
    in_use: bool = True
    """Whether its energies and power are shown from the start: not where others say the same."""


def _ct_keys(name: str) -> _CtKeys:
    return (
        f"{name}_energy_delivered",
        f"{name}_energy_received",
        f"{name}_power",
        f"{name}_frequency",
        f"{name}_voltage",
        f"{name}_current",
        f"{name}_powerfactor",
        f"{name}_metering_status",
        f"{name}_status_flags",
        f"{name}_apparent_power",
        f"{name}_reactive_power",
    )


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
            "net_consumption_ct_metering_status",
            "net_consumption_ct_status_flags",
            "net_ct_apparent_power",
            "net_ct_reactive_power",
        ),
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
            "storage_ct_metering_status",
            "storage_ct_status_flags",
            "storage_ct_apparent_power",
            "storage_ct_reactive_power",
        ),
        in_use=False,
    ),
    _Ct(kind=MeterKind.PRODUCTION, keys=_ct_keys("production_ct"), in_use=False),
    _Ct(kind=MeterKind.TOTAL_CONSUMPTION, keys=_ct_keys("total_consumption_ct"), in_use=False),
    _Ct(kind=MeterKind.BACKFEED, keys=_ct_keys("backfeed_ct")),
    _Ct(kind=MeterKind.LOAD, keys=_ct_keys("load_ct")),
    _Ct(kind=MeterKind.EVSE, keys=_ct_keys("evse_ct")),
    _Ct(kind=MeterKind.PV3P, keys=_ct_keys("pv3p_ct")),
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
    delivered, received, power, frequency, voltage, current, factor = ct.keys[:7]
    status, flags, apparent, reactive = ct.keys[7:]
    part_fn = partial(_ct_total, ct.kind)

    def row(
        key: str,
        value_fn: Callable[[CtFigures], Shown | None],
        **more: Any,  # noqa: ANN401
    ) -> EnvoySensorDescription[CtFigures]:
        return EnvoySensorDescription[CtFigures](
            key=key,
            translation_key=key.lower(),
            object_id=f"envoy_{{gateway}}_{_CT_OBJECT_IDS.get(key, key)}",
            section=Section.METERS,
            part_fn=part_fn,
            value_fn=value_fn,
            exists_fn=partial(_has_ct, ct.kind, 0),
            **{"entity_registry_enabled_default": False, **more},
        )

    energy = {
        "device_class": SensorDeviceClass.ENERGY,
        "native_unit_of_measurement": UnitOfEnergy.WATT_HOUR,
        "state_class": SensorStateClass.TOTAL_INCREASING,
        "suggested_display_precision": 0,
        "entity_registry_enabled_default": ct.in_use,
    }
    now = {"state_class": SensorStateClass.MEASUREMENT, "live": True}
    figures = (
        row(delivered, lambda it: whole(it.delivered_wh), **energy),
        row(received, lambda it: whole(it.received_wh), **energy),
        row(
            power,
            lambda it: whole(it.power_w),
            device_class=SensorDeviceClass.POWER,
            native_unit_of_measurement=UnitOfPower.WATT,
            suggested_display_precision=0,
            **{**now, "entity_registry_enabled_default": ct.in_use},
        ),
        row(
            frequency,
            lambda it: it.frequency_hz,
            device_class=SensorDeviceClass.FREQUENCY,
            native_unit_of_measurement=UnitOfFrequency.HERTZ,
            suggested_display_precision=1,
            **now,
        ),
        row(
            voltage,
            lambda it: it.voltage_v,
            device_class=SensorDeviceClass.VOLTAGE,
            native_unit_of_measurement=UnitOfElectricPotential.VOLT,
            suggested_display_precision=1,
            **now,
        ),
        row(
            current,
            lambda it: it.current_a,
            device_class=SensorDeviceClass.CURRENT,
            native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
            suggested_display_precision=3,
            **now,
        ),
        row(
            factor,
            lambda it: it.power_factor,
            device_class=SensorDeviceClass.POWER_FACTOR,
            suggested_display_precision=2,
            **now,
        ),
        row(
            apparent,
            lambda it: whole(it.apparent_va),
            device_class=SensorDeviceClass.APPARENT_POWER,
            native_unit_of_measurement=UnitOfApparentPower.VOLT_AMPERE,
            suggested_display_precision=0,
            **now,
        ),
        row(
            reactive,
            lambda it: whole(it.reactive_var),
            device_class=SensorDeviceClass.REACTIVE_POWER,
            native_unit_of_measurement=UnitOfReactivePower.VOLT_AMPERE_REACTIVE,
            suggested_display_precision=0,
            **now,
        ),
    )
    health = EnvoySensorDescription[CtMeter](
        key=status,
        translation_key=status,
        object_id=f"envoy_{{gateway}}_{status}",
        device_class=SensorDeviceClass.ENUM,
        options=list(METERING_STATUSES),
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        section=Section.METERS,
        part_fn=partial(_ct_itself, ct.kind),
        value_fn=lambda meter: meter.status,
        exists_fn=partial(_has_ct, ct.kind, 0),
    )
    complaints = replace(
        health,
        key=flags,
        translation_key=flags,
        object_id=f"envoy_{{gateway}}_{flags}",
        device_class=None,
        options=None,
        value_fn=lambda meter: len(meter.flags),
    )
    rows: tuple[EnvoySensorDescription[Any], ...] = (*figures, health, complaints)
    return (
        *rows,
        *(_ct_phase_row(row, phase, ct.kind) for row, phase in product(rows, (1, 2, 3))),
    )


def _ct_phase_row(
    row: EnvoySensorDescription[Any], phase: int, kind: MeterKind
) -> EnvoySensorDescription[Any]:
    """Return the same figure for one phase; what is said of the meter is said of each of them."""
    of_meter = row.entity_category is EntityCategory.DIAGNOSTIC
    return replace(
        row,
        key=f"{row.key}_l{phase}",
        translation_key=f"{row.translation_key}_phase",
        translation_placeholders={"phase": f"L{phase}"},
        object_id=f"{row.object_id}_l{phase}",
        part_fn=row.part_fn if of_meter else partial(_ct_phase, kind, phase),
        exists_fn=partial(_has_ct, kind, phase),
        entity_registry_enabled_default=False,
    )


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
