"""A year on a roof of forty inverters, with everything that goes wrong in it.

Of nine faults a year each must be found within six producing days, with at most one false notice.
"""

import pytest

from .roof import NORTH, SOUTH, Roof
from .year import live_through

SEEDS = range(1, 11)
PLACES = {"latitude_52": NORTH, "latitude_35": SOUTH}
SOURCES = {"device_data": True, "v1_list": False}


def check(roof):
    outcome = live_through(roof)

    assert (outcome.late, outcome.lasting) == ({}, [])
    assert len(outcome.false) <= 1, outcome.false
    assert len(outcome.found) >= 6
    assert outcome.stored_bytes < 40 * 1000


def test_half_a_year_of_faults_is_reported_and_nothing_else():
    """A whole year takes some seconds: that is for the search below, with more roofs."""
    check(Roof(1, NORTH, detailed=True, step_s=1200, days=180))


@pytest.mark.deep
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("place", PLACES)
def test_every_year_is_reported_and_nothing_else(seed, place, source):
    check(Roof(seed, PLACES[place], SOURCES[source]))


@pytest.mark.deep
@pytest.mark.parametrize("place", PLACES)
def test_year_of_reports_every_five_minutes_is_reported_and_nothing_else(place):
    check(Roof(3, PLACES[place], detailed=True, step_s=300))
