"""The watch over the inverters, as the owner sees it: sensors, notices, what outlives a restart."""

import json
from dataclasses import dataclass
from datetime import timedelta

import pytest
from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.enphase_envoy.const import DOMAIN
from custom_components.enphase_envoy.entity import EnvoyEntity
from tests.simulator import Simulator

from .house import figure, pass_time, set_up, state, word
from .learned import learned
from .repairs import restart

NIGHT = 1.5
"""An hour at which the day before has ended, also by standard time."""
DETAILED = "pc_d83_device_data"
LISTED = "p_d83_standard"

listed = pytest.mark.parametrize("simulator", [LISTED], indirect=True)


@dataclass
class House:
    """A house in which time passes quickly, and what is shown there."""

    hass: HomeAssistant
    freezer: FrozenDateTimeFactory
    simulator: Simulator
    entry: MockConfigEntry

    async def until(self, hour):
        """Let time pass until an hour of the site's day; at night in one leap."""
        now = self.simulator.site.local_time
        then = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(hours=hour)
        if then <= now:
            then += timedelta(days=1)
        while now < then:  # inverters are asked each hour
            morning = now.replace(hour=5, minute=30, second=0, microsecond=0)
            if now.hour >= 21:
                step = morning + timedelta(days=1) - now
            elif now < morning:
                step = morning - now
            else:
                step = timedelta(hours=1)
            seconds = min(step, then - now).total_seconds()
            await pass_time(self.hass, self.freezer, self.simulator, seconds)
            now = self.simulator.site.local_time

    async def day(self):
        """Let a day pass, into the night after it."""
        await self.until(NIGHT)

    def figure(self, tail):
        return figure(self.hass, self.simulator, tail)

    def name_of(self, serial):
        """Return what the device of an inverter is called."""
        registry = dr.async_get(self.hass)
        devices = dr.async_entries_for_config_entry(registry, self.entry.entry_id)
        return next(it.name for it in devices if (DOMAIN, serial) in it.identifiers)

    @property
    def told(self):
        """Who is in trouble, and why."""
        rows = state(self.hass, self.simulator, "inverters_in_trouble").attributes["inverters"]
        return {row["serial"]: row["why"] for row in rows}


@pytest.fixture
def all_enabled(monkeypatch):
    """Let every entity be on at first."""
    monkeypatch.setattr(EnvoyEntity, "entity_registry_enabled_default", True)


@pytest.fixture
def new_house(hass, freezer, simulator, entry):
    """Return a house whose roof nobody has watched yet."""
    return House(hass, freezer, simulator, entry)


@pytest.fixture
def settle_in(new_house, hass_storage):
    """Return what sets a site up that has been watched for weeks, and waits for a night."""

    async def begin(low=None):
        entry = new_house.entry
        key = f"{DOMAIN}.{entry.entry_id}"
        memory = {"clean": True, **json.loads(json.dumps(learned(new_house.simulator.site, low)))}
        hass_storage[key] = {"version": 1, "key": key, "data": memory}
        await set_up(new_house.hass, entry)
        await new_house.until(NIGHT)
        return new_house

    return begin


@pytest.mark.parametrize(
    ("simulator", "why"), [(LISTED, "silent"), (DETAILED, "gone")], indirect=["simulator"]
)
async def test_dead_inverter_is_told_after_a_day_and_no_more_when_it_is_back(
    request, simulator, settle_in, repairs, why
):
    if why == "gone":  # it is on the page of details, which is read often if somebody looks
        request.getfixturevalue("all_enabled")
    house = await settle_in()
    dead = list(simulator.site.inverters.values())[3]
    dead.alive = False
    await house.until(13)
    by_day, too_early = house.figure("inverters_producing"), await repairs.shown()
    await house.day()
    (notice,) = (await repairs.shown()).values()
    in_trouble, reasons = house.figure("inverters_in_trouble"), house.told
    dead.alive = True
    await house.until(14)

    assert (by_day, too_early) == (len(simulator.site.inverters) - 1, {})
    assert notice["issue_id"] == f"inverter_{why}_{dead.serial}_{house.entry.entry_id}"
    assert notice["translation_key"] == f"inverter_{why}"
    words = notice["translation_placeholders"]
    assert words["inverters"] == house.name_of(dead.serial)
    assert float(words["lost"]) > 1
    assert (in_trouble, reasons) == (1, {dead.serial: why})
    assert (await repairs.shown(), house.told) == ({}, {})
    assert house.figure("inverters_in_trouble") == 0
    assert house.figure("inverters_producing") == len(simulator.site.inverters)


