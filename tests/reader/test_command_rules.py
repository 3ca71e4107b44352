"""What a command does beside being obeyed or not: documents, doubts, watches and memory."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from itertools import pairwise

import pytest

from custom_components.enphase_envoy.envoy_reader import (
    AWAKE,
    Command,
    Confirmation,
    Control,
    EnvoyCommandError,
    GatewayProfile,
    Problem,
    ProductionSource,
    Snapshot,
    VolatileMemory,
)
from custom_components.enphase_envoy.envoy_reader.commands.record import Record
from custom_components.enphase_envoy.envoy_reader.commands.rules import effect_pages
from tests.simulator import faults
from tests.simulator import obedience as how
from tests.simulator.storage import Profile

from .commanding import (
    ACB,
    CASES,
    CONTACTS,
    LIMIT,
    PRODUCTION,
    RELAY,
    SETTINGS,
    TARIFF,
    now,
    shown,
    state,
)

NAMED = {case.name: case for case in CASES}
RESERVE, MODE, GRID = (
    NAMED[str(control)].command for control in (Control.RESERVE, Control.STORAGE_MODE, Control.GRID)
)
CUTOFF = NAMED[str(Control.CONTACT_CUTOFF)].command
CONTACT = NAMED[str(Control.CONTACT)].command
INSTALLER = "pc_d83_installer"
SECCTRL = "/ivp/ensemble/secctrl"


async def order(visit, *commands):
    """Give commands, one after the other."""
    for command in commands:
        await visit.reader.command(command, lambda: None)


async def refused(visit, command) -> EnvoyCommandError:
    """Give a command that fails, and return why."""
    with pytest.raises(EnvoyCommandError) as raised:
        await order(visit, command)
    return raised.value


def bodies(visit):
    return [write.body for write in visit.simulator.writes]


async def test_tariff_is_sent_back_as_it_came_but_for_one_value(room):
    visit = await room()
    settings: dict[str, object] = {
        "mode": "economy",
        "charge_from_grid": "false",
        "reserved_soc": 20.0,
        "odd": None,
    }
    file = {"unknown": [1.50, {"deep": "true"}], "storage_settings": settings}
    visit.simulator.site.storage_control.file = file

    await order(visit, RESERVE)

    asked = file | {"storage_settings": settings | {"reserved_soc": 45.0}}
    assert json.loads(bodies(visit)[0]) == {"tariff": asked}
    assert b'"reserved_soc":45.0' in bodies(visit)[0]
    assert b'"charge_from_grid":"false"' in bodies(visit)[0]


async def test_contact_is_sent_back_whole(room):
    visit = await room()
    visit.simulator.site.relays[0].row = {"safe_state_action": "x", "action_retries": 3}

    await order(visit, CUTOFF)

    sent = json.loads(bodies(visit)[0])["dry_contacts"]
    assert (sent["soc_low"], sent["action_retries"], sent["manual_override"]) == (45.0, 3, "true")
    assert b'"soc_low": 45.0' in bodies(visit)[0]


@pytest.mark.parametrize(
    ("control", "value", "held"),
    [(Control.CONTACT_CUTOFF, 70.0, 70), (Control.CONTACT_RESTORE, 30.0, 30)],
)
async def test_cutoff_stays_below_restore(room, control, value, held):
    visit = await room()

    err = await refused(visit, Command(control=control, value=value, target="NC1"))

    assert (err.problem, err.held) == (Problem.COMMAND_CUTOFF_ABOVE_RESTORE, held)
    assert not visit.simulator.writes
    assert shown(now(visit), NAMED[str(control)]) == 100 - held  # its own


async def test_choice_of_a_mode_ends_the_optimisation(room):
    visit = await room(prepare=lambda site: setattr(site, "optimised", True))
    visit.simulator.obedience[TARIFF] = how.IgnoresWhileOptimised()

    await order(visit, MODE)

    assert not visit.simulator.site.optimised
    assert visit.simulator.site.storage_mode == "backup"


async def test_optimisation_overrules_the_reserve(room):
    visit = await room(prepare=lambda site: setattr(site, "optimised", True))
    visit.simulator.obedience[TARIFF] = how.IgnoresWhileOptimised()

    err = await refused(visit, RESERVE)

    assert (err.problem, err.held) == (Problem.COMMAND_IGNORED, 20)
    assert visit.simulator.site.optimised


def with_profile(site):
    site.storage_control.profiles["backup"] = Profile(reserve_pct=50.0, charge_from_grid=True)


async def test_charging_that_a_mode_brings_along_is_switched_off_again(room):
    visit = await room(prepare=with_profile)

    await order(visit, MODE)

    assert not visit.simulator.site.charge_from_grid
    assert visit.simulator.site.storage_mode == "backup"
    assert state(now(visit), NAMED["storage_mode"]).charging_restored
    assert len(visit.simulator.writes) == 2


async def test_charging_that_comes_after_its_mode_is_switched_off_too(room):
    visit = await room(prepare=with_profile)
    visit.simulator.obedience[TARIFF] = [how.InSteps()]  # the schedule knows before the controller

    await order(visit, MODE)
    await visit.after(60)

    assert not visit.simulator.site.charge_from_grid
    assert visit.simulator.site.storage_mode == "backup"


async def test_gateway_that_goes_before_charging_is_switched_off_again_is_told(room):
    visit = await room(prepare=with_profile)
    look = visit.reader.current

    def gone():
        obeyed = visit.simulator.site.storage_mode == "backup"
        return replace(look(), reachable=not obeyed)

    visit.reader._commander._look = gone  # noqa: SLF001 -- as after a collection that fails

    assert (await refused(visit, MODE)).problem is Problem.COMMAND_CHARGING_ON


async def test_charging_that_cannot_be_switched_off_again_is_told(room):
    visit = await room(prepare=with_profile)
    visit.simulator.obedience[TARIFF] = [how.RealTime(), how.Ignores()]

    err = await refused(visit, MODE)

    assert err.problem is Problem.COMMAND_CHARGING_ON


async def test_charging_that_the_owner_wants_stays_on(room):
    visit = await room(prepare=lambda site: setattr(site, "charge_from_grid", True))

    await order(visit, MODE)

    assert visit.simulator.site.charge_from_grid
    assert len(visit.simulator.writes) == 1


async def test_new_figure_does_not_switch_the_limit_on(room):
    visit = await room(INSTALLER)

    await order(visit, Command(control=Control.DYNAMIC_LIMIT_W, value=3000.0))

    sent = json.loads(bodies(visit)[0])["dynamic_pel_settings"]
    assert (sent["enable"], sent["limit_value_W"], sent["slew_rate"]) == (False, 3000.0, 50.0)


async def test_limit_is_switched_off_by_that_alone(room):
    visit = await room(INSTALLER, lambda site: setattr(site.limits, "dynamic_w", 4000.0))

    await order(visit, Command(control=Control.DYNAMIC_LIMIT, value=False))

    assert json.loads(bodies(visit)[0]) == {
        "dynamic_pel_settings": {"enable": False},
        "filename": "site_settings",
        "version": "00.00.01",
    }


async def test_limit_of_what_is_fed_in_is_judged_by_that(room):
    visit = await room(INSTALLER, lambda site: setattr(site, "load_override_w", 100.0))
    visit.simulator.site.limits.dynamic_set_w = 100_000.0

    await order(visit, Command(control=Control.DYNAMIC_LIMIT, value=True))

    assert state(now(visit), NAMED["dynamic_limit"]).confirmation is Confirmation.CONFIRMED


async def test_production_is_switched_on_without_waiting_for_the_sun(room):
    visit = await room(INSTALLER, lambda site: setattr(site.limits, "production_off", True))

    await order(visit, Command(control=Control.PRODUCTION, value=True))

    assert not visit.simulator.site.limits.production_off


async def test_all_batteries_are_woken_by_taking_their_sleep_away(room):
    visit = await room("pc_d7_acb")

    await order(visit, Command(control=Control.AC_SLEEP, value=AWAKE))

    assert [write.method for write in visit.simulator.writes] == ["DELETE"]
    assert visit.simulator.site.acb_sleep == []


async def test_contact_is_not_believed_to_open_for_a_while_after_its_settings_changed(room):
    visit = await room()
    visit.simulator.obedience[SETTINGS] = how.Lies()

    await order(visit, CUTOFF)
    lying = await visit.after(60)
    later = await visit.after(125)

    assert {contact.closed for contact in lying.dry_contacts.values() if contact.name == "NC1"} == {
        True
    }
    assert lying.commands[CUTOFF.key].confirmation is Confirmation.CONFIRMED
    assert {contact.closed for contact in later.dry_contacts.values() if contact.name == "NC1"} == {
        True
    }


async def test_contact_that_opens_meanwhile_is_proven_when_its_page_is_believed_again(room):
    visit = await room()
    visit.simulator.obedience[SETTINGS] = how.Lies()
    await order(visit, CUTOFF)
    begin = visit.simulator.site.now

    await order(visit, CONTACT)

    assert visit.simulator.site.now - begin > 80
    assert visit.simulator.site.relays[0].status == "open"


async def test_contact_that_closes_meanwhile_is_believed_to(room):
    visit = await room()
    await order(visit, CONTACT, CUTOFF)
    begin = visit.simulator.site.now

    await order(visit, Command(control=Control.CONTACT, value=True, target="NC1"))

    assert visit.simulator.site.now - begin < 15


async def test_second_change_of_settings_prolongs_the_doubt(room):
    visit = await room()
    visit.simulator.obedience[SETTINGS] = how.Lies()

    await order(visit, CUTOFF)
    await visit.after(60)
    await order(visit, Command(control=Control.CONTACT_RESTORE, value=85.0, target="NC1"))
    lying = await visit.after(60)

    assert {contact.closed for contact in lying.dry_contacts.values() if contact.name == "NC1"} == {
        True
    }


async def test_settings_that_were_refused_cast_no_doubt(room):
    visit = await room()
    visit.simulator.obedience[SETTINGS] = how.Refuses(400)

    await refused(visit, CUTOFF)
    visit.simulator.site.relays[0].status = "open"

    found = await visit.after(60)
    assert {it.closed for it in found.dry_contacts.values() if it.name == "NC1"} == {False}


async def test_commands_for_one_document_do_not_cross(room):
    visit = await room()

    await asyncio.gather(order(visit, RESERVE), order(visit, MODE))

    first, second = (write.at for write in visit.simulator.writes)
    assert second - first >= 20  # when the first one was obeyed
    assert visit.simulator.site.reserve_pct == 45
    assert visit.simulator.site.storage_mode == "backup"


async def begun(visit, command):
    """Give a command, and return once it is its turn."""
    turn = asyncio.Event()
    task = asyncio.create_task(visit.reader.command(command, turn.set))
    await turn.wait()
    return task


async def test_command_that_waits_for_its_turn_is_shown_as_pending(room):
    visit = await room()
    first = await begun(visit, MODE)

    second = asyncio.create_task(order(visit, RESERVE))
    await asyncio.sleep(0)

    assert now(visit).commands[RESERVE.key].confirmation is Confirmation.PENDING
    assert shown(now(visit), NAMED["reserve"]) == 45
    await asyncio.gather(first, second)


@pytest.mark.parametrize(
    ("former", "shows"), [(MODE, 20), (Command(control=Control.RESERVE, value=30.0), 30)]
)
async def test_command_that_is_given_up_before_its_turn_is_not_sent(room, former, shows):
    visit = await room()
    first = await begun(visit, former)
    second = asyncio.create_task(order(visit, RESERVE))
    await asyncio.sleep(0)

    second.cancel()
    await asyncio.gather(second, return_exceptions=True)

    assert shown(now(visit), NAMED["reserve"]) == shows
    await first
    assert len(visit.simulator.writes) == 1


async def test_second_command_for_the_same_thing_waits_for_the_first(room):
    visit = await room()
    back = Command(control=Control.GRID, value=True)

    await asyncio.gather(order(visit, GRID), order(visit, back))

    first, second = (it.at for it in visit.simulator.writes)
    assert second - first >= 28  # when the relay has opened
    assert visit.simulator.site.grid_connected
    assert shown(now(visit), NAMED["grid"]) is True


async def test_commands_for_different_documents_go_on_together(room):
    visit = await room()

    await asyncio.gather(order(visit, GRID), order(visit, CONTACT))

    first, second = (write.at for write in visit.simulator.writes)
    assert second - first < 5


async def test_mode_takes_the_reserve_out_of_sight(room):
    visit = await room(prepare=with_profile)
    await order(visit, RESERVE, MODE)

    for _ in range(3):
        await visit.after(60)

    assert visit.simulator.site.reserve_pct == 50
    assert not visit.reader.put_back


async def test_device_that_follows_late_is_seen_to(room):
    visit = await room()
    visit.simulator.obedience[CONTACTS] = how.RealTime(stretch=10)
    await refused(visit, CONTACT)
    ignored = now(visit).commands[CONTACT.key].ignored

    late = await visit.after(60)

    assert ignored
    assert late.commands[CONTACT.key].confirmation is Confirmation.CONFIRMED
    assert not late.commands[CONTACT.key].ignored


async def test_truth_is_shown_as_long_as_a_failed_command_is_looked_after(room):
    visit = await room()
    visit.simulator.obedience[RELAY] = how.Ignores(keeps_file=True)
    await refused(visit, GRID)

    for _ in range(12):
        await visit.after(60)
        assert shown(now(visit), NAMED["grid"]) is True

    assert now(visit).commands[GRID.key].shown is None


async def test_outage_is_nobody_who_puts_the_grid_back(room):
    visit = await room(prepare=lambda site: setattr(site, "grid_connected", False))
    await order(visit, Command(control=Control.GRID, value=True))

    visit.simulator.site.grid_connected = False
    for _ in range(3):
        await visit.after(60)

    assert not visit.reader.put_back


async def test_ignored_is_remembered_until_the_firmware_changes(room):
    visit = await room()
    visit.simulator.obedience[TARIFF] = how.Ignores()
    await refused(visit, RESERVE)
    visit.restart()
    snapshot = await visit.after(60)

    visit.memory.data["commands"]["ignored"][RESERVE.key] = "D7.0.88"
    newer = await visit.after(60)

    assert snapshot.commands[RESERVE.key].ignored
    assert RESERVE.key not in newer.commands


async def test_put_back_is_remembered_until_a_command_holds(room):
    visit = await room()
    visit.simulator.obedience[TARIFF] = [how.PutsBack()]
    await order(visit, RESERVE)
    for _ in range(3):
        await visit.after(60)
    visit.restart()
    await visit.after(60)
    remembered = dict(visit.reader.put_back)

    await order(visit, RESERVE)
    for _ in range(11):
        await visit.after(60)

    assert (remembered[RESERVE.key].wish, remembered[RESERVE.key].held) == (45, 20)
    assert not visit.reader.put_back


async def test_confirmed_command_is_looked_after_across_a_restart(room):
    visit = await room()
    visit.simulator.obedience[TARIFF] = how.PutsBack()
    await order(visit, RESERVE)

    visit.restart()
    remembered = await visit.after(1)
    for _ in range(2):
        await visit.after(60)

    assert shown(remembered, NAMED["reserve"]) == 45
    assert visit.reader.put_back.keys() == {RESERVE.key}
    assert shown(now(visit), NAMED["reserve"]) == 20


async def test_command_is_looked_after_every_half_minute(room):
    visit = await room()
    await order(visit, RESERVE)
    visit.simulator.site.storage_control.change(reserve_pct=30.0)

    await visit.after(10)
    early = dict(visit.reader.put_back)
    await visit.after(20)

    assert not early
    assert visit.reader.put_back.keys() == {RESERVE.key}


async def test_new_command_takes_the_place_of_one_that_is_looked_after(room):
    visit = await room()
    await order(visit, RESERVE)
    visit.simulator.site.storage_control.change(reserve_pct=30.0)
    begin = asyncio.Event()
    commands: list[asyncio.Task[None]] = []

    async def interfere(request):
        if request.url.path == SECCTRL and not commands:  # it is asked for nowhere else
            commands.append(asyncio.create_task(visit.reader.command(RESERVE, begin.set)))
            await begin.wait()

    visit.gateway.event_hooks["request"] = [interfere]
    read = await visit.after(31)
    await asyncio.gather(*commands)

    assert read.commands[RESERVE.key].confirmation is Confirmation.PENDING
    assert not visit.reader.put_back
    assert visit.simulator.site.reserve_pct == 45


async def test_command_is_not_looked_after_when_its_time_has_passed_without_us(room):
    visit = await room()
    await order(visit, RESERVE)
    visit.simulator.site.storage_control.change(reserve_pct=30.0)
    visit.simulator.site.advance(700)

    visit.restart()
    await visit.after(60)

    assert not visit.reader.put_back
    assert RESERVE.key not in now(visit).commands


async def test_what_was_not_seen_is_not_said_to_hold(room):
    visit = await room()
    visit.simulator.obedience[TARIFF] = [how.PutsBack()]
    await order(visit, RESERVE)
    for _ in range(3):
        await visit.after(60)

    await order(visit, RESERVE)
    for page in (TARIFF, SECCTRL):
        visit.simulator.faults[page] = faults.Status(503)
    for _ in range(11):
        await visit.after(60)

    assert visit.reader.put_back.keys() == {RESERVE.key}
    assert now(visit).commands[RESERVE.key].shown is None


async def test_what_was_refused_is_not_looked_after(room):
    visit = await room()
    visit.simulator.obedience[TARIFF] = how.Refuses(403)
    await refused(visit, RESERVE)

    visit.simulator.site.storage_control.change(reserve_pct=45.0)  # by the vendor's app
    later = await visit.after(60)

    assert later.commands[RESERVE.key].confirmation is Confirmation.FAILED


@pytest.mark.parametrize(
    "kept",
    [
        None,
        {"control": "party", "target": "", "wish": 1, "until": 10},
        {"control": ["grid"], "target": "", "wish": 1, "until": 10},
        {"control": "grid", "target": 1, "wish": 1, "until": 10},
        {"control": "grid", "target": "", "wish": None, "until": 10},
        {"control": "grid", "target": "", "wish": 1, "until": True},
    ],
)
def test_damaged_memory_has_nothing_to_look_after(kept):
    memory = VolatileMemory(data={"commands": {"watched": {"grid": kept}}})

    assert not Record(memory).watched()


@pytest.mark.parametrize(
    "kept",
    [
        None,
        {"wish": None, "held": 1, "at": 1},
        {"wish": 1, "held": 1, "at": "x"},
        {"wish": 1, "held": 1, "at": True},
        {"wish": 1, "held": 1, "at": 1e99},
    ],
)
def test_damaged_memory_is_as_if_nothing_had_happened(kept):
    memory = VolatileMemory(data={"commands": {"put_back": {"grid": kept}, "ignored": 7}})

    record = Record(memory)

    assert not record.put_back()
    assert not record.ignored("D8")


async def test_session_that_has_ended_is_renewed_once(room):
    visit = await room()
    visit.simulator.obedience[TARIFF] = [how.Refuses(401)]

    await order(visit, RESERVE)

    assert [write.status for write in visit.simulator.writes] == [401, 200]
    assert visit.asked().count("/auth/check_jwt") == 1


async def test_token_that_is_not_confirmed_sends_nothing_more(room):
    visit = await room()
    visit.simulator.obedience[RELAY] = how.Refuses(401)
    visit.simulator.faults["/auth/check_jwt"] = faults.Status(401)

    err = await refused(visit, GRID)

    assert err.problem is Problem.COMMAND_AWAY
    assert len(visit.simulator.writes) == 1


@pytest.mark.parametrize(("command", "path"), [(GRID, RELAY), (RESERVE, TARIFF)])
async def test_gateway_that_does_not_answer_was_sent_nothing(room, command, path):
    visit = await room(wired=True)
    await visit.simulator.switch_off()

    err = await refused(visit, command)

    assert err.problem is Problem.COMMAND_AWAY
    assert path not in [write.path for write in visit.simulator.writes]


async def test_nothing_is_sent_to_a_gateway_that_is_away(room):
    visit = await room(wired=True)
    await visit.simulator.switch_off()
    await visit.after(60)

    assert (await refused(visit, GRID)).problem is Problem.COMMAND_AWAY


async def test_nothing_is_sent_before_anything_is_known(room):
    visit = await room()
    visit.memory = VolatileMemory()
    visit.restart()

    assert (await refused(visit, GRID)).problem is Problem.COMMAND_AWAY


@pytest.mark.parametrize("value", [101.0, -1.0, float("nan"), "high"])
async def test_value_out_of_range_is_not_sent(room, value):
    visit = await room()

    err = await refused(visit, Command(control=Control.RESERVE, value=value))

    assert err.problem is Problem.COMMAND_OUT_OF_RANGE


@pytest.mark.parametrize(
    ("scenario", "control"),
    [
        ("pc_d83_controls", Control.STORAGE_MODE),
        ("pc_d83_controls", Control.GENERATOR_MODE),
        (INSTALLER, Control.DYNAMIC_LIMIT_MODE),
    ],
)
async def test_word_that_no_device_knows_is_not_sent(room, scenario, control):
    visit = await room(scenario)

    err = await refused(visit, Command(control=control, value="party"))

    assert err.problem is Problem.COMMAND_OUT_OF_RANGE
    assert not visit.simulator.writes


async def test_reserve_that_is_near_what_was_asked_is_not_that(room):
    visit = await room()
    visit.simulator.obedience[TARIFF] = how.Ignores()

    err = await refused(visit, Command(control=Control.RESERVE, value=20.6))

    assert (err.problem, err.held) == (Problem.COMMAND_IGNORED, 20)


async def test_device_that_is_not_there_is_not_written_to(room):
    visit = await room()

    err = await refused(visit, Command(control=Control.CONTACT, value=True, target="NO9"))

    assert err.problem is Problem.COMMAND_GONE


@pytest.mark.parametrize(
    ("fault", "problem"),
    [
        (faults.Status(404), Problem.COMMAND_REFUSED),
        (faults.Status(403), Problem.COMMAND_DENIED),
        (faults.Garbage(b"{}"), Problem.COMMAND_UNSUPPORTED),
        (faults.Garbage(b"oops"), Problem.COMMAND_UNSUPPORTED),
    ],
)
async def test_document_that_cannot_be_had_is_not_written(room, fault, problem):
    visit = await room()
    visit.simulator.faults[TARIFF] = fault

    assert (await refused(visit, RESERVE)).problem is problem
    assert not visit.simulator.writes


async def test_what_cannot_be_read_back_is_not_proven(room):
    visit = await room()
    visit.simulator.faults[SECCTRL] = faults.Zeros()

    err = await refused(visit, RESERVE)

    assert (err.problem, err.held) == (Problem.COMMAND_UNPROVEN, None)


@pytest.mark.parametrize("fault", [faults.Status(503), faults.Reset()])
async def test_reserve_is_proven_by_the_schedule_where_the_controller_is_silent(room, fault):
    visit = await room()
    visit.simulator.faults[SECCTRL] = fault

    await order(visit, RESERVE)

    assert visit.simulator.site.reserve_pct == 45


@pytest.mark.parametrize("fault", [faults.Status(404), faults.Garbage(b"{}")])
async def test_charging_is_proven_by_the_schedule_where_the_controller_is_silent(room, fault):
    visit = await room()
    visit.simulator.faults["/ivp/sc/sched"] = fault

    await order(visit, NAMED["charge_from_grid"].command)

    assert visit.simulator.site.charge_from_grid


async def test_command_that_is_given_up_leaves_no_trace(room):
    visit = await room()
    begun = asyncio.Event()
    task = asyncio.create_task(visit.reader.command(GRID, begun.set))
    await begun.wait()

    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    assert GRID.key not in now(visit).commands


async def test_reading_waits_for_one_page_of_a_command_at_most(room):
    visit = await room(wired=True)
    visit.simulator.latency.table = {"/": 0.01}
    visit.simulator.site.advance(3600)
    begin = len(visit.simulator.ledger)

    await asyncio.gather(visit.reader.read(), order(visit, NAMED["grid"].command))

    asked = visit.simulator.ledger[begin:]
    ours = [index for index, request in enumerate(asked) if request.path != NAMED["grid"].path]
    assert any(request.is_write for request in asked)
    assert max(later - sooner for sooner, later in pairwise(ours)) <= 2
    assert visit.simulator.max_concurrent == 1


async def test_limit_document_without_names_is_sent_as_it_is(room):
    visit = await room(INSTALLER, lambda site: setattr(site.limits, "dynamic_w", 4000.0))
    body = b'{"dynamic_pel_settings": {"enable": true, "limit_value_W": 1, "export_limit": true}}'
    visit.simulator.faults[LIMIT] = [faults.Garbage(body)]

    await order(visit, Command(control=Control.DYNAMIC_LIMIT, value=False))

    assert bodies(visit) == [b'{"dynamic_pel_settings": {"enable": false}}']


async def test_limit_that_holds_nothing_down_stays_failed_while_it_is_looked_after(room):
    visit = await room(INSTALLER)
    visit.simulator.obedience[PRODUCTION] = how.Ignores(keeps_file=True)
    command = NAMED["production"].command
    await refused(visit, command)

    later = await visit.after(60)

    assert later.commands[command.key].confirmation is Confirmation.FAILED
    assert later.commands[command.key].shown is True


async def test_confirmed_command_is_looked_after_for_ten_minutes(room):
    visit = await room()
    await order(visit, RESERVE)

    shows = [(await visit.after(60)).commands[RESERVE.key].shown for _ in range(11)]

    assert (shows[0], shows[-1]) == (45.0, None)


async def test_document_that_says_of_itself_that_it_is_wrong_is_still_changed(room):
    visit = await room()
    wrong = faults.Transform(lambda page: page | {"error": "odd"})
    visit.simulator.faults[TARIFF] = [wrong]

    await order(visit, MODE)

    assert visit.simulator.site.storage_mode == "backup"


async def test_mode_is_changed_where_nothing_optimises(room):
    visit = await room()
    settings = {"mode": "economy", "reserved_soc": 20.0, "charge_from_grid": False}
    visit.simulator.site.storage_control.file = {"storage_settings": settings}

    await order(visit, MODE)

    sent = json.loads(bodies(visit)[0])["tariff"]["storage_settings"]
    assert sent == settings | {"mode": "backup"}


async def test_pages_that_make_no_sense_meanwhile_prove_nothing(room):
    visit = await room()
    empty = faults.Garbage(b'{"dry_contacts": []}')
    visit.simulator.faults[CONTACTS] = [None, faults.Garbage(b"oops"), empty]

    await order(visit, CONTACT)

    assert {contact.name for contact in now(visit).dry_contacts.values()} == {
        "NC1",
        "NC2",
        "NO1",
        "NO2",
    }


async def test_list_of_sleepers_that_is_away_proves_nothing(room):
    visit = await room("pc_d7_acb")
    visit.simulator.faults[ACB] = [None, faults.Status(503)]

    await order(visit, NAMED["ac_sleep"].command)

    assert state(now(visit), NAMED["ac_sleep"]).confirmation is Confirmation.CONFIRMED


@pytest.mark.parametrize(
    ("source", "path"),
    [
        (ProductionSource.READINGS, "/ivp/meters/readings"),
        (ProductionSource.METER_PAGE, "/production.json?details=1"),
        (ProductionSource.V1, "/api/v1/production"),
    ],
)
def test_power_is_read_where_it_comes_from(source, path):
    profile = GatewayProfile(serial="1", production_from=source)

    assert effect_pages(Snapshot(profile=profile)) == (path,)
