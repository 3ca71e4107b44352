"""A dry contact switched in the browser: obeyed, ignored, put back. One story, in order."""

from dataclasses import dataclass

import pytest
import pytest_asyncio

from . import check
from .demo import add
from .home_assistant import HomeAssistant
from .process import until
from .simulated import SimulatedGateway

pytest.importorskip("playwright", reason="only scripts/browser installs a playwright")

from playwright.async_api import Locator, expect

from .browser import Browser
from .pictures import Camera
from .story import MARKS, stage

pytestmark = MARKS

SITE = "pc_d83_controls"
CONTACTS = "/ivp/ensemble/dry_contacts"
CONTACT = "relay_no1"
IGNORED = "the device has not followed within"
"""A part of the error's text."""


@dataclass
class Panel:
    """A gateway with a contact, a Home Assistant, and somebody who switches it."""

    gateway: SimulatedGateway
    home: HomeAssistant
    browser: Browser
    camera: Camera
    ident: str
    """The entity of the contact's switch."""

    @property
    def switch(self) -> Locator:
        return self.browser.page.locator("ha-more-info-dialog").get_by_role("switch")

    async def look(self) -> None:
        """Open what Home Assistant shows of the switch."""
        await self.browser.open(f"/history?entity_id={self.ident}&more-info-entity-id={self.ident}")

    async def confirms(self, state: str, confirmation: str) -> bool | None:
        """Tell whether Home Assistant shows this state, and this of the last command."""
        found = await self.home.get(f"/api/states/{self.ident}")
        wanted = (state, confirmation)
        return (found["state"], found["attributes"].get("confirmation")) == wanted or None


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def panel(request):
    async with stage(request.config, SITE) as on:
        entry_id, _ = await add(on.home, on.gateway.form)
        await check.entities_have_states(on.home, entry_id)
        ids = await on.home.entities(entry_id)
        (ident,) = (
            entity_id
            for entity_id in ids
            if entity_id.startswith("switch.") and entity_id.endswith(CONTACT)
        )
        yield Panel(on.gateway, on.home, on.browser, Camera(on.browser.page), ident)


async def test_switch_that_is_obeyed_is_pending_and_then_confirmed(panel):
    await panel.look()
    await expect(panel.switch).to_be_checked()

    await panel.switch.click()
    await until(lambda: panel.confirms("off", "pending"), "Showing the wish", 10, 0.2)
    await until(lambda: panel.confirms("off", "confirmed"), "Following the command", 30)

    await expect(panel.switch).not_to_be_checked()


async def test_switch_that_is_ignored_says_so_and_goes_back_to_the_truth(panel):
    await panel.gateway.steer("/obedience", path=CONTACTS, behaviour="ignores")

    await panel.switch.click()

    await expect(panel.browser.text(IGNORED)).to_be_visible()
    await panel.camera.take("ignored", 1280, 860)
    await expect(panel.switch).not_to_be_checked()
    assert await panel.confirms("off", "failed")


async def test_ignored_control_has_a_notice(panel):
    await panel.browser.open("/config/repairs")

    await expect(panel.browser.text("is ignored by the gateway")).to_be_visible()


async def test_command_that_is_put_back_has_a_notice(panel):
    await panel.gateway.steer("/clear")
    await panel.gateway.steer("/obedience", path=CONTACTS, behaviour="puts_back", after_s=8)
    await panel.look()

    await panel.switch.click()
    await until(lambda: panel.confirms("on", "confirmed"), "Following the command", 30)

    async def is_put_back():
        await panel.home.update(panel.ident)
        return await panel.confirms("off", "put_back")

    await until(is_put_back, "Seeing that it was put back", 60, 2)
    await panel.browser.open("/config/repairs")
    notice = panel.browser.text("was put back")
    await expect(notice).to_be_visible()
    await notice.click()
    await expect(panel.browser.text("something else has changed it")).to_be_visible()


async def test_log_has_nothing_to_complain_of(panel):
    check.log_is_quiet(panel.home.process.log)
