"""The source that is preferred gives the figures; what it does not say stays unknown."""

from __future__ import annotations

import pytest

from custom_components.enphase_envoy.envoy_reader.assemble.flows import production
from custom_components.enphase_envoy.envoy_reader.counters.site import Drafted
from custom_components.enphase_envoy.envoy_reader.equipment import Inverter, SystemController
from custom_components.enphase_envoy.envoy_reader.models import (
    CtFigures,
    EnergyFigures,
    Flow,
    Section,
    added,
)
from custom_components.enphase_envoy.envoy_reader.pages.endpoints import (
    DEVICE_DATA,
    ENSEMBLE_INVENTORY,
    ENSEMBLE_POWER,
    HOME,
    HOME_JSON,
    HTML_PRODUCTION,
    INVERTERS,
    METERS,
    PDM_ENERGY,
    PRODUCTION_JSON,
    PRODUCTION_PAGE,
    READINGS,
    SECCTRL,
    V1_PRODUCTION,
)
from custom_components.enphase_envoy.envoy_reader.pages.typed import Pages
from custom_components.enphase_envoy.envoy_reader.parsers.device_data import DeviceData
from custom_components.enphase_envoy.envoy_reader.parsers.ensemble_inventory import (
    Ensemble,
)
from custom_components.enphase_envoy.envoy_reader.parsers.home import Home
from custom_components.enphase_envoy.envoy_reader.parsers.meters import MeterSetup
from custom_components.enphase_envoy.envoy_reader.parsers.pdm_energy import PdmEnergy
from custom_components.enphase_envoy.envoy_reader.parsers.readings import MeterReading
from custom_components.enphase_envoy.envoy_reader.profile import (
    ConsumptionSource,
    GatewayProfile,
    InverterSource,
    Meter,
    MeterKind,
    ProductionSource,
)

from .evidence import SERIAL, assembled, feeders_of, figures, meter, pages, summary

LIVE = figures(1000, 5_000_000, 4000, 30_000)


def profile(
    production: ProductionSource | None = None,
    consumption: ConsumptionSource | None = None,
    *kinds: MeterKind,
    phases: int = 1,
    **more,
) -> GatewayProfile:
    """Return a profile with these sources and meters."""
    numbers = list(MeterKind)
    return GatewayProfile(
        serial=SERIAL,
        production_from=production,
        consumption_from=consumption,
        phases=phases,
        meters=tuple(Meter(eid=numbers.index(kind), kind=kind, phases=phases) for kind in kinds),
        **more,
    )


def measured(power_w, delivered_wh, received_wh, *channels) -> MeterReading:
    """Return a reading, its phases as triples of the same figures."""
    own, *phases = (
        CtFigures(power_w=one, delivered_wh=two, received_wh=three)
        for one, two, three in ((power_w, delivered_wh, received_wh), *channels)
    )
    return MeterReading(total=own, channels=tuple(phases))


PRODUCTION, NET, TOTAL = 0, 1, 2
"""Ids of the meters in these tests."""


def drafted(chosen: GatewayProfile, evidence: Pages) -> Drafted:
    """Return production as a whole, before its registers are judged."""
    return production(chosen, evidence, frozenset()).total


def consumed(chosen: GatewayProfile, evidence: Pages) -> Flow:
    """Return the consumption, which must be there."""
    consumption = assembled(chosen, evidence).consumption
    assert consumption
    return consumption


@pytest.mark.parametrize(
    ("source", "endpoint", "page"),
    [
        (ProductionSource.V1, V1_PRODUCTION, LIVE),
        (ProductionSource.HTML, HTML_PRODUCTION, LIVE),
        (ProductionSource.METER_PAGE, PRODUCTION_JSON, summary(production=meter(LIVE))),
        (ProductionSource.INVERTER_SUM, PRODUCTION_JSON, summary(inverters=(1000, 5_000_000))),
        (
            ProductionSource.READINGS,
            READINGS,
            {PRODUCTION: measured(1000, 5_000_000, 3)},
        ),
    ],
)
def test_production_comes_from_the_chosen_page(source, endpoint, page):
    chosen = profile(source, None, MeterKind.PRODUCTION)

    total = assembled(chosen, pages((endpoint, page))).production.total

    assert (total.power_w, total.lifetime_wh) == (1000, 5_000_000)


