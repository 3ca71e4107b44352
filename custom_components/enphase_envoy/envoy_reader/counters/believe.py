"""Believe, hold back or rebase the sample of a cumulative register.

Gateways answer zeros after a restart, halves, values of another register, wraps at 2^32 joules and
unsigned underflows (gateway-api.md, 3.5, 9.4, 17.2 to 17.7). Home Assistant takes any decrease of
such a figure as trouble and a fall of more than a tenth as a new cycle, of which it adds the whole
value. So one filter stands before every register. What it shows never decreases, and it shows no
rise that the site could not have made.

- What the site can make since the last believed sample is believed at once.
- Anything else is held: the last believed value stays on show, and the sample is a *suspicion*.
- A rise that the site could have made since the register last moved is energy reported late (an
  inverter out of touch). It is believed, wholly, once three samples over two minutes agree.
- A level that lasts half an hour is a new register behind the same name (a meter replaced, another
  source). It is continued by an offset: the step is taken out and only the growth is counted.
- A register that comes back within a week of having been left so continues as if never left.

A sample must be a reading of its own: pass ``None`` where a page was not read anew, or one bad page
would testify several times.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from .json_records import dump, load

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..memory import JsonValue

WRAP_WH: Final = 2**32 / 3600
"""2^32 joules: where inverters' lifetimes of firmware 7 and 8 start anew (17.2)."""

