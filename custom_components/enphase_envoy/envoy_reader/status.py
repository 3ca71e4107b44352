"""What the gateway says of itself and how it is set up, as the snapshot shows it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageSettings:
    """How the batteries are told to work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayStatus:
    """The gateway itself: its network, its limits, its clock, and what we cost it."""
