"""Parse ``/info``: who the gateway is. The only page that never asks for credentials.

XML from R3.9 on and on some before; other old ones answer with a web page that shows little more
than the serial number.
Source: gateway-api.md, section 8.1; seen on 3.7 to 8.3.
"""

import re
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from ..errors import EnvoyResponseError, EnvoyUnsupportedError
from ._html import shown
from ._json import Row, epoch, flag, serial, text

_SHOWN_SERIAL = re.compile(r"envoy serial number ?: ?([0-9]{1,20})\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Info:
    """The gateway's identity."""

    serial: str
    firmware: str | None = None
    """As the gateway writes it, with its leading letter: ``D8.2.4345``."""
    part_number: str | None = None
    """With its revision: ``800-00654-r08``."""
    metered: bool | None = None
    """Whether the hardware can measure; not given before firmware 4."""
    wants_tokens: bool | None = None
    """Whether tokens are needed; not given before they existed."""
    clock: float | None = None
    """The gateway's clock, in seconds since 1970."""


def parse(body: bytes) -> Info:
    """Return who the gateway is.

    Raises EnvoyUnsupportedError when the body is not of a gateway of ours, and EnvoyResponseError
    when it began as one and is broken.
    """
    content = body.decode("utf-8", "replace").lstrip("\ufeff \t\r\n")
    return _from_xml(content) if "<envoy_info" in content else _from_html(content)


def _from_xml(content: str) -> Info:
    if "<!DOCTYPE" in content or "<!ENTITY" in content:
        raise EnvoyResponseError("no gateway declares entities, and expanding them can do harm")
    try:
        root = ET.fromstring(content)  # noqa: S314 -- without entities there is nothing to expand
    except ET.ParseError as err:
        raise EnvoyResponseError("the description of the gateway is not XML") from err
    page, device = _texts(root), _texts(root.find("device"))
    return Info(
        serial=_known(serial(device, "sn")),
        firmware=text(device, "software"),
        part_number=text(device, "pn"),
        metered=flag(device, "imeter"),
        wants_tokens=flag(page, "web-tokens"),
        clock=epoch(page, "time"),
    )


def _from_html(content: str) -> Info:
    match = _SHOWN_SERIAL.search(shown(content))
    return Info(serial=_known(match[1] if match else None))


def _texts(element: ET.Element | None) -> Row:
    return {} if element is None else {child.tag: child.text for child in element}


def _known(own_serial: str | None) -> str:
    if own_serial is None:
        raise EnvoyUnsupportedError("the answer names no gateway")
    return own_serial
