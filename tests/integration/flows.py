"""What the tests of the forms share: the cloud at the wire, and how a form is filled in."""

from collections.abc import Mapping
from typing import Any

import httpx
import respx
from homeassistant.config_entries import SOURCE_USER
from homeassistant.core import HomeAssistant

from custom_components.enphase_envoy.const import DOMAIN
from tests.simulator import Simulator

type Result = Any
"""What a flow answers: a form, an entry, a progress…, each with keys of its own."""

EMAIL = "owner@example.com"
PASSWORD = "a-made-up-password"
CHANGED = "a-changed-password"
ACCOUNT = {"username": EMAIL, "password": PASSWORD, "use_enlighten": True}


class Cloud:
    """The two hosts of the cloud; what they answer can be changed, what they were asked is kept."""

    def __init__(self, router: respx.MockRouter, simulator: Simulator) -> None:
        """Let the account of the house in, and give it tokens of its gateway."""
        self.login = router.post("https://enlighten.enphaseenergy.com/login/login.json")
        self.form = router.post("https://enlighten.enphaseenergy.com/login/login")
        self.tokens = router.post("https://entrez.enphaseenergy.com/tokens")
        self.welcome(simulator)

    def welcome(self, simulator: Simulator) -> None:
        """Answer as on a good day."""
        self.login.mock(return_value=httpx.Response(200, json={"session_id": "invented"}))
        self.form.mock(return_value=httpx.Response(200, json={"session_id": "invented"}))
        self.tokens.mock(side_effect=lambda _request: httpx.Response(200, text=simulator.token()))


def change_local_passwords(simulator: Simulator) -> None:
    """Give the gateway's local users a password that cannot be derived."""
    users = simulator.gateway.digest.users
    for user, (_, level) in users.items():
        users[user] = (CHANGED, level)


async def open_form(hass: HomeAssistant) -> Result:
    """Begin to add a gateway by hand."""
    return await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})


async def send(hass: HomeAssistant, form: Result, typed: Mapping[str, Any]) -> Result:
    """Send a form."""
    return await hass.config_entries.flow.async_configure(form["flow_id"], dict(typed))


def filled(form: Result) -> dict[str, Any]:
    """Return what a form shows in its fields, by key, in their order."""
    return {
        marker.schema: marker.default()
        if callable(marker.default)
        else (marker.description or {}).get("suggested_value")
        for marker in form["data_schema"].schema
    }
