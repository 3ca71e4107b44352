"""Days in which everything goes wrong by turns: nothing is lost, nothing piles up, few words."""

import asyncio
import gc
import json
import logging
import time
from pathlib import Path
from random import Random
from typing import Any

import pytest
from homeassistant.config_entries import ConfigEntryState
from homeassistant.util.async_ import get_scheduled_timer_handles

from custom_components.enphase_envoy.const import DOMAIN
from tests.integration.flows import Cloud
from tests.integration.house import BEGIN, entry_for
from tests.simulator import Simulator

from .plights import PLIGHTS, nightly_restart
from .week import CALM_S, MINUTE_S, OURS, RECOVERY_S, Week

HOUR_S = 3600
DAY_S = 24 * HOUR_S
NIGHT_H = (22, 23, 0, 1)
A_FEW = 100
"""Objects by which two moments of a house in good order differ: each counter knows up to eight
midnights. A reader that was left over would be some five hundred."""
SOME_MORE = 1.2
"""A first week has more midnights at its end than at its beginning."""
SITE = "pc_d83_three_phase_storage_ct"
"""It has all pages there are but those of special hardware."""

pytestmark = [pytest.mark.dirty_log, pytest.mark.respx(assert_all_called=False)]


@pytest.fixture(autouse=True)
def quiet_loop(hass):
    """Do without the loop's own debugging: it costs more time than the week itself."""
    hass.loop.set_debug(False)


@pytest.fixture
async def week(  # noqa: PLR0917 -- a whole house
    request, hass, freezer, hass_storage, respx_mock, caplog
):
    """Return a house at the beginning of its week, with nothing set up."""
    scenario, seed = request.param
    for name, level in (("", logging.WARNING), (OURS, logging.INFO)):
        caplog.set_level(level, name)
    freezer.move_to(BEGIN)
    for address in ("127.0.0.1", "::1"):
        respx_mock.route(host=address).pass_through()
    async with Simulator(scenario, start=time.time()) as simulator:
        cloud = Cloud(respx_mock, simulator)
        other = await simulator.listen_also("::1")
        await other.stop()
        entry = entry_for(simulator, token=simulator.token(lifetime_s=33 * DAY_S))
        doors = [simulator.server.listeners[0], other]
        luck = Random(seed)  # noqa: S311 -- repeatable
        yield Week(hass, freezer, simulator, cloud, entry, doors, caplog, luck)
        if entry.state is ConfigEntryState.LOADED:
            await hass.config_entries.async_unload(entry.entry_id)


async def live(week, days):
    """Let so many days pass, and look after each plight whether it is really over."""
    site, night = week.simulator.site, 0.0
    deck: list[Any] = []
    end = site.now + days * DAY_S
    while site.now < end:
        await week.pass_time(week.random.randint(12, 24) * CALM_S, CALM_S)
        assert week.said() == [], week.story
        assert week.errors() == {}, week.story
        if not deck:
            deck = week.random.sample(PLIGHTS, len(PLIGHTS))
        if site.local_time.hour in NIGHT_H and night != site.last_midnight:
            night = site.last_midnight
            await suffer(week, nightly_restart)
        else:
            await suffer(week, deck.pop())


async def suffer(week, plight):
    """Live through a plight, maybe with a restart in it, and through what follows."""
    week.tell(plight.__name__)
    lasts_s = week.random.choice([2, 4, 20, 40, 60, 120]) * MINUTE_S
    restarts = week.random.random() < 0.2
    async with plight(week):
        await week.look_closely(lasts_s / 2)
        if restarts:
            week.tell("restart")
            await week.restart()
        await week.look_closely(lasts_s / 2)
    week.tell("over")
    await week.look_closely(RECOVERY_S)
    # Who begins inside an outage does not know that it has been told of before.
    lines = week.said()
    assert len(lines) <= 2 * (1 + restarts), "\n".join([*week.story, *lines])


def census():
    """Return how many objects of ours there are."""
    gc.collect()
    kinds = map(type, gc.get_objects())
    return sum(str(kind.__module__).startswith(OURS) for kind in kinds)


def remembered(hass_storage):
    """Return how much is kept for the next start, in characters."""
    kept = [value for key, value in hass_storage.items() if key.startswith(DOMAIN)]
    assert kept
    return len(json.dumps(kept))


def sockets():
    """Return how many sockets this process has open."""
    links = [path.readlink() for path in Path("/proc/self/fd").iterdir() if path.is_symlink()]
    return sum(str(link).startswith("socket:") for link in links)


async def in_use(hass):
    """Return what of the outer world is in use: tasks, timers, listeners and sockets."""
    for _ in range(100):  # connections that were closed a moment ago need some turns of the loop
        await asyncio.sleep(0)
    timers = [handle for handle in get_scheduled_timer_handles(hass.loop) if not handle.cancelled()]
    return {
        "tasks": len([task for task in asyncio.all_tasks() if not task.done()]),
        "timers": [repr(timer) for timer in timers if OURS in repr(timer)],
        "listeners": dict(hass.bus.async_listeners()),
        "sockets": sockets(),
    }


async def days_of_trouble_leave_nothing_behind(week, hass, hass_storage, days):
    """Live, and look at the house in good order, early and late, and at what is left at the end."""
    # Home Assistant's own parts that are wanted for the first time stay.
    await week.set_up()
    await week.leave()
    before = await in_use(hass)
    await week.set_up()
    week.said()
    await live(week, days / 4)
    await week.come_to_order()
    early, early_kept = census(), remembered(hass_storage)
    await live(week, days * 3 / 4)
    await week.come_to_order()

    assert week.errors() == {}, week.story
    assert week.entry.state is ConfigEntryState.LOADED
    assert hass.config_entries.flow.async_progress() == []
    assert week.cloud.login.call_count <= 4 * max(1, days)
    assert census() <= early + A_FEW
    assert remembered(hass_storage) <= early_kept * SOME_MORE
    await week.leave()
    assert await in_use(hass) == before


def lived(*weeks):
    """Return the parameters that make ``week`` a week of a scenario, with its luck."""
    return pytest.mark.parametrize(
        "week", [pytest.param(week, id=f"{week[0]}-seed{week[1]}") for week in weeks], indirect=True
    )


@lived((SITE, 1))
async def test_hours_of_trouble_leave_nothing_behind(week, hass, hass_storage):
    await days_of_trouble_leave_nothing_behind(week, hass, hass_storage, 0.25)


@pytest.mark.deep
@lived((SITE, 1), (SITE, 2), ("pc_d7_three_phase", 3))
async def test_week_of_trouble_leaves_nothing_behind(week, hass, hass_storage):
    await days_of_trouble_leave_nothing_behind(week, hass, hass_storage, 7)
