"""The cloud: login and tokens through its proxy, and the ways in which it refuses."""

import ssl

import certifi
import httpx
import pytest

from tests.simulator import Account, Cloud, Simulator
from tests.simulator.faults import Hang, Reset, Slow, Status

pytestmark = pytest.mark.once

LOGIN = "https://enlighten.enphaseenergy.com/login/login.json?"
TOKENS = "https://entrez.enphaseenergy.com/tokens"
EMAIL, PASSWORD, SERIAL = "anna@example.com", "made up", "122910000001"


@pytest.fixture
async def cloud():
    cloud = Cloud([Account(EMAIL, PASSWORD, {SERIAL})], clock=lambda: 1_790_000_000.0)
    await cloud.start()
    yield cloud
    await cloud.stop()


@pytest.fixture
async def http(cloud):
    context = ssl.create_default_context(cafile=cloud.ca_file)
    async with httpx.AsyncClient(proxy=cloud.proxy, verify=context, timeout=3) as client:
        yield client


async def log_in(http, password=PASSWORD, **options):
    form = {"user[email]": EMAIL, "user[password]": password}
    return await http.post(LOGIN, data=form, **options)


async def ask_token(http, serial=SERIAL):
    session = (await log_in(http)).json()["session_id"]
    wanted = {"session_id": session, "serial_num": serial, "username": EMAIL}
    return await http.post(TOKENS, json=wanted)


async def test_the_right_password_gives_a_session(http):
    answer = (await log_in(http)).json()

    assert answer["message"] == "success"
    assert answer["session_id"]


async def test_a_session_gives_a_token(http):
    response = await ask_token(http)

    assert response.status_code == 200
    assert response.text.strip().count(".") == 2


async def test_the_token_opens_the_gateway(cloud, http):
    async with (
        Simulator("pc_d7_three_phase", cloud=cloud) as simulator,
        httpx.AsyncClient(verify=False) as local,  # noqa: S501 - self-signed
    ):
        cloud.clock = lambda: simulator.site.now
        cloud.accounts[EMAIL].serials.add(simulator.serial)
        token = (await ask_token(http, simulator.serial)).text.strip()

        response = await local.get(
            f"https://{simulator.host}/ivp/meters", headers={"Authorization": f"Bearer {token}"}
        )

    assert response.status_code == 200


async def test_a_wrong_password_is_401(http):
    assert (await log_in(http, "wrong")).status_code == 401


async def test_a_foreign_gateway_is_403(http):
    assert (await ask_token(http, "122999000001")).status_code == 403


async def test_an_invented_session_is_401(http):
    wanted = {"session_id": "x", "serial_num": SERIAL, "username": EMAIL}

    assert (await http.post(TOKENS, json=wanted)).status_code == 401


@pytest.mark.parametrize("body", [b"", b"[]", b"{"])
async def test_a_bad_request_is_400(http, body):
    assert (await http.post(TOKENS, content=body)).status_code == 400


async def test_home_assistant_by_name_is_406(http):
    response = await log_in(http, headers={"User-Agent": "HomeAssistant/2026.11"})

    assert response.status_code == 406


async def test_a_second_factor_gives_a_cookie_but_no_session(cloud, http):
    cloud.accounts[EMAIL].second_factor = True

    response = await log_in(http)

    assert response.json() == {"success": True, "isBlocked": False}
    assert response.headers["set-cookie"].startswith("login_otp_nonce=")


async def test_a_login_page_may_come_instead_of_a_token(cloud, http):
    cloud.html_instead_of_token = True

    response = await ask_token(http)

    assert response.status_code == 200
    assert response.text.startswith("<!DOCTYPE html>")


@pytest.mark.parametrize("code", [400, 403, 429, 503])
async def test_any_status_can_be_given(cloud, http, code):
    cloud.faults["/tokens"] = Status(code)

    assert (await ask_token(http)).status_code == code


async def test_a_slow_cloud_answers_in_the_end(cloud, http):
    cloud.faults["*"] = Slow(0.1)

    assert (await log_in(http)).elapsed.total_seconds() >= 0.1


async def test_a_hanging_cloud_runs_into_the_time_limit(cloud, http):
    cloud.faults["*"] = Hang()

    with pytest.raises(httpx.ReadTimeout):
        await log_in(http, timeout=0.3)


async def test_a_connection_can_break(cloud, http):
    cloud.faults["*"] = Reset()

    with pytest.raises(httpx.TransportError):
        await log_in(http)


async def test_a_cloud_that_is_away_cannot_be_reached(cloud, http):
    await cloud.switch_off()

    with pytest.raises(httpx.ConnectError):
        await log_in(http)


async def test_a_cloud_comes_back(cloud, http):
    await cloud.switch_off()
    await cloud.switch_on()

    assert (await log_in(http)).status_code == 200


async def test_the_proxy_leads_nowhere_else(http):
    with pytest.raises(httpx.ProxyError, match="403"):
        await http.get("https://example.com/")


async def test_other_pages_do_not_exist(http):
    assert (await http.get(TOKENS)).status_code == 404


async def test_the_bundle_trusts_the_cloud_too(cloud):
    context = ssl.create_default_context(cafile=cloud.ca_bundle(certifi.where()))

    async with httpx.AsyncClient(proxy=cloud.proxy, verify=context) as client:
        response = await log_in(client)

    assert response.status_code == 200


async def test_strangers_do_not_trust_the_cloud(cloud):
    async with httpx.AsyncClient(proxy=cloud.proxy) as client:
        with pytest.raises(httpx.ConnectError):
            await log_in(client)


async def test_the_ledger_counts_logins(cloud, http):
    await ask_token(http)
    await log_in(http, "wrong")

    assert cloud.logins == 2
    assert [request.status for request in cloud.ledger] == [200, 200, 401]


async def test_a_simulator_has_an_account_in_its_cloud():
    async with Simulator("pc_d7_one_phase") as simulator:
        email, password = simulator.credentials

        account = simulator.cloud.accounts[email]

    assert account.password == password
    assert account.serials == {simulator.serial}


async def test_two_gateways_can_share_an_account(cloud):
    first = Simulator("pc_d7_one_phase", cloud=cloud)
    second = Simulator("pc_d7_three_phase", cloud=cloud)

    assert cloud.accounts[first.credentials[0]].serials == {first.serial, second.serial}
