"""Which damage is found in rows of statistics, and what is left alone."""

import math
from itertools import pairwise

import pytest

from custom_components.enphase_envoy.statistics.damage import (
    Detector,
    Findings,
    Gain,
    Kind,
    LeftAlone,
    most_of,
    quantum,
    spread,
)

from . import plant
from .plant import BEGUN, HOUR, NOON, YEARS, Meter

SHORT = 60 * 24
MIDDLE = 30 * 24 + NOON


def look(rows, wh=1.0):
    most = most_of([rows])
    if most is None:
        return Findings()
    detector = Detector(most, wh)
    for begin in range(0, len(rows), 1000):
        detector.feed(rows[begin : begin + 1000])
    return detector.finish()


def repaired(rows, damages):
    steps = sorted(
        (step for damage in damages for step in damage.steps), key=lambda step: step.start
    )
    taken, done = 0.0, []
    for start, state, total, reset in rows:
        while steps and steps[0].start <= start:
            taken += steps.pop(0).amount
        done.append((start, state, total - taken, reset))
    return done


def sums(rows, *, but=()):
    return {row[0]: row[2] for row in rows if row[0] not in but}


def hours(first, last):
    return {BEGUN + number * HOUR for number in range(first, last)}


@pytest.mark.parametrize("wh", [1.0, 1000.0, 1e6], ids=["Wh", "kWh", "MWh"])
@pytest.mark.parametrize("damage", plant.OF_A_LIFETIME, ids=lambda it: it.__name__)
def test_damage_of_a_lifetime_is_found_and_right_to_the_watt_hour(damage, wh):
    meter = Meter(hours=SHORT, wh=wh)
    before, after = damage(meter, MIDDLE)

    findings = look(meter.recorded(), wh)

    assert len(findings.damages) == 1
    then = repaired(meter.recorded(), findings.damages)
    between = hours(before + 1, after)
    assert sums(then, but=between) == pytest.approx(sums(meter.true(), but=between), abs=0.1 / wh)


@pytest.mark.parametrize("damage", plant.OF_A_DAY, ids=lambda it: it.__name__)
def test_damage_of_a_day_is_found_and_right_to_the_watt_hour(damage):
    meter = Meter.of_the_day(hours=SHORT)
    before, after = damage(meter, MIDDLE + 4)

    findings = look(meter.recorded())

    assert len(findings.damages) == 1
    then = repaired(meter.recorded(), findings.damages)
    between = hours(before + 1, after)
    assert sums(then, but=between) == pytest.approx(sums(meter.true(), but=between), abs=0.1)


@pytest.mark.parametrize("damage", plant.OF_A_LIFETIME, ids=lambda it: it.__name__)
def test_no_hour_holds_what_cannot_be_after_a_repair(damage):
    meter = Meter(hours=SHORT)
    damage(meter, MIDDLE)
    rows = meter.recorded()

    then = repaired(rows, look(rows).damages)

    gains = [row[2] - before[2] for before, row in pairwise(then)]
    assert min(gains) >= -0.1
    assert max(gains) < 60_000  # what ten hours of an outage have made


@pytest.mark.parametrize("alike", plant.LOOK_ALIKES, ids=lambda it: it.__name__)
def test_look_alike_of_a_lifetime_is_left_alone(alike):
    meter = Meter(hours=SHORT)
    alike(meter, MIDDLE)

    findings = look(meter.recorded())

    assert findings.damages == []


@pytest.mark.parametrize(
    ("alike", "kind"),
    [
        (plant.new_meter, LeftAlone.RESET),
        (plant.drop_that_stays, LeftAlone.LOST),
        (plant.sun_after_a_silent_day, LeftAlone.CATCH_UP),
        (plant.negative_hour, LeftAlone.NEGATIVE),
        (plant.corrected_upwards, LeftAlone.UNEXPLAINED),
        (plant.corrected_elsewhere, LeftAlone.CORRECTED),
    ],
    ids=lambda it: getattr(it, "__name__", str(it)),
)
def test_look_alike_is_told_apart(alike, kind):
    meter = Meter(hours=SHORT)
    alike(meter, MIDDLE)

    findings = look(meter.recorded())

    assert findings.left_alone[kind] == 1


@pytest.mark.parametrize("alike", plant.LOOK_ALIKES[:5], ids=lambda it: it.__name__)
def test_look_alike_of_a_day_is_left_alone(alike):
    meter = Meter.of_the_day(hours=SHORT)
    alike(meter, MIDDLE)

    assert look(meter.recorded()).damages == []


def test_midnights_of_five_years_are_left_alone():
    assert look(Meter.of_the_day().recorded()).damages == []


