"""From Home Assistant's own integration to ours and back again, with the real one.

Its code is that of the Home Assistant at hand; its library reads the simulated gateway.
"""

from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from homeassistant.components.recorder import get_instance
from homeassistant.components.recorder.statistics import (
    statistics_during_period,
    validate_statistics,
)
from homeassistant.helpers import area_registry as ar
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
    do_adhoc_statistics,
)

from custom_components.enphase_envoy.const import CONTROLS, DOMAIN

from . import predecessors as before
from .controls import live_on
from .house import BEGIN, pass_time, settle
from .switch import Switch

pytest.importorskip("pyenphase", reason="Home Assistant's own integration reads with it")

BEGUN = datetime.fromisoformat(BEGIN)
FIVE_MINUTES = timedelta(minutes=5)
WITH_TOKENS, WITHOUT_TOKENS = "pc_d7_three_phase", "pc_d5_metered"
FIGURES = {
    "current_power_production": "production",
    "energy_production_today": "daily_production",
    "energy_production_last_seven_days": "seven_days_production",
    "lifetime_energy_production": "lifetime_production",
    "current_power_consumption": "consumption",
    "energy_consumption_today": "daily_consumption",
    "energy_consumption_last_seven_days": "seven_days_consumption",
    "lifetime_energy_consumption": "lifetime_consumption",
}
"""Tails of entity ids and of unique ids in the built-in integration."""

with_tokens = pytest.mark.parametrize(
    ("simulator", "entry"), [(WITH_TOKENS, before.built_in)], indirect=True
)

pytestmark = [
    # What the other integration logs is not ours to keep clean.
    pytest.mark.dirty_log,
    # The harness loads texts once for all tests, and later ones would be shown the other's.
    pytest.mark.usefixtures("disable_translations_once"),
]


@pytest.fixture
def entry(simulator, hass_storage, request):
    """The entry of the integration whose name the test gives."""
    return request.param(simulator, hass_storage)


@pytest.fixture
def switch(hass, entry, monkeypatch):
    return Switch(hass, entry, monkeypatch)


def devices(hass, switch):
    """Return the devices of the entry."""
    return dr.async_entries_for_config_entry(dr.async_get(hass), switch.entry.entry_id)


def shown(hass, simulator):
    """Return value and unit of the main figures, by the tail of their entity ids."""
    states = {tail: hass.states.get(f"sensor.envoy_{simulator.serial}_{tail}") for tail in FIGURES}
    return {
        tail: (pytest.approx(float(state.state), rel=1e-3), state.attributes["unit_of_measurement"])
        for tail, state in states.items()
    }


@with_tokens
async def test_figures_of_the_built_in_integration_go_on(hass, simulator, switch):
    await switch.to_built_in()
    theirs = shown(hass, simulator)

    await switch.to_ours()

    assert shown(hass, simulator) == theirs


@with_tokens
async def test_inverters_of_the_built_in_integration_go_on(hass, simulator, switch):
    await switch.to_built_in()
    names = {serial: f"sensor.inverter_{serial}" for serial in simulator.site.inverters}
    theirs = {serial: hass.states.get(name).state for serial, name in names.items()}

    await switch.to_ours()

    ours = {serial: hass.states.get(name).state for serial, name in names.items()}
    assert ours == theirs


@with_tokens
async def test_what_the_built_in_integration_has_disabled_stays_so(hass, simulator, switch):
    await switch.to_built_in()
    registry = er.async_get(hass)
    rows = er.async_entries_for_config_entry(registry, switch.entry.entry_id)
    disabled = {row.entity_id for row in rows if row.disabled_by}

    await switch.to_ours()

    rows = er.async_entries_for_config_entry(registry, switch.entry.entry_id)
    assert disabled
    assert disabled <= {row.entity_id for row in rows if row.disabled_by}


@with_tokens
async def test_names_of_devices_of_the_built_in_integration_stay(hass, simulator, switch):
    await switch.to_built_in()
    theirs = {device.id: device.name for device in devices(hass, switch)}

    await switch.to_ours()

    ours = {device.id: device.name for device in devices(hass, switch)}
    assert len(theirs) > len(simulator.site.inverters)
    assert {ident: ours[ident] for ident in theirs} == theirs


@with_tokens
async def test_figures_of_phases_go_back_to_the_gateway(hass, simulator, switch):
    await switch.to_ours()
    await switch.to_built_in()

    registry = er.async_get(hass)
    rows = er.async_entries_for_config_entry(registry, switch.entry.entry_id)
    phases = [row for row in rows if row.unique_id.endswith("_daily_production_l1")]
    (gateway,) = [
        device.id
        for device in devices(hass, switch)
        if (DOMAIN, simulator.serial) in device.identifiers
    ]
    assert [row.device_id for row in phases] == [gateway]


