"""A gateway is replaced: what its owner has built on it goes on with the next one."""

import asyncio
import json
import re
import time
from ipaddress import ip_address
from pathlib import Path
from unittest.mock import patch

import httpx
import pytest
from homeassistant.config_entries import SOURCE_ZEROCONF, ConfigEntryState, OperationNotAllowed
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import area_registry as ar
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.service_info.zeroconf import ZeroconfServiceInfo

import custom_components.enphase_envoy as integration
from custom_components.enphase_envoy.const import DOMAIN
from custom_components.enphase_envoy.diagnostics import async_get_config_entry_diagnostics
from tests.simulator import Simulator

from .flows import ACCOUNT, EMAIL, Cloud, send
from .house import entry_for, figure, pass_time, set_up, settle
from .successors import (
    SITE,
    answer,
    choose,
    identifiers,
    ids,
    kept,
    notice,
    offered,
    replaced,
    restart,
    successor_of,
)

TEXTS = Path(str(integration.__file__)).with_name("translations") / "en.json"

pytestmark = [
    pytest.mark.respx(assert_all_called=False),
    pytest.mark.parametrize("simulator", [SITE], indirect=True, ids=["site"]),
]


@pytest.fixture
async def successor(simulator):
    """Run the gateway that is to take the place of the first one, on the same site."""
    async with Simulator(successor_of(simulator.scenario), start=time.time()) as gateway:
        yield gateway


@pytest.fixture(autouse=True)
def cloud(respx_mock, successor):
    """Let the account in, and give it tokens of the new gateway."""
    respx_mock.route(host="127.0.0.1").pass_through()
    return Cloud(respx_mock, successor)


@pytest.fixture
async def lived_in(hass, simulator, entry):
    """Set up a house in which somebody has named, moved, disabled and hidden something."""
    await set_up(hass, entry)
    entities, devices = er.async_get(hass), dr.async_get(hass)
    attic = ar.async_get(hass).async_create("Attic")
    prefix = f"sensor.envoy_{simulator.serial}"
    entities.async_update_entity(
        f"{prefix}_current_power_production", name="Sun", area_id=attic.id, icon="mdi:sun-angle"
    )
    entities.async_update_entity(
        f"{prefix}_lifetime_energy_production", new_entity_id="sensor.all_the_sun"
    )
    gateway = {(DOMAIN, simulator.serial)}
    [device_id] = [it for it, names in identifiers(hass, entry).items() if names == gateway]
    devices.async_update_device(device_id, area_id=attic.id)
    yield entry
    if entry.state is ConfigEntryState.LOADED:
        await hass.config_entries.async_unload(entry.entry_id)


def exchanged(found, old, new):
    """Return ids as they are with another serial number."""
    return {key: unique_id.replace(old, new) for key, unique_id in found.items()}


def everything(hass, entry):
    """Return all that a replacement could touch of an entry, to be compared."""
    data = {key: value for key, value in entry.data.items() if key != "token"}
    return kept(hass, entry), ids(hass, entry), identifiers(hass, entry), data, entry.title


async def test_everything_goes_on_under_the_next_serial(hass, simulator, successor, lived_in):
    before, before_ids = kept(hass, lived_in), ids(hass, lived_in)
    before_devices = identifiers(hass, lived_in)
    old, new = simulator.serial, successor.serial
    shown = figure(hass, simulator, "lifetime_energy_consumption")

    done = await replaced(hass, lived_in, successor)

    assert (done["reason"], lived_in.state) == ("replaced", ConfigEntryState.LOADED)
    assert kept(hass, lived_in) == before
    assert ids(hass, lived_in) == exchanged(before_ids, old, new)
    assert identifiers(hass, lived_in) == {
        ident: {(domain, name.replace(old, new)) for domain, name in names}
        for ident, names in before_devices.items()
    }
    assert (lived_in.unique_id, lived_in.data["serial"]) == (new, new)
    assert lived_in.data["host"] == successor.host
    assert figure(hass, simulator, "lifetime_energy_consumption") == shown


