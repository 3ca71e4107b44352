"""Parse ``/ivp/ss/pel_settings``: what the site may feed into the grid at most ("PEL").

Firmware 7 says no more than whether there is a limit.
Source: gateway-api.md, section 12.9; seen on 7.3 to 8.3.
"""

from ..status import ExportLimit
from ._json import Row, flag, json_object, number, percent


def parse(body: bytes) -> ExportLimit:
    """Return the limit, in the terms in which it was set.

    Raises EnvoyResponseError when the body is not this page.
    """
    page = json_object(body, "PEL")
    enabled = flag(page, "PEL")
    if not enabled:
        return ExportLimit(enabled=enabled)  # the figures are fillers then
    return ExportLimit(
        enabled=True,
        limit_w=_watts(page),
        limit_pct=percent(page, "PEL_Limit") if flag(page, "percent") else None,
    )


def _watts(page: Row) -> float | None:
    """Return the limit unless it is a share, or in volt-amperes."""
    if flag(page, "percent") is not False or flag(page, "apparent"):
        return None
    return number(page, "PEL_Limit")
