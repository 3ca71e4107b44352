"""The registers of a current transformer, found by what it measures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..pages.endpoints import READINGS

if TYPE_CHECKING:
    from ..pages.typed import Pages
    from ..parsers.readings import MeterReading, Reading
    from ..profile import GatewayProfile, MeterKind


def reading_of(profile: GatewayProfile, pages: Pages, kind: MeterKind) -> MeterReading | None:
    """Return what the current transformer of a kind reads, if there is one and it has answered."""
    meter = profile.meter(kind)
    readings = pages.get(READINGS)
    return readings.get(meter.eid) if meter and readings else None


def channels_of(profile: GatewayProfile, reading: MeterReading | None) -> tuple[Reading, ...]:
    """Return the configured phases; beyond them channels carry noise."""
    if reading is None or profile.phases == 1:
        return ()
    return reading.channels[: profile.phases]
