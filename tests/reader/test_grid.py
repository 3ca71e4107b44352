"""One answer from all who speak of the grid: the most direct witness that is of now."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from custom_components.enphase_envoy.envoy_reader.equipment import (
    AdminState,
    Battery,
    Collar,
    CombinerController,
    GeneratorState,
    GridMode,
    GridState,
    SwitchState,
    SystemController,
)
from custom_components.enphase_envoy.envoy_reader.known.grid import current_witnesses, witnesses
from custom_components.enphase_envoy.envoy_reader.pages.endpoints import (
    ENSEMBLE_INVENTORY,
    GENERATOR,
    HOME,
    HOME_JSON,
)
from custom_components.enphase_envoy.envoy_reader.pages.typed import Pages
from custom_components.enphase_envoy.envoy_reader.parsers.ensemble_inventory import Ensemble
from custom_components.enphase_envoy.envoy_reader.parsers.home import Home

from .evidence import pages

CLOSED = SystemController(serial="1", mains_closed=True)
OPEN = SystemController(serial="1", mains_closed=False)
FEEDING = GeneratorState(present=True, feeding=True)


def said(evidence: Pages) -> dict[str, bool]:
    """Return what each witness says, in their order."""
    return {witness.name: witness.on_grid for witness in witnesses(evidence)}


def by(**devices: Any) -> Pages:
    """Return an inventory with these devices."""
    return pages((ENSEMBLE_INVENTORY, Ensemble(**devices)))


def test_nobody_speaks():
    assert said(pages()) == {}


@pytest.mark.parametrize("closed", [True, False])
def test_relay_of_a_controller(closed):
    unit = SystemController(serial="1", mains_closed=closed)

    assert said(by(controllers=(unit,))) == {"controller relay": closed}


@pytest.mark.parametrize(
    ("unit", "on_grid"),
    [
        (SystemController(serial="1", grid_mode=GridMode.ON_GRID), True),
        (SystemController(serial="1", grid_mode=GridMode.OFF_GRID), False),
        (SystemController(serial="1", admin_state=AdminState.ON_GENERATOR), False),
        (SystemController(serial="1", admin_state=AdminState.NO_GRID), False),
    ],
)
def test_mode_of_a_controller(unit, on_grid):
    assert said(by(controllers=(unit,))) == {"controller mode": on_grid}


@pytest.mark.parametrize(
    "unit",
    [
        SystemController(serial="1"),
        # this one never leaves the grid, so it does not say whether there is one
        SystemController(serial="1", grid_mode=GridMode.GRID_TIED),
        SystemController(serial="1", admin_state=AdminState.GRID_MODE_WAIT),
    ],
)
def test_controller_that_does_not_say(unit):
    assert said(by(controllers=(unit,))) == {}


@pytest.mark.parametrize(
    ("unit", "on_grid"),
    [
        (Collar(serial="1", grid_state=GridState.ON_GRID), True),
        (Collar(serial="1", grid_state=GridState.OFF_GRID), False),
        (Collar(serial="1", switch_state=SwitchState.OPEN, grid_state=GridState.ON_GRID), False),
        (
            Collar(serial="1", admin_state=AdminState.OFF_GRID, switch_state=SwitchState.CLOSE),
            False,
        ),
        (Collar(serial="1", admin_state=AdminState.ON_GRID), True),
    ],
)
def test_collar_shows_it_in_its_administrative_state_first(unit, on_grid):
    assert said(by(collars=(unit,))) == {"collar": on_grid}


def test_collar_that_is_synchronizing_does_not_say():
    assert said(by(collars=(Collar(serial="1", grid_state=GridState.SYNCHRONIZING),))) == {}


def test_combiner():
    unit = CombinerController(serial="1", admin_state=AdminState.OFF_GRID)

    assert said(by(combiners=(unit,))) == {"combiner": False}


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["grid-tied", None], {"batteries": True}),
        (["multimode-ongrid"], {"batteries": True}),
        (["multimode-offgrid"], {"batteries": False}),
        (["unknown"], {}),
        (["On_Grid"], {"batteries": True}),
        (["off-grid", "off-grid"], {"batteries": False}),
        (["off-grid", "grid-tied"], {}),
        ([None], {}),
    ],
)
def test_batteries_speak_with_one_voice_or_not_at_all(words, expected):
    units = tuple(Battery(serial=str(at), grid_state=word) for at, word in enumerate(words))

    assert said(by(batteries=units)) == expected


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (FEEDING, {"generator": False}),
        (replace(FEEDING, feeding=False), {}),
        (replace(FEEDING, feeding=None), {}),
        (replace(FEEDING, present=False), {}),
    ],
)
def test_generator_that_feeds_the_home_does_so_in_place_of_the_grid(state, expected):
    assert said(pages((GENERATOR, state))) == expected


@pytest.mark.parametrize("endpoint", [HOME, HOME_JSON])
def test_home_page_is_heard_where_nothing_else_speaks(endpoint):
    assert said(pages((endpoint, Home(grid_closed=False)))) == {"home page": False}


def test_home_page_is_not_heard_beside_others():
    evidence = pages(
        (ENSEMBLE_INVENTORY, Ensemble(controllers=(OPEN,))), (HOME, Home(grid_closed=True))
    )

    assert said(evidence) == {"controller relay": False}


def test_witnesses_come_in_the_order_of_their_directness():
    evidence = pages(
        (
            ENSEMBLE_INVENTORY,
            Ensemble(
                controllers=(replace(CLOSED, grid_mode=GridMode.ON_GRID),),
                collars=(Collar(serial="2", admin_state=AdminState.OFF_GRID),),
                combiners=(CombinerController(serial="3", admin_state=AdminState.ON_GRID),),
                batteries=(Battery(serial="4", grid_state="grid-tied"),),
            ),
        ),
        (GENERATOR, FEEDING),
    )

    assert list(said(evidence)) == [
        "controller relay",
        "collar",
        "controller mode",
        "combiner",
        "batteries",
        "generator",
    ]


@pytest.mark.parametrize(
    "devices",
    [
        {"controllers": (replace(CLOSED, communicating=False),)},
        {"collars": (Collar(serial="1", admin_state=AdminState.ON_GRID, communicating=False),)},
        {"batteries": (Battery(serial="1", grid_state="grid-tied", communicating=False),)},
        {
            "combiners": (
                CombinerController(serial="1", admin_state=AdminState.ON_GRID, communicating=False),
            )
        },
    ],
    ids=["controller", "collar", "battery", "combiner"],
)
def test_device_that_does_not_communicate_is_no_witness(devices):
    assert said(by(**devices)) == {}


def test_witness_on_a_page_that_is_old_is_not_heard():
    evidence = pages((ENSEMBLE_INVENTORY, Ensemble(controllers=(CLOSED,))), (GENERATOR, FEEDING))
    aged = replace(evidence, stale=frozenset({ENSEMBLE_INVENTORY.path}))

    assert [witness.name for witness in current_witnesses(aged)] == ["generator"]
