"""The options: their form, their limits, and what the reader gets of them."""

from datetime import timedelta

import pytest
import voluptuous as vol
from homeassistant.config_entries import ConfigEntryDisabler
from homeassistant.data_entry_flow import FlowResultType, InvalidData
from homeassistant.setup import async_setup_component
from hypothesis import given
from hypothesis import strategies as st
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.enphase_envoy import options
from custom_components.enphase_envoy.const import DOMAIN
from custom_components.enphase_envoy.envoy_reader import Timing
from custom_components.enphase_envoy.options_flow import MENU, EnvoyOptionsFlow
from tests.repo.repository import INTEGRATION, read_json
from tests.simulator import Simulator

from .flows import filled
from .house import BEGIN, entry_for, set_up, settle

DEFAULTS = {
    "data_interval": 60,
    "data_fetch_timeout_seconds": 30,
    "data_fetch_retry_count": 1,
    "data_fetch_holdoff_seconds": 0,
    "data_collection_timeout_seconds": 55,
}
OTHERS = {
    "data_interval": 10,
    "data_fetch_timeout_seconds": 40,
    "data_fetch_retry_count": 3,
    "data_fetch_holdoff_seconds": 2,
    "data_collection_timeout_seconds": 200,
}
LOWEST = {
    "data_interval": 5,
    "data_fetch_timeout_seconds": 5,
    "data_fetch_retry_count": 1,
    "data_fetch_holdoff_seconds": 0,
    "data_collection_timeout_seconds": 30,
}


@pytest.fixture
def entry(hass):
    """An entry that is not loaded, nor by a change of its options."""
    entry = MockConfigEntry(
        domain=DOMAIN, data={"host": "192.0.2.7"}, disabled_by=ConfigEntryDisabler.USER
    )
    entry.add_to_hass(hass)
    return entry


async def open_options(hass, entry, step="reading"):
    """Open *Configure* and choose a line of its menu."""
    menu = await hass.config_entries.options.async_init(entry.entry_id)
    return await send(hass, menu, {"next_step_id": step})


async def send(hass, form, typed):
    return await hass.config_entries.options.async_configure(form["flow_id"], typed)


# The form


async def test_form_begins_with_the_defaults(hass, entry):
    form = await open_options(hass, entry)

    assert filled(form) == DEFAULTS


async def test_form_shows_what_is_stored(hass, entry):
    hass.config_entries.async_update_entry(entry, options=OTHERS)

    form = await open_options(hass, entry)

    assert filled(form) == OTHERS


async def test_what_was_typed_is_stored(hass, entry):
    await send(hass, await open_options(hass, entry), OTHERS)

    assert entry.options == OTHERS


async def test_whole_numbers_are_stored(hass, entry):
    await send(hass, await open_options(hass, entry), {**OTHERS, "data_interval": 10.0})

    assert isinstance(entry.options["data_interval"], int)


async def test_options_of_other_integrations_stay(hass, entry):
    hass.config_entries.async_update_entry(entry, options={"disabled_endpoints": ["/home"]})

    await send(hass, await open_options(hass, entry), OTHERS)

    assert entry.options == {"disabled_endpoints": ["/home"], **OTHERS}


@pytest.mark.parametrize("key", DEFAULTS)
@pytest.mark.parametrize("beyond", [-1, 10_000])
async def test_value_outside_its_limits_is_refused(hass, entry, key, beyond):
    form = await open_options(hass, entry)
    value = LOWEST[key] - 1 if beyond < 0 else beyond

    with pytest.raises(InvalidData) as refusal:
        await send(hass, form, {**DEFAULTS, key: value})

    assert refusal.value.schema_errors.keys() == {key}


@pytest.mark.parametrize("key", DEFAULTS)
async def test_lowest_value_is_taken(hass, entry, key):
    done = await send(hass, await open_options(hass, entry), {**DEFAULTS, key: LOWEST[key]})

    assert done["type"] is FlowResultType.CREATE_ENTRY


