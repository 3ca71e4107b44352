"""What goes wrong at a gateway costs as little as it can, and comes back by itself."""

from __future__ import annotations

import json

import pytest

from custom_components.enphase_envoy.envoy_reader import (
    Credentials,
    EnvoyAuthenticationError,
    EnvoyConnectionError,
    EnvoyError,
    EnvoyIdentityError,
    EnvoyTimeoutError,
    EnvoyUnsupportedError,
    GatewayProfile,
    Health,
    Problem,
    Section,
    Snapshot,
    Timing,
)
from custom_components.enphase_envoy.envoy_reader.known.page_records import PageRecord
from custom_components.enphase_envoy.envoy_reader.pages.endpoints import INFO
from tests.simulator import SCENARIOS, faults

BATTERY_SITE = "pc_d8_split_storage_ct"
HASTE = {"timing": Timing(page_s=0.2, retries=0, collection_s=2)}

PAGE_FAULTS = {
    "status 401": faults.Status(401),
    "status 403": faults.Status(403),
    "status 404": faults.Status(404),
    "status 500": faults.Status(500),
    "status 503": faults.Status(503),
    "redirect": faults.Status(302),
    "hang": faults.Hang(),
    "reset": faults.Reset(),
    "drip": faults.Drip(bytes_per_second=20),
    "truncated": faults.Truncate(),
    "cut short": faults.CutShort(),
    "html": faults.Garbage(b"<html>Page Not Found</html>"),
    "null": faults.Garbage(b"null"),
    "wrong type": faults.Garbage(b'"text"'),
    "not utf-8": faults.Garbage(b"\xff\xfe\x00{"),
    "a megabyte of garbage": faults.Garbage(b"\x00x" * 500_000),
}


@pytest.mark.parametrize("fault", PAGE_FAULTS.values(), ids=PAGE_FAULTS)
async def test_failed_page_costs_only_its_section(visit, fault):
    site = await visit(BATTERY_SITE, **HASTE)
    await site.reader.read()
    site.simulator.faults["/api/v1/production/inverters"] = fault

    for _ in range(14):
        snapshot = await site.after(60)

    lost = {part for part, health in snapshot.health.items() if health is not Health.FRESH}
    assert lost == {Section.INVERTERS}
    assert snapshot.failures.keys() == {"/api/v1/production/inverters"}
    assert snapshot.production.total.power_w == pytest.approx(
        site.simulator.site.production.power_w, abs=0.01
    )


@pytest.mark.parametrize("fault", PAGE_FAULTS.values(), ids=PAGE_FAULTS)
async def test_failed_page_comes_back_by_itself(visit, fault):
    site = await visit(BATTERY_SITE, **HASTE)
    await site.reader.read()
    site.simulator.faults["/ivp/meters/readings"] = fault
    for _ in range(4):
        await site.after(60)
    del site.simulator.faults["/ivp/meters/readings"]

    for _ in range(6):
        snapshot = await site.after(60)

    assert not snapshot.failures
    assert set(snapshot.health.values()) == {Health.FRESH}


async def test_page_that_fails_once_costs_nothing(visit):
    site = await visit(BATTERY_SITE)
    before = await site.reader.read()
    site.simulator.faults["/ivp/meters/readings"] = [faults.Status(503)]

    snapshot = await site.after(60)

    assert snapshot.health[Section.PRODUCTION] is Health.FRESH
    assert snapshot.production.total.lifetime_wh == before.production.total.lifetime_wh


async def test_page_that_hangs_is_asked_after_the_others(visit):
    site = await visit(BATTERY_SITE, **HASTE)
    await site.reader.read()
    site.simulator.faults["/ivp/meters/readings"] = faults.Hang()
    await site.after(60)
    begin = len(site.simulator.ledger)

    await site.after(60)

    asked = site.asked(begin)
    assert asked.index("/ivp/ensemble/power") < asked.index("/ivp/meters/readings")


async def test_failing_page_is_asked_ever_less_often(visit):
    site = await visit(BATTERY_SITE, **HASTE)
    await site.reader.read()
    site.simulator.faults["/ivp/meters/readings"] = faults.Status(500)
    begin = len(site.simulator.ledger)

    for _ in range(30):
        await site.after(60)

    assert site.asked(begin).count("/ivp/meters/readings") < 10


async def test_what_has_arrived_survives_the_overall_time_out(visit):
    site = await visit(BATTERY_SITE, timing=Timing(page_s=5, retries=0, collection_s=0.5))
    await site.reader.read()
    site.simulator.faults["/ivp/ensemble/power"] = faults.Hang()

    snapshot = await site.after(60)

    assert snapshot.reachable
    assert snapshot.production.total.power_w == pytest.approx(
        site.simulator.site.production.power_w, abs=0.01
    )


