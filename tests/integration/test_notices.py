"""What is raised under Repairs, how it is answered there, and when it goes by itself."""

import json
import re
import time

import httpx
import pytest
from homeassistant.config_entries import SOURCE_REAUTH
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.enphase_envoy import notices
from custom_components.enphase_envoy.const import DOMAIN
from custom_components.enphase_envoy.envoy_reader import MeterKind, Snapshot
from tests.repo.repository import INTEGRATION, read_json
from tests.simulator.access import make_token

from .flows import Cloud
from .house import entry_for, figure, pass_time, set_up, settle

DAY_S = 86400
HOUR_S = 3600
YEAR_S = 365 * DAY_S
LIFETIME = "lifetime_energy_production"
STEP = "counter_rebased"
BOTH = "Lifetime Energy Production, Lifetime Energy Consumption"
"""What is read from the production meter, and what is made of it."""
"""How the notice of that counter begins; consumption, computed from it, has one of its own."""
SLOW = 600  # seconds between polls, so that a new register is proven after few of them


pytestmark = pytest.mark.respx(assert_all_called=False)


class Repairs:
    """The page of repairs, as a browser talks to it."""

    def __init__(self, hass, user, http_client, ws_client):
        self._hass = hass
        self._user = user
        self._http_client = http_client
        self._ws_client = ws_client

    def _access(self):
        """Sign in again: a test lets more time pass than a session lasts."""
        refresh_token = next(iter(self._user.refresh_tokens.values()))
        return self._hass.auth.async_create_access_token(refresh_token)

    async def _command(self, command, **more):
        socket = await self._ws_client(access_token=self._access())
        await socket.send_json_auto_id({"type": f"repairs/{command}", **more})
        answer = await socket.receive_json()
        await socket.close()
        assert answer["success"]
        return answer["result"]

    async def _post(self, path, body):
        client = await self._http_client(self._access())
        answer = await client.post(f"/api/repairs/issues/fix{path}", json=body)
        return await answer.json()

    async def shown(self):
        """Return the notices of ours that are not dismissed, by id."""
        issues = (await self._command("list_issues"))["issues"]
        ours = [issue for issue in issues if issue["domain"] == DOMAIN and not issue["ignored"]]
        return {issue["issue_id"]: issue for issue in ours}

    async def only(self, about=""):
        """Return the one notice that is shown, or the one of a kind."""
        (found,) = await self.those(about)
        return found

    async def those(self, about):
        """Return the notices of a kind that are shown."""
        shown = await self.shown()
        return [issue for issue_id, issue in shown.items() if issue_id.startswith(about)]

    async def dismiss(self):
        """Dismiss the one notice that is shown."""
        shown = await self.only()
        await self._command("ignore_issue", domain=DOMAIN, issue_id=shown["issue_id"], ignore=True)

    async def open(self, about=""):
        """Open the dialog of the one notice that is shown, or of the one of a kind."""
        shown = await self.only(about)
        return await self._post("", {"handler": DOMAIN, "issue_id": shown["issue_id"]})

    async def answer(self, dialog, answer):
        """Send an answer to a dialog."""
        return await self._post(f"/{dialog['flow_id']}", answer)


@pytest.fixture
async def signed_in(simulator, hass_access_token, hass_admin_user):
    """Return the user of the page; signed in after the simulator has set the clock."""
    return hass_admin_user


@pytest.fixture
async def repairs(hass, signed_in, hass_client, hass_ws_client):
    """Open the page of repairs."""
    assert await async_setup_component(hass, "repairs", {})
    return Repairs(hass, signed_in, hass_client, hass_ws_client)


@pytest.fixture
def cloud(respx_mock, simulator):
    """Let what is set up with an account find a cloud."""
    respx_mock.route(host="127.0.0.1").pass_through()
    return Cloud(respx_mock, simulator)


def ending_in(simulator, seconds, kind="owner", lifetime_s=YEAR_S):
    """Return a token that has been made a while ago and ends in so many seconds."""
    return make_token(simulator.serial, kind, time.time() + seconds - lifetime_s, lifetime_s)


def pasted(simulator, token):
    """Return an entry whose token was pasted."""
    return entry_for(simulator, use_enlighten=False, use_manual_token=True, token=token)


def requests(hass):
    """Return the reauthentication requests that the user sees."""
    flows = hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    return [flow for flow in flows if flow["context"]["source"] == SOURCE_REAUTH]


