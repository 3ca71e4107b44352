"""Read and adjust the long-term statistics of an entry's energy sensors.

All reading is done by the recorder's own executor, page by page. All writing is done by the
recorder itself: its task for adjusting sums moves the rows by the hour and those of five minutes
alike. It reports nothing, so what it has done is read back.
"""

from __future__ import annotations

import asyncio
import base64
import math
import zlib
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

from homeassistant.components.recorder import get_instance
from homeassistant.components.recorder.db_schema import Statistics, StatisticsShortTerm
from homeassistant.components.recorder.statistics import get_metadata
from homeassistant.const import UnitOfEnergy
from homeassistant.core import HomeAssistant
from homeassistant.helpers.recorder import session_scope
from homeassistant.util import dt as dt_util
from homeassistant.util.unit_conversion import EnergyConverter
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from .damage import HOUR_S, Detector, Findings, Gain, Row, Step, most_of, quantum, steps_of

RECORDER: Final = "recorder"

_PAGE: Final = 20_000
"""Rows read at once: some megabytes, and a tenth of a second."""
_STRETCHES: Final = 12
_STRETCH: Final = 168
"""How many stretches of how many hours show what a site can make: weeks of all seasons."""
_TRIES: Final = 10
"""How often the recorder is waited for: it puts an adjustment off when the database is busy."""

_PAUSE_S: Final = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistic:
    """A sum that the recorder keeps of an energy sensor."""

    id: str
    """The entity id."""
    metadata_id: int
    """The recorder's own number for it, which stays when the entity is renamed."""
    unit: str
    name: str = ""

    @property
    def wh(self) -> float:
        """How many watt-hours its unit is."""
        return EnergyConverter.convert(1.0, self.unit, UnitOfEnergy.WATT_HOUR)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Sums of rows as they were before a repair."""

    starts: array[float]
    sums: array[float]

    def as_dict(self) -> dict[str, str]:
        """Return it for JSON: hundreds of thousands of figures become some hundred kilobytes."""
        return {"starts": _packed(self.starts), "sums": _packed(self.sums)}

    @classmethod
    def from_dict(cls, stored: dict[str, str]) -> Kept:
        """Return what ``as_dict`` has made."""
        return cls(starts=_unpacked(stored["starts"]), sums=_unpacked(stored["sums"]))

    def rows(self) -> Iterator[tuple[float, float]]:
        """Return start and sum of each row."""
        return zip(self.starts, self.sums, strict=True)


def is_there(hass: HomeAssistant) -> bool:
    """Return whether this Home Assistant has a recorder."""
    return RECORDER in hass.config.components


async def async_statistics(hass: HomeAssistant, names: dict[str, str]) -> list[Statistic]:
    """Return the energy sums among the entities whose ids are the keys of ``names``."""
    found = await _run(hass, partial(get_metadata, hass, statistic_ids=set(names)))
    return [
        Statistic(
            id=id_,
            metadata_id=metadata_id,
            unit=str(metadata["unit_of_measurement"]),
            name=names[id_],
        )
        for id_, (metadata_id, metadata) in sorted(found.items())
        if metadata["has_sum"]
        and metadata["source"] == RECORDER
        and metadata["unit_of_measurement"] in EnergyConverter.VALID_UNITS
    ]


async def async_find(hass: HomeAssistant, metadata_id: int) -> Statistic | None:
    """Return a statistic by the recorder's number; ``None`` if it has been deleted."""
    found = await _run(hass, partial(get_metadata, hass, statistic_source=RECORDER))
    for id_, (number, metadata) in found.items():
        if number == metadata_id:
            return Statistic(id=id_, metadata_id=number, unit=str(metadata["unit_of_measurement"]))
    return None


async def async_look_through(
    hass: HomeAssistant, statistic: Statistic, progress: Callable[[float], None]
) -> Findings:
    """Look for damage in the rows of one statistic; ``progress`` gets a share, 0 to 1."""
    first, last = await _run(hass, partial(_span, hass, statistic.metadata_id))
    samples = await _run(hass, partial(_samples, hass, statistic.metadata_id, first, last))
    most = most_of(samples)
    if most is None:
        return Findings()
    detector = Detector(most, statistic.wh)
    after = -math.inf
    while (
        reached := await _run(hass, partial(_feed, hass, statistic, detector, after))
    ) is not None:
        after = reached
        progress((after - first) / max(1.0, last - first))
    return detector.finish()


