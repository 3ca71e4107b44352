"""For every test: how hard hypothesis searches, and which addresses may be reached."""

import os

import pytest
import pytest_socket
from hypothesis import HealthCheck, settings

# Two machines of different speed shall come to the same verdict: no deadline, no complaint about
# slow generation. "quick" is repeatable, so that an unrelated change never fails by bad luck.
settings.register_profile(
    "quick",
    max_examples=50,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile(
    "deep",
    max_examples=2000,
    deadline=None,
    derandomize="CI" in os.environ,  # by hand it searches elsewhere each time
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


@pytest.fixture(autouse=True)
def loopback(socket_enabled):
    """Let tests talk to the simulator over real sockets, and to nothing beyond this machine."""
    pytest_socket.socket_allow_hosts(["127.0.0.1", "::1"], allow_unix_socket=True)
