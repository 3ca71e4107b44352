"""Imported by pytest before its other plugins (see ``addopts``): the order matters.

Home Assistant 2026.11 serves httpx2 under the name of httpx, and refuses to start where something
else has imported httpx before it. respx, a plugin, would.
"""

import logging

import homeassistant  # noqa: F401
from homeassistant.components import logger

# The harness, made for 2026.10, imports this name; 2026.11 has moved it. Tests do not need it.
if not hasattr(logger, "_clear_logger_overwrites"):
    vars(logger)["_clear_logger_overwrites"] = lambda _hass: None

# Had the root logger no handler yet, the harness would send every line of Home Assistant to stderr.
logging.getLogger().addHandler(logging.NullHandler())
