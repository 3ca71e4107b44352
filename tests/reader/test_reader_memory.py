"""What a reader remembers, and what it makes of a memory that is damaged or of another gateway."""

from __future__ import annotations

import json
from datetime import UTC

import pytest

from custom_components.enphase_envoy.envoy_reader import (
    Credentials,
    EnvoyAuthenticationError,
    Health,
    VolatileMemory,
)
from tests.simulator import SCENARIOS, faults

from .conftest import BEGIN

SITE = "pc_d8_split_storage_ct"


def through_json(memory: VolatileMemory) -> VolatileMemory:
    """Return what comes back when the memory was written to a file and read again."""
    return VolatileMemory(memory.token, json.loads(json.dumps(memory.data)))


async def test_nothing_is_remembered_before_the_first_read(visit):
    site = await visit(SITE)

    assert site.reader.remembered() is None


async def test_trouble_of_an_inverter_is_there_after_a_restart_without_a_gateway(visit):
    site = await visit(SITE)
    before = await site.reader.read()
    serial = next(iter(before.inverters))
    site.memory = through_json(site.memory)
    site.memory.data["watch"]["panels"][serial] |= {"trouble": "silent", "since": BEGIN}
    await site.simulator.switch_off()

    site.restart()
    snapshot = site.reader.remembered()

    assert before.roof.producing == len(before.inverters)
    assert [trouble.key for trouble in site.reader.troubles] == [f"silent_{serial}"]
    assert snapshot.roof.troubles == site.reader.troubles


async def test_everything_is_there_after_a_restart_without_a_gateway(visit):
    site = await visit(SITE)
    before = await site.reader.read()
    await site.simulator.switch_off()
    site.memory = through_json(site.memory)

    site.restart()
    snapshot = site.reader.remembered()

    assert snapshot.profile == before.profile
    assert snapshot.inverters.keys() == before.inverters.keys()
    assert snapshot.batteries.keys() == before.batteries.keys()
    assert snapshot.production.total.lifetime_wh == before.production.total.lifetime_wh
    assert set(snapshot.health.values()) == {Health.STALE}
    assert not snapshot.reachable


async def test_memory_is_only_of_now_again_when_the_gateway_has_answered(visit):
    site = await visit(SITE)
    await site.reader.read()
    site.memory = through_json(site.memory)
    site.restart()

    snapshot = await site.after(60)

    assert set(snapshot.health.values()) == {Health.FRESH}


async def test_restart_asks_no_page_that_is_known_to_be_missing(visit):
    site = await visit("pc_d7_no_cts")
    await site.reader.read()
    site.memory = through_json(site.memory)
    site.restart()
    begin = len(site.simulator.ledger)

    await site.after(60)

    assert "/ivp/pdm/energy" not in site.asked(begin)


async def test_source_that_was_chosen_stays_after_a_restart(visit):
    site = await visit("pc_d7_no_cts")
    before = await site.reader.read()
    site.memory = through_json(site.memory)
    site.simulator.faults["/api/v1/production"] = faults.Garbage(
        b'{"wattHoursToday":1,"wattHoursSevenDays":2,"wattHoursLifetime":9000000,"wattsNow":3}'
    )
    site.restart()

    snapshot = await site.after(60)

    assert snapshot.profile.production_from is before.profile.production_from


async def test_memory_of_another_gateway_is_not_used(visit):
    site = await visit(SITE)
    await site.reader.read()
    site.options["serial"] = "122200000000"

    site.restart()

    assert site.reader.remembered() is None


@pytest.mark.parametrize(
    "damage",
    [
        {"pages": None},
        {"pages": []},
        {"pages": {"/info": 5}},
        {"pages": {"/info": {"body": "<html>"}}},
        {"pages": {"/info": {"body": "\u20ac"}}},
        {"pages": {"/info": {"body": None}}},
        {"counters": "x", "pages": "y", "sources": 3},
    ],
    ids=repr,
)
async def test_damaged_memory_is_left_out(visit, damage):
    site = await visit(SITE)
    await site.reader.read()
    site.memory.data.update(damage)

    site.restart()
    snapshot = await site.after(60)

    assert set(snapshot.health.values()) == {Health.FRESH}


@pytest.mark.parametrize("sources", [None, {}, {"production": "x", "v1_credible": "y"}])
async def test_unknown_sources_are_chosen_again(visit, sources):
    site = await visit(SITE)
    before = await site.reader.read()
    site.memory.data["sources"] = sources

    site.restart()

    assert site.reader.remembered().profile == before.profile


async def test_list_of_missing_pages_may_hold_anything(visit):
    site = await visit(SITE)
    before = await site.reader.read()
    site.memory.data["pages"]["lacking"] = [None, 5, "/no/such/page"]

    site.restart()

    assert site.reader.remembered().profile == before.profile


async def test_report_can_be_written_as_json(visit):
    site = await visit(SITE)
    empty = site.reader.report()
    await site.reader.read()

    report = json.loads(json.dumps(site.reader.report()))

    assert empty["profile"] is None
    assert report["profile"]["model"] == "PC"
    assert report["token"]["kind"] == "owner"
    assert report["pages"]["/ivp/meters/readings"]["status"] == 200
    assert report["cloud_problem"] is None


async def test_report_names_the_trouble_with_the_cloud(visit):
    site = await visit("p_d7_standard", token=False)
    site.options["credentials"] = Credentials("a@example.com", "wrong", use_enlighten=True)
    site.restart()
    with pytest.raises(EnvoyAuthenticationError):
        await site.reader.read()

    assert site.reader.report()["cloud_problem"] == "cloud_login_refused"


async def test_day_goes_on_at_the_midnight_of_another_time_zone(visit):
    site = await visit(SITE, start=BEGIN, zone=UTC)
    await site.reader.read()
    before = await site.after(60)

    after = await site.after(9 * 3600)

    assert after.production.total.today_wh > before.production.total.today_wh


@pytest.mark.parametrize("choice", ["keep_rebase", "undo_rebase"])
async def test_replaced_gateway_asks_one_question_for_all_its_registers(visit, choice):
    site = await visit("pc_d83_three_phase_storage_ct")
    await site.reader.read()
    for flow in (site.simulator.site.production, site.simulator.site.grid):
        for phase in flow.phases:
            phase.move_to(700.0, 90.0)
    for _ in range(8):
        await site.after(300)
    (event,) = site.reader.rebases
    site.restart()

    getattr(site.reader, choice)(event.id)

    assert event.by_wh.keys() > {"production", "production_l2", "consumption", "net_l3"}
    assert not site.reader.rebases


async def test_counters_wait_for_their_first_sample_after_a_crash(visit):
    site = await visit("pc_d7_three_phase")
    before = await site.reader.read()
    site.memory.clean = False
    site.restart()

    remembered = site.reader.remembered()
    read = await site.after(60)

    assert remembered.production.total.lifetime_wh is None
    assert remembered.production.total.today_wh is None
    assert {ct.total.delivered_wh for ct in remembered.meters.values()} == {None}
    assert read.production.total.lifetime_wh >= before.production.total.lifetime_wh
    assert site.memory.clean


async def test_page_of_an_earlier_firmware_is_not_missed_after_a_restart(visit):
    site = await visit("pc_d83_device_data")
    await site.reader.read()
    await site.after(60)
    site.simulator.firmware = SCENARIOS["pc_d7_one_phase"].firmware
    site.restart()
    await site.reader.read()
    site.restart()
    await site.reader.read()

    snapshot = await site.after(25 * 3600)

    assert not snapshot.failures
