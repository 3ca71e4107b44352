"""Measures how fresh live values are, and what they cost (scripts/bench --live).

A simulated gateway with recorded latencies runs in a thread of its own, in real time; a reader
polls it live at a pace of 2 s beside its collections, and some polls fail. Ten times in a second it
is noted how old the grid power is that is shown. Then the processor time of live polls in Home
Assistant is held against a cycle of the built-in integration. Exits with 1 if an aim is missed.
"""

from __future__ import annotations

import argparse
import asyncio
import ssl
import statistics
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import product
from typing import Final

import homeassistant.const  # noqa: F401 -- before httpx, which it may replace by another one

from custom_components.enphase_envoy.envoy_reader import (
    Credentials,
    EnvoyReader,
    Health,
    Section,
    Timing,
    VolatileMemory,
)
from custom_components.enphase_envoy.gateway_http import GatewayClient
from tests.simulator import Simulator
from tests.simulator.faults import Reset
from tests.simulator.latency import FAST, SLOW

from .bench import judge_live

READINGS: Final = "/ivp/meters/readings"
SIZES: Final = (10, 300)
NETWORKS: Final[Mapping[str, Mapping[str, float]]] = {"fast": FAST, "slow": SLOW}
PACE_S: Final = 2.0
SECONDS: Final = 150.0
EVERY_S: Final = 60.0
MEDIAN_S, WORST_S, BUSY_PCT = 2.5, 5.0, 50.0


@dataclass(slots=True)
class Run:
    """What one run has shown."""

    ages_s: list[float] = field(default_factory=list)
    cpu_s: list[float] = field(default_factory=list)
    """Processor time of each live poll."""
    busy_pct: float = 0.0
    unhealthy: int = 0
    """Samples in which the grid power was not there."""

    @property
    def median_s(self) -> float:
        """The median age."""
        return statistics.median(self.ages_s)

    @property
    def late_s(self) -> float:
        """The 95th percentile of the ages."""
        return statistics.quantiles(self.ages_s, n=20)[-1]

    def missed(self) -> list[str]:
        """Return the aims that are missed."""
        aims = {
            f"median {self.median_s:.2f} s": self.median_s <= MEDIAN_S,
            f"95th percentile {self.late_s:.2f} s": self.late_s <= WORST_S,
            f"busy {self.busy_pct:.0f} %": self.busy_pct < BUSY_PCT,
            f"{self.unhealthy} samples without a power": not self.unhealthy,
        }
        return [aim for aim, met in aims.items() if not met]


@contextmanager
def gateway(inverters: int, table: Mapping[str, float]) -> Iterator[Simulator]:
    """Run a simulated gateway in a thread, so that its work is not taken for ours."""
    loop = asyncio.new_event_loop()
    simulator = Simulator(f"pc_bench_{inverters}")
    simulator.gateway.speed = 1.0
    simulator.latency.table = table
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    asyncio.run_coroutine_threadsafe(simulator.server.start(), loop).result()
    try:
        yield simulator
    finally:
        asyncio.run_coroutine_threadsafe(simulator.server.stop(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def measure(simulator: Simulator, seconds: float) -> Run:
    """Poll live for some time."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    run = Run()
    async with GatewayClient(context) as client:
        reader = EnvoyReader(
            simulator.host,
            gateway=client,
            cloud=client,
            credentials=Credentials(),
            memory=VolatileMemory(token=simulator.token()),
            timing=Timing(),
        )
        for _ in range(6):  # each takes one slow page, which are then due once in many minutes
            await reader.read()
        reader.begin_live(PACE_S)
        shown_of = [time.monotonic()]
        tasks = [
            asyncio.ensure_future(_live(reader, simulator, run, shown_of)),
            asyncio.ensure_future(_collect(reader, simulator, shown_of)),
        ]
        asked = len(simulator.ledger)
        begin = time.monotonic()
        while time.monotonic() - begin < seconds:
            await asyncio.sleep(0.1)
            run.ages_s.append(time.monotonic() - shown_of[0])
            snapshot = reader.current() if len(run.ages_s) % 10 == 0 else None
            if snapshot and (
                snapshot.net is None
                or snapshot.net.total.power_w is None
                or snapshot.healthy(Section.CONSUMPTION) is not Health.FRESH
            ):
                run.unhealthy += 1
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        busy_s = sum(it.seconds for it in simulator.ledger[asked:])
        run.busy_pct = 100 * busy_s / (time.monotonic() - begin)
    return run


def _sampled_at(simulator: Simulator) -> float:
    """Return when the gateway was asked for the readings that were answered last."""
    return next(
        it.real_at for it in reversed(simulator.ledger) if it.path == READINGS and it.status == 200
    )


async def _live(reader: EnvoyReader, simulator: Simulator, run: Run, shown_of: list[float]) -> None:
    count = 0
    while True:
        count += 1
        if count % 20 == 0:
            simulator.faults[READINGS] = [Reset()]
        begin = time.thread_time()
        if await reader.read_live() is not None:
            run.cpu_s.append(time.thread_time() - begin)
            shown_of[0] = _sampled_at(simulator)
        await asyncio.sleep(reader.live_wait_s)


async def _collect(reader: EnvoyReader, simulator: Simulator, shown_of: list[float]) -> None:
    while True:
        await asyncio.sleep(EVERY_S)
        await reader.read()
        shown_of[0] = _sampled_at(simulator)


def main() -> int:
    """Run the command; return its exit code."""
    parser = argparse.ArgumentParser(prog="scripts/bench --live", description=__doc__)
    parser.add_argument("--live", action="store_true")
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--size", type=int, action="append", choices=SIZES, dest="sizes")
    arguments = parser.parse_args()
    missed: list[str] = []
    for size, (name, table) in product(arguments.sizes or SIZES, NETWORKS.items()):
        with gateway(size, table) as simulator:
            run = asyncio.run(measure(simulator, arguments.seconds))
        title = f"{size} inverters, {name} network"
        sys.stdout.write(
            f"{title}: grid power is {run.median_s:.2f} s old, 95 %: {run.late_s:.2f} s, "
            f"busy {run.busy_pct:.0f} %, {1000 * statistics.mean(run.cpu_s):.1f} ms of processor "
            f"time for each of {len(run.cpu_s)} live polls\n"
        )
        sys.stdout.flush()
        missed += [f"{title}: {aim}" for aim in run.missed()]
    for size in arguments.sizes or SIZES:
        missed += asyncio.run(judge_live(size))
    sys.stdout.write("\n".join(missed or ["All aims are met"]) + "\n")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