async def async_gain(hass: HomeAssistant, statistic_id: str, hours: Sequence[float]) -> float:
    """Return by how much the sum of a statistic rises in all these hours together."""
    found = await _run(hass, partial(get_metadata, hass, statistic_ids={statistic_id}))
    if statistic_id not in found:
        return 0.0
    return await _run(hass, partial(_gain, hass, found[statistic_id][0], hours))


async def async_kept(hass: HomeAssistant, statistic: Statistic, since: float) -> Kept:
    """Return the sums by the hour from the row before ``since`` on."""
    return await _run(hass, partial(_kept, hass, statistic.metadata_id, since))


async def async_refined(
    hass: HomeAssistant, statistic: Statistic, step: Step, kept: Kept, most: float
) -> tuple[Step, ...]:
    """Return a step by five minutes where these are known, so that they come out right too.

    The rows of five minutes are kept for ten days only.
    """
    rows = await _run(hass, partial(_five_minutes, hass, statistic.metadata_id, step.start))
    before = sum_before(kept, step.start)
    if not rows or before is None:
        return (step,)
    gains = []
    for start, total in rows:
        gains.append(Gain(start=start, energy=total - before, limit=most))
        before = total
    energy = math.fsum(gain.energy for gain in gains)
    unit = quantum(statistic.wh)
    parts = steps_of(gains, energy - step.amount, unit)
    # Rounding must not change what the hour loses.
    rest = step.amount - math.fsum(part.amount for part in parts)
    if not parts or abs(rest) > unit * len(rows):
        return (step,)
    return (*parts[:-1], Step(start=parts[-1].start, amount=parts[-1].amount + rest))


async def async_adjust(
    hass: HomeAssistant, statistic: Statistic, kept: Kept, steps: Sequence[Step], *, back: bool
) -> None:
    """Take the amounts of ``steps`` from all sums from their start on; ``back`` adds them again.

    Waits until that can be read, for some seconds: the recorder puts off what it cannot do at once.
    """
    instance = get_instance(hass)
    for step in steps:
        amount = step.amount if back else -step.amount
        start = dt_util.utc_from_timestamp(step.start)
        instance.async_adjust_statistics(statistic.id, start, amount, statistic.unit)
    for attempt in range(_TRIES):
        await asyncio.sleep(_PAUSE_S * attempt)
        await instance.async_block_till_done()
        applied = await async_applied(hass, statistic, kept, steps)
        if not applied if back else len(applied) == len(steps):
            break


async def async_differing(
    hass: HomeAssistant, statistic: Statistic, kept: Kept, steps: Sequence[Step] = ()
) -> int:
    """Return how many rows are not as kept, less the amounts of ``steps``."""
    now = await async_kept(hass, statistic, _since(kept))
    return _count_differing(dict(now.rows()), kept, steps, quantum(statistic.wh))


async def async_applied(
    hass: HomeAssistant, statistic: Statistic, kept: Kept, steps: Sequence[Step]
) -> tuple[Step, ...]:
    """Return the steps by which the rows now differ from those kept.

    A repair may have been cut short by a power failure, or undone by hand since.
    """
    now = dict((await async_kept(hass, statistic, _since(kept))).rows())
    lost, before = {}, 0.0
    for start, total in kept.rows():
        if start in now:
            lost[start] = total - now[start] - before
            before = total - now[start]
    applied: list[Step] = []
    for hour in sorted({hour_of(step.start) for step in steps}):
        parts = [step for step in steps if hour_of(step.start) == hour]
        amount = math.fsum(step.amount for step in parts)
        if abs(lost.get(hour, 0.0) - amount) <= quantum(statistic.wh) * 2:
            applied += parts
    return tuple(applied)


def hour_of(start: float) -> float:
    """Return the beginning of the hour."""
    return start - start % HOUR_S


def sum_before(kept: Kept, start: float) -> float | None:
    """Return the sum of the last row before ``start``."""
    found = None
    for at, total in kept.rows():
        if at >= start:
            break
        found = total
    return found


def _since(kept: Kept) -> float:
    return kept.starts[0] if kept.starts else math.inf


def _count_differing(
    now: dict[float, float], kept: Kept, steps: Sequence[Step], tolerance: float
) -> int:
    lost, count = 0.0, 0
    waiting = sorted(steps, key=lambda step: step.start, reverse=True)
    for start, total in kept.rows():
        while waiting and hour_of(waiting[-1].start) <= start:
            lost += waiting.pop().amount
        if start not in now or abs(now[start] - (total - lost)) >= tolerance:
            count += 1
    return count


