"""The cloud refuses or hangs while the token has to be renewed: who is bothered, and how often."""

import asyncio
import logging

import httpx
import pytest
from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntryState

from custom_components.enphase_envoy.const import DOMAIN
from tests.integration.flows import Cloud
from tests.integration.house import entry_for
from tests.simulator import Simulator
from tests.simulator.access import make_token

from .patience import PatientHouse

POWER = "current_power_production"
OURS = "custom_components.enphase_envoy"
HOUR_S = 3600
DAY_S = 24 * HOUR_S

pytestmark = [pytest.mark.dirty_log, pytest.mark.respx(assert_all_called=False)]


def ending_token(simulator, days_left=10):
    """Return a token that was made for a year, few days of which are left."""
    now = simulator.site.now
    return make_token(simulator.serial, "owner", now - (365 - days_left) * DAY_S, 365 * DAY_S)


@pytest.fixture
def house(respx_mock, hass, freezer, simulator):
    """Return a house whose token is to be renewed, not set up yet."""
    respx_mock.route(host="127.0.0.1").pass_through()
    entry = entry_for(simulator, token=ending_token(simulator))
    entry.add_to_hass(hass)
    return PatientHouse(hass, freezer, simulator, Cloud(respx_mock, simulator), entry)


def requests(house):
    """Return the reauthentication requests that the user sees."""
    flows = house.hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    return [flow for flow in flows if flow["context"]["source"] == SOURCE_REAUTH]


def said(caplog):
    """Return our own lines above debug."""
    return [
        record.getMessage()
        for record in caplog.records
        if record.name.startswith(OURS) and record.levelno > logging.DEBUG
    ]


async def live_and_restart(house):
    """Let an hour pass in which the entry is loaded anew now and then."""
    await house.start()
    for _ in range(3):
        await house.pass_time(1200, step_s=300)
        await house.stop()
        await house.start()


async def test_wrong_password_is_three_logins_and_one_request_for_the_user(house):
    house.cloud.login.mock(return_value=httpx.Response(401))

    await live_and_restart(house)

    assert house.cloud.login.call_count == 3
    assert len(requests(house)) == 1


async def test_wrong_password_is_one_line(house, caplog):
    house.cloud.login.mock(return_value=httpx.Response(401))
    await house.start()

    await house.pass_time(HOUR_S, step_s=300)

    assert len([line for line in said(caplog) if "renewed" in line]) == 1


async def test_wrong_password_and_an_expired_token_are_one_request(house):
    house.cloud.login.mock(return_value=httpx.Response(401))
    token = ending_token(house.simulator, days_left=-1)
    house.hass.config_entries.async_update_entry(
        house.entry, data={**house.entry.data, "token": token}
    )

    await live_and_restart(house)

    assert len(requests(house)) == 1
    assert house.cloud.login.call_count == 3


async def test_hours_of_a_cloud_that_hangs_are_four_logins_that_nobody_notices(house, caplog):
    house.cloud.login.mock(side_effect=house.silence)
    await house.start()

    await house.pass_time(2 * HOUR_S, step_s=300)

    assert house.silence.asked == 4
    assert said(caplog) == []
    assert requests(house) == []


async def test_polls_go_on_in_time_while_the_cloud_hangs(house):
    house.cloud.login.mock(side_effect=house.silence)
    await house.start()

    for _ in range(10):
        await house.pass_time(60, step_s=60)

        truth = house.simulator.site.production.power_w
        assert house.figure(POWER) == pytest.approx(truth, abs=1)


async def test_renewal_that_hangs_ends_with_the_entry(house):
    house.cloud.login.mock(side_effect=house.silence)
    await house.start()
    assert house.silence.waiting == 1

    await house.stop()

    assert house.silence.waiting == 0
    assert not [task for task in asyncio.all_tasks() if "renew the token" in task.get_name()]


async def test_logins_for_one_gateway_are_none_for_another(house):
    house.cloud.login.mock(return_value=httpx.Response(503))
    await house.start()
    await house.pass_time(HOUR_S, step_s=300)
    async with Simulator("p_d7_standard", start=house.simulator.site.now) as second:
        before = house.cloud.login.call_count
        entry = entry_for(second, token=ending_token(second))
        entry.add_to_hass(house.hass)

        await house.hass.config_entries.async_setup(entry.entry_id)
        await house.calm_down()

        assert entry.state is ConfigEntryState.LOADED
        assert house.cloud.login.call_count == before + 1
        await house.hass.config_entries.async_unload(entry.entry_id)
