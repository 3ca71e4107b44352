"""Pages that lack a key or hold nonsense under it: every page of every site, key by key.

Of each page each key is deleted in turn, and each value replaced. Whatever comes of it, nothing but
an EnvoyError may be raised, and no figure may be wrong that another page feeds. No sockets: the
bytes are those of the simulator or of a captured gateway, and are served by a function.
"""

from __future__ import annotations

import json
import random
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from custom_components.enphase_envoy.envoy_reader import (
    Credentials,
    EnvoyError,
    EnvoyReader,
    Section,
    Snapshot,
    VolatileMemory,
)
from custom_components.enphase_envoy.envoy_reader.pages.endpoints import ENDPOINTS
from tests.simulator import SCENARIOS, Simulator
from tests.simulator.access import make_token
from tests.simulator.capture import Folder

from .test_captures import FOLDER, NAMES

pytestmark = pytest.mark.once

SAMPLE = 25
"""Mutations of a page in the suite; scripts/soak tries them all."""
PARSERS = {endpoint.path: endpoint.parse for endpoint in ENDPOINTS}
DELETED = object()
NONSENSE: tuple[Any, ...] = (DELETED, None, "text", [], 10**30)

# What each page may change; any other page may only change what makes a site another one.
METERED = {Section.PRODUCTION, Section.CONSUMPTION, Section.BATTERY_FLOW, Section.METERS}
AC = {Section.AC_BATTERIES, Section.AC_BATTERY_TOTALS}
OWN = {
    "/ivp/meters/readings": METERED,
    "/api/v1/production": {Section.PRODUCTION},
    "/api/v1/production/inverters": {Section.INVERTERS, *AC},
    # Without a battery or a controller in it there is nothing to be set or switched.
    "/ivp/ensemble/inventory": {
        *(Section.BATTERIES, Section.BATTERY_FLOW, Section.BATTERY_TOTALS, Section.CONTROLLERS),
        *(Section.STORAGE_SETTINGS, Section.GRID, Section.GRID_PROFILE),
        *(Section.DRY_CONTACTS, Section.GENERATOR),
    },
    "/ivp/ensemble/dry_contacts": {Section.DRY_CONTACTS},
    "/ivp/ss/dry_contact_settings": {Section.DRY_CONTACTS},
    "/ivp/ensemble/generator": {Section.GENERATOR},
    "/ivp/ss/gen_config": {Section.GENERATOR},
    "/ivp/ss/gen_schedule": {Section.GENERATOR},
    "/ivp/ss/gen_mode": {Section.GENERATOR},
    "/ivp/ensemble/power": {Section.BATTERIES, Section.BATTERY_FLOW},
    "/ivp/ensemble/secctrl": {
        *(Section.BATTERIES, Section.BATTERY_FLOW),
        *(Section.BATTERY_TOTALS, Section.AC_BATTERY_TOTALS),
    },
    "/production.json?details=1": {
        *(Section.PRODUCTION, Section.CONSUMPTION, Section.ACTIVE_COUNT),
        *AC,
    },
    "/production": {Section.PRODUCTION, Section.CONSUMPTION, Section.ACTIVE_COUNT, *AC},
    "/ivp/pdm/device_data": {Section.PRODUCTION, Section.INVERTERS, Section.RELAYS},
    "/ivp/peb/devstatus": {Section.INVERTERS, Section.RELAYS},
    "/inventory.json?deleted=1": {Section.INVERTERS, Section.RELAYS, *AC},
    "/inventory.json": {Section.INVERTERS, Section.RELAYS, *AC},
    "/ivp/pdm/energy": {Section.PRODUCTION},
    "/production?locale=en": {Section.PRODUCTION},
    "/home": {Section.GRID, Section.NETWORK},
    "/home.json": {Section.GRID, Section.NETWORK},
    "/home?locale=en": {Section.ACTIVE_COUNT},
    "/admin/lib/tariff": {Section.STORAGE_SETTINGS},
    "/ivp/sc/pvlimit": {Section.PRODUCTION_LIMIT},
    "/ivp/ss/pel_settings": {Section.EXPORT_LIMIT},
    # What is said here decides what everything else is read from.
    "/ivp/meters": METERED | {Section.BATTERY_TOTALS},
    "/info": set(Section),
}


@dataclass
class Still:
    """A gateway that stands still, with one page that may be another one."""

    pages: Mapping[str, bytes]
    serial: str
    at: float
    target: str = ""
    body: bytes = b""

    def answer(self, request: httpx.Request) -> httpx.Response:
        """Answer as the gateway does; a page that it has not is 404."""
        target = request.url.raw_path.decode()
        if target == "/auth/check_jwt":
            return httpx.Response(200, content=b"<h2>Valid token.</h2>")
        if target == self.target:
            return httpx.Response(200, content=self.body)
        found = self.pages.get(target)
        return httpx.Response(404) if found is None else httpx.Response(200, content=found)

    async def read(self, state: dict[str, Any] | None = None) -> Snapshot:
        """Return what a reader makes of two collections, the later pages included."""
        token = make_token(self.serial, "owner", self.at, 86400)
        transport = httpx.MockTransport(self.answer)
        async with httpx.AsyncClient(transport=transport) as client:
            reader = EnvoyReader(
                "gateway.test",
                gateway=client,
                cloud=client,
                credentials=Credentials(),
                memory=VolatileMemory(token, state),
                clock=lambda: self.at,
            )
            await reader.read()
            return await reader.read()


