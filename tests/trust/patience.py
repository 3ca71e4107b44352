"""A house in which time passes while something hangs.

The clock stands still under ``freezer``, that of the event loop too: no limit of time ends by
itself. So what hangs is waited for as exactly as everything else, and takes no time.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta

import httpx
from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from tests.integration.flows import Cloud
from tests.integration.house import figure, word
from tests.simulator import Simulator
from tests.simulator.faults import Hang

_TURNS = 600
"""Turns of the loop without any traffic after which a request under way is taken to hang."""


class Silence:
    """A cloud that takes requests and never answers."""

    def __init__(self) -> None:
        """Begin with nobody waiting."""
        self.asked = self.waiting = 0

    async def __call__(self, _request: httpx.Request) -> httpx.Response:
        """Let a request wait until its sender gives up."""
        self.asked += 1
        self.waiting += 1
        try:
            await asyncio.Event().wait()
        finally:
            self.waiting -= 1
        raise AssertionError  # pragma: no cover -- nobody wakes it


@dataclass
class PatientHouse:
    """A Home Assistant, its gateway and the cloud, each of which may be away."""

    hass: HomeAssistant
    freezer: FrozenDateTimeFactory
    simulator: Simulator
    cloud: Cloud
    entry: MockConfigEntry
    silence: Silence = field(default_factory=Silence)

    async def start(self) -> None:
        """Set the entry up. Nothing can be waited for: no time passes."""
        await self.hass.config_entries.async_setup(self.entry.entry_id)
        await self.hass.async_block_till_done()
        await self.calm_down()

    async def stop(self) -> None:
        """Unload the entry."""
        await self.hass.config_entries.async_unload(self.entry.entry_id)

    async def pass_time(self, seconds: float, *, step_s: float = 10) -> None:
        """Let time pass in steps, whatever hangs meanwhile."""
        for _ in range(round(seconds / step_s)):
            self.freezer.tick(timedelta(seconds=step_s))
            self.simulator.site.advance(step_s)
            async_fire_time_changed(self.hass)
            await self.calm_down()

    async def calm_down(self) -> None:
        """Let everything happen that needs no time."""
        done = asyncio.ensure_future(self.hass.async_block_till_done(wait_background_tasks=True))
        server, turns, traffic = self.simulator.server, 0, (0, 0)
        while not done.done() and turns < _TURNS:
            # A turn of the loop is all that sockets of this machine need; threads need more.
            await asyncio.get_running_loop().run_in_executor(None, int)
            before, traffic = traffic, (server.bytes_sent, len(server.ledger))
            hanging = traffic == before and (server.under_way or self.silence.waiting)
            turns = turns + 1 if hanging else 0
        done.cancel()

    def hang(self) -> None:
        """Let the gateway take requests and never answer."""
        self.simulator.faults["*"] = Hang()

    async def refuse(self) -> None:
        """Let nothing listen at the gateway's address."""
        await self.simulator.switch_off()

    async def come_back(self) -> None:
        """Let the gateway start; connections that it had are broken off."""
        await self.simulator.switch_off()
        self.simulator.faults.clear()
        await self.simulator.switch_on()

    def shown(self) -> dict[str, str]:
        """Return all sensors with what they show."""
        return {state.entity_id: state.state for state in self.hass.states.async_all("sensor")}

    def word(self, tail: str) -> str:
        """Return what a sensor of the gateway shows."""
        return word(self.hass, self.simulator, tail)

    def figure(self, tail: str) -> float:
        """Return what a sensor of the gateway shows, as a number."""
        return figure(self.hass, self.simulator, tail)
