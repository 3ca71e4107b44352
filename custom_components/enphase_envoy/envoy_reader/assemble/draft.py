"""What the pages say, before anybody has judged the counters."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..derive import Claim
    from ..models import Battery, CtMeter, Inverter, MeterKind


@dataclass(frozen=True, slots=True, kw_only=True)
class RawFigures:
    """Power, the register behind it as the gateway gives it, and what pages say of the day."""

    power_w: float | None = None
    lifetime_wh: float | None = None
    claims: tuple[Claim, ...] = ()
    wraps: bool = False
    """Whether the register is kept in 32 bits of joules (gateway-api.md, section 17.2)."""
    coarse: bool = False
    """Whether the register moves in steps too large to make a day's figure of."""
    computed: bool = False
    """Whether the register is a difference of others, and may fall for a while."""
    parts: Mapping[str, float] | None = None
    """Registers of the single inverters, where the register is their sum."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RawFlow:
    """A boundary as a whole and by phase, before the counters are judged."""

    total: RawFigures = RawFigures()
    phases: tuple[RawFigures, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RawBank:
    """All IQ Batteries together, before the counters are judged."""

    charge_pct: float | None = None
    stored_wh: float | None = None
    capacity_wh: float | None = None
    power_w: float | None = None
    """Positive when discharging."""
    metered: bool = False
    """Whether a current transformer counts what goes in and out."""
    charged_wh: float | None = None
    discharged_wh: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What the pages say, with raw counters."""

    production: RawFlow
    consumption: RawFlow | None
    inverters: Mapping[str, Inverter]
    batteries: Mapping[str, Battery]
    bank: RawBank | None
    on_grid: bool | None
    net: RawFlow | None = None
    meters: Mapping[MeterKind, CtMeter] = field(default_factory=lambda: MappingProxyType({}))
    """As the gateway reads them, their registers not yet judged."""
    sources: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
