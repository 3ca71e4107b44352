"""A gateway that takes the place of another one, and the way through the forms to that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from homeassistant.components.repairs import repairs_flow_manager
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.enphase_envoy.const import DOMAIN
from tests.simulator import Simulator
from tests.simulator.scenarios import SCENARIOS, Scenario

from .flows import Result, send
from .house import settle

FRESH = {
    "production_wh": 40.0,
    "imported_wh": 70.0,
    "exported_wh": 30.0,
    "discharged_wh": 20.0,
    "charged_wh": 10.0,
}
"""What the meters of a gateway have counted that has just been put in."""


_LARGE = SCENARIOS["pc_d8_split_storage_ct"]
SITE = replace(_LARGE, plan=replace(_LARGE.plan, inverters=3, batteries=1))
"""A site with something of everything."""


def successor_of(scenario: Scenario, **plan: object) -> Scenario:
    """Return the same site with another gateway, whose meters have just begun."""
    changes: Any = {**FRESH, "replaced": 1, **plan}
    return replace(scenario, plan=replace(scenario.plan, **changes))


async def choose(hass: HomeAssistant, menu: Result, step: str) -> Result:
    """Choose from a menu."""
    return await send(hass, menu, {"next_step_id": step})


async def offered(
    hass: HomeAssistant, entry: MockConfigEntry, successor: Simulator, **typed: object
) -> Result:
    """Give an entry the address of another gateway, and return what the form makes of it."""
    form = await entry.start_reconfigure_flow(hass)
    known = {"username": entry.data["username"], "use_enlighten": entry.data["use_enlighten"]}
    return await send(hass, form, {"host": successor.host, **known, **typed})


async def replaced(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    successor: Simulator,
    *,
    new_names: bool = False,
    account: Mapping[str, object] | None = None,
) -> Result:
    """Let another gateway take the place of an entry's; return how the form ends."""
    menu = await offered(hass, entry, successor, **(account or {}))
    form = await choose(hass, menu, "replace")
    done = await send(hass, form, {"new_names": new_names})
    await settle(hass)
    return done


async def opened(hass: HomeAssistant) -> Result:
    """Open the dialog of the notice about a gateway that was replaced."""
    [issue] = [it for _, it in ir.async_get(hass).issues if it.startswith("gateway_replaced")]
    await async_setup_component(hass, "repairs", {})
    await hass.async_block_till_done()
    manager = repairs_flow_manager(hass)
    assert manager
    return await manager.async_init(DOMAIN, data={"issue_id": issue})


async def choose_repair(hass: HomeAssistant, menu: Result, how: str) -> Result:
    """Choose from the dialog of a notice."""
    manager = repairs_flow_manager(hass)
    assert manager
    return await manager.async_configure(menu["flow_id"], {"next_step_id": how})


async def answer(hass: HomeAssistant, how: str) -> Result:
    """Answer the notice about a gateway that was replaced."""
    done = await choose_repair(hass, await opened(hass), how)
    await settle(hass)
    return done


def notice(hass: HomeAssistant) -> Mapping[str, str] | None:
    """Return the words of the notice about a gateway that was replaced, if there is one."""
    found = [
        it.translation_placeholders
        for it in ir.async_get(hass).issues.values()
        if it.active and it.translation_key == "gateway_replaced"
    ]
    return found[0] if found else None


def restart(hass: HomeAssistant) -> None:
    """Let Home Assistant forget what a process knows, and keep what is in files."""
    hass.data.pop("enphase_envoy_replaced", None)


def kept(hass: HomeAssistant, entry: MockConfigEntry, *, shared: bool = False) -> Mapping[str, Any]:
    """Return all that a user knows his entities by: everything but what names the gateway.

    ``shared`` leaves out what two entries with the same device contend for on older versions.
    """
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
            *(device.name_by_user, device.area_id),
            *(
                ()
                if shared
                else (device.id, device.name, state and state.attributes.get("friendly_name"))
            ),
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
