"""An account that asks for a code, through real sockets against the simulated cloud."""

import asyncio
import gc
import json
import logging
import ssl
from datetime import timedelta
from importlib import import_module

import httpx
import pytest
from homeassistant.config_entries import SOURCE_REAUTH
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util

from custom_components.enphase_envoy.const import DOMAIN
from custom_components.enphase_envoy.diagnostics import async_get_config_entry_diagnostics
from custom_components.enphase_envoy.envoy_reader import SignIn
from tests.simulator import Simulator
from tests.simulator.access import make_token
from tests.simulator.enlighten import CHECK_CODE, LOGIN, SEND_CODE, TOKENS
from tests.simulator.faults import Reset, Status

from .flows import filled, open_form, send
from .house import entry_for, pass_time, set_up, settle
from .successors import answer, choose, offered, successor_of

SITE = "p_d7_standard"
MINUTE_S = 60
HOUR_S = 3600
DAY_S = 24 * HOUR_S
YEAR_S = 365 * DAY_S
AGAIN = {"send_again": True}

pytestmark = pytest.mark.parametrize("simulator", [SITE], indirect=True)


@pytest.fixture
async def cloud(simulator, monkeypatch):
    """Have the simulator's cloud ask for codes; it is reached as by a proxy of the owner's."""
    context = ssl.create_default_context(cafile=simulator.cloud.ca_file)
    async with httpx.AsyncClient(proxy=simulator.cloud.proxy, verify=context) as client:
        # By its name, for the package has a function that is called like the module.
        connect = import_module("custom_components.enphase_envoy.connect")
        monkeypatch.setattr(connect, "get_async_client", lambda _hass: client)
        account_of(simulator).second_factor = True
        yield simulator.cloud


@pytest.fixture
def entry(hass, simulator, cloud):
    """An entry whose account is known to ask for a code; it has not been loaded."""
    entry = entry_for(simulator, asks_code=True)
    entry.add_to_hass(hass)
    return entry


@pytest.fixture
def wait(freezer, simulator):
    """Return a function that lets time pass in a form."""

    def passed(seconds):
        freezer.tick(timedelta(seconds=seconds))
        simulator.site.advance(seconds)

    return passed


class Secrets:
    """What the sign-ins of a test hold, and what can be seen of it."""

    def __init__(self, hass, storage, caplog):
        self._hass = hass
        self._storage = storage
        self._caplog = caplog
        self._before = _sign_ins()

    def held(self):
        """Return what is held in memory; the garbage of earlier tests does not count."""
        texts = set()
        for it in _sign_ins():
            if not any(it is other for other in self._before):
                texts |= {*it._cookies.values(), it._password, it._session_id}  # noqa: SLF001 -- it shows them nowhere
        return texts - {""}

    async def shown(self, entry):
        """Return what is logged and stored, but for the password that belongs into the entry."""
        said = [f"{record.name} {record.getMessage()}" for record in self._caplog.records]
        if entry:
            report = await async_get_config_entry_diagnostics(self._hass, entry)
            await self._hass.config_entries.async_unload(entry.entry_id)
            data = {key: value for key, value in entry.data.items() if key != "password"}
            said += [json.dumps([report, data], default=str)]
        return "\n".join([*said, json.dumps(self._storage, default=str)])


def _sign_ins():
    gc.collect()
    return [it for it in gc.get_objects() if isinstance(it, SignIn)]


@pytest.fixture
def secrets(hass, hass_storage, caplog):
    """Log all there is, and return where to look for secrets."""
    for name in ("", "httpx", "httpcore", "httpx2", "httpcore2", DOMAIN):
        caplog.set_level(logging.DEBUG, name)
    return Secrets(hass, hass_storage, caplog)


def account_of(simulator):
    """Return the account of the house."""
    return simulator.cloud.accounts[simulator.credentials[0]]


def typed(simulator):
    """Return what the owner types into the set-up form."""
    username, password = simulator.credentials
    login = {"username": username, "password": password, "use_enlighten": True}
    return {"host": simulator.host, **login}


