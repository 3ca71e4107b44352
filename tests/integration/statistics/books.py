"""A recorder with planted statistics, and an entry whose options flow is nothing but the repair."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, override

from homeassistant.components.recorder import get_instance
from homeassistant.components.recorder.db_schema import (
    Statistics,
    StatisticsMeta,
    StatisticsShortTerm,
)
from homeassistant.components.recorder.models import StatisticMeanType, StatisticMetaData
from homeassistant.components.recorder.statistics import async_import_statistics
from homeassistant.config_entries import ConfigEntry, ConfigFlow, ConfigFlowResult, OptionsFlow
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.recorder import session_scope
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
)
from sqlalchemy import insert, select

from custom_components.enphase_envoy.statistics import RepairStatisticsSteps

from .plant import Meter, Row

SMALL = "small"
_MOST_ROUNDS = 100
UNITS = {1.0: "Wh", 1000.0: "kWh", 1e6: "MWh"}

type Result = Any
"""What a flow answers."""


class SmallOptions(RepairStatisticsSteps):
    """An options flow that begins with the repair at once."""

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Begin."""
        return await self.async_step_repair_statistics(user_input)


class SmallFlow(ConfigFlow):
    """The config flow of an integration that has nothing else."""

    @staticmethod
    @override
    def async_get_options_flow(config_entry: ConfigEntry[Any]) -> OptionsFlow:
        """Return the one above."""
        return SmallOptions()


class Books:
    """The statistics of a house."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Begin with an entry without entities."""
        self.hass = hass
        self.entry = MockConfigEntry(domain=SMALL, title="House", options={"kept": 1})
        self.entry.add_to_hass(hass)

    async def plant(self, name: str, meter: Meter) -> str:
        """Let a sensor of the entry have the statistics of a meter; return its entity id."""
        return await self.plant_rows(name, meter.recorded(), UNITS[meter.wh])

    async def plant_rows(
        self,
        name: str,
        rows: Iterable[Row],
        unit: str = "Wh",
        five_minutes: Iterable[Row] = (),
        *,
        ours: bool = True,
    ) -> str:
        """Let a sensor have these statistics."""
        entity_id = f"sensor.{name}"
        if ours:
            entities = er.async_get(self.hass)
            entities.async_get_or_create(
                "sensor", SMALL, name, suggested_object_id=name, config_entry=self.entry
            )
        meta: Any = {  # its keys differ from version to version
            "mean_type": StatisticMeanType.NONE,
            "has_mean": False,
            "has_sum": True,
            "name": None,
            "source": "recorder",
            "statistic_id": entity_id,
            "unit_of_measurement": unit,
        }
        if "unit_class" in StatisticMetaData.__annotations__:
            del meta["has_mean"]
            meta["unit_class"] = "energy" if unit.endswith("Wh") else None
        async_import_statistics(self.hass, meta, [])
        await async_wait_recording_done(self.hass)
        await self.run(lambda: self._insert(entity_id, Statistics, rows))
        await self.run(lambda: self._insert(entity_id, StatisticsShortTerm, five_minutes))
        return entity_id

    async def rows(self, *, five_minutes: bool = False) -> dict[tuple[str, float], Any]:
        """Return every row of every statistic, by its id and start."""
        table = StatisticsShortTerm if five_minutes else Statistics
        await async_wait_recording_done(self.hass)
        return await self.run(lambda: self._read(table))

    async def sums(self, entity_id: str) -> dict[float, float]:
        """Return the sums of a sensor by the start of their hour."""
        found = await self.rows()
        return {start: row[1] for (name, start), row in found.items() if name == entity_id}

    async def run(self, job: Callable[[], Any]) -> Any:  # noqa: ANN401 -- whatever the job returns
        """Run a job in the recorder's executor."""
        return await get_instance(self.hass).async_add_executor_job(job)

    async def open(self) -> Result:
        """Open the dialog, and wait while it shows progress."""
        return await self.follow(
            await self.hass.config_entries.options.async_init(self.entry.entry_id)
        )

    async def answer(self, step: Result, typed: dict[str, Any] | None = None) -> Result:
        """Answer a step, and wait while the next one shows progress."""
        return await self.follow(
            await self.hass.config_entries.options.async_configure(step["flow_id"], typed or {})
        )

    async def follow(self, step: Result) -> Result:
        """Wait while a step shows progress, for as many rounds as any work here needs."""
        for _ in range(_MOST_ROUNDS):
            if step["type"] is not FlowResultType.SHOW_PROGRESS:
                return step
            await self.hass.async_block_till_done(wait_background_tasks=True)
            step = await self.hass.config_entries.options.async_configure(step["flow_id"])
        raise AssertionError(f"{step['step_id']} does not end")

    async def repair(self) -> Result:
        """Repair all that is found; return the last step."""
        listed = await self.answer(await self.open(), {})
        return await self.answer(listed)

    def _insert(self, entity_id: str, table: Any, rows: Iterable[Row]) -> None:  # noqa: ANN401 -- a table
        with session_scope(hass=self.hass) as session:
            number = session.execute(
                select(StatisticsMeta.id).where(StatisticsMeta.statistic_id == entity_id)
            ).scalar_one()
            values = [
                {
                    "metadata_id": number,
                    "created_ts": 0.0,
                    "start_ts": start,
                    "state": state,
                    "sum": total,
                    "last_reset_ts": reset,
                }
                for start, state, total, reset in rows
            ]
            if values:
                session.execute(insert(table), values)

    def _read(self, table: Any) -> dict[tuple[str, float], Any]:  # noqa: ANN401 -- a table
        wanted = select(
            StatisticsMeta.statistic_id,
            table.start_ts,
            table.state,
            table.sum,
            table.last_reset_ts,
            table.created_ts,
        ).join(StatisticsMeta, StatisticsMeta.id == table.metadata_id)
        with session_scope(hass=self.hass, read_only=True) as session:
            return {(row[0], row[1]): tuple(row[2:]) for row in session.execute(wanted)}


def hour(start: float) -> str:
    """Return how the list shows the beginning of an hour."""
    return f"{dt_util.as_local(dt_util.utc_from_timestamp(start)):%Y-%m-%d %H:%M}"
