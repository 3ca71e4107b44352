"""Batteries of both kinds: what each says, what all together say, and where they stand."""

import pytest
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er

from custom_components.enphase_envoy.const import DOMAIN
from custom_components.enphase_envoy.entity import EnvoyEntity
from tests.simulator.faults import Transform

from . import predecessors as before
from .house import figure, pass_time, set_up, settle, word

IQ = "pc_d8_split_storage_ct"
MUTE = "pc_d8_mute_battery"
MIXED = "pc_d7_acb"
AC_ONLY = "pc_d8_acb_storage_ct"
INVENTORY = "/ivp/ensemble/inventory"
WATTS = {"unit_of_measurement": "W"}


def site_of(name):
    """Run the test with the gateway of a scenario."""
    return pytest.mark.parametrize("simulator", [name], indirect=True)


@pytest.fixture
def all_enabled(monkeypatch):
    """Enable every entity, those too that are off at first."""
    monkeypatch.setattr(EnvoyEntity, "entity_registry_enabled_default", True)


def device(hass, entry, identifier):
    """Return the device with an identifier of ours."""
    found = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    return next(device for device in found if (DOMAIN, identifier) in device.identifiers)


async def know_all(hass, freezer, simulator):
    """Let the pages be asked that are left to a later collection than the first."""
    for _ in range(2):  # a slow page in each
        await pass_time(hass, freezer, simulator, 60)


def without(kind):
    """Return a fault: the list of one kind of device is empty."""

    def empty(page):
        return [{**group, "devices": []} if group["type"] == kind else group for group in page]

    return Transform(empty)


@site_of(IQ)
async def test_battery_shows_what_it_is(hass, simulator, entry, all_enabled):
    await set_up(hass, entry)

    serial, truth = next(iter(simulator.site.batteries.items()))
    shown = {
        tail: figure(hass, simulator, f"battery_{serial}_{tail}")
        for tail in ("power", "apparent_power", "temperature", "max_cell_temperature", "capacity")
    }
    assert shown == pytest.approx(
        {
            "power": truth.power_w,
            "apparent_power": truth.power_w,
            "temperature": truth.temperature_c,
            "max_cell_temperature": truth.temperature_c + 1,
            "capacity": truth.capacity_wh,
        },
        abs=1,
    )


@site_of(IQ)
async def test_battery_says_in_words_how_it_is(hass, simulator, entry, all_enabled):
    serial, battery = next(iter(simulator.site.batteries.items()))
    battery.power_override_w = -500
    simulator.site.advance(0)

    await set_up(hass, entry)

    assert {
        tail: word(hass, simulator, f"battery_{serial}_{tail}")
        for tail in ("led_status", "grid_state", "phase")
    } == {"led_status": "charging", "grid_state": "grid-tied", "phase": "ph-a"}


@site_of(IQ)
async def test_flags_of_a_battery(hass, simulator, entry, all_enabled):
    serial, battery = next(iter(simulator.site.batteries.items()))
    battery.dc_switch_on = False

    await set_up(hass, entry)

    start = f"binary_sensor.envoy_{simulator.serial}_battery_{serial}_"
    shown = {
        tail: hass.states.get(start + tail).state
        for tail in ("communicating", "dc_switch", "sleep", "operating")
    }
    assert shown == {
        "communicating": "on",
        "dc_switch": "off",
        "sleep": "off",
        "operating": "unknown",
    }


@site_of(IQ)
async def test_batteries_together_are_the_truth(hass, simulator, entry, all_enabled):
    simulator.site.batteries[next(iter(simulator.site.batteries))].health_pct = 96

    await set_up(hass, entry)

    site = simulator.site
    capacity_wh = sum(battery.capacity_wh for battery in site.batteries.values())
    stored_wh = sum(battery.stored_wh for battery in site.batteries.values())
    expected = {
        "battery_power": sum(battery.power_w for battery in site.batteries.values()),
        "reserve_battery_level": site.reserve_pct,
        "reserve_battery_energy": capacity_wh * site.reserve_pct / 100,
        "battery_capacity": capacity_wh,
        "battery_health": 96,
        "battery_level": site.charge_pct,
        "available_battery_energy": stored_wh,
        "total_battery_percentage": site.charge_pct,
        "current_battery_capacity": stored_wh,
    }
    shown = {tail: figure(hass, simulator, tail) for tail in expected}
    assert shown == pytest.approx(expected, abs=3)


