"""Each control under each behaviour: what its page shows, and when."""

import httpx
import pytest

from tests.simulator import Simulator
from tests.simulator.obedience import (
    AnswersHtml,
    AtOnce,
    BreaksAfter,
    BreaksBefore,
    Hangs,
    Ignores,
    IgnoresWhileOptimised,
    InSteps,
    Lies,
    PutsBack,
    RealTime,
    Refuses,
)

from .controls import CASES, CONTACTS, RELAY, SETTINGS, TARIFF, Panel, contact, shown, storage

CONTROLS = pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
BROKEN = (httpx.RemoteProtocolError, httpx.ReadError)


@pytest.fixture
def case():
    """Stand for a control where a test is not about each of them."""
    return next(case for case in CASES if case.name == "relay")


@pytest.fixture
async def simulator(case):
    async with Simulator(case.scenario) as running:
        yield running


@pytest.fixture
def panel(simulator, http):
    return Panel(simulator, http)


@pytest.fixture
def command(case, panel):
    async def send(**options):
        document = await case.document(panel)
        return await panel.send(case.method, case.path, document, **options)

    return send


@pytest.fixture
def story(case, panel):
    """Return what is shown now, when the real time is over, and a while later."""

    async def look():
        site = panel.simulator.site
        first = await case.shown(panel)
        site.advance(case.takes_s)
        then = await case.shown(panel)
        site.advance(100)
        return first, then, await case.shown(panel)

    return look


@CONTROLS
async def test_nothing_is_shown_before_a_command(case, panel):
    assert await case.shown(panel) == case.before


@CONTROLS
async def test_it_obeys_at_once(case, simulator, command, story):
    simulator.obedience[case.path] = AtOnce()

    response = await command()

    assert response.status_code == 200
    assert await story() == (case.after, case.after, case.after)


@CONTROLS
async def test_it_obeys_after_its_real_time(case, simulator, command, story):
    response = await command()

    assert response.status_code == 200
    assert await story() == (case.at_once, case.after, case.after)


@CONTROLS
async def test_not_before_its_real_time(case, simulator, command, panel):
    await command()
    simulator.site.advance(max(0, case.takes_s - 0.5))

    assert await case.shown(panel) == case.at_once


@CONTROLS
async def test_slow_sites_take_longer(case, simulator, command, story):
    simulator.obedience[case.path] = RealTime(stretch=1.1)

    await command()

    assert (await story())[:2] == (case.at_once, case.at_once)


@CONTROLS
async def test_steps_end_where_they_should(case, simulator, command, story):
    simulator.obedience[case.path] = InSteps()

    await command()

    assert (await story())[2] == (case.steps or case.after)


@CONTROLS
async def test_it_answers_and_ignores(case, simulator, command, story):
    simulator.obedience[case.path] = Ignores()

    response = await command()

    assert response.status_code == 200
    assert await story() == (case.before, case.before, case.before)


@CONTROLS
async def test_it_ignores_while_schedules_are_optimised(case, simulator, command, story):
    simulator.site.optimised = True
    simulator.obedience[case.path] = IgnoresWhileOptimised()

    response = await command()

    assert response.status_code == 200
    assert await story() == (case.before, case.before, case.before)


@CONTROLS
async def test_it_obeys_without_optimised_schedules(case, simulator, command, story):
    simulator.obedience[case.path] = IgnoresWhileOptimised()

    await command()

    assert await story() == (case.at_once, case.after, case.after)


@CONTROLS
async def test_it_is_put_back(case, simulator, command, story):
    simulator.obedience[case.path] = PutsBack(after_s=case.takes_s + 90)

    await command()

    assert await story() == (case.at_once, case.after, case.before)


@CONTROLS
@pytest.mark.parametrize("status", [400, 401, 403, 404, 500])
async def test_it_refuses(case, simulator, command, story, status):
    simulator.obedience[case.path] = Refuses(status)

    response = await command()

    assert response.status_code == status
    assert await story() == (case.before, case.before, case.before)


