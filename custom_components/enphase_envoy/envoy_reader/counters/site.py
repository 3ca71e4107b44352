"""Every cumulative figure of a site: registers judged once, figures made of them, and their days.

The state is one JSON document that the owner keeps (``Memory.data["counters"]``). It is complete
after each call, so it may be saved at any moment. If a part is damaged, only that part is lost.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

from ..models import EnergyFigures
from .coarse_day import coarse_day
from .days import DayReport, day_figures
from .events import Event, with_steps
from .figures import Figure
from .identity import NO_TERMS, Direction, RegisterId, Source, Term, Terms, keys_of
from .integral import Integral, integrate
from .registers import Registers
from .split import Split, split
from .takeover import taken_over

if TYPE_CHECKING:
    from ..memory import JsonValue
    from .identity import Sample

_GROWN: Final = 1.03
"""An energy that we count ourselves is saved when it has grown by this factor. What a crash could
undo is then less than a tenth, at which Home Assistant would see a new cycle."""
_LEAST_WH: Final = 1.0
_APART_S: Final = 50.0
"""Between two times that growth is saved at once: live polls save no more than collections do."""
_WHOLE_WH: Final = 1.0
_FINE_WH: Final = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebase:
    """Steps that were taken out at about the same time, until the user has answered."""

    id: str
    at: float
    """When the first of them was taken out, in epoch seconds."""
    by_wh: Mapping[str, float] = field(default_factory=dict)
    """The step of each counter, positive when the gateway's figure leapt up."""


class Drafted(NamedTuple):
    """A figure before its samples are judged."""

    power_w: float | None = None
    terms: Terms = NO_TERMS
    """The registers of which its lifetime is made."""
    day_reports: Sequence[DayReport] = ()
    """Day reports of pages, the most trustworthy first."""
    coarse: bool = False
    """Its lifetime moves in steps too large to compute a day from it."""
    page_answered: bool = False
    """Its page has answered in this collection."""
    from_zero: bool = False
    """It begins with us, as some of what it is made of does."""


