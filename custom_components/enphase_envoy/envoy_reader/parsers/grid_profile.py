"""Parse ``/installer/agf/index.json``: the rules of the grid that are in use. Only for installers.

Source: gateway-api.md, section 14; seen on 7.6.
"""

from ._json import json_object, text


def parse(body: bytes) -> str | None:
    """Return the name of the profile in use, its version included; ``None`` where none is chosen.

    Raises EnvoyResponseError when the body is not this page.
    """
    return text(json_object(body, "selected_profile"), "selected_profile")
