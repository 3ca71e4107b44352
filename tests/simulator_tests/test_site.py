"""The physical truth: energy adds up, counters only grow, days begin at local midnight."""

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from tests.simulator import SCENARIOS
from tests.simulator.site import Site

pytestmark = pytest.mark.once

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
NOON = datetime(2026, 6, 10, 12, 0, tzinfo=AMSTERDAM).timestamp()
HOUR = 3600


def build(name, start=NOON):
    return SCENARIOS[name].site(start, 13.0 * HOUR)


@pytest.fixture
def site():
    return build("pc_d8_three_phase_battery")


def surplus_w(site):
    """What is left over on each phase; nothing may be."""
    flows = (site.production, site.other_sun, site.grid, site.storage, site.ac_storage)
    sums = (
        sum(phase.power_w for phase in phases)
        for phases in zip(*(flow.phases for flow in flows), strict=True)
    )
    return [made - load.power_w for made, load in zip(sums, site.load.phases, strict=True)]


def net_wh(flow):
    return sum(phase.delivered.wh - phase.received.wh for phase in flow.phases)


@pytest.mark.parametrize("name", SCENARIOS)
def test_power_adds_up_on_every_phase(name):
    site = build(name)

    site.advance(HOUR)

    assert surplus_w(site) == pytest.approx([0.0] * site.plan.phases, abs=1e-6)


@pytest.mark.parametrize("name", ["pc_d7_one_phase", "pc_d7_acb", "pc_d8_split_storage_ct"])
def test_energy_adds_up_over_a_day(name):
    site = build(name)
    flows = (site.production, site.grid, site.storage, site.ac_storage, site.load)
    before = [net_wh(flow) for flow in flows]

    site.advance(24 * HOUR)

    made, taken, discharged, ac_discharged, used = (
        net_wh(flow) - start for flow, start in zip(flows, before, strict=True)
    )
    assert made + taken + discharged + ac_discharged == pytest.approx(used, abs=0.01)


def test_a_battery_holds_what_was_put_into_it(site):
    stored = sum(battery.stored_wh for battery in site.batteries.values())
    charged, discharged = site.charged_wh, site.discharged_wh

    site.advance(24 * HOUR)

    flow = (site.charged_wh - charged) - (site.discharged_wh - discharged)
    now = sum(battery.stored_wh for battery in site.batteries.values())
    assert now - stored == pytest.approx(flow, abs=0.01)


def test_inverters_make_what_the_site_produces(site):
    made = sum(inverter.energy.wh for inverter in site.inverters.values())
    produced = site.production.lifetime_wh

    site.advance(HOUR)

    now = sum(inverter.energy.wh for inverter in site.inverters.values())
    assert now - made == pytest.approx(site.production.lifetime_wh - produced, abs=0.01)


def test_registers_only_grow(site):
    flows = (site.production, site.grid, site.storage, site.load)
    registers = [
        register
        for flow in flows
        for phase in flow.phases
        for register in (phase.delivered, phase.received)
    ]
    before = [register.wh for register in registers]
    falls = []

    for _ in range(48):
        site.advance(HOUR / 2)
        now = [register.wh for register in registers]
        falls += [new - old for new, old in zip(now, before, strict=True) if new < old]
        before = now

    assert falls == []


def test_the_same_plan_lives_the_same_day():
    first, second = build("pc_d7_three_phase"), build("pc_d7_three_phase")

    first.advance(6 * HOUR)
    for _ in range(6):
        second.advance(HOUR)

    assert first.production.lifetime_wh == second.production.lifetime_wh


def test_sites_differ():
    assert build("pc_bench_10").load.power_w != build("pc_d83_device_data").load.power_w


def test_counters_begin_where_the_plan_says(site):
    assert site.production.lifetime_wh == pytest.approx(site.plan.production_wh)


def test_a_week_is_longer_than_a_day(site):
    assert 5 * site.production.today_wh < site.production.seven_days_wh


def test_today_begins_at_local_midnight(site):
    site.advance(12 * HOUR)

    assert site.local_time.hour == 0
    assert site.load.today_wh == pytest.approx(0.0)


