"""Is this sample believable? Sequences as gateways really give them."""

import json
import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from custom_components.enphase_envoy.envoy_reader.counters.believe import (
    WRAP_WH,
    Counter,
    Verdict,
    along,
    believe,
)
from custom_components.enphase_envoy.envoy_reader.counters.identity import RegisterKind, Sample

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


def judge(state, raw_wh, minutes=1.0, *, power_w=None, counting=False, **kind):
    """Judge one sample, so many minutes after the start; ``None`` is none."""
    if raw_wh is None:
        return Verdict(counter=state)
    own = RegisterKind(**{"max_power_w": MAX_W, **kind})
    sample = Sample(raw_wh=raw_wh, kind=own, power_w=power_w, counting=counting)
    return believe(state, sample, at=T0 + minutes * MINUTE)


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


def test_first_zero_is_not_shown():
    verdict = judge(None, 0)

    assert (verdict.value_wh, verdict.held) == (None, "zero")


def test_first_zero_of_a_meter_that_counts_in_the_other_direction_is_shown():
    verdict = judge(None, 0, counting=True)

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

    assert verdict == Verdict(counter=None, held=reason)


# The ordinary course


def test_plausible_rise_is_believed():
    verdict = judge(counter(), LIFETIME + 160)

    assert (verdict.value_wh, verdict.held) == (LIFETIME + 160, None)


def test_equal_sample_is_believed():
    verdict = judge(counter(), LIFETIME)

    assert verdict.counter == counter()._replace(at=T0 + MINUTE)


@pytest.mark.parametrize("fallen_wh", [1e-6, 0.4, 0.99])
def test_rounding_does_not_lower_the_value(fallen_wh):
    verdict = judge(counter(), LIFETIME - fallen_wh)

    assert (verdict.value_wh, verdict.held) == (LIFETIME, None)


def test_rounding_does_not_add_up():
    verdicts = judge_all(counter(), [(1, LIFETIME - 0.9), (2, LIFETIME - 1.8)])

    assert verdicts[-1].held == "drop"


def test_coarse_register_may_fall_by_less_than_its_step():
    verdict = judge(counter(), LIFETIME - 900, step_wh=1000)

    assert (verdict.value_wh, verdict.held) == (LIFETIME, None)