_NOISE_WH: Final = 1.0
"""A drop that rounding explains; whole-Wh and fractional pages of one register differ by it."""
_ABSURD_WH: Final = 1e12
"""No site comes near a petawatt-hour; garbage does."""
_UNDERFLOW_WH: Final = (2**32 - 1e6, 2**32)
"""Small negative numbers in an unsigned 32-bit register."""
_SLACK_S: Final = 60.0
"""Clocks and pages of a gateway differ by up to a minute."""
_SLACK_WH: Final = 5.0
"""Registers step by whole Wh, and phases are summed: no rise this small is worth a doubt."""
_ARCHIVE_S: Final = 1200.0
"""Archives and inverters report every 5 or 15 minutes, at once; 5 minutes more for a late one."""
_FIRST_ZERO_S: Final = 3600.0
"""Zeros after a restart last minutes; a register that is zero for an hour is at its beginning."""
_LATE: Final = (3, 120.0)
"""Samples and seconds that confirm late energy: sources flip for one poll, seldom for two."""
_PROOF: Final = (5, 1800.0)
"""Samples and seconds that prove a new register: longer than any restart or drop-out of minutes."""
_RETURN_S: Final = 7 * 86400.0
"""For how long the register left by a rebase may come back."""
_MOST_WRAPS: Final = 64
"""An un-wrapped sum may leap by several wraps at once (7 were seen)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspicion:
    """Samples that do not fit the believed register, but fit each other."""

    first_raw_wh: float
    first_at: float
    last_raw_wh: float
    last_at: float
    count: float = 1
    slid: float = 0
    """1 when the register got here by falling no faster than energy can flow, else 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Former:
    """The register that a rebase has left: as it was last believed."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """What is remembered of one register. Times are epoch seconds, energies watt-hours."""

    raw_wh: float
    """The last believed sample, as the gateway gave it."""
    offset_wh: float = 0.0
    """Added to the gateway's value, so that wraps and new registers make no step."""
    shown_wh: float | None
    """The last believed value, offset included; ``None`` while a first zero is not proven."""
    at: float
    """When a sample was last believed."""
    changed_at: float
    """The last time at which the register had not yet reached ``raw_wh``."""
    suspicion: Suspicion | None = None
    former: Former | None = None

    def to_json(self) -> dict[str, JsonValue]:
        """Return it for storage; see ``from_json``."""
        return dump(self)

    @classmethod
    def from_json(cls, value: object) -> Counter | None:
        """Read what ``to_json`` made; ``None`` for anything else, without raising."""
        plain = load(_Numbers, value)
        if plain is None or not isinstance(value, dict):
            return None
        return cls(
            raw_wh=plain.raw_wh,
            offset_wh=plain.offset_wh,
            shown_wh=plain.shown_wh,
            at=plain.at,
            changed_at=plain.changed_at,
            suspicion=load(Suspicion, value.get("suspicion")),
            former=load(Former, value.get("former")),
        )

    def shifted(self, by_wh: float) -> Counter:
        """Return it showing ``by_wh`` more, for good; the register left before is forgotten."""
        shown = None if self.shown_wh is None else self.shown_wh + by_wh
        return replace(self, offset_wh=self.offset_wh + by_wh, shown_wh=shown, former=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of one sample."""

    counter: Counter | None
    value_wh: float | None
    """What to show; it never decreases from one verdict to the next."""
    held: str | None = None
    """Why the sample was not believed: ``zero``, ``drop``, ``leap``, ``negative``, ``absurd``."""
    rebased_wh: float | None = None
    """Size of the step taken out in this very sample, positive when the gateway's value leapt up.

    Zero says that an earlier step has taken itself back: the register left then has returned.
    """
    returned_wh: float = 0.0
    """Size of that earlier step, as it was reported then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartsVerdict:
    """What became of the samples of one collection, of a sum over parts."""

    counters: Mapping[str, Counter]
    value_wh: float | None
    """The guarded sum; ``None`` while no part has been believed."""
    held: Mapping[str, str]
    """Why samples were not believed, by part."""
    rebased_wh: float | None = None
    """Sum of the steps taken out in this very collection."""
    returned_wh: float = 0.0
    """Sum of the earlier steps that have taken themselves back in it."""


def believe(  # noqa: PLR0913 -- a sample, its time and what is known of its register
    counter: Counter | None,
    raw_wh: float | None,
    *,
    at: float,
    max_power_w: float,
    wraps: bool = False,
    slack_wh: float = 0.0,
    computed: bool = False,
    counting: bool = False,
) -> Verdict:
    """Judge a sample of a register that only grows.

    ``raw_wh`` is ``None`` when the register was not read. ``max_power_w`` bounds what can flow
    through it. ``wraps`` marks a sum of inverters, which may wrap at 2^32 J and moves in lumps, as
    inverters report. ``slack_wh`` is the step by which the page rounds, beyond whole watt-hours.
    ``computed`` marks a difference of registers, which may really fall for a while: consumption
    made of production and net does while batteries feed the grid (section 15.4). It is then held
    until it has risen above what was shown, however long that takes. ``counting`` says that the
    meter's other register has a value, so that the meter is up and a first zero is a true one.
    """
    if raw_wh is None:
        return _unmoved(counter)
    if counter is not None:
        counter = _with_clock_back(counter, at)
    if counter is None or counter.shown_wh is None:
        return _first(counter, raw_wh, at, counting=counting)
    judge = _Judge(
        max_power_w=max_power_w,
        slack_wh=slack_wh + _SLACK_WH + max_power_w * (_ARCHIVE_S if wraps else _SLACK_S) / 3600,
        noise_wh=max(_NOISE_WH, slack_wh),
        computed=computed,
    )
    offset = judge.offset_at_once(counter, raw_wh, at, wraps=wraps)
    if offset is not None:
        return _unmoved(_accept(counter, raw_wh, offset, at))
    if reason := _impossible(raw_wh):
        return _unmoved(counter, reason)
    return judge.suspect(counter, raw_wh, at)


def believe_parts(
    counters: Mapping[str, Counter],
    parts: Mapping[str, float],
    *,
    at: float,
    max_power_w: float,
) -> PartsVerdict:
    """Judge a sum over parts (inverters by serial), each part on its own.

    The first parts ever count wholly. A part that comes later counts from its first sample on, and
    one that goes keeps what it contributed: neither makes a step. ``max_power_w`` bounds one part.
    """
    established = any(counter.shown_wh is not None for counter in counters.values())
    verdicts = {}
    for name, raw_wh in parts.items():
        counter = counters.get(name)
        if established and (counter is None or counter.shown_wh is None):
            verdicts[name] = _joined(raw_wh, at)
        else:
            verdicts[name] = believe(counter, raw_wh, at=at, max_power_w=max_power_w)
    after = {**counters, **{name: v.counter for name, v in verdicts.items() if v.counter}}
    shown = [counter.shown_wh for counter in after.values() if counter.shown_wh is not None]
    steps = [v.rebased_wh for v in verdicts.values() if v.rebased_wh is not None]
    return PartsVerdict(
        counters=after,
        value_wh=math.fsum(shown) if shown else None,
        held={name: v.held for name, v in verdicts.items() if v.held},
        rebased_wh=math.fsum(steps) if steps else None,
        returned_wh=math.fsum(v.returned_wh for v in verdicts.values()),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judge:
    """What can be made and what is noise, for one sample of a counter that shows something."""

    max_power_w: float
    slack_wh: float
    noise_wh: float
    computed: bool = False

    def fits(self, rise_wh: float, elapsed_s: float) -> bool:
        """Say whether the site can have made this rise in this time."""
        limit_wh = self.max_power_w * max(elapsed_s, 0.0) / 3600 + self.slack_wh
        return -self.noise_wh < rise_wh <= limit_wh

    def offset_at_once(
        self, counter: Counter, raw_wh: float, at: float, *, wraps: bool
    ) -> float | None:
        """Return the offset with which the sample needs no further proof, or ``None``."""
        # An archive steps once an interval, so the energy of up to one before may come with it.
        elapsed = at - counter.at + min(counter.at - counter.changed_at, _ARCHIVE_S)
        rise = raw_wh - counter.raw_wh
        if self.fits(rise, elapsed):
            return counter.offset_wh
        if not wraps or not math.isfinite(rise):
            return None
        turns = math.ceil((-rise - self.noise_wh) / WRAP_WH)
        # After a long absence almost any level could be explained by a wrap: no certainty, no wrap.
        certain = not self.fits(WRAP_WH / 8, elapsed) and abs(turns) <= _MOST_WRAPS
        if certain and self.fits(rise + turns * WRAP_WH, elapsed):
            return counter.offset_wh + turns * WRAP_WH
        return None

    def suspect(self, counter: Counter, raw_wh: float, at: float) -> Verdict:
        """Hold a sample, unless it is the last one needed as a proof."""
        suspicion = self._followed(counter, raw_wh, at)
        counter = replace(counter, suspicion=suspicion)
        if self.computed and suspicion.slid and raw_wh < counter.raw_wh:
            return _unmoved(counter, "falling")
        if _lasted(suspicion, at, _LATE):
            if counter.former and self._returned(counter.former, raw_wh, at):
                return _return(counter, counter.former, raw_wh, at)
            if self.fits(raw_wh - counter.raw_wh, at - counter.changed_at):
                return _unmoved(_accept(counter, raw_wh, counter.offset_wh, at))
        grown = suspicion.last_raw_wh > suspicion.first_raw_wh
        if _lasted(suspicion, at, _PROOF) and (grown or raw_wh > counter.raw_wh):
            return _rebase(counter, suspicion, raw_wh, at)
        if raw_wh == 0:
            return _unmoved(counter, "zero")
        return _unmoved(counter, "drop" if raw_wh < counter.raw_wh else "leap")

    def _followed(self, counter: Counter, raw_wh: float, at: float) -> Suspicion:
        before = counter.suspicion
        if before is None or not self.fits(
            raw_wh - before.last_raw_wh, at - before.last_at + _ARCHIVE_S
        ):
            from_wh, since = (
                (before.last_raw_wh, before.last_at) if before else (counter.raw_wh, counter.at)
            )
            slid = (before is None or before.slid) and self.fits(from_wh - raw_wh, at - since)
            return Suspicion(
                first_raw_wh=raw_wh,
                first_at=at,
                last_raw_wh=raw_wh,
                last_at=at,
                slid=float(slid),
            )
        last = max(raw_wh, before.last_raw_wh)
        return replace(before, last_raw_wh=last, last_at=at, count=before.count + 1)

    def _returned(self, former: Former, raw_wh: float, at: float) -> bool:
        away = at - former.at
        return away <= _RETURN_S and self.fits(raw_wh - former.raw_wh, away)


def _unmoved(counter: Counter | None, held: str | None = None) -> Verdict:
    return Verdict(counter=counter, value_wh=counter.shown_wh if counter else None, held=held)


def _impossible(raw_wh: float) -> str | None:
    if raw_wh < 0:
        return "negative"
    low, high = _UNDERFLOW_WH
    # Written so that not-a-number is impossible too.
    return None if raw_wh <= _ABSURD_WH and not low <= raw_wh <= high else "absurd"


def _first(counter: Counter | None, raw_wh: float, at: float, *, counting: bool) -> Verdict:
    """Believe a first sample, but not yet a zero: megawatt-hours may follow it."""
    if reason := _impossible(raw_wh):
        return _unmoved(counter, reason)
    since = counter.changed_at if counter else at
    if raw_wh == 0 and not counting and at - since < _FIRST_ZERO_S:
        waiting = Counter(raw_wh=0.0, shown_wh=None, at=at, changed_at=since)
        return _unmoved(waiting, "zero")
    return _unmoved(Counter(raw_wh=raw_wh, shown_wh=raw_wh, at=at, changed_at=at))


def _joined(raw_wh: float, at: float) -> Verdict:
    """Let a part join a sum with what it makes from now on."""
    if reason := _impossible(raw_wh):
        return Verdict(counter=None, value_wh=None, held=reason)
    return _unmoved(Counter(raw_wh=raw_wh, offset_wh=-raw_wh, shown_wh=0.0, at=at, changed_at=at))


def _accept(counter: Counter, raw_wh: float, offset_wh: float, at: float) -> Counter:
    """Believe a sample; one that is lower by noise only says that the register is still there."""
    shown = counter.shown_wh or 0.0
    if raw_wh + offset_wh <= shown:
        return replace(counter, at=at, suspicion=None)
    return replace(
        counter,
        raw_wh=raw_wh,
        offset_wh=offset_wh,
        shown_wh=raw_wh + offset_wh,
        at=at,
        changed_at=counter.at,
        suspicion=None,
    )


def _rebase(counter: Counter, suspicion: Suspicion, raw_wh: float, at: float) -> Verdict:
    step = suspicion.first_raw_wh - counter.raw_wh
    after = _continued(counter, raw_wh, counter.offset_wh - step, at)
    return Verdict(counter=after, value_wh=after.shown_wh, rebased_wh=step)


def _return(counter: Counter, former: Former, raw_wh: float, at: float) -> Verdict:
    after = _continued(counter, raw_wh, former.offset_wh, at)
    step = former.offset_wh - counter.offset_wh
    return Verdict(counter=after, value_wh=after.shown_wh, rebased_wh=0.0, returned_wh=step)


def _continued(counter: Counter, raw_wh: float, offset_wh: float, at: float) -> Counter:
    """Go on with another register, remembering the one that is left."""
    shown = max(counter.shown_wh or 0.0, raw_wh + offset_wh)
    return Counter(
        raw_wh=raw_wh,
        offset_wh=shown - raw_wh,
        shown_wh=shown,
        at=at,
        changed_at=at,
        former=Former(raw_wh=counter.raw_wh, offset_wh=counter.offset_wh, at=counter.at),
    )


def _lasted(suspicion: Suspicion, at: float, needed: tuple[int, float]) -> bool:
    samples, seconds = needed
    return suspicion.count >= samples and at - suspicion.first_at >= seconds


def _with_clock_back(counter: Counter, at: float) -> Counter:
    """Move remembered times along when the clock was set back, as if no time had passed."""
    suspicion = counter.suspicion
    back = max(counter.at, suspicion.last_at if suspicion else counter.at) - at
    if back <= 0:
        return counter
    if suspicion:
        suspicion = replace(
            suspicion, first_at=suspicion.first_at - back, last_at=suspicion.last_at - back
        )
    return replace(
        counter, at=counter.at - back, changed_at=counter.changed_at - back, suspicion=suspicion
    )
