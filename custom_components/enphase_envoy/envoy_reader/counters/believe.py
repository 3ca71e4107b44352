"""Believe, hold back or rebase the sample of a cumulative register.

Gateways give zeros after a restart, half values, values of another register, wraps at 2^32 joules
and unsigned underflows (gateway-api.md, 3.5, 9.4, 17.2 to 17.7). Home Assistant warns of any
decrease of such a figure. A fall of more than a tenth is a new cycle to it, and it adds the whole
value again. So every register passes one filter. What it shows never decreases, and never rises by
more than the site can have made.

- A rise that the power around it explains is believed at once: the power that the page gives for
  this register before and after, or the largest that lasted on this site before.
- A larger rise waits. It is believed if the next samples confirm it, and if the register can have
  risen so far *until the rise began*. The time for which a sample is held does not count.
- Any other sample is held: the last believed value stays shown, and the sample is a *suspicion*.
- Registers that move in lumps may bring energy late (an inverter was out of reach). Such a rise is
  believed if it was possible since the register last moved, once three samples over two minutes
  agree.
- A level that lasts half an hour is a new register under the same name (a meter was replaced). An
  offset takes the step out, and only the growth is counted.
- If the register that was left comes back within a week, it continues as if it had never been left.
  If a register takes a confirmed rise back, what is shown stands still until it is reached again.

Each sample is a new reading. A page that was not read again gives none: one bad answer must not
confirm itself.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, NamedTuple

from .json_fields import record_from_json

if TYPE_CHECKING:
    from ..memory import JsonValue
    from .identity import RegisterKind, Sample

WRAP_WH: Final = 2**32 / 3600
"""2^32 joules: where inverter lifetimes start again from zero on firmware 7 and 8 (17.2)."""

_NOISE_WH: Final = 1.0
"""A drop that rounding explains: some pages give whole Wh of a register, others fractions."""
_ABSURD_WH: Final = 1e12
"""No site comes near a petawatt-hour; garbage does."""
_UNDERFLOW_WH: Final = (2**32 - 1e6, 2**32)
"""Small negative numbers in an unsigned 32-bit register."""
_SLACK_S: Final = 20.0
"""How long an answer may be under way: one may be new, and the next one seconds old."""
_LUMP_S: Final = 300.0
"""Inverters report in turn, every 5 minutes: one minute may bring the energy of five."""
_SLACK_WH: Final = 5.0
"""Registers step by whole Wh, and phases are summed: a rise this small is never doubted."""
_ARCHIVE_S: Final = 1200.0
"""Archives and inverters report every 5 or 15 minutes; 5 more minutes for a late report."""
_EVERYDAY_W: Final = 2000.0
"""Power that any home uses now and then, for example for a kettle, too briefly to be seen."""
_MARGIN: Final = 1.2
"""Power and energy are measured separately, and power between two samples is not known."""
_MONTH_S: Final = 30 * 86400.0
"""After this time, half of the largest power is forgotten: seasons and cars change."""
_FIRST_ZERO_S: Final = 3600.0
"""Zeros after a restart last minutes; a register that is zero for an hour has just begun."""
_CONFIRMED: Final = (2, 30.0)
"""Samples and seconds that confirm an unusual rise: most bad answers come alone."""
_LATE: Final = (3, 120.0)
"""Samples and seconds that confirm late energy: sources change for one poll, seldom for two."""
_PROOF: Final = (5, 1800.0)
"""Samples and seconds that prove a new register: longer than any restart or short gap."""
_LAPSE_S: Final = 7200.0
"""After a gap of this length, an earlier suspicion says nothing about new samples."""
_RETURN_S: Final = 7 * 86400.0
"""How long a register that was left by a rebase may come back."""
_MOST_WRAPS: Final = 64
"""A sum may leap by several wraps at once (7 were seen)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspicion:
    """Samples that do not fit the believed register, but fit each other."""

    first_raw_wh: float
    first_at: float
    last_raw_wh: float
    last_at: float
    count: float = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Former:
    """A register as last believed, before a rebase or before a confirmed rise."""

    raw_wh: float
    offset_wh: float
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Numbers:
    """The fields of a counter that are plain numbers, as stored."""

    raw_wh: float
    offset_wh: float
    at: float
    changed_at: float
    shown_wh: float | None = None
    power_w: float | None = None
    peak_w: float | None = None


