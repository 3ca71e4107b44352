"""The gateway itself: what its pages say of its surroundings, its limits and its settings."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ..pages.figures import figures
from ..status import GatewayStatus
from .fed import Fed

if TYPE_CHECKING:
    from ..pages.typed import Pages


def gateway(pages: Pages) -> Fed[GatewayStatus]:
    """Return what the pages say; what needs no page is added by the reader."""
    found = figures(pages)
    shown: dict[str, Any] = {it.shows: it.value for it in found.values() if it.shows}
    return Fed(
        GatewayStatus(**shown),
        MappingProxyType({section: (it.path,) for section, it in found.items()}),
    )
