"""Runs a Home Assistant whose reader believes at once what it believes after minutes elsewhere.

``-m tests.e2e.hurried`` takes the arguments of ``hass``. A story in a browser has no clock to turn
on: it would wait those minutes. That they are waited for is a matter of ``tests/reader``.
"""

from __future__ import annotations

import sys

# Before anything that imports httpx: Home Assistant refuses to start after it.
from homeassistant.__main__ import main

from custom_components.enphase_envoy.envoy_reader.exchange import session

if __name__ == "__main__":
    # The integration of the process is this one: Home Assistant finds it imported.
    vars(session)["_RESTART_S"] = 10
    sys.exit(main())
