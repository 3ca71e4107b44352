"""A standby generator."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class GeneratorMode(StrEnum):
    """Who decides when the generator runs."""

    OFF = "off"
    ON = "on"
    AUTO = "auto"


class Weekday(StrEnum):
    """A day of the week."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneratorConfig:
    """The plate and the set-up of a generator (``/ivp/ss/gen_config``)."""

    manufacturer: str | None = None
    model: str | None = None
    serial: str | None = None
    rated_w: float | None = None
    max_current_a: float | None = None
    min_loading_pct: float | None = None
    """Load below which it must not run, in percent of its rating."""
    best_loading_pct: float | None = None
    """Load at which it is most efficient, in percent of its rating."""
    warm_up_min: float | None = None
    cool_down_min: float | None = None
    charges_batteries: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneratorSchedule:
    """When a generator exercises (``/ivp/ss/gen_schedule``)."""

    exercise_every_weeks: int | None = None
    exercise_day: Weekday | None = None
    exercise_at_min: int | None = None
    """Minutes after local midnight, 0 to 1439."""
    exercise_min: float | None = None
    """How long, in minutes."""
    start_pct: float | None = None
    """Charge of the batteries at which it starts unless the moment says otherwise, 0 to 100."""
    stop_pct: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneratorState:
    """What a generator does now (``/ivp/ensemble/generator``)."""

    present: bool | None = None
    """Some firmware says so of a generator that does not exist."""
    feeding: bool | None = None
    """Whether its relay is closed, so that it feeds the home in the grid's place."""
    exercising: bool | None = None
    scheduled: bool | None = None
    """Whether a schedule decides when it may run."""
    start_pct: float | None = None
    """Charge of the batteries at which it starts, 0 to 100."""
    stop_pct: float | None = None
    """Charge of the batteries at which it stops, 0 to 100."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Generator:
    """A standby generator behind the system controller."""

    state: GeneratorState = GeneratorState()
    config: GeneratorConfig = GeneratorConfig()
    schedule: GeneratorSchedule = GeneratorSchedule()
    mode: GeneratorMode | None = None

    @property
    def running(self) -> bool | None:
        """Whether it runs, for the home or as an exercise."""
        states = (self.state.feeding, self.state.exercising)
        return None if states == (None, None) else any(states)
