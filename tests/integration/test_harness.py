"""The harness itself: what every other test here takes for granted."""

import socket

import pytest
from homeassistant.loader import async_get_integration
from pytest_socket import SocketConnectBlockedError


async def test_our_integration_is_loaded_and_not_the_built_in(hass):
    integration = await async_get_integration(hass, "enphase_envoy")

    assert not integration.is_built_in


async def test_our_integration_is_known_to_replace_the_built_in(hass):
    integration = await async_get_integration(hass, "enphase_envoy")

    assert integration.overwrites_built_in


async def test_recorder_can_be_set_up_before_home_assistant(recorder_mock, hass):
    assert "recorder" in hass.config.components


@pytest.mark.filterwarnings("ignore:A test tried")  # pytest-socket 0.8 says it twice
def test_addresses_beyond_this_machine_are_refused():
    with socket.socket() as outside, pytest.raises(SocketConnectBlockedError):
        outside.connect(("192.0.2.1", 80))


def test_this_machine_can_be_reached():
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as client:
        client.connect(server.getsockname())

        assert client.getpeername() == server.getsockname()
