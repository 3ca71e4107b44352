"""Each known fault is cured where its symptom is, and nothing is touched where it is not."""

from __future__ import annotations

import pytest

from custom_components.enphase_envoy.envoy_reader.known.detect import detect
from custom_components.enphase_envoy.envoy_reader.pages.endpoints import (
    METERS,
    PRODUCTION_JSON,
    PRODUCTION_PAGE,
    READINGS,
    meter_page,
)
from custom_components.enphase_envoy.envoy_reader.pages.quirks import cure
from custom_components.enphase_envoy.envoy_reader.pages.typed import Pages
from custom_components.enphase_envoy.envoy_reader.parsers.production_json import (
    MeterFigures,
    ProductionJson,
)
from custom_components.enphase_envoy.envoy_reader.profile import MeterKind

from .evidence import figures, meter, pages, reading, setups, summary

CT = setups(MeterKind.PRODUCTION, MeterKind.NET_CONSUMPTION)
LOAD_CT = setups(MeterKind.PRODUCTION, MeterKind.TOTAL_CONSUMPTION)
PRODUCED = meter(figures(1000, 5_000_000), figures(400, 2_000_000), figures(600, 3_000_000))
NET = meter(figures(-200, 700_000), figures(-50, 300_000), figures(-150, 400_000))


def cured(*said, **more):
    """Return the cured pages and the names of the faults."""
    evidence = pages(*said, **more)
    profile = detect(evidence)
    assert profile
    return cure(profile, evidence)


def page_of(after: Pages) -> ProductionJson:
    """Return the meter page, which must be there."""
    page = meter_page(after)
    assert page
    return page


def total_of(after: Pages) -> MeterFigures:
    """Return its total consumption, which must be there."""
    total = page_of(after).total_consumption
    assert total
    return total


def test_total_that_repeats_net_is_made_from_net_and_production():
    page = summary(production=PRODUCED, total_consumption=NET, net_consumption=NET)

    after, fired = cured((METERS, LOAD_CT), (PRODUCTION_JSON, page))

    total = total_of(after)
    assert fired == ("total_repeats_net",)
    assert (total.figures.power_w, total.figures.lifetime_wh) == (800, 5_700_000)
    assert [line.lifetime_wh for line in total.lines] == [2_300_000, 3_400_000]
    assert total.figures.today_wh is None


@pytest.mark.parametrize(
    "page",
    [
        summary(production=PRODUCED, total_consumption=PRODUCED, net_consumption=NET),
        summary(production=PRODUCED, total_consumption=NET),
        summary(production=meter(figures(0, 0)), total_consumption=NET, net_consumption=NET),
        summary(
            production=PRODUCED,
            total_consumption=meter(figures()),
            net_consumption=meter(figures()),
        ),
    ],
    ids=["different", "no net", "nothing produced yet", "no figures"],
)
def test_total_is_left_alone_where_it_does_not_repeat_net(page):
    assert cured((METERS, LOAD_CT), (PRODUCTION_JSON, page))[1] == ()


def test_meters_switched_off_for_a_moment_are_not_read():
    page = summary(
        production=meter(figures(5, 0), active=False),
        total_consumption=meter(figures(7, 0), active=False),
    )

    after, fired = cured((METERS, CT), (PRODUCTION_JSON, page))

    assert fired == ("meter_switched_off_for_a_moment",)
    assert page_of(after).production is None
    assert page_of(after).total_consumption is None


def test_cured_twin_stays_in_its_place():
    page = summary(production=meter(figures(5, 0), active=False))

    after, fired = cured((METERS, CT), (PRODUCTION_PAGE, page), lacking=(PRODUCTION_JSON,))

    assert fired == ("meter_switched_off_for_a_moment",)
    assert after.get(PRODUCTION_PAGE).production is None


