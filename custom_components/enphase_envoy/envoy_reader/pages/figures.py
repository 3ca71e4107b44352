"""Sections that show one figure: what it is now, and which page it is from.

Most of them are rows of ``ENDPOINTS`` that name a section. Two figures have a second source on a
page with much else on it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from ..status import Section
from .endpoints import ENDPOINTS, ENSEMBLE_INVENTORY, METER_PAGES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .typed import Endpoint, Pages

_ROWS: Final[tuple[tuple[Section, Endpoint[Any]], ...]] = tuple(
    (row.section, row) for row in ENDPOINTS if row.section is not None
)


class Figure(NamedTuple):
    """A figure and where it is from."""

    shows: str
    """Field of ``GatewayStatus``; empty where it has a place of its own in the snapshot."""
    value: object
    path: str
    """The page that gives the value."""


def figures(pages: Pages) -> Mapping[Section, Figure]:
    """Return the figures that the gateway has, each from the page that is preferred for it."""
    found: dict[Section, Figure] = {}
    for section, figure in _candidates(pages):
        if figure.value is not None:
            found.setdefault(section, figure)
    return found


def _candidates(pages: Pages) -> Iterator[tuple[Section, Figure]]:
    """Yield what the pages have, the preferred page of each section first."""
    summary = pages.first(*METER_PAGES)
    if summary.page is not None and summary.page.inverters is not None:
        count = summary.page.inverters.active_count
        yield Section.ACTIVE_COUNT, Figure("active_inverters", count, summary.path)
    for section, row in _ROWS:
        page = pages.get(row)
        if page is not None:
            yield section, Figure(row.shows, row.figure(page), row.path)
    ensemble = pages.get(ENSEMBLE_INVENTORY)
    if ensemble is not None:
        path = ENSEMBLE_INVENTORY.path
        yield Section.GRID_PROFILE, Figure("grid_profile", ensemble.grid_profile, path)
