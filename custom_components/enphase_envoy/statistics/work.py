"""What is under way for an entry: a look through its statistics, a repair, an undo.

The work goes on when the dialog is closed and when the entry is reloaded, so it belongs to neither
of them.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.start import async_at_started
from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassKey

from ..const import DOMAIN, LOGGER
from . import recorder
from .damage import Damage, LeftAlone, Step, quantum
from .recorder import Kept, Statistic

UNDO_FOR: Final = timedelta(days=30)

_FRESH_S: Final = 3600.0
"""For how long the result of a look is shown to who comes back for it."""
_TICK_S: Final = 1.0
_MOST_DESCRIBED: Final = 100
"""Damages in diagnostics, the largest first."""
_VERSION: Final = 1
_DATA: HassKey[dict[str, Work]] = HassKey(f"{DOMAIN}_statistics")

type Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A damage, and where it is."""

    statistic: Statistic
    damage: Damage

    @property
    def id(self) -> str:
        """A name that no other damage has."""
        return f"{self.statistic.id} {self.damage.start:.0f}"

    @property
    def excess_wh(self) -> float:
        """Energy that is too much, in watt-hours."""
        return self.damage.excess * self.statistic.wh


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a look through all statistics of an entry has found."""

    found: tuple[Found, ...] = ()
    """The largest first."""
    left_alone: Counter[LeftAlone] = field(default_factory=Counter)
    statistics: int = 0
    rows: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a repair or an undo has done."""

    damages: int = 0
    energy_wh: float = 0.0
    """Taken out; by an undo, put in again."""
    trouble: tuple[str, ...] = ()
    """Statistics that are not as they should be now."""
    differing: int = 0
    """Rows that an undo could not make what they were, as something else has changed them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repaired:
    """What an undo needs to know of one statistic."""

    statistic: Statistic
    steps: tuple[Step, ...]
    kept: Kept
    damages: int

    def as_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {
            "statistic": asdict(self.statistic),
            "steps": [[step.start, step.amount] for step in self.steps],
            "kept": self.kept.as_dict(),
            "damages": self.damages,
        }

    @classmethod
    def from_dict(cls, stored: dict[str, Any]) -> Repaired:
        """Return what ``as_dict`` has made."""
        return cls(
            statistic=Statistic(**stored["statistic"]),
            steps=tuple(Step(start=start, amount=amount) for start, amount in stored["steps"]),
            kept=Kept.from_dict(stored["kept"]),
            damages=stored["damages"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LastRepair:
    """The repair that can be undone."""

    at: datetime
    repaired: tuple[Repaired, ...]

    @property
    def until(self) -> datetime:
        """When it can no longer be undone."""
        return self.at + UNDO_FOR

    @property
    def damages(self) -> int:
        """How many damages it has repaired."""
        return sum(repair.damages for repair in self.repaired)


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """What is stored for an entry; ``None`` where there is no file."""

    note: dict[str, Any] | None
    undo: dict[str, Any] | None


class Job[ResultT]:
    """Work in the background that can be waited for bit by bit."""

    def __init__(
        self,
        hass: HomeAssistant,
        work: Callable[[Progress], Coroutine[Any, Any, ResultT]],
        name: str,
    ) -> None:
        """Begin."""
        self.share = 0.0
        """How much of it is done, 0 to 1."""
        self.begun_at = time.monotonic()
        self._task = hass.async_create_background_task(work(self._progress), name)
        self._task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[ResultT]) -> None:
        """Log why the work has failed: nobody may be looking."""
        if not task.cancelled() and (err := task.exception()):
            LOGGER.error("Could not %s", task.get_name(), exc_info=err)

    def _progress(self, share: float) -> None:
        self.share = share

    @property
    def done(self) -> bool:
        """Whether it has ended, well or not."""
        return self._task.done()

    @property
    def result(self) -> ResultT | None:
        """What has come of it; ``None`` while it runs, and if it has failed."""
        if not self.done or self._task.cancelled() or self._task.exception():
            return None
        return self._task.result()

    async def tick(self) -> None:
        """Wait for a second, or until the work has ended; the work goes on if nobody waits."""
        await asyncio.wait({self._task}, timeout=_TICK_S)


class Work:
    """Looks through the statistics of an entry, repairs, and undoes."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
        """Have nothing to do yet."""
        self._hass = hass
        self._entry = entry
        self._note, self._undo = _stores(hass, entry)
        self._noted: dict[str, Any] | None = None
        self.look: Job[Look] | None = None
        self._looked_through: frozenset[str] = frozenset()
        """Ids of the sensors that the entry had when the look began."""
        self.change: Job[Outcome] | None = None
        self.undoing = False
        """Whether the change is an undo."""

    @property
    def found(self) -> int:
        """How many damages the notice speaks of."""
        found = (self._noted or {}).get("found", 0)
        return found if isinstance(found, int) else 0

    async def async_begin(self) -> None:
        """Look through the statistics once, when this entry is new to us."""
        noted = await self._async_load_note()
        if "looked_at" not in noted and recorder.is_there(self._hass):

            async def started(_hass: HomeAssistant) -> None:
                self.start_look()

            self._entry.async_on_unload(async_at_started(self._hass, started))

    @callback
    def start_look(self) -> Job[Look]:
        """Begin to look, or go on: a look that runs, or has just ended, is the one wanted.

        Not if sensors have been added since: the first look of an entry may begin before they are.
        """
        look, sensors = self.look, frozenset(self._names())
        old = look and time.monotonic() - look.begun_at > _FRESH_S
        stale = old or sensors != self._looked_through
        if look is None or (look.done and (stale or look.result is None)):
            self._looked_through = sensors
            look = self.look = Job(
                self._hass, self._async_look, f"look through statistics of {self._entry.title}"
            )
        return look

    @callback
    def start_repair(self, chosen: Iterable[Found]) -> Job[Outcome]:
        """Begin to repair, unless something is being changed already."""
        found = tuple(chosen)
        return self._start_change(
            lambda progress: self._async_repair(found, progress), undoing=False
        )

    @callback
    def start_undo(self) -> Job[Outcome]:
        """Begin to undo, unless something is being changed already."""
        return self._start_change(self._async_undo, undoing=True)

    async def async_last_repair(self) -> LastRepair | None:
        """Return the repair that can be undone; what is older than 30 days is forgotten."""
        stored = await self._undo.async_load()
        if not stored:
            return None
        at = dt_util.parse_datetime(stored["at"], raise_on_error=True)
        if dt_util.utcnow() - at > UNDO_FOR:
            await self._undo.async_remove()
            return None
        return LastRepair(
            at=at, repaired=tuple(Repaired.from_dict(row) for row in stored["repaired"])
        )

    async def async_describe(self) -> dict[str, Any]:
        """Return what the notice says, what the latest look has found, and the last repair.

        Energies are in watt-hours, and no sensor is named: its id may be its owner's.
        """
        noted, last = await self._async_load_note(), await self.async_last_repair()
        look = self.look.result if self.look else None
        return {
            **noted,
            "look": look
            and {
                "statistics": look.statistics,
                "rows": look.rows,
                "damages": [
                    {
                        "kind": str(found.damage.kind),
                        "at": dt_util.utc_from_timestamp(found.damage.start).isoformat(),
                        "recorded_wh": found.damage.recorded * found.statistic.wh,
                        "excess_wh": found.excess_wh,
                    }
                    for found in look.found[:_MOST_DESCRIBED]
                ],
                "left_alone": {str(why): count for why, count in look.left_alone.items()},
            },
            "last_repair": last
            and {
                "at": last.at.isoformat(),
                "damages": last.damages,
                "statistics": len(last.repaired),
            },
        }

    def _start_change(
        self, work: Callable[[Progress], Coroutine[Any, Any, Outcome]], *, undoing: bool
    ) -> Job[Outcome]:
        if self.change is None or self.change.done:
            self.undoing = undoing
            self.change = Job(self._hass, work, f"repair statistics of {self._entry.title}")
        return self.change

    async def _async_look(self, progress: Progress) -> Look:
        first = "looked_at" not in await self._async_load_note()
        statistics = await recorder.async_statistics(self._hass, self._names())
        found: list[Found] = []
        left_alone: Counter[LeftAlone] = Counter()
        rows = 0
        for index, statistic in enumerate(statistics):
            share = _part_of(progress, index, len(statistics))
            findings = await recorder.async_look_through(self._hass, statistic, share)
            found += [Found(statistic=statistic, damage=damage) for damage in findings.damages]
            left_alone += findings.left_alone
            rows += findings.rows
        # A look of the owner's own raises no notice that there was none of before.
        await self._async_note(len(found) if first else min(self.found, len(found)))
        return Look(
            found=tuple(sorted(found, key=lambda each: -each.excess_wh)),
            left_alone=left_alone,
            statistics=len(statistics),
            rows=rows,
        )

    async def _async_repair(self, chosen: tuple[Found, ...], progress: Progress) -> Outcome:
        repaired = [await self._async_prepare(them) for them in _by_statistic(chosen)]
        repaired = [repair for repair in repaired if repair.steps]
        if repaired:
            # Before the first row is changed: a power failure in the middle must be undone too.
            at = dt_util.utcnow().isoformat()
            await self._undo.async_save(
                {"at": at, "repaired": [repair.as_dict() for repair in repaired]}
            )
        wanted = Counter(found.statistic.id for found in chosen)
        for index, repair in enumerate(repaired):
            await recorder.async_adjust(
                self._hass, repair.statistic, repair.kept, repair.steps, back=False
            )
            if not await recorder.async_differing(
                self._hass, repair.statistic, repair.kept, repair.steps
            ):
                wanted[repair.statistic.id] -= repair.damages
            progress((index + 1) / len(repaired))
        damages = sum(repair.damages for repair in repaired)
        trouble = sorted(name for name, missing in wanted.items() if missing)
        self.look = None  # what it has found is no longer there
        await self._async_note(max(0, self.found - damages))
        return Outcome(damages=damages, energy_wh=_energy_wh(repaired), trouble=tuple(trouble))

    async def _async_prepare(self, them: list[Found]) -> Repaired:
        """Return the repair of one statistic, for the hours that are still as they were found."""
        statistic = them[0].statistic
        since = min(step.start for found in them for step in found.damage.steps)
        kept = await recorder.async_kept(self._hass, statistic, since)
        steps: list[Step] = []
        damages = 0
        for found in them:
            if _is_as_seen(found.damage, kept, quantum(statistic.wh)):
                damages += 1
                for step in found.damage.steps:
                    steps += await recorder.async_refined(
                        self._hass, statistic, step, kept, found.damage.most
                    )
        return Repaired(statistic=statistic, steps=tuple(steps), kept=kept, damages=damages)

    async def _async_undo(self, progress: Progress) -> Outcome:
        last = await self.async_last_repair()
        repaired = last.repaired if last else ()
        undone, trouble, differing = [], [], 0
        for index, repair in enumerate(repaired):
            statistic = await recorder.async_find(self._hass, repair.statistic.metadata_id)
            if statistic is None or statistic.unit != repair.statistic.unit:
                trouble.append(repair.statistic.id)
                continue
            steps = await recorder.async_applied(self._hass, statistic, repair.kept, repair.steps)
            await recorder.async_adjust(self._hass, statistic, repair.kept, steps, back=True)
            differing += await recorder.async_differing(self._hass, statistic, repair.kept)
            undone.append(repair)
            progress((index + 1) / len(repaired))
        await self._undo.async_remove()
        self.look = None
        return Outcome(
            damages=sum(repair.damages for repair in undone),
            energy_wh=_energy_wh(undone),
            trouble=tuple(trouble),
            differing=differing,
        )

    async def _async_load_note(self) -> dict[str, Any]:
        if self._noted is None:
            self._noted = await self._note.async_load() or {}
        return self._noted

    async def _async_note(self, found: int) -> None:
        self._noted = {"looked_at": dt_util.utcnow().isoformat(), "found": found}
        if self._hass.config_entries.async_get_entry(self._entry.entry_id):  # not removed meanwhile
            await self._note.async_save(self._noted)

    def _names(self) -> dict[str, str]:
        """Return what the sensors of the entry are called, by entity id."""
        entities = er.async_get(self._hass)
        found = {}
        for row in er.async_entries_for_config_entry(entities, self._entry.entry_id):
            if row.domain == "sensor":
                state = self._hass.states.get(row.entity_id)
                name = row.name or (state.name if state else row.original_name)
                found[row.entity_id] = name or row.entity_id
        return found


