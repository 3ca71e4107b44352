"""Takes the pictures of the README while the stories in the browser go on."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Final

from playwright.async_api import Page, ViewportSize

from .browser import SIZE
from .process import ROOT

WANTED: Final = "PICTURES"
"""The variable of the environment that names the pictures to take, or ``all``."""
_FOLDER: Final = ROOT / ".github" / "pictures"
_SETTLE_MS: Final = 2500
"""Charts and dialogues move into place; nothing tells when they have arrived."""


@dataclass(frozen=True, slots=True)
class Camera:
    """Looks at the browser's page, and keeps the pictures that are wanted."""

    page: Page

    async def take(self, name: str, width: int, height: int) -> None:
        """Take a picture of this size, if it is wanted.

        Narrow pages are for where Home Assistant would cut names short in wide ones.
        """
        if {name, "all"}.isdisjoint(os.environ.get(WANTED, "").split()):
            return
        await self.page.set_viewport_size(ViewportSize(width=width, height=height))
        await self.page.mouse.move(0, 0)  # away from what it would light up
        await self.page.wait_for_timeout(_SETTLE_MS)
        _FOLDER.mkdir(parents=True, exist_ok=True)
        await self.page.screenshot(path=_FOLDER / f"{name}.png")
        await self.page.set_viewport_size(SIZE)
