"""Adding a gateway by hand: every way in, every error, and the recovery in the same form."""

import asyncio
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.setup import async_setup_component

from custom_components.enphase_envoy import config_flow
from custom_components.enphase_envoy.const import DOMAIN
from custom_components.enphase_envoy.envoy_reader import Problem, Timing, TokenKind
from tests.simulator import Simulator
from tests.simulator.faults import Garbage, Hang, Status

from .flows import (
    ACCOUNT,
    CHANGED,
    EMAIL,
    PASSWORD,
    Cloud,
    change_local_passwords,
    filled,
    open_form,
    send,
)
from .house import settle

OLD, NEW = "p_d5_standard", "p_d7_standard"
UNTICKED = {"use_enlighten": False}
OTHER_SERIAL = "199900000000"
DAY_S = 86400
TEXTS = Path(config_flow.__file__).parent / "translations" / "en.json"

pytestmark = pytest.mark.respx(assert_all_called=False)


@pytest.fixture
async def simulator(request):
    async with Simulator(getattr(request, "param", NEW)) as running:
        yield running


@pytest.fixture(autouse=True)
def cloud(respx_mock, simulator):
    respx_mock.route(host="127.0.0.1").pass_through()
    return Cloud(respx_mock, simulator)


@pytest.fixture
def no_answer_at_once(monkeypatch):
    """Show progress from the first moment on."""
    monkeypatch.setattr(config_flow, "ANSWER_WITHIN_S", 0)


# The ways in


async def test_form_has_its_fields_in_order(hass):
    form = await open_form(hass)

    assert list(filled(form)) == ["host", "username", "password", "serial", "use_enlighten"]


@pytest.mark.parametrize("simulator", [OLD], indirect=True)
async def test_old_gateway_needs_no_more_than_its_address(hass, simulator):
    done = await send(hass, await open_form(hass), {"host": simulator.host, **UNTICKED})

    assert done["result"].data == {
        "host": simulator.host,
        "username": "",
        "password": "",
        "name": f"Envoy {simulator.serial}",
        "serial": simulator.serial,
        "use_enlighten": False,
        "use_manual_token": False,
    }


async def test_token_comes_from_the_cloud(hass, simulator):
    done = await send(hass, await open_form(hass), {"host": simulator.host, **ACCOUNT})

    data = dict(done["result"].data)
    assert simulator.gateway.tokens.level_of(data.pop("token"))
    assert data == {
        "host": simulator.host,
        "username": EMAIL,
        "password": PASSWORD,
        "name": f"Envoy {simulator.serial}",
        "serial": simulator.serial,
        "use_enlighten": True,
        "use_manual_token": False,
    }


async def test_one_login_is_enough(hass, simulator, cloud):
    await send(hass, await open_form(hass), {"host": simulator.host, **ACCOUNT})

    assert cloud.login.call_count == 1


async def test_entry_is_known_by_the_serial_number(hass, simulator):
    done = await send(hass, await open_form(hass), {"host": simulator.host, **ACCOUNT})

    entry = done["result"]
    assert (entry.title, entry.unique_id, entry.version, entry.minor_version) == (
        f"Envoy {simulator.serial}",
        simulator.serial,
        1,
        2,
    )


async def test_address_may_be_pasted_from_a_browser(hass, simulator):
    typed = {"host": f" https://{simulator.host}/home ", **ACCOUNT}

    done = await send(hass, await open_form(hass), typed)

    assert done["result"].data["host"] == simulator.host


async def test_kind_and_days_of_the_token_are_shown(hass, simulator):
    done = await send(hass, await open_form(hass), {"host": simulator.host, **ACCOUNT})

    shown = done["description_placeholders"]
    assert (done["description"], shown["days"]) == ("owner", "364")


# What can go wrong


def _nothing(_simulator: Simulator, _cloud: Cloud) -> None:
    """All is well."""


@dataclass
class Trouble:
    """A way to fail, and how it is put right."""

    errors: dict[str, str]
    scenario: str = NEW
    typed: dict[str, Any] = field(default_factory=lambda: ACCOUNT)
    better: dict[str, Any] = field(default_factory=lambda: ACCOUNT)
    begin: Callable[[Simulator, Cloud], Any] = _nothing
    patience: Timing | None = None


def _page_fault(fault, page="*"):
    return lambda simulator, _cloud: simulator.faults.update({page: fault})


def _login_says(status, **kwargs):
    answer = httpx.Response(status, **kwargs)

    def begin(_simulator, cloud):
        cloud.login.mock(return_value=answer)
        cloud.form.mock(return_value=answer)

    return begin


