"""Parse ``/admin/lib/acb_config``: which AC Batteries are set to sleep, and at which charge.

Source: gateway-api.md, sections 12.9 and 20.
"""

from collections.abc import Mapping

from ._json import integer, json_object, rows, serial

_SLEEP = "acb_sleep"


def parse(body: bytes) -> Mapping[str, str]:
    """Return by serial number the charge between which they sleep, such as ``20-25``.

    Raises EnvoyResponseError when the body is not this page.
    """
    bands = {}
    for row in rows(json_object(body, _SLEEP), _SLEEP):
        name = serial(row, "serial_num")
        low, high = integer(row, "sleep_min_soc"), integer(row, "sleep_max_soc")
        if name is not None and low is not None and high is not None:
            bands[name] = f"{low}-{high}"
    return bands
