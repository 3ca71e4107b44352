"""Parse ``/inventory.json``: microinverters, AC Batteries and Q-Relays as they are installed.

Numbers and times come as text here. Whatever is not plugged in by power line (IQ Batteries and
their switches) is on ``/ivp/ensemble/inventory``. With ``?deleted=1`` removed devices are listed
too. Source: gateway-api.md, section 8.3; seen on 7.6 and 8.3.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ..equipment import Device
from ._json import (
    Row,
    closed,
    flag,
    integer,
    json_list,
    moment,
    number,
    percent,
    rows,
    serial,
    text,
    texts,
)

_INVERTERS = "PCU"
_AC_BATTERIES = "ACB"
_RELAYS = "NSRB"
_REMOVED = {0, 3}
"""Values of ``admin_state``: decommissioned and deleted; 1 is discovered, 2 verified."""
_ASLEEP = "envoy.cond_flags.pcu_ctrl.sleep-mode"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed(Device):
    """What the page says of any device."""

    removed: bool = False
    """True when an installer took it out; it may stay in the list."""
    producing: bool | None = None
    operating: bool | None = None
    conditions: tuple[str, ...] = ()
    """The gateway's words, such as ``envoy.cond_flags.pcu_ctrl.dc-pwr-low``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AcBatteryUnit:
    """One AC Battery."""

    device: Listed
    charge_pct: float | None = None
    max_cell_temperature_c: float | None = None
    charge_status: str | None = None
    """The gateway's word: ``charging``, ``discharging``, ``idle`` or ``unknown``."""
    sleep_ordered: bool | None = None
    asleep: bool | None = None
    """``None`` when its conditions are not given."""
    sleep_min_pct: float | None = None
    sleep_max_pct: float | None = None
    """Between these two it keeps its charge while it sleeps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayUnit:
    """One Q-Relay, which connects the inverters to the phases."""

    device: Listed
    closed: bool | None = None
    forced: bool | None = None
    """Whether somebody holds it in its state."""
    reason: str | None = None
    """Why it is in its state, in the gateway's words; ``ok`` in service."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """The page, each kind by serial number; devices that were removed are in it."""

    inverters: Mapping[str, Listed]
    ac_batteries: Mapping[str, AcBatteryUnit]
    relays: Mapping[str, RelayUnit]


def parse(body: bytes) -> Inventory:
    """Return the devices of each kind.

    Raises EnvoyResponseError when the body is not this page.
    """
    groups = json_list(body)
    return Inventory(
        inverters=_devices(groups, _INVERTERS, lambda device, _: device),
        ac_batteries=_devices(groups, _AC_BATTERIES, _ac_battery),
        relays=_devices(groups, _RELAYS, _relay),
    )


def _devices[T](
    groups: Iterable[Row], kind: str, read: Callable[[Listed, Row], T]
) -> Mapping[str, T]:
    found: dict[str, T] = {}
    for group in groups:
        for row in rows(group, "devices") if text(group, "type") == kind else ():
            device = _listed(row)
            if device is not None:
                found.setdefault(device.serial, read(device, row))
    return MappingProxyType(found)


def _listed(row: Row) -> Listed | None:
    own_serial = serial(row, "serial_num")
    if own_serial is None:
        return None
    return Listed(
        serial=own_serial,
        part_number=text(row, "part_num"),
        firmware=text(row, "img_pnum_running"),
        removed=integer(row, "admin_state") in _REMOVED,
        reported_at=moment(row, "last_rpt_date"),
        communicating=flag(row, "communicating"),
        producing=flag(row, "producing"),
        operating=flag(row, "operating"),
        conditions=texts(row, "device_status"),
    )


def _ac_battery(device: Listed, row: Row) -> AcBatteryUnit:
    conditions_given = isinstance(row.get("device_status"), list)
    return AcBatteryUnit(
        device=device,
        charge_pct=percent(row, "percentFull"),
        max_cell_temperature_c=number(row, "maxCellTemp"),
        charge_status=text(row, "charge_status"),
        sleep_ordered=flag(row, "sleep_enabled"),
        asleep=_ASLEEP in device.conditions if conditions_given else None,
        sleep_min_pct=number(row, "sleep_min_soc"),
        sleep_max_pct=number(row, "sleep_max_soc"),
    )


def _relay(device: Listed, row: Row) -> RelayUnit:
    return RelayUnit(
        device=device,
        closed=closed(row, "relay"),
        forced=flag(row, "forced"),
        reason=text(row, "reason"),
    )
