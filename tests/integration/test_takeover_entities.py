"""The entities of the integrations before ours: same ids, same names, same rooms."""

from typing import Any

import pytest
from homeassistant.config_entries import ConfigEntryState
from homeassistant.helpers import area_registry as ar
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers import label_registry as lr

from custom_components.enphase_envoy.const import DOMAIN
from tests.simulator.faults import Status

from . import predecessors as before
from .house import set_up

SITE = "pc_d8_three_phase_battery"
INVENTORY = "/ivp/ensemble/inventory"
WATTS = {"unit_of_measurement": "W"}
PERCENT = {"unit_of_measurement": "%"}

pytestmark = pytest.mark.parametrize("simulator", [SITE], indirect=True)


@pytest.fixture
def entry(hass, simulator, hass_storage):
    """An entry of the seed's integration, not set up yet."""
    entry = before.seed(simulator, hass_storage)
    entry.add_to_hass(hass)
    return entry


@pytest.fixture
def gateway(hass, simulator, entry):
    """The gateway's device, on which the seed's integration shows everything."""
    return before.gateway_device(hass, entry, simulator)


def inverter_of(simulator):
    return next(iter(simulator.site.inverters))


def battery_of(simulator):
    return next(iter(simulator.site.batteries))


def row(hass, entity_id):
    return er.async_get(hass).async_get(entity_id)


def device_of(hass, entity_id):
    return dr.async_get(hass).async_get(row(hass, entity_id).device_id)


async def test_entity_ids_are_kept(hass, simulator, entry):
    object_id = f"envoy_{simulator.serial}_today_s_energy_production"
    today = before.register(hass, entry, f"{simulator.serial}_daily_production", object_id)

    await set_up(hass, entry)

    assert hass.states.get(today).state != "unavailable"
    assert hass.states.get(f"sensor.envoy_{simulator.serial}_todays_energy_production") is None


async def test_what_the_user_has_chosen_is_kept(hass, simulator, entry):
    area = ar.async_get(hass).async_create("Roof").id
    label = lr.async_get(hass).async_create("Sun").label_id
    power = before.register(hass, entry, f"{simulator.serial}_production", "sun")
    chosen: dict[str, Any] = {
        "name": "Sun now",
        "icon": "mdi:sun",
        "area_id": area,
        "labels": {label},
        "aliases": {"sunshine"},
        "hidden_by": er.RegistryEntryHider.USER,
    }
    er.async_get(hass).async_update_entity(power, **chosen)

    await set_up(hass, entry)

    assert {key: getattr(row(hass, power), key) for key in chosen} == chosen


@pytest.mark.parametrize(
    "by", [er.RegistryEntryDisabler.USER, er.RegistryEntryDisabler.INTEGRATION]
)
async def test_disabled_entities_stay_disabled(hass, simulator, entry, by):
    unique_id = f"{simulator.serial}_production_l1"
    phase = before.register(hass, entry, unique_id, "phase", disabled_by=by)

    await set_up(hass, entry)

    assert row(hass, phase).disabled_by is by


async def test_device_is_kept(hass, simulator, entry, gateway):
    area = ar.async_get(hass).async_create("Cellar").id
    label = lr.async_get(hass).async_create("Sun").label_id
    chosen: dict[str, Any] = {"name_by_user": "Sun box", "area_id": area, "labels": {label}}
    dr.async_get(hass).async_update_device(gateway.id, **chosen)
    power = before.register(hass, entry, f"{simulator.serial}_production", "sun")

    await set_up(hass, entry)

    found = device_of(hass, power)
    assert found.id == gateway.id
    assert {key: getattr(found, key) for key in chosen} == chosen


@pytest.mark.parametrize(
    "unique_id",
    [
        "{gateway}_daily_net_consumption",
        "{enpower}_temperature",
        "{inverter}_inverter_info_img_pnum_running",
    ],
)
async def test_entities_that_we_do_not_have_are_left(hass, simulator, entry, unique_id):
    unique_id = unique_id.format(
        gateway=simulator.serial, enpower="122999000001", inverter=inverter_of(simulator)
    )
    left = before.register(hass, entry, unique_id, "left")

    await set_up(hass, entry)

    assert row(hass, left).unique_id == unique_id


# Inverters and batteries on the gateway's device


