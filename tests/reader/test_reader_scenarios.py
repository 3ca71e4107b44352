"""Every kind of site is recognised and read right, with no page too many."""

from __future__ import annotations

import pytest

from custom_components.enphase_envoy.envoy_reader import Health, Model, Section
from tests.simulator import SCENARIOS

from .conftest import BEGIN

# None on the roof, or none that is alive.
WITHOUT_CLAMPS = {"pc_d42_no_cts", "pc_d7_no_cts", "pc_d82_stalled", "pc_d8_load_clamp_only"}
WITHOUT_A_SIGN = {"pc_d42_no_cts"}  # of inputs for clamps, on the pages that the site needs
WITHOUT_A_LIST = {"p0_r37_html", "p0_d37_xml"}

# What the first collection asks, /info aside. Whoever adds a page sees here whom it costs what.
FIRST_COLLECTION = {
    "p0_r37_html": ["/api/v1/production", "/production"],
    "p_d7_standard": [
        "/ivp/meters",
        "/api/v1/production",
        "/ivp/ensemble/inventory",
        "/api/v1/production/inverters",
        "/ivp/pdm/device_data",
    ],
    "pc_d7_no_cts": [
        "/ivp/meters",
        "/api/v1/production",
        "/ivp/ensemble/inventory",
        "/api/v1/production/inverters",
        "/production.json",
        "/ivp/pdm/device_data",
        "/ivp/pdm/energy",
        "/auth/check_jwt",
        "/ivp/pdm/energy",
    ],
    "pc_d7_one_phase": [
        "/ivp/meters",
        "/ivp/meters/readings",
        "/ivp/ensemble/inventory",
        "/api/v1/production/inverters",
        "/production.json",
        "/ivp/pdm/device_data",
    ],
    "pc_d7_three_phase": [
        "/ivp/meters",
        "/ivp/meters/readings",
        "/ivp/ensemble/inventory",
        "/api/v1/production/inverters",
        "/production.json",
        "/ivp/pdm/device_data",
    ],
    "pc_d8_split_storage_ct": [
        "/ivp/meters",
        "/ivp/meters/readings",
        "/ivp/ensemble/inventory",
        "/ivp/ensemble/power",
        "/ivp/ensemble/secctrl",
        "/ivp/ensemble/dry_contacts",
        "/ivp/ss/dry_contact_settings",
        "/ivp/ensemble/generator",
        "/api/v1/production/inverters",
        "/production.json",
        "/ivp/pdm/device_data",
    ],
}

# An hour of one collection a minute, by page. What does not exist is asked four times in the first
# hour, as the gateway may just have started.
ONE_HOUR = {
    "p0_r37_html": {"/production": 60, "/home": 12, "/api/v1/production": 4},
    "p_d7_standard": {
        "/api/v1/production": 60,
        "/api/v1/production/inverters": 12,
        "/ivp/ensemble/inventory": 2,
        "/ivp/meters": 6,
        "/home": 1,
        "/inventory.json": 1,
        "/ivp/sc/pvlimit": 4,
        "/ivp/ss/pel_settings": 4,
        "/ivp/pdm/device_data": 4,
    },
    "pc_d8_split_storage_ct": {
        "/ivp/meters/readings": 60,
        "/ivp/ensemble/power": 60,
        "/ivp/ensemble/inventory": 60,
        "/ivp/ensemble/secctrl": 20,
        "/ivp/ensemble/dry_contacts": 30,
        "/ivp/ss/dry_contact_settings": 4,
        "/api/v1/production/inverters": 12,
        "/ivp/meters": 6,
        "/production.json": 4,
        "/home": 1,
        "/inventory.json": 1,
        "/admin/lib/tariff": 6,
        "/ivp/sc/pvlimit": 4,
        "/ivp/ss/pel_settings": 4,
        "/ivp/pdm/device_data": 4,
    },
}


@pytest.mark.parametrize("name", SCENARIOS)
async def test_site_is_recognised(visit, name):
    site = await visit(name)

    snapshot = await site.reader.read()

    facts = site.simulator.scenario
    assert snapshot.profile.model == ("P" if name in WITHOUT_A_SIGN else facts.model)
    assert snapshot.profile.phases == (facts.phases if snapshot.profile.metering else 1)
    assert len(snapshot.inverters) == (0 if name in WITHOUT_A_LIST else facts.inverters)
    assert len(snapshot.batteries) == facts.batteries