@pytest.mark.parametrize(
    ("simulator", "entry"),
    [
        (WITH_TOKENS, before.built_in),
        (WITH_TOKENS, before.built_in_pasted),
        (WITH_TOKENS, before.built_in_nameless),
        (WITHOUT_TOKENS, before.built_in_without_tokens),
        (WITH_TOKENS, before.seed),
        (WITHOUT_TOKENS, before.seed_without_tokens),
        (WITH_TOKENS, before.installers),
    ],
    indirect=True,
)
async def test_built_in_integration_polls_an_entry_that_was_ours(hass, freezer, simulator, switch):
    await switch.to_ours()
    await switch.to_built_in()
    asked = len(simulator.ledger)

    await pass_time(hass, freezer, simulator, 61)

    assert len(simulator.ledger) > asked
    truth = simulator.site.production.power_w
    unique_id = f"{simulator.serial}_production"
    name = er.async_get(hass).async_get_entity_id("sensor", DOMAIN, unique_id)
    assert float(hass.states.get(name).state) == pytest.approx(truth, abs=1)


def steps(values):
    return [later - sooner for sooner, later in pairwise(values)]


@with_tokens
async def test_statistics_of_the_whole_round_have_no_step(
    recorder_mock, hass, freezer, simulator, switch
):
    await async_setup_component(hass, "sensor", {})
    name = f"sensor.envoy_{simulator.serial}_lifetime_energy_production"
    true_wh = []

    for number, move in enumerate((switch.to_built_in, switch.to_ours, switch.to_built_in)):
        await move()
        for _ in range(4):
            await pass_time(hass, freezer, simulator, 60)
        true_wh.append(simulator.site.production.lifetime_wh)
        # The poll at the very end belongs to the next five minutes.
        await pass_time(hass, freezer, simulator, 60)
        await async_wait_recording_done(hass)
        do_adhoc_statistics(hass, start=BEGUN + number * FIVE_MINUTES)
        await async_wait_recording_done(hass)

    found = await get_instance(hass).async_add_executor_job(
        statistics_during_period,
        hass,
        BEGUN,
        None,
        {name},
        "5minute",
        {"energy": "Wh"},
        {"sum"},
    )
    sums = [row["sum"] for row in found[name]]
    assert steps(sums) == pytest.approx(steps(true_wh), abs=2)
    assert await get_instance(hass).async_add_executor_job(validate_statistics, hass) == {}


CONTROLLED = "pc_d83_controls"
OFF = {
    "switch": "turn_off",
    "select": "select_option",
    "number": "set_value",
}
"""How a control of each platform is used in an automation."""


def controls_of(hass, entry):
    """Return the entities that can be set, by platform and unique id."""
    rows = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    return {(row.domain, row.unique_id): row for row in rows if row.domain in CONTROLS}


def data_for(row):
    """Return what to set a control to that it is not set to yet."""
    if row.domain == "number":
        return {"value": 33}
    if row.domain == "select":
        return {"option": row.capabilities["options"][-1]}
    return {}


async def automate(hass, row):
    """Make an automation that uses a control when an event of the same name comes."""
    automation = {
        "alias": row.unique_id,
        "triggers": [{"trigger": "event", "event_type": row.entity_id}],
        "actions": [
            {
                "action": f"{row.domain}.{OFF[row.domain]}",
                "target": {"entity_id": row.entity_id},
                "data": data_for(row),
            }
        ],
    }
    assert await async_setup_component(hass, "automation", {"automation": [automation]})


@pytest.mark.parametrize(("simulator", "entry"), [(CONTROLLED, before.built_in)], indirect=True)
async def test_controls_of_the_built_in_integration_go_on_and_back(
    hass, freezer, simulator, switch
):
    await switch.to_built_in()
    registry, areas = er.async_get(hass), ar.async_get(hass)
    for number, row in enumerate(controls_of(hass, switch.entry).values()):
        registry.async_update_entity(
            row.entity_id,
            new_entity_id=f"{row.domain}.my_own_{number}",
            name=f"Mine {number}",
            area_id=areas.async_get_or_create(f"Room {number}").id,
        )
    theirs = controls_of(hass, switch.entry)
    used = theirs["number", f"{simulator.site.enpower.serial}_reserve_soc"]
    await automate(hass, used)

    await switch.to_ours()
    ours = controls_of(hass, switch.entry)
    await switch.entry.runtime_data.coordinator.async_refresh()  # brings the slow pages
    await settle(hass)
    hass.bus.async_fire(used.entity_id)
    for _ in range(60):
        await live_on(freezer, simulator)

    await switch.to_built_in()

    kept = ("entity_id", "name", "area_id", "disabled_by")
    for key, row in theirs.items():
        for later in (ours[key], controls_of(hass, switch.entry)[key]):
            assert [getattr(later, name) for name in kept] == [getattr(row, name) for name in kept]
    assert simulator.site.reserve_pct == 33
    assert float(hass.states.get(used.entity_id).state) == 33
