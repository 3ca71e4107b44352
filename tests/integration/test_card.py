"""The card is served, and the dashboards know of it as long as there is a gateway."""

import re
from http import HTTPStatus
from pathlib import Path

import pytest
from homeassistant.components.lovelace import const
from homeassistant.components.lovelace.const import LOVELACE_DATA
from homeassistant.config_entries import ConfigEntryDisabler
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry

import custom_components.enphase_envoy as ours
from custom_components.enphase_envoy.card import ADDRESS
from custom_components.enphase_envoy.const import DOMAIN

from .house import entry_for, set_up

FILES = Path(ours.__file__).parent / "frontend"
VERSIONED = re.compile(rf"/{DOMAIN}/card/[\d.]+-[0-9a-f]{{8}}/enphase-array-card\.js")
OLD = f"/{DOMAIN}/card/0.9.0-00000000/enphase-array-card.js"
FOREIGN = "/hacsfiles/enphase-array-card/enphase-array-card.js"


@pytest.fixture
async def dashboards(hass):
    assert await async_setup_component(hass, "lovelace", {})
    return hass.data[LOVELACE_DATA].resources


@pytest.fixture
async def yaml_dashboards(hass):
    # Home Assistant 2025.4 has one mode for all.
    mode = "resource_mode" if hasattr(const, "CONF_RESOURCE_MODE") else "mode"
    config = {mode: "yaml", "resources": [{"url": ADDRESS, "type": "module"}]}
    assert await async_setup_component(hass, "lovelace", {"lovelace": config})
    return hass.data[LOVELACE_DATA].resources


def addresses(resources):
    return [item["url"] for item in resources.async_items()]


async def put(resources, *urls):
    await resources.async_get_info()
    for url in urls:
        await resources.async_create_item({"url": url, "res_type": "module"})


async def test_dashboards_load_the_card_at_an_address_with_a_version(
    hass, simulator, entry, dashboards
):
    await set_up(hass, entry)

    (resource,) = dashboards.async_items()
    assert VERSIONED.fullmatch(resource["url"])
    assert resource["type"] == "module"


@pytest.mark.parametrize("path", sorted(path.relative_to(FILES) for path in FILES.rglob("*.js*")))
async def test_each_file_of_the_card_is_served(hass, entry, dashboards, hass_client_no_auth, path):
    await set_up(hass, entry)
    client = await hass_client_no_auth()

    answer = await client.get(f"{addresses(dashboards)[0].rpartition('/')[0]}/{path}")

    assert await answer.read() == (FILES / path).read_bytes()
    assert "max-age" in answer.headers["Cache-Control"]


async def test_address_without_a_version_leads_to_the_card_of_now(
    hass, simulator, entry, dashboards, hass_client_no_auth
):
    await set_up(hass, entry)
    client = await hass_client_no_auth()

    answer = await client.get(ADDRESS, allow_redirects=False)

    assert answer.status == HTTPStatus.FOUND
    assert answer.headers["Location"] == addresses(dashboards)[0]
    assert answer.headers["Cache-Control"] == "no-store"


async def test_older_version_is_replaced_in_place(hass, simulator, entry, dashboards):
    await put(dashboards, OLD)
    before = dashboards.async_items()[0]["id"]

    await set_up(hass, entry)

    (resource,) = dashboards.async_items()
    assert resource["id"] == before
    assert VERSIONED.fullmatch(resource["url"])


async def test_of_several_resources_one_is_left(hass, simulator, entry, dashboards):
    await put(dashboards, OLD, ADDRESS)

    await set_up(hass, entry)

    assert len(addresses(dashboards)) == 1


async def test_resources_of_others_stay(hass, simulator, entry, dashboards):
    await put(dashboards, FOREIGN)
    await set_up(hass, entry)

    await hass.config_entries.async_remove(entry.entry_id)

    assert addresses(dashboards) == [FOREIGN]


async def test_restart_adds_no_second_one(hass, simulator, entry, dashboards):
    await set_up(hass, entry)
    before = dashboards.async_items()

    await hass.config_entries.async_reload(entry.entry_id)

    assert dashboards.async_items() == before


async def test_last_entry_takes_the_card_along(hass, simulator, entry, dashboards):
    off = ConfigEntryDisabler.USER
    other = MockConfigEntry(domain=DOMAIN, unique_id="another gateway", disabled_by=off)
    other.add_to_hass(hass)
    await set_up(hass, entry)

    await hass.config_entries.async_remove(entry.entry_id)
    with_the_other = addresses(dashboards)
    await hass.config_entries.async_remove(other.entry_id)

    assert len(with_the_other) == 1
    assert addresses(dashboards) == []


async def test_gateway_that_is_added_again_brings_the_card_back(hass, simulator, entry, dashboards):
    await set_up(hass, entry)
    await hass.config_entries.async_remove(entry.entry_id)
    again = entry_for(simulator)

    await set_up(hass, again)
    found = addresses(dashboards)
    await hass.config_entries.async_unload(again.entry_id)

    assert len(found) == 1


async def test_where_resources_stand_in_yaml_the_card_is_served_all_the_same(
    hass, simulator, entry, yaml_dashboards, hass_client_no_auth
):
    await set_up(hass, entry)
    client = await hass_client_no_auth()

    answer = await client.get(ADDRESS)

    assert addresses(yaml_dashboards) == [ADDRESS]
    assert await answer.read() == (FILES / "enphase-array-card.js").read_bytes()


async def test_entry_with_resources_in_yaml_can_be_removed(hass, simulator, entry, yaml_dashboards):
    await set_up(hass, entry)

    await hass.config_entries.async_remove(entry.entry_id)

    assert addresses(yaml_dashboards) == [ADDRESS]


async def test_gateway_is_read_without_dashboards_too(hass, simulator, entry):
    await set_up(hass, entry)

    assert hass.states.async_entity_ids("sensor")


async def test_entry_is_removed_without_dashboards_too(hass, simulator, entry):
    await set_up(hass, entry)

    assert await hass.config_entries.async_remove(entry.entry_id)
