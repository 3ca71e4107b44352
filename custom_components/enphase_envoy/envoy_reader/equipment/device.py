"""What devices of all kinds have in common."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A device with a serial number of its own."""

    serial: str
    part_number: str | None = None
    firmware: str | None = None
    """Its own, such as ``520-00082-r01-v04.30.32``."""
    reported_at: datetime | None = None
    """Time of its last report, in UTC; ``None`` when it has never reported."""
    communicating: bool | None = None
    """Whether the gateway hears it; inverters are silent at night."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EnsembleDevice(Device):
    """A device of a battery system, as ``/ivp/ensemble/inventory`` tells of it.

    What that page tells may be some minutes old.
    """

    installed_at: datetime | None = None
    firmware_loaded_at: datetime | None = None
    comm_level_sub_ghz: int | None = None
    """Quality of its radio link, 0 to 5; 0 with a cable, ``None`` where it has no radio."""
    comm_level_2_4_ghz: int | None = None
    """Quality of its other radio link, likewise."""
