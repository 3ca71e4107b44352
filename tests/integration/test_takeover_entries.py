"""The entries of the integrations before ours, taken over without a click."""

import logging
from datetime import timedelta

import pytest
from homeassistant.config_entries import (
    SOURCE_IGNORE,
    ConfigEntryDisabler,
    ConfigEntryState,
)
from homeassistant.helpers import issue_registry as ir
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.enphase_envoy.const import DOMAIN
from tests.simulator.access import make_token

from . import predecessors as before
from .flows import EMAIL, PASSWORD, Cloud
from .house import figure, set_up

WITH_TOKENS = "p_d7_standard"
WITHOUT_TOKENS = "p_d5_standard"
DAY_S = 86400
SIGN_IN = {"username": EMAIL, "password": PASSWORD}

pytestmark = pytest.mark.respx(assert_all_called=False)

# Whoever has left the entry.
any_predecessor = pytest.mark.parametrize(
    ("simulator", "make"),
    [
        (WITH_TOKENS, before.seed),
        (WITHOUT_TOKENS, before.seed_without_tokens),
        (WITH_TOKENS, before.built_in),
        (WITH_TOKENS, before.built_in_pasted),
        (WITH_TOKENS, before.built_in_nameless),
        (WITHOUT_TOKENS, before.built_in_without_tokens),
        (WITH_TOKENS, before.installers),
    ],
    indirect=["simulator"],
)
with_tokens = pytest.mark.parametrize("simulator", [WITH_TOKENS], indirect=True)


@pytest.fixture(autouse=True)
def cloud(respx_mock, simulator):
    respx_mock.route(host="127.0.0.1").pass_through()
    return Cloud(respx_mock, simulator)


@any_predecessor
async def test_entry_is_taken_over_without_a_login(hass, simulator, hass_storage, make, cloud):
    entry = make(simulator, hass_storage)

    await set_up(hass, entry)

    assert figure(hass, simulator, "current_power_production") > 0
    assert not cloud.login.called
    assert hass.config_entries.flow.async_progress() == []


@any_predecessor
async def test_only_the_minor_version_rises(hass, simulator, hass_storage, make):
    entry = make(simulator, hass_storage)

    await set_up(hass, entry)

    assert (entry.version, entry.minor_version) == (1, 2)


@any_predecessor
async def test_what_the_built_in_integration_needs_is_there(hass, simulator, hass_storage, make):
    entry = make(simulator, hass_storage)

    await set_up(hass, entry)

    assert entry.data.keys() >= before.FOR_OTHERS


@any_predecessor
async def test_what_the_entry_held_is_kept(hass, simulator, hass_storage, make):
    entry = make(simulator, hass_storage)
    held = dict(entry.data)

    await set_up(hass, entry)

    assert held.items() <= {**entry.data, "serial": held.get("serial")}.items()


@any_predecessor
async def test_serial_number_is_known_in_the_end(hass, simulator, hass_storage, make):
    entry = make(simulator, hass_storage)

    await set_up(hass, entry)

    title = f"Envoy {simulator.serial}"
    assert (entry.unique_id, entry.data["serial"]) == (simulator.serial, simulator.serial)
    assert entry.title == title


@with_tokens
async def test_title_that_the_user_has_chosen_is_kept(hass, simulator, hass_storage):
    entry = before.built_in_nameless(simulator, hass_storage)
    entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(entry, title="Roof")

    await set_up(hass, entry)

    assert entry.title == "Roof"


def another(simulator, **facts):
    """Return a second entry of the same gateway."""
    return MockConfigEntry(domain=DOMAIN, title="Garage", unique_id=simulator.serial, **facts)


@pytest.mark.dirty_log
@with_tokens
async def test_second_entry_of_a_gateway_is_told(hass, simulator, hass_storage, caplog):
    another(simulator, disabled_by=ConfigEntryDisabler.USER).add_to_hass(hass)
    entry = before.built_in_nameless(simulator, hass_storage)

    await set_up(hass, entry)

    assert entry.unique_id is None
    assert [
        record.getMessage() for record in caplog.records if record.levelno == logging.WARNING
    ].count("Envoy and Garage are the same gateway; one of them has to be deleted") == 1


@with_tokens
async def test_ignored_discovery_stays_ignored(hass, simulator, hass_storage):
    ignored = another(simulator, source=SOURCE_IGNORE)
    ignored.add_to_hass(hass)
    entry = before.built_in_nameless(simulator, hass_storage)

    await set_up(hass, entry)

    assert (entry.state, entry.unique_id) == (ConfigEntryState.LOADED, None)
    assert (ignored.source, ignored.unique_id) == (SOURCE_IGNORE, simulator.serial)


# The token


@with_tokens
async def test_token_of_the_entry_goes_first(hass, simulator, hass_storage):
    entry = before.built_in(simulator, hass_storage)
    before.stored_token(hass_storage, entry, {"token": simulator.token("installer")})
    token = entry.data["token"]

    await set_up(hass, entry)

    assert entry.data["token"] == token


@with_tokens
async def test_stored_token_is_used_where_that_of_the_entry_has_expired(
    hass, simulator, hass_storage
):
    entry = before.left(simulator, token=simulator.token(lifetime_s=-60))
    token = simulator.token()
    before.stored_token(hass_storage, entry, {"token": token})

    await set_up(hass, entry)

    assert entry.data["token"] == token