async def test_devices_stay_below_the_gateway(hass, simulator, successor, lived_in):
    def parents():
        rows = dr.async_entries_for_config_entry(dr.async_get(hass), lived_in.entry_id)
        return {row.id: row.via_device_id for row in rows}

    before = parents()

    await replaced(hass, lived_in, successor)

    assert parents() == before
    assert any(before.values())


async def test_names_can_follow_the_serial(hass, simulator, successor, lived_in):
    await replaced(hass, lived_in, successor, new_names=True)

    names = {
        device.name
        for device in dr.async_entries_for_config_entry(dr.async_get(hass), lived_in.entry_id)
    }
    assert (lived_in.title, lived_in.data["name"]) == (f"Envoy {successor.serial}",) * 2
    assert f"Envoy {successor.serial}" in names
    assert not any(simulator.serial in str(name) for name in names)


async def test_names_can_follow_the_serial_later(hass, simulator, successor, lived_in, respx_mock):
    await replaced(hass, lived_in, successor)
    third = successor_of(simulator.scenario, replaced=2)
    async with Simulator(third, start=time.time()) as other:
        Cloud(respx_mock, other)
        await replaced(hass, lived_in, other, new_names=True)

        assert lived_in.title == f"Envoy {other.serial}"
        assert "named_after" not in lived_in.data
        await hass.config_entries.async_unload(lived_in.entry_id)


async def test_what_the_next_one_lacks_is_said_before_and_after(
    hass, freezer, simulator, lived_in, respx_mock
):
    metered = successor_of(simulator.scenario, inverters=1, meters=("production",))
    async with Simulator(metered, start=time.time()) as successor:
        Cloud(respx_mock, successor)
        menu = await offered(hass, lived_in, successor)
        form = await choose(hass, menu, "replace")

        said = form["description_placeholders"]["missing"]
        await send(hass, form, {})
        await settle(hass)
        await pass_time(hass, freezer, successor, 61)
        noticed = notice(hass)
        await hass.config_entries.async_unload(lived_in.entry_id)

    assert (menu["step_id"], form["step_id"]) == ("another_gateway", "replace_confirm")
    lines = said.splitlines()
    assert "- Lifetime Energy Consumption (sensor.envoy_" in said
    assert sum("Inverter" in line for line in lines) == 2
    assert not any(line.startswith("- Lifetime Energy Production") for line in lines)
    assert noticed
    assert noticed["missing"] == said
    assert (noticed["old"], noticed["new"]) == (simulator.serial, successor.serial)


@pytest.mark.dirty_log
async def test_every_text_finds_its_values(hass, successor, lived_in):
    def missing(step):
        wanted = re.findall(r"{(\w+)}", json.dumps(texts["step"][step["step_id"]]))
        errors = [texts["error"][it] for it in (step.get("errors") or {}).values()]
        wanted += re.findall(r"{(\w+)}", json.dumps(errors))
        return set(wanted) - step["description_placeholders"].keys()

    texts = json.loads(TEXTS.read_text(encoding="utf-8"))["config"]
    menu = await offered(hass, lived_in, successor)
    form = await choose(hass, menu, "replace")
    await successor.switch_off()
    again = await send(hass, form, {})

    assert [missing(it) for it in (menu, form, again)] == [set(), set(), set()]


async def test_another_address_can_be_entered(hass, simulator, successor, lived_in):
    menu = await offered(hass, lived_in, successor)

    form = await choose(hass, menu, "reconfigure")
    done = await send(
        hass, form, {"host": simulator.host, "username": EMAIL, "use_enlighten": True}
    )
    await settle(hass)

    assert (menu["menu_options"], done["reason"]) == (
        ["replace", "reconfigure"],
        "reconfigure_owner",
    )
    assert lived_in.unique_id == simulator.serial


