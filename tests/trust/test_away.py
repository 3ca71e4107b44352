"""Home Assistant starts while the gateway, the cloud or both are away."""

import logging

import httpx
import pytest
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import STATE_UNAVAILABLE

from tests.integration.flows import Cloud
from tests.simulator.access import make_token

from .patience import PatientHouse

POWER = "current_power_production"
LIFETIME = "lifetime_energy_production"
OURS = "custom_components.enphase_envoy"
HOUR_S = 3600
DAY_S = 24 * HOUR_S

SITES = pytest.mark.parametrize(
    "simulator", ["pc_d8_three_phase_battery", "p_d5_standard", "p0_r37_html"], indirect=True
)
pytestmark = [pytest.mark.dirty_log, pytest.mark.respx(assert_all_called=False)]


@pytest.fixture
def house(respx_mock, hass, freezer, simulator, entry):
    """Return a house whose entry has not been set up yet; its token is good."""
    respx_mock.route(host="127.0.0.1").pass_through()
    entry.add_to_hass(hass)
    return PatientHouse(hass, freezer, simulator, Cloud(respx_mock, simulator), entry)


@pytest.fixture
async def before(house):
    """Read the gateway once, then stop for an hour; return what was shown."""
    await house.start()
    states = house.shown()
    await house.stop()
    house.freezer.tick(HOUR_S)
    house.simulator.site.advance(HOUR_S)
    return states


def put_token(house, token):
    house.hass.config_entries.async_update_entry(
        house.entry, data={**house.entry.data, "token": token}
    )


@pytest.fixture
def expired(house, before):
    """Put a token into the entry that ended yesterday."""
    now = house.simulator.site.now
    put_token(house, make_token(house.simulator.serial, "owner", now - 366 * DAY_S, 365 * DAY_S))


async def leave_gateway(house):
    await house.refuse()


async def hang_gateway(house):
    house.hang()


async def leave_cloud(house):
    house.cloud.login.mock(side_effect=httpx.ConnectError("refused"))


async def hang_cloud(house):
    house.cloud.login.mock(side_effect=house.silence)


async def leave_both(house):
    await leave_cloud(house)
    await leave_gateway(house)


GATEWAY_AWAY = pytest.mark.parametrize("leave", [leave_gateway, hang_gateway])
CLOUD_AWAY = pytest.mark.parametrize("leave", [leave_cloud, hang_cloud])


def warnings(caplog):
    return [
        record.getMessage()
        for record in caplog.records
        if record.name.startswith(OURS) and record.levelno >= logging.WARNING
    ]


# With a memory, without the gateway


@SITES
@GATEWAY_AWAY
async def test_entry_does_not_wait_for_the_gateway(house, before, leave):
    await leave(house)

    await house.start()

    assert house.entry.state is ConfigEntryState.LOADED


@SITES
async def test_all_entities_are_there_without_the_gateway(house, before):
    house.hang()

    await house.start()

    assert house.shown().keys() == before.keys()


@SITES
async def test_counters_are_there_without_the_gateway(house, before):
    house.hang()

    await house.start()

    assert house.word(LIFETIME) == before[f"sensor.envoy_{house.simulator.serial}_{LIFETIME}"]


@GATEWAY_AWAY
async def test_power_is_unavailable_without_the_gateway(house, before, leave):
    await leave(house)

    await house.start()

    assert house.word(POWER) == STATE_UNAVAILABLE


@SITES
@GATEWAY_AWAY
async def test_gateway_is_live_within_15_seconds_of_its_return(house, before, leave):
    await leave(house)
    await house.start()
    await house.pass_time(200)
    await house.come_back()

    await house.pass_time(15, step_s=5)

    truth = house.simulator.site.production.power_w
    assert house.figure(POWER) == pytest.approx(truth, rel=0.1)


# With a memory, without the cloud


@CLOUD_AWAY
async def test_cloud_is_not_missed_while_the_token_is_good(house, before, leave):
    await leave(house)

    await house.start()

    truth = house.simulator.site.production.power_w
    assert house.figure(POWER) == pytest.approx(truth, abs=1)


@pytest.mark.parametrize("leave", [leave_cloud, hang_cloud, leave_both])
async def test_counters_are_there_with_an_expired_token_and_no_cloud(house, before, expired, leave):
    await leave(house)

    await house.start()

    assert house.entry.state is ConfigEntryState.LOADED
    assert house.shown().keys() == before.keys()
    assert house.word(LIFETIME) == before[f"sensor.envoy_{house.simulator.serial}_{LIFETIME}"]


@pytest.mark.parametrize("leave", [leave_cloud, leave_both])
async def test_gateway_is_live_when_the_cloud_has_come_back(house, expired, leave):
    await leave(house)
    await house.start()
    await house.pass_time(2 * HOUR_S, step_s=300)
    await house.come_back()
    house.cloud.welcome(house.simulator)

    await house.pass_time(16 * 60, step_s=120)

    truth = house.simulator.site.production.power_w
    assert house.figure(POWER) == pytest.approx(truth, rel=0.1, abs=1)


# Without a memory


@GATEWAY_AWAY
async def test_first_set_up_waits_and_says_that_the_gateway_is_missing(house, leave):
    await leave(house)

    house.hass.async_create_task(house.hass.config_entries.async_setup(house.entry.entry_id))
    await house.calm_down()
    for _ in range(60):
        if house.entry.state is ConfigEntryState.SETUP_IN_PROGRESS:
            await house.pass_time(10)

    assert house.entry.state is ConfigEntryState.SETUP_RETRY
    assert "gateway" in str(house.entry.reason)


async def test_first_set_up_waits_and_says_that_the_cloud_is_missing(house, caplog):
    await leave_cloud(house)
    put_token(house, "")

    await house.start()

    assert house.entry.state is ConfigEntryState.SETUP_RETRY
    assert "Enlighten does not answer" in str(house.entry.reason)


@pytest.mark.parametrize("leave", [leave_gateway, leave_cloud, leave_both])
async def test_first_set_up_is_one_warning(house, leave, caplog):
    await leave(house)
    put_token(house, "")

    await house.start()

    assert len(warnings(caplog)) == 1
