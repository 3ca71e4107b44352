"""What the owner of a gateway sees, from the first card to the last click: one story, in order.

Run by scripts/browser, which ends at the first test that fails. Each test goes on where the
one before it has stopped, as a user does.
"""

import json
import re
import time
from collections import defaultdict
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.simulator.capture import Replay

from . import check
from .announcement import announce
from .array_card import PATH, PEAKS, add_roof
from .demo import SCENARIO
from .energy import Dashboard
from .home_assistant import DOMAIN, HomeAssistant
from .process import ROOT, until
from .simulated import SimulatedGateway

pytest.importorskip("playwright", reason="only scripts/browser installs a playwright")

from playwright.async_api import expect

from .browser import Browser
from .pictures import Camera
from .story import MARKS, stage

pytestmark = MARKS

ANNOUNCED = "127.0.0.77"
"""Of this machine, too; the simulated gateway has a port besides, which cannot be announced."""
WRONG = "not the password"
RESTART_IS_OVER_MS = 60_000
CHANGED = "the next password"
GATEWAY, BATTERY, INVERTER = "IQ Gateway metered", "IQ Battery", "Inverter"
EACH_TIME = "/ivp/meters/readings"
"""A page that is read in each collection."""
A_POWER = re.compile(r"^[1-9][\d,]*\sW\s*$")
AN_ENERGY = re.compile(r"^[\d,]+\.\d\d\skWh\s*$")
UNAVAILABLE = "Unavailable"
COMPLAINTS = {
    "could not be set up": 1,
    "does not answer: The gateway": 2,
    "Authentication failed": 1,
}
"""What the log says, and how often at most: the wrong password, the two outages (the gateway is
silent, later it refuses its token), and the changed password.

The silence is no warning at the hours at which gateways restart.
"""

TEXTS = json.loads((ROOT / f"custom_components/{DOMAIN}/translations/en.json").read_text())
FORM = TEXTS["config"]["step"]
ERRORS = TEXTS["config"]["error"]
DAYS = ("sensor daily_", "sensor seven_days_")
A_SUM_W = 7
"""By how much a sum of rounded powers may differ from their rounded sum, kilowatts shown with two
digits."""
CAR_W = (2000, 5000, 8000)
"""What the house takes while one looks. A collection, once a minute, would show one of them."""
WHILE_ONE_LOOKS_S = 12
A_POLL_KWH = 0.002
"""By how much a day that was counted along may differ from one that begins with a page's word."""
READING = TEXTS["options"]["step"]["init"]["menu_options"]["reading"]
SET_UP_ENERGY = TEXTS["options"]["step"]["init"]["menu_options"]["energy_dashboard"]
OPTIONS = TEXTS["options"]["step"]
REPAIR = OPTIONS["init"]["menu_options"]["repair_statistics"]
NOTICE = TEXTS["issues"]["gateway_replaced"]
WAY_BACK = NOTICE["fix_flow"]["step"]["init"]["menu_options"]["undo"]
REPLACED = TEXTS["config"]["abort"]["replaced"].partition("}")[2]
REPAIRED = "lifetime_energy_production"
INTERVAL = TEXTS["options"]["step"]["reading"]["data"]["data_interval"]
LIVE = TEXTS["options"]["step"]["init"]["menu_options"]["live"]
PACE = TEXTS["options"]["step"]["live"]["data"]["live_pace"]
LIVE_SWITCH = TEXTS["entity"]["switch"]["live_values"]["name"]
SENSORS = {key: row["name"] for key, row in TEXTS["entity"]["sensor"].items() if "name" in row}
SIGNED_IN = TEXTS["config"]["create_entry"]["owner"].splitlines()[0]
SIGNED_IN_AGAIN = TEXTS["config"]["abort"]["reauth_owner"].splitlines()[0]
POWER, COUNTER = SENSORS["production"], SENSORS["lifetime_production"]
HOUSE = SENSORS["house_load"]


