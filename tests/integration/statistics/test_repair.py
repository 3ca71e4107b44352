"""The repair as its owner sees it, with a real recorder: look, list, confirm, undo."""

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from homeassistant.components.energy.data import async_get_manager
from homeassistant.components.recorder import get_instance
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.recorder import session_scope
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
)
from sqlalchemy import text

from . import plant
from .books import hour
from .plant import BEGUN, HOUR, NOON, Meter

SHORT = 60 * 24
MIDDLE = 30 * 24 + NOON
CUT = BEGUN + MIDDLE * HOUR


def between(first, last):
    return {BEGUN + number * HOUR for number in range(first, last)}


@pytest.fixture
async def damaged(books):
    """A counter that fell to zero once; return its entity id."""
    meter = Meter(hours=SHORT, wh=1000.0)
    plant.zero(meter, MIDDLE)
    return await books.plant("lifetime", meter)


def truth_of(meter, *, but=()):
    return {row[0]: row[2] for row in meter.true() if row[0] not in but}


async def test_five_years_are_repaired_and_restored(books):
    lifetime, day, alike = Meter(), Meter.of_the_day(wh=1000.0), Meter()
    away = set()
    for number, damage in enumerate(plant.OF_A_LIFETIME):
        before, after = damage(lifetime, (100 + number * 60) * 24 + NOON)
        away |= between(before + 1, after)
    for number, damage in enumerate(plant.OF_A_DAY):
        damage(day, (250 + number % 4 * 365 + number * 10) * 24 + 16)
    for number, look_alike in enumerate(plant.LOOK_ALIKES):
        look_alike(alike, (1000 + number * 60) * 24 + NOON)
    await books.plant("lifetime", lifetime)
    await books.plant("day", day)
    await books.plant("alike", alike)
    before = await books.rows()

    listed = await books.open()
    asked = await books.answer(listed, {})
    done = await books.answer(asked)

    damages = len(plant.OF_A_LIFETIME) + len(plant.OF_A_DAY)
    assert listed["description_placeholders"]["found"] == str(damages)
    assert done["description_placeholders"]["count"] == str(damages)
    sums = await books.sums("sensor.lifetime")
    true = truth_of(lifetime, but=away)
    assert {start: sums[start] for start in true} == pytest.approx(true, abs=0.5)
    assert list((await books.sums("sensor.alike")).values()) == [row[2] for row in alike.recorded()]
    found = await books.sums("sensor.day")
    last = max(found)
    assert found[last] == pytest.approx(truth_of(day)[last], abs=0.0005)

    menu = await books.answer(done)
    menu = await books.open()
    ask = await books.answer(menu, {"next_step_id": "repair_undo"})
    undone = await books.answer(ask)

    assert undone["description_placeholders"]["count"] == str(damages)
    assert undone["description_placeholders"]["rows"] == "0"
    assert await books.rows() == before


async def test_nothing_is_written_before_the_owner_confirms(books, damaged):
    before = await books.rows()

    listed = await books.open()
    asked = await books.answer(listed, {})

    assert (listed["step_id"], asked["step_id"]) == ("repair_list", "repair_confirm")
    assert await books.rows() == before


async def test_list_shows_hour_entity_and_energy_before_and_after(books, damaged):
    listed = await books.open()

    (box,) = listed["data_schema"].schema.values()
    (option,) = box.config["options"]
    made = plant.sunny_wh(MIDDLE) / 1000
    recorded = Meter(hours=SHORT).level(MIDDLE) / 1000
    assert option["label"].startswith(f"{hour(CUT)} · ")
    assert option["label"].endswith(f": {recorded:.3f} → {made:.3f} kWh")
    assert "lifetime" in option["label"]