@site_of(MUTE)
async def test_battery_that_is_mute_has_a_charge_and_no_power(hass, simulator, entry, all_enabled):
    await set_up(hass, entry)

    serial = list(simulator.site.batteries)[-1]
    tail = f"battery_{serial}"
    assert word(hass, simulator, f"{tail}_power") == "unknown"
    assert figure(hass, simulator, tail) == simulator.site.batteries[serial].told_pct


@site_of(MUTE)
async def test_power_of_the_others_is_added_up(hass, simulator, entry):
    await set_up(hass, entry)

    heard = [battery for battery in simulator.site.batteries.values() if battery.communicating]
    assert len(heard) == 2
    assert figure(hass, simulator, "battery_power") == pytest.approx(
        sum(battery.power_w for battery in heard), abs=1
    )


@site_of(IQ)
async def test_charge_of_all_does_not_jump_when_one_falls_mute(hass, freezer, simulator, entry):
    await set_up(hass, entry)
    shown = figure(hass, simulator, "total_battery_percentage")
    next(iter(simulator.site.batteries.values())).fall_mute()

    for _ in range(3):
        await pass_time(hass, freezer, simulator, 60)

    assert figure(hass, simulator, "total_battery_percentage") == pytest.approx(shown, abs=2)


@pytest.mark.dirty_log
@site_of(IQ)
async def test_batteries_that_are_not_listed_for_once_stay(hass, freezer, simulator, entry):
    await set_up(hass, entry)
    simulator.faults[INVENTORY] = [without("ENCHARGE")]

    await pass_time(hass, freezer, simulator, 60)

    assert word(hass, simulator, "total_battery_percentage") not in ("unknown", "unavailable")


@pytest.mark.dirty_log
@site_of(IQ)
async def test_batteries_that_are_listed_no_more_are_gone(hass, freezer, simulator, entry):
    await set_up(hass, entry)
    simulator.faults[INVENTORY] = without("ENCHARGE")

    for _ in range(6):
        await pass_time(hass, freezer, simulator, 60)

    serial = next(iter(simulator.site.batteries))
    assert word(hass, simulator, f"battery_{serial}") == "unavailable"


# AC Batteries


@site_of(MIXED)
async def test_ac_batteries_stand_below_all_of_them_together(hass, simulator, entry):
    await set_up(hass, entry)

    serial = next(iter(simulator.site.ac_batteries))
    gateway = device(hass, entry, simulator.serial)
    bank = device(hass, entry, f"{simulator.serial}_acb")
    single = device(hass, entry, serial)
    assert (single.via_device_id, bank.via_device_id) == (bank.id, gateway.id)
    assert bank.name == f"Envoy {simulator.serial} AC Batteries"
    assert single.name == f"Envoy {simulator.serial} AC Battery {serial}"


@pytest.mark.parametrize("simulator", [MIXED, AC_ONLY], indirect=True)
async def test_ac_battery_shows_what_it_is(hass, freezer, simulator, entry, all_enabled):
    await set_up(hass, entry)
    await know_all(hass, freezer, simulator)

    serial, truth = next(iter(simulator.site.ac_batteries.items()))
    shown = {
        tail: figure(hass, simulator, f"ac_battery_{serial}_{tail}")
        for tail in ("soc", "power", "temperature")
    }
    assert shown == pytest.approx(
        {"soc": truth.charge_pct, "power": truth.power_w, "temperature": truth.temperature_c},
        abs=10,  # their power was told before the minute in which they told the rest
    )


@site_of(MIXED)
async def test_ac_batteries_say_in_words_how_they_are(hass, freezer, simulator, entry, all_enabled):
    first, second, third = simulator.site.ac_batteries.values()
    first.sleep_ordered, second.asleep = True, True
    await set_up(hass, entry)

    await know_all(hass, freezer, simulator)

    shown = {
        battery.serial: (
            word(hass, simulator, f"ac_battery_{battery.serial}_sleep_state"),
            word(hass, simulator, f"ac_battery_{battery.serial}_sleep_soc_target"),
        )
        for battery in (first, second, third)
    }
    assert shown == {
        first.serial: ("going_to_sleep", "0-0"),
        second.serial: ("waking", "0-0"),
        third.serial: ("asleep", "50-55"),
    }


