"""Batteries, each and together: which page gives each of their values.

The gateway's own sums are preferred: it knows which batteries it can use. Ours replace missing
ones.
"""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from ..counters.identity import Direction
from ..counters.site import Drafted, counted
from ..equipment import AcBattery, AcBatteryBank, BatteryBank, ChargeState, SleepState
from ..models import Section, added
from ..pages.endpoints import (
    ENSEMBLE_INVENTORY,
    ENSEMBLE_POWER,
    INVENTORIES,
    INVERTERS,
    LIVE_STATUS,
    METER_PAGES,
    READINGS,
    SECCTRL,
    meter_page,
)
from ..pages.plausible import BATTERY_W, plausible
from ..parsers.ensemble_power import BatteryPower
from ..parsers.secctrl import BatteryAggregate
from ..profile import MeterKind
from .registers import ct_term, reading_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ..counters.identity import Terms
    from ..counters.site import Counters
    from ..equipment import Battery
    from ..pages.typed import Pages
    from ..parsers.ensemble_inventory import Ensemble
    from ..parsers.inventory import AcBatteryUnit, Inventory
    from ..parsers.inverters import InverterReport
    from ..profile import GatewayProfile
    from .kept import Kept

BATTERY: Final = "battery"
"""Name of the power that we add up where no current transformer measures the storage."""
BATTERY_CHARGED: Final = "battery_charged"
BATTERY_DISCHARGED: Final = "battery_discharged"
"""Names of the counters."""
_NO_CLAIM_W: Final = 0.0
"""No page says anything of these days, so no limit is needed to judge it."""
_SLEEP: Final[Mapping[tuple[bool | None, bool | None], SleepState]] = {
    (True, True): SleepState.ASLEEP,
    (True, False): SleepState.GOING_TO_SLEEP,
    (False, True): SleepState.WAKING,
    (False, False): SleepState.AWAKE,
}
"""By two flags: whether sleep is ordered, and whether the battery sleeps."""


def storage_feeders(profile: GatewayProfile, pages: Pages) -> Mapping[Section, tuple[str, ...]]:
    """Return the paths of the pages that feed the sections of batteries, if there are any."""
    power = ENSEMBLE_INVENTORY if pages.lacks(ENSEMBLE_POWER) else ENSEMBLE_POWER
    found: dict[Section, tuple[str, ...]] = {}
    if profile.has_batteries:
        found[Section.BATTERIES] = (ENSEMBLE_INVENTORY.path,)
        found[Section.BATTERY_POWER] = (power.path,)
        flow = power if _live_power(pages) is None else LIVE_STATUS
        found[Section.BATTERY_FLOW] = (flow.path,)
    if profile.meter(MeterKind.STORAGE):
        found[Section.BATTERY_FLOW] = (READINGS.path,)
    if SECCTRL.wanted(profile, pages) and not pages.lacks(SECCTRL):
        found[Section.BATTERY_TOTALS] = (SECCTRL.path,)
    if profile.has_ac_batteries:
        found[Section.AC_BATTERY_TOTALS] = (pages.first(*METER_PAGES).path,)
        inventory = pages.first(*INVENTORIES)
        if inventory.page is not None:  # the first collection leaves this page out
            found[Section.AC_BATTERIES] = (inventory.path,)
    return found


def batteries_of(pages: Pages, kept: Kept) -> Mapping[str, Battery]:
    """Return the IQ Batteries by serial number."""
    return kept.made(_batteries, pages.get(ENSEMBLE_INVENTORY), pages.get(ENSEMBLE_POWER))


def _batteries(
    ensemble: Ensemble | None, given: Mapping[str, BatteryPower] | None
) -> Mapping[str, Battery]:
    powers = given or {}
    return MappingProxyType(
        {
            battery.serial: _with_power(battery, powers.get(battery.serial) or BatteryPower())
            for battery in (ensemble.batteries if ensemble else ())
        }
    )


