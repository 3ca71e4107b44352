"""Parse ``/ivp/ensemble/inventory``: IQ Batteries, System Controller and Meter Collar.

Empty on sites without them. Groups come in any order, and everything but the serial is optional.
Source: gateway-api.md, section 12.1; seen on 7.0 to 8.3.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from ..equipment import Battery, Led
from ._json import (
    Row,
    by_id,
    closed,
    flag,
    integer,
    json_list,
    moment,
    number,
    rows,
    serial,
    text,
)

_BATTERY = "ENCHARGE"
_LED = {
    0: Led.OFF,
    1: Led.STANDBY,
    2: Led.BOOTING,
    3: Led.INITIALIZING,
    4: Led.CONNECTED,
    5: Led.UPDATING,
    7: Led.WARNING,
    8: Led.ERROR,
    9: Led.CRITICAL_ERROR,
    10: Led.MAINTENANCE,
    11: Led.TESTING,
    12: Led.CHARGING,
    13: Led.DISCHARGING,
    14: Led.IDLE,
    17: Led.IDLE_LOW,
}
_CONTROLLER = "ENPOWER"
_COLLAR = "COLLAR"


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemController:
    """The switch between grid and home ("Enpower")."""

    serial: str
    part_number: str | None = None
    firmware: str | None = None
    temperature_f: float | None = None
    """In Fahrenheit, unlike those of the other devices."""
    mains_closed: bool | None = None
    """Whether the relay to the grid is closed."""
    mains_admin_closed: bool | None = None
    """Whether it is meant to be closed."""
    grid_mode: str | None = None
    """The gateway's word, such as ``multimode-ongrid``."""
    reported_at: datetime | None = None
    """Time of its last report, in UTC."""
    communicating: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Collar:
    """A Meter Collar, the switch between grid and home from 8.3 on.

    Its states are the gateway's words; off the grid shows in ``admin_state`` first.
    """

    serial: str
    part_number: str | None = None
    firmware: str | None = None
    temperature_c: float | None = None
    grid_state: str | None = None
    """Such as ``on_grid``."""
    admin_state: str | None = None
    """Such as ``ENCMN_MDE_ON_GRID`` or ``ENCMN_MDE_OFF_GRID``."""
    mid_state: str | None = None
    """``close`` or ``open``."""
    reported_at: datetime | None = None
    """Time of its last report, in UTC."""
    communicating: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ensemble:
    """The page."""

    batteries: tuple[Battery, ...] = ()
    controllers: tuple[SystemController, ...] = ()
    collars: tuple[Collar, ...] = ()
    other_types: tuple[str, ...] = ()
    """Groups of devices that we do not read."""


def parse(body: bytes) -> Ensemble:
    """Return the devices of each kind in the order of the page.

    Raises EnvoyResponseError when the body is not this page.
    """
    groups = json_list(body)
    types = dict.fromkeys(filter(None, (text(group, "type") for group in groups)))
    return Ensemble(
        batteries=_devices(groups, _BATTERY, _battery),
        controllers=_devices(groups, _CONTROLLER, _controller),
        collars=_devices(groups, _COLLAR, _collar),
        other_types=tuple(kind for kind in types if kind not in {_BATTERY, _CONTROLLER, _COLLAR}),
    )


def _devices[T](groups: Iterable[Row], kind: str, read: Callable[[str, Row], T]) -> tuple[T, ...]:
    devices = by_id(
        (row for group in groups if text(group, "type") == kind for row in rows(group, "devices")),
        lambda row: serial(row, "serial_num"),
    )
    return tuple(read(own_serial, row) for own_serial, row in devices.items() if own_serial)


def _battery(own_serial: str, row: Row) -> Battery:
    switched_off, light = flag(row, "dc_switch_off"), integer(row, "led_status")
    return Battery(
        serial=own_serial,
        charge_pct=number(row, "percentFull"),
        capacity_wh=number(row, "encharge_capacity"),
        power_w=number(row, "real_power_w"),  # only said by firmware 5 and 6
        temperature_c=number(row, "temperature"),
        max_cell_temperature_c=number(row, "maxCellTemp"),
        reported_at=moment(row, "last_rpt_date"),
        communicating=flag(row, "communicating"),
        operating=flag(row, "operating"),
        sleeping=flag(row, "sleep_enabled"),
        dc_switch_on=None if switched_off is None else not switched_off,
        led=None if light is None else _LED.get(light),
        comm_level_sub_ghz=integer(row, "comm_level_sub_ghz"),
        comm_level_2_4_ghz=integer(row, "comm_level_2_4_ghz"),
        grid_state=text(row, "reported_enc_grid_state"),
        phase=text(row, "phase"),
        part_number=text(row, "part_num"),
        firmware=text(row, "img_pnum_running"),
    )


def _controller(own_serial: str, row: Row) -> SystemController:
    return SystemController(
        serial=own_serial,
        part_number=text(row, "part_num"),
        firmware=text(row, "img_pnum_running"),
        temperature_f=number(row, "temperature"),
        mains_closed=closed(row, "mains_oper_state"),
        mains_admin_closed=closed(row, "mains_admin_state"),
        grid_mode=text(row, "Enpwr_grid_mode"),
        reported_at=moment(row, "last_rpt_date"),
        communicating=flag(row, "communicating"),
    )


def _collar(own_serial: str, row: Row) -> Collar:
    return Collar(
        serial=own_serial,
        part_number=text(row, "part_num"),
        firmware=text(row, "img_pnum_running"),
        temperature_c=number(row, "temperature"),
        grid_state=text(row, "grid_state"),
        admin_state=text(row, "admin_state_str"),
        mid_state=text(row, "mid_state"),
        reported_at=moment(row, "last_rpt_date"),
        communicating=flag(row, "communicating"),
    )
