"""Signing in at the simulated cloud over real sockets: codes, locks, and the other way in."""

import ssl

import httpx
import pytest

from custom_components.enphase_envoy.envoy_reader import (
    CodeSentBy,
    EnlightenAuthenticationError,
    EnlightenUnavailableError,
    Problem,
    SecondFactorError,
    SignIn,
)
from tests.simulator import Account, Cloud
from tests.simulator.enlighten import CHECK_CODE, LOGIN, SEND_CODE
from tests.simulator.faults import Garbage, Status

from .credentials import NOW, SERIAL

EMAIL, PASSWORD = "anna@example.com", "made up"


class Clock:
    """A time that the test sets."""

    now = NOW

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def account():
    return Account(EMAIL, PASSWORD, {SERIAL}, second_factor=True)


@pytest.fixture
async def cloud(account, clock):
    cloud = Cloud([account], clock=clock)
    await cloud.start()
    yield cloud
    await cloud.stop()


@pytest.fixture
async def sign_in(cloud, clock):
    context = ssl.create_default_context(cafile=cloud.ca_file)
    async with httpx.AsyncClient(proxy=cloud.proxy, verify=context) as client:
        yield SignIn(client, EMAIL, PASSWORD, clock=clock)


async def begin(sign_in):
    """Log in up to the code."""
    with pytest.raises(SecondFactorError) as caught:
        await sign_in.log_in()
    assert caught.value.sign_in is sign_in
    return await sign_in.send_code()


async def trouble(step):
    """Return what a step that fails says is wrong."""
    with pytest.raises((EnlightenAuthenticationError, EnlightenUnavailableError)) as caught:
        await step
    return caught.value.problem


async def test_code_leads_to_a_token_with_one_login(cloud, sign_in):
    await begin(sign_in)
    await sign_in.enter_code(cloud.codes[-1])

    assert (await sign_in.token(SERIAL)).serial == SERIAL
    assert (cloud.logins, cloud.codes_sent) == (1, 1)


async def test_account_without_a_second_factor_needs_no_code(account, sign_in):
    account.second_factor = False
    await sign_in.log_in()

    assert (await sign_in.token(SERIAL)).serial == SERIAL


@pytest.mark.parametrize(
    ("way", "sent_by"),
    [
        ("email", CodeSentBy.EMAIL),
        ("sms", CodeSentBy.MESSAGE),
        ("", CodeSentBy.UNKNOWN),
    ],
)
async def test_way_of_the_code_is_passed_on_as_far_as_known(account, sign_in, way, sent_by):
    account.sends_code_by = way

    assert await begin(sign_in) is sent_by


async def test_way_of_the_code_is_found_wherever_it_is_named(cloud, sign_in):
    with pytest.raises(SecondFactorError):
        await sign_in.log_in()
    cloud.faults[SEND_CODE] = Garbage(b'{"sent": [{"to": "your phone", "again_s": 30}]}')

    assert await sign_in.send_code() is CodeSentBy.MESSAGE


async def test_wrong_code_can_be_corrected(cloud, sign_in):
    await begin(sign_in)

    assert await trouble(sign_in.enter_code("no")) is Problem.CODE_WRONG
    await sign_in.enter_code(cloud.codes[-1])
    assert (await sign_in.token(SERIAL)).serial == SERIAL


async def test_code_that_comes_too_late_is_no_wrong_one(cloud, sign_in, clock):
    await begin(sign_in)
    clock.now += 601

    assert await trouble(sign_in.enter_code(cloud.codes[-1])) is Problem.CODE_EXPIRED


async def test_code_that_the_cloud_calls_expired_is_so(cloud, sign_in):
    await begin(sign_in)
    cloud.faults[CHECK_CODE] = Garbage(b'{"isValid": false, "message": "Code expired"}')

    assert await trouble(sign_in.enter_code("123456")) is Problem.CODE_EXPIRED


@pytest.mark.parametrize("status", [400, 404, 409, 422])
async def test_refusal_of_a_code_is_a_wrong_code(cloud, sign_in, status):
    await begin(sign_in)
    cloud.faults[CHECK_CODE] = Status(status)

    assert await trouble(sign_in.enter_code("123456")) is Problem.CODE_WRONG


async def test_another_code_can_be_sent_after_half_a_minute(cloud, sign_in, clock):
    await begin(sign_in)
    first = sign_in.code_pause_s()
    clock.now += 30

    await sign_in.send_code()
    await sign_in.enter_code(cloud.codes[-1])
    assert (first, cloud.codes_sent, cloud.logins) == (30, 2, 1)


async def test_code_before_the_first_one_needs_no_pause(sign_in):
    assert sign_in.code_pause_s() == 0


async def test_code_too_soon_after_another_is_not_sent(sign_in):
    await begin(sign_in)

    assert await trouble(sign_in.send_code()) is Problem.CLOUD_REFUSED


async def test_too_many_wrong_codes_lock_the_account(sign_in):
    await begin(sign_in)
    for _ in range(5):
        await trouble(sign_in.enter_code("no"))

    assert await trouble(sign_in.enter_code("no")) is Problem.CLOUD_LOCKED


async def test_locked_account_is_refused_at_the_login(account, sign_in):
    account.locked = True

    assert await trouble(sign_in.log_in()) is Problem.CLOUD_LOCKED


@pytest.mark.parametrize(
    ("path", "status", "problem"),
    [
        (SEND_CODE, 503, Problem.CLOUD_UNAVAILABLE),
        (SEND_CODE, 429, Problem.CLOUD_LOCKED),
        (CHECK_CODE, 500, Problem.CLOUD_UNAVAILABLE),
        (CHECK_CODE, 429, Problem.CLOUD_LOCKED),
        (LOGIN, 429, Problem.CLOUD_UNAVAILABLE),
    ],
)
async def test_busy_cloud_is_told_apart_from_a_locked_account(
    cloud, sign_in, path, status, problem
):
    if path != LOGIN:
        await begin(sign_in)
    cloud.faults[path] = Status(status)
    step = {LOGIN: sign_in.log_in, SEND_CODE: sign_in.send_code}.get(path)

    assert await trouble(step() if step else sign_in.enter_code("1")) is problem


async def test_account_that_the_first_way_turns_away_gets_in_by_the_form(account, cloud, sign_in):
    account.form_only, account.second_factor = True, False
    await sign_in.log_in()

    assert (await sign_in.token(SERIAL)).serial == SERIAL
    assert cloud.logins == 1


async def test_form_asks_for_a_code_too(account, cloud, sign_in):
    account.form_only = True
    await begin(sign_in)
    await sign_in.enter_code(cloud.codes[-1])

    assert (await sign_in.token(SERIAL)).serial == SERIAL


async def test_wrong_password_is_refused_by_the_form(cloud, sign_in):
    cloud.faults[LOGIN] = Status(406)
    cloud.accounts[EMAIL].password = "another"

    assert await trouble(sign_in.log_in()) is Problem.CLOUD_LOGIN_REFUSED


async def test_form_that_opens_no_session_may_work_later(account, cloud, sign_in):
    cloud.faults[LOGIN] = Status(406)
    account.busy = True

    assert await trouble(sign_in.log_in()) is Problem.CLOUD_REFUSED
