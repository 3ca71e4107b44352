"""Continue counters of version 1.0.0, or of another gateway, without a step.

Version 1.0.0 judged each figure by itself: production was kept beside the register of the clamp
that it was read from. Now registers are kept, and of each figure only what it adds to their sum. A
register takes over the state of its figure, which was judged by the tighter bound. The other
figures made of it get an offset with which they keep their value.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from typing import TYPE_CHECKING, Final

from ..profile import ConsumptionSource, MeterKind, ProductionSource
from .believe import Counter
from .coarse_day import CoarseDay
from .days import History, Midnight, midnight_at
from .days import Sample as DaySample
from .events import Event
from .figures import Figure
from .identity import NO_TERMS, Direction, RegisterId, Source, Term, Terms
from .integral import Integral
from .json_fields import number

if TYPE_CHECKING:
    from ..memory import JsonValue

_PARTS: Final = frozenset(("registers", "figures", "integrals", "events"))
_TOGETHER_S: Final = 1200.0
_LASTING: Final = frozenset((Source.INVERTER, Source.INTEGRAL))
"""Who goes on counting when a gateway is replaced: the inverters, and we ourselves."""
_FALLING: Final = frozenset(("net",))
"""Figures that may fall."""
_SHOWN_THEMSELVES: Final = (f"{Source.CT}/", f"{Source.INVERTER}/")
"""How the names of registers begin that are shown as they are, without a figure."""
_PRODUCTION_PAGES: Final = {
    ProductionSource.METER_PAGE: "production",
    ProductionSource.V1: "v1",
    ProductionSource.INVERTER_SUM: "inverters",
    ProductionSource.HTML: "html",
}
"""Names of the registers of page elements, as in ``assemble``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Old:
    """What version 1.0.0 has kept under one name."""

    counter: Counter | None = None
    parts: Mapping[str, Counter] = field(default_factory=dict)
    by_parts: bool = False
    history: History = field(default_factory=History)
    coarse: CoarseDay | None = None
    step_wh: float | None = None
    step_at: float = 0.0

    @classmethod
    def read(cls, value: JsonValue) -> _Old:
        """Read it; what does not fit is left out."""
        row = value if isinstance(value, dict) else {}
        parts, rebase = row.get("parts"), row.get("rebase")
        found = {
            serial: Counter.from_json(part)
            for serial, part in (parts.items() if isinstance(parts, dict) else ())
        }
        step = rebase if isinstance(rebase, dict) else {}
        return cls(
            counter=Counter.from_json(row.get("counter")),
            parts={serial: part for serial, part in found.items() if part},
            by_parts=row.get("by_parts") is True,
            history=History.from_json(row.get("history")),
            coarse=CoarseDay.from_json(row.get("coarse")),
            step_wh=number(step.get("by_wh")),
            step_at=number(step.get("at")) or 0.0,
        )


def taken_over(state: dict[str, JsonValue], sources: JsonValue) -> None:
    """Convert a state of version 1.0.0 in place; leave any other as it is.

    ``sources`` says what production and consumption were made of then (``Memory.data["sources"]``).
    """
    if not state or not _PARTS.isdisjoint(state):
        return
    old = {name: _Old.read(row) for name, row in state.items()}
    chosen = sources if isinstance(sources, dict) else {}
    takeover = _Takeover(old, chosen.get("production"), chosen.get("consumption"))
    integrals = _integrals(state)
    takeover.run(integrals.get("battery"))
    for name, row in state.items():
        if isinstance(row, dict) and row.get("from_zero") is True:
            takeover.figures[name] = Figure(shown_wh=0.0)
    state.clear()
    state.update(
        registers={
            register.key: counter.to_json() for register, counter in takeover.registers.items()
        },
        figures={name: figure.to_json() for name, figure in takeover.figures.items()},
        integrals={name: integral.to_json() for name, integral in integrals.items()},
        events=[event.to_json() for event in takeover.events],
    )


