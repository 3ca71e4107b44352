"""Things happen at a site when they are due, by its own clock."""

from functools import partial

import pytest

from tests.simulator import SCENARIOS
from tests.simulator.agenda import Agenda

pytestmark = pytest.mark.once

NOON = 1_781_089_320.0


@pytest.fixture
def site():
    return SCENARIOS["pc_d7_one_phase"].site(NOON, 46800.0)


def test_it_happens_in_time(site):
    times = []
    site.agenda.add(NOON + 28, lambda: times.append(site.now))
    site.agenda.add(NOON + 90.5, lambda: times.append(site.now))

    site.advance(27)
    before = list(times)
    site.advance(100)

    assert before == []
    assert times == [NOON + 28, NOON + 90.5]


def test_what_is_due_happens_without_time(site):
    done = []
    site.agenda.add(NOON, lambda: done.append(1))

    site.advance(0)

    assert done == [1]


def test_one_thing_may_lead_to_another(site):
    times = []

    def first():
        site.agenda.add(site.now + 10, lambda: times.append(site.now))

    site.agenda.add(NOON + 5, first)

    site.advance(60)

    assert times == [NOON + 15]


def test_the_order_is_kept():
    agenda = Agenda()
    done: list[int] = []
    for number in range(3):
        agenda.add(1.0, partial(done.append, number))

    agenda.run(1.0)

    assert done == [0, 1, 2]


def test_a_key_can_be_cancelled():
    agenda, done = Agenda(), []
    agenda.add(1.0, lambda: done.append("a"), "a")
    agenda.add(1.0, lambda: done.append("b"), "b")

    agenda.cancel("a")

    agenda.run(2.0)
    assert done == ["b"]


def test_waiting_does_not_change_what_the_site_makes(site):
    other = SCENARIOS["pc_d7_one_phase"].site(NOON, 46800.0)
    site.agenda.add(NOON + 61, lambda: None)

    site.advance(600)
    other.advance(600)

    assert site.production.lifetime_wh == pytest.approx(other.production.lifetime_wh, rel=1e-6)
