"""The words of the reader: the snapshot and its parts.

Four kinds of nothing are kept apart. *Absent*: the profile says that the site has no such thing.
*Not answered*: ``Snapshot.health`` of its section. *Not given*: the field is ``None``. *Zero*: a
reading of zero. Everything is frozen, so snapshots can be compared and shared.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from .roof import RoofReport
from .status import GatewayStatus, Section

__all__ = [
    "CtFigures",
    "CtMeter",
    "EnergyFigures",
    "Flow",
    "GridFigures",
    "Health",
    "Section",
    "Shares",
    "Snapshot",
    "added",
]

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .control import CommandState
    from .equipment import (
        AcBattery,
        AcBatteryBank,
        Battery,
        BatteryBank,
        Collar,
        CombinerController,
        DryContact,
        Generator,
        Inverter,
        PhaseRelay,
        SystemController,
    )
    from .profile import GatewayProfile, MeterKind
    from .status import StorageSettings


def _nothing[K, V]() -> Mapping[K, V]:
    return MappingProxyType({})


def added(*parts: float | None) -> float | None:
    """Return the sum of some quantities; ``None`` when one is missing, or there are none."""
    known = [part for part in parts if part is not None]
    return sum(known) if parts and len(known) == len(parts) else None


class Health(StrEnum):
    """How old a section is."""

    FRESH = "fresh"
    """Its pages answer, or have missed fewer than three of their cycles."""
    STALE = "stale"
    """Three cycles or more were missed: powers are unknown, counters and settings still hold."""
    LOST = "lost"
    """No answer for so long that the last one means nothing any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EnergyFigures:
    """Power and energy across one boundary, such as production or consumption."""

    power_w: float | None = None
    """Active power now, in watts; production and consumption are positive."""
    today_wh: float | None = None
    """Energy since the gateway's local midnight, in watt-hours."""
    seven_days_wh: float | None = None
    """Energy of the six days before and of today, in watt-hours."""
    lifetime_wh: float | None = None
    """Energy since commissioning, in watt-hours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """A boundary as a whole and by phase."""

    total: EnergyFigures = EnergyFigures()
    phases: tuple[EnergyFigures, ...] = ()
    """One element for each configured phase, L1 first; empty where there is only one phase."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GridFigures:
    """What comes from the grid and what goes into it, each zero or positive.

    Energies of a clamp on several phases count each phase for itself.
    """

    imported: EnergyFigures = EnergyFigures()
    exported: EnergyFigures = EnergyFigures()
    imported_summed_wh: float | None = None
    """Of all phases together, at each moment; a counter of ours that only grows."""
    exported_summed_wh: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """Where today's energy went to and came from, 0 to 100."""

    self_consumption_pct: float | None = None
    """Of what was produced today, the part that was not exported."""
    self_sufficiency_pct: float | None = None
    """Of what the house has taken today, the part that was not imported."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CtFigures:
    """What a current transformer measures, as a whole or on one phase.

    Everything is seen from the switchboard: power and "delivered" are positive towards it
    (production, import, discharging), "received" is what goes away from it (gateway-api.md, 15.1).
    """

    power_w: float | None = None
    delivered_wh: float | None = None
    """Energy towards the switchboard: produced, imported, discharged. A counter that only grows."""
    received_wh: float | None = None
    """Energy away from it: the inverters' own use at night, exported, charged. Only grows, too."""
    voltage_v: float | None = None
    """Of several phases together, their sum."""
    current_a: float | None = None
    frequency_hz: float | None = None
    """Zero on meters that are not in use."""
    power_factor: float | None = None
    """-1 to 1; of several phases together, on some firmware their sum."""
    apparent_va: float | None = None
    reactive_var: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CtMeter:
    """A current transformer that is in use."""

    total: CtFigures = CtFigures()
    phases: tuple[CtFigures, ...] = ()
    """One element for each configured phase, L1 first; empty where there is only one phase."""
    status: str | None = None
    """``normal``, ``not-metering`` or ``check-wiring``; ``None`` for any other word."""
    flags: tuple[str, ...] = ()
    """Warnings of the gateway, such as ``power-on-unused-phase``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Everything that one collection learned, and what of earlier ones still holds."""

    profile: GatewayProfile
    production: Flow = Flow()
    consumption: Flow | None = None
    net: Flow | None = None
    """What comes from the grid: power is negative when exporting, and the lifetime is import minus
    export, which may fall. ``None`` where nothing measures it."""
    house: EnergyFigures | None = None
    """What the house takes, whatever it takes it from; ``None`` where that is the consumption, or
    where a part of it is not measured."""
    grid: GridFigures | None = None
    """``None`` where nothing measures it."""
    shares: Shares | None = None
    """``None`` where a part is not measured."""
    meters: Mapping[MeterKind, CtMeter] = field(default_factory=_nothing)
    """Current transformers by what they measure."""
    inverters: Mapping[str, Inverter] = field(default_factory=_nothing)
    """By serial number; AC Batteries, which the gateway lists among them, are not here."""
    roof: RoofReport = field(default_factory=RoofReport)
    """How the inverters do compared to what they usually do."""
    batteries: Mapping[str, Battery] = field(default_factory=_nothing)
    """By serial number."""
    bank: BatteryBank | None = None
    """``None`` on a site without IQ Batteries and without a current transformer on a storage."""
    ac_batteries: Mapping[str, AcBattery] = field(default_factory=_nothing)
    """By serial number."""
    ac_bank: AcBatteryBank | None = None
    """``None`` on a site without AC Batteries."""
    controllers: Mapping[str, SystemController] = field(default_factory=_nothing)
    """By serial number."""
    collars: Mapping[str, Collar] = field(default_factory=_nothing)
    """By serial number."""
    combiners: Mapping[str, CombinerController] = field(default_factory=_nothing)
    """By serial number."""
    dry_contacts: Mapping[str, DryContact] = field(default_factory=_nothing)
    """By an id that no other gateway has, ``<serial of the controller>_relay_<name>``."""
    relays: Mapping[str, PhaseRelay] = field(default_factory=_nothing)
    """Q-Relays, by serial number."""
    generator: Generator | None = None
    """``None`` where none is set up."""
    storage: StorageSettings | None = None
    """``None`` where there is nothing to set."""
    gateway: GatewayStatus = field(default_factory=GatewayStatus)
    on_grid: bool | None = None
    """Whether the site is connected to the grid, where something on it can tell."""
    grid_witnesses: Mapping[str, bool] = field(default_factory=_nothing)
    """The present answer of each witness; the first one decides."""
    commands: Mapping[str, CommandState] = field(default_factory=_nothing)
    """The state of each control that was used, or that this gateway is known to ignore, by
    ``command_key``."""
    reachable: bool = True
    """Whether the gateway has answered anything in this collection."""
    health: Mapping[Section, Health] = field(default_factory=_nothing)
    failures: Mapping[str, str] = field(default_factory=_nothing)
    """Why a page does not answer now, by path."""
    contradictions: frozenset[MeterKind] = frozenset()
    """Current transformers that are switched on and yet measure nothing while the inverters work;
    see ``GatewayProfile.contradicted``."""
    sources: Mapping[str, str] = field(default_factory=_nothing)
    """What feeds a flow: ``production`` → a word of ``ProductionSource``, ``consumption`` → one of
    ``ConsumptionSource``."""
    held: Mapping[str, str] = field(default_factory=_nothing)
    """Counters whose sample was not believed, with the reason, by counter name."""
    quirks: tuple[str, ...] = ()
    """Names of the known firmware faults that were seen and cured."""

    frozen: tuple[str, ...] = ()
    """Paths of pages that repeat their figures while their time advances (gateway-api.md, section
    13.1); as long as values are live, others stand in for them."""

    def sharing(self, before: Snapshot, source: Snapshot | None = None) -> Snapshot:
        """Return it with the very same devices and settings as ``before`` where they are equal.

        Whoever looks for what has changed then need not look into them. ``source`` is what
        ``before`` was made from in the same way: what is the very same there is not compared again.
        """
        same: dict[str, Any] = {}
        for name in _SHARED:
            old, new = getattr(before, name), getattr(self, name)
            if old is new:
                continue
            if (source is not None and getattr(source, name) is new) or old == new:
                same[name] = old
            elif isinstance(new, MappingProxyType):
                each = ((key, old.get(key), member) for key, member in new.items())
                same[name] = MappingProxyType(
                    {key: known if known == member else member for key, known, member in each}
                )
        return replace(self, **same)

    def healthy(self, section: Section) -> Health:
        """Return the health of a section; a section that nothing feeds is fresh."""
        return self.health.get(section, Health.FRESH)


_SHARED: Final = (
    *("inverters", "batteries", "bank", "ac_batteries", "ac_bank"),
    *("controllers", "collars", "combiners", "dry_contacts", "relays", "generator"),
    *("storage", "gateway", "commands"),
)
"""Fields of a snapshot that stay the same for minutes, as a whole or in part."""