def _tokens_say(status, **kwargs):
    return lambda _simulator, cloud: cloud.tokens.mock(
        return_value=httpx.Response(status, **kwargs)
    )


def _no_production(simulator, _cloud):
    simulator.faults["*"] = Status(404)
    simulator.faults["/info"] = simulator.faults["/auth/check_jwt"] = [None] * 9


TROUBLES = {
    "no_address": Trouble({"host": "invalid_host"}, typed={**ACCOUNT, "host": "not an address!"}),
    "refused": Trouble({"host": "cannot_connect"}, typed={**ACCOUNT, "host": "127.0.0.1:9"}),
    "silent": Trouble(
        {"host": "timeout"},
        begin=_page_fault(Hang()),
        patience=Timing(page_s=0.2, retries=0),
    ),
    "router": Trouble(
        {"host": "not_an_envoy"}, begin=_page_fault(Garbage(b"<html>A router</html>"), "/info")
    ),
    "other_gateway": Trouble({"serial": "wrong_serial"}, typed={**ACCOUNT, "serial": OTHER_SERIAL}),
    "wants_tokens": Trouble({"use_enlighten": "tokens_needed"}, typed=UNTICKED),
    "too_old_for_tokens": Trouble(
        {"use_enlighten": "tokens_unknown"}, OLD, better={**UNTICKED, "username": ""}
    ),
    "too_old_for_a_pasted_token": Trouble(
        {"use_enlighten": "tokens_unknown"}, OLD, {"use_enlighten": True}, UNTICKED
    ),
    "local_password": Trouble(
        {"base": "invalid_auth"},
        OLD,
        {**UNTICKED, "username": "envoy", "password": "wrong"},
        {**UNTICKED, "username": "envoy", "password": CHANGED},
        lambda simulator, _cloud: change_local_passwords(simulator),
    ),
    "no_password": Trouble(
        {"password": "account_incomplete"}, typed={"username": EMAIL, "use_enlighten": True}
    ),
    "no_username": Trouble(
        {"username": "account_incomplete"}, typed={"password": PASSWORD, "use_enlighten": True}
    ),
    "cloud_password": Trouble({"base": "cloud_login_refused"}, begin=_login_says(401)),
    "not_in_the_account": Trouble({"base": "cloud_serial_refused"}, begin=_tokens_say(403)),
    "cloud_does_not_like_us": Trouble({"base": "cloud_refused_status"}, begin=_login_says(406)),
    "login_page_for_token": Trouble(
        {"base": "cloud_refused"}, begin=_tokens_say(200, text="<html>Sign in</html>")
    ),
    "cloud_is_busy": Trouble({"base": "cloud_unavailable_status"}, begin=_login_says(503)),
    "cloud_is_gone": Trouble(
        {"base": "cloud_unavailable"},
        begin=lambda _simulator, cloud: cloud.login.mock(side_effect=httpx.ConnectTimeout),
    ),
    "token_refused": Trouble(
        {"base": "token_refused"},
        begin=lambda simulator, cloud: cloud.tokens.mock(
            return_value=httpx.Response(200, text=_revoked(simulator))
        ),
    ),
    "no_production": Trouble({"base": "no_production"}, begin=_no_production),
    "bug": Trouble(
        {"base": "unknown"},
        begin=lambda _simulator, cloud: cloud.login.mock(side_effect=ZeroDivisionError),
    ),
}


def _revoked(simulator: Simulator) -> str:
    token = simulator.token()
    simulator.revoked.add(token)
    return token


@pytest.fixture(params=TROUBLES)
def trouble(request):
    return TROUBLES[request.param]


@pytest.fixture
async def troubled(trouble, respx_mock):
    """Run the gateway and the cloud of a trouble, which has begun."""
    async with Simulator(trouble.scenario) as running:
        cloud = Cloud(respx_mock, running)
        trouble.begin(running, cloud)
        yield running, cloud


@pytest.mark.dirty_log
async def test_trouble_is_told_and_the_same_form_works_after_it(
    hass, monkeypatch, trouble, troubled
):
    simulator, cloud = troubled
    if trouble.patience:
        monkeypatch.setattr(config_flow, "PATIENT", trouble.patience)
    form = await send(hass, await open_form(hass), {"host": simulator.host, **trouble.typed})
    monkeypatch.undo()
    simulator.faults.clear()
    cloud.welcome(simulator)

    done = await send(hass, form, {"host": simulator.host, **trouble.better})

    assert (form["errors"], done["type"]) == (trouble.errors, FlowResultType.CREATE_ENTRY)


