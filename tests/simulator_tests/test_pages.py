"""Each page is what it should be in form, and agrees with the truth in figures."""

import json
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from tests.simulator import SCENARIOS, Quirk, Simulator

THREE = "pc_d7_three_phase"
SPLIT = "pc_d8_split_storage_ct"
STANDARD = "p_d7_standard"
DETAILS = "/production.json?details=1"


@pytest.fixture
def page(simulator):
    """Return a function that makes a page of this moment."""

    def make(target):
        return json.loads(simulator.capture()[target])

    return make


def simulators(*names):
    return pytest.mark.parametrize("scenario", names)


def rows_of(page, part):
    return {row.get("measurementType", row["type"]): row for row in page[part]}


def by_id(rows):
    return {row["eid"]: row for row in rows}


async def test_info_tells_serial_and_firmware(simulator):
    info = ET.fromstring(simulator.capture()["/info"])  # noqa: S314 - our own

    assert info.findtext("device/sn") == simulator.serial
    assert info.findtext("device/software") == "D7.6.175"
    assert info.findtext("web-tokens") == "true"
    assert info.findtext("device/imeter") == "true"


@simulators("p_d318_closing")
async def test_old_info_says_nothing_of_meters_and_tokens(simulator):
    info = ET.fromstring(simulator.capture()["/info"])  # noqa: S314 - our own

    assert info.find("device/imeter") is None
    assert info.find("web-tokens") is None


@simulators("p0_r37_html")
async def test_the_oldest_info_is_a_page_for_people(simulator):
    assert f"Envoy Serial Number: {simulator.serial}" in simulator.capture()["/info"].decode()


@simulators("p0_r37_html")
async def test_html_production_has_three_digits(simulator):
    text = simulator.capture()["/production"].decode()

    assert "<tr><td>Since Installation</td>    <td>  133 MWh</td></tr>" in text


@simulators("p0_d37_xml")
async def test_html_production_speaks_the_language_of_the_unit(client):
    own = await client.get("/production")
    english = await client.get("/production?locale=en")

    assert "Actuellement" in own.text
    assert "Currently" in english.text


@simulators("p0_r37_html")
async def test_html_shows_what_inverters_reported(simulator):
    for inverter in simulator.site.inverters.values():
        inverter.power_override_w = 100.0
    simulator.site.advance(900)

    assert "<td> 3.40 kW</td>" in simulator.capture()["/production"].decode()


@simulators(STANDARD, "p_d5_standard", "p_r39_digest")
async def test_v1_of_a_standard_gateway_is_the_sum_of_the_reports(simulator, page):
    inverters = simulator.site.inverters.values()

    v1 = page("/api/v1/production")

    assert v1 == {
        "wattHoursToday": int(sum(inverter.reported_today_wh for inverter in inverters)),
        "wattHoursSevenDays": int(sum(inverter.reported_seven_days_wh for inverter in inverters)),
        "wattHoursLifetime": int(sum(inverter.report.lifetime_wh for inverter in inverters)),
        "wattsNow": int(sum(inverter.report.power_w for inverter in inverters)),
    }


async def test_v1_of_a_metered_gateway_lags_behind(simulator, page):
    production = simulator.site.production
    simulator.site.advance(300 - simulator.site.now % 300)
    exact = int(production.lifetime_wh)

    simulator.site.advance(299)

    assert page("/api/v1/production")["wattHoursLifetime"] == exact
    assert production.lifetime_wh > exact + 1


async def test_the_list_of_inverters_is_what_they_reported(simulator, page):
    rows = page("/api/v1/production/inverters")

    assert [
        (row["serialNumber"], row["lastReportWatts"], row["lastReportDate"]) for row in rows
    ] == [
        (inverter.serial, round(inverter.report.power_w), int(inverter.report.at))
        for inverter in simulator.site.inverters.values()
    ]


@simulators("p_r39_digest")
async def test_old_firmware_does_not_name_the_type_of_a_device(page):
    assert all("devType" not in row for row in page("/api/v1/production/inverters"))