@CONTROLS
@pytest.mark.parametrize("obeys", [True, False])
async def test_it_hangs(case, simulator, command, story, obeys):
    simulator.obedience[case.path] = Hangs(obeys=obeys)

    with pytest.raises(httpx.ReadTimeout):
        await command(patience_s=0.1)

    assert (await story())[2] == (case.after if obeys else case.before)


@CONTROLS
@pytest.mark.parametrize("behaviour", [BreaksBefore(), BreaksAfter()])
async def test_the_connection_breaks(case, simulator, command, story, behaviour):
    simulator.obedience[case.path] = behaviour

    with pytest.raises(BROKEN):
        await command()

    obeyed = behaviour == BreaksAfter()
    assert (await story())[2] == (case.after if obeyed else case.before)


@CONTROLS
@pytest.mark.parametrize("obeys", [True, False])
async def test_it_answers_html(case, simulator, command, story, obeys):
    simulator.obedience[case.path] = AnswersHtml(obeys=obeys)

    response = await command()

    assert response.status_code == 200
    assert response.text.startswith("<!DOCTYPE html>")
    assert (await story())[2] == (case.after if obeys else case.before)


@CONTROLS
async def test_each_write_is_in_the_ledger(case, simulator, panel, command):
    simulator.obedience[case.path] = [Refuses(500), None]

    await command()
    await command()

    assert [(write.method, write.path, write.status) for write in simulator.writes] == [
        (case.method, case.path, 500),
        (case.method, case.path, 200),
    ]
    assert all(write.body.startswith(b"{") for write in simulator.writes)


@CONTROLS
async def test_nobody_commands_without_a_token(case, simulator, http, story):
    response = await http.request(
        case.method, f"https://{simulator.host}{case.path}", content=b"{}"
    )

    assert response.status_code == 401
    assert (await story())[2] == case.before


@CONTROLS
@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"\xff", b'{"tariff": 3}'])
async def test_nonsense_is_refused(case, panel, story, body):
    response = await panel.ask(case.method, case.path, body)

    assert response.status_code == 400
    assert (await story())[2] == case.before


@pytest.mark.parametrize("path", ["/ivp/ss/dpel", "/ivp/mod/603980032/mode/power"])
async def test_owners_cannot_do_what_installers_can(simulator, http, path):
    method = "POST" if path.endswith("dpel") else "PUT"
    owner = Panel(simulator, http, "owner")

    response = await owner.send(method, path, {})

    assert response.status_code == 401


async def test_a_page_without_a_command_takes_none(panel):
    assert (await panel.send("POST", "/ivp/meters", {})).status_code == 405


async def test_a_firmware_without_the_page_has_no_command(http):
    async with Simulator("pc_d7_installer") as simulator:
        response = await Panel(simulator, http).send("POST", "/ivp/ss/gen_mode", {"gen_cmd": "on"})

    assert response.status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "document"),
    [
        ("POST", RELAY, {"mains_admin_state": "open"}),
        ("POST", CONTACTS, {"dry_contacts": {"id": "NC1", "status": "open"}}),
        ("POST", "/ivp/ss/gen_mode", {"gen_cmd": "on"}),
        ("PUT", "/admin/lib/acb_config", {"acb_sleep": [{"serial_num": "1"}]}),
    ],
)
async def test_what_is_not_there_refuses(http, method, path, document):
    async with Simulator("pc_d83_installer") as simulator:
        response = await Panel(simulator, http).send(method, path, document)

    assert response.status_code == 400


@pytest.mark.parametrize(
    "changes",
    [
        {"reserved_soc": 101},
        {"reserved_soc": "20"},
        {"reserved_soc": True},
        {"charge_from_grid": "perhaps"},
        {"opt_schedules": 1},
    ],
)
async def test_values_that_no_gateway_takes(panel, changes):
    document = await storage(**changes)(panel)

    assert (await panel.send("PUT", TARIFF, document)).status_code == 400


