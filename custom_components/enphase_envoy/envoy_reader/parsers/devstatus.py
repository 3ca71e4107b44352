"""Parse ``/ivp/peb/devstatus``: how each device on the power line is, for installers only.

A page of tables: the names of the columns, then a list of values for each device.
Source: gateway-api.md, section 14; seen on 7.6 with an installer's token.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ..equipment import Inverter, PhaseRelay
from ._json import Row, by_id, closed, flag, json_object, moment, number, part, scaled, serial, text

_MILLI = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceStatus:
    """The page."""

    inverters: Mapping[str, Inverter]
    """By serial number."""
    relays: Mapping[str, PhaseRelay] = MappingProxyType({})
    """Q-Relays, by serial number."""


def parse(body: bytes) -> DeviceStatus:
    """Return inverters and Q-Relays.

    Raises EnvoyResponseError when the body is not this page.
    """
    page = json_object(body, "counters", "pcu", "acb", "nsrb")
    inverters = filter(None, map(_inverter, _table(page, "pcu")))
    relays = filter(None, map(_relay, _table(page, "nsrb")))
    return DeviceStatus(
        inverters=by_id(inverters, lambda inverter: inverter.serial),
        relays=by_id(relays, lambda relay: relay.serial),
    )


def _table(page: Row, kind: str) -> list[Row]:
    """Return the devices of a kind, each with its values by the names of their columns."""
    table = part(page, kind)
    names, lines = table.get("fields"), table.get("values")
    if not isinstance(names, list) or not isinstance(lines, list):
        return []
    return [
        {name: value for name, value in zip(names, line, strict=False) if isinstance(name, str)}
        for line in lines
        if isinstance(line, list)
    ]


def _inverter(row: Row) -> Inverter | None:
    own_serial = serial(row, "serialNumber")
    if own_serial is None:
        return None
    return Inverter(
        serial=own_serial,
        power_w=scaled(row, "acPowerINmW", _MILLI),
        reported_at=moment(row, "reportDate"),
        detailed=True,
        dc_voltage_v=scaled(row, "dcVoltageINmV", _MILLI),
        dc_current_a=scaled(row, "dcCurrentINmA", _MILLI),
        ac_voltage_v=scaled(row, "acVoltageINmV", _MILLI),
        temperature_c=number(row, "temperature"),
        communicating=flag(row, "communicating"),
        producing=flag(row, "producing"),
    )


def _relay(row: Row) -> PhaseRelay | None:
    own_serial = serial(row, "serialNumber")
    if own_serial is None:
        return None
    return PhaseRelay(
        serial=own_serial,
        closed=closed(row, "relay"),
        forced=flag(row, "forced"),
        reason=text(row, "reason"),
    )
