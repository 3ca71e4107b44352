"""From pages to figures: the only place that prefers one source to another.

The order of sources is that of gateway-api.md, section 18: registers of current transformers first
(fresh each second, from a fast page), the gateway's own summary next, the inverters last. Counters
are raw here; ``counters.py`` decides which of them to believe.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from ..endpoints import (
    DEVICE_DATA,
    ENSEMBLE_INVENTORY,
    HTML_PRODUCTION,
    INVERTERS,
    READINGS,
    TARIFF,
    V1_PRODUCTION,
)
from ..models import Section, Snapshot
from ..profile import ConsumptionSource, ProductionSource
from .ct_meters import ct_meters
from .draft import Draft, RawFigures, RawFlow
from .flows import consumption, meter_page_path, net, production
from .gateway import gateway, gateway_feeders
from .inverters import inverter_feeders, inverters
from .storage import ac_bank_of, ac_batteries_of, bank_of, batteries_of, storage_feeders
from .switching import switching_feeders, with_switching

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..pages import Endpoint, Pages
    from ..profile import GatewayProfile

__all__ = ["Draft", "RawFigures", "RawFlow", "assemble", "feeders"]

_LISTS: Final[Mapping[Section, Endpoint[Any]]] = {
    Section.INVERTERS: INVERTERS,
    Section.BATTERIES: ENSEMBLE_INVENTORY,
}
"""Pages that say which devices there are: as long as they are silent, none is known to be gone."""


def assemble(profile: GatewayProfile, pages: Pages) -> Draft:
    """Return the figures that the preferred sources give; missing ones are ``None``."""
    batteries, ac_batteries = batteries_of(pages), ac_batteries_of(pages)
    told = Snapshot(
        profile=profile,
        meters=ct_meters(profile, pages),
        inverters=inverters(profile, pages),
        batteries=batteries,
        bank=bank_of(profile, pages, batteries),
        ac_batteries=ac_batteries,
        ac_bank=ac_bank_of(profile, pages, ac_batteries),
        storage=pages.get(TARIFF),
        gateway=gateway(pages),
        sources=_sources(profile),
    )
    return Draft(
        told=with_switching(told, pages),
        production=production(profile, pages),
        consumption=consumption(profile, pages) if profile.consumption_from else None,
        net=net(profile, pages),
    )


def feeders(profile: GatewayProfile, pages: Pages) -> Mapping[Section, tuple[str, ...]]:
    """Return the paths whose silence costs a section, for the sections that the site has."""
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
    if profile.meters:
        by_section[Section.METERS] = (READINGS.path,)
    by_section |= inverter_feeders(profile, pages)
    by_section |= storage_feeders(profile, pages)
    by_section |= switching_feeders(profile, pages)
    for part, page in _LISTS.items():
        if page.wanted(profile, pages) and pages.silent(page):
            by_section[part] = (page.path,)
    return MappingProxyType({**by_section, **gateway_feeders(profile, pages)})


def _sources(profile: GatewayProfile) -> Mapping[str, str]:
    named = {
        "production": profile.production_from,
        "consumption": profile.consumption_from,
    }
    return MappingProxyType({name: str(source) for name, source in named.items() if source})
