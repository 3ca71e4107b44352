"""Day reports: figures of pages for today and seven days, the most trustworthy first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..counters.days import DayReport
from ..models import added
from ..pages.endpoints import DEVICE_DATA, METER_PAGES, PDM_ENERGY, V1_PRODUCTION

if TYPE_CHECKING:
    from ..models import EnergyFigures
    from ..pages.typed import Pages
    from ..parsers.production_json import ProductionJson


def day_report_of(source: str, figures: EnergyFigures) -> DayReport:
    """Return a page's day report, under the path of that page."""
    return DayReport(
        source=source,
        today_wh=figures.today_wh,
        seven_days_wh=figures.seven_days_wh,
        lifetime_wh=figures.lifetime_wh,
    )


def production_day_reports(pages: Pages) -> tuple[DayReport, ...]:
    """Collect the day reports of a metered gateway."""
    page, path = _summary(pages)
    energy = pages.get(PDM_ENERGY)
    v1 = pages.get(V1_PRODUCTION)
    given = (
        (path, page.production.figures if page and page.production else None),
        (V1_PRODUCTION.path, v1),
        (PDM_ENERGY.path, energy.production_meter if energy else None),
    )
    return tuple(day_report_of(path, figures) for path, figures in given if figures is not None)


def inverter_day_reports(pages: Pages) -> tuple[DayReport, ...]:
    """Collect the day reports of the inverters."""
    energy = pages.get(PDM_ENERGY)
    devices = pages.get(DEVICE_DATA)
    day_reports = []
    if energy is not None and energy.inverters is not None:
        day_reports.append(day_report_of(PDM_ENERGY.path, energy.inverters))
    if devices is not None and devices.complete:
        inverters = devices.inverters.values()
        day_reports.append(
            DayReport(
                source=DEVICE_DATA.path,
                today_wh=added(*(inverter.today_wh for inverter in inverters)),
                seven_days_wh=added(*(inverter.week_wh for inverter in inverters)),
                lifetime_wh=None,
            )
        )
    return tuple(day_reports)


def _summary(pages: Pages) -> tuple[ProductionJson | None, str]:
    """Return the meter page and its path."""
    summary = pages.first(*METER_PAGES)
    return summary.page, summary.path


def line_day_reports(pages: Pages, phase: int, *, consumption: bool) -> tuple[DayReport, ...]:
    """Collect the day report of one phase, 1 to 3."""
    page, path = _summary(pages)
    meter = (page.total_consumption if consumption else page.production) if page else None
    if meter is None or phase > len(meter.lines):
        return ()
    return (day_report_of(path, meter.lines[phase - 1]),)
