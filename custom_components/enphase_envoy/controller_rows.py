"""What the entities of whatever switches between grid and home show.

Unique ids are those of Home Assistant's own integration; where it has none, those of the variant
for installers, so that both histories go on. What others switch or set by an id on another
platform is only shown here, so that there is room for a control of the same id.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from homeassistant.components.binary_sensor import BinarySensorDeviceClass
from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass
from homeassistant.const import (
    PERCENTAGE,
    EntityCategory,
    UnitOfElectricCurrent,
    UnitOfElectricPotential,
    UnitOfFrequency,
    UnitOfPower,
    UnitOfTemperature,
    UnitOfTime,
)

from .descriptions import EnvoyBinarySensorDescription, EnvoySensorDescription, Shown
from .devices import DeviceKind, generators
from .envoy_reader import (
    AdminState,
    Collar,
    CombinerController,
    ContactAction,
    ContactMode,
    ContactUse,
    DryContact,
    Generator,
    GeneratorMode,
    GridMode,
    GridState,
    PhaseRelay,
    Section,
    Snapshot,
    SwitchState,
    SystemController,
    Weekday,
)

_LONGEST_STATE: Final = 255
"""Characters that Home Assistant takes for a state."""

_OFF: Final[Mapping[str, Any]] = {"entity_registry_enabled_default": False}
_DETAIL: Final[Mapping[str, Any]] = {**_OFF, "entity_category": EntityCategory.DIAGNOSTIC}
_TIME: Final[Mapping[str, Any]] = {"device_class": SensorDeviceClass.TIMESTAMP, **_DETAIL}
_MEASURED: Final[Mapping[str, Any]] = {"state_class": SensorStateClass.MEASUREMENT}
_CELSIUS: Final[Mapping[str, Any]] = {
    "device_class": SensorDeviceClass.TEMPERATURE,
    "native_unit_of_measurement": UnitOfTemperature.CELSIUS,
    **_MEASURED,
}
_PERCENT: Final[Mapping[str, Any]] = {"native_unit_of_measurement": PERCENTAGE, **_DETAIL}
_MINUTES: Final[Mapping[str, Any]] = {
    "device_class": SensorDeviceClass.DURATION,
    "native_unit_of_measurement": UnitOfTime.MINUTES,
    **_DETAIL,
}
_CONNECTIVITY: Final[Mapping[str, Any]] = {
    "device_class": BinarySensorDeviceClass.CONNECTIVITY,
    **_DETAIL,
}


def _words(kind: type[StrEnum]) -> dict[str, Any]:
    return {
        "device_class": SensorDeviceClass.ENUM,
        "options": [word.value for word in kind],
        **_DETAIL,
    }


def _tail(key: str) -> str:
    """Return the end of an id without what others have put around it."""
    return key.removeprefix("relay_data_").removeprefix("relay_info_").removesuffix("_str")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind[PartT]:
    """What all rows of one kind of device have in common."""

    kind: DeviceKind
    section: Section
    part_fn: Callable[[Snapshot, str], PartT | None]
    ids: str
    """Where the ids of its entities begin, after that of the gateway."""

    def sensor(
        self,
        key: str,
        value_fn: Callable[[PartT], Shown | None],
        text: str | None = None,
        **more: Any,  # noqa: ANN401 -- whatever a description can hold
    ) -> EnvoySensorDescription[PartT]:
        """Return a sensor, named by ``text`` where that is not the key."""
        return EnvoySensorDescription[PartT](
            key=key,
            translation_key=text or key,
            object_id=f"envoy_{{gateway}}_{self.ids}_{_tail(key)}",
            kind=self.kind,
            section=self.section,
            part_fn=self.part_fn,
            value_fn=value_fn,
            **more,
        )

    def binary(
        self,
        key: str,
        value_fn: Callable[[PartT], bool | None],
        text: str | None = None,
        **more: Any,  # noqa: ANN401 -- whatever a description can hold
    ) -> EnvoyBinarySensorDescription[PartT]:
        """Return a binary sensor, named by ``text`` where that is not the key."""
        return EnvoyBinarySensorDescription[PartT](
            key=key,
            translation_key=text or key,
            object_id=f"envoy_{{gateway}}_{self.ids}_{_tail(key)}",
            kind=self.kind,
            section=self.section,
            part_fn=self.part_fn,
            value_fn=value_fn,
            **more,
        )


_CONTROLLER: Final = _Kind[SystemController](
    kind=DeviceKind.CONTROLLER,
    section=Section.CONTROLLERS,
    part_fn=lambda snapshot, serial: snapshot.controllers.get(serial),
    ids="controller_{serial}",
)
_COLLAR: Final = _Kind[Collar](
    kind=DeviceKind.COLLAR,
    section=Section.CONTROLLERS,
    part_fn=lambda snapshot, serial: snapshot.collars.get(serial),
    ids="collar_{serial}",
)
_COMBINER: Final = _Kind[CombinerController](
    kind=DeviceKind.COMBINER,
    section=Section.CONTROLLERS,
    part_fn=lambda snapshot, serial: snapshot.combiners.get(serial),
    ids="combiner_{serial}",
)
_CONTACT: Final = _Kind[DryContact](
    kind=DeviceKind.DRY_CONTACT,
    section=Section.DRY_CONTACTS,
    part_fn=lambda snapshot, ident: snapshot.dry_contacts.get(ident),
    ids="dry_contact_{serial}",
)
_RELAY: Final = _Kind[PhaseRelay](
    kind=DeviceKind.PHASE_RELAY,
    section=Section.RELAYS,
    part_fn=lambda snapshot, serial: snapshot.relays.get(serial),
    ids="q_relay_{serial}",
)
_GENERATOR: Final = _Kind[Generator](
    kind=DeviceKind.GENERATOR,
    section=Section.GENERATOR,
    part_fn=lambda snapshot, ident: generators(snapshot).get(ident),
    ids="generator",
)

CONTROLLER: Final = (
    _CONTROLLER.sensor(
        "temperature",
        lambda unit: unit.temperature_f,
        device_class=SensorDeviceClass.TEMPERATURE,
        native_unit_of_measurement=UnitOfTemperature.FAHRENHEIT,
        suggested_display_precision=1,
        **_MEASURED,
    ),
    _CONTROLLER.sensor("last_reported", lambda unit: unit.reported_at, **_TIME),
    _CONTROLLER.sensor("installed", lambda unit: unit.installed_at, **_TIME),
    _CONTROLLER.sensor("firmware_loaded", lambda unit: unit.firmware_loaded_at, **_TIME),
    _CONTROLLER.sensor(
        "comm_level_2_4_ghz", lambda unit: unit.comm_level_2_4_ghz, **_MEASURED, **_DETAIL
    ),
    _CONTROLLER.sensor(
        "comm_level_sub_ghz", lambda unit: unit.comm_level_sub_ghz, **_MEASURED, **_DETAIL
    ),
    _CONTROLLER.sensor(
        "admin_state_str", lambda unit: unit.admin_state, "admin_state", **_words(AdminState)
    ),
    _CONTROLLER.sensor("grid_mode", lambda unit: unit.grid_mode, **_words(GridMode)),
    _CONTROLLER.sensor(
        "battery_grid_mode", lambda unit: unit.battery_grid_mode, **_words(GridMode)
    ),
)
CONTROLLER_BINARY: Final = (
    _CONTROLLER.binary("mains_oper_state", lambda unit: unit.mains_closed, live=True),
    _CONTROLLER.binary("mains_admin_state", lambda unit: unit.mains_admin_closed, **_DETAIL),
    _CONTROLLER.binary("communicating", lambda unit: unit.communicating, **_CONNECTIVITY),
)
COLLAR: Final = (
    _COLLAR.sensor("temperature", lambda unit: unit.temperature_c, **_CELSIUS),
    _COLLAR.sensor("last_reported", lambda unit: unit.reported_at, **_TIME),
    _COLLAR.sensor("installed", lambda unit: unit.installed_at, **_TIME),
    _COLLAR.sensor("firmware_loaded", lambda unit: unit.firmware_loaded_at, **_TIME),
    _COLLAR.sensor("grid_state", lambda unit: unit.grid_state, **_words(GridState)),
    _COLLAR.sensor(
        "admin_state_str", lambda unit: unit.admin_state, "admin_state", **_words(AdminState)
    ),
    _COLLAR.sensor("mid_state", lambda unit: unit.switch_state, **_words(SwitchState)),
    _COLLAR.sensor("control_error", lambda unit: unit.control_error, **_DETAIL),
)
COLLAR_BINARY: Final = (
    _COLLAR.binary("communicating", lambda unit: unit.communicating, **_CONNECTIVITY),
)
COMBINER: Final = (
    _COMBINER.sensor("last_reported", lambda unit: unit.reported_at, **_TIME),
    _COMBINER.sensor("installed", lambda unit: unit.installed_at, **_TIME),
    _COMBINER.sensor("firmware_loaded", lambda unit: unit.firmware_loaded_at, **_TIME),
    _COMBINER.sensor(
        "admin_state_str", lambda unit: unit.admin_state, "admin_state", **_words(AdminState)
    ),
)
COMBINER_BINARY: Final = (
    _COMBINER.binary("communicating", lambda unit: unit.communicating, **_CONNECTIVITY),
)
CONTACT: Final = (
    _CONTACT.sensor("use", lambda it: it.settings.use, "relay_use", **_words(ContactUse)),
    _CONTACT.sensor("mode", lambda it: it.settings.mode, "relay_mode", **_words(ContactMode)),
    _CONTACT.sensor(
        "grid_action",
        lambda it: it.settings.grid_action,
        "relay_grid_action",
        **_words(ContactAction),
    ),
    _CONTACT.sensor(
        "microgrid_action",
        lambda it: it.settings.microgrid_action,
        "relay_microgrid_action",
        **_words(ContactAction),
    ),
    _CONTACT.sensor(
        "generator_action",
        lambda it: it.settings.generator_action,
        "relay_generator_action",
        **_words(ContactAction),
    ),
    _CONTACT.sensor("soc_low", lambda it: it.settings.soc_low_pct, **_PERCENT),
    _CONTACT.sensor("soc_high", lambda it: it.settings.soc_high_pct, **_PERCENT),
)
CONTACT_BINARY: Final = (
    EnvoyBinarySensorDescription[DryContact](
        key="relay_status",
        translation_key="relay_status",
        name=None,
        kind=DeviceKind.DRY_CONTACT,
        object_id="envoy_{gateway}_dry_contact_{serial}",
        section=Section.DRY_CONTACTS,
        part_fn=_CONTACT.part_fn,
        value_fn=lambda contact: contact.closed,
        live=True,
    ),
)


def _voltage(line: int) -> EnvoySensorDescription[PhaseRelay]:
    return _RELAY.sensor(
        f"relay_data_voltage_l{line}",
        lambda relay: relay.voltages_v[line - 1] if relay.voltages_v else None,
        device_class=SensorDeviceClass.VOLTAGE,
        native_unit_of_measurement=UnitOfElectricPotential.VOLT,
        suggested_display_precision=1,
        **_MEASURED,
        **_OFF,
        live=True,
    )


def _short(words: str | None) -> str | None:
    return words[:_LONGEST_STATE] if words else None


RELAY: Final = (
    _RELAY.sensor(
        "relay_data_temperature",
        lambda relay: relay.temperature_c,
        "temperature",
        **_CELSIUS,
        **_OFF,
    ),
    *(_voltage(line) for line in (1, 2, 3)),
    _RELAY.sensor(
        "relay_data_frequency",
        lambda relay: relay.frequency_hz,
        device_class=SensorDeviceClass.FREQUENCY,
        native_unit_of_measurement=UnitOfFrequency.HERTZ,
        suggested_display_precision=2,
        **_MEASURED,
        **_OFF,
        live=True,
    ),
    _RELAY.sensor("relay_data_state_change_count", lambda relay: relay.state_changes, **_DETAIL),
    _RELAY.sensor(
        "relay_data_last_reading", lambda relay: relay.reported_at, "last_reported", **_TIME
    ),
    _RELAY.sensor("relay_info_reason", lambda relay: _short(relay.reason), **_DETAIL),
)
RELAY_BINARY: Final = (
    _RELAY.binary("relay_info_relay", lambda relay: relay.closed, **_OFF),
    _RELAY.binary("relay_info_forced", lambda relay: relay.forced, **_DETAIL),
    _RELAY.binary(
        "relay_info_communicating",
        lambda relay: relay.communicating,
        "communicating",
        **_CONNECTIVITY,
    ),
)


def _time_of_day(minutes: int | None) -> str | None:
    return None if minutes is None else f"{minutes // 60:02}:{minutes % 60:02}"


GENERATOR: Final = (
    _GENERATOR.sensor("mode", lambda it: it.mode, "generator_mode", **_words(GeneratorMode)),
    _GENERATOR.sensor("start_soc", lambda it: it.state.start_pct, **_PERCENT),
    _GENERATOR.sensor("stop_soc", lambda it: it.state.stop_pct, **_PERCENT),
    _GENERATOR.sensor("default_start_soc", lambda it: it.schedule.start_pct, **_PERCENT),
    _GENERATOR.sensor("default_stop_soc", lambda it: it.schedule.stop_pct, **_PERCENT),
    _GENERATOR.sensor(
        "rated_power",
        lambda it: it.config.rated_w,
        device_class=SensorDeviceClass.POWER,
        native_unit_of_measurement=UnitOfPower.WATT,
        suggested_display_precision=0,
        **_DETAIL,
    ),
    _GENERATOR.sensor(
        "max_current",
        lambda it: it.config.max_current_a,
        device_class=SensorDeviceClass.CURRENT,
        native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
        suggested_display_precision=0,
        **_DETAIL,
    ),
    _GENERATOR.sensor("min_loading", lambda it: it.config.min_loading_pct, **_PERCENT),
    _GENERATOR.sensor("best_loading", lambda it: it.config.best_loading_pct, **_PERCENT),
    _GENERATOR.sensor("warm_up", lambda it: it.config.warm_up_min, **_MINUTES),
    _GENERATOR.sensor("cool_down", lambda it: it.config.cool_down_min, **_MINUTES),
    _GENERATOR.sensor(
        "exercise_interval",
        lambda it: it.schedule.exercise_every_weeks,
        native_unit_of_measurement=UnitOfTime.WEEKS,  # for which durations have no room
        **_DETAIL,
    ),
    _GENERATOR.sensor("exercise_day", lambda it: it.schedule.exercise_day, **_words(Weekday)),
    _GENERATOR.sensor(
        "exercise_start", lambda it: _time_of_day(it.schedule.exercise_at_min), **_DETAIL
    ),
    _GENERATOR.sensor("exercise_duration", lambda it: it.schedule.exercise_min, **_MINUTES),
)
GENERATOR_BINARY: Final = (
    _GENERATOR.binary(
        "running",
        lambda it: it.running,
        device_class=BinarySensorDeviceClass.RUNNING,
        live=True,
    ),
    _GENERATOR.binary("oper_state", lambda it: it.state.feeding, "generator_relay", **_DETAIL),
    _GENERATOR.binary("exercising", lambda it: it.state.exercising, **_DETAIL),
    _GENERATOR.binary("scheduled", lambda it: it.state.scheduled, **_DETAIL),
    _GENERATOR.binary("charge_batteries", lambda it: it.config.charges_batteries, **_DETAIL),
)

SENSORS: Final[tuple[EnvoySensorDescription[Any], ...]] = (
    *CONTROLLER,
    *COLLAR,
    *COMBINER,
    *CONTACT,
    *RELAY,
    *GENERATOR,
)
BINARY_SENSORS: Final[tuple[EnvoyBinarySensorDescription[Any], ...]] = (
    EnvoyBinarySensorDescription[Snapshot](
        key="grid_status",
        translation_key="grid_status",
        object_id="grid_status",
        device_class=BinarySensorDeviceClass.CONNECTIVITY,
        section=Section.GRID,
        exists_fn=lambda profile: profile.tells_grid,
        part_fn=lambda snapshot, _serial: snapshot,
        value_fn=lambda snapshot: snapshot.on_grid,
        live=True,  # an outage is over in minutes: an old answer is no answer
    ),
    *CONTROLLER_BINARY,
    *COLLAR_BINARY,
    *COMBINER_BINARY,
    *CONTACT_BINARY,
    *RELAY_BINARY,
    *GENERATOR_BINARY,
)
