"""What a sensor or a binary sensor is told about the figure that it shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from homeassistant.components.binary_sensor import BinarySensorEntityDescription
from homeassistant.components.sensor import SensorEntityDescription

from .entity import EnvoyEntityDescription

type Shown = float | datetime | str


@dataclass(frozen=True, kw_only=True)
class EnvoySensorDescription[PartT](SensorEntityDescription, EnvoyEntityDescription[PartT, Shown]):
    """A figure that is a number or a time."""


@dataclass(frozen=True, kw_only=True)
class EnvoyBinarySensorDescription[PartT](
    BinarySensorEntityDescription, EnvoyEntityDescription[PartT, bool]
):
    """A figure that is yes or no."""


def whole(value: float | None) -> int | None:
    """Round to whole watts, watt-hours or percents: no gateway measures better."""
    return None if value is None else round(value)
