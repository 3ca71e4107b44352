"""The card in a real Home Assistant: picked, laid out, looked at. One story, in order."""

import re
import time
from dataclasses import dataclass, field
from typing import Any

import pytest
import pytest_asyncio

from tests.integration.learned import learned
from tests.simulator import SCENARIOS
from tests.simulator.site import Site

from . import check
from .array_card import PATH, TYPE, add_dashboard
from .demo import add
from .home_assistant import HomeAssistant
from .process import until
from .simulated import SimulatedGateway

pytest.importorskip("playwright", reason="only scripts/browser installs a playwright")

from playwright.async_api import Locator, ViewportSize, expect

from .browser import SIZE, Browser
from .story import MARKS, stage

pytestmark = MARKS

SITE = "pc_d7_one_phase"
NAME = "Enphase roof"
OFFLINE = "Failed to load resource: net::ERR_FAILED"
"""What the console says of addresses elsewhere, which the browser may not reach."""
DASH = "\N{EN DASH}"
PHONE = ViewportSize(width=375, height=740)


@dataclass
class Roof:
    """A gateway, a Home Assistant with a dashboard, and somebody who looks at it."""

    gateway: SimulatedGateway
    home: HomeAssistant
    browser: Browser
    entry_id: str
    complaints: list[str] = field(default_factory=list)
    """What the browser's console says, and what nobody has caught."""

    @property
    def card(self) -> Locator:
        return self.browser.page.locator("enphase-array-card").filter(visible=True).last

    def tile(self, serial: str) -> Locator:
        return self.card.locator(f".tile[data-serial='{serial}']")

    async def power(self) -> dict[str, str]:
        """Return what each inverter shows, by its serial number."""
        states = await self.home.states()
        found = {}
        for row in await self.home.command("config/entity_registry/list"):
            if row["config_entry_id"] == self.entry_id and re.search(
                r"_inverter_\d+$", row["entity_id"]
            ):
                found[row["entity_id"].rpartition("_")[2]] = states[row["entity_id"]]
        return found

    async def resources(self) -> list[str]:
        return [row["url"] for row in await self.home.command("lovelace/resources")]

    async def remember(self, memory: dict[str, Any]) -> None:
        """Let the entry go on from a memory."""
        for disabled_by in ("user", None):
            await self.home.command(
                "config_entries/disable", entry_id=self.entry_id, disabled_by=disabled_by
            )
            if disabled_by:
                self.home.keep(self.entry_id, memory)

    async def saved(self) -> dict[str, Any]:
        """Return the card's configuration as the dashboard has stored it."""
        config = await self.home.command("lovelace/config", url_path=PATH)
        return config["views"][0]["sections"][0]["cards"][0]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def roof(request):
    async with stage(request.config, SITE) as on:
        entry_id, _ = await add(on.home, on.gateway.form)
        await check.entities_have_states(on.home, entry_id)
        await add_dashboard(on.home)
        found = Roof(on.gateway, on.home, on.browser, entry_id)
        page = on.browser.page
        page.on("console", lambda message: _note(found, message))
        page.on("pageerror", lambda error: found.complaints.append(str(error)))
        yield found


async def colour(tile):
    """Return the colour of a tile as red, green and blue."""
    shown = await tile.locator(".fill").evaluate("it => it.style.backgroundColor")
    return [int(part) for part in shown[4:-1].split(",")]


def _note(roof, message):
    if message.type == "error" and message.text != OFFLINE:
        roof.complaints.append(message.text)


async def test_dashboards_know_the_card(roof):
    (url,) = await roof.resources()

    assert url.endswith("/enphase-array-card.js")


async def test_picker_offers_the_card_with_a_preview_of_this_roof(roof):
    await roof.browser.open(f"/{PATH}/0?edit=1")
    page = roof.browser.page
    await page.get_by_role("button", name="Add card").first.click()
    await page.get_by_text("By card", exact=True).click()
    await page.get_by_placeholder("Search cards").fill(NAME)

    offer = roof.browser.card_offer(NAME)
    await expect(offer.locator(".tile")).to_have_count(len(await roof.power()))
    await offer.click()


async def test_editor_begins_with_all_inverters_placed(roof):
    editor = roof.browser.page.locator("enphase-array-card-editor")

    await expect(editor.locator(".grid .tile")).to_have_count(len(await roof.power()))
    await expect(editor.locator(".tray .tile")).to_have_count(0)


async def test_tile_is_dragged_and_the_preview_follows(roof):
    editor = roof.browser.page.locator("enphase-array-card-editor")
    first, last = editor.locator(".grid .tile").first, editor.locator(".grid .tile").last
    before = [await it.get_attribute("data-serial") for it in (first, last)]
    await editor.get_by_label("Name").fill("South")
    await editor.get_by_label("Direction").select_option(label="South")

    await first.hover()
    await roof.browser.page.mouse.down()
    await last.hover(force=True)
    await last.hover(force=True, position={"x": 20, "y": 20})
    await roof.browser.page.mouse.up()

    await expect(first).to_have_attribute("data-serial", before[1])
    await expect(last).to_have_attribute("data-serial", before[0])
    await expect(roof.card.get_by_role("group", name="South, South")).to_be_visible()
    await expect(roof.card.locator(".tile").first).to_have_attribute("data-serial", before[1])


