"""The description tables of all platforms, as the tests look at them."""

from __future__ import annotations

from importlib import import_module
from typing import Any, Final

from custom_components.enphase_envoy.const import PLATFORMS
from custom_components.enphase_envoy.entity import EnvoyEntityDescription

DESCRIPTIONS: Final[dict[str, tuple[EnvoyEntityDescription[Any, Any], ...]]] = {
    platform.value: import_module(f"custom_components.enphase_envoy.{platform.value}").DESCRIPTIONS
    for platform in PLATFORMS
}
"""By platform."""
