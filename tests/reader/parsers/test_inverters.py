"""The pages of single inverters."""

import copy
from datetime import UTC, datetime

import pytest

from custom_components.enphase_envoy.envoy_reader.equipment import Inverter
from custom_components.enphase_envoy.envoy_reader.parsers import device_data, inverters
from custom_components.enphase_envoy.envoy_reader.parsers.device_data import DeviceData
from custom_components.enphase_envoy.envoy_reader.parsers.inverters import InverterReport

from .documents import DEVICE_DATA, INVERTER_DEVICE, INVERTERS, METER_DEVICE, encoded

NEW_YEAR = datetime(2025, 1, 1, tzinfo=UTC)
SERIAL = "122300000001"


def device(**parts: object) -> dict:
    """Return the inverter with parts of its channel replaced."""
    changed = copy.deepcopy(INVERTER_DEVICE)
    changed["channels"][0].update(parts)
    return changed


def detail(entry: object) -> Inverter:
    """Return what the parser makes of a single device."""
    return device_data.parse(encoded({"553648384": entry, "deviceCount": 1})).inverters[SERIAL]


def test_report():
    report, _ = inverters.parse(encoded(INVERTERS))

    assert report == InverterReport(
        serial=SERIAL, power_w=212, max_power_w=366, reported_at=NEW_YEAR, is_ac_battery=False
    )


def test_report_of_an_ac_battery():
    _, report = inverters.parse(encoded(INVERTERS))

    assert (report.is_ac_battery, report.power_w) == (True, -90)


def test_report_without_device_type_is_of_an_inverter():
    (report,) = inverters.parse(b'[{"serialNumber": "1"}]')

    assert report == InverterReport(serial="1")


def test_report_that_never_came_has_no_time():
    (report,) = inverters.parse(b'[{"serialNumber": "1", "lastReportDate": 0}]')

    assert report.reported_at is None


def test_empty_list_of_reports():
    assert inverters.parse(b"[]") == ()


@pytest.mark.parametrize("value", ["", "  ", None, 0, True, [], {}])
def test_report_without_serial_is_left_out(value):
    body = encoded([{"serialNumber": value, "lastReportWatts": 5}, {"serialNumber": "1"}])

    assert inverters.parse(body) == (InverterReport(serial="1"),)


def test_first_report_of_a_serial_counts():
    body = b'[{"serialNumber": "1", "lastReportWatts": 5}, {"serialNumber": 1}]'

    assert inverters.parse(body) == (InverterReport(serial="1", power_w=5),)


def test_detail():
    assert device_data.parse(encoded(DEVICE_DATA)) == DeviceData(
        complete=True,
        inverters={
            SERIAL: Inverter(
                serial=SERIAL,
                power_w=255,
                max_power_w=371,
                reported_at=NEW_YEAR,
                detailed=True,
                interval_s=903,
                interval_wh=64.0,
                today_wh=1239,
                yesterday_wh=455,
                week_wh=7466,
                lifetime_wh=2.0,
                dc_voltage_v=32.363,
                dc_current_a=8.078,
                ac_voltage_v=248.156,
                ac_current_a=1.049,
                frequency_hz=50.013,
                temperature_c=38,
                conversion_error_s=3,
                conversion_error_cycles=7,
                gone=False,
            )
        },
    )


@pytest.mark.parametrize(
    ("count", "limit", "complete"),
    [
        (49, 50, True),
        ("49", "50", True),
        (50, 50, False),
        (51, 50, False),
        (None, 50, False),
        (49, None, False),
    ],
)
def test_details_are_complete_below_the_limit(count, limit, complete):
    body = encoded({"deviceCount": count, "deviceDataLimit": limit})

    assert device_data.parse(body).complete is complete


@pytest.mark.parametrize(
    "entry",
    [
        METER_DEVICE,
        INVERTER_DEVICE | {"devName": "acb"},
        INVERTER_DEVICE | {"devName": None},
        INVERTER_DEVICE | {"sn": " "},
        None,
        7,
        [INVERTER_DEVICE],
    ],
)
def test_other_devices_have_no_details(entry):
    body = encoded({"553648384": entry, "deviceCount": 1})

    assert device_data.parse(body).inverters == {}


def test_details_without_the_number_of_devices_are_not_known_to_be_complete():
    page = device_data.parse(encoded({"553648384": INVERTER_DEVICE}))

    assert (page.complete, list(page.inverters)) == (False, [SERIAL])


@pytest.mark.parametrize("channels", [None, [], [{}], [{"lastReading": {}, "lifetime": {}}]])
def test_device_that_says_nothing(channels):
    entry = INVERTER_DEVICE | {"channels": channels}

    assert detail(entry) == Inverter(serial=SERIAL, detailed=True, gone=False)


@pytest.mark.parametrize(("said", "gone"), [(True, True), (False, False), (None, None), (7, None)])
def test_device_is_gone_if_it_is_said(said, gone):
    assert detail(INVERTER_DEVICE | {"modGone": said}).gone is gone


def test_device_that_was_taken_out_is_no_inverter():
    page = device_data.parse(encoded({"1": INVERTER_DEVICE | {"active": False}}))

    assert (dict(page.inverters), dict(page.removed)) == ({}, {SERIAL: NEW_YEAR})


def test_device_that_does_not_say_so_was_not_taken_out():
    page = device_data.parse(encoded({"1": {"devName": "pcu", "sn": SERIAL}}))

    assert (list(page.inverters), dict(page.removed)) == ([SERIAL], {})


@pytest.mark.parametrize(
    ("now", "power"),
    [(4294967292, -4), (2**31, -(2**31)), (2**31 - 1, 2**31 - 1), (-4, -4), (None, None)],
)
def test_power_is_signed(now, power):
    assert detail(device(watts={"now": now})).power_w == power


def test_lifetime_of_more_than_32_bits():
    entry = device(lifetime={"joulesProduced": 3600 * 2_000_000})

    assert detail(entry).lifetime_wh == 2_000_000


def test_last_reading_after_a_restart_has_no_end():
    assert detail(device(lastReading={"duration": 300})).reported_at is None


def test_first_details_of_a_serial_count():
    body = encoded({"1": INVERTER_DEVICE, "2": {"devName": "pcu", "sn": SERIAL}})

    assert device_data.parse(body).inverters[SERIAL].power_w == 255
