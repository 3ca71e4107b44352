"""Days, weeks and battery energies."""

import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custom_components.enphase_envoy.envoy_reader.counters.days import (
    DayReport,
    History,
    Midnight,
    Sample,
    day_figures,
    midnight_at,
)

BERLIN = ZoneInfo("Europe/Berlin")
MINUTE = 60.0
HOUR = 3600.0
DAY = 86400.0
MAX_W = 10_000.0
LIFETIME = 6_000_000.0


def local(text, zone=BERLIN):
    """Return the epoch second of a local time."""
    return datetime.fromisoformat(text).replace(tzinfo=zone).timestamp()


MIDNIGHT = local("2026-05-12 00:00")
NOON = local("2026-05-12 12:00")


def figures(history=None, *, lifetime_wh=LIFETIME, at=NOON, **options):
    """Make the figures of one sample."""
    options.setdefault("zone", BERLIN)
    options.setdefault("max_power_w", MAX_W)
    history = History() if history is None else history
    return day_figures(history, lifetime_wh=lifetime_wh, at=at, **options)


def last(at, wh=LIFETIME):
    """Make a history that has seen one sample."""
    return History(last=Sample(at=at, wh=wh))


def days(*known, zone=BERLIN, before=None):
    """Make a history that knows midnights as (local date, Wh)."""
    return History(
        midnights=tuple(
            Midnight(at=local(f"{day} 00:00", zone), wh=wh, source="own") for day, wh in known
        ),
        last=before,
    )


# Midnight by our own samples


def test_nothing_known_shows_nothing():
    found = figures(lifetime_wh=None)

    assert (found.today_wh, found.seven_days_wh, found.source) == (None, None, "")


def test_midnight_lies_between_two_near_samples():
    found = figures(last(MIDNIGHT - MINUTE), lifetime_wh=LIFETIME + 400, at=MIDNIGHT + 3 * MINUTE)

    assert (found.today_wh, found.source) == (300, "own")


def test_day_grows_from_its_midnight():
    found = figures(days(("2026-05-12", LIFETIME - 7000)))

    assert found.today_wh == 7000


def test_day_starts_at_zero():
    found = figures(last(MIDNIGHT - MINUTE), at=MIDNIGHT)

    assert found.today_wh == 0


def test_day_after_knows_nothing_of_the_day_before():
    found = figures(days(("2026-05-11", LIFETIME - 7000)))

    assert found.today_wh is None


def test_week_is_today_and_six_days_before():
    found = figures(days(("2026-05-06", LIFETIME - 50_000), ("2026-05-12", LIFETIME - 7000)))

    assert (found.today_wh, found.seven_days_wh) == (7000, 50_000)


def test_nothing_flowing_tells_every_midnight_of_an_absence():
    found = figures(last(NOON - 7 * DAY))

    assert (found.today_wh, found.seven_days_wh, found.source) == (0, 0, "own")


def test_night_away_is_estimated():
    found = figures(last(MIDNIGHT - 2 * HOUR), lifetime_wh=LIFETIME + 800, at=MIDNIGHT + 6 * HOUR)

    assert (found.today_wh, found.source) == (600, "estimate")


def test_longer_absence_is_not_estimated():
    found = figures(last(MIDNIGHT - 8 * HOUR), lifetime_wh=LIFETIME + 800, at=MIDNIGHT + 6 * HOUR)

    assert found.today_wh is None


def test_held_sample_starts_the_day_at_zero():
    sampled = MIDNIGHT - 10 * MINUTE

    found = figures(last(sampled), at=MIDNIGHT + 5 * MINUTE, sampled_at=sampled)

    assert (found.today_wh, found.source) == (0, "")


def test_sample_held_for_long_says_nothing_of_the_day():
    sampled = MIDNIGHT - 10 * MINUTE

    found = figures(last(sampled), at=MIDNIGHT + 15 * MINUTE, sampled_at=sampled)

    assert found.today_wh is None


def test_held_sample_takes_no_report():
    report = DayReport(source="page", today_wh=4000)

    found = figures(day_reports=[report], sampled_at=NOON - MINUTE)

    assert found.today_wh is None


# Midnight by a report


@pytest.mark.parametrize(
    ("reported_lifetime_wh", "today_wh"),
    [(None, 4000), (LIFETIME - 700, 4700), (LIFETIME - 30_000, 4000), (LIFETIME + 200, 4000)],
)
def test_report_is_brought_up_to_now_if_it_is_of_our_register(reported_lifetime_wh, today_wh):
    report = DayReport(source="page", today_wh=4000, lifetime_wh=reported_lifetime_wh)

    found = figures(day_reports=[report])

    assert (found.today_wh, found.source) == (today_wh, "page")