async def sign_in(hass, simulator):
    """Fill in the set-up form as far as the code."""
    return await send(hass, await open_form(hass), typed(simulator))


def wrong(form):
    """Return the step at which a form is, and what is wrong in it."""
    assert form["type"] is FlowResultType.FORM, form
    return form["step_id"], form["errors"]


def asked(cloud):
    """Return how often somebody has logged in, and how many codes were sent."""
    return cloud.logins, cloud.codes_sent


def requests(hass):
    """Return the reauthentication requests that the user sees."""
    flows = hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    return [flow for flow in flows if flow["context"]["source"] == SOURCE_REAUTH]


async def reauth(hass, entry):
    """Open the form of the reauthentication request of an entry."""
    entry.async_start_reauth(hass)
    await settle(hass)
    (request,) = requests(hass)
    return await hass.config_entries.flow.async_configure(request["flow_id"])


def another_of(code):
    """Return a code that is not this one."""
    return f"{(int(code) + 1) % 10**6:06}"


# From the account to the entry


@pytest.mark.parametrize(
    ("way", "step"), [("email", "code_email"), ("sms", "code_message"), ("", "code")]
)
async def test_code_leads_to_the_entry_and_its_way_is_told(hass, simulator, cloud, way, step):
    account_of(simulator).sends_code_by = way
    form = await sign_in(hass, simulator)

    done = await send(hass, form, {"code": f" {cloud.codes[-1][:3]} {cloud.codes[-1][3:]} "})

    shown = form["description_placeholders"]
    assert (form["step_id"], form["errors"]) == (step, None)
    assert list(filled(form)) == ["code", "send_again"]
    assert shown["account"] == simulator.credentials[0]
    assert shown["sent_at"] == f"{dt_util.now():%H:%M:%S}"
    data = dict(done["result"].data)
    assert simulator.gateway.tokens.level_of(data.pop("token"))
    assert data == {
        **typed(simulator),
        "name": f"Envoy {simulator.serial}",
        "serial": simulator.serial,
        "use_manual_token": False,
        "asks_code": True,
    }
    assert asked(cloud) == (1, 1)


@pytest.mark.parametrize("second_factor", [True, False])
async def test_account_that_is_only_let_in_by_the_web_sites_form(
    hass, simulator, cloud, second_factor
):
    account = account_of(simulator)
    account.form_only, account.second_factor = True, second_factor

    form = await sign_in(hass, simulator)
    done = await send(hass, form, {"code": cloud.codes[-1]}) if second_factor else form

    statuses = [request.status for request in cloud.ledger if request.path == LOGIN]
    assert (done["type"], statuses) == (FlowResultType.CREATE_ENTRY, [406])
    assert ("asks_code" in done["result"].data) is second_factor


@pytest.mark.dirty_log
async def test_there_is_one_login_however_often_the_form_comes_back(hass, simulator, cloud):
    form = await sign_in(hass, simulator)
    code = cloud.codes[-1]

    empty = await send(hass, form, {})
    blank = await send(hass, empty, {"code": "  "})
    mistyped = await send(hass, blank, {"code": another_of(code)})
    done = await send(hass, mistyped, {"code": code})

    assert wrong(empty) == wrong(blank) == ("code_email", {"code": "code_missing"})
    assert wrong(mistyped) == ("code_email", {"code": "code_wrong"})
    assert (done["type"], asked(cloud)) == (FlowResultType.CREATE_ENTRY, (1, 1))


async def test_another_code_is_sent_after_thirty_seconds(hass, simulator, cloud, wait):
    form = await sign_in(hass, simulator)
    wait(12)
    early = await send(hass, form, AGAIN)
    sent_early = cloud.codes_sent
    wait(18)

    form = await send(hass, early, AGAIN)
    done = await send(hass, form, {"code": cloud.codes[-1]})

    assert wrong(early) == ("code_email", {"send_again": "code_pause"})
    assert early["description_placeholders"]["seconds"] == "18"
    assert (sent_early, wrong(form)) == (1, ("code_email", None))
    assert form["description_placeholders"]["sent_at"] == f"{dt_util.now():%H:%M:%S}"
    assert (done["type"], asked(cloud)) == (FlowResultType.CREATE_ENTRY, (1, 2))


