"""*Configure*, *Set up the Energy dashboard*: what it shows, asks and adds."""

from typing import Any

import pytest
from homeassistant.components.energy import data as energy
from homeassistant.config_entries import ConfigEntryState
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component

from custom_components.enphase_envoy.energy_dashboard import entities_of

from .house import set_up

THREE = "pc_d83_three_phase_storage_ct"
ONE = "pc_d7_one_phase"
NOTHING = "\N{EN DASH}"
NEW_SHAPE = "stat_energy_from" in energy.GridSourceType.__annotations__


@pytest.fixture
async def dashboard(recorder_mock, hass):
    """Return the manager of an Energy dashboard that nobody has touched."""
    await async_setup_component(hass, "energy", {})
    return await energy.async_get_manager(hass)


async def open_step(hass, entry):
    """Choose the step from the menu."""
    menu = await hass.config_entries.options.async_init(entry.entry_id)
    assert "energy_dashboard" in menu["menu_options"]
    return await send(hass, menu, {"next_step_id": "energy_dashboard"})


async def send(hass, form, typed):
    return await hass.config_entries.options.async_configure(form["flow_id"], typed)


def by_kind(dashboard) -> dict[str, Any]:
    """Return the sources of the dashboard by their kind."""
    return {it["type"]: it for it in (dashboard.data or {"energy_sources": []})["energy_sources"]}


@pytest.mark.parametrize("simulator", [ONE], indirect=True)
async def test_one_phase_goes_straight_to_what_is_added(dashboard, hass, entry):
    await set_up(hass, entry)

    form = await open_step(hass, entry)

    assert form["step_id"] == "energy_sources"
    added = form["description_placeholders"]["added"]
    assert added.splitlines()[0].startswith("- Lifetime Energy Production")
    assert "Lifetime Grid Import · Lifetime Grid Export" in added
    assert form["description_placeholders"]["there"] == NOTHING


@pytest.mark.parametrize("simulator", [ONE], indirect=True)
async def test_nothing_is_added_before_it_is_confirmed(dashboard, hass, entry):
    await set_up(hass, entry)

    await open_step(hass, entry)

    assert by_kind(dashboard) == {}


@pytest.mark.parametrize("simulator", [THREE], indirect=True)
@pytest.mark.parametrize("count", ["summed", "per_phase"])
async def test_owner_of_several_phases_says_how_the_meter_counts(
    dashboard, hass, simulator, entry, count
):
    tails = {
        "summed": "lifetime_grid_import_summed",
        "per_phase": "lifetime_net_energy_consumption",
    }
    await set_up(hass, entry)
    question = await open_step(hass, entry)

    shown = await send(hass, question, {"grid_count": count})
    closing = await send(hass, shown, {})
    done = await send(hass, closing, {})

    assert (question["step_id"], shown["step_id"]) == ("energy_dashboard", "energy_sources")
    assert ("15.0 kWh" in shown["description_placeholders"]["added"]) == NEW_SHAPE
    assert closing["step_id"] == "energy_done"
    assert done["type"] is FlowResultType.CREATE_ENTRY
    assert by_kind(dashboard).keys() == {"solar", "grid", "battery"}
    assert f"sensor.envoy_{simulator.serial}_{tails[count]}" in entities_of(
        by_kind(dashboard)["grid"]
    )


@pytest.mark.parametrize("simulator", [THREE], indirect=True)
async def test_options_stay_as_they_are(dashboard, hass, entry):
    await set_up(hass, entry)
    options = {"data_interval": 30}
    hass.config_entries.async_update_entry(entry, options=options)
    shown = await send(hass, await open_step(hass, entry), {"grid_count": "summed"})

    await send(hass, await send(hass, shown, {}), {})

    assert entry.options == options
    assert entry.state is ConfigEntryState.LOADED


@pytest.mark.parametrize("simulator", [ONE], indirect=True)
async def test_what_is_there_is_said_and_not_added_again(dashboard, hass, entry):
    await set_up(hass, entry)
    await send(hass, await open_step(hass, entry), {})
    before = [dict(it) for it in by_kind(dashboard).values()]

    again = await open_step(hass, entry)

    assert again["type"] is FlowResultType.ABORT
    assert again["reason"] == "energy_dashboard_complete"
    assert "Lifetime Energy Production" in again["description_placeholders"]["there"]
    assert list(by_kind(dashboard).values()) == before


@pytest.mark.parametrize("simulator", [ONE], indirect=True)
async def test_names_are_those_that_the_user_gave(dashboard, hass, simulator, entry):
    await set_up(hass, entry)
    name = f"sensor.envoy_{simulator.serial}_lifetime_energy_production"
    er.async_get(hass).async_update_entity(name, name="Roof")

    form = await open_step(hass, entry)

    assert form["description_placeholders"]["added"].startswith("- Roof")


@pytest.mark.parametrize("simulator", ["p_d7_standard"], indirect=True)
async def test_counters_that_were_all_switched_off_are_asked_for(dashboard, hass, simulator, entry):
    await set_up(hass, entry)
    er.async_get(hass).async_update_entity(
        f"sensor.envoy_{simulator.serial}_lifetime_energy_production",
        disabled_by=er.RegistryEntryDisabler.USER,
    )

    assert (await open_step(hass, entry))["reason"] == "no_energy_counters"


@pytest.mark.parametrize("simulator", [ONE], indirect=True)
async def test_house_without_an_energy_dashboard_is_told_so(hass, entry):
    await set_up(hass, entry)

    assert (await open_step(hass, entry))["reason"] == "no_energy_dashboard"


@pytest.mark.parametrize("simulator", [ONE], indirect=True)
async def test_entry_that_has_gone_out_of_use_meanwhile_is_told_so(dashboard, hass, entry):
    await set_up(hass, entry)
    menu = await hass.config_entries.options.async_init(entry.entry_id)
    await hass.config_entries.async_unload(entry.entry_id)

    end = await send(hass, menu, {"next_step_id": "energy_dashboard"})

    assert end["reason"] == "not_loaded"


@pytest.mark.skipif(not NEW_SHAPE, reason="this version of Home Assistant knows no powers here")
@pytest.mark.parametrize("simulator", ["pc_d7_total_ct"], indirect=True)
async def test_clamp_on_the_load_gives_the_grid_by_both_directions(
    dashboard, hass, simulator, entry
):
    await set_up(hass, entry)

    await send(hass, await open_step(hass, entry), {})

    begin = f"sensor.envoy_{simulator.serial}"
    grid = by_kind(dashboard)["grid"]
    assert grid["stat_energy_from"] == f"{begin}_lifetime_grid_import_summed"
    assert grid["power_config"] == {
        "stat_rate_from": f"{begin}_grid_import",
        "stat_rate_to": f"{begin}_grid_export",
    }


@pytest.mark.parametrize("simulator", ["pc_d83_other_sun"], indirect=True)
async def test_solar_power_of_another_make_is_a_source_of_its_own(
    dashboard, hass, simulator, entry
):
    await set_up(hass, entry)

    shown = await send(hass, await open_step(hass, entry), {"grid_count": "summed"})
    await send(hass, shown, {})

    solar = [it for it in dashboard.data["energy_sources"] if it["type"] == "solar"]
    assert [it["stat_energy_from"] for it in solar] == [
        f"sensor.envoy_{simulator.serial}_{tail}"
        for tail in ("lifetime_energy_production", "pv3p_ct_energy_delivered")
    ]
