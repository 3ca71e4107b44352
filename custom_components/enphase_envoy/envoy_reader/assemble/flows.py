"""Production, consumption and what is between them and the grid: who is asked for each figure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..counters.days import Claim
from ..models import EnergyFigures, Section, added
from ..pages.endpoints import (
    DEVICE_DATA,
    HTML_PRODUCTION,
    METER_PAGES,
    PDM_ENERGY,
    READINGS,
    V1_PRODUCTION,
    meter_page,
)
from ..profile import ConsumptionSource, MeterKind, ProductionSource
from .draft import RawFigures, RawFlow
from .registers import channels_of, reading_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..pages.typed import Endpoint, Pages
    from ..parsers.readings import Reading
    from ..profile import GatewayProfile


def meter_page_path(pages: Pages) -> str:
    """Return the path of the page that ``meter_page`` returns."""
    return pages.first(*METER_PAGES).path


def flow_feeders(profile: GatewayProfile, pages: Pages) -> Mapping[Section, tuple[str, ...]]:
    """Return the paths whose silence costs production or consumption."""
    production = {
        ProductionSource.READINGS: READINGS.path,
        ProductionSource.METER_PAGE: meter_page_path(pages),
        ProductionSource.INVERTER_SUM: meter_page_path(pages),
        ProductionSource.V1: V1_PRODUCTION.path,
        ProductionSource.DEVICE_DATA: DEVICE_DATA.path,
        ProductionSource.HTML: HTML_PRODUCTION.path,
    }
    by_section: dict[Section, tuple[str, ...]] = {}
    if profile.production_from:
        by_section[Section.PRODUCTION] = (production[profile.production_from],)
    if profile.consumption_from is ConsumptionSource.METER_PAGE:
        by_section[Section.CONSUMPTION] = (meter_page_path(pages),)
    elif profile.consumption_from:
        by_section[Section.CONSUMPTION] = (READINGS.path,)
    return by_section


def production(profile: GatewayProfile, pages: Pages) -> RawFlow:
    """Return what is produced, from the source that was chosen for it."""
    match profile.production_from:
        case ProductionSource.READINGS:
            flow = _metered_production(profile, pages)
        case ProductionSource.METER_PAGE:
            flow = _summarised_production(profile, pages)
        case ProductionSource.V1:
            flow = RawFlow(total=_page_figures(V1_PRODUCTION, pages))
        case ProductionSource.HTML:
            flow = RawFlow(total=_page_figures(HTML_PRODUCTION, pages, coarse=True))
        case ProductionSource.DEVICE_DATA:
            flow = RawFlow(total=_added_inverters(pages))
        case ProductionSource.INVERTER_SUM:
            flow = RawFlow(total=_inverter_sum(pages))
        case _:  # not chosen yet
            flow = RawFlow()
    return flow


def _metered_production(profile: GatewayProfile, pages: Pages) -> RawFlow:
    reading = reading_of(profile, pages, MeterKind.PRODUCTION)
    total = reading.total if reading else None
    return RawFlow(
        total=RawFigures(
            power_w=total.power_w if total else None,
            lifetime_wh=total.delivered_wh if total else None,
            claims=_production_claims(pages),
        ),
        phases=tuple(
            RawFigures(
                power_w=channel.power_w,
                lifetime_wh=channel.delivered_wh,
                claims=_line_claims(pages, phase, consumption=False),
            )
            for phase, channel in enumerate(channels_of(profile, reading))
        ),
    )


def _summarised_production(profile: GatewayProfile, pages: Pages) -> RawFlow:
    page = meter_page(pages)
    meter = page.production if page else None
    figures = meter.figures if meter else EnergyFigures()
    return RawFlow(
        total=RawFigures(
            power_w=figures.power_w,
            lifetime_wh=figures.lifetime_wh,
            claims=_production_claims(pages),
        ),
        phases=_page_phases(profile, meter.lines if meter else (), pages, consumption=False),
    )


def _page_figures(
    endpoint: Endpoint[EnergyFigures], pages: Pages, *, coarse: bool = False
) -> RawFigures:
    figures = pages.get(endpoint)
    if figures is None:
        return RawFigures(coarse=coarse)
    return RawFigures(
        power_w=figures.power_w,
        lifetime_wh=figures.lifetime_wh,
        claims=(_claim(endpoint.path, figures),),
        coarse=coarse,
    )


def _inverter_sum(pages: Pages) -> RawFigures:
    page = meter_page(pages)
    inverters = page.inverters if page else None
    return RawFigures(
        power_w=inverters.power_w if inverters else None,
        lifetime_wh=inverters.lifetime_wh if inverters else None,
        claims=_inverter_claims(pages),
        wraps=True,
    )


def _added_inverters(pages: Pages) -> RawFigures:
    """Add up the inverters' own counters, which do not wrap."""
    devices = pages.get(DEVICE_DATA)
    page = meter_page(pages)
    power_w = page.inverters.power_w if page and page.inverters else None
    if devices is None:
        return RawFigures(power_w=power_w)
    inverters = devices.inverters.values()
    if power_w is None:
        power_w = added(*(inverter.power_w for inverter in inverters))
    return RawFigures(
        power_w=power_w,
        lifetime_wh=sum(inverter.lifetime_wh or 0 for inverter in inverters),
        claims=_inverter_claims(pages),
        parts={
            inverter.serial: inverter.lifetime_wh
            for inverter in inverters
            if inverter.lifetime_wh is not None
        },
    )


