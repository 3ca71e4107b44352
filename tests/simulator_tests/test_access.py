"""Digest and tokens, against what gateway-api.md says of them."""

import httpx
import jwt
import pytest

from tests.simulator import Simulator, installer_password
from tests.simulator.access import TokenGate, make_token

pytestmark = pytest.mark.once

NOW = 1_790_000_000.0
SERIAL = "122910000001"
INVERTERS = "/api/v1/production/inverters"


@pytest.mark.parametrize(
    ("serial", "password"),
    [
        ("123456789012", "7edE24ed"),
        ("202012345678", "c7h685B8"),
        ("000000000000", "285A97bf"),
        ("122112123456", "d525d2jh"),
        ("122001002150", "hddD7C7g"),
        ("122000003383", "Eckje4ha"),
        ("121212121212", "f4a4b85e"),
    ],
)
def test_installer_password_follows_from_the_serial(serial, password):
    assert installer_password(serial) == password


@pytest.fixture
def gate():
    return TokenGate(SERIAL, lambda: NOW)


@pytest.mark.parametrize(("kind", "level"), [("owner", 2), ("installer", 6), ("stranger", 0)])
def test_a_token_grants_its_level(gate, kind, level):
    assert gate.level_of(make_token(SERIAL, kind, NOW, 60)) == level


def test_an_expired_token_is_refused(gate):
    assert gate.level_of(make_token(SERIAL, "owner", NOW - 61, 60)) == 0


def test_a_token_of_another_gateway_is_refused(gate):
    assert gate.level_of(make_token("122910000002", "owner", NOW, 60)) == 0


def test_a_token_with_another_signature_is_refused(gate):
    good = make_token(SERIAL, "owner", NOW, 60)
    head, claims, _ = good.split(".")
    other = make_token(SERIAL, "owner", NOW, 60).split(".")[2]

    assert gate.level_of(f"{head}.{claims}.{other}") == 0


@pytest.mark.parametrize("token", ["", "no token", "a.b.c"])
def test_what_is_no_token_is_refused(gate, token):
    assert gate.level_of(token) == 0


def test_one_token_can_be_revoked(gate):
    token, other = make_token(SERIAL, "owner", NOW, 60), make_token(SERIAL, "owner", NOW, 60)
    gate.revoked.add(token)

    assert (gate.level_of(token), gate.level_of(other)) == (0, 2)


def test_revoking_all_spares_later_tokens(gate):
    early = make_token(SERIAL, "owner", NOW, 60)
    gate.revoke_all()

    assert (gate.level_of(early), gate.level_of(make_token(SERIAL, "owner", NOW, 60))) == (0, 2)


def test_a_token_says_of_itself_what_real_ones_say():
    token = make_token(SERIAL, "owner", NOW, 60)

    claims = jwt.decode(token, options={"verify_signature": False})

    assert claims | {"jti": ""} == {
        "aud": SERIAL,
        "iss": "Entrez",
        "enphaseUser": "owner",
        "exp": NOW + 60,
        "iat": NOW,
        "jti": "",
        "username": "owner@example.com",
    }


async def test_no_token_no_page(client):
    response = await client.get("/ivp/meters", token="")

    assert response.status_code == 401
    assert "/home" in response.text


async def test_info_is_open_to_everybody(client):
    response = await client.get("/info", token="")

    assert response.status_code == 200


async def test_an_owner_does_not_see_what_is_for_installers(client, simulator):
    response = await client.get("/ivp/peb/devstatus", token=simulator.token("owner"))

    assert response.status_code == 401


async def test_a_token_ages_by_the_clock_of_the_site(client, simulator):
    token = simulator.token(lifetime_s=60)
    simulator.site.advance(61)

    response = await client.get("/ivp/meters", token=token)

    assert response.status_code == 401


async def test_check_jwt_gives_a_cookie(client):
    response = await client.get("/auth/check_jwt")

    assert response.text == "<!DOCTYPE html><h2>Valid token.</h2>\n"
    assert response.headers["set-cookie"].startswith("sessionId=")


async def test_check_jwt_refuses_a_bad_token(client):
    response = await client.get("/auth/check_jwt", token="no token")

    assert response.status_code == 401


async def session_of(client):
    response = await client.get("/auth/check_jwt")
    return {"Cookie": response.headers["set-cookie"].partition(";")[0]}


async def test_a_cookie_stands_for_the_token(client, simulator):
    cookie = await session_of(client)

    response = await client.get("/ivp/meters", token="", headers=cookie)

    assert response.status_code == 200
    assert simulator.ledger[-1].auth == "cookie"


async def test_a_cookie_is_good_for_ten_minutes_of_silence(client, simulator):
    cookie = await session_of(client)
    simulator.site.advance(599)
    before = await client.get("/ivp/meters", token="", headers=cookie)
    simulator.site.advance(601)

    after = await client.get("/ivp/meters", token="", headers=cookie)

    assert (before.status_code, after.status_code) == (200, 401)


async def test_revoking_ends_the_sessions(client, simulator):
    cookie = await session_of(client)
    simulator.revoke_tokens()

    response = await client.get("/ivp/meters", token="", headers=cookie)

    assert response.status_code == 401


async def digest(name, http, user, password=None):
    async with Simulator(name) as simulator:
        auth = httpx.DigestAuth(user, password or simulator.serial[-6:])
        response = await http.get(f"http://{simulator.host}{INVERTERS}", auth=auth)
        return response, simulator.ledger


async def test_digest_opens_with_the_end_of_the_serial(http):
    response, ledger = await digest("p_d5_standard", http, "envoy")

    assert response.status_code == 200
    assert [request.status for request in ledger] == [401, 200]


@pytest.mark.parametrize(("user", "password"), [("envoy", "000002"), ("somebody", "000001")])
async def test_wrong_digest_is_refused(http, user, password):
    response, _ = await digest("p_d5_standard", http, user, password)

    assert response.status_code == 401


async def test_old_firmware_shows_inverters_to_the_installer_only(http):
    response, _ = await digest("p_d318_closing", http, "envoy")

    assert response.status_code == 401


async def test_a_bad_password_is_answered_with_garbage(http):
    async with Simulator("p_r39_digest") as simulator:
        url = f"http://{simulator.host}{INVERTERS}"
        challenge = (await http.get(url)).headers["www-authenticate"]
        bad = 'Digest username="installer", nonce="", uri="", response=""'

        response = await http.get(url, headers={"Authorization": bad})

    header = dict(response.headers.raw)[b"WWW-Authenticate"]
    assert challenge.startswith("Digest qop=")
    assert b"\xff\xfe" in header


async def test_a_user_of_ones_own_is_let_in(http):
    async with Simulator("p_d5_standard") as simulator:
        simulator.gateway.digest.users["anna"] = ("secret", 2)
        auth = httpx.DigestAuth("anna", "secret")

        response = await http.get(f"http://{simulator.host}{INVERTERS}", auth=auth)

    assert response.status_code == 200


async def test_a_password_is_not_asked_for_open_pages(http):
    async with Simulator("p_d5_standard") as simulator:
        response = await http.get(f"http://{simulator.host}/api/v1/production")

    assert response.status_code == 200
