"""Gateways that announce themselves: new ones, known ones, and known ones at a new address."""

from ipaddress import ip_address

import pytest
from homeassistant.config_entries import SOURCE_IGNORE, SOURCE_USER, SOURCE_ZEROCONF
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers.service_info.zeroconf import ZeroconfServiceInfo
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.enphase_envoy import config_flow
from custom_components.enphase_envoy.const import DOMAIN
from custom_components.enphase_envoy.envoy_reader import Timing
from tests.simulator import Simulator

from .flows import ACCOUNT, Cloud, filled, send
from .house import entry_for

SERIAL = "122200000042"
ELSEWHERE = "127.0.0.1:9"
"""Where nothing listens."""

pytestmark = pytest.mark.respx(assert_all_called=False)


def announced(*addresses, serial=SERIAL, **properties):
    """Return what a gateway announces of itself."""
    found = [ip_address(address) for address in addresses]
    return ZeroconfServiceInfo(
        ip_address=found[0],
        ip_addresses=found,
        port=80,
        hostname="envoy.local.",
        type="_enphase-envoy._tcp.local.",
        name="envoy._enphase-envoy._tcp.local.",
        properties={"serialnum": serial, **properties},
    )


async def discover(hass, announcement):
    return await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_ZEROCONF}, data=announcement
    )


@pytest.fixture
async def simulator():
    async with Simulator("p_d7_standard") as running:
        yield running


@pytest.fixture(autouse=True)
def brief(monkeypatch):
    monkeypatch.setattr(config_flow, "BRIEF", Timing(page_s=1, retries=0))


# New gateways


async def test_form_is_filled_with_what_was_announced(hass):
    form = await discover(hass, announced("192.0.2.7", protovers="7.6.175"))

    assert filled(form) == {
        "host": "192.0.2.7",
        "username": "",
        "password": None,
        "serial": SERIAL,
        "use_enlighten": True,
    }


@pytest.mark.parametrize("version", ["5.0.62", "", "odd"])
async def test_box_is_not_ticked_before_firmware_7(hass, version):
    form = await discover(hass, announced("192.0.2.7", protovers=version))

    assert filled(form)["use_enlighten"] is False


async def test_card_shows_serial_number_and_address(hass):
    form = await discover(hass, announced("192.0.2.7"))

    [flow] = hass.config_entries.flow.async_progress()
    assert flow["context"]["title_placeholders"] == {"serial": SERIAL, "host": "192.0.2.7"}
    assert form["step_id"] == "user"


@pytest.mark.parametrize(
    ("addresses", "best"),
    [
        (["2001:db8::7", "192.0.2.7"], "192.0.2.7"),
        (["2001:db8::7", "169.254.1.7"], "2001:db8::7"),
        (["fe80::7%2", "169.254.1.7"], "169.254.1.7"),
        (["fe80::7%2"], "fe80::7%2"),
    ],
)
async def test_most_lasting_address_is_taken(hass, addresses, best):
    form = await discover(hass, announced(*addresses))

    assert filled(form)["host"] == best


async def test_gateway_without_a_serial_number_is_left_alone(hass):
    done = await discover(hass, announced("192.0.2.7", serial=""))

    assert done["reason"] == "no_serial"


async def test_second_announcement_makes_no_second_card(hass):
    await discover(hass, announced("192.0.2.7"))

    again = await discover(hass, announced("2001:db8::7"))

    assert again["reason"] == "already_in_progress"


async def test_announced_gateway_is_added_with_an_account(hass, simulator, respx_mock):
    respx_mock.route(host="127.0.0.1").pass_through()
    Cloud(respx_mock, simulator)
    form = await discover(hass, announced("192.0.2.7", serial=simulator.serial))

    done = await send(hass, form, {"host": simulator.host, "serial": simulator.serial, **ACCOUNT})

    assert done["type"] is FlowResultType.CREATE_ENTRY


# Known gateways


def known(simulator, *, host=None):
    """Return an entry for the gateway, at the given or its own address."""
    return entry_for(simulator, **({"host": host} if host else {}))