@pytest.mark.parametrize("source", [*ProductionSource, None])
def test_production_of_a_silent_page_is_unknown(source):
    total = assembled(profile(source, None, MeterKind.PRODUCTION), pages()).production.total

    assert (total.power_w, total.lifetime_wh) == (None, None)


@pytest.mark.parametrize("source", [ProductionSource.INVERTER_SUM, ProductionSource.METER_PAGE])
def test_page_without_the_element_gives_nothing(source):
    total = assembled(profile(source), pages((PRODUCTION_JSON, summary()))).production.total

    assert total.power_w is None


def devices(*lifetimes_wh: float | None, complete: bool = True) -> DeviceData:
    """Return inverters with these counters."""
    rows = {
        str(number): Inverter(
            serial=str(number),
            power_w=100,
            today_wh=10,
            week_wh=70,
            lifetime_wh=lifetime_wh,
        )
        for number, lifetime_wh in enumerate(lifetimes_wh, 1)
    }
    return DeviceData(complete=complete, inverters=rows)


def test_inverters_counters_are_added():
    evidence = pages((DEVICE_DATA, devices(1_300_000, 1_200_000, None)))

    total = assembled(profile(ProductionSource.DEVICE_DATA), evidence).production.total

    assert (total.lifetime_wh, total.power_w) == (2_500_000, 300)


def test_days_of_the_inverters_are_added():
    evidence = pages((DEVICE_DATA, devices(1_300_000, 1_200_000, None)))

    day_reports = drafted(profile(ProductionSource.DEVICE_DATA), evidence).day_reports

    assert [(report.today_wh, report.seven_days_wh) for report in day_reports] == [(30, 210)]


def test_power_of_added_inverters_is_the_gateways_own_where_it_gives_it():
    evidence = pages((DEVICE_DATA, devices(1, 2)), (PRODUCTION_JSON, summary(inverters=(777, 1))))

    total = assembled(profile(ProductionSource.DEVICE_DATA), evidence).production.total

    assert total.power_w == 777


def test_day_of_the_inverters_is_told_by_whoever_may_be_read():
    energy = PdmEnergy(inverters=figures(None, 100, 40, 60))
    evidence = pages((PDM_ENERGY, energy), (DEVICE_DATA, devices(1, 2, complete=False)))

    total = drafted(profile(ProductionSource.INVERTER_SUM), evidence)

    assert [report.today_wh for report in total.day_reports] == [40]


def test_energy_page_may_say_nothing_of_the_inverters():
    evidence = pages((PDM_ENERGY, PdmEnergy()))

    assert not drafted(profile(ProductionSource.INVERTER_SUM), evidence).day_reports


def test_day_of_a_meter_is_told_by_the_meter_page_first():
    evidence = pages(
        (READINGS, {PRODUCTION: measured(1, 2, 3)}),
        (PRODUCTION_JSON, summary(production=meter(LIVE))),
        (V1_PRODUCTION, figures(None, None, 3900)),
        (PDM_ENERGY, PdmEnergy(production_meter=figures(None, None, 3800))),
    )
    chosen = profile(ProductionSource.READINGS, None, MeterKind.PRODUCTION)

    day_reports = drafted(chosen, evidence).day_reports

    assert [report.today_wh for report in day_reports] == [4000, 3900, 3800]


def test_phases_are_the_configured_channels():
    chosen = profile(ProductionSource.READINGS, None, MeterKind.PRODUCTION, phases=2)
    channels = [(400, 40, 0), (600, 60, 0), (0.4, 7, 0)]
    lines = meter(LIVE, figures(4, 40, 1))

    evidence = pages(
        (READINGS, {PRODUCTION: measured(1000, 100, 0, *channels)}),
        (PRODUCTION_JSON, summary(production=lines)),
    )

    phases = assembled(chosen, evidence).production.phases
    day_reports = [
        phase and len(phase.day_reports)
        for phase in production(chosen, evidence, frozenset()).phases
    ]

    assert [phase.lifetime_wh for phase in phases] == [40, 60]
    assert day_reports == [1, 0]


