"""What switches between grid and home: who is asked for each of its figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from ..endpoints import (
    DRY_CONTACT_SETTINGS,
    DRY_CONTACTS,
    ENSEMBLE_INVENTORY,
    GENERATOR,
    GENERATOR_CONFIG,
    GENERATOR_MODE,
    GENERATOR_SCHEDULE,
)
from ..equipment import (
    DryContact,
    DryContactSettings,
    Generator,
    GeneratorConfig,
    GeneratorSchedule,
    GeneratorState,
)
from ..grid import heard, witnesses
from ..models import Section
from ..parsers.ensemble_inventory import Ensemble

if TYPE_CHECKING:
    from ..models import Snapshot
    from ..pages import Pages
    from ..profile import GatewayProfile


def with_switching(told: Snapshot, pages: Pages) -> Snapshot:
    """Return the snapshot with what the pages say of controllers and of what is behind them."""
    ensemble = pages.get(ENSEMBLE_INVENTORY) or Ensemble()
    speakers = heard(pages)
    return replace(
        told,
        controllers=MappingProxyType({unit.serial: unit for unit in ensemble.controllers}),
        collars=MappingProxyType({unit.serial: unit for unit in ensemble.collars}),
        combiners=MappingProxyType({unit.serial: unit for unit in ensemble.combiners}),
        dry_contacts=_dry_contacts(ensemble, pages),
        generator=_generator(pages) if told.profile.has_generator else None,
        on_grid=speakers[0].on_grid if speakers else None,
        grid_witnesses=MappingProxyType({it.name: it.on_grid for it in speakers}),
    )


def switching_feeders(profile: GatewayProfile, pages: Pages) -> Mapping[Section, tuple[str, ...]]:
    """Return the paths whose silence costs a section, for the sections that the site has."""
    by_section: dict[Section, tuple[str, ...]] = {}
    if speakers := heard(pages) or witnesses(pages):
        by_section[Section.GRID] = (speakers[0].path,)
    ensemble = pages.get(ENSEMBLE_INVENTORY)
    if ensemble is not None and (ensemble.controllers or ensemble.collars or ensemble.combiners):
        by_section[Section.CONTROLLERS] = (ENSEMBLE_INVENTORY.path,)
    if pages.get(DRY_CONTACTS) is not None:
        by_section[Section.DRY_CONTACTS] = (DRY_CONTACTS.path,)
    if profile.has_generator:
        by_section[Section.GENERATOR] = (GENERATOR.path,)
    return MappingProxyType(by_section)


def _dry_contacts(ensemble: Ensemble, pages: Pages) -> Mapping[str, DryContact]:
    """Return the contacts of the first controller: the pages do not say whose they are."""
    if not ensemble.controllers:
        return MappingProxyType({})
    controller = ensemble.controllers[0].serial
    settings = pages.get(DRY_CONTACT_SETTINGS) or {}
    return MappingProxyType(
        {
            f"{controller}_relay_{name}": DryContact(
                name=name,
                controller=controller,
                closed=closed,
                settings=settings.get(name, DryContactSettings()),
            )
            for name, closed in (pages.get(DRY_CONTACTS) or {}).items()
        }
    )


def _generator(pages: Pages) -> Generator:
    config = pages.get(GENERATOR_CONFIG)
    return Generator(
        state=pages.get(GENERATOR) or GeneratorState(),
        config=config or GeneratorConfig(),
        schedule=pages.get(GENERATOR_SCHEDULE) or GeneratorSchedule(),
        mode=pages.get(GENERATOR_MODE),
    )
