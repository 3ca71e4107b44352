"""The JSON pages of production and consumption."""

import pytest

from custom_components.enphase_envoy.envoy_reader.models import EnergyFigures
from custom_components.enphase_envoy.envoy_reader.parsers import (
    pdm_energy,
    production_json,
    v1_production,
)
from custom_components.enphase_envoy.envoy_reader.parsers.pdm_energy import PdmEnergy
from custom_components.enphase_envoy.envoy_reader.parsers.production_json import (
    AcbStorage,
    InverterSum,
    MeterFigures,
    ProductionJson,
)

from .documents import ENERGY, PDM_ENERGY, PRODUCTION_JSON, encoded

ENERGY_FIGURES = EnergyFigures(power_w=812, today_wh=5120, seven_days_wh=41000, lifetime_wh=9876543)
LINE_FIGURES = EnergyFigures(
    power_w=400.5, today_wh=30.5, seven_days_wh=210.75, lifetime_wh=1000.25
)


def changed(**sections: object) -> bytes:
    return encoded(PRODUCTION_JSON | sections)


def test_v1_production():
    assert v1_production.parse(encoded(ENERGY)) == ENERGY_FIGURES


def test_v1_production_with_a_bad_value():
    assert v1_production.parse(b'{"wattsNow": null, "wattHoursToday": 5}') == EnergyFigures(
        today_wh=5
    )


def test_v1_production_reports_power_below_zero():
    assert v1_production.parse(b'{"wattsNow": -4}') == EnergyFigures(power_w=-4)


def test_pdm_energy():
    assert pdm_energy.parse(encoded(PDM_ENERGY)) == PdmEnergy(
        inverters=ENERGY_FIGURES,
        production_meter=EnergyFigures(power_w=3, lifetime_wh=4),
    )


@pytest.mark.parametrize("value", [None, 0, [], {}, "none"])
def test_pdm_energy_of_a_meter_that_is_not_there(value):
    body = encoded({"production": {"pcu": ENERGY, "eim": value}, "consumption": value})

    assert pdm_energy.parse(body) == PdmEnergy(inverters=ENERGY_FIGURES)


def test_production_of_the_inverters():
    assert production_json.parse(changed()).inverters == InverterSum(
        active_count=12, power_w=795, lifetime_wh=1999
    )


def test_production_meter():
    assert production_json.parse(changed()).production == MeterFigures(
        active=True,
        figures=EnergyFigures(
            power_w=801.0, today_wh=61.0, seven_days_wh=421.5, lifetime_wh=2000.5
        ),
        lines=(LINE_FIGURES, LINE_FIGURES),
    )


def test_consumption_meters():
    page = production_json.parse(changed())

    assert page.total_consumption is not None
    assert page.net_consumption is not None
    assert page.total_consumption.figures.power_w == 1100.0
    assert page.net_consumption.figures.lifetime_wh == -12.5


def test_ac_batteries():
    assert production_json.parse(changed()).storage == AcbStorage(
        count=2, power_w=-260, stored_wh=930, state="charging", charge_pct=25
    )


def test_ac_batteries_that_are_not_set_up_have_no_charge():
    body = changed(storage=[{"type": "acb", "activeCount": 1, "wNow": 0}])

    assert production_json.parse(body).storage == AcbStorage(count=1, power_w=0)


def test_order_of_the_elements_does_not_matter():
    reverse = {name: elements[::-1] for name, elements in PRODUCTION_JSON.items()}

    assert production_json.parse(encoded(reverse)) == production_json.parse(changed())


def test_elements_of_a_kind_that_we_do_not_know_are_left_out():
    odd = [{"type": "rgm", "measurementType": "production"}, {"type": ["eim"]}, {}, None]
    body = changed(production=odd + PRODUCTION_JSON["production"])

    assert production_json.parse(body) == production_json.parse(changed())


def test_standard_gateway_has_no_meters():
    inverters, _ = PRODUCTION_JSON["production"]

    page = production_json.parse(encoded({"production": [inverters]}))

    assert page == ProductionJson(inverters=production_json.parse(changed()).inverters)


@pytest.mark.parametrize(
    ("count", "active"), [(1, True), (2, True), (0, False), (-1, False), (None, False)]
)
def test_meter_is_active_when_it_counts(count, active):
    body = changed(production=[{"type": "eim", "activeCount": count}])

    meter = production_json.parse(body).production

    assert meter == MeterFigures(active=active)


def test_meter_without_measurement_type_under_production():
    body = changed(production=[{"type": "eim", "wNow": 5}])

    meter = production_json.parse(body).production

    assert meter == MeterFigures(figures=EnergyFigures(power_w=5))


def test_meter_of_another_measurement_type_is_not_production():
    body = changed(production=[{"type": "eim", "measurementType": "storage", "wNow": 5}])

    assert production_json.parse(body).production is None


def test_single_consumption_without_measurement_type_is_total():
    page = production_json.parse(changed(consumption=[{"type": "eim", "wNow": 5}]))

    assert page.total_consumption == MeterFigures(figures=EnergyFigures(power_w=5))
    assert page.net_consumption is None


def test_single_net_consumption_is_not_total():
    _, net = PRODUCTION_JSON["consumption"]

    page = production_json.parse(changed(consumption=[net]))

    assert page.total_consumption is None
    assert page.net_consumption is not None


def test_two_consumptions_without_measurement_type_are_neither():
    page = production_json.parse(changed(consumption=[{"type": "eim"}, {"type": "eim"}]))

    assert (page.total_consumption, page.net_consumption) == (None, None)


def test_bad_line_keeps_its_place():
    body = changed(production=[{"type": "eim", "lines": [None, {"wNow": 2}]}])

    meter = production_json.parse(body).production

    assert meter is not None
    assert meter.lines == (EnergyFigures(), EnergyFigures(power_w=2))


def test_inverters_that_have_not_reported_have_no_time():
    body = changed(production=[{"type": "inverters", "readingTime": 0, "wNow": 0}])

    assert production_json.parse(body).inverters == InverterSum(power_w=0)


@pytest.mark.parametrize("value", [None, 0, {}, "none"])
def test_sections_that_are_no_lists_are_empty(value):
    body = changed(production=value, consumption=value, storage=value)

    assert production_json.parse(body) == ProductionJson()


@pytest.mark.parametrize("section", ["production", "consumption", "storage"])
def test_each_section_can_stand_alone(section):
    body = encoded({section: []})

    assert production_json.parse(body) == ProductionJson()


def test_meter_that_does_not_count_is_not_active():
    meter = production_json.parse(changed(production=[{"type": "eim"}])).production

    assert meter is not None
    assert meter.active is False
