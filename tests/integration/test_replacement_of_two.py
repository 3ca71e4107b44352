"""Old and new gateway are both set up when one is said to have replaced the other."""

import asyncio
import time
from typing import Any
from unittest.mock import patch

import pytest
from homeassistant.config_entries import SOURCE_IGNORE, ConfigEntryState
from homeassistant.helpers import area_registry as ar
from homeassistant.helpers import entity_registry as er
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.enphase_envoy.const import DOMAIN
from custom_components.enphase_envoy.replacement import listed
from custom_components.enphase_envoy.statistics.work import Job
from tests.simulator import Simulator

from .flows import Cloud, send
from .house import entry_for, pass_time, set_up, settle
from .successors import (
    SITE,
    answer,
    choose,
    choose_repair,
    identifiers,
    ids,
    kept,
    offered,
    opened,
    replaced,
    successor_of,
)

# Both gateways have the same inverters and batteries, which Home Assistant complains of.
pytestmark = [
    pytest.mark.dirty_log,
    pytest.mark.respx(assert_all_called=False),
    pytest.mark.parametrize("simulator", [SITE], indirect=True, ids=["site"]),
]
ENERGY = "lifetime_energy_production"


@pytest.fixture
async def successor(simulator, respx_mock):
    """Run the gateway that takes the place of the first one; it has two inverters more."""
    respx_mock.route(host="127.0.0.1").pass_through()
    scenario = successor_of(simulator.scenario, inverters=5)
    async with Simulator(scenario, start=time.time()) as gateway:
        Cloud(respx_mock, gateway)
        yield gateway


@pytest.fixture
async def both(hass, freezer, simulator, successor, entry):
    """Set both gateways up, and let somebody name what the new one has brought."""
    other = entry_for(successor)
    await set_up(hass, entry)
    await set_up(hass, other)
    await pass_time(hass, freezer, simulator, 61)
    [newest] = [
        entity_id
        for entity_id, unique_id in ids(hass, other).items()
        if unique_id == newest_inverter(successor)
    ]
    attic = ar.async_get(hass).async_create("Attic")
    er.async_get(hass).async_update_entity(newest, name="Newest", area_id=attic.id)
    er.async_get(hass).async_update_entity(
        f"sensor.envoy_{successor.serial}_{ENERGY}", name="Another sun"
    )
    yield entry, other
    for it in hass.config_entries.async_entries(DOMAIN):
        if it.state is ConfigEntryState.LOADED:
            await hass.config_entries.async_unload(it.entry_id)


def newest_inverter(gateway):
    """Return the serial number of the last inverter of a site."""
    return list(gateway.site.inverters)[-1]


async def test_entities_of_the_next_one_give_way(hass, simulator, successor, both):
    entry, other = both
    before, gone = kept(hass, entry, shared=True), ids(hass, other)
    name = f"sensor.envoy_{simulator.serial}_{ENERGY}"
    shown = hass.states.get(name).state
    menu = await offered(hass, entry, successor)
    form = await choose(hass, menu, "replace")
    going = form["description_placeholders"]["going"]

    done = await send(hass, form, {})
    await settle(hass)

    assert (menu["step_id"], form["step_id"]) == ("another_gateway_known", "replace_confirm_both")
    assert form["description_placeholders"].keys() >= {"old", "new", "count", "title", "missing"}
    assert f"- Envoy {successor.serial} (" in going
    assert "Inverter" not in going
    assert done["reason"] == "replaced"
    assert hass.config_entries.async_entries(DOMAIN) == [entry]
    after = kept(hass, entry, shared=True)
    assert {key: after[key] for key in before} == before
    assert hass.states.get(name).state == shown
    [newest] = [key for key, ident in gone.items() if ident == newest_inverter(successor)]
    row = er.async_get(hass).async_get(newest)
    assert row
    assert (row.name, row.config_entry_id) == ("Newest", entry.entry_id)
    assert hass.states.get(newest).state not in ("unavailable", "unknown")
    assert er.async_get(hass).async_get(f"sensor.envoy_{successor.serial}_{ENERGY}") is None


async def test_undo_brings_both_back(hass, freezer, simulator, successor, both):
    before = [
        (
            kept(hass, it, shared=True),
            ids(hass, it),
            identifiers(hass, it),
            it.title,
            it.unique_id,
            it.options,
        )
        for it in both
    ]
    data = [dict(it.data) for it in both]
    await replaced(hass, both[0], successor)

    await answer(hass, "undo")
    await pass_time(hass, freezer, simulator, 61)

    entries = [hass.config_entries.async_get_entry(it.entry_id) for it in both]
    assert [it.state for it in entries] == [ConfigEntryState.LOADED] * 2
    assert [dict(it.data) for it in entries] == data
    for it, (rows, unique_ids, names, *more) in zip(entries, before, strict=True):
        assert ids(hass, it) == unique_ids
        assert [it.title, it.unique_id, it.options] == more
        assert sorted(identifiers(hass, it).values(), key=str) == sorted(names.values(), key=str)
        assert kept(hass, it, shared=True) == rows


def left_over(hass, unique_id, entry=None):
    """Add an entity that nothing provides any more, and that has no device."""
    return er.async_get(hass).async_get_or_create("sensor", DOMAIN, unique_id, config_entry=entry)