async def test_page_that_hangs_leaves_time_for_the_others(visit):
    site = await visit(BATTERY_SITE, timing=Timing(page_s=2, retries=1, collection_s=4))
    await site.reader.read()
    site.simulator.faults["/ivp/meters/readings"] = faults.Hang()
    begin = len(site.simulator.ledger)

    snapshot = await site.after(60)

    assert snapshot.failures.keys() == {"/ivp/meters/readings"}
    assert "/ivp/ensemble/power" in site.asked(begin)


async def test_page_that_takes_all_the_time_there_is_comes_last_from_then_on(visit):
    site = await visit(BATTERY_SITE, timing=Timing(page_s=9, retries=0, collection_s=1))
    await site.reader.read()
    site.simulator.faults["/ivp/meters/readings"] = faults.Hang()
    await site.after(60)
    await site.after(60)

    snapshot = await site.after(60)

    assert snapshot.reachable
    assert snapshot.health[Section.BATTERY_POWER] is Health.FRESH


async def test_gateway_gone_is_held_then_stale_then_lost(visit):
    site = await visit(BATTERY_SITE)
    await site.reader.read()
    await site.simulator.switch_off()
    seen = []

    for _ in range(22):
        snapshot = await site.after(60)
        seen.append(snapshot.health[Section.PRODUCTION])

    assert seen[:2] == [Health.FRESH, Health.FRESH]
    assert set(seen[2:20]) == {Health.STALE}
    assert seen[-1] is Health.LOST
    assert not snapshot.reachable


async def test_gateway_that_returns_is_read_at_once(visit):
    site = await visit(BATTERY_SITE)
    await site.reader.read()
    await site.simulator.switch_off()
    for _ in range(30):
        await site.after(60)
    await site.simulator.switch_on()

    snapshot = await site.after(10)

    assert snapshot.reachable
    assert set(snapshot.health.values()) == {Health.FRESH}
    assert snapshot.production.total.lifetime_wh == pytest.approx(
        site.simulator.site.production.lifetime_wh, abs=0.01
    )


async def test_gateway_that_is_gone_is_left_in_peace(visit):
    site = await visit(BATTERY_SITE, **HASTE)
    await site.reader.read()
    site.simulator.faults["*"] = faults.Hang()
    begin = len(site.simulator.ledger)

    await site.after(60)

    assert len(site.asked(begin)) <= 3


async def test_firmware_update_is_found_after_the_outage(visit):
    site = await visit("pc_d7_three_phase")
    before = await site.reader.read()
    await site.simulator.switch_off()
    await site.after(60)
    site.simulator.firmware = SCENARIOS["pc_d83_device_data"].firmware
    await site.simulator.switch_on()

    snapshot = await site.after(60)

    assert snapshot.profile.firmware != before.profile.firmware
    assert snapshot.profile.production_from is before.profile.production_from
    assert snapshot.production.total.lifetime_wh >= before.production.total.lifetime_wh


async def test_update_to_tokens_changes_the_way_in(visit):
    site = await visit("p_d5_standard", serial=None)
    before = await site.reader.read()
    site.simulator.firmware = SCENARIOS["p_d7_standard"].firmware

    for _ in range(3):
        snapshot = await site.after(60)

    assert not before.profile.uses_tokens
    assert snapshot.profile.uses_tokens
    assert not snapshot.failures


async def test_inverter_list_that_is_empty_for_once_changes_nothing(visit):
    site = await visit("p_d7_standard")
    before = await site.reader.read()
    site.simulator.faults["/api/v1/production/inverters"] = [faults.Garbage(b"[]")]

    snapshot = await site.after(300)

    assert snapshot.inverters.keys() == before.inverters.keys()


async def test_inverter_list_that_stays_empty_is_believed(visit):
    site = await visit("p_d7_standard")
    await site.reader.read()
    site.simulator.faults["/api/v1/production/inverters"] = faults.Garbage(b"[]")

    for _ in range(20):
        snapshot = await site.after(60)

    assert not snapshot.inverters


async def test_batteries_that_are_not_listed_for_once_are_there(visit):
    site = await visit("pc_d8_split_storage_ct")
    before = await site.reader.read()
    page = "/ivp/ensemble/inventory"
    site.simulator.faults[page] = [faults.Transform(lambda groups: groups[1:])]

    snapshot = await site.after(60)

    assert len(site.simulator.site.batteries) == 5
    assert snapshot.batteries.keys() == before.batteries.keys()
    assert page in snapshot.failures


