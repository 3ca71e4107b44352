"""What the integration adds to the Energy dashboard, on every kind of site."""

import logging
import time
from datetime import datetime
from typing import Any

import pytest
from homeassistant.components.energy import data as energy
from homeassistant.components.energy.validate import async_validate
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
    do_adhoc_statistics,
)

from custom_components.enphase_envoy.energy_dashboard import (
    GridCount,
    Kind,
    Proposal,
    async_add,
    async_propose,
    entities_of,
)
from tests.simulator import SCENARIOS, Simulator

from .house import BEGIN, entry_for, set_up, settle

NEW_SHAPE = "stat_energy_from" in energy.GridSourceType.__annotations__
STORAGE = "pc_d8_split_storage_ct"
KINDS_OF_SITES = (
    *("p0_r37_html", "p_d7_standard", "pc_d7_three_phase", "pc_d7_total_ct", "pc_d83_other_sun"),
    STORAGE,
)
MANY = 80
"""Inverters, with which a site is like its smaller sisters, only slower."""


@pytest.fixture
def recorder_config():
    """Record what belongs in the dashboard, not the hundreds of others."""
    kept = ("lifetime_*", "current_*", "battery_*", "total_battery_*", "grid_*", "pv3p_ct_*")
    return {"include": {"entity_globs": [f"sensor.envoy_*_{tail}" for tail in kept]}}


@pytest.fixture(autouse=True)
def brief_log(caplog):
    """Keep warnings only: the recorder's database writes tens of thousands of lines."""
    for name in ("", "sqlalchemy.engine"):
        caplog.set_level(logging.WARNING, name)


@pytest.fixture
async def manager(recorder_mock, hass, simulator, entry):
    """Set a site up beside an Energy dashboard that nobody has touched."""
    await async_setup_component(hass, "energy", {})
    await async_setup_component(hass, "sensor", {})
    await set_up(hass, entry)
    return await energy.async_get_manager(hass)


async def propose(hass, entry, count=GridCount.PER_PHASE) -> Proposal:
    """Return what could be added now."""
    coordinator = entry.runtime_data.coordinator
    return await async_propose(hass, entry.unique_id, coordinator.data, count)


def sources(manager) -> list[Any]:
    """Return the sources of the dashboard."""
    return (manager.data or {"energy_sources": []})["energy_sources"]


@pytest.mark.parametrize(
    "names",
    [
        pytest.param(KINDS_OF_SITES, id="of_each_kind"),
        pytest.param(
            sorted(name for name, plan in SCENARIOS.items() if plan.inverters <= MANY),
            id="of_all",
            marks=pytest.mark.deep,
        ),
    ],
)
async def test_dashboard_is_valid_on_sites(recorder_mock, hass, freezer, names):
    """All sites are in one house: a recorder of its own for each would take minutes."""
    freezer.move_to(BEGIN)
    await async_setup_component(hass, "energy", {})
    await async_setup_component(hass, "sensor", {})
    manager = await energy.async_get_manager(hass)
    kinds: dict[str, set[Kind]] = {}
    for name in names:
        async with Simulator(name, start=time.time()) as simulator:
            entry = entry_for(simulator)
            await set_up(hass, entry)
            simulator.site.advance(60)
            await entry.runtime_data.coordinator.async_refresh()
            await settle(hass)
            count = GridCount.SUMMED if len(kinds) % 2 else GridCount.PER_PHASE
            proposal = await propose(hass, entry, count)
            kinds[name] = set(proposal.added)
            present: Any = {"energy_sources": [*sources(manager), *proposal.added.values()]}
            await manager.async_update(present)  # another gateway's grid would not be doubled
            await hass.config_entries.async_unload(entry.entry_id)
            _let_live(hass, proposal)
    await async_wait_recording_done(hass)
    do_adhoc_statistics(hass, start=datetime.fromisoformat(BEGIN))
    await async_wait_recording_done(hass)

    verdict = (await async_validate(hass)).as_dict()

    assert all(Kind.SOLAR in found for found in kinds.values())
    assert [issues for issues in verdict["energy_sources"] if issues] == []


