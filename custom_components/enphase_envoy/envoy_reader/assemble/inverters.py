"""The microinverters: who is asked for each of their figures."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from ..endpoints import INVERTERS
from ..equipment import Inverter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..pages import Pages
    from ..parsers.inverters import InverterReport


def inverters(pages: Pages) -> Mapping[str, Inverter]:
    """Return the inverters by serial number; AC Batteries, which are listed among them, are not."""
    reports: tuple[InverterReport, ...] = pages.get(INVERTERS) or ()
    return MappingProxyType(
        {
            report.serial: Inverter(
                serial=report.serial,
                power_w=report.power_w,
                max_power_w=report.max_power_w,
                reported_at=report.reported_at,
            )
            for report in reports
            if not report.is_ac_battery
        }
    )
