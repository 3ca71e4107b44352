"""What the integrations before ours leave in a Home Assistant."""

from __future__ import annotations

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.enphase_envoy.const import DOMAIN
from tests.simulator import Simulator

type Files = dict[str, dict[str, object]]
"""Home Assistant's storage."""

FOR_OTHERS = frozenset({"host", "name", "username", "password", "use_manual_token"})
"""The keys of entry data without which the built-in integration does not load an entry."""


def left(simulator: Simulator, **data: object) -> MockConfigEntry:
    """Return an entry with the data that all of them write."""
    username, password = simulator.credentials
    title = f"Envoy {simulator.serial}"
    return MockConfigEntry(
        domain=DOMAIN,
        title=title,
        unique_id=simulator.serial,
        version=1,
        minor_version=1,
        data={
            "host": simulator.host,
            "name": title,
            "username": username,
            "password": password,
            **data,
        },
    )


def stored_token(files: Files, entry: MockConfigEntry, token: object) -> None:
    """Write the file in which custom integrations keep the token of an entry."""
    key = f"envoy.{entry.entry_id}"
    files[key] = {"version": 1, "minor_version": 1, "key": key, "data": token}


def seed(simulator: Simulator, files: Files) -> MockConfigEntry:
    """Return that of an older custom integration, with Use Enlighten ticked."""
    entry = left(simulator, serial=simulator.serial, use_enlighten=True)
    stored_token(files, entry, {"token": simulator.token()})
    return entry


def seed_without_tokens(simulator: Simulator, _files: Files) -> MockConfigEntry:
    """Return that of an older custom integration with a local user.

    The box of Use Enlighten was not ticked, so its key is not there at all.
    """
    return left(simulator, serial=simulator.serial)


def built_in(simulator: Simulator, _files: Files) -> MockConfigEntry:
    """Return that of Home Assistant's own integration, with an account."""
    return left(simulator, token=simulator.token(), use_manual_token=False)


def built_in_pasted(simulator: Simulator, _files: Files) -> MockConfigEntry:
    """Return that of Home Assistant's own integration, with a token that the user has pasted."""
    entry = left(simulator, token=simulator.token(), use_manual_token=True)
    data = {key: entry.data[key] for key in ("host", "name", "token", "use_manual_token")}
    return MockConfigEntry(domain=DOMAIN, title=entry.title, unique_id=entry.unique_id, data=data)


def built_in_nameless(simulator: Simulator, _files: Files) -> MockConfigEntry:
    """Return that of Home Assistant's own integration, before it knew which gateway it is."""
    data = {**left(simulator, token=simulator.token()).data, "name": "Envoy"}
    return MockConfigEntry(domain=DOMAIN, title="Envoy", unique_id=None, data=data)


def built_in_without_tokens(simulator: Simulator, _files: Files) -> MockConfigEntry:
    """Return that of Home Assistant's own integration with a local user."""
    return left(simulator)


def installers(simulator: Simulator, files: Files) -> MockConfigEntry:
    """Return that of the variant for installers."""
    entry = left(simulator, token_source="entrez")
    stored_token(files, entry, {"token": simulator.token()})
    return entry


def gateway_device(
    hass: HomeAssistant, entry: MockConfigEntry, simulator: Simulator
) -> dr.DeviceEntry:
    """Register the gateway's device."""
    return dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id,
        identifiers={(DOMAIN, simulator.serial)},
        manufacturer="Enphase",
        model="Envoy",
        name=f"Envoy {simulator.serial}",
    )


def register(
    hass: HomeAssistant, entry: MockConfigEntry, unique_id: str, object_id: str, **facts: object
) -> str:
    """Register a sensor as one of them has done; return its entity id."""
    row = er.async_get(hass).async_get_or_create(
        "sensor",
        DOMAIN,
        unique_id,
        config_entry=entry,
        suggested_object_id=object_id,
        **facts,  # type: ignore[arg-type]
    )
    return row.entity_id
