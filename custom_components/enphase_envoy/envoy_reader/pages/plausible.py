"""What can flow through each boundary of a site at most.

After a power cut or a reset the power equals the lifetime for some minutes, or has the size of
2^31 or 2^32 milliwatts. The same limits show which leaps of registers are impossible.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ..profile import MeterKind
from .endpoints import ENSEMBLE_INVENTORY, INVERTERS, meter_page

if TYPE_CHECKING:
    from ..profile import GatewayProfile
    from .typed import Pages

INVERTER_W: Final = 1000.0
"""More than any microinverter feeds in (up to 640 W), with room for measuring."""
_SMALL_SITE_W: Final = 10_000.0
_CONNECTION_W: Final = 100_000.0
"""More than a house connection carries (three phases of 125 A at 240 V)."""
BATTERY_W: Final = 15_000.0
"""More than one IQ Battery gives or takes (up to 7.1 kW), with room for peaks."""
_UNKNOWN_STORAGE_W: Final = 30_000.0
_PARTLY_LISTED_W: Final = 30_000.0
"""Below this a power is shown even if few inverters are listed: after a start some are missing."""
_COINCIDENCE_W: Final = 1000.0
"""A young site may show a power and a lifetime that are the same by chance, up to this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Watts that no boundary of the site exceeds."""

    production_w: float = _CONNECTION_W
    connection_w: float = _CONNECTION_W
    """Load, and what comes from the grid or goes into it."""
    storage_w: float = _UNKNOWN_STORAGE_W
    """All batteries together."""

    def of_meter(self, kind: MeterKind) -> float:
        """Return the limit of what a current transformer measures."""
        match kind:
            case MeterKind.PRODUCTION:
                return self.production_w
            case MeterKind.STORAGE:
                return self.storage_w
        return self.connection_w

    def shown(self, limit_w: float) -> float:
        """Return the limit for a power on show: too little of it would be hidden otherwise."""
        return max(limit_w, _PARTLY_LISTED_W)


def limits(profile: GatewayProfile, pages: Pages) -> Limits:
    """Return what the devices that are listed can make, and what a connection can carry."""
    page, ensemble = meter_page(pages), pages.get(ENSEMBLE_INVENTORY)
    reports = pages.get(INVERTERS)
    listed = len(reports) if reports and profile.lists_inverters else 0
    active = (page.inverters.active_count or 0) if page and page.inverters else 0
    inverters_w = max(listed, active) * INVERTER_W
    batteries = len(ensemble.batteries) if ensemble else 0
    return Limits(
        production_w=max(_SMALL_SITE_W, inverters_w) if inverters_w else _CONNECTION_W,
        connection_w=max(_CONNECTION_W, inverters_w),
        storage_w=batteries * BATTERY_W or _UNKNOWN_STORAGE_W,
    )


def plausible(power_w: float | None, limit_w: float, *registers_wh: float | None) -> float | None:
    """Return a power that can be; ``None`` for one that exceeds the limit or is a lifetime."""
    if power_w is None or not abs(power_w) <= limit_w:
        return None
    if power_w >= _COINCIDENCE_W:
        for wh in registers_wh:
            if wh is not None and abs(wh - power_w) <= 1:
                return None
    return power_w