@simulators("pc_d7_acb")
async def test_ac_batteries_stand_among_the_inverters(simulator, page):
    rows = page("/api/v1/production/inverters")

    batteries = [row["serialNumber"] for row in rows if row["devType"] == 11]
    assert batteries == list(simulator.site.ac_batteries)


@simulators("pc_d7_one_phase", THREE, SPLIT, "pc_d5_metered")
async def test_production_json_shows_production(simulator, page):
    truth = simulator.site.production

    row = rows_of(page("/production.json"), "production")["production"]

    assert row["wNow"] == pytest.approx(truth.power_w, abs=0.01)
    assert row["whLifetime"] == pytest.approx(truth.lifetime_wh, abs=0.01)
    assert row["whToday"] == pytest.approx(truth.today_wh, abs=simulator.site.plan.phases)


@simulators("pc_d7_one_phase", THREE, SPLIT, "pc_d5_metered", "pc_d7_total_ct")
async def test_production_json_shows_consumption_as_production_and_net(simulator, page):
    truth = simulator.site.consumption

    row = rows_of(page("/production.json"), "consumption")["total-consumption"]

    assert row["wNow"] == pytest.approx(truth.power_w, abs=0.01)
    assert row["whLifetime"] == pytest.approx(truth.lifetime_wh, abs=0.01)


async def test_net_is_import_less_export(simulator, page):
    site = simulator.site

    row = rows_of(page("/production.json"), "consumption")["net-consumption"]

    assert row["whLifetime"] == pytest.approx(site.imported_wh - site.exported_wh, abs=0.01)
    assert row["whToday"] == 0


async def test_daily_figures_share_the_fraction_of_the_lifetime(page):
    row = rows_of(page("/production.json?details=1"), "production")["production"]["lines"][0]

    fractions = {round(row[key] % 1, 3) for key in ("whLifetime", "whToday", "whLastSevenDays")}
    assert len(fractions) == 1


async def test_lines_come_only_with_details(page):
    without = rows_of(page("/production.json"), "production")["production"]
    with_them = rows_of(page(DETAILS), "production")["production"]

    assert "lines" not in without
    assert len(with_them["lines"]) == 3


async def test_lines_are_the_phases(simulator, page):
    lines = rows_of(page(DETAILS), "consumption")["total-consumption"]["lines"]

    truth = [phase.power_w for phase in simulator.site.consumption.phases]
    assert [line["wNow"] for line in lines] == pytest.approx(truth, abs=0.01)


@simulators(STANDARD)
async def test_a_standard_gateway_has_no_clamps(page):
    production = page("/production.json")

    assert "consumption" not in production
    assert [row["type"] for row in production["production"]] == ["inverters"]
    assert page("/ivp/meters") == []
    assert page("/ivp/meters/readings") == []


@simulators("pc_d7_no_cts")
async def test_disabled_clamps_show_left_overs(page):
    row = rows_of(page("/production.json"), "production")["production"]

    assert row["activeCount"] == 0
    assert row["whToday"] == 0
    assert {meter["state"] for meter in page("/ivp/meters")} == {"disabled"}


@simulators("pc_d7_one_phase", THREE, SPLIT)
async def test_meters_tell_the_phases(simulator, page):
    counts = {meter["phaseCount"] for meter in page("/ivp/meters")}

    assert counts == {simulator.site.plan.phases}


@simulators("pc_d7_one_phase", THREE, SPLIT)
async def test_readings_carry_the_registers(simulator, page):
    site = simulator.site

    rows = by_id(page("/ivp/meters/readings"))

    production, net = rows[704643328], rows[704643584]
    assert production["actEnergyDlvd"] == pytest.approx(site.production.lifetime_wh, abs=0.01)
    assert net["actEnergyDlvd"] == pytest.approx(site.imported_wh, abs=0.01)
    assert net["actEnergyRcvd"] == pytest.approx(site.exported_wh, abs=0.01)
    assert net["activePower"] == pytest.approx(site.grid.power_w, abs=0.01)