def test_phases_of_the_meter_page_are_its_lines():
    chosen = profile(ProductionSource.METER_PAGE, ConsumptionSource.METER_PAGE, phases=2)
    both = meter(LIVE, figures(4, 40, 1), figures(6, 60, 2))

    draft = assembled(
        chosen, pages((PRODUCTION_JSON, summary(production=both, total_consumption=both)))
    )

    assert [phase.lifetime_wh for phase in draft.production.phases] == [40, 60]
    assert draft.consumption
    assert [phase.lifetime_wh for phase in draft.consumption.phases] == [40, 60]


def test_consumption_is_what_is_produced_and_what_comes_from_the_grid():
    chosen = profile(
        ProductionSource.READINGS,
        ConsumptionSource.NET_METER,
        MeterKind.PRODUCTION,
        MeterKind.NET_CONSUMPTION,
        phases=2,
    )
    readings = {
        PRODUCTION: measured(1000, 500, 1, (400, 200, 0), (600, 300, 0)),
        NET: measured(-300, 700, 250, (-100, 300, 50), (-200, 400, 200)),
    }

    consumption = consumed(chosen, pages((READINGS, readings)))

    assert (consumption.total.power_w, consumption.total.lifetime_wh) == (700, 950)
    assert [phase.lifetime_wh for phase in consumption.phases] == [450, 500]


@pytest.mark.parametrize(
    "readings",
    [
        {},
        {PRODUCTION: measured(1000, 500, 1)},
        {PRODUCTION: measured(1000, 500, 1), NET: measured(-300, 700, None)},
    ],
    ids=["no meter", "no net", "no export"],
)
def test_energy_consumed_is_unknown_without_all_its_parts(readings):
    chosen = profile(
        ProductionSource.READINGS,
        ConsumptionSource.NET_METER,
        MeterKind.PRODUCTION,
        MeterKind.NET_CONSUMPTION,
    )

    assert consumed(chosen, pages((READINGS, readings))).total.lifetime_wh is None


def test_load_that_is_measured_is_taken_as_it_is():
    chosen = profile(None, ConsumptionSource.TOTAL_METER, MeterKind.TOTAL_CONSUMPTION, phases=2)
    readings = {TOTAL: measured(700, 950, 0, (300, 450, 0), (400, 500, 0))}

    consumption = consumed(chosen, pages((READINGS, readings)))
    silent = consumed(chosen, pages())

    assert consumption.total.lifetime_wh == 950
    assert [phase.power_w for phase in consumption.phases] == [300, 400]
    assert {each.power_w for each in (silent.total, *silent.phases)} == {None}


def test_consumption_of_a_silent_meter_page_is_unknown():
    chosen = profile(None, ConsumptionSource.METER_PAGE)

    assert consumed(chosen, pages()).total.power_w is None


