"""What the pages say that commands are judged by."""

import pytest

from custom_components.enphase_envoy.envoy_reader.parsers import (
    ac_sleep,
    grid_relay,
    production_switch,
    storage_control,
)
from custom_components.enphase_envoy.envoy_reader.parsers.grid_relay import GridRelay

from .documents import AC_SLEEP, GRID_RELAY, STORAGE_CONTROL, encoded


def test_relay_that_synchronises_is_open():
    assert grid_relay.parse(encoded(GRID_RELAY)) == GridRelay(closed=False, meant_closed=True)


@pytest.mark.parametrize(
    ("word", "allowed"), [(True, True), ("false", False), (1, True), (0, False), ("?", None)]
)
def test_charging_from_the_grid(word, allowed):
    assert storage_control.parse(encoded({"Charge From Grid Allowed": word})) is allowed


def test_charging_is_found_where_it_stands():
    assert storage_control.parse(encoded(STORAGE_CONTROL)) is True


def test_charging_that_is_not_told():
    assert storage_control.parse(b'{"Num_of_enc": 0}') is None


def test_bands_of_batteries_that_are_to_sleep():
    assert ac_sleep.parse(encoded(AC_SLEEP)) == {"121900000001": "20-25"}


@pytest.mark.parametrize(("forced", "allowed"), [(True, False), (False, True), (None, None)])
def test_production_switch(forced, allowed):
    assert production_switch.parse(encoded({"powerForcedOff": forced})) is allowed
