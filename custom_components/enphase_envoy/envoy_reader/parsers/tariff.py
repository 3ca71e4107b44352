"""Parse ``/admin/lib/tariff``: how the batteries are told to work, among prices and seasons.

Gateways without batteries have the page, too: before firmware 7 without storage settings, later
with those they were delivered with.
Source: gateway-api.md, section 12.8; seen on 4.10 to 8.3.
"""

from typing import Final

from ..status import StorageMode, StorageSettings
from ._json import choice, flag, json_object, part, percent

_MODES: Final = {
    "backup": StorageMode.BACKUP,
    "self-consumption": StorageMode.SELF_CONSUMPTION,
    "savings-mode": StorageMode.SAVINGS,
    "economy": StorageMode.SAVINGS,  # the word of newer firmware for the same
}


def parse(body: bytes) -> StorageSettings | None:
    """Return the storage settings; ``None`` where the page has none.

    Raises EnvoyResponseError when the body is not this page.
    """
    settings = part(part(json_object(body, "tariff"), "tariff"), "storage_settings")
    if not settings:
        return None
    return StorageSettings(
        mode=choice(settings, "mode", _MODES),
        reserve_pct=percent(settings, "reserved_soc"),
        very_low_pct=percent(settings, "very_low_soc"),
        charge_from_grid=flag(settings, "charge_from_grid"),
        optimised=flag(settings, "opt_schedules"),
    )
