"""Parse ``/api/v1/production/inverters``: the last report of every microinverter.

AC Batteries are listed too. The list is complete, however long. At night some firmware sends an
empty one now and then (section 17.9).
Source: gateway-api.md, section 11.1; seen on 3.9 to 8.3.
"""

from dataclasses import dataclass
from datetime import datetime

from ._json import Row, by_id, integer, json_list, moment, number, serial

_AC_BATTERY = 11


@dataclass(frozen=True, slots=True, kw_only=True)
class InverterReport:
    """The last report of one microinverter or AC Battery."""

    serial: str
    power_w: float | None = None
    """Average over the reported interval; of an AC Battery, signed by direction."""
    max_power_w: float | None = None
    """Highest power reported since installation."""
    reported_at: datetime | None = None
    """Time of the report, in UTC; ``None`` when it has never reported."""
    is_ac_battery: bool = False


def parse(body: bytes) -> tuple[InverterReport, ...]:
    """Return the reports in the order of the page.

    Raises EnvoyResponseError when the body is not this page.
    """
    reports = filter(None, map(_report, json_list(body)))
    return tuple(by_id(reports, lambda report: report.serial).values())


def _report(row: Row) -> InverterReport | None:
    own_serial = serial(row, "serialNumber")
    if own_serial is None:
        return None
    return InverterReport(
        serial=own_serial,
        power_w=number(row, "lastReportWatts"),
        max_power_w=number(row, "maxReportWatts"),
        reported_at=moment(row, "lastReportDate"),
        is_ac_battery=integer(row, "devType") == _AC_BATTERY,
    )
