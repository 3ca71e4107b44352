"""How often to collect, how often each page is asked, and how old it may be are three things.

The clock runs while the gateway works, so that slow pages take their time.
"""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import httpx
import pytest

from custom_components.enphase_envoy.envoy_reader import (
    Credentials,
    Health,
    Section,
    Snapshot,
)
from custom_components.enphase_envoy.envoy_reader.pages.endpoints import ENDPOINTS
from custom_components.enphase_envoy.envoy_reader.profile import GatewayProfile, ProductionSource
from tests.simulator import faults

from .conftest import Visit
from .direct import client
from .looking import HOUR, looking, minutes, refuse_all

SITE = "pc_d8_split_storage_ct"
SLOW_S = {"/home": 10.0, "/inventory.json": 10.0, "/production.json": 8.0}
SLOW = {row.path for row in ENDPOINTS if row.slow}
MOMENTARY = {Section.PRODUCTION, Section.CONSUMPTION, Section.METERS, Section.BATTERY_POWER}
each_interval = pytest.mark.parametrize("interval_s", [5, 60, 300])


def busy(site: Visit, slow_s: dict[str, float]) -> list[tuple[float, str]]:
    """Let pages take their time by the site's own clock; return when each request came."""
    inner = client(site.simulator)
    asked: list[tuple[float, str]] = []

    async def answer(request: httpx.Request) -> httpx.Response:
        asked.append((site.simulator.site.now, request.url.raw_path.decode()))
        site.simulator.site.advance(slow_s.get(request.url.path, 0.1))
        return await inner.send(request)

    site.gateway = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    site.restart()
    return asked


async def collect(site: Visit, interval_s: float) -> Snapshot:
    """Wait for the next collection as Home Assistant does, and make it."""
    site.simulator.site.advance(interval_s)
    return await site.reader.read()


@pytest.mark.parametrize(
    ("scenario", "interval_s"),
    [(SITE, 5), (SITE, 60), (SITE, 300), ("p_d83_standard", 60), ("pc_d7_no_cts", 60)],
)
async def test_slow_pages_make_nothing_stale(scenario, interval_s):
    site = looking(scenario, interval_s=interval_s)
    busy(site, SLOW_S)
    await site.reader.read()
    begin = site.simulator.site.now

    while site.simulator.site.now < begin + 1.2 * HOUR:
        snapshot = await collect(site, interval_s)
        stale = {part for part, health in snapshot.health.items() if health is not Health.FRESH}
        assert stale == set()


@each_interval
async def test_one_slow_page_is_asked_in_a_collection(interval_s):
    site = looking("pc_d7_no_cts", interval_s=interval_s)
    asked = busy(site, SLOW_S)
    await site.reader.read()
    begin = site.simulator.site.now
    seen: Counter[str] = Counter()

    while site.simulator.site.now < begin + 1.2 * HOUR:
        asked.clear()
        await collect(site, interval_s)
        slow = [path for _, path in asked if path in SLOW]
        assert len(slow) <= 1
        seen.update(slow)

    assert {"/home", "/inventory.json?deleted=1", "/production.json?details=1"} <= seen.keys()


async def test_refusal_of_a_slow_page_leaves_its_turn_to_the_twin():
    site = looking("p_d7_standard")
    site.simulator.faults["/home"] = faults.Status(404)
    await site.reader.read()

    snapshot = await minutes(site, 1)

    assert snapshot
    assert snapshot.profile.mac is not None


@pytest.mark.parametrize(
    "profile",
    [
        GatewayProfile(serial="1", production_from=source, has_batteries=batteries)
        for source in ProductionSource
        for batteries in (False, True)
    ],
)
def test_every_page_has_a_rhythm(profile):
    assert all(row.every_s(profile) > 0 for row in ENDPOINTS)


@each_interval
async def test_page_that_fails_waits_by_its_own_rhythm(interval_s):
    site = looking(SITE, interval_s=interval_s)
    await minutes(site, 10, every_s=interval_s)
    site.simulator.faults["/home"] = faults.Status(500)
    asked = busy(site, {})
    begin = site.simulator.site.now

    while site.simulator.site.now < begin + HOUR:
        await collect(site, interval_s)

    times = [at for at, path in asked if path == "/home"]
    assert min(b - a for a, b in pairwise(times)) >= 50
    assert len(times) <= 18


async def test_page_that_fails_once_at_a_short_interval_is_not_stale():
    site = looking(SITE, interval_s=5)
    busy(site, {"/production.json": 50.0})
    await site.reader.read()
    for _ in range(3):
        await collect(site, 5)
    site.simulator.faults["/ivp/meters/readings"] = [faults.Status(503)]

    snapshot = await collect(site, 5)

    assert all(snapshot.healthy(part) is Health.FRESH for part in MOMENTARY)


@each_interval
async def test_gateway_that_is_gone_is_stale_after_three_cycles(interval_s):
    site = looking(SITE, interval_s=interval_s)
    await minutes(site, 10, every_s=interval_s)
    site.simulator.faults["*"] = faults.Refuse()

    seen = [(await collect(site, interval_s)).health[Section.PRODUCTION] for _ in range(3)]

    assert seen == [Health.FRESH, Health.FRESH, Health.STALE]


@pytest.mark.parametrize(("refused_min", "logins"), [(4, 0), (10, 1)])
@pytest.mark.parametrize("interval_s", [5, 60])
async def test_cloud_is_asked_for_a_token_only_when_no_restart_lasts_so_long(
    interval_s, refused_min, logins
):
    asked = []

    def cloud(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        return httpx.Response(503)

    site = looking("p_d7_standard", interval_s=interval_s)
    site.cloud = httpx.AsyncClient(transport=httpx.MockTransport(cloud))
    site.options["credentials"] = Credentials("a@b.example", "secret", use_enlighten=True)
    site.restart()
    await minutes(site, 2, every_s=interval_s)
    refuse_all(site, faults.Status(401))
    site.simulator.faults["/auth/check_jwt"] = faults.Status(401)

    await minutes(site, refused_min, every_s=interval_s)

    assert len(asked) == logins
