"""Parse ``/ivp/sc/sched``: what the controller of the storage does.

Source: gateway-api.md, section 12.9.
"""

from collections.abc import Iterator, Mapping

from ._json import flag, json_object, number

_ALLOWED = "Charge From Grid Allowed"


def parse(body: bytes) -> bool | None:
    """Return whether batteries may charge from the grid now; ``None`` when it is not given.

    Raises EnvoyResponseError when the body is not JSON.
    """
    for row in _objects(json_object(body)):
        if _ALLOWED in row:
            value = number(row, _ALLOWED)
            return flag(row, _ALLOWED) if value is None else value != 0
    return None


def _objects(page: object) -> Iterator[Mapping[str, object]]:
    """Return an object and all that are in it: the page has several layouts."""
    waiting = [page]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            yield value
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
