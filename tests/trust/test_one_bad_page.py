"""One bad page costs one page: every page of a site, spoiled in every way.

At the reader, where a site's day passes in a second; what Home Assistant makes of it is tested in
``tests/integration/test_outage.py``.
"""

from itertools import product

import pytest

from custom_components.enphase_envoy.envoy_reader import Health, Section, Timing
from tests.simulator import faults

HASTE = {"timing": Timing(page_s=0.1, retries=0, collection_s=5)}
HOUR_S = 3600
DAY_S = 24 * HOUR_S

FAULTS = {
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
        "/ivp/pdm/device_data": {Section.PRODUCTION},
        "/ivp/pdm/energy": set(),
    },
    "p_d5_standard": {
        "/api/v1/production": {Section.PRODUCTION},
        "/api/v1/production/inverters": {Section.INVERTERS},
    },
    "p0_r37_html": {"/info": set(), "/production": {Section.PRODUCTION}},
}
PAGES = [(site, page) for site, pages in SITES.items() for page in pages]
MATRIX = [(site, page, name) for (site, page), name in product(PAGES, FAULTS)]
# Each page in some ways, each way on some pages.
SAMPLE = [
    (site, page, list(FAULTS)[(3 * number + turn) % len(FAULTS)])
    for number, (site, page) in enumerate(PAGES)
    for turn in (0, 8)
]


def unwell(snapshot):
    """Return the sections that are not fresh."""
    return {part for part, health in snapshot.health.items() if health is not Health.FRESH}


async def bad_page_costs_only_its_own(visit, scenario, page, name):
    """Spoil a page for a day and twenty minutes, and look what it costs; then mend it."""
    own = SITES[scenario][page]
    site = await visit(scenario, **HASTE)
    await site.reader.read()
    before = await site.after(60)
    assert not before.failures
    site.simulator.faults[page] = FAULTS[name]

    for seconds in (60, 60, 120, DAY_S, 60, 300, 300, 300, 300):
        snapshot = await site.after(seconds)

        assert snapshot.reachable
        assert unwell(snapshot) <= own
        assert {path.partition("?")[0] for path in snapshot.failures} <= {page}
        truth = site.simulator.site.production.power_w
        if Section.PRODUCTION not in own and scenario.startswith("pc_d83"):
            assert snapshot.production.total.power_w == pytest.approx(truth, abs=0.01)
    assert snapshot.production.total.lifetime_wh >= before.production.total.lifetime_wh
    assert snapshot.sources == before.sources

    del site.simulator.faults[page]
    for seconds in (300, 300, 300):
        snapshot = await site.after(seconds)
    assert not snapshot.failures
    assert not unwell(snapshot)
    assert snapshot.sources == before.sources


@pytest.mark.parametrize(("scenario", "page", "name"), SAMPLE)
async def test_bad_page_costs_only_its_own(visit, scenario, page, name):
    await bad_page_costs_only_its_own(visit, scenario, page, name)


@pytest.mark.deep
@pytest.mark.parametrize(("scenario", "page", "name"), MATRIX)
async def test_every_bad_page_costs_only_its_own(visit, scenario, page, name):
    await bad_page_costs_only_its_own(visit, scenario, page, name)
