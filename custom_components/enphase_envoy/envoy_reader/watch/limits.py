"""Whether something but the sky holds production back at this moment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..status import DynamicLimitMode

if TYPE_CHECKING:
    from ..models import Snapshot

_NEAR_SHARE: Final = 0.05
_NEAR_W: Final = 50.0
"""So close to a limit, it is taken to be met: gateways regulate in steps."""


def is_limited(snapshot: Snapshot) -> bool:
    """Tell whether the site is off grid or switched off, or meets a limit in watts.

    Limits that are set but not met say nothing. A limit of what inverters may produce, in percent,
    holds back all alike, and what it means in watts is not known: it counts only when it is zero. A
    site with batteries that must not feed in is at its limit by its own will, all day long.
    """
    status = snapshot.gateway
    if snapshot.on_grid is False or status.production_allowed is False:
        return True
    held = status.production_limit
    if held is not None and held.enabled and held.limit_pct == 0:
        return True
    net_w = snapshot.net.total.power_w if snapshot.net else None
    fed_in_w = None if net_w is None else -net_w
    export, dynamic = status.export_limit, status.dynamic_limit
    if export is not None and export.enabled:
        limit_w = 0.0 if export.limit_pct == 0 else export.limit_w
        if _is_met(limit_w, fed_in_w, never_zero=snapshot.profile.has_batteries):
            return True
    if dynamic is None or not dynamic.enabled:
        return False
    if dynamic.mode is DynamicLimitMode.PRODUCTION:
        return _is_met(dynamic.limit_w, snapshot.production.total.power_w)
    return _is_met(dynamic.limit_w, fed_in_w, never_zero=snapshot.profile.has_batteries)


def _is_met(limit_w: float | None, power_w: float | None, *, never_zero: bool = False) -> bool:
    if limit_w is None or power_w is None or (never_zero and limit_w <= 0):
        return False
    return power_w >= limit_w - max(_NEAR_W, _NEAR_SHARE * limit_w)
