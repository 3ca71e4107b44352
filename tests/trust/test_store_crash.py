"""What was remembered is spoiled or cannot be written: real files, and a counter that shows it.

The house has got a new meter, so what its counter shows is known to nobody but the memory.
"""

import errno
import json
import logging
import os
from pathlib import Path

import pytest
from homeassistant.config_entries import ConfigEntryState

from custom_components.enphase_envoy.const import DOMAIN
from tests.integration.house import entry_for, figure, pass_time, set_up

LIFETIME = "lifetime_energy_production"
OURS = "custom_components.enphase_envoy"
CYCLE_S = 300
METER_WH = 12_000.0
"""Where the new meter begins; the counter of the house stands at megawatt-hours."""

pytestmark = [
    pytest.mark.dirty_log,
    pytest.mark.parametrize("simulator", ["pc_d7_one_phase"], indirect=True),
]


@pytest.fixture
def hass_config_dir(tmp_path):
    return str(tmp_path)


@pytest.fixture
def hass_storage(tmp_path, monkeypatch):
    """Do not pretend: files are written and read."""
    # The harness of older versions asks no fixture for its folder.
    harness = "pytest_homeassistant_custom_component.common.get_test_config_dir"
    monkeypatch.setattr(harness, lambda *parts: str(tmp_path.joinpath(*parts)))
    return {}


@pytest.fixture
def entry(hass, simulator):
    entry = entry_for(simulator)
    entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(entry, options={"data_interval": CYCLE_S})
    return entry


class Home:
    """A gateway in a Home Assistant that can be started and stopped."""

    def __init__(self, hass, freezer, simulator, entry):
        self.hass, self.freezer, self.simulator, self.entry = hass, freezer, simulator, entry
        self.file = Path(hass.config.path(".storage", f"{DOMAIN}.{entry.entry_id}"))
        self.copy = self.file.with_name(f"{self.file.name}.spare")
        self.unknown_wh = 0.0
        """What the meter now in use does not know of."""

    @property
    def truth_wh(self):
        return self.simulator.site.production.lifetime_wh + self.unknown_wh

    @property
    def shown_wh(self):
        return figure(self.hass, self.simulator, LIFETIME)

    async def start(self):
        await set_up(self.hass, self.entry)

    async def cycle(self):
        await pass_time(self.hass, self.freezer, self.simulator, CYCLE_S)

    async def stop(self):
        await self.hass.config_entries.async_unload(self.entry.entry_id)


@pytest.fixture
def home(hass, freezer, simulator, entry):
    return Home(hass, freezer, simulator, entry)


@pytest.fixture
async def remembered(home, caplog):
    """Live with a new meter until it is believed, then stop."""
    await home.start()
    for phase in home.simulator.site.production.phases:
        phase.move_to(METER_WH, 0.0)
    for _ in range(10):
        await home.cycle()
    home.unknown_wh = home.shown_wh - home.simulator.site.production.lifetime_wh
    await home.stop()
    caplog.clear()
    return home


def make_directory(file):
    file.unlink()
    file.mkdir()


def change(**parts):
    """Return a deed that changes the envelope in which Home Assistant keeps the memory."""

    def write(file):
        file.write_text(json.dumps({**json.loads(file.read_text()), **parts}))

    return write


def leave_temporary_file(file):
    """Do as a process that has been killed before it could put the new file in its place."""
    file.with_name("tmpq1w2e3").write_bytes(file.read_bytes()[:1000])


