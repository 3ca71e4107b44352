"""Production, consumption and the balance with the grid: which source gives each of them.

A figure is first drafted: a power, and the registers that its lifetime is made of. ``counters``
decides which samples of these registers are believed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ..counters.identity import Term, Terms
from ..counters.site import Drafted
from ..models import EnergyFigures, Flow, Section, added
from ..pages.endpoints import (
    DEVICE_DATA,
    HTML_PRODUCTION,
    READINGS,
    V1_PRODUCTION,
    meter_page,
)
from ..profile import ConsumptionSource, MeterKind, ProductionSource
from .day_reports import (
    day_report_of,
    inverter_day_reports,
    line_day_reports,
    production_day_reports,
)
from .registers import (
    NET,
    PRODUCTION_ELEMENTS,
    TOTAL,
    balance_terms,
    channels_of,
    ct_term,
    element_term,
    inverter_id,
    meter_page_path,
    reading_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from collections.abc import Set as AbstractSet

    from ..counters.days import DayReport
    from ..counters.site import Counters
    from ..pages.typed import Pages
    from ..parsers.production_json import MeterFigures
    from ..profile import GatewayProfile


class DraftedFlow(NamedTuple):
    """Production, consumption or net, in total and by phase, before samples are judged."""

    total: Drafted = Drafted()
    phases: tuple[Drafted | None, ...] = ()
    """``None`` for a phase that nothing measures."""


def flow_feeders(profile: GatewayProfile, pages: Pages) -> Mapping[Section, tuple[str, ...]]:
    """Return the paths of the pages that feed production and consumption."""
    sources = {
        ProductionSource.READINGS: READINGS.path,
        ProductionSource.METER_PAGE: meter_page_path(pages),
        ProductionSource.INVERTER_SUM: meter_page_path(pages),
        ProductionSource.V1: V1_PRODUCTION.path,
        ProductionSource.DEVICE_DATA: DEVICE_DATA.path,
        ProductionSource.HTML: HTML_PRODUCTION.path,
    }
    by_section: dict[Section, tuple[str, ...]] = {}
    produced = sources.get(profile.production_from) if profile.production_from else None
    if produced:
        by_section[Section.PRODUCTION] = (produced,)
    balance = meter_page_path(pages) if pages.lacks(READINGS) else READINGS.path
    match profile.consumption_from:
        case ConsumptionSource.METER_PAGE:
            by_section[Section.CONSUMPTION] = (meter_page_path(pages),)
        case ConsumptionSource.INVERTERS_AND_NET:
            by_section[Section.CONSUMPTION] = (balance,)
        case None:
            pass
        case _:
            by_section[Section.CONSUMPTION] = (READINGS.path,)
    return by_section


def believed_flow(name: str, drafted: DraftedFlow, counters: Counters, limit_w: float) -> Flow:
    """Return the flow with believed counters."""
    return Flow(
        total=counters.energy(name, drafted.total, limit_w),
        phases=tuple(
            counters.energy(f"{name}_l{number}", phase, limit_w) if phase else EnergyFigures()
            for number, phase in enumerate(drafted.phases, 1)
        ),
    )


def believed_balance(name: str, drafted: DraftedFlow, counters: Counters) -> Flow:
    """Return a flow that goes both ways, made of believed registers."""

    def balance(each: Drafted | None, suffix: str) -> EnergyFigures:
        if each is None:
            return EnergyFigures()
        lifetime_wh = counters.figure(f"{name}{suffix}", each.terms, falls=True)
        return EnergyFigures(power_w=each.power_w, lifetime_wh=lifetime_wh)

    return Flow(
        total=balance(drafted.total, ""),
        phases=tuple(
            balance(phase, f"_l{number}") for number, phase in enumerate(drafted.phases, 1)
        ),
    )


def production(profile: GatewayProfile, pages: Pages, answered: AbstractSet[str]) -> DraftedFlow:
    """Return production from its chosen source."""
    page = meter_page(pages)
    match profile.production_from:
        case ProductionSource.READINGS:
            return _metered_production(profile, pages)
        case ProductionSource.METER_PAGE:
            return _summarised_production(profile, pages)
        case ProductionSource.DEVICE_DATA:
            return DraftedFlow(total=_added_inverters(pages))
        case ProductionSource.INVERTER_SUM:
            inverters = page.inverters if page else None
            total = Drafted(
                power_w=inverters.power_w if inverters else None,
                day_reports=inverter_day_reports(pages),
            )
        case ProductionSource.V1 | ProductionSource.HTML:
            html = profile.production_from is ProductionSource.HTML
            endpoint = HTML_PRODUCTION if html else V1_PRODUCTION
            figures = pages.get(endpoint)
            total = Drafted(
                power_w=figures.power_w if figures else None,
                day_reports=(day_report_of(endpoint.path, figures),) if figures else (),
                coarse=html,
                page_answered=endpoint.path in answered,
            )
        case _:  # not chosen yet
            return DraftedFlow()
    element = PRODUCTION_ELEMENTS[profile.production_from]
    return DraftedFlow(total=total._replace(terms=(element_term(element),)))


class _Clamp(NamedTuple):
    """The current transformer of a kind, with the powers that it reads."""

    kind: MeterKind
    phases: int
    """How many it has; 0 where there is none."""
    powers: tuple[float | None, ...]
    """Of the whole and of each of its phases; none while it is not read."""

    def register_at(self, phase: int) -> int | None:
        """Return its own phase for L1 to L3 or the whole (0); ``None`` if it is not there.

        A meter of one phase is on L1, and its only registers are those of the whole.
        """
        if phase > self.phases:
            return None
        return phase if self.phases > 1 else 0

    def power_at(self, phase: int) -> float | None:
        """Return the power on L1 to L3, or of the whole (0)."""
        return self.powers[phase] if phase < len(self.powers) else None


def _clamp(profile: GatewayProfile, pages: Pages, kind: MeterKind) -> _Clamp:
    meter, reading = profile.meter(kind), reading_of(profile, pages, kind)
    powers: tuple[float | None, ...] = ()
    if reading is not None:
        channels = channels_of(meter, reading) or (reading.total,)
        powers = (reading.total.power_w, *[channel.power_w for channel in channels])
    return _Clamp(kind, meter.phases if meter else 0, powers)


def _metered_production(profile: GatewayProfile, pages: Pages) -> DraftedFlow:
    clamp = _clamp(profile, pages, MeterKind.PRODUCTION)

    def drafted(phase: int) -> Drafted | None:
        day_reports = (
            line_day_reports(pages, phase, consumption=False)
            if phase
            else production_day_reports(pages)
        )
        return _single(clamp, phase, day_reports)

    return DraftedFlow(total=drafted(0) or Drafted(), phases=tuple(map(drafted, _phases(profile))))


def _phases(profile: GatewayProfile) -> range:
    """Return the phases of the site, from 1 on; none for a site with one phase."""
    return range(1, profile.phases + 1) if profile.phases > 1 else range(0)


def _summarised_production(profile: GatewayProfile, pages: Pages) -> DraftedFlow:
    page = meter_page(pages)
    meter = page.production if page else None
    return DraftedFlow(
        total=Drafted(
            power_w=meter.figures.power_w if meter else None,
            terms=(element_term("production"),),
            day_reports=production_day_reports(pages),
        ),
        phases=_lines(profile, "production", meter, pages),
    )


def _lines(
    profile: GatewayProfile, element: str, meter: MeterFigures | None, pages: Pages
) -> tuple[Drafted, ...]:
    """Return the phases of an element of the meter page."""
    if meter is None or profile.phases == 1:
        return ()
    return tuple(
        Drafted(
            power_w=line.power_w,
            terms=(element_term(element, phase),),
            day_reports=line_day_reports(pages, phase, consumption=element == TOTAL),
        )
        for phase, line in enumerate(meter.lines[: profile.phases], 1)
    )


def _added_inverters(pages: Pages) -> Drafted:
    """Add up the inverters' own counters, which do not wrap."""
    devices, page = pages.get(DEVICE_DATA), meter_page(pages)
    power_w = page.inverters.power_w if page and page.inverters else None
    inverters = devices.inverters if devices else {}
    if power_w is None:
        power_w = added(*(inverter.power_w for inverter in inverters.values()))
    return Drafted(
        power_w=power_w,
        terms=tuple(Term(1, inverter_id(serial)) for serial in inverters),
        day_reports=inverter_day_reports(pages),
    )


