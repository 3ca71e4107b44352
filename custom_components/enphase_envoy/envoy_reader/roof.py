"""The words of the watch: how each inverter does, and which are in trouble."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType


class TroubleKind(StrEnum):
    """What is wrong with an inverter, or with several at once."""

    SILENT = "silent"
    """No report through a day on which the others produced."""
    GONE = "gone"
    """The same, and the gateway itself says that it misses the inverter."""
    LOW = "low"
    """Five producing days below four fifths of its usual yield."""
    GROUP_SILENT = "group_silent"
    """Several fell silent together: a string, a breaker or the power line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """One thing to report to the owner. It is there as long as the trouble lasts."""

    kind: TroubleKind
    serials: tuple[str, ...]
    """Whom it is about, sorted; more than one for a group only."""
    since: datetime
    """Last report of a silent inverter (of a group: of the last to fall silent), or the beginning
    of the first low day; in UTC."""
    yield_pct: float
    """Yield compared to usual of the last judged days, in percent; 0 when silent."""
    lost_wh: float
    """Estimated energy lost on the days judged since, of all in the group together."""

    @property
    def key(self) -> str:
        """A name that stays the same while the trouble lasts."""
        return f"{self.kind}_{self.about}"

    @property
    def about(self) -> str:
        """Tells apart troubles of one kind, for the id of a notice.

        It is the serial number of a single inverter, so that ignoring it lasts; of a group, the
        time at which the group fell silent, since its members may return one by one.
        """
        if self.kind is TroubleKind.GROUP_SILENT:
            return str(int(self.since.timestamp()))
        return self.serials[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class RoofReport:
    """The state of the roof after a collection."""

    producing: int = 0
    """Inverters that reported a power above zero within the last 40 minutes."""
    troubles: tuple[Trouble, ...] = ()
    yields_pct: Mapping[str, float | None] = field(default_factory=lambda: MappingProxyType({}))
    """Yield compared to usual by serial number, in percent: the median of the last five judged
    days. ``None`` while the usual yield is being learned."""

    @property
    def in_trouble(self) -> int:
        """Return how many inverters are in trouble."""
        return sum(len(trouble.serials) for trouble in self.troubles)
