"""The words for commands: what can be set on a gateway and its devices, and with what result."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

type Wish = bool | float | str
"""A value that a control can be set to: on or off, a number, or one of the reader's words."""


class Control(StrEnum):
    """Something that can be set."""

    GRID = "grid"
    """Whether the home may be connected to the grid."""
    CONTACT = "contact"
    """Whether a dry contact is closed."""
    CONTACT_MODE = "contact_mode"
    CONTACT_GRID_ACTION = "contact_grid_action"
    CONTACT_MICROGRID_ACTION = "contact_microgrid_action"
    CONTACT_GENERATOR_ACTION = "contact_generator_action"
    CONTACT_CUTOFF = "contact_cutoff"
    """Charge of the batteries at which a contact switches off, 0 to 100."""
    CONTACT_RESTORE = "contact_restore"
    """Charge of the batteries at which it switches on again, 0 to 100."""
    STORAGE_MODE = "storage_mode"
    RESERVE = "reserve"
    """Charge kept for an outage, 0 to 100."""
    CHARGE_FROM_GRID = "charge_from_grid"
    GENERATOR_MODE = "generator_mode"
    AC_SLEEP = "ac_sleep"
    """The charge band in which all AC Batteries sleep, such as ``20-25``; ``AWAKE`` for none."""
    PRODUCTION = "production"
    DYNAMIC_LIMIT = "dynamic_limit"
    """Whether the installer's limit is in use."""
    DYNAMIC_LIMIT_W = "dynamic_limit_w"
    DYNAMIC_LIMIT_MODE = "dynamic_limit_mode"


AWAKE = "awake"


class Confirmation(StrEnum):
    """The result of a command."""

    PENDING = "pending"
    """It was sent, or is about to be; what the device does is being read."""
    CONFIRMED = "confirmed"
    """The device does what was asked."""
    FAILED = "failed"
    """It was refused, or the device did not follow in time."""
    PUT_BACK = "put_back"
    """It was confirmed, and somebody else has undone it since."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A wish of the owner."""

    control: Control
    value: Wish
    target: str = ""
    """Name of the dry contact, such as ``NC1``; empty where there is only one such thing."""

    @property
    def key(self) -> str:
        """Names what the command sets: a command replaces an earlier one with the same key."""
        return command_key(self.control, self.target)


def command_key(control: Control, target: str = "") -> str:
    """Return the key of the commands to a control."""
    return f"{control}:{target}" if target else str(control)


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandState:
    """The state of a control since it was last used, for its entity."""

    confirmation: Confirmation | None = None
    """``None`` as long as it was not used."""
    shown: Wish | None = None
    """What to show in place of the snapshot's figure: the wish while a command is pending, and what
    was last read from the device while it is watched. ``None``: the snapshot's figure."""
    ignored: bool = False
    """Whether this gateway with this firmware has accepted a command without following it."""
    charging_restored: bool = False
    """Whether the storage mode had switched on charging from the grid, which the owner had off, and
    we have switched it off again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PutBack:
    """A command that was confirmed and then undone by somebody else within minutes."""

    wish: Wish
    held: Wish
    """What the device did then."""
    at: datetime
    """When that was seen, in UTC."""
