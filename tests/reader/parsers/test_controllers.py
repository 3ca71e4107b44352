"""What ``/ivp/ensemble/inventory`` says of the switches between grid and home."""

from datetime import UTC, datetime

import pytest

from custom_components.enphase_envoy.envoy_reader.equipment import (
    AdminState,
    Collar,
    CombinerController,
    GridMode,
    GridState,
    SwitchState,
    SystemController,
)
from custom_components.enphase_envoy.envoy_reader.parsers.ensemble_inventory import parse

from .documents import COLLAR, COMBINER, CONTROLLER, ENSEMBLE_INVENTORY, encoded


def controller(**values: object) -> SystemController:
    """Return what the parser makes of the controller with some values replaced."""
    (unit,) = parse(encoded([{"type": "ENPOWER", "devices": [CONTROLLER | values]}])).controllers
    return unit


def collar(**values: object) -> Collar:
    """Return what the parser makes of the collar with some values replaced."""
    (unit,) = parse(encoded([{"type": "COLLAR", "devices": [COLLAR | values]}])).collars
    return unit


def test_controller():
    assert parse(encoded(ENSEMBLE_INVENTORY)).controllers == (
        SystemController(
            serial="122200000002",
            part_number="860-00276-r28",
            firmware="1.2.2064_release/20.34",
            temperature_f=79,
            mains_closed=False,
            mains_admin_closed=True,
            admin_state=AdminState.OPEN,
            grid_mode=GridMode.OFF_GRID,
            battery_grid_mode=GridMode.ON_GRID,
            comm_level_2_4_ghz=4,
            comm_level_sub_ghz=5,
            reported_at=datetime(2024, 12, 31, 23, 58, 20, tzinfo=UTC),
            communicating=True,
        ),
    )


def test_collar():
    assert parse(encoded(ENSEMBLE_INVENTORY)).collars == (
        Collar(
            serial="482500000003",
            part_number="865-00400-r22",
            firmware="3.0.6-D0",
            temperature_c=42,
            grid_state=GridState.ON_GRID,
            admin_state=AdminState.ON_GRID,
            switch_state=SwitchState.CLOSE,
            control_error=0,
            reported_at=datetime(2024, 12, 31, 23, 56, 40, tzinfo=UTC),
            communicating=True,
        ),
    )


def test_combiner_controller_names_its_firmware_in_another_way():
    assert parse(encoded(ENSEMBLE_INVENTORY)).combiners == (
        CombinerController(
            serial="482500000005",
            part_number="800-02403-r08",
            firmware="0.1.20-D1",
            admin_state=AdminState.READY,
            reported_at=datetime(2024, 12, 31, 23, 55, tzinfo=UTC),
            communicating=True,
        ),
    )


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("ENPWR_STATE_OPER_CLOSED", AdminState.CLOSED),
        ("ENPWR_STATE_OPER_GEN_CLOSE", AdminState.ON_GENERATOR),
        ("ENPWR_STATE_OPER_NO_GRID", AdminState.NO_GRID),
        ("ENPWR_STATE_OF_THE_ART", None),
        (24, None),
        (None, None),
    ],
)
def test_admin_state(word, state):
    assert controller(admin_state_str=word).admin_state is state


@pytest.mark.parametrize("word", ["?", None, True, "", []])
def test_unknown_words_of_a_controller(word):
    unit = controller(mains_oper_state=word, Enpwr_grid_mode=word, Enchg_grid_mode=word)

    assert (unit.mains_closed, unit.grid_mode, unit.battery_grid_mode) == (None, None, None)


@pytest.mark.parametrize("word", ["?", None, True, "", []])
def test_unknown_words_of_a_collar(word):
    unit = collar(mid_state=word, grid_state=word, admin_state_str=word)

    assert (unit.switch_state, unit.grid_state, unit.admin_state) == (None, None, None)


def test_odd_value_costs_that_value_only():
    assert controller(temperature="warm") == controller(temperature=None)


def test_combiner_controller_is_known_by_its_serial_alone():
    body = encoded([{"type": "C6 COMBINER CONTROLLER", "devices": [{"serial_num": "1"}, COMBINER]}])

    assert parse(body).combiners[0] == CombinerController(serial="1")
