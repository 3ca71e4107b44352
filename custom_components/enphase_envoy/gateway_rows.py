"""What the entities of the gateway itself show: its network, its limits, its settings."""

from __future__ import annotations

from typing import Any, Final

from .descriptions import EnvoyBinarySensorDescription, EnvoySensorDescription

SENSORS: Final[tuple[EnvoySensorDescription[Any], ...]] = ()
BINARY_SENSORS: Final[tuple[EnvoyBinarySensorDescription[Any], ...]] = ()