@dataclass
class House:
    """A gateway, a Home Assistant, and somebody who looks at it."""

    folder: Path
    gateway: SimulatedGateway
    home: HomeAssistant
    browser: Browser
    camera: Camera
    begun: float
    """Epoch seconds before any of it was in Home Assistant."""
    shown: dict[str, list[str]] = field(default_factory=dict)
    """``figures`` at the time of the diagnostics."""

    @property
    def facts(self) -> dict[str, str]:
        return self.gateway.facts

    @property
    def serial(self) -> str:
        return self.facts["serial"]

    @property
    def report(self) -> Path:
        """Where the downloaded diagnostics are."""
        return self.folder / "diagnostics.json"

    async def entry(self) -> dict[str, Any]:
        """Return the first entry of this integration."""
        return (await self.home.get(f"/api/config/config_entries/entry?domain={DOMAIN}"))[0]

    async def figures(self, entry_id: str = "") -> dict[str, list[str]]:
        """Return the states of an entry's entities by all that is the same for every gateway."""
        entry_id = entry_id or (await self.entry())["entry_id"]
        states = await self.home.states()
        found = defaultdict(list)
        for row in await self.home.command("config/entity_registry/list"):
            if row["config_entry_id"] == entry_id:
                kind = row["entity_id"].partition(".")[0]
                name = f"{kind} {row['translation_key']} {row['original_name']}"
                found[name].append(states.get(row["entity_id"], row["disabled_by"]))
        return {name: sorted(shown) for name, shown in found.items()}

    async def sees(self, text: str | re.Pattern[str], *names: str) -> None:
        """Expect a text beside the names of entities, on the page of their device."""
        for name in names:
            await expect(self.browser.figure(name)).to_have_text(text, use_inner_text=True)

    async def is_forgotten(self) -> bool | None:
        """Tell whether the registries and the files hold nothing of ours any more.

        Home Assistant itself keeps the serial numbers of deleted devices, should they come back.
        """
        entities = await self.home.command("config/entity_registry/list")
        devices = await self.home.command("config/device_registry/list")
        left = [row for row in entities if row["platform"] == DOMAIN]
        left += [
            row for row in devices if any(DOMAIN in identifier for identifier in row["identifiers"])
        ]
        files = self.home.stored()
        left += [name for name in files if name.startswith((DOMAIN, "envoy"))]
        secrets = (self.facts["user"], self.facts["password"], CHANGED, "eyJ")
        left += [name for name, text in files.items() if any(secret in text for secret in secrets)]
        return not left or None


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(request):
    async with stage(request.config, SCENARIO, discovers=True, hurries=True, peaks=PEAKS) as on:
        camera = Camera(on.browser.page)
        yield House(on.folder, on.gateway, on.home, on.browser, camera, time.time())


def number(text):
    """Return the figure before a unit."""
    return float(text.replace(",", "").split()[0])


def same(name, shown, elsewhere):
    """Tell whether two houses show the same, up to what a day loses by being counted along."""
    if not name.startswith(DAYS):
        return shown == elsewhere
    pairs = zip(shown, elsewhere, strict=True)
    # Right after midnight neither may know the day, or the week, yet.
    return all(
        one == other or abs(number(one) - number(other)) <= A_POLL_KWH for one, other in pairs
    )


async def shows_load(house, load_w):
    """Tell whether the page shows that the house takes so many watts."""
    shown = await house.browser.figure(HOUSE).inner_text()
    watts = re.search(r"([\d,]+)\sW", shown)
    return (watts and abs(number(watts[1]) - load_w) <= A_SUM_W) or None


async def test_gateway_that_announces_itself_is_offered(house):
    async def is_offered():
        announce(house.serial, house.facts["firmware"].removeprefix("D"), ANNOUNCED)
        return await house.home.command("config_entries/flow/progress") or None

    await until(is_offered, "Discovery", 30, 0.5)
    await house.browser.open_integrations()

    card = house.browser.offer(f"{house.serial} ({ANNOUNCED})")
    await expect(card).to_contain_text("Enphase Envoy")


async def test_form_knows_what_was_announced(house):
    await house.browser.offer(house.serial).get_by_role("button", name="Add").click()

    await expect(house.browser.text(FORM["user"]["title"])).to_be_visible()
    await expect(house.browser.field("host")).to_have_value(ANNOUNCED)
    await expect(house.browser.field("serial")).to_have_value(house.serial)
    await expect(house.browser.switch()).to_be_checked()

    await house.browser.field("host").fill("envoy.local")
    await house.browser.field("username").fill("owner@example.com")
    await house.browser.field("password").fill(WRONG)
    await house.camera.take("setup", 760, 980)


