"""What switches between grid and home, and what it switches."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from .device import Device, EnsembleDevice


class AdminState(StrEnum):
    """The ordered state of a switch between grid and home, or a step on the way to it."""

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
class Controller(EnsembleDevice):
    """What switches between grid and home, or controls what does."""

    admin_state: AdminState | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemController(Controller):
    """An IQ System Controller ("Enpower"), the switch between grid and home."""

    temperature_f: float | None = None
    """In Fahrenheit, unlike those of the other devices."""
    mains_closed: bool | None = None
    """Whether the relay to the grid is closed."""
    mains_admin_closed: bool | None = None
    """Whether it is meant to be closed."""
    grid_mode: GridMode | None = None
    """Of the inverters."""
    battery_grid_mode: GridMode | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Collar(Controller):
    """An IQ Meter Collar, the switch between grid and home in the meter's socket.

    From firmware 8.3 on. Off the grid shows in ``admin_state`` first, ``grid_state`` may stay.
    On some firmware its last report is its installation.
    """

    temperature_c: float | None = None
    grid_state: GridState | None = None
    switch_state: SwitchState | None = None
    control_error: int | None = None
    """Number of what it complains of; 0 is nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CombinerController(Controller):
    """The controller of an IQ Combiner 6C, from firmware 8.3 on."""


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
class PhaseRelay(Device):
    """A Q-Relay, which connects the inverters to the phases."""

    closed: bool | None = None
    """Whether the inverters are connected."""
    forced: bool | None = None
    """Whether somebody holds it in its state."""
    reason: str | None = None
    """Why it is in its state, in the gateway's words; ``ok`` in service."""
    temperature_c: float | None = None
    voltages_v: tuple[float | None, ...] = ()
    """Between each of the phases 1, 2 and 3 and neutral, near 0 where there is none; empty where
    no page tells them."""
    frequency_hz: float | None = None
    state_changes: int | None = None
    """How often it has opened or closed."""