async def replace_token(hass, entry, **data):
    """Change the entry as the forms do."""
    hass.config_entries.async_update_entry(entry, data={**entry.data, **data})
    await hass.config_entries.async_reload(entry.entry_id)
    await settle(hass)


async def restart(hass, entry, hass_storage):
    """Let Home Assistant forget what it forgets by a restart, and set the entry up again."""
    await hass.config_entries.async_unload(entry.entry_id)
    issues = [issue.to_json() for issue in ir.async_get(hass).issues.values()]
    hass_storage[ir.STORAGE_KEY] = {
        "version": ir.STORAGE_VERSION_MAJOR,
        "minor_version": ir.STORAGE_VERSION_MINOR,
        "data": json.loads(json.dumps({"issues": issues})),
    }
    await ir.async_load(hass)
    await hass.config_entries.async_setup(entry.entry_id)
    await settle(hass)


# A pasted token that ends


@pytest.mark.parametrize(
    ("days", "severity"), [(30, "warning"), (14, "warning"), (7, "error"), (1, "error")]
)
async def test_pasted_token_that_ends_is_told(hass, simulator, repairs, days, severity):
    await set_up(hass, pasted(simulator, ending_in(simulator, days * DAY_S - HOUR_S)))

    notice = await repairs.only()

    assert (notice["translation_key"], notice["severity"]) == ("token_ends", severity)
    assert notice["translation_placeholders"]["days"] == str(days)


async def test_pasted_token_that_lasts_is_not_told(hass, simulator, repairs):
    await set_up(hass, pasted(simulator, ending_in(simulator, 31 * DAY_S)))

    assert await repairs.shown() == {}


async def test_token_that_is_renewed_by_itself_is_not_told(hass, simulator, repairs, cloud):
    cloud.login.mock(side_effect=httpx.ConnectError("down"))

    await set_up(hass, entry_for(simulator, token=ending_in(simulator, 20 * DAY_S)))

    assert await repairs.shown() == {}


async def test_days_left_are_kept_up_to_date(hass, freezer, simulator, repairs):
    await set_up(hass, pasted(simulator, ending_in(simulator, 20 * DAY_S)))

    await pass_time(hass, freezer, simulator, DAY_S)

    assert (await repairs.only())["translation_placeholders"]["days"] == "19"


async def test_dismissed_notice_stays_away_within_its_stage(hass, freezer, simulator, repairs):
    await set_up(hass, pasted(simulator, ending_in(simulator, 20 * DAY_S)))
    await repairs.dismiss()

    await pass_time(hass, freezer, simulator, 5 * DAY_S)

    assert await repairs.shown() == {}


async def test_next_stage_is_told_though_the_last_was_dismissed(hass, freezer, simulator, repairs):
    await set_up(hass, pasted(simulator, ending_in(simulator, 20 * DAY_S)))
    await repairs.dismiss()

    await pass_time(hass, freezer, simulator, 6 * DAY_S + HOUR_S)

    assert (await repairs.only())["translation_placeholders"]["days"] == "14"


async def test_dismissed_notice_stays_away_after_a_restart(hass, simulator, repairs, hass_storage):
    entry = pasted(simulator, ending_in(simulator, 20 * DAY_S))
    await set_up(hass, entry)
    await repairs.dismiss()

    await restart(hass, entry, hass_storage)

    assert await repairs.shown() == {}


@pytest.mark.dirty_log
async def test_token_is_told_of_while_the_gateway_is_away(hass, simulator, repairs, hass_storage):
    entry = pasted(simulator, ending_in(simulator, 20 * DAY_S))
    await set_up(hass, entry)
    await simulator.switch_off()

    await restart(hass, entry, hass_storage)

    assert (await repairs.only())["translation_key"] == "token_ends"


@pytest.mark.parametrize("change", ["fresh token", "account"])
async def test_token_notice_goes_by_itself(hass, simulator, repairs, cloud, change):
    entry = pasted(simulator, ending_in(simulator, 20 * DAY_S))
    await set_up(hass, entry)
    data = {
        "fresh token": {"token": simulator.token()},
        "account": {"use_enlighten": True, "use_manual_token": False},
    }

    await replace_token(hass, entry, **data[change])

    assert await repairs.shown() == {}


@pytest.mark.dirty_log
async def test_token_that_has_ended_is_asked_for_and_no_longer_told(
    hass, freezer, simulator, repairs
):
    await set_up(hass, pasted(simulator, ending_in(simulator, HOUR_S)))

    for _ in range(3):
        await pass_time(hass, freezer, simulator, HOUR_S)

    assert (await repairs.shown(), len(requests(hass))) == ({}, 1)


