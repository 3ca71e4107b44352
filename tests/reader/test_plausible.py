"""Powers that cannot be are unknown, and so is what is made of them; lifetimes stay."""

from __future__ import annotations

from typing import Any

import pytest

from custom_components.enphase_envoy.envoy_reader.counters.site import Counters
from custom_components.enphase_envoy.envoy_reader.equipment import Battery
from custom_components.enphase_envoy.envoy_reader.models import CtFigures
from custom_components.enphase_envoy.envoy_reader.pages.endpoints import (
    ENSEMBLE_INVENTORY,
    ENSEMBLE_POWER,
    HTML_PRODUCTION,
    INVERTERS,
    PRODUCTION_JSON,
    READINGS,
    V1_PRODUCTION,
)
from custom_components.enphase_envoy.envoy_reader.pages.plausible import limits, plausible
from custom_components.enphase_envoy.envoy_reader.pages.quirks import cure
from custom_components.enphase_envoy.envoy_reader.parsers.ensemble_inventory import Ensemble
from custom_components.enphase_envoy.envoy_reader.parsers.ensemble_power import BatteryPower
from custom_components.enphase_envoy.envoy_reader.parsers.inverters import InverterReport
from custom_components.enphase_envoy.envoy_reader.parsers.readings import MeterReading
from custom_components.enphase_envoy.envoy_reader.profile import (
    ConsumptionSource,
    GatewayProfile,
    InverterSource,
    Meter,
    MeterKind,
    ProductionSource,
)

from .evidence import EIDS, SERIAL, assembled, figures, meter, pages, summary

MADE, NET = MeterKind.PRODUCTION, MeterKind.NET_CONSUMPTION


def profile(source: ProductionSource, *kinds: MeterKind, **more: Any) -> GatewayProfile:
    """Return a site of two phases with these meters."""
    metered = {MADE, NET} <= set(kinds)
    return GatewayProfile(
        serial=SERIAL,
        production_from=source,
        consumption_from=ConsumptionSource.NET_METER if metered else None,
        phases=2,
        meters=tuple(Meter(eid=EIDS[kind], kind=kind, phases=2) for kind in kinds),
        inverters_from=InverterSource.LIST,
        **more,
    )


def listed(count: int, power_w: float = 250) -> tuple[InverterReport, ...]:
    """Return so many inverters."""
    return tuple(InverterReport(serial=str(number), power_w=power_w) for number in range(count))


def read(power_w: float, delivered_wh: float, received_wh: float = 0.0) -> MeterReading:
    """Return a meter with two equal phases."""
    half = CtFigures(
        power_w=power_w / 2, delivered_wh=delivered_wh / 2, received_wh=received_wh / 2
    )
    whole = CtFigures(power_w=power_w, delivered_wh=delivered_wh, received_wh=received_wh)
    return MeterReading(total=whole, channels=(half, half))


@pytest.mark.parametrize("power_w", [14_300_000, 2**31 / 1000, -(2**32) / 1000, 123_456])
def test_power_of_a_clamp_that_cannot_be_is_unknown_with_all_that_rests_on_it(power_w):
    chosen = profile(ProductionSource.READINGS, MADE, NET)
    said = {EIDS[MADE]: read(power_w, 14_300_000), EIDS[NET]: read(-900, 4e6, 3e6)}
    evidence, quirks = cure(chosen, pages((READINGS, said), (INVERTERS, listed(14))))

    shown = assembled(chosen, evidence)

    flows = (shown.production, shown.consumption)
    powers = {each.power_w for flow in flows if flow for each in (flow.total, *flow.phases)}
    assert powers == {None}
    assert shown.net
    assert (shown.net.total.power_w, shown.meters[MADE].total.power_w) == (-900, None)
    assert shown.production.total.lifetime_wh == 14_300_000
    assert quirks == ("power_that_cannot_be",)


def test_large_site_is_shown():
    chosen = profile(ProductionSource.READINGS, MADE, NET)
    said = {EIDS[MADE]: read(181_000, 9e8), EIDS[NET]: read(-160_000, 4e6, 3e8)}
    evidence, quirks = cure(chosen, pages((READINGS, said), (INVERTERS, listed(500))))

    shown = assembled(chosen, evidence)

    assert shown.production.total.power_w == 181_000
    assert shown.net
    assert shown.net.total.power_w == -160_000
    assert quirks == ()


