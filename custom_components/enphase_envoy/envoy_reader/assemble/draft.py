"""What the pages say, before anybody has judged the counters."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..counters.days import Claim
    from ..models import Snapshot
    from .fed import Feeders


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
class Draft:
    """What the pages say, with raw counters."""

    told: Snapshot
    """The snapshot as far as it needs no judgement; registers of meters, of inverters and of the
    storage, which are in it too, are as the gateway reads them."""
    production: RawFlow
    consumption: RawFlow | None
    net: RawFlow | None
    feeders: Feeders = field(default_factory=dict)
