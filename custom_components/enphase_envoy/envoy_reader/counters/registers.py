"""All registers of a site: each is judged once in a collection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from .believe import Counter, along, believe
from .identity import RegisterId, Source

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Set as AbstractSet

    from ..memory import JsonValue
    from .believe import Verdict
    from .identity import Sample, Terms


_IN_USE_S: Final = 3600.0
"""A register last believed so long before the newest one is not in use any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A step that was taken out of a register in this collection, or a cancelled one."""

    began_at: float
    by_wh: float = 0.0
    """Positive when the gateway's value leapt up."""
    returned_wh: float = 0.0
    """Size of the earlier step that is cancelled."""


class Registers:
    """The state of all registers, by name."""

    def __init__(self, state: dict[str, JsonValue], *, trusted: bool) -> None:
        """Go on with ``state``, which is updated in place.

        ``trusted`` says that the state holds the last values that were shown. Otherwise a register
        has no value until a new sample is believed.
        """
        self._state = state
        self._counters: dict[RegisterId, Counter] = {}
        for key, row in list(state.items()):
            register, counter = RegisterId.parse(key), Counter.from_json(row)
            if register and counter:
                self._counters[register] = counter
            else:
                del state[key]
        self._seen: set[RegisterId] | None = None if trusted else set()
        self._unread = set() if trusted else self._in_use()
        self._held: dict[RegisterId, str] = {}
        self._steps: dict[RegisterId, Step] = {}
        self._just_believed: set[RegisterId] = set()
        self._doubtful = {
            register for register, counter in self._counters.items() if counter.suspicion
        }
        self._integrals: dict[RegisterId, float] = {}

    @property
    def all_read(self) -> bool:
        """Whether each register in use has been believed since a start without trust."""
        return not self._unread

    def _in_use(self) -> set[RegisterId]:
        newest = max((counter.at for counter in self._counters.values()), default=0.0)
        return {
            register
            for register, counter in self._counters.items()
            if counter.at >= newest - _IN_USE_S
        }

    @property
    def held(self) -> Mapping[RegisterId, str]:
        """Why a sample was not believed in this collection, by register."""
        return self._held

    @property
    def steps(self) -> Mapping[RegisterId, Step]:
        """The steps of this collection, by register."""
        return self._steps

    @property
    def just_believed(self) -> AbstractSet[RegisterId]:
        """The registers that have been believed in this collection."""
        return self._just_believed

    def judge(self, samples: Mapping[RegisterId, Sample], at: float) -> None:
        """Judge the samples of one collection, each of a page that has just answered."""
        self._held, self._steps, self._just_believed = {}, {}, set()
        for register, sample in samples.items():
            verdict = believe(self._counters.get(register), sample, at=at)
            self._take(register, verdict)
        if self._steps:
            self._take_along(samples, at)

    def _take_along(self, samples: Mapping[RegisterId, Sample], at: float) -> None:
        """Rebase registers that stepped together with others, and have not moved since."""
        began = {
            register.source: step.began_at for register, step in self._steps.items() if step.by_wh
        }
        began.pop(Source.INVERTER, None)  # each of them is a device of its own
        for register in [held for held in self._held if held.source in began]:
            counter, began_at = self._counters.get(register), began[register.source]
            verdict = counter and along(counter, samples[register], at=at, began_at=began_at)
            if verdict:
                del self._held[register]
                self._take(register, verdict)

    def _take(self, register: RegisterId, verdict: Verdict) -> None:
        if verdict.counter is not None and verdict.counter is not self._counters.get(register):
            self._keep(register, verdict.counter)
        if verdict.held:
            self._held[register] = verdict.held
            self._doubtful.add(register)
            return
        self._just_believed.add(register)
        self._doubtful.discard(register)
        if self._seen is not None:
            self._seen.add(register)
            self._unread.discard(register)
        if verdict.rebased_wh is not None:
            self._steps[register] = Step(
                began_at=verdict.began_at,
                by_wh=verdict.rebased_wh,
                returned_wh=verdict.returned_wh,
            )

    def count(self, register: RegisterId, wh: float, *, grown: bool) -> None:
        """Set a register that we count ourselves, which needs no judgement."""
        self._integrals[register] = wh
        if grown:
            self._just_believed.add(register)

    def value(self, register: RegisterId) -> float | None:
        """Return the believed value; ``None`` while there is none."""
        wh = self._integrals.get(register)
        if wh is not None or (self._seen is not None and register not in self._seen):
            return wh
        counter = self._counters.get(register)
        return counter.shown_wh if counter else None

    def remembered(self, register: RegisterId) -> float | None:
        """Return the last believed value that is kept; a newer one may have been shown."""
        if (wh := self._integrals.get(register)) is not None:
            return wh
        counter = self._counters.get(register)
        return counter.shown_wh if counter else None

    def raw(self, register: RegisterId) -> float:
        """Return the last believed value, as the gateway gave it."""
        counter = self._counters.get(register)
        return counter.raw_wh if counter else self._integrals.get(register, 0.0)

    def have_read(self, terms: Terms) -> bool:
        """Say whether the registers of a figure have values; one inverter is enough."""
        has_inverters = has_one = False
        for _, register in terms:
            is_read = self.value(register) is not None
            if register.source is Source.INVERTER:
                has_inverters, has_one = True, has_one or is_read
            elif not is_read:
                return False
        return has_one or not has_inverters

    @property
    def doubtful(self) -> AbstractSet[RegisterId]:
        """The registers whose last sample was not believed, so that their values are old."""
        return self._doubtful

    def shift(self, register: RegisterId, by_wh: float) -> None:
        """Add ``by_wh`` to what the register shows, for good."""
        counter = self._counters.get(register)
        if counter:
            self._keep(register, counter.shifted(by_wh))

    def _keep(self, register: RegisterId, counter: Counter) -> None:
        self._counters[register] = counter
        self._state[register.key] = counter.to_json()