async def test_layout_is_stored_in_the_dashboard(roof):
    await roof.browser.press("Save")
    await expect(roof.browser.text("Successfully saved")).to_be_visible()

    saved = await roof.saved()
    assert saved["type"] == TYPE
    assert (saved["arrays"][0]["name"], saved["arrays"][0]["direction"]) == ("South", 180)
    assert sorted(" ".join(saved["arrays"][0]["rows"]).replace("-", "").split()) == sorted(
        await roof.power()
    )


async def test_each_tile_shows_the_power_of_its_inverter(roof):
    await roof.browser.open(f"/{PATH}/0")

    async def agrees():
        shown = {
            await tile.get_attribute("data-serial"): await tile.locator(".figure").inner_text()
            for tile in await roof.card.locator(".tile").all()
        }
        return shown == await roof.power() or None

    await until(agrees, "Showing what Home Assistant knows", 30, 1)


async def test_tile_that_goes_silent_is_hatched(roof):
    serial, power = next(iter((await roof.power()).items()))
    ident = f"sensor.envoy_{roof.gateway.facts['serial']}_inverter_{serial}"
    state = await roof.home.get(f"/api/states/{ident}")
    asked = {"attributes": state["attributes"]}

    await roof.home.post(f"/api/states/{ident}", {"state": "unavailable", **asked})
    await expect(roof.tile(serial)).to_have_class("tile silent")

    await roof.home.post(f"/api/states/{ident}", {"state": power, **asked})
    await expect(roof.tile(serial)).to_have_class("tile")


async def test_slider_shows_the_present_hour_out_of_the_history(roof):
    slider = roof.card.get_by_role("slider")
    last = int(await slider.get_attribute("max"))

    await slider.fill(str(last - 1))

    await expect(slider).to_have_attribute("aria-valuetext", re.compile(rf"^\d.* {DASH} "))
    await expect(roof.card.locator(".tile .figure").first).to_have_text(re.compile(r"^\d+$"))
    await slider.fill(str(last))
    await expect(slider).to_have_attribute("aria-valuetext", "Now")


async def test_energy_of_the_day_comes_from_the_history(roof):
    await roof.card.get_by_role("radio", name="Energy").click()

    await expect(roof.card.locator(".tile .unit").first).to_have_text(re.compile("^k?Wh$"))
    await roof.card.get_by_role("radio", name="Power").click()


async def test_inverter_that_yields_less_than_usual_is_marked_and_coloured(roof):
    weak, other, *_ = await roof.power()

    await roof.remember(learned(Site(SCENARIOS[SITE].plan, time.time()), {weak: 5}))

    await expect(roof.tile(weak)).to_have_class("tile trouble")
    await expect(roof.card.locator(".tile.trouble")).to_have_count(1)
    await roof.card.get_by_role("radio", name="Yield").click()
    await expect(roof.tile(weak)).to_have_text("50%")
    await expect(roof.tile(other)).to_have_text("100%")
    red, _, blue = await colour(roof.tile(weak))
    assert red > 2 * blue
    red, _, blue = await colour(roof.tile(other))
    assert blue > 2 * red
    await roof.card.get_by_role("radio", name="Power").click()


async def test_trouble_is_told_in_a_notice_too(roof):
    weak = next(iter(await roof.power()))

    await roof.browser.open("/config/repairs")

    await expect(roof.browser.text(f"Inverter {weak} yields less than usual")).to_be_visible()
    await roof.browser.open(f"/{PATH}/0")


async def test_tap_opens_the_inverter(roof):
    serial = next(iter(await roof.power()))

    await roof.tile(serial).click()

    await expect(roof.browser.text(f"Inverter {serial}")).to_be_visible()
    await roof.browser.page.keyboard.press("Escape")


async def test_card_is_as_wide_as_a_phone(roof):
    await roof.browser.page.set_viewport_size(PHONE)
    await expect(roof.card).to_be_visible()

    async def fits():
        boxes = [await tile.bounding_box() for tile in await roof.card.locator(".tile").all()]
        return all(box["x"] + box["width"] <= PHONE["width"] for box in boxes if box) or None

    await until(fits, "Making the tiles fit the phone", 10)
    await roof.browser.page.set_viewport_size(SIZE)


async def test_card_speaks_the_language_of_the_user(roof):
    german = {
        "language": "de",
        "number_format": "language",
        "time_format": "language",
        "date_format": "language",
        "time_zone": "local",
        "first_weekday": "language",
    }
    await roof.home.command("frontend/set_user_data", key="language", value=german)
    await roof.browser.open(f"/{PATH}/0")

    await expect(roof.card.get_by_role("radio", name="Leistung")).to_be_visible()
    await expect(roof.card.get_by_text("Letzte Meldung")).to_be_visible()


async def test_console_has_nothing_to_complain_of(roof):
    assert roof.complaints == []


async def test_last_gateway_takes_the_card_along(roof):
    await roof.home.delete(f"/api/config/config_entries/entry/{roof.entry_id}")

    assert await roof.resources() == []
