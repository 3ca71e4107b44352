"""What the entities of a generator show: what it does, its plate and how it is set up.

What others set by a unique id on another platform is only shown here.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from homeassistant.components.binary_sensor import BinarySensorDeviceClass
from homeassistant.components.sensor import SensorDeviceClass
from homeassistant.const import UnitOfTime

from ..devices import DeviceKind, generators
from ..envoy_reader import Generator, GeneratorMode, Section, Weekday
from .descriptions import EnvoyBinarySensorDescription, EnvoySensorDescription, Rows, SensorFacts
from .facts import AMPERES, DETAIL, PERCENT, WATTS, words

_GENERATOR: Final = Rows[Generator](
    kind=DeviceKind.GENERATOR,
    section=Section.GENERATOR,
    part_fn=lambda snapshot, ident: generators(snapshot).get(ident),
    ids="envoy_{gateway}_generator",
)
_DETAILED: Final = replace(_GENERATOR, facts=DETAIL)
_PLATE: Final[SensorFacts] = {"state_class": None, "suggested_display_precision": 0}
"""Not measured, but what it can do at most."""
_MINUTES: Final[SensorFacts] = {
    "device_class": SensorDeviceClass.DURATION,
    "native_unit_of_measurement": UnitOfTime.MINUTES,
}


def _time_of_day(minutes: int | None) -> str | None:
    return None if minutes is None else f"{minutes // 60:02}:{minutes % 60:02}"


SENSORS: Final[tuple[EnvoySensorDescription[Any], ...]] = (
    _DETAILED.sensor(
        "mode", lambda generator: generator.mode, words(GeneratorMode), name_key="generator_mode"
    ),
    _DETAILED.sensor("start_soc", lambda generator: generator.state.start_pct, PERCENT),
    _DETAILED.sensor("stop_soc", lambda generator: generator.state.stop_pct, PERCENT),
    _DETAILED.sensor("default_start_soc", lambda generator: generator.schedule.start_pct, PERCENT),
    _DETAILED.sensor("default_stop_soc", lambda generator: generator.schedule.stop_pct, PERCENT),
    _DETAILED.sensor("rated_power", lambda generator: generator.config.rated_w, WATTS, _PLATE),
    _DETAILED.sensor(
        "max_current", lambda generator: generator.config.max_current_a, AMPERES, _PLATE
    ),
    _DETAILED.sensor("min_loading", lambda generator: generator.config.min_loading_pct, PERCENT),
    _DETAILED.sensor("best_loading", lambda generator: generator.config.best_loading_pct, PERCENT),
    _DETAILED.sensor("warm_up", lambda generator: generator.config.warm_up_min, _MINUTES),
    _DETAILED.sensor("cool_down", lambda generator: generator.config.cool_down_min, _MINUTES),
    _DETAILED.sensor(
        "exercise_interval",
        lambda generator: generator.schedule.exercise_every_weeks,
        native_unit_of_measurement=UnitOfTime.WEEKS,  # for which durations have no room
    ),
    _DETAILED.sensor(
        "exercise_day", lambda generator: generator.schedule.exercise_day, words(Weekday)
    ),
    _DETAILED.sensor(
        "exercise_start", lambda generator: _time_of_day(generator.schedule.exercise_at_min)
    ),
    _DETAILED.sensor(
        "exercise_duration", lambda generator: generator.schedule.exercise_min, _MINUTES
    ),
)
BINARY_SENSORS: Final[tuple[EnvoyBinarySensorDescription[Any], ...]] = (
    _GENERATOR.binary(
        "running",
        lambda generator: generator.running,
        device_class=BinarySensorDeviceClass.RUNNING,
        momentary=True,
    ),
    _DETAILED.binary(
        "oper_state", lambda generator: generator.state.feeding, name_key="generator_relay"
    ),
    _DETAILED.binary("exercising", lambda generator: generator.state.exercising),
    _DETAILED.binary("scheduled", lambda generator: generator.state.scheduled),
    _DETAILED.binary("charge_batteries", lambda generator: generator.config.charges_batteries),
)
