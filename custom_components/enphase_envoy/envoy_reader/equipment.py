"""The devices of a site, as the snapshot shows them.

Powers of what stores energy are positive when discharging. ``None`` is what was not said.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class Inverter:
    """A microinverter as it last reported (every 5 to 15 minutes by day, not at night).

    Every gateway lists the first three figures; the others are known where ``detailed`` says so.
    """

    serial: str
    power_w: float | None = None
    """Average active power over the reported interval."""
    max_power_w: float | None = None
    """Highest power reported since installation."""
    reported_at: datetime | None = None
    """Time of the last report, in UTC; ``None`` when it has never reported."""
    detailed: bool = False
    """Whether a page says more of it than the list does."""
    interval_s: float | None = None
    """Length of the reported interval, 300 or some 900 seconds."""
    interval_wh: float | None = None
    """Energy of the reported interval."""
    today_wh: float | None = None
    yesterday_wh: float | None = None
    week_wh: float | None = None
    """Of the six days before and of today."""
    lifetime_wh: float | None = None
    """A counter that only grows; in joules at its source, with 64 bits (section 11.2)."""
    dc_voltage_v: float | None = None
    """Of the solar panel, like the current."""
    dc_current_a: float | None = None
    ac_voltage_v: float | None = None
    ac_current_a: float | None = None
    frequency_hz: float | None = None
    temperature_c: float | None = None
    conversion_error_s: float | None = None
    """Seconds of the reported interval with an error in the conversion of power."""
    conversion_error_cycles: float | None = None
    """Longest such error of the interval, in cycles of the grid."""
    gone: bool | None = None
    """Whether the gateway misses it, which is normal at night."""
    communicating: bool | None = None
    """Inverters do not at night."""
    producing: bool | None = None
    part_number: str | None = None
    firmware: str | None = None
    """Its own, such as ``520-00082-r01-v04.30.32``."""


class Led(StrEnum):
    """What the light on an IQ Battery means (gateway-api.md, section 12.1)."""

    OFF = "off"
    STANDBY = "standby"
    BOOTING = "booting"
    INITIALIZING = "initializing"
    CONNECTED = "connected"
    UPDATING = "updating"
    WARNING = "warning"
    ERROR = "error"
    CRITICAL_ERROR = "critical_error"
    MAINTENANCE = "maintenance"
    TESTING = "testing"
    CHARGING = "charging"
    DISCHARGING = "discharging"
    IDLE = "idle"
    IDLE_LOW = "idle_low"
    """Idle, with little charge left."""


class ChargeState(StrEnum):
    """What an AC Battery does."""

    CHARGING = "charging"
    DISCHARGING = "discharging"
    IDLE = "idle"
    FULL = "full"
    """Only said of all of them together."""


class SleepState(StrEnum):
    """Whether an AC Battery sleeps, or is told to: that takes it up to 15 minutes."""

    AWAKE = "awake"
    GOING_TO_SLEEP = "going_to_sleep"
    ASLEEP = "asleep"
    WAKING = "waking"
    MIXED = "mixed"
    """Only of several: some are awake, others asleep."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Battery:
    """One IQ Battery ("Encharge").

    While it does not communicate its powers are ``None``; all else is what it said last.
    """

    serial: str
    charge_pct: float | None = None
    """State of charge, 0 to 100, in steps of 1."""
    capacity_wh: float | None = None
    power_w: float | None = None
    """Active power, positive when discharging."""
    apparent_va: float | None = None
    """Apparent power, with the sign of the active one."""
    temperature_c: float | None = None
    max_cell_temperature_c: float | None = None
    """Of its warmest cell."""
    reported_at: datetime | None = None
    """Time of its last report, in UTC."""
    installed_at: datetime | None = None
    firmware_loaded_at: datetime | None = None
    communicating: bool | None = None
    operating: bool | None = None
    """Only said by firmware 7."""
    sleeping: bool | None = None
    dc_switch_on: bool | None = None
    led: Led | None = None
    comm_level_sub_ghz: int | None = None
    """Quality of its radio link, 0 to 5; 0 where it is wired."""
    comm_level_2_4_ghz: int | None = None
    """Quality of its other radio link, 0 to 5; 0 where it is wired."""
    grid_state: str | None = None
    """Its word for how it stands to the grid, such as ``grid-tied``; from firmware 8 on."""
    phase: str | None = None
    """Such as ``ph-a``; from firmware 8 on."""
    part_number: str | None = None
    firmware: str | None = None

    @property
    def stored_wh(self) -> float | None:
        """Energy left in it, as far as charge and capacity are known."""
        if self.charge_pct is None or self.capacity_wh is None:
            return None
        return self.capacity_wh * self.charge_pct / 100