async def test_inverter_gets_a_device_of_its_own(hass, simulator, entry, gateway):
    serial = inverter_of(simulator)
    facts: dict[str, Any] = {**WATTS, "device_id": gateway.id}
    inverter = before.register(hass, entry, serial, f"envoy_inverter_{serial}", **facts)

    await set_up(hass, entry)

    assert row(hass, inverter).unique_id == serial
    assert device_of(hass, inverter).identifiers == {(DOMAIN, serial)}


@pytest.mark.parametrize("disabled_by", [None, er.RegistryEntryDisabler.USER])
async def test_device_of_its_own_is_in_the_gateways_room(
    hass, simulator, entry, gateway, disabled_by
):
    area = ar.async_get(hass).async_create("Cellar").id
    dr.async_get(hass).async_update_device(gateway.id, area_id=area)
    facts: dict[str, Any] = {**WATTS, "device_id": gateway.id, "disabled_by": disabled_by}
    inverter = before.register(hass, entry, inverter_of(simulator), "inverter", **facts)

    await set_up(hass, entry)

    assert device_of(hass, inverter).area_id == area


async def test_room_of_a_device_that_was_there_is_kept(hass, simulator, entry, gateway):
    cellar, roof = (ar.async_get(hass).async_create(name).id for name in ("Cellar", "Roof"))
    devices, serial = dr.async_get(hass), inverter_of(simulator)
    devices.async_update_device(gateway.id, area_id=cellar)
    own = devices.async_get_or_create(
        config_entry_id=entry.entry_id, identifiers={(DOMAIN, serial)}
    )
    devices.async_update_device(own.id, area_id=roof)
    facts: dict[str, Any] = {**WATTS, "device_id": gateway.id}
    inverter = before.register(hass, entry, serial, "inverter", **facts)

    await set_up(hass, entry)

    assert device_of(hass, inverter).area_id == roof


async def test_gateway_may_be_shared_with_other_integrations(hass, entry, gateway):
    shared = {*gateway.identifiers, ("other", "bridge", "7")}
    dr.async_get(hass).async_update_device(gateway.id, new_identifiers=shared)

    await set_up(hass, entry)

    assert entry.state is ConfigEntryState.LOADED


async def test_charge_of_a_battery_goes_on(hass, simulator, entry, gateway):
    serial = battery_of(simulator)
    facts: dict[str, Any] = {**PERCENT, "device_id": gateway.id}
    charge = before.register(hass, entry, serial, f"envoy_battery_{serial}", **facts)

    await set_up(hass, entry)

    assert row(hass, charge).unique_id == f"{serial}_soc"
    assert device_of(hass, charge).identifiers == {(DOMAIN, serial)}
    truth = simulator.site.batteries[serial].charge_pct
    assert float(hass.states.get(charge).state) == pytest.approx(truth, abs=1)


@pytest.mark.dirty_log
async def test_battery_is_told_by_what_it_was_registered_with(hass, simulator, entry):
    simulator.faults[INVENTORY] = Status(503)
    charge = before.register(hass, entry, "482999000001", "charge", **PERCENT)

    await set_up(hass, entry)

    assert row(hass, charge).unique_id == "482999000001_soc"


async def test_battery_is_told_by_the_gateway_else(hass, simulator, entry):
    serial = battery_of(simulator)
    charge = before.register(hass, entry, serial, "charge")

    await set_up(hass, entry)

    assert row(hass, charge).unique_id == f"{serial}_soc"


@pytest.mark.parametrize("facts", [{}, WATTS])
async def test_inverter_is_no_battery(hass, simulator, entry, facts):
    serial = inverter_of(simulator)
    inverter = before.register(hass, entry, serial, "inverter", **facts)

    await set_up(hass, entry)

    assert row(hass, inverter).unique_id == serial


# Phases on the gateway's device


async def test_phase_gets_a_device_in_the_gateways_room_and_keeps_its_ids(
    hass, simulator, entry, gateway
):
    area = ar.async_get(hass).async_create("Cellar").id
    dr.async_get(hass).async_update_device(gateway.id, area_id=area)
    unique_id = f"{simulator.serial}_production_l1"
    facts: dict[str, Any] = {**WATTS, "device_id": gateway.id}
    phase = before.register(hass, entry, unique_id, "power_of_l1", **facts)

    await set_up(hass, entry)

    assert row(hass, phase).unique_id == unique_id
    assert device_of(hass, phase).identifiers == {(DOMAIN, f"{simulator.serial}_l1")}
    assert device_of(hass, phase).area_id == area


