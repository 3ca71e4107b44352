"""Parse the pages of dry contacts: their states and how they are set up.

The states are there with dummy contacts on sites without a system controller, too. Truth values
are text here. Source: gateway-api.md, section 12.5; seen on 7.3 to 8.3.
"""

from collections.abc import Mapping

from ..equipment import ContactAction, ContactMode, ContactUse, DryContactSettings
from ._json import Row, by_id, choice, closed, json_object, percent, rows, text

_CONTACTS = "dry_contacts"
_USES: Mapping[str, ContactUse] = {
    "none": ContactUse.NONE,
    "load": ContactUse.LOAD,
    "pv": ContactUse.PV,
    "3rd-pv": ContactUse.OTHER_PV,
}
_MODES: Mapping[str, ContactMode] = {
    "manual": ContactMode.STANDARD,
    "soc": ContactMode.BATTERY,
}
_ACTIONS: Mapping[str, ContactAction] = {
    "apply": ContactAction.POWERED,
    "shed": ContactAction.NOT_POWERED,
    "schedule": ContactAction.SCHEDULE,
    "none": ContactAction.NONE,
}


def parse_states(body: bytes) -> Mapping[str, bool | None]:
    """Return by name, such as ``NC1``, whether a contact is closed; ``None`` when not given.

    Raises EnvoyResponseError when the body is not this page.
    """
    return {name: closed(row, "status") for name, row in _named(body).items()}


def parse_settings(body: bytes) -> Mapping[str, DryContactSettings]:
    """Return by name how the contacts are set up; some that have a state may be missing.

    Raises EnvoyResponseError when the body is not this page.
    """
    return {name: _settings(row) for name, row in _named(body).items()}


def _named(body: bytes) -> Mapping[str, Row]:
    contacts = rows(json_object(body, _CONTACTS), _CONTACTS)
    return {
        name: row
        for name, row in by_id(contacts, lambda row: text(row, "id")).items()
        if name is not None
    }


def _settings(row: Row) -> DryContactSettings:
    return DryContactSettings(
        load_name=text(row, "load_name"),
        use=choice(row, "type", _USES),
        mode=choice(row, "mode", _MODES),
        grid_action=choice(row, "grid_action", _ACTIONS),
        microgrid_action=choice(row, "micro_grid_action", _ACTIONS),
        generator_action=choice(row, "gen_action", _ACTIONS),
        soc_low_pct=percent(row, "soc_low"),
        soc_high_pct=percent(row, "soc_high"),
    )