async def test_refusal_can_be_read_over_rest(hass, entry, hass_client):
    await async_setup_component(hass, "config", {})
    client = await hass_client()
    url = "/api/config/config_entries/options/flow"
    menu = await (await client.post(url, json={"handler": entry.entry_id})).json()
    form = f"{url}/{menu['flow_id']}"
    await client.post(form, json={"next_step_id": "reading"})

    answer = await client.post(form, json={**DEFAULTS, "data_interval": 4})

    assert "too small" in str((await answer.json())["errors"]["data_interval"])


async def test_collection_must_last_at_least_as_long_as_a_page(hass, entry):
    form = await open_options(hass, entry)

    again = await send(hass, form, {**DEFAULTS, "data_fetch_timeout_seconds": 60})

    assert again["errors"] == {"data_collection_timeout_seconds": "collection_shorter_than_page"}


async def test_form_keeps_what_was_typed_when_two_values_disagree(hass, entry):
    typed = {**DEFAULTS, "data_fetch_timeout_seconds": 60}

    again = await send(hass, await open_options(hass, entry), typed)

    assert filled(again) == typed


async def test_form_works_after_two_values_disagreed(hass, entry):
    typed = {**DEFAULTS, "data_fetch_timeout_seconds": 60}
    again = await send(hass, await open_options(hass, entry), typed)

    done = await send(hass, again, {**typed, "data_collection_timeout_seconds": 60})

    assert done["type"] is FlowResultType.CREATE_ENTRY


# Live values


async def test_pace_of_live_values_begins_with_five_seconds(hass, entry):
    form = await open_options(hass, entry, "live")

    assert filled(form) == {"live_pace": 5}


async def test_pace_of_live_values_is_stored(hass, entry):
    await send(hass, await open_options(hass, entry, "live"), {"live_pace": 2})

    assert entry.options == {"live_pace": 2}


@pytest.mark.parametrize("pace", [0, 31])
async def test_pace_of_live_values_outside_its_limits_is_refused(hass, entry, pace):
    form = await open_options(hass, entry, "live")

    with pytest.raises(InvalidData):
        await send(hass, form, {"live_pace": pace})


# The menu


async def test_menu_of_an_entry_that_is_not_in_use_offers_what_can_be_done(hass, entry):
    menu = await hass.config_entries.options.async_init(entry.entry_id)

    assert menu["menu_options"] == ["reading", "live", "repair_statistics"]


async def test_menu_of_an_entry_in_use_offers_all(hass, loaded):
    entry, _ = loaded

    menu = await hass.config_entries.options.async_init(entry.entry_id)

    assert menu["menu_options"] == [line.step for line in MENU]


@pytest.mark.parametrize("line", MENU, ids=lambda line: line.step)
def test_every_line_of_the_menu_has_a_text_and_a_step(line):
    texts = read_json(INTEGRATION / "translations" / "en.json")["options"]["step"]

    assert line.step in texts["init"]["menu_options"]
    assert line.step in texts
    assert hasattr(EnvoyOptionsFlow, f"async_step_{line.step}")


# Other kinds of options


SWITCH = options.Switch(key="light", default=True)
CHOICE = options.Choice(key="pace", default="slow", words=("slow", "fast"))


@pytest.mark.parametrize(
    ("option", "stored", "value"),
    [
        (SWITCH, {}, True),
        (SWITCH, {"light": False}, False),
        (SWITCH, {"light": "no"}, True),
        (CHOICE, {}, "slow"),
        (CHOICE, {"pace": "fast"}, "fast"),
        (CHOICE, {"pace": "faster"}, "slow"),
        (CHOICE, {"pace": 1}, "slow"),
    ],
)
def test_switch_and_choice_are_what_is_stored_or_the_default(option, stored, value):
    assert option.value(stored) == value


