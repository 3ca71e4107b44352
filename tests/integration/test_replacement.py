"""A gateway is replaced: what its owner has built on it goes on with the next one."""

import time

import pytest
from homeassistant.config_entries import ConfigEntryState
from homeassistant.helpers import area_registry as ar
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er

from custom_components.enphase_envoy.const import DOMAIN
from tests.simulator import Simulator

from .flows import Cloud
from .house import figure, set_up
from .successors import choose, identifiers, ids, kept, offered, replaced, successor_of

SITE = "pc_d8_split_storage_ct"

pytestmark = [
    pytest.mark.respx(assert_all_called=False),
    pytest.mark.parametrize("simulator", [SITE], indirect=True),
]


@pytest.fixture
async def successor(simulator):
    """Run the gateway that is to take the place of the first one, on the same site."""
    async with Simulator(successor_of(simulator.scenario), start=time.time()) as gateway:
        yield gateway


@pytest.fixture(autouse=True)
def cloud(respx_mock, successor):
    """Let the account in, and give it tokens of the new gateway."""
    respx_mock.route(host="127.0.0.1").pass_through()
    return Cloud(respx_mock, successor)


@pytest.fixture
async def lived_in(hass, simulator, entry):
    """Set up a house in which somebody has named, moved, disabled and hidden something."""
    await set_up(hass, entry)
    entities, devices = er.async_get(hass), dr.async_get(hass)
    attic = ar.async_get(hass).async_create("Attic")
    prefix = f"sensor.envoy_{simulator.serial}"
    entities.async_update_entity(
        f"{prefix}_current_power_production", name="Sun", area_id=attic.id, icon="mdi:sun-angle"
    )
    entities.async_update_entity(
        f"{prefix}_lifetime_energy_production", new_entity_id="sensor.all_the_sun"
    )
    gateway = {(DOMAIN, simulator.serial)}
    [device_id] = [it for it, names in identifiers(hass, entry).items() if names == gateway]
    devices.async_update_device(device_id, area_id=attic.id)
    yield entry
    if entry.state is ConfigEntryState.LOADED:
        await hass.config_entries.async_unload(entry.entry_id)


async def test_everything_goes_on_under_the_next_serial(hass, simulator, successor, lived_in):
    before, before_ids = kept(hass, lived_in), ids(hass, lived_in)
    before_devices = identifiers(hass, lived_in)
    old, new = simulator.serial, successor.serial
    shown = figure(hass, simulator, "lifetime_energy_consumption")

    done = await replaced(hass, lived_in, successor)

    assert (done["reason"], lived_in.state) == ("replaced", ConfigEntryState.LOADED)
    assert kept(hass, lived_in) == before
    assert ids(hass, lived_in) == {
        entity_id: unique_id.replace(old, new) for entity_id, unique_id in before_ids.items()
    }
    assert identifiers(hass, lived_in) == {
        ident: {(domain, name.replace(old, new)) for domain, name in names}
        for ident, names in before_devices.items()
    }
    assert (lived_in.unique_id, lived_in.data["serial"]) == (new, new)
    assert lived_in.data["host"] == successor.host
    assert figure(hass, simulator, "lifetime_energy_consumption") == pytest.approx(shown, abs=1)
