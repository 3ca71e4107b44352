"""What switches between grid and home, as Home Assistant shows it."""

from dataclasses import replace
from types import MappingProxyType

import pytest
from homeassistant.config_entries import SOURCE_IGNORE
from homeassistant.helpers import area_registry as ar
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.enphase_envoy.const import DOMAIN
from custom_components.enphase_envoy.entity import EnvoyEntity

from .house import pass_time, set_up, settle

CONTROLLER, COLLAR, GENERATOR, RELAYS = (
    "pc_d8_split_storage_ct",
    "pc_d83_collar",
    "pc_d83_generator",
    "pc_d8_q_relays",
)
WITH_EVERYTHING = pytest.mark.usefixtures("everything_enabled")


@pytest.fixture
def everything_enabled(monkeypatch):
    """Enable every entity, as a user can."""
    monkeypatch.setattr(EnvoyEntity, "entity_registry_enabled_default", True)


def site(name):
    return pytest.mark.parametrize("simulator", [name], indirect=True)


def device(hass, entry, ident):
    """Return the device with one of our identifiers."""
    found = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    return next((device for device in found if (DOMAIN, ident) in device.identifiers), None)


def shown(hass, unique_id, platform="sensor"):
    """Return what the entity with a unique id shows."""
    entity_id = er.async_get(hass).async_get_entity_id(platform, DOMAIN, unique_id)
    assert entity_id, unique_id
    return hass.states.get(entity_id).state


def contact(simulator, name="NC1"):
    return f"{simulator.site.enpower.serial}_relay_{name}"


@site(CONTROLLER)
@WITH_EVERYTHING
async def test_controller(hass, simulator, entry):
    await set_up(hass, entry)

    serial = simulator.site.enpower.serial
    assert {
        key: shown(hass, f"{serial}_{key}")
        for key in ("comm_level_sub_ghz", "admin_state_str", "grid_mode")
    } == {
        "comm_level_sub_ghz": "5",
        "admin_state_str": "closed",
        "grid_mode": "multimode-ongrid",
    }


@site(CONTROLLER)
async def test_temperature_of_a_controller_is_in_fahrenheit(hass, simulator, entry):
    await set_up(hass, entry)

    celsius = (simulator.site.enpower.temperature_f - 32) / 1.8
    found = float(shown(hass, f"{simulator.site.enpower.serial}_temperature"))
    assert found == pytest.approx(celsius, abs=0.06)


@site(CONTROLLER)
@WITH_EVERYTHING
@pytest.mark.parametrize(("connected", "state"), [(True, "on"), (False, "off")])
async def test_relays_of_a_controller(hass, simulator, entry, connected, state):
    simulator.site.grid_connected = connected
    simulator.site.advance(0)

    await set_up(hass, entry)

    serial = simulator.site.enpower.serial
    assert [
        shown(hass, f"{serial}_{key}", "binary_sensor")
        for key in ("mains_oper_state", "mains_admin_state")
    ] == [state, state]


@site(COLLAR)
@WITH_EVERYTHING
async def test_collar_off_the_grid(hass, simulator, entry):
    simulator.site.grid_connected = False
    simulator.site.advance(0)

    await set_up(hass, entry)

    serial = simulator.site.plan.device_serial(4825, 1)
    assert {
        key: shown(hass, f"{serial}_{key}")
        for key in ("temperature", "grid_state", "admin_state_str", "mid_state", "control_error")
    } == {
        "temperature": "42",
        "grid_state": "on_grid",
        "admin_state_str": "off_grid",
        "mid_state": "open",
        "control_error": "0",
    }
    assert hass.states.get("binary_sensor.grid_status").state == "off"


@site(COLLAR)
@WITH_EVERYTHING
async def test_combiner_controller(hass, simulator, entry):
    await set_up(hass, entry)

    serial = simulator.site.plan.device_serial(4826, 1)
    assert shown(hass, f"{serial}_communicating", "binary_sensor") == "on"


@site(CONTROLLER)
@WITH_EVERYTHING
async def test_settings_of_a_dry_contact(hass, simulator, entry):
    relay = simulator.site.relays[0]
    relay.mode, relay.soc_low = "soc", 15.0

    await set_up(hass, entry)

    keys = ("use", "mode", "grid_action", "microgrid_action", "generator_action", "soc_low")
    assert [shown(hass, f"{contact(simulator)}_{key}") for key in keys] == [
        "load",
        "battery",
        "powered",
        "not_powered",
        "powered",
        "15.0",
    ]