async def test_offer_is_there_again_when_the_page_is_loaded_anew(hass, lived_in, successor):
    menu = await offered(hass, lived_in, successor)

    again = await hass.config_entries.flow.async_configure(menu["flow_id"])

    assert (again["step_id"], again["menu_options"]) == (menu["step_id"], menu["menu_options"])


# The way in


@pytest.mark.dirty_log
async def test_account_that_the_cloud_refuses_is_asked_for(hass, lived_in, successor, cloud):
    cloud.login.mock(return_value=httpx.Response(401))
    menu = await offered(hass, lived_in, successor)
    form = await choose(hass, menu, "replace")
    cloud.welcome(successor)

    confirm = await send(hass, form, ACCOUNT)

    assert (form["step_id"], form["errors"]) == ("replace_access", {"base": "cloud_login_refused"})
    assert confirm["step_id"] == "replace_confirm"
    assert lived_in.unique_id != successor.serial


async def test_pasted_token_is_asked_for_anew(hass, simulator, successor, lived_in):
    hass.config_entries.async_update_entry(
        lived_in, data={**lived_in.data, "username": "", "password": "", "use_manual_token": True}
    )
    menu = await offered(hass, lived_in, successor, use_enlighten=True)
    form = await choose(hass, menu, "replace")
    token = successor.token()

    confirm = await send(hass, form, {"token": token})
    await send(hass, confirm, {})
    await settle(hass)

    assert (form["step_id"], form["errors"]) == ("token", None)
    assert form["description_placeholders"]["found"] == successor.serial
    assert (lived_in.data["token"], lived_in.data["use_manual_token"]) == (token, True)
    assert lived_in.state is ConfigEntryState.LOADED


@pytest.mark.dirty_log
async def test_token_of_the_old_gateway_does_not_serve(hass, simulator, successor, lived_in):
    menu = await offered(hass, lived_in, successor, username="", use_enlighten=True)
    form = await choose(hass, menu, "replace")

    again = await send(hass, form, {"token": simulator.token()})

    assert (again["step_id"], again["errors"]) == ("token", {"token": "token_foreign"})


# Nothing changes unless all of it does


@pytest.mark.dirty_log
async def test_gateway_that_is_away_changes_nothing(hass, simulator, successor, lived_in):
    before = everything(hass, lived_in)
    form = await choose(hass, await offered(hass, lived_in, successor), "replace")
    await successor.switch_off()

    again = await send(hass, form, {})
    unchanged = everything(hass, lived_in)
    await successor.switch_on()
    done = await send(hass, again, {})
    await settle(hass)

    assert (again["errors"], unchanged) == ({"base": "cannot_connect"}, before)
    assert done["reason"] == "replaced"


@pytest.mark.dirty_log
@pytest.mark.parametrize("busy", [True, False])
async def test_entry_that_is_not_let_go_changes_nothing(hass, successor, lived_in, busy):
    before = everything(hass, lived_in)
    form = await choose(hass, await offered(hass, lived_in, successor), "replace")
    with patch(
        "homeassistant.config_entries.ConfigEntries.async_unload",
        side_effect=OperationNotAllowed if busy else None,
        return_value=False,
    ):
        again = await send(hass, form, {})

    assert (again["errors"], everything(hass, lived_in)) == ({"base": "busy"}, before)


async def test_page_that_is_loaded_anew_confirms_nothing(hass, successor, lived_in):
    before = everything(hass, lived_in)
    form = await choose(hass, await offered(hass, lived_in, successor), "replace")

    again = await hass.config_entries.flow.async_configure(form["flow_id"])

    assert (again["step_id"], again["errors"]) == ("replace_confirm", None)
    assert again["description_placeholders"]["missing"] == "—"
    assert everything(hass, lived_in) == before


