"""Diagnostics: what is known of a gateway, without secrets and private data.

The pages are in the form that the simulator replays: a report can be reproduced.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from homeassistant.components.diagnostics import async_redact_data
from homeassistant.core import HomeAssistant
from homeassistant.helpers.device_registry import DeviceEntry
from homeassistant.util import dt as dt_util

from . import replacement
from .const import CONF_HOST, CONF_NAME, CONF_PASSWORD, CONF_TOKEN, CONF_USERNAME
from .coordinator import EnvoyConfigEntry, EnvoyRuntime
from .envoy_reader import Redactor
from .statistics import async_describe

_PRIVATE: Final = {
    CONF_HOST,
    CONF_NAME,
    CONF_PASSWORD,
    CONF_TOKEN,
    CONF_USERNAME,
    "discovery_keys",  # hold the address
    "title",
    "unique_id",
}


async def async_get_config_entry_diagnostics(
    hass: HomeAssistant, entry: EnvoyConfigEntry
) -> dict[str, Any]:
    """Return the settings, what the gateway is and has, and its pages."""
    return await _async_diagnostics(hass, entry, {})


async def async_get_device_diagnostics(
    hass: HomeAssistant, entry: EnvoyConfigEntry, device: DeviceEntry
) -> dict[str, Any]:
    """Return the same, and which device it was asked of: pages tell of several devices."""
    asked = {
        "model": device.model,
        "serial_number": device.serial_number,
        "sw_version": device.sw_version,
        "hw_version": device.hw_version,
    }
    return await _async_diagnostics(hass, entry, {"device": asked})


async def _async_diagnostics(
    hass: HomeAssistant, entry: EnvoyConfigEntry, more: Mapping[str, Any]
) -> dict[str, Any]:
    # An entry that is disabled or was never set up has no reader, yet its settings may tell why.
    runtime: EnvoyRuntime | None = getattr(entry, "runtime_data", None)
    coordinator = runtime and runtime.coordinator
    report: dict[str, Any] = {}
    if coordinator:
        report = coordinator.reader.report() | {
            "replacement": replacement.describe(hass, entry),
            "statistics": await async_describe(hass, entry),
        }
    settings = async_redact_data(dict(entry.as_dict()), _PRIVATE)
    settings |= {"state": entry.state.value, "reason": entry.reason}
    redactor = Redactor(_secrets(entry), addresses=True, zones_at=dt_util.utcnow())
    found = {"entry": settings, **more, **report}
    return {key: _redacted(value, redactor) for key, value in found.items()}


def _secrets(entry: EnvoyConfigEntry) -> Iterator[str]:
    """Yield private texts that no pattern recognises, except words that are too common to hide."""
    host = str(entry.data.get(CONF_HOST) or "")
    if "." in host:  # a plain "envoy" stands in many pages
        yield host
    password = str(entry.data.get(CONF_PASSWORD) or "")
    # The end of the serial number is replaced with it; on its own it could be any figure.
    if not (entry.unique_id or "").endswith(password):
        yield password


def _redacted(value: object, redactor: Redactor) -> object:
    """Return plain data with every text in them redacted, keys too."""
    match value:
        case str():
            return redactor(value)
        case Mapping():
            return {redactor(str(key)): _redacted(item, redactor) for key, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_redacted(item, redactor) for item in value]
        case _:
            return value
