"""One bad page costs one page: every page of a site, spoiled in every way.

At the reader and without sockets, where a site's day passes in no time; what Home Assistant makes
of it is tested in ``tests/integration/test_outage.py``.
"""

from dataclasses import dataclass, field

import pytest

from custom_components.enphase_envoy.envoy_reader import Health, Section, VolatileMemory
from tests.reader.conftest import Visit
from tests.reader.direct import client
from tests.simulator import SCENARIOS, Simulator, faults
from tests.simulator.faults import Fault, Faults

QUARTER_S = 900
HOUR_S = 3600
DAY_S = 24 * HOUR_S
SELDOM_S = 3 * HOUR_S
"""Within this time a page is asked again of which nothing hangs but what hardly ever changes."""

FAULTS: dict[str, Fault] = {
    "hang": faults.Hang(),
    "refuse": faults.Refuse(),
    "reset": faults.Reset(),
    "401": faults.Status(401),
    "403": faults.Status(403),
    "404": faults.Status(404),
    "500": faults.Status(500),
    "502": faults.Status(502),
    "503": faults.Status(503),
    "html": faults.Garbage(b"<html><body>Page Not Found</body></html>"),
    "object": faults.Garbage(b"{}"),
    "list": faults.Garbage(b"[]"),
    "null": faults.Garbage(b"null"),
    "truncated": faults.Truncate(),
    "cut_short": faults.CutShort(),
    "wrong_type": faults.Garbage(b'"text"'),
    "drip": faults.Drip(bytes_per_second=20),
}

METERED = {Section.PRODUCTION, Section.CONSUMPTION, Section.METERS}
# What each page of a site feeds alone; a page that feeds nothing by itself may fail unseen.
SITES = {
    "pc_d83_three_phase_storage_ct": {
        "/info": set(),
        "/home": set(),
        "/ivp/meters": set(),
        "/ivp/meters/readings": {*METERED, Section.BATTERY_FLOW},
        "/ivp/ensemble/inventory": {Section.BATTERIES, Section.GRID},
        "/ivp/ensemble/power": set(),
        "/ivp/ensemble/secctrl": set(),
        "/api/v1/production/inverters": {Section.INVERTERS},
        "/production.json": set(),
    },
    "pc_d8_three_phase_battery": {
        "/ivp/meters/readings": METERED,
        "/ivp/ensemble/inventory": {Section.BATTERIES},
        "/ivp/ensemble/power": {Section.BATTERY_FLOW},
    },
    "p_d7_standard": {
        "/info": set(),
        "/home": set(),
        "/ivp/meters": set(),
        "/api/v1/production": {Section.PRODUCTION},
        "/api/v1/production/inverters": {Section.INVERTERS},
    },
    "pc_d7_no_cts": {
        "/ivp/meters": set(),
        "/api/v1/production": set(),
        "/production.json": {Section.PRODUCTION},
    },
    "p_d83_standard": {
        "/ivp/meters": set(),
        "/production.json": set(),
        "/ivp/pdm/device_data": {Section.PRODUCTION, Section.INVERTER_DETAILS},
        "/ivp/pdm/energy": set(),
    },
    "p_d5_standard": {
        "/api/v1/production": {Section.PRODUCTION},
        "/api/v1/production/inverters": {Section.INVERTERS},
    },
    "p0_r37_html": {"/info": set(), "/production": {Section.PRODUCTION}},
}
# What each page feeds alone wherever it is asked.
ALWAYS = {
    "/admin/lib/tariff": {Section.STORAGE_SETTINGS},
    "/home": {Section.NETWORK, Section.ACTIVE_COUNT},
    "/inventory.json": {Section.AC_BATTERIES, Section.INVERTER_STATES, Section.RELAYS},
    "/ivp/ensemble/dry_contacts": {Section.DRY_CONTACTS},
    "/ivp/ensemble/generator": {Section.GENERATOR},
    "/ivp/ensemble/inventory": {Section.CONTROLLERS, Section.GRID, Section.GRID_PROFILE},
    "/ivp/ensemble/power": {Section.BATTERY_POWER},
    "/ivp/ensemble/secctrl": {Section.BATTERY_TOTALS},
    "/ivp/pdm/device_data": {Section.INVERTER_DETAILS, Section.RELAYS},
    "/ivp/sc/pvlimit": {Section.PRODUCTION_LIMIT},
    "/ivp/ss/pel_settings": {Section.EXPORT_LIMIT},
    "/production.json": {Section.ACTIVE_COUNT, Section.AC_BATTERY_TOTALS},
}
# What a page may cost besides on the sites that are not listed: what it feeds on some of them.
MOST = {
    "/ivp/meters/readings": {*METERED, Section.BATTERY_FLOW},
    "/ivp/ensemble/inventory": {Section.BATTERIES, Section.GRID},
    "/ivp/ensemble/power": {Section.BATTERY_FLOW},
    "/api/v1/production": {Section.PRODUCTION},
    "/api/v1/production/inverters": {Section.INVERTERS},
    "/production.json": {Section.PRODUCTION, Section.CONSUMPTION},
    "/production": {Section.PRODUCTION, Section.CONSUMPTION},
    "/ivp/pdm/device_data": {Section.PRODUCTION},
}
# Those for timing are one site in three sizes.
SCENES = [name for name in SCENARIOS if not name.startswith("pc_bench")]
PAGES = [(site, page) for site, pages in SITES.items() for page in pages]
# Each page in some ways, each way on some pages.
SAMPLE = [
    (site, page, list(FAULTS)[(3 * number + turn) % len(FAULTS)])
    for number, (site, page) in enumerate(PAGES)
    for turn in (0, 8)
]