async def test_form_that_is_sent_twice_replaces_once(hass, simulator, successor, lived_in):
    before = everything(hass, lived_in)
    form = await choose(hass, await offered(hass, lived_in, successor), "replace")

    done = await asyncio.gather(*(send(hass, form, {}) for _ in range(2)), return_exceptions=True)
    await settle(hass)
    noticed = notice(hass)
    await answer(hass, "undo")

    reasons = [it.get("reason") for it in done if not isinstance(it, BaseException)]
    assert reasons[0] == "replaced"
    assert noticed
    assert (noticed["old"], noticed["new"]) == (simulator.serial, successor.serial)
    assert everything(hass, lived_in) == before


async def test_two_forms_replace_once(hass, simulator, successor, lived_in):
    forms = [
        await choose(hass, await offered(hass, lived_in, successor), "replace") for _ in range(2)
    ]

    done = [await send(hass, form, {}) for form in forms]
    await settle(hass)

    assert [it["reason"] for it in done] == ["replaced"] * 2
    noticed = notice(hass)
    assert noticed
    assert noticed["old"] == simulator.serial


async def test_form_that_is_closed_changes_nothing(hass, successor, lived_in):
    before = everything(hass, lived_in)
    form = await choose(hass, await offered(hass, lived_in, successor), "replace")

    hass.config_entries.flow.async_abort(form["flow_id"])
    await settle(hass)

    assert everything(hass, lived_in) == before


async def test_discovery_of_the_next_one_ends(hass, successor, lived_in):
    await hass.config_entries.flow.async_init(
        DOMAIN,
        context={"source": SOURCE_ZEROCONF},
        data=ZeroconfServiceInfo(
            ip_address=ip_address("192.0.2.9"),
            ip_addresses=[ip_address("192.0.2.9")],
            port=80,
            hostname="envoy.local.",
            type="_enphase-envoy._tcp.local.",
            name="envoy",
            properties={"serialnum": successor.serial},
        ),
    )

    await replaced(hass, lived_in, successor)

    assert hass.config_entries.flow.async_progress() == []


async def test_replacement_is_in_the_diagnostics(hass, simulator, successor, lived_in):
    before = (await async_get_config_entry_diagnostics(hass, lived_in))["replacement"]

    await replaced(hass, lived_in, successor)

    told = await async_get_config_entry_diagnostics(hass, lived_in)
    assert before is None
    assert told["replacement"]["new"] == told["profile"]["serial"] != told["replacement"]["old"]
    assert told["replacement"]["can_be_undone"]
    assert [it for it in (simulator.serial, successor.serial) if it in str(told)] == []


async def test_diagnostics_name_neither_gateway(hass, freezer, simulator, successor, lived_in):
    await replaced(hass, lived_in, successor)
    await pass_time(hass, freezer, successor, 61)

    report = await async_get_config_entry_diagnostics(hass, lived_in)

    text = json.dumps(report, default=str)
    assert report["pages"]["/info"]["status"] == 200
    assert [it for it in (simulator.serial, successor.serial, EMAIL, "eyJ") if it in text] == []


# Undo


async def test_undo_brings_everything_back(hass, simulator, successor, lived_in, hass_storage):
    await hass.config_entries.async_reload(lived_in.entry_id)
    await settle(hass)
    before = everything(hass, lived_in)
    await replaced(hass, lived_in, successor)

    done = await answer(hass, "undo")

    assert (done["type"], everything(hass, lived_in)) == (FlowResultType.CREATE_ENTRY, before)
    assert (lived_in.unique_id, lived_in.state) == (simulator.serial, ConfigEntryState.LOADED)
    assert notice(hass) is None


async def test_what_came_with_the_next_one_goes_with_undo(hass, simulator, lived_in, respx_mock):
    before = everything(hass, lived_in)
    more = successor_of(simulator.scenario, inverters=5)
    async with Simulator(more, start=time.time()) as successor:
        Cloud(respx_mock, successor)
        await replaced(hass, lived_in, successor)
        grown = len(identifiers(hass, lived_in))

        await answer(hass, "undo")

    assert grown == len(before[2]) + 2
    assert everything(hass, lived_in) == before


