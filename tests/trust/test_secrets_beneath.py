"""Nothing secret is logged by the libraries beneath us either, when a user debugs everything."""

import logging

import pytest

from custom_components.enphase_envoy.envoy_reader import Credentials, EnvoyError
from tests.reader.conftest import unverified
from tests.simulator.faults import Status

SITE = "pc_d7_one_phase"
READINGS = "/ivp/meters/readings"
CHECK = "/auth/check_jwt"
LIBRARIES = ("asyncio", "httpx", "httpx2", "httpcore", "httpcore2")


@pytest.fixture
def said(caplog):
    """Log all there is, and return a function that gives back what was said."""
    for name in LIBRARIES:
        caplog.set_level(logging.DEBUG, name)
    caplog.set_level(logging.DEBUG)
    return lambda: "\n".join(f"{record.name} {record.getMessage()}" for record in caplog.records)


@pytest.fixture
async def site(visit):
    """Return a site whose owner has an account, and no token yet."""
    site = await visit(SITE, token=False)
    user, password = site.simulator.credentials
    site.options["credentials"] = Credentials(user, password, use_enlighten=True)
    site.restart()
    return site


async def test_cookie_of_the_gateway_is_not_logged(site, said):
    await site.reader.read()
    site.simulator.faults[READINGS] = [Status(401)]

    await site.after(60)

    assert CHECK in site.asked()
    assert f"{CHECK}: <Response [200 OK]>" in said()
    assert "sessionId" not in said().replace("sessionId=**", "")


async def test_cookie_of_the_cloud_is_not_logged(site, said):
    (account,) = site.simulator.cloud.accounts.values()
    account.second_factor = True

    with pytest.raises(EnvoyError, match="second factor"):
        await site.reader.read()

    assert "login_otp_nonce" not in said()


async def test_neither_login_nor_token_is_logged(site, said):
    user, password = site.simulator.credentials

    await site.reader.read()

    assert site.simulator.cloud.logins == 1
    assert not [secret for secret in (user, password, site.memory.token) if secret in said()]


@pytest.mark.parametrize("scenario", ["p_d5_standard", "pc_d5_metered"])
async def test_local_password_is_not_logged(visit, said, scenario):
    site = await visit(scenario)
    user, _ = site.simulator.credentials
    site.options["credentials"] = Credentials(user, "planted-password")
    site.restart()

    await site.reader.read()

    assert any(request.auth == "digest" for request in site.simulator.ledger)
    assert "planted-password" not in said()
    assert "response=" not in said()


async def test_exchanges_of_others_are_logged_as_ever(site, said):
    await site.reader.read()
    async with unverified() as others:
        await others.get(
            f"https://{site.simulator.host}{CHECK}",
            headers={"Authorization": f"Bearer {site.memory.token}"},
        )

    assert "sessionId=" in said()