async def test_wrong_password_is_said_and_all_else_kept(house):
    await house.browser.field("host").fill(house.facts["host"])
    await house.browser.field("username").fill(house.facts["user"])
    await house.browser.field("password").fill(WRONG)
    await house.browser.press("Submit")

    await expect(house.browser.text(ERRORS["cloud_login_refused"])).to_be_visible()
    await expect(house.browser.field("host")).to_have_value(house.facts["host"])
    await expect(house.browser.field("username")).to_have_value(house.facts["user"])
    await expect(house.browser.field("password")).to_have_value("")


async def test_right_password_brings_the_devices(house):
    await house.browser.field("password").fill(house.facts["password"])
    await house.browser.press("Submit")
    await expect(house.browser.text(SIGNED_IN)).to_be_visible()
    await house.browser.press("Skip and finish")
    await expect(house.browser.entry).to_have_count(1)

    await house.browser.open_integration()

    truth = await house.gateway.truth()
    there = {GATEWAY: 1, BATTERY: len(truth["batteries"]), INVERTER: len(truth["inverters"])}
    for model, count in there.items():
        devices = house.browser.entry.get_by_text(re.compile(rf"^\s*{model} • .* entit"))
        await expect(devices).to_have_count(count)
    await house.camera.take("integration", 1280, 860)


async def test_every_entity_has_a_state(house):
    await check.entities_have_states(house.home, (await house.entry())["entry_id"])


async def test_page_of_the_gateway_shows_its_figures(house):
    await house.browser.open_device(GATEWAY)

    await house.sees(A_POWER, POWER)
    counted = number(await house.browser.figure(COUNTER).inner_text())
    truth = (await house.gateway.truth())["production"]["lifetime_wh"]
    assert truth - 1000 < counted * 1000 <= truth + 5
    await house.camera.take("gateway", 560, 1372)


async def test_pace_of_live_values_can_be_changed(house):
    await house.browser.open_integration()
    await house.browser.configure(LIVE)
    pace = house.browser.number(PACE)
    await expect(pace).to_have_value("5")

    await pace.fill("1")
    await house.browser.press("Submit")
    await house.browser.press("Finish")

    await house.browser.configure(LIVE)
    await expect(pace).to_have_value("1")


async def test_live_values_move_a_power_while_one_looks(house):
    await house.browser.open_device(GATEWAY)
    switch = house.browser.figure(LIVE_SWITCH).get_by_role("switch")
    await expect(switch).not_to_be_checked()

    await house.browser.toggle(LIVE_SWITCH)
    await expect(switch).to_be_checked()

    for load_w in CAR_W:
        await house.gateway.steer("/site", load_override_w=load_w)
        await until(partial(shows_load, house, load_w), "Showing a load", WHILE_ONE_LOOKS_S, 0.2)

    await house.gateway.steer("/site", load_override_w=None)
    await house.browser.toggle(LIVE_SWITCH)
    await expect(switch).not_to_be_checked()


async def test_options_can_be_changed(house):
    await house.browser.open_integration()
    await house.browser.configure(READING)
    interval = house.browser.number(INTERVAL)
    await expect(interval).to_have_value("60")
    await house.camera.take("options", 760, 900)

    await interval.fill("5")
    await house.browser.press("Submit")
    await house.browser.press("Finish")

    await house.browser.configure(READING)
    await expect(interval).to_have_value("5")


async def test_gateway_is_read_at_the_new_interval(house):
    before = await house.gateway.asked(EACH_TIME)

    async def is_read_often():
        return await house.gateway.asked(EACH_TIME) >= before + 4 or None

    await until(is_read_often, "What takes 20 seconds now and took four minutes before", 60)


async def test_energy_dashboard_shows_the_whole_house(house):
    dashboard = Dashboard(house.home, house.serial)
    await dashboard.fill(house.gateway, house.begun)
    await house.browser.open_integration()
    await house.browser.configure(SET_UP_ENERGY)
    await house.camera.take("energy_setup", 760, 900)
    await house.browser.press("Next")  # all phases summed
    await expect(house.browser.page.get_by_text("Battery Energy Charged")).to_be_visible()
    await house.browser.press("Next")
    await house.browser.press("Submit")
    await house.browser.press("Finish")
    await check.energy_is_valid(house.home)

    await house.browser.open_yesterday()

    # Made; returned and taken; consumed; charged and discharged. None of it is zero but what is
    # taken: the sun is highest two hours from now, and at some hours the battery lasts until then.
    kwh = r"[\d.]*[1-9][\d.]*\skWh\s+"
    taken = r"[\d.]+\skWh\s+"
    flows = rf"Solar\s+{kwh}{kwh}{taken}Grid\s+{kwh}.*\s+{kwh}{kwh}Battery"
    await expect(house.browser.flows).to_have_text(re.compile(flows))
    await house.camera.take("energy", 1280, 1360)


