"""What a house takes and where from: right, or not there, on every kind of site."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from datetime import datetime
from typing import Any

import httpx
import pytest

from custom_components.enphase_envoy.envoy_reader import Health, Section, Snapshot, VolatileMemory
from tests.simulator import SCENARIOS, Simulator, faults

from .conftest import Visit
from .direct import client

MINUTE = 60
HOUR = 3600
NOON = 1_781_690_400.0
"""A summer's day, 12:00 in Amsterdam."""
UNBALANCED = "pc_d83_unbalanced"
WATTS = 3.0
"""Powers of several pages are rounded one by one."""


@pytest.fixture
async def visit() -> AsyncIterator[Callable[..., Visit]]:
    """Return a function that opens a site which is read without sockets."""
    async with AsyncExitStack() as stack:
        made: list[Visit] = []

        def open_site(scenario: str, start: float = NOON, **options: Any) -> Visit:
            simulator = Simulator(scenario, start=start)
            token = simulator.token() if simulator.firmware.tokens else None
            memory = VolatileMemory(token=token)
            gateway = client(simulator)
            made.append(Visit(simulator, gateway, httpx.AsyncClient(), memory, options))
            stack.push_async_callback(gateway.aclose)
            stack.push_async_callback(made[-1].cloud.aclose)
            return made[-1]

        yield open_site


async def after(visit: Visit, seconds: float, step_s: float = MINUTE) -> Snapshot:
    """Let time pass, read every step, and return what was read last."""
    for _ in range(int(seconds / step_s)):
        snapshot = await visit.after(step_s)
    return snapshot


async def begun(visit: Visit) -> Snapshot:
    """Read often enough for slow pages to have answered once."""
    return await after(visit, 3 * MINUTE)


# Who has a house load

HOUSES = {
    "pc_d83_three_phase_storage_ct",
    "pc_d8_split_storage_ct",
    "pc_d8_three_phase_battery",
    "pc_d8_acb_storage_ct",
    "pc_d83_other_sun",
    "pc_d83_car",
    UNBALANCED,
}
WITHOUT = {
    "pc_d7_three_phase": "nothing is stored, so that consumption is what the house takes",
    "pc_d83_load_clamp_battery": "the clamp is on the load, so that consumption is it",
    "pc_d8_load_clamp_only": "the clamp is on the load, so that consumption is it",
    "pc_d83_controls": "nothing measures the generator",
    "pc_d83_generator": "nothing measures the generator",
    "pc_d7_acb": "AC Batteries report too seldom",
    "p_d7_standard": "nothing but production is measured",
}


@pytest.mark.parametrize("scenario", sorted(HOUSES))
async def test_house_load_is_what_the_house_takes(visit, scenario):
    site = visit(scenario)

    snapshot = await begun(site)

    assert snapshot.house
    assert snapshot.house.power_w == pytest.approx(site.simulator.site.load.power_w, abs=WATTS + 10)


@pytest.mark.parametrize("scenario", sorted(HOUSES))
async def test_house_energy_is_what_the_house_has_taken(visit, scenario):
    site = visit(scenario)
    before, true = await begun(site), site.simulator.site.load.lifetime_wh

    later = await after(site, 2 * HOUR)

    took_wh = site.simulator.site.load.lifetime_wh - true
    assert before.house
    assert later.house
    assert before.house.lifetime_wh is not None
    assert later.house.lifetime_wh is not None
    assert later.house.lifetime_wh - before.house.lifetime_wh == pytest.approx(took_wh, rel=0.01)


@pytest.mark.parametrize("scenario", WITHOUT, ids=WITHOUT.get)
async def test_house_load_is_absent_where(visit, scenario):
    assert (await begun(visit(scenario))).house is None


async def test_house_energy_begins_at_zero_where_we_count_what_the_batteries_do(visit):
    snapshot = await visit("pc_d8_three_phase_battery").after(0)

    assert snapshot.house
    assert snapshot.house.lifetime_wh == 0


async def test_house_load_is_unknown_while_a_battery_does_not_say(visit):
    snapshot = await begun(visit("pc_d8_mute_battery"))

    assert snapshot.house
    assert snapshot.house.power_w is None


async def test_house_load_is_unknown_when_its_parts_are_not_of_one_moment(visit):
    site = visit("pc_d8_three_phase_battery")
    before = await begun(site)
    site.simulator.faults["/ivp/ensemble/power"] = faults.Status(503)

    snapshot = await site.after(MINUTE)

    assert before.house
    assert snapshot.house
    assert snapshot.house.power_w is None
    assert snapshot.house.lifetime_wh == before.house.lifetime_wh