class Counter(NamedTuple):
    """What is remembered of one register. Times are epoch seconds, energies watt-hours.

    A tuple, as each register makes one in each collection.
    """

    raw_wh: float
    """The last believed sample, as the gateway gave it."""
    shown_wh: float | None
    """The last believed value, with the offset; ``None`` while a first zero is not proven. After a
    confirmed rise was taken back it is higher than both together, until they reach it again."""
    at: float
    """When a sample was last believed."""
    changed_at: float
    """The last time at which the register had not yet reached ``raw_wh``."""
    offset_wh: float = 0.0
    """Added to the gateway's value, so that wraps and new registers make no step."""
    power_w: float | None = None
    """Power through the register at that sample, if its page gives it."""
    peak_w: float = 0.0
    """The largest power that two samples in a row have shown; slowly forgotten."""
    suspicion: Suspicion | None = None
    former: Former | None = None
    """The register left by a rebase."""
    risen: Former | None = None
    """This register before the last rise that had to be confirmed."""

    def to_json(self) -> dict[str, JsonValue]:
        """Return it for storage; see ``from_json``. Called in each collection, so it is quick."""
        return {
            "raw_wh": self.raw_wh,
            "offset_wh": self.offset_wh,
            "shown_wh": self.shown_wh,
            "at": self.at,
            "changed_at": self.changed_at,
            "power_w": self.power_w,
            "peak_w": self.peak_w,
            "suspicion": _suspicion_to_json(self.suspicion) if self.suspicion else None,
            "former": _former_to_json(self.former) if self.former else None,
            "risen": _former_to_json(self.risen) if self.risen else None,
        }

    @classmethod
    def from_json(cls, value: object) -> Counter | None:
        """Read what ``to_json`` made, now or in version 1.0.0; ``None`` for anything else."""
        plain = record_from_json(_Numbers, value)
        if plain is None or not isinstance(value, dict):
            return None
        return cls(
            raw_wh=plain.raw_wh,
            offset_wh=plain.offset_wh,
            shown_wh=plain.shown_wh,
            at=plain.at,
            changed_at=plain.changed_at,
            power_w=plain.power_w,
            peak_w=plain.peak_w or 0.0,
            suspicion=record_from_json(Suspicion, value.get("suspicion")),
            former=record_from_json(Former, value.get("former")),
            risen=record_from_json(Former, value.get("risen")),
        )

    def shifted(self, by_wh: float) -> Counter:
        """Return the counter with ``by_wh`` added for good, without registers it was before."""
        shown = None if self.shown_wh is None else self.shown_wh + by_wh
        return self._replace(
            offset_wh=self.offset_wh + by_wh, shown_wh=shown, former=None, risen=None
        )


def _suspicion_to_json(suspicion: Suspicion) -> dict[str, JsonValue]:
    return {
        "first_raw_wh": suspicion.first_raw_wh,
        "first_at": suspicion.first_at,
        "last_raw_wh": suspicion.last_raw_wh,
        "last_at": suspicion.last_at,
        "count": suspicion.count,
    }


def _former_to_json(former: Former) -> dict[str, JsonValue]:
    return {"raw_wh": former.raw_wh, "offset_wh": former.offset_wh, "at": former.at}


class Verdict(NamedTuple):
    """The result for one sample."""

    counter: Counter | None
    held: str | None = None
    """Why the sample was not believed: ``zero``, ``drop``, ``leap``, ``negative``, ``absurd``."""
    rebased_wh: float | None = None
    """Size of the step taken out with this sample, positive when the gateway's value leapt up.

    Zero: an earlier step is cancelled, because the register that was left then has returned.
    """
    began_at: float = 0.0
    """When that step began."""
    returned_wh: float = 0.0
    """Size of the earlier step that is cancelled, as it was reported then."""

    @property
    def value_wh(self) -> float | None:
        """What to show. Of a register that is not signed it never decreases."""
        return self.counter.shown_wh if self.counter else None


