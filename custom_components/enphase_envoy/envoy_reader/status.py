"""What the gateway says of itself and how it is set up, and the sections that a snapshot has.

``None``: the page does not give the value, or gives a word that we do not know.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Section(StrEnum):
    """A part of the snapshot that can fail alone."""

    PRODUCTION = "production"
    CONSUMPTION = "consumption"
    INVERTERS = "inverters"
    BATTERIES = "batteries"
    BATTERY_FLOW = "battery_flow"
    """What goes into the batteries and comes out of them."""
    BATTERY_POWER = "battery_power"
    """Momentary values of each battery; the same page as ``BATTERY_FLOW`` where no clamp measures
    it."""
    HOUSE = "house"
    """What the house takes, whatever it takes it from."""
    GRID_FLOW = "grid_flow"
    """What comes from the grid and what goes into it."""
    GRID = "grid"
    METERS = "meters"
    INVERTER_DETAILS = "inverter_details"
    INVERTER_STATES = "inverter_states"
    """Whether inverters communicate and produce."""
    BATTERY_TOTALS = "battery_totals"
    AC_BATTERIES = "ac_batteries"
    AC_BATTERY_TOTALS = "ac_battery_totals"
    CONTROLLERS = "controllers"
    """System controllers, collars and combiner controllers."""
    DRY_CONTACTS = "dry_contacts"
    RELAYS = "relays"
    GENERATOR = "generator"
    STORAGE_SETTINGS = "storage_settings"
    NETWORK = "network"
    PRODUCTION_LIMIT = "production_limit"
    EXPORT_LIMIT = "export_limit"
    DYNAMIC_LIMIT = "dynamic_limit"
    """The limit that only installers see."""
    PRODUCTION_SWITCH = "production_switch"
    """Whether the inverters may produce, which only installers see."""
    GRID_PROFILE = "grid_profile"
    POLLING = "polling"
    """How often the gateway asks its inverters."""
    ACTIVE_COUNT = "active_count"
    """How many inverters report."""
    GATEWAY = "gateway"
    """What the gateway or we know of it without any page, such as its firmware."""


class Link(StrEnum):
    """How the gateway is connected to the network."""

    ETHERNET = "ethernet"
    WIFI = "wifi"
    CELLULAR = "cellular"


class TariffKind(StrEnum):
    """How energy is paid for, if that is set up on the gateway."""

    SINGLE_RATE = "single_rate"
    TIME_OF_USE = "time_of_use"
    TIERED = "tiered"
    NONE = "none"


class StorageMode(StrEnum):
    """What the batteries are for."""

    BACKUP = "backup"
    SELF_CONSUMPTION = "self_consumption"
    SAVINGS = "savings"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How well the gateway hears devices of one kind."""

    count: int | None = None
    """Devices that communicate."""
    level: int | None = None
    """0 (not at all) to 5 (best)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """The gateway's network, and the devices that it hears (``/home``, section 8.2)."""

    link: Link | None = None
    """The connection that it prefers."""
    dhcp: bool | None = None
    """Whether the router gives it the address there; if not, somebody has typed it in."""
    signal_pct: float | None = None
    """Strength of that connection, 0 to 100; a cable has all or nothing."""
    cloud_connected: bool | None = None
    reported_to_cloud_at: datetime | None = None
    """Time of its last report to Enlighten, in UTC."""
    all_devices: Reach = Reach()
    inverters: Reach = Reach()
    battery_level_2_4_ghz: int | None = None
    """0 to 5; 0 also for batteries that are wired."""
    battery_level_sub_ghz: int | None = None
    """0 to 5; 0 also for batteries that are wired."""
    tariff: TariffKind | None = None
    up_to_date: bool | None = None
    """Whether no update of its firmware is under way; few say it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageInForce:
    """What the controller of the batteries does, in contrast to what was set."""

    mode: StorageMode | None = None
    reserve_pct: float | None = None
    charge_from_grid: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageSettings:
    """Settings of the batteries (``/admin/lib/tariff``, section 12.8)."""

    mode: StorageMode | None = None
    reserve_pct: float | None = None
    """Charge that is kept for an outage, 0 to 100, as it was set."""
    very_low_pct: float | None = None
    """Charge at which the batteries stop in an outage, 0 to 100."""
    charge_from_grid: bool | None = None
    optimised: bool | None = None
    """Whether Enphase's optimiser chooses the mode; only given from 8.2 on."""
    active: StorageInForce = StorageInForce()
    """What is in force; where the gateway's schedule is silent, what was set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductionLimit:
    """What the inverters may produce at most (``/ivp/sc/pvlimit``, section 12.9)."""

    enabled: bool | None = None
    limit_pct: float | None = None
    """Share of what they could, 0 to 100."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportLimit:
    """What the site may feed in at most (``/ivp/ss/pel_settings``, section 12.9)."""

    enabled: bool | None = None
    limit_w: float | None = None
    """``None`` where there is none, and where it is set in other terms."""
    limit_pct: float | None = None
    """Share of what the site could; ``None`` where there is none, and where it is set in watts."""


class DynamicLimitMode(StrEnum):
    """What an installer's limit holds down."""

    EXPORT = "export"
    PRODUCTION = "production"


@dataclass(frozen=True, slots=True, kw_only=True)
class DynamicLimit:
    """The limit that installers can change at any time (``/ivp/ss/dpel``, section 14)."""

    enabled: bool | None = None
    limit_w: float | None = None
    """As it was set, in use or not."""
    mode: DynamicLimitMode | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenStatus:
    """What our token says of itself; nothing in it is secret."""

    kind: str
    """``owner``, ``installer`` or ``other``."""
    expires_at: datetime
    """In UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayStatus:
    """The gateway itself: its surroundings, its limits, its clock, and what we cost it."""

    surroundings: Surroundings | None = None
    production_limit: ProductionLimit | None = None
    export_limit: ExportLimit | None = None
    dynamic_limit: DynamicLimit | None = None
    """Only for installers."""
    production_allowed: bool | None = None
    """Whether the inverters may produce; only for installers."""
    grid_profile: str | None = None
    """Name of the rules of the grid that the inverters follow."""
    polling_interval_s: float | None = None
    """Time in which each inverter is asked once; only for installers."""
    active_inverters: int | None = None
    """Inverters that report; none of them may at night."""
    token: TokenStatus | None = None
    """``None`` where the gateway wants none, and before the first collection."""
    clock_drift_s: float | None = None
    """How far the gateway's clock is ahead of ours (behind, if negative), give or take a second."""
    requests_per_hour: float | None = None
    """Requests that we make; an average of up to an hour."""
    busy_pct: float | None = None
    """Share of the time in which the gateway works for us; an average of up to an hour."""
