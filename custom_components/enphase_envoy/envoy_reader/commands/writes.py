"""What is written for each command: the body, made from the document that the gateway holds now.

Source: gateway-api.md, sections 12.5, 12.8, 14 and 20.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from ..control import AWAKE, Command, Control
from ..equipment import DryContactSettings
from ..errors import EnvoyCommandError, Problem
from ..parsers import dry_contacts
from ..status import DynamicLimitMode, StorageMode
from .edit import change, encoded, find

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..models import Snapshot

_STORAGE: Final = ("tariff", "storage_settings")
_LIMIT: Final = "dynamic_pel_settings"
_MODES: Final[Mapping[str, str]] = {
    StorageMode.BACKUP: "backup",
    StorageMode.SELF_CONSUMPTION: "self-consumption",
    StorageMode.SAVINGS: "economy",
}
_CONTACT_MODES: Final = {"standard": "manual", "battery": "soc"}
_ACTIONS: Final = {
    "powered": "apply",
    "not_powered": "shed",
    "schedule": "schedule",
    "none": "none",
}
_CONTACT_KEYS: Final[Mapping[Control, str]] = {
    Control.CONTACT_MODE: "mode",
    Control.CONTACT_GRID_ACTION: "grid_action",
    Control.CONTACT_MICROGRID_ACTION: "micro_grid_action",
    Control.CONTACT_GENERATOR_ACTION: "gen_action",
    Control.CONTACT_CUTOFF: "soc_low",
    Control.CONTACT_RESTORE: "soc_high",
}


def relay(command: Command, _text: str, _now: Snapshot) -> bytes:
    """Return the order to the relay between grid and home."""
    return _json({"mains_admin_state": _closed(command)})


def contact(command: Command, _text: str, _now: Snapshot) -> bytes:
    """Return the order to a dry contact."""
    return _json({"dry_contacts": {"id": command.target, "status": _closed(command)}})


def contact_settings(command: Command, text: str, _now: Snapshot) -> bytes:
    """Return all settings of a dry contact, with one of them changed.

    Raises EnvoyCommandError when the cutoff level would not be below the restore level.
    """
    row = find(text, "dry_contacts", ("id", command.target))
    _check_levels(command, text)
    key, value = _CONTACT_KEYS[command.control], command.value
    if isinstance(value, str):
        words = _CONTACT_MODES if command.control is Control.CONTACT_MODE else _ACTIONS
        value = words[value]
    return encoded(f'{{"dry_contacts": {change(row, key, value=value)}}}')


def tariff(command: Command, text: str, _now: Snapshot) -> bytes:
    """Return the whole tariff with one of its storage settings changed.

    The choice of a mode also switches the optimiser off, which would overrule it.
    """
    match command.control:
        case Control.STORAGE_MODE:
            text = change(text, *_STORAGE, "mode", value=_MODES[str(command.value)])
            if _holds(text, *_STORAGE, "opt_schedules"):
                text = change(text, *_STORAGE, "opt_schedules", value=False)
        case Control.RESERVE:
            text = change(text, *_STORAGE, "reserved_soc", value=command.value)
        case _:
            text = change(text, *_STORAGE, "charge_from_grid", value=command.value)
    return encoded(f'{{"tariff": {find(text, "tariff")}}}')


def generator_mode(command: Command, _text: str, _now: Snapshot) -> bytes:
    """Return the order to a generator."""
    return _json({"gen_cmd": command.value})


def ac_sleep(command: Command, _text: str, now: Snapshot) -> bytes:
    """Return the order to all AC Batteries to sleep between two charge levels, or to wake."""
    serials = [{"serial_num": serial} for serial in now.ac_batteries]
    if command.value == AWAKE:
        return _json({"acb_sleep": serials})
    low, high = (int(share) for share in str(command.value).split("-"))
    band = {"sleep_min_soc": low, "sleep_max_soc": high}
    return _json({"acb_sleep": [serial | band for serial in serials]})


def production(command: Command, _text: str, _now: Snapshot) -> bytes:
    """Return the order to all inverters; 0 means on."""
    return _json({"length": 1, "arr": [0 if command.value else 1]})


def dynamic_limit(command: Command, text: str, _now: Snapshot) -> bytes:
    """Return the installer's limit: the whole document, or a short one that switches it off.

    A new figure does not switch the limit on, as ``enable`` stays as it is.
    """
    match command.control:
        case Control.DYNAMIC_LIMIT if not command.value:
            more = "".join(
                f", {json.dumps(key)}: {find(text, key)}"
                for key in ("filename", "version")
                if _holds(text, key)
            )
            return encoded(f'{{"{_LIMIT}": {{"enable": false}}{more}}}')
        case Control.DYNAMIC_LIMIT:
            text = change(text, _LIMIT, "enable", value=command.value)
        case Control.DYNAMIC_LIMIT_W:
            text = change(text, _LIMIT, "limit_value_W", value=command.value)
        case _:
            is_export = command.value == DynamicLimitMode.EXPORT
            text = change(text, _LIMIT, "export_limit", value=is_export)
    return encoded(text.strip())


def _check_levels(command: Command, text: str) -> None:
    held = dry_contacts.parse_settings(encoded(text)).get(command.target, DryContactSettings())
    low, high = held.soc_low_pct, held.soc_high_pct
    match command.control:
        case Control.CONTACT_CUTOFF:
            other, low = high, float(command.value)
        case Control.CONTACT_RESTORE:
            other, high = low, float(command.value)
        case _:
            return
    if low is not None and high is not None and low >= high:
        raise EnvoyCommandError(
            "The cutoff level has to be below the restore level",
            Problem.COMMAND_CUTOFF_ABOVE_RESTORE,
            held=other,
        )


def _closed(command: Command) -> str:
    return "closed" if command.value else "open"


def _holds(text: str, *path: str) -> bool:
    try:
        find(text, *path)
    except LookupError:
        return False
    return True


def _json(value: object) -> bytes:
    return json.dumps(value).encode()
