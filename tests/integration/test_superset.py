"""Whoever comes from Home Assistant's own integration misses nothing.

Both are set up with every entity enabled on the same site, one after the other, and what the
other shows is looked for in ours: by unique id, on which histories hang.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Final

import pytest
from homeassistant.components.sensor import SensorEntity
from homeassistant.const import MAJOR_VERSION, MINOR_VERSION
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity import Entity

from custom_components.enphase_envoy.const import CONTROLS, DOMAIN

from . import predecessors as before
from .house import settle
from .switch import Switch

pytest.importorskip("pyenphase", reason="Home Assistant's own integration reads with it")

SITES: Final = (
    "p_d7_standard",
    "pc_d7_three_phase",
    "pc_d7_total_ct",
    "pc_d7_acb",
    "pc_d8_acb_storage_ct",
    "pc_d8_split_storage_ct",
    "pc_d83_device_data",
    "pc_d83_collar",
    "pc_d83_generator",
    "pc_d83_storage_drops",
)

CONTROLLED: Final = ("pc_d83_controls", "pc_d8_three_phase_battery", "pc_d7_acb")
"""Sites with everything that it can set: behind a controller, on the gateway, AC Batteries."""

DIFFERENCES: Final = {
    "sensor.4829*: missing, unknown there": (
        "details of inverters that no page of this gateway gives: there they are never known"
    ),
    "sensor.4829*_energy_produced: value *": (
        "there it is the average power of the interval in a unit of energy; ours is its energy"
    ),
    "sensor.1219*: missing*": (
        "an AC Battery listed as an inverter; as a battery it has all that is known of it"
    ),
    "sensor.122915*_seven_days_*: value * None": "the register less today, which is no week",
    "sensor.122917*_seven_days_*: value * None": "the register itself, which is no week",
    "sensor.122917*_daily_*: value * None": "the register itself, which is no day",
    "sensor.122918*_daily_consumption: value *": "a channel that is not set up counts there, too",
    "sensor.122918*_seven_days_consumption*: value * None": "a week smaller than its last day",
    "sensor.122918*: missing": "zeros of the batteries that this site does not have",
    "sensor.4825*: device_class None enum": "the same words, which Home Assistant can translate",
    "sensor.*_seven_days_*: state_class None total": (
        "histories of older custom integrations were begun so; begun without, they go on without"
    ),
}
"""What differs, by a pattern of the line that says so, and why."""

pytestmark = [
    pytest.mark.skipif(
        (MAJOR_VERSION, MINOR_VERSION) < (2026, 10),
        reason="compared with the built-in integration of today, which knows more than it did",
    ),
    pytest.mark.dirty_log,  # what the other integration logs is not ours to keep clean
    pytest.mark.usefixtures("disable_translations_once", "all_enabled"),
]


@dataclass(frozen=True)
class Shown:
    """An entity as histories know it."""

    value: Any
    unit: str | None
    device_class: str | None
    state_class: str | None


@pytest.fixture
def all_enabled(monkeypatch):
    monkeypatch.setattr(Entity, "entity_registry_enabled_default", True)


@pytest.fixture
def entry(simulator, hass_storage):
    return before.built_in(simulator, hass_storage)


def shown(hass, entry) -> dict[str, Shown]:
    """Return every sensor and binary sensor by platform and unique id."""
    platforms = hass.data["entity_components"]
    rows = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    found = {}
    for row in rows:
        entity = (
            platforms[row.domain].get_entity(row.entity_id) if row.domain in platforms else None
        )
        if entity is not None and row.domain in ("sensor", "binary_sensor"):
            found[f"{row.domain}.{row.unique_id}"] = _shown(entity)
    return found


def _shown(entity: Entity) -> Shown:
    if isinstance(entity, SensorEntity):
        return Shown(
            entity.native_value,
            entity.native_unit_of_measurement,
            entity.device_class,
            entity.state_class,
        )
    return Shown(getattr(entity, "is_on", None), None, entity.device_class, None)


def differences(theirs: dict[str, Shown], ours: dict[str, Shown]) -> list[str]:
    """Return what we lack or show otherwise, a line for each fact."""
    lines = []
    for name, their in theirs.items():
        our = ours.get(name)
        if our is None:
            lines.append(f"{name}: missing{'' if their.value is not None else ', unknown there'}")
            continue
        if their.value is not None and not _same(their.value, our.value):
            lines.append(f"{name}: value {their.value!r} {our.value!r}")
        lines += [
            f"{name}: {fact} {getattr(their, fact)} {getattr(our, fact)}"
            for fact in ("unit", "device_class", "state_class")
            if getattr(their, fact) != getattr(our, fact)
        ]
    return lines


def _same(their: object, our: object) -> bool:
    if isinstance(their, int | float) and isinstance(our, int | float):
        return our == pytest.approx(their, rel=2e-3, abs=2)
    return their == our


def ids(hass, entry) -> set[tuple[str, str]]:
    """Return every entity of an entry by platform and unique id."""
    rows = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    return {(row.domain, row.unique_id) for row in rows}


@pytest.mark.parametrize("simulator", CONTROLLED, indirect=True)
async def test_every_control_of_the_built_in_integration_is_ours_too(
    hass, simulator, entry, monkeypatch
):
    simulator.site.grid_profile = ""  # the other integration breaks where it stands in a list
    switch = Switch(hass, entry, monkeypatch)
    await switch.to_built_in()
    theirs = {unique for unique in ids(hass, entry) if unique[0] in CONTROLS}
    registry = er.async_get(hass)

    await switch.to_ours()
    await entry.runtime_data.coordinator.async_refresh()
    await settle(hass)

    platforms = hass.data["entity_components"]
    missing = {
        (domain, unique_id)
        for domain, unique_id in theirs
        if platforms[domain].get_entity(registry.async_get_entity_id(domain, DOMAIN, unique_id))
        is None
    }
    assert theirs
    assert missing == set()


@pytest.mark.parametrize("simulator", SITES, indirect=True)
async def test_nothing_of_the_built_in_integration_is_missed(hass, simulator, entry, monkeypatch):
    simulator.site.grid_profile = ""  # the other integration breaks where it stands in a list
    switch = Switch(hass, entry, monkeypatch)
    await switch.to_built_in()
    theirs = shown(hass, entry)
    await hass.config_entries.async_remove(entry.entry_id)
    er.async_get(hass).deleted_entities.clear()

    await switch.to_ours()
    for _ in range(4):  # slow pages come from the second collection on, one in each
        await entry.runtime_data.coordinator.async_refresh()
    await settle(hass)

    unexplained = [
        line
        for line in differences(theirs, shown(hass, entry))
        if not any(fnmatchcase(line, pattern) for pattern in DIFFERENCES)
    ]
    assert theirs
    assert not unexplained, "\n".join(unexplained)