async def _run[ResultT](hass: HomeAssistant, job: Callable[[], ResultT]) -> ResultT:
    return await get_instance(hass).async_add_executor_job(job)


def _span(hass: HomeAssistant, metadata_id: int) -> tuple[float, float]:
    """Return the start of the first and of the last row."""
    ends = select(func.min(Statistics.start_ts), func.max(Statistics.start_ts)).where(
        Statistics.metadata_id == metadata_id
    )
    with session_scope(hass=hass, read_only=True) as session:
        first, last = session.execute(ends).one()
    return first or 0.0, last or 0.0


def _rows(session: Session, metadata_id: int, after: float, limit: int) -> Sequence[Row]:
    """Return rows by the hour that start after a moment, read along the index."""
    page = (
        select(Statistics.start_ts, Statistics.state, Statistics.sum, Statistics.last_reset_ts)
        .where(Statistics.metadata_id == metadata_id, Statistics.start_ts > after)
        .order_by(Statistics.start_ts)
        .limit(limit)
    )
    # As the database gives them: all columns are plain floats, and rows of SQLAlchemy's own take
    # four times as long.
    rows: Sequence[Row] = session.connection().execute(page).cursor.fetchall()
    return rows


def _samples(
    hass: HomeAssistant, metadata_id: int, first: float, last: float
) -> list[Sequence[Row]]:
    with session_scope(hass=hass, read_only=True) as session:
        if last - first <= _STRETCHES * _STRETCH * HOUR_S:
            return [_rows(session, metadata_id, first - 1, _STRETCHES * _STRETCH)]
        starts = [first + (last - first) * part / _STRETCHES for part in range(_STRETCHES)]
        return [_rows(session, metadata_id, start - 1, _STRETCH) for start in starts]


def _feed(
    hass: HomeAssistant, statistic: Statistic, detector: Detector, after: float
) -> float | None:
    """Hand the next page to a detector; return where it ends, ``None`` if there was none."""
    with session_scope(hass=hass, read_only=True) as session:
        rows = _rows(session, statistic.metadata_id, after, _PAGE)
    detector.feed(rows)
    return rows[-1][0] if rows else None


def _kept(hass: HomeAssistant, metadata_id: int, since: float) -> Kept:
    kept = Kept(starts=array("d"), sums=array("d"))
    with session_scope(hass=hass, read_only=True) as session:
        before = session.execute(
            select(func.max(Statistics.start_ts)).where(
                Statistics.metadata_id == metadata_id, Statistics.start_ts < since
            )
        ).scalar()
        after = since - 1 if before is None else before - 1
        while rows := _rows(session, metadata_id, after, _PAGE):
            for start, _, total, _ in rows:
                if total is not None:
                    kept.starts.append(start)
                    kept.sums.append(total)
            after = rows[-1][0]
    return kept


def _five_minutes(hass: HomeAssistant, metadata_id: int, hour: float) -> list[tuple[float, float]]:
    within = (
        select(StatisticsShortTerm.start_ts, StatisticsShortTerm.sum)
        .where(
            StatisticsShortTerm.metadata_id == metadata_id,
            StatisticsShortTerm.start_ts >= hour,
            StatisticsShortTerm.start_ts < hour + HOUR_S,
            StatisticsShortTerm.sum.is_not(None),
        )
        .order_by(StatisticsShortTerm.start_ts)
    )
    with session_scope(hass=hass, read_only=True) as session:
        return [(start, total) for start, total in session.execute(within)]


def _gain(hass: HomeAssistant, metadata_id: int, hours: Sequence[float]) -> float:
    rise = 0.0
    with session_scope(hass=hass, read_only=True) as session:
        for hour in hours:
            latest = (
                select(Statistics.sum)
                .where(
                    Statistics.metadata_id == metadata_id,
                    Statistics.start_ts <= hour,
                    Statistics.sum.is_not(None),
                )
                .order_by(Statistics.start_ts.desc())
                .limit(2)
            )
            sums = session.execute(latest).scalars().all()
            rise += (sums[0] or 0.0) - (sums[1] or 0.0) if len(sums) == 2 else 0.0  # noqa: PLR2004 -- a row and the one before
    return rise


def _packed(figures: array[float]) -> str:
    return base64.b64encode(zlib.compress(figures.tobytes())).decode()


def _unpacked(text: str) -> array[float]:
    figures = array("d")
    figures.frombytes(zlib.decompress(base64.b64decode(text)))
    return figures


def at(start: float) -> datetime:
    """Return the start of a row in local time."""
    return dt_util.as_local(dt_util.utc_from_timestamp(start))