def _production_claims(pages: Pages) -> tuple[Claim, ...]:
    """Collect what metered gateways say of the day, the most trustworthy first."""
    page = meter_page(pages)
    energy = pages.get(PDM_ENERGY)
    v1 = pages.get(V1_PRODUCTION)
    told = (
        (meter_page_path(pages), page.production.figures if page and page.production else None),
        (V1_PRODUCTION.path, v1),
        (PDM_ENERGY.path, energy.production_meter if energy else None),
    )
    return tuple(_claim(path, figures) for path, figures in told if figures is not None)


def _inverter_claims(pages: Pages) -> tuple[Claim, ...]:
    """Collect what is said of the inverters' day, the most trustworthy first."""
    energy = pages.get(PDM_ENERGY)
    devices = pages.get(DEVICE_DATA)
    claims = []
    if energy is not None and energy.inverters is not None:
        claims.append(_claim(PDM_ENERGY.path, energy.inverters))
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


def _claim(source: str, figures: EnergyFigures) -> Claim:
    return Claim(
        source=source,
        today_wh=figures.today_wh,
        seven_days_wh=figures.seven_days_wh,
        lifetime_wh=figures.lifetime_wh,
    )


def _line_claims(pages: Pages, phase: int, *, consumption: bool) -> tuple[Claim, ...]:
    page = meter_page(pages)
    meter = (page.total_consumption if consumption else page.production) if page else None
    if meter is None or phase >= len(meter.lines):
        return ()
    return (_claim(meter_page_path(pages), meter.lines[phase]),)


def _page_phases(
    profile: GatewayProfile, lines: tuple[EnergyFigures, ...], pages: Pages, *, consumption: bool
) -> tuple[RawFigures, ...]:
    if profile.phases == 1:
        return ()
    return tuple(
        RawFigures(
            power_w=line.power_w,
            lifetime_wh=line.lifetime_wh,
            claims=_line_claims(pages, phase, consumption=consumption),
            computed=consumption,
        )
        for phase, line in enumerate(lines[: profile.phases])
    )