async def test_other_gateway_at_the_address_is_not_read(visit):
    site = await visit("p_d7_standard", serial="122200000000")

    with pytest.raises(EnvoyIdentityError) as caught:
        await site.reader.read()

    assert caught.value.problem is Problem.WRONG_SERIAL
    assert site.asked() == ["/info"]


async def test_something_else_at_the_address_is_no_gateway(visit):
    site = await visit("p_d7_standard")
    site.simulator.faults["/info"] = faults.Garbage(b"<html>A printer</html>")

    with pytest.raises(EnvoyUnsupportedError) as caught:
        await site.reader.validate()

    assert caught.value.problem is Problem.NOT_AN_ENVOY


@pytest.mark.parametrize("code", [401, 404, 418])
async def test_other_status_of_info_is_no_gateway(visit, code):
    site = await visit("p_d7_standard")
    site.simulator.faults["/info"] = faults.Status(code)

    with pytest.raises(EnvoyUnsupportedError):
        await site.reader.probe()


async def test_gateway_that_is_starting_is_not_taken_for_something_else(visit):
    site = await visit("p_d7_standard")
    site.simulator.faults["/info"] = faults.Status(503)

    with pytest.raises(EnvoyConnectionError):
        await site.reader.probe()


async def test_nothing_at_the_address(visit):
    site = await visit("p_d7_standard")
    await site.simulator.switch_off()

    with pytest.raises(EnvoyConnectionError) as caught:
        await site.reader.read()

    assert caught.value.problem is Problem.CANNOT_CONNECT


async def test_gateway_that_does_not_answer_in_time(visit):
    site = await visit("p_d7_standard", **HASTE)
    site.simulator.faults["*"] = faults.Hang()

    with pytest.raises(EnvoyTimeoutError):
        await site.reader.read()


async def test_slow_gateway_is_not_taken_for_what_its_other_port_says(visit):
    site = await visit("p_d7_standard", **HASTE)
    site.simulator.faults["/info"] = [faults.Hang()]  # then port 80 points back to this one

    with pytest.raises(EnvoyTimeoutError):
        await site.reader.read()


async def test_gateway_without_production_is_said_to_be_so(visit):
    site = await visit("p_d7_standard")
    for path in ("/api/v1/production", "/production.json", "/production"):
        site.simulator.faults[path] = faults.Status(404)

    with pytest.raises(EnvoyError) as caught:
        await site.reader.validate()

    assert caught.value.problem is Problem.NO_PRODUCTION


async def test_production_that_does_not_answer_yet_is_not_called_missing(visit):
    site = await visit("p_d7_standard")
    for path in ("/api/v1/production", "/production.json", "/production"):
        site.simulator.faults[path] = faults.Status(503)

    with pytest.raises(EnvoyError) as caught:
        await site.reader.validate()

    assert caught.value.problem is Problem.BAD_RESPONSE
    assert caught.value.status == 503


async def test_token_gateway_without_a_token_asks_for_one(visit):
    site = await visit("p_d7_standard", token=False)

    with pytest.raises(EnvoyAuthenticationError) as caught:
        await site.reader.validate()

    assert caught.value.problem is Problem.TOKENS_NEEDED


async def test_old_gateway_knows_no_tokens(visit):
    site = await visit(
        "p_d5_standard", credentials=Credentials("a@b.example", "x", use_enlighten=True)
    )

    with pytest.raises(EnvoyUnsupportedError) as caught:
        await site.reader.validate()

    assert caught.value.problem is Problem.TOKENS_UNKNOWN


async def test_token_comes_from_the_cloud(visit):
    site = await visit("p_d7_standard", token=False)
    user, password = site.simulator.credentials
    site.options["credentials"] = Credentials(user, password, use_enlighten=True)
    site.restart()

    snapshot = await site.reader.validate()

    assert snapshot.profile.uses_tokens
    assert site.reader.token.serial == site.simulator.serial
    assert site.memory.token == site.reader.token.raw


async def test_revoked_token_is_replaced_by_the_cloud(visit):
    site = await visit("p_d7_standard", token=False)
    user, password = site.simulator.credentials
    site.options["credentials"] = Credentials(user, password, use_enlighten=True)
    site.restart()
    await site.reader.read()
    site.simulator.site.advance(3600)
    site.simulator.revoke_tokens()

    for _ in range(10):
        snapshot = await site.after(60)

    assert snapshot.reachable
    assert not snapshot.failures


