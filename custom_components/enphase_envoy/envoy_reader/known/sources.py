"""Which source feeds production and consumption.

Each source counts from its own zero, so a short switch to another one would damage the statistics
(gateway-api.md, section 18). So a source stays until it is gone, until a better page turns up, or
until its register is proven to be dead or alive. Where the evidence is not complete yet the answer
is "not known", never a guess.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from ..pages.endpoints import (
    DEVICE_DATA,
    HTML_PRODUCTION,
    INFO,
    METER_PAGES,
    METERS,
    READINGS,
    V1_PRODUCTION,
    meter_page,
    meter_page_silent,
)
from ..profile import (
    FIRST_WITH_METERS,
    FIRST_WITH_TOKENS,
    ConsumptionSource,
    GatewayProfile,
    Meter,
    MeterKind,
    ProductionSource,
    version_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Set as AbstractSet

    from ..models import EnergyFigures
    from ..pages.typed import Endpoint, Pages
    from ..parsers.production_json import MeterFigures

_STALLED_BELOW: Final = 0.5
"""A v1 page that counts the inverters shows at least their sum, as it also counts those that are
gone and does not wrap. That is a first guess only: see ``rivals.py`` for proof."""
_LEFT_OVER_WH: Final = (-2.0, 1000.0)
"""How far the register of a meter that was switched off may be ahead of the v1 page, which has a
picture of it taken every few minutes."""
_RANK: Final[Mapping[ProductionSource, int]] = {
    source: rank
    for rank, source in enumerate(
        (
            ProductionSource.READINGS,
            ProductionSource.METER_PAGE,
            ProductionSource.V1,
            ProductionSource.DEVICE_DATA,
            ProductionSource.INVERTER_SUM,
            ProductionSource.HTML,
        )
    )
}
"""The better a source, the smaller its rank (gateway-api.md, section 18)."""
_PAGES_OF: Final[Mapping[ProductionSource, tuple[Endpoint[Any], ...]]] = {
    ProductionSource.READINGS: (READINGS,),
    ProductionSource.METER_PAGE: METER_PAGES,
    ProductionSource.V1: (V1_PRODUCTION,),
    ProductionSource.DEVICE_DATA: (DEVICE_DATA,),
    ProductionSource.INVERTER_SUM: METER_PAGES,
    ProductionSource.HTML: (HTML_PRODUCTION,),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What is known of registers beside the inverters; ``None`` as long as it is not known."""

    v1_moves: bool | None = None
    production_ct_moves: bool | None = None


NO_PROOF: Final = Proof()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """What is believed, and why."""

    production: ProductionSource | None
    consumption: ConsumptionSource | None
    v1_credible: bool | None
    contradicted: frozenset[MeterKind]


def choose(
    pages: Pages, meters: tuple[Meter, ...], previous: GatewayProfile | None, proof: Proof
) -> Sources:
    """Return the sources of a gateway with these meters.

    ``previous`` is the profile that the sources were chosen with before, if they ever were.
    """
    info = pages.get(INFO)
    firmware = info.firmware if info else None
    version = version_of(firmware)
    unchanged = previous and (previous.firmware, previous.meters) == (firmware, meters)
    same = previous if unchanged else None
    kinds = frozenset(meter.kind for meter in meters)
    contradicted = _contradicted(pages, kinds, proof)
    working = kinds - contradicted
    credible = _v1_credible(pages, kinds, same, proof)
    production = _production_source(pages, working, version, credible=credible)
    consumption = _consumption_source(pages, working)
    before = previous.production_from if previous else None
    if before is not None and production is None and not _is_gone(before, pages, kinds):
        production = before  # until there is evidence for another one
    elif before is not None and production is not None and same is not None:
        untrue = before is ProductionSource.V1 and credible is False
        if not untrue and not _is_gone(before, pages, working):
            production = _kept(before, production, credible=credible)
    if same is not None:
        consumption = _kept_consumption(pages, same.consumption_from, consumption)
    return Sources(
        production=production,
        consumption=consumption,
        v1_credible=credible,
        contradicted=contradicted,
    )


def _contradicted(
    pages: Pages, kinds: AbstractSet[MeterKind], proof: Proof
) -> frozenset[MeterKind]:
    """Return the meter on production if it stands still while the inverters work.

    Only where the inverters themselves can be believed in its place.
    """
    page = meter_page(pages)
    stands = MeterKind.PRODUCTION in kinds and proof.production_ct_moves is False
    replaceable = page is not None and page.inverters is not None
    return frozenset({MeterKind.PRODUCTION}) if stands and replaceable else frozenset()


def _v1_credible(
    pages: Pages, kinds: AbstractSet[MeterKind], same: GatewayProfile | None, proof: Proof
) -> bool | None:
    """Return whether ``/api/v1/production`` counts what the inverters make.

    ``same`` is the profile before, if firmware and meters are what they were.
    """
    v1 = pages.get(V1_PRODUCTION)
    if MeterKind.PRODUCTION in kinds and proof.production_ct_moves is False:
        return False  # it is the page of that meter
    if v1 is None:
        return None if pages.silent(V1_PRODUCTION) else False
    if MeterKind.PRODUCTION in kinds:
        return True
    before = same.v1_credible if same else None
    if not any((v1.today_wh, v1.seven_days_wh, v1.lifetime_wh)):
        return before or False  # for a moment after a restart, or for good (section 17.3)
    if proof.v1_moves is not None:
        return proof.v1_moves
    return _v1_seems_credible(v1, pages, same)