@site(CONTROLLER)
@WITH_EVERYTHING
@pytest.mark.parametrize(("status", "state"), [("closed", "on"), ("open", "off"), ("?", "unknown")])
async def test_state_of_a_dry_contact(hass, simulator, entry, status, state):
    simulator.site.relays[0].status = status

    await set_up(hass, entry)

    assert shown(hass, f"{contact(simulator)}_relay_status", "binary_sensor") == state


@site(GENERATOR)
@WITH_EVERYTHING
async def test_generator(hass, simulator, entry):
    await set_up(hass, entry)

    keys = ("mode", "start_soc", "rated_power", "exercise_day", "exercise_start")
    assert [shown(hass, f"{simulator.serial}_generator_{key}") for key in keys] == [
        "auto",
        "30",
        "14000.0",
        "sunday",
        "10:00",
    ]


@site(GENERATOR)
@pytest.mark.parametrize(
    ("does", "state"),
    [({"running": True}, "on"), ({"exercising": True}, "on"), ({}, "off")],
)
async def test_generator_that_runs(hass, simulator, entry, does, state):
    simulator.site.generator = replace(simulator.site.generator, **does)

    await set_up(hass, entry)

    assert shown(hass, f"{simulator.serial}_generator_running", "binary_sensor") == state


@site(RELAYS)
@WITH_EVERYTHING
async def test_q_relay(hass, freezer, simulator, entry):
    await set_up(hass, entry)

    for _ in range(2):  # a slow page in each
        await pass_time(hass, freezer, simulator, 60)

    serial = next(iter(simulator.site.phase_relays))
    assert {
        key: float(shown(hass, f"{serial}_relay_data_{key}"))
        for key in ("temperature", "voltage_l2", "frequency", "state_change_count")
    } == {
        "temperature": 23,
        "voltage_l2": 231.1,
        "frequency": 50.062,
        "state_change_count": 4,
    }
    assert shown(hass, f"{serial}_relay_info_relay", "binary_sensor") == "on"
    assert shown(hass, f"{serial}_relay_info_reason") == "ok"


@site(RELAYS)
@WITH_EVERYTHING
async def test_reason_that_is_longer_than_a_state_may_be(hass, simulator, entry):
    await set_up(hass, entry)
    serial = next(iter(simulator.site.phase_relays))
    snapshot = entry.runtime_data.coordinator.data
    relay = replace(snapshot.relays[serial], reason="x" * 300)

    entry.runtime_data.coordinator.async_set_updated_data(
        replace(snapshot, relays=MappingProxyType({serial: relay}))
    )
    await settle(hass)

    assert len(shown(hass, f"{serial}_relay_info_reason")) == 255


@pytest.mark.parametrize(
    ("simulator", "ident", "facts"),
    [
        (
            CONTROLLER,
            "{controller}",
            ("Envoy {gateway} System Controller {controller}", "IQ System Controller", "{gateway}"),
        ),
        (
            COLLAR,
            "{collar}",
            ("Envoy {gateway} Meter Collar {collar}", "IQ Meter Collar", "{gateway}"),
        ),
        (
            COLLAR,
            "{combiner}",
            ("Envoy {gateway} Combiner Controller {combiner}", "IQ Combiner 6C", "{gateway}"),
        ),
        (CONTROLLER, "{controller}_relay_NC1", ("Water heater", "Dry Contact", "{controller}")),
        (
            CONTROLLER,
            "{controller}_relay_NO1",
            ("Envoy {gateway} Dry Contact NO1", "Dry Contact", "{controller}"),
        ),
        (
            GENERATOR,
            "{gateway}_generator",
            ("Envoy {gateway} Generator", "SIM-14", "{controller}"),
        ),
    ],
    indirect=["simulator"],
)
async def test_name_model_and_place_of_a_device(hass, simulator, entry, ident, facts):
    await set_up(hass, entry)

    plan, enpower = simulator.site.plan, simulator.site.enpower
    serials = {
        "gateway": simulator.serial,
        "controller": enpower.serial if enpower else "",
        "collar": plan.device_serial(4825, 1),
        "combiner": plan.device_serial(4826, 1),
    }
    name, model, above = (fact.format(**serials) for fact in facts)
    found = device(hass, entry, ident.format(**serials))
    assert (found.name, found.model) == (name, model)
    assert found.via_device_id == device(hass, entry, above).id


