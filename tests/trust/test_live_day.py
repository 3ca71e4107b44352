"""Live values for hours of simulated time: freezes, latencies that grow, failures and restarts."""

import pytest

from tests.simulator.faults import Freeze, Reset

READINGS, STATUS = "/ivp/meters/readings", "/ivp/livedata/status"
PACE_S = 2.0


class Day:
    """A gateway that is polled live while its clock runs, and the truth beside what is shown."""

    def __init__(self, visit):
        self.visit = visit
        self.errors_w = []
        self.waits_s = []

    async def live_on(self, seconds):
        """Let time pass with live polls, and a collection each minute."""
        site, reader = self.visit.simulator.site, self.visit.reader
        end, collection = site.now + seconds, site.now + 60
        while site.now < end:
            if site.now >= collection:
                await reader.read()
                collection += 60
            shown = await reader.read_live()
            if shown is not None:
                truth_w = site.grid.power_w
                self.errors_w.append(abs(shown.net.total.power_w - truth_w))
            self.waits_s.append(reader.live_wait_s)
            site.advance(max(reader.live_wait_s, 0.5))


@pytest.fixture
async def day(visit):
    it = await visit("pc_d8_three_phase_battery")
    await it.reader.read()
    await it.after(60)
    it.reader.begin_live(PACE_S)
    return Day(it)


async def story(day, hour_s):
    """Tell of hours with each trouble, and return what the counters were at each of them."""
    counters = []
    visit = day.visit

    async def chapter(seconds):
        await day.live_on(seconds)
        snapshot = visit.reader.current()
        counters.append(
            (
                snapshot.production.total.lifetime_wh,
                snapshot.bank.charged_wh,
                snapshot.bank.discharged_wh,
            )
        )

    await chapter(hour_s)
    visit.simulator.faults[STATUS] = Freeze()
    await chapter(hour_s)
    visit.simulator.faults.clear()
    visit.simulator.faults[READINGS] = [Reset() if n % 3 else None for n in range(30)]
    await chapter(hour_s)
    visit.simulator.faults.clear()
    await visit.simulator.switch_off()
    await chapter(hour_s / 2)
    await visit.simulator.switch_on()
    await chapter(hour_s)
    await visit.reader.end_live()
    visit.restart()
    await visit.after(60)
    visit.reader.begin_live(PACE_S)
    await chapter(hour_s)
    return counters


def check(day, counters):
    """Compare what was shown with the truth."""
    assert max(day.errors_w) < 5
    for figure in zip(*counters, strict=True):
        assert list(figure) == sorted(figure)
    assert day.visit.simulator.max_concurrent == 1


async def test_minutes_with_every_trouble(day):
    check(day, await story(day, 120))


@pytest.mark.deep
async def test_day_with_every_trouble(day):
    check(day, await story(day, 4.4 * 3600))
