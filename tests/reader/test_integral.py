"""Energy of batteries without a meter: out of power, or out of what is stored; it only grows."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custom_components.enphase_envoy.envoy_reader.counters.integral import Integral, integrate

NOON = 1_778_580_000.0
"""Some day; only differences count."""


def bank_after(*samples, bank=None):
    """Feed (seconds, power, stored), restarting between them all."""
    for at, power_w, stored_wh in samples:
        bank = integrate(bank, power_w=power_w, stored_wh=stored_wh, at=NOON + at)
        bank = Integral.from_json(json.loads(json.dumps(bank.to_json())))
    return bank


@pytest.mark.parametrize(
    ("samples", "flows"),
    [
        pytest.param([(0, 600, 5000)], (0, 0), id="starts at zero"),
        pytest.param([(0, 600, None), (60, 1200, None)], (0, 15), id="discharging"),
        pytest.param([(0, -600, None), (60, -1200, None)], (15, 0), id="charging"),
        pytest.param([(0, -600, None), (60, 1200, None)], (5 / 3, 20 / 3), id="turning"),
        pytest.param([(0, 1200, None), (60, -600, None)], (5 / 3, 20 / 3), id="turning back"),
        pytest.param([(0, 600, 5000), (300, 600, 9000)], (0, 50), id="power goes first"),
        pytest.param([(0, 600, 5000), (301, 600, 4000)], (0, 1000), id="a gap discharging"),
        pytest.param([(0, 600, 5000), (301, 600, 5500)], (500, 0), id="a gap charging"),
        pytest.param(
            [(0, 600, None), (301, 600, 5500)], (0, 0), id="a gap of which nothing is known"
        ),
        pytest.param([(0, None, 5000), (60, 600, 4990)], (0, 10), id="a first power"),
        pytest.param(
            [(0, 600, 5000), (60, None, 4000), (120, 600, 3000)], (0, 20), id="a power left out"
        ),
        pytest.param(
            [(0, 600, 5000), (60, None, None), (600, None, 4000)], (0, 1000), id="a power gone"
        ),
        pytest.param([(0, 600, 5000), (-900, 600, 4900)], (0, 100), id="a clock set back"),
        pytest.param([(0, 600, 5000), (0, 600, 5000)], (0, 0), id="no time"),
    ],
)
def test_battery_energy(samples, flows):
    bank = bank_after(*samples)

    assert (bank.received_wh, bank.delivered_wh) == (
        pytest.approx(flows[0]),
        pytest.approx(flows[1]),
    )


@pytest.mark.parametrize(("capacity_wh", "discharged_wh"), [(10_000, 3000), (5000, 0), (None, 0)])
def test_battery_that_went_during_a_gap_was_not_discharged(capacity_wh, discharged_wh):
    whole = integrate(None, power_w=0, stored_wh=8000, capacity_wh=10_000, at=NOON)

    rest = integrate(whole, power_w=0, stored_wh=5000, capacity_wh=capacity_wh, at=NOON + 900)

    assert rest.delivered_wh == discharged_wh


@given(
    st.lists(
        st.tuples(
            st.floats(-1e4, 1e5),
            st.none() | st.floats(-2e4, 2e4),
            st.none() | st.floats(0, 2e4),
        ),
        max_size=30,
    )
)
def test_battery_energies_only_grow(samples):
    bank, seen = None, []

    for at, power_w, stored_wh in samples:
        bank = bank_after((at, power_w, stored_wh), bank=bank)
        seen.append((bank.received_wh, bank.delivered_wh))

    assert [sorted(values) for values in zip(*seen, strict=True)] == [
        list(values) for values in zip(*seen, strict=True)
    ]


@pytest.mark.parametrize("value", [None, {}, {"at": "now"}, {"at": 5}])
def test_damaged_integral_is_none(value):
    restored = Integral.from_json(value)

    assert restored is None