def figures(snapshot: Snapshot) -> dict[Section, object]:
    """Return what each section shows."""
    bank = snapshot.bank
    return {
        Section.PRODUCTION: snapshot.production,
        Section.CONSUMPTION: snapshot.consumption,
        Section.INVERTERS: dict(snapshot.inverters),
        Section.BATTERIES: (dict(snapshot.batteries), bank and bank.charge_pct),
        Section.BATTERY_FLOW: bank and (bank.power_w, bank.charged_wh, bank.discharged_wh),
        Section.BATTERY_TOTALS: bank and (bank.reserve_pct, bank.reserve_wh, bank.health_pct),
        Section.AC_BATTERIES: dict(snapshot.ac_batteries),
        Section.AC_BATTERY_TOTALS: snapshot.ac_bank,
        Section.GRID: snapshot.on_grid,
        Section.CONTROLLERS: [
            dict(them) for them in (snapshot.controllers, snapshot.collars, snapshot.combiners)
        ],
        Section.DRY_CONTACTS: dict(snapshot.dry_contacts),
        Section.RELAYS: dict(snapshot.relays),
        Section.GENERATOR: snapshot.generator,
        Section.METERS: dict(snapshot.meters),
        Section.NETWORK: snapshot.gateway.surroundings,
        Section.STORAGE_SETTINGS: snapshot.storage,
        Section.PRODUCTION_LIMIT: snapshot.gateway.production_limit,
        Section.EXPORT_LIMIT: snapshot.gateway.export_limit,
        Section.GRID_PROFILE: snapshot.gateway.grid_profile,
        Section.ACTIVE_COUNT: snapshot.gateway.active_inverters,
    }


def mutants(value: Any) -> Iterator[Any]:
    """Return the value with each of its parts in turn deleted or made nonsense."""
    places: list[Any] = []
    if isinstance(value, dict):
        places = list(value)
    elif isinstance(value, list) and value:
        places = sorted({0, len(value) - 1})  # those between are like these
    for place in places:
        for nonsense in NONSENSE:
            yield _with(value, place, nonsense)
        for part in mutants(value[place]):
            yield _with(value, place, part)


def _with(value: Any, place: Any, part: Any) -> Any:
    changed = value.copy()
    if part is DELETED:
        del changed[place]
    else:
        changed[place] = part
    return changed


def bodies(body: bytes) -> Iterator[bytes]:
    """Return the mutants of a page of JSON, or of XML and HTML, from which tags are taken."""
    try:
        yield from (json.dumps(mutant).encode() for mutant in mutants(json.loads(body)))
    except ValueError:
        text = body.decode("latin-1")
        for found in re.finditer(r">([^<>]+)<|<[^<>]+>", text):
            for nonsense in ("", "text", str(10**30)):
                begin, end = found.span(1) if found[1] else found.span()
                yield (text[:begin] + nonsense + text[end:]).encode("latin-1")


def meaning(target: str, body: bytes) -> str:
    """Return all that the reader can know of a body; nothing but an EnvoyError may be raised."""
    try:
        return repr(PARSERS[target](body))
    except EnvoyError as err:
        return repr(err)


async def survive(gateway: Still, target: str, limit: int | None) -> None:
    """Read a gateway with each mutant of a page in turn, and compare with the whole one."""
    gateway.target = ""
    whole = figures(await gateway.read())
    tried = list(bodies(gateway.pages[target]))
    if limit is not None and len(tried) > limit:
        tried = random.Random(target).sample(tried, limit)  # noqa: S311 -- repeatable
    gateway.target = target
    # Every mutant is parsed; what means the same for the reader is read once.
    for body in {meaning(target, body): body for body in tried}.values():
        gateway.body = body
        try:
            shown = figures(await gateway.read())
        except EnvoyError:
            continue
        for part in whole.keys() - OWN.get(target, set()):
            assert shown[part] == whole[part], (part, body)


def simulated(scenario: str) -> Still:
    """Return a scenario that stands still."""
    simulator = Simulator(scenario)
    bodies = simulator.capture()
    pages = {target: bodies.get(target, bodies.get(target.partition("?")[0])) for target in PARSERS}
    found = {target: body for target, body in pages.items() if body is not None}
    return Still(found, simulator.serial, simulator.site.now)


def captured(name: str) -> Still:
    """Return a captured gateway; its files say by their names which page they are."""
    folder = Folder(FOLDER / name)
    pages = {
        target: reply.body
        for target in PARSERS
        if (reply := folder.find(target)) is not None and reply.status == httpx.codes.OK
    }
    serial = re.search(rb"<sn>\s*([^<\s]+)|Serial Number:\s*(\w+)", pages.get("/info", b""))
    found = next(filter(None, serial.groups())).decode() if serial else ""
    return Still(pages, found, time.time())


# The large ones have the pages of the small ones, only longer.
SITES = [name for name in SCENARIOS if not name.startswith("pc_bench_5") and "300" not in name]


@pytest.mark.parametrize("scenario", SITES)
async def test_nonsense_in_a_page_stays_there(scenario):
    gateway = simulated(scenario)
    for target in gateway.pages:
        await survive(gateway, target, SAMPLE // len(gateway.pages) + 1)


@pytest.mark.deep
@pytest.mark.parametrize("scenario", SITES)
async def test_any_nonsense_in_a_page_stays_there(scenario):
    gateway = simulated(scenario)
    for target in gateway.pages:
        await survive(gateway, target, None)


@pytest.mark.deep
@pytest.mark.skipif(not NAMES, reason="ENVOY_CAPTURES names no folder of captured pages")
@pytest.mark.parametrize("name", NAMES)
async def test_any_nonsense_in_a_captured_page_stays_there(name):
    gateway = captured(name)
    for target in gateway.pages:
        await survive(gateway, target, None)