@callback
def work_of(hass: HomeAssistant, entry: ConfigEntry[Any]) -> Work:
    """Return what is under way for an entry."""
    all_of_it = hass.data.setdefault(_DATA, {})
    if entry.entry_id not in all_of_it:
        all_of_it[entry.entry_id] = Work(hass, entry)
    return all_of_it[entry.entry_id]


async def async_begin(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """Look for damage once, some time after an entry has been moved in; never raises for it.

    Before the first poll: a notice that was dismissed must be there again to stay so.
    """
    await work_of(hass, entry).async_begin()


async def async_describe(hass: HomeAssistant, entry: ConfigEntry[Any]) -> dict[str, Any]:
    """Return how far the look and the repair are, for diagnostics."""
    return await work_of(hass, entry).async_describe()


@callback
def damage_found(hass: HomeAssistant, entry: ConfigEntry[Any]) -> int:
    """Return how many damages there are to repair, as far as somebody has looked."""
    return work_of(hass, entry).found


async def async_forget(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """Leave no file of an entry that is removed."""
    hass.data.get(_DATA, {}).pop(entry.entry_id, None)
    for store in _stores(hass, entry):
        await store.async_remove()


@callback
def is_changing(hass: HomeAssistant, entry: ConfigEntry[Any]) -> bool:
    """Return whether a repair or an undo is under way."""
    change = work_of(hass, entry).change
    return change is not None and not change.done


async def async_files(hass: HomeAssistant, entry: ConfigEntry[Any]) -> Files:
    """Return what is stored for an entry."""
    note, undo = _stores(hass, entry)
    return Files(note=await note.async_load(), undo=await undo.async_load())


async def async_restore(hass: HomeAssistant, entry: ConfigEntry[Any], files: Files) -> None:
    """Store again what ``async_files`` has returned, for an entry that is not there yet."""
    note, undo = _stores(hass, entry)
    if files.note:
        await note.async_save(files.note)
    if files.undo:
        await undo.async_save(files.undo)


async def async_adopt(hass: HomeAssistant, entry: ConfigEntry[Any], theirs: Files) -> None:
    """Let an entry undo the last repair of another one that is no more, if it is the later one.

    The recorder knows the statistics by numbers of its own, whichever entry they are of.
    """
    _, store = _stores(hass, entry)
    undo = theirs.undo
    if undo and undo["at"] > ((await store.async_load()) or {}).get("at", ""):
        await store.async_save(undo)


async def async_return(
    hass: HomeAssistant, entry: ConfigEntry[Any], ours: Files, theirs: Files
) -> None:
    """Take ``async_adopt`` back, unless something was repaired or undone since."""
    _, store = _stores(hass, entry)
    now = await store.async_load()
    if now is None or now != theirs.undo:
        return
    if ours.undo:
        await store.async_save(ours.undo)
    else:
        await store.async_remove()


def _stores(hass: HomeAssistant, entry: ConfigEntry[Any]) -> tuple[Store[Any], Store[Any]]:
    """Return two files: the small one of the notice, and the large one of the undo."""
    key = f"{DOMAIN}.{entry.entry_id}.statistics"
    note: Store[Any] = Store(hass, _VERSION, key)
    return note, Store(hass, _VERSION, f"{key}_undo", atomic_writes=True)


def _part_of(progress: Progress, index: int, count: int) -> Progress:
    return lambda share: progress((index + share) / count)


def _by_statistic(chosen: Iterable[Found]) -> list[list[Found]]:
    groups: dict[str, list[Found]] = {}
    for found in chosen:
        groups.setdefault(found.statistic.id, []).append(found)
    return list(groups.values())


def _is_as_seen(damage: Damage, kept: Kept, tolerance: float) -> bool:
    """Return whether the hour still holds what was shown: somebody may have been faster."""
    before = recorder.sum_before(kept, damage.start)
    now = next((total for start, total in kept.rows() if start == damage.start), None)
    if before is None or now is None:
        return False
    return math.isclose(now - before, damage.recorded, abs_tol=tolerance)


def _energy_wh(repaired: Iterable[Repaired]) -> float:
    return math.fsum(
        step.amount * repair.statistic.wh for repair in repaired for step in repair.steps
    )
