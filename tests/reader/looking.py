"""Readers that look at simulated sites without sockets, so that days take moments."""

from __future__ import annotations

import json

from custom_components.enphase_envoy.envoy_reader import (
    EnvoyError,
    Snapshot,
    VolatileMemory,
)
from tests.simulator import Scenario, Simulator
from tests.simulator.faults import Fault
from tests.simulator.firmware import Firmware

from .conftest import Visit
from .direct import client

MINUTE, HOUR, DAY = 60, 3600, 86_400


def looking(
    scenario: str | Scenario, firmware: Firmware | None = None, interval_s: float = 60
) -> Visit:
    """Return a reader that looks at a site without sockets."""
    simulator = Simulator(scenario)
    if firmware is not None:
        simulator.firmware = firmware
    gateway = client(simulator)
    memory = VolatileMemory(token=simulator.token())
    return Visit(simulator, gateway, gateway, memory, {"interval_s": interval_s})


def counted(site: Visit) -> list[str]:
    """Note the paths of all requests from now on."""
    asked: list[str] = []
    site.gateway.event_hooks["request"] = [lambda request: _note(asked, request.url.path)]
    return asked


async def _note(asked: list[str], path: str) -> None:
    asked.append(path)


async def minutes(site: Visit, count: float, every_s: float = 60) -> Snapshot | None:
    """Collect for some minutes; ``None`` as long as nothing is known."""
    snapshot = None
    for _ in range(int(count * MINUTE / every_s)):
        site.simulator.site.advance(every_s)
        try:
            snapshot = await site.reader.read()
        except EnvoyError:
            snapshot = None
    return snapshot


def refuse_all(site: Visit, fault: Fault) -> None:
    """Refuse every page; who it is the gateway still says, and that the token is good."""
    site.simulator.faults["*"] = fault
    for path in ("/info", "/auth/check_jwt"):
        site.simulator.faults[path] = [None] * 10_000


def reload(site: Visit) -> None:
    """Begin anew with what is remembered."""
    data = json.loads(json.dumps(site.memory.data))
    site.memory = VolatileMemory(site.memory.token, data)
    site.restart()
