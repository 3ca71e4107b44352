"""Which entities a site has, under which ids, and what they say."""

import pytest
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er

from custom_components.enphase_envoy.const import DOMAIN
from custom_components.enphase_envoy.entity import EnvoyEntity
from custom_components.enphase_envoy.rows import cts, flows, house
from tests.simulator import SCENARIOS

from .house import entities, figure, set_up

SITES = [name for name in SCENARIOS if "bench" not in name and "300" not in name]
WITHOUT_BATTERIES = [name for name in SITES if not SCENARIOS[name].plan.batteries]
MOST_BESIDE_THE_FLOWS = 12
"""Enabled entities of a gateway; with more, its page is no longer read at a glance."""
METERED = [name for name in SITES if "production" in SCENARIOS[name].plan.meters]


def tails(hass, simulator):
    """Return the ids of the gateway's own sensors, without what they have in common."""
    start = f"sensor.envoy_{simulator.serial}_"
    found = {name.removeprefix(start) for name in hass.states.async_entity_ids("sensor")}
    return {tail for tail in found if not tail.startswith(("inverter_", "battery_4"))}


@pytest.mark.parametrize("simulator", WITHOUT_BATTERIES, indirect=True)
async def test_page_of_a_gateway_stays_readable(hass, simulator, entry):
    await set_up(hass, entry)

    (device,) = [
        device
        for device in dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
        if (DOMAIN, simulator.serial) in device.identifiers
    ]
    known = {f"{simulator.serial}_{row.key}" for row in (*flows.SENSORS, *house.SENSORS)}
    beside = {
        row.unique_id
        for row in er.async_entries_for_device(er.async_get(hass), device.id)
        if row.unique_id not in known
    }
    assert len(beside) <= MOST_BESIDE_THE_FLOWS


@pytest.mark.parametrize("simulator", METERED, indirect=True)
async def test_metered_power_and_lifetime_are_the_truth(hass, simulator, entry):
    await set_up(hass, entry)

    site = simulator.site
    clamped = "total-consumption" in site.plan.meters
    consumed = site.clamped_load if clamped else site.consumption
    shown = {
        f"{kind}_{flow}": figure(hass, simulator, f"{kind}_{flow}")
        for kind in ("current_power", "lifetime_energy")
        for flow in ("production", "consumption")
    }
    assert shown == pytest.approx(
        {
            "current_power_production": site.production.power_w,
            "current_power_consumption": consumed.power_w,
            "lifetime_energy_production": site.production.lifetime_wh,
            "lifetime_energy_consumption": consumed.lifetime_wh,
        },
        abs=1,
    )


# Other firmwares say nothing that can be believed of today: see the reader's tests.
@pytest.mark.parametrize("simulator", ["pc_d7_one_phase", "pc_d7_three_phase"], indirect=True)
@pytest.mark.parametrize("flow", ["production", "consumption"])
async def test_energy_of_today_and_of_the_week_is_the_truth(hass, simulator, entry, flow):
    await set_up(hass, entry)

    truth = getattr(simulator.site, flow)
    shown = [
        figure(hass, simulator, f"{kind}_{flow}")
        for kind in ("todays_energy", "last_seven_days_energy")
    ]
    assert shown == pytest.approx([truth.today_wh, truth.seven_days_wh], abs=5)


async def test_figures_by_phase_are_the_truth(hass, simulator, entry):
    await set_up(hass, entry)

    shown = [figure(hass, simulator, f"lifetime_energy_production_l{phase}") for phase in (1, 2, 3)]
    true = [phase.lifetime_wh for phase in simulator.site.production.phases]
    assert shown == pytest.approx(true, abs=1)


async def test_inverter_shows_the_power_that_it_reported(hass, simulator, entry):
    await set_up(hass, entry)

    shown = {
        serial: figure(hass, simulator, f"inverter_{serial}") for serial in simulator.site.inverters
    }
    true = {
        serial: inverter.report.power_w for serial, inverter in simulator.site.inverters.items()
    }
    assert shown == pytest.approx(true, abs=1)


@pytest.mark.parametrize("simulator", ["pc_d8_three_phase_battery"], indirect=True)
async def test_batteries_show_the_charge_that_is_left(hass, simulator, entry):
    await set_up(hass, entry)

    shown = figure(hass, simulator, "total_battery_percentage")
    assert shown == pytest.approx(simulator.site.charge_pct, abs=1)