@pytest.mark.parametrize(
    ("chosen", "evidence", "expected"),
    [
        (profile(), pages(), {}),
        (
            profile(ProductionSource.METER_PAGE, ConsumptionSource.METER_PAGE),
            pages(lacking=(PRODUCTION_JSON,)),
            {
                Section.PRODUCTION: (PRODUCTION_PAGE.path,),
                Section.CONSUMPTION: (PRODUCTION_PAGE.path,),
            },
        ),
        (
            profile(
                ProductionSource.READINGS,
                ConsumptionSource.NET_METER,
                MeterKind.STORAGE,
                inverters_from=InverterSource.LIST,
                has_batteries=True,
                tells_grid=True,
            ),
            pages(
                (
                    ENSEMBLE_INVENTORY,
                    Ensemble(controllers=(SystemController(serial="1", mains_closed=True),)),
                ),
            ),
            {
                Section.PRODUCTION: (READINGS.path,),
                Section.CONSUMPTION: (READINGS.path,),
                Section.METERS: (READINGS.path,),
                Section.INVERTERS: (INVERTERS.path,),
                Section.BATTERIES: (ENSEMBLE_INVENTORY.path,),
                Section.BATTERY_POWER: (ENSEMBLE_POWER.path,),
                Section.HOUSE: (READINGS.path,),
                Section.BATTERY_FLOW: (READINGS.path,),
                Section.BATTERY_TOTALS: (SECCTRL.path,),
                Section.GRID: (ENSEMBLE_INVENTORY.path,),
                Section.CONTROLLERS: (ENSEMBLE_INVENTORY.path,),
            },
        ),
        (
            profile(has_batteries=True),
            pages(),
            {
                Section.BATTERIES: (ENSEMBLE_INVENTORY.path,),
                Section.BATTERY_POWER: (ENSEMBLE_POWER.path,),
                Section.BATTERY_FLOW: (ENSEMBLE_POWER.path,),
                Section.BATTERY_TOTALS: (SECCTRL.path,),
            },
        ),
        (
            profile(tells_grid=True),
            pages((METERS, ()), (HOME_JSON, Home(grid_closed=True)), lacking=(HOME,)),
            {Section.GRID: (HOME_JSON.path,), Section.NETWORK: (HOME_JSON.path,)},
        ),
        (
            profile(firmware="D8.2.4345"),
            pages(),
            {
                Section.INVERTERS: (INVERTERS.path,),
                Section.BATTERIES: (ENSEMBLE_INVENTORY.path,),
            },
        ),
        (profile(firmware="D8.2.4345"), pages(lacking=(INVERTERS, ENSEMBLE_INVENTORY)), {}),
    ],
    ids=[
        "nothing",
        "twin of the meter page",
        "everything",
        "no storage meter",
        "old home page",
        "lists that are silent",
        "lists that do not exist",
    ],
)
def test_each_section_hangs_on_the_pages_that_feed_it(chosen, evidence, expected):
    assert feeders_of(chosen, evidence) == expected


@pytest.mark.parametrize(
    ("parts", "total"), [((1, 2), 3), ((1, None), None), ((), None), ((0,), 0)]
)
def test_sum_with_a_part_missing_is_unknown(parts, total):
    assert added(*parts) == total


def test_current_transformer_is_joined_by_its_id():
    chosen = profile(ProductionSource.READINGS, None, MeterKind.NET_CONSUMPTION, phases=2)
    setup = MeterSetup(
        eid=NET, kind=MeterKind.NET_CONSUMPTION, enabled=True, status="check-wiring", flags=("x",)
    )
    readings = {
        NET: measured(-300, 700, 250, (-100, 300, 50), (-200, 400, 200), (9, 9, 9)),
        99: measured(1, 2, 3),
    }

    draft = assembled(chosen, pages((METERS, (setup,)), (READINGS, readings)))

    meter_read = draft.meters[MeterKind.NET_CONSUMPTION]
    assert draft.meters.keys() == {MeterKind.NET_CONSUMPTION}
    assert (meter_read.total.delivered_wh, meter_read.total.received_wh) == (700, 250)
    assert [phase.delivered_wh for phase in meter_read.phases] == [300, 400]
    assert (meter_read.status, meter_read.flags) == ("check-wiring", ("x",))


@pytest.mark.parametrize("setup", [None, MeterSetup(eid=NET, status="a word of tomorrow")])
def test_current_transformer_without_a_reading_is_there(setup):
    chosen = profile(ProductionSource.READINGS, None, MeterKind.NET_CONSUMPTION)

    draft = assembled(chosen, pages((METERS, (setup,) if setup else ())))

    meter_read = draft.meters[MeterKind.NET_CONSUMPTION]
    assert meter_read.total.power_w is None
    assert (meter_read.phases, meter_read.status) == ((), None)


