"""Parse ``/ivp/ensemble/relay``: the relay between grid and home.

Source: gateway-api.md, section 12.6; seen on 7.3 to 8.3.
"""

from dataclasses import dataclass

from ._json import closed, json_object


@dataclass(frozen=True, slots=True, kw_only=True)
class GridRelay:
    """The relay to the grid."""

    closed: bool | None = None
    """Whether it is closed, by the first word of its operating state."""
    meant_closed: bool | None = None
    """Whether it is meant to be; this follows an order at once, and proves nothing."""


def parse(body: bytes) -> GridRelay:
    """Return the state of the relay.

    Raises EnvoyResponseError when the body is not this page.
    """
    page = json_object(body, "mains_oper_state", "mains_admin_state")
    return GridRelay(
        closed=closed(page, "mains_oper_state"), meant_closed=closed(page, "mains_admin_state")
    )
