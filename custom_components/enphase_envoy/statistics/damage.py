"""Find energy in long-term statistics that no site can have made.

How Home Assistant counts (``sensor/recorder.py``): a row of statistics holds the ``state`` of the
counter at the end of the hour, and a ``sum``. While the counter grows, the sum grows by as much. A
fall by more than a tenth is a reset: the sum keeps what it has, and the counter counts from zero.
So at each reset the distance between sum and state grows by the level before it. When the counter
then comes back, its whole level has been added once too often, for ever.

Damage is what meets three conditions: the counter came back to where it was, the distance has grown
by what a reset explains, and an hour holds more than the site can make. The energy that is too
much is then known exactly: it is the growth of the distance. All else is left alone, and counted
by kind.

Pure, in one pass, in bounded memory: a detector keeps the rows of a month at most.
"""

from __future__ import annotations

import math
from collections import Counter, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise
from typing import Final

type Row = tuple[float, float | None, float | None, float | None]
"""A row of statistics: its start in seconds since 1970, state, sum, and start of the cycle."""
type _Whole = tuple[float, float, float, float | None]
"""A row that has both its state and its sum."""

HOUR_S: Final = 3600.0

_LONGEST_H: Final = 31 * 24
"""Nobody can say of a counter that was away for longer that it came back."""
_MOST_OPEN: Final = 16
"""Changes of level that are kept for the case that the counter comes back."""
_MOST_DAMAGES: Final = 5000
"""For one statistic: more than one an hour for half a year needs another cure than this one."""
_EPSILON_WH: Final = 1.0
"""What rounding makes of sums over years."""
_QUANTUM_WH: Final = 2.0**-10
_MOST_FALLS: Final = 8
"""Resets within one hour that are believed to be one damage."""
_SPIKES_WH: Final = (2.0**31, 2.0**32, 2.0**32 * 1000, 2.0**24)
"""Levels that overflown registers show, as watt-hours; and as kilowatt-hours for 32 bits."""
_UNIT_SLIPS: Final = (1000.0, 1_000_000.0)
"""Watt-hours shown as kilowatt-hours, or as megawatt-hours, for one sample."""
_LEAST_GAINS: Final = 8
"""With fewer hours of energy than this, nobody knows what the site can make."""
_ABOVE_TYPICAL: Final = 1.5
_NEXT_LARGEST: Final = 1.3
"""The largest true hours lie close together; beyond a gap of this factor begins what is none."""


class Kind(StrEnum):
    """How a damage has come about."""

    RETURN = "return"
    """The counter fell and came back within one row."""
    LATE_RETURN = "late_return"
    """It came back in a later row."""
    SPIKE = "spike"
    """It rose beyond all measure and came back."""
    TWICE = "twice"
    """The level from before a true reset was shown once more after it."""