async def test_dialog_of_a_token_leads_to_the_form(hass, simulator, repairs):
    await set_up(hass, pasted(simulator, ending_in(simulator, 20 * DAY_S)))

    dialog = await repairs.open()
    end = await repairs.answer(dialog, {})
    await settle(hass)

    assert dialog["description_placeholders"]["days"] == "20"
    assert (end["type"], end["reason"]) == ("abort", "asked")
    assert [flow["step_id"] for flow in requests(hass)] == ["token"]


async def test_token_is_told_of_until_there_is_another(hass, freezer, simulator, repairs):
    await set_up(hass, pasted(simulator, ending_in(simulator, 20 * DAY_S)))
    await repairs.answer(await repairs.open(), {})

    await pass_time(hass, freezer, simulator, 60)

    assert (await repairs.only())["translation_key"] == "token_ends"


async def test_pasted_token_of_an_installer_is_one_notice(hass, freezer, simulator, repairs):
    token = simulator.token("installer", 12 * HOUR_S)
    await set_up(hass, pasted(simulator, token))

    for _ in range(3):
        await pass_time(hass, freezer, simulator, HOUR_S)

    assert (await repairs.only())["translation_key"] == "token_short"


async def test_next_token_of_an_installer_is_not_told_again(hass, simulator, repairs):
    entry = pasted(simulator, simulator.token("installer", 12 * HOUR_S))
    await set_up(hass, entry)
    await repairs.dismiss()

    await replace_token(hass, entry, token=simulator.token("installer", 12 * HOUR_S))

    assert await repairs.shown() == {}


# A counter that goes on over a step


async def replaced_meter(hass, freezer, simulator, by_wh, polls=6):
    """Set up a site whose meter is replaced, and wait until that is believed."""
    entry = entry_for(simulator)
    entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(entry, options={"data_interval": SLOW})
    await set_up(hass, entry)
    move_meter(simulator, by_wh)
    for _ in range(polls):
        await pass_time(hass, freezer, simulator, SLOW)
    return entry


def move_meter(simulator, by_wh):
    """Let the production meter count from another level."""
    (phase,) = simulator.site.production.phases
    phase.move_to(phase.delivered.wh + by_wh, phase.received.wh)


def truth(simulator):
    """Return what the gateway itself says of its lifetime production."""
    return pytest.approx(simulator.site.production.lifetime_wh, abs=2)


one_phase = pytest.mark.parametrize("simulator", ["pc_d7_one_phase"], indirect=True)


@one_phase
@pytest.mark.parametrize("by_wh", [-2_000_000, 50_000_000])
async def test_step_taken_out_is_told(hass, freezer, simulator, repairs, by_wh):
    await replaced_meter(hass, freezer, simulator, by_wh)

    words = (await repairs.only(STEP))["translation_placeholders"]

    assert words["counter"] == BOTH
    steps = [float(step) for step in words["step"].split(", ")]
    assert steps == pytest.approx([by_wh / 1000] * 2, abs=1)


@one_phase
async def test_small_step_is_not_told(hass, freezer, simulator, repairs, caplog):
    simulator.site.sunshine_override = 0.01
    await replaced_meter(hass, freezer, simulator, -900)

    assert "Counter ct/production/delivered/0: a step of" in caplog.text
    assert await repairs.those(STEP) == []


@one_phase
async def test_step_is_told_after_a_restart_too(hass, freezer, simulator, repairs, hass_storage):
    entry = await replaced_meter(hass, freezer, simulator, -2_000_000)
    before = await repairs.only(STEP)

    await restart(hass, entry, hass_storage)

    assert (await repairs.only(STEP))["translation_placeholders"] == before[
        "translation_placeholders"
    ]


@one_phase
async def test_dialog_of_a_step_offers_both_ways(hass, freezer, simulator, repairs):
    await replaced_meter(hass, freezer, simulator, -2_000_000)

    dialog = await repairs.open(STEP)

    assert (dialog["type"], dialog["menu_options"]) == ("menu", ["keep", "undo"])
    assert dialog["description_placeholders"]["counter"] == BOTH


