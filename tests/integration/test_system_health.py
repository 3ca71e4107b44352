"""The page of system health, which users copy into reports."""

import httpx
import pytest
from homeassistant.config_entries import ConfigEntryDisabler
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    get_system_health_info,
)

from custom_components.enphase_envoy.const import DOMAIN
from custom_components.enphase_envoy.system_health import LOGIN_URL
from tests.repo.repository import INTEGRATION, read_json
from tests.simulator.access import make_token

from .house import entry_for, pass_time, set_up, settle

DAY_S = 86400

pytestmark = pytest.mark.respx(assert_all_called=False)


@pytest.fixture
def page(hass, respx_mock):
    """Return what reads the page; the cloud answers, as long as a test does not say otherwise."""
    respx_mock.route(host="127.0.0.1").pass_through()
    respx_mock.get(LOGIN_URL).respond(406)

    async def read():
        if "system_health" not in hass.config.components:
            assert await async_setup_component(hass, "system_health", {})
            assert await async_setup_component(hass, DOMAIN, {})
            await settle(hass)
        info = await get_system_health_info(hass, DOMAIN)
        return {
            key: value if key != "can_reach_cloud" else await value for key, value in info.items()
        }

    return read


async def test_page_without_any_gateway(hass, page):
    assert await page() == {
        "can_reach_cloud": "ok",
        "gateways": 0,
        "gateway": "-",
        "firmware": "-",
        "token": "-",
    }


async def test_page_of_a_gateway_that_answers(hass, simulator, page):
    token = make_token(simulator.serial, "owner", simulator.site.now, 365 * DAY_S)
    await set_up(hass, entry_for(simulator, token=token))

    assert await page() == {
        "can_reach_cloud": "ok",
        "gateways": 1,
        "gateway": "answers",
        "firmware": simulator.firmware.version,
        "token": "owner, from the cloud, days left: 365",
    }


async def test_pasted_token_is_said_to_be(hass, simulator, page):
    await set_up(hass, entry_for(simulator, use_enlighten=False, use_manual_token=True))

    assert "pasted" in (await page())["token"]


@pytest.mark.parametrize("simulator", ["pc_d5_metered"], indirect=True)
async def test_gateway_without_tokens_has_none(hass, simulator, page):
    await set_up(hass, entry_for(simulator))

    assert (await page())["token"] == "none"


@pytest.mark.dirty_log
async def test_gateway_that_is_away_does_not_answer(hass, freezer, simulator, page):
    await set_up(hass, entry_for(simulator))
    await simulator.switch_off()

    await pass_time(hass, freezer, simulator, 60)

    assert (await page())["gateway"] == "does not answer"


@pytest.mark.dirty_log
async def test_gateway_that_was_never_reached(hass, simulator, page):
    await simulator.switch_off()
    await set_up(hass, entry_for(simulator))

    found = await page()

    assert (found["gateway"], found["firmware"]) == ("not in use (setup_retry)", "unknown")


async def test_gateway_that_is_disabled(hass, simulator, page):
    entry = entry_for(simulator)
    await set_up(hass, entry)
    await hass.config_entries.async_set_disabled_by(entry.entry_id, ConfigEntryDisabler.USER)

    assert (await page())["gateway"] == "disabled"


async def test_several_gateways_are_numbered(hass, simulator, page):
    await set_up(hass, entry_for(simulator))
    MockConfigEntry(domain=DOMAIN, unique_id="another").add_to_hass(hass)

    found = await page()

    assert (found["gateways"], found["gateway"]) == (2, "1: answers, 2: not in use (not_loaded)")


@pytest.mark.parametrize(
    ("trouble", "reason"),
    [(httpx.ConnectError, "unreachable"), (httpx.ConnectTimeout, "timeout")],
)
async def test_cloud_that_cannot_be_reached(hass, page, respx_mock, trouble, reason):
    respx_mock.get(LOGIN_URL).mock(side_effect=trouble)

    assert (await page())["can_reach_cloud"] == {"type": "failed", "error": reason}


async def test_nothing_tells_whose_gateway_it_is(hass, simulator, page):
    entry = entry_for(simulator)
    await set_up(hass, entry)

    shown = str(await page())

    private = (simulator.serial, simulator.host, entry.data["username"], "eyJ")
    assert [word for word in private if word in shown] == []


async def test_every_line_has_a_name(hass, page):
    names = read_json(INTEGRATION / "translations" / "en.json")["system_health"]["info"]

    assert (await page()).keys() == names.keys()
