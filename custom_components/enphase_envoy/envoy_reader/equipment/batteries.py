"""IQ Batteries and AC Batteries: powers are positive when discharging."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from .device import Device, EnsembleDevice


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
    """Only given for all of them together."""


class SleepState(StrEnum):
    """Whether an AC Battery sleeps, or is ordered to, which takes up to 15 minutes."""

    AWAKE = "awake"
    GOING_TO_SLEEP = "going_to_sleep"
    ASLEEP = "asleep"
    WAKING = "waking"
    MIXED = "mixed"
    """Only of several: some are awake, others asleep."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Battery(EnsembleDevice):
    """One IQ Battery ("Encharge").

    While it does not communicate its powers are ``None``; all else is what it last reported.
    """

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
    operating: bool | None = None
    """Only given by firmware 7."""
    sleeping: bool | None = None
    dc_switch_on: bool | None = None
    led: Led | None = None
    grid_state: str | None = None
    """Its word for how it stands to the grid, such as ``grid-tied``; from firmware 8 on."""
    phase: str | None = None
    """Such as ``ph-a``; from firmware 8 on."""

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
    flow_w: float | None = None
    """Active power by the finest measure there is: a current transformer, or else ``power_w``."""
    charged_wh: float | None = None
    """Energy that went into the batteries; a counter that only grows."""
    discharged_wh: float | None = None
    """Energy that came out of the batteries; a counter that only grows."""
    charged_today_wh: float | None = None
    discharged_today_wh: float | None = None
    """The same since the gateway's local midnight."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AcBattery(Device):
    """One AC Battery, the kind before the IQ Batteries; it reports every 10 to 15 minutes."""

    charge_pct: float | None = None
    """State of charge, 0 to 100."""
    power_w: float | None = None
    """Average over the interval that it last reported, positive when discharging."""
    max_cell_temperature_c: float | None = None
    """Of its warmest cell."""
    charge_state: ChargeState | None = None
    sleep_state: SleepState | None = None
    sleep_min_pct: float | None = None
    sleep_max_pct: float | None = None
    """Between these two it keeps its charge while it sleeps."""
    operating: bool | None = None
    producing: bool | None = None


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
