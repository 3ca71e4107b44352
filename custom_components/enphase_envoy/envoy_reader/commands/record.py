"""What is kept of commands across restarts: those ignored, and those undone by somebody else."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from ..control import PutBack
from ..memory import section

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..control import Wish
    from ..memory import JsonValue, Memory

_IGNORED: Final = "ignored"
_PUT_BACK: Final = "put_back"


class Record:
    """The section ``commands`` of a memory; damaged entries count as missing."""

    def __init__(self, memory: Memory) -> None:
        """Read and write ``memory``."""
        self._memory = memory

    def ignored(self, firmware: str | None) -> tuple[str, ...]:
        """Return the keys of the commands that this firmware is known to ignore."""
        return tuple(key for key, seen in self._table(_IGNORED).items() if seen == firmware)

    def put_back(self) -> Mapping[str, PutBack]:
        """Return what somebody else has undone, by command key, until a later command holds."""
        found = {key: _put_back(kept) for key, kept in self._table(_PUT_BACK).items()}
        return {key: undone for key, undone in found.items() if undone is not None}

    def note_ignored(self, key: str, firmware: str | None) -> None:
        """Note that a command was accepted and not followed."""
        self._table(_IGNORED)[key] = firmware
        self._memory.changed()

    def note_followed(self, key: str) -> None:
        """Note that the gateway follows such commands."""
        if self._table(_IGNORED).pop(key, None) is not None:
            self._memory.changed()

    def note_put_back(self, key: str, wish: Wish, held: Wish, at: float) -> None:
        """Note that somebody else has undone a command; ``at`` is in epoch seconds."""
        self._table(_PUT_BACK)[key] = {"wish": wish, "held": held, "at": at}
        self._memory.changed()

    def note_held(self, key: str) -> None:
        """Note that a command has held."""
        if self._table(_PUT_BACK).pop(key, None) is not None:
            self._memory.changed()

    def _table(self, name: str) -> dict[str, JsonValue]:
        kept = section(self._memory, "commands")
        found = kept.get(name)
        if isinstance(found, dict):
            return found
        empty: dict[str, JsonValue] = {}
        kept[name] = empty
        return empty


def _put_back(kept: JsonValue) -> PutBack | None:
    if not isinstance(kept, dict):
        return None
    wish, held, at = kept.get("wish"), kept.get("held"), kept.get("at")
    if not (
        isinstance(wish, bool | int | float | str) and isinstance(held, bool | int | float | str)
    ):
        return None
    if isinstance(at, bool) or not isinstance(at, int | float):
        return None
    try:
        return PutBack(wish=wish, held=held, at=datetime.fromtimestamp(at, UTC))
    except (ValueError, OverflowError, OSError):
        return None
