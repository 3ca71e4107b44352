"""A client that talks to simulated gateways as a reader would."""

from http.cookiejar import DefaultCookiePolicy

import httpx
import pytest

from tests.simulator import Simulator, installer_password


class Client:
    """Knows where a simulator is, and has an installer's credentials for it."""

    def __init__(self, simulator, http):
        self.simulator = simulator
        self.http = http

    @property
    def scheme(self):
        return "https" if self.simulator.firmware.tokens else "http"

    async def get(self, path, *, scheme=None, token=None, auth=None, **options):
        url = f"{scheme or self.scheme}://{self.simulator.host}{path}"
        headers = options.pop("headers", {})
        if self.simulator.firmware.tokens and token != "":
            token = token or self.simulator.token("installer")
            headers = {"Authorization": f"Bearer {token}"} | headers
        if not self.simulator.firmware.tokens and auth is None:
            auth = httpx.DigestAuth("installer", installer_password(self.simulator.serial))
        return await self.http.get(url, headers=headers, auth=auth or None, **options)

    async def json(self, path):
        response = await self.get(path)
        assert response.status_code == 200, response
        return response.json()


@pytest.fixture
async def http():
    # Keeps no cookies: a test that wants a session says so.
    async with httpx.AsyncClient(verify=False, timeout=5) as client:  # noqa: S501
        client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        yield client


@pytest.fixture
def scenario():
    """Override to run the simulator on another site."""
    return "pc_d7_three_phase"


@pytest.fixture
async def simulator(scenario):
    async with Simulator(scenario) as running:
        yield running


@pytest.fixture
def client(simulator, http):
    return Client(simulator, http)