def test_net_is_what_comes_from_the_grid_less_what_goes_into_it():
    chosen = profile(ProductionSource.READINGS, None, MeterKind.NET_CONSUMPTION, phases=2)
    readings = {NET: measured(-300, 700, 750, (-100, 300, 350), (-200, 400, None))}

    net = assembled(chosen, pages((READINGS, readings))).net

    assert net
    assert (net.total.power_w, net.total.lifetime_wh) == (-300, -50)
    assert [phase.lifetime_wh for phase in net.phases] == [-50, None]


def test_net_of_a_silent_meter_is_unknown():
    chosen = profile(ProductionSource.READINGS, None, MeterKind.NET_CONSUMPTION)

    net = assembled(chosen, pages()).net

    assert net
    assert net.total.power_w is None


@pytest.mark.parametrize(
    ("readings", "power_w", "lifetime_wh"),
    [
        ({PRODUCTION: measured(900, 500, 0), TOTAL: measured(600, 450, 0)}, -300, -50),
        ({PRODUCTION: measured(None, None, 0), TOTAL: measured(600, 450, 0)}, None, None),
        ({TOTAL: measured(600, 450, 0)}, None, None),
    ],
    ids=["both", "no production figures", "no production meter"],
)
def test_net_is_the_load_beyond_production_where_nothing_measures_it(
    readings, power_w, lifetime_wh
):
    chosen = profile(None, None, MeterKind.PRODUCTION, MeterKind.TOTAL_CONSUMPTION)

    net = assembled(chosen, pages((READINGS, readings))).net

    assert net
    assert (net.total.power_w, net.total.lifetime_wh) == (power_w, lifetime_wh)


@pytest.mark.parametrize(
    ("phases", "active", "expected"), [(1, True, []), (2, True, [-20, -30]), (2, False, None)]
)
def test_net_of_the_meter_page(phases, active, expected):
    chosen = profile(ProductionSource.METER_PAGE, ConsumptionSource.METER_PAGE, phases=phases)
    told = meter(figures(-5, -50), figures(-2, -20), figures(-3, -30), active=active)

    net = assembled(chosen, pages((PRODUCTION_JSON, summary(net_consumption=told)))).net

    assert (net and [phase.lifetime_wh for phase in net.phases]) == expected


# Meters with different numbers of phases


def unequal(made: int, other: MeterKind, others: int) -> GatewayProfile:
    """Return a site whose meters have so many phases."""
    source = (
        ConsumptionSource.NET_METER
        if other is MeterKind.NET_CONSUMPTION
        else ConsumptionSource.TOTAL_METER
    )
    return GatewayProfile(
        serial=SERIAL,
        production_from=ProductionSource.READINGS,
        consumption_from=source,
        phases=max(made, others),
        meters=(
            Meter(eid=PRODUCTION, kind=MeterKind.PRODUCTION, phases=made),
            Meter(eid=NET, kind=other, phases=others),
        ),
    )


NOISE = (0.4, 9_100, 2)
ON_ONE = measured(2000, 6_000_000, 3, (2000, 6_000_000, 3), NOISE, NOISE)
ON_THREE = measured(-600, 900_000, 400_000, (-1100, 1e5, 4e5), (200, 3e5, 0), (300, 5e5, 0))


def test_phases_without_production_consume_what_comes_from_the_grid():
    chosen = unequal(1, MeterKind.NET_CONSUMPTION, 3)

    shown = assembled(chosen, pages((READINGS, {PRODUCTION: ON_ONE, NET: ON_THREE})))

    assert [phase.lifetime_wh for phase in shown.production.phases] == [6_000_000, None, None]
    assert shown.consumption
    assert [phase.power_w for phase in shown.consumption.phases] == [900, 200, 300]
    lifetimes = [phase.lifetime_wh or 0 for phase in shown.consumption.phases]
    assert lifetimes == [5_700_000, 300_000, 500_000]
    assert sum(lifetimes) == shown.consumption.total.lifetime_wh


