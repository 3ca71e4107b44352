"""All counters of a site together: whole days and weeks with everything that goes wrong in them."""

import json
import math
from datetime import date, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from custom_components.enphase_envoy.envoy_reader.counters.believe import WRAP_WH
from custom_components.enphase_envoy.envoy_reader.counters.coarse_day import rounding_wh
from custom_components.enphase_envoy.envoy_reader.counters.days import DayReport
from custom_components.enphase_envoy.envoy_reader.counters.identity import (
    Direction,
    RegisterId,
    RegisterKind,
    Sample,
    Source,
    Term,
    Terms,
    counter_of_phase,
)
from custom_components.enphase_envoy.envoy_reader.counters.site import (
    Counters,
    Drafted,
    Rebase,
    counted,
)
from custom_components.enphase_envoy.envoy_reader.counters.split import Split
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

    def poll(self, name="production", *, lifetime_wh=math.inf, parts=None, **options):
        """Collect once; what is read is the truth, unless told otherwise."""
        raw = self.lifetime_wh if lifetime_wh == math.inf else lifetime_wh
        power_w = options.get("power_w", self.power_w)
        coarse, wraps = options.get("coarse", False), options.get("wraps", False)
        kind = RegisterKind(
            max_power_w=MAX_W,
            lumps=coarse or wraps,
            wraps=wraps,
            step_wh=rounding_wh(raw) if coarse and raw is not None else 0.0,
        )
        inverter = RegisterKind(max_power_w=1000.0, lumps=True)
        if parts is None:
            raws = {} if raw is None else {RegisterId(Source.PAGE, name): (raw, kind)}
            terms: Terms = (Term(1, RegisterId(Source.PAGE, name)),)
        else:
            raws = {
                RegisterId(Source.INVERTER, serial): (wh, inverter) for serial, wh in parts.items()
            }
            terms = tuple(Term(1, register) for register in raws)
        self.counters.begin(self.at, self.zone)
        self.counters.judge(
            {
                register: Sample(raw_wh=wh, kind=its, power_w=None if parts else power_w)
                for register, (wh, its) in raws.items()
            }
        )
        drafted = Drafted(
            power_w=power_w,
            terms=terms,
            day_reports=options.get("day_reports", ()),
            coarse=coarse,
            page_answered=raw is not None,
        )
        return self.counters.energy(name, drafted, MAX_W)


def key(name="production"):
    """Return the name of the register that a figure is read from here."""
    return RegisterId(Source.PAGE, name).key


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

    assert site.counters.held == {key(): "zero"}


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


def test_report_is_taken_until_a_midnight_was_seen(site):
    figures = site.poll(day_reports=[DayReport(source="page", today_wh=7000)])

    assert figures.today_wh == 7000


def test_midnight_is_to_be_saved(site):
    site.poll(day_reports=[DayReport(source="page", today_wh=7000)])

    assert site.counters.urgent


def test_further_samples_need_no_haste(site):
    site.poll(day_reports=[DayReport(source="page", today_wh=7000)])

    site.poll(day_reports=[DayReport(source="page", today_wh=7000)])

    assert not site.counters.urgent


def test_wrap_does_not_change_the_day(site):
    site.poll(
        lifetime_wh=WRAP_WH - 10, wraps=True, day_reports=[DayReport(source="page", today_wh=7000)]
    )

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
    site.poll(day_reports=[DayReport(source="page", today_wh=20_000)])
    site.wait(10 * MINUTE)

    figures = site.poll()

    assert figures.today_wh > 20_000


# Coarse


def test_coarse_lifetime_may_move_by_its_step(site):
    site.poll(lifetime_wh=105e6, coarse=True)

    figures = site.poll(lifetime_wh=106e6, coarse=True)

    assert figures.lifetime_wh == 106e6


def test_coarse_day_is_shown_as_reported(site):
    report = DayReport(source="html", today_wh=12_300, seven_days_wh=81_000)

    figures = site.poll(lifetime_wh=105e6, coarse=True, day_reports=[report])

    assert (figures.today_wh, figures.seven_days_wh) == (12_300, 81_000)


def test_coarse_day_survives_a_restart(site):
    report = DayReport(source="html", today_wh=12_300, seven_days_wh=81_000)
    site.poll(lifetime_wh=105e6, coarse=True, day_reports=[report])
    site.restart()

    figures = site.poll(lifetime_wh=None, coarse=True)

    assert (figures.today_wh, site.counters.urgent) == (12_300, False)


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


