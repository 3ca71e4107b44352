"""Each mistake of a firmware shows, and only where it should."""

import json
from dataclasses import replace

import pytest

from tests.simulator import SCENARIOS, Quirk
from tests.simulator.pages import View, find, render
from tests.simulator.scenarios import WRAP_WH

# 2026-06-10 11:02 UTC: an even minute, in the middle of the day.
NOON = 1_781_089_320.0
HOUR = 3600
DETAILS = "details=1"


def view(name, *quirks, query=""):
    scenario = SCENARIOS[name]
    firmware = replace(scenario.firmware, quirks=frozenset(quirks))
    return View(scenario.site(NOON, 13.0 * HOUR), firmware, query=query)


def show(seen, path):
    page = find(seen.firmware, path)
    assert page
    return json.loads(render(page, replace(seen, path=path)).body)


def row(seen, part, kind):
    rows = show(seen, "/production.json")[part]
    return next(row for row in rows if row.get("measurementType", row["type"]) == kind)


def readings(seen):
    return {meter["eid"]: meter for meter in show(seen, "/ivp/meters/readings")}


def inverter_sum(seen):
    return sum(inverter.report.lifetime_wh for inverter in seen.site.inverters.values())


def test_the_sum_of_inverters_wraps():
    seen = view("p_d7_standard", Quirk.INVERTER_SUM_WRAPS)

    shown = row(seen, "production", "inverters")["whLifetime"]

    assert shown == pytest.approx(inverter_sum(seen) % WRAP_WH, abs=2)
    assert show(seen, "/api/v1/production")["wattHoursLifetime"] == int(inverter_sum(seen))


def test_each_inverter_wraps():
    seen = view("pc_d83_device_data", Quirk.EACH_INVERTER_WRAPS)

    shown = row(seen, "production", "inverters")["whLifetime"]

    assert shown == pytest.approx(inverter_sum(seen) - WRAP_WH, abs=2)


def test_a_second_inverter_wraps_soon():
    seen = view("pc_d83_device_data", Quirk.EACH_INVERTER_WRAPS)
    before = row(seen, "production", "inverters")["whLifetime"]

    seen.site.advance(HOUR)

    assert row(seen, "production", "inverters")["whLifetime"] < before - 1_000_000


def test_the_sum_without_clamps_wraps_soon():
    seen = view("pc_d7_no_cts", Quirk.INVERTER_SUM_WRAPS)
    before = row(seen, "production", "inverters")["whLifetime"]

    seen.site.advance(HOUR)

    assert before > 1_150_000
    assert row(seen, "production", "inverters")["whLifetime"] < 50_000


def test_without_the_quirk_nothing_wraps():
    seen = view("p_d7_standard")

    assert row(seen, "production", "inverters")["whLifetime"] == int(inverter_sum(seen))


@pytest.mark.parametrize("quirk", [Quirk.V1_ZERO_ENERGY, Quirk.V1_ALL_ZERO])
def test_v1_shows_zeros(quirk):
    figures = show(view("pc_d7_no_cts", quirk), "/api/v1/production")

    energies = {value for key, value in figures.items() if key != "wattsNow"}
    assert energies == {0}
    assert (figures["wattsNow"] == 0) is (quirk is Quirk.V1_ALL_ZERO)


def test_v1_stalls():
    seen = view("pc_d7_no_cts", Quirk.V1_STALLED)
    before = show(seen, "/api/v1/production")

    seen.site.advance(HOUR)

    assert show(seen, "/api/v1/production") == before
    assert 0 < before["wattHoursLifetime"] < 10_000


def test_today_is_the_lifetime():
    shown = row(view("pc_d7_one_phase", Quirk.TODAY_IS_LIFETIME), "production", "production")

    assert shown["whToday"] == shown["whLastSevenDays"] == shown["whLifetime"]


def test_the_week_is_the_lifetime_without_today():
    quirk = Quirk.WEEK_IS_LIFETIME_LESS_TODAY
    shown = row(view("pc_d7_one_phase", quirk), "production", "production")

    assert shown["whLastSevenDays"] == pytest.approx(shown["whLifetime"] - shown["whToday"])


def test_consumption_today_is_zero():
    seen = view("pc_d7_one_phase", Quirk.CONSUMPTION_TODAY_ZERO)

    shown = row(seen, "consumption", "total-consumption")

    assert (shown["whToday"], shown["whLastSevenDays"]) == (0, 0)
    assert row(seen, "production", "production")["whToday"] > 0


def test_lines_of_today_are_zero():
    seen = view("pc_d7_three_phase", Quirk.PHASE_TODAY_ZERO, query=DETAILS)

    shown = row(seen, "consumption", "total-consumption")

    assert [line["whToday"] for line in shown["lines"]] == [0, 0, 0]
    assert shown["whToday"] > 0
    assert all(line["whToday"] for line in row(seen, "production", "production")["lines"])