async def test_silent_batteries_cost_the_house_alone(visit):
    site = visit("pc_d8_three_phase_battery")
    await begun(site)
    site.simulator.faults["/ivp/ensemble/power"] = faults.Status(503)

    snapshot = await after(site, 6 * MINUTE)

    assert snapshot.healthy(Section.HOUSE) is Health.STALE
    assert snapshot.healthy(Section.GRID_FLOW) is Health.FRESH


async def test_day_of_the_house_begins_at_its_midnight(visit):
    site = visit(UNBALANCED, start=NOON + 11 * HOUR)
    first = await begun(site)
    truth = site.simulator.site.load

    snapshot = await after(site, 2 * HOUR)

    assert first.house
    assert first.house.today_wh is None
    assert snapshot.house
    assert snapshot.house.today_wh == pytest.approx(truth.today_wh, rel=0.01)


# Import and export

GRIDS = {
    "pc_d7_one_phase",
    "pc_d7_three_phase",
    "pc_d7_total_ct",
    "pc_d83_load_clamp_battery",
    "pc_d83_other_sun",
    "pc_d83_car",
    UNBALANCED,
}


@pytest.mark.parametrize("scenario", sorted(GRIDS))
async def test_import_and_export_are_each_zero_or_what_flows(visit, scenario):
    site = visit(scenario)

    grid = (await begun(site)).grid

    flows_w = site.simulator.site.grid.power_w
    assert grid
    assert grid.imported.power_w == pytest.approx(max(0.0, flows_w), abs=WATTS)
    assert grid.exported.power_w == pytest.approx(max(0.0, -flows_w), abs=WATTS)


@pytest.mark.parametrize(
    "scenario",
    [name for name in sorted(GRIDS) if SCENARIOS[name].phases > 1 or "load" in name]
    + ["pc_d7_total_ct"],
)
async def test_energies_of_all_phases_summed_are_those_of_a_meter_that_sums(visit, scenario):
    site = visit(scenario, start=NOON + 6.5 * HOUR)  # into the evening: export, then import
    before, whole = await begun(site), site.simulator.site.whole_grid
    taken, given = whole.delivered.wh, whole.received.wh

    later = await after(site, 2 * HOUR)

    assert before.grid
    assert later.grid
    assert _grown(before.grid.imported_summed_wh, later.grid.imported_summed_wh) == pytest.approx(
        whole.delivered.wh - taken, rel=0.02, abs=3
    )
    assert _grown(before.grid.exported_summed_wh, later.grid.exported_summed_wh) == pytest.approx(
        whole.received.wh - given, rel=0.02, abs=3
    )


def _grown(before: float | None, after: float | None) -> float:
    assert before is not None
    assert after is not None
    return after - before


@pytest.mark.parametrize("scenario", ["pc_d7_one_phase", "pc_d83_car"])
async def test_one_phase_behind_a_clamp_on_the_grid_needs_no_sum(visit, scenario):
    grid = (await begun(visit(scenario))).grid

    assert grid
    assert grid.imported_summed_wh is None


@pytest.mark.parametrize("scenario", ["pc_d8_load_clamp_only", "p_d7_standard", "pc_d7_no_cts"])
async def test_grid_is_absent_where_nothing_measures_it(visit, scenario):
    assert (await begun(visit(scenario))).grid is None


async def test_phases_that_cancel_out_count_nothing_in_the_sum_and_both_ways_by_phase(visit):
    site = visit("pc_d7_three_phase")
    house = site.simulator.site
    house.load_override_w = 9000.0
    for inverter in house.inverters.values():  # five on each phase, which are at +2, -1 and -1 kW
        inverter.power_override_w = (200.0, 800.0, 800.0)[inverter.phase]
    before = await begun(site)
    imported_wh, exported_wh = house.imported_wh, house.exported_wh

    later = await after(site, HOUR)

    assert before.grid
    assert later.grid
    assert _grown(before.grid.imported_summed_wh, later.grid.imported_summed_wh) < 0.1
    assert _grown(before.grid.exported_summed_wh, later.grid.exported_summed_wh) < 0.1
    assert house.imported_wh - imported_wh == pytest.approx(2000)
    assert house.exported_wh - exported_wh == pytest.approx(2000)
    assert _grown(before.grid.imported.lifetime_wh, later.grid.imported.lifetime_wh) == (
        pytest.approx(2000, abs=1)
    )