async def test_only_what_is_ticked_is_repaired(books):
    meter = Meter(hours=SHORT)
    plant.zero(meter, MIDDLE)
    plant.half(meter, MIDDLE + 24)
    name = await books.plant("lifetime", meter)
    before = await books.sums(name)

    listed = await books.open()
    (box,) = listed["data_schema"].schema.values()
    later = next(
        option["value"] for option in box.config["options"] if hour(CUT + 86400) in option["label"]
    )
    done = await books.answer(await books.answer(listed, {"damages": [later]}))

    lost = {start: total - before[start] for start, total in (await books.sums(name)).items()}
    level = meter.level(MIDDLE + 23)
    assert done["description_placeholders"]["count"] == "1"
    assert {round(wh) for start, wh in lost.items() if start >= CUT + 86400} == {round(-level)}
    assert {wh for start, wh in lost.items() if start < CUT + 86400} == {0.0}


async def test_nothing_ticked_is_asked_again(books, damaged):
    listed = await books.open()

    again = await books.answer(listed, {"damages": []})

    assert again["errors"] == {"damages": "nothing_chosen"}
    assert again["step_id"] == "repair_list"


async def test_last_step_leaves_the_options_as_they_are(books, damaged):
    done = await books.repair()

    end = await books.answer(done)

    assert done["step_id"] == "repair_done"
    assert end["type"] is FlowResultType.CREATE_ENTRY
    assert books.entry.options == {"kept": 1}


async def test_house_without_damage_is_told_so(books):
    await books.plant("lifetime", Meter(hours=SHORT))

    end = await books.open()

    assert (end["type"], end["reason"]) == (FlowResultType.ABORT, "no_damage")
    assert end["description_placeholders"]["hours"] == str(SHORT)


async def test_house_without_statistics_is_told_so(books):
    end = await books.open()

    assert end["reason"] == "no_damage"
    assert end["description_placeholders"]["statistics"] == "0"


async def test_statistics_of_others_and_of_other_things_are_not_looked_at(books):
    meter = Meter(hours=SHORT)
    plant.zero(meter, MIDDLE)
    await books.plant_rows("water", meter.recorded(), "L")
    await books.plant_rows("neighbour", meter.recorded(), ours=False)

    end = await books.open()

    assert end["description_placeholders"]["statistics"] == "0"


async def test_dialog_can_be_left_and_shows_the_result_later(books, hass, damaged):
    flows = hass.config_entries.options
    first = await flows.async_init(books.entry.entry_id)

    flows.async_abort(first["flow_id"])
    await hass.async_block_till_done(wait_background_tasks=True)
    again = await flows.async_init(books.entry.entry_id)

    assert first["type"] is FlowResultType.SHOW_PROGRESS
    assert first["progress_action"] == "repair_look"
    assert again["step_id"] == "repair_list"


async def test_repair_goes_on_when_the_dialog_is_left(books, hass, damaged):
    flows = hass.config_entries.options
    asked = await books.answer(await books.open(), {})
    before = await books.sums(damaged)

    writing = await flows.async_configure(asked["flow_id"], {})
    flows.async_abort(writing["flow_id"])
    second = await books.open()

    assert writing["progress_action"] == "repair_write"
    assert second["step_id"] in {"repair_done", "repair_statistics"}
    assert await books.sums(damaged) != before


async def test_second_look_finds_nothing_after_a_repair(books, damaged):
    await books.answer(await books.repair())

    menu = await books.open()
    end = await books.answer(menu, {"next_step_id": "repair_look"})

    assert menu["menu_options"] == ["repair_look", "repair_undo"]
    assert end["reason"] == "no_damage"


async def test_what_has_changed_since_the_look_is_not_repaired(books, hass, damaged):
    listed = await books.open()
    get_instance(hass).async_adjust_statistics(
        damaged, dt_util.utc_from_timestamp(CUT), -12_000.0, "kWh"
    )
    before = await books.rows()

    end = await books.answer(await books.answer(listed, {}))

    assert (end["reason"], end["description_placeholders"]["entities"]) == (
        "repair_failed",
        damaged,
    )
    assert await books.rows() == before


