"""What reaches the cloud, and what only the user can do: as little as possible of both."""

import logging

import pytest

from custom_components.enphase_envoy.envoy_reader import Credentials, EnvoyError
from tests.simulator.enlighten import LOGIN
from tests.simulator.faults import Hang, Status

SITE = "pc_d7_one_phase"
OURS = "custom_components.enphase_envoy"
MINUTE_S = 60
HOUR_S = 3600
DAY_S = 24 * HOUR_S


@pytest.fixture
def owner(visit):
    """Return a function that opens a site whose owner has an account, with a good token."""

    async def open_site(**token):
        site = await visit(SITE)
        user, password = site.simulator.credentials
        site.options["credentials"] = Credentials(user, password, use_enlighten=True)
        site.memory.token = site.simulator.token(**token)
        site.restart()
        await site.reader.read()
        return site

    return open_site


async def live(site, seconds, step_s=MINUTE_S):
    """Let time pass with a poll in each step; return the errors that the polls ended with."""
    errors = []
    for _ in range(int(seconds / step_s)):
        try:
            await site.after(step_s)
        except EnvoyError as err:
            errors.append(err)
    return errors


def refuse_everything(site, *more):
    """Answer 401 on every page but ``/info``."""
    site.simulator.faults["*"] = Status(401)
    site.simulator.faults["/info"] = [None] * 10_000
    for path in more:
        site.simulator.faults[path] = [None] * 10_000


async def test_day_of_refusals_on_one_page_is_no_login(owner):
    site = await owner()
    site.simulator.faults["/api/v1/production/inverters"] = Status(401)

    errors = await live(site, DAY_S, 15 * MINUTE_S)

    assert site.simulator.cloud.logins == 0
    assert errors == []


async def test_day_of_refusals_on_all_pages_but_of_the_token_is_no_login(owner):
    site = await owner()
    refuse_everything(site, "/auth/check_jwt")

    await live(site, DAY_S, 15 * MINUTE_S)

    assert site.simulator.cloud.logins == 0


async def test_day_of_refusals_of_a_good_token_is_four_logins_at_most(owner):
    site = await owner()
    refuse_everything(site)

    await live(site, DAY_S, 15 * MINUTE_S)

    assert 1 <= site.simulator.cloud.logins <= 4


async def test_gateway_that_only_says_who_it_is_has_not_answered(owner):
    site = await owner()
    refuse_everything(site)
    site.simulator.cloud.faults["*"] = Status(503)

    answered = [(await site.after(HOUR_S)).reachable for _ in range(30)]

    assert not any(answered)


async def test_fifty_restarts_are_no_login(owner):
    site = await owner()

    for _ in range(50):
        site.restart()
        await site.after(MINUTE_S)

    assert site.simulator.cloud.logins == 0


async def test_limit_of_logins_outlives_restarts(owner):
    site = await owner()
    refuse_everything(site)

    for _ in range(24):
        site.restart()
        await live(site, 45 * MINUTE_S, 15 * MINUTE_S)

    assert site.simulator.cloud.logins <= 4


@pytest.mark.parametrize("fault", [Status(503), Hang()], ids=["down", "hangs"])
async def test_week_without_the_cloud_is_not_noticed(owner, caplog, fault):
    site = await owner(lifetime_s=300 * DAY_S)
    site.simulator.cloud.faults["*"] = fault

    errors = await live(site, 7 * DAY_S, 4 * HOUR_S)

    assert errors == []
    assert not [
        record
        for record in caplog.records
        if record.levelno >= logging.INFO and OURS in record.name
    ]


async def test_token_is_renewed_while_the_old_one_serves(owner):
    site = await owner(lifetime_s=61 * DAY_S)
    old = site.reader.token.raw
    site.simulator.site.advance(31.5 * DAY_S)
    assert site.reader.renewal_due

    await site.reader.read()
    await site.reader.renew_token()

    assert site.reader.token.raw != old
    assert site.simulator.cloud.logins == 1


async def test_night_of_refusals_asks_the_cloud_once_at_most(owner):
    site = await owner()
    refuse_everything(site)

    await live(site, 10 * MINUTE_S, 10)

    assert site.simulator.cloud.logins <= 1


async def test_night_of_refusals_asks_nothing_of_who_has_pasted_a_token(visit):
    site = await visit(SITE)
    await site.reader.read()
    refuse_everything(site)

    errors = await live(site, 10 * MINUTE_S, 10)

    assert errors == []
    site.simulator.faults.clear()
    snapshot = await site.after(10)
    assert not snapshot.failures


async def test_night_of_refusals_after_a_restart_asks_nothing_either(visit):
    site = await visit(SITE)
    await site.reader.read()
    refuse_everything(site)
    site.restart()

    errors = await live(site, 10 * MINUTE_S, 10)

    assert errors == []


async def test_refusals_of_the_password_end_after_three(owner):
    site = await owner()
    site.simulator.cloud.faults[LOGIN] = Status(401)
    refuse_everything(site)

    await live(site, 2 * DAY_S, 15 * MINUTE_S)

    assert site.simulator.cloud.logins == 3
