"""From evidence to profile: what the pages so far show the gateway to be and to have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..pages.endpoints import (
    DEVICE_DATA,
    DEVICE_STATUS,
    ENSEMBLE_INVENTORY,
    ENSEMBLE_POWER,
    GENERATOR,
    GENERATOR_CONFIG,
    HOME_PAGES,
    INFO,
    INVENTORIES,
    INVERTERS,
    LIVE_STATUS,
    METERS,
    READINGS,
    SECCTRL,
    meter_page,
)
from ..pages.figures import figures
from ..parsers.ensemble_inventory import Ensemble
from ..profile import (
    FIRST_WITH_TOKENS,
    GatewayProfile,
    InverterSource,
    Meter,
    MeterKind,
    Model,
    ProductionSource,
    version_of,
)
from .grid import HOME_PAGE, witnesses
from .sources import NO_PROOF, Proof, choose

if TYPE_CHECKING:
    from ..pages.typed import Pages

POWERS: Final = frozenset(page.path for page in (READINGS, ENSEMBLE_POWER, LIVE_STATUS, SECCTRL))
"""Paths of pages that are asked often. That one exists says what a gateway is, not what it says."""


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
    sources = choose(pages, meters, previous, proof)
    shown = figures(pages)
    return GatewayProfile(
        serial=info.serial,
        firmware=info.firmware,
        part_number=info.part_number,
        mac=_mac(pages),
        model=_model(pages, sources.production),
        uses_tokens=(
            version >= FIRST_WITH_TOKENS if info.wants_tokens is None else info.wants_tokens
        ),
        meters=meters,
        phases=_phases(pages, meters),
        production_from=sources.production,
        consumption_from=sources.consumption,
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
        v1_credible=sources.v1_credible,
        contradicted=sources.contradicted,
        shown=frozenset(shown),
        tells_updates=_tells_updates(pages),
    )


def shows_same(pages: Pages, before: Pages) -> bool:
    """Say whether pages differ from those before in powers of now alone.

    Then the same profile follows from them. They are compared by identity: comparing contents costs
    as much as detecting.
    """
    return (
        pages.answered.keys() == before.answered.keys()
        and (pages.lacking, pages.installer) == (before.lacking, before.installer)
        and all(
            page is before.answered[path] or path in POWERS for path, page in pages.answered.items()
        )
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
