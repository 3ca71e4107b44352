"""What is written stays what it was: unknown keys, strings for booleans, formats of numbers."""

import json

import httpx
import pytest

from tests.simulator import literals
from tests.simulator.obedience import AtOnce

from .controls import LIMIT, SETTINGS, TARIFF, Panel

FILE = (
    b'{"tariff":{"currency":{"code":"EUR"},"new_key":{"deep":[1,2.50,1e1,null]},'
    b'"storage_settings":{"mode":"economy","reserved_soc":30.00,"charge_from_grid":"true",'
    b'"opt_schedules":false,"unknown":"x"},"single_rate":{"rate":0.310,"sell":0}}}'
)


@pytest.fixture
def scenario():
    return "pc_d83_controls"


@pytest.fixture
def panel(simulator, http):
    simulator.obedience["*"] = AtOnce()
    return Panel(simulator, http, "installer")


def tariff_of(body):
    """Return the bytes of the first member of the tariff page."""
    return body[: body.index(b',"schedule"')] + b"}"


async def test_the_tariff_file_is_kept_to_the_byte(panel):
    await panel.ask("PUT", TARIFF, FILE)

    assert tariff_of((await panel.ask("GET", TARIFF)).content) == FILE


async def test_a_string_for_a_boolean_counts(panel, simulator):
    await panel.ask("PUT", TARIFF, FILE)

    assert simulator.site.charge_from_grid is True


async def test_the_schedule_is_rebuilt(panel):
    await panel.ask("PUT", TARIFF, FILE)

    schedule = (await panel.page(TARIFF))["schedule"]

    assert (schedule["battery_mode"], schedule["reserved_soc"]) == ("economy", 30.0)
    assert schedule["charge_from_grid"] is True


async def test_what_the_vendor_sets_later_shows_in_the_file(panel, simulator):
    await panel.ask("PUT", TARIFF, FILE)

    simulator.site.charge_from_grid = False
    simulator.site.reserve_pct = 15.0

    file = (await panel.page(TARIFF))["tariff"]
    assert file["storage_settings"] == {
        "mode": "economy",
        "reserved_soc": 15.0,
        "charge_from_grid": "false",
        "opt_schedules": False,
        "unknown": "x",
    }


async def test_a_file_without_storage_settings_changes_none(panel, simulator):
    await panel.send("PUT", TARIFF, {"tariff": {"single_rate": {"rate": 0.2}}})

    assert simulator.site.storage_mode == "self-consumption"
    assert (await panel.page(TARIFF))["tariff"] == {"single_rate": {"rate": 0.2}}


async def test_storage_settings_that_are_no_object_are_refused(panel):
    response = await panel.send("PUT", TARIFF, {"tariff": {"storage_settings": []}})

    assert response.status_code == 400


async def test_the_file_has_a_second_address(panel):
    first, second = [(await panel.ask("GET", path)).content for path in (TARIFF, f"{TARIFF}.json")]

    assert first == second


async def test_the_ledger_has_each_byte(panel, simulator):
    await panel.ask("PUT", TARIFF, FILE)

    assert [(write.method, write.path, write.body) for write in simulator.writes] == [
        ("PUT", TARIFF, FILE)
    ]


async def test_reading_is_no_write(panel, simulator):
    await panel.page(TARIFF)

    assert simulator.writes == []


async def test_settings_of_a_contact_keep_unknown_keys(panel):
    row = (await panel.page(SETTINGS))["dry_contacts"][0]
    row |= {"soc_low": 25.0, "safe_state_action": "none", "override": "false", "action_retries": 3}

    await panel.send("POST", SETTINGS, {"dry_contacts": row})

    assert (await panel.page(SETTINGS))["dry_contacts"][0] == row


async def test_a_known_key_must_not_get_lost(panel, simulator):
    row = (await panel.page(SETTINGS))["dry_contacts"][0]
    await panel.send("POST", SETTINGS, {"dry_contacts": row | {"safe_state_action": "none"}})

    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        await panel.send("POST", SETTINGS, {"dry_contacts": row})

    assert simulator.writes[-1].status is None


async def test_settings_keep_the_format_of_numbers(panel):
    row = json.dumps((await panel.page(SETTINGS))["dry_contacts"][0])
    body = f'{{"dry_contacts": {row.replace("30.0", "25.000")}}}'

    await panel.ask("POST", SETTINGS, body.encode())

    assert b'"soc_low": 25.000' in (await panel.ask("GET", SETTINGS)).content


async def test_a_limit_keeps_unknown_keys(panel):
    row = (await panel.page(LIMIT))["dynamic_pel_settings"] | {"enable": True, "unknown": [1]}

    await panel.send("POST", LIMIT, {"dynamic_pel_settings": row})

    assert (await panel.page(LIMIT))["dynamic_pel_settings"] == row


@pytest.mark.parametrize("text", ["1.0", "0.310", "1e1", "-0.0", "7", '"1.0"', "[1.50, {}]"])
def test_numbers_keep_their_text(text):
    value = literals.read(text.encode())

    assert literals.unmark(json.dumps(literals.mark(value))) == text


def test_numbers_are_numbers():
    assert literals.read(b"2.50") + 1 == 3.5
