"""What a user downloads to show to others."""

import json
import re
from importlib import import_module

import pytest
from homeassistant import loader
from homeassistant.config_entries import ConfigEntryDisabler
from homeassistant.const import MAJOR_VERSION
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_test_home_assistant,
)

from custom_components.enphase_envoy.const import CONTROLS, DOMAIN
from tests.simulator import obedience as how
from tests.simulator.capture import Replay
from tests.simulator.faults import Transform

from .controls import USES, call, finish, open_house
from .house import entry_for, figure, pass_time, set_up, settle
from .learned import learned

if MAJOR_VERSION < 2026:
    # A download imports it. The code that it generates then takes the datetime class that it
    # finds, which must not be that of a stopped clock.
    import_module("homeassistant.components.hassio")

MAC = "00:1d:c0:7f:12:34"
EMAIL = "somebody@example.org"
PASSWORD = "correct horse battery"
ADDRESS = "192.168.77.12"
COOKIE = "abcdef0123456789"
NAME = "Home of Somebody"
SERIAL = re.compile(r"(?<!\d)\d{12}(?!\d)")


@pytest.fixture
async def entry(hass, simulator):
    """Set up a gateway whose pages and entry are full of private things."""

    def plant(page):
        note = f"{EMAIL} {PASSWORD} {ADDRESS} sessionId={COOKIE} {MAC}"
        return [*page, {"note": note, "token": simulator.token()}]

    simulator.faults["/ivp/meters"] = Transform(plant)
    entry = entry_for(simulator, username=EMAIL, password=PASSWORD, name=NAME)
    await set_up(hass, entry)
    return entry


@pytest.fixture
def download(hass, hass_client):
    """Return what downloads the file of an entry, or of one of its devices, as the user does."""

    async def get(entry, device=None):
        assert await async_setup_component(hass, "diagnostics", {})
        client = await hass_client()
        tail = f"/device/{device.id}" if device else ""
        answer = await client.get(f"/api/diagnostics/config_entry/{entry.entry_id}{tail}")
        assert answer.status == 200
        return await answer.text()

    return get


@pytest.fixture
def report(download):
    """Return what is in the downloaded file of ours."""

    async def get(entry, device=None):
        return json.loads(await download(entry, device))["data"]

    return get


def device_of(hass, entry, serial):
    """Return the device with a serial number."""
    found = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    return next(device for device in found if (DOMAIN, serial) in device.identifiers)


# What is in it


async def test_page_with_private_things_is_part_of_the_report(entry, report):
    assert '"note"' in (await report(entry))["pages"]["/ivp/meters"]["body"]


@pytest.mark.parametrize("of_the_device", [False, True])
async def test_nothing_private_survives(hass, simulator, entry, download, of_the_device):
    gateway = device_of(hass, entry, simulator.serial) if of_the_device else None

    file = await download(entry, gateway)

    private = [EMAIL, PASSWORD, ADDRESS, COOKIE, MAC, NAME, simulator.serial, "eyJ"]
    private += [*simulator.site.inverters, simulator.host]
    assert [secret for secret in private if secret in file] == []


@pytest.mark.parametrize("simulator", ["pc_d8_split_storage_ct"], indirect=True)
async def test_names_that_the_owner_gave_and_the_city_do_not_survive(
    hass, freezer, simulator, download
):
    entry = entry_for(simulator)
    await set_up(hass, entry)
    await pass_time(hass, freezer, simulator, 61)
    pages = json.dumps(entry.runtime_data.coordinator.reader.report()["pages"])
    private = ["Water heater", simulator.site.plan.time_zone, "euaid>4c"]

    file = await download(entry)

    assert [secret for secret in private[:2] if secret in pages] == private[:2]
    assert [secret for secret in private if secret in file] == []


@pytest.mark.parametrize(
    "key",
    ["entry", "profile", "sources", "quirks", "held", "health", "token", "pages", "memory"],
)
async def test_report_tells_what_helps(entry, report, key):
    assert key in await report(entry)


async def test_report_says_when_and_how_each_page_answered(entry, report):
    page = (await report(entry))["pages"]["/info"]

    assert page["status"] == 200
    assert page["failures"] == 0
    assert page["seconds"] >= 0


async def test_stand_ins_fit_each_other(entry, report):
    told = await report(entry)

    assert f"<sn>{told['profile']['serial']}</sn>" in told["pages"]["/info"]["body"]


async def test_report_of_a_device_says_which_one(hass, simulator, entry, report):
    serial = next(iter(simulator.site.inverters))

    told = await report(entry, device_of(hass, entry, serial))

    assert told["device"]["model"] == "Inverter"


@pytest.mark.dirty_log
async def test_report_of_an_entry_that_cannot_be_set_up(hass, simulator, report):
    await simulator.switch_off()
    entry = entry_for(simulator)
    await set_up(hass, entry)

    told = await report(entry)

    assert told["entry"]["state"] == "setup_retry"
    assert told["entry"]["reason"]


async def test_report_of_an_entry_that_never_ran_is_its_settings(hass, simulator, report):
    entry = entry_for(simulator)
    entry.add_to_hass(hass)
    await hass.config_entries.async_set_disabled_by(entry.entry_id, ConfigEntryDisabler.USER)
    await async_setup_component(hass, DOMAIN, {})

    assert (await report(entry)).keys() == {"entry"}


# Replayed in the house of somebody else


