"""What a house is run by: what it takes, from the grid, from the roof and out of the batteries.

These figures are ours alone, so are their keys (entities.md, section 11).
"""

from __future__ import annotations

from typing import Any, Final

from ..envoy_reader import (
    BatteryBank,
    EnergyFigures,
    GatewayProfile,
    GridFigures,
    MeterKind,
    Section,
    Shares,
)
from .descriptions import EnvoySensorDescription, Rows, SensorFacts
from .facts import BALANCE, COUNTER, SHARE, WATTS, whole

_POWER: Final[SensorFacts] = {**WATTS, "momentary": True}


def _positive(power_w: float | None) -> int | None:
    return None if power_w is None else max(0, round(power_w))


def _negative(power_w: float | None) -> int | None:
    return None if power_w is None else max(0, -round(power_w))


def _has_flow(profile: GatewayProfile) -> bool:
    return profile.has_batteries or profile.meter(MeterKind.STORAGE) is not None


_HOUSE: Final = Rows[EnergyFigures](
    section=Section.HOUSE,
    part_fn=lambda snapshot, _serial: snapshot.house,
    facts={"exists_fn": lambda profile: profile.measures_house},
)
_GRID: Final = Rows[GridFigures](
    section=Section.GRID_FLOW,
    part_fn=lambda snapshot, _serial: snapshot.grid,
    facts={"exists_fn": lambda profile: profile.measures_grid},
)
_SUMMED: Final[SensorFacts] = {**COUNTER, "exists_fn": lambda profile: profile.sums_grid}
_BANK: Final = Rows[BatteryBank](
    section=Section.BATTERY_FLOW,
    part_fn=lambda snapshot, _serial: snapshot.bank,
    facts={"exists_fn": _has_flow},
)
_SHARES: Final = Rows[Shares](
    section=Section.HOUSE,
    part_fn=lambda snapshot, _serial: snapshot.shares,
    facts={"exists_fn": lambda profile: profile.shares_sun},
)

SENSORS: Final[tuple[EnvoySensorDescription[Any], ...]] = (
    _HOUSE.sensor(
        "house_load", lambda it: whole(it.power_w), _POWER, id_suffix="current_house_load"
    ),
    _HOUSE.sensor(
        "daily_house_energy",
        lambda it: whole(it.today_wh),
        COUNTER,
        id_suffix="todays_house_energy",
    ),
    _HOUSE.sensor(
        "seven_days_house_energy",
        lambda it: whole(it.seven_days_wh),
        BALANCE,  # It slides.
        id_suffix="last_seven_days_house_energy",
    ),
    _HOUSE.sensor(
        "lifetime_house_energy", lambda it: whole(it.lifetime_wh), COUNTER, counter="house"
    ),
    _GRID.sensor("grid_import", lambda it: whole(it.imported.power_w), _POWER),
    _GRID.sensor("grid_export", lambda it: whole(it.exported.power_w), _POWER),
    _GRID.sensor(
        "daily_grid_import",
        lambda it: whole(it.imported.today_wh),
        COUNTER,
        id_suffix="todays_grid_import",
    ),
    _GRID.sensor(
        "daily_grid_export",
        lambda it: whole(it.exported.today_wh),
        COUNTER,
        id_suffix="todays_grid_export",
    ),
    _GRID.sensor("lifetime_grid_import_summed", lambda it: whole(it.imported_summed_wh), _SUMMED),
    _GRID.sensor("lifetime_grid_export_summed", lambda it: whole(it.exported_summed_wh), _SUMMED),
    _BANK.sensor("battery_charging", lambda it: _negative(it.flow_w), _POWER),
    _BANK.sensor("battery_discharging", lambda it: _positive(it.flow_w), _POWER),
    _BANK.sensor(
        "daily_battery_charged",
        lambda it: whole(it.charged_today_wh),
        COUNTER,
        id_suffix="todays_battery_energy_charged",
    ),
    _BANK.sensor(
        "daily_battery_discharged",
        lambda it: whole(it.discharged_today_wh),
        COUNTER,
        id_suffix="todays_battery_energy_discharged",
    ),
    _SHARES.sensor(
        "daily_self_consumption",
        lambda it: whole(it.self_consumption_pct),
        SHARE,
        id_suffix="todays_self_consumption",
    ),
    _SHARES.sensor(
        "daily_self_sufficiency",
        lambda it: whole(it.self_sufficiency_pct),
        SHARE,
        id_suffix="todays_self_sufficiency",
    ),
)