async def test_entities_that_nothing_provides_go_on_and_come_back(hass, simulator, successor, both):
    entry, other = both
    rows = er.async_get(hass)
    ours = left_over(hass, f"{simulator.serial}_old", entry)
    twin = left_over(hass, f"{successor.serial}_old", other)
    moved = left_over(hass, f"{successor.serial}_own", other)
    late = left_over(hass, f"{simulator.serial}_late", entry)
    orphan = left_over(hass, f"{successor.serial}_late")
    rows.async_update_entity(twin.entity_id, name="Twin")

    await replaced(hass, entry, successor)
    replacing: dict[str, Any] = {
        it.id: rows.async_get(it.entity_id) for it in (ours, twin, moved, late, orphan)
    }
    await answer(hass, "undo")

    assert replacing[ours.id].unique_id == f"{successor.serial}_old"
    assert replacing[late.id].unique_id == f"{successor.serial}_late"
    assert replacing[moved.id].config_entry_id == entry.entry_id
    assert (replacing[twin.id], replacing[orphan.id]) == (None, None)
    again: list[Any] = [rows.async_get(it.entity_id) for it in (ours, twin, moved, late)]
    assert [it.unique_id for it in again] == [it.unique_id for it in (ours, twin, moved, late)]
    assert [it.config_entry_id for it in again] == [
        it.entry_id for it in (entry, other, other, entry)
    ]
    assert again[1].name == "Twin"


async def test_of_many_entities_only_the_first_are_listed(hass, entry):
    entry.add_to_hass(hass)
    rows = [left_over(hass, f"{entry.unique_id}_{n}", entry) for n in range(32)]

    lines = listed(hass, rows).split("\n")

    assert len(lines) == 31
    assert lines[-1] == "- + 2"


async def test_entry_of_the_next_one_that_is_not_let_go_changes_nothing(hass, successor, both):
    entry, other = both
    before = ids(hass, entry) | ids(hass, other)  # they contend for what both have
    form = await choose(hass, await offered(hass, entry, successor), "replace")
    unload = hass.config_entries.async_unload

    async def refusing(entry_id, **more):
        return entry_id != other.entry_id and await unload(entry_id, **more)

    with patch.object(hass.config_entries, "async_unload", refusing):
        again = await send(hass, form, {})
        await settle(hass)

    assert again["errors"] == {"base": "busy"}
    assert ids(hass, entry) | ids(hass, other) == before
    assert entry.state is ConfigEntryState.LOADED


@pytest.mark.parametrize("ours", [None, "2026-05-31", "2026-06-02"])
async def test_last_repair_of_statistics_can_still_be_undone(
    hass, successor, both, hass_storage, ours
):
    def stored():
        return [hass_storage.get(name, {}).get("data") for name in (*undo, note)]

    theirs = "2026-06-01"
    entry, other = both
    undo = [f"{DOMAIN}.{it.entry_id}.statistics_undo" for it in both]
    note = f"{DOMAIN}.{other.entry_id}.statistics"
    for name, at in zip(undo, (ours, theirs), strict=True):
        if at:
            data = {"at": at, "repaired": []}
            hass_storage[name] = {"version": 1, "minor_version": 1, "key": name, "data": data}
    noted = {"looked_at": theirs, "found": 3}
    hass_storage[note] = {"version": 1, "minor_version": 1, "key": note, "data": noted}
    before = stored()

    await replaced(hass, entry, successor)
    replacing = stored()
    await answer(hass, "undo")

    assert replacing == [{"at": max(ours or theirs, theirs), "repaired": []}, None, None]
    assert stored() == before


async def test_undo_from_two_dialogs_brings_both_back_once(hass, successor, both):
    await replaced(hass, both[0], successor)
    dialogs = [await opened(hass) for _ in range(2)]

    done = await asyncio.gather(*(choose_repair(hass, it, "undo") for it in dialogs))
    await settle(hass)

    assert [it.get("reason") for it in done] == [None, "too_late"]
    assert {it.entry_id for it in hass.config_entries.async_entries(DOMAIN)} == {
        it.entry_id for it in both
    }


async def test_repair_of_statistics_made_since_stays_after_undo(
    hass, successor, both, hass_storage
):
    entry, _ = both
    ours, theirs = (f"{DOMAIN}.{it.entry_id}.statistics_undo" for it in both)
    data = {"at": "2026-06-01", "repaired": []}
    hass_storage[theirs] = {"version": 1, "minor_version": 1, "key": theirs, "data": data}
    await replaced(hass, entry, successor)
    later = {"at": "2026-06-17", "repaired": []}
    hass_storage[ours]["data"] = later

    await answer(hass, "undo")

    assert (hass_storage[ours]["data"], hass_storage[theirs]["data"]) == (later, data)


async def test_entry_whose_statistics_are_being_repaired_is_not_removed(hass, successor, both):
    entry, other = both
    form = await choose(hass, await offered(hass, entry, successor), "replace")
    work = hass.data[f"{DOMAIN}_statistics"][other.entry_id]
    begun = asyncio.Event()

    async def repairing(_progress):
        await begun.wait()

    work.change = Job(hass, repairing, "repair")

    again = await send(hass, form, {})
    begun.set()
    done = await send(hass, again, {})
    await settle(hass)

    assert (again["errors"], done["reason"]) == ({"base": "busy"}, "replaced")


async def test_gateway_that_was_ignored_is_no_obstacle(hass, simulator, successor, entry):
    await set_up(hass, entry)
    MockConfigEntry(domain=DOMAIN, unique_id=successor.serial, source=SOURCE_IGNORE).add_to_hass(
        hass
    )

    done = await replaced(hass, entry, successor)

    assert (done["reason"], entry.unique_id) == ("replaced", successor.serial)
    assert hass.config_entries.async_entries(DOMAIN) == [entry]
    await hass.config_entries.async_unload(entry.entry_id)
