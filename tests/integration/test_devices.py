"""The devices of a site in Home Assistant's registry."""

from dataclasses import replace

import pytest
from homeassistant.helpers import area_registry as ar
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.update_coordinator import UpdateFailed
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.enphase_envoy import async_remove_config_entry_device
from custom_components.enphase_envoy.const import DOMAIN
from tests.simulator.faults import Status, Transform

from .house import figure, pass_time, set_up, settle

INVERTERS = "/api/v1/production/inverters"
INVENTORY = "/ivp/ensemble/inventory"


def each_list(test):
    """Let a test run for each page that lists devices."""
    test = pytest.mark.parametrize("page", [INVERTERS, INVENTORY])(test)
    test = pytest.mark.parametrize("simulator", ["pc_d8_three_phase_battery"], indirect=True)(test)
    return pytest.mark.dirty_log(test)


def device(hass, entry, serial):
    """Return the device with a serial number."""
    found = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    return next((device for device in found if (DOMAIN, serial) in device.identifiers), None)


def left_over(hass, entry):
    """Register a device that the gateway does not have, as the built-in integration names some."""
    return dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id, identifiers={(DOMAIN, "NC1")}
    )


@pytest.mark.parametrize(
    ("simulator", "model", "scheme"),
    [
        ("p0_r37_html", "Envoy-R", "http"),
        ("p_r39_digest", "Envoy-R", "http"),
        ("p_d5_standard", "Envoy-S standard", "http"),
        ("pc_d5_metered", "Envoy-S metered", "http"),
        ("p_d7_standard", "IQ Gateway standard", "https"),
        ("pc_d7_three_phase", "IQ Gateway metered", "https"),
    ],
    indirect=["simulator"],
)
async def test_gateway_is_described_in_plain_words(hass, simulator, entry, model, scheme):
    await set_up(hass, entry)

    gateway = device(hass, entry, simulator.serial)
    assert gateway.name == f"Envoy {simulator.serial}"
    assert gateway.manufacturer == "Enphase"
    assert gateway.model == model
    assert gateway.serial_number == simulator.serial
    assert gateway.configuration_url == f"{scheme}://{simulator.host}"


async def test_version_of_the_gateway_has_no_letter(hass, simulator, entry):
    await set_up(hass, entry)

    version = simulator.firmware.version
    assert version[0].isalpha()
    assert device(hass, entry, simulator.serial).sw_version == version[1:]


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("fd00::5", "https://[fd00::5]"),
        ("[fd00::5]:8443", "https://[fd00::5]:8443"),
        ("fe80::5%eth0", None),
    ],
)
async def test_page_of_a_gateway_at_an_ipv6_address(hass, simulator, entry, host, url):
    await set_up(hass, entry)
    hass.config_entries.async_update_entry(entry, data={**entry.data, "host": host})

    entry.runtime_data.coordinator.devices.sync(entry.runtime_data.coordinator.data)

    assert device(hass, entry, simulator.serial).configuration_url == url


@pytest.mark.parametrize("simulator", ["pc_d8_three_phase_battery"], indirect=True)
@pytest.mark.parametrize("kind", ["inverter", "battery"])
async def test_device_below_the_gateway_is_named_and_linked(hass, simulator, entry, kind):
    await set_up(hass, entry)

    site = simulator.site
    serial = next(iter(site.inverters if kind == "inverter" else site.batteries))
    below = device(hass, entry, serial)
    assert below.name == f"Envoy {simulator.serial} {kind.capitalize()} {serial}"
    assert below.via_device_id == device(hass, entry, simulator.serial).id


async def test_names_follow_the_language_of_the_system_and_ids_do_not(hass, simulator, entry):
    hass.config.language = "de"

    await set_up(hass, entry)

    serial = next(iter(simulator.site.inverters))
    name = device(hass, entry, serial).name
    assert name == f"Envoy {simulator.serial} Wechselrichter {serial}"
    assert hass.states.get(f"sensor.envoy_{simulator.serial}_inverter_{serial}")


