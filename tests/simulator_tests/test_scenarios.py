"""The named sites: distinct, reproducible, and what their facts say."""

import json

import httpx
import pytest

from tests.simulator import SCENARIOS, Simulator

NOON = 1_781_089_320.0
REQUIRED = {
    "p0_r37_html",
    "p_r39_digest",
    "p_d5_standard",
    "pc_d5_metered",
    "p_d7_standard",
    "pc_d7_no_cts",
    "pc_d7_one_phase",
    "pc_d7_three_phase",
    "pc_d8_three_phase_battery",
    "pc_d8_split_storage_ct",
    "pc_d83_device_data",
    "pc_d8_300_inverters",
    "pc_d83_collar",
    "pc_d83_generator",
    "pc_d7_acb",
    "pc_d7_installer",
    "pc_bench_10",
    "pc_bench_50",
    "pc_bench_300",
}


def test_the_required_sites_are_there():
    assert SCENARIOS.keys() >= REQUIRED


def test_every_gateway_has_its_own_serial():
    serials = {scenario.serial for scenario in SCENARIOS.values()}

    assert len(serials) == len(SCENARIOS)


def test_every_device_has_its_own_serial():
    serials = [
        serial
        for scenario in SCENARIOS.values()
        for site in [scenario.site(NOON, 0.0)]
        for serial in (*site.inverters, *site.batteries, *site.ac_batteries)
    ]

    assert len(set(serials)) == len(serials)


@pytest.mark.parametrize("name", SCENARIOS)
def test_serials_have_twelve_digits(name):
    site = SCENARIOS[name].site(NOON, 0.0)

    assert {len(battery) for battery in (site.serial, *site.inverters, *site.batteries)} == {12}


@pytest.mark.parametrize("name", SCENARIOS)
async def test_the_same_start_gives_the_same_pages(name):
    first = Simulator(name, start=NOON)
    second = Simulator(name, start=NOON)

    assert first.capture() == second.capture()


@pytest.mark.parametrize("name", SCENARIOS)
async def test_it_begins_by_day(name):
    simulator = Simulator(name)

    assert simulator.site.is_day


@pytest.mark.parametrize("name", SCENARIOS)
async def test_the_facts_hold(name):
    scenario = SCENARIOS[name]
    site = Simulator(name).site

    assert len(site.active_inverters) == scenario.inverters
    assert len(site.batteries) == scenario.batteries
    assert len(site.production.phases) == scenario.phases


@pytest.mark.parametrize("name", SCENARIOS)
async def test_the_model_is_what_the_pages_say(name):
    simulator = Simulator(name)

    pages = simulator.capture()

    def model():
        if "/production.json" in pages and "consumption" in json.loads(pages["/production.json"]):
            return "PC"
        return "P" if "/api/v1/production" in pages else "P0"

    assert model() == simulator.scenario.model


@pytest.mark.parametrize("name", SCENARIOS)
async def test_the_way_in_opens_the_gateway(name, http):
    async with Simulator(name) as simulator:
        page = "/production" if simulator.scenario.model == "P0" else "/api/v1/production/inverters"
        response = await http.get(
            f"{'https' if simulator.firmware.tokens else 'http'}://{simulator.host}{page}",
            **await credentials(simulator, http),
        )

    assert response.status_code == 200


async def credentials(simulator, http):
    """Return what the scenario's way in means for a request."""
    user, password = simulator.credentials
    match simulator.scenario.way_in:
        case "open":
            return {}
        case "digest" | "digest-installer":
            return {"auth": httpx.DigestAuth(user, password)}
    token = {"Authorization": f"Bearer {simulator.token()}"}
    url = f"https://{simulator.host}/auth/check_jwt"
    cookie = (await http.get(url, headers=token)).headers["set-cookie"].partition(";")[0]
    return {"headers": token | {"Cookie": cookie}}
