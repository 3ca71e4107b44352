"""Fills the Energy dashboard: its settings, and the hours before the demo began.

The hours come from a second life of the simulated site, which has the same sun and the same load.
Home Assistant's recorder takes them as imported statistics, and goes on with what it measures.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from tests.simulator import SCENARIOS, Site

from .home_assistant import VERSION, HomeAssistant, Json
from .process import until
from .simulated import SimulatedGateway

NEW_ENERGY: Final = VERSION >= (2026, 10)
"""Whether the settings have the shape that the newest version knows, or that of the oldest."""

type Counters = Mapping[str, float]

IMPORT: Final = "lifetime_net_energy_consumption"
EXPORT: Final = "lifetime_net_energy_production"

_OF_SITE: Final[dict[str, Callable[[Site], float]]] = {
    "lifetime_energy_production": lambda site: site.production.lifetime_wh,
    "lifetime_energy_consumption": lambda site: site.consumption.lifetime_wh,
    "battery_energy_charged": lambda site: site.charged_wh,
    "battery_energy_discharged": lambda site: site.discharged_wh,
    IMPORT: lambda site: site.imported_wh,
    EXPORT: lambda site: site.exported_wh,
}
_HOUR_S = 3600
_FIRST_RECORD_S = 400
"""The recorder's first statistics of an entity come at the next five minutes."""


def statistic_id(serial: str, name: str) -> str:
    """Return the entity behind a counter."""
    return f"sensor.envoy_{serial}_{name}"


@dataclass(frozen=True, slots=True)
class History:
    """The counters of a site from the midnight before the last one until ``end``, in Wh."""

    begin: Counters
    hours: tuple[tuple[float, Counters], ...]
    """The start of each hour, and the counters at its end."""
    end: Counters

    def rows(self, name: str, present_wh: float) -> list[Json]:
        """Return the statistics of a counter that now stands at ``present_wh``."""
        return [
            {
                "start": datetime.fromtimestamp(start, UTC).isoformat(),
                "state": present_wh - self.end[name] + counters[name],
                "sum": counters[name] - self.begin[name],
            }
            for start, counters in self.hours
        ]

    def sum_wh(self, name: str) -> float:
        """Return the energy of the whole time."""
        return self.end[name] - self.begin[name]


def relive(scenario: str, noon_s: float, until_s: float, now: float) -> History:
    """Let a scenario live again until now; hours that end after ``until_s`` are not noted."""
    plan = SCENARIOS[scenario]
    yesterday = plan.site(now, noon_s).last_midnight - 24 * _HOUR_S
    site = plan.site(yesterday, noon_s)
    begin, hours = _counters(site), []
    while (end := (site.now // _HOUR_S + 1) * _HOUR_S) <= until_s:
        site.advance(end - site.now)
        hours.append((end - _HOUR_S, _counters(site)))
    site.advance(now - site.now)
    return History(begin, tuple(hours), _counters(site))


def _counters(site: Site) -> Counters:
    return {name: count(site) for name, count in _OF_SITE.items()}


class Dashboard:
    """The Energy dashboard of a Home Assistant."""

    def __init__(self, home: HomeAssistant, serial: str) -> None:
        """Prepare the dashboard for the gateway with this serial number."""
        self._home = home
        self._serial = serial
        self._names: list[str] = []
        self._history = History({}, (), {})

    async def fill(self, gateway: SimulatedGateway, since: float) -> None:
        """Import the hours that ended before ``since``, when the gateway was added."""
        truth = await gateway.truth()
        self._history = await asyncio.to_thread(
            relive, gateway.facts["scenario"], truth["noon_s"], since, truth["now"]
        )
        states = await self._home.watt_hours()
        for name in _OF_SITE:
            present = states.get(statistic_id(self._serial, name))
            if present is not None:
                self._names.append(name)
                await self._import(name, self._history.rows(name, present))

    async def configure(self) -> None:
        """Choose the sources of the dashboard."""
        known = await self._home.states()
        sources = preferences(known, self._serial)
        await self._home.command("energy/save_prefs", energy_sources=sources)

    async def keep_up(self) -> None:
        """Join the recorder's sums to the imported ones."""
        for name in self._names:
            await self._join(name)

    async def _join(self, name: str) -> None:
        """Raise the recorder's own sums, which begin at 0, by the sum of the imported hours."""
        row = await until(lambda: self._first_record(name), "Recording", _FIRST_RECORD_S, 5)
        await self._home.command(
            "recorder/adjust_sum_statistics",
            statistic_id=statistic_id(self._serial, name),
            start_time=datetime.fromtimestamp(row["start"] / 1000, UTC).isoformat(),
            adjustment=self._history.sum_wh(name),
            adjustment_unit_of_measurement="Wh",
        )

    async def _first_record(self, name: str) -> Json | None:
        ident = statistic_id(self._serial, name)
        found = await self._home.command(
            "recorder/statistics_during_period",
            start_time=datetime.fromtimestamp(time.time() - _HOUR_S, UTC).isoformat(),
            statistic_ids=[ident],
            period="5minute",
            types=["sum"],
        )
        rows: list[Json] = found.get(ident, [])
        return rows[0] if rows else None

    async def _import(self, name: str, rows: list[Json]) -> None:
        metadata: Json = {
            "statistic_id": statistic_id(self._serial, name),
            "source": "recorder",
            "name": None,
            "unit_of_measurement": "Wh",
            "has_sum": True,
        }
        # Neither version takes the words of the other.
        metadata |= (
            {"has_mean": False}
            if VERSION < (2025, 11)
            else {"mean_type": 0, "unit_class": "energy"}
        )
        await self._home.command("recorder/import_statistics", metadata=metadata, stats=rows)


def preferences(states: Iterable[str], serial: str) -> list[Json]:
    """Return the sources of the dashboard for the entities that there are."""

    def ident(name: str) -> str:
        return statistic_id(serial, name)

    def named(name: str) -> Json:
        return {"name": name} if NEW_ENERGY else {}

    sources: list[Json] = [
        {
            "type": "solar",
            "stat_energy_from": ident("lifetime_energy_production"),
            "config_entry_solar_forecast": None,
            **named("Roof"),
        }
    ]
    if ident("battery_energy_charged") in states:
        sources.append(
            {
                "type": "battery",
                "stat_energy_from": ident("battery_energy_discharged"),
                "stat_energy_to": ident("battery_energy_charged"),
                **named("Batteries"),
            }
        )
    if ident(IMPORT) in states:
        sources.append(_grid_source(ident(IMPORT), ident(EXPORT)))
    return sources


def _grid_source(imported: str, exported: str) -> dict[str, Any]:
    """Return the grid, with the words of the version at hand: neither takes those of the other."""
    common = {"type": "grid", "cost_adjustment_day": 0}
    into = {"stat_energy_from": imported, "stat_cost": None}
    out = {"stat_energy_to": exported, "stat_compensation": None}
    price = {"entity_energy_price": None, "number_energy_price": None}
    if not NEW_ENERGY:
        return {**common, "flow_from": [{**into, **price}], "flow_to": [{**out, **price}]}
    prices_out = {f"{key}_export": value for key, value in price.items()}
    return {**common, "name": "Grid", **into, **out, **price, **prices_out}