def test_report_is_compared_with_the_register_and_not_with_what_is_shown():
    report = DayReport(source="page", today_wh=4000, lifetime_wh=LIFETIME - 900_700)

    found = figures(day_reports=[report], raw_wh=lambda: LIFETIME - 900_000)

    assert found.today_wh == 4700


def test_own_midnight_goes_before_a_report():
    report = DayReport(source="page", today_wh=4000)

    found = figures(days(("2026-05-12", LIFETIME - 7000)), day_reports=[report])

    assert (found.today_wh, found.source) == (7000, "own")


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(DayReport(source="wrong"), id="silent"),
        pytest.param(DayReport(source="wrong", today_wh=-1), id="negative"),
        pytest.param(
            DayReport(source="wrong", today_wh=250_000, lifetime_wh=250_001), id="the lifetime"
        ),
        pytest.param(DayReport(source="wrong", today_wh=2**32 - 9), id="underflow"),
        pytest.param(DayReport(source="wrong", today_wh=130_001), id="more than can be made"),
        pytest.param(
            DayReport(source="wrong", today_wh=4000, seven_days_wh=3000), id="more than a week"
        ),
        pytest.param(DayReport(source="wrong", today_wh=0), id="zero at noon"),
    ],
)
def test_first_plausible_report_is_taken(wrong):
    right = DayReport(source="right", today_wh=4000)

    found = figures(day_reports=[wrong, right], power_w=3000.0, max_power_w=MAX_W)

    assert (found.today_wh, found.source) == (4000, "right")


@pytest.mark.parametrize(
    ("today_wh", "week_wh", "expected"),
    [
        (19_903.0, 4.6, 19_903),
        (18_295.0, 447.0, 18_295),
        (63.0, 19.0, 63),
        (50_000.0, 20_000.0, None),
    ],
)
def test_week_below_the_day_condemns_itself_or_the_day(today_wh, week_wh, expected):
    report = DayReport(source="x", today_wh=today_wh, seven_days_wh=week_wh, lifetime_wh=LIFETIME)

    found = figures(day_reports=[report])

    assert found.today_wh == expected
    assert found.seven_days_wh is None


def test_report_equal_to_the_lifetime_of_a_big_site_is_not_taken():
    report = DayReport(source="wrong", today_wh=250_000, lifetime_wh=250_001)

    found = figures(day_reports=[report], max_power_w=1e6)

    assert found.today_wh is None


def test_new_site_may_have_made_all_of_it_today():
    report = DayReport(source="page", today_wh=900, seven_days_wh=900, lifetime_wh=900)

    found = figures(lifetime_wh=900, day_reports=[report])

    assert (found.today_wh, found.seven_days_wh) == (900, 900)


@pytest.mark.parametrize(
    ("power_w", "today_wh"), [(0.0, 0), (-4.0, 0), (50.0, 0), (51.0, None), (None, None)]
)
def test_zero_counts_only_where_nothing_flows(power_w, today_wh):
    found = figures(day_reports=[DayReport(source="page", today_wh=0)], power_w=power_w)

    assert found.today_wh == today_wh


def test_week_of_zero_is_no_week_of_a_site_that_has_made_something():
    report = DayReport(source="x", today_wh=0.0, seven_days_wh=0.0, lifetime_wh=LIFETIME)

    found = figures(day_reports=[report], power_w=0.0)

    assert (found.today_wh, found.seven_days_wh) == (0, None)


def test_zero_counts_in_the_first_hour():
    report = DayReport(source="page", today_wh=0)

    found = figures(at=MIDNIGHT + HOUR, day_reports=[report], power_w=400.0)

    assert found.today_wh == 0


def test_report_right_after_midnight_may_be_of_yesterday():
    report = DayReport(source="page", today_wh=9000)

    found = figures(at=MIDNIGHT + 11 * MINUTE, day_reports=[report])

    assert found.today_wh is None


def test_report_counts_when_it_becomes_plausible():
    first = figures(day_reports=[DayReport(source="page", today_wh=LIFETIME)])

    found = figures(
        first.history, at=NOON + HOUR, day_reports=[DayReport(source="page", today_wh=4000)]
    )

    assert found.today_wh == 4000


