"""What each kind of site is asked in an hour: whoever adds a page sees here whom it costs what."""

from __future__ import annotations

from collections import Counter

import pytest

from custom_components.enphase_envoy import binary_sensor, button, number, select, sensor, switch
from custom_components.enphase_envoy.devices import SERIALS
from custom_components.enphase_envoy.envoy_reader import Section, Snapshot
from tests.simulator import SCENARIOS

NAMES = [name for name in SCENARIOS if not name.startswith("pc_bench_")]
"""The sites that are there for timing are like others."""
RICH = [
    "p_d7_standard",
    "pc_d7_installer",
    "pc_d8_acb_storage_ct",
    "pc_d8_q_relays",
    "pc_d8_split_storage_ct",
    "pc_d83_82_inverters",
    "pc_d83_collar",
    "pc_d83_generator",
]
"""Sites with something for those who want to see everything."""
SLOW = {"/home", "/home.json", "/inventory.json", "/production"}
"""Pages that the gateway's user interface renders; the HTML of old firmware is not meant."""


def looked_at(snapshot: Snapshot) -> set[Section]:
    """Return the sections of the entities that a new owner sees."""
    return {
        row.section
        for platform in (sensor, binary_sensor, switch, select, number, button)
        for row in platform.DESCRIPTIONS
        if row.entity_registry_enabled_default
        and row.exists_fn(snapshot.profile)
        and SERIALS[row.kind](snapshot)
    }


async def an_hour(site, demand: set[Section] | None) -> dict[str, int]:
    """Collect once a minute, and return how often each page was asked."""
    begin = len(site.simulator.ledger)
    for _ in range(60):
        site.simulator.site.advance(60)
        await site.reader.read(demand)
    return dict(sorted(Counter(site.asked(begin)).items()))


@pytest.mark.parametrize("name", NAMES)
async def test_an_hour_of_what_a_new_owner_sees(visit, name, snapshot):
    site = await visit(name, wired=False)
    first = await site.reader.read()
    await site.after(60)  # slow pages come one by one from the second collection on

    asked = await an_hour(site, looked_at(first))

    assert asked == snapshot
    assert all(asked[path] <= 4 for path in SLOW & asked.keys() if site.simulator.firmware.tokens)


@pytest.mark.parametrize("name", RICH)
async def test_an_hour_of_all_there_is(visit, name, snapshot):
    site = await visit(name, wired=False)
    await site.reader.read()
    await site.after(60)

    asked = await an_hour(site, None)

    assert asked == snapshot