def consumption(profile: GatewayProfile, pages: Pages) -> RawFlow:
    """Return what the site consumes, from the source that was chosen for it."""
    page = meter_page(pages)
    told = page.total_consumption if page else None
    claims = (_claim(meter_page_path(pages), told.figures),) if told else ()
    if profile.consumption_from is ConsumptionSource.METER_PAGE:
        figures = told.figures if told else EnergyFigures()
        return RawFlow(
            total=RawFigures(
                power_w=figures.power_w,
                lifetime_wh=figures.lifetime_wh,
                claims=claims,
                computed=True,
            ),
            phases=_page_phases(profile, told.lines if told else (), pages, consumption=True),
        )
    total, *phases = _measured_consumption(profile, pages)
    computed = profile.consumption_from is ConsumptionSource.NET_METER
    return RawFlow(
        total=RawFigures(power_w=total[0], lifetime_wh=total[1], claims=claims, computed=computed),
        phases=tuple(
            RawFigures(
                power_w=power_w,
                lifetime_wh=lifetime_wh,
                claims=_line_claims(pages, phase, consumption=True),
                computed=computed,
            )
            for phase, (power_w, lifetime_wh) in enumerate(phases)
        ),
    )


_Measured = tuple[float | None, float | None]
"""Watts and watt-hours."""


def _measured_consumption(profile: GatewayProfile, pages: Pages) -> list[_Measured]:
    """Return power and register of the load: of the whole, then of each phase."""
    if profile.consumption_from is ConsumptionSource.TOTAL_METER:
        load = reading_of(profile, pages, MeterKind.TOTAL_CONSUMPTION)
        rows = [load.total if load else None, *channels_of(profile, load)]
        return [(row.power_w, row.delivered_wh) if row else (None, None) for row in rows]
    production = reading_of(profile, pages, MeterKind.PRODUCTION)
    net = reading_of(profile, pages, MeterKind.NET_CONSUMPTION)
    made = [production.total if production else None, *channels_of(profile, production)]
    taken = [net.total if net else None, *channels_of(profile, net)]
    return [_load(one, other) for one, other in zip(made, taken, strict=False)]


def _load(production: Reading | None, net: Reading | None) -> _Measured:
    """Add what is produced and what comes from the grid, read at the same instant."""
    if production is None or net is None:
        return None, None
    exported = None if net.received_wh is None else -net.received_wh
    return (
        added(production.power_w, net.power_w),
        added(production.delivered_wh, net.delivered_wh, exported),
    )


def net(profile: GatewayProfile, pages: Pages) -> RawFlow | None:
    """Return what comes from the grid, less what goes into it."""
    meter = profile.meter(MeterKind.NET_CONSUMPTION)
    if meter is not None and not pages.lacks(READINGS):
        reading = reading_of(profile, pages, MeterKind.NET_CONSUMPTION)
        total, *phases = [reading.total if reading else None, *channels_of(profile, reading)]
        return RawFlow(total=_balance(total), phases=tuple(map(_balance, phases)))
    if profile.computes_net and not pages.lacks(READINGS):
        load = reading_of(profile, pages, MeterKind.TOTAL_CONSUMPTION)
        made = reading_of(profile, pages, MeterKind.PRODUCTION)
        used = [load.total if load else None, *channels_of(profile, load)]
        given = [made.total if made else None, *channels_of(profile, made)]
        whole, *parts = map(_remainder, used, given)
        return RawFlow(total=whole, phases=tuple(parts))
    page = meter_page(pages)
    told = page.net_consumption if page else None
    if told is None or not told.active or profile.consumption_from is None:
        return None
    return RawFlow(
        total=RawFigures(power_w=told.figures.power_w, lifetime_wh=told.figures.lifetime_wh),
        phases=tuple(
            RawFigures(power_w=line.power_w, lifetime_wh=line.lifetime_wh)
            for line in (told.lines[: profile.phases] if profile.phases > 1 else ())
        ),
    )


def _remainder(load: Reading | None, production: Reading | None) -> RawFigures:
    """Return what the load takes beyond what is produced, read at the same instant."""
    if load is None or production is None:
        return RawFigures()
    power = None if production.power_w is None else -production.power_w
    produced = None if production.delivered_wh is None else -production.delivered_wh
    return RawFigures(
        power_w=added(load.power_w, power), lifetime_wh=added(load.delivered_wh, produced)
    )


def _balance(reading: Reading | None) -> RawFigures:
    if reading is None:
        return RawFigures()
    exported = None if reading.received_wh is None else -reading.received_wh
    return RawFigures(power_w=reading.power_w, lifetime_wh=added(reading.delivered_wh, exported))
