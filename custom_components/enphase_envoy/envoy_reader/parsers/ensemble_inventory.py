"""Parse ``/ivp/ensemble/inventory``: IQ Batteries and what switches between them and the grid.

Empty on sites without them. Groups come in any order, and everything but the serial is optional.
Source: gateway-api.md, section 12.1; seen on 7.0 to 8.3.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from ..equipment import (
    AdminState,
    Battery,
    Collar,
    CombinerController,
    EnsembleDevice,
    GridMode,
    GridState,
    Led,
    SwitchState,
    SystemController,
)
from ._json import (
    Row,
    by_id,
    choice,
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
)

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
_ADMIN_STATES: Mapping[str, AdminState] = {
    "enpwr_state_oper_closed": AdminState.CLOSED,
    "enpwr_state_oper_open": AdminState.OPEN,
    "enpwr_state_oper_gen_close": AdminState.ON_GENERATOR,
    "enpwr_state_oper_no_grid": AdminState.NO_GRID,
    "enpwr_state_oper_sync_ready": AdminState.SYNC_READY,
    "enpwr_state_gridmode_wait": AdminState.GRID_MODE_WAIT,
    "enpwr_state_gridmode_confirm": AdminState.GRID_MODE_CONFIRM,
    "encmn_mde_on_grid": AdminState.ON_GRID,
    "encmn_mde_off_grid": AdminState.OFF_GRID,
    "encmn_c6_cc_ready": AdminState.READY,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ensemble:
    """The page."""

    batteries: tuple[Battery, ...] = ()
    controllers: tuple[SystemController, ...] = ()
    collars: tuple[Collar, ...] = ()
    combiners: tuple[CombinerController, ...] = ()
    grid_profile: str | None = None
    """Name of the rules of the grid that are in use; stands among the groups, without a type."""


def parse(body: bytes) -> Ensemble:
    """Return the devices of each kind in the order of the page.

    Raises EnvoyResponseError when the body is not this page.
    """
    groups = json_list(body)
    profiles = filter(None, (text(group, "grid_profile_name") for group in groups))
    return Ensemble(
        batteries=_devices(groups, "ENCHARGE", Battery, _battery),
        controllers=_devices(groups, "ENPOWER", SystemController, _controller),
        collars=_devices(groups, "COLLAR", Collar, _collar),
        combiners=_devices(groups, "C6 COMBINER CONTROLLER", CombinerController, _combiner),
        grid_profile=next(profiles, None),
    )


def _devices[DeviceT: EnsembleDevice](
    groups: Iterable[Row], name: str, kind: type[DeviceT], extend: Callable[[DeviceT, Row], DeviceT]
) -> tuple[DeviceT, ...]:
    """Return the devices of the groups of this name; ``extend`` adds the fields of one kind."""
    devices = by_id(
        (row for group in groups if text(group, "type") == name for row in rows(group, "devices")),
        lambda row: serial(row, "serial_num"),
    )
    return tuple(
        extend(_unit(kind, own_serial, row), row)
        for own_serial, row in devices.items()
        if own_serial
    )


def _unit[DeviceT: EnsembleDevice](kind: type[DeviceT], own_serial: str, row: Row) -> DeviceT:
    """Return what all kinds say in the same words."""
    return kind(
        serial=own_serial,
        part_number=text(row, "part_num"),
        firmware=text(row, "img_pnum_running"),
        reported_at=moment(row, "last_rpt_date"),
        communicating=flag(row, "communicating"),
        installed_at=moment(row, "installed"),
        firmware_loaded_at=moment(row, "img_load_date"),
        comm_level_sub_ghz=integer(row, "comm_level_sub_ghz"),
        comm_level_2_4_ghz=integer(row, "comm_level_2_4_ghz"),
    )


def _battery(unit: Battery, row: Row) -> Battery:
    switched_off, light = flag(row, "dc_switch_off"), integer(row, "led_status")
    return replace(
        unit,
        charge_pct=percent(row, "percentFull"),
        capacity_wh=number(row, "encharge_capacity"),
        power_w=number(row, "real_power_w"),  # only given by firmware 5 and 6
        temperature_c=number(row, "temperature"),
        max_cell_temperature_c=number(row, "maxCellTemp"),
        operating=flag(row, "operating"),
        sleeping=flag(row, "sleep_enabled"),
        dc_switch_on=None if switched_off is None else not switched_off,
        led=None if light is None else _LED.get(light),
        grid_state=text(row, "reported_enc_grid_state"),
        phase=text(row, "phase"),
    )


def _admin_state(row: Row) -> AdminState | None:
    return choice(row, "admin_state_str", _ADMIN_STATES)


def _controller(unit: SystemController, row: Row) -> SystemController:
    modes = {mode.value: mode for mode in GridMode}
    return replace(
        unit,
        temperature_f=number(row, "temperature"),
        mains_closed=closed(row, "mains_oper_state"),
        mains_admin_closed=closed(row, "mains_admin_state"),
        admin_state=_admin_state(row),
        grid_mode=choice(row, "Enpwr_grid_mode", modes),
        battery_grid_mode=choice(row, "Enchg_grid_mode", modes),
    )


def _collar(unit: Collar, row: Row) -> Collar:
    return replace(
        unit,
        temperature_c=number(row, "temperature"),
        grid_state=choice(row, "grid_state", {state.value: state for state in GridState}),
        admin_state=_admin_state(row),
        switch_state=choice(row, "mid_state", {state.value: state for state in SwitchState}),
        control_error=integer(row, "control_error"),
    )


def _combiner(unit: CombinerController, row: Row) -> CombinerController:
    return replace(unit, firmware=text(row, "fw_version"), admin_state=_admin_state(row))
