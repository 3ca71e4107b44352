"""The interface to what the reader stores across restarts.

Home Assistant's side implements it (``store.StoredMemory``).
"""

from typing import Protocol

type JsonValue = str | int | float | bool | list[JsonValue] | dict[str, JsonValue] | None
"""Anything that survives a trip through JSON."""


class Memory(Protocol):
    """A small JSON document that survives restarts, and the token beside it."""

    token: str | None
    """The token of the gateway as text, or ``None``; a secret."""

    data: dict[str, JsonValue]
    """Everything else, by section (``logins``, ``profile``, …); see ``section`` for reading it."""

    clean: bool
    """Whether the last run ended cleanly and saved everything, so that no newer value was ever
    shown. False after a power cut."""

    def changed(self, *, now: bool = False) -> None:
        """Request a save: soon, or at once when ``now`` is set."""


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

    A section that is missing or of another type (a damaged file) is replaced by an empty one.
    """
    found = memory.data.get(name)
    if isinstance(found, dict):
        return found
    fresh: dict[str, JsonValue] = {}
    memory.data[name] = fresh
    return fresh
