"""What Home Assistant's Energy dashboard and statistics make of the sensors."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from homeassistant.components.energy.data import async_get_manager
from homeassistant.components.energy.validate import async_validate
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

from .house import BEGIN, pass_time, set_up

BEGUN = datetime.fromisoformat(BEGIN)

pytestmark = pytest.mark.parametrize("simulator", ["pc_d8_split_storage_ct"], indirect=True)


@pytest.fixture
async def recorded(recorder_mock, hass, freezer, simulator, entry):
    """Let a site that has everything be recorded for some minutes; return how its ids begin."""
    await async_setup_component(hass, "sensor", {})
    await set_up(hass, entry)
    for _ in range(5):
        await pass_time(hass, freezer, simulator, 60)
    await async_wait_recording_done(hass)
    do_adhoc_statistics(hass, start=BEGUN)
    await async_wait_recording_done(hass)
    return f"sensor.envoy_{simulator.serial}"


async def test_energy_dashboard_has_nothing_to_complain_of(recorded, hass):
    await async_setup_component(hass, "energy", {})
    manager = await async_get_manager(hass)
    preferences: Any = {  # whose declared shape differs from version to version
        "energy_sources": [
            {"type": "solar", "stat_energy_from": f"{recorded}_lifetime_energy_production"},
            {
                "type": "battery",
                "stat_energy_from": f"{recorded}_battery_energy_discharged",
                "stat_energy_to": f"{recorded}_battery_energy_charged",
            },
        ],
        "device_consumption": [
            {"stat_consumption": f"{recorded}_{kind}"}
            for kind in ("lifetime_energy_consumption", "todays_energy_consumption")
        ],
    }
    manager.data = preferences

    verdict = (await async_validate(hass)).as_dict()

    assert verdict["energy_sources"] == [[], []]
    assert verdict["device_consumption"] == [[], []]


async def test_statistics_have_nothing_to_complain_of(recorded, hass):
    verdict = await get_instance(hass).async_add_executor_job(validate_statistics, hass)

    assert verdict == {}


async def test_statistics_count_what_was_produced(recorded, hass, simulator):
    name = f"{recorded}_lifetime_energy_production"

    found = await get_instance(hass).async_add_executor_job(
        statistics_during_period,
        hass,
        BEGUN - timedelta(minutes=5),
        None,
        {name},
        "5minute",
        {"energy": "Wh"},
        {"state", "sum"},
    )

    # The poll at the very end belongs to the next five minutes.
    four_minutes_wh = simulator.site.production.power_w * 4 / 60
    assert found[name][-1]["sum"] == pytest.approx(four_minutes_wh, rel=0.05)
