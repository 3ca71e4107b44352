"""What each current transformer measures, as far as it is switched on."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from ..models import CtFigures, CtMeter, Section
from ..pages.endpoints import METERS, READINGS
from ..profile import METERING_STATUSES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..pages.typed import Pages
    from ..parsers.readings import Reading
    from ..profile import GatewayProfile, MeterKind


def ct_meters(profile: GatewayProfile, pages: Pages) -> Mapping[MeterKind, CtMeter]:
    """Join what is switched on, how it is set up and what it reads, by the meters' ids."""
    setups = {setup.eid: setup for setup in pages.get(METERS) or ()}
    readings = pages.get(READINGS) or {}
    meters = {}
    for meter in profile.meters:
        setup, reading = setups.get(meter.eid), readings.get(meter.eid)
        channels = reading.channels[: meter.phases] if reading and meter.phases > 1 else ()
        meters[meter.kind] = CtMeter(
            total=_ct_figures(reading.total) if reading else CtFigures(),
            phases=tuple(map(_ct_figures, channels)),
            status=setup.status if setup and setup.status in METERING_STATUSES else None,
            flags=setup.flags if setup else (),
        )
    return MappingProxyType(meters)


def ct_feeders(profile: GatewayProfile) -> Mapping[Section, tuple[str, ...]]:
    """Return the paths whose silence costs what current transformers measure."""
    return {Section.METERS: (READINGS.path,)} if profile.meters else {}


def _ct_figures(reading: Reading) -> CtFigures:
    return CtFigures(
        power_w=reading.power_w,
        delivered_wh=reading.delivered_wh,
        received_wh=reading.received_wh,
        voltage_v=reading.voltage_v,
        current_a=reading.current_a,
        frequency_hz=reading.frequency_hz,
        power_factor=reading.power_factor,
        apparent_va=reading.apparent_va,
        reactive_var=reading.reactive_var,
    )
