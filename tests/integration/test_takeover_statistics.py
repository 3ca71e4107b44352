"""What the recorder makes of figures that another integration has shown until now.

Home Assistant keeps them under the entity id, so they go on by themselves, unless the meaning of
the figure has changed: another kind of statistics ends them, a new level is counted as energy.
"""

from datetime import datetime, timedelta

import pytest
from homeassistant.components.recorder import get_instance
from homeassistant.components.recorder.statistics import (
    statistics_during_period,
    validate_statistics,
)
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
    do_adhoc_statistics,
)

from . import predecessors as before
from .house import BEGIN, pass_time, set_up, settle

BEGUN = datetime.fromisoformat(BEGIN)
FIVE_MINUTES = timedelta(minutes=5)
CHARGED, STORED = "battery_energy_charged", "current_battery_capacity"

pytestmark = pytest.mark.parametrize("simulator", ["pc_d8_split_storage_ct"], indirect=True)


class House:
    """A house that is recorded, with another integration at first and then with ours."""

    def __init__(self, hass, freezer, simulator, entry):
        self.hass = hass
        self.freezer = freezer
        self.simulator = simulator
        self.entry = entry

    async def have_shown(self, figures):
        """Let the other one show figures for five minutes; return their entity ids.

        ``figures`` are the values of each key, and the attributes with them.
        """
        names = {}
        for key, (_values, shown) in figures.items():
            facts = {"capabilities": {"state_class": shown["state_class"]}}
            unique_id = f"{self.simulator.serial}_{key}"
            names[key] = before.register(
                self.hass, self.entry, unique_id, f"envoy_{unique_id}", **facts
            )
        for minute in range(max(len(values) for values, _shown in figures.values())):
            self.freezer.tick(60)
            now = datetime.now(tz=BEGUN.tzinfo).isoformat()
            for key, (values, shown) in figures.items():
                changes = {"last_reset": now} if key == CHARGED else {}
                self.hass.states.async_set(names[key], str(values[minute]), {**shown, **changes})
        await async_wait_recording_done(self.hass)
        self.freezer.move_to(BEGUN + FIVE_MINUTES)
        await self._compile(BEGUN)
        for name in names.values():
            self.hass.states.async_set(name, "unavailable", {"restored": True})
        return list(names.values())

    async def has_shown(self, key, values, shown):
        """Let the other one show a figure for five minutes; return its entity id."""
        (name,) = await self.have_shown({key: (values, shown)})
        return name

    async def goes_on(self):
        """Let ours go on for five minutes."""
        await set_up(self.hass, self.entry)
        for _ in range(5):
            await pass_time(self.hass, self.freezer, self.simulator, 60)
        await self._compile(BEGUN + FIVE_MINUTES)

    async def rows(self, name):
        """Return the two rows of statistics: before us, and with us."""
        found = await get_instance(self.hass).async_add_executor_job(
            statistics_during_period,
            self.hass,
            BEGUN - FIVE_MINUTES,
            None,
            {name},
            "5minute",
            None,
            {"state", "sum", "mean"},
        )
        return found[name]

    async def _compile(self, start):
        await async_wait_recording_done(self.hass)
        do_adhoc_statistics(self.hass, start=start)
        await async_wait_recording_done(self.hass)


@pytest.fixture
async def house(recorder_mock, hass, freezer, simulator, hass_storage):
    """A house with an entry of the seed's integration, not set up yet."""
    await async_setup_component(hass, "sensor", {})
    entry = before.seed(simulator, hass_storage)
    entry.add_to_hass(hass)
    return House(hass, freezer, simulator, entry)


def watt_hours(state_class, device_class="energy", unit="Wh"):
    return {
        "unit_of_measurement": unit,
        "device_class": device_class,
        "state_class": state_class,
    }


@pytest.mark.parametrize(
    "before_us",
    [
        {
            "production": {"unit_of_measurement": "W", "state_class": "measurement"},
            "daily_production": watt_hours("total_increasing"),
            "daily_consumption": watt_hours("total"),
            "seven_days_production": watt_hours("total"),
            "lifetime_production": watt_hours("total_increasing"),
            "lifetime_consumption": watt_hours("total"),
            "total_battery_percentage": {"unit_of_measurement": "%", "state_class": "measurement"},
            STORED: watt_hours("total"),
            CHARGED: watt_hours("total"),
        },
        {
            "daily_consumption": watt_hours("measurement"),
            "seven_days_production": watt_hours("measurement"),
            "lifetime_production": watt_hours("total_increasing", unit="MWh"),
            STORED: watt_hours("measurement", "energy_storage"),
        },
    ],
    ids=["usual", "other"],
)
async def test_statistics_have_nothing_to_complain_of(house, hass, before_us):
    names = await house.have_shown({key: ([30, 40, 50], it) for key, it in before_us.items()})

    await house.goes_on()

    verdict = await get_instance(hass).async_add_executor_job(validate_statistics, hass)
    assert verdict == {}
    for name in names:
        assert len(await house.rows(name)) == 2, name


@pytest.mark.parametrize("last", [0, 120, 5_000_000])
async def test_counter_goes_on_from_changes_without_a_step(house, last):
    name = await house.has_shown(CHARGED, [30, 0, last], watt_hours("total"))

    await house.goes_on()

    then, now = await house.rows(name)
    assert 0 < now["state"] < 1000
    assert now["sum"] - then["sum"] == pytest.approx(now["state"])


async def test_counter_begins_at_zero_only_once(house, hass):
    name = await house.has_shown(CHARGED, [30], watt_hours("total"))
    await house.goes_on()
    reached = hass.states.get(name).state

    await hass.config_entries.async_reload(house.entry.entry_id)
    await settle(hass)

    assert reached != "0"
    assert hass.states.get(name).state == reached


async def test_counter_that_was_a_counter_shows_what_the_meter_says(house, hass, simulator):
    name = await house.has_shown(CHARGED, [30], watt_hours("total_increasing"))

    await set_up(hass, house.entry)

    assert float(hass.states.get(name).state) > 100_000


async def test_stored_energy_that_was_added_up_is_added_up(house):
    name = await house.has_shown(STORED, [9000, 9100], watt_hours("total"))

    await house.goes_on()

    then, now = await house.rows(name)
    assert now["sum"] - then["sum"] == pytest.approx(now["state"] - then["state"])


async def test_stored_energy_is_a_mean_for_all_others(house, hass, simulator):
    await set_up(hass, house.entry)

    stored = hass.states.get(f"sensor.envoy_{simulator.serial}_{STORED}")
    assert stored.attributes["state_class"] == "measurement"
    assert stored.attributes["device_class"] == "energy_storage"


@pytest.mark.parametrize(
    ("facts", "state_class"), [({}, None), ({"capabilities": {"state_class": "total"}}, "total")]
)
async def test_weeks_keep_statistics_or_have_none(house, hass, simulator, facts, state_class):
    week = f"{simulator.serial}_seven_days_production"
    name = before.register(hass, house.entry, week, "week", **facts)

    await set_up(hass, house.entry)

    assert hass.states.get(name).attributes.get("state_class") == state_class