class Counters:
    """All counters of a site. One collection: ``begin``, ``judge``, then each figure once."""

    def __init__(
        self,
        state: dict[str, JsonValue],
        *,
        sources: JsonValue = None,
        trusted: bool = True,
    ) -> None:
        """Go on with ``state``, which is updated in place.

        ``sources`` are those that a state of version 1.0.0 was made with. ``trusted`` says that the
        state holds the last values that were shown; otherwise a counter is unknown until read.
        """
        taken_over(state, sources)
        self._state = state
        self._registers = Registers(_section(state, "registers"), trusted=trusted)
        self._figures = _section(state, "figures")
        self._known = {name: Figure.from_json(row) for name, row in self._figures.items()}
        # Registers with a figure of their own: some of version 1.0.0, no new ones.
        self._continued = {it for name in self._known if (it := RegisterId.parse(name))}
        self._integrals = _section(state, "integrals")
        self._areas = {
            name: integral
            for name, row in self._integrals.items()
            if (integral := Integral.from_json(row))
        }
        self._parts = _section(state, "splits")
        self._splits = {
            name: parted for name, row in self._parts.items() if (parted := Split.from_json(row))
        }
        self._saved = self._all_counted()
        rows = state.get("events")
        found = (Event.from_json(row) for row in (rows if isinstance(rows, list) else ()))
        self._events = tuple(event for event in found if event)
        self._trusted = trusted
        self._at = 0.0
        self._zone: tzinfo = UTC
        self._urgent = False
        self._saved_at = 0.0

    @property
    def held(self) -> Mapping[str, str]:
        """Why a sample was not believed in this collection, by the key of its register."""
        return {register.key: why for register, why in self._registers.held.items()}

    @property
    def rebased(self) -> Mapping[str, float]:
        """Steps taken out in this collection, by register; zero: an earlier one is cancelled."""
        return {register.key: step.by_wh for register, step in self._registers.steps.items()}

    @property
    def open_rebases(self) -> tuple[Rebase, ...]:
        """Events that the user has not answered yet, oldest first."""
        return tuple(
            Rebase(id=event.id, at=event.at, by_wh=self._shown_steps(event))
            for event in self._events
        )

    @property
    def urgent(self) -> bool:
        """Whether this collection learned something that should be saved at once.

        That is a midnight, a rebase, or growth of an energy that we count. After a crash it could
        not be learned again, and what was shown meanwhile would fall back.
        """
        return self._urgent or bool(self._registers.steps)

    @property
    def complete(self) -> bool:
        """Whether nothing is lost when this state is trusted at the next start."""
        return self._registers.all_read

    @property
    def zone(self) -> tzinfo:
        """The time zone of the latest collection, which days follow."""
        return self._zone

    def begin(self, at: float, zone: tzinfo) -> None:
        """Start a collection at an epoch second, in the gateway's time zone."""
        self._at, self._zone, self._urgent = at, zone, False

    def judge(self, samples: Mapping[RegisterId, Sample]) -> None:
        """Judge each register that was read in this collection."""
        self._registers.judge(samples, self._at)
        if self._registers.steps:
            self._keep_events(with_steps(self._events, self._registers.steps, self._at))

    def energy(self, name: str, drafted: Drafted, max_power_w: float) -> EnergyFigures:
        """Return power and believable energies of a figure that has days."""
        figure = self._moved(name, drafted.terms, from_zero=drafted.from_zero)
        shown = self._visible(figure)
        if shown is None:
            return EnergyFigures(power_w=drafted.power_w)
        if drafted.coarse:
            figure, today, week = self._coarse(figure, drafted, max_power_w)
        else:
            figure, today, week = self._days(figure, drafted, max_power_w)
        self._keep(name, figure)
        return EnergyFigures(
            power_w=drafted.power_w, today_wh=today, seven_days_wh=week, lifetime_wh=shown
        )

    def figure(self, name: str, terms: Terms, *, falls: bool = False) -> float | None:
        """Return the believed value of a figure without days; with ``falls`` it may fall."""
        figure = self._moved(name, terms, falls=falls)
        self._keep(name, figure)
        return self._visible(figure)

    def register(self, register: RegisterId) -> float | None:
        """Return the believed value of a single register, such as one of a CT."""
        if register in self._continued:
            return self.figure(register.key, (Term(1, register),))
        return self._registers.value(register)

    def count(
        self,
        name: str,
        *,
        power_w: float | None,
        stored_wh: float | None = None,
        capacity_wh: float | None = None,
    ) -> None:
        """Add up a power over time; ``counted`` names the registers of the energies."""
        before = self._areas.get(name)
        after = integrate(
            before,
            power_w=power_w,
            stored_wh=stored_wh,
            capacity_wh=capacity_wh,
            at=self._at,
        )
        if after is not before:
            self._areas[name] = after
            self._integrals[name] = after.to_json()
        self._count(name, after, grown=after is not before)

    def split(self, name: str, terms: Terms) -> None:
        """Count what a balance of registers has taken and given; ``counted`` names the energies.

        While one of the registers is not believed, what flows meanwhile waits.
        """
        before = self._splits.get(name)
        believed = bool(terms) and all(it in self._registers.just_believed for _, it in terms)
        after = before
        if believed:
            plus, minus = (
                [self._registers.value(it) or 0.0 for sign, it in terms if sign == wanted]
                for wanted in (1, -1)
            )
            after = split(
                before,
                plus_wh=math.fsum(plus),
                minus_wh=math.fsum(minus),
                terms=" ".join(keys_of(terms)),
                least_wh=sum(_step_wh(self._registers.raw(it)) for _, it in terms),
                at=self._at,
            )
            self._splits[name] = after
            self._parts[name] = after.to_json()
        if after is not None:
            self._count(name, after, grown=believed)

    def _count(self, name: str, counted: Integral | Split, *, grown: bool) -> None:
        """Take over the energies of what we count, unless newer ones may have been shown."""
        if grown:
            self._urgent = self._has_grown(name, counted) or self._urgent
        if grown or self._trusted:
            delivered, received = _both(name)
            self._registers.count(delivered, counted.delivered_wh, grown=grown)
            self._registers.count(received, counted.received_wh, grown=grown)

    def count_from_zero(self, name: str) -> None:
        """Let a figure begin at zero with its next value."""
        self._keep(name, Figure(shown_wh=0.0))

    def undo(self, event_id: str) -> None:
        """Undo an event: from now on its counters include the steps of the gateway.

        Today and the week stay as they are. After a step down a counter falls, and Home Assistant
        sees a new cycle: call it only for a user who says that the gateway is right.
        """
        for event in self._events:
            if event.id == event_id:
                for name, by_wh in self._shown_steps(event).items():
                    figure = self._known.get(name)
                    if figure:
                        own = by_wh if name in event.steps and not RegisterId.parse(name) else 0.0
                        shifted = figure._replace(offset_wh=figure.offset_wh + own)
                        self._keep(name, shifted.shifted(by_wh))
                for name, by_wh in event.steps.items():
                    register = RegisterId.parse(name)
                    if register:
                        self._registers.shift(register, by_wh)
                self._shift_splits(event.steps)
        self.keep(event_id)

    def keep(self, event_id: str) -> None:
        """Close an event: its steps stay out, and it cannot be undone any more."""
        self._keep_events(tuple(event for event in self._events if event.id != event_id))

    def _shift_splits(self, steps: Mapping[str, float]) -> None:
        for name, parted in self._splits.items():
            terms = [it for it in map(Term.parse, parted.terms.split(" ")) if it]
            plus, minus = (
                math.fsum(steps.get(it.key, 0.0) for sign, it in terms if sign == wanted)
                for wanted in (1, -1)
            )
            if plus or minus:
                self._splits[name] = parted.shifted(plus, minus)
                self._parts[name] = self._splits[name].to_json()

    def _shown_steps(self, event: Event) -> dict[str, float]:
        """Return the steps of an event by counter, those of the figures included."""
        steps = dict(event.steps)
        for name, figure in self._known.items():
            by_wh = sum(
                event.steps.get(register.key, 0.0) * sign for sign, register in figure.terms
            )
            if by_wh and name not in steps:
                steps[name] = by_wh
        return steps

    def _moved(
        self, name: str, terms: Terms, *, falls: bool = False, from_zero: bool = False
    ) -> Figure:
        figure = self._known.get(name) or Figure(shown_wh=0.0 if from_zero else None)
        return figure.moved(terms, self._registers, at=self._at, falls=falls)

    def _visible(self, figure: Figure) -> float | None:
        """Return what a figure shows; ``None`` if a newer value may have been shown before."""
        if not figure.terms:
            return None
        if not self._trusted and not self._registers.have_read(figure.terms):
            return None
        return figure.shown_wh

    def _days(
        self, figure: Figure, drafted: Drafted, max_power_w: float
    ) -> tuple[Figure, float | None, float | None]:
        days = day_figures(
            figure.history,
            lifetime_wh=figure.shown_wh,
            at=self._at,
            zone=self._zone,
            day_reports=drafted.day_reports,
            max_power_w=max_power_w,
            power_w=drafted.power_w,
            sampled_at=figure.at,
            raw_wh=lambda: self._raw(figure.terms),
        )
        if days.history.midnights != figure.history.midnights:
            self._urgent = True
        if days.history is not figure.history:
            figure = figure.with_history(days.history)
        return figure, days.today_wh, days.seven_days_wh

    def _coarse(
        self, figure: Figure, drafted: Drafted, max_power_w: float
    ) -> tuple[Figure, float | None, float | None]:
        report = next(iter(drafted.day_reports), None) if drafted.page_answered else None
        before = figure.coarse
        day = coarse_day(
            before,
            report=report or DayReport(source=""),
            at=self._at,
            zone=self._zone,
            max_power_w=max_power_w,
        )
        if before is None or before.midnight != day.midnight:
            self._urgent = True
        if day != before:
            figure = figure._replace(coarse=day)
        return figure, day.today_wh, day.seven_days_wh

    def _raw(self, terms: Terms) -> float:
        return sum(sign * self._registers.raw(register) for sign, register in terms)

    def _has_grown(self, name: str, counted: Integral | Split) -> bool:
        if 0 < self._at - self._saved_at < _APART_S:
            return False
        saved, now = self._saved.get(name, (0.0, 0.0)), _energies(counted)
        if any(wh > max(_GROWN * old, old + _LEAST_WH) for old, wh in zip(saved, now, strict=True)):
            # Everything is saved together.
            self._saved = self._all_counted()
            self._saved_at = self._at
            return True
        return False

    def _all_counted(self) -> dict[str, tuple[float, float]]:
        """Return all energies that we count, by name."""
        counted: dict[str, Integral | Split] = {**self._areas, **self._splits}
        return {name: _energies(it) for name, it in counted.items()}

    def _keep(self, name: str, figure: Figure) -> None:
        if self._known.get(name) is figure:
            return  # with hundreds of inverters, writing what has not changed would cost time
        self._known[name] = figure
        self._figures[name] = figure.to_json()

    def _keep_events(self, events: tuple[Event, ...]) -> None:
        self._events = events
        self._state["events"] = [event.to_json() for event in events]


@cache  # a few, which every collection names again
def counted(name: str, direction: Direction, sign: int = 1) -> Term:
    """Return the term for an energy that ``Counters.count`` adds up under this name."""
    return Term(sign, RegisterId(Source.INTEGRAL, name, direction))


def _both(name: str) -> tuple[RegisterId, RegisterId]:
    delivered, received = Direction.DELIVERED, Direction.RECEIVED
    return counted(name, delivered).register, counted(name, received).register


def _energies(counted: Integral | Split) -> tuple[float, float]:
    """Return both energies, in the order of ``Direction``."""
    return counted.delivered_wh, counted.received_wh


def _step_wh(raw_wh: float) -> float:
    """Return by how much a register may be off because it is rounded.

    Most are given to a thousandth of a watt-hour, some to a whole one (gateway-api.md, 10.2).
    """
    return _WHOLE_WH if raw_wh.is_integer() else _FINE_WH


def _section(state: dict[str, JsonValue], name: str) -> dict[str, JsonValue]:
    found = state.get(name)
    if isinstance(found, dict):
        return found
    empty: dict[str, JsonValue] = {}
    state[name] = empty
    return empty