@simulators("pc_d7_total_ct")
async def test_a_clamp_on_the_load_reads_the_load(simulator, page):
    row = by_id(page("/ivp/meters/readings"))[704643584]

    assert row["activePower"] == pytest.approx(simulator.site.load.power_w, abs=0.01)


@simulators(SPLIT)
async def test_a_clamp_on_the_storage_counts_both_ways(simulator, page):
    row = by_id(page("/ivp/meters/readings"))[704643840]

    assert row["actEnergyDlvd"] == pytest.approx(simulator.site.discharged_wh, abs=0.01)
    assert row["actEnergyRcvd"] == pytest.approx(simulator.site.charged_wh, abs=0.01)
    assert row["activePower"] == pytest.approx(simulator.site.storage.power_w, abs=0.01)


@simulators("pc_d7_one_phase", SPLIT)
async def test_readings_always_have_three_channels(page):
    assert {len(row["channels"]) for row in page("/ivp/meters/readings")} == {3}


async def test_one_reading_can_be_asked_for(page):
    assert page("/ivp/meters/readings/704643584")["eid"] == 704643584


async def test_voltage_of_three_phases_is_their_sum(page):
    assert by_id(page("/ivp/meters/readings"))[704643328]["voltage"] == pytest.approx(693, abs=10)


async def test_reports_name_their_kind(simulator, page):
    rows = {row["reportType"]: row["cumulative"] for row in page("/ivp/meters/reports")}
    site = simulator.site

    assert rows["total-consumption"]["currW"] == pytest.approx(site.consumption.power_w, abs=0.01)
    assert rows["net-consumption"]["whDlvdCum"] == pytest.approx(
        site.imported_wh - site.exported_wh, abs=0.01
    )


@simulators(STANDARD)
async def test_reports_upset_a_gateway_without_meters(client):
    assert (await client.get("/ivp/meters/reports")).status_code == 500


@simulators("pc_d83_generator")
async def test_the_compact_readings_agree(simulator, page):
    (grid,), (pv,) = page("/ivp/meters/gridReading"), page("/ivp/meters/pvReading")

    assert sum(channel["activePower"] for channel in grid["channels"]) == pytest.approx(
        simulator.site.grid.power_w, abs=0.01
    )
    assert sum(channel["activePower"] for channel in pv["channels"]) == pytest.approx(
        simulator.site.production.power_w, abs=0.01
    )


async def test_pdm_energy_counts_the_inverters_whole(simulator, page):
    pcu = page("/ivp/pdm/energy")["production"]["pcu"]

    truth = sum(inverter.report.lifetime_wh for inverter in simulator.site.inverters.values())
    assert pcu["wattHoursLifetime"] == int(truth)


async def test_pdm_energy_is_for_installers_on_firmware_7(client, simulator):
    response = await client.get("/ivp/pdm/energy", token=simulator.token("owner"))

    assert response.status_code == 401


@simulators("pc_d83_generator")
async def test_pdm_energy_is_for_owners_later(client, simulator):
    response = await client.get("/ivp/pdm/energy", token=simulator.token("owner"))

    assert response.status_code == 200


@simulators("pc_d83_device_data")
async def test_device_data_count_in_joules(simulator, page):
    devices = page("/ivp/pdm/device_data")
    inverter = next(iter(simulator.site.inverters.values()))

    (channel,) = devices["553648384"]["channels"]

    assert channel["lifetime"]["joulesProduced"] == int(inverter.report.lifetime_wh * 3600)
    assert channel["lastReading"]["endDate"] == int(inverter.report.at)
    assert channel["wattHours"]["today"] == int(inverter.reported_today_wh)


