"""What the gateway's own entities say, against the truth of the simulated site."""

from datetime import UTC, datetime

import pytest
from homeassistant.core import callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.event import async_track_state_change_event

from custom_components.enphase_envoy.const import DOMAIN
from custom_components.enphase_envoy.entity import EnvoyEntity
from custom_components.enphase_envoy.rows import gateway
from tests.simulator.faults import Status

from .house import entry_for, pass_time, set_up, word

ROWS = {
    **{row.key: "sensor" for row in gateway.SENSORS},
    **{row.key: "binary_sensor" for row in gateway.BINARY_SENSORS},
}
METERED = pytest.mark.parametrize("simulator", ["pc_d7_three_phase"], indirect=True)
BATTERY = pytest.mark.parametrize("simulator", ["pc_d8_split_storage_ct"], indirect=True)


@pytest.fixture
def everything_on(monkeypatch):
    """Have all entities enabled, whatever is off at first."""
    monkeypatch.setattr(EnvoyEntity, "entity_registry_enabled_default", True)


@pytest.fixture
def looked_at(hass, freezer, simulator, everything_on):
    """Return a function that sets an entry up and waits for the pages that come later."""

    async def look(entry=None):
        await set_up(hass, entry or entry_for(simulator))
        for _ in range(2):
            await pass_time(hass, freezer, simulator, 60)

    return look


def shown(hass, simulator, key):
    """Return what the entity with this key shows; ``None`` where there is none."""
    name = er.async_get(hass).async_get_entity_id(ROWS[key], DOMAIN, f"{simulator.serial}_{key}")
    state = hass.states.get(name) if name else None
    return state and state.state


def writes(hass, simulator, key):
    """Return a list that every new state of the entity with this key is added to."""
    written = []
    name = f"sensor.envoy_{simulator.serial}_{key}"

    @callback
    def write(event):
        written.append(event.data["new_state"])

    async_track_state_change_event(hass, name, write)
    return written


@METERED
async def test_gateway_is_shown_as_it_is(hass, simulator, looked_at):
    site = simulator.site
    site.clock_error_s = 120
    site.uplink.interface, site.uplink.signal = "wlan0", 4
    site.uplink.dhcp = site.uplink.cloud = site.uplink.up_to_date = False
    site.limits.production_pct, site.limits.export_w = 70, 5000.0

    await looked_at()

    said = {
        "envoy_software": "D7.6.175",
        "network_interface": "wifi",
        "address_kind": "static",
        "network_signal": "80",
        "cloud_connected": "off",
        "update_pending": "on",
        "devices_heard": "15",
        "inverters_heard": "15",
        "communication_level": "5",
        "inverter_communication_level": "5",
        "tariff": "single_rate",
        "active_inverter_count": "15",
        "production_limit": "70",
        "production_limit_enabled": "on",
        "export_limit": "5000",
        "export_limit_share": "unknown",
        "export_limit_enabled": "on",
        "token_type": "owner",
        "clock_drift": "120",
    }
    assert {key: shown(hass, simulator, key) for key in said} == said


@METERED
async def test_export_limit_may_be_a_share(hass, simulator, looked_at):
    simulator.site.limits.export_pct = 60.0

    await looked_at()

    assert shown(hass, simulator, "export_limit_share") == "60"
    assert shown(hass, simulator, "export_limit") == "unknown"


@METERED
async def test_times_are_those_of_the_gateway(hass, simulator, looked_at, entry):
    await looked_at(entry)

    token = entry.runtime_data.coordinator.reader.token
    expires = datetime.fromtimestamp(token.expires_at, UTC).isoformat()
    assert shown(hass, simulator, "token_expires_at") == expires
    reported = datetime.fromisoformat(shown(hass, simulator, "last_cloud_report"))
    assert reported.timestamp() == pytest.approx(simulator.site.now - 120, abs=120)


@BATTERY
async def test_settings_of_the_storage_are_shown(hass, simulator, looked_at):
    site = simulator.site
    site.storage_mode, site.reserve_pct = "economy", 35.0
    site.charge_from_grid = site.optimised = True

    await looked_at()

    said = {
        "storage_mode": "savings",
        "configured_reserve_soc": "35",
        "very_low_soc": "10",
        "charge_from_grid": "on",
        "storage_optimised": "on",
        "battery_communication_level_2_4_ghz": "5",
        "battery_communication_level_sub_ghz": "4",
    }
    assert {key: shown(hass, simulator, key) for key in said} == said