@one_phase
async def test_kept_history_goes_on_without_the_step(hass, freezer, simulator, repairs):
    await replaced_meter(hass, freezer, simulator, -2_000_000)
    before = figure(hass, simulator, LIFETIME)

    end = await repairs.answer(await repairs.open(STEP), {"next_step_id": "keep"})
    await pass_time(hass, freezer, simulator, SLOW)

    assert end["type"] == "create_entry"
    assert figure(hass, simulator, LIFETIME) == pytest.approx(before, abs=2000)


@one_phase
@pytest.mark.parametrize("by_wh", [-2_000_000, 50_000_000])
async def test_undone_step_shows_the_figure_of_the_gateway(
    hass, freezer, simulator, repairs, by_wh
):
    await replaced_meter(hass, freezer, simulator, by_wh)

    end = await repairs.answer(await repairs.open(STEP), {"next_step_id": "undo"})
    await settle(hass)

    assert end["type"] == "create_entry"
    assert figure(hass, simulator, LIFETIME) == truth(simulator)


@one_phase
@pytest.mark.parametrize("answer", ["keep", "undo"])
async def test_answered_step_is_not_told_again(hass, freezer, simulator, repairs, answer):
    entry = await replaced_meter(hass, freezer, simulator, -2_000_000)
    await repairs.answer(await repairs.open(STEP), {"next_step_id": answer})

    await hass.config_entries.async_reload(entry.entry_id)
    await settle(hass)

    assert await repairs.those(STEP) == []


@one_phase
async def test_step_that_takes_itself_back_is_no_longer_told(hass, freezer, simulator, repairs):
    await replaced_meter(hass, freezer, simulator, -2_000_000)
    told = await repairs.those(STEP)
    move_meter(simulator, 2_000_000)

    for _ in range(4):
        await pass_time(hass, freezer, simulator, SLOW)

    assert (len(told), await repairs.those(STEP)) == (1, [])


@one_phase
@pytest.mark.parametrize("answer", ["keep", "undo"])
async def test_step_is_not_answered_while_the_entry_is_not_in_use(
    hass, freezer, simulator, repairs, answer
):
    entry = await replaced_meter(hass, freezer, simulator, -2_000_000)
    dialog = await repairs.open(STEP)
    await hass.config_entries.async_unload(entry.entry_id)

    end = await repairs.answer(dialog, {"next_step_id": answer})

    assert (end["type"], end["reason"]) == ("abort", "not_loaded")
    assert len(await repairs.those(STEP)) == 1


@one_phase
async def test_step_of_a_counter_that_nobody_sees_is_not_told(hass, freezer, simulator, repairs):
    await replaced_meter(hass, freezer, simulator, -2_000_000)
    told = await repairs.those(STEP)
    for tail in (LIFETIME, "lifetime_energy_consumption"):
        er.async_get(hass).async_update_entity(
            f"sensor.envoy_{simulator.serial}_{tail}", disabled_by=er.RegistryEntryDisabler.USER
        )
    await settle(hass)

    await pass_time(hass, freezer, simulator, SLOW)

    assert (len(told), await repairs.those(STEP)) == (1, [])


@one_phase
async def test_step_with_a_damaged_date_is_told_all_the_same(
    hass, freezer, simulator, repairs, hass_storage
):
    entry = await replaced_meter(hass, freezer, simulator, -2_000_000)
    await hass.config_entries.async_unload(entry.entry_id)
    counters = hass_storage[f"{DOMAIN}.{entry.entry_id}"]["data"]["counters"]
    counters["events"][0]["at"] = 1e300

    await hass.config_entries.async_setup(entry.entry_id)
    await settle(hass)

    assert (await repairs.only(STEP))["translation_placeholders"]["since"] == "-"


# What others have left behind


@pytest.fixture
def old_folder(hass, tmp_path):
    """Say where the folder of the earlier integration would be."""
    hass.config.config_dir = str(tmp_path)
    return tmp_path / "custom_components" / "enphase_envoy_custom"


async def test_old_folder_is_told(hass, simulator, repairs, entry, old_folder):
    old_folder.mkdir(parents=True)

    await set_up(hass, entry)

    notice = await repairs.only()
    assert (notice["issue_id"], notice["is_fixable"]) == ("old_folder", False)
    assert notice["translation_placeholders"] == {"folder": str(old_folder)}


async def test_old_folder_that_is_gone_is_no_longer_told(
    hass, simulator, repairs, entry, old_folder
):
    old_folder.mkdir(parents=True)
    await set_up(hass, entry)
    old_folder.rmdir()

    await hass.config_entries.async_reload(entry.entry_id)

    assert await repairs.shown() == {}


