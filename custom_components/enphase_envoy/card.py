"""The card that shows the roof: serve its files, and add them to the dashboards.

Dashboards whose resources are kept by Home Assistant get one resource. Its address holds our
version and a digest of the files, so that no browser shows an old card after an update. Where
resources stand in YAML nothing can be added; an address without a version leads to the same card.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web
from homeassistant.components.http import StaticPathConfig
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers.collection import DictStorageCollection
from homeassistant.helpers.http import HomeAssistantView
from homeassistant.helpers.singleton import singleton
from homeassistant.loader import async_get_integration
from homeassistant.util.hass_dict import HassKey

from .const import DOMAIN

if TYPE_CHECKING:  # it imports the whole user interface, which not every Home Assistant has
    from homeassistant.components.lovelace import LovelaceData

MODULE: Final = "enphase-array-card.js"
ADDRESS: Final = f"/{DOMAIN}/{MODULE}"
"""What dashboards in YAML name as their resource."""

_FOLDER: Final = Path(__file__).parent / "frontend"
_DASHBOARDS: Final[HassKey[LovelaceData]] = HassKey("lovelace")
_SERVED: Final[HassKey[str]] = HassKey(f"{DOMAIN}_card")


class _CardView(HomeAssistantView):
    """Redirects from the address without a version to the current card.

    A redirect, because the module loads its other files from the folder of its final address.
    """

    url = ADDRESS
    name = f"{DOMAIN}:card"
    requires_auth = False

    def __init__(self, address: str) -> None:
        """Redirect to ``address``."""
        self._address = address

    async def get(self, _request: web.Request) -> web.Response:
        """Answer with a temporary redirect."""
        headers = {"Location": self._address, "Cache-Control": "no-store"}
        return web.Response(status=302, headers=headers)


async def async_offer(hass: HomeAssistant) -> None:
    """Serve the card, and register this version of it with the dashboards, once.

    Without the dashboards' component nothing can be registered.
    """
    if _DASHBOARDS not in hass.data:
        return
    address = await _async_served(hass)
    resources = hass.data[_DASHBOARDS].resources
    if not isinstance(resources, DictStorageCollection):
        return
    ours = _ours(resources)
    wanted = {"url": address, "res_type": "module"}
    if not ours:
        await resources.async_create_item(wanted)
    elif ours[0]["url"] != address:
        await resources.async_update_item(ours[0]["id"], wanted)
    for resource in ours[1:]:
        await resources.async_delete_item(resource["id"])


async def async_withdraw(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """Take the resource away with the last entry of this integration."""
    others = hass.config_entries.async_entries(DOMAIN, include_ignore=False)
    if _DASHBOARDS not in hass.data or any(other.entry_id != entry.entry_id for other in others):
        return
    resources = hass.data[_DASHBOARDS].resources
    if isinstance(resources, DictStorageCollection):
        await resources.async_get_info()
        for resource in _ours(resources):
            await resources.async_delete_item(resource["id"])


def _ours(resources: DictStorageCollection) -> list[dict[str, Any]]:
    """Return the resources that are this card, of whatever version."""
    return [
        item
        for item in resources.async_items()
        if item["url"].startswith(f"/{DOMAIN}/") and MODULE in item["url"]
    ]


@singleton(_SERVED, async_=True)
async def _async_served(hass: HomeAssistant) -> str:
    """Serve the files until Home Assistant ends, and return the address of the card.

    The resources are loaded here, too: for the entries that are set up at the same time once only.
    """
    integration = await async_get_integration(hass, DOMAIN)
    digest = await hass.async_add_executor_job(_digest)
    folder = f"/{DOMAIN}/card/{integration.version}-{digest}"
    await hass.http.async_register_static_paths([StaticPathConfig(folder, str(_FOLDER))])
    address = f"{folder}/{MODULE}"
    hass.http.register_view(_CardView(address))
    await hass.data[_DASHBOARDS].resources.async_get_info()
    return address


def _digest() -> str:
    """Return a digest of the files, which changes with any of them."""
    found = hashlib.sha256()
    for path in sorted(_FOLDER.rglob("*.js*")):
        found.update(path.read_bytes())
    return found.hexdigest()[:8]
