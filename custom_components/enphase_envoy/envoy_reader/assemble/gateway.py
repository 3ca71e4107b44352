"""The gateway itself: what its pages say of its surroundings, its limits and its settings."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from ..known.detect import active_inverters, grid_profile
from ..models import Section
from ..pages.endpoints import (
    DYNAMIC_LIMIT,
    ENSEMBLE_INVENTORY,
    EXPORT_LIMIT,
    GRID_PROFILE,
    HOME,
    HOME_JSON,
    LEGACY_HOME,
    POLLING,
    PRODUCTION_LIMIT,
    PRODUCTION_SWITCH,
    TARIFF,
    home_page,
)
from ..profile import Capability
from ..status import GatewayStatus
from .flows import meter_page_path

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..pages.typed import Pages
    from ..profile import GatewayProfile


def gateway(pages: Pages) -> GatewayStatus:
    """Return what the pages say; what needs no page is added by the reader."""
    page = home_page(pages)
    return GatewayStatus(
        surroundings=page.surroundings if page else None,
        production_limit=pages.get(PRODUCTION_LIMIT),
        export_limit=pages.get(EXPORT_LIMIT),
        dynamic_limit=pages.get(DYNAMIC_LIMIT),
        production_allowed=pages.get(PRODUCTION_SWITCH),
        grid_profile=grid_profile(pages),
        polling_interval_s=pages.get(POLLING),
        active_inverters=active_inverters(pages),
    )


def gateway_feeders(profile: GatewayProfile, pages: Pages) -> Mapping[Section, tuple[str, ...]]:
    """Return the paths whose silence costs a section, for those that the gateway has."""
    by_section = {
        Capability.NETWORK: (Section.NETWORK, (HOME_JSON if pages.lacks(HOME) else HOME).path),
        Capability.STORAGE_SETTINGS: (Section.STORAGE_SETTINGS, TARIFF.path),
        Capability.PRODUCTION_LIMIT: (Section.PRODUCTION_LIMIT, PRODUCTION_LIMIT.path),
        Capability.EXPORT_LIMIT: (Section.EXPORT_LIMIT, EXPORT_LIMIT.path),
        Capability.DYNAMIC_LIMIT: (Section.DYNAMIC_LIMIT, DYNAMIC_LIMIT.path),
        Capability.PRODUCTION_SWITCH: (Section.PRODUCTION_SWITCH, PRODUCTION_SWITCH.path),
        Capability.GRID_PROFILE: (Section.GRID_PROFILE, _grid_profile_path(pages)),
        Capability.POLLING: (Section.POLLING, POLLING.path),
        Capability.ACTIVE_COUNT: (Section.ACTIVE_COUNT, _count_path(pages)),
    }
    return MappingProxyType(
        {
            section: (path,)
            for capability, (section, path) in by_section.items()
            if profile.has(capability)
        }
    )


def _grid_profile_path(pages: Pages) -> str:
    return (ENSEMBLE_INVENTORY if pages.get(GRID_PROFILE) is None else GRID_PROFILE).path


def _count_path(pages: Pages) -> str:
    return meter_page_path(pages) if pages.get(LEGACY_HOME) is None else LEGACY_HOME.path