@BATTERY
async def test_changed_settings_are_seen_within_ten_minutes(hass, freezer, simulator, looked_at):
    await looked_at()
    simulator.site.storage_mode = "backup"

    for _ in range(10):
        await pass_time(hass, freezer, simulator, 60)

    assert shown(hass, simulator, "storage_mode") == "backup"


@pytest.mark.parametrize("simulator", ["pc_d7_installer"], indirect=True)
async def test_installer_is_shown_more(hass, simulator, looked_at):
    simulator.site.limits.dynamic_w, simulator.site.limits.dynamic_export = 3000.0, False
    simulator.site.grid_profile = "EN 50549-1:1.2"

    await looked_at(entry_for(simulator, token=simulator.token("installer")))

    said = {
        "dpel_enabled": "on",
        "dpel_limit": "3000",
        "dpel_mode": "production",
        "grid_profile": "EN 50549-1:1.2",
        "polling_interval": "300",
        "token_type": "installer",
    }
    assert {key: shown(hass, simulator, key) for key in said} == said


@METERED
async def test_what_the_gateway_does_not_say_has_no_entity(hass, simulator, looked_at):
    await looked_at()

    unsaid = {"dpel_limit", "dpel_enabled", "grid_profile", "polling_interval", "storage_mode"}
    assert [key for key in unsaid if shown(hass, simulator, key)] == []


@pytest.mark.parametrize("simulator", ["p0_r37_html"], indirect=True)
async def test_oldest_gateway_shows_how_many_inverters_report(hass, simulator, looked_at):
    await looked_at()

    assert shown(hass, simulator, "active_inverter_count") == "34"


@pytest.mark.parametrize("simulator", ["p_d5_standard"], indirect=True)
async def test_gateway_before_tokens_has_neither_token_nor_limits(hass, simulator, looked_at):
    await looked_at()

    unsaid = {"token_type", "token_expires_at", "production_limit", "export_limit_enabled"}
    assert [key for key in unsaid if shown(hass, simulator, key)] == []


@METERED
async def test_all_is_off_at_first(hass, freezer, simulator, entry):
    await set_up(hass, entry)

    for _ in range(2):
        await pass_time(hass, freezer, simulator, 60)

    assert {key for key in ROWS if shown(hass, simulator, key)} == set()


@METERED
async def test_pages_that_nobody_looks_at_are_asked_once(hass, freezer, simulator, entry):
    await set_up(hass, entry)

    for _ in range(40):
        await pass_time(hass, freezer, simulator, 60)

    asked = [request.path for request in simulator.ledger]
    pages = ("/home", "/ivp/sc/pvlimit", "/ivp/ss/pel_settings")
    assert [asked.count(page) for page in pages] == [1, 1, 1]


@METERED
@pytest.mark.dirty_log
async def test_page_that_fails_costs_its_own_entities(hass, freezer, simulator, looked_at):
    await looked_at()
    simulator.faults["/ivp/sc/pvlimit"] = Status(500)

    for _ in range(50):
        await pass_time(hass, freezer, simulator, 60)

    assert shown(hass, simulator, "production_limit") == "unavailable"
    assert shown(hass, simulator, "export_limit_enabled") == "off"


@METERED
async def test_states_of_our_own_work_are_written_every_quarter_of_an_hour(
    hass, freezer, simulator, looked_at
):
    await looked_at()
    written = writes(hass, simulator, "requests_per_hour")

    for _ in range(60):
        await pass_time(hass, freezer, simulator, 60)

    assert 1 <= len(written) <= 4


@METERED
async def test_clock_that_is_right_is_not_written_at_every_poll(
    hass, freezer, simulator, looked_at
):
    await looked_at()
    written = writes(hass, simulator, "clock_drift")

    for _ in range(10):
        await pass_time(hass, freezer, simulator, 60)

    assert written == []
    assert word(hass, simulator, "clock_drift") == "0"


@METERED
async def test_history_of_the_variant_for_installers_goes_on(hass, simulator, entry):
    entry.add_to_hass(hass)
    former = er.async_get(hass).async_get_or_create(
        "sensor", DOMAIN, f"{simulator.serial}_envoy_software", config_entry=entry
    )

    await set_up(hass, entry)

    assert hass.states.get(former.entity_id).state == "D7.6.175"


@METERED
async def test_apparent_power_is_that_of_the_clamp(hass, simulator, looked_at):
    await looked_at()

    # The house of the simulator has no reactive power.
    apparent = float(word(hass, simulator, "production_ct_apparent_power"))
    assert apparent == pytest.approx(simulator.site.production.power_w, rel=0.05)
