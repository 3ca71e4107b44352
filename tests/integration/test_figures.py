"""Every figure that another reader finds in real gateways' pages is one of ours, or has its reason.

Where ``ENVOY_CAPTURES`` names the folder of pages; ``figures.json`` there holds the figures.
"""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Final

import pytest
from homeassistant.const import Platform
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity import Entity
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.enphase_envoy.const import DOMAIN
from tests.simulator.capture import Replay

from .house import set_up, settle
from .other_reader import DIFFERENCES, unique_ids

FOLDER = Path(os.environ.get("ENVOY_CAPTURES") or "no such folder")
FIGURES: Final[dict[str, dict[str, Any]]] = (
    json.loads((FOLDER / "figures.json").read_bytes()) if FOLDER.is_dir() else {}
)
NAMES = sorted(FIGURES.keys() - {"_about"})

pytestmark = pytest.mark.skipif(
    not NAMES, reason="ENVOY_CAPTURES names no folder of captured pages"
)


@pytest.fixture
def all_enabled(monkeypatch):
    monkeypatch.setattr(Entity, "entity_registry_enabled_default", True)


def shown(hass, entry) -> dict[str, object]:
    """Return what each entity shows, in the gateway's units, by unique id.

    Without controls: the number to set a reserve has the unique id of the sensor that shows it.
    """
    platforms = hass.data["entity_components"]
    values: dict[str, object] = {}
    for row in er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id):
        if row.domain not in {Platform.SENSOR, Platform.BINARY_SENSOR}:
            continue
        entity = platforms[row.domain].get_entity(row.entity_id)
        values[row.unique_id] = getattr(entity, "native_value", getattr(entity, "is_on", None))
    return values


def matching(values: dict[str, object], pattern: str) -> list[object]:
    """Return what the entities show whose unique ids fit."""
    return [value for unique_id, value in values.items() if fnmatchcase(unique_id, pattern)]


def agrees(figure: str, their: object, our: object) -> bool:
    """Return whether both mean the same; ours are whole watts and watt-hours.

    The other reader takes power and energies of metered sites from a page that the gateway renders
    now and then, while ours come from the meters' registers, which are a moment newer.
    """
    if isinstance(our, datetime):
        return our == datetime.fromtimestamp(float(str(their)), UTC)
    if isinstance(our, bool) or not isinstance(our, int | float):
        return False
    flows = figure.split(".", maxsplit=1)[0] in ("production", "consumption", "net_consumption")
    value = float(str(their)) / (1000 if figure.endswith(("_mw", "_mva")) else 1)
    rel, tolerance = (3e-3, 90) if flows else (1e-3, 1)
    return our == pytest.approx(value, rel=rel, abs=tolerance)


@pytest.mark.usefixtures("all_enabled")
@pytest.mark.parametrize("name", NAMES)
async def test_every_figure_is_shown_or_has_its_reason(hass, freezer, name):
    told = FIGURES[name]["figures"] or {}
    async with Replay(FOLDER / name) as gateway:
        entry = MockConfigEntry(
            domain=DOMAIN,
            unique_id=gateway.serial,
            data={"host": gateway.host, "token": gateway.token(), "use_manual_token": True},
        )
        await set_up(hass, entry)
        await (
            entry.runtime_data.coordinator.async_refresh()
        )  # slow pages come with the second collection
        await settle(hass)
        values = shown(hass, entry)
        await hass.config_entries.async_unload(entry.entry_id)

    different = {
        figure: (their, ours)
        for figure, their in told.items()
        for ours in [matching(values, unique_ids(figure, gateway.serial))]
        if not any(agrees(figure, their, our) for our in ours)
    }
    unexplained = [
        f"{name}: {figure}: {both}"
        for figure, both in different.items()
        if not any(fnmatchcase(f"{name}: {figure}", pattern) for pattern in DIFFERENCES)
    ]
    assert not unexplained, "\n".join(unexplained)


@pytest.mark.parametrize("pattern", DIFFERENCES)
def test_every_reason_is_about_a_figure(pattern):
    figures = [f"{name}: {figure}" for name in NAMES for figure in FIGURES[name]["figures"] or {}]

    assert [figure for figure in figures if fnmatchcase(figure, pattern)]
