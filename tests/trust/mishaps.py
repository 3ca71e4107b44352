"""What happens to counters: each fault of a gateway with the site that shows it, as data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from tests.simulator import SCENARIOS, Simulator, faults
from tests.simulator.firmware import D8, Quirk
from tests.simulator.scenarios import WRAP_WH, Scenario
from tests.simulator.site import Site

READINGS = "/ivp/meters/readings"
METER_PAGE = "/production.json"
V1 = "/api/v1/production"
PRODUCTION_EID, NET_EID, STORAGE_EID = 704643328, 704643584, 704643840

type Register = Callable[[Site], float]
type Deed = Callable[[Simulator], None]


def metered_production(site: Site) -> float:
    """Return what the production clamp has counted."""
    return site.production.lifetime_wh


def reported_production(site: Site) -> float:
    """Return what the inverters have told the gateway, those that are gone included."""
    return sum(inverter.report.lifetime_wh for inverter in site.inverters.values())


def metered_consumption(site: Site) -> float:
    """Return what gateways count as consumption: at night it has in it what inverters draw."""
    return site.consumption.lifetime_wh


METERED = {"energy_production": metered_production, "energy_consumption": metered_consumption}
REPORTED = {"energy_production": reported_production}
STORAGE = {
    "battery_energy_charged": lambda site: site.charged_wh,
    "battery_energy_discharged": lambda site: site.discharged_wh,
}


def nothing(_: Simulator) -> None:
    """Let it happen by itself."""


def clear(simulator: Simulator) -> None:
    """Take all faults away."""
    simulator.faults.clear()


@dataclass(frozen=True, slots=True, kw_only=True)
class Mishap:
    """Something that happens in the course of a day."""

    name: str
    scenario: Scenario
    registers: Mapping[str, Register]
    """The truth behind an entity, by the tail of its id; energies have lifetime and day."""
    at_hour: float = 12.1
    """When it begins, in hours after the gateway's midnight; early in an hour, as what is held
    belongs to the hour in which it is believed."""
    lasts_s: float = 360
    begin: Deed = nothing
    end: Deed = clear
    lost_polls: int = 0
    """Polls whose energy nobody can know: before a new register, or while one says nothing."""
    day_told: bool = True
    """Whether some page tells the day, so that today is known before the first midnight."""


def _fault(path: str, fault: faults.Fault, samples: int | None = None) -> Deed:
    """Return a deed that spoils a page, for so many answers or until it is cleared."""

    def begin(simulator: Simulator) -> None:
        simulator.faults[path] = fault if samples is None else [fault] * samples

    return begin


def _zeros(simulator: Simulator) -> None:
    """Answer zeros on every page of energies, as after a restart (section 3.5)."""
    for path in (READINGS, METER_PAGE, V1):
        simulator.faults[path] = faults.Zeros()


def _underflow(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Turn registers into small negative numbers in 32 bits without a sign."""
    for row in rows:
        row["actEnergyDlvd"] = row["actEnergyRcvd"] = 2**32 - 57
    return rows


