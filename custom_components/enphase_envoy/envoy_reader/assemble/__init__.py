"""From pages to figures: the only place that prefers one source to another.

The order of sources is that of gateway-api.md, section 18: registers of current transformers first
(new each second, from a fast page), the gateway's own summary next, the inverters last. Which
samples of registers to believe is decided in ``counters``; figures are made of believed ones only.
"""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from ..models import Section, Snapshot
from ..pages.endpoints import ENSEMBLE_INVENTORY, INVERTERS, TARIFF
from ..pages.plausible import limits
from .ct_meters import ct_feeders, ct_meters
from .fed import Fed
from .flows import (
    believed_balance,
    believed_flow,
    consumption,
    flow_feeders,
    net,
    production,
)
from .gateway import gateway
from .house import Around, feeding, house_feeders, house_of
from .inverters import inverters_of
from .kept import Kept
from .registers import inverter_id, samples
from .storage import (
    ac_bank_of,
    ac_batteries_of,
    bank_of,
    batteries_of,
    storage_feeders,
    with_energies,
)
from .switching import switching

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Set as AbstractSet

    from ..counters.site import Counters
    from ..equipment import Inverter
    from ..pages.typed import Endpoint, Pages
    from ..profile import GatewayProfile
    from .fed import Feeders

__all__ = ["Kept", "assemble"]

_LISTS: Final[Mapping[Section, Endpoint[Any]]] = {
    Section.INVERTERS: INVERTERS,
    Section.BATTERIES: ENSEMBLE_INVENTORY,
}
"""Pages that list devices: while such a page is silent, no device is known to be gone."""


def assemble(
    profile: GatewayProfile,
    pages: Pages,
    counters: Counters,
    answered: AbstractSet[str],
    kept: Kept | None = None,
) -> Fed[Snapshot]:
    """Return the figures that the preferred sources give, and which pages feed them.

    Each register that was read in this collection is judged once, and figures are made of believed
    registers. ``answered`` are the paths of the pages of this collection. ``kept`` is what
    was made of pages in collections before. Missing figures are ``None``.
    """
    most = limits(profile, pages)
    counters.judge(samples(profile, pages, most, answered))
    kept = kept or Kept()
    batteries, ac_batteries = batteries_of(pages, kept), ac_batteries_of(pages, kept)
    stored = storage_feeders(profile, pages)
    flowing = stored.get(Section.BATTERY_FLOW, ())
    feeders_of_sums = feeding(stored)
    one_moment = answered.isdisjoint(feeders_of_sums) or answered >= set(feeders_of_sums)
    bank = with_energies(
        bank_of(profile, pages, batteries),
        profile,
        pages,
        counters,
        just_read=answered >= set(flowing),
    )
    inverters = inverters_of(profile, pages, kept)
    status = gateway(pages)
    produced = believed_flow(
        "production", production(profile, pages, answered), counters, most.production_w
    )
    consumed = None
    if profile.consumption_from:
        consumed = believed_flow(
            "consumption", consumption(profile, pages), counters, most.connection_w
        )
    drafted_net = net(profile, pages)
    balance = believed_balance("net", drafted_net, counters) if drafted_net else None
    meters = ct_meters(profile, pages, counters)
    lifetimes = _with_lifetimes(inverters.part, counters)
    around = Around(produced, consumed, batteries)
    house = house_of(profile, pages, counters, around, one_moment=one_moment)
    switches, switch_feeders = switching(profile, pages, kept)
    snapshot = Snapshot(
        profile=profile,
        production=produced,
        consumption=consumed,
        net=balance,
        house=house.house,
        grid=house.grid,
        shares=house.shares,
        meters=meters,
        inverters=lifetimes,
        batteries=batteries,
        bank=bank,
        ac_batteries=ac_batteries,
        ac_bank=ac_bank_of(profile, pages, ac_batteries),
        controllers=switches.controllers,
        collars=switches.collars,
        combiners=switches.combiners,
        dry_contacts=switches.dry_contacts,
        relays=switches.relays,
        generator=switches.generator,
        storage=pages.get(TARIFF),
        gateway=status.part,
        on_grid=switches.on_grid,
        grid_witnesses=switches.grid_witnesses,
        contradictions=profile.contradicted,
        sources=_sources(profile),
    )
    feeders = {
        **flow_feeders(profile, pages),
        **ct_feeders(profile),
        **inverters.feeders,
        **stored,
        **house_feeders(profile, feeders_of_sums),
        **switch_feeders,
        **_silent_lists(profile, pages),
        **status.feeders,
    }
    return Fed(snapshot, MappingProxyType(feeders))


def _with_lifetimes(listed: Mapping[str, Inverter], counters: Counters) -> Mapping[str, Inverter]:
    """Return the inverters with believed lifetimes, which are mostly those listed."""
    judged = {
        serial: replace(inverter, lifetime_wh=believed_wh)
        for serial, inverter in listed.items()
        if inverter.lifetime_wh is not None
        and (believed_wh := counters.register(inverter_id(serial))) != inverter.lifetime_wh
    }
    return MappingProxyType({**listed, **judged}) if judged else listed


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