def test_window_of_seven_days_is_left_alone():
    meter = Meter(hours=SHORT)
    made = [plant.sunny_wh(number) for number in range(SHORT)]
    for number in range(SHORT):
        day = number - number % 24
        meter.show(number, sum(made[max(0, day - 6 * 24) : number + 1]))

    assert look(meter.recorded()).damages == []


def test_counter_that_declares_each_change_a_cycle_is_left_alone():
    total, rows = 0.0, []
    for number in range(SHORT):
        change = plant.sunny_wh(number) * (1 if number % 50 else 400)
        total += change
        rows.append((BEGUN + number * HOUR, change, total, BEGUN + number * HOUR + 7.0))

    assert look(rows).damages == []


def test_imported_rows_without_a_state_are_left_alone():
    meter = Meter(hours=SHORT)
    plant.zero(meter, MIDDLE)
    rows = [(start, None, total, None) for start, _, total, _ in meter.recorded()]

    assert look(rows).damages == []


def test_rows_before_and_after_an_import_are_not_compared():
    meter = Meter(hours=SHORT)
    rows = meter.recorded()
    gap = [
        (start, None if number == MIDDLE else state, (total or 0) + 5e6 * (number > MIDDLE), None)
        for number, (start, state, total, _) in enumerate(rows)
    ]

    assert look(gap).damages == []


def test_counter_of_some_hours_is_not_judged():
    meter = Meter(hours=12)
    plant.zero(meter, 10)

    assert look(meter.recorded()).damages == []


def test_what_the_site_can_make_is_not_moved_by_damage():
    plain, spoilt = Meter.of_the_day(), Meter.of_the_day()
    for day in range(20, 1800, 3):
        plant.zero(spoilt, day * 24 + 15)

    most = most_of([spoilt.recorded()])

    assert most == pytest.approx(most_of([plain.recorded()]), rel=0.2)
    assert most
    assert 6_000 < most < 12_000


def test_twelve_kinds_of_damage_and_all_look_alikes_in_five_years():
    lifetime, day = Meter(), Meter.of_the_day()
    between = set()
    for number, damage in enumerate(plant.OF_A_LIFETIME):
        before, after = damage(lifetime, (100 + number * 60) * 24 + NOON)
        between |= hours(before + 1, after)
    for number, alike in enumerate(plant.LOOK_ALIKES):
        alike(lifetime, (1000 + number * 60) * 24 + NOON)
    for number, damage in enumerate(plant.OF_A_DAY):
        damage(day, (250 + number % 4 * 365 + number * 10) * 24 + 16)
    rows = lifetime.recorded()

    findings, of_a_day = look(rows), look(day.recorded())

    assert len(plant.OF_A_LIFETIME) + len(plant.OF_A_DAY) >= 12
    assert len(findings.damages) == len(plant.OF_A_LIFETIME)
    assert len(of_a_day.damages) == len(plant.OF_A_DAY)
    then = sums(repaired(rows, findings.damages), but=between)
    assert then == pytest.approx(sums(lifetime.true(), but=between), abs=0.5)
    assert findings.rows == len(rows) < YEARS


def test_excess_is_what_the_reset_has_added():
    meter = Meter(hours=SHORT)
    plant.zero(meter, MIDDLE)

    damage = look(meter.recorded()).damages[0]

    assert damage.kind is Kind.RETURN
    assert damage.start == BEGUN + MIDDLE * HOUR
    assert damage.excess == pytest.approx(meter.level(MIDDLE - 1))
    assert damage.after == pytest.approx(plant.sunny_wh(MIDDLE))


@pytest.mark.parametrize("wh", [1.0, 1000.0, 1e6, 1 / 3600])
def test_amount_taken_out_and_put_in_again_leaves_the_very_same_sum(wh):
    unit = quantum(wh)
    amount = round(12_345_678.9 / wh / unit) * unit
    for number in range(1, 2000):
        total = amount + (123_456_789.123 / number) / wh
        assert (total - amount) + amount == total
    assert unit <= 0.001 / wh


@pytest.mark.parametrize(
    ("gains", "total", "left"),
    [
        ([10.0], 3.0, [3.0]),
        ([0.0, 2.0, 90.0], 5.0, [0.0, 2.0, 3.0]),
        ([90.0, 2.0, 80.0], 5.0, [0.0, 2.0, 3.0]),
        ([4.0, 4.0, 90.0], 5.0, [0.0, 0.0, 5.0]),
        ([4.0, 3.0], 5.0, [2.0, 3.0]),
        ([90.0, -85.0], 5.0, [5.0, 0.0]),
        ([90.0, 1.0], -1.0, [-1.0, 0.0]),
    ],
)
def test_true_energy_stays_where_it_can_be(gains, total, left):
    rows = [Gain(start=number, energy=gain, limit=6.0) for number, gain in enumerate(gains)]

    excess = spread(rows, total)

    assert [gain - out for gain, out in zip(gains, excess, strict=True)] == left
    assert math.fsum(left) == total
