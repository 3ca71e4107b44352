"""What is shown of inverters: their own reports, by day and by night, whoever tells them."""

from __future__ import annotations

import pytest
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.enphase_envoy.const import DOMAIN
from custom_components.enphase_envoy.entity import EnvoyEntity

from .house import entry_for, figure, pass_time, set_up, settle, word

DETAILED = pytest.mark.parametrize("simulator", ["pc_d83_device_data"], indirect=True)
INSTALLER = pytest.mark.parametrize("simulator", ["pc_d7_installer"], indirect=True)
LIMITED = pytest.mark.parametrize("simulator", ["pc_d83_82_inverters"], indirect=True)
OF_THE_LIST = {"", "last_reported", "max_reported", "yield_vs_usual"}
OF_THE_DETAILS = {
    "lifetime_energy",
    "energy_today",
    "inverter_data_watt_hours_yesterday",
    "inverter_data_watt_hours_week",
    "energy_produced",
    "dc_voltage",
    "dc_current",
    "ac_voltage",
    "ac_current",
    "ac_frequency",
    "temperature",
    "last_report_duration",
    "inverter_data_conversion_error",
    "inverter_data_conversion_error_cycles",
    "gone",
}
OF_THE_STATUS = {"dc_voltage", "dc_current", "ac_voltage", "temperature"}
OF_THE_INVENTORY = {
    "inverter_info_img_pnum_running",
    "inverter_info_communicating",
    "inverter_info_producing",
}
ELECTRICAL = ("dc_voltage", "dc_current", "ac_voltage", "ac_current", "frequency", "temperature")


@pytest.fixture
def entry(simulator):
    kind = "installer" if simulator.scenario.way_in == "token-installer" else "owner"
    return entry_for(simulator, token=simulator.token(kind))


@pytest.fixture
def all_enabled(monkeypatch):
    monkeypatch.setattr(EnvoyEntity, "entity_registry_enabled_default", True)


def keys(hass, entry, serial: str) -> set[str]:
    """Return the unique ids of the entities of an inverter, without its serial number."""
    rows = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    ids = [row.unique_id for row in rows if row.unique_id.startswith(serial)]
    return {name.removeprefix(serial).removeprefix("_") for name in ids}


def shown(hass, simulator, tail: str) -> dict[str, float]:
    """Return a figure of every inverter by serial number."""
    return {
        serial: figure(hass, simulator, f"inverter_{serial}_{tail}")
        for serial in simulator.site.inverters
    }


def flag(hass, simulator, serial: str, tail: str) -> str:
    """Return what a binary sensor of an inverter shows."""
    found = hass.states.get(f"binary_sensor.envoy_{simulator.serial}_inverter_{serial}_{tail}")
    assert found
    return found.state


@pytest.fixture
async def house(hass, entry, freezer, all_enabled):
    """Set the site up, and wait for the slow pages: one comes with each further collection."""
    await set_up(hass, entry)
    for _ in range(2):
        freezer.tick(60)
        async_fire_time_changed(hass)
        await settle(hass)


@DETAILED
async def test_everything_is_shown_where_it_is_told(hass, simulator, entry, house):
    serial = next(iter(simulator.site.inverters))

    assert keys(hass, entry, serial) == OF_THE_LIST | OF_THE_DETAILS | OF_THE_INVENTORY


@pytest.mark.parametrize("simulator", ["p_d7_standard"], indirect=True)
async def test_nothing_is_promised_that_nobody_tells(hass, simulator, entry, house):
    serial = next(iter(simulator.site.inverters))

    assert keys(hass, entry, serial) == OF_THE_LIST | OF_THE_INVENTORY


@INSTALLER
async def test_installer_sees_details_on_older_firmware(hass, simulator, entry, house):
    serial = next(iter(simulator.site.inverters))

    assert keys(hass, entry, serial) == OF_THE_LIST | OF_THE_STATUS | OF_THE_INVENTORY


@DETAILED
async def test_power_is_on_and_all_else_is_off(hass, simulator, entry):
    await set_up(hass, entry)

    serial = next(iter(simulator.site.inverters))
    rows = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    on = {row.unique_id for row in rows if not row.disabled and row.unique_id.startswith(serial)}
    assert on == {serial}


@DETAILED
@pytest.mark.parametrize(
    ("tail", "true"),
    [
        ("lifetime_energy_production", lambda inverter: inverter.report.lifetime_wh),
        ("todays_energy_production", lambda inverter: inverter.reported_today_wh),
        ("yesterdays_energy_production", lambda inverter: inverter.energy.yesterday_wh),
        ("last_seven_days_energy_production", lambda inverter: inverter.reported_seven_days_wh),
        ("energy_production_since_previous_report", lambda inverter: inverter.report.joules / 3600),
        ("lifetime_maximum_power", lambda inverter: inverter.max_w),
        ("last_report_duration", lambda inverter: inverter.report.seconds),
        ("dc_current", lambda inverter: inverter.report.power_w / 36.4),
    ],
)
@pytest.mark.usefixtures("house")
async def test_details_are_the_truth(hass, simulator, tail, true):
    truth = {serial: true(inverter) for serial, inverter in simulator.site.inverters.items()}

    assert shown(hass, simulator, tail) == pytest.approx(truth, abs=1.1)


