"""Switches between grid and home: which page gives each of their values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from functools import reduce
from sys import intern
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from ..equipment import (
    DryContact,
    DryContactSettings,
    Generator,
    GeneratorConfig,
    GeneratorSchedule,
    GeneratorState,
    PhaseRelay,
)
from ..known.grid import current_witnesses, witnesses
from ..models import Section
from ..pages.endpoints import (
    DEVICE_DATA,
    DEVICE_STATUS,
    DRY_CONTACT_SETTINGS,
    DRY_CONTACTS,
    ENSEMBLE_INVENTORY,
    GENERATOR,
    GENERATOR_CONFIG,
    GENERATOR_MODE,
    GENERATOR_SCHEDULE,
    INVENTORIES,
)
from ..parsers.ensemble_inventory import Ensemble
from .fed import Fed, Feeders

if TYPE_CHECKING:
    from ..equipment import Collar, CombinerController, SystemController
    from ..known.grid import Witness
    from ..pages.typed import Endpoint, Pages
    from ..parsers.device_data import DeviceData
    from ..parsers.devstatus import DeviceStatus
    from ..parsers.inventory import Inventory
    from ..profile import GatewayProfile
    from .kept import Kept


_NO_ENSEMBLE: Final = Ensemble()


class _Units(NamedTuple):
    """What else an ensemble has beside batteries, by serial number."""

    controllers: Mapping[str, SystemController]
    collars: Mapping[str, Collar]
    combiners: Mapping[str, CombinerController]


class Switching(NamedTuple):
    """Controllers, relays, dry contacts and the generator, as in the snapshot."""

    controllers: Mapping[str, SystemController]
    collars: Mapping[str, Collar]
    combiners: Mapping[str, CombinerController]
    dry_contacts: Mapping[str, DryContact]
    relays: Mapping[str, PhaseRelay]
    generator: Generator | None
    on_grid: bool | None
    grid_witnesses: Mapping[str, bool]


def switching(profile: GatewayProfile, pages: Pages, kept: Kept) -> Fed[Switching]:
    """Return everything that switches between grid and home."""
    ensemble = pages.get(ENSEMBLE_INVENTORY) or _NO_ENSEMBLE
    units = kept.made(_units, ensemble)
    # Pages do not name the controller of a contact. Interned, it stays the same for ``kept``.
    first = intern(ensemble.controllers[0].serial) if ensemble.controllers else None
    answering = current_witnesses(pages)
    devices, status = pages.get(DEVICE_DATA), pages.get(DEVICE_STATUS)
    inventory = pages.first(*INVENTORIES)
    listed = kept.made(_relays_by_page, devices, status, inventory.endpoint, inventory.page)
    deciding = answering or witnesses(pages)
    return Fed(
        Switching(
            controllers=units.controllers,
            collars=units.collars,
            combiners=units.combiners,
            dry_contacts=kept.made(
                _dry_contacts, first, pages.get(DRY_CONTACTS), pages.get(DRY_CONTACT_SETTINGS)
            ),
            relays=kept.made(_relays, listed, inventory.page),
            generator=_generator(pages) if profile.has_generator else None,
            on_grid=answering[0].on_grid if answering else None,
            grid_witnesses=MappingProxyType(
                {witness.name: witness.on_grid for witness in answering}
            ),
        ),
        _feeders(profile, pages, ensemble, deciding, tuple(listed)),
    )


def _units(ensemble: Ensemble) -> _Units:
    return _Units(
        controllers=MappingProxyType({unit.serial: unit for unit in ensemble.controllers}),
        collars=MappingProxyType({unit.serial: unit for unit in ensemble.collars}),
        combiners=MappingProxyType({unit.serial: unit for unit in ensemble.combiners}),
    )


def _feeders(
    profile: GatewayProfile,
    pages: Pages,
    ensemble: Ensemble,
    deciding: tuple[Witness, ...],
    relay_paths: tuple[str, ...],
) -> Feeders:
    by_section: dict[Section, tuple[str, ...]] = {}
    if deciding:
        by_section[Section.GRID] = (deciding[0].path,)
    if ensemble.controllers or ensemble.collars or ensemble.combiners:
        by_section[Section.CONTROLLERS] = (ENSEMBLE_INVENTORY.path,)
    # While a list is silent, no device is known to be gone.
    if profile.has_controller and not pages.lacks(DRY_CONTACTS):
        by_section[Section.DRY_CONTACTS] = (DRY_CONTACTS.path,)
    if profile.has_generator or (profile.has_controller and pages.silent(GENERATOR)):
        by_section[Section.GENERATOR] = (GENERATOR.path,)
    if relay_paths:
        by_section[Section.RELAYS] = relay_paths
    return by_section


def _dry_contacts(
    controller: str | None,
    contacts: Mapping[str, bool | None] | None,
    given: Mapping[str, DryContactSettings] | None,
) -> Mapping[str, DryContact]:
    """Return the contacts under a controller, by its serial number."""
    if controller is None:
        return MappingProxyType({})
    settings = given or {}
    return MappingProxyType(
        {
            f"{controller}_relay_{name}": DryContact(
                name=name,
                controller=controller,
                closed=closed,
                settings=settings.get(name, DryContactSettings()),
            )
            for name, closed in (contacts or {}).items()
        }
    )


def _relays(
    by_page: Mapping[str, Mapping[str, PhaseRelay]], inventory: Inventory | None
) -> Mapping[str, PhaseRelay]:
    """Return the Q-Relays that were not removed, by serial number."""
    listed = inventory.relays if inventory else {}
    removed = {serial for serial, unit in listed.items() if unit.device.removed}
    listings = by_page.values()
    serials = dict.fromkeys(serial for relays in listings for serial in relays)
    return MappingProxyType(
        {
            serial: reduce(_joined, (relays[serial] for relays in listings if serial in relays))
            for serial in serials
            if serial not in removed
        }
    )


def _relays_by_page(
    devices: DeviceData | None,
    status: DeviceStatus | None,
    listing: Endpoint[Inventory],
    inventory: Inventory | None,
) -> Mapping[str, Mapping[str, PhaseRelay]]:
    """Return the relays that each page lists, by its path; the page asked most often first.

    ``listing`` is the one that ``inventory`` is from.
    """
    by_page = {
        DEVICE_DATA.path: devices.relays if devices else {},
        DEVICE_STATUS.path: status.relays if status else {},
        listing.path: _installed(inventory) if inventory else {},
    }
    return {path: relays for path, relays in by_page.items() if relays}


def _installed(inventory: Inventory) -> Mapping[str, PhaseRelay]:
    return {
        serial: PhaseRelay(
            serial=serial,
            part_number=unit.device.part_number,
            firmware=unit.device.firmware,
            closed=unit.closed,
            forced=unit.forced,
            reason=unit.reason,
            communicating=unit.device.communicating,
            reported_at=unit.device.reported_at,
        )
        for serial, unit in inventory.relays.items()
    }


def _joined(relay: PhaseRelay, later: PhaseRelay) -> PhaseRelay:
    """Fill in the values that the first page of a relay does not give."""
    names = [field.name for field in fields(relay)]
    missing = [name for name in names if getattr(relay, name) in (None, ())]
    return replace(relay, **{name: getattr(later, name) for name in missing})


def _generator(pages: Pages) -> Generator:
    config = pages.get(GENERATOR_CONFIG)
    return Generator(
        state=pages.get(GENERATOR) or GeneratorState(),
        config=config or GeneratorConfig(),
        schedule=pages.get(GENERATOR_SCHEDULE) or GeneratorSchedule(),
        mode=pages.get(GENERATOR_MODE),
    )
