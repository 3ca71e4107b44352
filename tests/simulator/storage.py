"""What the storage controller does with the batteries, and the file of the owner's wishes.

The two agree in the end, but not while a command is pending or was ignored (gateway-api.md, 12.8
and 20).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

type Json = dict[str, object]

SELF_CONSUMPTION, BACKUP = "self-consumption", "backup"
SAVINGS = frozenset({"economy", "savings-mode"})
FULL_PCT = 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The storage settings of a site."""

    mode: str = SELF_CONSUMPTION
    reserve_pct: float = 20.0
    charge_from_grid: bool = False
    optimised: bool = False
    """The vendor's optimiser is in charge."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What the vendor remembers for one storage mode, and puts in force with it."""

    reserve_pct: float
    charge_from_grid: bool


@dataclass(slots=True, kw_only=True)
class StorageControl:
    """The settings in force, each place where a gateway shows them, and the file."""

    schedule: Settings = field(default_factory=Settings)
    """What ``schedule`` of the tariff page shows."""
    configured_pct: float = 20.0
    """The reserve that the controller was given."""
    adjusted_pct: float = 20.0
    """The reserve that the batteries keep."""
    grid_charging: bool = False
    """``Charge From Grid Allowed``: what the batteries may do."""
    file: Json | None = None
    """``tariff`` as it was last written, unknown keys included; ``None``: never written."""
    profiles: dict[str, Profile] = field(default_factory=dict)
    """Modes that bring their own reserve and charging along."""

    def force(self, settings: Settings) -> None:
        """Put settings in force, everywhere and at once."""
        self.schedule = settings
        self.configured_pct = self.adjusted_pct = settings.reserve_pct
        self.grid_charging = settings.charge_from_grid

    def change(self, **changes: object) -> None:
        """Put some settings in force, and write them into the file as the vendor's app does."""
        self.force(replace(self.schedule, **changes))  # type: ignore[arg-type] # checked by replace
        if self.file is not None:
            self.file = write(self.file, self.schedule)

    def with_profile(self, settings: Settings) -> Settings:
        """Return what comes in force when these settings are asked for."""
        profile = self.profiles.get(settings.mode)
        if profile is None or settings.mode == self.schedule.mode:
            return settings
        return replace(
            settings, reserve_pct=profile.reserve_pct, charge_from_grid=profile.charge_from_grid
        )

    def wanted_w(self, lacking_w: float, charge_pct: float, *, on_grid: bool) -> float:
        """Return a battery's power for what the house lacks, positive when discharging.

        The controller may ask for more than a battery can give or take.
        """
        if not on_grid:
            return lacking_w
        mode = self.schedule.mode
        holds = mode == BACKUP or mode in SAVINGS
        goal_pct = FULL_PCT if holds else self.adjusted_pct
        if self.grid_charging and charge_pct < goal_pct - 0.5:
            return -1e9
        return min(0.0, lacking_w) if holds else lacking_w


def read(file: Json, before: Settings) -> Settings:
    """Return the settings of a file; what it does not say stays as before.

    Raises ``ValueError`` for values that no gateway takes.
    """
    part = file.get("storage_settings", {})
    if not isinstance(part, dict):
        raise ValueError("storage_settings")  # noqa: TRY004 - one kind of error for a bad document
    mode = part.get("mode", before.mode)
    reserve = part.get("reserved_soc", before.reserve_pct)
    charge = _truth(part.get("charge_from_grid", before.charge_from_grid))
    optimised = _truth(part.get("opt_schedules", before.optimised))
    if not isinstance(mode, str) or isinstance(reserve, bool | str | None):
        raise ValueError("mode or reserve")  # noqa: TRY004 - one kind of error for a bad document
    if not 0 <= reserve <= FULL_PCT:
        raise ValueError("reserve")
    return Settings(mode=mode, reserve_pct=reserve, charge_from_grid=charge, optimised=optimised)


def write(file: Json, settings: Settings) -> Json:
    """Return the file with these settings; a boolean that was a string stays one."""
    part = file.get("storage_settings")
    if not isinstance(part, dict):
        return file
    new = {
        "mode": settings.mode,
        "reserved_soc": settings.reserve_pct,
        "charge_from_grid": settings.charge_from_grid,
        "opt_schedules": settings.optimised,
    }
    known = {
        key: str(value).lower() if isinstance(part[key], str) and key != "mode" else value
        for key, value in new.items()
        if key in part
    }
    return file | {"storage_settings": part | known}


def _truth(value: object) -> bool:
    if isinstance(value, str):
        value = {"true": True, "false": False}.get(value)
    if not isinstance(value, bool):
        raise ValueError("boolean")  # noqa: TRY004 - one kind of error for a bad document
    return value
