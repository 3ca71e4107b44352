"""Takes the pictures of the README in a real Home Assistant (scripts/pictures)."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from playwright.async_api import Error, Page, Route, async_playwright

from .demo import SCENARIO, Demo, place, say, simulated_demo
from .home_assistant import DOMAIN, PASSWORD, USER
from .process import ROOT, TroubleError

PICTURES: Final = ROOT / ".github" / "pictures"
_BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome")
_SETTLE_MS: Final = 2500
"""Charts and dialogs move into place; nothing tells when they have arrived."""

type Shot = Callable[[Page, Demo], Awaitable[None]]


def find_browser() -> str:
    """Return the path of an installed Chromium, or raise TroubleError."""
    for name in _BROWSERS:
        if found := shutil.which(name):
            return found
    raise TroubleError("No Chromium is installed. Install one, for example: apt install chromium")


@contextlib.asynccontextmanager
async def browser_page(demo: Demo) -> AsyncGenerator[Page]:
    """Open a browser that only knows the demo, and sign in."""

    async def stay_here(route: Route) -> None:
        if route.request.url.startswith(demo.home.url):
            await route.continue_()
        else:
            await route.abort()

    async with async_playwright() as playwright:
        # Chromium's sandbox does not work for root, and the only page it opens is ours.
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = await playwright.chromium.launch(executable_path=find_browser(), args=arguments)
        context = await browser.new_context(
            viewport={"width": 1280, "height": 900},
            locale="en-GB",
            timezone_id="Europe/Amsterdam",
        )
        await context.route("**/*", stay_here)
        page = await context.new_page()
        await page.goto(demo.home.url)
        await page.locator("input[name=username]").fill(USER)
        await page.locator("input[name=password]").fill(PASSWORD)
        await page.locator("input[name=password]").press("Enter")
        await page.locator("ha-sidebar").wait_for()
        yield page
        await browser.close()


async def integration(page: Page, demo: Demo) -> None:
    """Show the integration's page: one entry with its devices."""
    await page.goto(f"{demo.home.url}/config/integrations/integration/{DOMAIN}")
    await page.get_by_text("IQ Gateway metered").wait_for()


async def gateway(page: Page, demo: Demo) -> None:
    """Show the page of the gateway with all of its figures."""
    await _device(page, demo, "IQ Gateway metered")


async def battery(page: Page, demo: Demo) -> None:
    """Show the page of one battery."""
    await _device(page, demo, "IQ Battery")


async def inverter(page: Page, demo: Demo) -> None:
    """Show the page of one inverter."""
    await _device(page, demo, "Inverter")


async def energy(page: Page, demo: Demo) -> None:
    """Show yesterday, a whole day, in the Energy dashboard."""
    await page.goto(f"{demo.home.url}/energy")
    await page.get_by_text("Energy distribution").filter(visible=True).wait_for()
    await page.get_by_label("Previous").first.click()


async def setup(page: Page, demo: Demo) -> None:
    """Show the form that adds a gateway."""
    await page.goto(f"{demo.home.url}/config/integrations/dashboard/add?domain={DOMAIN}")
    await page.get_by_role("button", name="OK").click()
    await page.locator("input[name=host]").fill("envoy.local")
    await page.locator("input[name=username]").fill("owner@example.com")
    await page.locator("input[name=password]").fill("not a real password")
    await page.get_by_role("switch").check(force=True)  # what is to be seen covers it


async def options(page: Page, demo: Demo) -> None:
    """Show the form of the options."""
    await integration(page, demo)
    await page.get_by_label("Configure").first.click()
    await page.get_by_text("Update interval").wait_for()


async def _device(page: Page, demo: Demo, model: str) -> None:
    devices = await demo.home.command("config/device_registry/list")
    ident = next(row["id"] for row in devices if row["model"] == model)
    await page.goto(f"{demo.home.url}/config/devices/device/{ident}")
    await page.get_by_text(model).first.wait_for()


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture: what is on it, and how large it is."""

    shot: Shot
    width: int
    height: int


# Narrow pages are those where Home Assistant would cut names short in wide ones.
ALL: Final = (
    Picture(integration, 1280, 860),
    Picture(gateway, 560, 1372),
    Picture(battery, 640, 740),
    Picture(inverter, 640, 720),
    Picture(energy, 1280, 1360),
    Picture(setup, 760, 980),
    Picture(options, 760, 900),
)


async def run(names: list[str]) -> None:
    """Take the pictures with these names, or all."""
    find_browser()  # before minutes are spent
    PICTURES.mkdir(parents=True, exist_ok=True)
    with place() as (folder, port):
        async with simulated_demo(SCENARIO, folder, port) as demo, browser_page(demo) as page:
            for picture in ALL:
                name = picture.shot.__name__
                if names and name not in names:
                    continue
                say(f"Taking {name}.png")
                await page.set_viewport_size({"width": picture.width, "height": picture.height})
                await picture.shot(page, demo)
                await page.mouse.move(0, 0)  # away from what it would light up
                await page.wait_for_timeout(_SETTLE_MS)
                await page.screenshot(path=PICTURES / f"{name}.png")


def main() -> int:
    """Run the command; return its exit code."""
    try:
        asyncio.run(run(sys.argv[1:]))
    except (TroubleError, Error) as err:
        say(str(err))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