async def test_phase_in_a_room_of_its_own_stays_there(hass, simulator, entry, gateway):
    area = ar.async_get(hass).async_create("Cellar").id
    facts: dict[str, Any] = {**WATTS, "device_id": gateway.id, "original_name": "L1"}
    phase = before.register(hass, entry, f"{simulator.serial}_production_l1", "l1", **facts)
    er.async_get(hass).async_update_entity(phase, area_id=area)

    await set_up(hass, entry)

    assert row(hass, phase).area_id == area


@pytest.mark.parametrize(
    "by", [er.RegistryEntryDisabler.USER, er.RegistryEntryDisabler.INTEGRATION]
)
async def test_disabled_phase_stands_on_its_device_too(hass, simulator, entry, gateway, by):
    facts: dict[str, Any] = {**WATTS, "device_id": gateway.id, "disabled_by": by}
    phase = before.register(hass, entry, f"{simulator.serial}_production_l1", "l1", **facts)

    await set_up(hass, entry)

    assert device_of(hass, phase).identifiers == {(DOMAIN, f"{simulator.serial}_l1")}


# Other ids


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("{gateway}_pf", "{gateway}_net_ct_powerfactor"),
        ("{gateway}_pf_l2", "{gateway}_net_ct_powerfactor_l2"),
        ("{gateway}_consumption_Current", "{gateway}_net_ct_current"),
        ("{gateway}_consumption_Current_l1", "{gateway}_net_ct_current_l1"),
        ("{gateway}_production_Current", "{gateway}_production_ct_current"),
        ("{gateway}_production_Current_l3", "{gateway}_production_ct_current_l3"),
        ("{gateway}_import_index", "{gateway}_lifetime_net_consumption"),
        ("{gateway}_export_index_l1", "{gateway}_lifetime_net_production_l1"),
        ("{gateway}_lifetime_batteries_charged", "{gateway}_lifetime_battery_charged"),
        ("{gateway}_lifetime_batteries_discharged_l2", "{gateway}_lifetime_battery_discharged_l2"),
        ("{gateway}_agg_batteries_soc", "{gateway}_total_battery_percentage"),
        ("{gateway}_agg_batteries_available_energy", "{gateway}_current_battery_capacity"),
        ("{gateway}_agg_batteries_capacity", "{gateway}_max_capacity"),
        ("{battery}_batteries_percentFull", "{battery}_soc"),
        ("{battery}_batteries_power", "{battery}_real_power_mw"),
        ("{battery}_batteries_temperature", "{battery}_temperature"),
        ("{inverter}_inverter_data_watts", "{inverter}"),
        ("{inverter}_inverter_data_watts_max", "{inverter}_max_reported"),
        ("{inverter}_inverter_data_last_reading", "{inverter}_last_reported"),
        ("{inverter}_inverter_data_last_reading_interval", "{inverter}_last_report_duration"),
        ("{inverter}_inverter_data_lifetime_power", "{inverter}_lifetime_energy"),
        ("{inverter}_inverter_data_watt_hours_today", "{inverter}_energy_today"),
        ("{inverter}_inverter_data_dc_voltage", "{inverter}_dc_voltage"),
        ("{inverter}_inverter_data_dc_current", "{inverter}_dc_current"),
        ("{inverter}_inverter_data_ac_voltage", "{inverter}_ac_voltage"),
        ("{inverter}_inverter_data_ac_current", "{inverter}_ac_current"),
        ("{inverter}_inverter_data_ac_frequency", "{inverter}_ac_frequency"),
        ("{inverter}_inverter_data_temperature", "{inverter}_temperature"),
    ],
)
async def test_figure_with_another_id_goes_on(hass, simulator, entry, old, new):
    serials = {
        "gateway": simulator.serial,
        "battery": battery_of(simulator),
        "inverter": inverter_of(simulator),
    }
    known = before.register(hass, entry, old.format(**serials), "known")

    await set_up(hass, entry)

    assert row(hass, known).unique_id == new.format(**serials)


async def test_binary_sensor_with_another_id_goes_on(hass, simulator, entry):
    serial = battery_of(simulator)
    theirs = er.async_get(hass).async_get_or_create(
        "binary_sensor", DOMAIN, f"{serial}_batteries_communicating", config_entry=entry
    )

    await set_up(hass, entry)

    assert row(hass, theirs.entity_id).unique_id == f"{serial}_communicating"


