"""Parse ``/ivp/meters/readings``: what the clamps measure at this second.

The page may hold more or fewer meters than ``/ivp/meters``: disabled ones with noise, and from
8.3.5025 on one that does not exist. Only the join by ``eid`` tells.
Source: gateway-api.md, sections 10.2 and 15.1; seen on 4.10 to 8.3.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from ..models import CtFigures
from ._json import Row, by_id, epoch, integer, json_list, number, places


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterReading:
    """A meter as a whole and by phase."""

    total: CtFigures = field(default_factory=CtFigures)
    channels: tuple[CtFigures, ...] = ()
    """L1 first; three of them, of which only the configured ones mean anything."""
    measured_at: float | None = None
    """Seconds since 1970 by the gateway's clock."""


def parse(body: bytes) -> Mapping[int, MeterReading]:
    """Return the readings by ``eid``.

    Raises EnvoyResponseError when the body is not this page.
    """
    meters = by_id(json_list(body), lambda row: integer(row, "eid"))
    return MappingProxyType({eid: _meter(row) for eid, row in meters.items() if eid is not None})


def _meter(row: Row) -> MeterReading:
    return MeterReading(
        total=_reading(row),
        channels=tuple(map(_reading, _by_phase(places(row, "channels")))),
        measured_at=epoch(row, "timestamp"),
    )


def _by_phase(channels: list[Row]) -> list[Row]:
    """Order channels by their ids, which rise with the phase, if all of them have one."""
    by_eid = {integer(channel, "eid"): channel for channel in channels}
    if None in by_eid or len(by_eid) < len(channels):
        return channels  # a broken one keeps its place, so that L2 never passes for L1
    return [channel for _, channel in sorted(by_eid.items(), key=lambda item: item[0] or 0)]


def _reading(row: Row) -> CtFigures:
    return CtFigures(
        power_w=number(row, "activePower"),
        delivered_wh=number(row, "actEnergyDlvd"),
        received_wh=number(row, "actEnergyRcvd"),
        apparent_va=number(row, "apparentPower"),
        reactive_var=number(row, "reactivePower"),
        power_factor=number(row, "pwrFactor"),
        voltage_v=number(row, "voltage"),
        current_a=number(row, "current"),
        frequency_hz=number(row, "freq"),
    )
