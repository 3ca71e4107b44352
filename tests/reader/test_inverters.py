"""Which page is asked for what of the inverters, and what of it holds."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from custom_components.enphase_envoy.envoy_reader.equipment import Inverter
from custom_components.enphase_envoy.envoy_reader.known.detect import detect
from custom_components.enphase_envoy.envoy_reader.models import Section
from custom_components.enphase_envoy.envoy_reader.pages.endpoints import (
    DEVICE_DATA,
    DEVICE_STATUS,
    INVENTORY,
    INVERTERS,
    PLAIN_INVENTORY,
)
from custom_components.enphase_envoy.envoy_reader.pages.typed import Pages
from custom_components.enphase_envoy.envoy_reader.parsers.device_data import DeviceData
from custom_components.enphase_envoy.envoy_reader.parsers.devstatus import DeviceStatus
from custom_components.enphase_envoy.envoy_reader.parsers.inventory import Inventory, Listed
from custom_components.enphase_envoy.envoy_reader.parsers.inverters import InverterReport
from custom_components.enphase_envoy.envoy_reader.profile import GatewayProfile, InverterSource

from .evidence import assembled, feeders_of, pages

NOON = datetime(2026, 6, 17, 12, tzinfo=UTC)
MORNING = datetime(2026, 6, 17, 8, tzinfo=UTC)
REPORT = InverterReport(serial="1", power_w=212, max_power_w=366, reported_at=NOON)
DETAIL = Inverter(
    serial="1",
    power_w=199,
    max_power_w=365,
    reported_at=MORNING,
    detailed=True,
    interval_s=900,
    today_wh=1200,
    yesterday_wh=900,
    week_wh=7000,
    lifetime_wh=500_000,
    dc_voltage_v=36,
    dc_current_a=6,
    ac_voltage_v=235,
    ac_current_a=0.9,
    frequency_hz=50,
    temperature_c=31,
    gone=False,
)
STATUS = Inverter(
    serial="1", detailed=True, dc_voltage_v=35, power_w=200, communicating=True, producing=True
)


def devices(*inverters: Inverter, **removed: datetime | None) -> DeviceData:
    """Return the page of details."""
    by_serial = {inverter.serial: inverter for inverter in inverters}
    return DeviceData(complete=True, inverters=by_serial, removed=removed)


def inventory(*listed: Listed) -> Inventory:
    """Return the inventory of these inverters."""
    by_serial = {device.serial: device for device in listed}
    return Inventory(inverters=by_serial, ac_batteries={}, relays={})


def known(evidence: Pages) -> GatewayProfile:
    """Return the profile of a gateway that has said who it is."""
    profile = detect(evidence)
    assert profile
    return profile


def shown(evidence: Pages) -> dict[str, Inverter]:
    """Return the inverters as these pages show them."""
    return dict(assembled(known(evidence), evidence).inverters)


def fed(evidence: Pages) -> dict[Section, tuple[str, ...]]:
    """Return the pages that feed what is told of inverters."""
    return {
        section: paths
        for section, paths in feeders_of(known(evidence), evidence).items()
        if section.startswith("inverter")
    }


def test_list_alone_gives_three_figures():
    assert shown(pages((INVERTERS, (REPORT,)))) == {
        "1": Inverter(serial="1", power_w=212, max_power_w=366, reported_at=NOON)
    }


def test_ac_battery_in_the_list_is_no_inverter():
    battery = InverterReport(serial="2", is_ac_battery=True)

    assert list(shown(pages((INVERTERS, (REPORT, battery))))) == ["1"]


def test_power_and_last_report_are_those_of_the_list():
    inverter = shown(pages((INVERTERS, (REPORT,)), (DEVICE_DATA, devices(DETAIL))))["1"]

    assert (inverter.power_w, inverter.max_power_w, inverter.reported_at) == (212, 366, NOON)


def test_everything_else_is_of_the_details():
    inverter = shown(pages((INVERTERS, (REPORT,)), (DEVICE_DATA, devices(DETAIL))))["1"]

    assert (inverter.detailed, inverter.today_wh, inverter.ac_voltage_v) == (True, 1200, 235)


def test_inverter_beyond_the_limit_of_the_details_has_none():
    others = InverterReport(serial="2", power_w=210)

    inverters = shown(pages((INVERTERS, (REPORT, others)), (DEVICE_DATA, devices(DETAIL))))

    assert {serial: inverter.detailed for serial, inverter in inverters.items()} == {
        "1": True,
        "2": False,
    }


def test_details_stand_for_a_list_that_nobody_may_read():
    evidence = pages((DEVICE_DATA, devices(DETAIL)), lacking=(INVERTERS,))

    assert known(evidence).inverters_from is InverterSource.DEVICE_DATA
    assert shown(evidence)["1"].power_w == 199


def test_details_do_not_stand_for_a_list_that_may_still_come():
    evidence = pages((DEVICE_DATA, devices(DETAIL)))

    assert known(evidence).inverters_from is None
    assert shown(evidence) == {}


@pytest.mark.parametrize("page", [None, devices()])
def test_status_gives_details_where_no_other_page_does(page):
    more = ((DEVICE_DATA, page),) if page else ()
    status = DeviceStatus(inverters={"1": STATUS})

    inverter = shown(pages((INVERTERS, (REPORT,)), (DEVICE_STATUS, status), *more))["1"]

    assert (inverter.dc_voltage_v, inverter.power_w) == (35, 212)


def test_status_gives_way_to_the_full_details():
    status = DeviceStatus(inverters={"1": STATUS})

    evidence = pages(
        (INVERTERS, (REPORT,)), (DEVICE_STATUS, status), (DEVICE_DATA, devices(DETAIL))
    )

    assert known(evidence).inverter_details_from is InverterSource.DEVICE_DATA


@pytest.mark.parametrize(
    "silent",
    [
        Inverter(serial="1", ac_voltage_v=230, temperature_c=20, today_wh=5, gone=True),
        Inverter(serial="1", ac_voltage_v=230, temperature_c=20, today_wh=5, communicating=False),
    ],
)
def test_silent_inverter_keeps_its_energy_only(silent):
    inverter = shown(pages((INVERTERS, (REPORT,)), (DEVICE_DATA, devices(silent))))["1"]

    assert (inverter.ac_voltage_v, inverter.temperature_c, inverter.today_wh) == (None, None, 5)


@pytest.mark.parametrize(
    ("figure", "wh"),
    [
        ("today_wh", -1),
        ("today_wh", 24_001),
        ("yesterday_wh", 4_294_967_000),
        ("week_wh", 7 * 24_000 + 1),
    ],
)
def test_energy_that_no_inverter_makes_is_not_shown(figure, wh):
    odd = Inverter(serial="1", **{"today_wh": 1, "yesterday_wh": 2, "week_wh": 3, figure: wh})

    inverter = shown(pages((INVERTERS, (REPORT,)), (DEVICE_DATA, devices(odd))))["1"]

    energies = {"today_wh": 1, "yesterday_wh": 2, "week_wh": 3, figure: None}
    assert {name: getattr(inverter, name) for name in energies} == energies


def test_inventory_tells_state_and_make():
    listed = Listed(
        serial="1", firmware="v04", part_number="800", communicating=True, producing=False
    )

    inverter = shown(pages((INVERTERS, (REPORT,)), (INVENTORY, inventory(listed))))["1"]

    assert (inverter.communicating, inverter.producing) == (True, False)
    assert (inverter.firmware, inverter.part_number) == ("v04", "800")


def test_inventory_without_removed_devices_serves_where_there_is_no_other():
    listed = Listed(serial="1", firmware="v04")
    evidence = pages(
        (INVERTERS, (REPORT,)), (PLAIN_INVENTORY, inventory(listed)), lacking=(INVENTORY,)
    )

    assert shown(evidence)["1"].firmware == "v04"
    assert fed(evidence)[Section.INVERTER_STATES] == (PLAIN_INVENTORY.path,)


def test_status_knows_the_state_better_than_the_inventory():
    status = DeviceStatus(inverters={"1": STATUS})
    listed = Listed(serial="1", communicating=False, producing=False)

    inverter = shown(
        pages((INVERTERS, (REPORT,)), (DEVICE_STATUS, status), (INVENTORY, inventory(listed)))
    )["1"]

    assert (inverter.communicating, inverter.producing) == (True, True)


@pytest.mark.parametrize(
    "evidence",
    [
        (DEVICE_DATA, devices(**{"2": MORNING})),
        (DEVICE_DATA, devices(**{"2": None})),
        (INVENTORY, inventory(Listed(serial="2", removed=True, reported_at=MORNING))),
        (INVENTORY, inventory(Listed(serial="2", removed=True))),
    ],
)
@pytest.mark.parametrize("reported_at", [None, MORNING])
def test_inverter_that_was_taken_out_is_not_there(evidence, reported_at):
    old = InverterReport(serial="2", power_w=0, reported_at=reported_at)

    assert list(shown(pages((INVERTERS, (REPORT, old)), evidence))) == ["1"]


@pytest.mark.parametrize(
    "evidence",
    [
        (DEVICE_DATA, devices(**{"1": MORNING})),
        (INVENTORY, inventory(Listed(serial="1", removed=True, reported_at=MORNING))),
    ],
)
def test_inverter_that_has_reported_since_is_there_again(evidence):
    assert list(shown(pages((INVERTERS, (REPORT,)), evidence))) == ["1"]


@pytest.mark.parametrize(
    ("evidence", "paths"),
    [
        (pages(), {Section.INVERTERS: (INVERTERS.path,)}),
        (pages((INVERTERS, (REPORT,))), {Section.INVERTERS: (INVERTERS.path,)}),
        (
            pages((INVERTERS, (REPORT,)), (DEVICE_DATA, devices(DETAIL))),
            {
                Section.INVERTERS: (INVERTERS.path,),
                Section.INVERTER_DETAILS: (DEVICE_DATA.path,),
            },
        ),
        (
            pages((DEVICE_DATA, devices(DETAIL)), lacking=(INVERTERS,)),
            {
                Section.INVERTERS: (DEVICE_DATA.path,),
                Section.INVERTER_DETAILS: (DEVICE_DATA.path,),
            },
        ),
        (
            pages((INVERTERS, (REPORT,)), (DEVICE_STATUS, DeviceStatus(inverters={"1": STATUS}))),
            {
                Section.INVERTERS: (INVERTERS.path,),
                Section.INVERTER_DETAILS: (DEVICE_STATUS.path,),
                Section.INVERTER_STATES: (DEVICE_STATUS.path,),
            },
        ),
        (
            pages((INVERTERS, (REPORT,)), (INVENTORY, inventory(Listed(serial="1")))),
            {
                Section.INVERTERS: (INVERTERS.path,),
                Section.INVERTER_STATES: (INVENTORY.path,),
            },
        ),
    ],
    ids=["nothing", "list", "details", "details alone", "status", "inventory"],
)
def test_silence_of_a_page_costs_what_it_feeds(evidence, paths):
    assert fed(evidence) == paths
