"""Adapts the rows of sensors to what the registry of this Home Assistant holds already.

Statistics go on as they were begun, and users of another integration see no value twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er

from .const import DOMAIN
from .devices import SERIALS, DeviceKind
from .envoy_reader import Snapshot
from .rows.descriptions import EnvoySensorDescription
from .takeover import is_total, state_class

_TWINS: Final[Mapping[str, str]] = {
    "total_battery_percentage": "battery_level",
    "current_battery_capacity": "available_energy",
    "battery_energy_charged": "lifetime_battery_charged",
    "battery_energy_discharged": "lifetime_battery_discharged",
    "agg_batteries_power": "battery_discharge",
}
"""Keys of the gateway's battery figures, and by which the built-in integration shows the same."""

_CAPACITY: Final = "current_battery_capacity"
_SLIDING: Final = "seven_days_"
_SHARED: Final = (DeviceKind.GATEWAY, DeviceKind.PHASE)
"""Kinds of devices that other integrations have entities of, with other classes or units."""


def adapted[PartT](
    hass: HomeAssistant, snapshot: Snapshot, rows: tuple[EnvoySensorDescription[PartT], ...]
) -> tuple[EnvoySensorDescription[PartT], ...]:
    """Return the rows, adapted to the registry of this Home Assistant."""
    twins = {
        row.key: row
        for row in rows
        if row.kind is DeviceKind.GATEWAY and row.exists_fn(snapshot.profile)
    }

    def adapt(row: EnvoySensorDescription[PartT]) -> EnvoySensorDescription[PartT]:
        if row.kind not in _SHARED:
            return row
        if before := next(_registered(hass, snapshot, row), None):
            return _as_begun(row, before)
        twin = twins.get(_TWINS.get(row.key, "")) if row.kind is DeviceKind.GATEWAY else None
        if twin and any(
            not registered.disabled for registered in _registered(hass, snapshot, twin)
        ):
            return replace(row, entity_registry_enabled_default=False)
        return row

    return tuple(map(adapt, rows))


def _registered[PartT](
    hass: HomeAssistant, snapshot: Snapshot, row: EnvoySensorDescription[PartT]
) -> Iterator[er.RegistryEntry]:
    """Yield what the registry holds of a row, one entry for each device of its kind."""
    registry = er.async_get(hass)
    for serial in SERIALS[row.kind](snapshot):
        unique_id, _ = row.ids_of(snapshot.profile.serial, serial)
        entity_id = registry.async_get_entity_id(Platform.SENSOR, DOMAIN, unique_id)
        found = registry.async_get(entity_id) if entity_id else None
        if found:
            yield found


def _as_begun[PartT](
    row: EnvoySensorDescription[PartT], before: er.RegistryEntry
) -> EnvoySensorDescription[PartT]:
    # Older custom integrations have stored energy added up, where a mean says more. Statistics
    # cannot be both: with our classes, what was recorded would end on the day that we came.
    if row.key == _CAPACITY and is_total(before):
        return replace(
            row,
            device_class=SensorDeviceClass.ENERGY,
            state_class=SensorStateClass.TOTAL,
        )
    # Home Assistant's own integration has no statistics of weeks. Were we to begin them, the user
    # would be asked to repair them on the way back.
    if row.key.startswith(_SLIDING) and state_class(before) is None:
        return replace(row, state_class=None)
    return row