def _with_power(battery: Battery, power: BatteryPower) -> Battery:
    """Add the values of the fast page; without communication a battery has no power."""
    if battery.communicating is False:
        return replace(battery, power_w=None)
    power_w = battery.power_w if power.power_w is None else power.power_w
    return replace(
        battery,
        charge_pct=battery.charge_pct if power.charge_pct is None else power.charge_pct,
        power_w=plausible(power_w, BATTERY_W),
        apparent_va=power.apparent_va,
    )


def bank_of(
    profile: GatewayProfile, pages: Pages, batteries: Mapping[str, Battery]
) -> BatteryBank | None:
    """Return the IQ Batteries together; ``with_energies`` adds their energies."""
    if not profile.has_batteries:
        return BatteryBank() if profile.meter(MeterKind.STORAGE) else None
    every, totals = batteries.values(), _totals(pages)
    reachable = [battery for battery in every if battery.communicating is not False]
    live_w = plausible(_live_power(pages), BATTERY_W * max(1, len(reachable)))
    return BatteryBank(
        charge_pct=_charge(every) if totals.charge_pct is None else totals.charge_pct,
        stored_wh=_sum(totals.stored_wh, (battery.stored_wh for battery in every)),
        capacity_wh=_sum(totals.capacity_wh, (battery.capacity_wh for battery in every)),
        health_pct=totals.health_pct,
        reserve_pct=totals.reserve_pct,
        reserve_wh=totals.reserve_wh,
        power_w=added(*(battery.power_w for battery in reachable)) if live_w is None else live_w,
    )


def _live_power(pages: Pages) -> float | None:
    """Return the power of all batteries by live status, in watts, while that page is of now."""
    status = None if LIVE_STATUS.path in pages.stale else pages.get(LIVE_STATUS)
    return status.storage.total_w if status else None


def storage_power(
    profile: GatewayProfile, pages: Pages, batteries: Mapping[str, Battery]
) -> float | None:
    """Return what comes out of all batteries; ``None`` while one of them does not say."""
    if profile.meter(MeterKind.STORAGE):
        reading = reading_of(profile, pages, MeterKind.STORAGE)
        return reading.total.power_w if reading else None
    live_w = _live_power(pages)
    every_w = added(*(battery.power_w for battery in batteries.values()))
    return every_w if live_w is None else live_w


def storage_terms(profile: GatewayProfile) -> tuple[Terms, Terms]:
    """Return what the energies are made of that come out of the batteries and go into them."""
    out, into = Direction.DELIVERED, Direction.RECEIVED
    if profile.meter(MeterKind.STORAGE):
        return (ct_term(MeterKind.STORAGE, out),), (ct_term(MeterKind.STORAGE, into),)
    return (counted(BATTERY, out),), (counted(BATTERY, into),)


def with_energies(
    bank: BatteryBank | None,
    profile: GatewayProfile,
    pages: Pages,
    counters: Counters,
    *,
    just_read: bool,
) -> BatteryBank | None:
    """Add what flows through the batteries, with counters that only grow.

    A current transformer counts it, or we do; ``just_read``: their powers are of this collection.
    """
    if bank is None:
        return None
    flow_w = bank.power_w
    if profile.meter(MeterKind.STORAGE):
        flow_w = storage_power(profile, pages, {})
    else:
        counters.count(
            BATTERY,
            power_w=bank.power_w if just_read else None,
            stored_wh=bank.stored_wh,
            capacity_wh=bank.capacity_wh,
        )
    out, into = storage_terms(profile)
    discharged = counters.energy(BATTERY_DISCHARGED, Drafted(terms=out), _NO_CLAIM_W)
    charged = counters.energy(BATTERY_CHARGED, Drafted(terms=into), _NO_CLAIM_W)
    return replace(
        bank,
        flow_w=flow_w,
        charged_wh=charged.lifetime_wh,
        discharged_wh=discharged.lifetime_wh,
        charged_today_wh=charged.today_wh,
        discharged_today_wh=discharged.today_wh,
    )


def _totals(pages: Pages) -> BatteryAggregate:
    """Return the gateway's own sums; after a restart they are zero for a while and not used."""
    totals = pages.get(SECCTRL)
    return BatteryAggregate() if totals is None or totals.overall_capacity_wh == 0 else totals