async def test_kept_replacement_is_kept(hass, freezer, successor, lived_in):
    await replaced(hass, lived_in, successor)

    done = await answer(hass, "keep")
    await pass_time(hass, freezer, successor, 61)

    assert (done["type"], notice(hass)) == (FlowResultType.CREATE_ENTRY, None)
    assert lived_in.unique_id == successor.serial
    told = (await async_get_config_entry_diagnostics(hass, lived_in))["replacement"]
    assert told == {"two_entries": False, "can_be_undone": False}


async def test_undo_is_not_offered_after_a_restart(hass, successor, lived_in, hass_storage):
    await replaced(hass, lived_in, successor)
    offered_before = notice(hass)
    await hass.config_entries.async_unload(lived_in.entry_id)
    restart(hass)

    await set_up(hass, lived_in)
    await hass.config_entries.async_unload(lived_in.entry_id)

    assert (bool(offered_before), notice(hass)) == (True, None)
    assert "replaced" not in hass_storage[f"{DOMAIN}.{lived_in.entry_id}"]["data"]


async def test_undo_comes_too_late_for_a_gateway_with_an_entry(
    hass, simulator, successor, lived_in
):
    await replaced(hass, lived_in, successor)
    entry_for(simulator).add_to_hass(hass)

    done = await answer(hass, "undo")

    assert (done["type"], done["reason"]) == (FlowResultType.ABORT, "too_late")
    assert lived_in.unique_id == successor.serial


@pytest.mark.dirty_log
async def test_undo_waits_for_an_entry_that_is_busy(hass, successor, lived_in):
    await replaced(hass, lived_in, successor)
    with patch(
        "homeassistant.config_entries.ConfigEntries.async_unload", side_effect=OperationNotAllowed
    ):
        done = await answer(hass, "undo")

    assert (done["reason"], lived_in.unique_id) == ("not_loaded", successor.serial)


async def test_removed_entry_leaves_nothing_to_undo(hass, successor, lived_in):
    await replaced(hass, lived_in, successor)

    await hass.config_entries.async_remove(lived_in.entry_id)

    assert hass.data["enphase_envoy_replaced"] == {}
    assert notice(hass) is None


# A crash in between


async def test_crash_before_the_registries_are_written_is_made_good(
    hass, simulator, successor, lived_in
):
    before = ids(hass, lived_in), identifiers(hass, lived_in)
    await replaced(hass, lived_in, successor)
    after = ids(hass, lived_in), identifiers(hass, lived_in)
    await hass.config_entries.async_unload(lived_in.entry_id)
    restart(hass)
    set_back(hass, lived_in, *before)

    await set_up(hass, lived_in)

    assert (ids(hass, lived_in), identifiers(hass, lived_in)) == after


async def test_crash_before_the_entry_is_written_takes_all_back(
    hass, simulator, successor, lived_in
):
    data = dict(lived_in.data)
    before = ids(hass, lived_in), identifiers(hass, lived_in)
    shown = figure(hass, simulator, "lifetime_energy_consumption")
    await replaced(hass, lived_in, successor)
    await hass.config_entries.async_unload(lived_in.entry_id)
    restart(hass)
    hass.config_entries.async_update_entry(lived_in, unique_id=simulator.serial, data=data)

    await set_up(hass, lived_in)

    assert (ids(hass, lived_in), identifiers(hass, lived_in)) == before
    assert figure(hass, simulator, "lifetime_energy_consumption") == shown


def set_back(hass, entry, unique_ids, names):
    """Give entities and devices the ids that they had in the files before a crash."""
    for entity_id, now in ids(hass, entry).items():
        if now != unique_ids[entity_id]:
            er.async_get(hass).async_update_entity(entity_id, new_unique_id=unique_ids[entity_id])
    for ident, identifiers_before in names.items():
        dr.async_get(hass).async_update_device(ident, new_identifiers=identifiers_before)