@pytest.mark.parametrize("changes", [{"soc_low": 70.0}, {"soc_high": 101.0}, {"soc_low": "30"}])
async def test_cutoff_stays_below_restore(panel, changes):
    document = await contact(**changes)(panel)

    assert (await panel.send("POST", SETTINGS, document)).status_code == 400


@pytest.mark.parametrize("band", [(30, 20), (-1, 5), (20.0, 25.0), (96, 101)])
async def test_bands_that_no_battery_takes(http, band):
    async with Simulator("pc_d8_acb_storage_ct") as simulator:
        serial = next(iter(simulator.site.ac_batteries))
        row = {"serial_num": serial, "sleep_min_soc": band[0], "sleep_max_soc": band[1]}
        response = await Panel(simulator, http).send(
            "PUT", "/admin/lib/acb_config", {"acb_sleep": [row]}
        )

    assert response.status_code == 400


async def test_a_partial_document_upsets_the_gateway(panel, simulator):
    with pytest.raises(BROKEN):
        await panel.send("POST", SETTINGS, {"dry_contacts": {"id": "NC1", "soc_low": 20.0}})

    assert simulator.site.relays[0].soc_low == 30.0


async def test_a_later_command_takes_the_place_of_the_first(panel, simulator):
    await panel.send("POST", RELAY, {"mains_admin_state": "open"})
    simulator.site.advance(10)

    await panel.send("POST", RELAY, {"mains_admin_state": "closed"})

    simulator.site.advance(60)
    assert (await panel.page(RELAY))["mains_oper_state"] == "closed"


async def test_the_cloud_puts_back_what_it_holds(panel, simulator):
    simulator.obedience[TARIFF] = PutsBack()
    await panel.send("PUT", TARIFF, await storage(mode="economy")(panel))
    simulator.site.advance(60)

    await panel.send("PUT", TARIFF, await storage(mode="backup")(panel))

    simulator.site.advance(91)
    assert (await panel.page(TARIFF))["schedule"]["battery_mode"] == "self-consumption"


async def test_a_command_that_holds_ends_the_putting_back(panel, simulator):
    simulator.obedience[TARIFF] = [PutsBack(), RealTime()]
    await panel.send("PUT", TARIFF, await storage(mode="economy")(panel))
    simulator.site.advance(60)

    await panel.send("PUT", TARIFF, await storage(mode="economy")(panel))

    simulator.site.advance(300)
    assert (await panel.page(TARIFF))["schedule"]["battery_mode"] == "economy"


async def test_a_put_back_file_is_the_old_one(panel, simulator):
    before = (await panel.ask("GET", TARIFF)).content
    simulator.obedience[TARIFF] = PutsBack()

    await panel.send("PUT", TARIFF, await storage(mode="economy")(panel))

    simulator.site.advance(91)
    assert (await panel.ask("GET", TARIFF)).content == before


# States in between


async def states(panel, seconds, look):
    found = []
    for _ in range(seconds):
        panel.simulator.site.advance(1)
        found.append(await look(panel))
    return list(dict.fromkeys(found))


async def test_the_relay_opens_in_words(panel, simulator):
    simulator.obedience[RELAY] = InSteps()

    await panel.send("POST", RELAY, {"mains_admin_state": "open"})

    assert await states(panel, 60, shown(RELAY, "mains_oper_state")) == [
        "closed",
        "open synchronizing",
        "open synchronized",
    ]


async def test_the_administrative_state_proves_nothing(panel, simulator):
    await panel.send("POST", RELAY, {"mains_admin_state": "open"})

    page = await panel.page(RELAY)

    assert (page["mains_admin_state"], page["mains_oper_state"]) == ("open", "closed")


async def test_the_relay_closes_again(panel, simulator):
    simulator.obedience[RELAY] = InSteps()
    await panel.send("POST", RELAY, {"mains_admin_state": "open"})
    simulator.site.advance(60)

    await panel.send("POST", RELAY, {"mains_admin_state": "closed"})

    assert await states(panel, 15, shown(RELAY, "mains_oper_state")) == [
        "open synchronized",
        "open synchronizing",
        "closed",
    ]


