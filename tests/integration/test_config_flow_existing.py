"""Changing an entry: signing in again, another address, another way in."""

import httpx
import pytest
from homeassistant.config_entries import ConfigEntryState
from homeassistant.data_entry_flow import FlowResultType

from tests.simulator import Simulator

from .flows import (
    ACCOUNT,
    CHANGED,
    EMAIL,
    PASSWORD,
    Cloud,
    change_local_passwords,
    filled,
    send,
)
from .house import entry_for, set_up, settle

OLD, NEW = "p_d5_standard", "p_d7_standard"
UNTICKED = {"use_enlighten": False}

pytestmark = pytest.mark.respx(assert_all_called=False)


@pytest.fixture
async def simulator(request):
    async with Simulator(getattr(request, "param", NEW)) as running:
        yield running


@pytest.fixture(autouse=True)
def cloud(respx_mock, simulator):
    respx_mock.route(host="127.0.0.1").pass_through()
    return Cloud(respx_mock, simulator)


@pytest.fixture
def entry(hass, simulator):
    """An entry that has not been loaded."""
    entry = entry_for(simulator)
    entry.add_to_hass(hass)
    return entry


@pytest.fixture
def pasted(hass, simulator):
    """An entry whose token the user has pasted."""
    entry = entry_for(simulator, username="", password="", use_manual_token=True)
    entry.add_to_hass(hass)
    return entry


# Signing in again


async def test_user_to_sign_in_again_is_filled_in(hass, entry):
    form = await entry.start_reauth_flow(hass)

    assert filled(form) == {"username": EMAIL, "password": None, "use_enlighten": True}


async def test_gateway_to_sign_in_again_is_shown(hass, entry, simulator):
    await entry.start_reauth_flow(hass)

    [flow] = hass.config_entries.flow.async_progress()
    shown = flow["context"]["title_placeholders"]
    assert (shown["serial"], shown["host"]) == (simulator.serial, simulator.host)


async def test_new_password_and_token_are_stored(hass, entry, cloud, simulator):
    form = await entry.start_reauth_flow(hass)
    token = simulator.token()
    cloud.tokens.mock(return_value=httpx.Response(200, text=token))

    done = await send(hass, form, {**ACCOUNT, "password": "a-new-password"})

    assert done["reason"] == "reauth_owner"
    assert (entry.data["password"], entry.data["token"]) == ("a-new-password", token)


async def test_signing_in_again_asks_the_cloud_though_there_is_a_token(hass, entry, cloud):
    form = await entry.start_reauth_flow(hass)

    await send(hass, form, ACCOUNT)

    assert cloud.login.call_count == 1


async def test_entry_is_loaded_once_after_signing_in_again(hass, simulator):
    entry = entry_for(simulator)
    await set_up(hass, entry)
    loads = []
    entry.async_on_unload(lambda: loads.append("unloaded"))
    form = await entry.start_reauth_flow(hass)

    await send(hass, form, ACCOUNT)
    await settle(hass)

    assert (loads, entry.state) == (["unloaded"], ConfigEntryState.LOADED)


@pytest.mark.dirty_log
async def test_sign_in_that_fails_can_be_repeated(hass, entry, cloud, simulator):
    cloud.login.mock(return_value=httpx.Response(401))
    form = await send(hass, await entry.start_reauth_flow(hass), ACCOUNT)
    cloud.welcome(simulator)

    done = await send(hass, form, ACCOUNT)

    assert (form["errors"], done["reason"]) == (
        {"base": "cloud_login_refused"},
        "reauth_owner",
    )


@pytest.mark.dirty_log
async def test_signing_in_to_another_gateway_is_refused(hass, entry, simulator):
    async with Simulator("p_d5_standard") as other:
        hass.config_entries.async_update_entry(entry, data={**entry.data, "host": other.host})
        form = await entry.start_reauth_flow(hass)

        again = await send(hass, form, UNTICKED)

    assert again["errors"] == {"base": "wrong_serial"}


