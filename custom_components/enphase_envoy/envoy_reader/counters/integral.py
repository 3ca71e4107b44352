"""Count energy that no meter counts, from a power or from a stored energy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from .json_fields import record_from_json, record_to_json

if TYPE_CHECKING:
    from ..memory import JsonValue

_HOUR_S: Final = 3600.0
_POWER_GAP_S: Final = 300.0
"""Up to this gap, the power between two samples is taken as a straight line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Integral:
    """Energy that has flowed in each direction since the first sample."""

    at: float
    delivered_wh: float = 0.0
    """Energy while the power was positive: discharged, consumed."""
    received_wh: float = 0.0
    """Energy while the power was negative: charged."""
    power_w: float | None = None
    """Power of the last sample."""
    stored_wh: float | None = None
    """Stored energy of the last sample, if there is a storage."""
    capacity_wh: float | None = None
    """Capacity at the last sample; another capacity means other batteries."""

    def to_json(self) -> dict[str, JsonValue]:
        """Return it for storage; see ``from_json``."""
        return record_to_json(self)

    @classmethod
    def from_json(cls, value: object) -> Integral | None:
        """Read what ``to_json`` made; ``None`` for anything else, without raising."""
        return record_from_json(cls, value)


def integrate(
    before: Integral | None,
    *,
    power_w: float | None,
    stored_wh: float | None = None,
    capacity_wh: float | None = None,
    at: float,
) -> Integral:
    """Add what flowed since the last sample; both energies start at zero and only grow.

    Between samples up to five minutes apart the power is taken as a straight line. Over a longer
    gap the change of the stored energy is added, if it is known and the batteries are the same;
    otherwise nothing. Give an impossible power as ``None``.
    """
    if before is None:
        return Integral(at=at, power_w=power_w, stored_wh=stored_wh, capacity_wh=capacity_wh)
    elapsed = at - before.at
    near = 0 <= elapsed <= _POWER_GAP_S
    if power_w is None and (near or stored_wh is None):
        return before  # Decided by the next sample with a power, or by the gap as a whole.
    out, into = 0.0, 0.0
    if near and power_w is not None and before.power_w is not None:
        out, into = _areas(before.power_w, power_w, elapsed / _HOUR_S)
    elif (
        stored_wh is not None and before.stored_wh is not None and before.capacity_wh == capacity_wh
    ):
        out, into = max(0.0, before.stored_wh - stored_wh), max(0.0, stored_wh - before.stored_wh)
    return Integral(
        at=at,
        delivered_wh=before.delivered_wh + out,
        received_wh=before.received_wh + into,
        power_w=power_w,
        stored_wh=stored_wh,
        capacity_wh=capacity_wh,
    )


def _areas(first_w: float, last_w: float, hours: float) -> tuple[float, float]:
    """Return the areas above and below zero of a straight line from one power to the next."""
    if first_w * last_w >= 0:
        area = (first_w + last_w) / 2 * hours
        return max(area, 0.0), max(-area, 0.0)
    crossing = first_w / (first_w - last_w)
    first, last = first_w * crossing / 2 * hours, last_w * (1 - crossing) / 2 * hours
    return max(first, last), -min(first, last)