@pytest.mark.parametrize(("rise_wh", "shown_wh"), [(300, 20e6 + 300), (900, 20e6)])
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

    assert (figures.lifetime_wh, site.counters.held) == (5000, {})


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


def answer(site, how):
    """Answer for the oldest event, if there is one."""
    for rebase in site.counters.open_rebases[:1]:
        getattr(site.counters, how)(rebase.id)


def steps(site):
    """Return the steps of production that are open, with the time of each event."""
    return [(rebase.at, rebase.by_wh["production"]) for rebase in site.counters.open_rebases]


def replaced(site, lifetime_wh):
    """Let the register go on elsewhere until that is believed."""
    site.poll(day_reports=[DayReport(source="page", today_wh=7000)])
    for n in range(31):
        site.at += MINUTE
        site.poll(lifetime_wh=lifetime_wh + n)


@pytest.mark.parametrize("lifetime_wh", [5.0, 20e6])
def test_rebase_is_reported(site, lifetime_wh):
    replaced(site, lifetime_wh)

    assert site.counters.rebased == {key(): lifetime_wh - LIFETIME}


def test_rebase_is_to_be_saved(site):
    replaced(site, 5.0)

    assert site.counters.urgent


@pytest.mark.parametrize("lifetime_wh", [5.0, 20e6])
def test_undone_rebase_shows_the_gateways_value(site, lifetime_wh):
    replaced(site, lifetime_wh)
    site.restart()

    answer(site, "undo")

    assert site.poll(lifetime_wh=lifetime_wh + 31).lifetime_wh == lifetime_wh + 31


@pytest.mark.parametrize("lifetime_wh", [5.0, 20e6])
def test_undone_rebase_leaves_the_day(site, lifetime_wh):
    replaced(site, lifetime_wh)

    answer(site, "undo")

    assert site.poll(lifetime_wh=lifetime_wh + 31).today_wh == pytest.approx(7031)


def test_rebase_is_undone_once(site):
    replaced(site, 20e6)
    answer(site, "undo")

    answer(site, "undo")

    assert site.poll(lifetime_wh=20e6 + 31).lifetime_wh == 20e6 + 31


@pytest.mark.parametrize("how", [Counters.keep, Counters.undo])
def test_answer_that_nobody_has_asked_for_changes_nothing(site, how):
    site.poll()
    before = site.poll()

    how(site.counters, "unknown")

    assert site.poll() == before


def test_rebase_is_open_until_it_is_answered(site):
    replaced(site, 5.0)
    learned_at = site.at
    site.restart()
    site.at += MINUTE
    site.poll(lifetime_wh=36.0)

    step_wh = 5.0 - LIFETIME
    assert site.counters.open_rebases == (
        Rebase(
            id=f"{learned_at:.0f}", at=learned_at, by_wh={key(): step_wh, "production": step_wh}
        ),
    )


@pytest.mark.parametrize("how", ["keep", "undo"])
def test_answered_rebase_is_no_longer_open(site, how):
    replaced(site, 5.0)

    answer(site, how)

    assert site.counters.open_rebases == ()


def test_kept_rebase_stays(site):
    replaced(site, 5.0)
    before = site.poll(lifetime_wh=36.0).lifetime_wh

    answer(site, "keep")
    answer(site, "undo")

    assert site.poll(lifetime_wh=36.0).lifetime_wh == before


def test_register_that_returns_withdraws_the_rebase(site):
    replaced(site, 5e6)
    for n in range(3):
        site.at += MINUTE
        site.poll(lifetime_wh=LIFETIME + 100 + n)

    assert (site.counters.rebased, site.counters.open_rebases) == ({key(): 0}, ())


def test_withdrawn_rebase_cannot_be_undone(site):
    replaced(site, 5e6)
    for n in range(3):
        site.at += MINUTE
        site.poll(lifetime_wh=LIFETIME + 100 + n)

    answer(site, "undo")

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
    assert steps(site) == [(learned_at, second_wh - LIFETIME - 30)]


@pytest.mark.parametrize("second_wh", [9e6, 90e6])
def test_two_rebases_are_undone_together(site, second_wh):
    replaced(site, 5.0)
    replaced_again(site, second_wh)
    site.restart()

    answer(site, "undo")

    assert site.poll(lifetime_wh=second_wh + 31).lifetime_wh == pytest.approx(second_wh + 31)