@pytest.mark.dirty_log
async def test_gateway_that_has_learned_tokens_gets_one(hass, entry, simulator):
    data = {**entry.data, "username": "envoy", "use_enlighten": False}
    del data["token"]
    hass.config_entries.async_update_entry(entry, data=data)
    form = await send(hass, await entry.start_reauth_flow(hass), {"username": "envoy", **UNTICKED})

    done = await send(hass, form, ACCOUNT)

    assert (form["errors"], done["reason"]) == (
        {"use_enlighten": "tokens_needed"},
        "reauth_owner",
    )


async def test_pasted_token_is_replaced_by_a_pasted_token(hass, pasted, simulator):
    form = await pasted.start_reauth_flow(hass)
    token = simulator.token()

    done = await send(hass, form, {"token": token})

    assert (form["step_id"], done["reason"]) == ("token", "reauth_owner")
    assert (pasted.data["token"], pasted.data["use_manual_token"]) == (token, True)


async def test_kind_of_the_new_token_is_shown(hass, pasted, simulator):
    form = await pasted.start_reauth_flow(hass)

    done = await send(hass, form, {"token": simulator.token("installer")})

    assert done["reason"] == "reauth_installer"


# After refusals of the cloud


async def test_cloud_may_be_asked_again_for_an_entry_that_is_loaded(hass, simulator):
    entry = entry_for(simulator)
    await set_up(hass, entry)
    logins = entry.runtime_data.coordinator.reader._memory.data["logins"] = {"refusals": 3}  # noqa: SLF001 -- as after three wrong passwords

    await send(hass, await entry.start_reauth_flow(hass), ACCOUNT)

    assert logins["refusals"] == 0
    await settle(hass)


async def test_cloud_may_be_asked_again_for_an_entry_that_is_not(hass, entry, hass_storage):
    key = f"enphase_envoy.{entry.entry_id}"
    hass_storage[key] = {"version": 1, "key": key, "data": {"logins": {"refusals": 3}}}

    await send(hass, await entry.start_reauth_flow(hass), ACCOUNT)
    await hass.async_block_till_done()

    assert hass_storage[key]["data"]["logins"]["refusals"] == 0


# Another address, another way in


async def test_present_settings_are_filled_in(hass, entry, simulator):
    form = await entry.start_reconfigure_flow(hass)

    assert filled(form) == {
        "host": simulator.host,
        "username": EMAIL,
        "password": None,
        "use_enlighten": True,
    }


async def test_new_address_is_stored(hass, entry, simulator):
    hass.config_entries.async_update_entry(entry, data={**entry.data, "host": "192.0.2.7"})
    form = await entry.start_reconfigure_flow(hass)

    done = await send(
        hass, form, {"host": simulator.host, "username": EMAIL, "use_enlighten": True}
    )

    assert (done["reason"], entry.data["host"]) == ("reconfigure_owner", simulator.host)


async def test_new_address_needs_no_login(hass, entry, simulator, cloud):
    form = await entry.start_reconfigure_flow(hass)

    await send(hass, form, {"host": simulator.host, "username": EMAIL, "use_enlighten": True})

    assert cloud.login.call_count == 0


async def test_password_serves_on_for_the_same_user(hass, entry, simulator):
    form = await entry.start_reconfigure_flow(hass)

    await send(hass, form, {"host": simulator.host, "username": EMAIL, "use_enlighten": True})

    assert entry.data["password"] == PASSWORD


async def test_pasted_token_serves_on_at_a_new_address(hass, pasted, simulator):
    form = await pasted.start_reconfigure_flow(hass)
    token = pasted.data["token"]

    done = await send(hass, form, {"host": simulator.host, "use_enlighten": True})

    assert done["reason"] == "reconfigure_owner"
    assert (pasted.data["token"], pasted.data["use_manual_token"]) == (token, True)


