"""All counters of a site together: whole days and weeks with everything that goes wrong in them."""

import json
import math
from datetime import date, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from custom_components.enphase_envoy.envoy_reader.counters.believe import WRAP_WH
from custom_components.enphase_envoy.envoy_reader.counters.days import Claim
from custom_components.enphase_envoy.envoy_reader.counters.site import Counters, Rebase
from custom_components.enphase_envoy.envoy_reader.memory import JsonValue
from custom_components.enphase_envoy.envoy_reader.models import EnergyFigures

BERLIN = ZoneInfo("Europe/Berlin")
MINUTE = 60
HOUR = 3600
DAY = 86400
MAX_W = 10_000.0
LIFETIME = 6_000_000.0
NOON = datetime(2026, 5, 12, 12, tzinfo=BERLIN).timestamp()
MIDNIGHT = NOON - 12 * HOUR


class Site:
    """A site that polls, restarts, and knows what is true."""

    def __init__(self, *, at=NOON, zone=BERLIN, base_w=0.0):
        self.at = at
        self.zone = zone
        self.base_w = base_w
        self.lifetime_wh = LIFETIME
        self.state: dict[str, JsonValue] = {}
        self.counters = Counters(self.state)

    def restart(self):
        self.state = json.loads(json.dumps(self.state))
        self.counters = Counters(self.state)

    @property
    def power_w(self):
        hour = datetime.fromtimestamp(self.at, self.zone).hour
        return self.base_w + 5000.0 * max(0.0, math.sin((hour - 6) / 12 * math.pi))

    def wait(self, seconds=MINUTE):
        """Let time pass in which the site produces."""
        for _ in range(int(seconds // MINUTE)):
            self.lifetime_wh += self.power_w / 60
            self.at += MINUTE

    def poll(self, name="production", *, lifetime_wh=math.inf, **options):
        """Collect once; what is read is the truth, unless told otherwise."""
        raw = self.lifetime_wh if lifetime_wh == math.inf else lifetime_wh
        options.setdefault("power_w", self.power_w)
        options.setdefault("max_power_w", MAX_W)
        self.counters.begin(self.at, self.zone)
        return self.counters.energy(name, lifetime_wh=raw, **options)


@pytest.fixture
def site():
    return Site()


# A whole week

FAULTS = {
    "zeros after a restart": (12, lambda wh: 0.0),
    "one sample at a half": (1, lambda wh: wh / 2),
    "unsigned underflow": (3, lambda wh: 2**32 - 11.0),
    "a phase drops out": (25, lambda wh: wh - 2_000_000),
    "total is net": (10, lambda wh: -wh / 7),
    "a phantom channel": (1, lambda wh: wh + 15_400_000),
    "a flip of the source": (1, lambda wh: wh + 30_000),
    "an hour without a page": (60, lambda wh: None),
    "a long drop-out that grows": (90, lambda wh: wh - 900_000),
    "another register for hours": (180, lambda wh: wh + 3_000_000),
    "zeros for hours": (300, lambda wh: 0.0),
    "garbage": (5, lambda wh: math.nan),
}
STARTS = (MIDNIGHT - 6 * MINUTE, MIDNIGHT + 7 * HOUR, MIDNIGHT + 11 * HOUR + 40 * MINUTE)


def live(site, days, faults=()):
    """Poll each minute, with faults as (start, minutes, change), restarting amid each of them.

    Returns (at, figures, true lifetime) of each minute.
    """
    lived = []
    for _ in range(int(days * DAY / MINUTE)):
        raw = site.lifetime_wh
        for start, minutes, change in faults:
            if start <= site.at < start + minutes * MINUTE:
                raw = change(site.lifetime_wh)
            if start + minutes * MINUTE // 2 == site.at:
                site.restart()
        lived.append((site.at, site.poll(lifetime_wh=raw), site.lifetime_wh))
        site.wait()
    return lived


@pytest.fixture(scope="module", params=[0.0, 300.0], ids=["production", "consumption"])
def week(request):
    """Live a week with two faults a day, by day and over midnight."""
    faults = [
        (MIDNIGHT + n // 2 * DAY + (10 * HOUR if n % 2 else -6 * MINUTE), minutes, change)
        for n, (minutes, change) in enumerate(FAULTS.values(), 2)
    ]
    return live(Site(at=MIDNIGHT - HOUR, base_w=request.param), 8, faults)


def test_lifetime_never_falls_in_a_week_of_faults(week):
    shown = [figures.lifetime_wh for _, figures, _ in week]

    assert shown == sorted(shown)


def test_lifetime_is_true_after_a_week_of_faults(week):
    _, figures, true_wh = week[-1]

    assert figures.lifetime_wh == pytest.approx(true_wh)


def test_no_day_of_a_week_of_faults_ever_falls(week):
    days: dict[date, list[float]] = {}
    for at, figures, _ in week:
        if figures.today_wh is not None:
            days.setdefault(datetime.fromtimestamp(at, BERLIN).date(), []).append(figures.today_wh)

    assert {day for day, shown in days.items() if shown != sorted(shown)} == set()


def test_every_day_of_a_week_of_faults_ends_true(week):
    ends = {datetime.fromtimestamp(at, BERLIN).date(): (f, wh) for at, f, wh in week}
    truth = [wh for _, wh in ends.values()]
    made = [after - before for before, after in pairwise(truth)]

    shown = [figures.today_wh for figures, _ in list(ends.values())[1:]]

    # Some faults begin six minutes before midnight: what they hide, 300 W at most, is tomorrow's.
    assert shown == pytest.approx(made, abs=36)


def test_seven_days_are_true_after_a_week_of_faults(week):
    _, figures, true_wh = week[-1]

    assert figures.seven_days_wh == pytest.approx(true_wh - week[24 * 60 + 60][2])


@pytest.mark.parametrize("start", STARTS, ids=["midnight", "morning", "noon"])
@pytest.mark.parametrize("fault", FAULTS)
def test_fault_leaves_no_trace(fault, start):
    site = Site(at=start - 2 * MINUTE)
    minutes, change = FAULTS[fault]

    lived = live(site, (minutes + 10) / 24 / 60, [(start, minutes, change)])

    shown = [figures.lifetime_wh for _, figures, _ in lived]
    assert (shown == sorted(shown), shown[-1]) == (True, pytest.approx(lived[-1][2]))


# Faults by name


def test_held_sample_is_named(site):
    site.poll()

    site.poll(lifetime_wh=0.0)

    assert site.counters.held == {"production": "zero"}


def test_next_collection_forgets_what_was_held(site):
    site.poll()
    site.poll(lifetime_wh=0.0)

    site.poll()

    assert site.counters.held == {}


def test_power_is_passed_on(site):
    figures = site.poll(power_w=-4.0)

    assert figures.power_w == -4


def test_nothing_known_shows_nothing_but_power(site):
    figures = site.poll(lifetime_wh=None, power_w=5.0)

    assert figures == EnergyFigures(power_w=5.0)


def test_phases_are_judged_apart(site):
    site.poll("production_l1")
    site.poll("production_l2", lifetime_wh=5.0)

    figures = site.poll("production_l1")

    assert figures.lifetime_wh == LIFETIME


def test_sum_of_inverters_wraps_without_a_step(site):
    site.poll(lifetime_wh=WRAP_WH - 10, wraps=True)
    site.wait()

    figures = site.poll(lifetime_wh=40.0, wraps=True)

    assert figures.lifetime_wh == pytest.approx(WRAP_WH + 40)


# Days


def test_claim_is_taken_until_a_midnight_was_seen(site):
    figures = site.poll(claims=[Claim(source="page", today_wh=7000)])

    assert figures.today_wh == 7000


def test_midnight_is_to_be_saved(site):
    site.poll(claims=[Claim(source="page", today_wh=7000)])

    assert site.counters.day_changed


def test_further_samples_need_no_haste(site):
    site.poll(claims=[Claim(source="page", today_wh=7000)])

    site.poll(claims=[Claim(source="page", today_wh=7000)])

    assert not site.counters.day_changed


def test_wrap_does_not_change_the_day(site):
    site.poll(lifetime_wh=WRAP_WH - 10, wraps=True, claims=[Claim(source="page", today_wh=7000)])

    figures = site.poll(lifetime_wh=40.0, wraps=True)

    assert figures.today_wh == pytest.approx(7050)


@pytest.mark.parametrize(
    ("eve", "hours"), [("2026-03-28", 23), ("2026-10-24", 25), ("2026-06-01", 24)]
)
def test_day_over_a_change_of_the_clock_is_whole(eve, hours):
    start = datetime.fromisoformat(f"{eve} 23:30").replace(tzinfo=BERLIN).timestamp()
    site = Site(at=start, base_w=300.0)

    lived = live(site, 26 / 24)

    night = next(n for n, (_, f, _) in enumerate(lived) if f.today_wh == 0)
    following = next(n for n, (_, f, _) in enumerate(lived) if n > night and f.today_wh == 0)
    shown, truth = lived[following - 1][1].today_wh, lived[following - 1][2] - lived[night][2]
    assert (lived[following][0] - lived[night][0], shown) == (hours * HOUR, pytest.approx(truth))


def test_night_off_is_exact_for_production():
    site = Site(at=MIDNIGHT - 3 * HOUR)
    site.poll()
    site.wait(8 * HOUR)
    site.restart()

    figures = site.poll()

    assert figures.today_wh == 0


def test_zone_of_the_gateway_decides_the_day():
    site = Site(at=MIDNIGHT - 5 * MINUTE, zone=ZoneInfo("America/New_York"))
    site.poll(claims=[Claim(source="page", today_wh=20_000)])
    site.wait(10 * MINUTE)

    figures = site.poll()

    assert figures.today_wh > 20_000


# Coarse


def test_coarse_lifetime_may_move_by_its_step(site):
    site.poll(lifetime_wh=105e6, coarse=True)

    figures = site.poll(lifetime_wh=106e6, coarse=True)

    assert figures.lifetime_wh == 106e6


def test_coarse_day_is_shown_as_claimed(site):
    claim = Claim(source="html", today_wh=12_300, seven_days_wh=81_000)

    figures = site.poll(lifetime_wh=105e6, coarse=True, claims=[claim])

    assert (figures.today_wh, figures.seven_days_wh) == (12_300, 81_000)


def test_coarse_day_survives_a_restart(site):
    claim = Claim(source="html", today_wh=12_300, seven_days_wh=81_000)
    site.poll(lifetime_wh=105e6, coarse=True, claims=[claim])
    site.restart()

    figures = site.poll(lifetime_wh=None, coarse=True)

    assert (figures.today_wh, site.counters.day_changed) == (12_300, False)


# Sums over inverters


def test_parts_are_added(site):
    figures = site.poll(lifetime_wh=None, parts={"1": 2000.0, "2": 3000.0})

    assert figures.lifetime_wh == 5000


def test_list_of_no_parts_is_no_sample(site):
    site.poll(parts={"1": 2000.0, "2": 3000.0})

    figures = site.poll(lifetime_wh=None, parts={})

    assert (figures.lifetime_wh, site.counters.held) == (5000, {})


def test_replaced_inverter_makes_no_step(site):
    site.poll(parts={"1": 2000.0, "2": 3000.0})
    site.restart()

    figures = site.poll(parts={"1": 2010.0, "3": 900.0})

    assert figures.lifetime_wh == 5010


def test_reasons_of_parts_are_named_without_serials(site):
    site.poll(parts={"1": 2000.0, "2": 3000.0})

    site.poll(parts={"1": 0.0, "2": 40.0})

    assert site.counters.held == {"production": "drop, zero"}


@pytest.mark.parametrize(("rise_wh", "shown_wh"), [(40, 20e6 + 40), (100, 20e6)])
def test_one_inverter_makes_its_share_and_not_the_whole(site, rise_wh, shown_wh):
    parts = {str(n): 1e6 for n in range(20)}
    site.poll(parts=parts)
    site.wait()

    figures = site.poll(parts={**parts, "7": 1e6 + rise_wh})

    assert figures.lifetime_wh == shown_wh


def test_late_report_of_an_inverter_is_not_held_twice(site):
    site.poll(parts={str(n): 1e6 for n in range(20)})
    for _ in range(10 * 60):
        site.wait()
        site.poll(parts={str(n): 1e6 for n in range(20)})

    for _ in range(3):
        site.wait(2 * MINUTE)
        figures = site.poll(parts={str(n): 1e6 + 2500 * (n < 3) for n in range(20)})

    assert figures.lifetime_wh == 20e6 + 7500


def test_other_source_than_parts_is_held_first(site):
    site.poll(parts={"1": 2000.0, "2": 3000.0})

    figures = site.poll(lifetime_wh=9e6)

    assert (figures.lifetime_wh, site.counters.held) == (5000, {"production": "leap"})


def test_parts_after_another_source_are_held_first(site):
    site.poll(lifetime_wh=9e6)
    parts = {"1": 2_000_000.0, "2": 3_000_000.0}

    shown = {site.poll(parts=parts).lifetime_wh for _ in range(3)}

    assert shown == {9e6}


def test_parts_go_on_where_another_source_stopped(site):
    site.poll(lifetime_wh=9e6)
    for n in range(40):
        site.wait()
        figures = site.poll(parts={"1": 2e6 + n, "2": 3e6})

    assert figures.lifetime_wh == 9e6 + 39


def test_step_of_a_part_is_reported(site):
    site.poll(parts={"1": 2e6, "2": 3e6})
    steps = []
    for n in range(40):
        site.wait()
        site.poll(parts={"1": 5.0 + n, "2": 3e6})
        steps += site.counters.rebased.values()

    assert steps == [5 - 2e6]


# Rebase and undo


def replaced(site, lifetime_wh):
    """Let the register go on elsewhere until that is believed."""
    site.poll(claims=[Claim(source="page", today_wh=7000)])
    for n in range(31):
        site.at += MINUTE
        site.poll(lifetime_wh=lifetime_wh + n)


@pytest.mark.parametrize("lifetime_wh", [5.0, 20e6])
def test_rebase_is_reported(site, lifetime_wh):
    replaced(site, lifetime_wh)

    assert site.counters.rebased == {"production": lifetime_wh - LIFETIME}


def test_rebase_is_to_be_saved(site):
    replaced(site, 5.0)

    assert site.counters.day_changed


@pytest.mark.parametrize("lifetime_wh", [5.0, 20e6])
def test_undone_rebase_shows_the_gateways_value(site, lifetime_wh):
    replaced(site, lifetime_wh)
    site.restart()

    site.counters.undo("production")

    assert site.poll(lifetime_wh=lifetime_wh + 31).lifetime_wh == lifetime_wh + 31


@pytest.mark.parametrize("lifetime_wh", [5.0, 20e6])
def test_undone_rebase_leaves_the_day(site, lifetime_wh):
    replaced(site, lifetime_wh)

    site.counters.undo("production")

    assert site.poll(lifetime_wh=lifetime_wh + 31).today_wh == pytest.approx(7031)


def test_rebase_is_undone_once(site):
    replaced(site, 20e6)
    site.counters.undo("production")

    site.counters.undo("production")

    assert site.poll(lifetime_wh=20e6 + 31).lifetime_wh == 20e6 + 31


@pytest.mark.parametrize("answer", [Counters.keep, Counters.undo])
@pytest.mark.parametrize("name", ["production", "unknown"])
def test_answer_that_nobody_has_asked_for_changes_nothing(site, name, answer):
    site.poll()
    before = json.dumps(site.state)

    answer(site.counters, name)

    assert json.dumps(site.state) == before


def test_rebase_is_open_until_it_is_answered(site):
    replaced(site, 5.0)
    learned_at = site.at
    site.restart()
    site.at += MINUTE
    site.poll(lifetime_wh=36.0)

    rebase = Rebase(by_wh=5.0 - LIFETIME, at=learned_at)
    assert site.counters.open_rebases == {"production": rebase}


@pytest.mark.parametrize("answer", [Counters.keep, Counters.undo])
def test_answered_rebase_is_no_longer_open(site, answer):
    replaced(site, 5.0)

    answer(site.counters, "production")

    assert site.counters.open_rebases == {}


def test_kept_rebase_stays(site):
    replaced(site, 5.0)
    before = site.poll(lifetime_wh=36.0).lifetime_wh

    site.counters.keep("production")
    site.counters.undo("production")

    assert site.poll(lifetime_wh=36.0).lifetime_wh == before


def test_register_that_returns_withdraws_the_rebase(site):
    replaced(site, 5e6)
    for n in range(3):
        site.at += MINUTE
        site.poll(lifetime_wh=LIFETIME + 100 + n)

    assert (site.counters.rebased, site.counters.open_rebases) == ({"production": 0}, {})


def test_withdrawn_rebase_cannot_be_undone(site):
    replaced(site, 5e6)
    for n in range(3):
        site.at += MINUTE
        site.poll(lifetime_wh=LIFETIME + 100 + n)

    site.counters.undo("production")

    assert site.poll(lifetime_wh=LIFETIME + 103).lifetime_wh == LIFETIME + 103


def replaced_again(site, lifetime_wh):
    """Let the register move a second time, before anybody has answered for the first."""
    for n in range(31):
        site.at += MINUTE
        site.poll(lifetime_wh=lifetime_wh + n)


@pytest.mark.parametrize("second_wh", [9e6, 90e6])
def test_two_rebases_are_asked_about_as_one(site, second_wh):
    replaced(site, 5.0)
    learned_at = site.at

    replaced_again(site, second_wh)

    # The register made 30 Wh between the two, which are no step.
    both = Rebase(by_wh=second_wh - LIFETIME - 30, at=learned_at)
    assert site.counters.open_rebases == {"production": both}


@pytest.mark.parametrize("second_wh", [9e6, 90e6])
def test_two_rebases_are_undone_together(site, second_wh):
    replaced(site, 5.0)
    replaced_again(site, second_wh)
    site.restart()

    site.counters.undo("production")

    assert site.poll(lifetime_wh=second_wh + 31).lifetime_wh == pytest.approx(second_wh + 31)


def test_two_rebases_are_kept_together(site):
    replaced(site, 5.0)
    replaced_again(site, 9e6)
    before = site.poll(lifetime_wh=9e6 + 31).lifetime_wh

    site.counters.keep("production")
    site.counters.undo("production")

    assert site.poll(lifetime_wh=9e6 + 31).lifetime_wh == before
    assert site.counters.open_rebases == {}


def test_register_that_returns_withdraws_only_the_last_of_two_rebases(site):
    replaced(site, 5.0)
    first = site.counters.open_rebases
    replaced_again(site, 9e6)

    for n in range(3):
        site.at += MINUTE
        site.poll(lifetime_wh=100.0 + n)

    assert site.counters.open_rebases == first


def test_return_after_a_kept_rebase_asks_nothing(site):
    replaced(site, 5e6)
    site.counters.keep("production")

    for n in range(3):
        site.at += MINUTE
        site.poll(lifetime_wh=LIFETIME + 100 + n)

    assert (site.counters.rebased, site.counters.open_rebases) == ({"production": 0}, {})


def test_inverter_that_returns_withdraws_only_its_own_step(site):
    def poll(first_wh, second_wh, polls=31):
        for n in range(polls):
            site.at += MINUTE
            site.poll(parts={"1": first_wh + n, "2": second_wh + n})

    poll(2e6, 3e6)
    poll(5.0, 3e6 + 31)
    first = site.counters.open_rebases
    poll(36.0, 4e6)

    poll(67.0, 3e6 + 93, polls=3)

    assert first
    assert site.counters.open_rebases == first


# Single registers and batteries


def test_register_is_guarded(site):
    site.counters.begin(NOON, BERLIN)
    site.counters.register("import", 5000.0, MAX_W)
    site.counters.begin(NOON + MINUTE, BERLIN)

    shown = site.counters.register("import", 0.0, MAX_W)

    assert (shown, site.counters.held) == (5000, {"import": "zero"})


def test_register_that_counts_from_zero_shows_what_came_since(site):
    site.counters.begin(site.at, BERLIN)
    site.counters.count_from_zero("import")
    shown = [site.counters.register("import", 5_000_000.0, MAX_W)]
    site.at += HOUR
    site.counters.begin(site.at, BERLIN)

    shown.append(site.counters.register("import", 5_000_700.0, MAX_W))

    assert shown == [0.0, 700.0]


def test_register_that_was_shown_before_can_count_from_zero(site):
    site.counters.begin(site.at, BERLIN)
    site.counters.register("import", 5_000_000.0, MAX_W)

    site.counters.count_from_zero("import")

    assert site.counters.register("import", None, MAX_W) == 0.0


def test_register_counts_from_zero_once_it_is_known(site):
    site.counters.begin(site.at, BERLIN)
    site.counters.count_from_zero("import")
    shown = [site.counters.register("import", None, MAX_W)]
    site.restart()
    site.counters.begin(site.at, BERLIN)

    shown.append(site.counters.register("import", 5_000_000.0, MAX_W))

    assert shown == [None, 0.0]


def test_forgotten_battery_begins_anew(site):
    site.counters.begin(site.at, BERLIN)
    site.counters.battery("bank", power_w=600.0, stored_wh=5000.0)
    site.at += MINUTE
    site.counters.begin(site.at, BERLIN)
    site.counters.battery("bank", power_w=600.0, stored_wh=4990.0)

    site.counters.forget("bank")

    assert site.counters.battery("bank", power_w=600.0, stored_wh=4990.0) == (0.0, 0.0)


def test_battery_energies_survive_a_restart(site):
    site.counters.begin(NOON, BERLIN)
    site.counters.battery("bank", power_w=600.0, stored_wh=5000.0)
    site.restart()
    site.counters.begin(NOON + MINUTE, BERLIN)

    flows = site.counters.battery("bank", power_w=600.0, stored_wh=4990.0)

    assert flows == (0, 10)


# Damaged memory


@pytest.mark.parametrize(
    "damaged",
    [
        None,
        "text",
        [],
        {},
        {
            "counter": "x",
            "parts": 3,
            "history": 4,
            "coarse": 5,
            "bank": 6,
            "rebase": {"by_wh": "7"},
        },
        {"parts": {"1": None}, "by_parts": "yes"},
    ],
)
def test_damaged_record_starts_anew(damaged):
    counters = Counters({"production": damaged})
    counters.begin(NOON, BERLIN)

    figures = counters.energy("production", power_w=1.0, lifetime_wh=5.0, max_power_w=MAX_W)

    assert figures.lifetime_wh == 5


def test_damaged_part_loses_only_itself(site):
    site.poll(claims=[Claim(source="page", today_wh=7000)])
    site.state["production"]["history"] = "gone"
    site.restart()

    figures = site.poll(lifetime_wh=0.0)

    assert (figures.lifetime_wh, figures.today_wh) == (LIFETIME, None)