def test_yesterday_stays_in_the_week():
    site = build("pc_d7_one_phase")
    today = site.load.today_wh
    week = site.load.seven_days_wh
    first_day = site.load.phases[0].delivered.midnights
    lost = first_day[1] - first_day[0]

    site.advance(24 * HOUR)

    gained = site.load.today_wh - today + site.load.phases[0].delivered.yesterday_wh
    assert site.load.seven_days_wh == pytest.approx(week - lost + gained, rel=1e-9)


@pytest.mark.parametrize(
    ("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-06-01", 24)]
)
def test_a_day_is_as_long_as_the_clock_says(day, hours):
    start = datetime.fromisoformat(f"{day}T00:00").replace(tzinfo=AMSTERDAM).timestamp()
    site = build("pc_d7_one_phase", start)
    site.load_override_w = 1000.0

    site.advance(hours * HOUR - 60)

    assert site.load.today_wh == pytest.approx(hours * 1000.0, abs=20)


def test_midnight_is_that_of_the_site():
    site = build("pc_d5_metered", datetime(2026, 6, 10, 6, 30, tzinfo=UTC).timestamp())

    assert site.local_time.hour == 1


def test_there_is_no_sun_at_night(site):
    site.advance(12 * HOUR)

    assert not site.is_day
    assert site.production.power_w == pytest.approx(-0.3 * len(site.inverters))


def test_the_sun_can_be_moved():
    site = Site(SCENARIOS["pc_d7_one_phase"].plan, NOON, noon_s=1 * HOUR)

    assert not site.is_day


def test_inverters_can_face_another_way():
    plan = replace(SCENARIOS["pc_d7_one_phase"].plan, peak_shares=(0.5, 1.1))

    first, second, third, *_ = Site(plan, NOON).inverters.values()

    assert first.peak_w == pytest.approx(0.5 * plan.peak_w)
    assert second.power_w == pytest.approx(2.2 * first.power_w)
    assert third.peak_w <= plan.peak_w


def test_an_inverter_reports_every_interval(site):
    inverter = next(iter(site.inverters.values()))
    before = inverter.report.at

    site.advance(site.interval_s)

    assert inverter.report.at == before + site.interval_s


def test_inverters_take_turns(site):
    assert len({inverter.report.at for inverter in site.inverters.values()}) == len(site.inverters)


def test_a_report_carries_the_average_of_its_interval(site):
    inverter = next(iter(site.inverters.values()))
    inverter.power_override_w = 100.0

    site.advance(2 * site.interval_s)

    assert inverter.report.power_w == pytest.approx(100.0)
    assert inverter.report.joules == pytest.approx(100.0 * site.interval_s)


def test_a_silent_inverter_goes_on_producing(site):
    inverter = next(iter(site.inverters.values()))
    inverter.alive = False
    report, energy = inverter.report, inverter.energy.wh

    site.advance(HOUR)

    assert inverter.report == report
    assert inverter.energy.wh > energy


def test_an_inverter_keeps_its_last_report_at_night(site):
    site.advance(14 * HOUR)
    reports = [inverter.report for inverter in site.inverters.values()]

    site.advance(HOUR)

    assert [inverter.report for inverter in site.inverters.values()] == reports


def test_a_removed_inverter_produces_nothing(site):
    inverter = next(iter(site.inverters.values()))

    inverter.removed = True
    site.advance(0)

    assert inverter.power_w == 0
    assert inverter not in site.active_inverters


def test_a_new_inverter_joins_in(site):
    (serial,) = site.add_inverters(1)

    site.advance(2 * site.interval_s)

    assert site.inverters[serial].report.power_w > 0


def test_a_battery_takes_the_surplus(site):
    site.load_override_w = 0.0

    site.advance(0)

    assert site.storage.power_w < 0


def test_a_battery_covers_the_load_without_sun(site):
    site.sunshine_override = 0.0
    site.load_override_w = 500.0

    site.advance(0)

    assert site.storage.power_w == pytest.approx(500.0 + 0.3 * len(site.inverters))


