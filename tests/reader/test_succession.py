"""What is remembered of a gateway goes on with the one that takes its place, and back."""

from __future__ import annotations

import copy
from datetime import UTC
from typing import Any

import pytest

from custom_components.enphase_envoy.envoy_reader import memory_given_back, memory_of_successor

CT = "ct/production/delivered/0"
INVERTER = "inverter/482900000001/delivered/0"
OTHER = "inverter/482900000002/delivered/0"
PAGE = "page/production/delivered/0"
DAY_S = 86400.0
MIDNIGHT = 20_000 * DAY_S


def register(shown_wh: float | None, raw_wh: float = 50.0) -> dict[str, Any]:
    """Return a register as it is stored."""
    at = {"at": MIDNIGHT, "changed_at": MIDNIGHT}
    return {"raw_wh": raw_wh, "offset_wh": 0.0, "shown_wh": shown_wh, **at}


def figure(shown_wh: float, *terms: str, **more: object) -> dict[str, Any]:
    """Return a figure as it is stored."""
    return {"terms": list(terms), "offset_wh": 5.0, "shown_wh": shown_wh, "at": MIDNIGHT, **more}


def memory(**counters: Any) -> dict[str, Any]:
    """Return a memory with these counters and something of everything else."""
    state = {"registers": {}, "figures": {}, "integrals": {}, "events": [{"id": "1"}], **counters}
    return {
        "counters": state,
        "pages": {"/info": {"body": "old"}},
        "hosts": ["192.0.2.1"],
        "logins": {"refusals": 1},
        "time_zone": "Europe/Paris",
        "watch": {"panels": {}},
    }


def carried(old: dict[str, Any], **more: Any) -> Any:
    """Return the counters of the successor; what was given must stay as it was."""
    before = copy.deepcopy(old)
    counters = memory_of_successor(old, zone=UTC, **more)["counters"]
    assert old == before
    return counters


def test_only_what_is_of_place_account_and_roof_is_kept():
    after = memory_of_successor(memory(), zone=UTC)

    assert after.keys() == {"counters", "logins", "time_zone", "watch"}
    assert memory_of_successor({}, zone=UTC).keys() == {"counters"}


def test_figures_go_on_with_any_registers_but_those_of_inverters_and_ours_with_their_own():
    battery = "+integral/battery/delivered/0"
    old = memory(
        registers={CT: register(700.0), PAGE: register(9.0), INVERTER: register(300.0)},
        figures={
            "consumption": figure(100.0, f"+{CT}", f"-{INVERTER}"),
            "production": figure(200.0, f"+{INVERTER}"),
            "battery_discharged": figure(60.0, battery),
        },
        integrals={"battery": {"at": 1.0, "delivered_wh": 60.0}},
    )

    after = carried(old)

    assert {key: row["terms"] for key, row in after["figures"].items()} == {
        "consumption": [],
        "production": [f"+{INVERTER}"],
        "battery_discharged": [battery],
        CT: [],
    }
    assert after["figures"][CT]["shown_wh"] == 700.0
    assert after["registers"].keys() == {INVERTER}
    assert (after["integrals"], after["events"]) == (old["counters"]["integrals"], [])


@pytest.mark.parametrize("week_wh", [None, 900.0])
def test_day_of_a_page_with_three_digits_becomes_one_of_a_counter(week_wh):
    coarse = {
        "midnight": MIDNIGHT,
        "today": register(80.0),
        "seven_days": None if week_wh is None else register(week_wh),
    }
    old = memory(figures={"production": figure(1000.0, f"+{PAGE}", coarse=coarse)})

    history = carried(old)["figures"]["production"]["history"]

    found = {it["at"]: it["wh"] for it in history["midnights"]}
    week = {} if week_wh is None else {MIDNIGHT - 6 * DAY_S: 100.0}
    assert found == {MIDNIGHT: 920.0, **week}
    assert (history["last"]["at"], history["last"]["wh"]) == (MIDNIGHT, 1000.0)


