"""The pages of inverters' details are asked for those who look at them, and for nobody else."""

from __future__ import annotations

import pytest

from custom_components.enphase_envoy.envoy_reader import Section
from tests.simulator.faults import Status

DETAILS = "/ivp/pdm/device_data"
STATUS = "/ivp/peb/devstatus"
INVENTORY = "/inventory.json"


async def asked_in_an_hour(site, demand: set[Section]) -> dict[str, int]:
    """Return how often each page of details is asked after the first three collections.

    One slow page has its turn in each collection from the second on.
    """
    for _ in range(3):
        await site.reader.read()
        site.simulator.site.advance(60)
    begin = len(site.simulator.ledger)
    for _ in range(60):
        await site.reader.read(demand)
        site.simulator.site.advance(60)
    asked = site.asked(begin)
    return {page: asked.count(page) for page in (DETAILS, STATUS, INVENTORY) if page in asked}


@pytest.mark.parametrize(
    ("demand", "asked"),
    [
        ({Section.INVERTERS}, {}),
        ({Section.INVERTER_DETAILS}, {DETAILS: 12}),
        ({Section.INVERTER_STATES}, {INVENTORY: 1}),
    ],
)
async def test_page_is_asked_while_somebody_looks(visit, demand, asked):
    site = await visit("pc_d83_device_data")

    assert await asked_in_an_hour(site, demand) == asked


async def test_details_are_asked_where_production_rests_on_them(visit):
    site = await visit("pc_d82_stalled")

    assert await asked_in_an_hour(site, {Section.PRODUCTION}) == {DETAILS: 12}


async def test_owner_never_asks_what_only_installers_may_see(visit):
    site = await visit("pc_d7_installer")
    site.memory.token = site.simulator.token("owner")
    site.restart()

    await asked_in_an_hour(site, set(Section))

    assert STATUS not in site.asked()


async def test_full_page_of_details_leaves_the_others_with_the_list(visit):
    site = await visit("pc_d83_82_inverters")

    snapshot = await site.reader.read()

    inverters = snapshot.inverters.values()
    assert len(inverters) == 82
    assert sum(inverter.detailed for inverter in inverters) == 50


async def test_list_that_nobody_may_read_is_made_of_the_details(visit):
    site = await visit("pc_d83_device_data")
    site.simulator.faults["/api/v1/production/inverters"] = Status(404)

    snapshot = await site.reader.read()

    assert len(snapshot.inverters) == 12
    assert not snapshot.failures


async def test_lifetime_of_one_inverter_outlives_a_restart_of_the_gateway(visit):
    site = await visit("pc_d83_device_data")
    before = await site.reader.read()
    inverter = next(iter(site.simulator.site.inverters.values()))
    inverter.move_to(0.0)

    snapshot = await site.after(300)

    lifetime_wh = before.inverters[inverter.serial].lifetime_wh
    assert snapshot.inverters[inverter.serial].lifetime_wh == lifetime_wh
