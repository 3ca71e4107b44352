"""One bad page inside Home Assistant: its own entities suffer, and nobody else's.

What it costs at the reader, for every page and every mishap, is in ``test_one_bad_page.py``.
"""

import logging
from collections import Counter
from itertools import product

import pytest
from homeassistant.config_entries import SOURCE_REAUTH
from homeassistant.const import STATE_UNAVAILABLE

from custom_components.enphase_envoy.const import DOMAIN
from tests.integration.flows import Cloud
from tests.simulator import faults

from .patience import PatientHouse

OURS = "custom_components.enphase_envoy"
CYCLE_S = 60

MISHAPS = {
    "hang": faults.Hang(),
    "reset": faults.Reset(),
    "401": faults.Status(401),
    "500": faults.Status(500),
    "html": faults.Garbage(b"<html><body>Page Not Found</body></html>"),
    "null": faults.Garbage(b"null"),
    "truncated": faults.Truncate(),
    "drip": faults.Drip(bytes_per_second=1),
}
POWER = "current_power_production"
# The entities that each page feeds alone, by words in their ids; nothing where another can help.
SITES: dict[str, dict[str, tuple[str, ...]]] = {
    "pc_d8_three_phase_battery": {
        "/info": (),
        "/ivp/meters": (),
        "/ivp/meters/readings": (
            *("production", "consumption", "net", "voltage", "frequency"),
            *("house_load", "grid_import", "grid_export"),
        ),
        "/ivp/ensemble/inventory": ("battery", "grid_status"),
        "/ivp/ensemble/power": ("battery", "house_load"),
        "/ivp/ensemble/secctrl": ("battery",),
        "/api/v1/production/inverters": ("inverter",),
        "/production.json": ("production", "consumption"),
    },
    "p_d7_standard": {
        "/info": (),
        "/home": (),
        "/ivp/meters": (),
        "/api/v1/production": ("production",),
        "/api/v1/production/inverters": ("inverter",),
    },
    "p_d5_standard": {
        "/info": (),
        "/api/v1/production": ("production",),
        "/api/v1/production/inverters": ("inverter",),
    },
}
PAGES = [(site, page) for site, pages in SITES.items() for page in pages]
MATRIX = [(site, page, name) for (site, page), name in product(PAGES, MISHAPS)]
SAMPLE = [
    ("pc_d8_three_phase_battery", "/api/v1/production/inverters", "hang"),
    ("pc_d8_three_phase_battery", "/ivp/ensemble/inventory", "null"),
    ("pc_d8_three_phase_battery", "/ivp/meters/readings", "401"),
    ("pc_d8_three_phase_battery", "/ivp/meters/readings", "hang"),
    ("p_d7_standard", "/api/v1/production/inverters", "drip"),
    ("p_d7_standard", "/info", "reset"),
    ("p_d5_standard", "/api/v1/production", "truncated"),
]

pytestmark = [pytest.mark.dirty_log, pytest.mark.respx(assert_all_called=False)]


@pytest.fixture
async def house(respx_mock, hass, freezer, simulator, entry):
    """Return a house in which everything is well."""
    respx_mock.route(host="127.0.0.1").pass_through()
    entry.add_to_hass(hass)
    house = PatientHouse(hass, freezer, simulator, Cloud(respx_mock, simulator), entry)
    await house.start()
    await house.pass_time(2 * CYCLE_S, step_s=CYCLE_S)
    return house


def lines(caplog):
    """Return our own lines above debug."""
    return [
        record.getMessage()
        for record in caplog.records
        if record.name.startswith(OURS) and record.levelno > logging.DEBUG
    ]


def unavailable(house):
    """Return the entities that are unavailable, by id."""
    states = house.hass.states.async_all(("sensor", "binary_sensor"))
    return {state.entity_id for state in states if state.state == STATE_UNAVAILABLE}


def touched(entities, words):
    """Return the entities whose ids hold one of some words."""
    return {entity_id for entity_id in entities if any(word in entity_id for word in words)}


async def bad_page_costs_only_its_own(house, page, mishap, own, caplog):
    """Spoil a page for ten cycles and look what it costs, then mend it."""
    simulator = house.simulator
    before = unavailable(house)
    caplog.clear()
    simulator.faults[page] = mishap
    powers = set()

    for cycle in range(10):
        await house.pass_time(CYCLE_S, step_s=15)

        lost = unavailable(house) - before
        assert lost == touched(lost, own)
        assert not lost or cycle >= 2
        powers.add(house.word(POWER))
    assert len(powers) > 1 or "production" in own

    del simulator.faults[page]
    await house.pass_time(10 * CYCLE_S, step_s=30)
    assert unavailable(house) == before
    assert not house.cloud.login.called
    flows = house.hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    assert not [flow for flow in flows if flow["context"]["source"] == SOURCE_REAUTH]
    for number in Counter(map(story, lines(caplog))).values():
        assert number == 1


def story(line):
    """Return which part a line is about, and whether it has gone or come back."""
    return line.partition(": /")[0]


@pytest.mark.parametrize(("simulator", "page", "name"), SAMPLE, indirect=["simulator"])
async def test_bad_page_costs_only_its_own(house, page, name, caplog):
    own = SITES[house.simulator.scenario.name][page]

    await bad_page_costs_only_its_own(house, page, MISHAPS[name], own, caplog)


@pytest.mark.parametrize("simulator", ["pc_d8_three_phase_battery"], indirect=True)
async def test_page_takes_its_own_power_along_after_three_cycles(house):
    house.simulator.faults["/ivp/meters/readings"] = faults.Hang()

    shown = []
    for _ in range(5):
        await house.pass_time(CYCLE_S, step_s=15)
        shown.append(house.word(POWER) != STATE_UNAVAILABLE)

    assert shown[0]
    assert not shown[-1]


@pytest.mark.deep
@pytest.mark.parametrize(("simulator", "page", "name"), MATRIX, indirect=["simulator"])
async def test_every_bad_page_costs_only_its_own(house, page, name, caplog):
    own = SITES[house.simulator.scenario.name][page]

    await bad_page_costs_only_its_own(house, page, MISHAPS[name], own, caplog)