@pytest.mark.parametrize(
    ("today_wh", "source"),
    [
        pytest.param(3000, "page", id="fits"),
        pytest.param(9500, "estimate", id="more than since our sample"),
        pytest.param(0, "page", id="all of it was before midnight"),
    ],
)
def test_report_is_bounded_by_our_own_sample(today_wh, source):
    history = last(MIDNIGHT - 3 * HOUR, LIFETIME - 4000)

    found = figures(
        history,
        at=MIDNIGHT + 50 * MINUTE,
        day_reports=[DayReport(source="page", today_wh=today_wh)],
    )

    assert found.source == source


def test_report_must_hold_what_cannot_have_been_before_midnight():
    history = last(MIDNIGHT - HOUR, LIFETIME - 25_000)

    found = figures(
        history, at=MIDNIGHT + 4 * HOUR, day_reports=[DayReport(source="page", today_wh=9000)]
    )

    assert found.source == "estimate"


def test_midnight_once_known_stays():
    first = figures(day_reports=[DayReport(source="page", today_wh=4000)])

    found = figures(
        first.history,
        lifetime_wh=LIFETIME + 50,
        at=NOON + MINUTE,
        day_reports=[DayReport(source="page", today_wh=9000)],
    )

    assert found.today_wh == 4050


def test_sample_at_the_stroke_of_midnight_is_the_midnight():
    found = figures(last(MIDNIGHT), at=MIDNIGHT + MINUTE, sampled_at=MIDNIGHT)

    assert (found.today_wh, found.source) == (0, "own")


# The week by a report


@pytest.mark.parametrize(
    ("report", "week_wh"),
    [
        pytest.param(DayReport(source="page", seven_days_wh=90_000), 90_000, id="plausible"),
        pytest.param(
            DayReport(source="page", seven_days_wh=90_000, lifetime_wh=LIFETIME - 400),
            90_400,
            id="brought up to now",
        ),
        pytest.param(
            DayReport(source="page", today_wh=4000, seven_days_wh=852), None, id="less than today"
        ),
        pytest.param(
            DayReport(source="page", seven_days_wh=250_000, lifetime_wh=250_000),
            None,
            id="lifetime",
        ),
        pytest.param(
            DayReport(source="page", today_wh=4000, seven_days_wh=246_001, lifetime_wh=250_000),
            None,
            id="lifetime but today",
        ),
        pytest.param(DayReport(source="page", seven_days_wh=1_600_000), None, id="too much"),
        pytest.param(DayReport(source="page", seven_days_wh=-3), None, id="negative"),
        pytest.param(DayReport(source="page", seven_days_wh=0), None, id="zero"),
        pytest.param(DayReport(source="page"), None, id="silent"),
    ],
)
def test_week_is_taken_from_a_plausible_report(report, week_wh):
    found = figures(day_reports=[report], power_w=3000.0)

    assert found.seven_days_wh == week_wh


def test_week_is_at_least_the_days_we_know():
    history = days(("2026-05-10", LIFETIME - 30_000), ("2026-05-12", LIFETIME - 7000))

    found = figures(history, day_reports=[DayReport(source="page", seven_days_wh=20_000)])

    assert found.seven_days_wh is None


def test_week_survives_that_the_zone_becomes_known():
    report = DayReport(source="page", today_wh=4000.4, seven_days_wh=90_000.4)
    began = figures(day_reports=[report], zone=UTC)

    found = figures(
        began.history, day_reports=[report._replace(seven_days_wh=90_000)], lifetime_wh=LIFETIME
    )

    assert found.seven_days_wh == 90_000


def test_first_day_of_a_site_is_its_week_whatever_is_rounded():
    report = DayReport(source="page", today_wh=900.4, seven_days_wh=899.6, lifetime_wh=900.4)

    found = figures(lifetime_wh=900.4, day_reports=[report])

    assert (found.today_wh, found.seven_days_wh) == (900.4, 900.4)


def test_week_right_after_midnight_may_be_last_weeks():
    report = DayReport(source="page", seven_days_wh=90_000)

    found = figures(at=MIDNIGHT + 11 * MINUTE, day_reports=[report])

    assert found.seven_days_wh is None


# Time zones and clocks


@pytest.mark.parametrize(
    ("day", "zone", "hours"),
    [
        pytest.param("2026-03-29", "Europe/Berlin", 23, id="spring"),
        pytest.param("2026-10-25", "Europe/Berlin", 25, id="autumn"),
        pytest.param("2026-06-01", "Australia/Adelaide", 24, id="half an hour"),
        pytest.param("2026-09-06", "America/Santiago", 23, id="no midnight"),
        pytest.param("2026-04-04", "America/Santiago", 25, id="last hour twice"),
        pytest.param("2026-11-01", "America/Havana", 25, id="midnight twice"),
    ],
)
def test_day_has_the_hours_of_its_zone(day, zone, hours):
    noon = datetime.fromisoformat(f"{day} 12:00").replace(tzinfo=ZoneInfo(zone)).timestamp()

    length = midnight_at(noon + DAY, ZoneInfo(zone)) - midnight_at(noon, ZoneInfo(zone))

    assert length == hours * HOUR