@pytest.mark.dirty_log
async def test_code_that_is_too_late_is_told_apart(hass, simulator, cloud, wait):
    form = await sign_in(hass, simulator)
    wait(11 * MINUTE_S)

    late = await send(hass, form, {"code": cloud.codes[-1]})
    form = await send(hass, late, AGAIN)
    done = await send(hass, form, {"code": cloud.codes[-1]})

    assert wrong(late) == ("code_email", {"code": "code_expired"})
    assert (done["type"], asked(cloud)) == (FlowResultType.CREATE_ENTRY, (1, 2))


@pytest.mark.dirty_log
async def test_account_that_is_locked_is_told_apart(hass, simulator, cloud, wait):
    form = await sign_in(hass, simulator)
    for _ in range(6):
        form = await send(hass, form, {"code": another_of(cloud.codes[-1])})
    locked = form
    wait(15 * MINUTE_S)
    account_of(simulator).locked = True

    still = await send(hass, locked, typed(simulator))

    assert wrong(locked) == wrong(still) == ("user", {"base": "cloud_locked"})
    assert cloud.logins == 2  # the locked sign-in was of no more use


@pytest.mark.dirty_log
async def test_cloud_that_is_busy_is_told_apart(hass, simulator, cloud):
    account_of(simulator).busy = True
    busy = await sign_in(hass, simulator)
    account_of(simulator).busy = False

    form = await send(hass, busy, typed(simulator))

    assert wrong(busy) == ("user", {"base": "cloud_busy"})
    assert wrong(form) == ("code_email", None)


@pytest.mark.dirty_log
async def test_cloud_that_falls_silent_costs_neither_login_nor_code(hass, simulator, cloud, wait):
    cloud.faults[SEND_CODE] = [Reset()]
    unsent = await sign_in(hass, simulator)
    form = await send(hass, unsent, typed(simulator))
    code = cloud.codes[-1]
    cloud.faults[CHECK_CODE] = [Reset()]
    unheard = await send(hass, form, {"code": code})
    wait(30)
    cloud.faults[SEND_CODE] = [Reset()]
    not_again = await send(hass, unheard, AGAIN)

    done = await send(hass, not_again, {"code": code})

    assert wrong(unsent) == ("user", {"base": "cloud_unavailable"})
    assert wrong(unheard) == wrong(not_again) == ("code_email", {"base": "cloud_unavailable"})
    assert (done["type"], asked(cloud)) == (FlowResultType.CREATE_ENTRY, (1, 1))


@pytest.mark.dirty_log
@pytest.mark.parametrize("lost", [CHECK_CODE, SEND_CODE])
async def test_sign_in_that_the_cloud_no_longer_knows_begins_anew(
    hass, simulator, cloud, wait, lost
):
    form = await sign_in(hass, simulator)
    wait(15 * MINUTE_S)
    cloud.faults[lost] = [Status(401)]

    over = await send(hass, form, AGAIN if lost == SEND_CODE else {"code": "000000"})
    form = await send(hass, over, typed(simulator))

    assert wrong(over) == ("user", {"base": "cloud_refused_status"})
    assert over["description_placeholders"]["status"] == "401"
    assert (wrong(form), cloud.logins) == (("code_email", None), 2)


@pytest.mark.dirty_log
async def test_trouble_after_the_code_costs_no_other_code(hass, simulator, cloud):
    form = await sign_in(hass, simulator)
    account_of(simulator).serials.clear()
    foreign = await send(hass, form, {"code": cloud.codes[-1]})
    account_of(simulator).serials.add(simulator.serial)
    simulator.faults["/api/v1/production"] = Status(500)
    simulator.faults["/production.json"] = Status(500)
    simulator.faults["/ivp/pdm/energy"] = Status(500)
    unread = await send(hass, foreign, typed(simulator))
    simulator.faults.clear()

    done = await send(hass, unread, typed(simulator))

    assert wrong(foreign) == ("user", {"base": "cloud_serial_refused"})
    assert wrong(unread)[0] == "user"
    tokens = [request for request in cloud.ledger if request.path == TOKENS]
    assert (done["type"], asked(cloud), len(tokens)) == (FlowResultType.CREATE_ENTRY, (1, 1), 2)