@pytest.mark.dirty_log
async def test_cause_of_a_trouble_is_in_the_log_once(hass, simulator, cloud, caplog):
    cloud.login.mock(return_value=httpx.Response(401))

    await send(hass, await open_form(hass), {"host": simulator.host, **ACCOUNT})

    cause = "Could not Authenticate with Enlighten, status: 401, <Response [401 Unauthorized]>"
    warnings = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert sum(cause in message for message in warnings) == 1


@pytest.mark.dirty_log
async def test_form_comes_back_with_everything_but_the_password(hass, simulator):
    typed = {"host": simulator.host, "serial": OTHER_SERIAL, **ACCOUNT}

    form = await send(hass, await open_form(hass), typed)

    assert filled(form) == {**typed, "password": None}


@pytest.mark.dirty_log
async def test_password_serves_on_after_an_error_that_is_not_about_it(hass, simulator, cloud):
    cloud.login.mock(return_value=httpx.Response(503))
    typed = {"host": simulator.host, **ACCOUNT}
    form = await send(hass, await open_form(hass), typed)
    cloud.welcome(simulator)

    done = await send(hass, form, {key: typed[key] for key in typed if key != "password"})

    assert done["result"].data["password"] == PASSWORD


@pytest.mark.dirty_log
async def test_password_that_was_refused_has_to_be_entered_anew(hass, simulator, cloud):
    cloud.login.mock(return_value=httpx.Response(401))
    typed = {"host": simulator.host, **ACCOUNT}
    form = await send(hass, await open_form(hass), typed)

    form = await send(hass, form, {key: typed[key] for key in typed if key != "password"})

    assert form["errors"] == {"password": "account_incomplete"}


@pytest.mark.dirty_log
async def test_password_is_not_taken_for_another_user(hass, simulator, cloud):
    cloud.login.mock(return_value=httpx.Response(503))
    form = await send(hass, await open_form(hass), {"host": simulator.host, **ACCOUNT})
    typed = {"host": simulator.host, "username": "other@example.com", "use_enlighten": True}

    form = await send(hass, form, typed)

    assert form["errors"] == {"password": "account_incomplete"}


@pytest.mark.dirty_log
async def test_token_can_be_pasted_while_the_cloud_is_down(hass, simulator, cloud):
    cloud.login.mock(return_value=httpx.Response(503))
    form = await send(hass, await open_form(hass), {"host": simulator.host, **ACCOUNT})

    form = await send(hass, form, {"host": simulator.host, "use_enlighten": True})

    assert form["step_id"] == "token"


@pytest.mark.dirty_log
@pytest.mark.parametrize(
    ("answer", "hole"), [({"side_effect": httpx.ConnectTimeout}, "-"), ({}, "503")]
)
async def test_no_text_has_a_hole_where_a_status_is_missing(hass, simulator, cloud, answer, hole):
    cloud.login.mock(**answer or {"return_value": httpx.Response(503)})
    texts = json.loads(TEXTS.read_text(encoding="utf-8"))["config"]["error"]

    form = await send(hass, await open_form(hass), {"host": simulator.host, **ACCOUNT})

    assert ("{status}" in texts[form["errors"]["base"]]) == (hole != "-")


@pytest.mark.dirty_log
async def test_box_comes_back_ticked_when_tokens_are_wanted(hass, simulator):
    form = await send(hass, await open_form(hass), {"host": simulator.host, **UNTICKED})

    assert filled(form)["use_enlighten"] is True


@pytest.mark.dirty_log
@pytest.mark.parametrize("simulator", [OLD], indirect=True)
async def test_box_comes_back_unticked_when_there_are_no_tokens(hass, simulator):
    form = await send(hass, await open_form(hass), {"host": simulator.host, **ACCOUNT})

    assert filled(form)["use_enlighten"] is False


@pytest.mark.dirty_log
async def test_status_of_the_cloud_is_told(hass, simulator, cloud):
    cloud.login.mock(return_value=httpx.Response(503))

    form = await send(hass, await open_form(hass), {"host": simulator.host, **ACCOUNT})

    assert form["description_placeholders"]["status"] == "503"


@pytest.mark.dirty_log
async def test_other_gateways_serial_number_is_told(hass, simulator):
    typed = {"host": simulator.host, "serial": OTHER_SERIAL, **ACCOUNT}

    form = await send(hass, await open_form(hass), typed)

    assert form["description_placeholders"]["found"] == simulator.serial


@pytest.mark.dirty_log
async def test_cloud_is_not_asked_again_after_a_trouble_with_the_gateway(hass, simulator, cloud):
    _no_production(simulator, cloud)
    form = await send(hass, await open_form(hass), {"host": simulator.host, **ACCOUNT})
    simulator.faults.clear()

    await send(hass, form, {"host": simulator.host, **ACCOUNT})

    assert cloud.login.call_count == 1


