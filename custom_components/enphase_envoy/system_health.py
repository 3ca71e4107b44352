"""System health: how the gateways fare, in words that may be shown to others.

Gateways are told apart by their order alone, as this page is made for being copied into reports.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from homeassistant.components import system_health
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant, callback

from .connect import async_reach_cloud
from .const import CONF_USE_MANUAL_TOKEN, DOMAIN
from .coordinator import EnvoyConfigEntry
from .notices import days_left, token_of

LOGIN_URL: Final = "https://enlighten.enphaseenergy.com"
"""Where the cloud is asked first for a token."""


@callback
def async_register(hass: HomeAssistant, register: system_health.SystemHealthRegistration) -> None:
    """Offer our part of the page."""
    register.async_register_info(_async_info)


async def _async_info(hass: HomeAssistant) -> dict[str, Any]:
    """Return what is shown, by translation key."""
    entries: list[EnvoyConfigEntry] = hass.config_entries.async_entries(DOMAIN)
    return {
        "can_reach_cloud": async_reach_cloud(hass, LOGIN_URL),
        "gateways": len(entries),
        "gateway": _listed(_gateway(entry) for entry in entries),
        "firmware": _listed(_firmware(entry) for entry in entries),
        "token": _listed(_token(entry) for entry in entries),
    }


def _listed(words: Iterable[str]) -> str:
    """Return what there is to say of each gateway, with numbers where there are several."""
    lines = list(words)
    if len(lines) > 1:
        lines = [f"{number}: {word}" for number, word in enumerate(lines, 1)]
    return ", ".join(lines) or "-"


def _gateway(entry: EnvoyConfigEntry) -> str:
    if entry.state is not ConfigEntryState.LOADED:
        return "disabled" if entry.disabled_by else f"not in use ({entry.state.value})"
    coordinator = entry.runtime_data.coordinator
    answers = coordinator.last_update_success and coordinator.data.reachable
    return "answers" if answers else "does not answer"


def _firmware(entry: EnvoyConfigEntry) -> str:
    known = entry.state is ConfigEntryState.LOADED
    return (known and entry.runtime_data.coordinator.data.profile.firmware) or "unknown"


def _token(entry: EnvoyConfigEntry) -> str:
    token = token_of(entry)
    if token is None:
        return "none"
    origin = "pasted" if entry.data.get(CONF_USE_MANUAL_TOKEN) else "from the cloud"
    return f"{token.kind}, {origin}, days left: {days_left(token)}"