@INSTALLER
async def test_details_for_installers_are_the_truth(hass, simulator, entry, house):
    truth = {
        serial: inverter.report.power_w / 36.4
        for serial, inverter in simulator.site.inverters.items()
    }

    assert shown(hass, simulator, "dc_current") == pytest.approx(truth, abs=0.01)


@LIMITED
async def test_page_that_is_full_leaves_power_to_all_and_details_to_some(
    hass, simulator, entry, house
):
    found = {serial: keys(hass, entry, serial) for serial in simulator.site.inverters}

    assert len(found) == 82
    assert all(own >= OF_THE_LIST | OF_THE_INVENTORY for own in found.values())
    assert sum(own >= OF_THE_DETAILS for own in found.values()) == 50
    assert sum(own.isdisjoint(OF_THE_DETAILS) for own in found.values()) == 32


@LIMITED
async def test_power_of_all_is_of_the_page_that_lists_all(hass, simulator, entry, house):
    powers = {
        serial: figure(hass, simulator, f"inverter_{serial}") for serial in simulator.site.inverters
    }

    assert sum(powers.values()) == pytest.approx(
        sum(inverter.report.power_w for inverter in simulator.site.inverters.values()), abs=41
    )


@pytest.mark.parametrize("simulator", ["pc_d83_removed_inverters"], indirect=True)
async def test_inverter_that_was_taken_out_is_no_device(hass, simulator, entry, house):
    devices = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)

    serials = {serial for device in devices for _, serial in device.identifiers}
    assert serials == {
        simulator.serial,
        *(inverter.serial for inverter in simulator.site.active_inverters),
    }


@pytest.mark.parametrize("simulator", ["pc_d83_device_data", "pc_d7_installer"], indirect=True)
async def test_at_night_only_what_was_counted_is_known(hass, simulator, entry, house, freezer):
    serial = next(iter(simulator.site.inverters))
    tails = [tail for tail in ELECTRICAL if keys(hass, entry, serial) & {tail, f"ac_{tail}"}]
    assert {word(hass, simulator, f"inverter_{serial}_{tail}") for tail in tails}.isdisjoint(
        {"unknown", "unavailable"}
    )
    simulator.site.sunshine_override = 0.0

    await pass_time(hass, freezer, simulator, 300)

    assert {word(hass, simulator, f"inverter_{serial}_{tail}") for tail in tails} == {"unknown"}


@DETAILED
async def test_at_night_counters_stay(hass, simulator, house, freezer):
    before = shown(hass, simulator, "lifetime_energy_production")
    simulator.site.sunshine_override = 0.0

    await pass_time(hass, freezer, simulator, 300)

    assert shown(hass, simulator, "lifetime_energy_production") == before


@DETAILED
async def test_inverter_that_is_missed_is_gone(hass, simulator, house, freezer):
    inverter, other, *_ = simulator.site.inverters.values()
    inverter.alive = False

    await pass_time(hass, freezer, simulator, 300)

    assert flag(hass, simulator, inverter.serial, "gone") == "on"
    assert flag(hass, simulator, other.serial, "gone") == "off"


@pytest.mark.parametrize(
    ("simulator", "pause_s"),
    [("pc_d83_device_data", 3600), ("pc_d7_installer", 300)],
    indirect=["simulator"],
)
@pytest.mark.parametrize("tail", ["communicating", "producing"])
@pytest.mark.usefixtures("house")
async def test_state_is_told_in_time(hass, simulator, freezer, pause_s, tail):
    serial, inverter = next(iter(simulator.site.inverters.items()))
    assert flag(hass, simulator, serial, tail) == "on"
    inverter.alive = False

    await pass_time(hass, freezer, simulator, pause_s)
    for _ in range(2):  # slow pages have fallen due together, and are read one at a time
        await pass_time(hass, freezer, simulator, 60)

    assert flag(hass, simulator, serial, tail) == "off"


@DETAILED
async def test_make_of_an_inverter_is_on_its_device(hass, simulator, entry, house):
    serial = next(iter(simulator.site.inverters))

    devices = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    (device,) = [device for device in devices if (DOMAIN, serial) in device.identifiers]
    assert (device.sw_version, device.hw_version) == ("520-00082-r01-v04.30.32", "800-01331-r02")


@DETAILED
async def test_counter_of_one_inverter_does_not_fall(hass, simulator, house, freezer):
    serial, inverter = next(iter(simulator.site.inverters.items()))
    tail = f"inverter_{serial}_lifetime_energy_production"
    before = figure(hass, simulator, tail)
    inverter.move_to(0.0)

    await pass_time(hass, freezer, simulator, 300)

    assert figure(hass, simulator, tail) == before


@DETAILED
async def test_energy_of_an_interval_keeps_the_unit_of_an_older_history(hass, simulator, entry):
    entry.add_to_hass(hass)
    serial = next(iter(simulator.site.inverters))
    er.async_get(hass).async_get_or_create(
        "sensor",
        DOMAIN,
        f"{serial}_energy_produced",
        config_entry=entry,
        suggested_object_id="produced",
        capabilities={"state_class": "total"},
        unit_of_measurement="mWh",
    )

    await set_up(hass, entry)

    found = hass.states.get("sensor.produced")
    assert found
    assert found.attributes["unit_of_measurement"] == "mWh"
    assert found.attributes["state_class"] == "total"
    truth = simulator.site.inverters[serial].report.joules / 3.6
    assert float(found.state) == pytest.approx(truth, rel=1e-3)
