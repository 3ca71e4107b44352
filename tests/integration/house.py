"""A simulated gateway in a Home Assistant: what the tests of this folder begin with."""

from datetime import timedelta

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.util.unit_conversion import EnergyConverter
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.enphase_envoy.const import DOMAIN
from tests.simulator import Simulator
from tests.simulator.capture import Replay

BEGIN = "2026-06-17T16:00:00+00:00"
"""A summer's day, with the sun up at the sites in Europe and at those in America."""


def entry_for(simulator: Simulator, **data: object) -> MockConfigEntry:
    """Return the config entry that the form would make for a simulated gateway.

    Where tokens are wanted it holds a good one, so that no test needs the cloud by accident.
    """
    username, password = simulator.credentials
    tokens = simulator.firmware.tokens
    return MockConfigEntry(
        domain=DOMAIN,
        title=f"Envoy {simulator.serial}",
        unique_id=simulator.serial,
        version=1,
        minor_version=2,
        data={
            "host": simulator.host,
            "name": f"Envoy {simulator.serial}",
            "serial": simulator.serial,
            "username": username,
            "password": password,
            "use_enlighten": tokens,
            "use_manual_token": False,
            **({"token": simulator.token()} if tokens else {}),
            **data,
        },
    )


async def set_up(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Set the entry up and wait until everything is in place."""
    if not hass.config_entries.async_get_entry(entry.entry_id):
        entry.add_to_hass(hass)
    await hass.config_entries.async_setup(entry.entry_id)
    await settle(hass)


async def settle(hass: HomeAssistant) -> None:
    """Wait for what is under way, the polls included."""
    await hass.async_block_till_done(wait_background_tasks=True)


async def pass_time(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, simulator: Simulator, seconds: float
) -> None:
    """Let time pass in the house and in Home Assistant alike, and wait for the poll if due."""
    freezer.tick(timedelta(seconds=seconds))
    simulator.site.advance(seconds)
    async_fire_time_changed(hass)
    await settle(hass)


def state(hass: HomeAssistant, simulator: Simulator | Replay, tail: str) -> State:
    """Return the state of a sensor of the gateway, by the tail of its id."""
    found = hass.states.get(f"sensor.envoy_{simulator.serial}_{tail}")
    assert found, f"there is no sensor {tail}"
    return found


def word(hass: HomeAssistant, simulator: Simulator | Replay, tail: str) -> str:
    """Return what a sensor of the gateway shows."""
    return state(hass, simulator, tail).state


def figure(hass: HomeAssistant, simulator: Simulator | Replay, tail: str) -> float:
    """Return what a sensor of the gateway shows, as a number; energies in watt-hours."""
    found = state(hass, simulator, tail)
    unit = found.attributes.get("unit_of_measurement")
    value = float(found.state)
    if unit in EnergyConverter.VALID_UNITS:
        # Converted to kilowatt-hours and back, a figure has lost no more than floats do.
        return round(EnergyConverter.convert(value, unit, "Wh"), 6)
    return value


def entities(hass: HomeAssistant, entry: MockConfigEntry) -> dict[str, str]:
    """Return what users' histories hang on, and how each entity is shown, a line for each."""
    devices = dr.async_get(hass)
    rows = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    return {row.entity_id: _line(hass, devices, row) for row in rows}


def _line(hass: HomeAssistant, devices: dr.DeviceRegistry, row: er.RegistryEntry) -> str:
    state, device = hass.states.get(row.entity_id), devices.async_get(row.device_id or "")
    assert device
    if row.disabled_by:
        name, shown = (
            f"{row.original_name} (off)",
            {
                "device_class": row.original_device_class,
                "unit_of_measurement": row.unit_of_measurement,
                **(row.capabilities or {}),
            },
        )
    else:
        assert state
        name, shown = state.attributes["friendly_name"], state.attributes
    return " | ".join(
        (
            row.unique_id,
            name,
            str(device.name),
            *(
                str(shown.get(key))
                for key in ("device_class", "state_class", "unit_of_measurement")
            ),
        )
    )
