"""Batteries, one by one and together: which page is believed, and what of it when one is silent."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from custom_components.enphase_envoy.envoy_reader.equipment import (
    AcBattery,
    AcBatteryBank,
    Battery,
    BatteryBank,
    ChargeState,
    SleepState,
)
from custom_components.enphase_envoy.envoy_reader.models import Section, Snapshot
from custom_components.enphase_envoy.envoy_reader.pages.endpoints import (
    ENSEMBLE_INVENTORY,
    ENSEMBLE_POWER,
    INVENTORY,
    INVERTERS,
    PRODUCTION_JSON,
    READINGS,
    SECCTRL,
)
from custom_components.enphase_envoy.envoy_reader.pages.typed import Endpoint
from custom_components.enphase_envoy.envoy_reader.parsers.ensemble_inventory import Ensemble
from custom_components.enphase_envoy.envoy_reader.parsers.ensemble_power import BatteryPower
from custom_components.enphase_envoy.envoy_reader.parsers.inventory import (
    AcBatteryUnit,
    Inventory,
    Listed,
)
from custom_components.enphase_envoy.envoy_reader.parsers.inverters import InverterReport
from custom_components.enphase_envoy.envoy_reader.parsers.production_json import (
    AcbStorage,
    ProductionJson,
)
from custom_components.enphase_envoy.envoy_reader.parsers.secctrl import BatteryAggregate
from custom_components.enphase_envoy.envoy_reader.profile import GatewayProfile, Meter, MeterKind

from .evidence import EIDS, SERIAL, assembled, feeders_of, pages, reading

NOON = datetime(2025, 6, 1, 12, tzinfo=UTC)
EARLIER = datetime(2025, 6, 1, 11, tzinfo=UTC)
HALF = Battery(serial="9", charge_pct=50, capacity_wh=5000)
TOLD = BatteryAggregate(
    charge_pct=39,
    stored_wh=1990,
    capacity_wh=4900,
    health_pct=97,
    reserve_pct=20,
    reserve_wh=980,
    overall_charge_pct=35,
    overall_capacity_wh=8500,
    ac_battery_charge_pct=25,
    ac_battery_stored_wh=930,
)


def profile(
    *kinds: MeterKind, has_batteries: bool = False, has_ac_batteries: bool = False
) -> GatewayProfile:
    """Return the profile of a gateway with these current transformers."""
    return GatewayProfile(
        serial=SERIAL,
        firmware="D8.2.4345",
        meters=tuple(Meter(eid=EIDS[kind], kind=kind, phases=1) for kind in kinds),
        has_batteries=has_batteries,
        has_ac_batteries=has_ac_batteries,
    )


IQ = profile(has_batteries=True)
AC = profile(has_ac_batteries=True)


def told_by(chosen: GatewayProfile, *said: tuple[Endpoint[Any], object]) -> Snapshot:
    """Return what is made of these pages."""
    return assembled(chosen, pages(*said))


def bank(*batteries: Battery, **said: object) -> BatteryBank:
    """Return the IQ Batteries together, as these and ``power`` and ``totals`` tell, now."""
    told = told_by(
        IQ,
        (ENSEMBLE_INVENTORY, Ensemble(batteries=batteries)),
        *((page, said[name]) for name, page in _PAGES.items() if name in said),
    ).bank
    assert told
    return replace(told, charged_wh=None, discharged_wh=None)


_PAGES: dict[str, Endpoint[Any]] = {"power": ENSEMBLE_POWER, "totals": SECCTRL}


def test_battery_is_described_by_both_of_its_pages():
    unit = Battery(serial="9", charge_pct=40, capacity_wh=5000, power_w=7)
    power = {"9": BatteryPower(power_w=-1200, apparent_va=-1210, charge_pct=41)}

    battery = told_by(
        IQ, (ENSEMBLE_INVENTORY, Ensemble(batteries=(unit,))), (ENSEMBLE_POWER, power)
    ).batteries["9"]

    assert battery == Battery(
        serial="9", charge_pct=41, capacity_wh=5000, power_w=-1200, apparent_va=-1210
    )


def test_battery_of_old_firmware_is_described_by_one_page():
    unit = Battery(serial="9", charge_pct=40, power_w=7)

    battery = told_by(IQ, (ENSEMBLE_INVENTORY, Ensemble(batteries=(unit,)))).batteries["9"]

    assert battery == unit


def test_battery_that_is_mute_shows_its_last_charge_and_no_power():
    unit = Battery(serial="9", charge_pct=40, power_w=7, communicating=False)
    power = {"9": BatteryPower(power_w=-1200, apparent_va=-1210, charge_pct=0)}

    battery = told_by(
        IQ, (ENSEMBLE_INVENTORY, Ensemble(batteries=(unit,))), (ENSEMBLE_POWER, power)
    ).batteries["9"]

    assert battery == Battery(serial="9", charge_pct=40, communicating=False)


def test_sums_of_the_gateway_come_first():
    shown = bank(HALF, totals=TOLD)

    assert shown == BatteryBank(
        charge_pct=39,
        stored_wh=1990,
        capacity_wh=4900,
        health_pct=97,
        reserve_pct=20,
        reserve_wh=980,
    )


def test_own_sums_stand_in_for_those_of_the_gateway():
    small = Battery(serial="8", charge_pct=100, capacity_wh=1250)

    shown = bank(HALF, small)

    assert shown == BatteryBank(charge_pct=60, stored_wh=3750, capacity_wh=6250)


def test_sums_that_are_all_zero_are_none():
    zero = BatteryAggregate(
        charge_pct=0, stored_wh=0, capacity_wh=0, reserve_pct=0, overall_capacity_wh=0
    )

    shown = bank(HALF, totals=zero)

    assert shown == BatteryBank(charge_pct=50, stored_wh=2500, capacity_wh=5000)


@pytest.mark.parametrize("other", [Battery(serial="8"), Battery(serial="8", capacity_wh=0)])
def test_battery_of_which_nothing_is_known_does_not_count_for_the_charge(other):
    assert bank(HALF, other).charge_pct == 50


def test_charge_of_batteries_of_which_nothing_is_known():
    assert bank(Battery(serial="8")) == BatteryBank()


@pytest.mark.parametrize(
    ("others", "power_w"),
    [
        ({}, -300),
        ({"communicating": True}, None),
        ({"communicating": False}, -300),
    ],
)
def test_power_is_that_of_the_batteries_that_communicate(others, power_w):
    silent = [Battery(serial="8", **others)] if others else []

    shown = bank(HALF, *silent, power={"9": BatteryPower(power_w=-300)})

    assert shown.power_w == power_w


def test_power_of_batteries_that_are_all_mute_is_unknown():
    assert bank(Battery(serial="8", power_w=5, communicating=False)).power_w is None


def test_site_without_batteries_has_no_bank():
    assert told_by(profile(MeterKind.PRODUCTION)).bank is None


@pytest.mark.parametrize("has", [{"has_batteries": True}, {"has_ac_batteries": True}, {}])
def test_clamp_on_the_storage_counts_whatever_is_behind_it(has):
    registers = {EIDS[MeterKind.STORAGE]: reading(1000, 2000)}

    shown = told_by(profile(MeterKind.STORAGE, **has), (READINGS, registers)).bank

    assert shown == BatteryBank(charged_wh=2000, discharged_wh=1000)


def test_clamp_on_the_storage_that_is_silent():
    assert told_by(profile(MeterKind.STORAGE)).bank == BatteryBank()


# AC Batteries


def listed(*units: AcBatteryUnit) -> Inventory:
    """Return an inventory of AC Batteries."""
    return Inventory(
        inverters={}, ac_batteries={unit.device.serial: unit for unit in units}, relays={}
    )


def test_ac_battery_is_described_by_both_of_its_pages():
    report = InverterReport(serial="7", power_w=-90, reported_at=NOON, is_ac_battery=True)
    device = Listed(
        serial="7",
        part_number="800-00930-r03",
        firmware="520",
        reported_at=EARLIER,
        communicating=True,
        producing=False,
        operating=True,
    )
    unit = AcBatteryUnit(
        device=device,
        charge_pct=25,
        max_cell_temperature_c=21,
        charge_status="Charging",
        sleep_ordered=False,
        asleep=False,
        sleep_min_pct=25,
        sleep_max_pct=30,
    )

    batteries = told_by(AC, (INVERTERS, (report,)), (INVENTORY, listed(unit))).ac_batteries

    assert batteries == {
        "7": AcBattery(
            serial="7",
            charge_pct=25,
            power_w=-90,
            max_cell_temperature_c=21,
            charge_state=ChargeState.CHARGING,
            reported_at=NOON,
            sleep_state=SleepState.AWAKE,
            sleep_min_pct=25,
            sleep_max_pct=30,
            communicating=True,
            operating=True,
            producing=False,
            part_number="800-00930-r03",
            firmware="520",
        )
    }


def test_ac_battery_before_the_inventory_has_answered():
    report = InverterReport(serial="7", power_w=-90, reported_at=NOON, is_ac_battery=True)

    batteries = told_by(AC, (INVERTERS, (report,))).ac_batteries

    assert batteries == {"7": AcBattery(serial="7", power_w=-90, reported_at=NOON)}


def test_ac_battery_that_only_the_inventory_lists():
    unit = AcBatteryUnit(device=Listed(serial="7", reported_at=EARLIER))

    batteries = told_by(AC, (INVENTORY, listed(unit))).ac_batteries

    assert batteries == {"7": AcBattery(serial="7", reported_at=EARLIER)}


def test_ac_battery_that_was_removed_is_none():
    report = InverterReport(serial="7", is_ac_battery=True)
    unit = AcBatteryUnit(device=Listed(serial="7", removed=True))

    batteries = told_by(AC, (INVERTERS, (report,)), (INVENTORY, listed(unit))).ac_batteries

    assert batteries == {}


def test_inverter_is_no_ac_battery():
    assert told_by(AC, (INVERTERS, (InverterReport(serial="1"),))).ac_batteries == {}


SLEEPS = [
    (True, True, SleepState.ASLEEP),
    (True, False, SleepState.GOING_TO_SLEEP),
    (False, True, SleepState.WAKING),
    (False, False, SleepState.AWAKE),
    (None, True, None),
    (True, None, None),
]


def sleeper(serial: str, told: bool | None, asleep: bool | None) -> AcBatteryUnit:  # noqa: FBT001
    """Return an AC Battery that is told to sleep or not, and does or does not."""
    return AcBatteryUnit(device=Listed(serial=serial), sleep_ordered=told, asleep=asleep)


@pytest.mark.parametrize(("told", "asleep", "state"), SLEEPS)
def test_sleep_of_an_ac_battery(told, asleep, state):
    batteries = told_by(AC, (INVENTORY, listed(sleeper("7", told, asleep)))).ac_batteries

    assert batteries["7"].sleep_state is state


@pytest.mark.parametrize(
    ("each", "state"),
    [
        ([], None),
        ([(None, None)], None),
        ([(False, False), (None, None)], SleepState.AWAKE),
        ([(True, True), (True, True)], SleepState.ASLEEP),
        ([(True, True), (False, False)], SleepState.MIXED),
        ([(False, True), (False, False)], SleepState.WAKING),
        ([(False, True), (True, False)], SleepState.GOING_TO_SLEEP),
    ],
)
def test_sleep_of_all_ac_batteries(each, state):
    units = [sleeper(str(number), *one) for number, one in enumerate(each)]

    shown = told_by(AC, (INVENTORY, listed(*units))).ac_bank

    assert shown
    assert shown.sleep_state is state


def test_ac_batteries_together():
    storage = AcbStorage(count=3, power_w=260, stored_wh=931, state="discharging", charge_pct=26)

    shown = told_by(AC, (PRODUCTION_JSON, ProductionJson(storage=storage)), (SECCTRL, TOLD)).ac_bank

    assert shown == AcBatteryBank(
        power_w=260,
        stored_wh=931,
        charge_state=ChargeState.DISCHARGING,
        charge_pct=26,
        overall_charge_pct=35,
        overall_stored_wh=2920,
        overall_capacity_wh=8500,
    )


@pytest.mark.parametrize(
    "page",
    [
        (),
        ((PRODUCTION_JSON, ProductionJson()),),
        ((PRODUCTION_JSON, ProductionJson(storage=AcbStorage(count=3, power_w=0, state="idle"))),),
    ],
)
def test_ac_batteries_of_which_the_meter_page_says_nothing(page):
    reports = tuple(
        InverterReport(serial=serial, power_w=-90, is_ac_battery=True) for serial in ("7", "8")
    )

    shown = told_by(AC, (INVERTERS, reports), (SECCTRL, TOLD), *page).ac_bank

    assert shown == AcBatteryBank(
        power_w=-180,
        charge_pct=25,
        stored_wh=930,
        overall_charge_pct=35,
        overall_stored_wh=2920,
        overall_capacity_wh=8500,
    )


def test_word_of_an_ac_battery_that_is_not_known():
    storage = AcbStorage(state="dreaming", charge_pct=0)

    shown = told_by(AC, (PRODUCTION_JSON, ProductionJson(storage=storage))).ac_bank

    assert shown == AcBatteryBank(charge_pct=0)


def test_site_without_ac_batteries_has_no_bank_of_them():
    assert told_by(IQ, (SECCTRL, TOLD)).ac_bank is None


# What feeds them


def test_power_of_old_firmware_hangs_on_the_inventory():
    evidence = pages(lacking=(ENSEMBLE_POWER, SECCTRL, ENSEMBLE_INVENTORY))

    parts = feeders_of(IQ, evidence)

    assert parts[Section.BATTERY_POWER] == parts[Section.BATTERIES] == (ENSEMBLE_INVENTORY.path,)
    assert Section.BATTERY_TOTALS not in parts


def test_ac_batteries_hang_on_the_pages_that_describe_them():
    evidence = pages((INVENTORY, listed()), (PRODUCTION_JSON, ProductionJson()))

    parts = feeders_of(AC, evidence)

    expected = {
        Section.AC_BATTERIES: (INVENTORY.path,),
        Section.AC_BATTERY_TOTALS: (PRODUCTION_JSON.path,),
        Section.BATTERY_TOTALS: (SECCTRL.path,),
    }
    assert parts.items() >= expected.items()


def test_ac_batteries_wait_for_the_inventory():
    assert Section.AC_BATTERIES not in feeders_of(AC, pages())
