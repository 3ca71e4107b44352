"""The way from *Configure* to the repair."""

import pytest
from homeassistant.config_entries import ConfigEntryDisabler
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.enphase_envoy.const import DOMAIN
from tests.integration.house import set_up

from . import plant
from .books import Books
from .plant import NOON, Meter

NAME = "envoy_{}_lifetime_energy_production"


@pytest.fixture
async def books(recorder_mock, hass):
    await async_setup_component(hass, "sensor", {})
    return Books(hass)


@pytest.fixture
def damaged():
    """Statistics of a counter that fell to zero once."""
    meter = Meter(hours=60 * 24)
    plant.zero(meter, 30 * 24 + NOON)
    return meter.recorded()


async def opened(books, hass, entry):
    """Choose the repair in the menu of an entry, and wait for what is found."""
    menu = await hass.config_entries.options.async_init(entry.entry_id)
    return await books.answer(menu, {"next_step_id": "repair_statistics"})


async def test_menu_leads_to_the_damaged_hours_of_the_gateway(
    books, damaged, hass, simulator, entry
):
    await books.plant_rows(NAME.format(simulator.serial), damaged, ours=False)
    await set_up(hass, entry)

    listed = await opened(books, hass, entry)

    assert listed["step_id"] == "repair_list"
    assert listed["description_placeholders"]["found"] == "1"


async def test_repair_changes_no_option(books, damaged, hass, simulator, entry):
    await books.plant_rows(NAME.format(simulator.serial), damaged, ours=False)
    await set_up(hass, entry)
    options = dict(entry.options)

    asked = await books.answer(await opened(books, hass, entry), {})
    done = await books.answer(asked)
    end = await books.answer(done)

    assert done["step_id"] == "repair_done"
    assert end["type"] is FlowResultType.CREATE_ENTRY
    assert entry.options == options


async def test_statistics_of_an_entry_that_is_not_in_use_can_be_looked_through(books, hass):
    off = ConfigEntryDisabler.USER
    entry = MockConfigEntry(domain=DOMAIN, unique_id="122919000001", disabled_by=off)
    entry.add_to_hass(hass)

    end = await opened(books, hass, entry)

    assert end["reason"] == "no_damage"
