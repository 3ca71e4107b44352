"""Registers that nobody feeds, and a meter around nothing: figures follow what is alive."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from custom_components.enphase_envoy.envoy_reader import (
    MeterKind,
    ProductionSource,
    Snapshot,
)
from tests.simulator import SCENARIOS, Scenario, faults
from tests.simulator.firmware import Quirk
from tests.simulator.hardware import MeterKind as Kind
from tests.simulator.hardware import meter as make_meter

from .conftest import Visit
from .looking import looking, minutes, reload

WITHOUT_CTS = SCENARIOS["pc_d82_stalled"]
METERED = "pc_d7_three_phase"
OF_INVERTERS = {ProductionSource.INVERTER_SUM, ProductionSource.DEVICE_DATA}
NOISE_W = 3.6


def idle(left_wh: float, *meters: Kind, v1_wh: float | None = None) -> Scenario:
    """Return a site whose v1 page shows the register of a production meter that is not in use.

    ``left_wh`` is that register, ``v1_wh`` what the page shows of it, ``meters`` what is in use.
    """
    firmware = WITHOUT_CTS.firmware
    quirks = (firmware.quirks - {Quirk.V1_STALLED}) | {Quirk.V1_OF_IDLE_METER}
    shown = left_wh if v1_wh is None else v1_wh
    plan = replace(WITHOUT_CTS.plan, meters=meters, disabled_meters=("production",))
    return replace(
        WITHOUT_CTS,
        plan=plan,
        firmware=replace(firmware, quirks=frozenset(quirks), left_over=(NOISE_W, shown)),
    )


def sunshine(site: Visit, share: float = 0.8) -> None:
    """Let the sun shine steadily, whatever the hour."""
    site.simulator.site.sunshine_override = share


def inverters_w(site: Visit) -> float:
    """Return what the inverters make."""
    return sum(inverter.report.power_w for inverter in site.simulator.site.active_inverters)


def follows_the_inverters(snapshot: Snapshot | None, site: Visit) -> bool:
    """Say whether production is what the inverters make."""
    assert snapshot
    power_w = snapshot.production.total.power_w
    return power_w == pytest.approx(inverters_w(site), rel=0.02)


LEFT_WH = 611_000.0


@pytest.mark.parametrize(
    "meters",
    [(), ("net-consumption",), ("storage",), ("total-consumption",)],
    ids=["none", "net", "storage", "load"],
)
@pytest.mark.parametrize("left_wh", [1583.0, LEFT_WH, 12_100_000.0])
async def test_register_of_an_idle_meter_is_no_production(left_wh, meters):
    site = looking(idle(left_wh, *meters))
    sunshine(site)

    first = await minutes(site, 5)
    later = await minutes(site, 25)

    assert first
    assert first.profile.production_from in OF_INVERTERS
    assert later
    assert later.profile.production_from in OF_INVERTERS
    assert follows_the_inverters(later, site)


async def test_register_that_resembles_nothing_is_given_up_when_it_does_not_move():
    site = looking(idle(14_900_000.0))
    # The page of the meters says nothing of the one that is off.
    site.simulator.faults["/production.json"] = faults.Transform(_without_meters)
    sunshine(site)
    first = await minutes(site, 5)
    assert first
    assert first.profile.production_from is ProductionSource.V1

    snapshot = await minutes(site, 120)

    assert snapshot
    assert snapshot.profile.production_from in OF_INVERTERS
    assert follows_the_inverters(snapshot, site)


def _without_meters(page: dict[str, Any]) -> dict[str, Any]:
    return {**page, "production": [row for row in page["production"] if row["type"] == "inverters"]}


async def test_page_that_counts_the_inverters_stays_the_source_beside_a_wrapped_sum():
    wraps = replace(
        SCENARIOS["pc_d7_no_cts"],
        firmware=replace(
            SCENARIOS["pc_d7_no_cts"].firmware,
            quirks=frozenset({Quirk.INVERTER_SUM_WRAPS}),
            left_over=(0.6, 0.0),
        ),
    )
    site = looking(wraps)
    sunshine(site)

    snapshot = await minutes(site, 12 * 60, every_s=300)

    assert snapshot
    assert snapshot.profile.production_from is ProductionSource.V1
    assert snapshot.production.total.lifetime_wh == pytest.approx(
        sum(inverter.report.lifetime_wh for inverter in site.simulator.site.active_inverters), abs=2
    )


async def test_page_that_dies_on_a_standard_gateway_is_given_up():
    site = looking("p_d7_standard")
    sunshine(site)
    await minutes(site, 10)
    stalled = site.simulator.capture()["/api/v1/production"]
    site.simulator.faults["/api/v1/production"] = faults.Garbage(stalled)

    snapshot = await minutes(site, 180)

    assert snapshot
    assert snapshot.profile.production_from in OF_INVERTERS
    assert follows_the_inverters(snapshot, site)


async def test_verdict_on_a_page_outlives_a_reload():
    site = looking("p_d7_standard")
    sunshine(site)
    await minutes(site, 10)
    stalled = site.simulator.capture()["/api/v1/production"]
    site.simulator.faults["/api/v1/production"] = faults.Garbage(stalled)
    await minutes(site, 180)
    reload(site)

    snapshot = await minutes(site, 5)

    assert snapshot
    assert snapshot.profile.production_from in OF_INVERTERS


async def test_meter_that_is_switched_off_in_a_running_site_hands_over_to_the_inverters():
    site = looking(METERED)
    sunshine(site)
    await minutes(site, 10)
    truth = site.simulator.site
    for meter in truth.meters:
        meter.enabled = False
    firmware = site.simulator.firmware
    site.simulator.firmware = replace(
        firmware,
        quirks=firmware.quirks | {Quirk.V1_OF_IDLE_METER},
        left_over=(NOISE_W, truth.production.lifetime_wh),
    )

    snapshot = await minutes(site, 60)

    assert snapshot
    assert snapshot.profile.production_from in OF_INVERTERS
    assert follows_the_inverters(snapshot, site)


async def test_meter_on_the_grid_that_is_switched_on_later_changes_nothing():
    site = looking(idle(1583.0))
    sunshine(site)
    before = await minutes(site, 10)
    site.simulator.site.meters.append(make_meter("net-consumption"))

    after = await minutes(site, 60)

    assert before
    assert after
    assert after.meters.keys() == {MeterKind.NET_CONSUMPTION}
    assert after.profile.production_from is before.profile.production_from
    assert follows_the_inverters(after, site)


def around_nothing(site: Visit) -> Callable[[Any], Any]:
    """Return what takes the clamp on production off its wire."""
    register_wh = site.simulator.site.production.lifetime_wh
    still = {"activePower": -1.0, "instantaneousDemand": -1.0, "actEnergyDlvd": register_wh}

    def change(rows: Any) -> Any:
        production, *others = rows
        return [{**production, **still}, *others]

    return change


async def test_meter_around_nothing_is_contradicted_after_hours_of_sun():
    site = looking("pc_d7_one_phase")
    sunshine(site)
    await minutes(site, 10)
    site.simulator.faults["/ivp/meters/readings"] = faults.Transform(around_nothing(site))
    soon = await minutes(site, 60)
    assert soon
    assert not soon.contradictions

    later = await minutes(site, 180)

    assert later
    assert later.contradictions == {MeterKind.PRODUCTION}
    assert later.profile.production_from in OF_INVERTERS
    assert follows_the_inverters(later, site)


async def test_meter_is_believed_again_when_it_measures_again():
    site = looking("pc_d7_one_phase")
    sunshine(site)
    await minutes(site, 10)
    site.simulator.faults["/ivp/meters/readings"] = faults.Transform(around_nothing(site))
    await minutes(site, 240)
    reload(site)
    still = await minutes(site, 5)
    assert still
    assert still.contradictions
    site.simulator.faults.clear()

    after = await minutes(site, 120)

    assert after
    assert not after.contradictions
    assert after.profile.production_from is ProductionSource.READINGS


async def test_meter_at_night_is_not_contradicted():
    site = looking("pc_d7_one_phase")
    sunshine(site, 0.0)

    snapshot = await minutes(site, 12 * 60, every_s=300)

    assert snapshot
    assert not snapshot.contradictions
    assert snapshot.profile.production_from is ProductionSource.READINGS


async def test_page_that_leaves_the_inverters_out_for_once_changes_no_source():
    site = looking("pc_d7_no_cts")
    sunshine(site)
    before = await minutes(site, 10)
    site.simulator.faults["/production.json"] = faults.Transform(
        lambda page: {**page, "production": []}
    )

    after = await minutes(site, 5)

    assert before
    assert after
    assert after.sources == before.sources
