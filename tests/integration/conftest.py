"""For tests inside Home Assistant's harness."""

import logging

import pytest
from homeassistant import loader
from homeassistant.helpers import frame
from pytest_homeassistant_custom_component.syrupy import HomeAssistantSnapshotExtension

# While tests are collected, or the harness's own package of this name is found first and Home
# Assistant loads its built-in integration in place of ours.
import custom_components.enphase_envoy  # noqa: F401

# What Home Assistant always says of a custom integration.
EXPECTED_WARNING = "which has not been tested by Home Assistant"


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
