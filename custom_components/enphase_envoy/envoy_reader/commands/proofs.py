"""What a device does, as its pages show: the proof of a command.

The proof is the relay's operating state, the controller's schedule or the reserve in force, not the
file that was written (gateway-api.md, section 20). ``None`` where the pages do not show it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ..control import AWAKE, Wish
from ..errors import EnvoyError
from ..pages.endpoints import (
    DRY_CONTACT_SETTINGS,
    DRY_CONTACTS,
    DYNAMIC_LIMIT,
    GENERATOR_MODE,
    PRODUCTION_SWITCH,
    SECCTRL,
    TARIFF,
)
from ..parsers import ac_sleep, grid_relay, storage_control

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ..equipment import DryContactSettings
    from ..models import Snapshot
    from ..pages.typed import Endpoint
    from ..status import DynamicLimit

type Bodies = Mapping[str, bytes]
"""Bodies of the pages of a command, just read, by path; pages that failed are missing."""

RELAY: Final = "/ivp/ensemble/relay"
STORAGE_CONTROL: Final = "/ivp/sc/sched"
AC_SLEEP: Final = "/admin/lib/acb_config"


def mains(bodies: Bodies, _target: str) -> Wish | None:
    """Return whether the relay to the grid is closed."""
    page = _parsed(bodies, RELAY, grid_relay.parse)
    return page.closed if page else None


def mains_order(bodies: Bodies, _target: str) -> Wish | None:
    """Return whether the relay to the grid is set to closed; an outage does not change that."""
    page = _parsed(bodies, RELAY, grid_relay.parse)
    return page.meant_closed if page else None


def contact(bodies: Bodies, target: str) -> Wish | None:
    """Return whether a dry contact is closed."""
    return (_page(bodies, DRY_CONTACTS) or {}).get(target)


def contact_setting(
    value_fn: Callable[[DryContactSettings], Wish | None],
) -> Callable[[Bodies, str], Wish | None]:
    """Return a function that reads one setting of a dry contact."""

    def held(bodies: Bodies, target: str) -> Wish | None:
        settings = (_page(bodies, DRY_CONTACT_SETTINGS) or {}).get(target)
        return value_fn(settings) if settings else None

    return held


def storage_mode(bodies: Bodies, _target: str) -> Wish | None:
    """Return the mode of the controller's schedule."""
    page = _page(bodies, TARIFF)
    return page.active.mode if page else None


def reserve(bodies: Bodies, _target: str) -> Wish | None:
    """Return the reserve in force, or that of the controller's schedule if no page shows it."""
    totals, page = _page(bodies, SECCTRL), _page(bodies, TARIFF)
    if totals and totals.capacity_wh == 0:
        return None  # after a restart the whole page is zero for minutes (section 12.3)
    if totals and totals.reserve_pct is not None:
        return totals.reserve_pct
    return page.active.reserve_pct if page else None


def charge_from_grid(bodies: Bodies, _target: str) -> Wish | None:
    """Return whether the controller lets the batteries charge from the grid."""
    control, page = (
        _parsed(bodies, STORAGE_CONTROL, storage_control.parse),
        _page(bodies, TARIFF),
    )
    if control is not None:
        return control
    return page.active.charge_from_grid if page else None


def generator_mode(bodies: Bodies, _target: str) -> Wish | None:
    """Return the operating mode of the generator."""
    return _page(bodies, GENERATOR_MODE)


def ac_sleep_band(bodies: Bodies, _target: str) -> Wish | None:
    """Return the charge band in which the AC Batteries are to sleep; ``AWAKE`` for none."""
    bands = _parsed(bodies, AC_SLEEP, ac_sleep.parse)
    if bands is None:
        return None
    different = set(bands.values())
    return AWAKE if not different else different.pop() if len(different) == 1 else None


def production(bodies: Bodies, _target: str) -> Wish | None:
    """Return whether the inverters are allowed to produce."""
    return _page(bodies, PRODUCTION_SWITCH)


def dynamic_limit(
    value_fn: Callable[[DynamicLimit], Wish | None],
) -> Callable[[Bodies, str], Wish | None]:
    """Return a function that reads one value of the installer's limit."""

    def held(bodies: Bodies, _target: str) -> Wish | None:
        limit = _page(bodies, DYNAMIC_LIMIT)
        return value_fn(limit) if limit else None

    return held


_FEW_W: Final = 100.0
"""Watts by which a power may exceed a limit; below this, inverters count as off."""
_SHARE: Final = 0.1
"""Share by which a power may exceed a limit."""


def inverters_follow(wish: Wish, before: Snapshot, now: Snapshot) -> bool:
    """Say whether the inverters have stopped; a start is not proven, as it may take a day."""
    had, have = before.production.total.power_w, now.production.total.power_w
    if wish or had is None or have is None:
        return True
    return have <= max(_FEW_W, _SHARE * had)


def powers_follow(wish: Wish, _before: Snapshot, now: Snapshot) -> bool:
    """Say whether the limited power stays within the installer's limit."""
    limit = now.gateway.dynamic_limit
    if not wish or limit is None or limit.limit_w is None or not limit.enabled:
        return True
    net, made = now.net, now.production.total.power_w
    power = (
        (-net.total.power_w if net and net.total.power_w is not None else None)
        if (limit.mode == "export")
        else made
    )
    return power is None or power <= limit.limit_w * (1 + _SHARE) + _FEW_W


def _page[PageT](bodies: Bodies, endpoint: Endpoint[PageT]) -> PageT | None:
    return _parsed(bodies, endpoint.path, endpoint.parse)


def _parsed[PageT](bodies: Bodies, path: str, parse: Callable[[bytes], PageT]) -> PageT | None:
    body = bodies.get(path)
    if body is None:
        return None
    try:
        return parse(body)
    except EnvoyError:
        return None


type Held = Callable[[Bodies, str], Wish | None]
type Effect = Callable[[Any, Snapshot, Snapshot], bool]
