"""What must be true of a demo that has started."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Final

from .home_assistant import DOMAIN, HomeAssistant
from .process import ROOT, TroubleError, until

_PATIENCE_S = 45
"""Some figures need a second or third poll, which is asked for."""
_RECORDING_S = 15
_LOUD: Final = re.compile(r"^\S+ \S+ (WARNING|ERROR|CRITICAL) ")
_ALWAYS_SAID: Final = "which has not been tested by Home Assistant"
_BUTTON: Final = "button."
"""Its state is the time of the last press: unknown before the first one."""
_DAYS: Final = ("_todays_energy_", "_last_seven_days_energy_")
"""In the ids of energies that some gateways do not know, and that are counted from midnight on."""


async def entities_have_states(home: HomeAssistant, entry_id: str, *, all_days: bool = True) -> int:
    """Wait until each enabled entity has a real state; return how many wait for a midnight.

    That is 0 with ``all_days``. Otherwise the energy of a day or a week may be unknown.
    """
    ids: list[str] = []
    waiting: list[str] = []
    missing: list[str] = []

    async def all_there() -> bool | None:
        nonlocal ids, waiting, missing
        ids, states = await home.entities(entry_id), await home.states()
        unknown = [i for i in ids if states.get(i) == "unknown" and not i.startswith(_BUTTON)]
        waiting = [i for i in unknown if not all_days and any(part in i for part in _DAYS)]
        missing = [i for i in unknown if i not in waiting]
        missing += [i for i in ids if states.get(i) in (None, "unavailable")]
        if ids and not missing:
            return True
        if missing:
            await home.update(missing[0])
        return None

    try:
        await until(all_there, "Waiting for the entities' states", _PATIENCE_S, 1)
    except TroubleError as err:
        rest = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
        raise TroubleError(
            f"{len(missing)} of {len(ids)} entities have no state: {', '.join(missing[:3])}{rest}"
        ) from err
    return len(waiting)


async def energy_is_valid(home: HomeAssistant) -> None:
    """Raise TroubleError if Home Assistant has anything against the Energy dashboard."""
    found: list[str] = []

    async def accepted() -> bool | None:
        nonlocal found
        verdict = await home.command("energy/validate")
        found = [issue["type"] for source in verdict["energy_sources"] for issue in source]
        return not found or None

    try:
        # The recorder writes what it is given some time later.
        await until(accepted, "Recording", _RECORDING_S)
    except TroubleError as err:
        raise TroubleError(f"The Energy dashboard complains: {', '.join(found)}") from err


def complaints(log: Path) -> list[str]:
    """Return the warnings and errors by or about this integration."""
    # The folder of the repository may have the integration's name too.
    text = log.read_text().replace(str(ROOT), "")
    records = re.split(r"^(?=\d{4}-\d\d-\d\d \d\d:)", text, flags=re.MULTILINE)
    return [
        record.splitlines()[0]
        for record in records
        if DOMAIN in record and _LOUD.search(record) and _ALWAYS_SAID not in record
    ]


def log_is_quiet(log: Path) -> None:
    """Raise TroubleError if there is anything to complain about, until the log's end."""
    if found := complaints(log):
        raise TroubleError(f"The log has {len(found)} complaint(s): {found[0]}")


async def diagnostics_are_discreet(
    home: HomeAssistant, entry_id: str, form: dict[str, Any]
) -> None:
    """Raise TroubleError if diagnostics cannot be had, or tell what they must not."""
    text = json.dumps(await home.get(f"/api/diagnostics/config_entry/{entry_id}"))
    entry = next(
        entry
        for entry in await home.get(f"/api/config/config_entries/entry?domain={DOMAIN}")
        if entry["entry_id"] == entry_id
    )
    serial = entry["title"].removeprefix("Envoy ")
    # An account is a secret. The user of a gateway is the same for all, and the password is in its
    # serial number.
    account = (form["username"], form["password"]) if form["use_enlighten"] else ()
    for secret in (*account, serial):
        if secret in text:
            raise TroubleError("The diagnostics hold the user's name, password or serial number")