def _let_live(hass, proposal) -> None:
    """Give the counters of a gateway that is gone the states that they had, for the validation."""
    registry = er.async_get(hass)
    for source in proposal.added.values():
        for entity_id in entities_of(source):
            if row := registry.async_get(entity_id):
                assert row.capabilities
                kept = {
                    "device_class": row.original_device_class,
                    "unit_of_measurement": row.unit_of_measurement,
                    **row.capabilities,
                }
                hass.states.async_set(entity_id, "1", kept)


@pytest.mark.parametrize("simulator", [STORAGE], indirect=True)
async def test_site_with_everything_gets_sun_grid_and_battery(manager, hass, simulator, entry):
    await async_add(hass, await propose(hass, entry))

    begin = f"sensor.envoy_{simulator.serial}"
    shown = {it["type"]: set(entities_of(dict(it))) for it in sources(manager)}
    assert shown["solar"] >= {f"{begin}_lifetime_energy_production"}
    assert shown["grid"] >= {
        f"{begin}_lifetime_net_energy_consumption",
        f"{begin}_lifetime_net_energy_production",
    }
    assert shown["battery"] >= {
        f"{begin}_battery_energy_charged",
        f"{begin}_battery_energy_discharged",
    }


@pytest.mark.skipif(not NEW_SHAPE, reason="this version of Home Assistant knows no powers here")
@pytest.mark.parametrize("simulator", [STORAGE], indirect=True)
async def test_powers_charge_and_capacity_are_there_where_home_assistant_knows_them(
    manager, hass, simulator, entry
):
    await async_add(hass, await propose(hass, entry))

    begin = f"sensor.envoy_{simulator.serial}"
    by_kind = {it["type"]: it for it in sources(manager)}
    assert by_kind["solar"]["stat_rate"] == f"{begin}_current_power_production"
    assert by_kind["grid"]["stat_rate"] == f"{begin}_current_net_power_consumption"
    assert by_kind["battery"]["stat_rate"] == f"{begin}_battery_power"
    assert by_kind["battery"]["stat_soc"].startswith(begin)
    assert (
        by_kind["battery"]["capacity"]
        == entry.runtime_data.coordinator.data.bank.capacity_wh / 1000
    )


@pytest.mark.parametrize("simulator", [STORAGE], indirect=True)
async def test_nothing_is_added_twice(manager, hass, entry):
    proposal = await propose(hass, entry)
    await async_add(hass, proposal)
    await async_add(hass, proposal)
    again = await propose(hass, entry)

    assert len(sources(manager)) == 3
    assert (dict(again.added), set(again.there)) == ({}, set(Kind) - {Kind.OTHER_SOLAR})


@pytest.mark.parametrize("simulator", [STORAGE], indirect=True)
async def test_what_is_there_stays_as_it_is(manager, hass, simulator, entry):
    of_another: Any = {
        "type": "solar",
        "stat_energy_from": "sensor.shed",
        "config_entry_solar_forecast": ["x"],
    }
    meter: Any = {"type": "grid", "cost_adjustment_day": 5.0}
    meter |= (
        {"stat_energy_from": "sensor.meter", "stat_energy_to": None}
        if NEW_SHAPE
        else {"flow_from": [{"stat_energy_from": "sensor.meter"}], "flow_to": []}
    )
    update: Any = {"energy_sources": [of_another, meter], "device_consumption": []}
    await manager.async_update(update)
    before = [dict(it) for it in sources(manager)]

    proposal = await propose(hass, entry)
    await async_add(hass, proposal)

    assert set(proposal.there) == {Kind.GRID}
    assert sources(manager)[:2] == before
    assert [it["type"] for it in sources(manager)[2:]] == ["solar", "battery"]


@pytest.mark.parametrize("simulator", ["pc_d7_three_phase"], indirect=True)
async def test_counter_that_was_switched_off_is_not_proposed(manager, hass, simulator, entry):
    registry = er.async_get(hass)
    name = f"sensor.envoy_{simulator.serial}_lifetime_energy_production"
    registry.async_update_entity(name, disabled_by=er.RegistryEntryDisabler.USER)

    assert Kind.SOLAR not in (await propose(hass, entry)).added


@pytest.mark.parametrize("simulator", ["p_d7_standard"], indirect=True)
async def test_site_without_meters_gets_the_sun_alone(manager, hass, entry):
    assert set((await propose(hass, entry)).added) == {Kind.SOLAR}