def test_two_rebases_are_kept_together(site):
    replaced(site, 5.0)
    replaced_again(site, 9e6)
    before = site.poll(lifetime_wh=9e6 + 31).lifetime_wh

    answer(site, "keep")
    answer(site, "undo")

    assert site.poll(lifetime_wh=9e6 + 31).lifetime_wh == before
    assert site.counters.open_rebases == ()


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
    answer(site, "keep")

    for n in range(3):
        site.at += MINUTE
        site.poll(lifetime_wh=LIFETIME + 100 + n)

    assert (site.counters.rebased, site.counters.open_rebases) == ({key(): 0}, ())


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


# One event, one question

NET = "net-consumption"
IMPORT = RegisterId(Source.CT, NET)
EXPORT = RegisterId(Source.CT, NET, Direction.RECEIVED)
MADE = RegisterId(Source.CT, "production")
USED = (Term(1, MADE), Term(1, IMPORT), Term(-1, EXPORT))
BALANCE = USED[1:]
ALL = (MADE, IMPORT, EXPORT)
CONNECTION = RegisterKind(max_power_w=100_000.0)


class Meters:
    """A site with two clamps, read together; its figures are made of three registers."""

    def __init__(self, *, state=None, trusted=True):
        self.at = NOON
        self.state = {} if state is None else state
        self.raw = {MADE: 6e6, IMPORT: 4e6, EXPORT: 3e6}
        self.watts = {MADE: 3000.0, IMPORT: 0.0, EXPORT: 1800.0}
        self.restart(trusted=trusted)

    def restart(self, *, trusted=True):
        self.state = json.loads(json.dumps(self.state))
        self.counters = Counters(self.state, trusted=trusted)

    def poll(self, minutes=1, *, said=None):
        """Poll each minute; ``said`` changes what is read. Return the last figures."""
        for _ in range(minutes):
            self.at += MINUTE
            for register, power_w in self.watts.items():
                self.raw[register] += power_w / 60
            self.judge(self.raw if said is None else said(self.raw))
            shown = self.shown()
        return shown

    def judge(self, raws):
        self.counters.begin(self.at, BERLIN)
        self.counters.judge(
            {
                register: Sample(
                    raw_wh=wh, kind=CONNECTION, power_w=self.watts[register], counting=True
                )
                for register, wh in raws.items()
            }
        )

    def shown(self):
        return {
            "production": self.energy("production", (Term(1, MADE),)).lifetime_wh,
            "consumption": self.energy("consumption", USED).lifetime_wh,
            "net": self.counters.figure("net", BALANCE, falls=True),
            IMPORT.key: self.counters.register(IMPORT),
            EXPORT.key: self.counters.register(EXPORT),
        }

    def energy(self, name, terms):
        return self.counters.energy(name, Drafted(terms=terms), 100_000.0)


def elsewhere(raws):
    """Return what another gateway's registers say."""
    return {register: wh - 2e6 - 500_000 * n for n, (register, wh) in enumerate(raws.items())}


def growth(before, after):
    return {name: wh - before[name] for name, wh in after.items()}


FLOWN = {
    "production": 3000 * 40 / 60,
    "consumption": 1200 * 40 / 60,
    "net": -1800 * 40 / 60,
    IMPORT.key: 0,
    EXPORT.key: 1800 * 40 / 60,
}


def test_replaced_registers_are_one_event():
    site = Meters()
    site.poll(5)

    site.poll(40, said=elsewhere)

    (event,) = site.counters.open_rebases
    assert event.by_wh.keys() >= {
        "production",
        "consumption",
        "net",
        *(register.key for register in ALL),
    }


def test_event_survives_a_restart():
    site = Meters()
    site.poll(5)
    site.poll(40, said=elsewhere)
    before = site.counters.open_rebases

    site.restart()

    assert site.counters.open_rebases == before


def test_no_figure_steps_with_its_registers():
    site = Meters()
    before = site.poll(5)

    after = site.poll(40, said=elsewhere)

    lost = 100.0  # of the minute in which the registers were exchanged
    assert growth(before, after) == pytest.approx(FLOWN, abs=lost)


