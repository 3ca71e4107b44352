"""Parse the pages of a standby generator: what it does, its plate, its schedule, its mode.

Without one, the first is full of defaults and the others are empty or missing. Charges of -1
stand for none. Source: gateway-api.md, section 12.7; seen on 7.3 to 8.3.
"""

from collections.abc import Mapping

from ..equipment import GeneratorConfig, GeneratorMode, GeneratorSchedule, GeneratorState, Weekday
from ._json import Row, choice, flag, integer, json_object, number, part, percent, serial, text

_DAY_MIN = 24 * 60
_LARGEST_KW = 1000
"""No home has a generator like this."""
_DAYS: Mapping[str, Weekday] = {day.value[:3]: day for day in Weekday}
_RELAY: Mapping[str, bool] = {"open": False, "close": True, "closed": True}
_MODES: Mapping[str, GeneratorMode] = {mode.value: mode for mode in GeneratorMode}


def parse_state(body: bytes) -> GeneratorState:
    """Return what the generator does now.

    Raises EnvoyResponseError when the body is not this page.
    """
    page = json_object(body, "present", "oper_state")
    return GeneratorState(
        present=_yes(page, "present"),
        feeding=choice(page, "oper_state", _RELAY),
        exercising=_yes(page, "exc_on"),
        scheduled=_yes(page, "schedule"),
        start_pct=percent(page, "start_soc"),
        stop_pct=percent(page, "stop_soc"),
    )


def parse_config(body: bytes) -> GeneratorConfig | None:
    """Return plate and set-up, in watts, amperes, minutes and percent; ``None`` when empty.

    Raises EnvoyResponseError when the body is not this page.
    """
    page = json_object(body, "gen_type", "model", "manufacturer", "name_plate_rating_wat")
    if not page:
        return None
    return GeneratorConfig(
        manufacturer=text(page, "manufacturer"),
        model=text(page, "model"),
        serial=serial(page, "generator_id"),
        rated_w=_rated_w(page),
        max_current_a=number(page, "max_cont_gen_amps"),
        min_loading_pct=percent(page, "min_gen_loading_perc"),
        best_loading_pct=percent(page, "max_gen_efficiency_perc"),
        warm_up_min=number(page, "warm_up_mins"),
        cool_down_min=number(page, "cool_down_mins"),
        charges_batteries=flag(page, "charge_from_generator"),
    )


def parse_schedule(body: bytes) -> GeneratorSchedule:
    """Return when the generator exercises, and when it starts without other settings.

    Raises EnvoyResponseError when the body is not this page.
    """
    page = json_object(body, "exercise_config", "default_soc", "schedule")
    exercise, default = part(page, "exercise_config"), part(page, "default_soc")
    at_min = integer(exercise, "start")
    return GeneratorSchedule(
        exercise_every_weeks=integer(exercise, "freq_in_weeks"),
        exercise_day=choice(exercise, "day", _DAYS),
        exercise_at_min=at_min if at_min is not None and 0 <= at_min < _DAY_MIN else None,
        exercise_min=number(exercise, "duration"),
        start_pct=percent(default, "start_soc"),
        stop_pct=percent(default, "stop_soc"),
    )


def parse_mode(body: bytes) -> GeneratorMode | None:
    """Return who decides when it runs; ``None`` for an unknown word.

    Raises EnvoyResponseError when the body is not this page.
    """
    return choice(json_object(body, "gen_cmd"), "gen_cmd", _MODES)


def _rated_w(page: Row) -> float | None:
    rated_kw = number(page, "name_plate_rating_wat")  # kilowatts, whatever the name says
    return rated_kw * 1000 if rated_kw is not None and 0 < rated_kw <= _LARGEST_KW else None


def _yes(row: Row, key: str) -> bool | None:
    """Return a truth value that is written as 0 or 1."""
    value = integer(row, key)
    return flag(row, key) if value is None else value == 1
