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
    """Return what the pages say; the reader adds what needs no page."""
    found = figures(pages)
    shown: dict[str, Any] = {
        figure.shows: figure.value for figure in found.values() if figure.shows
    }
    return Fed(
        GatewayStatus(**shown),
        MappingProxyType({section: (figure.path,) for section, figure in found.items()}),
    )