def test_the_week_is_less_than_today():
    seen = view("pc_d7_one_phase", Quirk.CONSUMPTION_WEEK_TINY)

    shown = row(seen, "consumption", "total-consumption")

    assert 0 < shown["whLastSevenDays"] < shown["whToday"]


def test_today_holds_a_phantom_channel():
    seen = view("pc_d7_three_phase", Quirk.CONSUMPTION_TODAY_PHANTOM, query=DETAILS)

    shown = row(seen, "consumption", "total-consumption")

    assert shown["whToday"] > 1.5 * sum(line["whToday"] for line in shown["lines"])


def test_today_resets_late():
    seen = view("pc_d7_one_phase", Quirk.TODAY_RESETS_LATE)
    site = seen.site
    site.advance(site.last_midnight + 86400 + 5 * 60 - site.now)
    early = row(seen, "consumption", "total-consumption")["whToday"]

    site.advance(7 * 60)

    assert early > 1000
    assert row(seen, "consumption", "total-consumption")["whToday"] < 1000


def test_today_underflows():
    shown = row(view("pc_d7_one_phase", Quirk.TODAY_UNDERFLOWS), "production", "production")

    assert shown["whToday"] > 4_000_000_000


def test_a_phantom_meter_is_all_zero():
    phantom = readings(view("pc_d7_one_phase", Quirk.PHANTOM_METER))[1023410688]

    figures = [
        value for key, value in phantom.items() if key not in {"eid", "timestamp", "channels"}
    ]
    assert set(figures) == {0}


def test_the_total_is_overwritten_by_net():
    seen = view("pc_d7_total_ct", Quirk.TOTAL_IS_NET)

    total, net = (
        row(seen, "consumption", kind) for kind in ("total-consumption", "net-consumption")
    )

    assert total | {"measurementType": ""} == net | {"measurementType": ""}
    assert readings(seen)[704643584]["actEnergyDlvd"] == pytest.approx(
        seen.site.consumption.lifetime_wh, abs=0.01
    )


def test_the_clamp_is_inactive_every_other_minute():
    seen = view("pc_d7_one_phase", Quirk.ACTIVE_COUNT_FLIPS)
    counts = []

    for _ in range(4):
        counts.append(row(seen, "production", "production")["activeCount"])
        seen.site.advance(60)

    assert counts == [1, 0, 1, 0]


def test_one_storage_phase_drops_every_other_minute():
    seen = view("pc_d8_split_storage_ct", Quirk.STORAGE_PHASE_DROPS)
    whole = readings(seen)[704643840]

    seen.site.advance(60)
    dropped = readings(seen)[704643840]

    assert whole["actEnergyDlvd"] == pytest.approx(seen.site.discharged_wh, rel=1e-3)
    assert dropped["channels"][1]["actEnergyRcvd"] == 0
    assert dropped["actEnergyDlvd"] == dropped["channels"][0]["actEnergyDlvd"]


def test_the_inverter_list_is_empty_for_a_minute_of_the_night():
    seen = view("pc_d7_one_phase", Quirk.INVERTERS_VANISH_AT_NIGHT)
    site = seen.site
    site.advance(14_400 * 2 - site.now % 14_400 + 14_400)
    empty = show(seen, "/api/v1/production/inverters")

    site.advance(60)

    assert not site.is_day
    assert empty == []
    assert len(show(seen, "/api/v1/production/inverters")) == 12


def test_device_data_lack_a_date_at_night():
    seen = view("pc_d83_device_data", Quirk.NO_END_DATE_AT_NIGHT)
    by_day = show(seen, "/ivp/pdm/device_data")["553648384"]["channels"][0]["lastReading"]

    seen.site.advance(12 * HOUR)

    at_night = show(seen, "/ivp/pdm/device_data")["553648384"]["channels"][0]["lastReading"]
    assert by_day.keys() - at_night.keys() == {"endDate"}


def test_there_are_three_lines_for_two_phases():
    seen = view("pc_d83_collar", Quirk.THREE_LINES, query=DETAILS)

    lines = row(seen, "production", "production")["lines"]

    assert len(lines) == 3
    assert set(lines[2].values()) == {0}


def test_power_factors_are_added_up():
    seen = view("pc_d83_collar", Quirk.POWER_FACTOR_SUMS)

    assert row(seen, "production", "production")["pwrFactor"] > 1
    assert readings(seen)[704643328]["pwrFactor"] > 1


def test_a_gateway_without_meters_lists_zeros():
    (row_of_zeros,) = show(view("p_d7_standard", Quirk.ZERO_METERS), "/ivp/meters/readings")

    assert row_of_zeros["actEnergyDlvd"] == 0
