"""Leaving for Home Assistant's own integration, with nothing left behind."""

import pytest
from homeassistant.config_entries import ConfigEntryState
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er

from custom_components.enphase_envoy import built_in
from custom_components.enphase_envoy.const import DOMAIN

from . import predecessors as before
from .house import pass_time, set_up
from .switch import Switch
from .tables import DESCRIPTIONS

SITE = "pc_d8_three_phase_battery"

at_site = pytest.mark.parametrize("simulator", [SITE], indirect=True)


async def open_step(hass, entry):
    flows = hass.config_entries.options
    menu = await flows.async_init(entry.entry_id)
    return await flows.async_configure(menu["flow_id"], {"next_step_id": "moving_back"})


async def confirm(hass, form):
    return await hass.config_entries.options.async_configure(form["flow_id"], {})


def entities(hass, entry):
    rows = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    return {f"{row.domain}.{row.unique_id}": row for row in rows}


def devices(hass, entry):
    found = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    return {serial for device in found for _, serial in device.identifiers}


@at_site
async def test_what_is_going_to_be_removed_is_listed(hass, simulator, entry):
    await set_up(hass, entry)

    words = (await open_step(hass, entry))["description_placeholders"]

    listed = words["entities"].splitlines()
    assert f"- Envoy {simulator.serial} L1" in words["devices"].splitlines()
    assert "- Total Battery Percentage" in listed
    assert f"- + {int(words['count']) - len(listed) + 1}" == listed[-1]


@at_site
async def test_nothing_is_removed_before_it_is_confirmed(hass, entry):
    await set_up(hass, entry)
    there = entities(hass, entry).keys()

    await open_step(hass, entry)

    assert entities(hass, entry).keys() == there
    assert entry.state is ConfigEntryState.LOADED


@at_site
async def test_what_only_we_have_is_gone_after_it_and_what_is_shared_stays(hass, simulator, entry):
    await set_up(hass, entry)

    done = await confirm(hass, await open_step(hass, entry))

    left = entities(hass, entry)
    serial = simulator.serial
    assert done["step_id"] == "moved_back"
    assert f"sensor.{serial}_total_battery_percentage" not in left
    assert left[f"sensor.{serial}_daily_production_l1"].device_id == (
        left[f"sensor.{serial}_daily_production"].device_id
    )
    assert devices(hass, entry) == {
        serial,
        *simulator.site.inverters,
        *simulator.site.batteries,
    }


@at_site
async def test_nothing_is_made_anew_and_no_file_is_left(
    hass, freezer, simulator, entry, hass_storage
):
    await set_up(hass, entry)
    await pass_time(hass, freezer, simulator, 700)  # what is remembered has been written
    form = await confirm(hass, await open_step(hass, entry))
    left = entities(hass, entry).keys()

    await confirm(hass, form)
    await pass_time(hass, freezer, simulator, 700)

    assert entities(hass, entry).keys() == left
    assert entry.state is ConfigEntryState.NOT_LOADED
    assert [key for key in hass_storage if key.startswith(f"{DOMAIN}.")] == []


@at_site
async def test_who_changes_his_mind_has_all_again_after_a_restart(hass, entry):
    await set_up(hass, entry)
    there = entities(hass, entry).keys()
    await confirm(hass, await open_step(hass, entry))

    await set_up(hass, entry)

    assert entities(hass, entry).keys() == there


@at_site
async def test_entry_that_is_not_in_use_any_more_is_left_alone(hass, entry):
    await set_up(hass, entry)
    form = await open_step(hass, entry)
    await hass.config_entries.async_unload(entry.entry_id)

    end = await confirm(hass, form)

    assert (end["type"], end["reason"]) == ("abort", "not_loaded")


def test_list_of_the_built_in_integration_names_rows_of_ours_only():
    """Where a platform is there: switches and their like come later."""
    ours = {
        (platform, row.kind, row.key) for platform, rows in DESCRIPTIONS.items() for row in rows
    }
    listed = {
        (platform, kind, key)
        for platform, kinds in built_in.KEYS.items()
        if platform in DESCRIPTIONS
        for kind, keys in kinds.items()
        for key in keys
    }

    assert sorted(listed - ours) == []


@pytest.mark.dirty_log  # what the other integration logs is not ours to keep clean
@pytest.mark.usefixtures("disable_translations_once")
@at_site
async def test_built_in_integration_provides_all_that_is_left(
    hass, simulator, hass_storage, monkeypatch
):
    pytest.importorskip("pyenphase", reason="Home Assistant's own integration reads with it")
    entry = before.built_in(simulator, hass_storage)
    switch = Switch(hass, entry, monkeypatch)
    await switch.to_ours()
    await confirm(hass, await open_step(hass, entry))

    await switch.to_built_in()

    orphans = [
        row.entity_id
        for row in entities(hass, entry).values()
        if not row.disabled
        and (state := hass.states.get(row.entity_id))
        and state.attributes.get("restored")
    ]
    assert orphans == []
