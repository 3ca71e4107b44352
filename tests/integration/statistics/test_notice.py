"""The notice that suggests the repair once, after an entry has been moved in."""

import json

import pytest
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component

from custom_components.enphase_envoy.const import DOMAIN
from custom_components.enphase_envoy.diagnostics import async_get_config_entry_diagnostics
from tests.integration import predecessors as before
from tests.integration.house import pass_time, set_up, settle

from . import plant
from .books import Books
from .plant import NOON, Meter

SHORT = 60 * 24
MIDDLE = 30 * 24 + NOON


@pytest.fixture
async def books(recorder_mock, hass):
    await async_setup_component(hass, "sensor", {})
    return Books(hass)


@pytest.fixture
def house(books, hass, freezer, simulator, hass_storage):
    return House(books, hass, freezer, simulator, before.seed(simulator, hass_storage))


class House:
    """A house that another integration has read until now."""

    def __init__(self, books, hass, freezer, simulator, entry):
        self.books = books
        self.hass = hass
        self.freezer = freezer
        self.simulator = simulator
        self.entry = entry
        entry.add_to_hass(hass)

    async def recorded(self, *damages):
        """Let there be years of statistics."""
        unique_id = f"{self.simulator.serial}_lifetime_production"
        name = before.register(self.hass, self.entry, unique_id, f"envoy_{unique_id}")
        meter = Meter(hours=SHORT)
        for number, damage in enumerate(damages):
            damage(meter, MIDDLE + number * 48)
        await self.books.plant_rows(name.removeprefix("sensor."), meter.recorded(), ours=False)

    async def moves_in(self):
        """Let ours take over, and wait for the next poll."""
        await set_up(self.hass, self.entry)
        await self.poll()

    async def poll(self):
        await pass_time(self.hass, self.freezer, self.simulator, 61)

    def notice(self):
        return ir.async_get(self.hass).async_get_issue(DOMAIN, self.issue_id)

    @property
    def issue_id(self):
        return f"statistics_damaged_{self.entry.entry_id}"


async def test_damage_of_earlier_days_is_told_of_after_moving_in(house):
    await house.recorded(plant.zero, plant.half)

    await house.moves_in()

    notice = house.notice()
    assert notice.translation_placeholders == {"name": house.entry.title, "count": "2"}
    assert not notice.is_fixable


async def test_nothing_is_told_of_whole_statistics(house):
    await house.recorded()

    await house.moves_in()

    assert house.notice() is None


async def test_nothing_is_told_of_later_damage(house, hass):
    await house.moves_in()
    await house.recorded(plant.zero)

    await hass.config_entries.async_reload(house.entry.entry_id)
    await settle(hass)
    await house.poll()

    assert house.notice() is None


async def test_dismissed_notice_stays_away_after_a_restart(house, hass, hass_storage):
    await house.recorded(plant.zero)
    await house.moves_in()
    ir.async_ignore_issue(hass, DOMAIN, house.issue_id, ignore=True)

    await hass.config_entries.async_unload(house.entry.entry_id)
    issues = [issue.to_json() for issue in ir.async_get(hass).issues.values()]
    hass_storage[ir.STORAGE_KEY] = {
        "version": ir.STORAGE_VERSION_MAJOR,
        "minor_version": ir.STORAGE_VERSION_MINOR,
        "key": ir.STORAGE_KEY,
        "data": json.loads(json.dumps({"issues": issues})),
    }
    hass.data.pop(f"{DOMAIN}_statistics")
    await ir.async_load(hass)
    await set_up(hass, house.entry)
    await house.poll()

    assert house.notice().active
    assert house.notice().dismissed_version


async def test_notice_goes_when_the_damage_is_repaired(house, hass):
    await house.recorded(plant.zero)
    await house.moves_in()
    work = hass.data[f"{DOMAIN}_statistics"][house.entry.entry_id]

    work.start_repair(work.look.result.found)
    await settle(hass)
    await house.poll()

    assert house.notice() is None


async def test_damage_and_repair_are_in_the_diagnostics(house, hass):
    await house.recorded(plant.zero)
    await house.moves_in()
    work = hass.data[f"{DOMAIN}_statistics"][house.entry.entry_id]
    before = (await async_get_config_entry_diagnostics(hass, house.entry))["statistics"]

    work.start_repair(work.look.result.found)
    await settle(hass)

    after = (await async_get_config_entry_diagnostics(hass, house.entry))["statistics"]
    (damage,) = before["look"]["damages"]
    assert damage["recorded_wh"] >= damage["excess_wh"] > 0
    assert (before["found"], before["last_repair"]) == (1, None)
    assert (after["found"], after["look"], after["last_repair"]["damages"]) == (0, None, 1)


async def test_removed_entry_leaves_no_file(house, hass, hass_storage):
    await house.recorded(plant.zero)
    await house.moves_in()
    work = hass.data[f"{DOMAIN}_statistics"][house.entry.entry_id]
    work.start_repair(work.look.result.found)
    await settle(hass)
    kept = [key for key in hass_storage if key.startswith(f"{DOMAIN}.{house.entry.entry_id}.stat")]

    await hass.config_entries.async_remove(house.entry.entry_id)

    assert len(kept) == 2
    assert not [key for key in hass_storage if house.entry.entry_id in key]
    assert house.notice() is None


async def test_look_of_the_owner_raises_no_notice(house, hass):
    await house.moves_in()
    await house.recorded(plant.zero)
    work = hass.data[f"{DOMAIN}_statistics"][house.entry.entry_id]
    work.look = None

    work.start_look()
    await settle(hass)
    await house.poll()

    assert len(work.look.result.found) == 1
    assert house.notice() is None
