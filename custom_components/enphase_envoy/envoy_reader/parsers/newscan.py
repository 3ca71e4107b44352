"""Parse ``/ivp/peb/newscan``: how often the inverters are asked. Only for installers.

Reading it starts no scan; only PUT would.
Source: gateway-api.md, section 14; seen on 7.6.
"""

from ._json import json_object, number, part


def parse(body: bytes) -> float | None:
    """Return the time in which each inverter is asked once, in seconds.

    Raises EnvoyResponseError when the body is not this page.
    """
    scan = part(json_object(body, "newDeviceScan"), "newDeviceScan")
    seconds = number(scan, "polling-period-secs")
    return seconds if seconds and seconds > 0 else None