async def test_new_inverter_appears_without_a_restart(hass, freezer, simulator, entry):
    await set_up(hass, entry)
    (serial,) = simulator.site.add_inverters(1)

    for _ in range(8):
        await pass_time(hass, freezer, simulator, 60)

    assert figure(hass, simulator, f"inverter_{serial}") > 0
    assert device(hass, entry, serial)


async def test_inverter_that_is_gone_can_be_removed(hass, freezer, simulator, entry):
    await set_up(hass, entry)
    serial = next(iter(simulator.site.inverters))
    simulator.site.inverters[serial].removed = True
    for _ in range(8):
        await pass_time(hass, freezer, simulator, 60)

    allowed = await async_remove_config_entry_device(hass, entry, device(hass, entry, serial))

    assert allowed


async def test_inverter_that_was_removed_comes_back_with_its_entities(
    hass, freezer, simulator, entry
):
    await set_up(hass, entry)
    serial = next(iter(simulator.site.inverters))
    simulator.site.inverters[serial].removed = True
    for _ in range(8):
        await pass_time(hass, freezer, simulator, 60)
    gone = device(hass, entry, serial)
    await async_remove_config_entry_device(hass, entry, gone)
    dr.async_get(hass).async_remove_device(gone.id)
    await settle(hass)
    simulator.site.inverters[serial].removed = False

    for _ in range(8):
        await pass_time(hass, freezer, simulator, 60)

    assert figure(hass, simulator, f"inverter_{serial}") > 0


@pytest.mark.parametrize("simulator", ["pc_d8_three_phase_battery"], indirect=True)
async def test_battery_that_was_removed_and_comes_back_at_once_has_its_entities(
    hass, freezer, simulator, entry
):
    entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(entry, options={"data_interval": 3600})
    await set_up(hass, entry)
    serial, battery = next(iter(simulator.site.batteries.items()))
    del simulator.site.batteries[serial]
    for _ in range(4):
        await pass_time(hass, freezer, simulator, 3600)
    gone = device(hass, entry, serial)
    assert await async_remove_config_entry_device(hass, entry, gone)
    dr.async_get(hass).async_remove_device(gone.id)
    await settle(hass)
    simulator.site.batteries[serial] = battery

    await pass_time(hass, freezer, simulator, 3600)

    back = device(hass, entry, serial)
    assert er.async_entries_for_device(er.async_get(hass), back.id)


async def test_inverter_can_be_removed_only_once_a_list_does_without_it(
    hass, freezer, simulator, entry
):
    await set_up(hass, entry)
    for _ in range(3):  # the inventory, which knows it, is a slow page: one is read at a time
        await pass_time(hass, freezer, simulator, 60)
    serial = next(iter(simulator.site.inverters))
    simulator.site.inverters[serial].removed = True
    await pass_time(hass, freezer, simulator, 60)  # the list is only read every five minutes

    assert not await async_remove_config_entry_device(hass, entry, device(hass, entry, serial))


@pytest.mark.parametrize("simulator", ["pc_d8_three_phase_battery"], indirect=True)
@pytest.mark.parametrize("which", ["gateway", "inverter", "battery"])
async def test_device_that_is_there_cannot_be_removed(hass, simulator, entry, which):
    await set_up(hass, entry)
    site = simulator.site
    there = {"gateway": [simulator.serial], "inverter": site.inverters, "battery": site.batteries}
    serial = next(iter(there[which]))

    assert not await async_remove_config_entry_device(hass, entry, device(hass, entry, serial))


async def test_empty_list_of_a_night_does_not_let_an_inverter_be_removed(
    hass, freezer, simulator, entry
):
    await set_up(hass, entry)
    serial = next(iter(simulator.site.inverters))
    simulator.faults[INVERTERS] = Transform(lambda _page: [])
    for _ in range(6):
        await pass_time(hass, freezer, simulator, 60)

    assert not await async_remove_config_entry_device(hass, entry, device(hass, entry, serial))


