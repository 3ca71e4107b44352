"""Parse ``/ivp/pdm/device_data``: what the gateway knows of each microinverter.

The page ends at a limit of 50 devices, meters and relays included. Every key is optional.
Source: gateway-api.md, section 11.2; seen on 7.6 (installer) and from 8.2.4345 on.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from ..equipment import Inverter, PhaseRelay
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
class DeviceData:
    """The page."""

    complete: bool
    """Whether the page says that it holds every device; if not, inverters may be missing."""
    inverters: Mapping[str, Inverter]
    """By serial number, without those that were removed."""
    removed: Mapping[str, datetime | None] = MappingProxyType({})
    """When inverters that were taken out had reported last; the page goes on to list them."""
    relays: Mapping[str, PhaseRelay] = MappingProxyType({})
    """Q-Relays by serial number, without those that were removed."""


def parse(body: bytes) -> DeviceData:
    """Return microinverters and Q-Relays; meters and AC Batteries are left out.

    Raises EnvoyResponseError when the body is not this page.
    """
    page = json_object(body)
    if page and "deviceCount" not in page and not any("devName" in part(page, eid) for eid in page):
        raise EnvoyResponseError("the body holds neither devices nor their number")
    devices = [part(page, eid) for eid in page]
    microinverters = (row for row in devices if row.get("devName") == "pcu")
    listed = by_id(microinverters, lambda row: serial(row, "sn"))
    removed = {
        own: moment(_channel(row), "created")
        for own, row in listed.items()
        if own and flag(row, "active") is False
    }
    inverters = (_inverter(own, row) for own, row in listed.items() if own and own not in removed)
    return DeviceData(
        complete=_is_complete(page),
        inverters=by_id(inverters, lambda inverter: inverter.serial),
        removed=MappingProxyType(removed),
        relays=by_id(filter(None, map(_relay, devices)), lambda relay: relay.serial),
    )


def _is_complete(page: Row) -> bool:
    count = integer(page, "deviceCount")
    limit = integer(page, "deviceDataLimit")
    return count is not None and limit is not None and count < limit


def _channel(row: Row) -> Row:
    return next(iter(rows(row, "channels")), {})


def _inverter(own_serial: str, row: Row) -> Inverter:
    channel = _channel(row)
    energy, watts = part(channel, "wattHours"), part(channel, "watts")
    last, lifetime = part(channel, "lastReading"), part(channel, "lifetime")
    return Inverter(
        serial=own_serial,
        power_w=_signed(number(watts, "now")),
        max_power_w=number(watts, "max"),
        reported_at=moment(last, "endDate"),
        detailed=True,
        interval_s=number(last, "duration"),
        interval_wh=scaled(last, "joulesProduced", _JOULES_PER_WH),
        today_wh=number(energy, "today"),
        yesterday_wh=number(energy, "yesterday"),
        week_wh=number(energy, "week"),
        lifetime_wh=scaled(lifetime, "joulesProduced", _JOULES_PER_WH),
        dc_voltage_v=scaled(last, "dcVoltageINmV", _MILLI),
        dc_current_a=scaled(last, "dcCurrentINmA", _MILLI),
        ac_voltage_v=scaled(last, "acVoltageINmV", _MILLI),
        ac_current_a=scaled(last, "acCurrentInmA", _MILLI),
        frequency_hz=scaled(last, "acFrequencyINmHz", _MILLI),
        temperature_c=number(last, "channelTemp"),
        conversion_error_s=number(last, "pwrConvErrSecs"),
        conversion_error_cycles=number(last, "pwrConvMaxErrCycles"),
        gone=flag(row, "modGone"),
    )


def _relay(row: Row) -> PhaseRelay | None:
    own_serial = serial(row, "sn")
    if own_serial is None or row.get("devName") != "nsrb" or flag(row, "active") is False:
        return None
    gone = flag(row, "modGone")
    last = part(next(iter(rows(row, "channels")), {}), "lastReading")
    now: Row = {} if gone else last
    return PhaseRelay(
        serial=own_serial,
        communicating=None if gone is None else not gone,
        temperature_c=number(now, "temperature"),
        voltages_v=tuple(_relay_voltage(now, line) for line in (1, 2, 3)),
        frequency_hz=scaled(now, "freqInmHz", _MILLI),
        state_changes=integer(last, "stateChngCnt"),
        reported_at=moment(last, "endDate"),
    )


def _relay_voltage(last: Row, line: int) -> float | None:
    """Return a line's voltage, also by the name that older firmware has for it."""
    key = f"VrmsL{line}N"
    return scaled(last, key if key in last else f"voltRmsL{line}", _MILLI)


def _signed(power: float | None) -> float | None:
    """Undo the unsigned 32-bit form in which the page gives negative powers."""
    if power is not None and 2**31 <= power < 2**32:
        return power - 2**32
    return power
