"""The pages of batteries and of what connects them to the grid."""

from datetime import UTC, datetime

import pytest

from custom_components.enphase_envoy.envoy_reader.equipment import (
    Battery,
    Collar,
    CombinerController,
    Led,
    SystemController,
)
from custom_components.enphase_envoy.envoy_reader.parsers import (
    ensemble_inventory,
    ensemble_power,
    secctrl,
)
from custom_components.enphase_envoy.envoy_reader.parsers.ensemble_inventory import Ensemble
from custom_components.enphase_envoy.envoy_reader.parsers.ensemble_power import BatteryPower
from custom_components.enphase_envoy.envoy_reader.parsers.secctrl import BatteryAggregate

from .documents import (
    BATTERY,
    ENSEMBLE_INVENTORY,
    ENSEMBLE_POWER,
    SECCTRL,
    encoded,
)

KINDS = [
    ("ENCHARGE", "batteries", Battery),
    ("ENPOWER", "controllers", SystemController),
    ("COLLAR", "collars", Collar),
    ("C6 COMBINER CONTROLLER", "combiners", CombinerController),
]


def battery(**values: object) -> Battery:
    """Return what the parser makes of the battery with some values replaced."""
    body = encoded([{"type": "ENCHARGE", "devices": [BATTERY | values]}])
    (unit,) = ensemble_inventory.parse(body).batteries
    return unit


def test_battery():
    assert battery() == Battery(
        serial="122200000001",
        part_number="830-01760-r37",
        firmware="2.6.5973_rel/22.11",
        charge_pct=15,
        capacity_wh=3500,
        temperature_c=29,
        max_cell_temperature_c=30,
        reported_at=datetime(2025, 1, 1, tzinfo=UTC),
        communicating=True,
        operating=True,
        sleeping=False,
        dc_switch_on=True,
        led=Led.IDLE_LOW,
        comm_level_sub_ghz=3,
        comm_level_2_4_ghz=4,
        grid_state="grid-tied",
        phase="ph-a",
        power_w=-120,
    )


@pytest.mark.parametrize(
    ("number", "led"), [(0, Led.OFF), ("12", Led.CHARGING), (6, None), (None, None), ([], None)]
)
def test_light(number, led):
    assert battery(led_status=number).led is led


def test_order_of_the_groups_does_not_matter():
    assert ensemble_inventory.parse(encoded(ENSEMBLE_INVENTORY[::-1])) == (
        ensemble_inventory.parse(encoded(ENSEMBLE_INVENTORY))
    )


@pytest.mark.parametrize("body", [b"[]", b"{}", b'[{"type": "ENCHARGE", "devices": []}]'])
def test_site_without_batteries(body):
    assert ensemble_inventory.parse(body) == Ensemble()


def test_groups_of_the_same_type_are_one():
    body = encoded(
        [
            {"type": "ENCHARGE", "devices": [{"serial_num": "1"}]},
            {"type": "ENCHARGE", "devices": [{"serial_num": "2"}]},
        ]
    )

    units = ensemble_inventory.parse(body).batteries

    assert units == (Battery(serial="1"), Battery(serial="2"))


@pytest.mark.parametrize(("kind", "field", "device"), KINDS)
@pytest.mark.parametrize("value", [None, "", " ", 0, []])
def test_device_without_serial_is_left_out(kind, field, device, value):
    rows = [None, {"serial_num": value}, {"serial_num": "1"}]

    page = ensemble_inventory.parse(encoded([{"type": kind, "devices": rows}]))

    assert getattr(page, field) == (device(serial="1"),)


@pytest.mark.parametrize(("kind", "field", "device"), KINDS)
def test_first_device_of_a_serial_counts(kind, field, device):
    rows = [{"serial_num": 1}, {"serial_num": "1", "temperature": 5}]

    page = ensemble_inventory.parse(encoded([{"type": kind, "devices": rows}]))

    assert getattr(page, field) == (device(serial="1"),)


@pytest.mark.parametrize(("said", "charge"), [(0, 0), ("100", 100), (101, None), (-1, None)])
def test_charge_is_a_share(said, charge):
    assert battery(percentFull=said).charge_pct == charge


@pytest.mark.parametrize(("off", "on"), [(True, False), ("false", True), (None, None), (0, None)])
def test_dc_switch(off, on):
    assert battery(dc_switch_off=off).dc_switch_on is on


@pytest.mark.parametrize("key", ["devices:", "devices"])
def test_power(key):
    body = encoded({key: ENSEMBLE_POWER["devices:"]})

    assert ensemble_power.parse(body) == {
        "122200000001": BatteryPower(power_w=-1324.0, apparent_va=-1330.5, charge_pct=39)
    }


def test_power_without_batteries():
    assert ensemble_power.parse(b'{"devices:": []}') == {}


def test_power_without_serial_is_left_out():
    body = encoded({"devices:": [{"soc": 5}, None, {"serial_num": "1", "soc": None}]})

    assert ensemble_power.parse(body) == {"1": BatteryPower()}


def test_first_power_of_a_serial_counts():
    body = encoded({"devices:": [{"serial_num": "1", "soc": 5}, {"serial_num": 1, "soc": 6}]})

    assert ensemble_power.parse(body) == {"1": BatteryPower(charge_pct=5)}


def test_aggregate():
    assert secctrl.parse(encoded(SECCTRL)) == BatteryAggregate(
        charge_pct=54,
        stored_wh=1890,
        capacity_wh=3500,
        health_pct=98,
        reserve_pct=10,
        reserve_wh=350,
        overall_charge_pct=39,
        overall_capacity_wh=7220,
        ac_battery_charge_pct=25,
        ac_battery_stored_wh=930,
    )


def test_aggregate_of_old_firmware():
    assert secctrl.parse(b'{"agg_soc": 39, "Max_energy": null}') == BatteryAggregate(
        overall_charge_pct=39
    )
