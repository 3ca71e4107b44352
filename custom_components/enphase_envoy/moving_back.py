"""Before this integration is removed: takes away what nobody else would.

Home Assistant's own integration goes on with the entities that it has, too. All others would stay
in the registry for ever, and so would the devices that only we make and what we have stored.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er

from . import built_in, statistics
from .const import DOMAIN
from .coordinator import EnvoyConfigEntry
from .devices import SERIALS
from .store import async_forget_ours


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is going to be removed."""

    gateway: str
    """Id of the gateway's device."""
    entities: tuple[er.RegistryEntry, ...]
    devices: tuple[dr.DeviceEntry, ...]

    def words(self) -> dict[str, str]:
        """Return what stands in the text that asks for confirmation.

        Entities that are disabled, which are many, are counted only.
        """
        enabled = Counter(
            row.name or row.original_name or row.entity_id
            for row in self.entities
            if not row.disabled
        )
        names = [
            f"{name} ({count})" if count > 1 else name for name, count in sorted(enabled.items())
        ]
        rest = len(self.entities) - enabled.total()
        devices = sorted(str(device.name_by_user or device.name) for device in self.devices)
        return {
            "count": str(len(self.entities)),
            "entities": _listed([*names, f"+ {rest}"] if rest else names),
            "devices": _listed(devices),
        }


def plan(hass: HomeAssistant, entry: EnvoyConfigEntry) -> Plan:
    """Return what only this integration has of an entry that is loaded."""
    gateway = entry.runtime_data.coordinator.data.profile.serial
    devices = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    ours = {
        (DOMAIN, serial)
        for kind in SERIALS.keys() - built_in.DEVICES
        for serial in SERIALS[kind](entry.runtime_data.coordinator.data)
    }
    registry = er.async_get(hass)
    ids = [
        registry.async_get_entity_id(platform, DOMAIN, unique_id)
        for platform, unique_id in _only_ours(entry)
    ]
    rows = [registry.async_get(entity_id) for entity_id in ids if entity_id]
    return Plan(
        gateway=next(device.id for device in devices if (DOMAIN, gateway) in device.identifiers),
        entities=tuple(row for row in rows if row and row.config_entry_id == entry.entry_id),
        devices=tuple(device for device in devices if device.identifiers <= ours),
    )


async def async_carry_out(hass: HomeAssistant, entry: EnvoyConfigEntry, wanted: Plan) -> None:
    """Stop reading the gateway and remove what is planned.

    Nothing is created again before the next start. Entities that other integrations continue move
    from our phase devices to the gateway's device, where those expect them.
    """
    await hass.config_entries.async_unload(entry.entry_id)
    entities, devices = er.async_get(hass), dr.async_get(hass)
    for row in wanted.entities:
        entities.async_remove(row.entity_id)
    for device in wanted.devices:
        for row in er.async_entries_for_device(entities, device.id, include_disabled_entities=True):
            entities.async_update_entity(row.entity_id, device_id=wanted.gateway)
        devices.async_remove_device(device.id)
    await async_forget_ours(hass, entry)
    await statistics.async_forget(hass, entry)


def _only_ours(entry: EnvoyConfigEntry) -> Iterator[tuple[str, str]]:
    """Yield platform and unique id of each entity that only we have."""
    coordinator = entry.runtime_data.coordinator
    gateway = coordinator.data.profile.serial
    for platform, rows in coordinator.left_over.tables.items():
        for row in rows:
            if row.key not in built_in.KEYS.get(platform, {}).get(row.kind, ()):
                for serial in SERIALS[row.kind](coordinator.data):
                    yield platform, row.ids_of(gateway, serial)[0]


def _listed(names: list[str]) -> str:
    return "\n".join(f"- {name}" for name in names) or "-"
