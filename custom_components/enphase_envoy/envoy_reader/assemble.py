"""From pages to figures: the only place that prefers one source to another.

The order of sources is that of gateway-api.md, section 18: registers of current transformers first
(fresh each second, from a fast page), the gateway's own summary next, the inverters last. Counters
are raw here; ``counters.py`` decides which of them to believe.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from .derive import Claim
from .detect import grid_closed
from .endpoints import (
    DEVICE_DATA,
    ENSEMBLE_INVENTORY,
    ENSEMBLE_POWER,
    HOME,
    HOME_JSON,
    HTML_PRODUCTION,
    INVERTERS,
    METERS,
    PDM_ENERGY,
    PRODUCTION_JSON,
    PRODUCTION_PAGE,
    READINGS,
    SECCTRL,
    V1_PRODUCTION,
    meter_page,
)
from .models import (
    METERING_STATUSES,
    Battery,
    CtFigures,
    CtMeter,
    EnergyFigures,
    Inverter,
    MeterKind,
    Section,
    added,
)
from .profile import ConsumptionSource, ProductionSource

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .pages import Endpoint, Pages
    from .parsers.ensemble_power import BatteryPower
    from .parsers.inverters import InverterReport
    from .parsers.readings import MeterReading, Reading
    from .profile import GatewayProfile


@dataclass(frozen=True, slots=True, kw_only=True)
class RawFigures:
    """Power, the register behind it as the gateway gives it, and what pages say of the day."""

    power_w: float | None = None
    lifetime_wh: float | None = None
    claims: tuple[Claim, ...] = ()
    wraps: bool = False
    """Whether the register is kept in 32 bits of joules (gateway-api.md, section 17.2)."""
    coarse: bool = False
    """Whether the register moves in steps too large to make a day's figure of."""
    computed: bool = False
    """Whether the register is a difference of others, and may fall for a while."""
    parts: Mapping[str, float] | None = None
    """Registers of the single inverters, where the register is their sum."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RawFlow:
    """A boundary as a whole and by phase, before the counters are judged."""

    total: RawFigures = RawFigures()
    phases: tuple[RawFigures, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RawBank:
    """All IQ Batteries together, before the counters are judged."""

    charge_pct: float | None = None
    stored_wh: float | None = None
    capacity_wh: float | None = None
    power_w: float | None = None
    """Positive when discharging."""
    metered: bool = False
    """Whether a current transformer counts what goes in and out."""
    charged_wh: float | None = None
    discharged_wh: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What the pages say, with raw counters."""

    production: RawFlow
    consumption: RawFlow | None
    inverters: Mapping[str, Inverter]
    batteries: Mapping[str, Battery]
    bank: RawBank | None
    on_grid: bool | None
    net: RawFlow | None = None
    meters: Mapping[MeterKind, CtMeter] = field(default_factory=lambda: MappingProxyType({}))
    """As the gateway reads them, their registers not yet judged."""
    sources: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


def assemble(profile: GatewayProfile, pages: Pages) -> Draft:
    """Return the figures that the preferred sources give; missing ones are ``None``."""
    return Draft(
        production=_production(profile, pages),
        consumption=_consumption(profile, pages) if profile.consumption_from else None,
        inverters=_inverters(pages),
        batteries=_batteries(pages),
        bank=_bank(profile, pages) if profile.has_batteries else None,
        on_grid=grid_closed(pages),
        net=_net(profile, pages),
        meters=_meters(profile, pages),
        sources=_sources(profile),
    )