@pytest.mark.dirty_log
async def test_cloud_is_not_asked_for_a_gateway_that_is_another(hass, simulator, cloud):
    typed = {"host": simulator.host, "serial": OTHER_SERIAL, **ACCOUNT}

    await send(hass, await open_form(hass), typed)

    assert cloud.login.call_count == 0


async def test_every_text_finds_its_values(hass):
    texts = json.loads(TEXTS.read_text(encoding="utf-8"))["config"]
    shown = [texts["step"], texts["error"]]

    form = await open_form(hass)

    wanted = set(re.findall(r"{(\w+)}", json.dumps(shown)))
    assert wanted <= form["description_placeholders"].keys()


@pytest.mark.parametrize("kind", TokenKind)
def test_every_kind_of_token_has_its_texts(kind):
    texts = json.loads(TEXTS.read_text(encoding="utf-8"))["config"]

    assert {f"reauth_{kind}", f"reconfigure_{kind}"} <= texts["abort"].keys()
    assert kind in texts["create_entry"]


@pytest.mark.parametrize(
    "problem", [problem for problem in Problem if not problem.startswith("command_")]
)
def test_every_problem_has_a_text(problem):
    texts = json.loads(TEXTS.read_text(encoding="utf-8"))

    assert problem in texts["config"]["error"]


# A token that the user pastes


async def _token_form(hass, simulator):
    """Choose the token by giving no account."""
    typed = {"host": simulator.host, "use_enlighten": True}
    return await send(hass, await open_form(hass), typed)


async def test_token_is_asked_for_when_no_account_is_given(hass, simulator):
    form = await _token_form(hass, simulator)

    assert (form["step_id"], form["errors"]) == ("token", None)


@pytest.mark.dirty_log
async def test_token_is_asked_for_when_the_account_wants_a_second_factor(hass, simulator, cloud):
    cloud.login.mock(return_value=httpx.Response(200, json={"requires_mfa": True}))

    form = await send(hass, await open_form(hass), {"host": simulator.host, **ACCOUNT})

    assert (form["step_id"], form["errors"]) == ("token", {"base": "cloud_second_factor"})


async def test_page_of_the_cloud_is_linked(hass, simulator):
    form = await _token_form(hass, simulator)

    shown = form["description_placeholders"]["cloud_url"]
    assert shown == "https://entrez.enphaseenergy.com"


@pytest.mark.dirty_log
async def test_account_is_not_kept_beside_a_pasted_token(hass, simulator, cloud):
    cloud.login.mock(return_value=httpx.Response(200, json={"requires_mfa": True}))
    form = await send(hass, await open_form(hass), {"host": simulator.host, **ACCOUNT})
    token = simulator.token()

    done = await send(hass, form, {"token": token})

    assert done["result"].data == {
        "host": simulator.host,
        "username": "",
        "password": "",
        "name": f"Envoy {simulator.serial}",
        "serial": simulator.serial,
        "use_enlighten": True,
        "use_manual_token": True,
        "token": token,
    }


async def test_token_of_an_installer_is_shown_as_such(hass, simulator):
    form = await _token_form(hass, simulator)
    token = simulator.token("installer", DAY_S / 2)

    done = await send(hass, form, {"token": token})

    assert (done["description"], done["description_placeholders"]["days"]) == ("installer", "0")


BAD_TOKENS = {
    "token_malformed": lambda _simulator: "not a token",
    "token_expired": lambda simulator: simulator.token(lifetime_s=-DAY_S),
    "token_foreign": lambda simulator: simulator.token(serial=OTHER_SERIAL),
    "token_refused": _revoked,
}


@pytest.mark.dirty_log
@pytest.mark.parametrize("problem", BAD_TOKENS)
async def test_trouble_with_a_token_is_told_and_the_next_one_taken(hass, simulator, problem):
    form = await _token_form(hass, simulator)
    again = await send(hass, form, {"token": BAD_TOKENS[problem](simulator)})

    done = await send(hass, again, {"token": simulator.token()})

    assert (again["step_id"], again["errors"]) == ("token", {"token": problem})
    assert done["type"] is FlowResultType.CREATE_ENTRY


@pytest.mark.dirty_log
async def test_gateway_that_falls_silent_is_told_beside_the_token(hass, simulator):
    form = await _token_form(hass, simulator)
    await simulator.switch_off()

    again = await send(hass, form, {"token": simulator.token()})

    assert (again["step_id"], again["errors"]) == ("token", {"base": "cannot_connect"})


# Gateways that take their time