def test_phases_without_production_take_all_of_their_load_from_the_grid():
    chosen = unequal(1, MeterKind.TOTAL_CONSUMPTION, 3)
    load = measured(1500, 4e6, 0, (800, 2e6, 0), (300, 1e6, 0), (400, 1e6, 0))

    shown = assembled(chosen, pages((READINGS, {PRODUCTION: ON_ONE, NET: load})))

    assert shown.net
    assert [phase.power_w for phase in shown.net.phases] == [-1200, 300, 400]
    assert [phase.lifetime_wh for phase in shown.net.phases] == [-4e6, 1e6, 1e6]


@pytest.mark.parametrize("other", [MeterKind.NET_CONSUMPTION, MeterKind.TOTAL_CONSUMPTION])
def test_phases_on_which_only_production_is_measured_have_no_load(other):
    made = measured(900, 3e6, 0, (200, 1e6, 0), (300, 1e6, 0), (400, 1e6, 0))
    one = measured(-500, 8e5, 1e5, (-500, 8e5, 1e5), NOISE, NOISE)

    shown = assembled(unequal(3, other, 1), pages((READINGS, {PRODUCTION: made, NET: one})))

    assert [phase.power_w for phase in shown.production.phases] == [200, 300, 400]
    assert shown.consumption
    assert [phase.lifetime_wh for phase in shown.consumption.phases[1:]] == [None, None]
    assert shown.net
    assert [phase.lifetime_wh for phase in shown.net.phases[1:]] == [None, None]


# A clamp that is off

ALONE = {NET: measured(-1500, 7_000_000, 2_500_000)}


def net_alone(source: ProductionSource) -> GatewayProfile:
    """Return a site with a clamp on the grid connection alone."""
    return profile(source, ConsumptionSource.INVERTERS_AND_NET, MeterKind.NET_CONSUMPTION)


@pytest.mark.parametrize(
    ("source", "page"),
    [
        (ProductionSource.INVERTER_SUM, (PRODUCTION_JSON, summary(inverters=(2600, 5_000_000)))),
        (ProductionSource.V1, (V1_PRODUCTION, figures(2600, 5_000_000))),
    ],
)
def test_consumption_beside_inverters_without_a_clamp_is_made_of_them(source, page):
    consumption = consumed(net_alone(source), pages((READINGS, ALONE), page))

    assert (consumption.total.power_w, consumption.total.lifetime_wh) == (1100, 9_500_000)
    assert consumption.phases == ()


def test_consumption_is_unknown_while_reports_are_older_than_a_cloud():
    page = (PRODUCTION_JSON, summary(inverters=(900, 5_000_000)))

    consumption = consumed(net_alone(ProductionSource.INVERTER_SUM), pages((READINGS, ALONE), page))

    assert (consumption.total.power_w, consumption.total.lifetime_wh) == (None, 9_500_000)


def test_consumption_waits_for_a_source_of_production():
    chosen = profile(None, ConsumptionSource.INVERTERS_AND_NET, MeterKind.NET_CONSUMPTION)

    consumption = consumed(chosen, pages((READINGS, ALONE)))

    assert (consumption.total.power_w, consumption.total.lifetime_wh) == (None, None)


def test_net_of_the_meter_page_stands_in_for_readings_that_are_refused():
    page = summary(inverters=(2600, 5_000_000), net_consumption=meter(figures(-1500, 4_500_000)))
    evidence = pages((PRODUCTION_JSON, page), lacking=(READINGS,))

    consumption = consumed(net_alone(ProductionSource.INVERTER_SUM), evidence)

    assert (consumption.total.power_w, consumption.total.lifetime_wh) == (1100, 9_500_000)


def test_readings_that_are_refused_leave_it_to_the_meter_page():
    found = feeders_of(net_alone(ProductionSource.V1), pages(lacking=(READINGS,)))

    assert found[Section.CONSUMPTION] == (PRODUCTION_JSON.path,)


def test_html_page_without_a_lifetime_shows_its_power_alone():
    chosen = GatewayProfile(serial=SERIAL, firmware="R3.7.0", production_from=ProductionSource.HTML)

    shown = assembled(chosen, pages((HTML_PRODUCTION, EnergyFigures(power_w=634)))).production.total

    assert (shown.power_w, shown.lifetime_wh) == (634, None)
