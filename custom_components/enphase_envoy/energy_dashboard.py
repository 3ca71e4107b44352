"""Add a gateway's counters to the Energy dashboard in one step.

Existing sources are never changed, and no second grid connection is added where one is set up, for
example with the utility's own meter.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, get_type_hints

from homeassistant.components.energy import data as energy
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er

from .const import DOMAIN
from .envoy_reader import Snapshot

type Source = dict[str, Any]


class GridCount(StrEnum):
    """How the utility's meter counts a site with several phases."""

    PER_PHASE = "per_phase"
    """Each phase for itself: what one exports and another imports counts both ways."""
    SUMMED = "summed"
    """All phases together, at each moment: as most meters in Europe do."""


class Kind(StrEnum):
    """What a source of the dashboard is."""

    SOLAR = "solar"
    OTHER_SOLAR = "other_solar"
    """Solar power of another make, behind a clamp of its own."""
    GRID = "grid"
    BATTERY = "battery"


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """The keys of the entities of one source, the best first where there are several."""

    energy_from: tuple[str, ...]
    energy_to: tuple[str, ...] = ()
    power: tuple[str, ...] = ()
    power_from: tuple[str, ...] = ()
    power_to: tuple[str, ...] = ()
    """By direction, each zero or positive, where nothing shows both with a sign."""
    charge: tuple[str, ...] = ()