async def test_revoked_token_that_nobody_can_replace_is_the_users_to_mend(visit):
    site = await visit("p_d7_standard")
    await site.reader.read()
    site.simulator.revoke_tokens()
    for _ in range(20):
        await site.after(60)

    with pytest.raises(EnvoyAuthenticationError) as caught:
        await site.after(60)

    assert caught.value.problem is Problem.TOKEN_REFUSED


async def test_token_is_renewed_ahead_of_its_end(visit):
    site = await visit("p_d7_standard", token=False)
    user, password = site.simulator.credentials
    site.options["credentials"] = Credentials(user, password, use_enlighten=True)
    site.memory.token = site.simulator.token("installer", lifetime_s=12 * 3600)
    site.restart()
    await site.reader.read()
    assert not site.reader.renewal_due
    before = site.reader.token

    site.simulator.site.advance(11.5 * 3600)
    assert site.reader.renewal_due
    await site.reader.renew_token()

    assert site.reader.token.expires_at > before.expires_at
    assert not site.reader.renewal_due


async def test_pasted_token_is_not_renewed(visit):
    site = await visit("p_d7_standard")
    site.memory.token = site.simulator.token(lifetime_s=3600)
    await site.reader.read()

    assert not site.reader.renewal_due


async def test_local_password_that_is_refused(visit):
    site = await visit("p_d5_standard", credentials=Credentials("someone", "wrong"))
    site.simulator.faults["/api/v1/production/inverters"] = faults.Status(401)
    site.simulator.faults["/ivp/meters"] = faults.Status(401)

    snapshot = await site.reader.read()

    assert snapshot.production.total.power_w is not None
    assert not snapshot.inverters


async def test_gateway_is_found_at_its_other_address(visit):
    site = await visit(BATTERY_SITE, **HASTE)
    await site.reader.read()
    other = await site.simulator.listen_also("127.0.0.1")
    site.reader.learn_host(other.address)
    await site.simulator.server.listeners[0].stop()

    snapshot = await site.after(60)

    assert snapshot.reachable
    assert site.reader.host == other.address
    assert set(snapshot.health.values()) == {Health.FRESH}


async def test_other_address_is_left_alone_while_the_present_one_answers(visit):
    site = await visit(BATTERY_SITE)
    await site.reader.read()
    present = site.reader.host
    site.reader.learn_host("127.0.0.1:1")

    snapshot = await site.after(60)

    assert snapshot.reachable
    assert site.reader.host == present


async def test_addresses_are_remembered(visit):
    site = await visit(BATTERY_SITE, **HASTE)
    await site.reader.read()
    other = await site.simulator.listen_also("127.0.0.1")
    for host in ("127.0.0.1:1", other.address, "127.0.0.1:1"):
        site.reader.learn_host(host)
    await site.simulator.server.listeners[0].stop()

    site.restart()
    snapshot = await site.after(60)

    assert snapshot.reachable
    assert site.reader.host == other.address


async def test_gateway_that_is_nowhere_is_waited_for_where_it_was(visit):
    site = await visit(BATTERY_SITE, **HASTE)
    await site.reader.read()
    present = site.reader.host
    site.reader.learn_host("127.0.0.1:1")
    await site.simulator.switch_off()
    assert not (await site.after(60)).reachable
    await site.simulator.switch_on()

    assert (await site.after(10)).reachable
    assert site.reader.host == present


async def test_broken_info_costs_nothing_while_all_else_answers(visit):
    site = await visit(BATTERY_SITE)
    await site.reader.read()
    site.simulator.faults["/info"] = faults.Garbage(b"<html>")

    site.simulator.site.advance(4 * 3600)
    for _ in range(4):  # slow pages are made up for one by one
        snapshot = await site.after(60)

    assert set(snapshot.health.values()) == {Health.FRESH}
    assert snapshot.failures.keys() == {"/info"}


WITHOUT_ITS_NAME = pytest.mark.parametrize("scenario", [BATTERY_SITE, "p_d5_standard"])


@WITHOUT_ITS_NAME
@pytest.mark.parametrize("fault", PAGE_FAULTS.values(), ids=PAGE_FAULTS)
async def test_broken_info_costs_nothing_after_a_restart(visit, scenario, fault):
    site = await visit(scenario, **HASTE)
    await site.reader.read()
    site.restart()
    site.simulator.faults["/info"] = fault

    for _ in range(5):
        snapshot = await site.after(60)

    assert snapshot.reachable
    assert set(snapshot.health.values()) == {Health.FRESH}