@pytest.mark.parametrize(
    "simulator", ["p0_r37_html", "pc_d5_metered", "pc_d8_three_phase_battery"], indirect=True
)
async def test_device_that_another_integration_has_left_can_be_removed(hass, simulator, entry):
    await set_up(hass, entry)

    assert await async_remove_config_entry_device(hass, entry, left_over(hass, entry))


@each_list
async def test_nothing_can_be_removed_while_the_gateway_does_not_list_its_devices(
    hass, freezer, simulator, entry, page
):
    await set_up(hass, entry)
    simulator.faults[page] = Status(503)
    for _ in range(20):
        await pass_time(hass, freezer, simulator, 60)

    assert not await async_remove_config_entry_device(hass, entry, left_over(hass, entry))


@each_list
async def test_nothing_can_be_removed_before_the_gateway_has_listed_its_devices(
    hass, simulator, entry, page
):
    simulator.faults[page] = Status(503)
    await set_up(hass, entry)

    assert not await async_remove_config_entry_device(hass, entry, left_over(hass, entry))


@pytest.mark.dirty_log
async def test_nothing_can_be_removed_while_new_firmware_does_not_list_its_devices(
    hass, freezer, simulator, entry
):
    await set_up(hass, entry)
    gone = device(hass, entry, next(iter(simulator.site.inverters)))
    simulator.firmware = replace(simulator.firmware, version="D7.6.999")
    simulator.faults[INVERTERS] = Status(503)
    await simulator.switch_off()
    await pass_time(hass, freezer, simulator, 60)
    await simulator.switch_on()
    for _ in range(8):
        await pass_time(hass, freezer, simulator, 60)

    assert not await async_remove_config_entry_device(hass, entry, gone)


@pytest.mark.dirty_log
async def test_nothing_can_be_removed_after_a_collection_that_has_failed(hass, simulator, entry):
    await set_up(hass, entry)
    entry.runtime_data.coordinator.async_set_update_error(UpdateFailed("nothing is known of now"))

    assert not await async_remove_config_entry_device(hass, entry, left_over(hass, entry))


async def test_nothing_can_be_removed_from_an_entry_that_is_not_loaded(hass, simulator, entry):
    await set_up(hass, entry)
    other = device(hass, entry, next(iter(simulator.site.inverters)))
    await hass.config_entries.async_unload(entry.entry_id)

    assert not await async_remove_config_entry_device(hass, entry, other)


async def test_gateway_is_connected_by_its_hardware_address_once_it_has_told_it(
    hass, freezer, simulator, entry
):
    await set_up(hass, entry)
    before = device(hass, entry, simulator.serial).connections

    for _ in range(8):
        await pass_time(hass, freezer, simulator, 60)

    number = simulator.site.plan.number
    after = device(hass, entry, simulator.serial).connections
    assert (before, after) == (set(), {("mac", f"02:00:5e:00:{number:02x}:01")})


async def test_hardware_address_of_the_gateway_that_another_integration_knows(
    hass, freezer, simulator, entry
):
    """Such as a router; the gateway stays a device of its own."""
    router = MockConfigEntry(domain="router")
    router.add_to_hass(hass)
    mac = f"02:00:5E:00:{simulator.site.plan.number:02X}:01"
    other = dr.async_get(hass).async_get_or_create(
        config_entry_id=router.entry_id, connections={("mac", mac)}
    )
    await set_up(hass, entry)

    for _ in range(8):
        await pass_time(hass, freezer, simulator, 60)

    gateway = device(hass, entry, simulator.serial)
    assert gateway.id != other.id
    assert gateway.connections == other.connections