def consumption(profile: GatewayProfile, pages: Pages) -> DraftedFlow:
    """Return consumption from its chosen source."""
    page = meter_page(pages)
    total_row = page.total_consumption if page else None
    day_reports = (day_report_of(meter_page_path(pages), total_row.figures),) if total_row else ()
    match profile.consumption_from:
        case ConsumptionSource.METER_PAGE:
            total = Drafted(
                power_w=total_row.figures.power_w if total_row else None,
                terms=(element_term(TOTAL),),
            )
            phases: tuple[Drafted | None, ...] = _lines(profile, TOTAL, total_row, pages)
        case ConsumptionSource.INVERTERS_AND_NET:
            total, phases = _inverters_and_net(profile, pages), ()
        case _:
            whole, *each = _measured_loads(profile, pages)
            total, phases = whole or Drafted(), tuple(each)
    return DraftedFlow(total=total._replace(day_reports=day_reports), phases=phases)


def _measured_loads(profile: GatewayProfile, pages: Pages) -> Iterator[Drafted | None]:
    """Yield the load of the whole and of each phase of the site, as measured by clamps."""
    load = _clamp(profile, pages, MeterKind.TOTAL_CONSUMPTION)
    taken = _clamp(profile, pages, MeterKind.NET_CONSUMPTION)
    made = _clamp(profile, pages, MeterKind.PRODUCTION)
    for phase in (0, *_phases(profile)):
        day_reports = line_day_reports(pages, phase, consumption=True) if phase else ()
        if profile.consumption_from is ConsumptionSource.TOTAL_METER:
            yield _single(load, phase, day_reports)
        else:
            yield _added_clamps(taken, made, phase, day_reports)