async def test_rows_of_five_minutes_are_repaired_where_the_counter_came_back(books):
    meter = Meter(hours=SHORT)
    plant.zero(meter, SHORT - 2)
    rows = meter.recorded()
    level, total = rows[-3][1] or 0.0, rows[-3][2] or 0.0
    at = BEGUN + (SHORT - 2) * HOUR
    made = plant.sunny_wh(SHORT - 2)
    short = []
    for part in range(24):
        back = level if part >= 7 else 0.0
        grown = made * min(12, part + 1) / 12
        shown = level + grown if part >= 7 or part < 4 else 0.0
        kept = total + (grown if part < 4 else made * 4 / 12) if part < 7 else total + made * 4 / 12
        short.append((at + part * 300, shown, kept if part < 7 else kept + back + grown, None))
    rows[-2] = (rows[-2][0], short[11][1], short[11][2], None)
    rows[-1] = (rows[-1][0], short[23][1], short[23][2], None)
    name = await books.plant_rows("lifetime", rows, "Wh", short)
    before = await books.rows(five_minutes=True)

    done = await books.repair()

    now = await books.rows(five_minutes=True)
    sums = await books.sums(name)
    after = [total, *(row[1] for (of, _), row in sorted(now.items()) if of == name)]
    gains = [row - was for was, row in pairwise(after)]
    assert done["step_id"] == "repair_done"
    assert now[name, short[11][0]][1] == sums[at]
    assert now[name, short[23][0]][1] == sums[at + HOUR]
    assert all(-1e-6 <= gain <= made for gain in gains)

    menu = await books.open()
    await books.answer(await books.answer(menu, {"next_step_id": "repair_undo"}))
    assert await books.rows(five_minutes=True) == before


async def test_undo_leaves_later_corrections_by_hand_alone(books, hass, damaged):
    before = await books.sums(damaged)
    await books.answer(await books.repair())
    later = CUT + 48 * HOUR
    get_instance(hass).async_adjust_statistics(
        damaged, dt_util.utc_from_timestamp(later), 5.0, "kWh"
    )
    await async_wait_recording_done(hass)

    menu = await books.open()
    undone = await books.answer(await books.answer(menu, {"next_step_id": "repair_undo"}))

    differing = [start for start in before if start >= later]
    assert undone["description_placeholders"]["rows"] == str(len(differing))
    now = await books.sums(damaged)
    assert {round(now[start] - before[start], 6) for start in differing} == {5.0}
    assert all(now[start] == before[start] for start in before if start < later)


async def test_undo_finds_a_sensor_that_was_renamed(books, hass, damaged):
    before = await books.sums(damaged)
    await books.answer(await books.repair())
    er.async_get(hass).async_update_entity(damaged, new_entity_id="sensor.another")
    await hass.async_block_till_done()
    await async_wait_recording_done(hass)

    menu = await books.open()
    await books.answer(await books.answer(menu, {"next_step_id": "repair_undo"}))

    assert await books.sums("sensor.another") == before


async def test_undo_of_deleted_statistics_says_so(books, hass, damaged):
    await books.answer(await books.repair())
    get_instance(hass).async_clear_statistics([damaged])
    await async_wait_recording_done(hass)

    menu = await books.open()
    end = await books.answer(await books.answer(menu, {"next_step_id": "repair_undo"}))

    assert (end["reason"], end["description_placeholders"]["entities"]) == (
        "repair_failed",
        damaged,
    )


async def test_undo_of_what_is_half_done_does_the_other_half(books, hass):
    meter = Meter(hours=SHORT)
    plant.zero(meter, MIDDLE)
    plant.half_for_a_night(meter, MIDDLE + 24)
    name = await books.plant("lifetime", meter)
    before = await books.sums(name)
    await books.answer(await books.repair())
    lost = before[CUT] - (await books.sums(name))[CUT]
    get_instance(hass).async_adjust_statistics(name, dt_util.utc_from_timestamp(CUT), lost, "Wh")
    await async_wait_recording_done(hass)

    menu = await books.open()
    await books.answer(await books.answer(menu, {"next_step_id": "repair_undo"}))

    assert await books.sums(name) == before


