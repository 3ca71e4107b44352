"""What histories hang on, in a form that can be read through: every row, and every site.

``--snapshot-update`` writes the files anew. A line that goes or changes costs somebody a history.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from textwrap import wrap
from typing import Any

import pytest
from homeassistant.helpers import entity_registry as er

from custom_components.enphase_envoy.const import PLATFORMS
from custom_components.enphase_envoy.devices import DeviceKind
from custom_components.enphase_envoy.entity import EnvoyEntityDescription
from tests.simulator import SCENARIOS

from .house import pass_time, set_up
from .tables import DESCRIPTIONS

SITES = [name for name in SCENARIOS if "bench" not in name and "300" not in name]
PHASES = ("l1", "l2", "l3")
WIDTH = 96


def line(row: EnvoyEntityDescription[Any, Any]) -> str:
    """Return a row as ``unique id → entity id | unit, classes | how it is at first``.

    ``G`` is the serial number of the gateway, ``S`` that of another device, ``#`` a phase.
    """
    phase = row.kind is DeviceKind.PHASE
    serial = "G_#" if phase else "G" if row.kind is DeviceKind.GATEWAY else "S"
    unique_id, object_id = row.ids_of("G", serial)
    unit = getattr(row, "native_unit_of_measurement", None)
    shown_in = getattr(row, "suggested_unit_of_measurement", None)
    facts = (
        f"{unit} as {shown_in}" if shown_in else unit,
        row.device_class,
        getattr(row, "state_class", None),
        row.entity_category,
        "on" if row.entity_registry_enabled_default else "off",
    )
    return f"{unique_id} → {object_id} | {' '.join(str(fact) for fact in facts if fact)}"


@pytest.mark.parametrize("platform", PLATFORMS)
def test_every_row(platform, snapshot):
    """Rows by kind of device; words of an enumeration are in the translations."""
    tables: dict[str, list[str]] = defaultdict(list)
    for row in DESCRIPTIONS[platform]:
        tables[row.kind].append(line(row))

    assert (
        "\n".join(text for kind, lines in tables.items() for text in (f"[{kind}]", *sorted(lines)))
        == snapshot
    )


def folded(keys: Iterable[str]) -> list[str]:
    """Return keys sorted, with the phases of one figure together, in lines of limited width."""
    phases: dict[str, list[str]] = defaultdict(list)
    for key in keys:
        stem, _, phase = key.rpartition("_")
        if phase in PHASES:
            phases[stem].append(phase)
        else:
            phases[key].append("")
    words = [
        f"{stem}[{','.join(sorted(them))}]" if any(them) else stem
        for stem, them in sorted(phases.items())
    ]
    return wrap(" ".join(words), WIDTH, break_long_words=False, break_on_hyphens=False)


@pytest.mark.parametrize("simulator", SITES, indirect=True)
async def test_entities_of_a_site(hass, freezer, simulator, entry, snapshot):
    """Unique ids after the third collection, devices of a kind together; ``°``: off at first."""
    await set_up(hass, entry)
    for _ in range(2):  # a slow page in each
        await pass_time(hass, freezer, simulator, 61)

    found: dict[str, set[str]] = defaultdict(set)
    for row in er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id):
        serial, _, key = row.unique_id.partition("_")
        owner = "G" if serial == simulator.serial else serial[:4]
        found[f"{row.domain} of {owner}"].add(
            f"{key or '-'}{'' if row.disabled_by is None else '°'}"
        )
    text = [line for owner, keys in sorted(found.items()) for line in (f"[{owner}]", *folded(keys))]
    assert "\n".join(text) == snapshot