@dataclass(frozen=True, slots=True, kw_only=True)
class BatteryBank:
    """All IQ Batteries of the site together.

    On a site without them there is a bank where a current transformer measures a storage: then
    only what went in and out is known.
    """

    charge_pct: float | None = None
    """State of charge, weighted by capacity, 0 to 100."""
    stored_wh: float | None = None
    capacity_wh: float | None = None
    """What they hold at most."""
    health_pct: float | None = None
    """What they hold at most as a share of what they held when new; not from all firmware."""
    reserve_pct: float | None = None
    """State of charge kept for an outage, as it is in effect."""
    reserve_wh: float | None = None
    """Energy kept for an outage."""
    power_w: float | None = None
    """Active power of those that communicate, positive when discharging."""
    charged_wh: float | None = None
    """Energy that went into the batteries; a counter that only grows."""
    discharged_wh: float | None = None
    """Energy that came out of the batteries; a counter that only grows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AcBattery:
    """One AC Battery, the kind before the IQ Batteries; it reports every 10 to 15 minutes."""

    serial: str
    charge_pct: float | None = None
    """State of charge, 0 to 100."""
    power_w: float | None = None
    """Average over the interval that it last reported, positive when discharging."""
    max_cell_temperature_c: float | None = None
    """Of its warmest cell."""
    charge_state: ChargeState | None = None
    reported_at: datetime | None = None
    """Time of its last report, in UTC."""
    sleep_state: SleepState | None = None
    sleep_min_pct: float | None = None
    sleep_max_pct: float | None = None
    """Between these two it keeps its charge while it sleeps."""
    communicating: bool | None = None
    operating: bool | None = None
    producing: bool | None = None
    part_number: str | None = None
    firmware: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AcBatteryBank:
    """All AC Batteries of the site together, and both kinds of batteries together ("overall")."""

    power_w: float | None = None
    """Active power, positive when discharging."""
    charge_pct: float | None = None
    """State of charge, 0 to 100."""
    stored_wh: float | None = None
    charge_state: ChargeState | None = None
    sleep_state: SleepState | None = None
    overall_charge_pct: float | None = None
    overall_stored_wh: float | None = None
    overall_capacity_wh: float | None = None


class AdminState(StrEnum):
    """What a switch between grid and home is told to do, or on its way to."""

    ON_GRID = "on_grid"
    OFF_GRID = "off_grid"
    CLOSED = "closed"
    OPEN = "open"
    ON_GENERATOR = "on_generator"
    NO_GRID = "no_grid"
    SYNC_READY = "sync_ready"
    GRID_MODE_WAIT = "grid_mode_wait"
    GRID_MODE_CONFIRM = "grid_mode_confirm"
    READY = "ready"


class GridMode(StrEnum):
    """How inverters and batteries behave towards the grid."""

    ON_GRID = "multimode-ongrid"
    OFF_GRID = "multimode-offgrid"
    GRID_TIED = "grid-tied"
    """On the grid only: nothing can go on without it."""


class GridState(StrEnum):
    """Where a meter collar sees the home."""

    ON_GRID = "on_grid"
    OFF_GRID = "off_grid"
    SYNCHRONIZING = "synchronizing"


class SwitchState(StrEnum):
    """The interconnection device of a meter collar, in the gateway's words."""

    CLOSE = "close"
    OPEN = "open"


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemController:
    """An IQ System Controller ("Enpower"), the switch between grid and home.

    As ``/ivp/ensemble/inventory`` says it, at most some minutes old.
    """

    serial: str
    part_number: str | None = None
    firmware: str | None = None
    temperature_f: float | None = None
    """In Fahrenheit, unlike those of the other devices."""
    mains_closed: bool | None = None
    """Whether the relay to the grid is closed."""
    mains_admin_closed: bool | None = None
    """Whether it is meant to be closed."""
    admin_state: AdminState | None = None
    grid_mode: GridMode | None = None
    """Of the inverters."""
    battery_grid_mode: GridMode | None = None
    comm_level_2_4_ghz: int | None = None
    """Strength of the radio link, 0 to 5; 0 with a cable."""
    comm_level_sub_ghz: int | None = None
    reported_at: datetime | None = None
    """Time of its last report, in UTC."""
    installed_at: datetime | None = None
    firmware_loaded_at: datetime | None = None
    communicating: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Collar:
    """An IQ Meter Collar, the switch between grid and home in the meter's socket.

    From firmware 8.3 on. Off the grid shows in ``admin_state`` first, ``grid_state`` may stay.
    """

    serial: str
    part_number: str | None = None
    firmware: str | None = None
    temperature_c: float | None = None
    grid_state: GridState | None = None
    admin_state: AdminState | None = None
    switch_state: SwitchState | None = None
    control_error: int | None = None
    """Number of what it complains of; 0 is nothing."""
    reported_at: datetime | None = None
    """Time of its last report, in UTC; on some firmware that of its installation."""
    installed_at: datetime | None = None
    firmware_loaded_at: datetime | None = None
    communicating: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CombinerController:
    """The controller of an IQ Combiner 6C, from firmware 8.3 on."""

    serial: str
    part_number: str | None = None
    firmware: str | None = None
    admin_state: AdminState | None = None
    reported_at: datetime | None = None
    """Time of its last report, in UTC."""
    installed_at: datetime | None = None
    firmware_loaded_at: datetime | None = None
    communicating: bool | None = None