def carried_over(
    state: Mapping[str, JsonValue],
    *,
    zone: tzinfo = UTC,
    beside: Mapping[str, JsonValue] | None = None,
    moved: AbstractSet[str] = frozenset(),
) -> dict[str, JsonValue]:
    """Return the state for another gateway that takes the place of this one.

    Its registers are others. Each figure that was shown goes on from where it stands, whatever they
    say at first: nothing is asked, as it is known that the gateway was replaced. Inverters count by
    themselves, so they and the sums of them go on with what they have made meanwhile.

    ``zone`` is where the site is. ``beside`` is the state of the other gateway, where it has been
    read already: its registers are known then, and what this one has never shown goes on as well.
    ``moved`` are the serial numbers of the inverters that were shown by it.
    """
    figures = {
        name: _released(Figure.from_json(row), zone)
        for name, row in _rows(state, "figures").items()
    }
    registers: dict[str, JsonValue] = {}
    for key, row in _rows(state, "registers").items():
        counter, register = Counter.from_json(row), RegisterId.parse(key)
        if counter is None or register is None:
            continue
        if register.source is Source.INVERTER:
            registers[key] = row  # the same one as before
        elif register.source is Source.CT and key not in figures:
            figures[key] = Figure(shown_wh=counter.shown_wh, at=counter.at)
    carried: dict[str, JsonValue] = {
        "registers": registers,
        "figures": {name: figure.to_json() for name, figure in figures.items()},
        "integrals": dict(_rows(state, "integrals")),
        "splits": _begun_anew(_rows(state, "splits")),
        "events": [],
    }
    return _joined(carried, beside, moved) if beside else carried


def _released(figure: Figure, zone: tzinfo) -> Figure:
    """Return a figure that goes on with any registers, unless its own outlive the gateway."""
    if any(term.register.source not in _LASTING for term in figure.terms):
        figure = figure._replace(terms=NO_TERMS)
    coarse, shown_wh = figure.coarse, figure.shown_wh
    if coarse is None or figure.history.last or shown_wh is None:
        return figure
    # A page with three digits has told the days so far. The next gateway has a counter for them.
    begun = [(coarse.midnight, coarse.today_wh)]
    begun.append((midnight_at(coarse.midnight, zone, 6), coarse.seven_days_wh))
    history = History(last=DaySample(at=figure.at, wh=shown_wh))
    for at, wh in begun:
        if wh is not None:
            history = history.knowing(Midnight(at=at, wh=shown_wh - wh, source="own"))
    return figure._replace(history=history)


def _joined(
    carried: Mapping[str, JsonValue],
    beside: Mapping[str, JsonValue],
    moved: AbstractSet[str],
) -> dict[str, JsonValue]:
    """Add what only the other gateway knows; of a moved inverter, what it knows is what counts."""
    its = {**beside}
    both: dict[str, JsonValue] = {}
    for name in ("registers", "figures", "integrals", "splits"):
        ours = {key: row for key, row in _rows(carried, name).items() if not _is_of(key, moved)}
        both[name] = {**_rows(its, name), **ours}
    return {**both, "events": its.get("events", [])}


