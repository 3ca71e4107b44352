"""Is this sample believable? Sequences as gateways really give them."""

import json
import math
from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from custom_components.enphase_envoy.envoy_reader.counters.believe import (
    WRAP_WH,
    Counter,
    Verdict,
    believe,
    believe_parts,
)

T0 = 1_700_000_000.0
MINUTE = 60.0
HOUR = 3600.0
MAX_W = 10_000.0
LIFETIME = 6_000_000.0


def counter(raw_wh=LIFETIME, *, at=T0, changed_at=None):
    """Make a counter that has believed one sample."""
    return Counter(
        raw_wh=raw_wh,
        shown_wh=raw_wh,
        at=at,
        changed_at=at if changed_at is None else changed_at,
    )


def judge(state, raw_wh, minutes=1.0, **options):
    """Judge one sample, so many minutes after the start."""
    options.setdefault("max_power_w", MAX_W)
    return believe(state, raw_wh, at=T0 + minutes * MINUTE, **options)


def judge_all(state, samples, **options):
    """Judge (minute, raw) samples one after the other, restarting between them all."""
    verdicts = []
    for minutes, raw_wh in samples:
        verdict = judge(state, raw_wh, minutes, **options)
        state = verdict.counter and Counter.from_json(
            json.loads(json.dumps(verdict.counter.to_json()))
        )
        verdicts.append(verdict)
    return verdicts


def level(first_wh, *, start=1, minutes=40, w=600.0):
    """Return samples of each minute, of a register that grows by ``w`` watts."""
    return [(start + n, first_wh + n * w / 60) for n in range(minutes + 1)]


# The first sample


def test_first_sample_is_believed():
    verdict = judge(None, LIFETIME)

    assert verdict.value_wh == LIFETIME


def test_nothing_read_and_nothing_known_shows_nothing():
    verdict = judge(None, None)

    assert verdict == Verdict(counter=None, value_wh=None)


def test_first_zero_is_not_shown():
    verdict = judge(None, 0)

    assert (verdict.value_wh, verdict.held) == (None, "zero")


def test_first_zero_of_a_meter_that_counts_in_the_other_direction_is_shown():
    verdict = believe(None, 0, at=0, max_power_w=10_000, counting=True)

    assert (verdict.value_wh, verdict.held) == (0, None)


def test_first_zero_gives_way_to_any_value():
    verdicts = judge_all(None, [(0, 0), (5, 0), (6, LIFETIME)])

    assert (verdicts[-1].value_wh, verdicts[-1].held) == (LIFETIME, None)


def test_first_zero_is_shown_after_an_hour():
    verdicts = judge_all(None, [(0, 0), (59, 0), (60, 0)])

    assert [verdict.value_wh for verdict in verdicts] == [None, None, 0]


@pytest.mark.parametrize(
    ("raw_wh", "reason"),
    [
        (-5, "negative"),
        (2e12, "absurd"),
        (2**32 - 12, "absurd"),
        (math.nan, "absurd"),
        (math.inf, "absurd"),
    ],
)
def test_impossible_first_sample_is_held(raw_wh, reason):
    verdict = judge(None, raw_wh)

    assert verdict == Verdict(counter=None, value_wh=None, held=reason)


# The ordinary course


def test_nothing_read_shows_the_last_value():
    verdict = judge(counter(), None)

    assert (verdict.value_wh, verdict.held) == (LIFETIME, None)


def test_plausible_rise_is_believed():
    verdict = judge(counter(), LIFETIME + 160)

    assert (verdict.value_wh, verdict.held) == (LIFETIME + 160, None)


def test_equal_sample_is_believed():
    verdict = judge(counter(), LIFETIME)

    assert verdict.counter == replace(counter(), at=T0 + MINUTE)


@pytest.mark.parametrize("fallen_wh", [1e-6, 0.4, 0.99])
def test_rounding_does_not_lower_the_value(fallen_wh):
    verdict = judge(counter(), LIFETIME - fallen_wh)

    assert (verdict.value_wh, verdict.held) == (LIFETIME, None)


def test_rounding_does_not_add_up():
    verdicts = judge_all(counter(), [(1, LIFETIME - 0.9), (2, LIFETIME - 1.8)])

    assert verdicts[-1].held == "drop"


