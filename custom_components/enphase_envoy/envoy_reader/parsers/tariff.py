"""Parse ``/admin/lib/tariff``: the settings of the batteries, beside prices and seasons.

What they really do is in ``schedule``, which the gateway computes for each request.
Gateways without batteries have the page, too: before firmware 7 without storage settings, later
with those they were delivered with.
Source: gateway-api.md, section 12.8; seen on 4.10 to 8.3.
"""

from typing import Final

from ..status import StorageInForce, StorageMode, StorageSettings
from ._json import Row, choice, flag, json_object, part, percent

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
    page = json_object(body, "tariff")
    settings = part(part(page, "tariff"), "storage_settings")
    if not settings:
        return None
    mode = choice(settings, "mode", _MODES)
    reserve_pct = percent(settings, "reserved_soc")
    charge_from_grid = flag(settings, "charge_from_grid")
    active = _in_force(part(page, "schedule"))
    return StorageSettings(
        mode=mode,
        reserve_pct=reserve_pct,
        very_low_pct=percent(settings, "very_low_soc"),
        charge_from_grid=charge_from_grid,
        optimised=flag(settings, "opt_schedules"),
        active=StorageInForce(
            mode=active.mode or mode,
            reserve_pct=reserve_pct if active.reserve_pct is None else active.reserve_pct,
            charge_from_grid=(
                charge_from_grid if active.charge_from_grid is None else active.charge_from_grid
            ),
        ),
    )


def _in_force(schedule: Row) -> StorageInForce:
    return StorageInForce(
        mode=choice(schedule, "batt_mode", _MODES) or choice(schedule, "battery_mode", _MODES),
        reserve_pct=percent(schedule, "reserved_soc"),
        charge_from_grid=flag(schedule, "charge_from_grid"),
    )
