"""What all entities have in common: which figure they show, when, and under which ids."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from operator import is_
from typing import Any, ClassVar, override

from homeassistant.const import Platform
from homeassistant.core import callback
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import Entity, EntityDescription
from homeassistant.helpers.entity_platform import (
    AddConfigEntryEntitiesCallback,
    async_get_current_platform,
)
from homeassistant.helpers.update_coordinator import CoordinatorEntity
from homeassistant.util import slugify

from .const import DOMAIN, LOGGER
from .coordinator import EnvoyCoordinator
from .devices import SERIALS, DeviceKind
from .envoy_reader import GatewayProfile, Health, Section, Snapshot
from .live import REST_OF_COUNTERS_S, worth_writing


def _always(_profile: GatewayProfile) -> bool:
    return True


@dataclass(frozen=True, kw_only=True)
class EnvoyEntityDescription[PartT, ValueT](EntityDescription):
    """A figure: where it stands in the snapshot, and where it exists at all."""

    kind: DeviceKind = DeviceKind.GATEWAY
    """The kind of device that it belongs to."""
    section: Section
    """The section that has to answer for it to be available."""
    part_fn: Callable[[Snapshot, str], PartT | None]
    """Returns the part of the snapshot that the value is taken from, by serial number."""
    value_fn: Callable[[PartT], ValueT | None]
    exists_fn: Callable[[GatewayProfile], bool] = _always
    """Whether a gateway with this profile can give the figure at all."""
    serials_fn: Callable[[Snapshot], Collection[str]] | None = None
    """The serial numbers of those devices of the kind that have the figure, if not all do."""
    momentary: bool = False
    """Whether it is a momentary value, such as a power: unavailable once its page is stale."""
    object_id: str
    """Template of a new installation's entity id; see ``ids_of``."""
    unique_id: str = "{serial}_{key}"
    """Template of the unique id, on which histories hang; see ``ids_of``."""
    counter: str | None = None
    """Template of the name of the reader's counter that it shows; see ``ids_of``."""

    def ids_of(self, gateway: str, serial: str) -> tuple[str, str]:
        """Return unique id and object id for a device with this serial number.

        In the templates, ``{gateway}`` is the serial number of the gateway, ``{serial}`` the one of
        the device, ``{phase}`` the suffix of a phase (``l1``), ``{key}`` the key of the row. In
        ``counter``, ``{of_phase}`` is ``_l1`` and ``{phase_number}`` is ``1`` on a phase, nothing
        and ``0`` on the whole.
        """
        words = self._words(gateway, serial)
        return self.unique_id.format(**words), self.object_id.format(**words)

    def counter_of(self, gateway: str, serial: str) -> str | None:
        """Return the name of the counter that it shows on a device with this serial number."""
        return self.counter and self.counter.format(**self._words(gateway, serial))

    def _words(self, gateway: str, serial: str) -> dict[str, str]:
        _, is_phase, phase = serial.partition(f"{gateway}_")
        return {
            "gateway": gateway,
            "serial": serial,
            "phase": phase,
            "of_phase": f"_{phase}" if is_phase else "",
            "phase_number": phase.removeprefix("l") or "0",
            "key": self.key,
        }


