"""Parse ``/ivp/ss/dpel``: the limit that an installer can change at any time. Only for installers.

Source: gateway-api.md, section 14; seen on 7.6.
"""

from ..status import DynamicLimit, DynamicLimitMode
from ._json import flag, json_object, number, part


def parse(body: bytes) -> DynamicLimit:
    """Return the limit.

    Raises EnvoyResponseError when the body is not this page.
    """
    settings = part(json_object(body, "dynamic_pel_settings"), "dynamic_pel_settings")
    export = flag(settings, "export_limit")
    modes = {True: DynamicLimitMode.EXPORT, False: DynamicLimitMode.PRODUCTION, None: None}
    return DynamicLimit(
        enabled=flag(settings, "enable"),
        limit_w=number(settings, "limit_value_W"),
        mode=modes[export],
    )