@pytest.mark.parametrize(
    ("simulator", "absent"),
    [
        ("p0_r37_html", "consumption"),
        ("p_d5_standard", "consumption"),
        ("pc_d7_no_cts", "consumption"),
        ("p_d7_standard", "_l1"),
        ("pc_d7_one_phase", "_l1"),
        ("pc_d7_three_phase", "battery"),
    ],
    indirect=["simulator"],
)
async def test_what_a_site_does_not_have_has_no_entity(hass, simulator, entry, absent):
    await set_up(hass, entry)

    assert [tail for tail in tails(hass, simulator) if absent in tail] == []


@pytest.mark.parametrize("simulator", ["p0_r37_html"], indirect=True)
async def test_no_inverter_where_the_gateway_lists_none(hass, simulator, entry):
    await set_up(hass, entry)

    assert [name for name in entities(hass, entry) if "inverter" in name] == []


@pytest.mark.parametrize("simulator", ["pc_d7_three_phase"], indirect=True)
async def test_no_grid_status_where_nothing_knows_it(hass, simulator, entry):
    await set_up(hass, entry)

    assert hass.states.async_entity_ids("binary_sensor") == []


@pytest.mark.parametrize("simulator", ["pc_d8_split_storage_ct"], indirect=True)
async def test_grid_status_is_off_without_a_grid(hass, simulator, entry):
    simulator.site.grid_connected = False
    simulator.site.advance(0)

    await set_up(hass, entry)

    assert hass.states.get("binary_sensor.grid_status").state == "off"


@pytest.mark.parametrize("simulator", ["pc_d8_three_phase_battery"], indirect=True)
async def test_ids_do_not_follow_the_language_of_the_system(hass, simulator, entry):
    hass.config.language = "de"

    await set_up(hass, entry)

    assert tails(hass, simulator) >= {
        "todays_energy_production",
        "last_seven_days_energy_consumption_l2",
        "total_battery_percentage",
    }


async def test_entity_that_the_registry_knows_keeps_its_id(hass, simulator, entry):
    entry.add_to_hass(hass)
    er.async_get(hass).async_get_or_create(
        "sensor",
        DOMAIN,
        f"{simulator.serial}_daily_production",
        config_entry=entry,
        suggested_object_id="roof_today",
    )

    await set_up(hass, entry)

    assert hass.states.get("sensor.roof_today")
    assert "todays_energy_production" not in tails(hass, simulator)


@pytest.mark.parametrize("simulator", ["pc_d8_300_inverters"], indirect=True)
async def test_each_of_three_hundred_inverters_has_its_power(hass, simulator, entry):
    await set_up(hass, entry)

    inverters = [name for name in hass.states.async_entity_ids() if "_inverter_4" in name]
    assert len(inverters) == 300


@pytest.mark.parametrize("simulator", ["pc_d8_split_storage_ct"], indirect=True)
async def test_what_the_house_takes_from_and_gives_to_the_grid_is_the_truth(hass, simulator, entry):
    await set_up(hass, entry)

    site = simulator.site
    assert figure(hass, simulator, "lifetime_net_energy_consumption") == pytest.approx(
        site.imported_wh, abs=1
    )
    assert figure(hass, simulator, "lifetime_net_energy_production") == pytest.approx(
        site.exported_wh, abs=1
    )
    assert figure(hass, simulator, "current_net_power_consumption") == pytest.approx(
        site.grid.power_w, abs=1
    )


@pytest.mark.parametrize("simulator", ["pc_d7_three_phase"], indirect=True)
async def test_every_figure_of_a_current_transformer_has_a_state(
    hass, simulator, entry, monkeypatch
):
    monkeypatch.setattr(EnvoyEntity, "entity_registry_enabled_default", True)
    await set_up(hass, entry)

    gateway = simulator.serial
    ids = {
        f"sensor.{row.ids_of(gateway, serial)[1]}"
        for row in (*cts.NET, *cts.METERS)
        for serial in (gateway, *(f"{gateway}_l{phase}" for phase in (1, 2, 3)))
    }
    shown = {name: hass.states.get(name) for name in ids}
    unknown = [
        name for name, state in shown.items() if state and state.state in ("unknown", "unavailable")
    ]
    assert not unknown
    assert len([name for name, state in shown.items() if state]) == 2 * 11 * 4 + 2 * 4
