"""A gateway that takes the place of another one, and the way through the forms to that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from pytest_homeassistant_custom_component.common import MockConfigEntry

from tests.simulator import Simulator
from tests.simulator.scenarios import Scenario

from .flows import EMAIL, Result, send
from .house import settle

FRESH = {
    "production_wh": 40.0,
    "imported_wh": 70.0,
    "exported_wh": 30.0,
    "discharged_wh": 20.0,
    "charged_wh": 10.0,
}
"""What the meters of a gateway have counted that has just been put in."""


def successor_of(scenario: Scenario, **plan: Any) -> Scenario:
    """Return the same site with another gateway, whose meters have just begun."""
    return replace(scenario, plan=replace(scenario.plan, replaced=1, **{**FRESH, **plan}))


async def choose(hass: HomeAssistant, menu: Result, step: str) -> Result:
    """Choose from a menu."""
    return await send(hass, menu, {"next_step_id": step})


async def offered(hass: HomeAssistant, entry: MockConfigEntry, successor: Simulator) -> Result:
    """Give an entry the address of another gateway, and return what the form makes of it."""
    form = await entry.start_reconfigure_flow(hass)
    typed = {"host": successor.host, "username": EMAIL, "use_enlighten": True}
    return await send(hass, form, typed)


async def replaced(
    hass: HomeAssistant, entry: MockConfigEntry, successor: Simulator, **answers: bool
) -> Result:
    """Let another gateway take the place of an entry's; return how the form ends."""
    form = await choose(hass, await offered(hass, entry, successor), "replace")
    done = await send(hass, form, answers)
    await settle(hass)
    return done


def kept(hass: HomeAssistant, entry: MockConfigEntry) -> Mapping[str, Any]:
    """Return all that a user knows his entities by: everything but what names the gateway."""
    devices = dr.async_get(hass)
    rows = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    found = {}
    for row in rows:
        device = devices.async_get(row.device_id or "")
        state = hass.states.get(row.entity_id)
        assert device
        found[row.entity_id] = (
            row.id,
            *(row.name, row.area_id, row.icon, row.disabled_by, row.hidden_by, dict(row.options)),
            *(device.id, device.name, device.name_by_user, device.area_id),
            state and state.attributes.get("friendly_name"),
        )
    return found


def ids(hass: HomeAssistant, entry: MockConfigEntry) -> dict[str, str]:
    """Return the unique ids of an entry's entities, by entity id."""
    rows = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    return {row.entity_id: row.unique_id for row in rows}


def identifiers(hass: HomeAssistant, entry: MockConfigEntry) -> dict[str, set[tuple[str, str]]]:
    """Return the identifiers of an entry's devices, by the registry's id."""
    rows = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    return {row.id: row.identifiers for row in rows}
