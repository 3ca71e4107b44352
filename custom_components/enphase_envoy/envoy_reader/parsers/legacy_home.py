"""Parse ``/home`` of an Envoy-R or Envoy-C: a web page that counts the inverters.

Source: gateway-api.md, section 8.2; from firmware before 4.
"""

import re

from ..errors import EnvoyAbsentError
from ._html import shown

_ONLINE = re.compile(r"number of microinverters online ?:? ?([0-9]{1,5})\b", re.IGNORECASE)


def parse(body: bytes) -> int:
    """Return how many inverters report.

    Raises EnvoyAbsentError when the page does not say it.
    """
    match = _ONLINE.search(shown(body.decode("utf-8", "replace")))
    if match is None:
        raise EnvoyAbsentError("the page does not count the inverters")
    return int(match[1])