def feeders(profile: GatewayProfile, pages: Pages) -> Mapping[Section, tuple[str, ...]]:
    """Return the paths whose silence costs a section, for the sections that the site has."""
    production = {
        ProductionSource.READINGS: READINGS.path,
        ProductionSource.METER_PAGE: _meter_page_path(pages),
        ProductionSource.INVERTER_SUM: _meter_page_path(pages),
        ProductionSource.V1: V1_PRODUCTION.path,
        ProductionSource.DEVICE_DATA: DEVICE_DATA.path,
        ProductionSource.HTML: HTML_PRODUCTION.path,
    }
    by_section: dict[Section, tuple[str, ...]] = {}
    if profile.production_from:
        by_section[Section.PRODUCTION] = (production[profile.production_from],)
    if profile.consumption_from is ConsumptionSource.METER_PAGE:
        by_section[Section.CONSUMPTION] = (_meter_page_path(pages),)
    elif profile.consumption_from:
        by_section[Section.CONSUMPTION] = (READINGS.path,)
    if profile.meters:
        by_section[Section.METERS] = (READINGS.path,)
    if profile.lists_inverters:
        by_section[Section.INVERTERS] = (INVERTERS.path,)
    if profile.has_batteries:
        by_section[Section.BATTERIES] = (ENSEMBLE_INVENTORY.path,)
        flow = READINGS if profile.meter(MeterKind.STORAGE) else ENSEMBLE_POWER
        by_section[Section.BATTERY_FLOW] = (flow.path,)
    if profile.tells_grid:
        by_section[Section.GRID] = (_grid_path(pages),)
    return MappingProxyType(by_section)


def _meter_page_path(pages: Pages) -> str:
    return (PRODUCTION_PAGE if pages.lacks(PRODUCTION_JSON) else PRODUCTION_JSON).path


def _grid_path(pages: Pages) -> str:
    ensemble = pages.get(ENSEMBLE_INVENTORY)
    if ensemble is not None and (ensemble.controllers or ensemble.collars):
        return ENSEMBLE_INVENTORY.path
    return (HOME_JSON if pages.lacks(HOME) else HOME).path


def _sources(profile: GatewayProfile) -> Mapping[str, str]:
    named = {
        "production": profile.production_from,
        "consumption": profile.consumption_from,
    }
    return MappingProxyType({name: str(source) for name, source in named.items() if source})


# --- production ---------------------------------------------------------------------------------


def _production(profile: GatewayProfile, pages: Pages) -> RawFlow:
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
    reading = _reading(profile, pages, MeterKind.PRODUCTION)
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
            for phase, channel in enumerate(_channels(profile, reading))
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
    active = [detail for detail in devices.inverters.values() if detail.active]
    if power_w is None:
        power_w = added(*(detail.power_w for detail in active))
    return RawFigures(
        power_w=power_w,
        lifetime_wh=sum(detail.lifetime_wh or 0 for detail in active),
        claims=_inverter_claims(pages),
        parts={
            detail.serial: detail.lifetime_wh for detail in active if detail.lifetime_wh is not None
        },
    )


