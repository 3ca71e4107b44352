"""What goes wrong in a week: each plight lasts as long as its context, and then it is over."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace

import httpx

from tests.simulator import faults
from tests.simulator import firmware as fw
from tests.simulator.faults import Fault
from tests.simulator.firmware import Quirk

from .mishaps import MISHAPS
from .week import MINUTE_S, Week

type Happening = AsyncGenerator[None]

PAGE_FAULTS: tuple[Fault, ...] = (
    faults.Hang(),
    faults.Refuse(),
    faults.Reset(),
    faults.CutShort(),
    faults.Truncate(),
    *map(faults.Status, (401, 403, 404, 500, 502, 503)),
    *map(faults.Garbage, (b"<html><body>Sorry</body></html>", b"{}", b"[]", b"null", b'"text"')),
)
PAGES = (
    "/info",
    "/home",
    "/ivp/meters",
    "/ivp/meters/readings",
    "/ivp/ensemble/inventory",
    "/ivp/ensemble/power",
    "/ivp/ensemble/secctrl",
    "/api/v1/production/inverters",
    "/production.json",
)
ZEROS = next(mishap for mishap in MISHAPS if mishap.name == "zeros_of_meters")
COUNTER_FAULTS = [
    mishap
    for mishap in MISHAPS
    if mishap.name
    in {
        "zeros_of_meters",
        "half_a_sample",
        "seven_days_absurd",
        "today_resets_early",
        "today_resets_to_an_offset",
        "register_underflows",
        "inverter_added_to_a_sum",
        "inverter_removed_from_a_sum",
        "new_meter",
        "used_meter",
    }
]
FIRMWARES = (fw.D7, fw.D8, fw.D8_DEVICE_DATA, fw.D83, fw.D83_NEW)
QUIRKS = (
    Quirk.TODAY_IS_LIFETIME,
    Quirk.TODAY_UNDERFLOWS,
    Quirk.TODAY_RESETS_LATE,
    Quirk.TOTAL_IS_NET,
    Quirk.ACTIVE_COUNT_FLIPS,
    Quirk.CONSUMPTION_TODAY_PHANTOM,
    Quirk.CONSUMPTION_WEEK_TINY,
    Quirk.PHANTOM_METER,
    Quirk.V1_ALL_ZERO,
)


@asynccontextmanager
async def bad_page(week: Week) -> Happening:
    """Spoil one page, in one of all ways."""
    path, fault = week.random.choice(PAGES), week.random.choice(PAGE_FAULTS)
    week.tell(f"{path}: {fault}")
    week.simulator.faults[path] = fault
    yield
    week.simulator.faults.clear()


@asynccontextmanager
async def gateway_away(week: Week) -> Happening:
    """Let nobody listen at the gateway's address."""
    await week.doors[0].stop()
    yield
    week.simulator.gateway.tokens.forget_sessions()
    await week.doors[0].start()


@asynccontextmanager
async def gateway_hangs(week: Week) -> Happening:
    """Let the gateway take requests and answer none."""
    week.simulator.faults["*"] = faults.Hang()
    yield
    week.simulator.faults.clear()


@asynccontextmanager
async def refusals(week: Week) -> Happening:
    """Refuse every page, and confirm the token or not."""
    open_pages = week.random.choice([("/info",), ("/info", "/auth/check_jwt")])
    week.tell(f"but {open_pages}")
    week.simulator.faults["*"] = faults.Status(401)
    for path in open_pages:
        week.simulator.faults[path] = [None] * 10_000
    yield
    week.simulator.faults.clear()


@asynccontextmanager
async def nightly_restart(week: Week) -> Happening:
    """Take the gateway away for minutes, then let it answer zeros."""
    async with gateway_away(week):
        await week.pass_time(3 * MINUTE_S, MINUTE_S)
    week.act(ZEROS.begin)
    yield
    week.act(ZEROS.end)


@asynccontextmanager
async def counter_fault(week: Week) -> Happening:
    """Let registers say what cannot be, or be new ones."""
    mishap = week.random.choice(COUNTER_FAULTS)
    week.tell(mishap.name)
    week.act(mishap.begin, mishap.lost_polls)
    yield
    week.act(mishap.end)


@asynccontextmanager
async def quirk(week: Week) -> Happening:
    """Let the firmware make one more of its known mistakes."""
    mistake = week.random.choice(QUIRKS)
    week.tell(mistake)
    before = week.simulator.firmware
    week.simulator.firmware = replace(before, quirks=before.quirks | {mistake})
    yield
    week.simulator.firmware = before


@asynccontextmanager
async def cloud_away(week: Week) -> Happening:
    """Let the cloud be out of reach."""
    week.cloud.login.mock(side_effect=httpx.ConnectError("down"))
    yield
    week.cloud.welcome(week.simulator)


@asynccontextmanager
async def new_firmware(week: Week) -> Happening:
    """Give the gateway another firmware, for good."""
    firmware = week.random.choice(FIRMWARES)
    week.tell(firmware.version)
    await week.doors[0].stop()
    week.simulator.firmware = firmware
    week.simulator.gateway.tokens.forget_sessions()
    await week.doors[0].start()
    yield


@asynccontextmanager
async def new_address(week: Week) -> Happening:
    """Move the gateway to another address, which is known."""
    await week.doors[1].start()
    week.entry.runtime_data.coordinator.learn_host(week.doors[1].address)
    await week.doors[0].stop()
    week.doors.reverse()
    yield


@asynccontextmanager
async def restart(week: Week) -> Happening:
    """Restart Home Assistant while all is well."""
    await week.restart()
    yield


PLIGHTS = (
    bad_page,
    bad_page,
    bad_page,
    gateway_away,
    gateway_hangs,
    refusals,
    counter_fault,
    counter_fault,
    quirk,
    cloud_away,
    new_firmware,
    new_address,
    restart,
)
