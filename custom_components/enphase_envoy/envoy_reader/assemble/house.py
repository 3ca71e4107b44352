"""The figures that a house is run by: what it takes, from the grid, from the roof, from batteries.

At each moment, what the house takes is what is produced and what comes from the grid and out of the
batteries, less what goes there. Figures are made only where all of these are measured.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, NamedTuple

from ..counters.identity import NO_TERMS, Direction
from ..counters.site import Drafted, counted
from ..models import EnergyFigures, GridFigures, Section, Shares, added
from ..pages.endpoints import READINGS
from ..profile import MeterKind
from .registers import balance_terms, ct_term, reading_of
from .storage import storage_power, storage_terms

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..counters.identity import Terms
    from ..counters.site import Counters
    from ..equipment import Battery
    from ..models import Flow, Snapshot
    from ..pages.typed import Pages
    from ..profile import GatewayProfile
    from .fed import Feeders

HOUSE: Final = "house"
GRID_IMPORT: Final = "grid_import"
GRID_EXPORT: Final = "grid_export"
"""Names of figures."""
_SUN: Final = "sun"
_SUMMED: Final = "grid_summed"
"""Name of the balance that is parted into import and export."""
_NO_CLAIM_W: Final = 0.0
"""No page says anything of these days, so no limit is needed to judge it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Balance:
    """A sum of what is measured, at one moment."""

    power_w: float | None
    terms: Terms

    def __add__(self, other: _Balance) -> _Balance:
        return _Balance(
            power_w=added(self.power_w, other.power_w), terms=(*self.terms, *other.terms)
        )

    def __neg__(self) -> _Balance:
        return _Balance(
            power_w=None if self.power_w is None else -self.power_w,
            terms=tuple(term._replace(sign=-term.sign) for term in self.terms),
        )


_NOTHING: Final = _Balance(power_w=0.0, terms=NO_TERMS)


def feeding(stored: Feeders) -> tuple[str, ...]:
    """Return the paths of the pages that powers of all parts stand on.

    ``stored`` are those of the batteries.
    """
    return tuple(dict.fromkeys((READINGS.path, *stored.get(Section.BATTERY_FLOW, ()))))


def house_feeders(profile: GatewayProfile, feeding: tuple[str, ...]) -> Feeders:
    """Return the paths whose silence costs these figures, where the site has them.

    ``feeding`` are the paths that powers of all parts stand on.
    """
    found: dict[Section, tuple[str, ...]] = {}
    if profile.measures_house or profile.shares_sun:
        found[Section.HOUSE] = feeding
    if profile.measures_grid:
        metered = profile.meter(MeterKind.NET_CONSUMPTION)
        found[Section.GRID_FLOW] = (READINGS.path,) if metered else feeding
    return found


class House(NamedTuple):
    """What the house takes and where it comes from, as in the snapshot."""

    house: EnergyFigures | None = None
    grid: GridFigures | None = None
    shares: Shares | None = None


class Around(NamedTuple):
    """What is known already of all that is around the house."""

    production: Flow
    consumption: Flow | None
    batteries: Mapping[str, Battery]


def house_of(
    profile: GatewayProfile,
    pages: Pages,
    counters: Counters,
    around: Around,
    *,
    one_moment: bool,
) -> House:
    """Return what the house takes and where it comes from.

    The parts of a sum are of ``one_moment`` only if all of their pages have just answered, or none
    has. Otherwise it is unknown, and its energy waits.
    """
    stored = _storage(profile, pages, around.batteries, one_moment=one_moment)
    grid = _grid(profile, pages, stored)
    if profile.sums_grid:
        counters.split(_SUMMED, grid.terms if grid else NO_TERMS)
    bought = _believed_grid(profile, grid, counters) if grid else None
    sun = _sun(profile, pages)
    house = None
    if profile.measures_house and grid:
        took = sun + grid + stored
        drafted = Drafted(
            power_w=None if took.power_w is None else max(0.0, took.power_w),
            terms=took.terms if one_moment else NO_TERMS,
            from_zero=_counts_itself(profile),
        )
        house = counters.energy(HOUSE, drafted, _NO_CLAIM_W)
    shares = None
    if profile.shares_sun and bought:
        made_wh = around.production.total.today_wh
        if profile.meter(MeterKind.PV3P):
            made_wh = _all_sun_today(sun, counters)
        used = house or (around.consumption and around.consumption.total)
        shares = Shares(
            self_consumption_pct=_rest_pct(made_wh, bought.exported),
            self_sufficiency_pct=_rest_pct(used.today_wh if used else None, bought.imported),
        )
    return House(house, bought, shares)


