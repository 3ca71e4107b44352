"""What is planted in the other tests is what Home Assistant's recorder makes of such states."""

from datetime import UTC, datetime, timedelta

import pytest
from homeassistant.components.recorder import get_instance
from homeassistant.components.recorder.statistics import statistics_during_period
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
    do_adhoc_statistics,
)

from . import plant
from .plant import Meter

BEGUN = datetime(2026, 6, 17, tzinfo=UTC)
HOURS = 17
AT = 3
FIVE_MINUTES = timedelta(minutes=5)
COUNTER = {
    "unit_of_measurement": "Wh",
    "device_class": "energy",
    "state_class": "total_increasing",
}
NOT_COMPILED = {"zero_after_an_outage", "counted_from_the_fall"}
"""One takes too many hours, the other too old a Home Assistant."""


def meters():
    """Return a damaged meter for each kind of damage, by entity id."""
    found = {}
    for damage in plant.OF_A_LIFETIME:
        if damage.__name__ not in NOT_COMPILED:
            meter = Meter(hours=HOURS)
            damage(meter, AT)
            found[f"sensor.{damage.__name__}"] = meter
    again = Meter.of_the_day(hours=HOURS)
    for number in range(HOURS):
        again.show(number, 9000.0 + number if number < AT else 10.0 * number)
    again.show(AT, 0.0, 9002.0, 0.0)
    return {**found, "sensor.yesterday_again": again}


@pytest.mark.dirty_log  # Home Assistant says of such counters what it thinks of them
async def test_planted_rows_are_those_that_home_assistant_makes(recorder_mock, hass, freezer):
    freezer.move_to(BEGUN)
    await async_setup_component(hass, "sensor", {})
    planted = meters()
    for number in range(HOURS):
        for part in range(12):
            freezer.move_to(BEGUN + timedelta(hours=number, minutes=5 * part, seconds=30))
            for name, meter in planted.items():
                samples = meter.hours[number].samples
                if part < len(samples):
                    hass.states.async_set(name, str(samples[part]), COUNTER)
            await async_wait_recording_done(hass)
            start = BEGUN + timedelta(hours=number, minutes=5 * part)
            freezer.move_to(start + FIVE_MINUTES)
            do_adhoc_statistics(hass, start=start)
        await async_wait_recording_done(hass)

    made = await get_instance(hass).async_add_executor_job(
        statistics_during_period, hass, BEGUN, None, set(planted), "hour", None, {"state", "sum"}
    )

    for name, meter in planted.items():
        rows = [(row["state"], row["sum"]) for row in made[name]]
        expected = [(state, total) for _, state, total, _ in meter.recorded()]
        assert [row[0] for row in rows] == [row[0] for row in expected]
        assert [row[1] for row in rows] == pytest.approx([row[1] for row in expected])