def _higher(eid: int, wh: float) -> Callable[[list[dict[str, Any]]], list[dict[str, Any]]]:
    """Return a change that lets both registers of a meter say so much more, on L1."""

    def change(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        for row in rows:
            if row["eid"] == eid:
                for part in (row, row["channels"][0]):
                    part["actEnergyDlvd"] += wh
                    part["actEnergyRcvd"] += wh
        return rows

    return change


def _leap(wh: float) -> Deed:
    """Return a deed that lets the registers of production and grid go on elsewhere."""

    def begin(simulator: Simulator) -> None:
        for flow in (simulator.site.production, simulator.site.grid):
            for phase in flow.phases:
                phase.move_to(phase.delivered.wh + wh, phase.received.wh + 2 * wh)

    return begin


def _day_figures(wh: float) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Return a change of the day and the week on the meters' page."""

    def change(page: dict[str, Any]) -> dict[str, Any]:
        for row in (*page["production"], *page["consumption"]):
            for part in (row, *row.get("lines", ())):
                if "whToday" in part:
                    part["whToday"] = part["whLastSevenDays"] = wh
        return page

    return change


def _meter_replaced(wh: float) -> Deed:
    """Return a deed that puts in a production meter whose register stands elsewhere."""

    def begin(simulator: Simulator) -> None:
        for phase in simulator.site.production.phases:
            phase.move_to(wh, 0.0)

    return begin


def _inverter_added(simulator: Simulator) -> None:
    (serial,) = simulator.site.add_inverters(1)
    simulator.site.inverters[serial].move_to(740_000.0)


def _inverter_removed(simulator: Simulator) -> None:
    next(iter(simulator.site.inverters.values())).removed = True


def _inverter_replaced(simulator: Simulator) -> None:
    _inverter_removed(simulator)
    simulator.site.add_inverters(1)


def _with_quirks(name: str, *quirks: Quirk) -> Scenario:
    scenario = SCENARIOS[name]
    firmware = scenario.firmware
    return replace(scenario, firmware=replace(firmware, quirks=firmware.quirks | frozenset(quirks)))


_ONE_PHASE = SCENARIOS["pc_d7_one_phase"]
_STANDARD = SCENARIOS["p_d7_standard"]
_DETAILED = SCENARIOS["pc_d82_stalled"]
_SINGLE_WRAPS = replace(
    SCENARIOS["pc_d7_no_cts"],
    firmware=replace(D8, quirks=frozenset({Quirk.V1_ZERO_ENERGY, Quirk.EACH_INVERTER_WRAPS})),
    plan=replace(
        SCENARIOS["pc_d7_no_cts"].plan,
        inverters_wh=(WRAP_WH - 400.0, WRAP_WH + 169_000.0),
        inverter_wh=850_000.0,
    ),
)
_YOUNG = replace(
    SCENARIOS["pc_d7_three_phase"],
    plan=replace(
        SCENARIOS["pc_d7_three_phase"].plan,
        production_wh=14_000.0,
        imported_wh=31_000.0,
        exported_wh=6_000.0,
    ),
)
_MIDNIGHT: dict[str, Any] = {"at_hour": 23.95, "lasts_s": 900.0}

MISHAPS = (
    Mishap(name="zeros_of_meters", scenario=_ONE_PHASE, registers=METERED, begin=_zeros),
    Mishap(
        name="zeros_of_firmware_3",
        scenario=SCENARIOS["p_d318_closing"],
        registers=REPORTED,
        begin=_zeros,
    ),
    Mishap(
        name="half_a_sample",
        scenario=_ONE_PHASE,
        registers=METERED,
        begin=_fault(READINGS, faults.Scale(0.5), samples=1),
    ),
    Mishap(
        name="sum_wraps",
        scenario=SCENARIOS["pc_d7_no_cts"],
        registers=REPORTED,
        day_told=False,
    ),
    Mishap(
        name="single_inverter_wraps",
        scenario=_SINGLE_WRAPS,
        registers=REPORTED,
        day_told=False,
    ),
    Mishap(
        name="today_is_lifetime",
        scenario=_with_quirks("pc_d7_one_phase", Quirk.TODAY_IS_LIFETIME),
        registers=METERED,
        day_told=False,
    ),
    Mishap(
        name="seven_days_absurd",
        scenario=_ONE_PHASE,
        registers=METERED,
        begin=_fault(METER_PAGE, faults.Transform(_day_figures(9e6))),
    ),
    Mishap(
        name="today_resets_late",
        scenario=_with_quirks("pc_d7_one_phase", Quirk.TODAY_RESETS_LATE),
        registers=METERED,
        **_MIDNIGHT,
    ),
    Mishap(
        name="today_resets_early",
        scenario=_ONE_PHASE,
        registers=METERED,
        begin=_fault(METER_PAGE, faults.Transform(_day_figures(0.0))),
        **_MIDNIGHT,
    ),
    Mishap(
        name="today_resets_to_an_offset",
        scenario=_ONE_PHASE,
        registers=METERED,
        begin=_fault(METER_PAGE, faults.Transform(_day_figures(4321.0))),
        **_MIDNIGHT,
    ),
    Mishap(
        name="today_underflows",
        scenario=_with_quirks("pc_d7_one_phase", Quirk.TODAY_UNDERFLOWS),
        registers=METERED,
        day_told=False,
    ),
    Mishap(
        name="register_underflows",
        scenario=_ONE_PHASE,
        registers=METERED,
        begin=_fault(READINGS, faults.Transform(_underflow)),
    ),
    Mishap(
        name="storage_phase_drops_out",
        scenario=SCENARIOS["pc_d83_storage_drops"],
        registers=STORAGE,
        lost_polls=1,
    ),
    Mishap(
        name="total_is_net_and_source_flips",
        scenario=SCENARIOS["pc_d83_total_is_net"],
        registers=METERED,
        day_told=False,
    ),
    Mishap(name="phantom_channel", scenario=SCENARIOS["pc_d83_generator"], registers=METERED),
    Mishap(
        name="inverter_added_to_a_sum",
        scenario=_STANDARD,
        registers=REPORTED,
        begin=_inverter_added,
        lost_polls=1,
    ),
    Mishap(
        name="inverter_removed_from_a_sum",
        scenario=_STANDARD,
        registers=REPORTED,
        begin=_inverter_removed,
        lost_polls=1,
    ),
    Mishap(
        name="inverter_added",
        scenario=_DETAILED,
        registers=REPORTED,
        begin=_inverter_added,
        lost_polls=1,
    ),
    Mishap(
        name="inverter_replaced",
        scenario=_DETAILED,
        registers=REPORTED,
        begin=_inverter_replaced,
        lost_polls=1,
    ),
    Mishap(
        name="new_meter",
        scenario=_ONE_PHASE,
        registers=METERED,
        begin=_meter_replaced(12_000.0),
        lost_polls=1,
    ),
    Mishap(
        name="used_meter",
        scenario=_ONE_PHASE,
        registers=METERED,
        begin=_meter_replaced(15_000_000.0),
        lost_polls=1,
    ),
    Mishap(
        name="production_leaps_once",
        scenario=_ONE_PHASE,
        registers=METERED,
        begin=_fault(READINGS, faults.Transform(_higher(PRODUCTION_EID, 600.0)), samples=1),
    ),
    Mishap(
        name="grid_leaps_once",
        scenario=_ONE_PHASE,
        registers=METERED,
        begin=_fault(READINGS, faults.Transform(_higher(NET_EID, 4000.0)), samples=1),
    ),
    Mishap(
        name="storage_leaps_once",
        scenario=SCENARIOS["pc_d83_three_phase_storage_ct"],
        registers=STORAGE,
        begin=_fault(READINGS, faults.Transform(_higher(STORAGE_EID, 2000.0)), samples=1),
    ),
    Mishap(
        name="young_site_doubled_once",
        scenario=_YOUNG,
        registers=METERED,
        begin=_fault(READINGS, faults.Scale(2.0), samples=1),
    ),
    Mishap(
        name="leap_that_stays",
        scenario=_ONE_PHASE,
        registers=METERED,
        begin=_leap(30_000.0),
        lost_polls=1,
    ),
)
