"""Measures how long a command keeps the regular readings waiting (scripts/bench).

A gateway is asked one thing at a time, so a page that is due waits for one page of a command at the
most. Here a command is read back as often as the gateway can answer, which is more than it ever is.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from custom_components.enphase_envoy.envoy_reader import (
    Command,
    Control,
    Credentials,
    EnvoyReader,
    VolatileMemory,
)
from tests.reader.conftest import unverified
from tests.simulator import Simulator
from tests.simulator.latency import SLOW

SITE: Final = "pc_d83_controls"
PAGE: Final = "/ivp/ensemble/relay"
"""The page of the command; nothing else asks for it."""
ROUNDS: Final = 6
SCALE: Final = 0.1
"""Seconds for each second of a slow gateway."""
HOUR_S: Final = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """How long regular readings pause from one page to the next, in seconds."""

    alone_s: float
    """The longest one without a command."""
    beside_s: float
    """The longest one while a command is under way."""
    page_s: float
    """The longest time of any page."""
    pages: int
    """How many pages of commands came between two regular ones at the most."""

    @property
    def added_s(self) -> float:
        """What the command has added."""
        return self.beside_s - self.alone_s


async def measure(rounds: int = ROUNDS) -> Pause:
    """Read a slow gateway: all pages without a command, then beside one, and so on."""
    async with Simulator(SITE) as simulator, unverified() as gateway, unverified() as writer:

        async def sleep(seconds: float) -> None:
            simulator.site.advance(seconds)
            await asyncio.sleep(0)

        reader = EnvoyReader(
            simulator.host,
            gateway=gateway,
            cloud=gateway,  # nobody asks it: there is a token
            writer=writer,
            credentials=Credentials(),
            memory=VolatileMemory(token=simulator.token()),
            clock=lambda: simulator.site.now,
            sleep=sleep,
        )

        async def gaps() -> list[tuple[float, int]]:
            """Return how long each gap between two pages is, and how many others are in it."""
            simulator.site.advance(HOUR_S)
            first = len(simulator.ledger)
            await reader.read()
            asked = list(enumerate(simulator.ledger[first:]))
            regular = [(place, it) for place, it in asked if it.path != PAGE]
            return [
                (later.real_at - sooner.real_at - sooner.seconds, place - former - 1)
                for (former, sooner), (place, later) in pairwise(regular)
            ]

        await reader.read()
        simulator.latency.table, simulator.latency.scale = SLOW, SCALE
        alone, beside = await gaps(), []
        for number in range(rounds):
            alone += await gaps()
            reading = asyncio.create_task(gaps())
            command = Command(control=Control.GRID, value=number % 2 == 1)
            await reader.command(command, lambda: None)
            beside += await reading
    return Pause(
        alone_s=max(alone)[0],
        beside_s=max(beside)[0],
        page_s=max(it.seconds for it in simulator.ledger),
        pages=max(count for _, count in beside),
    )
