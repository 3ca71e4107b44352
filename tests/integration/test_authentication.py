"""When the gateway or the cloud no longer accepts what the entry holds."""

import logging

import httpx
import pytest
from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntryState

from custom_components.enphase_envoy.const import DOMAIN
from tests.simulator.access import make_token

from .flows import Cloud
from .house import entry_for, figure, pass_time, set_up

DAY_S = 86400
LOGIN_REFUSED = "Could not Authenticate with Enlighten, status: 401, <Response [401 Unauthorized]>"
TOKEN_REFUSED = "Could not get enlighten token, status: 403, <Response [403 Forbidden]>"
POWER = "current_power_production"

pytestmark = pytest.mark.respx(assert_all_called=False)


@pytest.fixture
def cloud(respx_mock, simulator):
    respx_mock.route(host="127.0.0.1").pass_through()
    return Cloud(respx_mock, simulator)


def requests(hass):
    """Return the reauthentication requests that the user sees."""
    return [
        flow
        for flow in hass.config_entries.flow.async_progress_by_handler(DOMAIN)
        if flow["context"]["source"] == SOURCE_REAUTH
    ]


def ending_token(simulator):
    """Return a token that was made for a year, ten days of which are left."""
    return make_token(simulator.serial, "owner", simulator.site.now - 355 * DAY_S, 365 * DAY_S)


@pytest.mark.dirty_log
async def test_refused_token_asks_the_user_once(hass, freezer, simulator):
    await set_up(hass, entry_for(simulator, use_enlighten=False, use_manual_token=True))
    simulator.revoke_tokens()

    for _ in range(30):
        await pass_time(hass, freezer, simulator, 60)

    assert len(requests(hass)) == 1


@pytest.mark.dirty_log
@pytest.mark.parametrize("phrase", [LOGIN_REFUSED, TOKEN_REFUSED])
async def test_refusal_of_the_cloud_is_one_warning(hass, cloud, simulator, caplog, phrase):
    cloud.login.mock(
        return_value=httpx.Response(
            401 if phrase == LOGIN_REFUSED else 200, json={"session_id": "invented"}
        )
    )
    cloud.tokens.mock(return_value=httpx.Response(403))
    entry = entry_for(simulator, token="")

    await set_up(hass, entry)

    warnings = [
        record.getMessage() for record in caplog.records if record.levelno == logging.WARNING
    ]
    assert entry.state is ConfigEntryState.SETUP_ERROR
    assert len([warning for warning in warnings if phrase in warning]) == 1
    assert len(requests(hass)) == 1


async def test_first_token_is_fetched_and_kept_in_the_entry(hass, simulator, cloud):
    entry = entry_for(simulator, token="")

    await set_up(hass, entry)

    assert cloud.tokens.call_count == 1
    assert entry.data["token"]
    assert figure(hass, simulator, POWER) > 0


async def test_token_about_to_expire_is_renewed_beside_the_poll(hass, simulator, cloud):
    old = ending_token(simulator)
    entry = entry_for(simulator, token=old)

    await set_up(hass, entry)

    assert entry.data["token"] not in ("", old)
    assert figure(hass, simulator, POWER) > 0


@pytest.mark.dirty_log
async def test_renewal_that_needs_the_user_asks_while_the_old_token_serves(
    hass, freezer, simulator, cloud
):
    cloud.login.mock(return_value=httpx.Response(401))
    entry = entry_for(simulator, token=ending_token(simulator))
    await set_up(hass, entry)

    await pass_time(hass, freezer, simulator, 60)

    assert len(requests(hass)) == 1
    truth = simulator.site.production.power_w
    assert figure(hass, simulator, POWER) == pytest.approx(truth, abs=1)


async def test_cloud_that_is_down_is_not_noticed_with_a_good_token(hass, freezer, simulator, cloud):
    cloud.login.mock(side_effect=httpx.ConnectError("down"))
    await set_up(hass, entry_for(simulator, token=ending_token(simulator)))

    await pass_time(hass, freezer, simulator, 60)

    assert requests(hass) == []