def _sum(total: float | None, addends: Iterable[float | None]) -> float | None:
    return added(*addends) if total is None else total


def _charge(batteries: Iterable[Battery]) -> float | None:
    """Return the charge in percent, weighted by capacity, where the energy is known."""
    known = [
        (battery.stored_wh, battery.capacity_wh)
        for battery in batteries
        if battery.stored_wh is not None and battery.capacity_wh
    ]
    capacity_wh = sum(capacity for _, capacity in known)
    return 100 * sum(stored for stored, _ in known) / capacity_wh if capacity_wh else None


def ac_batteries_of(pages: Pages, kept: Kept) -> Mapping[str, AcBattery]:
    """Return the AC Batteries by serial number, from the list of inverters and the inventory."""
    return kept.made(_ac_batteries, pages.first(*INVENTORIES).page, pages.get(INVERTERS))


def _ac_batteries(
    inventory: Inventory | None, inverters: tuple[InverterReport, ...] | None
) -> Mapping[str, AcBattery]:
    listed = inventory.ac_batteries if inventory else {}
    removed = {serial for serial, unit in listed.items() if unit.device.removed}
    reports = {report.serial: report for report in inverters or () if report.is_ac_battery}
    return MappingProxyType(
        {
            serial: _ac_battery(serial, listed.get(serial), reports.get(serial))
            for serial in dict.fromkeys((*reports, *listed))
            if serial not in removed
        }
    )


def _ac_battery(
    serial: str, unit: AcBatteryUnit | None, report: InverterReport | None
) -> AcBattery:
    battery = AcBattery(
        serial=serial,
        power_w=plausible(report.power_w, BATTERY_W) if report else None,
        reported_at=report.reported_at if report else None,
    )
    if unit is None:
        return battery
    device = unit.device
    return replace(
        battery,
        charge_pct=unit.charge_pct,
        max_cell_temperature_c=unit.max_cell_temperature_c,
        charge_state=_charge_state(unit.charge_status),
        reported_at=battery.reported_at or device.reported_at,
        sleep_state=_SLEEP.get((unit.sleep_ordered, unit.asleep)),
        sleep_min_pct=unit.sleep_min_pct,
        sleep_max_pct=unit.sleep_max_pct,
        communicating=device.communicating,
        operating=device.operating,
        producing=device.producing,
        part_number=device.part_number,
        firmware=device.firmware,
    )


def ac_bank_of(
    profile: GatewayProfile, pages: Pages, batteries: Mapping[str, AcBattery]
) -> AcBatteryBank | None:
    """Return the AC Batteries together, and both kinds of batteries together."""
    if not profile.has_ac_batteries:
        return None
    page, totals = meter_page(pages), _totals(pages)
    # Without a charge the other values mean nothing, as on a site without batteries (9.3).
    storage = page.storage if page and page.storage else None
    if storage and storage.charge_pct is None:
        storage = None
    every = batteries.values()
    return AcBatteryBank(
        power_w=plausible(
            storage.power_w if storage else added(*(battery.power_w for battery in every)),
            BATTERY_W * max(1, len(every)),
        ),
        charge_pct=storage.charge_pct if storage else totals.ac_battery_charge_pct,
        stored_wh=storage.stored_wh if storage else totals.ac_battery_stored_wh,
        charge_state=_charge_state(storage.state) if storage else None,
        sleep_state=_sleep_of_all(battery.sleep_state for battery in every),
        overall_charge_pct=totals.overall_charge_pct,
        overall_stored_wh=added(totals.stored_wh, totals.ac_battery_stored_wh),
        overall_capacity_wh=totals.overall_capacity_wh,
    )


def _charge_state(word: str | None) -> ChargeState | None:
    return next((state for state in ChargeState if state == (word or "").lower()), None)


def _sleep_of_all(each: Iterable[SleepState | None]) -> SleepState | None:
    """Return the common state; while one battery is changing state, that is the state of all."""
    states = {state for state in each if state is not None}
    for underway in (SleepState.GOING_TO_SLEEP, SleepState.WAKING):
        if underway in states:
            return underway
    return next(iter(states)) if len(states) == 1 else SleepState.MIXED if states else None