CRASHES = {
    "killed before the file was in place": leave_temporary_file,
    "truncated": lambda file: file.write_bytes(file.read_bytes()[:-100]),
    "half of it": lambda file: os.truncate(file, file.stat().st_size // 2),
    "nothing in it": lambda file: file.write_bytes(b""),
    "zeros": lambda file: file.write_bytes(bytes(file.stat().st_size)),
    "garbage": lambda file: file.write_bytes(b"\xff\xfe\x00garbage"),
    "an empty object": lambda file: file.write_bytes(b"{}"),
    "null": lambda file: file.write_bytes(b"null"),
    "a list": lambda file: file.write_bytes(b"[1, 2]"),
    "an envelope with nothing in it": change(data=None),
    "an envelope with a list in it": change(data=[]),
    "an envelope with an empty memory in it": change(data={}),
    "a newer minor version": change(minor_version=7),
    "a newer version": change(version=7),
    "removed": lambda file: file.unlink(),
    "a directory in its place": make_directory,
}


SAMPLE = {
    name: CRASHES[name]
    for name in (
        "half of it",
        "a list",
        "an envelope with an empty memory in it",
        "a newer version",
        "a directory in its place",
    )
}


def ours(caplog):
    """Return our own lines above debug."""
    return [
        record.getMessage()
        for record in caplog.records
        if record.name.startswith(OURS) and record.levelno > logging.DEBUG
    ]


@pytest.mark.parametrize("crash", CRASHES.values(), ids=CRASHES)
async def test_counter_goes_on_when_the_file_is_spoiled(remembered, crash):
    crash(remembered.file)

    await remembered.start()
    await remembered.cycle()

    assert remembered.unknown_wh > 100 * METER_WH
    assert remembered.shown_wh == pytest.approx(remembered.truth_wh, abs=1)


@pytest.mark.parametrize("crash", SAMPLE.values(), ids=SAMPLE)
async def test_spoiled_files_are_one_line_of_ours_at_most(remembered, crash, caplog):
    crash(remembered.file)
    crash(remembered.copy)

    await remembered.start()
    await remembered.cycle()

    assert len(ours(caplog)) <= 1


@pytest.mark.parametrize("crash", SAMPLE.values(), ids=SAMPLE)
async def test_entry_loads_when_file_and_copy_are_spoiled(remembered, crash):
    crash(remembered.file)
    crash(remembered.copy)

    await remembered.start()

    assert remembered.entry.state is ConfigEntryState.LOADED
    truth = remembered.simulator.site.production.power_w
    power = figure(remembered.hass, remembered.simulator, "current_power_production")
    assert power == pytest.approx(truth, abs=1)


@pytest.mark.parametrize("crash", SAMPLE.values(), ids=SAMPLE)
async def test_counter_is_shown_when_the_file_is_spoiled_and_the_gateway_away(remembered, crash):
    crash(remembered.file)
    await remembered.simulator.switch_off()

    await remembered.start()

    assert remembered.shown_wh == pytest.approx(remembered.truth_wh, abs=1)


@pytest.mark.parametrize("crash", [crash for crash in SAMPLE if "directory" not in crash])
async def test_next_save_heals_the_file(remembered, crash):
    CRASHES[crash](remembered.file)
    await remembered.start()

    await remembered.stop()

    healed = json.loads(remembered.file.read_text())
    assert healed["data"]["counters"]
    assert healed["data"] == json.loads(remembered.copy.read_text())["data"]


@pytest.fixture
def full_disk(monkeypatch):
    """Let no file get its place until the returned function is called."""

    def refuse(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "rename", refuse)  # with which Home Assistant ends a write
        yield patch.undo


async def test_full_disk_is_no_obstacle(home, full_disk):
    await home.start()

    await home.cycle()

    assert not home.file.exists()
    assert home.shown_wh == pytest.approx(home.truth_wh, abs=1)


async def test_full_disk_leaves_the_old_file(remembered, full_disk):
    before = remembered.file.read_bytes()
    await remembered.start()

    await remembered.stop()

    assert remembered.file.read_bytes() == before


async def test_save_after_a_full_disk_heals_the_file(home, full_disk):
    await home.start()
    full_disk()
    await home.cycle()

    await home.stop()

    assert json.loads(home.file.read_text())["data"]["counters"]


async def test_spoiled_file_that_cannot_be_put_aside_is_no_obstacle(remembered, full_disk):
    remembered.file.write_bytes(b"garbage")

    await remembered.start()
    await remembered.cycle()

    assert remembered.shown_wh == pytest.approx(remembered.truth_wh, abs=1)


async def test_removed_entry_leaves_no_file(home):
    await home.start()
    await home.stop()
    written = home.file.exists() and home.copy.exists()

    await home.hass.config_entries.async_remove(home.entry.entry_id)

    assert written
    assert not [path for path in home.file.parent.iterdir() if home.entry.entry_id in path.name]
