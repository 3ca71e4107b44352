"""Pages that say how the gateway is set up: tariff, limits, grid profile, intervals."""

import pytest

from custom_components.enphase_envoy.envoy_reader.errors import EnvoyAbsentError
from custom_components.enphase_envoy.envoy_reader.parsers import (
    dpel,
    ensemble_inventory,
    grid_profile,
    legacy_home,
    newscan,
    pel_settings,
    pv_limit,
    tariff,
)
from custom_components.enphase_envoy.envoy_reader.status import (
    DynamicLimit,
    DynamicLimitMode,
    ExportLimit,
    ProductionLimit,
    StorageInForce,
    StorageMode,
    StorageSettings,
)

from .documents import (
    DPEL,
    ENSEMBLE_INVENTORY,
    GRID_PROFILE,
    LEGACY_HOME,
    NEWSCAN,
    PEL_SETTINGS,
    PV_LIMIT,
    TARIFF,
    encoded,
)


def storage(**settings: object) -> StorageSettings:
    """Return what the parser makes of these storage settings."""
    found = tariff.parse(encoded({"tariff": {"storage_settings": settings}}))
    assert found
    return found


def test_every_storage_setting():
    assert tariff.parse(encoded(TARIFF)) == StorageSettings(
        mode=StorageMode.SAVINGS,
        reserve_pct=25,
        very_low_pct=10,
        charge_from_grid=True,
        optimised=False,
        active=StorageInForce(mode=StorageMode.SAVINGS, reserve_pct=30, charge_from_grid=True),
    )


@pytest.mark.parametrize(
    ("word", "mode"),
    [
        ("backup", StorageMode.BACKUP),
        ("self-consumption", StorageMode.SELF_CONSUMPTION),
        ("savings-mode", StorageMode.SAVINGS),
        ("economy", StorageMode.SAVINGS),
        ("ai-optimisation", None),
        ("", None),
        (None, None),
        (3, None),
    ],
)
def test_storage_mode(word, mode):
    assert storage(mode=word).mode is mode


@pytest.mark.parametrize("value", [-1, 101, "much", None, []])
def test_reserve_that_is_no_share_costs_itself_only(value):
    settings = storage(reserved_soc=value, very_low_soc=5)

    assert settings == StorageSettings(very_low_pct=5)


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"tariff": {}},
        {"tariff": None},
        {"tariff": {"single_rate": {"rate": 0.2}}},
        {"tariff": {"storage_settings": {}}},
        {"tariff": {"storage_settings": "none"}},
    ],
)
def test_tariff_without_storage_settings(document):
    assert tariff.parse(encoded(document)) is None


def test_production_limit():
    assert pv_limit.parse(encoded(PV_LIMIT)) == ProductionLimit(enabled=True, limit_pct=70)


def test_production_limit_beyond_all_is_none():
    page = pv_limit.parse(encoded(PV_LIMIT | {"pv_limit_pct": 120}))

    assert page == ProductionLimit(enabled=True)


@pytest.mark.parametrize(
    ("changes", "limit"),
    [
        ({}, ExportLimit(enabled=True, limit_w=5000)),
        ({"percent": True, "PEL_Limit": 60.0}, ExportLimit(enabled=True, limit_pct=60)),
        ({"percent": True, "PEL_Limit": 160.0}, ExportLimit(enabled=True)),
        ({"apparent": True}, ExportLimit(enabled=True)),
        ({"percent": None}, ExportLimit(enabled=True)),
        ({"PEL_Limit": "none"}, ExportLimit(enabled=True)),
        ({"PEL": False}, ExportLimit(enabled=False)),
        ({"PEL": None}, ExportLimit()),
    ],
)
def test_export_limit(changes, limit):
    assert pel_settings.parse(encoded(PEL_SETTINGS | changes)) == limit


def test_export_limit_of_firmware_7():
    assert pel_settings.parse(b'{"PEL": false}') == ExportLimit(enabled=False)


def test_dynamic_limit_as_installers_set_it():
    assert dpel.parse(encoded(DPEL)) == DynamicLimit(
        enabled=True, limit_w=50, mode=DynamicLimitMode.EXPORT
    )


@pytest.mark.parametrize(
    ("export", "mode"),
    [
        (True, DynamicLimitMode.EXPORT),
        (False, DynamicLimitMode.PRODUCTION),
        (None, None),
    ],
)
def test_dynamic_limit(export, mode):
    settings = {"enable": True, "export_limit": export, "limit_value_W": 50.0}

    page = dpel.parse(encoded({"dynamic_pel_settings": settings}))

    assert page == DynamicLimit(enabled=True, limit_w=50, mode=mode)


def test_dynamic_limit_that_is_no_object_says_nothing():
    assert dpel.parse(b'{"dynamic_pel_settings": 5}') == DynamicLimit()


def test_grid_profile_for_installers():
    assert grid_profile.parse(encoded(GRID_PROFILE)) == "EN 50549-1:2019:1.3.2"


@pytest.mark.parametrize("name", [None, "", 5])
def test_grid_profile_that_is_not_chosen(name):
    assert grid_profile.parse(encoded({"selected_profile": name})) is None


def test_grid_profile_among_the_batteries():
    assert ensemble_inventory.parse(encoded(ENSEMBLE_INVENTORY)).grid_profile == "EN 50549-1:2019"


def test_polling_interval():
    assert newscan.parse(encoded(NEWSCAN)) == 900


@pytest.mark.parametrize("scan", [None, {}, {"polling-period-secs": 0}, {"active": True}])
def test_polling_interval_that_is_not_said(scan):
    assert newscan.parse(encoded({"newDeviceScan": scan})) is None


def test_inverters_that_report_to_an_old_gateway():
    assert legacy_home.parse(encoded(LEGACY_HOME)) == 33


@pytest.mark.parametrize("body", ["", "<html>Page Not Found</html>", '{"timezone": "UTC"}'])
def test_page_that_does_not_count_the_inverters_is_absent(body):
    with pytest.raises(EnvoyAbsentError):
        legacy_home.parse(body.encode())
