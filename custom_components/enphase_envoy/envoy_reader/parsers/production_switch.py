"""Parse ``/ivp/mod/603980032/mode/power``: whether inverters may produce. Only for installers.

Source: gateway-api.md, section 14.
"""

from ._json import flag, json_object

_OFF = "powerForcedOff"


def parse(body: bytes) -> bool | None:
    """Return whether they may; ``None`` when it is not given.

    Raises EnvoyResponseError when the body is not this page.
    """
    forced_off = flag(json_object(body, _OFF), _OFF)
    return None if forced_off is None else not forced_off
