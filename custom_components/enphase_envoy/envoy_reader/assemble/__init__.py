"""From pages to figures: the only place that prefers one source to another.

The order of sources is that of gateway-api.md, section 18: registers of current transformers first
(fresh each second, from a fast page), the gateway's own summary next, the inverters last. Counters
are raw here; ``counters.py`` decides which of them to believe.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from ..models import Section, Snapshot
from ..pages.endpoints import ENSEMBLE_INVENTORY, INVERTERS, TARIFF
from .ct_meters import ct_feeders, ct_meters
from .draft import Draft, RawFigures, RawFlow
from .flows import consumption, flow_feeders, net, production
from .gateway import gateway, gateway_feeders
from .inverters import inverter_feeders, inverters
from .storage import ac_bank_of, ac_batteries_of, bank_of, batteries_of, storage_feeders
from .switching import switching_feeders, with_switching

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..pages.typed import Endpoint, Pages
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
    silent = {
        part: (page.path,)
        for part, page in _LISTS.items()
        if page.wanted(profile, pages) and pages.silent(page)
    }
    return MappingProxyType(
        {
            **flow_feeders(profile, pages),
            **ct_feeders(profile),
            **inverter_feeders(profile, pages),
            **storage_feeders(profile, pages),
            **switching_feeders(profile, pages),
            **silent,
            **gateway_feeders(profile, pages),
        }
    )


def _sources(profile: GatewayProfile) -> Mapping[str, str]:
    named = {
        "production": profile.production_from,
        "consumption": profile.consumption_from,
    }
    return MappingProxyType({name: str(source) for name, source in named.items() if source})