def test_undone_event_is_undone_for_all_figures():
    site = Meters()
    site.poll(5)
    site.poll(40, said=elsewhere)

    answer(site, "undo")

    other = elsewhere(site.raw)
    expected = {
        "production": other[MADE],
        "consumption": other[MADE] + other[IMPORT] - other[EXPORT],
        "net": other[IMPORT] - other[EXPORT],
        IMPORT.key: other[IMPORT],
        EXPORT.key: other[EXPORT],
    }
    assert site.shown() == pytest.approx(expected)


def test_registers_that_step_hours_apart_are_two_events():
    site = Meters()
    site.poll(5)
    site.poll(40, said=lambda raw: {**raw, MADE: raw[MADE] - 2e6})
    site.poll(120, said=lambda raw: {**raw, MADE: raw[MADE] - 2e6})

    site.poll(40, said=lambda raw: {**raw, MADE: raw[MADE] - 2e6, EXPORT: raw[EXPORT] + 1e6})

    assert len(site.counters.open_rebases) == 2


@pytest.mark.parametrize("minutes", [1, 6, 20])
@pytest.mark.parametrize("register", ALL)
@pytest.mark.parametrize("change", [lambda wh: 0.0, lambda wh: wh / 2, lambda wh: wh + 30_000])
def test_figures_stand_still_while_one_of_their_registers_is_held(register, change, minutes):
    site = Meters()
    site.watts[IMPORT] = 600.0
    before = site.poll(5)

    during = site.poll(minutes, said=lambda raw: {**raw, register: change(raw[register])})
    after = site.poll()

    assert [during[name] for name in ("consumption",)] == [before["consumption"]]
    flown = {**FLOWN, "consumption": 1800 / 60 * 40, "net": -1200 / 60 * 40}
    flown[IMPORT.key] = 600 / 60 * 40
    share = (minutes + 1) / 40
    assert growth(before, after) == pytest.approx({name: wh * share for name, wh in flown.items()})


def test_balance_never_leaps_to_zero_and_back():
    site = Meters()
    before = site.poll(5)

    during = site.poll(3, said=lambda raw: dict.fromkeys(raw, 0.0))

    assert during == before


def test_consumption_that_falls_is_held_until_it_has_risen_again():
    """Batteries feed the grid: what a gateway calls consumption falls (section 15.4)."""
    site = Meters()
    site.watts = {MADE: 0.0, IMPORT: 0.0, EXPORT: 4000.0}
    before = site.poll(5)
    held = [site.poll()["consumption"] for _ in range(120)]
    site.watts = {MADE: 0.0, IMPORT: 4000.0, EXPORT: 0.0}

    risen = site.poll(130)["consumption"]

    assert set(held) == {before["consumption"]}
    assert risen == pytest.approx(before["consumption"] + 6 * 4000 / 60)


def test_day_never_falls_before_its_midnight():
    site = Meters()
    site.at = MIDNIGHT - 3 * HOUR
    site.watts = {MADE: 0.0, IMPORT: 500.0, EXPORT: 0.0}
    days: dict[date, list[float]] = {}
    for minute in range(30 * 60):
        if 90 <= minute < 330:
            site.watts = {MADE: 0.0, IMPORT: 0.0, EXPORT: 4500.0}
        elif minute == 330:
            site.watts = {MADE: 2000.0, IMPORT: 0.0, EXPORT: 500.0}
        site.poll()
        today = site.energy("consumption", USED).today_wh
        if today is not None:
            day = datetime.fromtimestamp(site.at, BERLIN).date()
            days.setdefault(day, []).append(today)

    assert {day for day, shown in days.items() if shown != sorted(shown)} == set()
    assert len(days[datetime.fromtimestamp(NOON, BERLIN).date()]) == 24 * 60


# Another source


def test_figure_that_is_made_of_other_registers_makes_no_step():
    site = Meters()
    before = site.poll(5)["consumption"]
    load = RegisterId(Source.CT, "total-consumption")
    site.raw[load], site.watts[load] = 77_000.0, 1200.0
    site.judge(site.raw)

    site.at += MINUTE
    first = site.energy("consumption", (Term(1, load),)).lifetime_wh
    site.poll(10)
    later = site.energy("consumption", (Term(1, load),)).lifetime_wh

    assert (first, later) == (before, pytest.approx(before + 200))


def test_source_that_returns_makes_no_step_either():
    site = Meters()
    load = RegisterId(Source.CT, "total-consumption")
    site.raw[load], site.watts[load] = 77_000.0, 1200.0
    before = site.poll(5)["consumption"]
    site.energy("consumption", (Term(1, load),))

    after = site.poll(30)["consumption"]

    assert after == pytest.approx(before + 30 * 20)