def _production_claims(pages: Pages) -> tuple[Claim, ...]:
    """Collect what metered gateways say of the day, the most trustworthy first."""
    page = meter_page(pages)
    energy = pages.get(PDM_ENERGY)
    v1 = pages.get(V1_PRODUCTION)
    told = (
        (_meter_page_path(pages), page.production.figures if page and page.production else None),
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
        active = [detail for detail in devices.inverters.values() if detail.active]
        claims.append(
            Claim(
                source=DEVICE_DATA.path,
                today_wh=added(*(detail.today_wh for detail in active)),
                seven_days_wh=added(*(detail.week_wh for detail in active)),
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
    return (_claim(_meter_page_path(pages), meter.lines[phase]),)


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


# --- consumption --------------------------------------------------------------------------------


def _consumption(profile: GatewayProfile, pages: Pages) -> RawFlow:
    page = meter_page(pages)
    told = page.total_consumption if page else None
    claims = (_claim(_meter_page_path(pages), told.figures),) if told else ()
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
        load = _reading(profile, pages, MeterKind.TOTAL_CONSUMPTION)
        rows = [load.total if load else None, *_channels(profile, load)]
        return [(row.power_w, row.delivered_wh) if row else (None, None) for row in rows]
    production = _reading(profile, pages, MeterKind.PRODUCTION)
    net = _reading(profile, pages, MeterKind.NET_CONSUMPTION)
    made = [production.total if production else None, *_channels(profile, production)]
    taken = [net.total if net else None, *_channels(profile, net)]
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


def _reading(profile: GatewayProfile, pages: Pages, kind: MeterKind) -> MeterReading | None:
    meter = profile.meter(kind)
    readings = pages.get(READINGS)
    return readings.get(meter.eid) if meter and readings else None


def _channels(profile: GatewayProfile, reading: MeterReading | None) -> tuple[Reading, ...]:
    """Return the configured phases; beyond them channels carry noise."""
    if reading is None or profile.phases == 1:
        return ()
    return reading.channels[: profile.phases]


# --- meters -------------------------------------------------------------------------------------


def _net(profile: GatewayProfile, pages: Pages) -> RawFlow | None:
    """Return what comes from the grid, less what goes into it."""
    meter = profile.meter(MeterKind.NET_CONSUMPTION)
    if meter is not None and not pages.lacks(READINGS):
        reading = _reading(profile, pages, MeterKind.NET_CONSUMPTION)
        total, *phases = [reading.total if reading else None, *_channels(profile, reading)]
        return RawFlow(total=_balance(total), phases=tuple(map(_balance, phases)))
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


def _balance(reading: Reading | None) -> RawFigures:
    if reading is None:
        return RawFigures()
    exported = None if reading.received_wh is None else -reading.received_wh
    return RawFigures(power_w=reading.power_w, lifetime_wh=added(reading.delivered_wh, exported))


def _meters(profile: GatewayProfile, pages: Pages) -> Mapping[MeterKind, CtMeter]:
    """Join what is switched on, how it is set up and what it reads, by the meters' ids."""
    setups = {setup.eid: setup for setup in pages.get(METERS) or ()}
    readings = pages.get(READINGS) or {}
    meters = {}
    for meter in profile.meters:
        setup, reading = setups.get(meter.eid), readings.get(meter.eid)
        channels = reading.channels[: meter.phases] if reading and meter.phases > 1 else ()
        meters[meter.kind] = CtMeter(
            total=_ct_figures(reading.total) if reading else CtFigures(),
            phases=tuple(map(_ct_figures, channels)),
            status=setup.status if setup and setup.status in METERING_STATUSES else None,
            flags=setup.flags if setup else (),
        )
    return MappingProxyType(meters)


def _ct_figures(reading: Reading) -> CtFigures:
    return CtFigures(
        power_w=reading.power_w,
        delivered_wh=reading.delivered_wh,
        received_wh=reading.received_wh,
        voltage_v=reading.voltage_v,
        current_a=reading.current_a,
        frequency_hz=reading.frequency_hz,
        power_factor=reading.power_factor,
    )


# --- inverters and batteries --------------------------------------------------------------------


def _inverters(pages: Pages) -> Mapping[str, Inverter]:
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


def _batteries(pages: Pages) -> Mapping[str, Battery]:
    ensemble = pages.get(ENSEMBLE_INVENTORY)
    powers = pages.get(ENSEMBLE_POWER) or {}
    batteries = {}
    for unit in ensemble.batteries if ensemble else ():
        power: BatteryPower | None = powers.get(unit.serial)
        charge_pct = power.charge_pct if power else None
        power_w = power.power_w if power else None
        batteries[unit.serial] = Battery(
            serial=unit.serial,
            charge_pct=unit.charge_pct if charge_pct is None else charge_pct,
            capacity_wh=unit.capacity_wh,
            power_w=unit.power_w if power_w is None else power_w,
            reported_at=unit.reported_at,
            part_number=unit.part_number,
            firmware=unit.firmware,
        )
    return MappingProxyType(batteries)


def _bank(profile: GatewayProfile, pages: Pages) -> RawBank:
    batteries = tuple(_batteries(pages).values())
    aggregate = pages.get(SECCTRL)
    capacity_wh = added(*(battery.capacity_wh for battery in batteries))
    stored_wh = added(*(battery.stored_wh for battery in batteries))
    reading = _reading(profile, pages, MeterKind.STORAGE)
    told_wh = aggregate.stored_wh if aggregate else None
    charge_pct = aggregate.charge_pct if aggregate else None
    if stored_wh is not None and capacity_wh:
        charge_pct = 100 * stored_wh / capacity_wh
    return RawBank(
        charge_pct=charge_pct,
        stored_wh=stored_wh if told_wh is None else told_wh,
        capacity_wh=capacity_wh,
        power_w=added(*(battery.power_w for battery in batteries)),
        metered=profile.meter(MeterKind.STORAGE) is not None,
        charged_wh=reading.total.received_wh if reading else None,
        discharged_wh=reading.total.delivered_wh if reading else None,
    )
