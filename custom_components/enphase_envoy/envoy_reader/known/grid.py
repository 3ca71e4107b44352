"""Whether the site is connected to the grid: one answer from several witnesses.

A witness is a device or a page that gives the state of the grid. The most direct one decides: first
the relay to the grid itself, then a collar or a mode, then devices that follow the grid (batteries,
a generator that feeds the home). Stale pages and devices that do not communicate do not count. The
slow home page, which can be hours old, is used only without any other witness.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from ..equipment import AdminState, GridMode, GridState, SwitchState
from ..pages.endpoints import ENSEMBLE_INVENTORY, GENERATOR, HOME_PAGES

if TYPE_CHECKING:
    from ..equipment import Battery, Collar, CombinerController, SystemController
    from ..pages.typed import Pages
    from ..parsers.ensemble_inventory import Ensemble

HOME_PAGE = "home page"
"""Name of the witness that is used without any other."""
_NOT_LETTERS = re.compile(r"[^a-z]")
_MODES = {GridMode.ON_GRID: True, GridMode.OFF_GRID: False}
_ADMIN_STATES = {
    AdminState.ON_GRID: True,
    AdminState.OFF_GRID: False,
    AdminState.ON_GENERATOR: False,
    AdminState.NO_GRID: False,
}
_COLLAR_STATES = {GridState.ON_GRID: True, GridState.OFF_GRID: False}
_SWITCH_STATES = {SwitchState.CLOSE: True, SwitchState.OPEN: False}
_BATTERY_WORDS = (("offgrid", False), ("ongrid", True), ("gridtied", True))
"""Ends of the words of batteries, such as ``grid-tied`` or ``multimode-offgrid``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """A device or page that says whether the site is connected to the grid."""

    name: str
    path: str
    """Path of the page with its answer."""
    on_grid: bool


def witnesses(pages: Pages) -> tuple[Witness, ...]:
    """Return the witnesses that give an answer, the most direct first."""
    ensemble = pages.get(ENSEMBLE_INVENTORY)
    generator = pages.get(GENERATOR)
    answers: list[tuple[str, str, bool | None]] = []
    if ensemble is not None:
        answers += [(name, ENSEMBLE_INVENTORY.path, word) for name, word in _devices(ensemble)]
    if generator is not None and generator.present and generator.feeding:
        answers.append(("generator", GENERATOR.path, False))
    if all(word is None for _, _, word in answers):
        home = pages.first(*HOME_PAGES)
        answers.append((HOME_PAGE, home.path, home.page.grid_closed if home.page else None))
    return tuple(
        Witness(name=name, path=path, on_grid=word)
        for name, path, word in answers
        if word is not None
    )


def current_witnesses(pages: Pages) -> tuple[Witness, ...]:
    """Return the witnesses on fresh pages; the first one decides."""
    return tuple(witness for witness in witnesses(pages) if witness.path not in pages.stale)


def _devices(ensemble: Ensemble) -> Iterator[tuple[str, bool | None]]:
    controllers = _present(ensemble.controllers)
    yield "controller relay", _first(unit.mains_closed for unit in controllers)
    yield "collar", _first(map(_collar, _present(ensemble.collars)))
    yield "controller mode", _first(map(_controller_mode, controllers))
    yield "combiner", _first(_admin(unit.admin_state) for unit in _present(ensemble.combiners))
    yield "batteries", _all(map(_battery, _present(ensemble.batteries)))


def _present[T: (Battery, Collar, CombinerController, SystemController)](
    units: tuple[T, ...],
) -> list[T]:
    return [unit for unit in units if unit.communicating is not False]


def _collar(unit: Collar) -> bool | None:
    # Off the grid, its grid state goes on saying "on grid": it is asked last.
    return _first(
        (
            _admin(unit.admin_state),
            _SWITCH_STATES.get(unit.switch_state) if unit.switch_state else None,
            _COLLAR_STATES.get(unit.grid_state) if unit.grid_state else None,
        )
    )


def _controller_mode(unit: SystemController) -> bool | None:
    mode = _MODES.get(unit.grid_mode) if unit.grid_mode else None
    return _first((_admin(unit.admin_state), mode))


def _battery(unit: Battery) -> bool | None:
    return _on_grid_by_word(unit.grid_state or "")


@lru_cache(maxsize=16)  # all batteries say one of few words, again and again
def _on_grid_by_word(said: str) -> bool | None:
    word = _NOT_LETTERS.sub("", said.lower())
    return next((on_grid for end, on_grid in _BATTERY_WORDS if word.endswith(end)), None)


def _admin(state: AdminState | None) -> bool | None:
    return _ADMIN_STATES.get(state) if state else None


def _first(words: Iterable[bool | None]) -> bool | None:
    return next((word for word in words if word is not None), None)


def _all(words: Iterable[bool | None]) -> bool | None:
    """Return the common answer; ``None`` when answers differ or there are none."""
    known = {word for word in words if word is not None}
    return known.pop() if len(known) == 1 else None