def test_form_can_hold_switches_and_choices():
    form = options.schema((SWITCH, CHOICE), {"pace": "fast"})

    assert form({}) == {"light": True, "pace": "fast"}
    with pytest.raises(vol.Invalid):
        form({"pace": "faster"})


# Taking effect


@pytest.fixture
async def loaded(hass, freezer):
    """A loaded entry, and a list that grows each time when it is unloaded."""
    freezer.move_to(BEGIN)  # no hour is about to end
    async with Simulator("p_d5_standard") as simulator:
        entry = entry_for(simulator)
        await set_up(hass, entry)
        unloads = []
        entry.async_on_unload(lambda: unloads.append(entry.entry_id))
        yield entry, unloads


async def test_change_applies_at_once(hass, loaded):
    entry, _ = loaded

    await send(hass, await open_options(hass, entry), OTHERS)
    await settle(hass)

    assert entry.runtime_data.coordinator.update_interval == timedelta(
        seconds=OTHERS["data_interval"]
    )


@pytest.mark.parametrize(("typed", "unloaded"), [(OTHERS, 1), (DEFAULTS, 0)])
async def test_entry_is_loaded_anew_only_for_a_change(hass, loaded, typed, unloaded):
    entry, unloads = loaded
    hass.config_entries.async_update_entry(entry, options=DEFAULTS)

    await send(hass, await open_options(hass, entry), typed)
    await settle(hass)

    assert len(unloads) == unloaded


# What the reader gets


def test_timing_by_default():
    assert options.timing({}) == Timing(page_s=30, retries=1, pause_s=0, collection_s=55)


def test_timing_as_stored():
    assert options.timing(OTHERS) == Timing(page_s=40, retries=3, pause_s=2, collection_s=200)


def test_interval_by_default():
    assert options.interval({}) == timedelta(seconds=60)


def test_interval_as_stored():
    assert options.interval(OTHERS) == timedelta(seconds=10)


def test_interval_of_the_variant_for_installers_is_understood():
    assert options.interval({"time_between_update": 20}) == timedelta(seconds=20)


def test_overall_timeout_of_the_variant_for_installers_is_understood():
    assert options.timing({"getdata_timeout": 90}).collection_s == 90


def test_own_option_comes_before_that_of_the_variant_for_installers():
    stored = {"data_interval": 30, "time_between_update": 20}

    assert options.interval(stored) == timedelta(seconds=30)


@pytest.mark.parametrize("stored", [0, 4, -1e300, float("-inf"), float("nan")])
def test_too_small_an_interval_is_raised(stored):
    assert options.interval({"data_interval": stored}) == timedelta(seconds=5)


@pytest.mark.parametrize("stored", [1e300, float("inf"), 10**400])
def test_too_long_an_interval_is_lowered(stored):
    assert options.interval({"data_interval": stored}) == timedelta(hours=1)


@pytest.mark.parametrize("stored", [None, "60 s", True, [], {}])
def test_what_is_no_number_is_the_default(stored):
    assert options.interval({"data_interval": stored}) == timedelta(seconds=60)


@pytest.mark.parametrize("stored", [4, None, True, "soon", 10**400])
def test_value_that_is_not_used_is_logged_once(caplog, stored):
    options.interval({"data_interval": stored})

    assert [record.levelname for record in caplog.records] == ["WARNING"]


@pytest.mark.parametrize("stored", [{}, OTHERS, {"data_interval": 30.0}])
def test_nothing_is_logged_of_good_values(caplog, stored):
    options.interval(stored)
    options.timing(stored)

    assert caplog.records == []


ANYTHING = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.none())


@given(st.dictionaries(st.sampled_from(list(DEFAULTS)), ANYTHING))
def test_whatever_is_stored_the_timing_is_within_its_limits(stored):
    timing = options.timing(stored)

    assert 5 <= timing.page_s <= 300
    assert 1 <= timing.retries <= 10
    assert 0 <= timing.pause_s <= 60
    assert 30 <= timing.collection_s <= 900
