"""Runs an integration in a Home Assistant whose clock jumps, and measures it (scripts/bench).

A process of its own for each measurement: Home Assistant's core, real timers, and one integration.
Only the clocks of the event loop and of the module ``time`` run ahead, a minute at a time, so that
hours pass in seconds. The gateway's clock is moved along. It prints one line of JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import statistics
import sys
import time
import urllib.request
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

_real_time, _real_monotonic = time.time, time.monotonic
_ahead_s = 0.0


def _shifted_time() -> float:
    return _real_time() + _ahead_s


def _shifted_monotonic() -> float:
    return _real_monotonic() + _ahead_s


# Before Home Assistant and integrations are imported: they keep references.
time.time, time.monotonic = _shifted_time, _shifted_monotonic

from homeassistant import bootstrap, loader  # noqa: E402
from homeassistant.config_entries import ConfigEntries, ConfigEntryState  # noqa: E402
from homeassistant.const import EVENT_STATE_REPORTED  # noqa: E402
from homeassistant.core import HomeAssistant, callback  # noqa: E402
from homeassistant.helpers import entity_registry as er  # noqa: E402
from homeassistant.setup import async_setup_component  # noqa: E402

DOMAIN = "enphase_envoy"
MINUTE_S = 61
"""A second more than the interval, so that one poll is due after each jump whatever its offset."""

WARM_UP = 65
"""Collections before measuring: set-up, caches of Home Assistant, and more than an hour, so that
every page has come but those of a day."""
PARTS = 5
"""Of the collections that are measured; each is long enough for every page but those of a day."""
LIVE_S = 2
LIVE_POLLS = 25
"""Between two collections."""


class JumpingLoop(asyncio.SelectorEventLoop):
    """An event loop whose timers see the shifted clock, and which times what holds it."""

    longest_s = 0.0
    """The longest processor time of one callback."""

    def time(self) -> float:
        """Return the shifted clock."""
        return _shifted_monotonic()


def _watch(loop: JumpingLoop) -> None:
    """Time every callback. Processor time: what else the machine does is not our doing."""
    run = asyncio.Handle._run  # noqa: SLF001  there is no other place where all callbacks pass

    def timed(handle: asyncio.Handle) -> None:
        begin = time.thread_time()
        run(handle)
        loop.longest_s = max(loop.longest_s, time.thread_time() - begin)

    setattr(asyncio.Handle, "_run", timed)  # noqa: B010  typed as what must not be replaced


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What one integration took for a number of collections."""

    collections: int
    entities: int
    hours: float
    """By the clock of the house."""
    requests: int
    bytes: int
    idle_writes: int
    """States that were written although nothing in them had changed."""
    cpu_s: float
    """Of the whole process, Home Assistant's own share included. This and the next are the median
    of a few parts of the run: what happens to the machine once does not count."""
    held_s: float
    """The longest time that the event loop was held."""
    growth_blocks: int
    """Memory blocks in use at the end, less those at the beginning."""
    growth_mib: float
    """The same for the memory of the process."""
    live_poll_s: float | None = None
    """Processor time of one live poll, Home Assistant's own share included: the median of the
    means of each minute."""
    live_requests: float | None = None
    """Requests of one live poll."""


class Simulator:
    """The simulated gateway's control port."""

    def __init__(self, url: str) -> None:
        """Remember where it is."""
        self._url = url

    def advance(self, seconds: float) -> None:
        """Let time pass there."""
        self._ask("/advance", {"seconds": seconds})

    def traffic(self) -> dict[str, int]:
        """Return how much was asked of it so far."""
        return self._ask("/traffic")

    def _ask(self, path: str, body: dict[str, float] | None = None) -> dict[str, int]:
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(self._url + path, data) as answer:  # noqa: S310  loopback
            return dict(json.load(answer))


def _memory() -> tuple[int, float]:
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return sys.getallocatedblocks(), pages * 4096 / 2**20


class IdleWrites:
    """Counts the states that are written although nothing in them has changed."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Count from now on."""
        self.count = 0
        hass.bus.async_listen(EVENT_STATE_REPORTED, self._note, event_filter=self._is_figure)

    @callback
    def _is_figure(self, data: Mapping[str, Any]) -> bool:
        return str(data["entity_id"]).startswith(("sensor.", "binary_sensor."))

    @callback
    def _note(self, _event: object) -> None:
        self.count += 1


async def _enable_all(hass: HomeAssistant, entry_id: str) -> None:
    """Enable what is off at first, as often as that lets more of it appear."""
    registry = er.async_get(hass)
    while off := [
        entry for entry in er.async_entries_for_config_entry(registry, entry_id) if entry.disabled
    ]:
        for row in off:
            registry.async_update_entity(row.entity_id, disabled_by=None)
        await hass.config_entries.async_reload(entry_id)
        await hass.async_block_till_done(wait_background_tasks=True)


