"""A reader that looks at a simulated site over real sockets, with the site's own clock."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from custom_components.enphase_envoy.envoy_reader import (
    Credentials,
    EnvoyReader,
    Snapshot,
    Timing,
    VolatileMemory,
)
from tests.simulator import Simulator, Site

from . import direct

BEGIN = 1_781_712_000.0
"""A summer's day in 2026, 16:00 UTC: the sun is up at the sites in Europe and in America."""
TIMING = Timing(retries=0)


def unverified() -> httpx.AsyncClient:
    """Return a client as the owner of a reader makes it for a gateway."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return httpx.AsyncClient(verify=context, trust_env=False)


@dataclass
class Visit:
    """A site, and a reader that comes to look at it again and again."""

    simulator: Simulator
    gateway: httpx.AsyncClient
    cloud: httpx.AsyncClient
    memory: VolatileMemory
    options: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """Take a new reader with the same memory, as after a restart of its owner."""
        self.reader = EnvoyReader(
            self.simulator.host,
            gateway=self.gateway,
            cloud=self.cloud,
            memory=self.memory,
            clock=lambda: self.simulator.site.now,
            **{"credentials": Credentials(), "timing": TIMING, **self.options},
        )

    async def after(self, seconds: float) -> Snapshot:
        """Let time pass on the site, then read."""
        self.simulator.site.advance(seconds)
        return await self.reader.read()

    def asked(self, since: int = 0) -> list[str]:
        """Return the pages that were asked, in order, each as often as it was let in or refused."""
        return [request.path for request in self.simulator.ledger[since:]]


@pytest.fixture
async def visit() -> AsyncIterator[Callable[..., Any]]:
    """Return a function that opens a site and a reader for it, on a summer's day (``BEGIN``).

    Where it is not ``wired``, the reader asks without sockets: see ``direct``.
    """
    async with AsyncExitStack() as stack:

        async def open_site(
            scenario: str,
            *,
            token: bool = True,
            start: float | None = BEGIN,
            wired: bool = True,
            **options: Any,
        ) -> Visit:
            simulator = await stack.enter_async_context(Simulator(scenario, start=start))
            client = unverified() if wired else direct.client(simulator)
            gateway = await stack.enter_async_context(client)
            cloud = await stack.enter_async_context(
                httpx.AsyncClient(
                    proxy=simulator.cloud.proxy,
                    verify=ssl.create_default_context(cafile=simulator.cloud.ca_file),
                )
            )
            installer = simulator.scenario.way_in == "token-installer"
            kind = "installer" if installer else "owner"
            memory = VolatileMemory(token=simulator.token(kind) if token else None)
            return Visit(simulator, gateway, cloud, memory, options)

        yield open_site


@pytest.fixture
async def room(visit) -> AsyncIterator[Callable[..., Any]]:
    """Return a function that opens a site with a reader whose pauses are the site's time."""
    async with AsyncExitStack() as stack:

        async def enter(
            scenario: str = "pc_d83_controls",
            prepare: Callable[[Site], None] = lambda _site: None,
            *,
            wired: bool = False,
            **options: Any,
        ) -> Visit:
            opened: Visit

            async def sleep(seconds: float) -> None:
                opened.simulator.site.advance(seconds)
                await asyncio.sleep(0)

            opened = await visit(scenario, token=False, wired=wired, sleep=sleep)
            client = unverified() if wired else direct.client(opened.simulator)
            opened.options["writer"] = await stack.enter_async_context(client)
            installs = opened.simulator.scenario.way_in == "token-installer"
            opened.memory.token = opened.simulator.token("installer" if installs else "owner")
            opened.options |= options
            opened.restart()
            prepare(opened.simulator.site)
            opened.simulator.site.advance(0)
            await opened.reader.read()
            await opened.after(60)
            return opened

        yield enter