def _added_clamps(
    taken: _Clamp, made: _Clamp, phase: int, day_reports: tuple[DayReport, ...]
) -> Drafted | None:
    """Return what comes from the grid and what is produced, together."""
    taken_at, made_at = taken.register_at(phase), made.register_at(phase)
    if taken_at is None:
        return None
    powers = [taken.power_at(phase)]
    terms = balance_terms(taken.kind, taken_at)
    if made_at is not None:
        powers.append(made.power_at(phase))
        terms = (ct_term(made.kind, phase=made_at), *terms)
    return Drafted(power_w=added(*powers), terms=terms, day_reports=day_reports)


def _single(clamp: _Clamp, phase: int, day_reports: tuple[DayReport, ...]) -> Drafted | None:
    number = clamp.register_at(phase)
    if number is None:
        return None
    return Drafted(
        power_w=clamp.power_at(phase),
        terms=(ct_term(clamp.kind, phase=number),),
        day_reports=day_reports,
    )


def _inverters_and_net(profile: GatewayProfile, pages: Pages) -> Drafted:
    """Add the reports of the inverters to what comes from the grid.

    The reports are minutes old: when the sun comes out, they can be less than the export.
    """
    made, balance = production(profile, pages, frozenset()).total, net(profile, pages)
    taken = balance.total if balance else Drafted()
    power_w = added(made.power_w, taken.power_w)
    if not made.terms or not taken.terms:
        return Drafted()
    return Drafted(
        power_w=power_w if power_w is None or power_w >= 0 else None,
        terms=(*made.terms, *taken.terms),
    )


def net(profile: GatewayProfile, pages: Pages) -> DraftedFlow | None:
    """Return import minus export; ``None`` if no page gives it."""
    if not pages.lacks(READINGS):
        if profile.meter(MeterKind.NET_CONSUMPTION):
            taken = _clamp(profile, pages, MeterKind.NET_CONSUMPTION)
            total, *each = (_balance(taken, phase) for phase in (0, *_phases(profile)))
            return DraftedFlow(total=total or Drafted(), phases=tuple(each))
        if profile.computes_net:
            load = _clamp(profile, pages, MeterKind.TOTAL_CONSUMPTION)
            made = _clamp(profile, pages, MeterKind.PRODUCTION)
            total, *each = (_remainder(load, made, phase) for phase in (0, *_phases(profile)))
            return DraftedFlow(total=total or Drafted(), phases=tuple(each))
    page = meter_page(pages)
    net_row = page.net_consumption if page else None
    if net_row is None or not net_row.active or profile.consumption_from is None:
        return None
    return DraftedFlow(
        total=Drafted(power_w=net_row.figures.power_w, terms=(element_term(NET),)),
        phases=_lines(profile, NET, net_row, pages),
    )


def _balance(taken: _Clamp, phase: int) -> Drafted | None:
    number = taken.register_at(phase)
    if number is None:
        return None
    return Drafted(power_w=taken.power_at(phase), terms=balance_terms(taken.kind, number))


def _remainder(load: _Clamp, made: _Clamp, phase: int) -> Drafted | None:
    """Return load minus production, both read at the same moment."""
    load_at, made_at = load.register_at(phase), made.register_at(phase)
    if load_at is None:
        return None
    powers = [load.power_at(phase)]
    terms: Terms = (ct_term(load.kind, phase=load_at),)
    if made_at is not None:
        produced_w = made.power_at(phase)
        powers.append(None if produced_w is None else -produced_w)
        terms = (*terms, ct_term(made.kind, phase=made_at, sign=-1))
    return Drafted(power_w=added(*powers), terms=terms)