async def test_page_of_now_agrees_with_the_load_of_the_house(house):
    load = f"sensor.envoy_{house.serial}_current_house_load"

    async def agrees():
        used = re.search(r"([\d.,]+)\s+(k?W)", await house.browser.power_usage())
        if used is None:
            return None
        used_w = number(used[1]) * (1000 if used[2] == "kW" else 1)
        return abs(used_w - float((await house.home.states())[load])) <= A_SUM_W or None

    await until(agrees, "The page of the Energy dashboard between two polls", 60, 1)


async def test_roof_is_shown_beside_the_flow_of_energy(house):
    inverters = (await house.gateway.truth())["inverters"]
    await add_roof(house.home, list(inverters))

    await house.browser.open(f"/{PATH}/0")

    roof = house.browser.page.locator("enphase-array-card")
    await expect(roof.locator(".tile")).to_have_count(len(inverters))
    await house.camera.take("roof", 1380, 720)


async def test_hour_that_cannot_be_is_repaired(house):
    dashboard = Dashboard(house.home, house.serial)
    await dashboard.fill(house.gateway, house.begun)
    await dashboard.damage(REPAIRED)
    await house.browser.open_integration()
    await house.browser.configure(REPAIR)

    await expect(house.browser.text(OPTIONS["repair_list"]["title"])).to_be_visible()
    await house.camera.take("repair", 760, 720)
    await house.browser.press("Submit")
    await expect(house.browser.text(OPTIONS["repair_confirm"]["title"])).to_be_visible()
    await house.browser.press("Submit")
    await expect(house.browser.text(OPTIONS["repair_done"]["title"])).to_be_visible()
    await house.browser.press("Submit")
    await house.browser.press("Finish")

    await house.browser.configure(REPAIR)
    await expect(house.browser.text("It can be undone until")).to_be_visible()


async def test_gateway_that_is_gone_takes_only_what_changes_along(house):
    await house.browser.open_device(GATEWAY)
    before = number(await house.browser.figure(COUNTER).inner_text())

    await house.gateway.steer("/fault", path="*", fault="refuse")

    await house.sees(UNAVAILABLE, POWER, SENSORS["consumption"])
    assert number(await house.browser.figure(COUNTER).inner_text()) >= before
    await house.sees(AN_ENERGY, SENSORS["daily_production"], SENSORS["battery_energy_charged"])


async def test_gateway_that_answers_again_is_shown_again(house):
    await house.gateway.steer("/clear")

    await house.sees(A_POWER, POWER, SENSORS["consumption"])


async def test_diagnostics_can_be_downloaded_and_keep_secrets(house):
    await house.browser.open_integration()

    async def is_downloaded():
        house.shown = await house.figures()
        download = await house.browser.download("Download diagnostics")
        await download.save_as(house.report)
        return await house.figures() == house.shown or None  # else there was a poll between

    await until(is_downloaded, "Downloading diagnostics between two polls", 60)
    report = house.report.read_text()
    assert json.loads(report)["data"]["pages"]["/info"]["status"] == 200
    secrets = [house.facts[key] for key in ("serial", "host", "user", "password")]
    assert [secret for secret in (*secrets, "eyJ") if secret in report] == []


async def test_diagnostics_bring_the_same_figures_elsewhere(house):
    async with Replay(house.report) as replay:
        begun = await house.home.add_gateway({"host": replay.host, "use_enlighten": True})
        flow = f"/api/config/config_entries/flow/{begun['flow_id']}"
        added = await house.home.fill_in(flow, {"token": replay.token()})
        entry_id = added["result"]["entry_id"]

        at_once = await house.figures(entry_id)
        assert at_once.keys() <= house.shown.keys()
        assert [name for name in at_once if not same(name, at_once[name], house.shown[name])] == []

        async def all_are_there():
            await house.home.update((await house.home.entities(entry_id))[0])
            return (await house.figures(entry_id)).keys() == house.shown.keys() or None

        await until(all_are_there, "Slow pages come one with each collection", 90, 2)
        await house.home.delete(f"/api/config/config_entries/entry/{entry_id}")


