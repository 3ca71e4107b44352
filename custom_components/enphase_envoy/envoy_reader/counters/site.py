"""Every cumulative figure of a site, by name: guarded, continued and made into days.

The state of all of them is one JSON document that the owner keeps (``Memory.data["counters"]``).
It is complete after each call, so it may be saved at any moment; a damaged part of it only loses
what it held.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, tzinfo
from typing import TYPE_CHECKING, Final

from ..models import EnergyFigures
from .believe import Counter, Verdict, believe, believe_parts
from .coarse_day import CoarseDay, coarse_day, rounding_wh
from .days import Claim, History, day_figures
from .integral import Integral, integrate
from .json_records import dump, load

if TYPE_CHECKING:
    from ..memory import JsonValue

_PART_SHARE: Final = 4
"""One inverter makes at most this many times the average share of the site."""
_GUARDED_W: Final = 1e12
"""No bound: every part of the sum has been judged already."""
_NOTHING_WH: Final = 1.0
"""What remains of steps that have taken each other back is rounding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebase:
    """What was taken out of a counter, as long as the user may take that back."""

    by_wh: float
    """Size of the step, or of several together; positive when the gateway's figure leapt up."""
    at: float
    """When the first of them was taken out, in epoch seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Record:
    """What is remembered under one name."""

    counter: Counter | None = None
    parts: Mapping[str, Counter] = field(default_factory=dict)
    by_parts: bool = False
    """The last believed sample of ``counter`` was a sum over ``parts``."""
    history: History = field(default_factory=History)
    coarse: CoarseDay | None = None
    bank: Integral | None = None
    from_zero: bool = False
    """The next value to be shown is to be zero, whatever level the register has reached."""
    rebase: Rebase | None = None

    def to_json(self) -> dict[str, JsonValue]:
        """Return it for storage."""
        return {
            "counter": self.counter.to_json() if self.counter else None,
            "parts": {name: part.to_json() for name, part in self.parts.items()},
            "by_parts": self.by_parts,
            "history": self.history.to_json(),
            "coarse": self.coarse.to_json() if self.coarse else None,
            "bank": self.bank.to_json() if self.bank else None,
            "from_zero": self.from_zero,
            "rebase": dump(self.rebase) if self.rebase else None,
        }

    @classmethod
    def from_json(cls, value: object) -> _Record:
        """Read what ``to_json`` made; what does not fit is left out."""
        if not isinstance(value, dict):
            return cls()
        rows = value.get("parts")
        parts = {
            name: part
            for name, row in (rows.items() if isinstance(rows, dict) else ())
            if isinstance(name, str) and (part := Counter.from_json(row))
        }
        return cls(
            counter=Counter.from_json(value.get("counter")),
            parts=parts,
            by_parts=value.get("by_parts") is True,
            history=History.from_json(value.get("history")),
            coarse=CoarseDay.from_json(value.get("coarse")),
            bank=Integral.from_json(value.get("bank")),
            from_zero=value.get("from_zero") is True,
            rebase=load(Rebase, value.get("rebase")),
        )


class Counters:
    """All counters of a site. One collection: ``begin``, then each figure once, by its name."""

    def __init__(self, state: dict[str, JsonValue]) -> None:
        """Go on with ``state``, which is updated in place."""
        self._state = state
        self._records: dict[str, _Record] = {}
        self._at = 0.0
        self._zone: tzinfo = UTC
        self._held: dict[str, str] = {}
        self._rebased: dict[str, float] = {}
        self._day_changed = False

    @property
    def held(self) -> Mapping[str, str]:
        """Why the sample of a counter was not believed in this collection, by name."""
        return self._held

    @property
    def rebased(self) -> Mapping[str, float]:
        """Steps taken out in this collection, by name; zero: the last one took itself back."""
        return self._rebased

    @property
    def open_rebases(self) -> Mapping[str, Rebase]:
        """The steps taken out, by name, that the user has neither kept nor taken back yet."""
        return {
            name: rebase
            for name, row in self._state.items()
            if isinstance(row, dict) and (rebase := load(Rebase, row.get("rebase")))
        }

    @property
    def day_changed(self) -> bool:
        """Whether this collection learned something that should be saved at once.

        A midnight, or a rebase: forgotten in a crash, it would have to be learned again, and what
        was shown meanwhile would fall back.
        """
        return self._day_changed or bool(self._rebased)

    def begin(self, at: float, zone: tzinfo) -> None:
        """Start a collection at an epoch second, in the gateway's time zone."""
        self._at, self._zone = at, zone
        self._held, self._rebased, self._day_changed = {}, {}, False

    def energy(  # noqa: PLR0913 -- everything that is known of one boundary
        self,
        name: str,
        *,
        power_w: float | None,
        lifetime_wh: float | None,
        claims: Sequence[Claim] = (),
        max_power_w: float,
        wraps: bool = False,
        coarse: bool = False,
        computed: bool = False,
        parts: Mapping[str, float] | None = None,
    ) -> EnergyFigures:
        """Return power and believable energies across one boundary.

        ``lifetime_wh`` is ``None`` when its page was not read anew. ``parts`` (lifetimes of
        inverters by serial) take its place where they are given. ``coarse`` marks figures of three
        digits. ``max_power_w`` bounds the boundary; see ``believe`` for it, ``wraps`` and
        ``computed``.
        """
        record = self._load(name)
        if parts:
            record, verdict = self._summed(record, parts, max_power_w)
        else:
            slack = rounding_wh(lifetime_wh) if coarse and lifetime_wh is not None else 0.0
            verdict = believe(
                record.counter,
                lifetime_wh,
                at=self._at,
                max_power_w=max_power_w,
                wraps=wraps,
                slack_wh=slack,
                computed=computed,
            )
            fed = lifetime_wh is not None and verdict.held is None
            record = replace(record, by_parts=record.by_parts and not fed)
        record = self._judged(name, record, verdict)
        if coarse:
            record, today, seven_days = self._coarse(record, claims, max_power_w)
        else:
            record, today, seven_days = self._days(record, claims, max_power_w, power_w)
        self._keep(name, record)
        return EnergyFigures(
            power_w=power_w,
            today_wh=today,
            seven_days_wh=seven_days,
            lifetime_wh=verdict.value_wh,
        )

    def register(
        self, name: str, raw_wh: float | None, max_power_w: float, *, counting: bool = False
    ) -> float | None:
        """Return the believable value of a single register, such as one of a CT.

        ``counting`` says that the meter's register of the other direction has a value.
        """
        record = self._load(name)
        verdict = believe(
            record.counter, raw_wh, at=self._at, max_power_w=max_power_w, counting=counting
        )
        record = self._judged(name, record, verdict)
        value_wh = verdict.value_wh
        if record.from_zero and record.counter and value_wh is not None:
            record = replace(record, counter=record.counter.shifted(-value_wh), from_zero=False)
            value_wh = 0.0
        self._keep(name, record)
        return value_wh

    def battery(
        self,
        name: str,
        *,
        power_w: float | None,
        stored_wh: float | None,
        capacity_wh: float | None = None,
    ) -> tuple[float, float]:
        """Return the energy charged and discharged, counted from the first call on."""
        record = self._load(name)
        bank = integrate(
            record.bank,
            power_w=power_w,
            stored_wh=stored_wh,
            capacity_wh=capacity_wh,
            at=self._at,
        )
        self._keep(name, replace(record, bank=bank))
        return bank.charged_wh, bank.discharged_wh

    def count_from_zero(self, register: str) -> None:
        """Show a register from zero on, with the value that is known next."""
        self._keep(register, replace(self._load(register), from_zero=True))

    def forget(self, name: str) -> None:
        """Begin anew with everything of this name."""
        self._records.pop(name, None)
        self._state.pop(name, None)

    def undo(self, name: str) -> None:
        """Take back what is open: from now on the counter shows every step of the gateway's.

        The days stay as they are. After a step down the counter falls, which Home Assistant takes
        as a new cycle: this is for a user who says that the gateway is right.
        """
        record = self._load(name)
        if record.rebase is None or record.counter is None:
            return
        by_wh = record.rebase.by_wh
        record = replace(
            record,
            counter=record.counter.shifted(by_wh),
            history=record.history.shifted(by_wh),
            rebase=None,
        )
        self._keep(name, record)

    def keep(self, name: str) -> None:
        """Leave what is open as it is: from now on it cannot be taken back."""
        record = self._load(name)
        if record.rebase is not None:
            self._keep(name, replace(record, rebase=None))

    def _load(self, name: str) -> _Record:
        # Read once: a site with meters on three phases has dozens of them, at each collection.
        if name not in self._records:
            self._records[name] = _Record.from_json(self._state.get(name))
        return self._records[name]

    def _keep(self, name: str, record: _Record) -> None:
        if self._records.get(name) is record:
            return  # with hundreds of inverters it matters that nothing is written out in vain
        self._records[name] = record
        self._state[name] = record.to_json()

    def _judged(self, name: str, record: _Record, verdict: Verdict) -> _Record:
        """Note what became of a sample."""
        if verdict.held:
            self._held[name] = verdict.held
        if verdict.rebased_wh is not None:
            self._rebased[name] = verdict.rebased_wh
            step_wh = verdict.rebased_wh - (verdict.returned_wh if record.rebase else 0.0)
            record = replace(record, rebase=self._opened(record.rebase, step_wh))
        if verdict.counter is record.counter:
            return record
        return replace(record, counter=verdict.counter)

    def _opened(self, rebase: Rebase | None, step_wh: float) -> Rebase | None:
        """Return what is open after another step: they are answered together, as one."""
        if rebase is None:
            return Rebase(by_wh=step_wh, at=self._at) if step_wh else None
        by_wh = rebase.by_wh + step_wh
        return replace(rebase, by_wh=by_wh) if abs(by_wh) >= _NOTHING_WH else None

    def _summed(
        self, record: _Record, parts: Mapping[str, float], max_power_w: float
    ) -> tuple[_Record, Verdict]:
        part_w = max_power_w * min(1.0, _PART_SHARE / len(parts))
        summed = believe_parts(record.parts, parts, at=self._at, max_power_w=part_w)
        # Where another source has fed the counter before, this one has to prove itself first.
        bound_w = _GUARDED_W if record.by_parts else max_power_w
        verdict = believe(record.counter, summed.value_wh, at=self._at, max_power_w=bound_w)
        by_parts = record.by_parts or verdict.held is None
        if summed.held:
            reasons = ", ".join(sorted(set(summed.held.values())))
            verdict = replace(verdict, held=verdict.held or reasons)
        if summed.rebased_wh is not None:
            verdict = replace(verdict, rebased_wh=summed.rebased_wh, returned_wh=summed.returned_wh)
        return replace(record, parts=summed.counters, by_parts=by_parts), verdict

    def _days(
        self,
        record: _Record,
        claims: Sequence[Claim],
        max_power_w: float,
        power_w: float | None,
    ) -> tuple[_Record, float | None, float | None]:
        counter = record.counter
        figures = day_figures(
            record.history,
            lifetime_wh=counter.shown_wh if counter else None,
            at=self._at,
            zone=self._zone,
            claims=claims,
            max_power_w=max_power_w,
            power_w=power_w,
            sampled_at=counter.at if counter else None,
            offset_wh=counter.offset_wh if counter else 0.0,
        )
        if figures.history.midnights != record.history.midnights:
            self._day_changed = True
        record = replace(record, history=figures.history)
        return record, figures.today_wh, figures.seven_days_wh

    def _coarse(
        self, record: _Record, claims: Sequence[Claim], max_power_w: float
    ) -> tuple[_Record, float | None, float | None]:
        claim = next(iter(claims), Claim(source=""))
        day = coarse_day(
            record.coarse, claim=claim, at=self._at, zone=self._zone, max_power_w=max_power_w
        )
        if record.coarse is None or record.coarse.midnight != day.midnight:
            self._day_changed = True
        return replace(record, coarse=day), day.today_wh, day.seven_days_wh
