"""From evidence to profile: what the pages so far say of the gateway, and which source feeds what.

A source is chosen once and kept as long as firmware and meters stay what they were: another one
counts from another zero, and the step would land in somebody's statistics (gateway-api.md,
section 18). Where the evidence is not complete yet the answer is "not known", never a guess.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..pages.endpoints import (
    DEVICE_DATA,
    DEVICE_STATUS,
    DYNAMIC_LIMIT,
    ENSEMBLE_INVENTORY,
    EXPORT_LIMIT,
    GENERATOR,
    GENERATOR_CONFIG,
    GRID_PROFILE,
    HTML_PRODUCTION,
    INFO,
    INVERTERS,
    LEGACY_HOME,
    METERS,
    POLLING,
    PRODUCTION_LIMIT,
    PRODUCTION_SWITCH,
    READINGS,
    TARIFF,
    V1_PRODUCTION,
    home_page,
    installed,
    meter_page,
    meter_page_silent,
)
from ..parsers.ensemble_inventory import Ensemble
from ..profile import (
    Capability,
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
    from ..pages.typed import Endpoint, Pages

_FIRST_WITH_METERS = (4,)
_FIRST_WITH_TOKENS = (7,)
_PAGES_OF_THEIR_OWN: tuple[tuple[Capability, Endpoint[Any]], ...] = (
    (Capability.STORAGE_SETTINGS, TARIFF),
    (Capability.PRODUCTION_LIMIT, PRODUCTION_LIMIT),
    (Capability.EXPORT_LIMIT, EXPORT_LIMIT),
    (Capability.DYNAMIC_LIMIT, DYNAMIC_LIMIT),
    (Capability.PRODUCTION_SWITCH, PRODUCTION_SWITCH),
    (Capability.POLLING, POLLING),
)
_STALLED_BELOW = 0.5
"""A stalled v1 page shows thousandths of the inverters' sum; an honest one at least all of it, as
it also counts inverters that are gone and does not wrap."""


def detect(pages: Pages, previous: GatewayProfile | None = None) -> GatewayProfile | None:
    """Return what the gateway is and has; ``None`` before ``/info`` has answered.

    ``previous`` is the profile that the sources were chosen with, if they ever were.
    """
    info = pages.get(INFO)
    if info is None:
        return previous
    version = version_of(info.firmware)
    ensemble, told = pages.get(ENSEMBLE_INVENTORY) or Ensemble(), witnesses(pages)
    meters = _meters(pages)
    credible = _v1_credible(pages, meters)
    production = _production_source(pages, meters, version, credible=credible)
    consumption = _consumption_source(pages, meters)
    if previous and (previous.firmware, previous.meters) == (info.firmware, meters):
        production = previous.production_from or production
        consumption = previous.consumption_from or consumption
        credible = credible if previous.v1_credible is None else previous.v1_credible
    return GatewayProfile(
        serial=info.serial,
        firmware=info.firmware,
        part_number=info.part_number,
        mac=_mac(pages),
        model=_model(pages, production),
        uses_tokens=(
            version >= _FIRST_WITH_TOKENS if info.wants_tokens is None else info.wants_tokens
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
        tells_grid=bool(told),
        grid_from_home=bool(told) and told[0].name == HOME_PAGE,
        switches_grid=bool(ensemble.controllers or ensemble.collars),
        has_controller=bool(ensemble.controllers),
        has_generator=_has_generator(pages),
        v1_credible=credible,
        capabilities=_capabilities(pages),
    )


def _mac(pages: Pages) -> str | None:
    page = home_page(pages)
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


def _v1_credible(pages: Pages, meters: tuple[Meter, ...]) -> bool | None:
    """Judge ``/api/v1/production`` by itself and, on metered hardware, by the inverters' sum."""
    v1 = pages.get(V1_PRODUCTION)
    if v1 is None:
        return None if pages.silent(V1_PRODUCTION) else False
    if not any((v1.today_wh, v1.seven_days_wh, v1.lifetime_wh)):
        return False
    info = pages.get(INFO)
    if meters or info is None or info.metered is not True:
        return True
    page = meter_page(pages)
    if page is None:
        return None if meter_page_silent(pages) else True
    inverters = page.inverters and page.inverters.lifetime_wh
    return (v1.lifetime_wh or 0) >= _STALLED_BELOW * (inverters or 0)