@site_of(MIXED)
async def test_ac_batteries_together(hass, freezer, simulator, entry, all_enabled):
    await set_up(hass, entry)
    await know_all(hass, freezer, simulator)

    site = simulator.site
    stored_wh = sum(battery.stored_wh for battery in site.ac_batteries.values())
    iq_wh = sum(battery.stored_wh for battery in site.batteries.values())
    every = [*site.ac_batteries.values(), *site.batteries.values()]
    capacity_wh = sum(battery.capacity_wh for battery in every)
    expected = {
        "acb_soc": 100
        * stored_wh
        / sum(battery.capacity_wh for battery in site.ac_batteries.values()),
        "acb_available_energy": stored_wh,
        "aggregated_soc": 100 * (stored_wh + iq_wh) / capacity_wh,
        "aggregated_available_energy": stored_wh + iq_wh,
        "aggregated_max_battery_capacity": capacity_wh,
    }
    shown = {tail: figure(hass, simulator, tail) for tail in expected}
    assert shown == pytest.approx(expected, rel=0.02)
    assert word(hass, simulator, "acb_aggregate_sleep_state") == "mixed"
    assert word(hass, simulator, "acb_battery_state") in ("charging", "discharging", "idle")


@site_of(MIXED)
async def test_ids_of_ac_batteries_are_those_of_the_built_in_integration(hass, simulator, entry):
    await set_up(hass, entry)

    ids = {row.unique_id for row in er.async_get(hass).entities.values()}
    serial, gateway = next(iter(simulator.site.ac_batteries)), simulator.serial
    assert ids >= {
        f"{gateway}_{key}"
        for key in (
            "acb_power",
            "acb_soc",
            "acb_battery_state",
            "acb_available_energy",
            "acb_aggregate_sleep_state",
            "aggregated_soc",
            "aggregated_available_energy",
            "aggregated_max_battery_capacity",
        )
    }
    assert ids >= {
        f"{serial}_{key}"
        for key in (
            "acb_battery_soc",
            "acb_battery_power",
            "acb_battery_temperature",
            "acb_battery_charge_status",
            "acb_battery_last_reported",
            "acb_battery_sleep_soc_target",
            "acb_battery_sleep_state",
            "communicating",
            "operating",
            "producing",
        )
    }


@site_of(AC_ONLY)
async def test_clamp_on_ac_batteries_counts_their_energy(hass, simulator, entry):
    await set_up(hass, entry)

    flow = simulator.site.ac_storage.phases[0]
    assert figure(hass, simulator, "battery_energy_charged") == pytest.approx(
        flow.received.wh, abs=1
    )
    assert figure(hass, simulator, "battery_energy_discharged") == pytest.approx(
        flow.delivered.wh, abs=1
    )


@site_of(AC_ONLY)
async def test_site_without_iq_batteries_has_no_figures_of_them(hass, simulator, entry):
    await set_up(hass, entry)

    assert hass.states.get(f"sensor.envoy_{simulator.serial}_total_battery_percentage") is None
    assert hass.states.get(f"sensor.envoy_{simulator.serial}_battery_power") is None


@site_of(IQ)
async def test_site_without_ac_batteries_has_no_figures_of_them(hass, simulator, entry):
    await set_up(hass, entry)

    rows = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    assert [row.entity_id for row in rows if "acb" in row.unique_id] == []


@site_of(MIXED)
@pytest.mark.parametrize("facts", [{}, WATTS])
async def test_ac_battery_that_was_an_inverter_goes_on(hass, simulator, entry, facts):
    entry.add_to_hass(hass)
    gateway = before.gateway_device(hass, entry, simulator)
    serial = next(iter(simulator.site.ac_batteries))
    power = before.register(hass, entry, serial, "storage", device_id=gateway.id, **facts)

    await set_up(hass, entry)
    await settle(hass)

    row = er.async_get(hass).async_get(power)
    assert row
    assert row.unique_id == f"{serial}_acb_battery_power"
    assert row.device_id == device(hass, entry, serial).id
