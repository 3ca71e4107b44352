"""What the pages of devices on the power line say of Q-Relays."""

from datetime import UTC, datetime

import pytest

from custom_components.enphase_envoy.envoy_reader.equipment import PhaseRelay
from custom_components.enphase_envoy.envoy_reader.parsers import device_data, devstatus

from .documents import RELAY_DEVICE, encoded

SERIAL = "122200000009"


def detail(**values: object) -> PhaseRelay:
    """Return what the page of details says of the relay with some values replaced."""
    return device_data.parse(encoded({"738197760": RELAY_DEVICE | values})).relays[SERIAL]


def reading(**values: object) -> PhaseRelay:
    """Return what the page of details says with this last reading."""
    return detail(channels=[{"lastReading": values}])


def test_relay():
    assert detail() == PhaseRelay(
        serial=SERIAL,
        communicating=True,
        temperature_c=21,
        voltages_v=(231.22, 1.64, 0),
        frequency_hz=49.976,
        state_changes=3,
        reported_at=datetime(2025, 1, 1, tzinfo=UTC),
    )


def test_older_names_of_the_voltages():
    assert reading(voltRmsL1=230000, voltRmsL3=229500).voltages_v == (230, None, 229.5)


def test_what_a_relay_measures_is_unknown_while_it_does_not_answer():
    assert detail(modGone=True) == PhaseRelay(
        serial=SERIAL,
        communicating=False,
        voltages_v=(None, None, None),
        state_changes=3,
        reported_at=datetime(2025, 1, 1, tzinfo=UTC),
    )


@pytest.mark.parametrize("channels", [[], None, [None], [{}], [{"lastReading": None}]])
def test_relay_that_has_not_reported(channels):
    assert detail(channels=channels) == PhaseRelay(
        serial=SERIAL, communicating=True, voltages_v=(None, None, None)
    )


@pytest.mark.parametrize("values", [{"active": False}, {"sn": None}, {"devName": "pcu"}])
def test_what_is_no_relay_in_use_is_left_out(values):
    assert device_data.parse(encoded({"1": RELAY_DEVICE | values})).relays == {}


def test_page_that_does_not_say_whether_it_answers():
    assert detail(modGone=None).communicating is None


def test_state_of_a_relay_for_installers():
    fields = ["serialNumber", "relay", "forced", "reason_code", "reason"]
    table = {
        "fields": fields,
        "values": [[SERIAL, "open", True, 4, "grid too low"], [None, "open"]],
    }

    assert devstatus.parse(encoded({"nsrb": table})).relays == {
        SERIAL: PhaseRelay(serial=SERIAL, closed=False, forced=True, reason="grid too low")
    }