async def test_gateway_is_replaced_and_comes_back(house):
    shown = await house.figures()
    async with SimulatedGateway(SCENARIO, house.folder, replaced=1) as successor:
        await house.browser.open_integration()
        await house.browser.choose("Reconfigure")
        await house.browser.field("host").fill(successor.facts["host"])
        await house.browser.field("username").fill("")  # a token is pasted
        await house.browser.press("Submit")
        await house.browser.text(FORM["another_gateway"]["menu_options"]["replace"]).click()
        await house.browser.field("token").fill(successor.facts["token"])
        await house.browser.press("Submit")
        await expect(house.browser.text(FORM["replace_confirm"]["title"])).to_be_visible()
        await house.camera.take("replacement", 760, 720)
        await house.browser.press("Submit")
        await expect(house.browser.text(REPLACED)).to_be_visible()

        await house.browser.open_device(GATEWAY)
        await house.sees(A_POWER, POWER)
        assert (await house.entry())["title"] == f"Envoy {house.serial}"
        assert (await house.figures()).keys() == shown.keys()

        await house.browser.open("/config/repairs")
        await house.browser.text(NOTICE["title"].partition("}")[2]).click()
        await house.browser.text(WAY_BACK).click()
        await expect(house.browser.text(WAY_BACK)).to_have_count(0)
    await house.browser.open_device(GATEWAY)
    await house.sees(A_POWER, POWER)
    assert (await house.figures()).keys() == shown.keys()


async def test_refused_token_and_password_call_the_user(house):
    await house.gateway.steer("/password", password=CHANGED)
    await house.gateway.steer("/revoke")

    await house.browser.open_integrations()
    # A token that has worked is refused for minutes before the cloud is asked for another one, and
    # for seconds here.
    card = house.browser.offer(house.serial).get_by_role("button", name="Reconfigure")
    await card.click(timeout=RESTART_IS_OVER_MS)

    await expect(house.browser.text(FORM["reauth_confirm"]["title"])).to_be_visible()
    await expect(house.browser.field("username")).to_have_value(house.facts["user"])


async def test_new_password_leads_to_the_code_of_a_second_factor(house):
    await house.gateway.steer("/second_factor")
    await house.browser.field("password").fill(CHANGED)
    await house.browser.press("Submit")

    await expect(house.browser.text(FORM["code_email"]["title"])).to_be_visible()
    await expect(house.browser.text(house.facts["user"])).to_be_visible()
    await house.camera.take("second_factor", 760, 640)


async def test_new_password_and_code_bring_the_figures_back(house):
    await house.browser.field("code").fill(await house.gateway.newest_code())
    await house.browser.press("Submit")
    await expect(house.browser.text(SIGNED_IN_AGAIN)).to_be_visible()
    await house.browser.open_integrations()
    await expect(house.browser.text(" devices")).to_be_visible()
    await expect(house.browser.offer(house.serial)).to_have_count(0)

    await house.browser.open_device(GATEWAY)

    counter = house.browser.figure(COUNTER)
    stale = await counter.inner_text()
    await house.sees(A_POWER, POWER)
    await expect(counter).not_to_have_text(stale, use_inner_text=True)


async def test_deleted_entry_leaves_nothing_behind(house):
    ids = await house.home.entities((await house.entry())["entry_id"])
    await house.browser.open_integration()

    await house.browser.choose("Delete")
    await house.browser.press("Delete")

    await expect(house.browser.entry).to_have_count(0)
    await until(house.is_forgotten, "Forgetting the gateway", 30)
    assert set(ids).isdisjoint(await house.home.states())


async def test_log_tells_what_happened_and_no_more(house):
    complaints = check.complaints(house.home.process.log)

    assert [line for line in complaints if not any(text in line for text in COMPLAINTS)] == []
    for text, most in COMPLAINTS.items():
        assert len([line for line in complaints if text in line]) <= most, "\n".join(complaints)