@with_tokens
async def test_stored_token_stays_for_the_way_back(hass, simulator, hass_storage):
    entry = before.seed(simulator, hass_storage)
    token = hass_storage[f"envoy.{entry.entry_id}"]["data"]["token"]

    await set_up(hass, entry)

    assert hass_storage[f"envoy.{entry.entry_id}"]["data"]["token"] == token


@pytest.mark.parametrize(
    "damaged", [None, [], {}, {"token": None}, {"token": 7}, {"token": "text"}, "other gateway"]
)
@with_tokens
async def test_cloud_is_asked_where_no_token_is_left(hass, simulator, hass_storage, damaged, cloud):
    entry = before.seed(simulator, hass_storage)
    if damaged == "other gateway":
        damaged = {"token": simulator.token(serial="122900000000")}
    before.stored_token(hass_storage, entry, damaged)

    await set_up(hass, entry)

    assert entry.state is ConfigEntryState.LOADED
    assert cloud.login.call_count == 1


@with_tokens
async def test_file_of_another_version_is_no_token(hass, simulator, hass_storage, cloud):
    entry = before.seed(simulator, hass_storage)
    hass_storage[f"envoy.{entry.entry_id}"]["version"] = 9

    await set_up(hass, entry)

    assert entry.state is ConfigEntryState.LOADED
    assert cloud.login.call_count == 1


@with_tokens
async def test_account_without_a_token_is_an_account_of_the_cloud(
    hass, simulator, hass_storage, cloud
):
    # As the built-in integration kept it before 2023.9.
    entry = before.left(simulator)

    await set_up(hass, entry)

    assert entry.state is ConfigEntryState.LOADED
    assert cloud.login.call_count == 1


# A while with the built-in integration, which knows nothing of our box


def nearly_over(simulator):
    """Return a token of a year that ends in 20 days."""
    return make_token(simulator.serial, "owner", simulator.site.now - 345 * DAY_S, 365 * DAY_S)


async def away(hass, entry, **changed):
    """Let the user change the entry as the form of the built-in integration does, and come back."""
    await hass.config_entries.async_unload(entry.entry_id)
    hass.config_entries.async_update_entry(entry, data={**entry.data, **changed})
    await set_up(hass, entry)


async def away_for_an_account(hass, simulator, files):
    """Return an entry whose pasted token was replaced by an account; its token is to be renewed."""
    entry = before.built_in_pasted(simulator, files)
    await set_up(hass, entry)
    await away(hass, entry, **SIGN_IN, use_manual_token=False, token=nearly_over(simulator))
    return entry


async def away_for_a_token(hass, simulator, files):
    """Return an entry whose account was replaced by a pasted token; it is to be replaced soon."""
    entry = before.built_in(simulator, files)
    await set_up(hass, entry)
    nobody = {"username": "", "password": ""}
    await away(hass, entry, **nobody, use_manual_token=True, token=nearly_over(simulator))
    return entry


@with_tokens
async def test_account_of_the_built_in_integration_renews_the_token(
    hass, simulator, hass_storage, cloud
):
    await away_for_an_account(hass, simulator, hass_storage)

    assert cloud.login.call_count == 1


@with_tokens
async def test_account_of_the_built_in_integration_ticks_the_box(hass, simulator, hass_storage):
    entry = await away_for_an_account(hass, simulator, hass_storage)

    assert entry.data["use_enlighten"]


@with_tokens
async def test_account_of_the_built_in_integration_is_not_told_of_the_tokens_end(
    hass, simulator, hass_storage
):
    await away_for_an_account(hass, simulator, hass_storage)

    assert ir.async_get(hass).issues == {}


@with_tokens
async def test_token_pasted_in_the_built_in_integration_asks_no_cloud(
    hass, simulator, hass_storage, cloud
):
    await away_for_a_token(hass, simulator, hass_storage)

    assert not cloud.login.called


@with_tokens
async def test_end_of_a_token_pasted_in_the_built_in_integration_is_told(
    hass, simulator, hass_storage
):
    entry = await away_for_a_token(hass, simulator, hass_storage)

    assert list(ir.async_get(hass).issues) == [(DOMAIN, f"token_ends_30_{entry.entry_id}")]


# The options


@pytest.mark.parametrize("key", ["data_interval", "time_between_update"])
@with_tokens
async def test_interval_is_kept(hass, simulator, hass_storage, key):
    entry = before.seed(simulator, hass_storage)
    entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(entry, options={key: 120})

    await set_up(hass, entry)

    assert entry.runtime_data.coordinator.update_interval == timedelta(seconds=120)


@with_tokens
async def test_options_of_others_are_kept(hass, simulator, hass_storage):
    options = {
        "time_between_update": 30,
        "getdata_timeout": 90,
        "disabled_endpoints": ["endpoint_home"],
        "diagnostics_include_fixtures": True,
        "do_not_use_production_json": True,
    }
    entry = before.installers(simulator, hass_storage)
    entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(entry, options=options)

    await set_up(hass, entry)

    assert entry.options == options