@pytest.mark.dirty_log
async def test_token_that_the_gateway_refuses_is_made_anew_without_a_code(hass, simulator, cloud):
    form = await sign_in(hass, simulator)
    simulator.faults.update({"/info": [None] * 9, "*": Status(401)})
    refused = await send(hass, form, {"code": cloud.codes[-1]})
    simulator.faults.clear()

    done = await send(hass, refused, typed(simulator))

    assert wrong(refused) == ("user", {"base": "token_refused"})
    assert (done["type"], asked(cloud)) == (FlowResultType.CREATE_ENTRY, (1, 1))


@pytest.mark.dirty_log
async def test_other_account_takes_the_place_of_one_that_asks_for_a_code(hass, simulator, cloud):
    cloud.faults[SEND_CODE] = [Reset()]
    form = await sign_in(hass, simulator)
    account = account_of(simulator)
    other = type(account)("other@example.com", "made up", {simulator.serial})
    cloud.accounts[other.email] = other
    login = {"username": other.email, "password": other.password}

    paused = await send(hass, form, {**typed(simulator), **login})

    assert wrong(paused) == ("user", {"base": "cloud_paused"})  # the limits are the gateway's


async def test_code_that_is_sent_twice_makes_one_entry(hass, simulator, cloud):
    form = await sign_in(hass, simulator)
    answer = {"code": cloud.codes[-1]}

    await asyncio.gather(*(send(hass, form, answer) for _ in range(2)), return_exceptions=True)

    checks = [request for request in cloud.ledger if request.path == CHECK_CODE]
    assert len(checks) == len(hass.config_entries.async_entries(DOMAIN)) == 1


# How often


@pytest.mark.dirty_log
async def test_sign_ins_are_as_rare_as_all_logins(hass, simulator, cloud, wait):
    outcomes = []
    for minutes in (0, 14, 1, 15, 15, 15, 22 * 60 + 59, 1):
        wait(minutes * MINUTE_S)
        form = await sign_in(hass, simulator)
        outcomes.append((form["errors"] or {}).get("base", form["step_id"]))
        hass.config_entries.flow.async_abort(form["flow_id"])

    code, paused = "code_email", "cloud_paused"
    assert outcomes == [code, paused, code, code, code, paused, paused, code]
    assert cloud.logins == 5


@pytest.mark.dirty_log
@pytest.mark.parametrize("loaded", [True, False])
async def test_sign_ins_are_counted_on_in_the_entry(hass, simulator, cloud, wait, loaded):
    form = await sign_in(hass, simulator)
    entry = (await send(hass, form, {"code": cloud.codes[-1]}))["result"]
    await settle(hass)
    told = await async_get_config_entry_diagnostics(hass, entry)
    if not loaded:
        await hass.config_entries.async_unload(entry.entry_id)
    login = {"username": entry.data["username"], "use_enlighten": True}
    wait(14 * MINUTE_S)
    form = await reauth(hass, entry)

    paused = await send(hass, form, login)
    wait(MINUTE_S)
    form = await send(hass, paused, login)

    assert wrong(paused) == ("reauth_confirm", {"base": "cloud_paused"})
    assert wrong(form) == ("code_email", None)
    assert told["entry"]["data"]["asks_code"]
    assert len(told["memory"]["logins"]["codes"]) == 1
    await settle(hass)


# An entry whose account asks for a code


async def test_signing_in_again_asks_for_a_code(hass, simulator, cloud, entry):
    hass.config_entries.async_update_entry(entry, data={**entry.data, "token": ""})
    form = await reauth(hass, entry)

    form = await send(hass, form, {"username": entry.data["username"], "use_enlighten": True})
    done = await send(hass, form, {"code": cloud.codes[-1]})

    assert (wrong(form), done["reason"]) == (("code_email", None), "reauth_owner")
    assert simulator.gateway.tokens.level_of(entry.data["token"])
    assert entry.data["password"] == simulator.credentials[1]
    assert (entry.data["asks_code"], asked(cloud)) == (True, (1, 1))
    await settle(hass)