def _v1_seems_credible(v1: EnergyFigures, pages: Pages, same: GatewayProfile | None) -> bool | None:
    """Return the guess that serves before there is proof."""
    before = same.v1_credible if same else None
    info, page = pages.get(INFO), meter_page(pages)
    metered = info is not None and info.metered is True
    if metered and page is not None and _is_left_over(v1.lifetime_wh, page.production):
        return False
    if before is not None or not metered:
        return True if before is None else before
    if page is None:
        return None if meter_page_silent(pages) else True
    inverters = page.inverters and page.inverters.lifetime_wh
    return (v1.lifetime_wh or 0) >= _STALLED_BELOW * (inverters or 0)


def _is_left_over(v1_wh: float | None, meter: MeterFigures | None) -> bool:
    """Return whether the v1 page shows the register of a meter that is switched off."""
    if v1_wh is None or meter is None or meter.active or not meter.figures.lifetime_wh:
        return False
    least, most = _LEFT_OVER_WH
    return least <= meter.figures.lifetime_wh - v1_wh <= most


def _production_source(
    pages: Pages,
    working: AbstractSet[MeterKind],
    version: tuple[int, ...],
    *,
    credible: bool | None,
) -> ProductionSource | None:
    metered = MeterKind.PRODUCTION in working
    if metered and not pages.lacks(READINGS):
        return ProductionSource.READINGS
    if version >= FIRST_WITH_METERS and pages.silent(METERS):
        return None
    page = meter_page(pages)
    if pages.get(METERS) is None or metered:
        if page is None and version >= FIRST_WITH_METERS and meter_page_silent(pages):
            return None
        if page is not None and page.production is not None and page.production.active:
            return ProductionSource.METER_PAGE
    if credible is not False:
        return ProductionSource.V1 if credible else None
    return _source_without_meter_and_v1(pages, version)


def _source_without_meter_and_v1(pages: Pages, version: tuple[int, ...]) -> ProductionSource | None:
    if version >= FIRST_WITH_METERS and meter_page_silent(pages):
        return None
    page = meter_page(pages)
    if page is not None and page.inverters is not None:
        if version >= FIRST_WITH_TOKENS and pages.silent(DEVICE_DATA):
            return None
        devices = pages.get(DEVICE_DATA)
        if devices is not None and devices.complete and devices.inverters:
            return ProductionSource.DEVICE_DATA
        return ProductionSource.INVERTER_SUM
    if pages.get(V1_PRODUCTION) is not None:
        return ProductionSource.V1
    return ProductionSource.HTML if pages.get(HTML_PRODUCTION) is not None else None


def _is_gone(source: ProductionSource, pages: Pages, meters: AbstractSet[MeterKind]) -> bool:
    """Return whether a source that was chosen before gives nothing any more."""
    metered = source in (ProductionSource.READINGS, ProductionSource.METER_PAGE)
    switched_off = pages.get(METERS) is not None and MeterKind.PRODUCTION not in meters
    return (metered and switched_off) or all(map(pages.lacks, _PAGES_OF[source]))


def _kept(
    before: ProductionSource, now: ProductionSource, *, credible: bool | None
) -> ProductionSource:
    """Return the source that was chosen before, unless a better one has turned up.

    Single answers that leave something out never change it: then the v1 page, believed or not,
    seems to be the last resort.
    """
    last_resort = now is ProductionSource.V1 and credible is False
    better = _RANK[now] < _RANK[before] and not (last_resort and _counts_inverters(before))
    return now if better else before


def _counts_inverters(source: ProductionSource) -> bool:
    return source in (ProductionSource.DEVICE_DATA, ProductionSource.INVERTER_SUM)


def _consumption_source(pages: Pages, kinds: AbstractSet[MeterKind]) -> ConsumptionSource | None:
    if not pages.lacks(READINGS):
        if MeterKind.TOTAL_CONSUMPTION in kinds:
            return ConsumptionSource.TOTAL_METER
        if {MeterKind.PRODUCTION, MeterKind.NET_CONSUMPTION} <= kinds:
            return ConsumptionSource.NET_METER
    page = meter_page(pages)
    measured = kinds & {MeterKind.TOTAL_CONSUMPTION, MeterKind.NET_CONSUMPTION}
    if measured == {MeterKind.NET_CONSUMPTION} and MeterKind.PRODUCTION not in kinds:
        return ConsumptionSource.INVERTERS_AND_NET  # the page adds a clamp that is not there
    if pages.get(METERS) is not None and not measured:
        return None  # the page shows left-overs for meters that are switched off
    if page is not None and page.total_consumption is not None and page.total_consumption.active:
        return ConsumptionSource.METER_PAGE
    return None


def _kept_consumption(
    pages: Pages, before: ConsumptionSource | None, now: ConsumptionSource | None
) -> ConsumptionSource | None:
    """Return the source that was chosen before, unless it is gone or a better one has turned up."""
    if before is None or now is None:
        return now or before
    if ConsumptionSource.INVERTERS_AND_NET in (before, now):
        return now  # whether there is a clamp on production is known at once
    from_page = before is ConsumptionSource.METER_PAGE
    gone = all(map(pages.lacks, METER_PAGES)) if from_page else pages.lacks(READINGS)
    return now if gone or from_page else before