@pytest.mark.parametrize("name", SCENARIOS)
async def test_everything_of_a_healthy_site_is_fresh(visit, name):
    site = await visit(name)

    snapshot = await site.reader.read()

    assert set(snapshot.health.values()) == {Health.FRESH}
    assert not snapshot.failures
    assert Section.PRODUCTION in snapshot.health


@pytest.mark.parametrize("name", SCENARIOS)
async def test_one_request_at_a_time(visit, name):
    site = await visit(name)

    await site.reader.read()

    assert site.simulator.max_concurrent == 1


@pytest.mark.parametrize(
    "name",
    [name for name in SCENARIOS if name.startswith("pc_") and name not in WITHOUT_CLAMPS],
)
async def test_metered_power_and_energy_are_the_sites_own(visit, name):
    site = await visit(name)

    snapshot = await site.reader.read()

    truth = site.simulator.site.production
    assert snapshot.production.total.power_w == pytest.approx(truth.power_w, abs=0.01)
    assert snapshot.production.total.lifetime_wh == pytest.approx(truth.lifetime_wh, abs=0.01)


@pytest.mark.parametrize(("name", "pages"), FIRST_COLLECTION.items())
async def test_first_collection_asks_only_what_the_site_needs(visit, name, pages):
    site = await visit(name)

    await site.reader.read()

    assert site.asked() == ["/info", *pages]


@pytest.mark.parametrize(("name", "pages"), ONE_HOUR.items())
async def test_each_page_has_its_own_rhythm(visit, name, pages):
    site = await visit(name)
    await site.reader.read()
    begin = len(site.simulator.ledger)

    for _ in range(60):
        await site.after(60)

    asked = site.asked(begin)
    assert {path: asked.count(path) for path in asked} == pages


async def test_legacy_gateway_shows_what_its_page_shows(visit):
    site = await visit("p0_r37_html", start=BEGIN)

    snapshot = await site.after(6 * 3600)

    # Three digits, and up to five minutes old.
    truth = site.simulator.site.production
    assert snapshot.profile.model is Model.LEGACY
    assert snapshot.production.total.today_wh == pytest.approx(truth.today_wh, rel=0.03)
    assert snapshot.consumption is None


async def test_phases_add_up_to_the_whole(visit):
    site = await visit("pc_d7_three_phase")

    snapshot = await site.reader.read()

    phases = snapshot.production.phases
    assert len(phases) == 3
    assert sum(phase.lifetime_wh for phase in phases) == pytest.approx(
        snapshot.production.total.lifetime_wh, abs=0.01
    )


async def test_ac_batteries_are_no_inverters(visit):
    site = await visit("pc_d7_acb")

    snapshot = await site.reader.read()

    assert site.simulator.site.ac_batteries
    assert not site.simulator.site.ac_batteries.keys() & snapshot.inverters.keys()


async def test_charge_of_all_batteries_is_weighted_by_capacity(visit):
    site = await visit("pc_d8_split_storage_ct")
    small, *_ = site.simulator.site.batteries.values()
    small.capacity_wh, small.stored_wh = 1000, 1000

    snapshot = await site.reader.read()

    batteries = site.simulator.site.batteries.values()
    capacity_wh = sum(battery.capacity_wh for battery in batteries)
    stored_wh = sum(battery.stored_wh for battery in batteries)
    assert snapshot.bank.charge_pct == pytest.approx(100 * stored_wh / capacity_wh, abs=1)
    assert snapshot.bank.capacity_wh == capacity_wh


async def test_grid_status_follows_the_controller(visit):
    site = await visit("pc_d8_split_storage_ct")
    assert (await site.reader.read()).on_grid is True

    site.simulator.site.grid_connected = False
    snapshot = await site.after(60)

    assert snapshot.on_grid is False


async def test_new_inverter_appears_by_itself(visit):
    site = await visit("p_d7_standard")
    before = await site.reader.read()
    site.simulator.site.add_inverters(1)

    snapshot = await site.after(300)

    assert len(snapshot.inverters) == len(before.inverters) + 1