@simulators("pc_d83_device_data")
async def test_device_data_write_negative_watts_unsigned(simulator, page):
    simulator.site.load_override_w = 0.0
    simulator.site.advance(1800)

    clamp = page("/ivp/pdm/device_data")["704643584"]

    assert clamp["channels"][0]["watts"]["now"] > 2**31
    assert clamp["channels"][0]["lastReading"]["curr_w"] < 0


@simulators("pc_bench_50")
async def test_device_data_end_at_fifty_devices(page):
    devices = page("/ivp/pdm/device_data")

    assert devices["deviceCount"] == devices["deviceDataLimit"] == 50
    assert sum(isinstance(device, dict) for device in devices.values()) == 50


@simulators("pc_d83_device_data")
async def test_device_data_keep_a_removed_inverter(simulator, page):
    next(iter(simulator.site.inverters.values())).removed = True

    device = page("/ivp/pdm/device_data")["553648384"]

    assert device["active"] is False
    assert device["channels"][0]["lastReading"] == {}


async def test_inventory_shows_removed_devices_on_request(simulator, page):
    next(iter(simulator.site.inverters.values())).removed = True

    shown, all_of_them = page("/inventory.json"), page("/inventory.json?deleted=1")

    assert len(shown[0]["devices"]) == 14
    assert len(all_of_them[0]["devices"]) == 15


@simulators(SPLIT)
async def test_batteries_are_in_the_inventory(simulator, page):
    groups = {group["type"]: group["devices"] for group in page("/ivp/ensemble/inventory")}

    assert [row["serial_num"] for row in groups["ENCHARGE"]] == list(simulator.site.batteries)
    assert {row["percentFull"] for row in groups["ENCHARGE"]} == {55}
    assert groups["ENPOWER"][0]["mains_oper_state"] == "closed"


@simulators(SPLIT)
async def test_a_lost_grid_shows(simulator, page):
    simulator.site.grid_connected = False

    groups = {group["type"]: group["devices"] for group in page("/ivp/ensemble/inventory")}

    assert groups["ENPOWER"][0]["mains_oper_state"] == "open"
    assert page("/ivp/ensemble/relay")["mains_oper_state"] == "open"
    assert page("/ivp/livedata/status")["meters"]["main_relay_state"] == 0


@simulators("pc_d83_collar")
async def test_a_collar_tells_the_lost_grid_in_one_word_only(simulator, page):
    simulator.site.grid_connected = False

    groups = {group["type"]: group["devices"] for group in page("/ivp/ensemble/inventory")}

    (collar,) = groups["COLLAR"]
    assert (collar["grid_state"], collar["admin_state_str"]) == ("on_grid", "ENCMN_MDE_OFF_GRID")
    assert groups.keys() >= {"ENCHARGE", "C6 COMBINER CONTROLLER", "C6 RGM"}


@simulators(SPLIT)
async def test_battery_power_stands_under_a_key_with_a_colon(simulator, page):
    rows = page("/ivp/ensemble/power")["devices:"]

    total = sum(row["real_power_mw"] for row in rows)
    assert total == pytest.approx(simulator.site.storage.power_w * 1000, abs=5)


@simulators(SPLIT)
async def test_the_storage_controller_adds_up(simulator, page):
    secctrl = page("/ivp/ensemble/secctrl")

    assert secctrl["Enc_max_available_capacity"] == 25_000
    assert secctrl["ENC_agg_soc"] == int(simulator.site.charge_pct)


async def test_without_batteries_the_battery_pages_are_empty(page):
    assert page("/ivp/ensemble/inventory") == []
    assert page("/ivp/ensemble/power") == {"devices:": []}


@simulators("pc_d7_acb")
async def test_ac_batteries_show_in_production_json(page):
    (storage,) = page("/production.json")["storage"]

    assert (storage["activeCount"], storage["percentFull"]) == (3, 55)


async def test_no_ac_battery_no_percentage(page):
    (storage,) = page("/production.json")["storage"]

    assert "percentFull" not in storage