class LeftAlone(StrEnum):
    """What looks like damage, and either is none or cannot be repaired without guessing."""

    RESET = "reset"
    """Starts again: a new meter, or a daily counter at midnight."""
    LOST = "lost"
    """Fell to another level, and never came back."""
    CATCH_UP = "catch_up"
    """Energy of many hours in one, as nobody had asked for it before: true."""
    NEGATIVE = "negative"
    """The sum falls."""
    CORRECTED = "corrected"
    """Somebody has taken the energy out again, in another hour."""
    UNEXPLAINED = "unexplained"
    """No reset explains how much it is: perhaps corrected by hand, or imported."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Energy to be taken out of one row; all later sums fall by as much."""

    start: float
    amount: float
    """In the unit of the statistic."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Damage:
    """Energy that cannot be; all figures in the unit of the statistic."""

    kind: Kind
    start: float
    """Beginning of the hour that holds most of it."""
    recorded: float
    """Energy of that hour as it is now."""
    after: float
    """Energy of that hour after a repair."""
    excess: float
    """Energy that is too much, over all hours concerned."""
    steps: tuple[Step, ...]
    """Where to take it out, oldest first."""
    most: float
    """What the site can make in an hour."""


@dataclass(slots=True, kw_only=True)
class Findings:
    """What has been found in one statistic."""

    damages: list[Damage] = field(default_factory=list)
    """Oldest first."""
    left_alone: Counter[LeftAlone] = field(default_factory=Counter)
    rows: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Gain:
    """The energy that one row adds, and how much it can be."""

    start: float
    energy: float
    limit: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Open:
    """A change of level, as long as the counter may come back: the row before it."""

    start: float
    state: float
    sum: float
    level: float
    """The level after the change."""
    fell: bool


def most_of(samples: Iterable[Sequence[Row]]) -> float | None:
    """Return what a site can make in an hour, judged by its typical largest hours.

    ``samples`` are stretches of consecutive rows. Returns ``None`` where there are too few hours
    with energy to say. Hours with a reset in them do not count.
    """
    gains = sorted(
        gain
        for rows in samples
        for before, row in pairwise(rows)
        if (gain := _plain_gain(before, row)) is not None
    )
    if len(gains) < _LEAST_GAINS:
        return None
    index = len(gains) * 9 // 10
    largest = gains[index]
    for gain in gains[index:]:
        if gain > largest * _NEXT_LARGEST:
            break
        largest = gain
    return largest * _ABOVE_TYPICAL


def quantum(wh: float) -> float:
    """Return the power of two that amounts are a multiple of, in a unit of ``wh`` watt-hours.

    It is coarser than the last bit of a sum and finer than a watt-hour. So taking an amount from a
    sum, and adding it again, gives the very same sum.
    """
    return 2.0 ** math.floor(math.log2(_QUANTUM_WH / wh))


def spread(gains: Sequence[Gain], total: float) -> list[float]:
    """Return how much of each gain is too much, if all of them together may only be ``total``.

    Gains that can be are kept. What is then left of the total goes to the last one that cannot be:
    there the counter came back. If nothing is left, its way back has been counted in small steps,
    and none is kept.
    """
    kept = [gain.energy if 0 <= gain.energy <= gain.limit else 0.0 for gain in gains]
    impossible = [at for at, gain in enumerate(gains) if gain.energy > gain.limit]
    back = impossible[-1] if impossible else max(range(len(gains)), key=lambda at: gains[at].energy)
    kept[back] = 0.0
    rest = total - math.fsum(kept)
    if rest < min(0.0, total):
        kept = [0.0] * len(gains)
        rest = total
    kept[back] = rest
    return [gain.energy - keep for gain, keep in zip(gains, kept, strict=True)]


def steps_of(gains: Sequence[Gain], total: float, unit: float) -> tuple[Step, ...]:
    """Return ``spread`` as steps: multiples of ``unit``, without those that are nothing."""
    amounts = [round(amount / unit) * unit for amount in spread(gains, total)]
    return tuple(
        Step(start=gain.start, amount=amount)
        for gain, amount in zip(gains, amounts, strict=True)
        if amount
    )


class Detector:
    """Looks through the rows of one statistic, in the order of time."""

    def __init__(self, most: float, wh: float) -> None:
        """Judge by ``most`` per hour; both in a unit that is ``wh`` watt-hours."""
        self._most = most
        self._wh = wh
        self._epsilon = _EPSILON_WH / wh
        self._slack = max(most, self._epsilon)
        self._found = Findings()
        self._last: _Whole | None = None
        self._changed = 0.0
        self._recent: deque[tuple[float, float, float]] = deque(maxlen=_LONGEST_H)
        self._open: list[_Open] = []
        self._taken_out: list[float] = []

    def feed(self, rows: Iterable[Row]) -> None:
        """Take the next rows; those without a state or a sum end what can be compared."""
        # The loop sees millions of rows, nearly all of them good: nothing is looked up twice.
        epsilon, most, recent = self._epsilon, self._most, self._recent
        keep, last, changed, count = recent.append, self._last, self._changed, 0
        for start, state, total, reset in rows:
            count += 1
            if state is None or total is None:
                last = None
                recent.clear()
                self._open.clear()
                continue
            if last is None:
                last, changed = (start, state, total, reset), start
                continue
            last_start, last_state, last_total, last_reset = last
            step, gain = state - last_state, total - last_total
            if -epsilon <= gain - step <= epsilon and 0 <= step <= most and reset == last_reset:
                keep((start, gain, most))
                if step:
                    changed = start
            else:
                limit = most * max(1.0, (start - last_start) / HOUR_S)
                keep((start, gain, limit))
                self._changed = changed
                self._judge(last, (start, state, total, reset), limit)
                if step:
                    changed = start
            last = (start, state, total, reset)
        self._last, self._changed = last, changed
        self._found.rows += count

    def finish(self) -> Findings:
        """Return what has been found; what is still open has never come back."""
        while self._open:
            self._give_up(self._open.pop())
        found = self._found
        kept = []
        for damage in sorted(found.damages, key=lambda damage: damage.start):
            if self._is_taken_out(damage):
                found.left_alone[LeftAlone.CORRECTED] += 1
            else:
                kept.append(damage)
        found.damages = kept
        return found

    def _judge(
        self,
        last: _Whole,
        row: _Whole,
        limit: float,
    ) -> None:
        """Judge a row that is not simply the next one of a counter that grows."""
        start, state, total, reset = row
        step, gain = state - last[1], total - last[2]
        apart = gain - step
        if reset is not None and reset != last[3]:
            # The entity itself has declared a new cycle; of one that does so all the time, the
            # level means nothing.
            self._found.left_alone[LeftAlone.RESET] += 1
            self._open.clear()
            return
        if apart < -self._epsilon:
            self._taken_out.append(-apart)
        if gain < -self._epsilon:
            self._found.left_alone[LeftAlone.NEGATIVE] += 1
        rose, fell = step > limit, step < -self._slack
        if not (rose or fell):
            if apart > self._epsilon and gain > limit:
                self._came_back_within(last, row, limit)
        elif rose and self._is_catch_up(step, start) and apart <= self._epsilon:
            self._found.left_alone[LeftAlone.CATCH_UP] += 1
        elif not self._came_back(row):
            if fell and gain > limit:
                self._shown_twice(last, row, limit)
            self._keep_open(last, state, fell=fell)

    def _is_catch_up(self, step: float, start: float) -> bool:
        """Return whether a rise is what can have been made since the counter last moved."""
        return step <= self._most * (start - self._changed) / HOUR_S

    def _came_back_within(
        self,
        last: _Whole,
        row: _Whole,
        limit: float,
    ) -> None:
        """Judge a row that adds more than can be, while the counter is where it should be."""
        start, state, total, _ = row
        step, gain = state - last[1], total - last[2]
        if self._explains(gain - step, last[1], state):
            gains = [Gain(start=start, energy=gain, limit=limit)]
            self._add(Kind.RETURN, gains, step)
        else:
            self._found.left_alone[LeftAlone.UNEXPLAINED] += 1

    def _came_back(self, row: _Whole) -> bool:
        """Find the change of level from which the counter has come back, and what it has cost."""
        start, state, total, _ = row
        for index in range(len(self._open) - 1, -1, -1):
            before = self._open[index]
            hours = (start - before.start) / HOUR_S
            if hours > _LONGEST_H:
                break
            true = state - before.state
            if not -self._slack <= true <= self._most * hours:
                continue
            gains = [Gain(start=at, energy=gain, limit=limit) for at, gain, limit in self._recent]
            gains = [gain for gain in gains if gain.start > before.start]
            del self._open[index:]
            excess = total - before.sum - true
            if excess > self._epsilon and any(gain.energy > gain.limit for gain in gains):
                earlier = self._found.damages
                earlier[:] = [damage for damage in earlier if damage.start <= before.start]
                self._add(Kind.LATE_RETURN if before.fell else Kind.SPIKE, gains, true)
            return True
        return False

    def _shown_twice(
        self,
        last: _Whole,
        row: _Whole,
        limit: float,
    ) -> None:
        """Judge a true reset whose row adds too much: the old level may have been shown again."""
        start, state, total, _ = row
        gain = total - last[2]
        apart = gain - (state - last[1])
        for times in range(2, _MOST_FALLS):
            if last[1] * times - self._epsilon <= apart <= (last[1] + limit) * times:
                gains = [Gain(start=start, energy=gain, limit=limit)]
                self._add(Kind.TWICE, gains, gain - apart * (times - 1) / times)
                return

    def _explains(self, excess: float, level: float, later: float) -> bool:
        """Return whether resets at a level between two others make this excess.

        They make a whole multiple of it. Where the fall was counted from where it led to, or led
        down in two steps, it is one of halves or thirds: a phase, or one of two parts, was missing.
        """
        low, high = min(level, later), max(level, later)
        parts = {whole / part for part in (1, 2, 3) for whole in range(1, _MOST_FALLS * part)}
        spikes = (spike / self._wh for spike in _SPIKES_WH)
        return any(
            part * low - self._epsilon <= excess <= part * high + self._epsilon
            for part in (*parts, *_UNIT_SLIPS)
        ) or any(abs(excess - spike) <= self._slack for spike in spikes)

    def _add(self, kind: Kind, gains: Sequence[Gain], total: float) -> None:
        """Add the damage in these rows, which together may only hold ``total``."""
        steps = steps_of(gains, total, quantum(self._wh))
        if not steps or len(self._found.damages) >= _MOST_DAMAGES:
            return
        worst = max(steps, key=lambda step: step.amount)
        recorded = next(gain.energy for gain in gains if gain.start == worst.start)
        damage = Damage(
            kind=kind,
            start=worst.start,
            recorded=recorded,
            after=recorded - worst.amount,
            excess=math.fsum(step.amount for step in steps),
            steps=steps,
            most=self._most,
        )
        self._found.damages.append(damage)

    def _keep_open(self, last: _Whole, level: float, *, fell: bool) -> None:
        if len(self._open) >= _MOST_OPEN:
            self._give_up(self._open.pop(0))
        start, state, total, _ = last
        self._open.append(_Open(start=start, state=state, sum=total, level=level, fell=fell))

    def _give_up(self, change: _Open) -> None:
        """Count a change of level from which the counter has not come back."""
        if not change.fell:
            kind = LeftAlone.UNEXPLAINED
        elif change.level <= self._slack:
            kind = LeftAlone.RESET
        else:
            kind = LeftAlone.LOST
        self._found.left_alone[kind] += 1

    def _is_taken_out(self, damage: Damage) -> bool:
        """Return whether a sum falls elsewhere by what this damage has added."""
        for amount in self._taken_out:
            if abs(amount - damage.excess) <= max(damage.excess / 50, self._most):
                self._taken_out.remove(amount)
                return True
        return False


def _plain_gain(before: Row, row: Row) -> float | None:
    """Return the energy of an hour in which the counter did nothing but grow."""
    if None in before[1:3] or None in row[1:3] or row[0] - before[0] > HOUR_S:
        return None
    step, gain = (row[1] or 0.0) - (before[1] or 0.0), (row[2] or 0.0) - (before[2] or 0.0)
    plain = step > 0 and abs(gain - step) <= max(1e-6, 1e-3 * step)
    return gain if plain else None
