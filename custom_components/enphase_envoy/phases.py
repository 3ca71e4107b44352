"""Which phases are measured, and what stands for each of them in Home Assistant.

A site has phases where clamps measure several of them. Each meter has a count of its own: a clamp
on one wire of a three-phase site gives no figures by phase (gateway-api.md, section 10.1).
"""

from __future__ import annotations

from collections.abc import Mapping

from .envoy_reader import ConsumptionSource, GatewayProfile, MeterKind


def of_meter(kind: MeterKind, profile: GatewayProfile) -> int:
    """Return how many phases a kind of meter measures; 0 with only one, or without such a meter."""
    meter = profile.meter(kind)
    return meter.phases if meter and meter.phases > 1 else 0


def of_production(profile: GatewayProfile) -> int:
    """Return for how many phases production is measured; 0 where only the whole is."""
    return _of_boundary(profile, MeterKind.PRODUCTION) if profile.production_metered else 0


def of_consumption(profile: GatewayProfile) -> int:
    """Return for how many phases consumption is measured; 0 where only the whole is."""
    match profile.consumption_from:
        case None:
            return 0
        case ConsumptionSource.NET_METER:
            return _of_boundary(profile, MeterKind.NET_CONSUMPTION)
        case _:
            return _of_boundary(profile, MeterKind.TOTAL_CONSUMPTION)


def of_net(profile: GatewayProfile) -> int:
    """Return for how many phases the net power is known; 0 where only the whole is."""
    if not measures_net(profile):
        return 0
    if profile.computes_net:
        return _of_boundary(profile, MeterKind.TOTAL_CONSUMPTION)
    return _of_boundary(profile, MeterKind.NET_CONSUMPTION)


def of_site(profile: GatewayProfile) -> int:
    """Return how many phases have figures of any kind."""
    boundaries = (of_production(profile), of_consumption(profile), of_net(profile))
    return max((*boundaries, *(of_meter(kind, profile) for kind in MeterKind)))


def measures_net(profile: GatewayProfile) -> bool:
    """Return whether it is known what comes from the grid."""
    return (
        profile.meter(MeterKind.NET_CONSUMPTION) is not None
        or profile.computes_net
        or (not profile.meters and profile.consumption_from is not None)
    )


def devices(profile: GatewayProfile, count: int) -> Mapping[str, int]:
    """Return the first ``count`` phases by what stands for the serial number of each."""
    return {f"{profile.serial}_l{phase}": phase for phase in range(1, count + 1)}


def number(serial: str) -> int:
    """Return the phase, 1 to 3, that ``devices`` has named so."""
    return int(serial[-1])


def _of_boundary(profile: GatewayProfile, kind: MeterKind) -> int:
    """Return the phases of the meter of a boundary; of a page without meters, those of the site."""
    if profile.meter(kind) is not None:
        return of_meter(kind, profile)
    return profile.phases if profile.phases > 1 else 0
