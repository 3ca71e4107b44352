"""Days of three digits: shown as the page says, never falling, zero after midnight."""

import json
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custom_components.enphase_envoy.envoy_reader.counters.coarse_day import (
    CoarseDay,
    coarse_day,
    rounding_wh,
)
from custom_components.enphase_envoy.envoy_reader.counters.days import DayReport, midnight_at

BERLIN = ZoneInfo("Europe/Berlin")
MINUTE = 60.0
MAX_W = 10_000.0
MIDNIGHT = datetime(2026, 5, 12, tzinfo=BERLIN).timestamp()


def coarse_all(samples, *, start=MIDNIGHT):
    """Feed (minutes after midnight, today, seven days), restarting between them all."""
    state: CoarseDay | None = None
    found = []
    for minutes, today_wh, seven_days_wh in samples:
        state = coarse_day(
            state,
            report=DayReport(source="html", today_wh=today_wh, seven_days_wh=seven_days_wh),
            at=start + minutes * MINUTE,
            zone=BERLIN,
            max_power_w=MAX_W,
        )
        state = CoarseDay.from_json(json.loads(json.dumps(state.to_json())))
        assert state is not None
        found.append((state.today_wh, state.seven_days_wh))
    return found


def test_coarse_figures_are_shown_as_reported():
    found = coarse_all([(720, 12_300.0, 81_000.0)])

    assert found == [(12_300, 81_000)]


def test_coarse_day_knows_nothing_of_the_week_where_the_page_says_nothing():
    found = coarse_all([(720, 12_300.0, None)])

    assert found == [(12_300, None)]


@pytest.mark.parametrize("wrong", [(0.0, 0.0), (6000.0, 40_000.0), (90_000.0, 2e6), (None, None)])
def test_coarse_figures_are_held(wrong):
    found = coarse_all([(720, 12_300.0, 81_000.0), (721, *wrong)])

    assert found[-1] == (12_300, 81_000)


def test_coarse_day_cannot_start_with_more_than_can_be_made():
    found = coarse_all([(120, 45_000.0, 81_000.0)])

    assert found[-1][0] == 0


@given(
    st.lists(
        st.tuples(
            st.integers(1, 300), st.none() | st.floats(-10, 2e5), st.none() | st.floats(-10, 2e6)
        ),
        max_size=40,
    )
)
def test_coarse_day_never_falls(samples):
    minutes, state = 0, None
    shown: dict[float, list[float]] = {}

    for waited, today_wh, seven_days_wh in samples:
        minutes += waited
        report = DayReport(source="html", today_wh=today_wh, seven_days_wh=seven_days_wh)
        at = MIDNIGHT + minutes * MINUTE
        state = coarse_day(state, report=report, at=at, zone=BERLIN, max_power_w=MAX_W)
        shown.setdefault(midnight_at(at, BERLIN), []).append(state.today_wh or 0.0)

    assert all(day == sorted(day) for day in shown.values())


def test_late_reset_shows_zero_until_it_comes():
    found = coarse_all(
        [
            (-5, 12_300.0, 81_000.0),
            (0, 12_300.0, 81_000.0),
            (5, 12_300.0, 81_000.0),
            (6, None, None),
            (11, 0.0, 70_000.0),
            (400, 800.0, 70_800.0),
        ]
    )

    assert [today for today, _ in found] == [12_300, 0, 0, 0, 0, 800]


def test_week_falls_with_the_reset():
    found = coarse_all([(-5, 12_300.0, 81_000.0), (5, 12_300.0, 81_000.0), (11, 0.0, 70_000.0)])

    assert [week for _, week in found] == [81_000, 81_000, 70_000]


def test_missed_reset_needs_no_fall():
    found = coarse_all([(-600, 900.0, 70_000.0), (600, 4000.0, 71_000.0)])

    assert found[-1] == (4000, 71_000)


def test_value_above_yesterdays_last_is_not_a_reset_right_after_midnight():
    found = coarse_all([(-600, 900.0, 70_000.0), (5, 1900.0, 71_000.0)])

    assert found[-1][0] == 0


@pytest.mark.parametrize(
    "value",
    [None, {}, {"midnight": 5}, {"midnight": "x", "today": {}}, {"midnight": 5, "today": 3}],
)
def test_damaged_coarse_day_is_none(value):
    restored = CoarseDay.from_json(value)

    assert restored is None


@pytest.mark.parametrize(
    ("value_wh", "step_wh"), [(0, 0), (405, 1), (6630, 10), (99_900, 100), (133_800_000, 1_000_000)]
)
def test_three_digits_make_a_step(value_wh, step_wh):
    found = rounding_wh(value_wh)

    assert found == step_wh
