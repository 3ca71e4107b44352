"""What a gateway is and which source is believed follows from evidence, and from nothing else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from custom_components.enphase_envoy.envoy_reader.equipment import (
    Collar,
    GeneratorConfig,
    GeneratorState,
    GridState,
    Inverter,
    SystemController,
)
from custom_components.enphase_envoy.envoy_reader.known.detect import (
    POWERS,
    detect,
    shows_same,
)
from custom_components.enphase_envoy.envoy_reader.pages.endpoints import (
    DEVICE_DATA,
    ENDPOINTS,
    ENSEMBLE_INVENTORY,
    GENERATOR,
    GENERATOR_CONFIG,
    HOME,
    HOME_JSON,
    HTML_PRODUCTION,
    INVERTERS,
    METERS,
    PRODUCTION_JSON,
    PRODUCTION_PAGE,
    READINGS,
    V1_PRODUCTION,
)
from custom_components.enphase_envoy.envoy_reader.pages.typed import Endpoint, Pages
from custom_components.enphase_envoy.envoy_reader.parsers.device_data import DeviceData
from custom_components.enphase_envoy.envoy_reader.parsers.ensemble_inventory import Ensemble
from custom_components.enphase_envoy.envoy_reader.parsers.home import Home
from custom_components.enphase_envoy.envoy_reader.parsers.inverters import InverterReport
from custom_components.enphase_envoy.envoy_reader.parsers.production_json import (
    AcbStorage,
    ProductionJson,
)
from custom_components.enphase_envoy.envoy_reader.profile import (
    ConsumptionSource,
    GatewayProfile,
    MeterKind,
    Model,
    ProductionSource,
    version_of,
)

from .evidence import SERIAL, figures, meter, pages, setups, summary


def known(evidence: Pages, previous: GatewayProfile | None = None) -> GatewayProfile:
    """Return the profile of a gateway that has said who it is."""
    profile = detect(evidence, previous)
    assert profile
    return profile


CT = setups(MeterKind.PRODUCTION, MeterKind.NET_CONSUMPTION)
LIVE = figures(1000, 5_000_000, 4000, 30_000)
ZERO = figures(0, 0, 0, 0)


def test_nothing_is_known_before_the_gateway_says_who_it_is():
    assert detect(Pages()) is None


@pytest.mark.parametrize(
    ("firmware", "version"),
    [("D8.2.4345", (8, 2, 4345)), ("R3.9.36", (3, 9, 36)), (None, ()), ("unknown", ())],
)
def test_versions_compare_by_component(firmware, version):
    assert version_of(firmware) == version


@pytest.mark.parametrize(
    ("evidence", "source"),
    [
        ([(METERS, CT)], ProductionSource.READINGS),
        ([], None),
        ([(METERS, ())], None),
        ([(METERS, ()), (V1_PRODUCTION, LIVE)], None),
        (
            [(METERS, ()), (V1_PRODUCTION, LIVE), (PRODUCTION_JSON, summary())],
            ProductionSource.V1,
        ),
        (
            [
                (METERS, ()),
                (V1_PRODUCTION, LIVE),
                (PRODUCTION_JSON, summary(inverters=(900, 366_148))),
            ],
            ProductionSource.V1,
        ),
    ],
    ids=["meter", "nothing yet", "no v1 yet", "no second opinion yet", "v1", "v1 beside a wrap"],
)
def test_production_source_on_metered_hardware(evidence, source):
    assert known(pages(*evidence)).production_from is source


@pytest.mark.parametrize(
    "v1", [ZERO, figures(40, 1583, 12, 90)], ids=["all zero", "stalled at nonsense"]
)
def test_v1_without_truth_gives_way_to_the_inverters(v1):
    evidence = pages(
        (METERS, ()),
        (V1_PRODUCTION, v1),
        (PRODUCTION_JSON, summary(inverters=(900, 32_500_000))),
        lacking=(DEVICE_DATA,),
    )

    profile = known(evidence)

    assert profile.v1_credible is False
    assert profile.production_from is ProductionSource.INVERTER_SUM


def test_inverters_own_counters_are_preferred_to_a_sum_that_wraps():
    devices = DeviceData(complete=True, inverters={"1": Inverter(serial="1")})
    said: list[tuple[Endpoint[Any], object]] = [
        (METERS, ()),
        (V1_PRODUCTION, ZERO),
        (PRODUCTION_JSON, summary(inverters=(900, 800_000))),
    ]

    assert known(pages(*said)).production_from is None
    with_devices = known(pages(*said, (DEVICE_DATA, devices)))
    assert with_devices.production_from is ProductionSource.DEVICE_DATA


def test_list_of_devices_that_is_cut_off_is_no_source():
    devices = DeviceData(complete=False, inverters={"1": Inverter(serial="1")})

    profile = known(
        pages(
            (METERS, ()),
            (V1_PRODUCTION, ZERO),
            (PRODUCTION_JSON, summary(inverters=(900, 800_000))),
            (DEVICE_DATA, devices),
        )
    )

    assert profile.production_from is ProductionSource.INVERTER_SUM


def test_zeros_without_anything_better_are_the_truth():
    profile = known(
        pages(
            (METERS, ()),
            (V1_PRODUCTION, ZERO),
            lacking=(PRODUCTION_JSON, PRODUCTION_PAGE),
        )
    )

    assert profile.production_from is ProductionSource.V1


def test_v1_of_metered_hardware_without_the_meter_page_is_believed():
    profile = known(
        pages((METERS, ()), (V1_PRODUCTION, LIVE), lacking=(PRODUCTION_JSON, PRODUCTION_PAGE))
    )

    assert profile.production_from is ProductionSource.V1


def test_verdict_on_zeros_waits_for_the_meter_page():
    assert known(pages((METERS, ()), (V1_PRODUCTION, ZERO))).production_from is None


@pytest.mark.parametrize("active", [True, False])
def test_meters_that_only_the_meter_page_knows(active):
    page = summary(production=meter(LIVE, active=active))

    profile = known(pages((PRODUCTION_JSON, page), (V1_PRODUCTION, LIVE), lacking=(METERS,)))

    expected = ProductionSource.METER_PAGE if active else ProductionSource.V1
    assert profile.production_from is expected
    assert profile.model is Model.METERED


def test_choice_without_a_list_of_meters_waits_for_the_meter_page():
    assert known(pages((V1_PRODUCTION, LIVE), lacking=(METERS,))).production_from is None


def test_meter_without_readings_is_read_from_the_meter_page():
    profile = known(
        pages(
            (METERS, CT),
            (PRODUCTION_JSON, summary(production=meter(LIVE), total_consumption=meter(LIVE))),
            lacking=(READINGS,),
        )
    )

    assert profile.production_from is ProductionSource.METER_PAGE
    assert profile.consumption_from is ConsumptionSource.METER_PAGE


def test_legacy_gateway_has_html_alone():
    evidence = pages((HTML_PRODUCTION, LIVE), lacking=(V1_PRODUCTION,), firmware=None, metered=None)

    profile = known(evidence)

    assert profile.production_from is ProductionSource.HTML
    assert profile.model is Model.LEGACY
    assert profile.serial == SERIAL


def test_legacy_gateway_is_not_known_before_its_page_answers():
    evidence = pages(lacking=(V1_PRODUCTION,), firmware="R3.7.1", metered=None)

    assert known(evidence).production_from is None


@pytest.mark.parametrize(
    ("kinds", "source"),
    [
        ((MeterKind.PRODUCTION,), None),
        ((MeterKind.PRODUCTION, MeterKind.NET_CONSUMPTION), ConsumptionSource.NET_METER),
        ((MeterKind.PRODUCTION, MeterKind.TOTAL_CONSUMPTION), ConsumptionSource.TOTAL_METER),
        ((MeterKind.TOTAL_CONSUMPTION,), ConsumptionSource.TOTAL_METER),
        ((MeterKind.NET_CONSUMPTION,), ConsumptionSource.INVERTERS_AND_NET),
    ],
)
def test_consumption_source_follows_the_meters(kinds, source):
    page = summary(total_consumption=meter(LIVE))

    profile = known(pages((METERS, setups(*kinds)), (PRODUCTION_JSON, page)))

    assert profile.consumption_from is source


def test_meters_that_are_switched_off_measure_nothing():
    off = setups(MeterKind.PRODUCTION, MeterKind.NET_CONSUMPTION, phases=3, enabled=False)
    page = summary(total_consumption=meter(LIVE, active=False), inverters=(900, 800_000))

    profile = known(pages((METERS, off), (V1_PRODUCTION, LIVE), (PRODUCTION_JSON, page)))

    assert profile.consumption_from is None
    assert not profile.metering
    assert profile.phases == 1


def test_phases_come_from_the_meters_and_else_from_the_lines():
    three = setups(MeterKind.PRODUCTION, phases=3)
    lines = summary(production=meter(LIVE, LIVE, LIVE))

    assert known(pages((METERS, three))).phases == 3
    assert known(pages((PRODUCTION_JSON, lines), lacking=(METERS,))).phases == 2


def test_source_once_chosen_stays_while_firmware_and_meters_stay():
    chosen = known(pages((METERS, ()), (V1_PRODUCTION, LIVE), (PRODUCTION_JSON, summary())))
    later = pages(
        (METERS, ()),
        (V1_PRODUCTION, ZERO),
        (PRODUCTION_JSON, summary(inverters=(900, 32_500_000))),
        lacking=(DEVICE_DATA,),
    )

    assert known(later, chosen).production_from is ProductionSource.V1
    updated = replace(chosen, firmware="D8.2.127")
    assert known(later, updated).production_from is ProductionSource.INVERTER_SUM


def test_source_is_chosen_again_when_a_meter_is_added():
    chosen = known(pages((METERS, ()), (V1_PRODUCTION, LIVE), (PRODUCTION_JSON, summary())))

    profile = known(pages((METERS, CT), (V1_PRODUCTION, LIVE)), chosen)

    assert profile.production_from is ProductionSource.READINGS


CONTROLLER = Ensemble(controllers=(SystemController(serial="1", mains_closed=False),))
COLLAR = Ensemble(collars=(Collar(serial="2", grid_state=GridState.ON_GRID),))


@pytest.mark.parametrize(
    ("evidence", "tells"),
    [
        ([(ENSEMBLE_INVENTORY, CONTROLLER)], True),
        ([(ENSEMBLE_INVENTORY, COLLAR)], True),
        ([(ENSEMBLE_INVENTORY, Ensemble(controllers=(SystemController(serial="1"),)))], False),
        ([(HOME, Home(grid_closed=True))], True),
        ([(HOME_JSON, Home(grid_closed=False))], True),
        ([(HOME, Home())], False),
    ],
)
def test_grid_is_told_where_somebody_speaks_of_it(evidence, tells):
    assert known(pages(*evidence)).tells_grid is tells


@pytest.mark.parametrize(
    ("evidence", "alone"),
    [
        ([(HOME, Home(grid_closed=True))], True),
        ([(ENSEMBLE_INVENTORY, CONTROLLER), (HOME, Home(grid_closed=True))], False),
        ([], False),
    ],
)
def test_home_page_matters_where_it_alone_tells_of_the_grid(evidence, alone):
    assert known(pages(*evidence)).grid_from_home is alone


@pytest.mark.parametrize(
    ("ensemble", "has_controller", "switches_grid"),
    [(CONTROLLER, True, True), (COLLAR, False, True), (Ensemble(), False, False)],
)
def test_what_can_take_the_site_off_the_grid(ensemble, has_controller, switches_grid):
    profile = known(pages((ENSEMBLE_INVENTORY, ensemble)))

    assert (profile.has_controller, profile.switches_grid) == (has_controller, switches_grid)


PRESENT = GeneratorState(present=True)


@pytest.mark.parametrize(
    ("evidence", "has_generator"),
    [
        ([(GENERATOR, PRESENT), (GENERATOR_CONFIG, GeneratorConfig())], True),
        # some firmware says that there is one where there is none
        ([(GENERATOR, PRESENT), (GENERATOR_CONFIG, None)], False),
        ([(GENERATOR, PRESENT)], False),
        ([(GENERATOR, GeneratorState()), (GENERATOR_CONFIG, GeneratorConfig())], False),
        ([(GENERATOR_CONFIG, GeneratorConfig())], False),
    ],
)
def test_generator_is_one_that_is_present_and_set_up(evidence, has_generator):
    assert known(pages(*evidence)).has_generator is has_generator


@pytest.mark.parametrize("endpoint", [HOME, HOME_JSON])
def test_hardware_address_is_the_one_on_the_home_page(endpoint):
    assert known(pages((endpoint, Home(mac="02:00:00:00:00:01")))).mac == "02:00:00:00:00:01"


def test_hardware_address_is_not_known_before_the_home_page_answers():
    assert known(pages()).mac is None


@pytest.mark.parametrize(
    ("evidence", "has_them"),
    [
        ([], False),
        ([(INVERTERS, (InverterReport(serial="1"),))], False),
        ([(INVERTERS, (InverterReport(serial="1", is_ac_battery=True),))], True),
        ([(PRODUCTION_JSON, ProductionJson())], False),
        ([(PRODUCTION_JSON, ProductionJson(storage=AcbStorage(count=2, stored_wh=0)))], False),
        ([(PRODUCTION_JSON, ProductionJson(storage=AcbStorage(count=0, charge_pct=0)))], False),
        ([(PRODUCTION_JSON, ProductionJson(storage=AcbStorage(count=2, charge_pct=0)))], True),
    ],
)
def test_ac_batteries_are_listed_or_have_a_charge(evidence, has_them):
    assert known(pages(*evidence)).has_ac_batteries is has_them


BATTERIES_AND_METERS = pages(
    (METERS, setups(MeterKind.PRODUCTION, MeterKind.NET_CONSUMPTION, MeterKind.STORAGE)),
    (INVERTERS, (InverterReport(serial="1", is_ac_battery=False),)),
    (PRODUCTION_JSON, summary((1000, 5e6), meter(figures(1000, 5e6)), meter(figures(500, 9e6)))),
    (V1_PRODUCTION, figures(1000, 5e6, 1, 1)),
    (ENSEMBLE_INVENTORY, Ensemble(controllers=(SystemController(serial="2"),))),
    *((row, object()) for row in ENDPOINTS if row.path in POWERS),
)


@pytest.mark.parametrize("previous", [None, known(BATTERIES_AND_METERS)])
def test_pages_of_powers_need_only_exist(previous):
    known(BATTERIES_AND_METERS, previous)  # what they say has no attribute that could be read


@pytest.mark.parametrize("path", sorted(POWERS))
def test_new_powers_show_the_same(path):
    answered = {**BATTERIES_AND_METERS.answered, path: object()}

    assert shows_same(replace(BATTERIES_AND_METERS, answered=answered), BATTERIES_AND_METERS)


@pytest.mark.parametrize(
    "changes",
    [
        {"answered": {**BATTERIES_AND_METERS.answered, METERS.path: setups()}},
        {"answered": {**BATTERIES_AND_METERS.answered, HOME.path: Home()}},
        {"answered": {}},
        {"lacking": frozenset({READINGS.path})},
        {"installer": True},
    ],
)
def test_anything_else_that_is_new_is_looked_at(changes):
    assert not shows_same(replace(BATTERIES_AND_METERS, **changes), BATTERIES_AND_METERS)
