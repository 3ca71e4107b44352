import pytest

from custom_components.enphase_envoy.envoy_reader.errors import EnvoyAbsentError, EnvoyResponseError
from custom_components.enphase_envoy.envoy_reader.parsers import live_status, meter_stream

from .documents import LIVE_STATUS, METER_STREAM, encoded


def test_powers_of_the_live_page_are_in_watts_with_their_signs():
    status = live_status.parse(encoded(LIVE_STATUS))

    assert status.production.total_w == 3200.123
    assert status.storage.total_w == -1000.5
    assert list(status.grid.phases_w) == [-700, -500, None]
    assert status.load.total_w == 999.623
    assert (status.charge_pct, status.updated_at, status.streaming) == (61, 1735689600, True)


def test_firmware_that_does_not_part_the_phases_has_none():
    meters = LIVE_STATUS["meters"] | {"pv": {"agg_p_mw": 1500, "agg_s_mva": 1500}}

    status = live_status.parse(encoded(LIVE_STATUS | {"meters": meters}))

    assert (status.production.total_w, status.production.phases_w) == (1.5, ())


@pytest.mark.parametrize(
    ("connection", "streaming"),
    [({"sc_stream": "disabled"}, False), ({}, None), ({"sc_stream": 1}, None)],
)
def test_stream_is_on_off_or_not_mentioned(connection, streaming):
    page = LIVE_STATUS | {"connection": connection}

    assert live_status.parse(encoded(page)).streaming is streaming


def test_stream_event_has_powers_by_phase():
    event = meter_stream.parse(encoded(METER_STREAM))

    assert list(event.production_w) == [1200.5, 0, 0]
    assert list(event.net_w) == [-200.25, 310, 90.125]
    assert list(event.consumption_w) == [1000.25, 310, 90.125]


def test_meter_that_is_not_in_the_stream_has_no_powers():
    assert meter_stream.parse(b'{"production": {"ph-a": {"p": 5}}}').net_w == ()


@pytest.mark.parametrize("parse", [live_status.parse, meter_stream.parse])
def test_another_page_is_refused(parse):
    with pytest.raises(EnvoyResponseError):
        parse(b'{"a": 1}')
    with pytest.raises(EnvoyAbsentError):
        parse(b"<html>")
