"""What can be set: of the gateway, of what switches between grid and home, of contacts and storage.

Unique ids, options and devices are those of Home Assistant's own integration; where it has none,
those of the variant for installers. What a control shows is what the device does.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any, Final

from homeassistant.components.number import NumberDeviceClass
from homeassistant.const import PERCENTAGE, EntityCategory, UnitOfPower

from ..devices import DeviceKind, generators
from ..envoy_reader import (
    AcBatteryBank,
    ContactAction,
    ContactMode,
    ContactUse,
    Control,
    DryContact,
    DynamicLimitMode,
    GatewayProfile,
    Generator,
    GeneratorMode,
    Section,
    Snapshot,
    StorageMode,
    StorageSettings,
    SystemController,
)
from .descriptions import (
    ControlFacts,
    EnvoyButtonDescription,
    EnvoyNumberDescription,
    EnvoySelectDescription,
    EnvoySwitchDescription,
    Facts,
    NumberFacts,
    Rows,
    SelectFacts,
)
from .facts import OFF

BANDS: Final = tuple(f"{low}-{low + 5}" for low in range(0, 100, 5))
"""Charges between which AC Batteries can sleep, in percent."""

_CONFIG: Final[Facts] = {"entity_category": EntityCategory.CONFIG}
_LEVEL: Final[NumberFacts] = {
    "device_class": NumberDeviceClass.BATTERY,
    "native_unit_of_measurement": PERCENTAGE,
    "native_min_value": 0,
    "native_max_value": 100,
    "native_step": 1,
}


def _options(words: Collection[str]) -> SelectFacts:
    return {"options": [str(word) for word in words]}


def _can(section: Section) -> Callable[[GatewayProfile], bool]:
    return lambda profile: profile.has(section)


_CONTROLLER: Final = Rows[SystemController](
    kind=DeviceKind.CONTROLLER,
    section=Section.CONTROLLERS,
    part_fn=lambda snapshot, serial: snapshot.controllers.get(serial),
    ids="envoy_{gateway}_controller_{serial}",
)
_GRID: Final = _CONTROLLER.switch(
    "mains_admin_state",
    Control.GRID,
    # In an outage the relay is open though the grid is enabled; an order to open it that the
    # device has not followed leaves it closed.
    lambda controller: controller.mains_admin_closed or controller.mains_closed,
    OFF,
    id_suffix="grid_enabled",
    name_key="grid_enabled",
    effect="off_grid",
)


def _with_settings(snapshot: Snapshot) -> Collection[str]:
    """Return the contacts that can be set up."""
    return [
        ident
        for ident, contact in snapshot.dry_contacts.items()
        if contact.settings.use is not None
    ]


def _with_load(snapshot: Snapshot) -> Collection[str]:
    """Return the contacts that switch a load: only for them the actions mean anything."""
    return [
        ident
        for ident, contact in snapshot.dry_contacts.items()
        if contact.settings.use is ContactUse.LOAD
    ]


def _contact_name(contact: DryContact) -> str:
    return contact.name


_ONE_CONTACT: Final[ControlFacts] = {"target_fn": _contact_name}
_CONTACT: Final = Rows[DryContact](
    kind=DeviceKind.DRY_CONTACT,
    section=Section.DRY_CONTACTS,
    part_fn=lambda snapshot, ident: snapshot.dry_contacts.get(ident),
    ids="envoy_{gateway}_dry_contact_{serial}",
    name_key="relay_{key}",
)
_SETTING: Final = replace(_CONTACT, facts={**_CONFIG, "serials_fn": _with_settings})
_ACTION: Final[SelectFacts] = {
    **_options(ContactAction),
    "serials_fn": _with_load,
    "target_fn": _contact_name,
}


def _without_controller(snapshot: Snapshot) -> Collection[str]:
    return () if snapshot.profile.has_controller else (snapshot.profile.serial,)


def _first_controller(snapshot: Snapshot) -> Collection[str]:
    return tuple(snapshot.controllers)[:1]


def _has_storage(profile: GatewayProfile) -> bool:
    return profile.has_batteries and profile.has(Section.STORAGE_SETTINGS)


_ON_GATEWAY: Final = Rows[StorageSettings](
    section=Section.STORAGE_SETTINGS,
    part_fn=lambda snapshot, _serial: snapshot.storage,
    facts={"exists_fn": _has_storage, "serials_fn": _without_controller},
)
_ON_CONTROLLER: Final = replace(
    _ON_GATEWAY,
    kind=DeviceKind.CONTROLLER,
    facts={"exists_fn": _has_storage, "serials_fn": _first_controller},
)
_STORAGE: Final = (_ON_CONTROLLER, _ON_GATEWAY)

_GENERATOR: Final = Rows[Generator](
    kind=DeviceKind.GENERATOR,
    section=Section.GENERATOR,
    part_fn=lambda snapshot, ident: generators(snapshot).get(ident),
    ids="envoy_{gateway}_generator",
)


def _with_mode(snapshot: Snapshot) -> Collection[str]:
    """Return the generator where the firmware lets its mode be chosen."""
    return [
        ident for ident, generator in generators(snapshot).items() if generator.mode is not None
    ]


_AC_BANK: Final = Rows[AcBatteryBank](
    kind=DeviceKind.AC_BANK,
    section=Section.AC_BATTERIES,
    part_fn=lambda snapshot, _serial: snapshot.ac_bank,
    ids="envoy_{gateway}_acb",
    name_key="acb_{key}",
    facts={"exists_fn": lambda profile: profile.has_ac_batteries},
)


def _for_installers(section: Section) -> Rows[Snapshot]:
    return Rows(
        section=section,
        part_fn=lambda snapshot, _serial: snapshot,
        facts={"exists_fn": _can(section), **OFF},
    )


_PRODUCTION: Final = _for_installers(Section.PRODUCTION_SWITCH)
_LIMIT: Final = _for_installers(Section.DYNAMIC_LIMIT)


def _limit_on(snapshot: Snapshot) -> bool | None:
    limit = snapshot.gateway.dynamic_limit
    return limit.enabled if limit else None


def _limit_w(snapshot: Snapshot) -> float | None:
    limit = snapshot.gateway.dynamic_limit
    return limit.limit_w if limit else None


def _limit_mode(snapshot: Snapshot) -> str | None:
    limit = snapshot.gateway.dynamic_limit
    return limit.mode if limit else None


SWITCHES: Final[tuple[EnvoySwitchDescription[Any], ...]] = (
    _GRID,
    _CONTACT.switch(
        "relay_status",
        Control.CONTACT,
        lambda contact: contact.closed,
        _ONE_CONTACT,
        id_suffix="",
        name_key="relay_status",
    ),
    *(
        rows.switch(
            "charge_from_grid",
            Control.CHARGE_FROM_GRID,
            lambda storage: storage.active.charge_from_grid,
        )
        for rows in _STORAGE
    ),
    _PRODUCTION.switch(
        "production_power", Control.PRODUCTION, lambda snapshot: snapshot.gateway.production_allowed
    ),
    _LIMIT.switch("dpel_enabled", Control.DYNAMIC_LIMIT, _limit_on),
)
SELECTS: Final[tuple[EnvoySelectDescription[Any], ...]] = (
    _SETTING.select(
        "mode",
        Control.CONTACT_MODE,
        lambda contact: contact.settings.mode,
        _ONE_CONTACT,
        _options(ContactMode),
    ),
    _SETTING.select(
        "grid_action",
        Control.CONTACT_GRID_ACTION,
        lambda contact: contact.settings.grid_action,
        _ACTION,
    ),
    _SETTING.select(
        "microgrid_action",
        Control.CONTACT_MICROGRID_ACTION,
        lambda contact: contact.settings.microgrid_action,
        _ACTION,
    ),
    _SETTING.select(
        "generator_action",
        Control.CONTACT_GENERATOR_ACTION,
        lambda contact: contact.settings.generator_action,
        _ACTION,
    ),
    *(
        rows.select(
            "storage_mode",
            Control.STORAGE_MODE,
            lambda storage: storage.active.mode,
            _options(StorageMode),
        )
        for rows in _STORAGE
    ),
    _GENERATOR.select(
        "mode",
        Control.GENERATOR_MODE,
        lambda generator: generator.mode,
        _options(GeneratorMode),
        serials_fn=_with_mode,
        name_key="generator_mode",
    ),
    _LIMIT.select("dpel_mode", Control.DYNAMIC_LIMIT_MODE, _limit_mode, _options(DynamicLimitMode)),
)
SLEEP_BAND: Final = _AC_BANK.select(
    "sleep_soc", Control.AC_SLEEP, lambda _bank: None, _options(BANDS), _CONFIG
)
NUMBERS: Final[tuple[EnvoyNumberDescription[Any], ...]] = (
    _SETTING.number(
        "soc_low",
        Control.CONTACT_CUTOFF,
        lambda contact: contact.settings.soc_low_pct,
        _LEVEL,
        _ONE_CONTACT,
        name_key="soc_low",
    ),
    _SETTING.number(
        "soc_high",
        Control.CONTACT_RESTORE,
        lambda contact: contact.settings.soc_high_pct,
        _LEVEL,
        _ONE_CONTACT,
        name_key="soc_high",
    ),
    *(
        rows.number(
            "reserve_soc", Control.RESERVE, lambda storage: storage.active.reserve_pct, _LEVEL
        )
        for rows in _STORAGE
    ),
    _LIMIT.number(
        "dpel_limit",
        Control.DYNAMIC_LIMIT_W,
        _limit_w,
        device_class=NumberDeviceClass.POWER,
        native_unit_of_measurement=UnitOfPower.WATT,
        native_min_value=0,
        native_max_value=100_000,
        native_step=1,
    ),
)
BUTTONS: Final[tuple[EnvoyButtonDescription[Any], ...]] = (
    _AC_BANK.button("sleep", Control.AC_SLEEP),
    _AC_BANK.button("wake", Control.AC_SLEEP),
)
