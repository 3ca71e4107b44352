import hashlib
import logging
import re
from dataclasses import dataclass, field, replace

import httpx
import pytest

from custom_components.enphase_envoy.envoy_reader.errors import (
    EnlightenAuthenticationError,
    EnlightenUnavailableError,
    EnvoyAuthenticationError,
    EnvoyConnectionError,
    EnvoyTimeoutError,
    Problem,
)
from custom_components.enphase_envoy.envoy_reader.exchange.auth import Credentials
from custom_components.enphase_envoy.envoy_reader.exchange.enlighten import (
    LOGIN_URL,
    TOKEN_URL,
    SecondFactorError,
)
from custom_components.enphase_envoy.envoy_reader.exchange.session import Mode, Session
from custom_components.enphase_envoy.envoy_reader.exchange.transport import Timing, Transport
from custom_components.enphase_envoy.envoy_reader.memory import VolatileMemory

from .credentials import DAY_S, NOW, SERIAL, make_token
from .wire import RESET, Asked, Wire, reply

pytestmark = pytest.mark.respx(assert_all_called=False)

OLD = make_token(jti="old")
NEW = make_token(jti="new")
CHECK = "/auth/check_jwt"
PAGE = "/api/v1/production"
CLOUD = Credentials("jane@example.org", "swordfish", use_enlighten=True)
PASTED = Credentials()
DENIED = reply(401, b"<html>401 Authorization Required</html>")


@dataclass
class TokenGateway:
    """What firmware 7 and later does with tokens, sessions and roles."""

    tokens: set[str] = field(default_factory=lambda: {OLD, NEW})
    wants_session: bool = False
    denied: set[str] = field(default_factory=set)
    check: bytes | None = None
    """Answers the check of a token, instead of an honest answer."""
    sessions: int = 0

    def __call__(self, asked: Asked) -> bytes:
        token = (asked.header("Authorization") or "").removeprefix("Bearer ")
        if asked.path == CHECK and self.check is not None:
            return self.check
        if token not in self.tokens or asked.path in self.denied:
            return DENIED
        if asked.path == CHECK:
            self.sessions += 1
            return reply(200, b"Valid token.", f"Set-Cookie: sessionId=s{self.sessions}; Secure")
        if self.wants_session and asked.header("Cookie") != f"sessionId=s{self.sessions}":
            return DENIED
        return reply(200, b"{}")