async def test_sum_is_true_to_half_a_percent_at_two_seconds(visit):
    site = visit("pc_d7_three_phase", start=NOON + 4 * HOUR)
    before, house = await begun(site), site.simulator.site
    taken, given = house.whole_grid.delivered.wh, house.whole_grid.received.wh

    for number in range(300):  # a stove switches itself on and off
        house.load_override_w = 6000.0 if number // 7 % 2 else 300.0
        later = await site.after(2)

    assert before.grid
    assert later.grid
    true = house.whole_grid.delivered.wh - taken, house.whole_grid.received.wh - given
    assert min(true) > 20
    assert _grown(before.grid.imported_summed_wh, later.grid.imported_summed_wh) == pytest.approx(
        true[0], rel=0.005, abs=0.1
    )
    assert _grown(before.grid.exported_summed_wh, later.grid.exported_summed_wh) == pytest.approx(
        true[1], rel=0.005, abs=0.1
    )


async def test_sum_goes_on_after_a_restart_and_an_hour_away(visit):
    site = visit(UNBALANCED, start=NOON + 10 * HOUR)  # by night: import on all phases
    before, house = await begun(site), site.simulator.site
    true = house.whole_grid.delivered.wh

    site.restart()
    await site.after(HOUR)
    later = await site.after(MINUTE)

    assert before.grid
    assert later.grid
    assert _grown(before.grid.imported_summed_wh, later.grid.imported_summed_wh) == pytest.approx(
        house.whole_grid.delivered.wh - true, rel=0.01
    )


async def test_register_that_is_not_believed_lets_the_sum_wait_and_then_go_on(visit):
    site = visit(UNBALANCED, start=NOON + 10 * HOUR)
    before, house = await begun(site), site.simulator.site
    true = house.whole_grid.delivered.wh
    site.simulator.faults["/ivp/meters/readings"] = faults.Garbage(b"[]")

    held = await after(site, 10 * MINUTE)
    site.simulator.faults.clear()
    later = await after(site, 2 * MINUTE)

    assert before.grid
    assert held.grid
    assert later.grid
    assert held.grid.imported_summed_wh == before.grid.imported_summed_wh
    assert _grown(before.grid.imported_summed_wh, later.grid.imported_summed_wh) == pytest.approx(
        house.whole_grid.delivered.wh - true, rel=0.01
    )


# Batteries


@pytest.mark.parametrize("scenario", ["pc_d83_three_phase_storage_ct", "pc_d83_car"])
async def test_battery_power_is_what_flows_through_all_of_them(visit, scenario):
    site = visit(scenario)

    snapshot = await begun(site)

    assert snapshot.bank
    assert snapshot.bank.flow_w == pytest.approx(site.simulator.site.storage.power_w, abs=WATTS)


async def test_days_of_the_batteries_begin_at_their_midnight(visit):
    site = visit("pc_d83_three_phase_storage_ct", start=NOON + 11 * HOUR)
    house = site.simulator.site

    first, later = await begun(site), await after(site, 2 * HOUR)

    assert first.bank
    assert first.bank.discharged_today_wh is None
    assert later.bank
    discharged_wh = sum(phase.delivered.today_wh for phase in house.storage.phases)
    assert later.bank.discharged_today_wh == pytest.approx(discharged_wh, rel=0.01, abs=3)


# Shares of today


@pytest.mark.parametrize(
    "scenario",
    ["pc_d7_one_phase", UNBALANCED, "pc_d83_other_sun", "pc_d83_load_clamp_battery"],
)
async def test_shares_of_today_are_those_of_its_counters(visit, scenario):
    site = visit(scenario, start=NOON - 12.5 * HOUR)
    house = site.simulator.site
    await begun(site)

    snapshot = await after(site, 14 * HOUR, 10 * MINUTE)

    made = house.production.today_wh + house.other_sun.today_wh
    grid = [house.whole_grid] if "load" in scenario else house.grid.phases
    exported = sum(it.received.today_wh for it in grid)
    imported = sum(it.delivered.today_wh for it in grid)
    used = house.consumption if scenario == "pc_d7_one_phase" else house.load
    assert snapshot.shares
    assert snapshot.shares.self_consumption_pct == pytest.approx(
        100 * (1 - exported / made), abs=1.0
    )
    assert snapshot.shares.self_sufficiency_pct == pytest.approx(
        max(0.0, 100 * (1 - imported / used.today_wh)), abs=1.0
    )


async def test_shares_are_unknown_before_the_first_midnight(visit):
    shares = (await begun(visit(UNBALANCED))).shares

    assert shares
    assert (shares.self_consumption_pct, shares.self_sufficiency_pct) == (None, None)


@pytest.mark.parametrize("scenario", ["pc_d83_generator", "pc_d8_load_clamp_only", "pc_d7_acb"])
async def test_shares_are_absent_where_a_part_is_not_measured(visit, scenario):
    assert (await begun(visit(scenario))).shares is None


def test_noon_is_noon():
    begin = datetime.fromtimestamp(NOON, SCENARIOS[UNBALANCED].site(NOON, 0).zone)

    assert (begin.hour, begin.minute) == (12, 0)