async def test_new_firmware_shows_on_the_device(hass, freezer, simulator, entry):
    await set_up(hass, entry)
    simulator.firmware = replace(simulator.firmware, version="D7.6.999")
    await simulator.switch_off()
    await pass_time(hass, freezer, simulator, 60)
    await simulator.switch_on()

    for _ in range(8):
        await pass_time(hass, freezer, simulator, 60)

    assert device(hass, entry, simulator.serial).sw_version == "7.6.999"


# Phases


async def test_each_phase_is_a_device_below_the_gateway(hass, simulator, entry):
    await set_up(hass, entry)

    gateway = device(hass, entry, simulator.serial)
    phases = [device(hass, entry, f"{simulator.serial}_l{phase}") for phase in (1, 2, 3)]
    assert [phase.name for phase in phases] == [
        f"Envoy {simulator.serial} L{it}" for it in (1, 2, 3)
    ]
    assert {phase.via_device_id for phase in phases} == {gateway.id}


@pytest.mark.parametrize("simulator", ["pc_d7_one_phase", "p_d7_standard"], indirect=True)
async def test_single_phase_is_no_device(hass, simulator, entry):
    await set_up(hass, entry)

    assert device(hass, entry, f"{simulator.serial}_l1") is None


@pytest.mark.parametrize("simulator", ["pc_d8_split_storage_ct"], indirect=True)
async def test_two_lines_are_two_devices(hass, simulator, entry):
    await set_up(hass, entry)

    found = [bool(device(hass, entry, f"{simulator.serial}_l{phase}")) for phase in (1, 2, 3)]
    assert found == [True, True, False]


async def test_figure_of_a_phase_stands_on_its_device(hass, simulator, entry):
    await set_up(hass, entry)

    name = f"sensor.envoy_{simulator.serial}_todays_energy_production_l2"
    row = er.async_get(hass).async_get(name)
    assert row
    assert row.device_id == device(hass, entry, f"{simulator.serial}_l2").id
    assert row.original_name == "Today's Energy Production"


async def test_phase_begins_where_the_gateway_is(hass, simulator, entry):
    area = ar.async_get(hass).async_create("Cellar").id
    entry.add_to_hass(hass)
    dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id, identifiers={(DOMAIN, simulator.serial)}
    )
    gateway = device(hass, entry, simulator.serial)
    dr.async_get(hass).async_update_device(gateway.id, area_id=area)

    await set_up(hass, entry)

    assert device(hass, entry, f"{simulator.serial}_l1").area_id == area


async def test_phase_moves_with_its_gateway(hass, simulator, entry):
    await set_up(hass, entry)
    area = ar.async_get(hass).async_create("Cellar").id

    gateway = device(hass, entry, simulator.serial)
    dr.async_get(hass).async_update_device(gateway.id, area_id=area)
    await settle(hass)

    assert device(hass, entry, f"{simulator.serial}_l1").area_id == area


async def test_phase_that_was_put_elsewhere_stays_there(hass, simulator, entry):
    await set_up(hass, entry)
    cellar, roof = (ar.async_get(hass).async_create(name).id for name in ("Cellar", "Roof"))
    phase = device(hass, entry, f"{simulator.serial}_l1")
    dr.async_get(hass).async_update_device(phase.id, area_id=roof)

    gateway = device(hass, entry, simulator.serial)
    dr.async_get(hass).async_update_device(gateway.id, area_id=cellar)
    await settle(hass)

    assert device(hass, entry, f"{simulator.serial}_l1").area_id == roof


async def test_phase_cannot_be_removed_while_it_is_measured(hass, simulator, entry):
    await set_up(hass, entry)

    phase = device(hass, entry, f"{simulator.serial}_l1")
    assert not await async_remove_config_entry_device(hass, entry, phase)


async def test_phase_that_is_measured_no_more_can_be_removed(hass, simulator, entry):
    await set_up(hass, entry)
    left = dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id, identifiers={(DOMAIN, f"{simulator.serial}_l4")}
    )

    assert await async_remove_config_entry_device(hass, entry, left)