@simulators(SPLIT)
async def test_live_data_balance(page):
    meters = page("/ivp/livedata/status")["meters"]

    load = sum(meters[part]["agg_p_mw"] for part in ("pv", "storage", "grid"))
    assert meters["load"]["agg_p_mw"] == pytest.approx(load, abs=10)


@simulators(STANDARD)
async def test_live_data_of_a_standard_gateway_are_zero(page):
    assert page("/ivp/livedata/status")["meters"]["pv"]["agg_p_mw"] == 0


async def test_home_tells_the_time_zone(simulator, page):
    home = page("/home.json")

    assert home["timezone"] == "Europe/Amsterdam"
    assert home["current_time"] == simulator.site.local_time.strftime("%H:%M")
    assert "enpower" not in home


@simulators(SPLIT)
async def test_home_of_firmware_7_tells_the_state_of_the_grid(simulator, page):
    simulator.firmware = SCENARIOS[THREE].firmware
    connected = page("/home.json")["enpower"]

    simulator.site.grid_connected = False

    assert connected["grid_status"] == "closed"
    assert page("/home.json")["enpower"]["grid_status"] == "open"


@simulators("pc_d83_generator")
async def test_a_generator_has_a_plate(simulator, page):
    assert page("/ivp/ss/gen_config")["generator_id"] == simulator.site.generator.serial
    assert page("/ivp/ensemble/generator")["present"] == 1


@simulators(SPLIT)
async def test_no_generator_no_plate(page):
    assert page("/ivp/ss/gen_config") == {}
    assert page("/ivp/ensemble/generator")["present"] == 0


async def test_firmware_7_says_that_there_is_a_generator_where_there_is_none(page):
    assert page("/ivp/ss/gen_config") == {}
    assert page("/ivp/ensemble/generator")["present"] == 1


@simulators("pc_d8_q_relays")
@pytest.mark.parametrize("closed", [True, False])
async def test_q_relays_are_on_both_pages_of_devices(simulator, page, closed):
    serial, relay = next(iter(simulator.site.phase_relays.items()))
    relay.closed = closed

    groups = {group["type"]: group["devices"] for group in page("/inventory.json")}
    details = [row for row in page("/ivp/pdm/device_data").values() if isinstance(row, dict)]

    assert (groups["NSRB"][0]["serial_num"], groups["NSRB"][0]["relay"]) == (
        serial,
        "closed" if closed else "open",
    )
    assert [row["sn"] for row in details if row["devName"] == "nsrb"] == list(
        simulator.site.phase_relays
    )


@simulators(SPLIT)
async def test_relay_settings_write_booleans_as_words(page):
    (first, second, *_) = page("/ivp/ss/dry_contact_settings")["dry_contacts"]

    assert (first["override"], second["override"]) == ("true", "false")


@simulators("pc_d7_installer")
async def test_device_status_is_a_table(simulator, page):
    table = page("/ivp/peb/devstatus")["pcu"]

    first = dict(zip(table["fields"], table["values"][0], strict=True))
    inverter = next(iter(simulator.site.inverters.values()))
    assert first["serialNumber"] == inverter.serial
    assert first["acPowerINmW"] == int(inverter.report.power_w * 1000)


@simulators("p_d5_standard")
async def test_firmware_5_has_no_storage_settings(page):
    assert "storage_settings" not in page("/admin/lib/tariff")["tariff"]


@simulators("pc_d42_no_cts")
async def test_firmware_4_shows_live_power_of_clamps_that_do_not_count(page):
    _, eim = page("/production.json")["production"]

    assert (eim["activeCount"], eim["wNow"], eim["whLifetime"]) == (0, 5814.2, 0)
    assert "measurementType" not in eim


@simulators("pc_d70_cookie")
async def test_early_net_reports_count_both_ways(simulator, page):
    rows = {row["reportType"]: row["cumulative"] for row in page("/ivp/meters/reports")}

    net = rows["net-consumption"]
    assert net["whDlvdCum"] == pytest.approx(simulator.site.imported_wh, abs=0.01)
    assert net["whRcvdCum"] == pytest.approx(simulator.site.exported_wh, abs=0.01)


