"""From evidence to profile: what the pages so far show, and which source feeds what.

Another source counts from another zero, and jumping between them for single answers would land in
somebody's statistics (gateway-api.md, section 18). So a source stays until it is gone, until a
better page turns up, or until its register is proven to be dead or alive. Where the evidence is not
complete yet the answer is "not known", never a guess.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from ..pages.endpoints import (
    DEVICE_DATA,
    DEVICE_STATUS,
    ENSEMBLE_INVENTORY,
    GENERATOR,
    GENERATOR_CONFIG,
    HOME_PAGES,
    HTML_PRODUCTION,
    INFO,
    INVENTORIES,
    INVERTERS,
    METER_PAGES,
    METERS,
    READINGS,
    V1_PRODUCTION,
    meter_page,
    meter_page_silent,
)
from ..pages.figures import figures
from ..parsers.ensemble_inventory import Ensemble
from ..profile import (
    FIRST_WITH_METERS,
    FIRST_WITH_TOKENS,
    ConsumptionSource,
    GatewayProfile,
    InverterSource,
    Meter,
    MeterKind,
    Model,
    ProductionSource,
    version_of,
)
from .grid import HOME_PAGE, witnesses

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Set as AbstractSet

    from ..pages.typed import Endpoint, Pages
    from ..parsers.production_json import MeterFigures

_STALLED_BELOW = 0.5
"""A v1 page that counts the inverters shows at least their sum, as it also counts those that are
gone and does not wrap. That is a first guess only: see ``rivals.py`` for proof."""
_LEFT_OVER_WH = (-2.0, 1000.0)
"""How far the register of a meter that was switched off may be ahead of the v1 page, which has a
picture of it taken every few minutes."""
_RANK: Mapping[ProductionSource, int] = {
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
_PAGES_OF: Mapping[ProductionSource, tuple[Endpoint[Any], ...]] = {
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


def detect(
    pages: Pages, previous: GatewayProfile | None = None, proof: Proof = NO_PROOF
) -> GatewayProfile | None:
    """Return what the gateway is and has; ``None`` before ``/info`` has answered.

    ``previous`` is the profile that the sources were chosen with, if they ever were.
    """
    info = pages.get(INFO)
    if info is None:
        return previous
    version = version_of(info.firmware)
    ensemble, grid = pages.get(ENSEMBLE_INVENTORY) or Ensemble(), witnesses(pages)
    meters = _meters(pages)
    contradicted = _contradicted(pages, meters, proof)
    working = _kinds(meters) - contradicted
    same = (
        previous
        if previous and (previous.firmware, previous.meters) == (info.firmware, meters)
        else None
    )
    credible = _v1_credible(pages, meters, same, proof)
    production = _production_source(pages, working, version, credible=credible)
    consumption = _consumption_source(pages, working)
    if same is not None:
        reconsidered = (credible, contradicted) != (same.v1_credible, same.contradicted)
        if not reconsidered:
            production = _kept(pages, working, same.production_from, production)
        consumption = _kept_consumption(pages, same.consumption_from, consumption)
    if production is None and previous is not None:
        production = previous.production_from  # until there is evidence for another one
    shown = figures(pages)
    return GatewayProfile(
        serial=info.serial,
        firmware=info.firmware,
        part_number=info.part_number,
        mac=_mac(pages),
        model=_model(pages, production),
        uses_tokens=(
            version >= FIRST_WITH_TOKENS if info.wants_tokens is None else info.wants_tokens
        ),
        meters=meters,
        phases=_phases(pages, meters),
        production_from=production,
        consumption_from=consumption,
        inverters_from=_inverter_list(pages),
        inverter_details_from=_inverter_details(pages),
        tells_inverter_states=_tells_inverter_states(pages),
        has_batteries=_has_batteries(pages),
        has_ac_batteries=_has_ac_batteries(pages),
        tells_grid=bool(grid),
        grid_from_home=bool(grid) and grid[0].name == HOME_PAGE,
        switches_grid=bool(ensemble.controllers or ensemble.collars),
        has_controller=bool(ensemble.controllers),
        has_generator=_has_generator(pages),
        v1_credible=credible,
        contradicted=contradicted,
        shown=frozenset(shown),
        tells_updates=_tells_updates(pages),
    )


def _mac(pages: Pages) -> str | None:
    page = pages.first(*HOME_PAGES).page
    return page.mac if page is not None else None


def _meters(pages: Pages) -> tuple[Meter, ...]:
    return tuple(
        Meter(
            eid=setup.eid,
            kind=setup.kind,
            phases=setup.phase_count,
            split=setup.phase_mode == "split",
        )
        for setup in pages.get(METERS) or ()
        if setup.enabled and setup.kind is not None
    )


def _kinds(meters: tuple[Meter, ...]) -> set[MeterKind]:
    return {meter.kind for meter in meters}


def _contradicted(pages: Pages, meters: tuple[Meter, ...], proof: Proof) -> frozenset[MeterKind]:
    """Return the meter on production if it stands still while the inverters work.

    Only where the inverters themselves can be believed in its place.
    """
    page = meter_page(pages)
    stands = MeterKind.PRODUCTION in _kinds(meters) and proof.production_ct_moves is False
    replaceable = page is not None and page.inverters is not None
    return frozenset({MeterKind.PRODUCTION}) if stands and replaceable else frozenset()


def _v1_credible(
    pages: Pages, meters: tuple[Meter, ...], same: GatewayProfile | None, proof: Proof
) -> bool | None:
    """Return whether ``/api/v1/production`` counts what the inverters make.

    Proof counts more than what was believed before, and that more than a first guess. ``same`` is
    the profile before, if firmware and meters are what they were.
    """
    v1 = pages.get(V1_PRODUCTION)
    if v1 is None:
        return None if pages.silent(V1_PRODUCTION) else False
    if MeterKind.PRODUCTION in _kinds(meters):
        return proof.production_ct_moves is not False  # it is the page of that meter
    before = same.v1_credible if same else None
    if not any((v1.today_wh, v1.seven_days_wh, v1.lifetime_wh)):
        return before or False  # for a moment after a restart, or for good (section 17.3)
    if proof.v1_moves is not None:
        return proof.v1_moves
    info = pages.get(INFO)
    if info is None or info.metered is not True:
        return True if before is None else before
    page = meter_page(pages)
    if page is None:
        return (None if meter_page_silent(pages) else True) if before is None else before
    if _is_left_over(v1.lifetime_wh, page.production):
        return False
    if before is not None:
        return before
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


def _kept(
    pages: Pages,
    working: AbstractSet[MeterKind],
    before: ProductionSource | None,
    now: ProductionSource | None,
) -> ProductionSource | None:
    """Return the source that was chosen before, unless it is gone or a better one has turned up.

    Single answers that leave something out never change it.
    """
    if before is None or now is None:
        return now or before
    metered = before in (ProductionSource.READINGS, ProductionSource.METER_PAGE)
    switched_off = pages.get(METERS) is not None and MeterKind.PRODUCTION not in working
    gone = all(map(pages.lacks, _PAGES_OF[before])) or (metered and switched_off)
    # The v1 page is also the last resort for what the inverters' pages leave out for a moment.
    last_resort = now is ProductionSource.V1 and before is not ProductionSource.HTML
    better = _RANK[now] < _RANK[before] and not (last_resort and _counts_inverters(before))
    return now if gone or better else before


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
        return ConsumptionSource.INVERTERS_AND_NET
    if pages.get(METERS) is not None and not measured:
        return None  # the page shows left-overs for meters that are switched off
    if page is not None and page.total_consumption is not None and page.total_consumption.active:
        return ConsumptionSource.METER_PAGE
    return None


def _kept_consumption(
    pages: Pages, before: ConsumptionSource | None, now: ConsumptionSource | None
) -> ConsumptionSource | None:
    """Return the source that was chosen before, unless it is gone or a better one has turned up."""
    made_of_inverters = ConsumptionSource.INVERTERS_AND_NET
    if before is None or now is None:
        return now or before
    if made_of_inverters in (before, now):
        return now
    from_page = before is ConsumptionSource.METER_PAGE
    gone = all(map(pages.lacks, METER_PAGES)) if from_page else pages.lacks(READINGS)
    return now if gone or from_page else before


def _phases(pages: Pages, meters: tuple[Meter, ...]) -> int:
    kinds = {MeterKind.PRODUCTION, MeterKind.NET_CONSUMPTION, MeterKind.TOTAL_CONSUMPTION}
    configured = [meter.phases for meter in meters if meter.kind in kinds]
    if configured:
        return max(configured)
    page = meter_page(pages)
    if page is None or pages.get(METERS) is not None:
        return 1
    measured = [meter for meter in (page.production, page.total_consumption) if meter]
    return max((len(meter.lines) for meter in measured if meter.active), default=0) or 1


def _model(pages: Pages, production: ProductionSource | None) -> Model:
    if production is ProductionSource.HTML:
        return Model.LEGACY
    page = meter_page(pages)
    has_inputs = page is not None and (page.production or page.total_consumption) is not None
    setups = pages.get(METERS)
    return Model.METERED if has_inputs or setups else Model.STANDARD


def _tells_updates(pages: Pages) -> bool:
    page = pages.first(*HOME_PAGES).page
    return page is not None and page.surroundings.up_to_date is not None


def _has_generator(pages: Pages) -> bool:
    """Look for one that is set up: some firmware says that there is one where there is none."""
    page = pages.get(GENERATOR)
    return page is not None and page.present is True and pages.get(GENERATOR_CONFIG) is not None


def _inverter_list(pages: Pages) -> InverterSource | None:
    """Choose the page that knows all of them; another one only where it does not exist for us."""
    if pages.get(INVERTERS) is not None:
        return InverterSource.LIST
    return _inverter_details(pages) if pages.lacks(INVERTERS) else None


def _inverter_details(pages: Pages) -> InverterSource | None:
    devices, status = pages.get(DEVICE_DATA), pages.get(DEVICE_STATUS)
    if devices is not None and devices.inverters:
        return InverterSource.DEVICE_DATA
    return InverterSource.STATUS if status is not None and status.inverters else None


def _tells_inverter_states(pages: Pages) -> bool:
    page = pages.first(*INVENTORIES).page
    in_inventory = page is not None and bool(page.inverters)
    return in_inventory or _inverter_details(pages) is InverterSource.STATUS


def _has_batteries(pages: Pages) -> bool:
    ensemble = pages.get(ENSEMBLE_INVENTORY)
    return ensemble is not None and bool(ensemble.batteries)


def _has_ac_batteries(pages: Pages) -> bool:
    """Look for them in the inverters' list and, where nobody may read it, in the meter page.

    That page has a place for them on every site; a charge is only in it where there are some
    (gateway-api.md, section 9.3).
    """
    if any(report.is_ac_battery for report in pages.get(INVERTERS) or ()):
        return True
    page = meter_page(pages)
    storage = page.storage if page else None
    return storage is not None and storage.charge_pct is not None and storage.count != 0
