"""What the reader remembers across restarts, and who keeps it.

The reader only states the interface; Home Assistant's side stores it (``store.py``).
"""

from typing import Protocol

type JsonValue = str | int | float | bool | list[JsonValue] | dict[str, JsonValue] | None
"""Anything that survives a trip through JSON."""


class Memory(Protocol):
    """A small JSON document that outlives the process; the token is kept apart in it."""

    token: str | None
    """The token of the gateway as text, or ``None``; a secret."""

    data: dict[str, JsonValue]
    """Everything else, by section (``logins``, ``profile``, …); see ``section`` for reading it."""

    clean: bool
    """Whether nothing newer than this was ever shown: the last owner has ended in order, and saved
    all it knew. After a power cut it is false."""

    def changed(self, *, now: bool = False) -> None:
        """Ask the keeper to save: soon, or before anything else happens when ``now`` is set."""


class VolatileMemory:
    """A memory that ends with the process."""

    def __init__(self, token: str | None = None, data: dict[str, JsonValue] | None = None) -> None:
        """Start with what is given, or empty."""
        self.token = token
        self.clean = True
        self.data = {} if data is None else data

    def changed(self, *, now: bool = False) -> None:
        """Nothing to do: there is no place to save to."""


def section(memory: Memory, name: str) -> dict[str, JsonValue]:
    """Return a section for reading and changing.

    A section that is missing or of another type (a damaged file) starts anew and empty.
    """
    found = memory.data.get(name)
    if isinstance(found, dict):
        return found
    fresh: dict[str, JsonValue] = {}
    memory.data[name] = fresh
    return fresh
