"""The page of what is installed on the power line."""

from datetime import UTC, datetime

import pytest

from custom_components.enphase_envoy.envoy_reader.errors import EnvoyResponseError
from custom_components.enphase_envoy.envoy_reader.parsers import inventory
from custom_components.enphase_envoy.envoy_reader.parsers.inventory import (
    AcBatteryUnit,
    Listed,
    RelayUnit,
)

from .documents import INVENTORY, LISTED_AC_BATTERY, LISTED_INVERTER, LISTED_RELAY, encoded

SERIAL = "122300000001"
KINDS = [("PCU", "inverters"), ("ACB", "ac_batteries"), ("NSRB", "relays")]


def listed(**values: object) -> Listed:
    """Return what the parser makes of the inverter with some values replaced."""
    body = encoded([{"type": "PCU", "devices": [LISTED_INVERTER | values]}])
    return inventory.parse(body).inverters[SERIAL]


def device(serial: str) -> Listed:
    """Return what the three devices of the page have in common."""
    return Listed(
        serial=serial,
        part_number="800-01331-r02",
        firmware="520-00082-r01-v04.30.32",
        reported_at=datetime(2025, 1, 1, tzinfo=UTC),
        communicating=True,
        producing=True,
        operating=True,
        conditions=("envoy.global.ok", "prop.done"),
    )


def test_inverter():
    assert inventory.parse(encoded(INVENTORY)).inverters == {SERIAL: device(SERIAL)}


def test_ac_battery():
    assert inventory.parse(encoded(INVENTORY)).ac_batteries == {
        "122300000002": AcBatteryUnit(
            device=device("122300000002"),
            charge_pct=25,
            max_cell_temperature_c=24,
            charge_status="charging",
            sleep_ordered=True,
            asleep=False,
            sleep_min_pct=20,
            sleep_max_pct=30,
        )
    }


def test_relay():
    assert inventory.parse(encoded(INVENTORY)).relays == {
        "122300000003": RelayUnit(
            device=device("122300000003"),
            closed=True,
            forced=False,
            reason="ok",
        )
    }


@pytest.mark.parametrize(
    ("state", "removed"),
    [(0, True), (1, False), (2, False), (3, True), ("3", True), (None, False), ("new", False)],
)
def test_removed_by_admin_state(state, removed):
    assert listed(admin_state=state).removed is removed


@pytest.mark.parametrize(
    ("conditions", "asleep"),
    [
        (["envoy.global.ok"], False),
        (["envoy.global.ok", "envoy.cond_flags.pcu_ctrl.sleep-mode"], True),
        (None, None),
    ],
)
def test_sleep_shows_in_the_conditions(conditions, asleep):
    row = LISTED_AC_BATTERY | {"device_status": conditions}

    page = inventory.parse(encoded([{"type": "ACB", "devices": [row]}]))

    assert page.ac_batteries["122300000002"].asleep is asleep


@pytest.mark.parametrize(("kind", "attribute"), KINDS)
def test_row_without_serial_is_left_out(kind, attribute):
    body = encoded([{"type": kind, "devices": [{"admin_state": 2}, {"serial_num": "1"}]}])

    assert set(getattr(inventory.parse(body), attribute)) == {"1"}


@pytest.mark.parametrize(("kind", "attribute"), KINDS)
def test_serial_alone_is_a_device(kind, attribute):
    found = getattr(
        inventory.parse(encoded([{"type": kind, "devices": [{"serial_num": "1"}]}])), attribute
    )

    assert getattr(found["1"], "device", found["1"]) == Listed(serial="1")


def test_first_of_two_rows_of_a_serial_counts():
    rows = [LISTED_RELAY, LISTED_RELAY | {"relay": "open"}]

    page = inventory.parse(encoded([{"type": "NSRB", "devices": rows}]))

    assert page.relays["122300000003"].closed is True


def test_empty_list_is_a_page():
    assert inventory.parse(b"[]").inverters == {}


@pytest.mark.parametrize("body", [b"", b"5", b'{"PCU": []}'])
def test_anything_else_is_refused(body):
    with pytest.raises(EnvoyResponseError):
        inventory.parse(body)