async def test_binary_sensor_with_a_bare_serial_number_is_left(hass, simulator, entry):
    serial = battery_of(simulator)
    theirs = er.async_get(hass).async_get_or_create(
        "binary_sensor", DOMAIN, serial, config_entry=entry
    )

    await set_up(hass, entry)

    assert row(hass, theirs.entity_id).unique_id == serial


async def test_id_that_is_in_use_is_not_taken(hass, simulator, entry):
    power_factor = f"{simulator.serial}_pf"
    old = before.register(hass, entry, power_factor, "old")
    before.register(hass, entry, f"{simulator.serial}_net_ct_powerfactor", "new")

    await set_up(hass, entry)

    assert row(hass, old).unique_id == power_factor


async def test_battery_that_has_moved_already_is_not_moved_again(hass, simulator, entry):
    serial = battery_of(simulator)
    old = before.register(hass, entry, serial, "old", **PERCENT)
    new = before.register(hass, entry, f"{serial}_soc", "new", **PERCENT)

    await set_up(hass, entry)

    assert (row(hass, old).unique_id, row(hass, new).unique_id) == (serial, f"{serial}_soc")


# Figures that are there already, and names


@pytest.mark.parametrize(
    "twins",
    [
        ("battery_level", "total_battery_percentage"),
        ("available_energy", "current_battery_capacity"),
    ],
)
@pytest.mark.parametrize("disabled_by", [None, er.RegistryEntryDisabler.USER])
async def test_figure_that_is_there_under_another_name_is_off_in_ours(
    hass, simulator, entry, twins, disabled_by
):
    theirs, ours = twins
    facts: dict[str, Any] = {"disabled_by": disabled_by}
    before.register(hass, entry, f"{simulator.serial}_{theirs}", "theirs", **facts)

    await set_up(hass, entry)

    registry = er.async_get(hass)
    name = registry.async_get_entity_id("sensor", DOMAIN, f"{simulator.serial}_{ours}")
    assert row(hass, name).disabled is (disabled_by is None)


async def test_figure_is_not_off_for_another_that_the_site_does_not_have(hass, simulator, entry):
    """Nothing measures the storage here."""
    before.register(hass, entry, f"{simulator.serial}_lifetime_battery_charged", "theirs")

    await set_up(hass, entry)

    name = f"sensor.envoy_{simulator.serial}_battery_energy_charged"
    assert not row(hass, name).disabled


async def test_figure_that_was_ours_stays_on_beside_another(hass, simulator, entry):
    ours = before.register(hass, entry, f"{simulator.serial}_total_battery_percentage", "ours")
    before.register(hass, entry, f"{simulator.serial}_battery_level", "theirs")

    await set_up(hass, entry)

    assert not row(hass, ours).disabled


async def test_weeks_of_a_phase_go_on_without_statistics(hass, simulator, entry):
    unique_id = f"{simulator.serial}_seven_days_production_l1"
    week = before.register(hass, entry, unique_id, "week", capabilities={})

    await set_up(hass, entry)

    assert "state_class" not in hass.states.get(week).attributes


@pytest.mark.parametrize(
    ("device_kind", "name"),
    [("inverter", "Inverter {}"), ("battery", "Encharge {}"), ("battery", "Battery {}")],
)
async def test_device_with_a_shorter_name_keeps_it(hass, simulator, entry, device_kind, name):
    serial = inverter_of(simulator) if device_kind == "inverter" else battery_of(simulator)
    dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id,
        identifiers={(DOMAIN, serial)},
        name=name.format(serial),
    )

    await set_up(hass, entry)

    devices = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    names = {device.name for device in devices if (DOMAIN, serial) in device.identifiers}
    assert names == {name.format(serial)}


async def test_last_report_of_an_inverter_stays_on_for_who_has_it(hass, simulator, entry):
    unique_id = f"{inverter_of(simulator)}_last_reported"
    theirs = before.register(hass, entry, unique_id, "reported")

    await set_up(hass, entry)

    assert not row(hass, theirs).disabled
    others = [serial for serial in simulator.site.inverters if not unique_id.startswith(serial)]
    registry = er.async_get(hass)
    name = registry.async_get_entity_id("sensor", DOMAIN, f"{others[0]}_last_reported")
    assert row(hass, name).disabled
