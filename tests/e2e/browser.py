"""A browser in which a user of Home Assistant looks and clicks.

This is the one place that knows how the pages are built. All that is asked of them is what a user
sees or can click; Playwright looks into the shadow roots by itself.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import AsyncGenerator
from typing import Final

from playwright.async_api import (
    Download,
    Locator,
    Page,
    Route,
    ViewportSize,
    async_playwright,
    expect,
)

from .home_assistant import DOMAIN, PASSWORD, USER

SIZE: Final = ViewportSize(width=1280, height=900)
_BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome")
_PATIENCE_MS: Final = 60_000
"""For anything to appear: a busy machine needs its time."""


def find_browser() -> str | None:
    """Return the path of a Chromium: the one that CHROMIUM names, or one on PATH."""
    names = (os.environ.get("CHROMIUM", ""), *_BROWSERS)
    return next(filter(None, map(shutil.which, names)), None)


@contextlib.asynccontextmanager
async def browse(url: str) -> AsyncGenerator[Browser]:
    """Open a browser that only knows the Home Assistant at ``url``, and sign in."""

    async def stay_here(route: Route) -> None:
        if route.request.url.startswith(url):
            await route.continue_()
        else:
            await route.abort()

    expect.set_options(timeout=_PATIENCE_MS)
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=find_browser())
        context = await chromium.new_context(
            viewport=SIZE, locale="en-GB", timezone_id="Europe/Amsterdam"
        )
        context.set_default_timeout(_PATIENCE_MS)
        await context.route("**/*", stay_here)
        browser = Browser(await context.new_page(), url)
        await browser.sign_in()
        yield browser
        await chromium.close()


class Browser:
    """The pages of one Home Assistant."""

    def __init__(self, page: Page, url: str) -> None:
        """Look at ``page``."""
        self.page = page
        self._url = url

    async def open(self, path: str) -> None:
        """Go to a page of Home Assistant."""
        await self.page.goto(f"{self._url}{path}")

    async def sign_in(self) -> None:
        """Sign in as the user of the demo."""
        await self.open("/")
        await self.field("username").fill(USER)
        await self.field("password").fill(PASSWORD)
        await self.field("password").press("Enter")
        await self.page.locator("ha-sidebar").wait_for()

    # Everywhere

    def text(self, text: str) -> Locator:
        """Return where a text is to be seen, or a part of it."""
        return self.page.get_by_text(text).filter(visible=True).first

    def field(self, name: str) -> Locator:
        """Return the field of a form that has this name."""
        return self.page.locator(f"input[name={name}]")

    def switch(self) -> Locator:
        """Return the only switch of a form."""
        return self.page.get_by_role("switch")

    def number(self, label: str) -> Locator:
        """Return the field for a number that has this label."""
        return self.page.locator("ha-selector-number").filter(has_text=label).locator("input")

    async def press(self, button: str) -> None:
        """Press the button of a form or a dialogue."""
        await self.page.get_by_role("button", name=button, exact=True).click()

    # Settings

    def offer(self, title: str) -> Locator:
        """Return the card of what was discovered, or of what wants attention."""
        return self.page.locator("ha-config-flow-card").filter(has_text=title)

    async def open_integrations(self) -> None:
        """Go to the page with the cards of all integrations."""
        await self.open("/config/integrations/dashboard")

    async def open_integration(self) -> None:
        """Go to the page of this integration, with its entries and their devices."""
        await self.open(f"/config/integrations/integration/{DOMAIN}")

    async def open_device(self, model: str) -> None:
        """Go to the page of the first device of this model."""
        await self.open_integration()
        await self.entry.get_by_text(model).first.click()
        await self.page.wait_for_url("**/config/devices/device/*")

    @property
    def entry(self) -> Locator:
        """The only entry on the page of the integration."""
        return self.page.locator("ha-config-entry-row")

    async def configure(self, item: str) -> None:
        """Open the menu of the entry's options and choose from it."""
        await self.entry.get_by_label("Configure").first.click()
        await self.page.get_by_text(item, exact=True).first.click()

    async def choose(self, item: str) -> None:
        """Choose from the menu of the entry."""
        await self.entry.get_by_label("Menu").first.click()
        await self.entry.get_by_role("menuitem", name=item, exact=True).first.click()

    async def download(self, item: str) -> Download:
        """Choose what brings a file from the menu of the entry."""
        async with self.page.expect_download() as download:
            await self.choose(item)
        return await download.value

    # Devices

    def figure(self, name: str) -> Locator:
        """Return what is shown beside the name of an entity, on the page of its device."""
        label = self.page.get_by_text(name, exact=True)
        return self.page.locator("hui-generic-entity-row").filter(has=label)

    async def toggle(self, name: str) -> None:
        """Click the switch beside the name of an entity, on the page of its device."""
        await self.figure(name).locator("ha-switch").click()

    # Energy

    async def open_yesterday(self) -> None:
        """Go to the Energy dashboard, and there to the day before this one: a whole day."""
        await self.open("/energy/electricity")
        await self.text("Energy distribution").wait_for()
        await self.page.get_by_label("Previous").first.click()

    async def power_usage(self) -> str:
        """Return what the page *Now* of the Energy dashboard says that the house takes."""
        await self.open("/energy/now")
        badge = self.page.locator("ha-badge").filter(has_text="Power usage")
        return await badge.first.inner_text()

    @property
    def flows(self) -> Locator:
        """Return the card of the Energy dashboard that tells where energy came from and went to."""
        return self.page.locator("hui-energy-distribution-card").filter(visible=True)

    # Dashboards

    def card_offer(self, name: str) -> Locator:
        """Return what the picker of cards shows of one: its name and its preview."""
        return self.page.locator("hui-card-picker .card").filter(has_text=name)