@site(RELAYS)
async def test_device_of_a_q_relay(hass, freezer, simulator, entry):
    await set_up(hass, entry)

    for _ in range(2):  # a slow page in each
        await pass_time(hass, freezer, simulator, 60)

    serial = next(iter(simulator.site.phase_relays))
    found = device(hass, entry, serial)
    assert (found.name, found.model, found.sw_version) == (
        f"Envoy {simulator.serial} Q-Relay {serial}",
        "Q-Relay",
        "520-00082-r01-v04.30.32",
    )


@site(GENERATOR)
async def test_generator_is_described_by_its_plate(hass, simulator, entry):
    await set_up(hass, entry)

    found = device(hass, entry, f"{simulator.serial}_generator")
    assert (found.manufacturer, found.serial_number) == (
        "Invented",
        simulator.site.generator.serial,
    )


@site(CONTROLLER)
async def test_device_of_a_contact_follows_the_name_of_its_load(hass, freezer, simulator, entry):
    await set_up(hass, entry)
    simulator.site.relays[0].load_name = "Sauna"

    for _ in range(16):
        await pass_time(hass, freezer, simulator, 60)

    assert device(hass, entry, contact(simulator)).name == "Sauna"


@pytest.fixture
def theirs(hass, entry):
    """The device that Home Assistant's own integration has made for a contact."""
    entry.add_to_hass(hass)
    registry = dr.async_get(hass)
    made = registry.async_get_or_create(
        config_entry_id=entry.entry_id, identifiers={(DOMAIN, "NC1")}, name="Water heater"
    )
    area = ar.async_get(hass).async_create("Cellar").id
    return registry.async_update_device(made.id, area_id=area, name_by_user="Boiler")


@site(CONTROLLER)
async def test_contact_that_another_integration_knows_stays_the_same_device(
    hass, simulator, entry, theirs
):
    await set_up(hass, entry)

    found = device(hass, entry, contact(simulator))
    assert (found.id, found.area_id, found.name_by_user) == (theirs.id, theirs.area_id, "Boiler")


@site(CONTROLLER)
async def test_contact_keeps_its_other_identifier_for_the_way_back(hass, simulator, entry, theirs):
    await set_up(hass, entry)

    assert device(hass, entry, contact(simulator)).identifiers == {
        (DOMAIN, "NC1"),
        (DOMAIN, contact(simulator)),
    }


@site(CONTROLLER)
async def test_contact_of_another_gateway_is_another_device(hass, simulator, entry, theirs):
    await set_up(hass, entry)
    ours = contact(simulator)
    other = MockConfigEntry(domain=DOMAIN, unique_id="122200000099")
    other.add_to_hass(hass)

    theirs_now = dr.async_get(hass).async_get_or_create(
        config_entry_id=other.entry_id, identifiers={(DOMAIN, "482399000001_relay_NC1")}
    )

    assert theirs_now.id != device(hass, entry, ours).id


@site(CONTROLLER)
async def test_device_that_two_gateways_share_is_left_alone(hass, simulator, entry, theirs):
    """As the other integration makes it: on older Home Assistant it is one, later two."""
    other = MockConfigEntry(domain=DOMAIN, unique_id="122200000099", source=SOURCE_IGNORE)
    other.add_to_hass(hass)
    shared = dr.async_get(hass).async_get_or_create(
        config_entry_id=other.entry_id, identifiers={(DOMAIN, "NC1")}
    )

    await set_up(hass, entry)

    assert device(hass, entry, contact(simulator)).id != shared.id


@site(CONTROLLER)
async def test_device_of_our_own_is_not_given_up_for_that_of_another(hass, simulator, entry):
    await set_up(hass, entry)
    ours = device(hass, entry, contact(simulator))
    dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id, identifiers={(DOMAIN, "NC1")}
    )
    await hass.config_entries.async_unload(entry.entry_id)

    await set_up(hass, entry)

    assert device(hass, entry, contact(simulator)).id == ours.id
