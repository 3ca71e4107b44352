"""A gateway is replaced by another one: the entry, its devices and entities go on under its serial.

All histories hang on entity ids, and these are kept by the unique ids and the identifiers of
devices. Both begin with the serial number of the gateway, or are those of inverters and batteries,
which stay. So the old serial number is exchanged for the new one in both registries, and the
counters are carried on from where they stand.

The files of Home Assistant are written seconds later, each at its own time. What is on the way is
noted in our own file first, so that a crash in between leaves either the old or the new, whole.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from homeassistant.config_entries import SOURCE_IGNORE, ConfigEntry, OperationNotAllowed
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassKey

from . import statistics
from .const import DOMAIN
from .envoy_reader import memory_given_back, memory_of_successor
from .store import CLEAN, StoredMemory, async_read, async_write

_DATA: Final = f"{DOMAIN}_replaced"
"""Key in ``hass.data``, which ends with the process: a replacement can be undone until then. By
entry; ``None`` says that there was one, which cannot be undone any more."""
_LOCK: Final[HassKey[asyncio.Lock]] = HassKey(f"{DOMAIN}_replacing")
_NOTE: Final = "replaced"
"""Key in the memory of an entry: what is on the way from one gateway to another."""
_LONGEST_LIST: Final = 30

type Stored = dict[str, Any]
"""A file of ours: a memory, and whether it is complete."""


class ReplacementError(Exception):
    """An entry cannot be changed now, as Home Assistant is busy with it; nothing has changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Successor:
    """The gateway that takes the place of another one."""

    serial: str
    title: str
    data: Mapping[str, Any]
    """The data of the entry from now on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Beside:
    """The entry that the successor had of its own, as it was."""

    entry: ConfigEntry[Any]
    stored: Stored
    statistics: statistics.Files
    rows: tuple[er.RegistryEntry, ...]
    devices: tuple[dr.DeviceEntry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Replacement:
    """One that can be undone: everything as it was before."""

    old: str
    """Serial number of the gateway before."""
    new: str
    title: str
    data: Mapping[str, Any]
    stored: Stored
    unique_ids: Mapping[str, str]
    """By the registry's own id of an entity, which stays whatever its owner renames."""
    devices: Mapping[str, dr.DeviceEntry]
    statistics: statistics.Files
    beside: _Beside | None


@callback
def one_at_a_time(hass: HomeAssistant) -> asyncio.Lock:
    """Return the lock to be held while a gateway is replaced, or that is undone."""
    return hass.data.setdefault(_LOCK, asyncio.Lock())


@callback
def undoable(hass: HomeAssistant, entry: ConfigEntry[Any]) -> Replacement | None:
    """Return the last replacement of an entry, unless Home Assistant has restarted since.

    Nor when the old gateway has got an entry of its own in the meantime.
    """
    found: Replacement | None = hass.data.get(_DATA, {}).get(entry.entry_id)
    if found is None or entry.unique_id != found.new or other_entry(hass, entry, found.old):
        return None
    return found


@callback
def describe(hass: HomeAssistant, entry: ConfigEntry[Any]) -> dict[str, Any] | None:
    """Return the replacement since Home Assistant was started, for diagnostics; ``None`` if none.

    Of one that the owner wants to keep, no more is known than that.
    """
    known: Mapping[str, Replacement | None] = hass.data.get(_DATA, {})
    if entry.entry_id not in known:
        return None
    found = known[entry.entry_id]
    which = {"old": found.old, "new": found.new} if found else {}
    return {
        **which,
        "two_entries": bool(found and found.beside),
        "can_be_undone": undoable(hass, entry) is not None,
    }