def believe(counter: Counter | None, sample: Sample, *, at: float) -> Verdict:
    """Judge a sample, taken at an epoch second; only a signed register may fall."""
    if counter is not None:
        counter = _with_clock_back(counter, at)
    if counter is None or counter.shown_wh is None:
        return _first(counter, sample, at)
    judge = _Judge(counter, sample, sample.kind, at)
    if not judge.is_held_rise():
        offset = judge.offset_at_once()
        if offset is not None:
            return Verdict(counter=_accept(counter, sample, offset, at))
    if reason := _impossible(sample):
        return Verdict(counter=counter, held=reason)
    return judge.suspect()


def along(counter: Counter, sample: Sample, *, at: float, began_at: float) -> Verdict | None:
    """Judge a held sample again when other registers of its page have just been rebased.

    A level that does not move proves nothing alone, but a meter that was replaced may stand at
    zero in one direction for hours. ``None`` if this one did not step when the others did.
    """
    suspicion = counter.suspicion
    if suspicion is None or not _lasted(suspicion, at, _PROOF):
        return None
    if abs(suspicion.first_at - began_at) > _LATE[1]:
        return None
    return _rebase(counter, suspicion, sample, at)


@dataclass(slots=True)
class _Judge:
    """One sample of a counter that shows something."""

    counter: Counter
    sample: Sample
    kind: RegisterKind
    at: float

    def _expected_w(self) -> float:
        """Return the power that explains a rise without further proof."""
        counter, power_w, most_w = self.counter, self.sample.power_w, self.kind.max_power_w
        if power_w is None and counter.power_w is None:
            return most_w
        seen = max(_EVERYDAY_W, power_w or 0.0, counter.power_w or 0.0, counter.peak_w)
        return min(most_w, _MARGIN * seen)

    def fits(self, rise_wh: float, power_w: float, seconds: float) -> bool:
        """Say whether so much energy can have flowed at this power in this time."""
        kind = self.kind
        if kind.signed:
            rise_wh = abs(rise_wh)
        limit_wh = power_w * max(seconds, 0.0) / 3600 + _SLACK_WH + kind.step_wh
        return -max(_NOISE_WH, kind.step_wh) < rise_wh <= limit_wh

    def possible(self, rise_wh: float, seconds: float) -> bool:
        """Say whether the site can have made this rise in this time."""
        slack_s = _ARCHIVE_S if self.kind.lumps else _SLACK_S
        return self.fits(rise_wh, self.kind.max_power_w, seconds + slack_s)

    def offset_at_once(self) -> float | None:
        """Return the offset with which the sample is believed at once, or ``None``."""
        counter, kind = self.counter, self.kind
        rise = self.sample.raw_wh - counter.raw_wh
        elapsed = self.at - counter.at
        expected_w = self._expected_w()
        if expected_w >= kind.max_power_w:
            if self.possible(rise, elapsed):
                return counter.offset_wh
        elif self.fits(rise, expected_w, elapsed + self._lag_s()):
            return counter.offset_wh
        return self._unwrapped(rise, elapsed) if kind.wraps else None

    def _lag_s(self) -> float:
        """Return how old the energy of a sample may be: a lump brings all since the last one."""
        if not self.kind.lumps:
            return _SLACK_S
        return _LUMP_S + min(self.counter.at - self.counter.changed_at, _ARCHIVE_S)

    def _unwrapped(self, rise_wh: float, elapsed: float) -> float | None:
        """Return the offset that explains the sample by wraps, if nothing else can."""
        if not math.isfinite(rise_wh):
            return None
        turns = math.ceil((-rise_wh - _NOISE_WH) / WRAP_WH)
        # After a long absence a wrap could explain almost any level, so none is assumed.
        certain = not self.possible(WRAP_WH / 8, elapsed) and 0 < abs(turns) <= _MOST_WRAPS
        if certain and self.possible(rise_wh + turns * WRAP_WH, elapsed):
            return self.counter.offset_wh + turns * WRAP_WH
        return None

    def is_held_rise(self) -> bool:
        """Say whether the sample continues a rise that is being held.

        Such a sample is judged by the time until the rise began, which no longer grows.
        """
        before = self.counter.suspicion
        if before is None or self.at - before.last_at > _LAPSE_S:
            return False
        risen = before.first_raw_wh > self.counter.raw_wh or self.kind.signed
        return risen and self._follows(before)

    def _follows(self, before: Suspicion) -> bool:
        return self.possible(self.sample.raw_wh - before.last_raw_wh, self.at - before.last_at)

    def suspect(self) -> Verdict:
        """Hold a sample, unless it completes a proof."""
        suspicion = self._followed()
        counter = self.counter._replace(suspicion=suspicion)
        step = suspicion.first_raw_wh - counter.raw_wh
        if _lasted(suspicion, self.at, _CONFIRMED) and self.possible(
            step, suspicion.first_at - counter.at
        ):
            return self._confirmed()
        if _lasted(suspicion, self.at, _LATE):
            verdict = self._explained(suspicion, step)
            if verdict:
                return verdict
        if _lasted(suspicion, self.at, _PROOF) and self._works(suspicion):
            return _rebase(counter, suspicion, self.sample, self.at)
        return Verdict(counter=counter, held=self._reason())

    def _followed(self) -> Suspicion:
        before, raw_wh = self.counter.suspicion, self.sample.raw_wh
        if before is None or not self._follows(before):
            return Suspicion(
                first_raw_wh=raw_wh, first_at=self.at, last_raw_wh=raw_wh, last_at=self.at
            )
        last = raw_wh if self.kind.signed else max(raw_wh, before.last_raw_wh)
        return replace(before, last_raw_wh=last, last_at=self.at, count=before.count + 1)

    def _confirmed(self) -> Verdict:
        counter = self.counter
        before = Former(raw_wh=counter.raw_wh, offset_wh=counter.offset_wh, at=counter.at)
        after = _accept(counter, self.sample, counter.offset_wh, self.at)
        return Verdict(counter=after._replace(risen=before))

    def _explained(self, suspicion: Suspicion, step_wh: float) -> Verdict | None:
        """Return the verdict if the past of the register explains its level."""
        counter, raw_wh = self.counter, self.sample.raw_wh
        if counter.former and self._returned(counter.former):
            return _return(counter, counter.former, self.sample, self.at)
        if counter.risen and raw_wh < counter.raw_wh and self._returned(counter.risen):
            return Verdict(counter=_before_rise(counter, self.sample, self.at))
        late_s = suspicion.first_at - counter.changed_at
        if self.kind.lumps and self.possible(step_wh, late_s):
            return self._confirmed()
        return None

    def _returned(self, former: Former) -> bool:
        away = self.at - former.at
        return away <= _RETURN_S and self.possible(self.sample.raw_wh - former.raw_wh, away)

    def _works(self, suspicion: Suspicion) -> bool:
        """Say whether a level comes from a working register: one below the last has to move."""
        moved = suspicion.last_raw_wh != suspicion.first_raw_wh
        return moved or self.sample.raw_wh > self.counter.raw_wh

    def _reason(self) -> str:
        if self.sample.raw_wh == 0:
            return "zero"
        return "drop" if self.sample.raw_wh < self.counter.raw_wh else "leap"