@simulators("pc_d7_installer")
async def test_firmware_7_puts_the_grid_profile_among_the_batteries(page):
    batteries, profile = page("/ivp/ensemble/inventory")

    assert batteries["type"] == "ENCHARGE"
    assert "type" not in profile


@pytest.mark.parametrize(
    ("scenario", "path", "status", "content_type", "start"),
    [
        ("p_d5_standard", "/ivp/ensemble/inventory", 404, "application/json; cha", b'{ "error"'),
        ("p_d5_standard", "/ivp/ss/gen_config", 404, "", b'{ "err"'),
        ("p_d5_standard", "/production", 401, "text/html", b"<html><body><h2>401"),
        ("p_r39_digest", "/production.json", 200, "text/html", b"    <!DOCTYPE"),
        ("p_d318_closing", "/production.json", 200, "application/json", b"    <!DOCTYPE"),
        ("p_d318_closing", "/ivp/meters", 401, "text/plain", b"Error: 401"),
        ("p0_r37_html", "/api/v1/production", 404, "application/json; cha", b'{ "error"'),
        ("pc_d7_three_phase", "/ivp/pdm/device_data", 404, "", b'{ "err"'),
    ],
)
async def test_absent_pages_say_so_in_their_own_way(client, path, status, content_type, start):
    response = await client.get(path)

    assert response.status_code == status
    assert response.headers.get("content-type", "").startswith(content_type)
    assert response.content.startswith(start)


@simulators("pc_d70_cookie")
async def test_an_absent_page_may_say_so_with_status_200(client):
    session = await client.get("/auth/check_jwt")
    cookie = {"Cookie": session.headers["set-cookie"].partition(";")[0]}

    response = await client.get("/ivp/pdm/device_data", headers=cookie)

    assert response.status_code == 200
    assert response.json() == {"error": "404 - Not Found"}


async def test_battery_pages_can_be_denied_without_a_battery(client, simulator):
    simulator.firmware = replace(simulator.firmware, quirks=frozenset({Quirk.ENSEMBLE_DENIED}))

    inventory = await client.get("/ivp/ensemble/inventory")
    power = await client.get("/ivp/ensemble/power")

    assert (inventory.status_code, power.status_code) == (200, 401)


@pytest.mark.parametrize(
    ("scenario", "content_type"),
    [
        ("p0_r37_html", "application/json"),
        ("p_r39_digest", "text/xml"),
        ("pc_d83_device_data", None),
    ],
)
async def test_info_is_announced_in_several_ways(client, content_type):
    response = await client.get("/info")

    assert response.headers.get("content-type") == content_type


async def test_native_pages_have_no_content_type(client):
    response = await client.get("/ivp/meters")

    assert "content-type" not in response.headers


async def test_slow_pages_come_in_chunks(client):
    response = await client.get("/production.json")

    assert response.headers["transfer-encoding"] == "chunked"


# One site for each set of pages: over the wire, others differ in nothing.
GENERATIONS = {scenario.firmware.groups: name for name, scenario in reversed(SCENARIOS.items())}


@pytest.mark.parametrize("scenario", GENERATIONS.values())
async def test_every_page_is_served_as_it_is_made(client, simulator):
    pages = simulator.capture()
    session = await client.get("/auth/check_jwt")
    cookie = {"Cookie": session.headers.get("set-cookie", "").partition(";")[0]}

    served = {target: (await client.get(target, headers=cookie)).content for target in pages}

    assert served == pages


@pytest.mark.parametrize("name", SCENARIOS)
async def test_every_page_holds_what_it_promises(name):
    async with Simulator(name) as simulator:
        pages = simulator.capture()

    for target, body in pages.items():
        if target.startswith("/info"):
            assert simulator.serial.encode() in body
        elif simulator.scenario.model == "P0" or body.lstrip().startswith(b"<"):
            assert b"<table>" in body
        else:
            assert json.loads(body) is not None
