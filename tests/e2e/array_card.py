"""The card that shows the roof, as the demo and the pictures show it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from .home_assistant import HomeAssistant, Json

TYPE: Final = "custom:enphase-array-card"
PATH: Final = "roof-page"
"""Of the dashboard that ``add_dashboard`` makes."""
_PER_ROW: Final = 6
_SHARE_OF_HOUSE: Final = 2 / 3
"""Of the panels; the others are on the garage."""
PEAKS: Final = (
    *(1.08, 1.1, 1.06, 0.97, 1.07, 1.03),
    *(1.05, 1.08, 0.62, 0.84, 1.06, 1.02),
    *(0.7, 0.73, 0.71),
    *(0.74, 0.69, 0.45),
)
"""Of the 18 inverters of a site, as shares of the usual peak: a chimney shades two on the house,
and the garage faces west."""
_INVERTER: Final = re.compile(r"_inverter_(\d+)$")


def configuration(serials: Sequence[str]) -> Json:
    """Return a card with the inverters on two roofs, in the order of their serial numbers."""
    listed = sorted(serials)
    on_house = round(len(listed) * _SHARE_OF_HOUSE)
    house = {"name": "House", "direction": 180, "rows": _rows(listed[:on_house], _PER_ROW)}
    garage = {
        "name": "Garage",
        "direction": 270,
        "orientation": "landscape",
        "rows": _rows(listed[on_house:], _PER_ROW // 2),
    }
    roofs = [roof for roof in (house, garage) if roof["rows"]]
    return {"type": TYPE, "title": "Roof", "arrays": roofs}


def _rows(serials: Sequence[str], columns: int) -> list[str]:
    return [" ".join(serials[at : at + columns]) for at in range(0, len(serials), columns)]


def inverters_of(entities: Iterable[str]) -> list[str]:
    """Return the serial numbers of the inverters that have a power among these entities."""
    return [found[1] for found in map(_INVERTER.search, entities) if found]


async def add_roof(home: HomeAssistant, serials: Sequence[str]) -> None:
    """Add a dashboard with the roof beside the flow of energy."""
    await add_dashboard(home, configuration(serials), {"type": "energy-distribution"})


async def add_dashboard(home: HomeAssistant, *cards: Json) -> None:
    """Add a dashboard of the user's own, with these cards side by side: each in its section."""
    await home.command(
        "lovelace/dashboards/create",
        url_path=PATH,
        title="Roof",
        icon="mdi:solar-panel-large",
        require_admin=False,
        show_in_sidebar=True,
    )
    sections = [{"cards": [card]} for card in cards] or [{"cards": []}]
    view = {"title": "Roof", "type": "sections", "sections": sections}
    await home.command("lovelace/config/save", url_path=PATH, config={"views": [view]})
