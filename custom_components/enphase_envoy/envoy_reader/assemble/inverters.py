"""The microinverters: which page gives each of their values.

Power, maximum and last report are always those of the page that lists the inverters: two pages
with the same figures are read at different moments, and a mix of them would flicker.
"""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from ..equipment import Inverter
from ..models import Section
from ..pages.endpoints import DEVICE_DATA, DEVICE_STATUS, INVENTORIES, INVERTERS
from ..profile import InverterSource
from .fed import Fed, Feeders

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from ..pages.typed import Pages
    from ..parsers.device_data import DeviceData
    from ..parsers.inventory import Inventory, Listed
    from ..parsers.inverters import InverterReport
    from ..profile import GatewayProfile
    from .kept import Kept

_MOST_A_DAY_WH: Final = 24_000
"""More than any microinverter (up to 640 W) can make in 24 hours."""
_NONE: Final[Mapping[str, Inverter]] = MappingProxyType({})
_SILENCED: Final[Mapping[str, None]] = dict.fromkeys(
    (
        *("dc_voltage_v", "dc_current_a", "ac_voltage_v", "ac_current_a"),
        *("frequency_hz", "temperature_c"),
    )
)
"""Values that a page repeats for a silent inverter, although they are old."""


def inverters_of(profile: GatewayProfile, pages: Pages, kept: Kept) -> Fed[Mapping[str, Inverter]]:
    """Return the inverters by serial number, without those that were taken out."""
    same = profile.inverters_from is profile.inverter_details_from
    listed = None if same else pages.get(INVERTERS) or ()
    details, devices = _details(profile, pages), pages.get(DEVICE_DATA)
    inventory = pages.first(*INVENTORIES)
    joined = kept.made(_all_joined, listed, details, devices, inventory.page)
    return Fed(joined, _feeders(profile, inventory.path))


def _all_joined(
    reports: tuple[InverterReport, ...] | None,
    details: Mapping[str, Inverter],
    devices: DeviceData | None,
    inventory: Inventory | None,
) -> Mapping[str, Inverter]:
    """Join what the pages say; ``reports`` is ``None`` where the details serve as the list."""
    listed = details if reports is None else _listed(reports)
    states = inventory.inverters if inventory else {}
    removed = _removed(devices, inventory)
    return MappingProxyType(
        {
            serial: _joined(inverter, details.get(serial), states.get(serial))
            for serial, inverter in listed.items()
            if serial not in removed or _is_back(inverter, removed[serial])
        }
    )


def _feeders(profile: GatewayProfile, inventory_path: str) -> Feeders:
    by_section: dict[Section, tuple[str, ...]] = {}
    if profile.inverters_from:
        by_section[Section.INVERTERS] = (str(profile.inverters_from),)
    if profile.inverter_details_from:
        by_section[Section.INVERTER_DETAILS] = (str(profile.inverter_details_from),)
    if profile.tells_inverter_states:
        status = profile.inverter_details_from is InverterSource.STATUS
        by_section[Section.INVERTER_STATES] = (DEVICE_STATUS.path if status else inventory_path,)
    return by_section


def _listed(reports: Iterable[InverterReport]) -> Mapping[str, Inverter]:
    """Return the inverters of the list, without the AC Batteries in it."""
    return {
        report.serial: Inverter(
            serial=report.serial,
            power_w=report.power_w,
            max_power_w=report.max_power_w,
            reported_at=report.reported_at,
        )
        for report in reports
        if not report.is_ac_battery
    }


def _details(profile: GatewayProfile, pages: Pages) -> Mapping[str, Inverter]:
    devices, status = pages.get(DEVICE_DATA), pages.get(DEVICE_STATUS)
    match profile.inverter_details_from:
        case InverterSource.DEVICE_DATA if devices is not None:
            return devices.inverters
        case InverterSource.STATUS if status is not None:
            return status.inverters
    return _NONE


def _removed(
    devices: DeviceData | None, inventory: Inventory | None
) -> Mapping[str, datetime | None]:
    """Return the inverters that a page calls removed, with the time of their last report."""
    listed = inventory.inverters.items() if inventory else ()
    return {
        **(devices.removed if devices else {}),
        **{serial: device.reported_at for serial, device in listed if device.removed},
    }


def _is_back(inverter: Inverter, last: datetime | None) -> bool:
    """Say whether an inverter was installed again since a page called it removed."""
    return last is not None and inverter.reported_at is not None and inverter.reported_at > last


def _joined(listed: Inverter, detail: Inverter | None, state: Listed | None) -> Inverter:
    """Return all facts of an inverter in one copy, as there may be hundreds."""
    known = listed if detail is None else detail
    facts: dict[str, Any] = {}
    if detail is not None:
        facts.update(
            power_w=listed.power_w,
            max_power_w=listed.max_power_w,
            reported_at=listed.reported_at,
            today_wh=_of_days(1, detail.today_wh),
            yesterday_wh=_of_days(1, detail.yesterday_wh),
            week_wh=_of_days(7, detail.week_wh),
        )
        if detail.gone or detail.communicating is False:
            facts.update(_SILENCED)
    if state is not None:
        # Device data and status are polled more often than the inventory, so they win.
        if known.communicating is None:
            facts["communicating"] = state.communicating
        if known.producing is None:
            facts["producing"] = state.producing
        facts.update(part_number=state.part_number, firmware=state.firmware)
    return replace(known, **facts) if facts else known


def _of_days(days: int, wh: float | None) -> float | None:
    """Return an energy if an inverter can have made it in so many days, else ``None``."""
    return wh if wh is not None and 0 <= wh <= days * _MOST_A_DAY_WH else None