class Clock:
    """A time that tests set."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def gateway():
    return TokenGateway()


@pytest.fixture
async def wire(gateway):
    async with Wire(gateway) as wire:
        yield wire


@pytest.fixture
async def client():
    async with httpx.AsyncClient(trust_env=False) as client:
        yield client


@pytest.fixture
def cloud(respx_mock):
    """The cloud; its token route counts logins. The gateway is let through."""
    respx_mock.route(host="127.0.0.1").pass_through()
    respx_mock.post(LOGIN_URL, name="login").respond(json={"session_id": "5e551d"})
    respx_mock.post(TOKEN_URL, name="tokens").respond(text=NEW)
    return respx_mock


@pytest.fixture
def memory():
    return VolatileMemory(token=OLD)


@pytest.fixture
def make_session(wire, client, memory, clock):
    def make(credentials=CLOUD, mode=Mode.TOKEN):
        transport = Transport(f"127.0.0.1:{wire.port}", client, Timing(retries=0, page_s=5))
        transport.scheme = "http"
        session = Session(transport, credentials, memory, client, clock=clock)
        session.use(mode, SERIAL)
        return session

    return make


async def collect(session, *paths):
    """Ask for pages as one collection; return their statuses, or the problem of each."""
    session.begin()
    found = []
    for path in paths or (PAGE,):
        try:
            found.append((await session.get(path)).status)
        except (EnvoyConnectionError, EnvoyAuthenticationError) as err:
            found.append(err.problem)
    return found


def paths(wire):
    return [asked.path for asked in wire.asked]


# --- without proof


async def test_open_session_proves_nothing(make_session, wire):
    await make_session(mode=Mode.OPEN).get("/info")

    assert wire.asked[0].header("Authorization") is None


# --- tokens: what is sent


async def test_token_is_sent(make_session, wire):
    await make_session().get(PAGE)

    assert wire.asked[0].header("Authorization") == f"Bearer {OLD}"


async def test_session_cookie_is_sent_once_there_is_one(make_session, gateway, wire):
    gateway.wants_session = True
    session = make_session()
    await collect(session)
    await collect(session)

    assert [asked.header("Cookie") for asked in wire.asked] == [
        None,
        None,
        "sessionId=s1",
        "sessionId=s1",
    ]


async def test_session_cookie_of_any_answer_is_taken(make_session, wire):
    wire.answer = lambda _: reply(200, b"", "Set-Cookie: sessionId=fresh")
    session = make_session()
    await session.get(PAGE)
    await session.get(PAGE)

    assert wire.asked[1].header("Cookie") == "sessionId=fresh"


# --- tokens: the first one


async def test_remembered_token_serves(make_session):
    assert (await make_session(PASTED).ensure_token()).raw == OLD


async def test_fifty_restarts_make_no_login(make_session, cloud):
    for _ in range(50):
        await make_session().get(PAGE)

    assert cloud["login"].call_count == 0


async def test_first_token_comes_from_the_cloud(make_session, memory, cloud):
    memory.token = None

    assert (await make_session().ensure_token()).raw == NEW


async def test_fetched_token_is_remembered(make_session, memory, cloud):
    memory.token = None
    await make_session().ensure_token()

    assert memory.token == NEW


@pytest.mark.parametrize(
    ("remembered", "problem"),
    [
        (None, Problem.TOKENS_NEEDED),
        ("", Problem.TOKENS_NEEDED),
        ("garbage", Problem.TOKEN_MALFORMED),
        (7, Problem.TOKEN_MALFORMED),
        (make_token(lifetime_s=-1), Problem.TOKEN_EXPIRED),
        (make_token(aud="122112999999"), Problem.TOKEN_FOREIGN),
    ],
)
async def test_no_good_token_without_the_cloud(make_session, memory, remembered, problem):
    memory.token = remembered

    with pytest.raises(EnvoyAuthenticationError) as caught:
        await make_session(PASTED).ensure_token()
    assert caught.value.problem is problem


@pytest.mark.parametrize(
    "remembered", ["garbage", make_token(lifetime_s=-1)], ids=["garbage", "expired"]
)
async def test_useless_token_is_replaced_by_the_cloud(make_session, memory, cloud, remembered):
    memory.token = remembered

    assert (await make_session().ensure_token()).raw == NEW


async def test_first_token_from_a_cloud_that_is_down(make_session, memory, cloud):
    memory.token = None
    cloud["login"].respond(503)

    with pytest.raises(EnlightenUnavailableError):
        await make_session().get(PAGE)


# --- tokens: 401


async def test_401_on_one_page_is_that_pages(make_session, gateway):
    gateway.denied = {"/ivp/ss/pel"}

    assert await collect(make_session(), PAGE, "/ivp/ss/pel", PAGE) == [200, 401, 200]


async def test_a_day_of_401_on_one_page_makes_no_login(make_session, gateway, clock, cloud):
    gateway.denied = {PAGE}
    session = make_session()
    for _ in range(2 * 24):
        await collect(session, PAGE, "/info")
        clock.now += 1800

    assert cloud["login"].call_count == 0


async def test_a_day_of_401_on_all_pages_with_a_good_token_makes_no_login(
    make_session, gateway, clock, cloud
):
    gateway.denied = {PAGE, "/ivp/meters"}
    session = make_session()
    for _ in range(2 * 24):
        await collect(session, PAGE, "/ivp/meters")
        clock.now += 1800

    assert cloud["login"].call_count == 0


async def test_a_day_of_refused_tokens_makes_four_logins(make_session, gateway, clock, cloud):
    gateway.tokens = set()
    session = make_session()
    for _ in range(2 * 24):
        await collect(session, PAGE)
        clock.now += 1800

    assert cloud["login"].call_count == 4


async def test_token_is_checked_once_in_a_collection(make_session, gateway, wire):
    gateway.denied = {PAGE, "/ivp/meters"}
    await collect(make_session(), PAGE, "/ivp/meters")

    assert paths(wire) == [PAGE, CHECK, PAGE, "/ivp/meters"]


async def test_token_is_checked_anew_in_the_next_collection(make_session, gateway, wire):
    gateway.denied = {PAGE}
    session = make_session()
    await collect(session)
    await collect(session)

    assert paths(wire).count(CHECK) == 2


async def test_token_refused_once_is_trouble_of_the_gateway(make_session, gateway, cloud):
    gateway.tokens = set()

    assert await collect(make_session(), PAGE, PAGE) == [Problem.TOKEN_REFUSED] * 2


async def test_token_refused_once_raises_no_authentication_error(make_session, gateway, cloud):
    gateway.tokens = set()

    with pytest.raises(EnvoyConnectionError):
        await make_session().get(PAGE)


async def test_token_refused_twice_is_replaced(make_session, gateway, wire, cloud):
    gateway.tokens = {NEW}
    session = make_session()
    await collect(session)

    assert await collect(session, PAGE, PAGE) == [200, 200]


async def test_refusals_with_a_good_collection_between_do_not_add_up(make_session, gateway, cloud):
    session = make_session()
    for _ in range(3):
        gateway.tokens = set()
        await collect(session)
        gateway.tokens = {OLD}
        await collect(session)

    assert cloud["login"].call_count == 0


async def test_expired_token_is_replaced_at_its_first_refusal(
    make_session, memory, gateway, clock, cloud
):
    memory.token = make_token(lifetime_s=DAY_S)
    session = make_session()
    await session.ensure_token()
    clock.now += DAY_S

    assert await collect(session) == [200]


async def test_expired_token_is_used_as_long_as_the_gateway_takes_it(
    make_session, memory, gateway, clock, cloud
):
    memory.token = make_token(lifetime_s=DAY_S)
    gateway.tokens.add(memory.token)
    session = make_session()
    await session.ensure_token()
    clock.now += DAY_S
    await collect(session)

    assert cloud["login"].call_count == 0


@pytest.mark.parametrize(
    ("later_s", "problem"),
    [(0, Problem.TOKEN_REFUSED), (366 * DAY_S, Problem.TOKEN_EXPIRED)],
)
async def test_pasted_token_refused_twice_needs_the_user(
    make_session, gateway, clock, later_s, problem
):
    gateway.tokens = set()
    session = make_session(PASTED)
    await collect(session)
    clock.now += later_s
    session.begin()

    with pytest.raises(EnvoyAuthenticationError) as caught:
        await session.get(PAGE)
    assert caught.value.problem is problem


@pytest.mark.parametrize(
    ("check", "problem"),
    [
        (RESET, Problem.CANNOT_CONNECT),
        (reply(503), Problem.BAD_RESPONSE),
        (reply(301), Problem.BAD_RESPONSE),
        (reply(404), Problem.BAD_RESPONSE),
    ],
)
async def test_check_without_a_verdict_is_trouble_of_the_connection(
    make_session, gateway, cloud, check, problem
):
    gateway.denied = {PAGE}
    gateway.check = check
    session = make_session()

    assert [await collect(session) for _ in range(3)] == [[problem]] * 3


async def test_check_without_a_verdict_makes_no_login(make_session, gateway, cloud):
    gateway.denied = {PAGE}
    gateway.check = reply(503)
    session = make_session()
    for _ in range(3):
        await collect(session)

    assert cloud["login"].call_count == 0


async def test_cloud_that_is_down_is_trouble_that_passes(make_session, gateway, cloud):
    gateway.tokens = set()
    cloud["login"].respond(503)
    session = make_session()
    await collect(session)

    assert await collect(session) == [Problem.CLOUD_UNAVAILABLE]


async def test_cloud_that_refuses_needs_the_user(make_session, gateway, cloud):
    gateway.tokens = set()
    cloud["login"].respond(401)
    session = make_session()
    await collect(session)
    session.begin()

    with pytest.raises(EnlightenAuthenticationError):
        await session.get(PAGE)


async def test_cloud_is_asked_three_times_when_it_refuses(make_session, gateway, clock, cloud):
    gateway.tokens = set()
    cloud["login"].respond(401)
    session = make_session()
    for _ in range(28):
        await collect(session)
        clock.now += DAY_S / 4

    assert cloud["login"].call_count == 3


async def test_cloud_is_asked_again_when_the_user_has_acted(make_session, gateway, clock, cloud):
    gateway.tokens = {NEW}
    cloud["login"].respond(401)
    session = make_session()
    for _ in range(10):
        await collect(session)
        clock.now += 3600
    cloud["login"].respond(json={"session_id": "5e551d"})
    clock.now += DAY_S
    session.limiter.reset()

    assert await collect(session) == [200]


async def test_login_is_noted_before_it_is_made(make_session, memory, cloud):
    memory.token = None
    noted = []

    def answer(_request):
        noted.append(dict(memory.data))
        return httpx.Response(503)

    cloud["login"].mock(side_effect=answer)
    with pytest.raises(EnlightenUnavailableError):
        await make_session().ensure_token()

    assert noted == [{"logins": {"at": [NOW]}}]


# --- tokens: renewal


async def renewing(session, clock, age_s):
    """Let the token in use come to an age, then renew if it is time to."""
    await session.ensure_token()
    clock.now += age_s
    await session.renew_if_due()
    return session.token.raw


@pytest.mark.parametrize(("days", "expected"), [(334, OLD), (335, NEW)], ids=["not yet", "due"])
async def test_token_is_renewed_thirty_days_ahead(make_session, clock, cloud, days, expected):
    assert await renewing(make_session(), clock, days * DAY_S) == expected


async def test_renewed_token_is_used(make_session, clock, wire, cloud):
    session = make_session()
    await renewing(session, clock, 335 * DAY_S)
    await session.get(PAGE)

    assert wire.asked[-1].header("Authorization") == f"Bearer {NEW}"


async def test_nothing_is_renewed_before_there_is_a_token(make_session, cloud):
    await make_session().renew_if_due()

    assert cloud["login"].call_count == 0


async def test_pasted_token_is_not_renewed(make_session, clock, cloud):
    assert await renewing(make_session(PASTED), clock, 335 * DAY_S) == OLD


@pytest.mark.parametrize("failure", [503, 400])
async def test_old_token_serves_on_without_the_cloud(make_session, clock, cloud, failure):
    cloud["login"].respond(failure)
    session = make_session()
    await renewing(session, clock, 335 * DAY_S)

    assert await collect(session) == [200]


async def test_week_without_the_cloud_is_not_noticed(make_session, clock, cloud, caplog):
    cloud["login"].mock(side_effect=httpx.ConnectError)
    caplog.set_level(logging.INFO, "custom_components")
    session = make_session()
    await renewing(session, clock, 335 * DAY_S)
    for _ in range(28):
        await renewing(session, clock, DAY_S / 4)
        await collect(session)

    assert not [record for record in caplog.records if "enphase" in record.name]


async def test_reason_of_a_failed_renewal_is_kept(make_session, clock, cloud):
    cloud["login"].respond(503)
    session = make_session()
    await renewing(session, clock, 335 * DAY_S)
    await session.renew_if_due()

    assert session.cloud_problem.problem is Problem.CLOUD_UNAVAILABLE


async def test_busy_cloud_is_left_alone_for_longer(make_session, clock, cloud):
    cloud["login"].respond(json={"message": "Too many sessions"})
    session = make_session()
    await renewing(session, clock, 335 * DAY_S)
    await renewing(session, clock, 29 * 60)

    assert session.cloud_problem.problem is Problem.CLOUD_BUSY
    assert cloud["login"].call_count == 1


async def test_reason_is_gone_after_a_renewal(make_session, clock, cloud):
    cloud["login"].respond(503)
    session = make_session()
    await renewing(session, clock, 335 * DAY_S)
    cloud["login"].respond(json={"session_id": "5e551d"})
    await renewing(session, clock, 3600)

    assert session.cloud_problem is None


async def test_refused_renewal_is_told_ahead(make_session, clock, cloud):
    cloud["login"].respond(401)

    with pytest.raises(EnlightenAuthenticationError):
        await renewing(make_session(), clock, 335 * DAY_S)


# --- an account that asks for a code


@pytest.mark.parametrize("known", [True, False])
async def test_cloud_is_asked_once_at_most_for_an_account_that_asks_for_a_code(
    make_session, clock, cloud, known
):
    cloud["login"].respond(json={"requires_mfa": True})
    session = make_session(replace(CLOUD, asks_code=known))
    outcomes: list[str | None] = []
    for _ in range(3):
        try:
            await renewing(session, clock, 335 * DAY_S if clock.now == NOW else 3600)
            outcomes.append(None)
        except SecondFactorError as err:
            outcomes.append(err.sign_in._password)  # noqa: SLF001 -- it is to be forgotten

    assert outcomes == [None if known else "", None, None]
    assert (session.asks_code, cloud["login"].call_count) == (True, 0 if known else 1)


async def test_first_token_of_an_account_that_asks_for_a_code_needs_a_person(
    make_session, memory, cloud
):
    memory.token = None
    session = make_session(replace(CLOUD, asks_code=True))

    assert await collect(session) == [Problem.CLOUD_SECOND_FACTOR]
    assert cloud["login"].call_count == 0


async def test_gateway_that_refuses_a_token_for_which_a_person_is_needed_gets_its_time(
    make_session, gateway, clock, cloud
):
    session = make_session(replace(CLOUD, asks_code=True))
    assert await collect(session) == [200]
    gateway.tokens = set()
    for _ in range(20):  # a restart at night takes minutes, and nobody is woken for it
        assert await collect(session) == [Problem.TOKEN_REFUSED]
        clock.now += 60

    gateway.tokens = {OLD}

    assert await collect(session) == [200]
    assert cloud["login"].call_count == 0


async def test_no_secret_in_log_or_message(make_session, gateway, clock, cloud, caplog):
    caplog.set_level(logging.DEBUG, "custom_components")
    gateway.tokens = {NEW}
    gateway.wants_session = True
    session = make_session()
    told = [str(await collect(session)) for _ in range(3)]
    ours = [line for line in caplog.messages if line.startswith(("Fetched", "Enlighten"))]
    text = f"{ours} {told} {session.__dict__}"

    parts = [*OLD.split("."), *NEW.split("."), "sessionId=s", "swordfish"]
    assert not [part for part in parts if part in text.replace(repr(memory_of(session)), "")]


def memory_of(session):
    return session.__dict__["_memory"]


# --- digest


@dataclass
class DigestGateway:
    """What firmware before 7 does with users and passwords."""

    users: dict[str, str] = field(default_factory=lambda: {"envoy": "123456"})
    open: set[str] = field(default_factory=lambda: {"/info"})
    denied: set[str] = field(default_factory=set)
    installers: set[str] = field(default_factory=set)
    challenge: str = 'Digest qop="auth", realm="enphaseenergy.com", nonce="1700000000"'
    failing: bool = False

    def __call__(self, asked: Asked) -> bytes:
        if asked.path in self.open:
            return reply(200)
        user = self._user(asked)
        allowed = user == "installer" if asked.path in self.installers else user is not None
        if not allowed or asked.path in self.denied:
            return reply(401, b"Error: 401", f"WWW-Authenticate: {self.challenge}")
        return reply(503 if self.failing else 200)

    def _user(self, asked: Asked) -> str | None:
        said = dict(re.findall(r'(\w+)="?([^",]*)"?', asked.header("Authorization") or ""))
        user = said.get("username", "")
        if user not in self.users:
            return None
        secret = _md5(f"{user}:enphaseenergy.com:{self.users[user]}")
        proof = [said[key] for key in ("nonce", "nc", "cnonce", "qop")]
        wanted = _md5(":".join([secret, *proof, _md5(f"GET:{asked.path}")]))
        return user if said["response"] == wanted else None


def _md5(text):
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


@pytest.fixture
def old_gateway(wire):
    wire.answer = DigestGateway()
    return wire.answer


async def test_open_page_needs_no_user(make_session, old_gateway, wire):
    await make_session(PASTED, Mode.DIGEST).get("/info")

    assert wire.asked[0].header("Authorization") is None


@pytest.mark.parametrize(
    ("users", "credentials"),
    [
        ({"envoy": "123456"}, Credentials()),
        ({"installer": "d525d2jh"}, Credentials()),
        ({"installer": "d525d2jh"}, Credentials("installer", "wrong")),
        ({"jane": "own"}, Credentials("jane", "own")),
        ({"envoy": "123456"}, CLOUD),
    ],
)
async def test_user_is_found(make_session, old_gateway, users, credentials):
    old_gateway.users = users

    assert (await make_session(credentials, Mode.DIGEST).get("/inv")).status == 200


async def test_user_once_found_is_kept(make_session, old_gateway, wire):
    old_gateway.users = {"installer": "d525d2jh"}
    session = make_session(PASTED, Mode.DIGEST)
    await session.get("/inv")
    del wire.asked[:]
    await session.get("/ivp")

    assert len(wire.asked) == 1


async def test_users_all_refused(make_session, old_gateway):
    old_gateway.users = {}
    session = make_session(PASTED, Mode.DIGEST)

    assert ((await session.get("/inv")).status, session.local_login_refused) == (401, True)


async def test_users_are_tried_once_in_a_collection(make_session, old_gateway, wire):
    old_gateway.users = {}
    session = make_session(PASTED, Mode.DIGEST)
    await collect(session, "/inv", "/ivp")

    assert paths(wire).count("/ivp") == 1


async def test_users_are_tried_again_in_the_next_collection(make_session, old_gateway):
    users, old_gateway.users = old_gateway.users, {}
    session = make_session(PASTED, Mode.DIGEST)
    await collect(session, "/inv")
    old_gateway.users = users

    assert (await collect(session, "/inv"), session.local_login_refused) == ([200], False)


async def test_page_for_another_user_is_reached(make_session, old_gateway):
    old_gateway.users["installer"] = "d525d2jh"
    old_gateway.installers = {"/stream/meter"}

    session = make_session(PASTED, Mode.DIGEST)
    await collect(session, "/inv")

    assert await collect(session, "/stream/meter") == [200]


async def test_stream_of_an_old_gateway_is_opened_as_the_user_that_was_found(
    make_session, old_gateway, wire
):
    session = make_session(PASTED, Mode.DIGEST)
    await session.get("/inv")

    async with session.stream("/stream/meter", silence_s=5) as (status, _pieces):
        assert status == 200

    assert paths(wire).count("/stream/meter") == 1


async def test_page_for_nobody_is_searched_once(make_session, old_gateway, wire):
    old_gateway.denied = {"/ivp/meters"}
    session = make_session(PASTED, Mode.DIGEST)
    for _ in range(3):
        await collect(session, "/inv", "/ivp/meters")
        asked = paths(wire).count("/ivp/meters")
    del wire.asked[:]
    await collect(session, "/ivp/meters")

    assert len(wire.asked) < asked


async def test_page_for_nobody_does_not_refuse_the_user(make_session, old_gateway):
    old_gateway.denied = {"/ivp/meters"}
    session = make_session(PASTED, Mode.DIGEST)
    await collect(session, "/inv")
    await collect(session, "/ivp/meters")

    assert session.local_login_refused is False


async def test_gateway_in_trouble_proves_no_user(make_session, old_gateway):
    old_gateway.failing = True
    session = make_session(PASTED, Mode.DIGEST)
    first = await collect(session, "/inv")
    old_gateway.failing = False

    assert (first, await collect(session, "/inv")) == ([503], [200])


async def test_challenge_without_sense_spoils_no_later_page(make_session, old_gateway):
    session = make_session(PASTED, Mode.DIGEST)
    await collect(session, "/inv")
    good, old_gateway.challenge = old_gateway.challenge, 'Digest realm="x", nonce="1", qop="no"'
    old_gateway.denied = {"/inv"}
    await collect(session, "/inv")
    old_gateway.challenge, old_gateway.denied = good, set()

    assert await collect(session, "/inv") == [200]


async def test_denied_page_after_the_move_to_tokens_is_an_answer(make_session, wire):
    wire.answer = lambda _: DENIED

    assert (await make_session(PASTED, Mode.DIGEST).get("/inv")).status == 401


async def test_time_limit_reaches_the_gateway(make_session, wire):
    wire.answer = lambda _: b""

    with pytest.raises(EnvoyTimeoutError):
        await make_session(PASTED, Mode.DIGEST).get("/inv", timeout_s=0.05)


async def test_password_is_hidden_in_the_log(make_session, old_gateway, wire, caplog):
    caplog.set_level(logging.DEBUG, "custom_components")
    wire.answer = lambda _: reply(200, b"the word is swordfish")
    await make_session(CLOUD, Mode.DIGEST).get("/inv")

    assert caplog.messages[-1].endswith("the word is **")


async def test_command_to_an_old_gateway_is_sent_without_a_token():
    async with Wire(lambda _: reply(200, b"{}")) as wire, httpx.AsyncClient() as client:
        transport = Transport(f"127.0.0.1:{wire.port}", client, Timing(page_s=2))
        transport.scheme = "http"
        session = Session(transport, Credentials(), VolatileMemory(), client)
        session.use(Mode.DIGEST, SERIAL)

        answer = await session.send("POST", "/ivp/ensemble/relay", b"{}")

    assert answer.status == 200
    assert wire.asked[0].header("Authorization") is None
    assert wire.asked[0].header("Content-Type") == "application/json"
