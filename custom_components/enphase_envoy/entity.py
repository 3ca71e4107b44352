"""What all entities have in common: which figure they show, when, and under which ids."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, override

from homeassistant.const import Platform
from homeassistant.core import callback
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import Entity, EntityDescription
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.update_coordinator import CoordinatorEntity
from homeassistant.util import slugify

from .const import DOMAIN, LOGGER
from .coordinator import EnvoyCoordinator
from .devices import SERIALS, DeviceKind
from .envoy_reader import GatewayProfile, Health, Section, Snapshot


def _always(_profile: GatewayProfile) -> bool:
    return True


@dataclass(frozen=True, kw_only=True)
class EnvoyEntityDescription[PartT, ValueT](EntityDescription):
    """A figure: where it stands in the snapshot, and where it exists at all."""

    kind: DeviceKind = DeviceKind.GATEWAY
    """The kind of device that it belongs to."""
    section: Section
    """What has to answer for it to be available."""
    part_fn: Callable[[Snapshot, str], PartT | None]
    """From the snapshot and the device's serial number to what the value is taken from."""
    value_fn: Callable[[PartT], ValueT | None]
    exists_fn: Callable[[GatewayProfile], bool] = _always
    """Whether a gateway with this profile can say the figure at all."""
    serials_fn: Callable[[Snapshot], Collection[str]] | None = None
    """The serial numbers of those devices of the kind that have the figure, if not all do."""
    momentary: bool = False
    """Whether it is of now, such as a power, and means nothing once it is old."""
    object_id: str
    """Of a fresh installation's entity id, with ``{gateway}`` and ``{serial}`` to be filled in."""
    counter: str | None = None
    """The name of the reader's counter that it shows, with ``{serial}`` to be filled in."""
    plain_id: bool = False
    """Whether the unique id is the device's serial number and nothing else."""


class EnvoyEntity[PartT, ValueT](CoordinatorEntity[EnvoyCoordinator]):
    """One figure of one device; it holds nothing and computes all from the snapshot."""

    _attr_has_entity_name = True
    _platform_domain: ClassVar[Platform]
    entity_description: EnvoyEntityDescription[PartT, ValueT]

    def __init__(
        self,
        coordinator: EnvoyCoordinator,
        description: EnvoyEntityDescription[PartT, ValueT],
        serial: str,
    ) -> None:
        """Show a figure of the device with this serial number."""
        # The context tells the reader that somebody looks at this section.
        super().__init__(coordinator, context=description.section)
        self.entity_description = description
        self._serial = serial
        self._written: tuple[object, ...] | None = None
        self._attr_unique_id = serial if description.plain_id else f"{serial}_{description.key}"
        self._attr_device_info = DeviceInfo(identifiers={(DOMAIN, serial)})
        # Said by us, or the ids would follow the language of the system. It is a proposal: an
        # entity that the registry knows keeps the id that it has there.
        gateway = coordinator.data.profile.serial
        object_id = description.object_id.format(gateway=gateway, serial=serial)
        self.entity_id = f"{self._platform_domain}.{slugify(object_id)}"

    @override
    async def async_added_to_hass(self) -> None:
        await super().async_added_to_hass()
        if counter := self.entity_description.counter:
            name = counter.format(serial=self._serial)
            self.async_on_remove(self.coordinator.note_counter(name, self.entity_id))

    @property
    def figure(self) -> ValueT | None:
        """What the snapshot says of the figure, ``None`` when it does not say."""
        part = self._part
        return None if part is None else self.entity_description.value_fn(part)

    @property
    @override
    def available(self) -> bool:
        health = self.coordinator.data.healthy(self.entity_description.section)
        trusted = health is Health.FRESH or (
            health is Health.STALE and not self.entity_description.momentary
        )
        return super().available and trusted and self._part is not None

    @property
    def _part(self) -> PartT | None:
        return self.entity_description.part_fn(self.coordinator.data, self._serial)

    def _current(self) -> tuple[object, ...]:
        """Return all that a state is made of."""
        return (self.available, self.figure)

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        """Write the state if it has changed: a poll must not write hundreds that have not."""
        try:
            current = self._current()
            if current != self._written:
                self.async_write_ha_state()
                self._written = current
        except Exception:  # noqa: BLE001 -- one figure must not keep the others from being shown
            LOGGER.exception("%s cannot be shown", self.entity_id)


@callback
def add_as_found[DescriptionT: EnvoyEntityDescription[Any, Any]](
    coordinator: EnvoyCoordinator,
    descriptions: Collection[DescriptionT],
    make: Callable[[EnvoyCoordinator, DescriptionT, str], Entity],
    add: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the entities of what there is now, and later of what appears."""
    known: set[tuple[str, str]] = set()
    serials_fn = {description.serials_fn for description in descriptions if description.serials_fn}
    before: tuple[object, ...] = ()

    @callback
    def add_new() -> None:
        nonlocal before
        snapshot, devices = coordinator.data, frozenset(coordinator.devices)
        # All that decides which entities there are; with hundreds of devices they are thousands.
        now = (
            snapshot.profile,
            devices,
            *(frozenset(those(snapshot)) for those in serials_fn),
        )
        if now == before:
            return
        before = now
        # A device that the user has removed took its entities with it.
        known.difference_update([ident for ident in known if ident[0] not in devices])
        new = [
            (description, serial)
            for description, serial in _existing(snapshot, descriptions)
            if (serial, description.key) not in known
        ]
        known.update((serial, description.key) for description, serial in new)
        if new:
            add([make(coordinator, description, serial) for description, serial in new])

    add_new()
    coordinator.config_entry.async_on_unload(coordinator.async_add_listener(add_new))


def _existing[DescriptionT: EnvoyEntityDescription[Any, Any]](
    snapshot: Snapshot, descriptions: Iterable[DescriptionT]
) -> Iterator[tuple[DescriptionT, str]]:
    for description in descriptions:
        if description.exists_fn(snapshot.profile):
            for serial in (description.serials_fn or SERIALS[description.kind])(snapshot):
                yield description, serial
