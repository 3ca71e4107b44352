"""Truth and firmware in, bytes out: every page of a gateway."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal

from ..firmware import Firmware, Group, Quirk
from ..literals import unmark
from ..wire import Reply
from . import ensemble, identity, inverters, legacy, live, meters, production, settings
from .absent import absent, moved, token_wanted
from .meter_stream import frame
from .view import View

__all__ = [
    "OPEN",
    "PAGES",
    "Page",
    "View",
    "absent",
    "find",
    "frame",
    "is_denied",
    "level",
    "moved",
    "render",
    "token_wanted",
]

STREAM = "/stream/meter"
OPEN, OWNER, INSTALLER = 0, 2, 6
"""Levels of access (gateway-api.md, 6)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page: where it is, who may see it, how its body is made."""

    path: str
    """May hold ``*`` for a part that varies."""
    make: Callable[[View], object]
    group: Group | None = None
    """``None``: every gateway has it."""
    level: int = OWNER
    open_to_digest: bool = False
    """Before firmware 7: needs no password."""
    layout: Literal["compact", "pretty", "two", "text"] = "pretty"
    content_type: str | None = None
    chunked: bool = False
    is_stream: bool = False
    """Has no end; each frame of it is made anew."""
    ensemble_detail: bool = False
    """Refused by some firmware where there is no battery (3.3)."""


def _slow(path: str, make: Callable[[View], object], group: Group) -> Page:
    """Make a page of the slow user-interface process."""
    return Page(
        path=path,
        make=make,
        group=group,
        layout="compact",
        content_type="application/json",
        chunked=True,
        open_to_digest=path.startswith("/production"),
    )


def _html(path: str, make: Callable[[View], object]) -> Page:
    return Page(
        path=path,
        make=make,
        group=Group.HTML,
        layout="text",
        content_type="text/html",
        chunked=True,
        open_to_digest=True,
    )


def _v1(path: str, make: Callable[[View], object], group: Group, *, is_open: bool) -> Page:
    return Page(
        path=path,
        make=make,
        group=group,
        layout="two",
        content_type="application/json",
        open_to_digest=is_open,
    )


def _ivp(path: str, make: Callable[[View], object], group: Group, level: int = OWNER) -> Page:
    """Make a page of a small native daemon: no content type, laid out with four blanks."""
    detail = group is Group.ENSEMBLE and path != "/ivp/ensemble/inventory"
    return Page(path=path, make=make, group=group, level=level, ensemble_detail=detail)


def _file(path: str, make: Callable[[View], object], group: Group) -> Page:
    return Page(path=path, make=make, group=group, layout="compact")


def _info(path: str) -> Page:
    return Page(path=path, make=identity.info, level=OPEN, open_to_digest=True, layout="text")


PAGES: tuple[Page, ...] = (
    _info("/info"),
    _info("/info.xml"),
    _html("/production", legacy.production),
    _html("/home", legacy.home),
    _slow("/home", identity.home, Group.HOME),
    _slow("/home.json", identity.home, Group.HOME),
    _slow("/production.json", production.production_json, Group.PRODUCTION),
    _slow("/production", production.production_json, Group.PRODUCTION_SHORT),
    _slow("/inventory.json", inverters.inventory, Group.INVENTORY),
    _slow("/inventory", inverters.inventory, Group.INVENTORY),
    _v1("/api/v1/production", production.v1_production, Group.V1, is_open=True),
    _v1("/api/v1/production/inverters", inverters.listed, Group.INVERTERS, is_open=False),
    _ivp("/ivp/meters", meters.meters, Group.METERS),
    _ivp("/ivp/meters/readings", meters.readings, Group.METERS),
    _ivp("/ivp/meters/readings/*", meters.reading, Group.METERS),
    _ivp("/ivp/meters/reports", meters.reports, Group.METERS),
    _ivp("/ivp/meters/reports/", meters.reports, Group.METERS),
    _ivp("/ivp/meters/reports/production", meters.report_production, Group.METERS),
    _ivp("/ivp/meters/reports/consumption", meters.report_consumption, Group.METERS),
    _ivp("/ivp/meters/gridReading", meters.grid_reading, Group.GRID_READING),
    _ivp("/ivp/meters/pvReading", meters.pv_reading, Group.GRID_READING),
    _ivp("/ivp/pdm/energy", production.pdm_energy, Group.PDM_ENERGY),
    _ivp("/ivp/pdm/device_data", inverters.device_data, Group.DEVICE_DATA),
    _ivp("/ivp/livedata/status", live.status, Group.LIVE),
    _ivp("/ivp/ensemble/inventory", ensemble.inventory, Group.ENSEMBLE),
    _ivp("/ivp/ensemble/power", ensemble.power, Group.ENSEMBLE),
    _ivp("/ivp/ensemble/secctrl", ensemble.secctrl, Group.ENSEMBLE),
    _ivp("/ivp/ensemble/status", ensemble.status, Group.ENSEMBLE),
    _ivp("/ivp/ensemble/relay", ensemble.relay, Group.ENSEMBLE),
    _ivp("/ivp/ensemble/dry_contacts", ensemble.dry_contacts, Group.ENSEMBLE),
    _ivp("/ivp/ensemble/generator", ensemble.generator, Group.ENSEMBLE),
    _ivp("/ivp/ss/dry_contact_settings", settings.dry_contact_settings, Group.ENSEMBLE),
    _ivp("/ivp/ss/gen_config", settings.generator_config, Group.ENSEMBLE),
    _ivp("/ivp/ss/gen_schedule", settings.generator_schedule, Group.ENSEMBLE),
    _ivp("/ivp/ss/gen_mode", settings.generator_mode, Group.GENERATOR_MODE),
    _ivp("/ivp/ss/pel_settings", settings.pel_settings, Group.ENSEMBLE),
    _ivp("/ivp/sc/sched", settings.storage_schedule, Group.ENSEMBLE),
    _ivp("/ivp/sc/status", settings.storage_status, Group.ENSEMBLE),
    _ivp("/ivp/sc/pvlimit", settings.pv_limit, Group.ENSEMBLE),
    Page(
        path=STREAM,
        make=frame,
        group=Group.METERS,
        content_type="text/event-stream",
        is_stream=True,
    ),
    _file("/admin/lib/tariff", settings.tariff, Group.TARIFF),
    _file("/admin/lib/tariff.json", settings.tariff, Group.TARIFF),
    _file("/admin/lib/acb_config", settings.ac_battery_config, Group.AC_BATTERY_CONFIG),
    _file("/admin/lib/acb_config.json", settings.ac_battery_config, Group.AC_BATTERY_CONFIG),
    _ivp("/ivp/peb/devstatus", inverters.device_status, Group.INSTALLER, INSTALLER),
    _ivp("/ivp/ss/dpel", settings.dynamic_export_limit, Group.INSTALLER, INSTALLER),
    _ivp("/ivp/peb/newscan", settings.new_scan, Group.INSTALLER, INSTALLER),
    Page(
        path="/installer/agf/index.json",
        make=settings.grid_profiles,
        group=Group.INSTALLER,
        level=INSTALLER,
        layout="compact",
        content_type="application/json",
    ),
    _ivp("/ivp/mod/603980032/mode/power", settings.production_switch, Group.INSTALLER, INSTALLER),
)


def find(firmware: Firmware, path: str) -> Page | None:
    """Return the page that a firmware has at a path."""
    fitting = (
        page
        for page in PAGES
        if fnmatchcase(path, page.path)
        and (page.group is None or firmware.has(page.group))
        and not (page.is_stream and firmware.stream_level is None)
    )
    return next(fitting, None)


def level(page: Page, view: View) -> int:
    """Return the level of access that a page asks for on this gateway."""
    if page.is_stream and view.firmware.stream_level is not None:
        return view.firmware.stream_level
    if page.group is Group.PDM_ENERGY and not view.firmware.pdm_energy_for_owner:
        return INSTALLER
    return page.level


def is_denied(page: Page, view: View) -> bool:
    """Whether the page is refused to everybody, because there is no battery (3.3)."""
    return page.ensemble_detail and view.shows(Quirk.ENSEMBLE_DENIED) and not view.site.batteries


def render(page: Page, view: View) -> Reply:
    """Make the page."""
    if page.path.startswith("/ivp/meters/reports") and not view.site.meters:
        return Reply(500)  # upsets a gateway without meters (9.5)
    if page.is_stream:
        return Reply(200, b"", page.content_type, chunked=True)
    body = _lay_out(page.make(view), page.layout)
    return Reply(200, body, _content_type(page, view), chunked=page.chunked)


def _content_type(page: Page, view: View) -> str | None:
    firmware = view.firmware
    if page.path.startswith("/info"):
        return firmware.info_type
    if page.group is Group.TARIFF:
        return firmware.tariff_type
    if page.group is Group.HTML and firmware.version[0] == "D":
        return "application/json"  # as D3.7 to D3.18 announce all their pages
    return page.content_type


def _lay_out(value: object, layout: str) -> bytes:
    match layout:
        case "text":
            text = str(value)
        case "compact":
            text = json.dumps(value, separators=(",", ":"))
        case "two":
            text = json.dumps(value, indent=2) + "\n"
        case _:
            text = json.dumps(value, indent=4) + "\n"
    return unmark(text).encode()
