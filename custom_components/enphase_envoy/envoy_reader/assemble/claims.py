"""What pages say of the day and the week of a figure, the most trustworthy first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..counters.days import Claim
from ..models import added
from ..pages.endpoints import DEVICE_DATA, PDM_ENERGY, V1_PRODUCTION, meter_page
from .registers import meter_page_path

if TYPE_CHECKING:
    from ..models import EnergyFigures
    from ..pages.typed import Pages


def claim_of(source: str, figures: EnergyFigures) -> Claim:
    """Return what a page says of its day, under the name of that page."""
    return Claim(
        source=source,
        today_wh=figures.today_wh,
        seven_days_wh=figures.seven_days_wh,
        lifetime_wh=figures.lifetime_wh,
    )


def production_claims(pages: Pages) -> tuple[Claim, ...]:
    """Collect what metered gateways say of the day."""
    page = meter_page(pages)
    energy = pages.get(PDM_ENERGY)
    v1 = pages.get(V1_PRODUCTION)
    given = (
        (meter_page_path(pages), page.production.figures if page and page.production else None),
        (V1_PRODUCTION.path, v1),
        (PDM_ENERGY.path, energy.production_meter if energy else None),
    )
    return tuple(claim_of(path, figures) for path, figures in given if figures is not None)


def inverter_claims(pages: Pages) -> tuple[Claim, ...]:
    """Collect what is said of the inverters' day."""
    energy = pages.get(PDM_ENERGY)
    devices = pages.get(DEVICE_DATA)
    claims = []
    if energy is not None and energy.inverters is not None:
        claims.append(claim_of(PDM_ENERGY.path, energy.inverters))
    if devices is not None and devices.complete:
        inverters = devices.inverters.values()
        claims.append(
            Claim(
                source=DEVICE_DATA.path,
                today_wh=added(*(inverter.today_wh for inverter in inverters)),
                seven_days_wh=added(*(inverter.week_wh for inverter in inverters)),
                lifetime_wh=None,
            )
        )
    return tuple(claims)


def line_claims(pages: Pages, phase: int, *, consumption: bool) -> tuple[Claim, ...]:
    """Collect what is said of the day of L1 to L3."""
    page = meter_page(pages)
    meter = (page.total_consumption if consumption else page.production) if page else None
    if meter is None or phase > len(meter.lines):
        return ()
    return (claim_of(meter_page_path(pages), meter.lines[phase - 1]),)