@callback
def keep(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """Leave a replacement as it is: from now on it cannot be undone."""
    if entry.entry_id in hass.data.get(_DATA, {}):
        hass.data[_DATA][entry.entry_id] = None


@callback
def forget(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """Forget an entry that is removed."""
    hass.data.get(_DATA, {}).pop(entry.entry_id, None)


@callback
def other_entry(
    hass: HomeAssistant, entry: ConfigEntry[Any], serial: str
) -> ConfigEntry[Any] | None:
    """Return the entry that a gateway has of its own, unless that only says to ignore it."""
    found = hass.config_entries.async_entry_for_domain_unique_id(DOMAIN, serial)
    return None if found is None or found is entry or found.source == SOURCE_IGNORE else found


@callback
def gives_way(
    hass: HomeAssistant, entry: ConfigEntry[Any], other: ConfigEntry[Any]
) -> list[er.RegistryEntry]:
    """Return the entities of another entry that those of ``entry`` take the place of."""
    old, new = str(entry.unique_id), str(other.unique_id)
    ours = {(row.domain, exchanged(row.unique_id, old, new)) for row in _rows(hass, entry)}
    return [row for row in _rows(hass, other) if (row.domain, row.unique_id) in ours]


@callback
def silent(hass: HomeAssistant, entry: ConfigEntry[Any]) -> list[er.RegistryEntry]:
    """Return the entities in use of an entry that is loaded which nothing provides at present."""
    return [
        row
        for row in _rows(hass, entry)
        if not row.disabled
        and ((state := hass.states.get(row.entity_id)) is None or state.attributes.get("restored"))
    ]


@callback
def listed(hass: HomeAssistant, rows: list[er.RegistryEntry]) -> str:
    """Return a line for each entity; of a whole device, its name and how many."""
    registry, devices = er.async_get(hass), dr.async_get(hass)
    chosen = {row.entity_id for row in rows}
    names: dict[str, None] = {}
    for row in rows:
        device = devices.async_get(row.device_id or "")
        of_device = er.async_entries_for_device(registry, device.id) if device else []
        if device and all(it.entity_id in chosen for it in of_device):
            names[f"{device.name_by_user or device.name} ({len(of_device)})"] = None
        else:
            names[f"{row.name or row.original_name or row.entity_id} ({row.entity_id})"] = None
    lines = [f"- {name}" for name in sorted(names)[:_LONGEST_LIST]]
    if len(names) > len(lines):
        lines.append(f"- + {len(names) - len(lines)}")
    return "\n".join(lines) or "—"  # a hyphen would begin a list


async def async_replace(
    hass: HomeAssistant, entry: ConfigEntry[Any], successor: Successor
) -> Replacement:
    """Let an entry go on with another gateway; the caller sets it up again.

    An entry that this gateway has of its own is removed. Raises ReplacementError.
    """
    old, new = str(entry.unique_id), successor.serial
    other = other_entry(hass, entry, new)
    if other and statistics.is_changing(hass, other):
        raise ReplacementError
    await _async_unload(hass, entry)
    if other:
        try:
            await _async_unload(hass, other)
        except ReplacementError:
            hass.config_entries.async_schedule_reload(entry.entry_id)
            raise
    stored = await _async_stored(hass, entry)
    beside = await _async_as_it_is(hass, other) if other else None
    undo = Replacement(
        old=old,
        new=new,
        title=entry.title,
        data=dict(entry.data),
        stored=stored,
        unique_ids={row.id: row.unique_id for row in _rows(hass, entry)},
        devices={it.id: it for it in _devices(hass, entry)},
        statistics=await statistics.async_files(hass, entry),
        beside=beside,
    )
    moving = _moving(hass, entry, other) if other else []
    memory: Stored = memory_of_successor(
        stored,
        zone=dt_util.get_default_time_zone(),
        known=beside.stored if beside else None,
        moved={row.unique_id.partition("_")[0] for row in moving},
    )
    files = (stored, beside.stored) if beside else (stored,)
    memory[CLEAN] = all(it.get(CLEAN) is True for it in files)
    memory[_NOTE] = {"from": old, "to": new, "before": stored}
    await async_write(hass, entry, memory)
    for row in moving:
        _move(hass, row, entry, old, new)
    await _async_remove_others(hass, entry, new)
    if beside:
        await statistics.async_adopt(hass, entry, beside.statistics)
    _exchange(hass, entry, old, new)
    hass.config_entries.async_update_entry(
        entry, unique_id=new, title=successor.title, data=dict(successor.data)
    )
    _end_discovery(hass, new)
    hass.data.setdefault(_DATA, {})[entry.entry_id] = undo
    return undo


async def async_undo(hass: HomeAssistant, entry: ConfigEntry[Any]) -> bool:
    """Bring back what was before the last replacement, and set it up; False if it cannot be.

    Counters do not fall by that: they stand still until the old gateway's have reached them.
    Raises ReplacementError.
    """
    undo = undoable(hass, entry)
    if undo is None:
        return False
    await _async_unload(hass, entry)
    now = await _async_stored(hass, entry)
    memory: Stored = memory_given_back(undo.stored, now)
    memory[_NOTE] = {"from": undo.new, "to": undo.old, "before": now}
    await async_write(hass, entry, memory)
    await _async_remove_others(hass, entry, undo.old)
    _give_back(hass, entry, undo)
    hass.config_entries.async_update_entry(
        entry, unique_id=undo.old, title=undo.title, data=dict(undo.data)
    )
    keep(hass, entry)
    if undo.beside:
        await statistics.async_return(hass, entry, undo.statistics, undo.beside.statistics)
    await hass.config_entries.async_setup(entry.entry_id)
    if undo.beside:
        await _async_bring_back(hass, undo.beside)
    return True


@callback
def settle(hass: HomeAssistant, entry: ConfigEntry[Any], memory: StoredMemory) -> None:
    """Finish, or take back, what a crash has interrupted; to be called before all else.

    Which of the two, the entry says: it is one of the gateways or the other, and all follows it.
    """
    note = memory.data.get(_NOTE)
    if not isinstance(note, dict):
        return
    old, new, before = str(note.get("from")), str(note.get("to")), note.get("before")
    if entry.unique_id == old and isinstance(before, dict):
        memory.data = {**before}
        memory.clean = memory.data.pop(CLEAN, None) is True
        _exchange(hass, entry, new, old)
    elif not _exchange(hass, entry, old, new) and entry.entry_id not in hass.data.get(_DATA, {}):
        del memory.data[_NOTE]  # of another run, at whose end both registries were written


async def _async_unload(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    try:
        unloaded = await hass.config_entries.async_unload(entry.entry_id)
    except OperationNotAllowed as err:
        raise ReplacementError from err
    if not unloaded:
        raise ReplacementError


async def _async_stored(hass: HomeAssistant, entry: ConfigEntry[Any]) -> Stored:
    data = await async_read(hass, entry)
    return {key: value for key, value in data.items() if key != _NOTE}


async def _async_as_it_is(hass: HomeAssistant, entry: ConfigEntry[Any]) -> _Beside:
    return _Beside(
        entry=entry,
        stored=await _async_stored(hass, entry),
        statistics=await statistics.async_files(hass, entry),
        rows=tuple(_rows(hass, entry)),
        devices=tuple(_devices(hass, entry)),
    )


def _moving(
    hass: HomeAssistant, entry: ConfigEntry[Any], other: ConfigEntry[Any]
) -> list[er.RegistryEntry]:
    """Return the entities of another entry that go on with ours, as we have none in their place."""
    going = {row.entity_id for row in gives_way(hass, entry, other)}
    return [row for row in _rows(hass, other) if row.entity_id not in going]


def _move(
    hass: HomeAssistant, row: er.RegistryEntry, entry: ConfigEntry[Any], old: str, new: str
) -> None:
    """Move an entity to our entry, and to the device of ours that stands for its own."""
    devices = dr.async_get(hass)
    its = devices.async_get(row.device_id or "")
    device_id = None
    if isinstance(its, dr.DeviceEntry):
        # Ours are still called after the old gateway.
        identifiers = _identifiers(its, new, old)
        own = next((it for it in _devices(hass, entry) if it.identifiers & identifiers), None)
        if own is None:
            own = devices.async_get_or_create(
                config_entry_id=entry.entry_id,
                identifiers=identifiers,
                manufacturer=its.manufacturer,
                model=its.model,
                name=its.name,
            )
            devices.async_update_device(
                own.id, area_id=its.area_id, labels=its.labels, name_by_user=its.name_by_user
            )
        device_id = own.id
    er.async_get(hass).async_update_entity(
        row.entity_id, config_entry_id=entry.entry_id, device_id=device_id
    )


async def _async_remove_others(hass: HomeAssistant, entry: ConfigEntry[Any], serial: str) -> None:
    """Remove the entry that a gateway has of its own, be it only to ignore it."""
    other = hass.config_entries.async_entry_for_domain_unique_id(DOMAIN, serial)
    if other is not None and other is not entry:
        await hass.config_entries.async_remove(other.entry_id)


def _exchange(hass: HomeAssistant, entry: ConfigEntry[Any], old: str, new: str) -> bool:
    """Exchange a gateway's serial number for another in both registries; tell if it was there.

    The address of its network card goes; that of the other one is learned when it is read.
    """
    changed = False
    devices, entities = dr.async_get(hass), er.async_get(hass)
    for device in _devices(hass, entry):
        wanted = _identifiers(device, old, new)
        if wanted != device.identifiers:
            devices.async_update_device(
                device.id, new_identifiers=wanted, new_connections=_not_of_network(device)
            )
            changed = True
    for row in _rows(hass, entry):
        unique_id = exchanged(row.unique_id, old, new)
        if unique_id != row.unique_id:
            if in_the_way := entities.async_get_entity_id(row.domain, DOMAIN, unique_id):
                entities.async_remove(in_the_way)
            entities.async_update_entity(row.entity_id, new_unique_id=unique_id)
            changed = True
    return changed


def _give_back(hass: HomeAssistant, entry: ConfigEntry[Any], undo: Replacement) -> None:
    """Bring the registries back to what they were; what has come with the successor goes."""
    devices, entities = dr.async_get(hass), er.async_get(hass)
    lent = {row.id for row in undo.beside.rows} if undo.beside else set()
    for row in _rows(hass, entry):
        if unique_id := undo.unique_ids.get(row.id):
            if unique_id != row.unique_id:
                entities.async_update_entity(row.entity_id, new_unique_id=unique_id)
        elif row.id in lent:
            # Of no entry, for a moment: set up, ours would exchange the serial number in it.
            entities.async_update_entity(row.entity_id, config_entry_id=None, device_id=None)
        else:
            entities.async_remove(row.entity_id)
    for device in _devices(hass, entry):
        before = undo.devices.get(device.id)
        if before is None:
            _let_go(hass, entry, device)
        elif before.identifiers != device.identifiers:
            devices.async_update_device(device.id, new_identifiers=before.identifiers)
            with suppress(dr.DeviceConnectionCollisionError):  # another integration has it now
                devices.async_update_device(device.id, new_connections=before.connections)


def _let_go(hass: HomeAssistant, entry: ConfigEntry[Any], device: dr.DeviceEntry) -> None:
    """Remove a device that has come with the successor, unless another entry shares it."""
    devices = dr.async_get(hass)
    others = (it for it in hass.config_entries.async_entries() if it is not entry)
    shared = any(
        device.id == it.id
        for other in others
        for it in dr.async_entries_for_config_entry(devices, other.entry_id)
    )
    registry = er.async_get(hass)
    for row in er.async_entries_for_device(registry, device.id, include_disabled_entities=True):
        if row.config_entry_id == entry.entry_id:
            registry.async_update_entity(row.entity_id, device_id=None)  # it outlives the device
    if not shared:
        devices.async_remove_device(device.id)


async def _async_bring_back(hass: HomeAssistant, beside: _Beside) -> None:
    """Add the entry of the successor again, with all that its owner has given to its entities."""
    entry = beside.entry
    await async_write(hass, entry, beside.stored)
    await statistics.async_restore(hass, entry, beside.statistics)
    await hass.config_entries.async_add(entry)
    devices = dr.async_get(hass)
    now: dict[str | None, str] = {}
    for before in beside.devices:
        again = next(
            (it for it in _devices(hass, entry) if it.identifiers & before.identifiers), None
        )
        if again is None:
            again = devices.async_get_or_create(
                config_entry_id=entry.entry_id,
                identifiers=set(before.identifiers),
                manufacturer=before.manufacturer,
                model=before.model,
                name=before.name,
            )
        devices.async_update_device(
            again.id,
            area_id=before.area_id,
            labels=before.labels,
            name_by_user=before.name_by_user,
            disabled_by=before.disabled_by,
        )
        now[before.id] = again.id
    for row in beside.rows:
        _bring_back_entity(er.async_get(hass), entry, row, now.get(row.device_id))


def _bring_back_entity(
    entities: er.EntityRegistry,
    entry: ConfigEntry[Any],
    row: er.RegistryEntry,
    device_id: str | None,
) -> None:
    found = entities.async_get_entity_id(row.domain, DOMAIN, row.unique_id)
    if found is None:
        _, _, object_id = row.entity_id.partition(".")
        found = entities.async_get_or_create(
            row.domain,
            DOMAIN,
            row.unique_id,
            config_entry=entry,
            suggested_object_id=object_id,
            original_name=row.original_name,
        ).entity_id
    entities.async_update_entity(
        found,
        config_entry_id=entry.entry_id,
        device_id=device_id,
        aliases=row.aliases,
        area_id=row.area_id,
        categories=row.categories,
        disabled_by=row.disabled_by,
        hidden_by=row.hidden_by,
        icon=row.icon,
        labels=row.labels,
        name=row.name,
    )
    if found != row.entity_id:
        entities.async_update_entity(found, new_entity_id=row.entity_id)
    for domain, options in row.options.items():
        entities.async_update_entity_options(row.entity_id, domain, options)


def _end_discovery(hass: HomeAssistant, serial: str) -> None:
    """End the offers to add this gateway: it is there now."""
    for flow in hass.config_entries.flow.async_progress_by_handler(
        DOMAIN, match_context={"unique_id": serial}
    ):
        hass.config_entries.flow.async_abort(flow["flow_id"])


def _rows(hass: HomeAssistant, entry: ConfigEntry[Any]) -> list[er.RegistryEntry]:
    """Return the entities of an entry, of whichever integration of this domain."""
    rows = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    return [row for row in rows if row.platform == DOMAIN]


def _devices(hass: HomeAssistant, entry: ConfigEntry[Any]) -> list[dr.DeviceEntry]:
    return dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)


def _identifiers(device: dr.DeviceEntry, old: str, new: str) -> set[tuple[str, str]]:
    """Return the identifiers of a device with another serial number; others may have longer."""
    return set(_each_identifier(device, old, new))


def _each_identifier(device: dr.DeviceEntry, old: str, new: str) -> Iterator[tuple[str, str]]:
    for identifier in device.identifiers:
        if identifier[0] == DOMAIN and len(identifier) == 2:  # noqa: PLR2004 -- see above
            yield DOMAIN, exchanged(identifier[1], old, new)
        else:
            yield identifier


def _not_of_network(device: dr.DeviceEntry) -> set[tuple[str, str]]:
    return {it for it in device.connections if it[0] != dr.CONNECTION_NETWORK_MAC}


def exchanged(name: str, old: str, new: str) -> str:
    """Return an id with another gateway's serial number, where it begins with that of the old."""
    serial, separator, rest = name.partition("_")
    return f"{new}{separator}{rest}" if serial == old else name