_SOLAR: Final = Keys(energy_from=("lifetime_production",), power=("production",))
_OTHER_SOLAR: Final = Keys(energy_from=("pv3p_ct_energy_delivered",), power=("pv3p_ct_power",))
_GRID: Final[Mapping[GridCount, Keys]] = {
    GridCount.PER_PHASE: Keys(
        energy_from=("lifetime_net_consumption",),
        energy_to=("lifetime_net_production",),
        power=("net_consumption",),
    ),
    GridCount.SUMMED: Keys(
        energy_from=("lifetime_grid_import_summed",),
        energy_to=("lifetime_grid_export_summed",),
        power=("net_consumption",),
        power_from=("grid_import",),
        power_to=("grid_export",),
    ),
}
_BATTERY: Final = Keys(
    energy_from=("battery_energy_discharged", "lifetime_battery_discharged"),
    energy_to=("battery_energy_charged", "lifetime_battery_charged"),
    power=("agg_batteries_power", "battery_discharge"),
    charge=("battery_level", "total_battery_percentage"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What could be added to the dashboard, and why something is not."""

    added: Mapping[Kind, Source]
    """New sources, in the shape that this version of Home Assistant knows."""
    there: Mapping[Kind, Source] = field(default_factory=dict)
    """What would have been, had the dashboard not shown it already, with our counters or others."""
    asks_for_count: bool = False
    """Whether both ways of counting the grid exist, so that the owner has to choose."""


async def async_propose(
    hass: HomeAssistant, gateway: str, snapshot: Snapshot | None, count: GridCount
) -> Proposal:
    """Return what a gateway could add to the Energy dashboard as it is now."""
    manager = await energy.async_get_manager(hass)
    present = list((manager.data or manager.default_preferences())["energy_sources"])
    shown = _Shown(hass, gateway)
    capacity_wh = snapshot.bank.capacity_wh if snapshot and snapshot.bank else None
    wanted: dict[Kind, Source | None] = {
        Kind.SOLAR: _solar(shown, _SOLAR),
        Kind.OTHER_SOLAR: _solar(shown, _OTHER_SOLAR),
        Kind.GRID: _grid(shown, count),
        Kind.BATTERY: _battery(shown, capacity_wh),
    }
    there = {
        kind: source for kind, source in wanted.items() if source and _is_there(source, present)
    }
    return Proposal(
        added={kind: it for kind, it in wanted.items() if it is not None and kind not in there},
        there=there,
        asks_for_count=Kind.GRID not in there
        and all(shown.entity(keys.energy_from) for keys in _GRID.values()),
    )


async def async_add(hass: HomeAssistant, proposal: Proposal) -> None:
    """Add what was proposed behind what is there."""
    manager = await energy.async_get_manager(hass)
    present = (manager.data or manager.default_preferences())["energy_sources"]
    added: list[Any] = [it for it in proposal.added.values() if not _is_there(it, present)]
    if added:
        update: Any = {"energy_sources": [*present, *added]}
        await manager.async_update(update)


def entities_of(source: Source) -> Iterator[str]:
    """Return the entities that a source of the dashboard shows, whatever its shape."""
    for key, value in source.items():
        if key.startswith("stat_") and isinstance(value, str):
            yield value
        for row in value if isinstance(value, list) else [value]:
            if isinstance(row, dict):
                yield from entities_of(row)


class _Shown:
    """The enabled sensors of a gateway, by the keys of their rows."""

    def __init__(self, hass: HomeAssistant, gateway: str) -> None:
        self._registry = er.async_get(hass)
        self._gateway = gateway

    def entity(self, keys: Iterable[str]) -> str | None:
        """Return the first of some sensors that is there and enabled."""
        for key in keys:
            name = self._registry.async_get_entity_id(
                Platform.SENSOR, DOMAIN, f"{self._gateway}_{key}"
            )
            row = self._registry.async_get(name) if name else None
            if row and not row.disabled:
                return row.entity_id
        return None


def _solar(shown: _Shown, keys: Keys) -> Source | None:
    if (made := shown.entity(keys.energy_from)) is None:
        return None
    source: Source = {
        "type": "solar",
        "stat_energy_from": made,
        "config_entry_solar_forecast": None,
    }
    return source | _known(energy.SolarSourceType, {"stat_rate": shown.entity(keys.power)})


def _grid(shown: _Shown, count: GridCount) -> Source | None:
    keys = next(
        (it for it in (_GRID[count], *_GRID.values()) if shown.entity(it.energy_from)), None
    )
    if keys is None:
        return None
    imported, exported = shown.entity(keys.energy_from), shown.entity(keys.energy_to)
    common: Source = {"type": "grid", "cost_adjustment_day": 0}
    into: Source = {"stat_energy_from": imported, "stat_cost": None, **_NO_PRICE}
    out: Source = {"stat_energy_to": exported, "stat_compensation": None}
    if "flow_from" in _fields(energy.GridSourceType):
        flows = [{**out, **_NO_PRICE}] if exported else []
        return common | {"flow_from": [into], "flow_to": flows}
    prices = {f"{name}_export": price for name, price in _NO_PRICE.items()}
    power, bought, sold = map(shown.entity, (keys.power, keys.power_from, keys.power_to))
    by_direction = {"stat_rate_from": bought, "stat_rate_to": sold} if bought and sold else None
    rate = _known(
        energy.GridSourceType,
        {"stat_rate": power} if power else {"power_config": by_direction},
    )
    return common | into | out | prices | rate


def _battery(shown: _Shown, capacity_wh: float | None) -> Source | None:
    out, into = shown.entity(_BATTERY.energy_from), shown.entity(_BATTERY.energy_to)
    if out is None or into is None:
        return None
    source: Source = {"type": "battery", "stat_energy_from": out, "stat_energy_to": into}
    return source | _known(
        energy.BatterySourceType,
        {
            "stat_rate": shown.entity(_BATTERY.power),
            "stat_soc": shown.entity(_BATTERY.charge),
            "capacity": capacity_wh / 1000 if capacity_wh else None,
        },
    )


_NO_PRICE: Final[Source] = {"entity_energy_price": None, "number_energy_price": None}


def _known(kind: type, facts: Source) -> Source:
    """Return the facts that have a value and for which this version has a field."""
    fields = _fields(kind)
    return {name: value for name, value in facts.items() if value is not None and name in fields}


def _fields(kind: type) -> frozenset[str]:
    return frozenset(get_type_hints(kind))


def _is_there(source: Source, present: Iterable[Mapping[str, Any]]) -> bool:
    """Tell whether the dashboard shows a source of ours, or has a grid connection of another."""
    ours = set(entities_of(source))
    return any(
        not ours.isdisjoint(entities_of(dict(other)))
        or (source["type"] == "grid" and other["type"] == "grid")
        for other in present
    )