def test_archive_register_moves_once_in_a_quarter_of_an_hour():
    steps = [(n, LIFETIME + n // 15 * MAX_W / 4) for n in range(1, 61)]

    verdicts = judge_all(counter(), steps, lumps=True)

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

    assert verdicts[-1].counter == counter()._replace(
        raw_wh=LIFETIME + 20, shown_wh=LIFETIME + 20, at=T0 + 2 * MINUTE
    )


@pytest.mark.parametrize("wrong_wh", [0, 2**32 - 12, 2e12, -3])
def test_what_cannot_be_never_proves_itself(wrong_wh):
    verdicts = judge_all(counter(), [(n, wrong_wh) for n in range(1, 3000, 10)])

    assert {verdict.rebased_wh for verdict in verdicts} == {None}


# Energy reported late


def test_late_energy_is_believed_once_three_samples_agree():
    still = counter(changed_at=T0 - 5 * HOUR)

    verdicts = judge_all(still, level(LIFETIME + 40_000, minutes=2), lumps=True)

    assert [verdict.held for verdict in verdicts] == ["leap", "leap", None]


def test_late_energy_is_not_lost():
    still = counter(changed_at=T0 - 5 * HOUR)

    verdicts = judge_all(still, level(LIFETIME + 40_000, minutes=2), lumps=True)

    assert verdicts[-1].value_wh == LIFETIME + 40_020


def test_no_more_than_was_possible_is_late():
    still = counter(changed_at=T0 - 5 * HOUR)

    verdicts = judge_all(still, level(LIFETIME + 60_000, minutes=2), lumps=True)

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

    verdicts = judge_all(counter(), steps, lumps=True)

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

    verdict = judge(state, 10_000_100 - turns * WRAP_WH, wraps=True, lumps=True)

    assert (verdict.value_wh, verdict.held) == (pytest.approx(10_000_100), None)


@pytest.mark.parametrize(("wraps", "held"), [(True, None), (False, "leap")])
def test_inverters_may_report_in_lumps(wraps, held):
    verdict = judge(counter(), LIFETIME + 2000, wraps=wraps, lumps=wraps)

    assert verdict.held == held


def test_growth_goes_on_after_a_wrap():
    verdicts = judge_all(counter(1_193_000.0), [(1, 3.5), (2, 103.5)], wraps=True, lumps=True)

    assert verdicts[-1].value_wh == pytest.approx(WRAP_WH + 103.5)


def test_wrap_within_rounding_does_not_lower_the_value():
    verdict = judge(counter(2 * WRAP_WH), WRAP_WH - 0.5, wraps=True, lumps=True)

    assert (verdict.value_wh, verdict.held) == (2 * WRAP_WH, None)


def test_register_that_cannot_wrap_is_held():
    verdict = judge(counter(1_193_000.0), 3.5)

    assert verdict.held == "drop"


def test_wrap_that_is_too_uncertain_is_held():
    verdict = judge(counter(1_193_000.0), 3.5, minutes=24 * 60, wraps=True, lumps=True)

    assert verdict.held == "drop"


# The clock


def test_clock_set_back_counts_as_no_time():
    verdict = judge(counter(), LIFETIME + 50, minutes=-600)

    assert (verdict.value_wh, verdict.counter.at) == (LIFETIME + 50, T0 - 600 * MINUTE)


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
        verdict = judge(state, raw_wh, (at - T0) / MINUTE, wraps=wraps, lumps=wraps)
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


# Rises, and the power around them

CONNECTION_W = 100_000.0


def lived(power_w, *, minutes=10, start=LIFETIME, state=None, after=0.0, **kind):
    """Return a counter that has believed so many minutes of a power, and the register then."""
    raw_wh = start
    for n in range(minutes + 1):
        raw_wh = start + n * power_w / 60
        state = judge(state, raw_wh, after + n, power_w=power_w, **kind).counter
    return state, raw_wh


def follow(state, samples, **kind):
    """Judge (minute, raw, power) samples and return the verdicts."""
    verdicts = []
    for minutes, raw_wh, power_w in samples:
        verdict = judge(state, raw_wh, minutes, power_w=power_w, **kind)
        state = verdict.counter
        verdicts.append(verdict)
    return verdicts


@pytest.mark.parametrize(
    ("power_w", "limit_w", "excess_wh"),
    [
        pytest.param(500, CONNECTION_W, 4000, id="import"),
        pytest.param(3000, 15_000, 2000, id="storage"),
        pytest.param(4000, 20_000, 600, id="production"),
        pytest.param(500, CONNECTION_W, 30_000, id="more than there could be"),
        pytest.param(0, CONNECTION_W, 200, id="while nothing flows"),
    ],
)
def test_one_sample_too_high_counts_nothing(power_w, limit_w, excess_wh):
    state, raw_wh = lived(power_w, max_power_w=limit_w)
    wh = power_w / 60
    after = [
        (11, raw_wh + wh + excess_wh, power_w),
        *((n, raw_wh + (n - 10) * wh, power_w) for n in range(12, 60)),
    ]

    verdicts = follow(state, after, max_power_w=limit_w)

    assert [verdict.value_wh for verdict in verdicts] == pytest.approx(
        [raw_wh, *(raw for _, raw, _ in after[1:])]
    )


@pytest.mark.parametrize("level_wh", [2000.0, 6000.0, 31_000.0])
def test_doubled_sample_of_a_young_register_counts_nothing(level_wh):
    state, raw_wh = lived(800, start=level_wh, max_power_w=CONNECTION_W)

    verdicts = follow(
        state,
        [(11, 2 * (raw_wh + 13), 1600), (12, raw_wh + 27, 800)],
        max_power_w=CONNECTION_W,
    )

    assert [verdict.value_wh for verdict in verdicts] == [raw_wh, raw_wh + 27]


@pytest.mark.parametrize(
    ("limit_w", "leap_wh"), [(CONNECTION_W, 30_000), (MAX_W, 3000), (CONNECTION_W, 4000)]
)
@pytest.mark.parametrize("power_w", [0, 600])
def test_leap_is_not_believed_by_being_held(limit_w, leap_wh, power_w):
    state, raw_wh = lived(power_w, max_power_w=limit_w)
    stays = [(n, raw_wh + leap_wh + (n - 10) * power_w / 60, power_w) for n in range(11, 120)]

    verdicts = follow(state, stays, max_power_w=limit_w)

    # What flowed in the minute of the leap is lost in it.
    assert verdicts[-1].value_wh == pytest.approx(raw_wh + 108 * power_w / 60)
    assert [v.rebased_wh for v in verdicts if v.rebased_wh] == [
        pytest.approx(leap_wh + power_w / 60)
    ]


@pytest.mark.parametrize(
    ("before_w", "after_w"),
    [
        pytest.param(200, 3200, id="a kettle"),
        pytest.param(400, 22_400, id="a car"),
        pytest.param(0, 5000, id="a battery"),
        pytest.param(900, 6500, id="the edge of a cloud"),
    ],
)
@pytest.mark.parametrize("every_s", [5, 60, 300, 3600])
def test_step_of_the_power_is_believed_at_once(before_w, after_w, every_s):
    step = every_s / 60
    state, raw_wh = lived(before_w, minutes=3, max_power_w=CONNECTION_W)
    samples = [(3 + n * step, raw_wh + n * after_w * every_s / 3600, after_w) for n in range(1, 10)]

    verdicts = follow(state, samples, max_power_w=CONNECTION_W)

    assert [verdict.value_wh for verdict in verdicts] == [raw for _, raw, _ in samples]


def test_energy_that_no_power_has_shown_waits_for_one_sample():
    state, raw_wh = lived(300, max_power_w=CONNECTION_W)
    samples = [(11, raw_wh + 300, 300), (12, raw_wh + 305, 300)]

    verdicts = follow(state, samples, max_power_w=CONNECTION_W)

    assert [verdict.value_wh for verdict in verdicts] == [raw_wh, raw_wh + 305]


def test_largest_power_of_the_site_explains_a_rise():
    state, raw_wh = lived(9000, minutes=3, max_power_w=CONNECTION_W)
    state, raw_wh = lived(300, start=raw_wh, state=state, after=4, max_power_w=CONNECTION_W)

    verdict = judge(state, raw_wh + 150, 15, power_w=300, max_power_w=CONNECTION_W)

    assert verdict.value_wh == raw_wh + 150


def test_power_of_one_sample_is_no_habit_of_the_site():
    state, raw_wh = lived(300, max_power_w=CONNECTION_W)
    state = judge(state, raw_wh + 5, 11, power_w=90_000, max_power_w=CONNECTION_W).counter
    state = judge(state, raw_wh + 10, 12, power_w=300, max_power_w=CONNECTION_W).counter

    verdict = judge(state, raw_wh + 1000, 13, power_w=300, max_power_w=CONNECTION_W)

    assert verdict.held == "leap"


def test_largest_power_is_forgotten_over_months():
    state, raw_wh = lived(9000, minutes=3, max_power_w=CONNECTION_W)

    later = judge(state, raw_wh + 100, 120 * 24 * 60, power_w=300, max_power_w=CONNECTION_W)

    assert 0 < later.counter.peak_w < 1000


def test_confirmed_rise_that_is_taken_back_is_made_good():
    state, raw_wh = lived(300, max_power_w=CONNECTION_W)
    wrong = [(n, raw_wh + 1500 + (n - 10) * 5, 300) for n in range(11, 17)]
    right = [(n, raw_wh + (n - 10) * 5, 300) for n in range(17, 400)]

    verdicts = follow(state, wrong + right, max_power_w=CONNECTION_W)

    assert verdicts[-1].value_wh == pytest.approx(raw_wh + 389 * 5)
    assert {verdict.rebased_wh for verdict in verdicts} == {None}


def test_energy_of_missed_answers_is_believed():
    state, raw_wh = lived(5000, max_power_w=CONNECTION_W)

    verdict = judge(state, raw_wh + 30_000, 10 + 6 * 60, power_w=5000, max_power_w=CONNECTION_W)

    assert verdict.value_wh == raw_wh + 30_000


@pytest.mark.parametrize("interval", [5, 15])
@pytest.mark.parametrize("power_w", [80, 700, 5200])
def test_archive_is_believed_as_it_steps(interval, power_w):
    steps = [(n, LIFETIME + n // interval * interval * power_w / 60, power_w) for n in range(180)]

    verdicts = follow(None, steps, max_power_w=MAX_W, lumps=True)

    assert [verdict.value_wh for verdict in verdicts] == [raw for _, raw, _ in steps]


# Differences that a gateway makes: they may fall


@pytest.mark.parametrize("power_w", [-4000, 4000])
def test_signed_register_falls_and_rises(power_w):
    samples = [(n, 500 + n * power_w / 60, abs(power_w)) for n in range(60)]

    verdicts = follow(None, samples, max_power_w=CONNECTION_W, signed=True)

    assert [verdict.value_wh for verdict in verdicts] == [raw for _, raw, _ in samples]


@pytest.mark.parametrize("level_wh", [-3_000_000.0, 4_900_000.0, 40_000.0])
def test_zero_of_a_signed_register_is_held(level_wh):
    state, raw_wh = lived(500, start=level_wh, max_power_w=CONNECTION_W, signed=True)
    samples = [*((n, 0.0, 0.0) for n in range(11, 17)), (17, raw_wh + 60, 500)]

    verdicts = follow(state, samples, max_power_w=CONNECTION_W, signed=True)

    assert {verdict.value_wh for verdict in verdicts[:-1]} == {raw_wh}
    assert verdicts[-1].value_wh == raw_wh + 60


def test_signed_register_that_stays_elsewhere_goes_on_without_a_step():
    state, raw_wh = lived(600, max_power_w=CONNECTION_W, signed=True)
    samples = [(n, -70_000.0 + (n - 11) * 10, 600) for n in range(11, 60)]

    verdicts = follow(state, samples, max_power_w=CONNECTION_W, signed=True)

    assert verdicts[-1].value_wh == pytest.approx(raw_wh + 480)


def stands_elsewhere(minutes):
    """Return a counter whose register has stood at another level for so many minutes."""
    samples = [(minute, LIFETIME - 3e6) for minute in range(1, minutes + 1)]
    return judge_all(counter(), samples)[-1].counter


@pytest.mark.parametrize(
    ("minutes", "began", "steps"), [(35, 1, True), (35, -60, False), (3, 1, False)]
)
def test_register_that_stands_still_steps_with_those_that_stepped_when_it_did(
    minutes, began, steps
):
    sample = Sample(raw_wh=LIFETIME - 3e6, kind=RegisterKind(max_power_w=MAX_W))

    verdict = along(
        stands_elsewhere(minutes),
        sample,
        at=T0 + (minutes + 1) * MINUTE,
        began_at=T0 + began * MINUTE,
    )

    assert (verdict is not None) is steps
