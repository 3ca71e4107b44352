"""Pages made by hand, for the pure functions that work on them."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from custom_components.enphase_envoy.envoy_reader.assemble import assemble
from custom_components.enphase_envoy.envoy_reader.assemble.fed import Fed, Feeders
from custom_components.enphase_envoy.envoy_reader.counters.site import Counters
from custom_components.enphase_envoy.envoy_reader.models import CtFigures, EnergyFigures, Snapshot
from custom_components.enphase_envoy.envoy_reader.pages.endpoints import INFO
from custom_components.enphase_envoy.envoy_reader.pages.typed import Endpoint, Pages
from custom_components.enphase_envoy.envoy_reader.parsers.info import Info
from custom_components.enphase_envoy.envoy_reader.parsers.meters import MeterSetup
from custom_components.enphase_envoy.envoy_reader.parsers.production_json import (
    InverterSum,
    MeterFigures,
    ProductionJson,
)
from custom_components.enphase_envoy.envoy_reader.parsers.readings import MeterReading
from custom_components.enphase_envoy.envoy_reader.profile import GatewayProfile, MeterKind

SERIAL = "122299000001"
NOON = 1_781_712_000.0
EIDS = {MeterKind.PRODUCTION: 1, MeterKind.NET_CONSUMPTION: 2, MeterKind.TOTAL_CONSUMPTION: 3}
EIDS[MeterKind.STORAGE] = 4


def pages(
    *said: tuple[Endpoint[Any], object],
    lacking: tuple[Endpoint[Any], ...] = (),
    firmware: str | None = "D8.2.4345",
    metered: bool | None = True,
) -> Pages:
    """Return pages of a gateway that has said who it is, and ``said``."""
    info = Info(serial=SERIAL, firmware=firmware, metered=metered, wants_tokens=None)
    answered = {endpoint.path: page for endpoint, page in ((INFO, info), *said)}
    return Pages(answered=answered, lacking=frozenset(row.path for row in lacking))


def setups(
    *kinds: MeterKind, phases: int = 1, mode: str = "three", enabled: bool = True
) -> tuple[MeterSetup, ...]:
    """Return meters of these kinds."""
    return tuple(
        MeterSetup(eid=EIDS[kind], kind=kind, enabled=enabled, phase_count=phases, phase_mode=mode)
        for kind in kinds
    )


def reading(
    delivered_wh: float, received_wh: float = 0, *channels: tuple[float, float]
) -> MeterReading:
    """Return a meter's registers, as a whole and by phase."""
    return MeterReading(
        total=CtFigures(delivered_wh=delivered_wh, received_wh=received_wh),
        channels=tuple(CtFigures(delivered_wh=one, received_wh=two) for one, two in channels),
    )


def figures(
    power_w: float | None = None,
    lifetime_wh: float | None = None,
    today_wh: float | None = None,
    seven_days_wh: float | None = None,
) -> EnergyFigures:
    """Return figures, in the order of their importance."""
    return EnergyFigures(
        power_w=power_w,
        lifetime_wh=lifetime_wh,
        today_wh=today_wh,
        seven_days_wh=seven_days_wh,
    )


def meter(own: EnergyFigures, *lines: EnergyFigures, active: bool = True) -> MeterFigures:
    """Return one element of the meter page."""
    return MeterFigures(active=active, figures=own, lines=lines)


def summary(
    inverters: tuple[float, float] | None = None,
    production: MeterFigures | None = None,
    total_consumption: MeterFigures | None = None,
    net_consumption: MeterFigures | None = None,
) -> ProductionJson:
    """Return the meter page; ``inverters`` are their watts and watt-hours."""
    added_up = InverterSum(power_w=inverters[0], lifetime_wh=inverters[1]) if inverters else None
    return ProductionJson(
        inverters=added_up,
        production=production,
        total_consumption=total_consumption,
        net_consumption=net_consumption,
    )


def assembled(
    profile: GatewayProfile,
    evidence: Pages,
    counters: Counters | None = None,
    *,
    minutes: float = 0,
) -> Snapshot:
    """Return what is made of pages that have all just answered, so many minutes after noon."""
    counters = Counters({}) if counters is None else counters
    return _fed(profile, evidence, counters, minutes).part


def feeders_of(profile: GatewayProfile, evidence: Pages) -> Feeders:
    """Return the pages whose silence costs a section."""
    return _fed(profile, evidence, Counters({})).feeders


def _fed(
    profile: GatewayProfile, evidence: Pages, counters: Counters, minutes: float = 0
) -> Fed[Snapshot]:
    counters.begin(NOON + 60 * minutes, UTC)
    return assemble(profile, evidence, counters, set(evidence.answered))
