"""Powers of another page in place of those that the readings of the meters hold.

Only powers are replaced: the registers stay what they are, and move on when the page does.
"""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from ..profile import MeterKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..models import CtFigures
    from ..parsers.live_status import LivePower, LiveStatus
    from ..parsers.readings import MeterReading
    from ..profile import GatewayProfile


def readings_with(
    page: Mapping[int, MeterReading], profile: GatewayProfile, status: LiveStatus
) -> Mapping[int, MeterReading]:
    """Return the readings with the powers of live status, for the meters that it knows."""
    powers = {
        MeterKind.PRODUCTION: status.production,
        MeterKind.NET_CONSUMPTION: status.grid,
        MeterKind.STORAGE: status.storage,
        MeterKind.TOTAL_CONSUMPTION: status.load,
    }
    return with_powers(page, profile, powers)


def with_powers(
    page: Mapping[int, MeterReading],
    profile: GatewayProfile,
    powers: Mapping[MeterKind, LivePower],
) -> Mapping[int, MeterReading]:
    """Return the readings with other powers, each seen from the switchboard."""
    patched = dict(page)
    for meter in profile.meters:
        power, reading = powers.get(meter.kind), page.get(meter.eid)
        if power is None or power.total_w is None or reading is None:
            continue
        channels = tuple(
            _with(channel, power.phases_w[index] if index < len(power.phases_w) else None)
            for index, channel in enumerate(reading.channels)
        )
        patched[meter.eid] = replace(
            reading, total=_with(reading.total, power.total_w), channels=channels
        )
    return MappingProxyType(patched)


def _with(figures: CtFigures, power_w: float | None) -> CtFigures:
    return figures if power_w is None else replace(figures, power_w=power_w)
