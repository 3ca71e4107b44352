"""Part a balance into what flowed one way and what flowed the other, as a meter does that sums.

A meter that sums its phases counts their sum at each moment: what one phase imports while another
exports does not show. No register of the gateway does so. From two samples of the registers, close
to each other, it is known well enough: their difference goes to one side.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from .json_fields import record_from_json, record_to_json

if TYPE_CHECKING:
    from ..memory import JsonValue

_GAP_S: Final = 3600.0
"""Beyond this a site may have imported for a while and exported for another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """Energy that the whole has taken and given, since it was first looked at."""

    at: float
    """When the registers were last believed, in epoch seconds."""
    plus_wh: float
    """Sum of the registers that count towards the balance, as far as they are counted."""
    minus_wh: float
    """Sum of those that count against it."""
    terms: str = ""
    """What the sums are made of: with other registers, they begin anew."""
    delivered_wh: float = 0.0
    received_wh: float = 0.0
    plus_close_wh: float = 0.0
    """Of both sums, and of what cancelled out, as far as samples were close to each other."""
    minus_close_wh: float = 0.0
    cancelled_wh: float = 0.0

    def to_json(self) -> dict[str, JsonValue]:
        """Return it for storage; see ``from_json``."""
        return record_to_json(self)

    @classmethod
    def from_json(cls, value: object) -> Split | None:
        """Read what ``to_json`` made; ``None`` for anything else, without raising."""
        if not isinstance(value, dict):
            return None
        terms = value.get("terms")
        if not isinstance(terms, str):
            return None
        found = record_from_json(cls, {**value, "terms": 0})
        return replace(found, terms=terms) if found else None

    def shifted(self, plus_wh: float, minus_wh: float) -> Split:
        """Return it for registers that show so much more; nothing has flowed by that."""
        return replace(self, plus_wh=self.plus_wh + plus_wh, minus_wh=self.minus_wh + minus_wh)

    @property
    def _share(self) -> float:
        """The part of the lesser side that cancels out over a long time."""
        lesser_wh = min(self.plus_close_wh, self.minus_close_wh)
        return self.cancelled_wh / lesser_wh if lesser_wh > 0 else 1.0


def split(  # noqa: PLR0913 -- two sums, what they are, how finely they count, and when
    before: Split | None, *, plus_wh: float, minus_wh: float, terms: str, least_wh: float, at: float
) -> Split:
    """Count what has flowed since the last sample; both energies start at zero and only grow.

    ``least_wh`` is what registers may seem to move against each other because they are rounded:
    less than that waits for the next sample. Over more than an hour without a sample, as much of
    the lesser side cancels out as has done over all the time so far.
    """
    if before is None or before.terms != terms:
        energies = before or Split(at=at, plus_wh=0.0, minus_wh=0.0)
        return replace(energies, at=at, plus_wh=plus_wh, minus_wh=minus_wh, terms=terms)
    grown, shrunk = plus_wh - before.plus_wh, minus_wh - before.minus_wh
    if grown < 0 or shrunk < 0:  # a register was set back; it counts on from there
        return replace(before, at=at, plus_wh=plus_wh, minus_wh=minus_wh)
    if abs(grown - shrunk) < least_wh:
        return replace(before, at=at)
    cancelled = min(grown, shrunk)
    close = 0 <= at - before.at <= _GAP_S
    if not close:
        cancelled *= before._share  # noqa: SLF001 -- one module
    return Split(
        at=at,
        plus_wh=plus_wh,
        minus_wh=minus_wh,
        terms=terms,
        delivered_wh=before.delivered_wh + (grown - cancelled),
        received_wh=before.received_wh + (shrunk - cancelled),
        plus_close_wh=before.plus_close_wh + (grown if close else 0.0),
        minus_close_wh=before.minus_close_wh + (shrunk if close else 0.0),
        cancelled_wh=before.cancelled_wh + (cancelled if close else 0.0),
    )
