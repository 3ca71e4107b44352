"""From the latest pages to a snapshot: the steps in their order."""

from __future__ import annotations

import logging
import zoneinfo
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from ..pages.endpoints import HOME_PAGES
from ..pages.quirks import cure
from . import assemble

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet
    from datetime import tzinfo

    from ..counters.site import Counters
    from ..known.knowledge import Knowledge
    from ..models import Snapshot
    from ..pages.typed import Pages
    from ..profile import GatewayProfile
    from .inverters import InverterJoin

_LOGGER = logging.getLogger(__name__)


def build(  # noqa: PLR0913 -- the state of each step
    known: Knowledge,
    profile: GatewayProfile,
    counters: Counters,
    answered: AbstractSet[str],
    zone: tzinfo,
    *,
    join: InverterJoin | None = None,
) -> Snapshot:
    """Return what the latest pages say, with believed counters.

    ``answered`` are the paths of the pages of this collection; ``zone`` is the time zone until the
    gateway has given its own. ``join`` is kept between collections.
    """
    pages, quirks = cure(profile, known.judged_pages(profile))
    counters.begin(known.now, time_zone(pages) or zone)
    built = assemble(profile, pages, counters, answered, join)
    for name, step_wh in counters.rebased.items():
        _LOGGER.debug("Counter %s: a step of %.0f Wh is taken out", name, step_wh)
    return replace(
        built.part,
        health=known.health(built.feeders, profile),
        failures=known.failures(),
        held=MappingProxyType(dict(counters.held)),
        quirks=quirks,
    )


def time_zone(pages: Pages) -> tzinfo | None:
    """Return the gateway's own time zone, which its days follow, as soon as it is known."""
    page = pages.first(*HOME_PAGES).page
    if page is None or page.time_zone is None:
        return None
    try:
        return zoneinfo.ZoneInfo(page.time_zone)
    except (
        LookupError,
        ValueError,
        OSError,
    ):  # not a time zone, or one that this machine does not know
        return None