@pytest.mark.dirty_log
async def test_pasted_token_that_has_expired_is_asked_for(hass, pasted, simulator):
    expired = {**pasted.data, "token": simulator.token(lifetime_s=-60)}
    hass.config_entries.async_update_entry(pasted, data=expired)
    form = await pasted.start_reconfigure_flow(hass)

    again = await send(hass, form, {"host": simulator.host, "use_enlighten": True})

    assert (again["step_id"], again["errors"]) == ("token", {"token": "token_expired"})


async def test_account_takes_the_place_of_a_pasted_token(hass, pasted, simulator):
    form = await pasted.start_reconfigure_flow(hass)

    await send(hass, form, {"host": simulator.host, **ACCOUNT})

    assert (pasted.data["password"], pasted.data["use_manual_token"]) == (PASSWORD, False)


async def test_pasted_token_takes_the_place_of_the_account(hass, entry, simulator):
    form = await entry.start_reconfigure_flow(hass)
    asked = await send(hass, form, {"host": simulator.host, "use_enlighten": True})

    await send(hass, asked, {"token": simulator.token()})

    assert (entry.data["password"], entry.data["use_manual_token"]) == ("", True)


@pytest.mark.parametrize("simulator", [OLD], indirect=True)
async def test_local_password_can_be_changed(hass, entry, simulator):
    change_local_passwords(simulator)
    form = await entry.start_reconfigure_flow(hass)
    typed = {"host": simulator.host, "username": "envoy", "password": CHANGED, **UNTICKED}

    await send(hass, form, typed)

    assert entry.data["password"] == CHANGED


@pytest.mark.parametrize("simulator", [OLD], indirect=True)
async def test_no_token_is_spoken_of_where_there_is_none(hass, entry, simulator):
    form = await entry.start_reconfigure_flow(hass)

    done = await send(hass, form, {"host": simulator.host, **UNTICKED})

    assert (done["reason"], done["description_placeholders"]) == ("reconfigure_successful", {})


@pytest.mark.parametrize("simulator", [OLD], indirect=True)
async def test_token_left_over_is_dropped_where_none_is_used(hass, entry, simulator):
    hass.config_entries.async_update_entry(entry, data={**entry.data, "token": "left over"})
    form = await entry.start_reconfigure_flow(hass)

    await send(hass, form, {"host": simulator.host, "username": "envoy", **UNTICKED})

    assert "token" not in entry.data


async def test_another_gateway_is_asked_about(hass, entry, simulator):
    form = await entry.start_reconfigure_flow(hass)

    async with Simulator("pc_d7_three_phase") as other:
        menu = await send(hass, form, {"host": other.host, **ACCOUNT})

    assert (menu["type"], menu["step_id"]) == (FlowResultType.MENU, "another_gateway")
    assert entry.unique_id == simulator.serial


async def test_entry_without_unique_id_gets_one(hass, entry, simulator):
    hass.config_entries.async_update_entry(entry, unique_id=None)
    form = await entry.start_reconfigure_flow(hass)

    await send(hass, form, {"host": simulator.host, **ACCOUNT})

    assert entry.unique_id == simulator.serial


async def test_keys_of_other_integrations_stay(hass, entry, simulator):
    data = {**entry.data, "token_source": "entrez"}
    hass.config_entries.async_update_entry(entry, data=data)
    form = await entry.start_reconfigure_flow(hass)

    await send(hass, form, {"host": simulator.host, **ACCOUNT})

    assert entry.data["token_source"] == "entrez"


async def test_entry_of_the_built_in_integration_is_understood(hass, entry, simulator):
    theirs = {"host", "name", "username", "password", "token"}
    data = {key: value for key, value in entry.data.items() if key in theirs}
    hass.config_entries.async_update_entry(entry, data=data)

    form = await entry.start_reconfigure_flow(hass)

    assert (form["type"], filled(form)["use_enlighten"]) == (FlowResultType.FORM, True)
