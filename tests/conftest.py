"""For every test: how hard hypothesis searches, and which addresses may be reached."""

import logging
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
    "brief",
    max_examples=300,
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

# What others tell of their work would take more time than many a test; the harness even has the
# recorder tell each statement. Of ours, a test that fails shows everything but debug lines.
logging.getLogger().setLevel(logging.INFO)
for talkative in ("homeassistant", "httpx", "httpx2", "pytest_homeassistant_custom_component"):
    logging.getLogger(talkative).setLevel(logging.WARNING)
logging.getLogger("sqlalchemy.engine").setLevel(logging.WARNING)


@pytest.fixture
def caplog(caplog):
    """Keep the level as it is: the harness turns on the debug lines of everybody."""
    logging.getLogger().setLevel(logging.INFO)  # the fixture puts back what was before
    return caplog


@pytest.fixture(autouse=True)
def enable_event_loop_debug():
    """Do without asyncio's debug mode, which the harness turns on for every test.

    It notes the stack whenever a callback or a task is made, which takes a third of a test's time.
    Where threads are at work (``tests/integration/statistics``), it stays on.
    """


@pytest.fixture(autouse=True)
def loopback(socket_enabled):
    """Let tests talk to the simulator over real sockets, and to nothing beyond this machine."""
    pytest_socket.socket_allow_hosts(["127.0.0.1", "::1"], allow_unix_socket=True)
