"""For every test: how hard hypothesis searches."""

import os

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
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))
