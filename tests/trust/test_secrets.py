"""Nothing secret leaves: secrets are planted, much goes wrong, and all output is searched."""

import json
import logging

import httpx
import pytest
from homeassistant.helpers import issue_registry as ir

from custom_components.enphase_envoy.diagnostics import async_get_config_entry_diagnostics
from tests.integration.house import entry_for, pass_time, set_up
from tests.simulator.faults import Garbage, Refuse, Status, Truncate

EMAIL = "planted.owner@example.org"
PASSWORD = "planted-password-7261"
SESSION = "planted-cloud-session"

pytestmark = [pytest.mark.dirty_log, pytest.mark.respx(assert_all_called=False)]


@pytest.fixture
def cloud(respx_mock, simulator):
    """Be a cloud that lets nobody in, and repeats what it was told."""
    respx_mock.route(host="127.0.0.1").pass_through()
    refusal = httpx.Response(401, text=f"{EMAIL} {PASSWORD}", headers={"Set-Cookie": SESSION})
    respx_mock.post("https://enlighten.enphaseenergy.com/login/login.json").mock(
        return_value=refusal
    )


@pytest.fixture
async def output(hass, freezer, simulator, cloud, caplog):
    """Return all that a bad day has left behind, and the secrets that were about."""
    caplog.set_level(logging.DEBUG, "custom_components.enphase_envoy")
    token = simulator.token()
    echo = Garbage(f"{EMAIL} {PASSWORD} {token} sessionId=plantedcookie".encode())
    entry = entry_for(simulator, username=EMAIL, password=PASSWORD, token=token)
    await set_up(hass, entry)
    coordinator = entry.runtime_data.coordinator
    for fault in (Status(500), echo, Truncate(), Refuse(), Status(401)):
        simulator.faults["/ivp/meters/readings"] = fault
        await pass_time(hass, freezer, simulator, 60)
    simulator.revoke_tokens()
    for _ in range(4):
        await pass_time(hass, freezer, simulator, 60)
    report = await async_get_config_entry_diagnostics(hass, entry)
    texts = [
        "\n".join(
            f"{record.getMessage()} {record.exc_text or ''}"
            for record in caplog.records
            if record.name.startswith("custom_components") or record.levelno >= logging.WARNING
        ),
        str([(state.state, dict(state.attributes)) for state in hass.states.async_all()]),
        json.dumps(report, default=repr),
        repr([issue.to_json() for issue in ir.async_get(hass).issues.values()]),
        repr(coordinator),
        repr(vars(coordinator)),
        repr(vars(coordinator.reader)),
    ]
    return texts, (EMAIL, PASSWORD, SESSION, token, token.split(".")[1], "plantedcookie")


async def test_nothing_secret_is_in_any_output(output):
    texts, secrets = output

    assert "Fetched (1 of 2)" in texts[0]
    for secret in secrets:
        for text in texts:
            assert secret not in text
