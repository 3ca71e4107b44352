"""From draft to snapshot: raw counters in, believed ones and the day's figures out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from ..models import CtFigures, CtMeter, EnergyFigures, Flow, Section
from ..profile import MeterKind

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from ..counters.site import Counters
    from ..equipment import BatteryBank, Inverter
    from ..models import Snapshot
    from ..profile import GatewayProfile
    from . import Draft, RawFigures, RawFlow

_INVERTER_W: Final = 1000
"""More than any microinverter feeds in (up to 640 W), with room for measuring."""
_SMALL_SITE_W: Final = 10_000
_CONNECTION_W: Final = 100_000
"""More than a house connection carries (three phases of 125 A at 240 V)."""
_BATTERY_W: Final = 15_000
"""More than one IQ Battery gives or takes (up to 7.1 kW), with room for peaks."""

BATTERY_CHARGED: Final = "battery_charged"
BATTERY_DISCHARGED: Final = "battery_discharged"
"""Names of the counters of a storage CT."""
BATTERY: Final = "battery"
"""Name of what is counted in its place where there is none."""


def phases_of(name: str) -> tuple[str, ...]:
    """Return the names of the counters of a boundary's phases."""
    return tuple(f"{name}_l{phase}" for phase in (1, 2, 3))


def production_limit_w(profile: GatewayProfile, inverters: int) -> float:
    """Return a power that production cannot exceed, for telling counters from nonsense."""
    if not profile.lists_inverters or not inverters:
        return _CONNECTION_W
    return max(_SMALL_SITE_W, inverters * _INVERTER_W)


def judged_flow(
    name: str, raw: RawFlow, counters: Counters, limit_w: float, *, fresh: bool
) -> Flow:
    """Return a boundary with counters that can be believed.

    ``fresh`` says whether its source has answered in this collection; if not, the register is not
    a sample of now, and the counters stand still.
    """
    return Flow(
        total=_figures(name, raw.total, counters, limit_w, fresh=fresh),
        phases=tuple(
            _figures(f"{name}_l{number}", phase, counters, limit_w, fresh=fresh)
            for number, phase in enumerate(raw.phases, 1)
        ),
    )


def _figures(
    name: str, raw: RawFigures, counters: Counters, limit_w: float, *, fresh: bool
) -> EnergyFigures:
    return counters.energy(
        name,
        power_w=raw.power_w,
        lifetime_wh=raw.lifetime_wh if fresh else None,
        claims=raw.claims if fresh or not raw.coarse else (),
        max_power_w=limit_w,
        wraps=raw.wraps,
        coarse=raw.coarse,
        computed=raw.computed,
        parts=raw.parts if fresh else None,
    )


def judged_bank(told: Snapshot, counters: Counters, *, fresh: bool) -> BatteryBank | None:
    """Return the batteries together, with counters that only grow.

    ``fresh`` says whether what flows has been told in this collection.
    """
    raw = told.bank
    if raw is None:
        return None
    if told.profile.meter(MeterKind.STORAGE):
        limit_w = max(1, len(told.batteries) + len(told.ac_batteries)) * _BATTERY_W
        counting = bool(raw.charged_wh or raw.discharged_wh)
        charged_wh = counters.register(
            BATTERY_CHARGED, raw.charged_wh if fresh else None, limit_w, counting=counting
        )
        discharged_wh = counters.register(
            BATTERY_DISCHARGED, raw.discharged_wh if fresh else None, limit_w, counting=counting
        )
    else:
        charged_wh, discharged_wh = counters.battery(
            BATTERY,
            power_w=raw.power_w if fresh else None,
            stored_wh=raw.stored_wh,
            capacity_wh=raw.capacity_wh,
        )
    return replace(raw, charged_wh=charged_wh, discharged_wh=discharged_wh)


def judged_meters(
    raw: Mapping[MeterKind, CtMeter], counters: Counters, *, fresh: bool
) -> Mapping[MeterKind, CtMeter]:
    """Return the current transformers with registers that can be believed."""
    # After a restart all of them are zero; later a phase may be, while its meter is not (17.7).
    page_counts = any(_counts(meter.total) for meter in raw.values())

    def judged(
        kind: MeterKind, figures: CtFigures, phase: str = "", *, quiet: bool = True
    ) -> CtFigures:
        counting = _counts(figures) or (page_counts and quiet)

        def register(direction: str, wh: float | None) -> float | None:
            name = f"ct_{kind}_{direction}{phase}"
            return counters.register(name, wh if fresh else None, _CONNECTION_W, counting=counting)

        return replace(
            figures,
            delivered_wh=register("delivered", figures.delivered_wh),
            received_wh=register("received", figures.received_wh),
        )

    return MappingProxyType(
        {
            kind: replace(
                meter,
                total=judged(kind, meter.total),
                phases=tuple(
                    judged(kind, phase, f"_l{number}", quiet=not _counts(meter.total))
                    for number, phase in enumerate(meter.phases, 1)
                ),
            )
            for kind, meter in raw.items()
        }
    )


def _counts(figures: CtFigures) -> bool:
    return bool(figures.delivered_wh or figures.received_wh)


def judged_inverters(
    raw: Mapping[str, Inverter], counters: Counters, *, fresh: bool
) -> Mapping[str, Inverter]:
    """Return the inverters with lifetimes that can be believed."""

    def judged(inverter: Inverter) -> Inverter:
        if inverter.lifetime_wh is None:
            return inverter
        lifetime_wh = counters.register(
            f"inverter_{inverter.serial}", inverter.lifetime_wh if fresh else None, _INVERTER_W
        )
        return replace(inverter, lifetime_wh=lifetime_wh)

    return MappingProxyType({serial: judged(inverter) for serial, inverter in raw.items()})


def plain_flow(raw: RawFlow) -> Flow:
    """Return a boundary whose energy may go either way, so that there is nothing to judge."""

    def plain(figures: RawFigures) -> EnergyFigures:
        return EnergyFigures(power_w=figures.power_w, lifetime_wh=figures.lifetime_wh)

    return Flow(total=plain(raw.total), phases=tuple(map(plain, raw.phases)))


def judge(draft: Draft, counters: Counters, fresh: AbstractSet[Section]) -> Snapshot:
    """Return what the gateway tells, with counters that can be believed.

    ``fresh`` are the sections of which all pages have answered in this collection.
    """
    told = draft.told
    production = judged_flow(
        "production",
        draft.production,
        counters,
        production_limit_w(told.profile, len(told.inverters)),
        fresh=Section.PRODUCTION in fresh,
    )
    consumption = None
    if draft.consumption is not None:
        consumption = judged_flow(
            "consumption",
            draft.consumption,
            counters,
            _CONNECTION_W,
            fresh=Section.CONSUMPTION in fresh,
        )
    return replace(
        told,
        production=production,
        consumption=consumption,
        inverters=judged_inverters(
            told.inverters, counters, fresh=Section.INVERTER_DETAILS in fresh
        ),
        net=plain_flow(draft.net) if draft.net is not None else None,
        meters=judged_meters(told.meters, counters, fresh=Section.METERS in fresh),
        bank=judged_bank(told, counters, fresh=Section.BATTERY_FLOW in fresh),
    )
