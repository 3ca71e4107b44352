"""The watch on small roofs of known yields, day by day."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from custom_components.enphase_envoy.envoy_reader.equipment import Inverter
from custom_components.enphase_envoy.envoy_reader.memory import JsonValue
from custom_components.enphase_envoy.envoy_reader.watch import (
    PanelWatch,
    RoofReport,
    TroubleKind,
)

BERLIN = ZoneInfo("Europe/Berlin")
MINUTE = 60
HOUR = 3600
NAMES = ("a", "b", "c", "d", "e", "f")


def approx(wh):
    """Return what energies are compared with: the first report of a day covers an unknown time."""
    return pytest.approx(wh, rel=0.01)


class Roof:
    """Inverters that make 100 W at 8:00 and at 20:00, 300 W from 12:00 to 16:00."""

    def __init__(self, names=NAMES, *, start=date(2026, 1, 5), zone=BERLIN, detailed=False):
        self.day = start
        self.zone = zone
        self.detailed = detailed
        self.share: dict[str, Any] = dict.fromkeys(names, 1.0)
        """What each makes compared to usual; ``None`` for no reports, a function of the hour."""
        self.sky = lambda _hour: 1.0
        self.shown = {name: Inverter(serial=name) for name in names}
        self.state: dict[str, JsonValue] = {}
        self.watch = PanelWatch(self.state)
        self.report = RoofReport()

    def add(self, name):
        self.share[name] = 1.0
        self.shown[name] = Inverter(serial=name)

    def remove(self, name):
        del self.share[name], self.shown[name]

    def restart(self):
        self.state = json.loads(json.dumps(self.state))
        self.watch = PanelWatch(self.state)

    def at(self, hour):
        midnight = datetime.combine(self.day, datetime.min.time(), self.zone)
        return midnight.timestamp() + hour * HOUR

    def produce(self, name, hour, at):
        share = self.share[name]
        share = share(hour) if callable(share) else share
        if share is None:
            if self.detailed and self.shown[name].reported_at:
                self.shown[name] = Inverter(
                    serial=name, reported_at=self.shown[name].reported_at, gone=True
                )
            return
        power = (300 if 12 <= hour < 16 else 100) * share * self.sky(hour)
        self.shown[name] = Inverter(
            serial=name,
            power_w=power,
            reported_at=datetime.fromtimestamp(at - MINUTE, UTC),
            lifetime_wh=1000.0 if self.detailed else None,  # its page is read once a day
            gone=False if self.detailed else None,
        )

    def collect(self, at, **options):
        options.setdefault("fresh", True)
        self.report = self.watch.update(dict(self.shown), at=at, zone=self.zone, **options)

    def hours(self, first=0.25, last=24.0, *, seen=True, **options):
        """Live through a part of a day, with a collection each quarter of an hour."""
        for quarter in range(round(first * 4), round(last * 4)):
            hour = quarter / 4
            at = self.at(hour)
            if 8 < hour <= 20:
                for name in self.share:
                    self.produce(name, hour - 0.25, at)
            if seen:
                self.collect(at, **options)

    def midnight(self):
        self.day += timedelta(days=1)
        self.collect(self.at(0), fresh=False)

    def days(self, number=1, **options):
        """Live through days and the midnight after them."""
        for _ in range(number):
            self.hours(**options)
            self.midnight()

    @property
    def kinds(self):
        return {serial: t.kind for t in self.report.troubles for serial in t.serials}


@pytest.fixture
def roof():
    """Six equal inverters whose usual yield is known."""
    roof = Roof()
    roof.days(15)
    return roof


def test_yield_is_unknown_until_a_week_has_been_learned():
    roof = Roof()
    roof.days(7)
    before = dict(roof.report.yields_pct)
    roof.days(1)

    assert set(before.values()) == {None}
    assert dict(roof.report.yields_pct) == dict.fromkeys(NAMES, 100.0)


def test_all_produce_and_none_is_in_trouble(roof):
    roof.hours(last=14)

    assert (roof.report.producing, roof.report.in_trouble) == (6, 0)


def test_at_night_none_produces(roof):
    roof.hours(last=23)

    assert roof.report.producing == 0


def test_inverter_that_reports_zero_does_not_produce(roof):
    roof.share["a"] = 0.0
    roof.hours(last=14)

    assert roof.report.producing == 5


def test_inverter_silent_for_a_day_is_in_trouble_since_its_last_report(roof):
    last = roof.shown["b"].reported_at
    roof.share["b"] = None
    roof.days(1)

    [trouble] = roof.report.troubles
    assert (trouble.kind, trouble.serials, trouble.since) == (TroubleKind.SILENT, ("b",), last)
    assert (trouble.yield_pct, trouble.key) == (0, "silent_b")
    assert trouble.lost_wh == approx(2000)
    assert (roof.report.in_trouble, roof.report.yields_pct["b"]) == (1, 0.0)


def test_loss_grows_while_a_silence_lasts(roof):
    roof.share["b"] = None
    roof.days(3)

    assert roof.report.troubles[0].lost_wh == approx(6000)


def test_day_on_which_it_fell_silent_is_no_silent_day(roof):
    roof.hours(last=12)
    roof.share["b"] = None
    roof.hours(first=12)
    roof.midnight()

    assert roof.report.troubles == ()


def test_day_of_a_few_early_reports_is_no_silent_day_yet(roof):
    roof.share["b"] = lambda hour: 1.0 if hour < 9 else None
    roof.days(1)
    before = roof.kinds
    roof.share["b"] = None
    roof.days(1)

    assert (before, roof.kinds) == ({}, {"b": TroubleKind.SILENT})


def test_inverter_that_the_gateway_misses_is_gone():
    roof = Roof(detailed=True)
    roof.days(10)
    roof.share["b"] = None
    roof.days(1)

    assert roof.kinds == {"b": TroubleKind.GONE}


def test_inverter_that_does_not_communicate_is_gone(roof):
    roof.share["b"] = None
    roof.shown["b"] = Inverter(serial="b", communicating=False)
    roof.days(1)

    assert roof.kinds == {"b": TroubleKind.GONE}


def test_silence_ends_when_the_inverter_has_reported_for_a_while(roof):
    roof.share["b"] = None
    roof.days(2)
    roof.share["b"] = 1.0
    roof.hours(last=9.5)
    early = roof.kinds
    roof.hours(first=9.5, last=10)

    assert (early, roof.kinds) == ({"b": TroubleKind.SILENT}, {})


def test_silence_ends_with_a_day_of_few_reports_that_are_more_than_stray_ones(roof):
    roof.share["b"] = None
    roof.days(2)
    roof.share["b"] = lambda hour: 1.0 if hour == 10 else None
    roof.days(1)
    stray = roof.kinds
    roof.share["b"] = lambda hour: 1.0 if 10 <= hour < 11.25 else None
    roof.days(1)

    assert (stray, roof.kinds) == ({"b": TroubleKind.SILENT}, {})


def test_after_a_silence_it_is_judged_by_what_was_usual(roof):
    roof.share["b"] = None
    roof.days(20)
    roof.share["b"] = 0.5
    roof.days(5)

    assert roof.kinds == {"b": TroubleKind.LOW}


def test_half_the_yield_is_a_trouble_after_five_days(roof):
    first = roof.at(0)
    roof.share["c"] = 0.5
    roof.days(4)
    before = roof.report.troubles
    roof.days(1)

    [trouble] = roof.report.troubles
    assert before == ()
    assert (trouble.kind, trouble.serials, trouble.key) == (TroubleKind.LOW, ("c",), "low_c")
    assert (trouble.since.timestamp(), trouble.yield_pct) == (first, 50)
    assert trouble.lost_wh == approx(5000)


def test_more_than_four_fifths_are_a_figure_and_no_trouble(roof):
    roof.share["c"] = 0.85
    roof.days(5)

    assert roof.report.troubles == ()
    assert roof.report.yields_pct["c"] == pytest.approx(88, abs=4)


def test_low_day_between_good_ones_is_no_trouble(roof):
    for _ in range(4):
        roof.share["c"] = 0.5
        roof.days(4)
        roof.share["c"] = 1.0
        roof.days(1)

    assert roof.report.troubles == ()


def test_low_inverter_is_well_after_two_good_days(roof):
    roof.share["c"] = 0.5
    roof.days(8)
    roof.share["c"] = 1.0
    roof.days(1)
    before = roof.kinds
    roof.days(1)

    assert (before, roof.kinds) == ({"c": TroubleKind.LOW}, {})
    assert roof.report.yields_pct["c"] == 100


def test_low_trouble_lasts_as_long_as_the_low_yield(roof):
    roof.share["c"] = 0.5
    roof.days(60)

    assert roof.kinds == {"c": TroubleKind.LOW}


def test_low_inverter_that_is_well_may_fall_low_again(roof):
    for share, days in ((0.5, 30), (1.0, 3), (0.6, 5)):
        roof.share["c"] = share
        roof.days(days)

    assert roof.kinds == {"c": TroubleKind.LOW}


def test_low_inverter_that_falls_silent_is_reported_as_silent(roof):
    roof.share["c"] = 0.5
    roof.days(6)
    roof.share["c"] = None
    roof.days(5)

    assert roof.kinds == {"c": TroubleKind.SILENT}


def test_low_days_do_not_become_the_measure_of_themselves(roof):
    roof.days(20)
    for share, days in ((0.66, 3), (0.85, 1), (0.66, 5)):
        roof.share["c"] = share
        roof.days(days)

    assert roof.kinds == {"c": TroubleKind.LOW}


def test_low_panel_is_found_when_a_breaker_has_taken_most_of_its_direction():
    north, south = [f"n{number}" for number in range(9)], [f"s{number}" for number in range(9)]
    roof = Roof([*north, *south])
    roof.share.update(dict.fromkeys(north, lambda hour: 0.4 if 12 <= hour < 16 else 1.0))
    roof.days(20)
    roof.share.update(dict.fromkeys(north[:5]))
    roof.days(2)
    roof.share.update(dict.fromkeys(south, 0.5))  # dull days, which the north does not mind
    roof.share["n5"] = lambda hour: 0.7 * (0.4 if 12 <= hour < 16 else 1.0)
    roof.days(5)

    assert roof.kinds == {
        **dict.fromkeys(north[:5], TroubleKind.GROUP_SILENT),
        "n5": TroubleKind.LOW,
    }


def test_new_shade_at_some_hours_is_no_trouble(roof):
    roof.share["c"] = lambda hour: 0.3 if 12 <= hour < 16 else 1.0
    roof.days(8)

    assert roof.report.troubles == ()


def test_usual_shade_at_noon_is_usual():
    roof = Roof()
    roof.share["c"] = lambda hour: 0.3 if 12 <= hour < 16 else 1.0
    roof.days(12)

    assert (roof.kinds, roof.report.yields_pct["c"]) == ({}, 100)


def test_shares_that_spread_widely_have_a_lower_limit(roof):
    for day in range(30):
        roof.share["c"] = 0.6 if day % 3 == 0 else 1.1
        roof.days(1)
    roof.share["c"] = 0.65
    roof.days(6)

    assert roof.report.troubles == ()


def test_slow_soiling_is_no_trouble(roof):
    for day in range(90):
        roof.share["c"] = 1 - day / 300
        roof.days(1)

    assert roof.report.troubles == ()
    assert roof.report.yields_pct["c"] == pytest.approx(95, abs=4)


def test_several_silent_at_once_are_one_trouble_after_two_days(roof):
    lasts = [roof.shown[name].reported_at for name in "abc"]
    roof.share.update(a=None, b=None, c=None)
    roof.days(1)
    before = roof.report.troubles
    roof.days(1)

    [trouble] = roof.report.troubles
    assert before == ()
    assert (trouble.kind, trouble.serials) == (TroubleKind.GROUP_SILENT, ("a", "b", "c"))
    assert (trouble.since, trouble.lost_wh) == (max(lasts), approx(12_000))
    assert trouble.key == f"group_silent_{int(trouble.since.timestamp())}"
    assert roof.report.in_trouble == 3


def test_group_of_whom_two_remain_is_told_one_by_one_from_the_next_day(roof):
    roof.share.update(a=None, b=None, c=None)
    roof.days(3)
    key = roof.report.troubles[0].key
    roof.share["a"] = 1.0
    roof.hours()
    same = [(trouble.key, trouble.serials) for trouble in roof.report.troubles]
    roof.midnight()

    assert same == [(key, ("b", "c"))]
    assert [trouble.key for trouble in roof.report.troubles] == ["silent_b", "silent_c"]


def test_group_that_comes_back_is_no_trouble(roof):
    roof.share.update(a=None, b=None, c=None)
    roof.days(3)
    roof.share.update(a=1.0, b=1.0, c=1.0)
    roof.days(1)

    assert roof.report.troubles == ()


def test_whole_roof_silent_is_not_about_inverters(roof):
    roof.share.update(dict.fromkeys(NAMES))
    roof.days(5)

    assert roof.report.troubles == ()


def test_neighbours_of_two_judge_each_others_silence():
    roof = Roof("ab")
    roof.days(10)
    roof.share["a"] = None
    roof.days(5)

    assert roof.kinds == {}


def test_single_inverter_has_nobody_to_be_compared_with():
    roof = Roof("a")
    roof.days(15)
    roof.share["a"] = 0.5
    roof.days(6)

    assert (roof.kinds, dict(roof.report.yields_pct)) == ({}, {"a": None})


def test_snow_that_lies_unevenly_is_no_trouble(roof):
    for lying in ((0.0, 0.1, 0.4, 0.6), (0.0, 0.3, 0.6, 0.9), (0.2, 0.6, 0.9, 1.0)):
        roof.share.update(zip("abcd", lying, strict=True))
        roof.days(1)
    roof.share.update(b=1.0, c=1.0, a=0.4)
    roof.days(1)
    roof.share["a"] = 0.7
    roof.days(1)

    assert roof.report.troubles == ()


def test_inverters_that_come_back_one_by_one_were_under_snow(roof):
    roof.share.update(a=None, b=None, c=None)
    for back in "abc":
        roof.days(1)
        roof.share[back] = 1.0
    roof.days(1)

    assert roof.report.troubles == ()


def test_inverter_that_stays_silent_after_snow_is_found(roof):
    roof.share.update(a=None, b=0.2, c=0.5)
    roof.days(1)
    roof.share.update(b=1.0, c=1.0)
    roof.days(5)

    assert roof.kinds == {"a": TroubleKind.SILENT}


def test_thawing_panel_is_no_low_one(roof):
    roof.share.update(a=0.1, b=0.3, c=0.5)
    roof.days(1)
    roof.share.update(b=1.0, c=1.0)
    for share in (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7):
        roof.share["a"] = share
        roof.days(1)

    assert roof.report.troubles == ()


def test_panel_that_was_low_before_the_snow_is_not_low_by_it(roof):
    roof.share["c"] = 0.6
    roof.days(2)
    roof.share.update(a=0.1, b=0.3)
    roof.days(1)
    roof.share.update(a=1.0, b=1.0)
    for share in (0.6, 0.7, 0.7):
        roof.share["c"] = share
        roof.days(1)

    assert roof.kinds == {"c": TroubleKind.LOW}


def test_dark_days_prove_nothing(roof):
    roof.sky = lambda _hour: 0.1
    roof.share["b"] = None
    roof.days(6)

    assert roof.report.troubles == ()


def test_clouds_and_seasons_change_all_alike(roof):
    for day in range(40):
        roof.sky = lambda _hour, day=day: (1 - day / 60) * (0.5 + day % 2 / 2)
        roof.days(1)

    assert set(roof.report.yields_pct.values()) == {100}


def test_inverter_of_next_to_no_yield_is_not_judged():
    roof = Roof()
    roof.share["f"] = 0.02
    roof.days(15)
    roof.share["f"] = None
    roof.days(3)
    silent = roof.kinds
    roof.share["f"] = 0.01
    roof.days(6)

    assert (silent, roof.kinds) == ({}, {})


def test_limited_hours_do_not_count(roof):
    roof.share["c"] = lambda hour: 0.1 if 12 <= hour < 16 else 1.0
    for _ in range(6):
        roof.hours(last=12)
        roof.hours(first=12, last=16.5, limited=True)
        roof.hours(first=16.5)
        roof.midnight()

    assert (roof.kinds, roof.report.yields_pct["c"]) == ({}, 100)


def test_day_that_was_hardly_watched_is_not_judged(roof):
    roof.share["c"] = None
    roof.hours(seen=False, last=18)
    roof.hours(first=18)
    roof.midnight()

    assert roof.kinds == {}


def test_some_missed_hours_are_no_loss(roof):
    roof.hours(last=12)
    roof.hours(first=12, last=14, seen=False)
    roof.hours(first=14)
    roof.midnight()

    assert set(roof.report.yields_pct.values()) == {100}


@pytest.mark.parametrize("detailed", [True, False])
def test_reports_that_got_lost_are_no_loss_of_energy(detailed):
    roof = Roof(detailed=detailed)
    roof.days(15)
    for _ in range(6):
        for quarter in range(96):
            hour = quarter / 4
            if 8 < hour <= 20:
                for name in roof.share:
                    before = roof.shown[name]
                    roof.produce(name, hour - 0.25, roof.at(hour))
                    if name == "c" and hour % 1 in {0.25, 0.5}:
                        roof.shown[name] = before
            roof.collect(roof.at(hour))
        roof.midnight()

    assert roof.kinds == {}
    assert roof.report.yields_pct["c"] == pytest.approx(100, abs=5)


def test_empty_list_changes_nothing(roof):
    roof.hours(last=14)
    report = roof.report
    shown, roof.shown = roof.shown, {}
    roof.collect(roof.at(14.1))
    roof.shown = shown

    assert roof.report is report


def test_collection_without_a_fresh_list_costs_nothing(roof):
    roof.hours(last=14)
    report = roof.report
    roof.collect(roof.at(14.1), fresh=False)

    assert roof.report is report


def test_restart_in_the_middle_of_a_day_changes_nothing(roof):
    roof.share["b"] = None
    roof.share["c"] = 0.5
    for _ in range(5):
        roof.hours(last=13)
        roof.restart()
        roof.hours(first=13)
        roof.midnight()

    assert roof.kinds == {"b": TroubleKind.SILENT, "c": TroubleKind.LOW}
    assert [trouble.lost_wh for trouble in roof.report.troubles] == approx([10_000, 5000])


def test_answer_is_there_right_after_a_restart(roof):
    roof.share["b"] = None
    roof.days(1)
    before = roof.report
    roof.restart()
    roof.collect(roof.at(0.1), fresh=False)

    assert roof.report == before


def test_what_is_known_and_remembered_can_be_looked_up(roof):
    roof.share["b"] = None
    roof.days(1)

    assert roof.watch.report is roof.report
    assert roof.state["panels"]["b"]["trouble"] == "silent"


def test_replaced_inverter_learns_and_the_old_one_leaves(roof):
    roof.share["b"] = None
    roof.days(2)
    roof.remove("b")
    roof.add("n")
    roof.hours(last=9)
    troubles = roof.report.troubles
    roof.hours(first=9)
    roof.midnight()
    roof.days(4)
    learning = roof.report.yields_pct
    roof.days(4)

    assert (troubles, learning["n"]) == ((), None)
    assert dict(roof.report.yields_pct) == dict.fromkeys("acdefn", 100)


def test_new_inverter_is_brought_to_the_level_of_the_others(roof):
    roof.add("n")
    roof.sky = lambda _hour: 0.5
    roof.days(7)
    roof.sky = lambda _hour: 1.0
    roof.days(6)

    assert roof.kinds == {}
    assert roof.report.yields_pct["n"] == pytest.approx(100, abs=5)


def test_inverter_that_is_off_the_list_for_two_days_is_not_forgotten(roof):
    shown = roof.shown.pop("b")
    share = roof.share.pop("b")
    roof.days(2)
    roof.shown["b"], roof.share["b"] = shown, share
    roof.days(1)

    assert roof.report.yields_pct["b"] == 100


def test_inverter_that_never_reports_is_found_without_a_usual_yield():
    roof = Roof()
    roof.share["b"] = None
    roof.days(4)
    before = roof.kinds
    roof.days(1)

    assert (before, roof.kinds) == ({}, {"b": TroubleKind.SILENT})


def test_first_days_seen_in_part_teach_nothing():
    roof = Roof()
    for _ in range(8):
        roof.hours(last=17, seen=False)
        roof.hours(first=17)
        roof.midnight()

    assert set(roof.report.yields_pct.values()) == {None}


def test_summer_time_does_not_shift_the_usual_day():
    roof = Roof(start=date(2026, 3, 20))
    roof.share["c"] = lambda hour: 0.2 if 12 <= hour < 16 else 1.0
    roof.days(9)
    roof.day = date(2026, 3, 30)
    roof.zone = ZoneInfo("Etc/GMT-1")
    roof.days(8)

    assert (roof.kinds, roof.report.yields_pct["c"]) == ({}, 100)


def test_report_from_the_future_is_not_taken(roof):
    roof.shown["b"] = Inverter(
        serial="b", power_w=100.0, reported_at=datetime.fromtimestamp(roof.at(80), UTC)
    )
    roof.share["b"] = None
    roof.days(1)

    assert roof.kinds == {"b": TroubleKind.SILENT}


def test_clock_that_was_ahead_for_long_does_not_silence_anybody(roof):
    roof.day += timedelta(days=400)
    roof.days(1)
    roof.day -= timedelta(days=400)
    roof.days(3)

    assert roof.kinds == {}


def test_memory_for_an_inverter_is_bounded(roof):
    roof.share.update(a=None, b=0.5)
    roof.days(40)

    assert len(json.dumps(roof.state)) < 6 * 900 + 400


@pytest.mark.parametrize(
    "damage",
    [
        {"panels": 5},
        {"panels": {"a": 5}},
        {"panels": {"a": {}}},
        {"watched_s": [1, 2], "day": "x", "page_at": None, "settled": True},
    ],
)
def test_damaged_memory_is_as_none(damage):
    roof = Roof()
    roof.state.update(damage)
    roof.restart()
    roof.days(9)

    assert set(roof.report.yields_pct.values()) == {100}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("at", "x"),
        ("today_wh", [0.0]),
        ("usual_wh", ["x"] * 24),
        ("days_pct", None),
    ],
)
def test_damaged_inverter_learns_anew(roof, key, value):
    roof.state["panels"]["a"][key] = value
    roof.restart()
    roof.collect(roof.at(0.1))

    assert roof.report.yields_pct["a"] is None
    assert roof.report.yields_pct["b"] == 100


def test_unknown_kind_of_trouble_is_none(roof):
    roof.state["panels"]["a"]["trouble"] = "haunted"
    roof.restart()
    roof.collect(roof.at(0.1))

    assert roof.report.troubles == ()
