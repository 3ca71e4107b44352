"""Sensors: figures of the gateway and its devices (what they show: the modules of rows)."""

from __future__ import annotations

from collections.abc import Mapping
from math import log10
from typing import Any, Final, override

from homeassistant.components.sensor import SensorEntity
from homeassistant.const import Platform, UnitOfEnergy, UnitOfPower
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.util.unit_conversion import BaseUnitConverter, EnergyConverter, PowerConverter

from .coordinator import EnvoyConfigEntry
from .entity import EnvoyEntity, add_as_found
from .histories import adapted
from .rows import (
    ac_batteries,
    batteries,
    controllers,
    cts,
    flows,
    gateway,
    generator,
    house,
    inverters,
    relays,
    roof,
)
from .rows.descriptions import EnvoySensorDescription, Shown

_PLACES: Final[Mapping[str, tuple[int, type[BaseUnitConverter]]]] = {
    UnitOfEnergy.WATT_HOUR: (0, EnergyConverter),
    UnitOfEnergy.KILO_WATT_HOUR: (2, EnergyConverter),
    UnitOfEnergy.MEGA_WATT_HOUR: (3, EnergyConverter),
    UnitOfPower.WATT: (0, PowerConverter),
    UnitOfPower.KILO_WATT: (3, PowerConverter),
}
"""Decimal places in a unit that is not the one first suggested, and what converts to it."""

PARALLEL_UPDATES = 0  # nothing is asked of the gateway by an entity

DESCRIPTIONS: Final = tuple(
    row
    for rows in (
        flows,
        house,
        cts,
        batteries,
        ac_batteries,
        inverters,
        roof,
        controllers,
        relays,
        generator,
        gateway,
    )
    for row in rows.SENSORS
)


class EnvoySensor[PartT](EnvoyEntity[PartT, Shown], SensorEntity):
    """A figure of the gateway, an inverter or a battery."""

    _platform_domain = Platform.SENSOR
    _unrecorded_attributes = frozenset({"inverters", "yields"})
    entity_description: EnvoySensorDescription[PartT]

    @property
    @override
    def native_value(self) -> Shown | None:
        return self.figure

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any] | None:
        attributes_fn, part = self.entity_description.attributes_fn, self._part
        return None if attributes_fn is None or part is None else attributes_fn(part)

    @override
    def _current(self) -> tuple[object, ...]:
        return (*super()._current(), self.extra_state_attributes)

    @property
    @override
    def suggested_display_precision(self) -> int | None:
        """Decimal places that suit the unit which the registry keeps for this entity.

        Home Assistant adds a place for each power of ten from the suggested unit to a larger one
        that is shown, so they are taken off here.
        """
        row = self.entity_description
        suggested = row.suggested_unit_of_measurement or row.native_unit_of_measurement
        shown = self.unit_of_measurement
        if shown is None or shown == suggested or shown not in _PLACES:
            return row.suggested_display_precision
        places, converter = _PLACES[shown]
        # Where no place is to be left, newer versions take the figure returned here for it.
        return places and places - round(log10(converter.get_unit_ratio(suggested, shown)))


async def async_setup_entry(
    hass: HomeAssistant, entry: EnvoyConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the sensors of what the site has, and later of what is added to it."""
    coordinator = entry.runtime_data.coordinator
    rows = adapted(hass, coordinator.data, DESCRIPTIONS)
    add_as_found(coordinator, rows, EnvoySensor, async_add_entities)
