"""A recorder, and an entry whose options flow is the repair."""

import asyncio

import pytest
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import (
    MockModule,
    mock_config_flow,
    mock_integration,
    mock_platform,
)

from .books import SMALL, Books, SmallFlow


@pytest.fixture(autouse=True)
async def enable_event_loop_debug():
    """Let the loop refuse calls from the recorder's threads."""
    asyncio.get_running_loop().set_debug(True)


@pytest.fixture
async def books(recorder_mock, hass, small):
    await async_setup_component(hass, "sensor", {})
    return Books(hass)


@pytest.fixture
def small(hass):
    """An integration whose options flow is the repair and nothing else."""
    mock_integration(hass, MockModule(SMALL))
    mock_platform(hass, f"{SMALL}.config_flow", None)
    with mock_config_flow(SMALL, SmallFlow):
        yield SMALL
