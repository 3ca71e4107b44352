"""Whether a register moves with the inverters is proven by hours of sun, never by a sample."""

from __future__ import annotations

import json

import pytest

from custom_components.enphase_envoy.envoy_reader.known.rivals import (
    PRODUCTION_CT,
    V1,
    Inverters,
    Rivals,
)

HOUR = 3600.0


def sunny(
    rivals: Rivals,
    name: str,
    hours: float,
    *,
    share: float = 1.0,
    power_w: float = 2000,
    count: int = 10,
    start: float = 0.0,
    level_wh: float = 1_000_000,
    every_s: float = 300,
    alive: bool = True,
) -> float:
    """Let the inverters work for some hours, and the register count a share of it.

    Returns the register at the end.
    """
    wh = level_wh
    for step in range(int(hours * HOUR / every_s) + 1):
        at = start + step * every_s
        wh = level_wh + share * power_w * step * every_s / HOUR
        inverters = Inverters(power_w=power_w, count=count, pulse=at if alive else 0)
        rivals.feed(at, inverters, {name: wh})
    return wh


@pytest.mark.parametrize(("share", "moves"), [(1.0, True), (0.4, True), (0.0, False), (0.2, None)])
def test_verdict_follows_the_share_that_a_register_counts(share, moves):
    rivals = Rivals()
    sunny(rivals, V1, 2, share=share)

    assert rivals.moves(V1) is moves


@pytest.mark.parametrize(("hours", "moves"), [(0.7, None), (1.2, False)])
def test_page_that_stands_still_is_dead_after_an_hour_of_sun(hours, moves):
    rivals = Rivals()
    sunny(rivals, V1, hours, share=0)

    assert rivals.moves(V1) is moves


@pytest.mark.parametrize(("hours", "moves"), [(2.5, None), (3.2, False)])
def test_meter_that_stands_still_is_contradicted_after_hours_of_sun(hours, moves):
    rivals = Rivals()
    sunny(rivals, PRODUCTION_CT, hours, share=0)

    assert rivals.moves(PRODUCTION_CT) is moves


def test_meter_is_believed_again_when_it_agrees():
    rivals = Rivals()
    level_wh = sunny(rivals, PRODUCTION_CT, 4, share=0)
    sunny(rivals, PRODUCTION_CT, 1.5, start=4 * HOUR + 300, level_wh=level_wh)

    assert rivals.moves(PRODUCTION_CT) is True


@pytest.mark.parametrize(
    "facts",
    [
        {"power_w": 30, "count": 2},
        {"power_w": 300, "count": 300},
        {"alive": False},
        {"every_s": HOUR},
    ],
    ids=["hardly any sun", "last reports of the evening", "no new reports", "seldom looked at"],
)
def test_nothing_is_proven_without_work_of_the_inverters(facts):
    rivals = Rivals()
    # What was reported last counts for an hour; a meter is given three.
    sunny(rivals, PRODUCTION_CT, 10, share=0, **facts)

    assert rivals.moves(PRODUCTION_CT) is None


def test_register_that_begins_anew_is_compared_anew():
    rivals = Rivals()
    sunny(rivals, V1, 0.9, share=0)
    sunny(rivals, V1, 0.5, share=0, start=HOUR, level_wh=5)

    assert rivals.moves(V1) is None


def test_register_that_is_not_read_is_compared_over_the_gap():
    rivals = Rivals()
    for step in range(20):
        inverters = Inverters(power_w=2000, count=10, pulse=step)
        rivals.feed(step * 300, inverters, {V1: 7.0 if step % 5 == 0 else None})

    assert rivals.moves(V1) is False


def test_clock_that_is_set_back_proves_nothing():
    rivals = Rivals()
    for at in (0, HOUR, 0, HOUR, 0, HOUR, 0):
        rivals.feed(at, Inverters(power_w=2000, count=1, pulse=at), {V1: 7.0})

    assert rivals.moves(V1) is None


def test_register_that_is_no_rival_any_more_is_forgotten():
    rivals = Rivals()
    sunny(rivals, V1, 2)
    rivals.feed(9 * HOUR, None, {PRODUCTION_CT: None})

    assert rivals.moves(V1) is None
    assert rivals.to_json() == {}


def test_verdict_outlives_a_restart():
    rivals, later = Rivals(), Rivals()
    sunny(rivals, V1, 2, share=0)
    later.take_over(json.loads(json.dumps(rivals.to_json())))

    assert later.moves(V1) is False


@pytest.mark.parametrize(
    "kept",
    [
        None,
        [],
        {"unknown": {"register_wh": 1, "made_wh": 1, "sun_s": 1, "moves": True}},
        {V1: 5},
        {V1: {}},
        {V1: {"register_wh": "x", "made_wh": 1, "sun_s": 1, "moves": True}},
        {V1: {"register_wh": 1, "made_wh": 1, "sun_s": 1, "moves": "x"}},
    ],
    ids=repr,
)
def test_damaged_memory_is_left_out(kept):
    rivals = Rivals()
    rivals.take_over(kept)

    assert rivals.to_json() == {}
