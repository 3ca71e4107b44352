"""The pages of a standby generator."""

import pytest

from custom_components.enphase_envoy.envoy_reader.equipment import (
    Generator,
    GeneratorConfig,
    GeneratorMode,
    GeneratorSchedule,
    GeneratorState,
    Weekday,
)
from custom_components.enphase_envoy.envoy_reader.errors import EnvoyAbsentError
from custom_components.enphase_envoy.envoy_reader.parsers.generator import (
    parse_config,
    parse_mode,
    parse_schedule,
    parse_state,
)

from .documents import (
    GENERATOR,
    GENERATOR_CONFIG,
    GENERATOR_MODE,
    GENERATOR_SCHEDULE,
    encoded,
)


def state(**values: object) -> GeneratorState:
    """Return what the parser makes of the state with some values replaced."""
    return parse_state(encoded(GENERATOR | values))


def test_state():
    assert state() == GeneratorState(
        present=True, feeding=True, exercising=False, scheduled=True, start_pct=30, stop_pct=80
    )


def test_state_where_there_is_no_generator():
    none = state(present=0, oper_state="open", schedule=0, start_soc=100, stop_soc=-1)

    assert none == GeneratorState(
        present=False, feeding=False, exercising=False, scheduled=False, start_pct=100
    )


@pytest.mark.parametrize(
    ("word", "feeding"),
    [("close", True), ("closed", True), ("open", False), ("unknown", None), (1, None)],
)
def test_relay(word, feeding):
    assert state(oper_state=word).feeding is feeding


@pytest.mark.parametrize(
    ("value", "exercising"), [(1, True), ("1", True), (True, True), (0, False), (None, None)]
)
def test_truth_is_a_number(value, exercising):
    assert state(exc_on=value).exercising is exercising


@pytest.mark.parametrize(
    ("feeding", "exercising", "running"),
    [
        (True, False, True),
        (False, True, True),
        (False, False, False),
        (None, False, False),
        (None, None, None),
    ],
)
def test_generator_runs_for_the_home_or_as_an_exercise(feeding, exercising, running):
    unit = Generator(state=GeneratorState(feeding=feeding, exercising=exercising))

    assert unit.running is running


def test_config():
    assert parse_config(encoded(GENERATOR_CONFIG)) == GeneratorConfig(
        manufacturer="Invented",
        model="Sample 14",
        serial="3000000001",
        rated_w=14_500,
        max_current_a=60,
        min_loading_pct=5,
        best_loading_pct=95,
        warm_up_min=3,
        cool_down_min=4,
        charges_batteries=True,
    )


def test_config_where_there_is_no_generator():
    assert parse_config(b"{}") is None


@pytest.mark.parametrize("rating", [0, -5, 10**6, "big", None])
def test_rating_that_no_generator_has(rating):
    config = parse_config(encoded(GENERATOR_CONFIG | {"name_plate_rating_wat": rating}))

    assert config == parse_config(encoded(GENERATOR_CONFIG | {"name_plate_rating_wat": None}))


def test_schedule():
    assert parse_schedule(encoded(GENERATOR_SCHEDULE)) == GeneratorSchedule(
        exercise_every_weeks=2,
        exercise_day=Weekday.SUNDAY,
        exercise_at_min=630,
        exercise_min=15,
        start_pct=25,
        stop_pct=75,
    )


@pytest.mark.parametrize("body", [b"{}", b'{"schedule": {}}', b'{"exercise_config": null}'])
def test_schedule_that_is_not_set_up(body):
    assert parse_schedule(body) == GeneratorSchedule()


@pytest.mark.parametrize("minutes", [-1, 1440, 1.5, None])
def test_exercise_at_no_time_of_day(minutes):
    body = encoded({"exercise_config": {"start": minutes}})

    assert parse_schedule(body).exercise_at_min is None


def test_mode():
    assert parse_mode(encoded(GENERATOR_MODE)) is GeneratorMode.AUTO


@pytest.mark.parametrize("word", ["dance", None, 1])
def test_unknown_mode(word):
    assert parse_mode(encoded({"gen_cmd": word})) is None


@pytest.mark.parametrize("parse", [parse_state, parse_config, parse_schedule, parse_mode])
def test_page_that_is_not_there(parse):
    with pytest.raises(EnvoyAbsentError):
        parse(b'{ "err": "404 - Not Found" }')
