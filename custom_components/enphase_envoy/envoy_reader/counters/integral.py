"""Count the energy of batteries that no meter counts, from their power or from what they store."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from .json_records import dump, load

if TYPE_CHECKING:
    from ..memory import JsonValue

_HOUR_S: Final = 3600.0
_POWER_GAP_S: Final = 300.0
"""Up to this gap, power is taken to have gone straight from one sample to the next."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Integral:
    """Energy into and out of batteries, counted from their power or from what is stored."""

    at: float
    charged_wh: float = 0.0
    discharged_wh: float = 0.0
    power_w: float | None = None
    """Power of the last sample, positive when discharging."""
    stored_wh: float | None = None
    """Stored energy of the last sample."""
    capacity_wh: float | None = None
    """What could be stored at the last sample: another figure means other batteries."""

    def to_json(self) -> dict[str, JsonValue]:
        """Return it for storage; see ``from_json``."""
        return dump(self)

    @classmethod
    def from_json(cls, value: object) -> Integral | None:
        """Read what ``to_json`` made; ``None`` for anything else, without raising."""
        return load(cls, value)


def integrate(
    bank: Integral | None,
    *,
    power_w: float | None,
    stored_wh: float | None,
    capacity_wh: float | None = None,
    at: float,
) -> Integral:
    """Add what flowed since the sample before; both counters start at zero and only grow.

    Between samples up to five minutes apart the power is taken to be a straight line. Over longer
    gaps the change of the stored energy tells, where it is known and of the same batteries, and
    otherwise nothing is added.
    """
    if bank is None:
        return Integral(at=at, power_w=power_w, stored_wh=stored_wh, capacity_wh=capacity_wh)
    elapsed = at - bank.at
    near = 0 <= elapsed <= _POWER_GAP_S
    if power_w is None and (near or stored_wh is None):
        return bank  # The next sample with a power, or the gap as a whole, will tell.
    out, into = 0.0, 0.0
    if near and power_w is not None and bank.power_w is not None:
        out, into = _areas(bank.power_w, power_w, elapsed / _HOUR_S)
    elif stored_wh is not None and bank.stored_wh is not None and bank.capacity_wh == capacity_wh:
        out, into = max(0.0, bank.stored_wh - stored_wh), max(0.0, stored_wh - bank.stored_wh)
    return Integral(
        at=at,
        charged_wh=bank.charged_wh + into,
        discharged_wh=bank.discharged_wh + out,
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
