"""Known ways in which a page misleads, each with the symptom that gives it away and its cure.

A symptom is looked for in the data, never in the firmware's number: faults come and go with
updates that nobody announces. Cures run in the order of the table, before assembly.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from ..models import CtFigures, EnergyFigures, added
from ..parsers.readings import MeterReading
from ..profile import MeterKind
from .endpoints import (
    HTML_PRODUCTION,
    INVERTERS,
    PRODUCTION_JSON,
    PRODUCTION_PAGE,
    READINGS,
    V1_PRODUCTION,
    meter_page,
)
from .plausible import INVERTER_W, limits, plausible

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..parsers.production_json import MeterFigures, ProductionJson
    from ..profile import GatewayProfile
    from .typed import Pages

_CONTRADICTION: Final = 1.02
"""A sum of phases and its aggregate differ by rounding; a phantom channel adds tens of per cent."""
_BOTH: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Quirk:
    """One known fault."""

    name: str
    evidence: str
    """Where it was seen, and what it looks like."""
    cure: Callable[[GatewayProfile, Pages], Pages | None]
    """Return cured pages, or ``None`` when the symptom is not there."""


def cure(profile: GatewayProfile, pages: Pages) -> tuple[Pages, tuple[str, ...]]:
    """Return the pages without the known faults, and the names of those that were there."""
    fired = []
    for quirk in QUIRKS:
        cured = quirk.cure(profile, pages)
        if cured is not None:
            pages = cured
            fired.append(quirk.name)
    return pages, tuple(fired)


def _with_meter_page(pages: Pages, page: ProductionJson) -> Pages:
    place = PRODUCTION_JSON if pages.get(PRODUCTION_JSON) is not None else PRODUCTION_PAGE
    return pages.put(place, page)


def _meter_switched_off_for_a_moment(profile: GatewayProfile, pages: Pages) -> Pages | None:
    page = meter_page(pages)
    if page is None:
        return None
    cured = page
    if profile.production_metered and page.production and not page.production.active:
        cured = replace(cured, production=None)
    if profile.consumption_from and page.total_consumption and not page.total_consumption.active:
        cured = replace(cured, total_consumption=None)
    return None if cured is page else _with_meter_page(pages, cured)


def _total_repeats_net(_: GatewayProfile, pages: Pages) -> Pages | None:
    page = meter_page(pages)
    if page is None:
        return None
    production, total, net = page.production, page.total_consumption, page.net_consumption
    if not (production and total and net) or not (total.active and _repeats(total, net)):
        return None
    if not round(production.figures.lifetime_wh or 0):
        return None  # nothing was ever produced: then total and net are the same
    cured = replace(
        total,
        figures=_sum(net.figures, production.figures),
        lines=tuple(map(_sum, net.lines, production.lines)),
    )
    return _with_meter_page(pages, replace(page, total_consumption=cured))


def _repeats(total: MeterFigures, net: MeterFigures) -> bool:
    one, other = total.figures, net.figures
    if None in (one.power_w, one.lifetime_wh, other.power_w, other.lifetime_wh):
        return False
    return (round(one.power_w or 0), round(one.lifetime_wh or 0)) == (
        round(other.power_w or 0),
        round(other.lifetime_wh or 0),
    )


def _sum(net: EnergyFigures, production: EnergyFigures) -> EnergyFigures:
    """Add power and lifetime; the days of a repeated element cannot be repaired."""
    return EnergyFigures(
        power_w=added(net.power_w, production.power_w),
        lifetime_wh=added(net.lifetime_wh, production.lifetime_wh),
    )


def _sum_with_a_meter_that_is_off(profile: GatewayProfile, pages: Pages) -> Pages | None:
    page = meter_page(pages)
    kinds = {meter.kind for meter in profile.meters}
    if page is None or not kinds or MeterKind.PRODUCTION in kinds:
        return None
    loads = kinds & {MeterKind.NET_CONSUMPTION, MeterKind.TOTAL_CONSUMPTION}
    cured = page
    if loads == {MeterKind.NET_CONSUMPTION}:
        cured = replace(page, total_consumption=None)
    elif loads == {MeterKind.TOTAL_CONSUMPTION}:
        cured = replace(page, net_consumption=None)
    return None if cured == page else _with_meter_page(pages, cured)


def _phantom_channel(profile: GatewayProfile, pages: Pages) -> Pages | None:
    page = meter_page(pages)
    if page is None or page.total_consumption is None:
        return None
    total = page.total_consumption
    if len(total.lines) < profile.phases:
        return None  # what the missing ones have is not known
    today = _sum_of_lines(total, lambda line: line.today_wh, total.figures.today_wh)
    week = _sum_of_lines(total, lambda line: line.seven_days_wh, total.figures.seven_days_wh)
    if today is None and week is None:
        return None
    figures = replace(
        total.figures,
        today_wh=total.figures.today_wh if today is None else today,
        seven_days_wh=total.figures.seven_days_wh if week is None else week,
    )
    return _with_meter_page(pages, replace(page, total_consumption=replace(total, figures=figures)))


def _sum_of_lines(
    meter: MeterFigures,
    figure: Callable[[EnergyFigures], float | None],
    aggregate: float | None,
) -> float | None:
    """Return the sum of the phases if the aggregate claims more than they do together.

    A phase that says zero beside others that do not is one that is missing.
    """
    each = [figure(line) for line in meter.lines]
    if not all(each):
        return None
    together = added(*each)
    if not together or aggregate is None or aggregate <= _CONTRADICTION * together:
        return None
    return together


def _storage_phase_drops_out(profile: GatewayProfile, pages: Pages) -> Pages | None:
    readings = pages.get(READINGS)
    meter = profile.meter(MeterKind.STORAGE)
    if readings is None or meter is None or not meter.split or meter.phases != _BOTH:
        return None
    reading = readings.get(meter.eid)
    if reading is None:
        return None
    channels = reading.channels[:_BOTH]
    silent = [channel for channel in channels if _counts_nothing(channel)]
    speaking = [channel for channel in channels if not _counts_nothing(channel)]
    if len(silent) != 1 or len(speaking) != 1 or not _same_energy(speaking[0], reading.total):
        return None
    cured = MeterReading(
        channels=tuple(CtFigures() if channel in silent else channel for channel in channels),
        measured_at=reading.measured_at,
    )
    return pages.put(READINGS, MappingProxyType({**readings, meter.eid: cured}))


def _counts_nothing(reading: CtFigures) -> bool:
    return not reading.delivered_wh and not reading.received_wh


def _same_energy(one: CtFigures, other: CtFigures) -> bool:
    return (one.delivered_wh, one.received_wh) == (other.delivered_wh, other.received_wh)


def _power_that_cannot_be(profile: GatewayProfile, pages: Pages) -> Pages | None:
    most = limits(profile, pages)
    cured = pages
    readings = pages.get(READINGS)
    if readings:
        kinds = {meter.eid: meter.kind for meter in profile.meters}
        better = {
            eid: _without_powers(reading, most.shown(most.of_meter(kinds[eid])))
            for eid, reading in readings.items()
            if eid in kinds
        }
        if any(better[eid] is not readings[eid] for eid in better):
            cured = cured.put(READINGS, MappingProxyType({**readings, **better}))
    made_w, used_w = most.shown(most.production_w), most.connection_w
    for endpoint in (V1_PRODUCTION, HTML_PRODUCTION):
        figures = pages.get(endpoint)
        if figures and (possible := _possible(figures, made_w)) is not figures:
            cured = cured.put(endpoint, possible)
    reports = pages.get(INVERTERS) or ()
    if any(abs(report.power_w or 0.0) > INVERTER_W for report in reports):
        rows = (
            replace(report, power_w=plausible(report.power_w, INVERTER_W)) for report in reports
        )
        cured = cured.put(INVERTERS, tuple(rows))
    page = meter_page(pages)
    if page and (possible_page := _possible_page(page, made_w, used_w)) is not page:
        cured = _with_meter_page(cured, possible_page)
    return None if cured is pages else cured


def _without_powers(reading: MeterReading, limit_w: float) -> MeterReading:
    """Return a reading without the powers that exceed a limit or repeat a lifetime."""
    total = _possible_reading(reading.total, limit_w)
    channels = tuple(_possible_reading(channel, limit_w) for channel in reading.channels)
    same = total is reading.total and all(map(_same, channels, reading.channels))
    return reading if same else replace(reading, total=total, channels=channels)


def _same(one: object, other: object) -> bool:
    return one is other


def _possible_reading(figures: CtFigures, limit_w: float) -> CtFigures:
    if figures.power_w is None:
        return figures
    power_w = plausible(figures.power_w, limit_w, figures.delivered_wh, figures.received_wh)
    return figures if power_w is not None else replace(figures, power_w=None)


def _possible(figures: EnergyFigures, limit_w: float) -> EnergyFigures:
    if figures.power_w is None:
        return figures
    power_w = plausible(figures.power_w, limit_w, figures.lifetime_wh)
    return figures if power_w is not None else replace(figures, power_w=None)


def _possible_page(page: ProductionJson, made_w: float, used_w: float) -> ProductionJson:
    """Return the meter page without powers that cannot be."""
    inverters = page.inverters
    if inverters and inverters.power_w is not None:
        power_w = plausible(inverters.power_w, made_w, inverters.lifetime_wh)
        if power_w is None:
            inverters = replace(inverters, power_w=None)
    before = (page.inverters, page.production, page.total_consumption, page.net_consumption)
    after = (
        inverters,
        _possible_meter(page.production, made_w),
        _possible_meter(page.total_consumption, used_w),
        _possible_meter(page.net_consumption, used_w),
    )
    if all(map(_same, before, after)):
        return page
    return replace(
        page,
        inverters=inverters,
        production=after[1],
        total_consumption=after[2],
        net_consumption=after[3],
    )


def _possible_meter(meter: MeterFigures | None, limit_w: float) -> MeterFigures | None:
    if meter is None:
        return None
    figures = _possible(meter.figures, limit_w)
    lines = tuple(_possible(line, limit_w) for line in meter.lines)
    if figures is meter.figures and all(map(_same, lines, meter.lines)):
        return meter
    return replace(meter, figures=figures, lines=lines)


QUIRKS: Final = (
    Quirk(
        name="meter_switched_off_for_a_moment",
        evidence="8.3.5528: activeCount of an enabled meter is 0 in single answers, and the "
        "figures beside it are left-overs (gateway-api.md, section 17.6).",
        cure=_meter_switched_off_for_a_moment,
    ),
    Quirk(
        name="sum_with_a_meter_that_is_off",
        evidence="a clamp on the grid connection alone: total consumption is net plus the noise of "
        "the production meter; one on the load alone: net is the load (section 17.1).",
        cure=_sum_with_a_meter_that_is_off,
    ),
    Quirk(
        name="total_repeats_net",
        evidence="8.3.5433 with a clamp on the load: total and net consumption carry the same "
        "figures, although something was produced (section 17.5).",
        cure=_total_repeats_net,
    ),
    Quirk(
        name="phantom_channel",
        evidence="8.3.5169, split phase: the day's consumption counts a channel that nobody "
        "configured, so it exceeds the sum of the phases (sections 9.4 and 15.3).",
        cure=_phantom_channel,
    ),
    Quirk(
        name="storage_phase_drops_out",
        evidence="8.3.6086, split phase: one phase of the storage meter is all zero for a "
        "moment, and the aggregate is the other phase alone (section 17.7).",
        cure=_storage_phase_drops_out,
    ),
    Quirk(
        name="power_that_cannot_be",
        evidence="after a power cut: the power of now is the lifetime, or has the size of 2^31 or "
        "2^32 milliwatts, on any page, for some minutes.",
        cure=_power_that_cannot_be,
    ),
)