async def measure(
    config: Path, simulator: Simulator, collections: int, *, everything: bool, live: bool
) -> Measured:
    """Start Home Assistant with what ``config`` holds, warm it up, and measure.

    ``everything``: with the entities, too, that are off until the user enables them. ``live``:
    measure live polls of ours, too.
    """
    loop = asyncio.get_running_loop()
    assert isinstance(loop, JumpingLoop)
    hass = HomeAssistant(str(config))
    hass.config.skip_pip = True
    hass.config_entries = ConfigEntries(hass, {})
    loader.async_setup(hass)
    await bootstrap.async_load_base_functionality(hass)
    await async_setup_component(hass, "network", {})
    await async_setup_component(hass, DOMAIN, {})
    await hass.async_start()
    await hass.async_block_till_done(wait_background_tasks=True)
    (entry,) = hass.config_entries.async_entries(DOMAIN)
    if entry.state is not ConfigEntryState.LOADED:
        sys.exit(f"{DOMAIN} is not loaded: {entry.state} {entry.reason}")
    for _ in range(WARM_UP):
        if everything:
            await _enable_all(hass, entry.entry_id)
        await _collect(hass, simulator)
    gc.freeze()  # whose garbage collection looks through all of Home Assistant is chance
    blocks, mib = _memory()
    before = simulator.traffic()
    await asyncio.sleep(0)  # end the callback that has just collected garbage
    idle, worked_s, longest_s = IdleWrites(hass), [], []
    for _ in range(PARTS):
        loop.longest_s = 0.0
        worked_s.append(sum([await _collect(hass, simulator) for _ in range(collections // PARTS)]))
        longest_s.append(loop.longest_s)
    collections -= collections % PARTS
    after, (blocks_after, mib_after) = simulator.traffic(), _memory()
    measured = Measured(
        collections=collections,
        entities=len(hass.states.async_entity_ids(("sensor", "binary_sensor"))),
        hours=collections * MINUTE_S / 3600,
        requests=after["requests"] - before["requests"],
        bytes=after["bytes"] - before["bytes"],
        idle_writes=idle.count,
        cpu_s=PARTS * statistics.median(worked_s),
        held_s=statistics.median(longest_s),
        growth_blocks=blocks_after - blocks,
        growth_mib=mib_after - mib,
    )
    if live:
        measured = await _with_live(hass, simulator, measured)
    await hass.async_stop(force=True)
    return measured


async def _with_live(hass: HomeAssistant, simulator: Simulator, measured: Measured) -> Measured:
    """Switch live values on and measure their polls, for as many minutes as collections."""
    (switch,) = (it for it in hass.states.async_entity_ids("switch") if it.endswith("_live_values"))
    await hass.services.async_call("switch", "turn_on", {"entity_id": switch}, blocking=True)
    means, polls, requests = [], 0, 0
    for _ in range(measured.collections):
        await _collect(hass, simulator)  # of which none is due while live polls are measured
        took_s = []
        for _ in range(LIVE_POLLS):
            before = simulator.traffic()["requests"]
            spent_s = await _collect(hass, simulator, LIVE_S)
            if asked := simulator.traffic()["requests"] - before:  # a poll was due
                took_s.append(spent_s)
                requests += asked
        means.append(statistics.mean(took_s))
        polls += len(took_s)
    return replace(measured, live_poll_s=statistics.median(means), live_requests=requests / polls)


async def _collect(hass: HomeAssistant, simulator: Simulator, seconds: float = MINUTE_S) -> float:
    """Let time pass, usually a minute; return the processor seconds of what is due then."""
    global _ahead_s  # noqa: PLW0603  the clock is one for all
    await asyncio.to_thread(simulator.advance, seconds)
    begin = time.process_time()
    _ahead_s += seconds
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await hass.async_block_till_done(wait_background_tasks=True)
    return time.process_time() - begin


def main() -> None:
    """Measure once."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("config", type=Path)
    parser.add_argument("control")
    parser.add_argument("collections", type=int)
    parser.add_argument("--everything", action="store_true")
    parser.add_argument("--live", action="store_true")
    arguments = parser.parse_args()
    with asyncio.Runner(loop_factory=JumpingLoop) as loop_runner:
        loop = loop_runner.get_loop()
        assert isinstance(loop, JumpingLoop)
        _watch(loop)
        measured = loop_runner.run(
            measure(
                arguments.config,
                Simulator(arguments.control),
                arguments.collections,
                everything=arguments.everything,
                live=arguments.live,
            )
        )
    sys.stdout.write(json.dumps(asdict(measured)) + "\n")


if __name__ == "__main__":
    main()
