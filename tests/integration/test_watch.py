"""The watch over the inverters, as the owner sees it: sensors, notices, what outlives a restart."""

import json
from datetime import timedelta

import pytest
from homeassistant.helpers import device_registry as dr

from custom_components.enphase_envoy.const import DOMAIN
from custom_components.enphase_envoy.entity import EnvoyEntity

from .house import figure, pass_time, set_up, state, word
from .learned import learned
from .repairs import restart

NIGHT = 1.5
"""An hour at which the day before has ended, also by standard time."""
DETAILED = "pc_d83_device_data"
LISTED = "p_d83_standard"


@pytest.fixture
def know(entry, hass_storage):
    """Return what lets the integration begin with some days in mind."""

    def remember(memory):
        key = f"{DOMAIN}.{entry.entry_id}"
        hass_storage[key] = {
            "version": 1,
            "key": key,
            "data": {"clean": True, **json.loads(json.dumps(memory))},
        }

    return remember


@pytest.fixture
async def house(hass, freezer, simulator, entry, know, low):
    """Set up a site that has been watched for two weeks, and wait for a night."""
    know(learned(simulator, low(simulator)))
    await set_up(hass, entry)
    await until(hass, freezer, simulator, NIGHT)


@pytest.fixture
def low():
    """Return which inverters have been low for how many days."""
    return lambda _simulator: {}


async def until(hass, freezer, simulator, hour):
    """Let time pass until an hour of the site's day; at night in one leap."""
    now = simulator.site.local_time
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
        step = min(step, then - now)
        await pass_time(hass, freezer, simulator, step.total_seconds())
        now = simulator.site.local_time


async def days(hass, freezer, simulator, count=1):
    """Let days pass, each into the night after it."""
    for _ in range(count):
        await until(hass, freezer, simulator, NIGHT)


def name_of(hass, entry, serial):
    """Return what the device of an inverter is called."""
    devices = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    return next(it.name for it in devices if (DOMAIN, serial) in it.identifiers)


def told(hass, simulator):
    """Return who is in trouble, and why."""
    rows = state(hass, simulator, "inverters_in_trouble").attributes["inverters"]
    return {row["serial"]: row["why"] for row in rows}


@pytest.mark.parametrize(
    ("simulator", "why"), [(LISTED, "silent"), (DETAILED, "gone")], indirect=["simulator"]
)
async def test_dead_inverter_is_told_after_a_day_and_no_more_when_it_is_back(
    hass, freezer, simulator, entry, house, repairs, why
):
    dead = list(simulator.site.inverters.values())[3]
    dead.alive = False
    await until(hass, freezer, simulator, 13)
    by_day = figure(hass, simulator, "inverters_producing")
    too_early = await repairs.shown()
    await until(hass, freezer, simulator, NIGHT)
    (notice,) = (await repairs.shown()).values()
    in_trouble, reasons = figure(hass, simulator, "inverters_in_trouble"), told(hass, simulator)
    dead.alive = True
    await until(hass, freezer, simulator, 14)

    assert (by_day, too_early) == (len(simulator.site.inverters) - 1, {})
    assert notice["issue_id"] == f"inverter_{why}_{dead.serial}_{entry.entry_id}"
    assert notice["translation_key"] == f"inverter_{why}"
    words = notice["translation_placeholders"]
    assert words["inverters"] == name_of(hass, entry, dead.serial)
    assert float(words["lost"]) > 1
    assert (in_trouble, reasons) == (1, {dead.serial: why})
    assert await repairs.shown() == {}
    assert figure(hass, simulator, "inverters_in_trouble") == 0
    assert told(hass, simulator) == {}
    assert figure(hass, simulator, "inverters_producing") == len(simulator.site.inverters)