def _impossible(sample: Sample) -> str | None:
    raw_wh = sample.raw_wh
    if raw_wh < 0 and not sample.kind.signed:
        return "negative"
    low, high = _UNDERFLOW_WH
    # Written so that not-a-number is absurd, too.
    return None if abs(raw_wh) <= _ABSURD_WH and not low <= raw_wh <= high else "absurd"


def _first(counter: Counter | None, sample: Sample, at: float) -> Verdict:
    """Believe a first sample, but not yet a zero: megawatt-hours may follow."""
    if reason := _impossible(sample):
        return Verdict(counter=counter, held=reason)
    since = counter.changed_at if counter else at
    if sample.raw_wh == 0 and not sample.counting and at - since < _FIRST_ZERO_S:
        waiting = Counter(raw_wh=0.0, shown_wh=None, at=at, changed_at=since)
        return Verdict(counter=waiting, held="zero")
    return Verdict(
        counter=Counter(
            raw_wh=sample.raw_wh,
            shown_wh=sample.raw_wh,
            at=at,
            changed_at=at,
            power_w=sample.power_w,
        )
    )


def _accept(counter: Counter, sample: Sample, offset_wh: float, at: float) -> Counter:
    """Believe a sample; one that is lower by rounding only changes the time."""
    raw_wh, shown = sample.raw_wh, counter.shown_wh or 0.0
    value_wh = raw_wh + offset_wh
    changed_at = counter.at
    if sample.kind.signed:
        shown = value_wh
    elif value_wh <= counter.raw_wh + counter.offset_wh:
        raw_wh, offset_wh, changed_at = counter.raw_wh, counter.offset_wh, counter.changed_at
    else:
        shown = max(shown, value_wh)
    return Counter(
        raw_wh=raw_wh,
        offset_wh=offset_wh,
        shown_wh=shown,
        at=at,
        changed_at=changed_at,
        power_w=counter.power_w if sample.power_w is None else sample.power_w,
        peak_w=_peak(counter, sample, at),
        former=counter.former,
        risen=counter.risen,
    )