def test_batteries_share_what_the_house_lacks(site):
    site.sunshine_override = 0.0
    site.load_override_w = 1000.0

    site.advance(0)

    powers = [battery.power_w for battery in site.batteries.values()]
    assert powers == pytest.approx([sum(powers) / 2] * 2)
    assert sum(powers) > 1000


def test_batteries_share_the_surplus(site):
    site.load_override_w = 0.0

    site.advance(0)

    powers = [battery.power_w for battery in site.batteries.values()]
    assert powers == pytest.approx([sum(powers) / 2] * 2)
    assert sum(powers) < 0


def test_what_an_empty_battery_cannot_give_comes_from_the_other(site):
    empty, other = site.batteries.values()
    empty.stored_wh = 0.0
    site.sunshine_override = 0.0
    site.load_override_w = 1000.0

    site.advance(0)

    assert empty.power_w == 0
    assert other.power_w == pytest.approx(site.storage.power_w)
    assert site.storage.power_w > 1000


def test_what_a_sleeping_ac_battery_leaves_is_shared_by_the_others():
    site = build("pc_d7_acb")
    site.sunshine_override = 0.0
    site.load_override_w = 1000.0

    site.advance(0)

    powers = [battery.power_w for battery in site.ac_batteries.values()]
    assert powers[2] == 0
    assert powers[0] == powers[1] > 0
    assert site.grid.power_w == pytest.approx(0)


def test_a_battery_keeps_its_reserve(site):
    site.sunshine_override = 0.0
    site.load_override_w = 5000.0

    site.advance(6 * HOUR)

    assert site.charge_pct == pytest.approx(site.reserve_pct, abs=0.1)


def test_without_a_grid_nothing_is_imported(site):
    site.grid_connected = False
    imported = site.imported_wh

    site.advance(24 * HOUR)

    assert site.imported_wh == pytest.approx(imported)


def test_without_a_grid_the_sun_is_throttled(site):
    site.load_override_w = 100.0
    for battery in site.batteries.values():
        battery.stored_wh = battery.capacity_wh
    site.grid_connected = False

    site.advance(0)

    assert site.production.power_w == pytest.approx(100.0)
    assert sum(inverter.power_w for inverter in site.inverters.values()) == pytest.approx(100.0)


def test_without_a_grid_and_a_battery_the_house_is_dark():
    site = build("pc_d7_one_phase")

    site.grid_connected = False
    site.advance(0)

    assert (site.production.power_w, site.load.power_w) == (0.0, 0.0)


def test_generator_takes_the_place_of_the_grid():
    site = build("pc_d83_generator")
    site.sunshine_override = 0.0
    site.load_override_w = 900.0
    site.grid_connected = False
    site.generator.running = True

    site.advance(0)

    assert site.grid.power_w == 0
    assert site.generator_w == pytest.approx(site.load.power_w - site.production.power_w)


def test_beside_a_generator_the_sun_is_throttled():
    site = build("pc_d83_generator")
    site.sunshine_override = 1.0
    site.load_override_w = 900.0
    site.grid_connected = False
    site.generator.running = True

    site.advance(0)

    assert (site.production.power_w, site.generator_w) == (pytest.approx(900.0), pytest.approx(0))


def test_reported_consumption_leaves_the_battery_out(site):
    site.sunshine_override = 0.0
    site.load_override_w = 900.0

    site.advance(0)

    assert site.consumption.power_w == pytest.approx(site.load.power_w - site.storage.power_w)


def test_the_archive_is_of_the_last_interval(site):
    site.advance(site.interval_s - site.now % site.interval_s)
    archived = [phase.archived_wh for phase in site.production.phases]
    exact = [phase.delivered.wh for phase in site.production.phases]

    site.advance(site.interval_s / 2)

    assert archived == exact
    assert [phase.archived_wh for phase in site.production.phases] == exact


def test_a_plan_gives_every_device_its_own_serial():
    site = Site(replace(SCENARIOS["pc_d7_acb"].plan, enpower=True), NOON)
    assert site.enpower
    serials = [*site.inverters, *site.batteries, *site.ac_batteries, site.enpower.serial]

    assert len(set(serials)) == len(serials)
