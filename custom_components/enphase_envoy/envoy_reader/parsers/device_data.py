"""Parse ``/ivp/pdm/device_data``: what the gateway knows of each microinverter.

The page ends at a limit of 50 devices, meters and relays included. Every key is optional.
Source: gateway-api.md, section 11.2; seen on 7.6 (installer) and from 8.2.4345 on.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ..errors import EnvoyResponseError
from ._json import (
    Row,
    by_id,
    flag,
    integer,
    json_object,
    moment,
    number,
    part,
    rows,
    scaled,
    serial,
)

_JOULES_PER_WH = 3600
_MILLI = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class InverterDetail:
    """One microinverter: its counters, and the last interval that it reported."""

    serial: str
    active: bool = True
    """False when it was removed; the page goes on to list it, with nothing known."""
    gone: bool = False
    """True when it does not answer now, which is normal at night."""
    power_w: float | None = None
    """Average over the interval."""
    max_power_w: float | None = None
    """Highest power reported since installation."""
    today_wh: float | None = None
    yesterday_wh: float | None = None
    week_wh: float | None = None
    """Six days before and today."""
    lifetime_wh: float | None = None
    """Whole: its own counter does not wrap at 2^32 joules."""
    reported_at: datetime | None = None
    """End of the interval, in UTC."""
    interval_s: float | None = None
    """Length of the interval."""
    dc_voltage_v: float | None = None
    dc_current_a: float | None = None
    ac_voltage_v: float | None = None
    ac_current_a: float | None = None
    frequency_hz: float | None = None
    temperature_c: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceData:
    """The page."""

    complete: bool
    """Whether the page says that it holds every device; if not, inverters may be missing."""
    inverters: Mapping[str, InverterDetail]
    """By serial number."""


def parse(body: bytes) -> DeviceData:
    """Return the microinverters; meters, relays and AC Batteries are left out.

    Raises EnvoyResponseError when the body is not this page.
    """
    page = json_object(body)
    if page and "deviceCount" not in page and not any("devName" in part(page, eid) for eid in page):
        raise EnvoyResponseError("the body holds neither devices nor their number")
    inverters = filter(None, (_inverter(part(page, eid)) for eid in page))
    return DeviceData(
        complete=_is_complete(page),
        inverters=by_id(inverters, lambda inverter: inverter.serial),
    )


def _is_complete(page: Row) -> bool:
    count = integer(page, "deviceCount")
    limit = integer(page, "deviceDataLimit")
    return count is not None and limit is not None and count < limit


def _inverter(row: Row) -> InverterDetail | None:
    own_serial = serial(row, "sn")
    if own_serial is None or row.get("devName") != "pcu":
        return None
    channel = next(iter(rows(row, "channels")), {})
    energy, watts = part(channel, "wattHours"), part(channel, "watts")
    last, lifetime = part(channel, "lastReading"), part(channel, "lifetime")
    return InverterDetail(
        serial=own_serial,
        active=flag(row, "active") is not False,
        gone=flag(row, "modGone") is True,
        power_w=_signed(number(watts, "now")),
        max_power_w=number(watts, "max"),
        today_wh=number(energy, "today"),
        yesterday_wh=number(energy, "yesterday"),
        week_wh=number(energy, "week"),
        lifetime_wh=scaled(lifetime, "joulesProduced", _JOULES_PER_WH),
        reported_at=moment(last, "endDate"),
        interval_s=number(last, "duration"),
        dc_voltage_v=scaled(last, "dcVoltageINmV", _MILLI),
        dc_current_a=scaled(last, "dcCurrentINmA", _MILLI),
        ac_voltage_v=scaled(last, "acVoltageINmV", _MILLI),
        ac_current_a=scaled(last, "acCurrentInmA", _MILLI),
        frequency_hz=scaled(last, "acFrequencyINmHz", _MILLI),
        temperature_c=number(last, "channelTemp"),
    )


def _signed(power: float | None) -> float | None:
    """Undo the unsigned 32-bit form in which the page gives negative powers."""
    if power is not None and 2**31 <= power < 2**32:
        return power - 2**32
    return power
