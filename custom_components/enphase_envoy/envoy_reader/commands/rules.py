"""The table of commands: what is written where, what proves it, and how long that may take.

Times are those of gateway-api.md, section 20, with room for slow sites.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ..control import AWAKE, Command, Control, Wish
from ..pages.endpoints import (
    DRY_CONTACT_SETTINGS,
    DRY_CONTACTS,
    DYNAMIC_LIMIT,
    ENSEMBLE_INVENTORY,
    GENERATOR_MODE,
    PRODUCTION_JSON,
    PRODUCTION_SWITCH,
    READINGS,
    SECCTRL,
    TARIFF,
    V1_PRODUCTION,
)
from ..profile import ProductionSource
from . import proofs, writes
from .proofs import AC_SLEEP, RELAY, STORAGE_CONTROL

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ..equipment import DryContactSettings
    from ..models import Snapshot
    from .proofs import Effect, Held

_ALL_PCT: Final = 100.0
_MOST_W: Final = 1e6
"""No home has a limit this high."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """How one kind of command is sent and proven."""

    path: str
    method: str = "POST"
    write: Callable[[Command, str, Snapshot], bytes]
    """Makes the body of the command, the text of the page at ``path`` and what is known."""
    needs_document: bool = False
    """Whether the page at ``path`` is read first and sent back with a change."""
    there: Callable[[Snapshot, str], bool]
    """Says whether the device that the command is for is there."""
    highest: float | None = None
    """The largest number allowed, for a value that is a number; the smallest is 0."""
    pages: tuple[str, ...]
    """Pages that prove it."""
    held: Held
    """Reads from these pages what the device does."""
    kept: Held | None = None
    """Used in place of ``held`` in the minutes after, where not only commands change ``held``."""
    shown_by: tuple[str, ...] = ()
    """More pages that feed the entity, read once at the end."""
    deadline_s: float
    """Seconds until ``held`` has to return what was asked."""
    every_s: float
    """Seconds between two checks."""
    effect: Effect | None = None
    """Says from the snapshots before and now whether the powers follow, where they are a proof."""
    effect_s: float = 0
    """Seconds until the powers have to follow, counted from the command."""


def _power_page(snapshot: Snapshot) -> str:
    """Return the page that feeds the power of production."""
    match snapshot.profile.production_from:
        case ProductionSource.READINGS:
            return READINGS.path
        case ProductionSource.METER_PAGE | ProductionSource.INVERTER_SUM:
            return PRODUCTION_JSON.path
    return V1_PRODUCTION.path


def effect_pages(snapshot: Snapshot) -> tuple[str, ...]:
    """Return the pages of powers, which are read more often while powers have to change."""
    return (_power_page(snapshot),)


def _with_controller(snapshot: Snapshot, _target: str) -> bool:
    return bool(snapshot.controllers)


def _with_contact(snapshot: Snapshot, target: str) -> bool:
    return any(contact.name == target for contact in snapshot.dry_contacts.values())


def _with_storage(snapshot: Snapshot, _target: str) -> bool:
    return snapshot.storage is not None and snapshot.profile.has_batteries


_RELAY: Final = Rule(
    path=RELAY,
    write=writes.relay,
    there=_with_controller,
    pages=(RELAY,),
    held=proofs.mains,
    kept=proofs.mains_order,
    shown_by=(ENSEMBLE_INVENTORY.path,),
    deadline_s=90,
    every_s=2,
)
_CONTACT: Final = Rule(
    path=DRY_CONTACTS.path,
    write=writes.contact,
    there=_with_contact,
    pages=(DRY_CONTACTS.path,),
    held=proofs.contact,
    deadline_s=15,
    every_s=1,
)


def _contact_setting(
    value_fn: Callable[[DryContactSettings], Wish | None], *, highest: float | None = None
) -> Rule:
    return Rule(
        path=DRY_CONTACT_SETTINGS.path,
        write=writes.contact_settings,
        needs_document=True,
        there=_with_contact,
        highest=highest,
        pages=(DRY_CONTACT_SETTINGS.path,),
        held=proofs.contact_setting(value_fn),
        deadline_s=15,
        every_s=1,
    )


def _storage(held: Held, *pages: str, highest: float | None = None) -> Rule:
    return Rule(
        path=TARIFF.path,
        method="PUT",
        write=writes.tariff,
        needs_document=True,
        there=_with_storage,
        highest=highest,
        pages=(*pages, TARIFF.path),
        held=held,
        deadline_s=90,
        every_s=3,
    )


def _limit(held: Held, *, highest: float | None = None, effect: Effect | None = None) -> Rule:
    return Rule(
        path=DYNAMIC_LIMIT.path,
        write=writes.dynamic_limit,
        needs_document=True,
        there=lambda snapshot, _target: snapshot.gateway.dynamic_limit is not None,
        highest=highest,
        pages=(DYNAMIC_LIMIT.path,),
        held=held,
        deadline_s=15,
        every_s=2,
        effect=effect,
        effect_s=300,
    )


RULES: Final[Mapping[Control, Rule]] = {
    Control.GRID: _RELAY,
    Control.CONTACT: _CONTACT,
    Control.CONTACT_MODE: _contact_setting(lambda settings: settings.mode),
    Control.CONTACT_GRID_ACTION: _contact_setting(lambda settings: settings.grid_action),
    Control.CONTACT_MICROGRID_ACTION: _contact_setting(lambda settings: settings.microgrid_action),
    Control.CONTACT_GENERATOR_ACTION: _contact_setting(lambda settings: settings.generator_action),
    Control.CONTACT_CUTOFF: _contact_setting(
        lambda settings: settings.soc_low_pct, highest=_ALL_PCT
    ),
    Control.CONTACT_RESTORE: _contact_setting(
        lambda settings: settings.soc_high_pct, highest=_ALL_PCT
    ),
    Control.STORAGE_MODE: _storage(proofs.storage_mode),
    Control.RESERVE: _storage(proofs.reserve, SECCTRL.path, highest=_ALL_PCT),
    Control.CHARGE_FROM_GRID: _storage(proofs.charge_from_grid, STORAGE_CONTROL),
    Control.GENERATOR_MODE: Rule(
        path=GENERATOR_MODE.path,
        write=writes.generator_mode,
        there=lambda snapshot, _target: snapshot.generator is not None,
        pages=(GENERATOR_MODE.path,),
        held=proofs.generator_mode,
        deadline_s=30,
        every_s=2,
    ),
    Control.AC_SLEEP: Rule(
        path=AC_SLEEP,
        method="PUT",  # DELETE wakes them
        write=writes.ac_sleep,
        there=lambda snapshot, _target: bool(snapshot.ac_batteries),
        pages=(AC_SLEEP,),
        held=proofs.ac_sleep_band,
        deadline_s=30,
        every_s=2,
    ),
    Control.PRODUCTION: Rule(
        path=PRODUCTION_SWITCH.path,
        method="PUT",
        write=writes.production,
        there=lambda snapshot, _target: snapshot.gateway.production_allowed is not None,
        pages=(PRODUCTION_SWITCH.path,),
        held=proofs.production,
        deadline_s=30,
        every_s=3,
        effect=proofs.inverters_follow,
        effect_s=900,
    ),
    Control.DYNAMIC_LIMIT: _limit(
        proofs.dynamic_limit(lambda limit: limit.enabled), effect=proofs.powers_follow
    ),
    Control.DYNAMIC_LIMIT_W: _limit(
        proofs.dynamic_limit(lambda limit: limit.limit_w), highest=_MOST_W
    ),
    Control.DYNAMIC_LIMIT_MODE: _limit(proofs.dynamic_limit(lambda limit: limit.mode)),
}


def method_of(rule: Rule, command: Command) -> str:
    """Return the HTTP method of a command: DELETE ends the sleep of AC Batteries."""
    return "DELETE" if command.value == AWAKE else rule.method


def same(held: Wish | None, wish: Wish) -> bool:
    """Say whether a device does what was asked; gateways round to whole numbers."""
    if isinstance(wish, bool | str) or isinstance(held, bool | str | None):
        return held == wish
    return abs(held - wish) < 1