def test_what_a_successor_has_shown_alone_goes_on_as_well():
    old = memory(
        registers={INVERTER: register(300.0), OTHER: register(1.0)},
        figures={"production": figure(200.0, f"+{CT}")},
    )
    known = memory(
        registers={CT: register(40.0), INVERTER: register(7.0), OTHER: register(8.0)},
        figures={"production": figure(40.0, f"+{CT}"), "consumption": figure(3.0, f"+{CT}")},
    )

    after = memory_of_successor(old, zone=UTC, known=known, moved={"482900000002"})

    counters: Any = after["counters"]
    shown = {key: row["shown_wh"] for key, row in counters["registers"].items()}
    assert shown == {CT: 40.0, INVERTER: 300.0, OTHER: 8.0}
    figures = {key: row["shown_wh"] for key, row in counters["figures"].items()}
    assert figures == {"production": 200.0, "consumption": 3.0}
    assert after["pages"] == known["pages"]


def test_nothing_falls_when_the_old_gateway_comes_back():
    before = memory(
        registers={CT: register(700.0), PAGE: register(9.0), INVERTER: register(300.0), "x": 1},
        figures={"production": figure(200.0, f"+{PAGE}"), "net_l1": figure(50.0, f"+{CT}")},
    )
    after = memory(
        registers={INVERTER: register(310.0), PAGE: register(99.0), CT: register(5.0)},
        figures={
            "production": figure(230.0),
            "net_l1": figure(80.0),
            CT: figure(712.0, f"+{CT}"),
        },
    )

    back = memory_given_back(before, after)

    counters: Any = back["counters"]
    shown = {key: row["shown_wh"] for key, row in counters["figures"].items()}
    assert shown == {"production": 230.0, "net_l1": 50.0}
    registers = {key: row["shown_wh"] for key, row in counters["registers"].items() if key != "x"}
    assert registers == {CT: 712.0, PAGE: 9.0, INVERTER: 310.0}
    assert counters["events"] == before["counters"]["events"]
    assert {**back, "counters": 0} == {**before, "counters": 0}


def test_balance_that_we_count_goes_on_with_other_registers():
    counted = {"at": 1.0, "plus_wh": 9.0, "minus_wh": 4.0, "delivered_wh": 5.0, "received_wh": 1.0}
    later = {**counted, "delivered_wh": 8.0, "terms": "+x -y"}
    battery = {"at": 1.0, "delivered_wh": 60.0}
    old = memory(
        splits={"grid_summed": {**counted, "terms": "+x -y"}, "damaged": 1},
        integrals={"battery": battery},
    )

    new = carried(old, known=memory(splits={"its": counted}))
    after = memory(
        splits={"grid_summed": later, "its": counted},
        integrals={"battery": {**battery, "delivered_wh": 70.0}},
    )
    back: Any = memory_given_back(old, after)["counters"]

    anew = {**counted, "terms": ""}
    assert new["splits"] == {"grid_summed": anew, "damaged": 1, "its": counted}
    assert back["splits"] == {"grid_summed": {**later, "terms": ""}, "damaged": 1}
    assert back["integrals"]["battery"]["delivered_wh"] == 70.0


def test_watch_goes_on_with_the_past_of_the_inverters_and_comes_back_with_theirs():
    old = {**memory(), "watch": {"day": 7, "panels": {"1": "a year", "2": "gone"}}}
    known = {**memory(), "watch": {"day": 8, "panels": {"1": "a day", "3": "a day"}}}

    joined = memory_of_successor(old, zone=UTC, known=known)["watch"]
    after = {**memory(), "watch": {"day": 9, "panels": {"1": "a year and two days", "3": "new"}}}
    back = memory_given_back(old, after)["watch"]

    assert joined == {"day": 7, "panels": {"1": "a year", "2": "gone", "3": "a day"}}
    assert back == {"day": 9, "panels": {"1": "a year and two days"}}


def test_logins_of_both_gateways_count():
    old = {**memory(), "logins": {"at": [1.0, 5.0], "codes": [5.0], "refusals": 2}}
    known = {**memory(), "logins": {"at": [3.0, "damaged"], "codes": 7, "refusals": 0}}

    joined = memory_of_successor(old, zone=UTC, known=known)["logins"]
    back = memory_given_back(old, {**memory(), "logins": joined})["logins"]

    assert joined == {"at": [1.0, 3.0, 5.0], "codes": [5.0], "refusals": 0}
    assert back == joined


def test_memory_that_holds_little_is_enough():
    bare: dict[str, Any] = {"counters": {}}

    assert memory_of_successor(bare, zone=UTC, known=memory())["logins"] == {"refusals": 1}
    assert memory_given_back(bare, {}).keys() == {"counters"}