@pytest.fixture
def at_loopback(monkeypatch, simulator):
    """Let the announced loopback address stand for the one where the simulator listens."""
    monkeypatch.setattr(config_flow, "_best_address", lambda _announced: simulator.host)


@pytest.mark.usefixtures("at_loopback")
async def test_new_address_is_taken_over_when_the_old_one_is_silent(hass, simulator):
    entry = known(simulator, host=ELSEWHERE)
    entry.add_to_hass(hass)

    done = await discover(hass, announced("127.0.0.1", serial=simulator.serial))

    assert (done["reason"], entry.data["host"]) == ("already_configured", simulator.host)


async def test_old_address_stays_while_it_answers(hass, simulator):
    entry = known(simulator)
    entry.add_to_hass(hass)

    await discover(hass, announced("192.0.2.7", serial=simulator.serial))

    assert entry.data["host"] == simulator.host


async def test_silent_new_address_is_not_taken_over(hass, simulator):
    entry = known(simulator, host=ELSEWHERE)
    entry.add_to_hass(hass)
    await simulator.switch_off()

    await discover(hass, announced("127.0.0.1", serial=simulator.serial))

    assert entry.data["host"] == ELSEWHERE


@pytest.mark.usefixtures("at_loopback")
async def test_address_of_another_gateway_is_not_taken_over(hass, simulator):
    entry = MockConfigEntry(domain=DOMAIN, unique_id=SERIAL, data={"host": ELSEWHERE})
    entry.add_to_hass(hass)

    await discover(hass, announced("127.0.0.1", serial=SERIAL))

    assert entry.data["host"] == ELSEWHERE


@pytest.mark.usefixtures("at_loopback")
async def test_address_is_given_up_where_another_gateway_answers(hass, simulator):
    async with Simulator("p_d5_standard") as other:
        entry = known(simulator, host=other.host)
        entry.add_to_hass(hass)

        await discover(hass, announced("127.0.0.1", serial=simulator.serial))

    assert entry.data["host"] == simulator.host


async def test_same_address_asks_nobody(hass, simulator):
    entry = MockConfigEntry(domain=DOMAIN, unique_id=SERIAL, data={"host": "192.0.2.7"})
    entry.add_to_hass(hass)

    done = await discover(hass, announced("192.0.2.7"))

    assert done["reason"] == "already_configured"


async def test_ignored_gateway_stays_ignored(hass):
    MockConfigEntry(domain=DOMAIN, unique_id=SERIAL, source=SOURCE_IGNORE).add_to_hass(hass)

    done = await discover(hass, announced("192.0.2.7"))

    assert done["reason"] == "already_configured"


async def test_ignored_gateway_can_be_added_by_hand(hass, simulator, respx_mock):
    respx_mock.route(host="127.0.0.1").pass_through()
    Cloud(respx_mock, simulator)
    ignored = MockConfigEntry(domain=DOMAIN, unique_id=simulator.serial, source=SOURCE_IGNORE)
    ignored.add_to_hass(hass)
    form = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})

    done = await send(hass, form, {"host": simulator.host, **ACCOUNT})

    assert done["type"] is FlowResultType.CREATE_ENTRY


# Entries of the days before unique ids


@pytest.mark.parametrize(("title", "after"), [("Envoy", f"Envoy {SERIAL}"), ("Roof", "Roof")])
async def test_entry_without_unique_id_gets_the_serial_number(hass, title, after):
    entry = MockConfigEntry(domain=DOMAIN, title=title, unique_id=None, data={"host": "192.0.2.7"})
    entry.add_to_hass(hass)

    done = await discover(hass, announced("192.0.2.7"))

    assert done["reason"] == "already_configured"
    assert (entry.unique_id, entry.title) == (SERIAL, after)


async def test_entry_without_unique_id_at_another_address_is_another_gateways(hass):
    entry = MockConfigEntry(domain=DOMAIN, unique_id=None, data={"host": "192.0.2.8"})
    entry.add_to_hass(hass)

    await discover(hass, announced("192.0.2.7"))

    assert entry.unique_id is None
