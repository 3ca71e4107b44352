"""A story: a module whose tests go on from one another, in one Home Assistant and one browser."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from tests.simulator import SCENARIOS

from .browser import Browser, browse, find_browser
from .demo import place
from .home_assistant import VERSION, HomeAssistant, HurriedHomeAssistant
from .simulated import SimulatedGateway

MARKS: Final = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(300),
]

_PAGES_OF: Final = (2026, 11)
"""The first Home Assistant that is known to have the buttons pressed in the stories."""


@dataclass
class Stage:
    """What a story is played with; ``folder`` holds all that it leaves."""

    folder: Path
    gateway: SimulatedGateway
    home: HomeAssistant
    browser: Browser


@asynccontextmanager
async def stage(
    config: pytest.Config,
    site: str,
    *,
    discovers: bool = False,
    hurries: bool = False,
    peaks: Sequence[float] = (),
) -> AsyncGenerator[Stage]:
    """Start all that a story of this site needs, or skip the story where that cannot be.

    Its Home Assistant ``discovers`` gateways, or is a ``HurriedHomeAssistant``; its inverters have
    these ``peaks``.
    """
    if VERSION < _PAGES_OF:
        pytest.skip("these are the pages of a newer Home Assistant, for which there is no Python")
    if not find_browser():
        pytest.skip("there is no Chromium")
    if config.pluginmanager.hasplugin("homeassistant"):
        pytest.skip("the harness does not allow a story that spans tests: use scripts/browser")
    zone = SCENARIOS[site].plan.time_zone
    kind = HurriedHomeAssistant if hurries else HomeAssistant
    with place() as (folder, port):
        async with (
            SimulatedGateway(site, folder, peaks=peaks) as gateway,
            kind(folder, port, zone, gateway.cloud_environment(), discovers=discovers) as home,
            browse(home.url) as browser,
        ):
            yield Stage(folder, gateway, home, browser)
            await browser.page.screenshot(path=folder / "last.png")
