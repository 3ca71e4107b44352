import pytest

from custom_components.enphase_envoy.envoy_reader.live.pace import Pace, Reason


def after(pace, *durations_s):
    """Return the pace after polls that took so long."""
    for duration_s in durations_s:
        pace = pace.after(duration_s)
    return pace


@pytest.mark.parametrize("wanted_s", [1, 5, 30])
def test_fast_gateway_is_asked_as_wanted(wanted_s):
    pace = after(Pace(wanted_s=wanted_s), 0.1, 0.2, 0.1)

    assert (pace.period_s, pace.reason) == (wanted_s, Reason.WANTED)


@pytest.mark.parametrize("duration_s", [0.1, 0.5, 1, 3, 8, 30])
@pytest.mark.parametrize("wanted_s", [1, 2, 5, 30])
def test_gateway_is_busy_with_us_for_less_than_half_of_the_time(wanted_s, duration_s):
    pace, busy_s, time_s = Pace(wanted_s=wanted_s), 0.0, 0.0
    for _ in range(50):
        pace = pace.after(duration_s)
        busy_s += duration_s
        time_s += max(pace.period_s, duration_s)

    assert busy_s / time_s < 0.5


def test_gateway_that_turns_slow_is_given_time_within_three_polls():
    pace = after(Pace(wanted_s=1), *[0.1] * 20, *[1.0] * 3)

    assert pace.period_s >= 2
    assert pace.reason is Reason.SLOW


def test_pace_comes_back_with_the_gateway():
    pace = after(Pace(wanted_s=1), *[5.0] * 20, *[0.1] * 15)

    assert (pace.period_s, pace.reason) == (1, Reason.WANTED)


def test_failures_make_us_step_aside_further_each_time_up_to_a_minute():
    pace, periods = Pace(wanted_s=1), []
    for _ in range(7):
        pace = pace.failed(0.1)
        periods.append(pace.period_s)

    assert periods == [2, 4, 8, 16, 32, 60, 60]
    assert pace.reason is Reason.FAILING


def test_one_answer_ends_the_failures():
    pace = Pace(wanted_s=1).failed(0.1).failed(0.1).after(0.1)

    assert (pace.period_s, pace.reason) == (1, Reason.WANTED)


def test_failure_never_hastens():
    assert Pace(wanted_s=30).failed(0.1).period_s == 30
