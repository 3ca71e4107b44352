"""The page of repairs, and a restart of Home Assistant, which remembers what was dismissed."""

import json
from typing import Any

from homeassistant.auth.models import User
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import (
    ClientSessionGenerator,
    WebSocketGenerator,
)

from custom_components.enphase_envoy.const import DOMAIN

from .house import settle


class Repairs:
    """The page of repairs, as a browser talks to it."""

    def __init__(
        self,
        hass: HomeAssistant,
        user: User,
        http_client: ClientSessionGenerator,
        ws_client: WebSocketGenerator,
    ) -> None:
        """Open it as this user."""
        self._hass = hass
        self._user = user
        self._http_client = http_client
        self._ws_client = ws_client

    def _access(self) -> str:
        """Sign in again: a test lets more time pass than a session lasts."""
        refresh_token = next(iter(self._user.refresh_tokens.values()))
        return self._hass.auth.async_create_access_token(refresh_token)

    async def _command(self, command: str, **more: object) -> Any:  # noqa: ANN401 -- JSON
        socket = await self._ws_client(access_token=self._access())
        await socket.send_json_auto_id({"type": f"repairs/{command}", **more})
        answer = await socket.receive_json()
        await socket.close()
        assert answer["success"]
        return answer["result"]

    async def _post(self, path: str, body: object) -> Any:  # noqa: ANN401 -- JSON
        client = await self._http_client(self._access())
        answer = await client.post(f"/api/repairs/issues/fix{path}", json=body)
        return await answer.json()

    async def shown(self) -> dict[str, dict[str, Any]]:
        """Return the notices of ours that are not dismissed, by id."""
        issues = (await self._command("list_issues"))["issues"]
        ours = [issue for issue in issues if issue["domain"] == DOMAIN and not issue["ignored"]]
        return {issue["issue_id"]: issue for issue in ours}

    async def only(self, about: str = "") -> dict[str, Any]:
        """Return the one notice that is shown, or the one of a kind."""
        (found,) = await self.those(about)
        return found

    async def those(self, about: str) -> list[dict[str, Any]]:
        """Return the notices of a kind that are shown."""
        shown = await self.shown()
        return [issue for issue_id, issue in shown.items() if issue_id.startswith(about)]

    async def dismiss(self) -> None:
        """Dismiss the one notice that is shown."""
        shown = await self.only()
        await self._command("ignore_issue", domain=DOMAIN, issue_id=shown["issue_id"], ignore=True)

    async def open(self, about: str = "") -> dict[str, Any]:
        """Open the dialog of the one notice that is shown, or of the one of a kind."""
        shown = await self.only(about)
        return await self._post("", {"handler": DOMAIN, "issue_id": shown["issue_id"]})

    async def answer(self, dialog: dict[str, Any], answer: object) -> dict[str, Any]:
        """Send an answer to a dialog."""
        return await self._post(f"/{dialog['flow_id']}", answer)


async def restart(
    hass: HomeAssistant, entry: MockConfigEntry, hass_storage: dict[str, Any]
) -> None:
    """Let Home Assistant forget what it forgets by a restart, and set the entry up again."""
    await hass.config_entries.async_unload(entry.entry_id)
    issues = [issue.to_json() for issue in ir.async_get(hass).issues.values()]
    hass_storage[ir.STORAGE_KEY] = {
        "version": ir.STORAGE_VERSION_MAJOR,
        "minor_version": ir.STORAGE_VERSION_MINOR,
        "data": json.loads(json.dumps({"issues": issues})),
    }
    await ir.async_load(hass)
    await hass.config_entries.async_setup(entry.entry_id)
    await settle(hass)