def unwell(snapshot):
    """Return the sections that are not fresh."""
    return {part for part, health in snapshot.health.items() if health is not Health.FRESH}


@dataclass
class Witness:
    """A reader for which one page of a site is going to be spoilt."""

    simulator: Simulator
    page: str
    spoilt: Faults = field(default_factory=Faults)

    def __post_init__(self):
        gateway = client(self.simulator, self.spoilt)
        memory = VolatileMemory(token=self.simulator.token())
        self.reader = Visit(self.simulator, gateway, gateway, memory).reader
        name = self.simulator.scenario.name
        told = SITES.get(name, {}).get(self.page, MOST.get(self.page, set()))
        self.own = told | ALWAYS.get(self.page, set())

    async def begin(self, name):
        """See the site while all is well, then have the page spoilt."""
        await self.reader.read()
        self.before = await self.reader.read()
        assert not self.before.failures, self.page
        self.lifetime_wh = self.before.production.total.lifetime_wh or 0
        self.spoilt[self.page] = FAULTS[name]

    async def look(self):
        """Read, and find everything well but what the page feeds alone."""
        snapshot = await self.reader.read()
        assert snapshot.reachable, self.page
        assert unwell(snapshot) <= self.own, self.page
        assert {path.partition("?")[0] for path in snapshot.failures} <= {self.page}
        assert snapshot.sources == self.before.sources, self.page
        shown = snapshot.production.total
        assert (shown.lifetime_wh or 0) >= self.lifetime_wh, self.page
        if Section.PRODUCTION not in self.own and Section.METERS in snapshot.health:
            truth = self.simulator.site.production.power_w
            assert shown.power_w == pytest.approx(truth, abs=0.01), self.page

    async def has_healed(self, *, wholly):
        """Read, and tell whether nothing is lacking, or ``wholly``, whether no page fails."""
        snapshot = await self.reader.read()
        return not unwell(snapshot) and not (wholly and snapshot.failures)


async def passes(simulator, witnesses, seconds):
    """Let time pass; after a longer time, slow pages are made up for one by one."""
    simulator.site.advance(seconds)
    for _ in range(4 if seconds >= QUARTER_S else 0):
        for witness in witnesses:
            await witness.reader.read()
        simulator.site.advance(60)


async def bad_pages_cost_only_their_own(simulator, pages, name):
    """Spoil pages, each for one reader, for a day and twenty minutes; then mend them."""
    witnesses = [Witness(simulator, page) for page in pages]
    for witness in witnesses:
        await witness.begin(name)
    for seconds in (60, 60, 120, DAY_S, 60, 300, 300, 300, 300):
        await passes(simulator, witnesses, seconds)
        for witness in witnesses:
            await witness.look()
    for witness in witnesses:
        witness.spoilt.clear()
    for seconds, wholly in ((900, False), (SELDOM_S, True)):
        await passes(simulator, witnesses, seconds)
        ill = [witness.page for witness in witnesses if not await witness.has_healed(wholly=wholly)]
        assert ill == []


async def pages_of(simulator):
    """Return the pages that are asked on a site."""
    witness = Witness(simulator, "")
    await witness.reader.read()
    await witness.reader.read()
    pages = witness.reader.report()["pages"]
    return {path.partition("?")[0] for path, row in pages.items() if row["body"]}


@pytest.mark.parametrize(("scenario", "page", "name"), SAMPLE)
async def test_bad_page_costs_only_its_own(scenario, page, name):
    await bad_pages_cost_only_their_own(Simulator(scenario), [page], name)


@pytest.mark.deep
@pytest.mark.parametrize("name", FAULTS)
@pytest.mark.parametrize("scenario", SCENES)
async def test_every_bad_page_costs_only_its_own(scenario, name):
    simulator = Simulator(scenario)
    pages = await pages_of(simulator)

    await bad_pages_cost_only_their_own(simulator, pages, name)
