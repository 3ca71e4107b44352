"""Import and export of all phases together, made of registers that count each phase for itself."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custom_components.enphase_envoy.envoy_reader.counters.split import Split, split

HOUR = 3600
LEAST_WH = 0.02


def after(*samples, least_wh=LEAST_WH, terms="a"):
    """Feed (seconds, sum of imports, sum of exports), restarting between them all."""
    found = None
    for at, plus_wh, minus_wh in samples:
        found = split(
            found, plus_wh=plus_wh, minus_wh=minus_wh, terms=terms, least_wh=least_wh, at=at
        )
        found = Split.from_json(json.loads(json.dumps(found.to_json())))
        assert found
    assert found
    return found.delivered_wh, found.received_wh


@pytest.mark.parametrize(
    ("samples", "energies"),
    [
        pytest.param([(0, 900, 500)], (0, 0), id="begins at zero"),
        pytest.param([(0, 900, 500), (60, 930, 500)], (30, 0), id="import"),
        pytest.param([(0, 900, 500), (60, 900, 530)], (0, 30), id="export"),
        pytest.param([(0, 900, 500), (60, 920, 520)], (0, 0), id="phases that cancel out"),
        pytest.param([(0, 900, 500), (60, 920, 505)], (15, 0), id="more import than export"),
        pytest.param([(0, 900, 500), (60, 930, 500), (120, 930, 540)], (30, 40), id="both in turn"),
        pytest.param([(0, 900, 500), (60, 900, 490), (120, 900, 495)], (0, 5), id="set back"),
    ],
)
def test_difference_goes_to_one_side(samples, energies):
    assert after(*samples) == pytest.approx(energies)


def test_what_is_not_more_than_rounding_waits_until_it_is_more():
    waiting = [(0, 900, 500), (2, 901, 500), (4, 902, 500)]

    assert after(*waiting, least_wh=3) == (0, 0)
    assert after(*waiting, (6, 904, 500), least_wh=3) == (4, 0)


def test_rounding_of_three_phases_that_cancel_out_counts_nothing():
    samples = [(at, 900 + at // 4, 500 + (at + 2) // 4) for at in range(0, HOUR, 2)]

    assert after(*samples, least_wh=2) == (0, 0)


def test_over_a_long_gap_as_much_cancels_out_as_has_done_so_far():
    night = [(0, 0, 0), (60, 100, 0)]  # of 100 imported and 100 exported, nothing has cancelled out
    day = [(120, 100, 100)]

    delivered, received = after(*night, *day, (120 + 6 * HOUR, 1100, 1600))

    assert (delivered, received) == (1100, 1600)


def test_long_gap_of_a_site_that_always_cancels_counts_the_difference():
    samples = [(0, 0, 0), (60, 100, 90)]

    assert after(*samples, (60 + 6 * HOUR, 1100, 790)) == pytest.approx((310, 0))


def test_other_registers_count_on_from_where_the_energies_stand():
    found = split(None, plus_wh=0, minus_wh=0, terms="a", least_wh=1, at=0)
    found = split(found, plus_wh=50, minus_wh=0, terms="a", least_wh=1, at=60)

    found = split(found, plus_wh=9000, minus_wh=400, terms="b", least_wh=1, at=120)
    found = split(found, plus_wh=9010, minus_wh=400, terms="b", least_wh=1, at=180)

    assert (found.delivered_wh, found.received_wh) == (60, 0)


def test_registers_that_are_shifted_count_nothing_by_it():
    found = split(None, plus_wh=900, minus_wh=500, terms="a", least_wh=1, at=0)

    found = found.shifted(5000, -100)
    found = split(found, plus_wh=5910, minus_wh=400, terms="a", least_wh=1, at=60)

    assert (found.delivered_wh, found.received_wh) == (10, 0)


@pytest.mark.parametrize("value", [None, [], {}, {"terms": "a"}, {"terms": 5, "at": 0}])
def test_what_is_no_record_is_not_remembered(value):
    assert Split.from_json(value) is None


@given(
    st.lists(
        st.tuples(st.floats(1, 10 * HOUR), st.floats(0, 1e4), st.floats(0, 1e4), st.floats(0, 10)),
        max_size=30,
    )
)
def test_both_only_grow_and_their_difference_is_that_of_the_registers(steps):
    at = plus_wh = minus_wh = 0.0
    found = split(None, plus_wh=0, minus_wh=0, terms="a", least_wh=LEAST_WH, at=0)
    for seconds, grown, shrunk, least_wh in steps:
        before = found
        at, plus_wh, minus_wh = at + seconds, plus_wh + grown, minus_wh + shrunk
        found = split(
            found, plus_wh=plus_wh, minus_wh=minus_wh, terms="a", least_wh=least_wh, at=at
        )

        assert found.delivered_wh >= before.delivered_wh
        assert found.received_wh >= before.received_wh
        assert found.delivered_wh <= plus_wh + 1e-6
        assert found.received_wh <= minus_wh + 1e-6
        net = found.delivered_wh - found.received_wh
        assert net == pytest.approx(plus_wh - minus_wh, abs=10 + 1e-6)
