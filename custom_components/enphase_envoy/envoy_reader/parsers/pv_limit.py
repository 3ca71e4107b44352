"""Parse ``/ivp/sc/pvlimit``: what the inverters may produce at most.

Source: gateway-api.md, section 12.9; seen on 7.3 to 8.3.
"""

from ..status import ProductionLimit
from ._json import flag, json_object, percent


def parse(body: bytes) -> ProductionLimit:
    """Return the limit.

    Raises EnvoyResponseError when the body is not this page.
    """
    page = json_object(body, "enable", "pv_limit_pct")
    return ProductionLimit(enabled=flag(page, "enable"), limit_pct=percent(page, "pv_limit_pct"))
