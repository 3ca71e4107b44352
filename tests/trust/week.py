"""Days of a house in which all that can go wrong goes wrong by turns, and the truth beside them.

Nothing sleeps: the clock of the house, of Home Assistant and of its loop is the same one, and it is
moved on by steps, or as soon as the gateway leaves a request without an answer.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from tests.integration.flows import Cloud
from tests.integration.house import figure, settle
from tests.simulator import Simulator
from tests.simulator.listener import Listener

from .mishaps import METERED, STORAGE, Register

OURS = "custom_components.enphase_envoy"
MINUTE_S = 60
CALM_S = 300
"""Between two steps as long as all is well: 60 seconds for a week would take five times as long."""
CLOSE_S = 10 * MINUTE_S
"""For so long after each turn of events there is a poll every minute, as there is by default."""
RECOVERY_S = 40 * MINUTE_S
"""Pages that fail are asked again within 5 minutes; a new register has to last for half an hour."""
_HANG_S = 31
"""A page is given 30 seconds."""
_ROUNDING_WH = 2


@dataclass
class Week:
    """A house, its Home Assistant, and what has gone wrong so far."""

    hass: HomeAssistant
    freezer: FrozenDateTimeFactory
    simulator: Simulator
    cloud: Cloud
    entry: MockConfigEntry
    doors: list[Listener]
    """Where the gateway can be reached: at the first of them now, at the others some day."""
    lines: pytest.LogCaptureFixture
    random: Random
    story: list[str] = field(default_factory=list)
    """What has happened, for the reader of a failure."""
    _corrections: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    _lost_wh: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    """What nobody can know, as a meter's last counts before it was taken out."""
    _step_wh: Mapping[str, float] = field(default_factory=dict)
    _asked: int = 0

    # --- time -----------------------------------------------------------------------------------

    async def set_up(self) -> None:
        """Set the entry up, or up again."""
        if not self.hass.config_entries.async_get_entry(self.entry.entry_id):
            self.entry.add_to_hass(self.hass)
        await self.finish(self.hass.config_entries.async_setup(self.entry.entry_id))

    async def restart(self) -> None:
        """Stop what Home Assistant stops of us, and set it up again."""
        await self.finish(self.hass.config_entries.async_unload(self.entry.entry_id))
        await self.set_up()

    async def leave(self) -> None:
        """Unload the entry, and let Home Assistant write down what it still has to."""
        await self.finish(self.hass.config_entries.async_unload(self.entry.entry_id))
        await self.pass_time(CALM_S, CALM_S)

    async def finish(self, work: Coroutine[Any, Any, Any] | None = None) -> None:
        """Wait for work and for all that follows from it; time goes on where the gateway hangs."""

        async def whole() -> None:
            if work is not None:
                await work
            await settle(self.hass)

        under_way = asyncio.ensure_future(whole())
        while not under_way.done():
            await asyncio.sleep(0)
            if self._waited_for():
                self._tick(_HANG_S)
        await under_way

    async def come_to_order(self) -> None:
        """Have the gateway as it was at first, and a Home Assistant that has just restarted."""
        self.simulator.firmware = self.simulator.scenario.firmware
        await self.pass_time(RECOVERY_S, CALM_S)
        await self.restart()
        await self.pass_time(RECOVERY_S, CALM_S)

    async def look_closely(self, seconds: float) -> None:
        """Let time pass, with many polls at first."""
        close_s = min(seconds, CLOSE_S)
        await self.pass_time(close_s, MINUTE_S)
        await self.pass_time(seconds - close_s, CALM_S)

    async def pass_time(self, seconds: float, step_s: float) -> None:
        """Let time pass, with a poll in each step."""
        for _ in range(int(seconds / step_s)):
            before = {name: self.counted(name) for name in self.registers}
            self._tick(step_s)
            async_fire_time_changed(self.hass)
            await self.finish()
            self._step_wh = {name: self.counted(name) - wh for name, wh in before.items()}

    def _tick(self, seconds: float) -> None:
        self.freezer.tick(timedelta(seconds=seconds))
        self.simulator.site.advance(seconds)

    def _waited_for(self) -> bool:
        """Return whether the gateway has just left a request without an answer."""
        news = self.simulator.ledger[self._asked :]
        self._asked += len(news)
        return any(request.status is None for request in news)

    # --- truth ----------------------------------------------------------------------------------

    @property
    def registers(self) -> Mapping[str, Register]:
        """The truth behind the entities that have to be exact, by the tails of their ids."""
        measured = {f"lifetime_{tail}": register for tail, register in METERED.items()}
        return measured | (STORAGE if "storage" in self.simulator.scenario.plan.meters else {})

    def counted(self, name: str) -> float:
        """Return what a register has counted, whatever it shows."""
        return self.registers[name](self.simulator.site) + self._corrections[name]

    def tell(self, what: str) -> None:
        """Remember what happens, with the house's time."""
        self.story.append(f"{self.simulator.site.local_time:%d %H:%M} {what}")

    def act(self, deed: Callable[[Simulator], None], lost_polls: int = 0) -> None:
        """Do something to the site; registers that it moves have counted nothing by that."""
        before = {name: self.counted(name) for name in self.registers}
        deed(self.simulator)
        for name, wh in before.items():
            self._corrections[name] += wh - self.counted(name)
            self._lost_wh[name] += lost_polls * self._step_wh[name]

    def errors(self) -> dict[str, float]:
        """Return by how many watt-hours counters are wrong, beyond one sample."""
        wrong = {
            name: figure(self.hass, self.simulator, name) - self.counted(name)
            for name in self.registers
        }
        return {
            name: wh
            for name, wh in wrong.items()
            if abs(wh) > _ROUNDING_WH + self._step_wh[name] + self._lost_wh[name]
        }

    # --- what is left over ----------------------------------------------------------------------

    def said(self) -> list[str]:
        """Return our lines since the last call that an owner sees, and what others said of us."""
        records = [*self.lines.records]
        for record in records:
            # An error among the arguments would keep all alive that it has passed through.
            record.msg, record.args = record.getMessage(), None
        self.lines.clear()
        self.simulator.ledger.clear()
        self._asked = 0
        return [
            record.getMessage()
            for record in records
            if (record.name.startswith(OURS) and record.levelno >= logging.INFO)
            or (record.name.startswith("homeassistant") and record.levelno >= logging.WARNING)
        ]