@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25", "2026-06-01"])
@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/Santiago", "Asia/Kathmandu"])
def test_every_day_restarts_at_its_own_midnight(day, zone):
    zone = ZoneInfo(zone)
    start = midnight_at(local(f"{day} 12:00", zone), zone) - 2 * HOUR
    history, shown = History(), []

    for n in range(29 * 60):
        at = start + n * MINUTE
        found = figures(history, lifetime_wh=LIFETIME + n, at=at, zone=zone)
        history = History.from_json(json.loads(json.dumps(found.history.to_json())))
        shown.append((at, found.today_wh))

    known = [(at, wh) for at, wh in shown if wh is not None]
    assert known == [(at, (at - midnight_at(at, zone)) / MINUTE) for at, _ in known]


def test_another_zone_has_another_midnight():
    found = figures(days(("2026-05-12", LIFETIME - 7000)), zone=ZoneInfo("America/New_York"))

    assert found.today_wh is None


def test_zone_of_the_same_midnights_keeps_them():
    found = figures(days(("2026-05-12", LIFETIME - 7000)), zone=ZoneInfo("Europe/Paris"))

    assert found.today_wh == 7000


def test_clock_far_ahead_and_back_keeps_the_days():
    history = days(*((f"2026-05-{day:02}", LIFETIME - 1000 * (13 - day)) for day in range(5, 13)))
    ahead = figures(history, at=NOON + 3650 * DAY)

    found = figures(ahead.history, at=NOON + MINUTE)

    assert (found.today_wh, found.seven_days_wh) == (1000, 7000)


def test_no_more_midnights_are_kept_than_a_week_needs():
    history = History()

    for n in range(20):
        history = figures(history, at=NOON + n * DAY / 2).history

    assert len(history.midnights) <= 8


def test_samples_in_reverse_tell_no_midnight():
    found = figures(last(NOON + DAY, LIFETIME - 500))

    assert found.today_wh is None


CLAIMS = st.builds(
    DayReport,
    source=st.just("page"),
    today_wh=st.none() | st.floats(-1e5, 5e9),
    seven_days_wh=st.none() | st.floats(-1e5, 5e9),
    lifetime_wh=st.none() | st.floats(0, 1e7),
)


@given(
    polls=st.lists(
        st.tuples(
            st.floats(1, 20 * HOUR),
            st.floats(0, 20_000),
            st.booleans(),
            st.lists(CLAIMS, max_size=2),
        ),
        max_size=40,
    ),
    zone=st.sampled_from(["Europe/Berlin", "America/Santiago", "America/Havana"]),
)
def test_day_never_falls(polls, zone):
    zone, at, history = ZoneInfo(zone), local("2026-03-26 12:00"), History()
    shown: dict[float, list[float]] = {}
    sampled_at, lifetime_wh = at, LIFETIME

    for seconds, made_wh, fresh, day_reports in polls:
        at += seconds
        if fresh:
            sampled_at, lifetime_wh = at, lifetime_wh + made_wh
        found = figures(
            history,
            lifetime_wh=lifetime_wh,
            at=at,
            sampled_at=sampled_at,
            zone=zone,
            day_reports=day_reports,
            power_w=0.0,
        )
        history = found.history
        if found.today_wh is not None:
            shown.setdefault(midnight_at(at, zone), []).append(found.today_wh)

    assert all(day[0] >= 0 and day == sorted(day) for day in shown.values())


# What is remembered


def test_history_survives_json():
    history = days(("2026-05-12", 3.5), before=Sample(at=NOON, wh=7.0))

    restored = History.from_json(json.loads(json.dumps(history.to_json())))

    assert restored == history


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        {"midnights": 3, "last": []},
        {"midnights": [None, {}, {"at": 1, "wh": 2}, {"at": "x", "wh": 1, "source": "own"}]},
    ],
)
def test_damaged_history_is_empty(value):
    restored = History.from_json(value)

    assert restored == History()


def test_shifted_history_shows_the_same_days():
    history = days(("2026-05-12", LIFETIME - 7000), before=Sample(at=NOON, wh=LIFETIME))

    found = figures(history.shifted(-5_000_000), lifetime_wh=LIFETIME - 5_000_000)

    assert found.today_wh == 7000


def test_empty_history_can_be_shifted():
    shifted = History().shifted(5)

    assert shifted == History()