def test_coarse_register_may_fall_by_less_than_its_step():
    verdict = judge(counter(), LIFETIME - 900, slack_wh=1000)

    assert (verdict.value_wh, verdict.held) == (LIFETIME, None)


def test_archive_register_moves_once_in_a_quarter_of_an_hour():
    steps = [(n, LIFETIME + n // 15 * MAX_W / 4) for n in range(1, 61)]

    verdicts = judge_all(counter(), steps)

    assert (verdicts[-1].value_wh, {v.held for v in verdicts}) == (LIFETIME + MAX_W, {None})


def test_rise_over_a_long_absence_is_believed():
    verdict = judge(counter(), LIFETIME + 70_000, minutes=7 * 60)

    assert verdict.value_wh == LIFETIME + 70_000


def test_absence_excuses_one_rise_only():
    verdicts = judge_all(counter(), [(24 * 60, LIFETIME), (24 * 60 + 1, LIFETIME + 100_000)])

    assert verdicts[-1].held == "leap"


# Single bad samples


@pytest.mark.parametrize(
    ("raw_wh", "reason"),
    [
        pytest.param(0, "zero", id="zeros after a restart"),
        pytest.param(LIFETIME / 2, "drop", id="a half"),
        pytest.param(LIFETIME + 50_000, "leap", id="another register"),
        pytest.param(LIFETIME + 15_400_000, "leap", id="a phantom channel"),
        pytest.param(-LIFETIME, "negative", id="net instead of total"),
        pytest.param(2**32 - 12, "absurd", id="unsigned underflow"),
        pytest.param(2e12, "absurd", id="garbage"),
        pytest.param(math.nan, "absurd", id="not a number"),
        pytest.param(-math.inf, "negative", id="infinite"),
    ],
)
@pytest.mark.parametrize("wraps", [False, True])
def test_bad_sample_is_held(raw_wh, reason, wraps):
    verdict = judge(counter(), raw_wh, wraps=wraps)

    assert (verdict.value_wh, verdict.held) == (LIFETIME, reason)


@pytest.mark.parametrize("raw_wh", [0, LIFETIME / 2, LIFETIME + 50_000, 2**32 - 12])
def test_register_that_comes_back_leaves_no_trace(raw_wh):
    verdicts = judge_all(counter(), [(1, raw_wh), (2, LIFETIME + 20)])

    assert verdicts[-1].counter == replace(
        counter(), raw_wh=LIFETIME + 20, shown_wh=LIFETIME + 20, at=T0 + 2 * MINUTE
    )


@pytest.mark.parametrize("wrong_wh", [0, 2**32 - 12, 2e12, -3])
def test_what_cannot_be_never_proves_itself(wrong_wh):
    verdicts = judge_all(counter(), [(n, wrong_wh) for n in range(1, 3000, 10)])

    assert {verdict.rebased_wh for verdict in verdicts} == {None}


# Energy reported late


def test_late_energy_is_believed_once_three_samples_agree():
    still = counter(changed_at=T0 - 5 * HOUR)

    verdicts = judge_all(still, level(LIFETIME + 40_000, minutes=2))

    assert [verdict.held for verdict in verdicts] == ["leap", "leap", None]


def test_late_energy_is_not_lost():
    still = counter(changed_at=T0 - 5 * HOUR)

    verdicts = judge_all(still, level(LIFETIME + 40_000, minutes=2))

    assert verdicts[-1].value_wh == LIFETIME + 40_020


def test_no_more_than_was_possible_is_late():
    still = counter(changed_at=T0 - 5 * HOUR)

    verdicts = judge_all(still, level(LIFETIME + 60_000, minutes=2))

    assert verdicts[-1].held == "leap"


# New registers


def test_replaced_meter_goes_on_without_a_step():
    verdicts = judge_all(counter(), level(7.0))

    assert verdicts[-1].value_wh == pytest.approx(LIFETIME + 400)


def test_replaced_meter_is_reported_once_with_its_step():
    verdicts = judge_all(counter(), level(7.0))

    assert [v.rebased_wh for v in verdicts if v.rebased_wh is not None] == [7 - LIFETIME]


def test_replaced_meter_is_held_for_half_an_hour():
    verdicts = judge_all(counter(), level(7.0))

    assert [v.held for v in verdicts] == ["drop"] * 30 + [None] * 11


def test_new_level_above_goes_on_without_a_step():
    verdicts = judge_all(counter(), level(LIFETIME + 2_000_000))

    assert verdicts[-1].value_wh == pytest.approx(LIFETIME + 400)


def test_lower_level_that_does_not_grow_is_held():
    verdicts = judge_all(counter(), level(LIFETIME / 2, minutes=600, w=0))

    assert verdicts[-1].held == "drop"


def test_higher_level_need_not_grow():
    verdicts = judge_all(counter(), level(LIFETIME * 2, w=0))

    assert verdicts[-1].held is None


def test_few_samples_prove_nothing():
    verdicts = judge_all(counter(), level(7.0)[::20])

    assert verdicts[-1].held == "drop"


def test_levels_that_disagree_prove_nothing():
    wild = [(n, LIFETIME / 2 if n % 2 else LIFETIME * 3) for n in range(1, 100)]

    verdicts = judge_all(counter(), wild)

    assert {verdict.held for verdict in verdicts} == {"drop", "leap"}


def test_archive_of_a_new_meter_proves_itself_too():
    steps = [(n, 7 + n // 15 * MAX_W / 4) for n in range(1, 61)]

    verdicts = judge_all(counter(), steps)

    assert verdicts[-1].value_wh == LIFETIME + MAX_W


def test_register_that_returns_counts_what_it_missed():
    away = level(LIFETIME - 900_000, start=1, minutes=60)
    back = level(LIFETIME + 5_000, start=62, minutes=2)

    verdicts = judge_all(counter(), [*away, *back])

    assert verdicts[-1].value_wh == LIFETIME + 5_020


def test_register_that_returns_takes_the_step_back():
    away = level(LIFETIME - 900_000, start=1, minutes=60)
    back = level(LIFETIME + 5_000, start=62, minutes=2)

    verdicts = judge_all(counter(), [*away, *back])

    assert verdicts[-1].rebased_wh == 0


def test_register_that_returns_after_a_week_is_a_new_one():
    away = level(LIFETIME - 900_000, start=1, minutes=60)
    week = 8 * 24 * 60
    after = level(away[-1][1] + 10, start=week, minutes=2)
    back = level(LIFETIME + 5_000, start=week + 3, minutes=2)

    verdicts = judge_all(counter(), [*away, *after, *back])

    assert verdicts[-1].held == "leap"


def test_return_never_lowers_the_value():
    away = level(LIFETIME * 2, start=1, minutes=60)
    back = level(LIFETIME, start=62, minutes=2, w=0)

    verdicts = judge_all(counter(), [*away, *back])

    assert verdicts[-1].value_wh == verdicts[60].value_wh


# Wraps at 2^32 joules


@pytest.mark.parametrize("turns", [1, 2, 7, -1, -2])
def test_wrap_makes_no_step(turns):
    state = counter(10_000_000.0)

    verdict = judge(state, 10_000_100 - turns * WRAP_WH, wraps=True)

    assert (verdict.value_wh, verdict.held) == (pytest.approx(10_000_100), None)


@pytest.mark.parametrize(("wraps", "held"), [(True, None), (False, "leap")])
def test_inverters_may_report_in_lumps(wraps, held):
    verdict = judge(counter(), LIFETIME + 2000, wraps=wraps)

    assert verdict.held == held


def test_growth_goes_on_after_a_wrap():
    verdicts = judge_all(counter(1_193_000.0), [(1, 3.5), (2, 103.5)], wraps=True)

    assert verdicts[-1].value_wh == pytest.approx(WRAP_WH + 103.5)


def test_wrap_within_rounding_does_not_lower_the_value():
    verdict = judge(counter(2 * WRAP_WH), WRAP_WH - 0.5, wraps=True)

    assert (verdict.value_wh, verdict.held) == (2 * WRAP_WH, None)


def test_register_that_cannot_wrap_is_held():
    verdict = judge(counter(1_193_000.0), 3.5)

    assert verdict.held == "drop"


def test_wrap_that_is_too_uncertain_is_held():
    verdict = judge(counter(1_193_000.0), 3.5, minutes=24 * 60, wraps=True)

    assert verdict.held == "drop"


# The clock


def test_clock_set_back_counts_as_no_time():
    verdict = judge(counter(), LIFETIME + 100, minutes=-600)

    assert (verdict.value_wh, verdict.counter.at) == (LIFETIME + 100, T0 - 600 * MINUTE)


def test_clock_set_back_does_not_shorten_a_proof():
    first = [(n, 7.0 + n) for n in range(1, 30)]
    later = [(n - 600, 7.0 + n) for n in range(30, 35)]

    verdicts = judge_all(counter(), [*first, *later])

    assert [v.held for v in verdicts[-5:]] == ["drop", "drop", None, None, None]


def test_clock_far_ahead_and_back_loses_nothing():
    decade = 10 * 365 * 24 * 60

    verdicts = judge_all(counter(), [(decade, LIFETIME + 50), (2, LIFETIME + 100)])

    assert verdicts[-1].value_wh == LIFETIME + 100


# What is remembered


def test_counter_survives_json_with_everything_it_has():
    away = level(LIFETIME - 900_000, start=1, minutes=60)
    state = judge_all(counter(), [*away, (62, 0)])[-1].counter

    restored = Counter.from_json(json.loads(json.dumps(state.to_json())))

    assert (restored, bool(state.former), bool(state.suspicion)) == (state, True, True)


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        "text",
        {},
        {"raw_wh": 1, "offset_wh": 0, "at": 1},
        {"raw_wh": "1", "offset_wh": 0, "at": 1, "changed_at": 1, "shown_wh": 1},
        {"raw_wh": True, "offset_wh": 0, "at": 1, "changed_at": 1, "shown_wh": 1},
        {"raw_wh": math.nan, "offset_wh": 0, "at": 1, "changed_at": 1, "shown_wh": 1},
        {"raw_wh": 10**400, "offset_wh": 0, "at": 1, "changed_at": 1, "shown_wh": 1},
        {"raw_wh": 1, "offset_wh": 0, "at": 1, "changed_at": 1, "shown_wh": "1"},
    ],
)
def test_damaged_counter_is_no_counter(value):
    restored = Counter.from_json(value)

    assert restored is None


def test_damaged_suspicion_is_left_out():
    value = {**counter().to_json(), "suspicion": {"count": "many"}, "former": 3}

    restored = Counter.from_json(value)

    assert restored == counter()


# Sums over parts


def sum_all(polls, **options):
    """Judge polls of parts, one a minute, and return the verdicts."""
    counters: Mapping[str, Counter] = {}
    verdicts = []
    for minute, parts in enumerate(polls):
        verdict = believe_parts(
            counters, parts, at=T0 + minute * MINUTE, max_power_w=MAX_W, **options
        )
        counters = verdict.counters
        verdicts.append(verdict)
    return verdicts


def test_first_parts_count_wholly():
    verdicts = sum_all([{"a": 1000.0, "b": 500.0}])

    assert verdicts[-1].value_wh == 1500


def test_no_parts_have_no_sum():
    verdicts = sum_all([{}])

    assert verdicts[-1].value_wh is None


def test_all_parts_zero_at_first_have_no_sum():
    verdicts = sum_all([{"a": 0.0, "b": 0.0}])

    assert verdicts[-1].value_wh is None


def test_parts_that_were_zero_at_first_count_wholly():
    verdicts = sum_all([{"a": 0.0, "b": 0.0}, {"a": 1000.0, "b": 500.0}])

    assert verdicts[-1].value_wh == 1500


@pytest.mark.parametrize("before", [{"a": 1000.0}, {"a": 1000.0, "b": 0.0}])
def test_part_that_comes_later_makes_no_step(before):
    verdicts = sum_all([before, {"a": 1000.0, "b": 700.0}, {"a": 1010.0, "b": 705.0}])

    assert [verdict.value_wh for verdict in verdicts] == [1000, 1000, 1015]


def test_part_that_goes_keeps_what_it_gave():
    verdicts = sum_all([{"a": 1000.0, "b": 500.0}, {"a": 1010.0}, {}])

    assert [verdict.value_wh for verdict in verdicts] == [1500, 1510, 1510]


def test_replaced_part_makes_no_step():
    verdicts = sum_all([{"a": 1000.0, "b": 500.0}, {"a": 1000.0, "c": 80.0}])

    assert verdicts[-1].value_wh == 1500


def test_each_part_is_guarded_on_its_own():
    verdicts = sum_all([{"a": 1000.0, "b": 500.0}, {"a": 0.0, "b": 510.0}])

    assert (verdicts[-1].value_wh, verdicts[-1].held) == (1510, {"a": "zero"})


def test_impossible_new_part_is_held():
    verdicts = sum_all([{"a": 1000.0}, {"a": 1000.0, "b": -4.0}])

    assert (verdicts[-1].value_wh, verdicts[-1].held) == (1000, {"b": "negative"})


def test_steps_of_parts_are_added():
    polls = [{"a": 1000.0 + n, "b": 5000.0 + n} for n in range(2)]
    polls += [{"a": 10.0 + n, "b": 20.0 + n} for n in range(40)]

    verdicts = sum_all(polls)

    assert [v.rebased_wh for v in verdicts if v.rebased_wh is not None] == [30 - 6002]


# Whatever comes

SAMPLES = st.lists(
    st.tuples(
        st.one_of(st.floats(0, 7200), st.floats(-1e6, 1e9), st.sampled_from([60.0, 300.0, 900.0])),
        st.one_of(
            st.none(),
            st.floats(),
            st.floats(0, 1e8),
            st.sampled_from([0.0, 1e6, 1e6 + 1, 1e6 + 50, WRAP_WH, 2 * WRAP_WH + 3, 2.0**32]),
        ),
    ),
    max_size=60,
)


@given(samples=SAMPLES, wraps=st.booleans())
def test_shown_value_never_decreases(samples, wraps):
    at, state, shown = T0, None, [-math.inf]

    for seconds, raw_wh in samples:
        at += seconds
        verdict = believe(state, raw_wh, at=at, max_power_w=MAX_W, wraps=wraps)
        state = verdict.counter and Counter.from_json(
            json.loads(json.dumps(verdict.counter.to_json()))
        )
        shown += [] if verdict.value_wh is None else [verdict.value_wh]

    assert shown == sorted(shown)


FAULTS = st.sampled_from(
    [
        lambda wh: 0.0,
        lambda wh: wh / 2,
        lambda wh: wh * 2,
        lambda wh: -wh,
        lambda wh: wh + 5000,  # less could be 20 quiet minutes' production reported at once
        lambda wh: 2**32 - 17.0,
        lambda wh: wh + 15_400_000,
        lambda wh: math.nan,
        lambda wh: None,
    ]
)


@given(
    powers=st.lists(st.floats(0, MAX_W), min_size=20, max_size=80),
    faults=st.dictionaries(st.integers(1, 70), FAULTS, max_size=20),
)
@example(powers=[MAX_W] * 40, faults={n: lambda wh: 0.0 for n in range(1, 30)})
def test_truth_comes_out_whatever_faults_are_in_it(powers, faults):
    truth, state, verdict = LIFETIME, counter(), judge(counter(), LIFETIME)

    for minute, power_w in enumerate([*powers, 0.0], 1):
        truth += power_w / 60
        isolated = minute in faults and minute - 1 not in faults and minute <= len(powers)
        verdict = judge(state, faults[minute](truth) if isolated else truth, minute)
        state = verdict.counter

    assert verdict.value_wh == truth


@pytest.mark.parametrize("restart", [False, True])
def test_computed_register_that_falls_slowly_is_held_until_it_has_risen_again(restart):
    counter = believe(None, 50_000.0, at=0, max_power_w=MAX_W).counter
    fall = [50_000.0 - 40 * minute for minute in range(1, 61)]
    rise = [fall[-1] + 30 * minute for minute in range(1, 101)]

    shown = []
    for minute, raw_wh in enumerate(fall + rise, 1):
        if restart:
            counter = Counter.from_json(json.loads(json.dumps(counter and counter.to_json())))
        verdict = believe(counter, raw_wh, at=minute * 60, max_power_w=MAX_W, computed=True)
        counter = verdict.counter
        shown.append(verdict.value_wh)

    assert set(shown[:139]) == {50_000.0}
    assert verdict.value_wh == rise[-1]
    assert counter
    assert not counter.former


def test_computed_register_that_drops_at_once_is_another_register():
    counter = believe(None, 9_000_000.0, at=0, max_power_w=MAX_W).counter

    for minute in range(1, 60):
        verdict = believe(
            counter, 1000.0 + minute, at=minute * 60, max_power_w=MAX_W, computed=True
        )
        counter = verdict.counter

    assert counter
    assert counter.former
    assert (counter.shown_wh or 0) > 9_000_000