def test_figure_stands_while_its_new_register_is_silent():
    site = Meters()
    before = site.poll(5)["consumption"]

    silent = site.energy("consumption", (Term(1, RegisterId(Source.CT, "load")),))

    assert silent.lifetime_wh == before


# After a power cut


def test_nothing_is_shown_after_a_crash_before_it_is_read():
    site = Meters()
    site.poll(5)

    site.restart(trusted=False)

    assert set(site.shown().values()) == {None}


def test_everything_is_shown_after_a_crash_once_it_is_read():
    site = Meters()
    before = site.poll(5)
    site.restart(trusted=False)
    before_complete = site.counters.complete

    after = site.poll()

    expected = {name: wh / 40 for name, wh in FLOWN.items()}
    assert growth(before, after) == pytest.approx(expected)
    assert (before_complete, site.counters.complete) == (False, True)


def test_register_in_doubt_stays_unknown_after_a_crash():
    site = Meters()
    site.poll(5)
    site.restart(trusted=False)

    shown = site.poll(said=lambda raw: {**raw, EXPORT: 0.0})

    assert [shown[name] for name in ("consumption", "net", EXPORT.key)] == [None] * 3
    assert shown["production"] == site.raw[MADE]


def test_inverters_are_unknown_after_a_crash_before_they_are_read(site):
    site.poll(parts={"1": 2000.0, "2": 3000.0})
    state = json.loads(json.dumps(site.state))
    site.counters = Counters(state, trusted=False)
    terms = tuple(Term(1, RegisterId(Source.INVERTER, it)) for it in "12")
    site.counters.begin(site.at, BERLIN)
    silent = site.counters.energy("production", Drafted(terms=terms), MAX_W).lifetime_wh

    read = site.poll(parts={"1": 2010.0, "2": 3010.0}).lifetime_wh

    assert (silent, read) == (None, 5020)


# Single registers and batteries

CHARGED, DISCHARGED = "battery_charged", "battery_discharged"


def bank(counters, at, power_w, stored_wh):
    """Count what flows, and return what has been charged and discharged."""
    counters.begin(at, BERLIN)
    counters.judge({})
    counters.count("battery", power_w=power_w, stored_wh=stored_wh)
    return (
        counters.figure(CHARGED, (counted("battery", Direction.RECEIVED),)),
        counters.figure(DISCHARGED, (counted("battery", Direction.DELIVERED),)),
    )


def test_figure_that_counts_from_zero_shows_what_came_since():
    site = Meters()
    site.counters.count_from_zero(CHARGED)
    unknown = site.counters.figure(CHARGED, (Term(1, IMPORT),))
    site.watts[IMPORT] = 600.0
    site.poll()
    first = site.counters.figure(CHARGED, (Term(1, IMPORT),))
    site.restart()

    site.poll(70)

    shown = site.counters.figure(CHARGED, (Term(1, IMPORT),))
    assert (unknown, first) == (None, 0.0)
    assert shown == pytest.approx(700)


def test_figure_that_was_shown_before_can_count_from_zero():
    site = Meters()
    site.poll()
    site.counters.figure(CHARGED, (Term(1, IMPORT),))

    site.counters.count_from_zero(CHARGED)

    assert site.counters.figure(CHARGED, (Term(1, IMPORT),)) == 0.0
    assert site.counters.register(IMPORT) == site.raw[IMPORT]


def test_battery_energies_survive_a_restart(site):
    bank(site.counters, NOON, 600.0, 5000.0)
    site.restart()

    assert bank(site.counters, NOON + MINUTE, 600.0, 4990.0) == (0, 10)


def test_clamp_on_the_storage_goes_on_where_the_powers_have_counted(site):
    for minute in range(61):
        bank(site.counters, NOON + minute * MINUTE, 600.0, 5000.0)
    storage = RegisterId(Source.CT, "storage")
    site.counters.judge({storage: Sample(raw_wh=1_900_000.0, kind=CONNECTION, power_w=600.0)})

    assert site.counters.figure(DISCHARGED, (Term(1, storage),)) == pytest.approx(600)


