"""From pages to raw registers: the value of each, under its one name.

Only this step reads registers from pages; all figures are made of believed registers
(``counters``). Only pages that have just answered give samples.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final

from ..counters.coarse_day import rounding_wh
from ..counters.identity import Direction, RegisterId, RegisterKind, Sample, Source, Term, Terms
from ..models import EnergyFigures
from ..pages.endpoints import (
    DEVICE_DATA,
    DEVICE_STATUS,
    HTML_PRODUCTION,
    METER_PAGES,
    READINGS,
    V1_PRODUCTION,
    meter_page,
)
from ..pages.plausible import INVERTER_W
from ..profile import ConsumptionSource, InverterSource, MeterKind, ProductionSource

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from collections.abc import Set as AbstractSet

    from ..equipment import Inverter
    from ..models import CtFigures
    from ..pages.plausible import Limits
    from ..pages.typed import Pages
    from ..parsers.production_json import MeterFigures, ProductionJson
    from ..parsers.readings import MeterReading
    from ..profile import GatewayProfile, Meter

type Samples = Iterator[tuple[RegisterId, Sample]]

PRODUCTION_ELEMENTS: Final = {
    ProductionSource.METER_PAGE: "production",
    ProductionSource.V1: "v1",
    ProductionSource.INVERTER_SUM: "inverters",
    ProductionSource.HTML: "html",
}
"""Name of the register for each source on a page."""
TOTAL: Final = "total-consumption"
NET: Final = "net-consumption"


@cache  # some dozens, which every collection names again
def ct_term(
    kind: MeterKind, direction: Direction = Direction.DELIVERED, phase: int = 0, sign: int = 1
) -> Term:
    """Return the term for a register of a current transformer."""
    return Term(sign, RegisterId(Source.CT, kind, direction, phase))


def element_term(name: str, phase: int = 0, sign: int = 1) -> Term:
    """Return the term for an element of a page."""
    return Term(sign, RegisterId(Source.PAGE, name, phase=phase))


@lru_cache(maxsize=1024)  # large sites have hundreds
def inverter_id(serial: str) -> RegisterId:
    """Return the register that an inverter keeps itself."""
    return RegisterId(Source.INVERTER, serial)


@cache  # some dozens, as above
def balance_terms(kind: MeterKind, phase: int = 0) -> Terms:
    """Return the terms for what a current transformer delivers, less what it receives."""
    return (
        ct_term(kind, Direction.DELIVERED, phase),
        ct_term(kind, Direction.RECEIVED, phase, -1),
    )


def meter_page_path(pages: Pages) -> str:
    """Return the path of the page that ``meter_page`` returns."""
    return pages.first(*METER_PAGES).path


def reading_of(profile: GatewayProfile, pages: Pages, kind: MeterKind) -> MeterReading | None:
    """Return the reading of the current transformer of a kind; ``None`` if there is none."""
    meter = profile.meter(kind)
    readings = pages.get(READINGS)
    return readings.get(meter.eid) if meter and readings else None


def channels_of(meter: Meter | None, reading: MeterReading | None) -> tuple[CtFigures, ...]:
    """Return the phases configured for this meter; its other channels carry noise."""
    if meter is None or reading is None or meter.phases == 1:
        return ()
    return reading.channels[: meter.phases]


def samples(
    profile: GatewayProfile, pages: Pages, most: Limits, answered: AbstractSet[str]
) -> Mapping[RegisterId, Sample]:
    """Return the samples of the registers that were read in this collection.

    ``answered`` are the paths of the pages that have just answered.
    """
    found: dict[RegisterId, Sample] = {}
    if READINGS.path in answered:
        found.update(_of_meters(profile, pages, most))
    page = meter_page(pages)
    if page is not None and meter_page_path(pages) in answered:
        found.update(_of_meter_page(profile, page, most))
    if profile.production_from is ProductionSource.V1 and V1_PRODUCTION.path in answered:
        kind = RegisterKind(max_power_w=most.production_w, lumps=True)
        found.update(_of_element("v1", pages.get(V1_PRODUCTION), kind))
    if profile.production_from is ProductionSource.HTML and HTML_PRODUCTION.path in answered:
        found.update(_of_html(pages, most))
    found.update(_of_inverters(_lifetimes(profile, pages, answered)))
    return found


def _of_meters(profile: GatewayProfile, pages: Pages, most: Limits) -> Samples:
    readings = pages.get(READINGS) or {}
    read = [(meter, readings[meter.eid]) for meter in profile.meters if meter.eid in readings]
    # A zero is real only if another register on the page has a value: after a restart all are
    # zero, and later a phase may be zero while its meter is not (17.7).
    page_counts = any(_counts(reading.total) for _, reading in read)
    for meter, reading in read:
        kind = RegisterKind(max_power_w=most.of_meter(meter.kind))
        channels = channels_of(meter, reading)
        meter_counts = _counts(reading.total)
        parts = channels or (reading.total,)
        yield from _of_figures(meter.kind, 0, reading.total, parts, kind, counting=page_counts)
        for phase, channel in enumerate(channels, 1):
            counting = _counts(channel) or (page_counts and not meter_counts)
            yield from _of_figures(meter.kind, phase, channel, (channel,), kind, counting=counting)


def _of_figures(  # noqa: PLR0913 -- a meter or one of its phases
    meter: MeterKind,
    phase: int,
    figures: CtFigures,
    parts: tuple[CtFigures, ...],
    kind: RegisterKind,
    *,
    counting: bool,
) -> Samples:
    """Yield both registers of a meter; its power by direction is the sum of its ``parts``."""
    powers = [part.power_w for part in parts if part.power_w is not None]
    known = len(powers) == len(parts)
    for direction, raw_wh, sign in (
        (Direction.DELIVERED, figures.delivered_wh, 1),
        (Direction.RECEIVED, figures.received_wh, -1),
    ):
        if raw_wh is not None:
            power_w = sum([max(0.0, sign * watts) for watts in powers]) if known else None
            sample = Sample(raw_wh=raw_wh, kind=kind, power_w=power_w, counting=counting)
            yield ct_term(meter, direction, phase).register, sample


def _counts(figures: CtFigures) -> bool:
    return bool(figures.delivered_wh or figures.received_wh)


def _of_meter_page(profile: GatewayProfile, page: ProductionJson, most: Limits) -> Samples:
    """Yield the elements of the meter page that figures are made of."""
    made = RegisterKind(max_power_w=most.production_w)
    balance = RegisterKind(max_power_w=most.connection_w, signed=True)
    match profile.production_from:
        case ProductionSource.METER_PAGE:
            yield from _of_element("production", page.production, made)
        case ProductionSource.INVERTER_SUM if page.inverters:
            kind = RegisterKind(max_power_w=most.production_w, lumps=True, wraps=True)
            inverters = page.inverters
            yield from _sample(
                RegisterId(Source.PAGE, "inverters"), inverters.lifetime_wh, inverters.power_w, kind
            )
    if profile.consumption_from is ConsumptionSource.METER_PAGE:
        yield from _of_element(TOTAL, page.total_consumption, balance)
    if profile.consumption_from:
        yield from _of_element(NET, page.net_consumption, balance)


def _of_element(
    name: str, element: MeterFigures | EnergyFigures | None, kind: RegisterKind
) -> Samples:
    if element is None:
        return
    figures = element if isinstance(element, EnergyFigures) else element.figures
    lines = () if isinstance(element, EnergyFigures) else element.lines
    for phase, each in enumerate((figures, *lines)):
        register = RegisterId(Source.PAGE, name, phase=phase)
        yield from _sample(register, each.lifetime_wh, each.power_w, kind)


def _of_html(pages: Pages, most: Limits) -> Samples:
    figures = pages.get(HTML_PRODUCTION)
    if figures is not None and figures.lifetime_wh is not None:
        step_wh = rounding_wh(figures.lifetime_wh)
        kind = RegisterKind(max_power_w=most.production_w, lumps=True, step_wh=step_wh)
        yield from _of_element("html", figures, kind)


def _sample(
    register: RegisterId, raw_wh: float | None, power_w: float | None, kind: RegisterKind
) -> Samples:
    if raw_wh is not None:
        own_w = power_w if power_w is None else (abs(power_w) if kind.signed else max(0.0, power_w))
        yield register, Sample(raw_wh=raw_wh, kind=kind, power_w=own_w)


_INVERTER: Final = RegisterKind(max_power_w=INVERTER_W, lumps=True)


def _of_inverters(lifetimes: Iterable[tuple[str, float]]) -> Samples:
    for serial, wh in lifetimes:
        yield inverter_id(serial), Sample(raw_wh=wh, kind=_INVERTER)


def _lifetimes(
    profile: GatewayProfile, pages: Pages, answered: AbstractSet[str]
) -> list[tuple[str, float]]:
    """Return the lifetimes of the inverters, from the page chosen for their details."""
    details, devices = profile.inverter_details_from, pages.get(DEVICE_DATA)
    listed: Mapping[str, Inverter] = {}
    if devices is not None and DEVICE_DATA.path in answered:
        listed = devices.inverters
    status = pages.get(DEVICE_STATUS)
    if details is InverterSource.STATUS and status is not None and DEVICE_STATUS.path in answered:
        listed = status.inverters
    return [
        (inverter.serial, inverter.lifetime_wh)
        for inverter in listed.values()
        if inverter.lifetime_wh is not None
    ]