@WITHOUT_ITS_NAME
async def test_broken_info_costs_nothing_after_an_outage(visit, scenario):
    site = await visit(scenario, **HASTE)
    await site.reader.read()
    site.simulator.faults["*"] = faults.Refuse()
    assert not (await site.after(60)).reachable
    site.simulator.faults.clear()
    site.simulator.faults["/info"] = faults.Status(500)

    snapshot = await site.after(60)

    assert snapshot.reachable
    assert set(snapshot.health.values()) == {Health.FRESH}


async def test_page_that_fails_together_with_info_takes_no_other_along(visit):
    site = await visit(BATTERY_SITE, **HASTE)
    await site.reader.read()
    site.simulator.faults["/info"] = faults.Status(500)
    site.simulator.faults["/ivp/meters"] = faults.Reset()
    site.simulator.faults["/api/v1/production/inverters"] = faults.Reset()

    for _ in range(300):
        snapshot = await site.after(60)

    lost = {part for part, health in snapshot.health.items() if health is not Health.FRESH}
    assert snapshot.reachable
    assert Section.INVERTERS in lost
    assert lost.isdisjoint({Section.BATTERIES, Section.CONTROLLERS, Section.STORAGE_SETTINGS})


async def test_nameless_gateway_that_refuses_the_token_is_not_read(visit):
    site = await visit(BATTERY_SITE, **HASTE)
    await site.reader.read()
    site.restart()
    site.simulator.gateway.tokens.revoke_all()
    site.simulator.faults["/info"] = faults.Status(500)

    snapshot = await site.after(60)

    assert not snapshot.reachable
    assert site.simulator.cloud.logins == 0


async def test_web_server_that_says_yes_to_everything_is_not_read(visit):
    site = await visit(BATTERY_SITE, **HASTE)
    await site.reader.read()
    site.restart()
    site.simulator.faults["*"] = faults.Garbage(b"<html>A printer</html>")

    snapshot = await site.after(60)

    assert not snapshot.reachable


async def test_nameless_gateway_without_a_token_is_not_read(visit):
    site = await visit(BATTERY_SITE, **HASTE)
    await site.reader.read()
    site.restart()
    site.memory.token = None
    site.simulator.faults["/info"] = faults.Status(500)

    snapshot = await site.after(60)

    assert not snapshot.reachable


async def test_nameless_gateway_with_other_inverters_is_not_read(visit):
    site = await visit("p_d5_standard", **HASTE)
    await site.reader.read()
    site.restart()
    listed = json.loads(site.simulator.capture()["/api/v1/production/inverters"])
    others = [{**row, "serialNumber": f"4829000000{row['serialNumber'][-2:]}"} for row in listed]
    site.simulator.faults["/info"] = faults.Status(500)
    site.simulator.faults["/api/v1/production/inverters"] = faults.Garbage(
        json.dumps(others).encode()
    )

    snapshot = await site.after(60)

    assert not snapshot.reachable


async def test_gateway_that_is_exchanged_while_running_is_not_read(visit):
    site = await visit(BATTERY_SITE)
    await site.reader.read()
    info = site.simulator.capture()["/info"].replace(
        site.simulator.serial.encode(), b"122200000000"
    )
    site.simulator.faults["/info"] = faults.Garbage(info)

    with pytest.raises(EnvoyIdentityError):
        await site.after(4 * 3600)
    with pytest.raises(EnvoyIdentityError):
        await site.after(60)


async def test_known_gateway_that_hangs_is_not_asked_in_the_other_way(visit):
    site = await visit(BATTERY_SITE, **HASTE)
    await site.reader.read()
    site.simulator.faults["*"] = faults.Hang()
    await site.after(60)
    begin = len(site.simulator.ledger)

    snapshot = await site.after(60)

    assert not snapshot.reachable
    assert {request.scheme for request in site.simulator.ledger[begin:]} == {"https"}


async def test_time_zone_that_nobody_knows_is_no_time_zone(visit):
    site = await visit(BATTERY_SITE)
    site.simulator.faults["/home"] = faults.Garbage(b'{"timezone": "Nowhere/City"}')
    await site.reader.read()

    snapshot = await site.after(60)

    assert not snapshot.failures
    assert snapshot.production.total.today_wh is not None


def test_page_that_never_answered_is_lost():
    assert PageRecord(endpoint=INFO).health(now=0, cycle_s=60) is Health.LOST


def test_section_that_nothing_feeds_is_fresh():
    snapshot = Snapshot(profile=GatewayProfile(serial="122200000001"))

    assert snapshot.healthy(Section.GRID) is Health.FRESH
