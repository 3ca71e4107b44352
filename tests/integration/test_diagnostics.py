"""What a user downloads to show to others."""

import json

import pytest
from homeassistant.helpers import device_registry as dr
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.enphase_envoy.const import DOMAIN
from custom_components.enphase_envoy.diagnostics import (
    async_get_config_entry_diagnostics,
    async_get_device_diagnostics,
)
from tests.simulator.capture import Replay
from tests.simulator.faults import Transform

from .house import entry_for, figure, set_up

MAC = "00:1d:c0:7f:12:34"
EMAIL = "somebody@example.org"
PASSWORD = "correct horse battery"
ADDRESS = "192.168.77.12"
COOKIE = "abcdef0123456789"
NAME = "Home of Somebody"


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


async def download(hass, entry):
    """Return the file that the user gets, without what Home Assistant adds.

    Not over its web page, which imports components that the oldest lane has no packages for.
    """
    return json.loads(json.dumps(await async_get_config_entry_diagnostics(hass, entry)))


async def test_page_with_private_things_is_part_of_the_report(hass, entry):
    report = await download(hass, entry)

    assert '"note"' in report["pages"]["/ivp/meters"]["body"]


async def test_nothing_private_survives(hass, simulator, entry):
    report = json.dumps(await download(hass, entry))

    private = [EMAIL, PASSWORD, ADDRESS, COOKIE, MAC, NAME, simulator.serial, "eyJ"]
    private += [*simulator.site.inverters, simulator.host]
    assert [secret for secret in private if secret in report] == []


@pytest.mark.parametrize(
    "key",
    ["entry", "profile", "sources", "quirks", "held", "health", "token", "pages"],
)
async def test_report_tells_what_helps(hass, entry, key):
    report = await download(hass, entry)

    assert key in report


async def test_report_says_when_and_how_each_page_answered(hass, entry):
    report = await download(hass, entry)

    page = report["pages"]["/info"]
    assert page["status"] == 200
    assert page["failures"] == 0
    assert page["seconds"] >= 0


async def test_stand_ins_fit_each_other(hass, entry):
    report = await download(hass, entry)

    assert f"<sn>{report['profile']['serial']}</sn>" in report["pages"]["/info"]["body"]


async def test_report_can_be_replayed(hass, simulator, entry, tmp_path):
    report = await download(hass, entry)
    file = tmp_path / "diagnostics.json"
    file.write_text(json.dumps({"data": report}))

    async with Replay(file) as replay:
        data = {"host": replay.host, "token": replay.token(), "use_manual_token": True}
        again = MockConfigEntry(domain=DOMAIN, unique_id=replay.serial, data=data)
        await set_up(hass, again)
        shown = figure(hass, replay, "current_power_production")
        await hass.config_entries.async_unload(again.entry_id)

    assert shown == figure(hass, simulator, "current_power_production")


async def test_report_of_a_device_says_which_one(hass, simulator, entry):
    serial = next(iter(simulator.site.inverters))
    devices = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    device = next(it for it in devices if (DOMAIN, serial) in it.identifiers)

    report = await async_get_device_diagnostics(hass, entry, device)

    assert report["device"]["model"] == "Inverter"
    assert serial not in json.dumps(report)


@pytest.mark.dirty_log
async def test_report_of_an_entry_that_cannot_be_set_up(hass, simulator):
    await simulator.switch_off()
    entry = entry_for(simulator)
    await set_up(hass, entry)

    report = await download(hass, entry)

    assert report["entry"]["state"] == "setup_retry"
    assert report["entry"]["reason"]


async def test_report_of_an_entry_that_never_ran_is_its_settings(hass, simulator):
    entry = entry_for(simulator)

    report = await download(hass, entry)

    assert report.keys() == {"entry"}
