"""The pages of the clamps."""

import logging
from dataclasses import replace

import pytest

from custom_components.enphase_envoy.envoy_reader.models import CtFigures
from custom_components.enphase_envoy.envoy_reader.parsers import meters, readings
from custom_components.enphase_envoy.envoy_reader.parsers.meters import MeterSetup
from custom_components.enphase_envoy.envoy_reader.parsers.readings import MeterReading
from custom_components.enphase_envoy.envoy_reader.profile import MeterKind

from .documents import METERS, READINGS, encoded

METER = METERS[0]
CHANNELS = READINGS[0]["channels"]
READING = CtFigures(
    power_w=801.0,
    delivered_wh=5000.125,
    received_wh=12.5,
    apparent_va=910.0,
    reactive_var=-18.5,
    power_factor=0.88,
    voltage_v=240.5,
    current_a=3.75,
    frequency_hz=60.0,
)


def powers(channels: object) -> list[float | None]:
    """Return the power of each phase that the parser finds in a list of channels."""
    (meter,) = readings.parse(encoded([{"eid": 1, "channels": channels}])).values()
    return [channel.power_w for channel in meter.channels]


def test_setups():
    assert meters.parse(encoded(METERS)) == (
        MeterSetup(
            eid=704643328,
            kind=MeterKind.PRODUCTION,
            enabled=True,
            phase_count=3,
            phase_mode="three",
            status="normal",
        ),
        MeterSetup(
            eid=704643584,
            kind=MeterKind.NET_CONSUMPTION,
            enabled=False,
            phase_count=1,
            phase_mode="three",
            status="not-metering",
            flags=("power-on-unused-phase",),
        ),
    )


@pytest.mark.parametrize("body", [b"[]", b"{}"])
def test_standard_gateway_has_no_clamps(body):
    assert meters.parse(body) == ()


@pytest.mark.parametrize("kind", MeterKind)
def test_kind(kind):
    (meter,) = meters.parse(encoded([METER | {"measurementType": kind}]))

    assert meter.kind is kind


@pytest.mark.parametrize("word", ["gen", "", None, 5])
def test_unknown_kind(word):
    (meter,) = meters.parse(encoded([METER | {"measurementType": word}]))

    assert meter.kind is None


def test_unknown_kind_is_logged(caplog):
    with caplog.at_level(logging.DEBUG):
        meters.parse(encoded([METER | {"measurementType": "gen"}]))

    assert caplog.messages == ["Unknown kind of meter: 'gen'"]


@pytest.mark.parametrize("state", ["disabled", "", None, True, "Enabled?"])
def test_meter_that_is_not_enabled(state):
    (meter,) = meters.parse(encoded([METER | {"state": state}]))

    assert meter.enabled is False


@pytest.mark.parametrize(
    ("count", "expected"),
    [(1, 1), (2, 2), ("3", 3), (3.0, 3), (0, 1), (4, 1), (2.5, 1), (None, 1), (True, 1)],
)
def test_phase_count(count, expected):
    (meter,) = meters.parse(encoded([METER | {"phaseCount": count}]))

    assert meter.phase_count == expected


@pytest.mark.parametrize(
    ("flags", "expected"),
    [(["a", None, 5, " ", "b"], ("a", "b")), (None, ()), ("a", ()), ({"a": 1}, ())],
)
def test_flags(flags, expected):
    (meter,) = meters.parse(encoded([METER | {"statusFlags": flags}]))

    assert meter.flags == expected


@pytest.mark.parametrize("eid", [None, "none", 1.5, True, []])
def test_setup_without_id_is_left_out(eid):
    assert meters.parse(encoded([METER | {"eid": eid}, {"eid": 7}])) == (MeterSetup(eid=7),)


def test_first_setup_of_an_id_counts():
    assert meters.parse(encoded([{"eid": 7}, METER | {"eid": "7"}])) == (MeterSetup(eid=7),)


def test_readings():
    assert readings.parse(encoded(READINGS)) == {
        704643328: MeterReading(
            total=READING,
            channels=(
                replace(READING, power_w=400.5),
                replace(READING, power_w=400.5),
                replace(READING, power_w=0.0),
            ),
            measured_at=1735689600.0,
        )
    }


def test_no_readings():
    assert readings.parse(b"[]") == {}


def test_reading_that_says_nothing():
    assert readings.parse(b'[{"eid": 7}]') == {7: MeterReading()}


@pytest.mark.parametrize("eid", [None, "none", 1.5, True, []])
def test_reading_without_id_is_left_out(eid):
    assert readings.parse(encoded([{"eid": eid, "activePower": 5}])) == {}


def test_first_reading_of_an_id_counts():
    body = b'[{"eid": 7, "activePower": 1}, {"eid": 7, "activePower": 2}]'

    assert readings.parse(body)[7].total.power_w == 1


def test_channels_are_ordered_by_their_ids():
    channels = [
        {"eid": 1778385171, "activePower": 3},
        {"eid": 1778385169, "activePower": 1},
        {"eid": 1778385170, "activePower": 2},
    ]

    assert powers(channels) == [1, 2, 3]


@pytest.mark.parametrize("broken", [None, {}, {"eid": None}, {"eid": 1778385170}, 5])
def test_broken_channel_keeps_its_place(broken):
    assert powers([broken, {"eid": 1778385170, "activePower": 2}]) == [None, 2]


@pytest.mark.parametrize("channels", [None, {}, "none", 5, []])
def test_reading_without_channels(channels):
    assert powers(channels) == []