async def test_undo_of_what_was_undone_by_hand_changes_nothing(books, hass, damaged):
    before = await books.sums(damaged)
    await books.answer(await books.repair())
    lost = before[CUT] - (await books.sums(damaged))[CUT]
    get_instance(hass).async_adjust_statistics(
        damaged, dt_util.utc_from_timestamp(CUT), lost, "kWh"
    )
    await async_wait_recording_done(hass)

    menu = await books.open()
    await books.answer(await books.answer(menu, {"next_step_id": "repair_undo"}))

    assert await books.sums(damaged) == before


@pytest.mark.parametrize("days", [29, 31])
async def test_undo_is_offered_for_thirty_days(books, hass_storage, damaged, days):
    await books.answer(await books.repair())
    key = f"enphase_envoy.{books.entry.entry_id}.statistics_undo"
    at = dt_util.utcnow() - timedelta(days=days)
    hass_storage[key]["data"]["at"] = at.isoformat()

    begin = await books.open()

    assert (begin["type"] is FlowResultType.MENU) == (days < 30)
    assert (key in hass_storage) == (days < 30)


async def test_undo_that_ran_out_while_the_dialog_was_open_says_so(books, hass_storage, damaged):
    await books.answer(await books.repair())
    menu = await books.open()
    key = f"enphase_envoy.{books.entry.entry_id}.statistics_undo"
    at = dt_util.utcnow() - timedelta(days=31)
    hass_storage[key]["data"]["at"] = at.isoformat()

    end = await books.answer(menu, {"next_step_id": "repair_undo"})

    assert end["reason"] == "nothing_to_undo"


@pytest.mark.parametrize("nested", [True, False])
async def test_costs_that_hang_on_it_are_told_of_and_stay(books, hass, hass_storage, nested):
    meter = Meter(hours=SHORT)
    plant.zero(meter, MIDDLE)
    name = await books.plant("lifetime", meter)
    cost = [(start, None, (total or 0) / 5000, None) for start, _, total, _ in meter.recorded()]
    await books.plant_rows("cost", cost, "EUR", ours=False)
    flow = {"stat_energy_from": name, "stat_cost": "sensor.cost"}
    flows = {"flow_from": [flow]} if nested else {"flow_from": [], **flow}
    await async_setup_component(hass, "energy", {})
    preferences: Any = {  # whose declared shape differs from version to version
        "energy_sources": [{"type": "grid", "flow_to": [], **flows}],
        "device_consumption": [],
    }
    (await async_get_manager(hass)).data = preferences
    before, planted = await books.sums("sensor.cost"), await books.sums(name)

    asked = await books.answer(await books.open(), {})
    again = await hass.config_entries.options.async_configure(asked["flow_id"])
    written = await books.sums(name)
    done = await books.answer(asked)

    assert (again["step_id"], written) == ("repair_confirm_costs", planted)
    money = meter.level(MIDDLE) / 5000
    assert asked["step_id"] == "repair_confirm_costs"
    assert asked["description_placeholders"]["costs"] == f"- sensor.cost: {money:.2f}"
    assert done["step_id"] == "repair_done"
    assert await books.sums("sensor.cost") == before


async def test_costs_worked_out_by_the_dashboard_are_told_of(books, hass, damaged):
    await async_setup_component(hass, "energy", {})
    hass.data["energy"]["cost_sensors"][damaged] = "sensor.lifetime_cost"

    asked = await books.answer(await books.open(), {})

    assert asked["description_placeholders"]["costs"] == "- sensor.lifetime_cost: 0.00"


@pytest.mark.dirty_log  # the database complains
async def test_statistics_that_cannot_be_read_end_the_dialog(books, hass, damaged, caplog):
    def lose_the_table():
        with session_scope(hass=hass) as session:
            session.execute(text("DROP TABLE statistics"))

    await books.run(lose_the_table)

    end = await books.open()

    assert end["reason"] == "look_failed"
    assert caplog.text.count("Could not look through statistics of House") == 1
