"""The devices of a site, as the snapshot shows them.

Powers of what stores energy are positive when discharging. ``None`` is what was not said.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Inverter:
    """A microinverter as it last reported (every 5 to 15 minutes by day, not at night)."""

    serial: str
    power_w: float | None = None
    """Average active power over the reported interval."""
    max_power_w: float | None = None
    """Highest power reported since installation."""
    reported_at: datetime | None = None
    """Time of the last report, in UTC; ``None`` when it has never reported."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Battery:
    """One IQ Battery."""

    serial: str
    charge_pct: float | None = None
    """State of charge, 0 to 100."""
    capacity_wh: float | None = None
    power_w: float | None = None
    """Active power, positive when discharging."""
    reported_at: datetime | None = None
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
    """All IQ Batteries of the site together."""

    charge_pct: float | None = None
    """State of charge, weighted by capacity, 0 to 100."""
    stored_wh: float | None = None
    capacity_wh: float | None = None
    power_w: float | None = None
    """Active power, positive when discharging."""
    charged_wh: float | None = None
    """Energy that went into the batteries; a counter that only grows."""
    discharged_wh: float | None = None
    """Energy that came out of the batteries; a counter that only grows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AcBattery:
    """One AC Battery, the kind before the IQ Batteries."""

    serial: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AcBatteryBank:
    """All AC Batteries of the site together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemController:
    """An IQ System Controller ("Enpower"), the switch between grid and home."""

    serial: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Collar:
    """An IQ Meter Collar, the switch between grid and home in the meter's socket."""

    serial: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CombinerController:
    """The controller of an IQ Combiner 6C."""

    serial: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DryContact:
    """A load or source that the system controller can switch."""

    name: str
    """Of the contact, such as ``NC1``."""
    controller: str
    """Serial number of the system controller that it belongs to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseRelay:
    """A Q-Relay, which connects the inverters to the phases."""

    serial: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Generator:
    """A standby generator behind the system controller."""