def test_batteries_are_unknown_after_a_crash_before_they_are_read(site):
    for minute in range(61):
        bank(site.counters, NOON + minute * MINUTE, 600.0, 5000.0)
    site.counters = Counters(json.loads(json.dumps(site.state)), trusted=False)

    silent = bank(site.counters, NOON + HOUR + 1, None, None)
    read = bank(site.counters, NOON + HOUR + MINUTE, 600.0, 5000.0)

    assert silent == (None, None)
    assert read == pytest.approx((0, 610))


def test_energies_of_batteries_are_saved_as_often_as_they_grow_by_a_share(site):
    saves, shown, saved_wh = 0, 0.0, 0.0
    for minute in range(10 * 24 * 60):
        _, shown = bank(site.counters, NOON + minute * MINUTE, 600.0, None)
        if site.counters.urgent:
            saves, saved_wh = saves + 1, shown
        assert shown <= 1.04 * saved_wh + 11

    assert saves < 250


# Damaged memory


@pytest.mark.parametrize(
    "damaged",
    [
        {"registers": None},
        {"registers": "text", "figures": 5, "integrals": [], "events": {}},
        {"registers": {"a": 1, "ct/x/delivered/0": {}}, "events": [1, {"id": 5}, {}]},
        {"figures": {"production": {"terms": "x", "history": 4, "coarse": 5}}},
        {"figures": {"production": 7}, "integrals": {"battery": 8}},
        {"events": [{"id": "1", "at": 2, "began_at": 3, "steps": 4}]},
        {"production": None, "consumption": "text", "battery": [], "battery_charged": {}},
    ],
)
def test_damaged_state_starts_anew(damaged):
    site = Meters(state=damaged)

    assert site.poll()["production"] == site.raw[MADE]


def test_damaged_part_loses_only_itself(site):
    site.poll(day_reports=[DayReport(source="page", today_wh=7000)])
    site.state["figures"]["production"]["history"] = "gone"
    site.restart()

    figures = site.poll(lifetime_wh=0.0)

    assert (figures.lifetime_wh, figures.today_wh) == (LIFETIME, None)


def test_name_of_the_counter_of_a_phase():
    assert counter_of_phase("production", 2) == "production_l2"
    assert counter_of_phase(IMPORT.key, 3) == f"ct/{NET}/delivered/3"


def test_register_that_leaps_at_another_time_does_not_step_along():
    site = Meters()
    before = site.poll(5)
    site.poll(10, said=lambda raw: {**raw, MADE: raw[MADE] - 2e6})

    after = site.poll(35, said=lambda raw: {**raw, MADE: raw[MADE] - 2e6, IMPORT: 1e6})

    (event,) = site.counters.open_rebases
    assert MADE.key in event.by_wh
    assert IMPORT.key not in event.by_wh
    assert after[IMPORT.key] == before[IMPORT.key]


def test_undone_event_leaves_the_other_one_open():
    site = Meters()
    site.poll(5)
    site.poll(160, said=lambda raw: {**raw, MADE: raw[MADE] - 2e6})
    site.poll(40, said=lambda raw: {**raw, MADE: raw[MADE] - 2e6, EXPORT: raw[EXPORT] + 1e6})
    first, second = site.counters.open_rebases

    site.counters.undo(second.id)

    assert [event.id for event in site.counters.open_rebases] == [first.id]


def test_undone_event_shifts_what_is_split_of_its_registers_alone():
    site = Meters()
    site.poll(5)
    site.poll(160, said=lambda raw: {**raw, MADE: raw[MADE] - 2e6})
    site.state["splits"] = {
        name: Split(at=site.at, plus_wh=4e6, minus_wh=3e6, terms=terms).to_json()
        for name, terms in (("made", f"+{MADE.key}"), ("net", f"+{IMPORT.key} -{EXPORT.key}"))
    }
    site.restart()
    (event,) = site.counters.open_rebases

    site.counters.undo(event.id)

    made, net = (site.state["splits"][name] for name in ("made", "net"))
    assert (made["plus_wh"], made["minus_wh"]) == (4e6 + event.by_wh[MADE.key], 3e6)
    assert (net["plus_wh"], net["minus_wh"]) == (4e6, 3e6)


def test_event_of_a_register_that_is_forgotten_can_be_undone():
    site = Meters()
    site.poll(5)
    site.poll(40, said=elsewhere)
    site.state["registers"] = {}
    site.restart()

    answer(site, "undo")

    assert site.counters.open_rebases == ()
    assert site.state["registers"] == {}
