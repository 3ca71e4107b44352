"""Counters that version 1.0.0 has kept go on without a step.

The memories are what its code has written of simulated sites, five minutes a poll: after a day and
a half, after registers were replaced, with a sum that has wrapped, and in the middle of a doubt.
Here the same sites go on with the reader of today.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from custom_components.enphase_envoy.envoy_reader import (
    Credentials,
    EnvoyReader,
    Flow,
    Snapshot,
    VolatileMemory,
)
from custom_components.enphase_envoy.envoy_reader.counters.site import Counters
from custom_components.enphase_envoy.envoy_reader.counters.takeover import carried_over, taken_over
from tests.simulator import Simulator
from tests.simulator.site import Site

from .conftest import BEGIN, TIMING
from .direct import client

MEMORIES: dict[str, Any] = json.loads(
    Path(__file__).with_name("memories").joinpath("version_1_0_0.json").read_text(encoding="utf-8")
)
HOUR_S = 3600
STEP_WH = 1500.0
"""More than any figure of these sites grows by in five minutes or, from an archive, in twenty."""


def nothing(_: Site) -> None:
    """Let the day go on."""


def replace_meters(site: Site) -> None:
    """Put in the meters of another gateway."""
    for phase in site.production.phases:
        phase.move_to(12_000.0, 0.0)
    for phase in site.grid.phases:
        phase.move_to(5_000.0, 700_000.0)


def leap(site: Site) -> None:
    """Let the production meter stand elsewhere."""
    for phase in site.production.phases:
        phase.move_to(15_000_000.0, 0.0)


DEEDS: dict[str, Callable[[Site], None]] = {"rebased": replace_meters, "suspicious": leap}


async def gone_on(
    name: str, sim: Simulator, polls: int = 1
) -> tuple[EnvoyReader, Snapshot, VolatileMemory]:
    """Live to where the memory was written, then go on with the reader of today."""
    kept = MEMORIES[name]
    sim.site.advance(HOUR_S)
    DEEDS.get(name, nothing)(sim.site)
    sim.site.advance(kept["at"] - sim.site.now)
    memory = VolatileMemory(
        token=sim.token(),
        data={"counters": copy.deepcopy(kept["counters"]), "sources": kept["sources"]},
    )
    reader = EnvoyReader(
        sim.host,
        gateway=client(sim),
        cloud=httpx.AsyncClient(),
        credentials=Credentials(),
        memory=memory,
        timing=TIMING,
        zone=sim.site.zone,
        clock=lambda: sim.site.now,
    )
    for _ in range(polls):
        sim.site.advance(300)
        snapshot = await reader.read()
    return reader, snapshot, memory


def flow_figures(
    name: str, kept: list[Any] | None, flow: Flow | None
) -> Iterator[tuple[str, Any, Any]]:
    """Return what was shown of a boundary and what is, by name."""
    if kept is None or flow is None:
        return
    lifetime, today, _, phases = kept
    yield name, lifetime, flow.total.lifetime_wh
    yield f"{name} today", today, flow.total.today_wh
    for number, (before, after) in enumerate(zip(phases, flow.phases, strict=True), 1):
        yield f"{name} L{number}", before, after.lifetime_wh


def figures(kept: dict[str, Any], snapshot: Snapshot) -> Iterator[tuple[str, Any, Any]]:
    """Return each counter that was shown, with its value then and now."""
    for name in ("production", "consumption", "net"):
        if name != "net" or kept["net"] is None or kept["net"][0] != 0:  # it repeated zeros
            yield from flow_figures(name, kept[name], getattr(snapshot, name))
    for kind, (total, phases) in kept["meters"].items():
        meter = next(meter for key, meter in snapshot.meters.items() if key == kind)
        rows = zip((total, *phases), (meter.total, *meter.phases), strict=True)
        for number, (before, after) in enumerate(rows):
            yield f"{kind} in {number}", before[0], after.delivered_wh
            yield f"{kind} out {number}", before[1], after.received_wh
    if kept["bank"]:
        assert snapshot.bank
        yield "charged", kept["bank"][0], snapshot.bank.charged_wh
        yield "discharged", kept["bank"][1], snapshot.bank.discharged_wh
    for serial, wh in kept["inverters"].items():
        yield serial, wh, snapshot.inverters[serial].lifetime_wh


@pytest.mark.parametrize("name", MEMORIES)
async def test_counters_of_version_1_0_0_go_on_without_a_step(name):
    async with Simulator(MEMORIES[name]["scenario"], start=BEGIN) as sim:
        _, snapshot, _ = await gone_on(name, sim)

    shown = list(figures(MEMORIES[name]["shown"], snapshot))
    steps = {
        what: (before, after)
        for what, before, after in shown
        if before is not None and (after is None or not -1 <= after - before <= STEP_WH)
        if not what.startswith("net") or abs(after - before) > STEP_WH
    }
    assert len(shown) >= 2
    assert steps == {}


async def test_steps_that_version_1_0_0_has_taken_out_are_still_to_be_answered():
    async with Simulator(MEMORIES["rebased"]["scenario"], start=BEGIN) as sim:
        reader, _, _ = await gone_on("rebased", sim)

    steps = {name: wh for event in reader.rebases for name, wh in event.by_wh.items()}
    kept = MEMORIES["rebased"]["counters"]
    assert steps["production"] == pytest.approx(kept["production"]["rebase"]["by_wh"])
    assert {"consumption", "production_l1", "ct/net-consumption/delivered/0"} <= steps.keys()


async def test_doubt_of_version_1_0_0_is_settled_here():
    async with Simulator(MEMORIES["suspicious"]["scenario"], start=BEGIN) as sim:
        reader, snapshot, _ = await gone_on("suspicious", sim, polls=6)

    before = MEMORIES["suspicious"]["shown"]["production"][0]
    assert before <= snapshot.production.total.lifetime_wh <= before + 4 * STEP_WH
    assert len(reader.rebases) == 1


def test_memory_is_taken_over_once():
    state = copy.deepcopy(MEMORIES["rebased"]["counters"])
    sources = MEMORIES["rebased"]["sources"]
    taken_over(state, sources)
    once = copy.deepcopy(state)

    taken_over(state, sources)

    assert state == once


@pytest.mark.parametrize("name", MEMORIES)
def test_another_gateway_can_carry_the_figures_on(name):
    state: Any = copy.deepcopy(MEMORIES[name]["counters"])
    taken_over(state, MEMORIES[name]["sources"])

    carried: Any = carried_over(state)

    shown = {key: row["shown_wh"] for key, row in state["figures"].items()}
    assert {key: carried["figures"][key]["shown_wh"] for key in shown} == shown
    assert not any(row["terms"] for row in carried["figures"].values())
    assert all(key.startswith("inverter/") for key in carried["registers"])


async def test_replaced_gateway_goes_on_without_a_step_and_asks_nothing():
    async with Simulator("pc_d83_three_phase_storage_ct", start=BEGIN) as sim:
        _, before, kept = await gone_on("three_phases_storage", sim)
        memory = VolatileMemory(token=sim.token())
        counters: Any = kept.data["counters"]
        memory.data["counters"] = carried_over(counters)
        replace_meters(sim.site)
        other = EnvoyReader(
            sim.host,
            gateway=client(sim),
            cloud=httpx.AsyncClient(),
            credentials=Credentials(),
            memory=memory,
            timing=TIMING,
            zone=sim.site.zone,
            clock=lambda: sim.site.now,
        )
        sim.site.advance(300)
        await other.read()
        sim.site.advance(300)
        after = await other.read()

    assert not other.rebases
    shown = [
        (before.production.total.lifetime_wh, after.production.total.lifetime_wh),
        *(
            (meter.total.delivered_wh, after.meters[kind].total.delivered_wh)
            for kind, meter in before.meters.items()
        ),
    ]
    assert all(one is not None and other is not None for one, other in shown)
    assert all(0 <= (other or 0) - (one or 0) < STEP_WH for one, other in shown)


# What simulated sites did not come by

KEPT = {"raw_wh": 5000.0, "offset_wh": 700.0, "shown_wh": 5700.0, "at": 9.0, "changed_at": 8.0}
PLAIN = {**KEPT, "offset_wh": 0.0, "shown_wh": 5000.0}


def figures_of(old: dict[str, Any], **sources: str) -> dict[str, Any]:
    """Return the figures that are made of a memory."""
    state: Any = copy.deepcopy(old)
    taken_over(state, dict(sources))
    return dict(state["figures"])


@pytest.mark.parametrize(
    ("sources", "term"),
    [
        ({"production": "/production.json"}, "+page/production/delivered/0"),
        ({"production": "/ivp/meters/readings"}, "+ct/production/delivered/0"),
    ],
)
def test_figure_keeps_its_level(sources, term):
    figure = figures_of({"production": {"counter": KEPT}}, **sources)["production"]

    assert (figure["terms"], figure["offset_wh"], figure["shown_wh"]) == ([term], 0, 5700)


@pytest.mark.parametrize("source", ["", "/production.json", "/ivp/meters/readings total"])
def test_consumption_keeps_its_level_whatever_it_was_made_of(source):
    figure = figures_of({"consumption": {"counter": KEPT}}, consumption=source)["consumption"]

    assert figure["shown_wh"] == 5700


def test_parts_that_have_not_proven_themselves_are_left_out():
    old = {"production": {"counter": KEPT, "parts": {"1": PLAIN, "2": "x"}, "by_parts": False}}

    figure = figures_of(old, production="/ivp/pdm/device_data")["production"]

    assert (figure["terms"], figure["shown_wh"]) == ([], 5700)


def test_clamp_that_was_kept_at_another_level_stays_there():
    old = {"production": {"counter": PLAIN}, "ct_production_delivered": {"counter": KEPT}}

    figures = figures_of(old, production="/ivp/meters/readings")

    assert figures["ct/production/delivered/0"]["offset_wh"] == 700


def test_battery_of_a_clamp_goes_on():
    old = {
        "battery_charged": {"counter": KEPT, "from_zero": True},
        "battery_discharged": {"counter": KEPT},
        "battery": {"bank": {"at": 1.0, "charged_wh": 2.0, "discharged_wh": 3.0}},
    }

    figures = figures_of(old)

    assert (figures["battery_charged"]["shown_wh"], figures["battery_charged"]["terms"]) == (0, [])
    assert figures["battery_discharged"]["shown_wh"] == 5700


def test_step_of_a_figure_alone_is_asked_about():
    rebase = {"by_wh": 3000.0, "at": 7.0}
    state: Any = {"consumption": {"counter": KEPT, "rebase": rebase}, "other": {"rebase": rebase}}

    taken_over(state, {"consumption": "/ivp/meters/readings production + net"})

    assert [event["steps"] for event in state["events"]] == [{"consumption": 3000.0}]


def test_undone_step_of_a_figure_alone_is_shown():
    rebase = {"by_wh": 3000.0, "at": 7.0}
    state: Any = {"consumption": {"counter": KEPT, "rebase": rebase}}
    counters = Counters(
        state, sources={"consumption": "/ivp/meters/readings production + net"}, trusted=True
    )
    (event,) = counters.open_rebases

    counters.undo(event.id)

    assert state["figures"]["consumption"]["shown_wh"] == 8700


def test_clamp_without_a_counter_is_left_out():
    assert figures_of({"ct_production_delivered": {"counter": "x"}}) == {}


def test_energies_of_batteries_that_were_counted_go_on():
    old = {"battery": {"bank": {"at": 1.0, "charged_wh": 2.0, "discharged_wh": 3.0}}}

    figures = figures_of(old)

    assert (figures["battery_charged"]["shown_wh"], figures["battery_discharged"]["shown_wh"]) == (
        2,
        3,
    )


def test_damaged_register_is_not_carried_over():
    assert carried_over({"registers": {"x": 1}})["registers"] == {}
