"""Five years of a counter's statistics, and what may have happened to them.

``Meter`` holds the samples of each hour and adds them up as Home Assistant does; that it does so
exactly is asked of the real recorder in ``test_compiled.py``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

BEGUN = 1_600_000_000 - 1_600_000_000 % 86400
"""2020-09-13, at midnight UTC."""
HOUR = 3600
YEARS = 5 * 365 * 24
NOON = 12

type Row = tuple[float, float | None, float | None, float | None]


@dataclass
class Hour:
    """What a counter has shown in one hour, and what the owner has added to the sum by hand."""

    samples: list[float] = field(default_factory=list)
    by_hand: float = 0.0
    counted_from_fall: bool = False
    """Whether a Home Assistant from before 2021.9 has counted: a new cycle began where it fell."""


def sunny_wh(hour: int) -> float:
    """Return what the site makes in an hour: up to 6 kWh in summer, nothing at night."""
    day, time = divmod(hour, 24)
    height = math.sin(math.pi * (time - 6) / 12) if 6 < time < 18 else 0.0
    season = 0.6 - 0.4 * math.cos(2 * math.pi * (day + 250) / 365)
    clouds = 0.4 + 0.6 * abs(math.sin(day * 1.7))
    return float(round(6000 * height * season * clouds))


class Meter:
    """A counter, hour by hour, with the truth beside it."""

    def __init__(self, *, hours: int = YEARS, level: float = 12_000_000.0, wh: float = 1.0) -> None:
        """Begin at a level in watt-hours, in a unit of ``wh`` watt-hours."""
        self.wh = wh
        self.hours = [Hour() for _ in range(hours)]
        total = level
        for number, hour in enumerate(self.hours):
            total += sunny_wh(number)
            hour.samples = [total / wh]
        self.truth: list[list[float] | None] = [list(hour.samples) for hour in self.hours]
        self.away: set[int] = set()

    @classmethod
    def of_the_day(cls, *, hours: int = YEARS, wh: float = 1.0) -> Meter:
        """Return one that begins anew at each midnight."""
        meter = cls(hours=hours, level=0.0, wh=wh)
        today = 0.0
        for number, hour in enumerate(meter.hours):
            today = sunny_wh(number) + (today if number % 24 else 0.0)
            hour.samples = [today / wh]
        meter.truth = [list(hour.samples) for hour in meter.hours]
        return meter

    def level(self, number: int) -> float:
        """Return what the counter shows at the end of an hour when nothing is wrong."""
        truth = self.truth[number]
        assert truth
        return truth[-1]

    def show(self, number: int, *samples: float) -> None:
        """Let it show something else in an hour; the truth stays."""
        self.hours[number].samples = list(samples)

    def become(self, number: int, change: Callable[[float], float]) -> None:
        """Let the counter be another one from an hour on, in truth."""
        for at in range(number, len(self.hours)):
            truth = [change(sample) for sample in self.truth[at] or []]
            self.truth[at] = truth
            self.hours[at].samples = list(truth)

    def leave_out(self, first: int, count: int) -> None:
        """Let nobody record for some hours."""
        self.away |= set(range(first, first + count))

    def recorded(self) -> list[Row]:
        """Return the rows that Home Assistant has made of the samples."""
        return list(self._rows(lambda number: self.hours[number].samples, by_hand=True))

    def true(self) -> list[Row]:
        """Return the rows that it would have made of the truth."""
        return list(self._rows(lambda number: self.truth[number] or [], by_hand=True))

    def _rows(self, samples: Callable[[int], list[float]], *, by_hand: bool) -> Iterator[Row]:
        last, total = samples(0)[0], 0.0
        for number, hour in enumerate(self.hours):
            for sample in samples(number) if number not in self.away else ():
                if sample >= 0.9 * last:
                    total += sample - last
                elif not hour.counted_from_fall:
                    total += sample
                last = sample
            total += hour.by_hand if by_hand else 0.0
            if number not in self.away:
                yield (BEGUN + number * HOUR, last, total, None)


type Damage = Callable[[Meter, int], tuple[int, int]]
"""Damages a meter around an hour; returns the last good hour before, and the first one after."""


def zero(meter: Meter, at: int) -> tuple[int, int]:
    """Fall to zero and come back within the hour."""
    meter.show(at, 0.0, meter.level(at))
    return at - 1, at


def half(meter: Meter, at: int) -> tuple[int, int]:
    """Fall to a half and come back within the hour."""
    meter.show(at, meter.level(at - 1) / 2, meter.level(at))
    return at - 1, at


def two_thirds(meter: Meter, at: int) -> tuple[int, int]:
    """Lack a phase for a moment."""
    meter.show(at, meter.level(at - 1) * 2 / 3, meter.level(at))
    return at - 1, at


def zero_across_hours(meter: Meter, at: int) -> tuple[int, int]:
    """Stand at zero at the end of the hour."""
    meter.show(at, meter.level(at), 0.0)
    return at - 1, at + 1


def half_for_a_night(meter: Meter, at: int) -> tuple[int, int]:
    """Stand at a half for twelve hours, which is counted on."""
    for number in range(at, at + 12):
        meter.show(number, meter.level(number) / 2)
    return at - 1, at + 12


def twice_in_an_hour(meter: Meter, at: int) -> tuple[int, int]:
    """Fall to zero twice within the hour."""
    meter.show(at, 0.0, meter.level(at - 1), 0.0, meter.level(at))
    return at - 1, at


def half_then_zero(meter: Meter, at: int) -> tuple[int, int]:
    """Fall in two steps within the hour."""
    meter.show(at, meter.level(at - 1) / 2, 0.0, meter.level(at))
    return at - 1, at


def half_then_zero_across_hours(meter: Meter, at: int) -> tuple[int, int]:
    """Fall in two steps, an hour apart."""
    meter.show(at, meter.level(at - 1) / 2)
    meter.show(at + 1, 0.0)
    return at - 1, at + 2


def back_in_steps(meter: Meter, at: int) -> tuple[int, int]:
    """Come back inverter by inverter."""
    level = meter.level(at)
    meter.show(at, 0.0, level * 0.2, level * 0.7, level)
    return at - 1, at


def overflow(meter: Meter, at: int) -> tuple[int, int]:
    """Show the level of an overflown register."""
    meter.show(at, 2.0**32 / meter.wh, meter.level(at))
    return at - 1, at


def overflow_across_hours(meter: Meter, at: int) -> tuple[int, int]:
    """Show the level of an overflown register at the end of the hour."""
    meter.show(at, 2.0**32 / meter.wh)
    return at - 1, at + 1


def other_unit(meter: Meter, at: int) -> tuple[int, int]:
    """Show watt-hours as kilowatt-hours for one sample."""
    meter.show(at, meter.level(at) * 1000, meter.level(at))
    return at - 1, at


def zero_after_an_outage(meter: Meter, at: int) -> tuple[int, int]:
    """Begin at zero after more than a day that nobody has recorded."""
    meter.leave_out(at - 30, 30)
    meter.show(at, 0.0, meter.level(at))
    return at - 31, at


def counted_from_the_fall(meter: Meter, at: int) -> tuple[int, int]:
    """Be counted as before Home Assistant 2021.9: the level less what it fell to."""
    meter.hours[at].counted_from_fall = True
    meter.show(at, meter.level(at - 1) / 2, meter.level(at))
    return at - 1, at


def yesterday_again(meter: Meter, at: int) -> tuple[int, int]:
    """Begin anew at midnight, show yesterday once more, and begin anew."""
    midnight = at - at % 24
    meter.show(midnight, 0.0, meter.level(midnight - 1), 0.0)
    return midnight - 1, midnight


def yesterday_for_an_hour(meter: Meter, at: int) -> tuple[int, int]:
    """Show yesterday once more until the end of the hour after midnight."""
    midnight = at - at % 24
    meter.show(midnight, 0.0, meter.level(midnight - 1))
    return midnight - 1, midnight + 1


OF_A_LIFETIME: tuple[Damage, ...] = (
    zero,
    half,
    two_thirds,
    zero_across_hours,
    half_for_a_night,
    twice_in_an_hour,
    half_then_zero,
    half_then_zero_across_hours,
    back_in_steps,
    overflow,
    overflow_across_hours,
    other_unit,
    zero_after_an_outage,
    counted_from_the_fall,
)
OF_A_DAY: tuple[Damage, ...] = (
    zero,
    zero_across_hours,
    twice_in_an_hour,
    back_in_steps,
    yesterday_again,
    yesterday_for_an_hour,
)

type LookAlike = Callable[[Meter, int], None]


def new_meter(meter: Meter, at: int) -> None:
    """Begin anew at zero, for good."""
    level = meter.level(at - 1)
    meter.become(at, lambda state: state - level)


def new_meter_at_another_level(meter: Meter, at: int) -> None:
    """Begin at zero, and soon take over what the inverters have counted: not the old level."""
    level = meter.level(at - 1)
    meter.become(at, lambda state: state - level)
    meter.become(at + 3, lambda state: state + 0.7 * level)


def drop_that_stays(meter: Meter, at: int) -> None:
    """Go on from a half."""
    meter.become(at, lambda state: state / 2)


def unit_changed(meter: Meter, at: int) -> None:
    """Change from Wh to kWh, where the owner has chosen not to convert what was recorded."""
    meter.become(at, lambda state: state / 1000)


def sun_after_an_outage(meter: Meter, at: int) -> None:
    """Catch up after ten days that nobody has recorded."""
    meter.leave_out(at - 240, 240)


def sun_after_a_silent_day(meter: Meter, at: int) -> None:
    """Catch up after a day in which the gateway was silent and Home Assistant was not."""
    for number in range(at - 24, at):
        truth = meter.truth[at - 25]
        meter.truth[number] = truth
        meter.show(number, *(truth or []))


def negative_hour(meter: Meter, at: int) -> None:
    """Dip by less than a tenth, which is no reset: the sum falls, and rises again."""
    for number in range(at, at + 2):
        meter.truth[number] = [meter.level(number) * 0.95]
        meter.show(number, *(meter.truth[number] or []))


def corrected_upwards(meter: Meter, at: int) -> None:
    """Add by hand what the gateway had not counted."""
    meter.hours[at].by_hand = 321_000 / meter.wh


def corrected_elsewhere(meter: Meter, at: int) -> None:
    """Take out the damage of one hour by hand, in another one."""
    meter.truth[at] = [0.0, meter.level(at)]
    meter.show(at, *(meter.truth[at] or []))
    meter.hours[at + 3].by_hand = -meter.level(at - 1)


LOOK_ALIKES: tuple[LookAlike, ...] = (
    sun_after_an_outage,
    sun_after_a_silent_day,
    negative_hour,
    corrected_upwards,
    corrected_elsewhere,
    new_meter_at_another_level,
    drop_that_stays,
    new_meter,
    unit_changed,
)