def _production_source(
    pages: Pages, meters: tuple[Meter, ...], version: tuple[int, ...], *, credible: bool | None
) -> ProductionSource | None:
    if MeterKind.PRODUCTION in _kinds(meters) and not pages.lacks(READINGS):
        return ProductionSource.READINGS
    if version >= _FIRST_WITH_METERS and pages.silent(METERS):
        return None
    page = meter_page(pages)
    if pages.get(METERS) is None or MeterKind.PRODUCTION in _kinds(meters):
        if page is None and version >= _FIRST_WITH_METERS and meter_page_silent(pages):
            return None
        if page is not None and page.production is not None and page.production.active:
            return ProductionSource.METER_PAGE
    if credible is not False:
        return ProductionSource.V1 if credible else None
    return _source_without_meter_and_v1(pages, version)


def _source_without_meter_and_v1(pages: Pages, version: tuple[int, ...]) -> ProductionSource | None:
    if version >= _FIRST_WITH_METERS and meter_page_silent(pages):
        return None
    page = meter_page(pages)
    if page is not None and page.inverters is not None:
        if version >= _FIRST_WITH_TOKENS and pages.silent(DEVICE_DATA):
            return None
        devices = pages.get(DEVICE_DATA)
        if devices is not None and devices.complete and devices.inverters:
            return ProductionSource.DEVICE_DATA
        return ProductionSource.INVERTER_SUM
    if pages.get(V1_PRODUCTION) is not None:
        return ProductionSource.V1
    return ProductionSource.HTML if pages.get(HTML_PRODUCTION) is not None else None


def _consumption_source(pages: Pages, meters: tuple[Meter, ...]) -> ConsumptionSource | None:
    kinds = _kinds(meters)
    if not pages.lacks(READINGS):
        if MeterKind.TOTAL_CONSUMPTION in kinds:
            return ConsumptionSource.TOTAL_METER
        if {MeterKind.PRODUCTION, MeterKind.NET_CONSUMPTION} <= kinds:
            return ConsumptionSource.NET_METER
    page = meter_page(pages)
    measured = kinds & {MeterKind.TOTAL_CONSUMPTION, MeterKind.NET_CONSUMPTION}
    if pages.get(METERS) is not None and not measured:
        return None  # the page shows left-overs for meters that are switched off
    if page is not None and page.total_consumption is not None and page.total_consumption.active:
        return ConsumptionSource.METER_PAGE
    return None


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


def grid_profile(pages: Pages) -> str | None:
    """Return the name of the rules of the grid, by the page for installers if we may see it."""
    ensemble = pages.get(ENSEMBLE_INVENTORY)
    return pages.get(GRID_PROFILE) or (ensemble.grid_profile if ensemble else None)


def active_inverters(pages: Pages) -> int | None:
    """Return how many inverters report, if a page that is read anyway says it."""
    page = meter_page(pages)
    if page is not None and page.inverters is not None:
        return page.inverters.active_count
    return pages.get(LEGACY_HOME)


def _capabilities(pages: Pages) -> tuple[Capability, ...]:
    page = home_page(pages)
    surroundings = page.surroundings if page else None
    evidence: tuple[tuple[Capability, object | None], ...] = (
        (Capability.NETWORK, surroundings),
        (Capability.UPDATES, surroundings.up_to_date if surroundings else None),
        (Capability.GRID_PROFILE, grid_profile(pages)),
        (Capability.ACTIVE_COUNT, active_inverters(pages)),
        *((capability, pages.get(page)) for capability, page in _PAGES_OF_THEIR_OWN),
    )
    seen = {capability for capability, said in evidence if said is not None}
    return tuple(capability for capability in Capability if capability in seen)


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
    page = installed(pages)
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