async def _after_progress(hass, shown):
    """Ask until the progress has ended, as the front end does when it is told so."""
    for _ in range(100):
        if shown["type"] != FlowResultType.SHOW_PROGRESS:
            break
        await settle(hass)
        shown = await hass.config_entries.flow.async_configure(shown["flow_id"])
    return shown


@pytest.mark.usefixtures("no_answer_at_once")
async def test_progress_is_shown_while_the_gateway_takes_its_time(hass, simulator):
    shown = await send(hass, await open_form(hass), {"host": simulator.host, **ACCOUNT})

    assert (shown["type"], shown["progress_action"]) == (FlowResultType.SHOW_PROGRESS, "check")
    await _after_progress(hass, shown)


@pytest.mark.usefixtures("no_answer_at_once")
async def test_entry_is_made_when_the_gateway_has_answered_at_last(hass, simulator):
    shown = await send(hass, await open_form(hass), {"host": simulator.host, **ACCOUNT})

    done = await _after_progress(hass, shown)

    assert done["result"].unique_id == simulator.serial


@pytest.mark.usefixtures("no_answer_at_once")
async def test_entry_is_made_when_the_cloud_has_answered_at_last(hass, simulator, cloud):
    asked, answers = asyncio.Event(), asyncio.Event()

    async def login(_request):
        asked.set()
        await answers.wait()
        return httpx.Response(200, json={"session_id": "invented"})

    cloud.login.mock(side_effect=login)
    shown = await send(hass, await open_form(hass), {"host": simulator.host, **ACCOUNT})
    await asked.wait()

    answers.set()
    done = await _after_progress(hass, shown)

    assert done["result"].unique_id == simulator.serial


@pytest.mark.dirty_log
@pytest.mark.usefixtures("no_answer_at_once")
async def test_form_comes_back_with_its_error_after_progress(hass, simulator, cloud):
    cloud.login.mock(return_value=httpx.Response(401))
    shown = await send(hass, await open_form(hass), {"host": simulator.host, **ACCOUNT})

    form = await _after_progress(hass, shown)

    assert (form["step_id"], form["errors"]) == ("user", {"base": "cloud_login_refused"})


@pytest.mark.usefixtures("no_answer_at_once")
async def test_progress_goes_on_when_it_is_asked_for(hass, simulator):
    shown = await send(hass, await open_form(hass), {"host": simulator.host, **ACCOUNT})

    again = await hass.config_entries.flow.async_configure(shown["flow_id"])

    assert again["type"] is FlowResultType.SHOW_PROGRESS
    await _after_progress(hass, again)


async def test_closing_the_form_ends_the_check(hass, simulator, monkeypatch):
    monkeypatch.setattr(config_flow, "ANSWER_WITHIN_S", 0)
    simulator.faults["*"] = Hang()
    shown = await send(hass, await open_form(hass), {"host": simulator.host, **ACCOUNT})

    hass.config_entries.flow.async_abort(shown["flow_id"])
    await settle(hass)  # for ever, if the check went on

    assert hass.config_entries.flow.async_progress() == []


async def test_form_that_is_sent_twice_makes_one_entry(hass, simulator):
    form = await open_form(hass)
    typed = {"host": simulator.host, **ACCOUNT}

    await asyncio.gather(*(send(hass, form, typed) for _ in range(2)), return_exceptions=True)

    assert len(hass.config_entries.async_entries()) == 1


@pytest.mark.usefixtures("no_answer_at_once")
async def test_flow_can_be_driven_over_rest(hass, simulator, hass_client):
    await async_setup_component(hass, "config", {})
    client = await hass_client()
    url = "/api/config/config_entries/flow"
    form = await (await client.post(url, json={"handler": DOMAIN})).json()
    url = f"{url}/{form['flow_id']}"
    shown = await (await client.post(url, json={"host": simulator.host, **ACCOUNT})).json()

    for _ in range(100):
        if shown["type"] != "progress":
            break
        await settle(hass)
        shown = await (await client.get(url)).json()

    assert shown["type"] == "create_entry"


# A gateway that is there already


async def test_gateway_is_added_once(hass, simulator):
    await send(hass, await open_form(hass), {"host": simulator.host, **ACCOUNT})

    again = await send(hass, await open_form(hass), {"host": simulator.host, **ACCOUNT})

    assert again["reason"] == "already_configured"


async def test_cloud_is_not_asked_for_a_gateway_that_is_there(hass, simulator, cloud):
    await send(hass, await open_form(hass), {"host": simulator.host, **ACCOUNT})

    await send(hass, await open_form(hass), {"host": simulator.host, **ACCOUNT})

    assert cloud.login.call_count == 1
