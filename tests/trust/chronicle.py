"""A day of a site with a mishap in it, as the recorder of a Home Assistant has seen it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.recorder.statistics import statistics_during_period
from homeassistant.core import HomeAssistant
from homeassistant.helpers.recorder import get_instance
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
)

from tests.integration.house import entry_for, pass_time, set_up, settle
from tests.simulator import Simulator

from .mishaps import Mishap

HOUR_S = 3600
_DAY_S = 24 * HOUR_S
LEAD_S = 30
"""Polls come half a minute before the minute, so that an hour's last one is certain."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How much of the day is lived through, and how densely."""

    before_h: float
    """Whole hours before that of the mishap."""
    after_h: float
    """Hours from the mishap's end on."""
    calm_s: float
    """Seconds between two polls as long as nothing happens."""


@dataclass(frozen=True, slots=True)
class Bar:
    """An hour of the Energy dashboard and the truth about it, in watt-hours."""

    shown: float
    true: float
    poll: float
    """The most that flowed between two polls, in this hour or the one before."""


@dataclass
class Chronicle:
    """The story, and the truth beside it."""

    hass: HomeAssistant
    freezer: FrozenDateTimeFactory
    simulator: Simulator
    mishap: Mishap
    pace: Pace
    entry: MockConfigEntry = field(init=False)
    hours: list[float] = field(default_factory=list)
    """Begins of the whole hours that were lived through, in epoch seconds."""
    truth: dict[str, list[float]] = field(default_factory=dict)
    """What each register had counted at these, as of the last poll before them."""
    _corrections: dict[str, float] = field(default_factory=dict)
    _polls: dict[str, list[float]] = field(default_factory=dict)
    """The most that has flowed between two polls: of each hour before one of ``hours``."""
    _most: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Begin with no hour, and an entry that is not set up."""
        self.entry = entry_for(self.simulator)
        for tail in self.mishap.registers:
            self.truth[tail] = []
            self._corrections[tail] = self._most[tail] = 0.0
            self._polls[tail] = []

    async def live(self, *, restart: bool) -> None:
        """Live through the day; ``restart`` takes Home Assistant down inside the mishap."""
        await set_up(self.hass, self.entry)
        begin = _midnight(self.mishap).timestamp() + self.mishap.at_hour * HOUR_S
        await self._until(begin, self.pace.calm_s)
        self._act(self.mishap.begin)
        await self._until(begin + self.mishap.lasts_s / 2, 60)
        if restart:
            await self.hass.config_entries.async_unload(self.entry.entry_id)
            await set_up(self.hass, self.entry)
        await self._until(begin + self.mishap.lasts_s, 60)
        self._act(self.mishap.end)
        await self._until(
            begin + self.mishap.lasts_s + self.pace.after_h * HOUR_S, self.pace.calm_s
        )

    def counted(self, tail: str) -> float:
        """Return the truth of now: what the site's register has counted, whatever it shows."""
        return self.mishap.registers[tail](self.simulator.site) + self._corrections[tail]

    def sensors(self) -> Iterator[tuple[str, str]]:
        """Return the entities that have to be right, each with the register behind it."""
        # An inverter that wraps tells the day to nobody, so that it is known after a midnight.
        days = self.mishap.day_told or self.hours[-1] - self.hours[0] > _DAY_S
        for tail in self.mishap.registers:
            name = f"sensor.envoy_{self.simulator.serial}_"
            if tail.startswith("battery"):
                yield f"{name}{tail}", tail
                continue
            yield f"{name}lifetime_{tail}", tail
            if days:
                yield f"{name}todays_{tail}", tail

    def lost_polls(self, entity_id: str) -> int:
        """Return for how many polls nobody can know the energy."""
        begin, end = (datetime.fromtimestamp(at, self.zone).date() for at in self._span)
        # A day's figure that begins anew has not shown what flowed after its last poll.
        return self.mishap.lost_polls + ("todays" in entity_id and begin != end)

    @property
    def zone(self) -> ZoneInfo:
        """The gateway's time zone."""
        return self.simulator.site.zone

    @property
    def _span(self) -> tuple[float, float]:
        return self.hours[0], self.hours[-1]

    async def bars(self) -> dict[str, list[Bar]]:
        """Return what the Energy dashboard draws of each sensor, one bar for each whole hour."""
        await settle(self.hass)
        await async_wait_recording_done(self.hass)
        sensors = dict(self.sensors())
        rows = await get_instance(self.hass).async_add_executor_job(
            statistics_during_period,
            self.hass,
            datetime.fromtimestamp(self.hours[0], UTC),
            datetime.fromtimestamp(self.hours[-1], UTC),
            set(sensors),
            "hour",
            {"energy": "Wh"},
            {"change"},
        )
        return {
            entity_id: list(self._compared(rows[entity_id], tail))
            for entity_id, tail in sensors.items()
        }

    def _compared(self, rows: list[Any], tail: str) -> Iterator[Bar]:
        truth, polls = self._by_hour(tail), self._polls[tail]
        for row, true, before, within in zip(rows, truth, polls, polls[1:], strict=False):
            # What an hour's last poll has missed comes with the first of the next hour.
            yield Bar(row["change"] or 0.0, true, max(before, within))

    def _by_hour(self, tail: str) -> list[float]:
        return [after - before for before, after in pairwise(self.truth[tail])]

    async def _until(self, moment: float, step_s: float) -> None:
        site = self.simulator.site
        while (at := math.floor((site.now + LEAD_S) / step_s + 1) * step_s - LEAD_S) <= moment:
            before = {tail: self.counted(tail) for tail in self.truth}
            await pass_time(self.hass, self.freezer, self.simulator, at - site.now)
            for tail, wh in before.items():
                self._most[tail] = max(self._most[tail], self.counted(tail) - wh)
            if (site.now + LEAD_S) % HOUR_S == 0:
                self._note_hour()

    def _note_hour(self) -> None:
        self.hours.append(self.simulator.site.now + LEAD_S)
        for tail, values in self.truth.items():
            values.append(self.counted(tail))
            self._polls[tail].append(self._most[tail])
            self._most[tail] = 0.0

    def _act(self, deed: object) -> None:
        """Do something to the site; registers that it moves have counted nothing by that."""
        before = {tail: self.counted(tail) for tail in self.truth}
        assert callable(deed)
        deed(self.simulator)
        for tail, wh in before.items():
            self._corrections[tail] += wh - self.counted(tail)


def beginning(mishap: Mishap, pace: Pace) -> datetime:
    """Return when the story begins: ten minutes before a whole hour, and half a minute."""
    hours = math.floor(mishap.at_hour) - pace.before_h
    return _midnight(mishap) + timedelta(hours=hours, seconds=-600 - LEAD_S)


def _midnight(mishap: Mishap) -> datetime:
    """Return the midnight before the mishap, where the gateway is."""
    return datetime(2026, 6, 17, tzinfo=ZoneInfo(mishap.scenario.plan.time_zone)).astimezone(UTC)
