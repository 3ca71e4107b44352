"""What these tests share with those of the integration, and a recorder that really counts."""

import pytest

from tests.integration.conftest import (  # noqa: F401 -- fixtures
    certificate,
    clean_log,
    entry,
    fresh_reports,
    hass,
    simulator,
)
from tests.reader.conftest import visit  # noqa: F401 -- a fixture


@pytest.fixture
def enable_statistics():
    """Let the recorder compile its statistics every five minutes, as it does in a house."""
    return True


@pytest.fixture
def recorder_config():
    """Record what the tests look at, and write it when it is counted: a commit takes longest."""
    kept = [
        *("sensor.*energy_production", "sensor.*energy_consumption"),
        *("sensor.*battery_energy_*", "sensor.*grid_import_summed"),
    ]
    return {"commit_interval": 600, "include": {"entity_globs": kept}}
