"""What devices of several kinds tell alike: the rows are written once and made for each kind."""

from __future__ import annotations

from .descriptions import EnvoySensorDescription, Facts, Rows
from .envoy_reader import Battery, Collar, CombinerController, SystemController
from .row_facts import DETAIL, MEASURED, TIME


def dates[UnitT: Battery | SystemController | Collar | CombinerController](
    rows: Rows[UnitT], reported: Facts = DETAIL
) -> tuple[EnvoySensorDescription[UnitT], ...]:
    """Return when a unit reported (less of a detail for some), and since when it is as it is."""
    return (
        rows.sensor("last_reported", lambda unit: unit.reported_at, TIME, reported),
        rows.sensor("installed", lambda unit: unit.installed_at, TIME, DETAIL),
        rows.sensor("firmware_loaded", lambda unit: unit.firmware_loaded_at, TIME, DETAIL),
    )


def comm_levels[UnitT: Battery | SystemController](
    rows: Rows[UnitT],
) -> tuple[EnvoySensorDescription[UnitT], ...]:
    """Return how well a unit is heard on its two radio links."""
    return (
        rows.sensor("comm_level_2_4_ghz", lambda unit: unit.comm_level_2_4_ghz, MEASURED, DETAIL),
        rows.sensor("comm_level_sub_ghz", lambda unit: unit.comm_level_sub_ghz, MEASURED, DETAIL),
    )
