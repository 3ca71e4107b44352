"""For tests inside Home Assistant's harness."""

import logging
import time

import pytest
from homeassistant import loader
from homeassistant.config_entries import ConfigEntryState
from homeassistant.helpers import frame
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.syrupy import HomeAssistantSnapshotExtension

# While tests are collected, or the harness's own package of this name is found first and Home
# Assistant loads its built-in integration in place of ours.
import custom_components.enphase_envoy  # noqa: F401
from custom_components.enphase_envoy.const import DOMAIN
from tests.simulator import Simulator
from tests.simulator.certificates import gateway_context

from .house import BEGIN, entry_for
from .repairs import Repairs

# The harness keeps every debug line of a test; those of the sockets cost more time than the tests.
for talkative in ("asyncio", "httpcore", "httpcore2"):
    logging.getLogger(talkative).setLevel(logging.INFO)

# What Home Assistant always says of a custom integration.
EXPECTED_WARNING = "which has not been tested by Home Assistant"


@pytest.fixture(scope="session", autouse=True)
def certificate():
    """Make the simulated gateways' certificate, once, and before any test stops the clock."""
    gateway_context()


@pytest.fixture
def hass(hass):
    """Let Home Assistant look for custom integrations.

    Not by an autouse fixture: ``recorder_mock`` must be able to come before ``hass``.
    """
    hass.data.pop(loader.DATA_CUSTOM_COMPONENTS, None)
    return hass


@pytest.fixture(autouse=True)
def fresh_reports():
    """Let each test see every report of a deprecated use: they are made once per process."""
    frame._REPORTED_INTEGRATIONS.clear()  # noqa: SLF001  there is no other way


@pytest.fixture(autouse=True)
def clean_log(caplog, request):
    """Fail a test that leaves a warning in Home Assistant's log or ours, unless ``dirty_log``."""
    yield
    if "hass" not in request.fixturenames or request.node.get_closest_marker("dirty_log"):
        return
    unwanted = [
        f"{record.levelname} {record.name}: {record.getMessage()}"
        for record in caplog.get_records("call")
        if record.levelno >= logging.WARNING
        and record.name.startswith(("homeassistant", "custom_components"))
        and EXPECTED_WARNING not in record.getMessage()
    ]
    assert not unwanted, "\n".join(unwanted)


@pytest.fixture
def snapshot(snapshot):
    """Serialise as Home Assistant does: syrupy's fixture wins over the harness's own."""
    return snapshot.use_extension(HomeAssistantSnapshotExtension)


@pytest.fixture
async def simulator(hass, freezer, request):
    """Run the gateway of a scenario (name it by ``parametrize(…, indirect=True)``) by day.

    What was set up with it is unloaded before it ends, as its connections would outlive the test.
    """
    freezer.move_to(BEGIN)
    async with Simulator(getattr(request, "param", "pc_d7_three_phase"), start=time.time()) as it:
        yield it
        for entry in hass.config_entries.async_entries(DOMAIN):
            if entry.state is ConfigEntryState.LOADED:
                await hass.config_entries.async_unload(entry.entry_id)


@pytest.fixture
def entry(simulator):
    """Return the entry of the simulated gateway, not yet added."""
    return entry_for(simulator)


@pytest.fixture
async def signed_in(simulator, hass_access_token, hass_admin_user):
    """Return the user of the page; signed in after the simulator has set the clock."""
    return hass_admin_user


@pytest.fixture
async def repairs(hass, signed_in, hass_client, hass_ws_client):
    """Open the page of repairs."""
    assert await async_setup_component(hass, "repairs", {})
    return Repairs(hass, signed_in, hass_client, hass_ws_client)