async def test_notice_goes_when_the_token_is_renewed(hass, freezer, simulator, cloud):
    entry = entry_for(simulator, asks_code=True, token=ending_in(simulator, 20 * DAY_S))
    await set_up(hass, entry)
    notices = [issue_id for domain, issue_id in ir.async_get(hass).issues if domain == DOMAIN]
    form = await reauth(hass, entry)
    form = await send(hass, form, {"username": entry.data["username"], "use_enlighten": True})

    await send(hass, form, {"code": cloud.codes[-1]})
    await settle(hass)

    assert notices == [f"token_ends_30_{entry.entry_id}"]
    assert [issue_id for domain, issue_id in ir.async_get(hass).issues if domain == DOMAIN] == []
    await pass_time(hass, freezer, simulator, MINUTE_S)
    assert (asked(cloud), entry.data["asks_code"]) == ((1, 1), True)


async def test_code_is_still_asked_for_when_the_request_is_opened_again(
    hass, simulator, cloud, entry
):
    form = await reauth(hass, entry)
    form = await send(hass, form, {"username": entry.data["username"], "use_enlighten": True})

    again = await hass.config_entries.flow.async_configure(form["flow_id"])
    done = await send(hass, again, {"code": cloud.codes[-1]})

    assert (wrong(again), done["reason"]) == (("code_email", None), "reauth_owner")
    assert asked(cloud) == (1, 1)
    await settle(hass)


async def test_account_that_asks_for_a_code_takes_the_place_of_a_pasted_token(
    hass, simulator, cloud
):
    entry = entry_for(simulator, username="", password="", use_manual_token=True)
    entry.add_to_hass(hass)
    form = await entry.start_reconfigure_flow(hass)

    form = await send(hass, form, typed(simulator))
    done = await send(hass, form, {"code": cloud.codes[-1]})

    assert (wrong(form), done["reason"]) == (("code_email", None), "reconfigure_owner")
    assert (entry.data["asks_code"], entry.data["use_manual_token"]) == (True, False)
    assert asked(cloud) == (1, 1)


async def test_new_address_costs_no_code(hass, simulator, cloud, entry):
    form = await entry.start_reconfigure_flow(hass)

    await send(hass, form, {**typed(simulator), "password": ""})

    assert (entry.data["asks_code"], asked(cloud)) == (True, (0, 0))


@pytest.mark.parametrize("change", ["second factor switched off", "pasted token"])
async def test_entry_whose_account_asks_for_a_code_no_longer(hass, simulator, cloud, entry, change):
    account_of(simulator).second_factor = False
    form = await reauth(hass, entry)

    if change == "pasted token":
        form = await send(hass, form, {"use_enlighten": True})
        await send(hass, form, {"token": simulator.token()})
    else:
        await send(hass, form, {"username": entry.data["username"], "use_enlighten": True})

    assert "asks_code" not in entry.data
    await settle(hass)


# Without a person


@pytest.mark.dirty_log
@pytest.mark.parametrize("token", ["", "ended", "refused"])
async def test_cloud_is_never_asked_without_a_person(hass, freezer, simulator, cloud, token):
    texts = {"": "", "ended": ending_in(simulator, HOUR_S), "refused": simulator.token()}
    entry = entry_for(simulator, asks_code=True, token=texts[token])
    await set_up(hass, entry)
    if token == "refused":
        simulator.revoke_tokens()

    for _ in range(5):
        await pass_time(hass, freezer, simulator, HOUR_S / 2)
    requested = len(requests(hass))
    await hass.config_entries.async_reload(entry.entry_id)
    await settle(hass)

    assert (requested, cloud.ledger) == (1, [])