class EnvoyEntity[PartT, ValueT](CoordinatorEntity[EnvoyCoordinator]):
    """One value of one device; it keeps no state and computes everything from the snapshot."""

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
        self._unit: str | None = getattr(description, "native_unit_of_measurement", None)
        self._is_counter = self._unit == "Wh"
        self._made_of: tuple[object, ...] = ()
        self._written: tuple[object, ...] | None = None
        self._written_at = 0.0
        self._snapshot: Snapshot | None = None
        self._found: PartT | None = None
        self._holds = False
        gateway = coordinator.data.profile.serial
        self._attr_unique_id, object_id = description.ids_of(gateway, serial)
        self._attr_device_info = DeviceInfo(identifiers={(DOMAIN, serial)})
        # Set here, or the ids would follow the language of the system. It is a proposal: an
        # entity that the registry knows keeps the id that it has there.
        self.entity_id = f"{self._platform_domain}.{slugify(object_id)}"

    @override
    async def async_added_to_hass(self) -> None:
        await super().async_added_to_hass()
        gateway = self.coordinator.data.profile.serial
        if name := self.entity_description.counter_of(gateway, self._serial):
            self.async_on_remove(self.coordinator.note_counter(name, self.entity_id))

    @property
    def figure(self) -> ValueT | None:
        """What the snapshot says of the figure, ``None`` when it does not say."""
        part = self._part
        return None if part is None else self.entity_description.value_fn(part)

    @property
    @override
    def available(self) -> bool:
        return self.coordinator.last_update_success and self._is_trusted and self._part is not None

    @property
    def _is_trusted(self) -> bool:
        """Whether what its pages have said last still holds."""
        if self.coordinator.data is not self._snapshot:
            self._look()
        return self._holds

    @property
    def _part(self) -> PartT | None:
        """Part of the snapshot that the value is taken from."""
        if self.coordinator.data is not self._snapshot:
            self._look()
        return self._found

    def _look(self) -> None:
        """Look into a snapshot, once: a state asks many times for what is found there."""
        snapshot, row = self.coordinator.data, self.entity_description
        health = snapshot.healthy(row.section)
        self._holds = health is Health.FRESH or (health is Health.STALE and not row.momentary)
        self._found = row.part_fn(snapshot, self._serial)
        self._snapshot = snapshot

    def _sources(self) -> tuple[object, ...]:
        """Return what the state follows from: as long as it is the very same, so is the state."""
        coordinator = self.coordinator
        if coordinator.data is not self._snapshot:
            self._look()
        return self._found, self._holds, coordinator.last_update_success

    def _current(self) -> tuple[object, ...]:
        """Return all that a state is made of."""
        return (self.available, self.figure)

    @property
    def _rests(self) -> bool:
        """Whether it is a counter that was written so lately that live polls leave it alone."""
        return (
            self._is_counter
            and not self.coordinator.hour_ends
            and self._written is not None
            and self._written[0] is True
            and self.coordinator.told_at - self._written_at < REST_OF_COUNTERS_S
        )

    def _is_due(self, current: tuple[object, ...]) -> bool:
        """Return whether a change is written now; small ones of live polls wait for more."""
        before = self._written
        if before is None or not self.coordinator.tells_live or self._is_counter:
            return True
        (was_there, old, *_), (is_there, new, *_) = before, current
        if was_there is not is_there or not isinstance(old, int | float):
            return True
        if not isinstance(new, int | float):
            return True
        return worth_writing(old, new, self._unit, self.coordinator.told_at - self._written_at)

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        """Write the state if it has changed: a poll must not write hundreds that have not."""
        try:
            if self.coordinator.tells_live and self._rests:
                return
            sources = self._sources()
            # By identity, which takes no time: a snapshot shares what has not changed.
            if self._made_of and all(map(is_, sources, self._made_of)):
                return
            current = self._current()
            if current != self._written and self._is_due(current):
                self.async_write_ha_state()
                self._written = current
                self._written_at = self.coordinator.told_at
            if current == self._written:
                self._made_of = sources
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
    coordinator.left_over.know(async_get_current_platform().domain, descriptions)
    known: set[tuple[str, str]] = set()
    serials_fn = {
        description.serials_fn
        for description in descriptions
        # Phases follow from the profile, which decides anyway.
        if description.serials_fn and description.kind is not DeviceKind.PHASE
    }
    before: tuple[object, ...] = ()
    generation = -1

    @callback
    def add_new() -> None:
        nonlocal before, generation
        if coordinator.devices.generation == generation:
            return
        generation = coordinator.devices.generation
        snapshot, devices = coordinator.data, coordinator.devices.known
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