def shown(hass, spell):
    """Return all that a house shows, with serial numbers as ``spell`` writes them."""
    return {
        spell(state.entity_id): (
            spell(state.state),
            spell(state.name),
            state.attributes.get("ignored_by_gateway"),
        )
        for state in hass.states.async_all(("sensor", "binary_sensor", *CONTROLS))
    }


def stand_ins(pages, told):
    """Return what stands for each serial number, by comparing pages with the report on them."""
    return {
        serial: other
        for path, page in pages.items()
        for serial, other in zip(
            SERIAL.findall(page["body"]), SERIAL.findall(told[path]["body"]), strict=True
        )
    }


def shown_as_told(hass, entry, file):
    """Return all that this house shows, with serial numbers as the report spells them."""
    told = json.loads(file.read_text())["data"]["pages"]
    spelled = stand_ins(entry.runtime_data.coordinator.reader.report()["pages"], told)
    return shown(hass, lambda text: SERIAL.sub(lambda found: spelled[found[0]], text))


@pytest.fixture
def storage_file(hass_storage, tmp_path):
    """Return where a report is written to, beside a storage that is not on disk."""
    return hass_storage, tmp_path / "diagnostics.json"


async def replayed(storage, file, looks=1):
    """Return what is shown in a house whose gateway is the one in the file.

    Slow pages are left out of the first look, and there is one of them in each other.
    """
    async with Replay(file) as replay, async_test_home_assistant() as house:
        house.data.pop(loader.DATA_CUSTOM_COMPONENTS)
        tokens = {"token": replay.token(), "use_manual_token": True}
        data = {"host": replay.host, **(tokens if replay.gateway.speaks_tls else {})}
        entry = MockConfigEntry(
            domain=DOMAIN, title=f"Envoy {replay.serial}", unique_id=replay.serial, data=data
        )
        key = f"{DOMAIN}.{entry.entry_id}"
        storage[key] = {"version": 1, "key": key, "data": replay.memory}
        await set_up(house, entry)
        for _ in range(1, looks):
            await entry.runtime_data.coordinator.async_refresh()
            await settle(house)
        states = shown(house, str)
        await house.config_entries.async_unload(entry.entry_id)
        await house.async_stop(force=True)
        return states


@pytest.mark.parametrize(
    "simulator",
    ["p0_r37_html", "pc_d5_metered", "pc_d8_three_phase_battery", "pc_d83_collar"],
    indirect=True,
)
@pytest.mark.parametrize("of_the_device", [False, True])
async def test_replayed_report_shows_what_the_site_shows(
    hass, simulator, download, storage_file, of_the_device
):
    entry = entry_for(simulator)
    await set_up(hass, entry)
    gateway = device_of(hass, entry, simulator.serial) if of_the_device else None
    storage, file = storage_file

    file.write_text(await download(entry, gateway))
    there = await replayed(storage, file)

    here = shown_as_told(hass, entry, file)
    assert here
    assert there == here


@pytest.mark.parametrize("simulator", ["pc_d8_three_phase_battery"], indirect=True)
async def test_replayed_report_shows_what_was_counted(
    hass, freezer, simulator, download, storage_file
):
    entry = entry_for(simulator)
    await set_up(hass, entry)
    storage, file = storage_file
    for _ in range(2):
        await pass_time(hass, freezer, simulator, 600)

    file.write_text(await download(entry))
    there = await replayed(storage, file)

    counted = ("lifetime_house_energy", "lifetime_grid_import_summed", "battery_energy_charged")
    assert any(figure(hass, simulator, tail) > 0 for tail in counted)
    here = shown_as_told(hass, entry, file)
    energies = [name for name in here if "energy" in name or "grid_" in name]
    assert {name: there[name] for name in energies} == {name: here[name] for name in energies}


@pytest.mark.parametrize("simulator", ["pc_d83_controls"], indirect=True)
async def test_replayed_report_shows_what_the_gateway_has_ignored(
    hass, freezer, simulator, download, storage_file
):
    entry = entry_for(simulator)
    await open_house(hass, entry, freezer)
    simulator.obedience["/admin/lib/tariff"] = [how.Ignores()]
    reserve = next(use for use in USES if use.entity.endswith("}_reserve_soc"))
    with pytest.raises(HomeAssistantError):
        await finish(freezer, simulator, call(hass, simulator, reserve))
    storage, file = storage_file

    file.write_text(await download(entry))
    there = await replayed(storage, file, looks=2)

    told = json.loads(file.read_text())["data"]["controls"]["reserve"]
    assert (told["confirmation"], told["ignored"]) == ("failed", True)
    (found,) = [state for name, state in there.items() if name.endswith("_reserve_soc")]
    assert found[2]


@pytest.mark.parametrize("simulator", ["p_d83_standard"], indirect=True)
async def test_replayed_report_shows_the_same_troubles(hass, simulator, download, storage_file):
    storage, file = storage_file
    entry = entry_for(simulator)
    key = f"{DOMAIN}.{entry.entry_id}"
    memory = learned(simulator.site, {next(iter(simulator.site.inverters)): 5})
    storage[key] = {"version": 1, "key": key, "data": json.loads(json.dumps(memory))}
    await set_up(hass, entry)

    file.write_text(await download(entry))
    there = await replayed(storage, file)

    (found,) = [state for name, state in there.items() if name.endswith("_in_trouble")]
    assert found[0] == "1"
