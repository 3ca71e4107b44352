"""Fills the Energy dashboard: its settings, and the hours before the demo began.

The settings are made as an owner makes them, from the *Configure* menu of the integration. The
hours come from a second life of the simulated site, which has the same sun and the same load.
Home Assistant's recorder takes them as imported statistics, and goes on with what it measures.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from tests.simulator import SCENARIOS, Site

from .home_assistant import VERSION, HomeAssistant, Json
from .process import TroubleError, until
from .simulated import SimulatedGateway

type Counters = Mapping[str, float]

IMPORT: Final = "lifetime_grid_import_summed"
EXPORT: Final = "lifetime_grid_export_summed"

_OF_SITE: Final[dict[str, Callable[[Site], float]]] = {
    "lifetime_energy_production": lambda site: site.production.lifetime_wh,
    "lifetime_energy_consumption": lambda site: site.consumption.lifetime_wh,
    "battery_energy_charged": lambda site: site.charged_wh,
    "battery_energy_discharged": lambda site: site.discharged_wh,
    "lifetime_house_energy": lambda site: site.load.lifetime_wh,
    IMPORT: lambda site: site.whole_grid.delivered.wh,
    EXPORT: lambda site: site.whole_grid.received.wh,
    "lifetime_net_energy_consumption": lambda site: site.imported_wh,
    "lifetime_net_energy_production": lambda site: site.exported_wh,
}
_POWERS: Final[Mapping[str, tuple[str, str | None]]] = {
    "current_power_production": ("lifetime_energy_production", None),
    "current_net_power_consumption": (IMPORT, EXPORT),
    "battery_power": ("battery_energy_discharged", "battery_energy_charged"),
}
"""Powers, the counters that they make grow, and those that they make grow where negative."""
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

    def means(self, name: str) -> list[Json]:
        """Return the statistics of a power, in W: an energy of one hour in Wh is its mean."""
        plus, minus = _POWERS[name]
        rows: list[Json] = []
        before = self.begin
        for start, counters in self.hours:
            mean = counters[plus] - before[plus]
            mean -= counters[minus] - before[minus] if minus else 0.0
            when = datetime.fromtimestamp(start, UTC).isoformat()
            rows.append({"start": when, "mean": mean, "min": mean, "max": mean})
            before = counters
        return rows

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
                await self._import(name, "Wh", self._history.rows(name, present))
        shown = await self._home.states()
        for name in _POWERS:
            if statistic_id(self._serial, name) in shown:
                await self._import(name, "W", self._history.means(name))

    async def damage(self, name: str) -> None:
        """Let a counter have fallen to zero and come back, in the middle of the day before."""
        present = (await self._home.watt_hours())[statistic_id(self._serial, name)]
        rows = self._history.rows(name, present)
        cut = 12
        level = rows[cut - 1]["state"]
        for row in rows[cut:]:
            row["sum"] += level
        await self._import(name, "Wh", rows)

    async def configure(self, entry_id: str) -> None:
        """Set the dashboard up from the menu of the entry; its meter sums the phases."""
        flows = "/api/config/config_entries/options/flow"
        menu = await self._home.post(flows, {"handler": entry_id})
        flow = f"{flows}/{menu['flow_id']}"
        step = await self._home.post(flow, {"next_step_id": "energy_dashboard"})
        if step.get("step_id") == "energy_dashboard":
            step = await self._home.post(flow, {"grid_count": "summed"})
        while step["type"] == "form":
            step = await self._home.post(flow, {})
        if step["type"] != "create_entry":
            raise TroubleError(f"The Energy dashboard cannot be set up: {step.get('reason')}")

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

    async def _import(self, name: str, unit: str, rows: list[Json]) -> None:
        counts = unit == "Wh"
        metadata: Json = {
            "statistic_id": statistic_id(self._serial, name),
            "source": "recorder",
            "name": None,
            "unit_of_measurement": unit,
            "has_sum": counts,
        }
        # Neither version takes the words of the other.
        metadata |= (
            {"has_mean": not counts}
            if VERSION < (2025, 11)
            else {"mean_type": int(not counts), "unit_class": "energy" if counts else "power"}
        )
        await self._home.command("recorder/import_statistics", metadata=metadata, stats=rows)