@pytest.mark.parametrize(
    ("today", "week", "expected"),
    [
        (33_182, 341_686, (18_295, 447)),
        (33_182, 440, (18_295, 440)),
        (18_200, 341_686, (18_200, 447)),
        (18_200, 440, (18_200, 440)),
        (None, None, (None, None)),
    ],
)
def test_phantom_channel_is_taken_out_of_the_days(today, week, expected):
    total = meter(
        figures(10, 100, today, week),
        figures(4, 40, 6_749, 171),
        figures(6, 60, 11_546, 276),
    )

    after, fired = cured((METERS, CT), (PRODUCTION_JSON, summary(total_consumption=total)))

    own = total_of(after).figures
    assert (own.today_wh, own.seven_days_wh) == expected
    assert (fired == ("phantom_channel",)) is (expected != (today, week))


def test_storage_meter_with_a_phase_dropped_out_is_not_read():
    split = setups(MeterKind.STORAGE, phases=2, mode="split")

    after, fired = cured(
        (METERS, split), (READINGS, {4: reading(500, 600, (0, 0), (500, 600), (0, 0))})
    )

    dropped, speaking = after.get(READINGS)[4].channels
    assert fired == ("storage_phase_drops_out",)
    assert after.get(READINGS)[4].total.delivered_wh is None
    assert dropped.delivered_wh is None
    assert speaking.delivered_wh == 500


@pytest.mark.parametrize(
    ("mode", "registers"),
    [
        ("split", reading(1000, 1200, (500, 600), (500, 600))),
        ("split", reading(900, 1200, (0, 0), (500, 600))),
        ("split", reading(0, 0, (0, 0), (0, 0))),
        ("three", reading(500, 600, (0, 0), (500, 600))),
        ("split", None),
    ],
    ids=["both speak", "the aggregate is another", "new meter", "three phases", "no reading"],
)
def test_storage_meter_is_left_alone_otherwise(mode, registers):
    setup = setups(MeterKind.STORAGE, phases=2, mode=mode)
    said = {} if registers is None else {4: registers}

    assert cured((METERS, setup), (READINGS, said))[1] == ()


@pytest.mark.parametrize(
    ("kind", "gone"),
    [
        (MeterKind.NET_CONSUMPTION, "total_consumption"),
        (MeterKind.TOTAL_CONSUMPTION, "net_consumption"),
    ],
)
@pytest.mark.parametrize("noise_w", [0, 4.19])
def test_sum_with_a_meter_that_is_off_is_left_out(kind, gone, noise_w):
    off = meter(figures(noise_w, 1600.0), active=False)
    page = summary(
        production=off,
        total_consumption=meter(figures(-1500 + noise_w, 3_000_000)),
        net_consumption=meter(figures(-1500, 3_000_000)),
    )

    after, fired = cured((METERS, setups(kind)), (PRODUCTION_JSON, page))

    assert getattr(page_of(after), gone) is None
    assert "sum_with_a_meter_that_is_off" in fired


LINE = figures(500, 1_000_000, 2100, 16_000)
DEAD = figures(0, 0, 0, 0)


@pytest.mark.parametrize("lines", [(LINE,), (LINE, LINE), (LINE, LINE, DEAD)])
def test_sum_of_lines_is_no_better_while_lines_are_missing(lines):
    page = summary(
        production=PRODUCED, total_consumption=meter(figures(1500, 3e6, 6300, 48_000), *lines)
    )
    clamps = setups(MeterKind.PRODUCTION, MeterKind.NET_CONSUMPTION, phases=3)

    after, fired = cured((METERS, clamps), (PRODUCTION_JSON, page))

    assert (total_of(after).figures.today_wh, fired) == (6300, ())


def test_sum_of_all_lines_is_better_than_an_aggregate_that_claims_more():
    page = summary(
        production=PRODUCED, total_consumption=meter(figures(1000, 3e6, 7700, 48_000), LINE, LINE)
    )
    clamps = setups(MeterKind.PRODUCTION, MeterKind.NET_CONSUMPTION, phases=2)

    after, _ = cured((METERS, clamps), (PRODUCTION_JSON, page))

    assert total_of(after).figures.today_wh == 4200
