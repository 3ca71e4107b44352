"""The microinverters: who is asked for each of their figures.

Power, maximum and last report are always those of the page that lists the inverters: two pages
with the same figures are read at different moments, and a mix of them would flicker.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from ..equipment import Inverter
from ..models import Section
from ..pages.endpoints import DEVICE_DATA, DEVICE_STATUS, INVERTERS, installed, installed_path
from ..profile import InverterSource

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from ..pages.typed import Pages
    from ..parsers.device_data import DeviceData
    from ..parsers.inventory import Inventory, Listed
    from ..parsers.inverters import InverterReport
    from ..profile import GatewayProfile

_MOST_A_DAY_WH: Final = 24_000
"""More than any microinverter makes (up to 640 W), even if the sun never set."""
_NONE: Final[Mapping[str, Inverter]] = MappingProxyType({})
_SILENCED: Final[Mapping[str, None]] = dict.fromkeys(
    (
        *("dc_voltage_v", "dc_current_a", "ac_voltage_v", "ac_current_a"),
        *("frequency_hz", "temperature_c"),
    )
)
"""What a page goes on to show of a silent inverter, though nobody knows it now."""


def inverters(profile: GatewayProfile, pages: Pages) -> Mapping[str, Inverter]:
    """Return the inverters by serial number, without those that were taken out."""
    same = profile.inverters_from is profile.inverter_details_from
    return _all_joined(
        _This(None if same else pages.get(INVERTERS) or ()),
        _This(_details(profile, pages)),
        _This(pages.get(DEVICE_DATA)),
        _This(installed(pages)),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _This[PageT]:
    """A page as a key: this very one. To compare its contents would take what is to be saved."""

    page: PageT

    def __eq__(self, other: object) -> bool:
        """Tell whether it is the same page, not one that says the same."""
        return isinstance(other, _This) and other.page is self.page

    def __hash__(self) -> int:
        """Return what goes with ``__eq__``."""
        return id(self.page)


@lru_cache(maxsize=4)  # there may be hundreds of inverters, and most collections bring no such page
def _all_joined(
    told: _This[tuple[InverterReport, ...] | None],
    details: _This[Mapping[str, Inverter]],
    devices: _This[DeviceData | None],
    inventory: _This[Inventory | None],
) -> Mapping[str, Inverter]:
    """Join what the pages say; ``told`` is ``None`` where the details are the list, too."""
    listed = details.page if told.page is None else _listed(told.page)
    states = inventory.page.inverters if inventory.page else {}
    removed = _removed(devices.page, inventory.page)
    return MappingProxyType(
        {
            serial: _joined(inverter, details.page.get(serial), states.get(serial))
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


def _listed(reports: Iterable[InverterReport]) -> Mapping[str, Inverter]:
    """Return the inverters of the list, in which AC Batteries stand too."""
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
    """Return the last reports of inverters of which a page says that they were taken out."""
    listed = inventory.inverters.items() if inventory else ()
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
