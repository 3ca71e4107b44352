"""Every counter of a site under every mishap, beside a twin of the site to which nothing happens.

The recorder tests count hours of two figures; here all figures are looked at, at short and at usual
intervals, without a Home Assistant.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AsyncExitStack

import httpx
import pytest

from custom_components.enphase_envoy.envoy_reader import (
    Credentials,
    EnvoyReader,
    Flow,
    Snapshot,
    VolatileMemory,
)
from tests.reader.conftest import BEGIN, TIMING
from tests.reader.direct import client
from tests.simulator import Simulator

from .mishaps import MISHAPS, Mishap

CALM_POLLS = 6
ROUNDING_WH = 3.0
LATE_S = 1200
"""What is reported or archived every quarter of an hour may come that much later."""


class Story:
    """A site, its reader, and what was shown of each counter."""

    def __init__(self, simulator: Simulator, interval_s: float) -> None:
        """Read the site every ``interval_s``."""
        self.simulator = simulator
        self.interval_s = interval_s
        self.memory = VolatileMemory(token=simulator.token())
        self.shown: dict[str, list[float]] = {}
        self.restart()

    def restart(self) -> None:
        """Take a new reader with the same memory."""
        self.reader = EnvoyReader(
            self.simulator.host,
            gateway=client(self.simulator),
            cloud=httpx.AsyncClient(),
            credentials=Credentials(),
            memory=self.memory,
            timing=TIMING,
            interval_s=self.interval_s,
            zone=self.simulator.site.zone,
            clock=lambda: self.simulator.site.now,
        )

    async def poll(self, times: int) -> None:
        """Let time pass and read, so many times."""
        for _ in range(times):
            self.simulator.site.advance(self.interval_s)
            snapshot = await self.reader.read()
            for name, wh in counters(snapshot):
                if wh is not None:
                    self.shown.setdefault(name, []).append(wh)


def counters(snapshot: Snapshot) -> Iterator[tuple[str, float | None]]:
    """Return all counters that have an entity, by a name."""
    for name in ("production", "consumption", "net"):
        flow: Flow | None = getattr(snapshot, name)
        for number, figures in enumerate((flow.total, *flow.phases) if flow else ()):
            yield f"{name} {number}", figures.lifetime_wh
    for kind, meter in snapshot.meters.items():
        for number, ct in enumerate((meter.total, *meter.phases)):
            yield f"{kind} delivered {number}", ct.delivered_wh
            yield f"{kind} received {number}", ct.received_wh
    if snapshot.bank:
        yield "charged", snapshot.bank.charged_wh
        yield "discharged", snapshot.bank.discharged_wh
    for serial, inverter in snapshot.inverters.items():
        yield f"inverter {serial}", inverter.lifetime_wh


async def live(mishap: Mishap, interval_s: float) -> tuple[Story, Story]:
    """Live through a mishap and, beside it, without it."""
    polls = max(2, round(min(mishap.lasts_s, 24 * interval_s) / interval_s))
    after = 40 if interval_s >= 60 else 20
    async with AsyncExitStack() as stack:
        troubled, calm = [
            Story(
                await stack.enter_async_context(Simulator(mishap.scenario, start=BEGIN)), interval_s
            )
            for _ in range(2)
        ]
        for story in (troubled, calm):
            await story.poll(CALM_POLLS)
        mishap.begin(troubled.simulator)
        await troubled.poll(polls // 2)
        troubled.restart()
        await troubled.poll(polls - polls // 2)
        mishap.end(troubled.simulator)
        await troubled.poll(after)
        await calm.poll(polls + after)
    return troubled, calm


@pytest.mark.parametrize("interval_s", [5, 60])
@pytest.mark.parametrize("mishap", MISHAPS, ids=lambda mishap: mishap.name)
async def test_no_counter_falls_or_runs_ahead(mishap, interval_s):
    troubled, calm = await live(mishap, interval_s)

    falling, ahead = {}, {}
    for name, shown in troubled.shown.items():
        if not name.startswith("net") and shown != sorted(shown):
            falling[name] = shown
        if name in calm.shown:
            grown = shown[-1] - shown[0]
            truth = calm.shown[name][-1] - calm.shown[name][0]
            late = 2000 * (LATE_S / 3600) if "inverter" in name or mishap.lost_polls else 0
            if not -ROUNDING_WH - late <= truth - grown <= ROUNDING_WH + late + held_wh(calm, name):
                ahead[name] = (grown, truth)
    assert (falling, ahead) == ({}, {})
    assert len(troubled.shown) >= 1


def held_wh(calm: Story, name: str) -> float:
    """Return what may still be held at the end: half an hour of a register in doubt."""
    shown = calm.shown[name]
    return abs(shown[-1] - shown[-min(len(shown), 32)])
