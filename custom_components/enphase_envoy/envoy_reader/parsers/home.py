"""Parse ``/home.json`` (and ``/home`` from firmware 4 on): the gateway's own surroundings.

Takes the gateway up to ten seconds, so it is read once in a while.
Source: gateway-api.md, section 8.2; seen on 7.6 and 8.3.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from ._json import Row, closed, json_object, moment, part, rows, text

_MAC: Final = re.compile(r"(?!00(?::00){5})[0-9a-f]{2}(?::[0-9a-f]{2}){5}", re.IGNORECASE)
"""A hardware address; all zeros stand for none, and would make two gateways one device."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """The page."""

    time_zone: str | None = None
    """Where "today" begins and ends, for example ``Europe/Amsterdam``."""
    mac: str | None = None
    """Hardware address by which the gateway is most likely seen in the network."""
    interface: str | None = None
    """Name of the interface that it prefers, for example ``eth0``."""
    grid_closed: bool | None = None
    """Whether the relay to the grid is closed; only said with a System Controller, up to 7."""
    reported_to_cloud_at: datetime | None = None
    """Time of its last report to Enlighten, in UTC."""


def parse(body: bytes) -> Home:
    """Return what the gateway says of its place, its network and the grid.

    Raises EnvoyResponseError when the body is not this page.
    """
    page = json_object(body, "timezone", "network", "enpower")
    network = part(page, "network")
    primary = text(network, "primary_interface")
    return Home(
        time_zone=text(page, "timezone"),
        mac=next(_macs(rows(network, "interfaces"), primary), None),
        interface=primary,
        grid_closed=closed(part(page, "enpower"), "grid_status"),
        reported_to_cloud_at=moment(network, "last_enlighten_report_time"),
    )


def _macs(interfaces: list[Row], primary: str | None) -> Iterator[str]:
    """Give the addresses there are: of the primary interface, of wired ones in use, of any."""

    def rank(interface: Row) -> int:
        if primary is not None and text(interface, "interface") == primary:
            return 0
        wired = text(interface, "type") == "ethernet"
        return 1 if wired and text(interface, "ip") else 2

    for interface in sorted(interfaces, key=rank):
        mac = text(interface, "mac")
        if mac is not None and _MAC.fullmatch(mac):
            yield mac