def _peak(counter: Counter, sample: Sample, at: float) -> float:
    """Return the largest power that lasted from one sample to the next; slowly forgotten."""
    lasted_w = min(counter.power_w or 0.0, sample.power_w or 0.0)
    known_w = counter.peak_w * math.pow(0.5, (at - counter.at) / _MONTH_S)
    return max(lasted_w, known_w)


def _before_rise(counter: Counter, sample: Sample, at: float) -> Counter:
    """Go back to the register before a rise that was taken back; what is shown stands still."""
    return Counter(
        raw_wh=sample.raw_wh,
        offset_wh=counter.offset_wh,
        shown_wh=counter.shown_wh,
        at=at,
        changed_at=at,
        power_w=sample.power_w,
        peak_w=counter.peak_w,
        former=counter.former,
    )


def _rebase(counter: Counter, suspicion: Suspicion, sample: Sample, at: float) -> Verdict:
    step = suspicion.first_raw_wh - counter.raw_wh
    after = _continued(counter, sample, counter.offset_wh - step, at)
    return Verdict(counter=after, rebased_wh=step, began_at=suspicion.first_at)


def _return(counter: Counter, former: Former, sample: Sample, at: float) -> Verdict:
    after = _continued(counter, sample, former.offset_wh, at)
    step = former.offset_wh - counter.offset_wh
    return Verdict(counter=after, rebased_wh=0.0, began_at=at, returned_wh=step)


def _continued(counter: Counter, sample: Sample, offset_wh: float, at: float) -> Counter:
    """Go on with another register, and remember the one that is left."""
    shown = sample.raw_wh + offset_wh
    if not sample.kind.signed:
        shown = max(counter.shown_wh or 0.0, shown)
    return Counter(
        raw_wh=sample.raw_wh,
        offset_wh=shown - sample.raw_wh,
        shown_wh=shown,
        at=at,
        changed_at=at,
        power_w=sample.power_w,
        peak_w=counter.peak_w,
        former=Former(raw_wh=counter.raw_wh, offset_wh=counter.offset_wh, at=counter.at),
    )


def _lasted(suspicion: Suspicion, at: float, needed: tuple[int, float]) -> bool:
    samples, seconds = needed
    return suspicion.count >= samples and at - suspicion.first_at >= seconds


def _with_clock_back(counter: Counter, at: float) -> Counter:
    """Shift the times when the clock was set back, as if no time had passed."""
    suspicion = counter.suspicion
    latest = max(counter.at, suspicion.last_at) if suspicion else counter.at
    if latest <= at:
        return counter
    back = latest - at
    if suspicion:
        suspicion = replace(
            suspicion, first_at=suspicion.first_at - back, last_at=suspicion.last_at - back
        )
    return counter._replace(
        at=counter.at - back, changed_at=counter.changed_at - back, suspicion=suspicion
    )
