"""The microinverters: who is asked for each of their figures.

Power, maximum and last report are always those of the page that lists the inverters: two pages
with the same figures are read at different moments, and a mix of them would flicker.
"""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from ..endpoints import DEVICE_DATA, DEVICE_STATUS, INVERTERS, installed, installed_path
from ..equipment import Inverter
from ..models import Section
from ..profile import InverterSource

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from ..pages import Pages
    from ..parsers.inventory import Listed
    from ..profile import GatewayProfile

_MOST_A_DAY_WH: Final = 24_000
"""More than any microinverter makes (up to 640 W), even if the sun never set."""
_SILENCED: Final[Mapping[str, None]] = dict.fromkeys(
    (
        *("dc_voltage_v", "dc_current_a", "ac_voltage_v", "ac_current_a"),
        *("frequency_hz", "temperature_c"),
    )
)
"""What a page goes on to show of a silent inverter, though nobody knows it now."""


def inverters(profile: GatewayProfile, pages: Pages) -> Mapping[str, Inverter]:
    """Return the inverters by serial number, without those that were taken out."""
    details = _details(profile, pages)
    same = profile.inverters_from is profile.inverter_details_from
    listed = details if same else _listed(pages)
    page = installed(pages)
    states = page.inverters if page else {}
    removed = _removed(pages)
    return MappingProxyType(
        {
            serial: _joined(inverter, details.get(serial), states.get(serial))
            for serial, inverter in listed.items()
            if serial not in removed or _is_back(inverter, removed[serial])
        }
    )


def inverter_feeders(profile: GatewayProfile, pages: Pages) -> dict[Section, tuple[str, ...]]:
    """Return the paths whose silence costs what is told of inverters."""
    by_section: dict[Section, tuple[str, ...]] = {}
    if profile.inverters_from:
        by_section[Section.INVERTERS] = (str(profile.inverters_from),)
    if profile.inverter_details_from:
        by_section[Section.INVERTER_DETAILS] = (str(profile.inverter_details_from),)
    if profile.tells_inverter_states:
        status = profile.inverter_details_from is InverterSource.STATUS
        path = DEVICE_STATUS.path if status else installed_path(pages)
        by_section[Section.INVERTER_STATES] = (path,)
    return by_section


def _listed(pages: Pages) -> Mapping[str, Inverter]:
    """Return the inverters of the list, in which AC Batteries stand too."""
    return {
        report.serial: Inverter(
            serial=report.serial,
            power_w=report.power_w,
            max_power_w=report.max_power_w,
            reported_at=report.reported_at,
        )
        for report in pages.get(INVERTERS) or ()
        if not report.is_ac_battery
    }


def _details(profile: GatewayProfile, pages: Pages) -> Mapping[str, Inverter]:
    devices, status = pages.get(DEVICE_DATA), pages.get(DEVICE_STATUS)
    match profile.inverter_details_from:
        case InverterSource.DEVICE_DATA if devices is not None:
            return devices.inverters
        case InverterSource.STATUS if status is not None:
            return status.inverters
    return {}


def _removed(pages: Pages) -> Mapping[str, datetime | None]:
    """Return the last reports of inverters of which a page says that they were taken out."""
    devices, page = pages.get(DEVICE_DATA), installed(pages)
    listed = page.inverters.items() if page else ()
    return {
        **(devices.removed if devices else {}),
        **{serial: device.reported_at for serial, device in listed if device.removed},
    }


def _is_back(inverter: Inverter, last: datetime | None) -> bool:
    """Tell one that was put in again; the page that denies it may be a day old."""
    return last is not None and inverter.reported_at is not None and inverter.reported_at > last


def _joined(listed: Inverter, detail: Inverter | None, state: Listed | None) -> Inverter:
    """Return all that is told of an inverter; one copy of it, as there may be hundreds."""
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
        # Who has a page of its own for this is asked more often than the inventory.
        if known.communicating is None:
            facts["communicating"] = state.communicating
        if known.producing is None:
            facts["producing"] = state.producing
        facts.update(part_number=state.part_number, firmware=state.firmware)
    return replace(known, **facts) if facts else known


def _of_days(days: int, wh: float | None) -> float | None:
    """Return an energy that an inverter can have made in some days."""
    return wh if wh is not None and 0 <= wh <= days * _MOST_A_DAY_WH else None