def with_kept_powers(snapshot: Snapshot, before: Snapshot) -> Snapshot:
    """Return a live snapshot whose sums are those of ``before`` where a part was not asked for.

    Some gateways tell the batteries' power only once in a collection. A sum with that power and
    newer ones of the meters would be of no moment at all.
    """
    house, grid, kept = snapshot.house, snapshot.grid, before.grid
    if grid is None or kept is None:
        return snapshot
    sums = (grid.imported, grid.exported, *([house] if house else []))
    if all(figures.power_w is not None for figures in sums):
        return snapshot
    grid = replace(
        grid,
        imported=_kept(grid.imported, kept.imported),
        exported=_kept(grid.exported, kept.exported),
    )
    if house and before.house:
        house = _kept(house, before.house)
    return replace(snapshot, house=house, grid=grid)


def with_sums_of(before: Snapshot, snapshot: Snapshot) -> Snapshot:
    """Return a snapshot of a stream, with those sums of ``before`` that hold more than it brings.

    A stream brings the powers of production, grid and load; others in a sum are older than these.
    """
    profile = snapshot.profile
    if not (profile.has_storage or profile.meter(MeterKind.PV3P)):
        return snapshot
    house, grid = snapshot.house, snapshot.grid
    if house:
        house = replace(house, power_w=None)
    if grid and profile.meter(MeterKind.NET_CONSUMPTION) is None:
        grid = replace(
            grid,
            imported=replace(grid.imported, power_w=None),
            exported=replace(grid.exported, power_w=None),
        )
    return with_kept_powers(replace(snapshot, house=house, grid=grid), before)


def _kept(figures: EnergyFigures, before: EnergyFigures) -> EnergyFigures:
    return replace(figures, power_w=before.power_w) if figures.power_w is None else figures


def _counts_itself(profile: GatewayProfile) -> bool:
    """Say whether we count what flows through the batteries."""
    return profile.has_storage and profile.meter(MeterKind.STORAGE) is None


def _measured(profile: GatewayProfile, pages: Pages, kind: MeterKind) -> _Balance:
    reading = reading_of(profile, pages, kind)
    return _Balance(power_w=reading.total.power_w if reading else None, terms=balance_terms(kind))


def _sun(profile: GatewayProfile, pages: Pages) -> _Balance:
    """Return what is produced, by inverters of another make too where a clamp is on them.

    By night that is less than nothing: inverters draw a little.
    """
    made = _measured(profile, pages, MeterKind.PRODUCTION)
    if profile.meter(MeterKind.PV3P):
        made += _measured(profile, pages, MeterKind.PV3P)
    return made


def _storage(
    profile: GatewayProfile, pages: Pages, batteries: Mapping[str, Battery], *, one_moment: bool
) -> _Balance:
    """Return what comes out of the batteries, less what goes into them."""
    if not profile.has_storage:
        return _NOTHING
    power_w = storage_power(profile, pages, batteries) if one_moment else None
    out, into = storage_terms(profile)
    terms = (*out, *(term._replace(sign=-1) for term in into))
    return _Balance(power_w=power_w, terms=terms)


def _grid(profile: GatewayProfile, pages: Pages, stored: _Balance) -> _Balance | None:
    """Return what comes from the grid, less what goes into it."""
    if not profile.measures_grid:
        return None
    if profile.meter(MeterKind.NET_CONSUMPTION):
        return _measured(profile, pages, MeterKind.NET_CONSUMPTION)
    used = _measured(profile, pages, MeterKind.TOTAL_CONSUMPTION)
    return used + -_sun(profile, pages) + -stored


def _believed_grid(profile: GatewayProfile, grid: _Balance, counters: Counters) -> GridFigures:
    """Return import and export, as the registers of a clamp say them or as we count them."""
    net = MeterKind.NET_CONSUMPTION
    delivered, received = Direction.DELIVERED, Direction.RECEIVED
    summed = (counted(_SUMMED, delivered), counted(_SUMMED, received))
    registers = (ct_term(net, delivered), ct_term(net, received)) if profile.meter(net) else summed
    sides = [None, None] if grid.power_w is None else [grid.power_w, -grid.power_w]
    imported, exported = (
        counters.energy(
            name,
            Drafted(power_w=None if power_w is None else max(0.0, power_w), terms=(term,)),
            _NO_CLAIM_W,
        )
        for name, term, power_w in zip((GRID_IMPORT, GRID_EXPORT), registers, sides, strict=True)
    )
    if not profile.sums_grid:
        return GridFigures(imported=imported, exported=exported)
    imported_wh, exported_wh = (
        counters.figure(f"{name}_summed", (term,))
        for name, term in zip((GRID_IMPORT, GRID_EXPORT), summed, strict=True)
    )
    return GridFigures(
        imported=imported,
        exported=exported,
        imported_summed_wh=imported_wh,
        exported_summed_wh=exported_wh,
    )


def _all_sun_today(sun: _Balance, counters: Counters) -> float | None:
    terms = tuple(term for term in sun.terms if term.sign > 0)
    return counters.energy(_SUN, Drafted(terms=terms), _NO_CLAIM_W).today_wh


def _rest_pct(whole_wh: float | None, left: EnergyFigures) -> float | None:
    """Return what of an energy is not a part of it that is left out."""
    if not whole_wh or left.today_wh is None:
        return None
    return min(100.0, max(0.0, 100 * (1 - left.today_wh / whole_wh)))
