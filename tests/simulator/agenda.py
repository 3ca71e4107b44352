"""What will happen at a site later, by the site's own clock."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass, field

_NUMBERS = itertools.count()


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that will happen."""

    due: float
    """Epoch seconds by the site's clock."""
    number: int
    """Entries of the same moment happen in the order in which they were planned."""
    do: Callable[[], None]
    key: str
    """What it concerns; entries of a key are cancelled together."""


@dataclass(slots=True)
class Agenda:
    """The things that will happen, and when."""

    _entries: list[Entry] = field(default_factory=list)

    @property
    def next_due(self) -> float:
        """When the next thing happens; infinity when nothing is planned."""
        return min((entry.due for entry in self._entries), default=math.inf)

    def add(self, due: float, do: Callable[[], None], key: str = "") -> None:
        """Plan that ``do`` is called at ``due``."""
        self._entries.append(Entry(due, next(_NUMBERS), do, key))

    def cancel(self, key: str) -> None:
        """Forget what was planned for a key."""
        self._entries = [entry for entry in self._entries if entry.key != key]

    def find(self, key: str) -> Callable[[], None] | None:
        """Return what happens next for a key."""
        fitting = (entry for entry in self._entries if entry.key == key)
        first = min(fitting, key=lambda entry: (entry.due, entry.number), default=None)
        return first.do if first else None

    def run(self, now: float) -> None:
        """Let everything happen that is due."""
        while due := [entry for entry in self._entries if entry.due <= now]:
            entry = min(due, key=lambda entry: (entry.due, entry.number))
            self._entries.remove(entry)
            entry.do()