async def test_no_old_folder_is_not_told(hass, simulator, repairs, entry):
    await set_up(hass, entry)

    assert await repairs.shown() == {}


async def test_token_notice_of_the_built_in_integration_is_taken_away(
    hass, simulator, repairs, entry
):
    ir.async_create_issue(
        hass,
        DOMAIN,
        f"enphase_envoy_token_expiry_{simulator.serial}",
        is_fixable=False,
        is_persistent=True,
        severity=ir.IssueSeverity.WARNING,
        translation_key="token_expiry",
    )

    await set_up(hass, entry)

    assert await repairs.shown() == {}


# Removal


async def test_removed_entry_leaves_no_notice(hass, simulator, repairs, old_folder):
    old_folder.mkdir(parents=True)
    entry = pasted(simulator, ending_in(simulator, 20 * DAY_S))
    await set_up(hass, entry)
    before = await repairs.shown()

    await hass.config_entries.async_remove(entry.entry_id)

    issues = [issue_id for domain, issue_id in ir.async_get(hass).issues if domain == DOMAIN]
    assert (len(before), issues) == (2, [])


async def test_notices_of_other_entries_stay(hass, simulator, repairs):
    entry = pasted(simulator, ending_in(simulator, 20 * DAY_S))
    await set_up(hass, entry)
    other = MockConfigEntry(domain=DOMAIN, unique_id="another")
    other.add_to_hass(hass)

    await hass.config_entries.async_remove(other.entry_id)

    assert len(await repairs.shown()) == 1


async def test_dialog_of_a_removed_entry_ends(hass, simulator, repairs):
    entry = pasted(simulator, ending_in(simulator, 20 * DAY_S))
    await set_up(hass, entry)
    dialog = await repairs.open()
    await hass.config_entries.async_remove(entry.entry_id)

    end = await repairs.answer(dialog, {})

    assert (end["type"], end["reason"]) == ("abort", "not_loaded")


# Texts


def words_in(text):
    """Return the placeholders in every text below this one."""
    return set(re.findall(r"{(\w+)}", json.dumps(text, ensure_ascii=False)))


TEXTS = read_json(INTEGRATION / "translations" / "en.json")["issues"]


def test_every_notice_has_a_text_and_every_text_a_notice():
    texts = {notice.text for notice in notices.NOTICES} | {notices.OLD_FOLDER}

    assert texts == TEXTS.keys()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("token_ends", {"name", "until", "days"}),
        ("token_short", {"name", "until"}),
        ("counter_rebased", {"name", "counter", "since", "step"}),
        ("control_put_back", {"name", "control", "wish", "held", "at"}),
        ("control_ignored", {"name", "control"}),
        ("old_folder", {"folder"}),
    ],
)
def test_texts_use_the_words_there_are(text, words):
    assert words_in(TEXTS[text]) == words


@pytest.mark.parametrize("simulator", ["pc_d7_three_phase"], indirect=True)
async def test_replaced_gateway_is_one_notice(hass, freezer, simulator, entry, repairs):
    await set_up(hass, entry)
    site = simulator.site
    for flow in (site.production, site.grid):
        for phase in flow.phases:
            phase.move_to(700_000.0, 90_000.0)

    for _ in range(8):
        await pass_time(hass, freezer, simulator, SLOW)

    words = (await repairs.only(STEP))["translation_placeholders"]
    assert "Lifetime Energy Production" in words["counter"]
    assert "L1" not in words["counter"]
    assert words["counter"].endswith(", …")
    assert words["counter"].count(",") == words["step"].count(",") == 3


# Clamps that the gateway finds fault with


def clamp(simulator, kind):
    """Return the simulated clamp of a kind."""
    return next(meter for meter in simulator.site.meters if meter.kind == kind)


@pytest.mark.parametrize(
    ("status", "text"),
    [("check-wiring", "clamp_check_wiring"), ("not-metering", "clamp_not_metering")],
)
async def test_clamp_at_fault_is_told_of_with_its_phases(  # noqa: PLR0917 -- fixtures
    hass, freezer, simulator, entry, repairs, status, text
):
    clamp(simulator, "net-consumption").status = status
    await set_up(hass, entry)

    for _ in range(16):
        await pass_time(hass, freezer, simulator, 61)

    notice = await repairs.only()
    assert notice["translation_key"] == text
    assert notice["translation_placeholders"] == {
        "name": entry.title,
        "figure": "Net Consumption CT Metering Status",
        "phases": "L1, L2, L3",
    }


