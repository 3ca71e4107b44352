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
from .gateway import gateway
from .inverters import InverterJoin
from .storage import ac_bank_of, ac_batteries_of, bank_of, batteries_of, storage_feeders
from .switching import with_switching

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..pages.typed import Endpoint, Pages
    from ..profile import GatewayProfile
    from .fed import Feeders

__all__ = ["Draft", "InverterJoin", "RawFigures", "RawFlow", "assemble"]

_LISTS: Final[Mapping[Section, Endpoint[Any]]] = {
    Section.INVERTERS: INVERTERS,
    Section.BATTERIES: ENSEMBLE_INVENTORY,
}
"""Pages that say which devices there are: as long as they are silent, none is known to be gone."""


def assemble(profile: GatewayProfile, pages: Pages, join: InverterJoin | None = None) -> Draft:
    """Return the figures that the preferred sources give; missing ones are ``None``.

    ``join`` keeps what was joined of inverters from one collection to the next.
    """
    batteries, ac_batteries = batteries_of(pages), ac_batteries_of(pages)
    inverters = (join or InverterJoin()).inverters(profile, pages)
    status = gateway(pages)
    told = Snapshot(
        profile=profile,
        meters=ct_meters(profile, pages),
        inverters=inverters.part,
        batteries=batteries,
        bank=bank_of(profile, pages, batteries),
        ac_batteries=ac_batteries,
        ac_bank=ac_bank_of(profile, pages, ac_batteries),
        storage=pages.get(TARIFF),
        gateway=status.part,
        contradictions=profile.contradicted,
        sources=_sources(profile),
    )
    switching = with_switching(told, pages)
    return Draft(
        told=switching.part,
        production=production(profile, pages),
        consumption=consumption(profile, pages) if profile.consumption_from else None,
        net=net(profile, pages),
        feeders=MappingProxyType(
            {
                **flow_feeders(profile, pages),
                **ct_feeders(profile),
                **inverters.feeders,
                **storage_feeders(profile, pages),
                **switching.feeders,
                **_silent_lists(profile, pages),
                **status.feeders,
            }
        ),
    )


def _silent_lists(profile: GatewayProfile, pages: Pages) -> Feeders:
    return {
        part: (page.path,)
        for part, page in _LISTS.items()
        if page.wanted(profile, pages) and pages.silent(page)
    }


def _sources(profile: GatewayProfile) -> Mapping[str, str]:
    named = {
        "production": profile.production_from,
        "consumption": profile.consumption_from,
    }
    return MappingProxyType({name: str(source) for name, source in named.items() if source})
