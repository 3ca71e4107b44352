"""Money that Home Assistant has worked out from energy, which a repair does not change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from homeassistant.components.energy.data import async_get_manager
from homeassistant.core import HomeAssistant

ENERGY: Final = "energy"

_MONEY: Final = (("stat_energy_from", "stat_cost"), ("stat_energy_to", "stat_compensation"))


async def async_costs_of(hass: HomeAssistant, statistic_id: str) -> list[str]:
    """Return the cost statistics that the Energy dashboard makes from an energy statistic."""
    if ENERGY not in hass.config.components:
        return []
    manager = await async_get_manager(hass)
    sensors: Mapping[str, str] = hass.data.get(ENERGY, {}).get("cost_sensors", {})
    chosen = {
        str(part[money])
        for part in _parts(manager.data or {})
        for energy, money in _MONEY
        if part.get(energy) == statistic_id and part.get(money)
    }
    return sorted(chosen | ({sensors[statistic_id]} if statistic_id in sensors else set()))


def _parts(preferences: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Return what names an energy statistic; older versions nest the flows of the grid."""
    for source in preferences.get("energy_sources", []):
        yield source
        for flows in ("flow_from", "flow_to"):
            yield from source.get(flows, [])
