"""What the entities of devices that switch between grid and home show.

Unique ids are those of Home Assistant's own integration; where it has none, those of the variant
for installers, so that both histories go on. What others switch or set by an id on another
platform is only shown here, so that there is room for a control of the same id.
"""

from __future__ import annotations

from typing import Any, Final

from homeassistant.components.binary_sensor import BinarySensorDeviceClass
from homeassistant.const import UnitOfTemperature

from ..devices import DeviceKind
from ..envoy_reader import (
    AdminState,
    Collar,
    CombinerController,
    GridMode,
    GridState,
    Section,
    Snapshot,
    SwitchState,
    SystemController,
)
from .descriptions import EnvoyBinarySensorDescription, EnvoySensorDescription, Rows
from .facts import CELSIUS, CONNECTIVITY, DETAIL, TEMPERATURE, words
from .shared import comm_levels, dates

_GRID: Final = Rows[Snapshot](
    section=Section.GRID,
    part_fn=lambda snapshot, _serial: snapshot,
    ids="grid",
    facts={"exists_fn": lambda profile: profile.tells_grid},
)
_CONTROLLER: Final = Rows[SystemController](
    kind=DeviceKind.CONTROLLER,
    section=Section.CONTROLLERS,
    part_fn=lambda snapshot, serial: snapshot.controllers.get(serial),
    ids="envoy_{gateway}_controller_{serial}",
)
_COLLAR: Final = Rows[Collar](
    kind=DeviceKind.COLLAR,
    section=Section.CONTROLLERS,
    part_fn=lambda snapshot, serial: snapshot.collars.get(serial),
    ids="envoy_{gateway}_collar_{serial}",
)
_COMBINER: Final = Rows[CombinerController](
    kind=DeviceKind.COMBINER,
    section=Section.CONTROLLERS,
    part_fn=lambda snapshot, serial: snapshot.combiners.get(serial),
    ids="envoy_{gateway}_combiner_{serial}",
)


def _admin_state[DeviceT: SystemController | Collar | CombinerController](
    rows: Rows[DeviceT],
) -> EnvoySensorDescription[DeviceT]:
    """Return the ordered state of a switch."""
    return rows.sensor(
        "admin_state_str",
        lambda device: device.admin_state,
        words(AdminState),
        DETAIL,
        name_key="admin_state",
        id_suffix="admin_state",
    )


CONTROLLER: Final = (
    _CONTROLLER.sensor(
        "temperature",
        lambda device: device.temperature_f,
        TEMPERATURE,
        native_unit_of_measurement=UnitOfTemperature.FAHRENHEIT,
        suggested_display_precision=1,
    ),
    *dates(_CONTROLLER),
    *comm_levels(_CONTROLLER),
    _admin_state(_CONTROLLER),
    _CONTROLLER.sensor("grid_mode", lambda device: device.grid_mode, words(GridMode), DETAIL),
    _CONTROLLER.sensor(
        "battery_grid_mode", lambda device: device.battery_grid_mode, words(GridMode), DETAIL
    ),
)
COLLAR: Final = (
    _COLLAR.sensor("temperature", lambda device: device.temperature_c, CELSIUS),
    *dates(_COLLAR),
    _COLLAR.sensor("grid_state", lambda device: device.grid_state, words(GridState), DETAIL),
    _admin_state(_COLLAR),
    _COLLAR.sensor("mid_state", lambda device: device.switch_state, words(SwitchState), DETAIL),
    _COLLAR.sensor("control_error", lambda device: device.control_error, DETAIL),
)
COMBINER: Final = (*dates(_COMBINER), _admin_state(_COMBINER))

SENSORS: Final[tuple[EnvoySensorDescription[Any], ...]] = (*CONTROLLER, *COLLAR, *COMBINER)
BINARY_SENSORS: Final[tuple[EnvoyBinarySensorDescription[Any], ...]] = (
    _GRID.binary(
        "grid_status",
        lambda snapshot: snapshot.on_grid,
        id_suffix="status",
        device_class=BinarySensorDeviceClass.CONNECTIVITY,
        momentary=True,  # an outage is over in minutes: an old answer is no answer
    ),
    _CONTROLLER.binary("mains_oper_state", lambda device: device.mains_closed, momentary=True),
    _CONTROLLER.binary("mains_admin_state", lambda device: device.mains_admin_closed, DETAIL),
    _CONTROLLER.binary("communicating", lambda device: device.communicating, CONNECTIVITY),
    _COLLAR.binary("communicating", lambda device: device.communicating, CONNECTIVITY),
    _COMBINER.binary("communicating", lambda device: device.communicating, CONNECTIVITY),
)
