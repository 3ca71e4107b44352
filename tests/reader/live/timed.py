"""Live values in simulated time: polls, collections, pauses and latencies are all the site's."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from itertools import pairwise
from typing import Final

import httpx

from custom_components.enphase_envoy.envoy_reader import EnvoyError, Snapshot
from tests.reader.conftest import Visit

READINGS: Final = "/ivp/meters/readings"
MINUTE_S: Final = 60.0
RETRY_S: Final = 10.0
"""Between two collections while the gateway does not answer."""


class Live:
    """Polls a gateway as Home Assistant does while live values are on, at the site's time.

    A visit that is not ``wired`` is needed: each request takes what ``simulator.latency`` says.
    """

    def __init__(self, visit: Visit, *, collects: bool = True) -> None:
        """Poll with ``visit``; ``collects``: once a minute, too."""
        self.visit = visit
        self.site = visit.simulator.site
        self.collects = collects
        self.polls: list[float] = []
        """When live polls have begun to ask, answered or not."""
        self.busy_s = 0.0
        """Seconds that requests have taken, of collections and commands, too."""
        self.grid_w = 0.0
        """The true power of the grid when the meters were read last."""
        self.shown: Snapshot | None = None
        self.steps = 0
        """How often time has passed."""
        self.on_step: Callable[[], None] = lambda: None
        self.on_show: Callable[[Snapshot], None] = lambda _snapshot: None
        self.held: set[str] = set()
        """Paths that answer only after ``release``."""
        self.waiting = asyncio.Event()
        """Set when something waits for ``release``."""
        self._released = asyncio.Event()
        self._asks_first = False
        self._collection_at = self.site.now + MINUTE_S
        self._stream: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._sleepers: list[tuple[float, asyncio.Event]] = []
        for client in (visit.gateway, visit.options.get("writer")):
            if client is not None:
                client.event_hooks["request"] = [self._spend]
        self.restart()

    def restart(self) -> None:
        """Begin with a new reader that has the memory of the one before."""
        self.visit.options["sleep"] = self.sleep
        self.visit.restart()
        self.time_requests()

    def time_requests(self) -> None:
        """Let the reader time its requests by the site's clock."""
        self.visit.reader._transport._clock = lambda: self.site.now  # noqa: SLF001 -- real time elsewhere

    async def begin(self, pace_s: float = 2.0) -> None:
        """Read twice, as slow pages come with the second collection, and switch live values on."""
        await self.visit.reader.read()
        await self.visit.after(MINUTE_S)
        self._collection_at = self.site.now + MINUTE_S
        self.visit.reader.begin_live(pace_s)

    def latency(self, table: Mapping[str, float], times: float = 1.0) -> None:
        """Let requests take so long."""
        latency = self.visit.simulator.latency
        latency.table, latency.scale = table, times

    def release(self) -> None:
        """Let the answers come that were held."""
        self.held.clear()
        self._released.set()

    async def live_on(self, seconds: float) -> None:
        """Let time pass."""
        end = self.site.now + seconds
        while self.site.now < end:
            if self.collects and self.site.now >= self._collection_at:
                await self._collect()
            self._asks_first = True
            snapshot = await self.visit.reader.read_live()
            self._asks_first = False
            if snapshot is not None:
                self.show(snapshot)
            await self._pass(self.visit.reader.live_wait_s)

    def show(self, snapshot: Snapshot) -> None:
        """Take what would be shown."""
        self.shown = snapshot
        self.on_show(snapshot)

    async def follow_stream(self) -> None:
        """Read the stream, too, from now on."""

        def show(snapshot: Snapshot) -> None:
            self.grid_w = self.site.grid.power_w
            self.show(snapshot)

        self._stream = asyncio.ensure_future(self.visit.reader.follow_stream(show))
        await self.visit.simulator.stream.wait_for_clients(1)

    async def leave_stream(self) -> None:
        """Read the stream no more."""
        self._stream.cancel()
        await asyncio.gather(self._stream, return_exceptions=True)
        # What has ended keeps the frames in which it was cancelled, and with them the reader.
        self._stream = asyncio.get_running_loop().create_future()

    async def sleep(self, seconds: float) -> None:
        """Wait until so much time has passed at the site."""
        over = asyncio.Event()
        self._sleepers.append((self.site.now + seconds, over))
        await over.wait()

    def gaps(self, since: float = 0.0) -> list[float]:
        """Return the seconds between live polls that began after a time."""
        return [after - before for before, after in pairwise(self.since(since))]

    def since(self, when: float) -> list[float]:
        """Return when live polls have begun, from a time on."""
        return [at for at in self.polls if at >= when]

    async def _collect(self) -> None:
        reachable = False
        with suppress(EnvoyError):
            reachable = (await self.visit.reader.read()).reachable
        self._collection_at = self.site.now + (MINUTE_S if reachable else RETRY_S)

    async def _pass(self, seconds: float) -> None:
        self.site.advance(seconds)
        self.steps += 1
        self.on_step()
        for sleeper in [it for it in self._sleepers if it[0] <= self.site.now]:
            self._sleepers.remove(sleeper)
            sleeper[1].set()
        for _ in range(10):  # others may have something to do
            await asyncio.sleep(0)

    async def _spend(self, request: httpx.Request) -> None:
        if self._asks_first:
            self.polls.append(self.site.now)
            self._asks_first = False
        if request.url.path in self.held:
            self.waiting.set()
            await self._released.wait()
        seconds = self.visit.simulator.latency.seconds(request.url.raw_path.decode())
        self.busy_s += seconds
        self.site.advance(seconds)
        if request.url.path == READINGS:
            self.grid_w = self.site.grid.power_w
