"""Entities of another integration of this domain that no entity of ours continues."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final, Protocol

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er

from .const import PLATFORMS
from .devices import DeviceKind

_CONTACTS: Final = ("NC1", "NC2", "NO1", "NO2")
_SERIALS: Final[Mapping[DeviceKind, tuple[str, ...]]] = {
    DeviceKind.PHASE: ("G_l1", "G_l2", "G_l3"),
    DeviceKind.AC_BANK: ("G_acb",),
    DeviceKind.GENERATOR: ("G_generator",),
    DeviceKind.DRY_CONTACT: tuple(f"S_relay_{name}" for name in _CONTACTS),
}
"""What stands for the serial number of a device, where that is more than a serial number."""


class Row(Protocol):
    """What has to be known of a row of a platform's table."""

    @property
    def key(self) -> str:
        """What it is called among the rows of its kind of device."""

    @property
    def kind(self) -> DeviceKind:
        """The kind of device that it belongs to."""

    def ids_of(self, gateway: str, serial: str) -> tuple[str, str]:
        """Return unique id and object id for a device."""


class LeftOver:
    """Knows the entities of an entry that no row of any platform goes on with."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
        """Know no platform yet."""
        self._hass = hass
        self._entry = entry
        self.tables: dict[str, Collection[Row]] = {}
        self._known: dict[str, frozenset[str]] = {}
        self._found: list[er.RegistryEntry] | None = None
        entry.async_on_unload(
            hass.bus.async_listen(er.EVENT_ENTITY_REGISTRY_UPDATED, self._look_anew)
        )

    @callback
    def know(self, platform: str, rows: Collection[Row]) -> None:
        """Take note of a table of a platform, which has been set up; it may have several."""
        known = self._known.get(platform, frozenset())
        self.tables[platform] = (*self.tables.get(platform, ()), *rows)
        self._known[platform] = known.union(*map(_tails, rows))
        self._found = None

    @property
    def entities(self) -> list[er.RegistryEntry]:
        """What is enabled and has no successor; nothing before all platforms are set up."""
        if not self._known.keys() >= {str(platform) for platform in PLATFORMS}:
            return []
        if self._found is None:
            rows = er.async_entries_for_config_entry(er.async_get(self._hass), self._entry.entry_id)
            self._found = [
                row
                for row in rows
                if not row.disabled
                and _tail(row.unique_id) not in self._known.get(row.domain, frozenset())
            ]
        return self._found

    @callback
    def _look_anew(self, _event: Event[Any]) -> None:
        self._found = None


def _tails(row: Row) -> list[str]:
    serials = _SERIALS.get(row.kind, ("G",))
    return [_tail(row.ids_of("G", serial)[0]) for serial in serials]


def _tail(unique_id: str) -> str:
    """Return what follows the serial number; nothing where there is only that."""
    return unique_id.partition("_")[2]
