"""Every cumulative figure of a site: registers judged once, figures made of them, and their days.

The state is one JSON document that the owner keeps (``Memory.data["counters"]``). It is complete
after each call, so it may be saved at any moment; a damaged part of it only loses what it held.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, tzinfo
from typing import TYPE_CHECKING, Final

from ..models import EnergyFigures
from .coarse_day import coarse_day
from .days import DayReport, day_figures
from .events import Event, with_steps
from .figures import Figure
from .identity import NO_TERMS, Direction, RegisterId, Source, Term, Terms
from .integral import Integral, integrate
from .registers import Registers
from .takeover import taken_over

if TYPE_CHECKING:
    from ..memory import JsonValue
    from .identity import Sample

_GROWN: Final = 1.03
"""An energy that we count ourselves is saved when it has grown by this: what a crash could undo is
then too little for Home Assistant to take it for a new cycle, which it does at a tenth."""
_LEAST_WH: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebase:
    """What was taken out of the counters at about the same time, until the user has answered."""

    id: str
    at: float
    """When the first of it was taken out, in epoch seconds."""
    by_wh: Mapping[str, float] = field(default_factory=dict)
    """The step of each counter, positive when the gateway's figure leapt up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafted:
    """A figure before it is known which samples can be believed."""

    power_w: float | None = None
    terms: Terms = NO_TERMS
    """The registers of which its lifetime is made."""
    day_reports: Sequence[DayReport] = ()
    """What pages say of its day, the most trustworthy first."""
    coarse: bool = False
    """Its lifetime moves in steps too large to make a day of it."""
    fresh: bool = False
    """Its page has answered in this collection."""


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

        ``sources`` are those that the state of version 1.0.0 was made with. ``trusted`` says that
        nothing newer than the state was ever shown; if not, a counter is unknown until it is read.
        """
        taken_over(state, sources)
        self._state = state
        self._registers = Registers(_part(state, "registers"), trusted=trusted)
        self._figures = _part(state, "figures")
        self._known = {name: Figure.from_json(row) for name, row in self._figures.items()}
        self._integrals = _part(state, "integrals")
        self._areas = {
            name: integral
            for name, row in self._integrals.items()
            if (integral := Integral.from_json(row))
        }
        self._saved = {name: _energies(it) for name, it in self._areas.items()}
        rows = state.get("events")
        found = (Event.from_json(row) for row in (rows if isinstance(rows, list) else ()))
        self._events = tuple(event for event in found if event)
        self._trusted = trusted
        self._at = 0.0
        self._zone: tzinfo = UTC
        self._urgent = False

    @property
    def held(self) -> Mapping[str, str]:
        """Why the sample of a register was not believed in this collection, by its name."""
        return {register.key: why for register, why in self._registers.held.items()}

    @property
    def rebased(self) -> Mapping[str, float]:
        """Steps taken out in this collection, by register; zero: the last one took itself back."""
        return {register.key: step.by_wh for register, step in self._registers.steps.items()}

    @property
    def open_rebases(self) -> tuple[Rebase, ...]:
        """What was taken out and neither kept nor taken back yet, oldest first."""
        return tuple(
            Rebase(id=event.id, at=event.at, by_wh=self._shown_steps(event))
            for event in self._events
        )

    @property
    def urgent(self) -> bool:
        """Whether this collection learned something that should be saved at once.

        A midnight, a rebase, or an energy of ours that has grown: forgotten in a crash, it could
        not be learned again, and what was shown meanwhile would fall back.
        """
        return self._urgent or bool(self._registers.steps)

    @property
    def complete(self) -> bool:
        """Whether nothing is lost when this state is trusted at the next start."""
        return self._registers.all_read

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
        figure = self._moved(name, drafted.terms)
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
        """Return the believable value of a figure without days; ``falls`` is for balances."""
        figure = self._moved(name, terms, falls=falls)
        self._keep(name, figure)
        return self._visible(figure)

    def register(self, register: RegisterId) -> float | None:
        """Return the believable value of a single register, such as one of a CT."""
        if register.key in self._known:
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
        """Add a power up; the energies are the registers that ``counted`` names."""
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
            self._urgent = self._urgent or self._has_grown(name, after)
        if after is not before or self._trusted:
            for direction, wh in zip(Direction, _energies(after), strict=True):
                register = RegisterId(Source.INTEGRAL, name, direction)
                self._registers.count(register, wh, fresh=after is not before)

    def count_from_zero(self, name: str) -> None:
        """Let a figure begin at zero, with the value that is known next."""
        self._keep(name, Figure(shown_wh=0.0))

    def undo(self, event_id: str) -> None:
        """Undo an event: from now on its counters include the steps of the gateway.

        The days stay as they are. After a step down a counter falls, which Home Assistant takes as
        a new cycle: this is for a user who says that the gateway is right.
        """
        for event in self._events:
            if event.id == event_id:
                for name, by_wh in self._shown_steps(event).items():
                    figure = self._known.get(name)
                    if figure:
                        own = by_wh if name in event.steps and not RegisterId.parse(name) else 0.0
                        shifted = replace(figure, offset_wh=figure.offset_wh + own)
                        self._keep(name, shifted.shifted(by_wh))
                for name, by_wh in event.steps.items():
                    register = RegisterId.parse(name)
                    if register:
                        self._registers.shift(register, by_wh)
        self.keep(event_id)

    def keep(self, event_id: str) -> None:
        """Leave everything of an event as it is: from now on it cannot be taken back."""
        self._keep_events(tuple(event for event in self._events if event.id != event_id))

    def _shown_steps(self, event: Event) -> dict[str, float]:
        """Return the steps of an event as the counters have made them that are shown."""
        steps = dict(event.steps)
        for name, figure in self._known.items():
            by_wh = sum(event.steps.get(it.key, 0.0) * sign for sign, it in figure.terms)
            if by_wh and name not in steps:
                steps[name] = by_wh
        return steps

    def _moved(self, name: str, terms: Terms, *, falls: bool = False) -> Figure:
        figure = self._known.get(name) or Figure()
        return figure.moved(terms, self._registers, at=self._at, falls=falls)

    def _visible(self, figure: Figure) -> float | None:
        """Return what a figure shows, unless something newer may have been shown already."""
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
            raw_wh=sum(sign * self._registers.raw(it) for sign, it in figure.terms),
        )
        if days.history.midnights != figure.history.midnights:
            self._urgent = True
        if days.history != figure.history:
            figure = replace(figure, history=days.history)
        return figure, days.today_wh, days.seven_days_wh

    def _coarse(
        self, figure: Figure, drafted: Drafted, max_power_w: float
    ) -> tuple[Figure, float | None, float | None]:
        report = next(iter(drafted.day_reports), None) if drafted.fresh else None
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
            figure = replace(figure, coarse=day)
        return figure, day.today_wh, day.seven_days_wh

    def _has_grown(self, name: str, integral: Integral) -> bool:
        saved, now = self._saved.get(name, (0.0, 0.0)), _energies(integral)
        if any(wh > max(_GROWN * old, old + _LEAST_WH) for old, wh in zip(saved, now, strict=True)):
            self._saved[name] = now
            return True
        return False

    def _keep(self, name: str, figure: Figure) -> None:
        if self._known.get(name) is figure:
            return  # with hundreds of inverters it matters that nothing is written out in vain
        self._known[name] = figure
        self._figures[name] = figure.to_json()

    def _keep_events(self, events: tuple[Event, ...]) -> None:
        self._events = events
        self._state["events"] = [event.to_json() for event in events]


def counted(name: str, direction: Direction, sign: int = 1) -> Term:
    """Return the term for an energy that is counted under this name (``Counters.count``)."""
    return Term(sign, RegisterId(Source.INTEGRAL, name, direction))


def _energies(integral: Integral) -> tuple[float, float]:
    """Return both energies, in the order of ``Direction``."""
    return integral.delivered_wh, integral.received_wh


def _part(state: dict[str, JsonValue], name: str) -> dict[str, JsonValue]:
    found = state.get(name)
    if isinstance(found, dict):
        return found
    fresh: dict[str, JsonValue] = {}
    state[name] = fresh
    return fresh