@listed
async def test_ignored_inverter_stays_ignored_and_others_are_told(
    simulator, settle_in, repairs, hass_storage
):
    house = await settle_in()
    known, other, *_ = simulator.site.inverters.values()
    known.alive = False
    await house.day()
    await repairs.dismiss()
    await restart(house.hass, house.entry, hass_storage)
    after_restart = (await repairs.shown(), house.told)
    other.alive = False
    await house.day()

    assert after_restart == ({}, {known.serial: "silent"})
    assert other.serial in (await repairs.only())["issue_id"]
    assert house.told.keys() == {known.serial, other.serial}


@pytest.mark.dirty_log  # the gateway is away
@listed
async def test_trouble_is_still_told_when_home_assistant_starts_without_the_gateway(
    simulator, settle_in, repairs, hass_storage
):
    house = await settle_in()
    next(iter(simulator.site.inverters.values())).alive = False
    await house.day()
    before = await repairs.shown()
    await simulator.switch_off()

    await restart(house.hass, house.entry, hass_storage)
    await pass_time(house.hass, house.freezer, simulator, 60)

    assert len(before) == 1
    assert (await repairs.shown()).keys() == before.keys()


@listed
async def test_twelve_on_a_breaker_are_one_notice(simulator, settle_in, repairs):
    simulator.site.add_inverters(10)
    house = await settle_in()
    many = list(simulator.site.inverters.values())[-12:]
    for inverter in many:
        inverter.alive = False
    await house.day()
    await house.day()
    notice, reasons = await repairs.only(), house.told
    for inverter in many:
        inverter.alive = True
    await house.until(14)

    assert notice["translation_key"] == "inverter_group_silent"
    words = notice["translation_placeholders"]
    assert words["count"] == "12"
    assert all(house.name_of(it.serial) in words["inverters"] for it in many)
    assert reasons == {it.serial: "group_silent" for it in many}
    assert (await repairs.shown(), house.told) == ({}, {})


@listed
async def test_half_the_yield_is_told_on_the_fifth_day(simulator, all_enabled, settle_in, repairs):
    weak, other, *_ = simulator.site.inverters.values()
    house = await settle_in({weak.serial: 4})
    weak.peak_w /= 2
    before = await repairs.shown()
    await house.day()

    notice = await repairs.only()
    assert before == {}
    assert notice["issue_id"].startswith(f"inverter_low_{weak.serial}")
    assert notice["translation_placeholders"]["yield"] == "50"
    assert house.told == {weak.serial: "low"}
    yields = state(house.hass, simulator, "inverters_in_trouble").attributes["yields"]
    assert yields[weak.serial] == pytest.approx(50, abs=2)
    assert yields.keys() == simulator.site.inverters.keys()
    tail = "inverter_{}_yield_vs_usual"
    assert house.figure(tail.format(weak.serial)) == pytest.approx(50, abs=2)
    assert house.figure(tail.format(other.serial)) == pytest.approx(100, abs=3)


@listed
async def test_new_roof_has_no_usual_yield_and_nobody_in_trouble(simulator, all_enabled, new_house):
    await set_up(new_house.hass, new_house.entry)

    serial = next(iter(simulator.site.inverters))
    assert word(new_house.hass, simulator, f"inverter_{serial}_yield_vs_usual") == "unknown"
    assert new_house.figure("inverters_in_trouble") == 0
    attributes = state(new_house.hass, simulator, "inverters_in_trouble").attributes
    assert (attributes["inverters"], attributes["yields"]) == ([], {})
    assert new_house.figure("inverters_producing") == len(simulator.site.inverters)