class ContactUse(StrEnum):
    """What a dry contact is set up to switch."""

    NONE = "none"
    LOAD = "load"
    PV = "pv"
    OTHER_PV = "other_pv"
    """Solar power of another make."""


class ContactMode(StrEnum):
    """What a dry contact follows."""

    STANDARD = "standard"
    """Its actions alone."""
    BATTERY = "battery"
    """The charge of the batteries, too."""


class ContactAction(StrEnum):
    """What becomes of a load or source in a situation."""

    POWERED = "powered"
    NOT_POWERED = "not_powered"
    SCHEDULE = "schedule"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class DryContactSettings:
    """How a dry contact is set up (``/ivp/ss/dry_contact_settings``)."""

    load_name: str | None = None
    """The owner's name for what it switches."""
    use: ContactUse | None = None
    mode: ContactMode | None = None
    grid_action: ContactAction | None = None
    """On the grid."""
    microgrid_action: ContactAction | None = None
    """Off the grid."""
    generator_action: ContactAction | None = None
    """While the generator feeds the home."""
    soc_low_pct: float | None = None
    """Charge of the batteries at which it is switched off, 0 to 100."""
    soc_high_pct: float | None = None
    """Charge of the batteries at which it is switched on again, 0 to 100."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DryContact:
    """A load or source that the system controller can switch."""

    name: str
    """Of the contact, such as ``NC1``."""
    controller: str
    """Serial number of the system controller that it belongs to."""
    closed: bool | None = None
    settings: DryContactSettings = DryContactSettings()


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseRelay:
    """A Q-Relay, which connects the inverters to the phases."""

    serial: str
    part_number: str | None = None
    firmware: str | None = None
    closed: bool | None = None
    """Whether the inverters are connected."""
    forced: bool | None = None
    """Whether somebody holds it in its state."""
    reason: str | None = None
    """Why it is in its state, in the gateway's words; ``ok`` in service."""
    communicating: bool | None = None
    temperature_c: float | None = None
    voltages_v: tuple[float | None, ...] = ()
    """Between each of the phases 1, 2 and 3 and neutral, near 0 where there is none; empty where
    no page tells them."""
    frequency_hz: float | None = None
    state_changes: int | None = None
    """How often it has opened or closed."""
    reported_at: datetime | None = None
    """Time of its last report, in UTC."""


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
        told = (self.state.feeding, self.state.exercising)
        return None if told == (None, None) else any(told)