@pytest.mark.parametrize("simulator", [LISTED], indirect=True)
async def test_ignored_inverter_stays_ignored_and_others_are_told(
    hass, freezer, simulator, entry, house, repairs, hass_storage
):
    known, other, *_ = simulator.site.inverters.values()
    known.alive = False
    await days(hass, freezer, simulator)
    await repairs.dismiss()
    await restart(hass, entry, hass_storage)
    after_restart = (await repairs.shown(), told(hass, simulator))
    other.alive = False
    await days(hass, freezer, simulator, 2)

    assert after_restart == ({}, {known.serial: "silent"})
    assert [*(await repairs.shown())] == [f"inverter_silent_{other.serial}_{entry.entry_id}"]
    assert told(hass, simulator) == {known.serial: "silent", other.serial: "silent"}


@pytest.mark.dirty_log  # the gateway is away
@pytest.mark.parametrize("simulator", [LISTED], indirect=True)
async def test_trouble_is_still_told_when_home_assistant_starts_without_the_gateway(
    hass, freezer, simulator, entry, house, repairs, hass_storage
):
    next(iter(simulator.site.inverters.values())).alive = False
    await days(hass, freezer, simulator)
    before = await repairs.shown()
    await simulator.switch_off()

    await restart(hass, entry, hass_storage)
    await pass_time(hass, freezer, simulator, 60)

    assert len(before) == 1
    assert (await repairs.shown()).keys() == before.keys()


@pytest.fixture
def many(simulator):
    """Install ten further inverters; return twelve, on one breaker."""
    simulator.site.add_inverters(10)
    return list(simulator.site.inverters.values())[-12:]


@pytest.mark.parametrize("simulator", [LISTED], indirect=True)
async def test_twelve_on_a_breaker_are_one_notice(
    hass, freezer, simulator, entry, many, house, repairs
):
    for inverter in many:
        inverter.alive = False
    await days(hass, freezer, simulator, 2)
    notice = await repairs.only()
    reasons = told(hass, simulator)
    for inverter in many:
        inverter.alive = True
    await until(hass, freezer, simulator, 14)

    assert notice["translation_key"] == "inverter_group_silent"
    words = notice["translation_placeholders"]
    assert words["count"] == "12"
    assert all(name_of(hass, entry, it.serial) in words["inverters"] for it in many)
    assert reasons == {it.serial: "group_silent" for it in many}
    assert (await repairs.shown(), told(hass, simulator)) == ({}, {})


@pytest.fixture
def all_enabled(monkeypatch):
    monkeypatch.setattr(EnvoyEntity, "entity_registry_enabled_default", True)


@pytest.mark.parametrize("simulator", [LISTED], indirect=True)
@pytest.mark.parametrize(
    "low", [lambda simulator: {next(iter(simulator.site.inverters)): 4}], ids=["four_low_days"]
)
async def test_half_the_yield_is_told_on_the_fifth_day(
    hass, freezer, simulator, all_enabled, house, repairs
):
    weak, other, *_ = simulator.site.inverters.values()
    weak.peak_w /= 2
    before = await repairs.shown()
    await days(hass, freezer, simulator)

    notice = await repairs.only()
    assert before == {}
    assert notice["issue_id"].startswith(f"inverter_low_{weak.serial}")
    assert notice["translation_placeholders"]["yield"] == "50"
    assert told(hass, simulator) == {weak.serial: "low"}
    tail = "inverter_{}_yield_vs_usual"
    assert figure(hass, simulator, tail.format(weak.serial)) == pytest.approx(50, abs=2)
    assert figure(hass, simulator, tail.format(other.serial)) == pytest.approx(100, abs=3)


@pytest.mark.parametrize("simulator", [LISTED], indirect=True)
async def test_new_roof_has_no_usual_yield_and_nobody_in_trouble(
    hass, simulator, entry, all_enabled
):
    await set_up(hass, entry)

    serial = next(iter(simulator.site.inverters))
    assert word(hass, simulator, f"inverter_{serial}_yield_vs_usual") == "unknown"
    assert figure(hass, simulator, "inverters_in_trouble") == 0
    assert figure(hass, simulator, "inverters_producing") == len(simulator.site.inverters)