@pytest.mark.parametrize(
    ("source", "endpoint", "page"),
    [
        (ProductionSource.V1, V1_PRODUCTION, figures(7_700_000, 7_700_000)),
        (ProductionSource.HTML, HTML_PRODUCTION, figures(7_700_000, 7_700_000)),
        (ProductionSource.METER_PAGE, PRODUCTION_JSON, summary(None, meter(figures(8e6, 7e6)))),
        (ProductionSource.INVERTER_SUM, PRODUCTION_JSON, summary(inverters=(7e6, 7e6))),
        (ProductionSource.V1, V1_PRODUCTION, figures(5_400, 5_400)),
    ],
)
def test_power_of_a_page_that_cannot_be_is_unknown(source, endpoint, page):
    chosen = profile(source)
    evidence, _ = cure(chosen, pages((endpoint, page), (INVERTERS, listed(12))))

    total = assembled(chosen, evidence).production.total

    assert total.power_w is None
    assert total.lifetime_wh


def test_line_that_cannot_be_costs_only_itself():
    chosen = profile(ProductionSource.METER_PAGE)
    lines = (figures(800, 3e6), figures(9e6, 3e6))
    page = summary(None, meter(figures(1600, 6e6), *lines))
    evidence, _ = cure(chosen, pages((PRODUCTION_JSON, page)))

    flow = assembled(chosen, evidence).production

    assert (flow.total.power_w, [phase.power_w for phase in flow.phases]) == (1600, [800, None])


def test_inverter_that_cannot_be_is_unknown():
    reports = (*listed(2), InverterReport(serial="9", power_w=4_294_967))
    evidence, _ = cure(profile(ProductionSource.V1), pages((INVERTERS, reports)))

    shown = assembled(profile(ProductionSource.V1), evidence).inverters

    assert [inverter.power_w for inverter in shown.values()] == [250, 250, None]


@pytest.mark.parametrize(
    ("power_w", "shown"),
    [(None, None), (5, 5), (-99_000, -99_000), (100_001, None), (float("nan"), None)],
)
def test_limit_of_a_power(power_w, shown):
    assert plausible(power_w, 100_000, None, 4.0) == shown


def test_limits_follow_what_is_listed():
    evidence = pages(
        (INVERTERS, listed(40)),
        (ENSEMBLE_INVENTORY, Ensemble(batteries=(Battery(serial="1"), Battery(serial="2")))),
        (PRODUCTION_JSON, summary()),
    )

    most = limits(profile(ProductionSource.V1), evidence)

    assert (most.production_w, most.connection_w, most.storage_w) == (40_000, 100_000, 30_000)
    assert [most.of_meter(kind) for kind in (MADE, MeterKind.STORAGE, NET)] == [
        *(most.production_w, most.storage_w, most.connection_w)
    ]


# Batteries

BATTERIES = Ensemble(
    batteries=tuple(
        Battery(serial=serial, charge_pct=60, capacity_wh=3500) for serial in ("1", "2", "3")
    )
)


@pytest.mark.parametrize("wrong_w", [2**32 / 1000, 20_183_700, -(2**31) / 1000])
@pytest.mark.parametrize("at", [0, 3])
def test_power_that_a_battery_cannot_make_counts_nothing(wrong_w, at):
    chosen = profile(ProductionSource.V1, has_batteries=True)
    counters = Counters({})
    energies = []
    for minute in range(6):
        powers = {serial: BatteryPower(power_w=600) for serial in ("1", "2", "3")}
        if minute == at:
            powers["2"] = BatteryPower(power_w=wrong_w)
        said = pages((ENSEMBLE_INVENTORY, BATTERIES), (ENSEMBLE_POWER, powers))
        bank = assembled(chosen, said, counters, minutes=minute).bank
        assert bank
        energies.append((bank.charged_wh, bank.discharged_wh))
        assert (bank.power_w is None) == (minute == at)

    minutes = 4 if at == 0 else 5
    assert energies[-1] == pytest.approx((0, minutes * 1800 / 60))


def test_large_battery_power_is_counted():
    chosen = profile(ProductionSource.V1, has_batteries=True)
    counters = Counters({})
    powers = {serial: BatteryPower(power_w=7000) for serial in ("1", "2", "3")}
    said = pages((ENSEMBLE_INVENTORY, BATTERIES), (ENSEMBLE_POWER, powers))

    for minute in range(6):
        bank = assembled(chosen, said, counters, minutes=minute).bank

    assert bank
    assert bank.discharged_wh == pytest.approx(1750)
