"""The tables that only installers see."""

from datetime import UTC, datetime

import pytest

from custom_components.enphase_envoy.envoy_reader.equipment import Inverter
from custom_components.enphase_envoy.envoy_reader.errors import EnvoyResponseError
from custom_components.enphase_envoy.envoy_reader.parsers import devstatus

from .documents import DEVICE_STATUS, encoded


def test_inverter():
    assert devstatus.parse(encoded(DEVICE_STATUS)).inverters == {
        "122300000001": Inverter(
            serial="122300000001",
            power_w=251.832,
            reported_at=datetime(2025, 1, 1, tzinfo=UTC),
            detailed=True,
            dc_voltage_v=30.765,
            dc_current_a=8.335,
            ac_voltage_v=250.528,
            temperature_c=39,
            communicating=True,
            producing=False,
        )
    }


def test_columns_are_found_by_name():
    table = {"fields": ["temperature", 5, "serialNumber"], "values": [[39, None, "1"]]}

    page = devstatus.parse(encoded({"pcu": table}))

    assert page.inverters == {"1": Inverter(serial="1", detailed=True, temperature_c=39)}


@pytest.mark.parametrize("line", [[], [None, 5], ["", 5], {"serialNumber": "1"}, 7])
def test_line_without_serial_is_left_out(line):
    table = {"fields": ["serialNumber", "temperature"], "values": [line, ["2", 5]]}

    assert list(devstatus.parse(encoded({"pcu": table})).inverters) == ["2"]


def test_line_may_be_cut_off():
    table = {"fields": ["serialNumber", "temperature"], "values": [["1"]]}

    assert devstatus.parse(encoded({"pcu": table})).inverters["1"].temperature_c is None


@pytest.mark.parametrize("table", [None, [], {}, {"fields": ["serialNumber"]}, {"values": [["1"]]}])
def test_table_that_is_none_is_empty(table):
    assert devstatus.parse(encoded({"counters": {}, "pcu": table})).inverters == {}


@pytest.mark.parametrize("body", [b"[]", b"7", b'{"devices": []}'])
def test_another_page_is_refused(body):
    with pytest.raises(EnvoyResponseError):
        devstatus.parse(body)
