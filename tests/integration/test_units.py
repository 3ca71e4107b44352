"""In which unit and with how many decimal places figures are shown."""

import pytest
from homeassistant.helpers import entity_registry as er

from .house import set_up, state
from .predecessors import register


def places(hass, name):
    """Return the decimal places that the registry holds for a sensor."""
    row = er.async_get(hass).async_get(name)
    assert row
    return row.options["sensor"]["suggested_display_precision"]


@pytest.mark.parametrize(
    ("tail", "shown"),
    [
        ("current_power_production", ("W", 0)),
        ("todays_energy_production", ("kWh", 2)),
        ("lifetime_energy_production_l2", ("kWh", 2)),
        ("lifetime_net_energy_consumption", ("kWh", 2)),
    ],
)
async def test_new_figure_is_shown_in(hass, simulator, entry, tail, shown):
    await set_up(hass, entry)

    found = state(hass, simulator, tail)
    assert (found.attributes["unit_of_measurement"], places(hass, found.entity_id)) == shown


@pytest.mark.parametrize(
    "kept",
    [
        ("lifetime_production", "Wh", 0),
        ("lifetime_production", "kWh", 2),
        ("lifetime_production", "MWh", 3),
        ("production", "kW", 3),
        ("production", "W", 0),
    ],
)
@pytest.mark.parametrize("kept_as", ["suggested", "chosen", "registered"])
async def test_who_moves_in_keeps_the_unit_with_places_that_suit_it(
    hass, simulator, entry, kept, kept_as
):
    """A unit is kept as the one first suggested, as the user's choice, or as what was shown."""
    key, unit, count = kept
    entry.add_to_hass(hass)
    name = register(hass, entry, f"{simulator.serial}_{key}", key, unit_of_measurement=unit)
    options = {
        "suggested": ("sensor.private", {"suggested_unit_of_measurement": unit}),
        "chosen": ("sensor", {"unit_of_measurement": unit}),
    }
    if kept_as in options:
        er.async_get(hass).async_update_entity_options(name, *options[kept_as])

    await set_up(hass, entry)

    shown = hass.states.get(name)
    assert (shown.attributes["unit_of_measurement"], places(hass, name)) == (unit, count)


async def test_unit_that_has_no_places_of_its_own_keeps_the_digits(hass, simulator, entry):
    entry.add_to_hass(hass)
    name = register(hass, entry, f"{simulator.serial}_lifetime_production", "lifetime")
    chosen = {"unit_of_measurement": "GWh"}
    er.async_get(hass).async_update_entity_options(name, "sensor", chosen)

    await set_up(hass, entry)

    assert places(hass, name) == 8
