"""The charge at which AC Batteries are to sleep: chosen by a select, sent by a button."""

from __future__ import annotations

from typing import Final

from .coordinator import EnvoyCoordinator
from .rows.controls import BANDS

_HIGHEST: Final = BANDS[-1]


def sleep_band(coordinator: EnvoyCoordinator) -> str:
    """Return the band chosen since the start, or the first battery's, or the highest one."""
    if coordinator.sleep_band is not None:
        return coordinator.sleep_band
    for battery in coordinator.data.ac_batteries.values():
        low, high = battery.sleep_min_pct, battery.sleep_max_pct
        if low is not None and high is not None:
            band = f"{low:g}-{high:g}"
            return band if band in BANDS else _HIGHEST
    return _HIGHEST