async def test_the_inventory_has_one_word_for_it(panel, simulator):
    simulator.obedience[RELAY] = InSteps()
    await panel.send("POST", RELAY, {"mains_admin_state": "open"})
    simulator.site.advance(30)

    groups = await panel.page("/ivp/ensemble/inventory")

    unit = next(group["devices"][0] for group in groups if group["type"] == "ENPOWER")
    assert unit["mains_oper_state"] == "open"


async def test_storage_settings_arrive_one_after_the_other(panel, simulator):
    simulator.obedience[TARIFF] = InSteps()
    document = await storage(mode="economy", reserved_soc=40.0, charge_from_grid=True)(panel)
    await panel.send("PUT", TARIFF, document)

    async def look(panel):
        control = await panel.page("/ivp/ensemble/secctrl")
        return (
            (await panel.page(TARIFF))["schedule"]["battery_mode"],
            control["configured_backup_soc"],
            control["adjusted_backup_soc"],
            (await panel.page("/ivp/sc/sched"))["Charge From Grid Allowed"],
        )

    assert await states(panel, 45, look) == [
        ("self-consumption", 20, 20, False),
        ("economy", 20, 20, False),
        ("economy", 40, 20, False),
        ("economy", 40, 40, True),
    ]


async def test_contact_settings_arrive_in_two_parts(panel, simulator):
    simulator.obedience[SETTINGS] = InSteps()
    await panel.send("POST", SETTINGS, await contact(soc_low=10.0, soc_high=90.0)(panel))

    async def look(panel):
        row = (await panel.page(SETTINGS))["dry_contacts"][0]
        return row["soc_low"], row["soc_high"]

    assert await states(panel, 5, look) == [(30.0, 70.0), (10.0, 70.0), (10.0, 90.0)]


# Files and wishes


async def test_a_file_that_shows_the_wish_proves_nothing(panel, simulator):
    simulator.obedience[TARIFF] = Ignores(keeps_file=True)

    await panel.send("PUT", TARIFF, await storage(mode="economy")(panel))

    simulator.site.advance(300)
    page = await panel.page(TARIFF)
    assert page["tariff"]["storage_settings"]["mode"] == "economy"
    assert page["schedule"]["battery_mode"] == "self-consumption"


async def test_a_mode_is_ignored_under_the_optimiser(panel, simulator):
    simulator.site.optimised = True

    await panel.send("PUT", TARIFF, await storage(mode="economy", reserved_soc=30.0)(panel))

    simulator.site.advance(60)
    assert (simulator.site.storage_mode, simulator.site.reserve_pct) == ("self-consumption", 30)


async def test_sending_the_optimiser_off_lets_a_mode_in(panel, simulator):
    simulator.site.optimised = True
    simulator.obedience[TARIFF] = IgnoresWhileOptimised()

    await panel.send("PUT", TARIFF, await storage(mode="economy", opt_schedules=False)(panel))

    simulator.site.advance(60)
    assert (simulator.site.storage_mode, simulator.site.optimised) == ("economy", False)


async def test_status_lies_after_settings_were_written(panel, simulator):
    simulator.obedience[SETTINGS] = Lies()
    await panel.send("POST", SETTINGS, await contact(soc_low=25.0)(panel))

    async def look(panel):
        rows = (await panel.page(CONTACTS))["dry_contacts"]
        return rows[0]["status"], rows[2]["status"], simulator.site.relays[0].status

    found = {}
    for seconds in (4, 2, 80, 6):
        simulator.site.advance(seconds)
        found[simulator.site.now] = await look(panel)
    assert list(found.values()) == [
        ("closed", "closed", "closed"),
        ("open", "closed", "closed"),
        ("open", "closed", "closed"),
        ("closed", "closed", "closed"),
    ]


async def test_a_behaviour_for_every_control(panel, simulator):
    simulator.obedience["*"] = Refuses(403)

    response = await panel.send("POST", RELAY, {"mains_admin_state": "open"})

    assert response.status_code == 403
