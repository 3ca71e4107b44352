"""What is known of the gateway itself, from its pages and without any."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from custom_components.enphase_envoy.envoy_reader import GatewayProfile, Section, Snapshot
from custom_components.enphase_envoy.envoy_reader.known.detect import detect
from custom_components.enphase_envoy.envoy_reader.pages.endpoints import (
    DYNAMIC_LIMIT,
    ENSEMBLE_INVENTORY,
    EXPORT_LIMIT,
    GRID_PROFILE,
    HOME,
    HOME_JSON,
    LEGACY_HOME,
    POLLING,
    PRODUCTION_JSON,
    PRODUCTION_LIMIT,
    TARIFF,
)
from custom_components.enphase_envoy.envoy_reader.pages.typed import Endpoint, Pages
from custom_components.enphase_envoy.envoy_reader.parsers.ensemble_inventory import Ensemble
from custom_components.enphase_envoy.envoy_reader.parsers.home import Home
from custom_components.enphase_envoy.envoy_reader.parsers.production_json import (
    InverterSum,
    ProductionJson,
)
from custom_components.enphase_envoy.envoy_reader.status import (
    DynamicLimit,
    ExportLimit,
    GatewayStatus,
    ProductionLimit,
    StorageSettings,
    Surroundings,
    TokenStatus,
)
from custom_components.enphase_envoy.envoy_reader.workload import Workload

from .evidence import assembled, feeders_of, pages

SURROUNDINGS = Surroundings(cloud_connected=True)
COUNTED = ProductionJson(inverters=InverterSum(active_count=7))
HOUR = 3600


def detected(known: Pages) -> GatewayProfile:
    """Return what the gateway is and has."""
    profile = detect(known)
    assert profile
    return profile


def fed(*said: Any, lacking: tuple[Endpoint[Any], ...] = ()) -> Mapping[Section, tuple[str, ...]]:
    """Return which pages feed the sections of a gateway."""
    known = pages(*said, lacking=lacking)
    return feeders_of(detected(known), known)


def told(*said: Any) -> Snapshot:
    """Return what the pages make of a snapshot."""
    known = pages(*said)
    return assembled(detected(known), known)


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ((HOME, Home()), {Section.NETWORK}),
        ((HOME_JSON, Home()), {Section.NETWORK}),
        (
            (HOME, Home(surroundings=Surroundings(up_to_date=False))),
            {Section.NETWORK},
        ),
        ((TARIFF, StorageSettings()), {Section.STORAGE_SETTINGS}),
        ((PRODUCTION_LIMIT, ProductionLimit()), {Section.PRODUCTION_LIMIT}),
        ((EXPORT_LIMIT, ExportLimit()), {Section.EXPORT_LIMIT}),
        ((DYNAMIC_LIMIT, DynamicLimit()), {Section.DYNAMIC_LIMIT}),
        ((GRID_PROFILE, "EN"), {Section.GRID_PROFILE}),
        ((ENSEMBLE_INVENTORY, Ensemble(grid_profile="EN")), {Section.GRID_PROFILE}),
        ((ENSEMBLE_INVENTORY, Ensemble()), set()),
        ((POLLING, 900.0), {Section.POLLING}),
        ((LEGACY_HOME, 0), {Section.ACTIVE_COUNT}),
        ((PRODUCTION_JSON, COUNTED), {Section.ACTIVE_COUNT}),
        ((PRODUCTION_JSON, ProductionJson(inverters=InverterSum())), set()),
        ((PRODUCTION_JSON, ProductionJson()), set()),
    ],
)
def test_section_with_one_figure_is_there_where_a_page_has_the_figure(said, found):
    assert detected(pages(said)).shown == found


def test_gateway_that_says_nothing_of_itself_has_no_such_section():
    assert not detected(pages()).shown


@pytest.mark.parametrize(("up_to_date", "tells"), [(None, False), (False, True), (True, True)])
def test_few_gateways_say_whether_they_are_up_to_date(up_to_date, tells):
    home = Home(surroundings=Surroundings(up_to_date=up_to_date))

    assert detected(pages((HOME, home))).tells_updates is tells


def test_pages_fill_the_status():
    found = told(
        (HOME, Home(surroundings=SURROUNDINGS)),
        (PRODUCTION_LIMIT, ProductionLimit(limit_pct=50)),
        (EXPORT_LIMIT, ExportLimit(enabled=False)),
        (DYNAMIC_LIMIT, DynamicLimit(limit_w=50)),
        (POLLING, 900.0),
        (PRODUCTION_JSON, COUNTED),
    )

    assert found.gateway == GatewayStatus(
        surroundings=SURROUNDINGS,
        production_limit=ProductionLimit(limit_pct=50),
        export_limit=ExportLimit(enabled=False),
        dynamic_limit=DynamicLimit(limit_w=50),
        polling_interval_s=900,
        active_inverters=7,
    )


def test_grid_profile_is_that_of_the_page_for_installers():
    found = told((GRID_PROFILE, "new"), (ENSEMBLE_INVENTORY, Ensemble(grid_profile="old")))

    assert found.gateway.grid_profile == "new"


def test_old_gateway_counts_its_inverters_on_its_web_page():
    assert told((LEGACY_HOME, 31)).gateway.active_inverters == 31


def test_storage_settings_are_those_of_the_tariff():
    settings = StorageSettings(reserve_pct=20)

    assert told((TARIFF, settings)).storage == settings


@pytest.mark.parametrize(
    ("section", "said", "path"),
    [
        (Section.NETWORK, (HOME, Home()), HOME.path),
        (Section.STORAGE_SETTINGS, (TARIFF, StorageSettings()), TARIFF.path),
        (Section.PRODUCTION_LIMIT, (PRODUCTION_LIMIT, ProductionLimit()), PRODUCTION_LIMIT.path),
        (Section.EXPORT_LIMIT, (EXPORT_LIMIT, ExportLimit()), EXPORT_LIMIT.path),
        (Section.DYNAMIC_LIMIT, (DYNAMIC_LIMIT, DynamicLimit()), DYNAMIC_LIMIT.path),
        (Section.GRID_PROFILE, (GRID_PROFILE, "EN"), GRID_PROFILE.path),
        (
            Section.GRID_PROFILE,
            (ENSEMBLE_INVENTORY, Ensemble(grid_profile="EN")),
            ENSEMBLE_INVENTORY.path,
        ),
        (Section.POLLING, (POLLING, 900.0), POLLING.path),
        (Section.ACTIVE_COUNT, (LEGACY_HOME, 0), LEGACY_HOME.path),
        (Section.ACTIVE_COUNT, (PRODUCTION_JSON, COUNTED), PRODUCTION_JSON.path),
    ],
)
def test_each_section_is_fed_by_its_page(section, said, path):
    assert fed(said)[section] == (path,)


def test_network_is_fed_by_the_twin_where_the_page_is_lacking():
    assert fed((HOME_JSON, Home()), lacking=(HOME,))[Section.NETWORK] == (HOME_JSON.path,)


def test_what_the_gateway_does_not_say_has_no_feeder():
    assert not {Section.STORAGE_SETTINGS, Section.POLLING, Section.NETWORK} & fed().keys()


# --- how much work it has with us -------------------------------------------------------------


def noted(*marks: tuple[float, int, float]) -> Workload:
    """Return the averages after these times, requests and busy seconds so far."""
    workload = Workload()
    for mark in marks:
        workload.note(*mark)
    return workload


def test_workload_is_unknown_at_first():
    assert noted((0, 5, 2.0), (600, 20, 9.0)).requests_per_hour is None


def test_workload_of_a_reader_that_never_read_is_unknown():
    assert noted().busy_pct is None


def test_requests_are_those_of_an_hour():
    assert noted((0, 5, 0), (900, 35, 0)).requests_per_hour == 120


def test_busy_time_is_a_share():
    assert noted((0, 0, 1.0), (900, 0, 10.0)).busy_pct == 1


def test_workload_holds_for_a_quarter_of_an_hour():
    assert noted((0, 0, 0), (900, 30, 0), (1799, 900, 0)).requests_per_hour == 120


def test_what_was_before_the_last_hour_does_not_count():
    marks = [(900 * step, 100 * min(step, 1), 0) for step in range(6)]

    assert noted(*marks).requests_per_hour == 0


def test_workload_begins_anew_when_the_clock_is_set_back():
    assert noted((HOUR, 10, 0), (2 * HOUR, 20, 0), (0, 30, 0)).requests_per_hour is None


# --- without any page ---------------------------------------------------------------------------


async def test_clock_that_is_right_does_not_drift(visit):
    site = await visit("pc_d7_one_phase")

    snapshot = await site.reader.read()

    assert snapshot.gateway.clock_drift_s == pytest.approx(0, abs=1)


async def test_clock_that_is_ahead_is_told(visit):
    site = await visit("pc_d7_one_phase")
    site.simulator.site.clock_error_s = 300

    snapshot = await site.reader.read()

    assert snapshot.gateway.clock_drift_s == pytest.approx(300, abs=1)


async def test_gateway_that_tells_no_time_does_not_drift(visit):
    site = await visit("p0_r37_html")

    snapshot = await site.reader.read()

    assert snapshot.gateway.clock_drift_s is None


async def test_drift_is_not_judged_by_a_remembered_page(visit):
    site = await visit("pc_d7_one_phase")
    await site.reader.read()
    site.restart()

    assert site.reader.remembered().gateway.clock_drift_s is None


async def test_token_says_its_kind_and_end(visit):
    site = await visit("pc_d7_one_phase")

    snapshot = await site.reader.read()

    token = site.reader.token
    assert snapshot.gateway.token == TokenStatus(
        kind="owner", expires_at=datetime.fromtimestamp(token.expires_at, UTC)
    )


async def test_gateway_without_tokens_has_none(visit):
    site = await visit("p_d5_standard")

    snapshot = await site.reader.read()

    assert snapshot.gateway.token is None


async def test_requests_of_an_hour_are_those_that_the_gateway_saw(visit):
    site = await visit("pc_d7_one_phase")
    for _ in range(5):
        await site.after(60)
    begin = len(site.simulator.ledger)

    for _ in range(15 + 60):
        snapshot = await site.after(60)

    assert snapshot.gateway.requests_per_hour == pytest.approx(
        len(site.simulator.ledger[begin:]) / 75 * 60, rel=0.1
    )


async def test_installer_sees_more_of_the_gateway(visit):
    site = await visit("pc_d7_installer")
    await site.reader.read()

    snapshot = await site.after(60)

    assert {Section.DYNAMIC_LIMIT, Section.GRID_PROFILE, Section.POLLING} <= (
        snapshot.profile.shown
    )


async def test_owner_does_not_ask_the_pages_of_installers(visit):
    site = await visit("pc_d7_three_phase")
    await site.reader.read()

    await site.after(60)

    assert not {DYNAMIC_LIMIT.path, GRID_PROFILE.path, POLLING.path} & set(site.asked())


async def test_home_page_is_asked_once_a_day_while_nobody_looks(visit):
    site = await visit("pc_d7_one_phase")
    await site.reader.read({Section.PRODUCTION})
    begin = len(site.simulator.ledger)

    for _ in range(24):
        site.simulator.site.advance(HOUR)
        await site.reader.read({Section.PRODUCTION})

    assert site.asked(begin).count("/home") == 1


async def test_site_without_batteries_has_no_storage_settings(visit):
    site = await visit("pc_d7_three_phase")
    await site.reader.read()

    snapshot = await site.after(60)

    assert snapshot.storage is None
    assert TARIFF.path not in site.asked()
