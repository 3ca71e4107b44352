"""What each current transformer measures, for those that are enabled."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from ..counters.identity import Direction
from ..models import CtFigures, CtMeter, Section
from ..pages.endpoints import METERS, READINGS
from ..profile import METERING_STATUSES
from .registers import channels_of, ct_term

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..counters.site import Counters
    from ..pages.typed import Pages
    from ..profile import GatewayProfile, MeterKind


def ct_meters(
    profile: GatewayProfile, pages: Pages, counters: Counters
) -> Mapping[MeterKind, CtMeter]:
    """Join enabled meters, their set-up and their readings, by the ids of the meters."""
    setups = {setup.eid: setup for setup in pages.get(METERS) or ()}
    readings = pages.get(READINGS) or {}
    meters = {}
    for meter in profile.meters:
        setup, reading = setups.get(meter.eid), readings.get(meter.eid)
        meters[meter.kind] = CtMeter(
            total=_believed(reading.total if reading else CtFigures(), meter.kind, 0, counters),
            phases=tuple(
                _believed(channel, meter.kind, phase, counters)
                for phase, channel in enumerate(channels_of(meter, reading), 1)
            ),
            status=setup.status if setup and setup.status in METERING_STATUSES else None,
            flags=setup.flags if setup else (),
        )
    return MappingProxyType(meters)


def ct_feeders(profile: GatewayProfile) -> Mapping[Section, tuple[str, ...]]:
    """Return the paths of the pages that feed the current transformers."""
    return {Section.METERS: (READINGS.path,)} if profile.meters else {}


def _believed(figures: CtFigures, kind: MeterKind, phase: int, counters: Counters) -> CtFigures:
    """Return what a meter reads, with believed registers."""
    delivered_wh = counters.register(ct_term(kind, Direction.DELIVERED, phase).register)
    received_wh = counters.register(ct_term(kind, Direction.RECEIVED, phase).register)
    if (delivered_wh, received_wh) == (figures.delivered_wh, figures.received_wh):
        return figures
    return replace(figures, delivered_wh=delivered_wh, received_wh=received_wh)