def _begun_anew(splits: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Return what was counted of balances, to be gone on with by other registers."""
    return {
        name: {**row, "terms": ""} if isinstance(row, dict) else row for name, row in splits.items()
    }


def _is_of(key: str, serials: AbstractSet[str]) -> bool:
    """Return whether a name is that of the register of one of these inverters."""
    register = RegisterId.parse(key)
    return register is not None and register.source is Source.INVERTER and register.name in serials


def given_back(
    before: Mapping[str, JsonValue], after: Mapping[str, JsonValue]
) -> dict[str, JsonValue]:
    """Return the state from before another gateway took this one's place, which has been undone.

    ``after`` is the state with the other gateway. What was shown does not fall: it stands still
    until the registers of before have reached it. What we count ourselves goes on as it is.
    """
    reached = {
        key: counter.shown_wh
        for key, row in _rows(after, "registers").items()
        if (counter := Counter.from_json(row)) and key.startswith(_SHOWN_THEMSELVES)
    }
    for name, row in _rows(after, "figures").items():
        reached[name] = Figure.from_json(row).shown_wh

    def shown(name: str, shown_wh: float | None) -> float | None:
        falls = name.split("_", maxsplit=1)[0] in _FALLING
        return shown_wh if shown_wh is None or falls else max(shown_wh, reached.get(name) or 0.0)

    figures: dict[str, JsonValue] = {}
    for name, row in _rows(before, "figures").items():
        figure = Figure.from_json(row)
        figures[name] = figure._replace(shown_wh=shown(name, figure.shown_wh)).to_json()
    registers = dict(_rows(before, "registers"))
    for key, row in registers.items():
        counter = Counter.from_json(row)
        if counter and key not in figures and key.startswith(_SHOWN_THEMSELVES):
            registers[key] = counter._replace(shown_wh=shown(key, counter.shown_wh)).to_json()
    return {
        **before,
        "registers": registers,
        "figures": figures,
        "integrals": _gone_on(before, after, "integrals"),
        "splits": _begun_anew(_gone_on(before, after, "splits")),
    }


def _gone_on(
    before: Mapping[str, JsonValue], after: Mapping[str, JsonValue], name: str
) -> dict[str, JsonValue]:
    """Return what ``before`` has of a section, as far as ``after`` has gone on with it."""
    later = _rows(after, name)
    return {key: later.get(key, row) for key, row in _rows(before, name).items()}


def _rows(state: Mapping[str, JsonValue], name: str) -> Mapping[str, JsonValue]:
    found = state.get(name)
    return found if isinstance(found, dict) else {}


def _integrals(state: Mapping[str, JsonValue]) -> dict[str, Integral]:
    row = state.get("battery")
    bank = row.get("bank") if isinstance(row, dict) else None
    if not isinstance(bank, dict):
        return {}
    plain = {
        **bank,
        "delivered_wh": bank.get("discharged_wh"),
        "received_wh": bank.get("charged_wh"),
    }
    integral = Integral.from_json(plain)
    return {"battery": integral} if integral else {}


class _Takeover:
    """The records of version 1.0.0 on their way to registers, figures and events."""

    def __init__(
        self, old: Mapping[str, _Old], production: JsonValue, consumption: JsonValue
    ) -> None:
        self._old = old
        self._production = next(
            (source for source in ProductionSource if source == production), None
        )
        self._consumption = next(
            (source for source in ConsumptionSource if source == consumption), None
        )
        self.registers: dict[RegisterId, Counter] = {}
        self.figures: dict[str, Figure] = {}
        self.events: list[Event] = []

    def run(self, battery: Integral | None) -> None:
        """Take over the registers of clamps first, then those judged by tighter bounds."""
        for name, old in self._old.items():
            if register := _single(name):
                self._own(register, old.counter)
        for phase, suffix in enumerate(("", "_l1", "_l2", "_l3")):
            self._flow(f"production{suffix}", self._production_terms(phase))
            self._flow(f"consumption{suffix}", self._consumption_terms(phase))
        self._battery(battery)
        for name in self._old:
            if register := _single(name):
                self._as_before(register.key, name, (Term(1, register),))
        for phase, suffix in enumerate(("", "_l1", "_l2", "_l3")):
            self._balance(f"net{suffix}", phase)
        self._steps()

    def _own(self, register: RegisterId, counter: Counter | None) -> None:
        if counter:
            self.registers[register] = counter

    def _production_terms(self, phase: int) -> Terms:
        if self._production is ProductionSource.READINGS:
            return _ct(MeterKind.PRODUCTION, phase)
        if self._production is ProductionSource.DEVICE_DATA:
            parts = self._old.get("production", _Old()).parts
            inverters = (RegisterId(Source.INVERTER, serial) for serial in parts)
            return tuple(Term(1, register) for register in inverters) if not phase else NO_TERMS
        if self._production:
            name = _PRODUCTION_PAGES[self._production]
            return (Term(1, RegisterId(Source.PAGE, name, phase=phase)),)
        return NO_TERMS

    def _consumption_terms(self, phase: int) -> Terms:
        match self._consumption:
            case ConsumptionSource.TOTAL_METER:
                return _ct(MeterKind.TOTAL_CONSUMPTION, phase)
            case ConsumptionSource.NET_METER:
                return (*_ct(MeterKind.PRODUCTION, phase), *_balance_terms(phase))
            case ConsumptionSource.METER_PAGE:
                return (Term(1, RegisterId(Source.PAGE, "total-consumption", phase=phase)),)
        return NO_TERMS

    def _flow(self, name: str, terms: Terms) -> None:
        """Take over a figure with days, and its register if it is made of one alone."""
        old = self._old.get(name)
        if old is None or old.counter is None:
            return
        for serial, part in old.parts.items():
            self.registers.setdefault(RegisterId(Source.INVERTER, serial), part)
        if len(terms) == 1 and not old.parts:
            self._own(terms[0].register, old.counter)
        if old.parts and not old.by_parts:
            terms = NO_TERMS  # its inverters were not believed yet
        self._as_before(name, name, terms, with_days=True)

    def _as_before(
        self, name: str, old_name: str, terms: Terms, *, with_days: bool = False
    ) -> None:
        """Let a figure show its old value, with an offset to the sum of its registers.

        A figure without days that equals the sum of its registers needs no entry.
        """
        old = self._old[old_name]
        counter = old.counter
        if counter is None or counter.shown_wh is None:
            return
        known = [self.registers.get(term.register) for term in terms]
        if not all(known):
            terms = NO_TERMS
        offset = counter.offset_wh
        for term, register in zip(terms, known, strict=False):
            offset -= term.sign * (register.offset_wh if register else 0.0)
        for part in old.parts.values() if terms else ():
            offset += part.offset_wh
        shown = math.fsum(
            term.sign * ((register.shown_wh if register else None) or 0.0)
            for term, register in zip(terms, known, strict=False)
        )
        if terms and not with_days and not offset and counter.shown_wh <= shown:
            return
        self.figures[name] = Figure(
            terms=terms,
            offset_wh=offset if terms else 0.0,
            shown_wh=counter.shown_wh,
            at=counter.at,
            history=old.history,
            coarse=old.coarse,
        )

    def _battery(self, integral: Integral | None) -> None:
        """Take over the energies of the batteries, from the clamp or counted by us."""
        for name, direction in (
            ("battery_discharged", Direction.DELIVERED),
            ("battery_charged", Direction.RECEIVED),
        ):
            counter = self._old.get(name, _Old()).counter
            if counter and not (integral and integral.at > counter.at):
                register = RegisterId(Source.CT, MeterKind.STORAGE, direction)
                self._own(register, counter)
                self._as_before(name, name, (Term(1, register),), with_days=True)
            elif integral:
                wh = (
                    integral.delivered_wh
                    if direction is Direction.DELIVERED
                    else integral.received_wh
                )
                register = RegisterId(Source.INTEGRAL, "battery", direction)
                self.figures[name] = Figure(terms=(Term(1, register),), shown_wh=wh, at=integral.at)

    def _balance(self, name: str, phase: int) -> None:
        """Take over the balance with the grid, which was shown as the gateway gave it."""
        terms = _balance_terms(phase)
        known = [self.registers.get(term.register) for term in terms]
        offset = -math.fsum(
            term.sign * counter.offset_wh
            for term, counter in zip(terms, known, strict=True)
            if counter
        )
        if all(known) and offset:
            shown = math.fsum(
                term.sign * (counter.raw_wh if counter else 0.0)
                for term, counter in zip(terms, known, strict=True)
            )
            self.figures[name] = Figure(terms=terms, offset_wh=offset, shown_wh=shown)

    def _steps(self) -> None:
        """Collect the steps that are not answered yet; those of about one time are one event."""
        times: list[tuple[float, dict[str, float]]] = []
        for at, name, by_wh in sorted(self._open_steps()):
            if not times or at - times[-1][0] > _TOGETHER_S:
                times.append((at, {}))
            times[-1][1].setdefault(name, by_wh)
        self.events += [
            Event(id=f"{at:.0f}", at=at, began_at=at, steps=steps) for at, steps in times
        ]

    def _open_steps(self) -> Iterator[tuple[float, str, float]]:
        """Yield time, name and size of each step, by register if the register made it."""
        stepped = {
            register.key
            for name, old in self._old.items()
            if old.step_wh and (register := _single(name))
        }
        for name, old in self._old.items():
            if not old.step_wh:
                continue
            if register := _single(name):
                yield old.step_at, register.key, old.step_wh
                continue
            terms = self.figures[name].terms if name in self.figures else NO_TERMS
            keys = [term.register.key for term in terms]
            if len(keys) == 1 and not old.parts:
                yield old.step_at, keys[0], old.step_wh
            elif name in self.figures and stepped.isdisjoint(keys):
                yield old.step_at, name, old.step_wh


def _single(name: str) -> RegisterId | None:
    """Return the register that version 1.0.0 has kept under this name, if it is one."""
    if name.startswith("inverter_"):
        return RegisterId(Source.INVERTER, name.removeprefix("inverter_"))
    if not name.startswith("ct_"):
        return None
    kind, _, rest = name.removeprefix("ct_").partition("_")
    direction, _, phase = rest.partition("_l")
    return RegisterId.parse(f"{Source.CT}/{kind}/{direction}/{phase or 0}")


def _ct(kind: MeterKind, phase: int) -> Terms:
    return (Term(1, RegisterId(Source.CT, kind, phase=phase)),)


def _balance_terms(phase: int) -> Terms:
    net = MeterKind.NET_CONSUMPTION
    return (
        Term(1, RegisterId(Source.CT, net, Direction.DELIVERED, phase)),
        Term(-1, RegisterId(Source.CT, net, Direction.RECEIVED, phase)),
    )