async def test_one_answer_is_not_enough_for_a_notice_about_a_clamp(
    hass, freezer, simulator, entry, repairs
):
    clamp(simulator, "production").status = "check-wiring"
    await set_up(hass, entry)
    clamp(simulator, "production").status = "normal"

    for _ in range(17):
        await pass_time(hass, freezer, simulator, 61)
        assert await repairs.shown() == {}


async def test_notice_about_a_clamp_goes_when_it_is_mended(
    hass, freezer, simulator, entry, repairs
):
    clamp(simulator, "production").status = "check-wiring"
    await set_up(hass, entry)
    for _ in range(16):
        await pass_time(hass, freezer, simulator, 61)
    assert await repairs.only()
    clamp(simulator, "production").status = "normal"

    for _ in range(11):
        await pass_time(hass, freezer, simulator, 61)

    assert await repairs.shown() == {}


async def test_clamp_that_contradicts_the_inverters_is_told_of_until_it_agrees(
    hass, entry, repairs, simulator
):
    await set_up(hass, entry)
    coordinator = entry.runtime_data.coordinator
    told = notices.Notices(hass, entry, coordinator.reader, coordinator.left_over, {}, {})
    profile = coordinator.data.profile

    told.sync(Snapshot(profile=profile, contradictions=frozenset({MeterKind.PRODUCTION})))
    assert (await repairs.only())["translation_key"] == "clamp_contradicts_inverters"

    told.sync(Snapshot(profile=profile))
    assert await repairs.shown() == {}


# Entities of another integration


@pytest.fixture
def left_over(hass, entry, simulator):
    """Register an entity that nothing of ours goes on with, beside one that goes on."""
    entry.add_to_hass(hass)
    registry = er.async_get(hass)
    registry.async_get_or_create(
        "sensor", DOMAIN, f"{simulator.serial}_production", config_entry=entry
    )
    return registry.async_get_or_create(
        "sensor",
        DOMAIN,
        f"{simulator.serial}_daily_net_consumption",
        config_entry=entry,
        original_name="Net today",
        suggested_object_id="net_today",
    ).entity_id


async def test_entity_without_a_successor_is_listed(  # noqa: PLR0917 -- fixtures
    hass, freezer, simulator, entry, repairs, left_over
):
    await set_up(hass, entry)

    await pass_time(hass, freezer, simulator, 61)

    words = (await repairs.only())["translation_placeholders"]
    assert (words["count"], words["entities"]) == ("1", f"- Net today ({left_over})")


@pytest.mark.usefixtures("left_over")
async def test_long_list_of_entities_is_cut(hass, freezer, simulator, entry, repairs):
    for number in range(40):
        er.async_get(hass).async_get_or_create(
            "light", DOMAIN, f"{simulator.serial}_light_{number}", config_entry=entry
        )
    await set_up(hass, entry)

    await pass_time(hass, freezer, simulator, 61)

    words = (await repairs.only())["translation_placeholders"]
    assert words["count"] == "41"
    assert words["entities"].splitlines()[-1] == "- + 11"


@pytest.mark.parametrize("gone", ["removed", "disabled"])
async def test_notice_about_entities_goes_when_they_are(  # noqa: PLR0917 -- fixtures
    hass, freezer, simulator, entry, repairs, left_over, gone
):
    await set_up(hass, entry)
    await pass_time(hass, freezer, simulator, 61)
    assert await repairs.only()

    registry = er.async_get(hass)
    if gone == "removed":
        registry.async_remove(left_over)
    else:
        registry.async_update_entity(left_over, disabled_by=er.RegistryEntryDisabler.USER)
    await pass_time(hass, freezer, simulator, 61)

    assert await repairs.shown() == {}


async def test_entities_without_a_successor_can_be_removed_from_the_notice(  # noqa: PLR0917
    hass, freezer, simulator, entry, repairs, left_over
):
    await set_up(hass, entry)
    await pass_time(hass, freezer, simulator, 61)

    await repairs.answer(await repairs.open(), {})

    assert er.async_get(hass).async_get(left_over) is None
    assert hass.states.get(f"sensor.envoy_{simulator.serial}_current_power_consumption")


async def test_nothing_is_listed_where_all_goes_on(hass, freezer, simulator, entry, repairs):
    await set_up(hass, entry)

    await pass_time(hass, freezer, simulator, 61)

    assert await repairs.shown() == {}