@pytest.mark.dirty_log
@pytest.mark.parametrize("days", [0, 20])
async def test_second_factor_that_was_switched_on_is_asked_about_once(
    hass, freezer, simulator, cloud, days
):
    token = ending_in(simulator, days * DAY_S) if days else ""
    entry = entry_for(simulator, token=token)

    await set_up(hass, entry)
    for _ in range(5):
        await pass_time(hass, freezer, simulator, HOUR_S)
    requested = len(requests(hass))
    await hass.config_entries.async_reload(entry.entry_id)
    await settle(hass)

    assert (requested, asked(cloud), entry.data["asks_code"]) == (1, (1, 0), True)
    form = await reauth(hass, entry)
    form = await send(hass, form, {"username": entry.data["username"], "use_enlighten": True})
    await send(hass, form, {"code": cloud.codes[-1]})
    assert simulator.gateway.tokens.level_of(entry.data["token"])
    await settle(hass)


# What is secret


@pytest.mark.dirty_log
@pytest.mark.parametrize("ending", ["entry", "closed"])
async def test_codes_and_cookies_are_nowhere_but_in_the_open_form(
    hass, simulator, cloud, secrets, ending
):
    form = await sign_in(hass, simulator)
    planted = {*secrets.held(), *cloud.codes}
    form = await send(hass, form, {"code": another_of(cloud.codes[-1])})
    planted |= {*secrets.held(), another_of(cloud.codes[-1])}
    assert len(planted) == 6  # the password, two nonces and what goes with them, two codes
    entry = None
    if ending == "entry":
        entry = (await send(hass, form, {"code": cloud.codes[-1]}))["result"]
    else:
        hass.config_entries.flow.async_abort(form["flow_id"])
    await settle(hass)

    shown = await secrets.shown(entry)
    assert DOMAIN in shown
    assert [secret for secret in planted if secret in shown] == []
    assert secrets.held() == set()


@pytest.mark.dirty_log
async def test_sign_in_that_nobody_attends_is_forgotten(hass, freezer, simulator, cloud, secrets):
    await set_up(hass, entry_for(simulator, token=ending_in(simulator, 20 * DAY_S)))
    for _ in range(2):
        await pass_time(hass, freezer, simulator, HOUR_S)

    assert (cloud.logins, secrets.held()) == (1, set())


# A gateway that takes the place of another one


@pytest.fixture
async def successor(simulator, cloud):
    """Run the gateway that takes the place of the first one; the cloud is the same."""
    scenario = successor_of(simulator.scenario)
    async with Simulator(scenario, start=simulator.site.now, cloud=cloud) as gateway:
        yield gateway


@pytest.mark.dirty_log
async def test_account_asks_for_a_code_when_a_gateway_is_replaced(
    hass, simulator, cloud, successor
):
    entry = entry_for(simulator)
    await set_up(hass, entry)
    menu = await offered(hass, entry, successor)
    form = await choose(hass, menu, "replace")
    mistyped = await send(hass, form, {"code": another_of(cloud.codes[-1])})

    confirm = await send(hass, mistyped, {"code": cloud.codes[-1]})
    unchanged = entry.unique_id
    done = await send(hass, confirm, {})
    await settle(hass)
    asks = dict(entry.data)
    await answer(hass, "undo")

    steps = [it["step_id"] for it in (menu, form, mistyped, confirm)]
    assert steps == ["another_gateway", "code_email", "code_email", "replace_confirm"]
    assert (unchanged, done["reason"], asked(cloud)) == (simulator.serial, "replaced", (1, 1))
    assert (asks["serial"], asks["asks_code"]) == (successor.serial, True)
    assert (entry.unique_id, "asks_code" in entry.data) == (simulator.serial, False)


async def test_account_that_asks_for_no_code_replaces_one_that_does(
    hass, simulator, cloud, entry, successor
):
    account_of(simulator).second_factor = False
    await set_up(hass, entry)
    menu = await offered(hass, entry, successor)

    await send(hass, await choose(hass, menu, "replace"), {})
    await settle(hass)
    changed = dict(entry.data)
    await answer(hass, "undo")

    assert (changed["serial"], "asks_code" in changed) == (successor.serial, False)
    assert entry.data["asks_code"] is True


def ending_in(simulator, seconds):
    """Return a token of a year that has so many seconds left."""
    return make_token(simulator.serial, "owner", simulator.site.now + seconds - YEAR_S, YEAR_S)
