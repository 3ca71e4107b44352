"""What an entity shows of registers: their sum, with an offset that keeps it free of steps.

A figure is named after its meaning (production, consumption of L2), not after what measures it. Its
registers may change: a current transformer is switched on, or an inverter is added. Then the offset
changes, too, so that the figure continues at the same value.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from .coarse_day import CoarseDay
from .days import History
from .identity import NO_TERMS, Source, Term, Terms, keys_of
from .json_fields import number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..memory import JsonValue
    from .registers import Registers


class Figure(NamedTuple):
    """What is kept of one figure; a tuple, as each figure makes one in each collection."""

    terms: Terms = NO_TERMS
    """The registers that it was last made of; none if it continues with whatever comes."""
    offset_wh: float = 0.0
    shown_wh: float | None = None
    """What it showed last."""
    at: float = 0.0
    """When one of its registers was last believed."""
    history: History = History()
    coarse: CoarseDay | None = None

    def to_json(self) -> dict[str, JsonValue]:
        """Return it for storage; see ``from_json``."""
        plain: dict[str, JsonValue] = {
            "terms": [*keys_of(self.terms)],
            "offset_wh": self.offset_wh,
            "shown_wh": self.shown_wh,
            "at": self.at,
        }
        if self.history.last:
            plain["history"] = self.history.to_json()
        if self.coarse:
            plain["coarse"] = self.coarse.to_json()
        return plain

    @classmethod
    def from_json(cls, value: object) -> Figure:
        """Read what ``to_json`` made; what does not fit is left out."""
        if not isinstance(value, dict):
            return cls()
        rows = value.get("terms")
        terms = [Term.parse(row) for row in rows] if isinstance(rows, list) else []
        return cls(
            terms=tuple(term for term in terms if term),
            offset_wh=number(value.get("offset_wh")) or 0.0,
            shown_wh=number(value.get("shown_wh")),
            at=number(value.get("at")) or 0.0,
            history=History.from_json(value.get("history")),
            coarse=CoarseDay.from_json(value.get("coarse")),
        )

    def with_history(self, history: History) -> Figure:
        """Return the figure with other days; quicker than ``_replace``, as all are in turn."""
        return Figure(self.terms, self.offset_wh, self.shown_wh, self.at, history, self.coarse)

    def shifted(self, by_wh: float) -> Figure:
        """Return the figure raised by ``by_wh``; the days stay as they were."""
        shown = None if self.shown_wh is None else self.shown_wh + by_wh
        return self._replace(shown_wh=shown, history=self.history.shifted(by_wh))

    def moved(
        self, wanted: Terms, registers: Registers, *, at: float, falls: bool = False
    ) -> Figure:
        """Return the figure as the sum of these registers, as far as they are believed.

        A difference stands still while one of its registers is in doubt: the others alone would
        let it fall. Only a figure with ``falls`` may fall; any other one stands still.
        """
        terms, parts, read = _usable(self._with_inverters(wanted), registers)
        if not terms:
            return self
        total = math.fsum(parts)
        same = terms == self.terms
        offset = self.offset_wh if same else self._continued(total, registers)
        shown = total + offset
        if not falls and self.shown_wh is not None:
            shown = max(shown, self.shown_wh)
        if same and not read and shown == self.shown_wh:
            return self
        return Figure(
            terms=terms,
            offset_wh=offset,
            shown_wh=shown,
            at=at if read else self.at,
            history=self.history,
            coarse=self.coarse,
        )

    def _with_inverters(self, wanted: Terms) -> Terms:
        """Add inverters that are no longer listed: their energy stays, and they may return."""
        if wanted == self.terms:
            return wanted
        if not any(register.source is Source.INVERTER for _, register in wanted):
            return wanted
        known = (term for term in self.terms if term.register.source is Source.INVERTER)
        return tuple(dict.fromkeys((*known, *wanted)))

    def _continued(self, total_wh: float, registers: Registers) -> float:
        """Return the offset with which other registers continue the figure without a step."""
        if self.shown_wh is None:
            return self.offset_wh
        left = [(sign, registers.remembered(register)) for sign, register in self.terms]
        known = [sign * wh for sign, wh in left if wh is not None]
        if not known or len(known) < len(left):
            return self.shown_wh - total_wh
        return self.offset_wh + math.fsum(known) - total_wh


class _Usable(NamedTuple):
    """The terms of a figure that have a value."""

    terms: Terms = NO_TERMS
    """None if the sum would be wrong without the others."""
    parts: Sequence[float] = ()
    """Their parts of the sum."""
    read: bool = False
    """Whether one of them was believed in this collection."""


def _usable(wanted: Terms, registers: Registers) -> _Usable:
    just_believed, all_doubtful = registers.just_believed, registers.doubtful
    known: list[Term] = []
    parts: list[float] = []
    doubtful = is_difference = read = False
    for term in wanted:
        sign, register = term
        is_inverter = register.source is Source.INVERTER
        if (wh := registers.value(register)) is not None:
            known.append(term)
            parts.append(sign * wh)
            read = read or register in just_believed
        elif not is_inverter:
            return _Usable()
        doubtful = doubtful or (register in all_doubtful and not is_inverter)
        is_difference = is_difference or sign < 0
    if doubtful and is_difference:
        return _Usable()
    return _Usable(wanted if len(known) == len(wanted) else tuple(known), parts, read)
