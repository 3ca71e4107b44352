"""From the latest pages to a snapshot: the steps in their order."""

from __future__ import annotations

import logging
import zoneinfo
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from ..known.page_records import worst
from ..pages.endpoints import HOME_PAGES
from . import assemble

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Set as AbstractSet
    from datetime import tzinfo

    from ..counters.site import Counters
    from ..known.knowledge import Knowledge
    from ..models import Health, Section, Snapshot
    from ..pages.typed import Pages
    from ..profile import GatewayProfile
    from .fed import Feeders
    from .kept import Kept

_LOGGER = logging.getLogger(__name__)


class Built(NamedTuple):
    """A snapshot, and the fields of it that say how far it can be relied on."""

    snapshot: Snapshot
    health: Mapping[Section, Health]
    failures: Mapping[str, str]
    held: Mapping[str, str]
    quirks: tuple[str, ...]


def build(  # noqa: PLR0913 -- the state of each step
    known: Knowledge,
    profile: GatewayProfile,
    counters: Counters,
    answered: AbstractSet[str],
    zone: tzinfo,
    *,
    kept: Kept | None = None,
) -> Built:
    """Return what the latest pages say, with believed counters.

    ``answered`` are the paths of the pages of this collection; ``zone`` is the time zone until the
    gateway has given its own. ``kept`` is what was made of pages before.
    """
    health = known.health(profile)
    pages, quirks = known.judged_pages(profile, health)
    counters.begin(known.now, time_zone(pages) or zone)
    built = assemble(profile, pages, counters, answered, kept)
    for name, step_wh in counters.rebased.items():
        _LOGGER.debug("Counter %s: a step of %.0f Wh is taken out", name, step_wh)
    return Built(
        snapshot=built.part,
        health=_of_sections(built.feeders, health),
        failures=known.failures(),
        held=MappingProxyType(dict(counters.held)),
        quirks=quirks,
    )


def _of_sections(feeders: Feeders, health: Mapping[str, Health]) -> Mapping[Section, Health]:
    """Return the health of each section, which is the worst of those of its pages."""
    return MappingProxyType(
        {
            section: health[paths[0]] if len(paths) == 1 else worst(map(health.__getitem__, paths))
            for section, paths in feeders.items()
        }
    )


def time_zone(pages: Pages) -> tzinfo | None:
    """Return the gateway's own time zone, which its days follow, as soon as it is known."""
    page = pages.first(*HOME_PAGES).page
    return None if page is None else zone_named(page.time_zone)


def zone_named(name: object) -> tzinfo | None:
    """Return a time zone by its name; ``None`` for what is none."""
    if not isinstance(name, str):
        return None
    try:
        return zoneinfo.ZoneInfo(name)
    except (LookupError, ValueError, OSError):  # not a time zone, or not known to this machine
        return None
