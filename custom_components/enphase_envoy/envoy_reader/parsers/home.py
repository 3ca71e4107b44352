"""Parse ``/home.json`` (and ``/home`` from firmware 4 on): the gateway's own surroundings.

Takes the gateway up to ten seconds, so it is read once in a while.
Source: gateway-api.md, section 8.2; seen on 7.6 and 8.3.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from ..status import Link, Reach, Surroundings, TariffKind
from ._json import (
    Row,
    choice,
    closed,
    flag,
    integer,
    json_object,
    moment,
    number,
    part,
    rows,
    text,
)

_MAC: Final = re.compile(r"(?!00(?::00){5})[0-9a-f]{2}(?::[0-9a-f]{2}){5}", re.IGNORECASE)
"""A hardware address; all zeros stand for none, and would make two gateways one device."""
_BEST_LEVEL: Final = 5
_LINKS: Final = {str(link): link for link in Link}
_TARIFFS: Final = {
    **{str(kind): kind for kind in TariffKind},
    "time_to_use": TariffKind.TIME_OF_USE,
}
_UPDATES: Final = {"satisfied": True, "not-satisfied": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """The page."""

    time_zone: str | None = None
    """Where "today" begins and ends, for example ``Europe/Amsterdam``."""
    mac: str | None = None
    """Hardware address by which the gateway is most likely seen in the network."""
    grid_closed: bool | None = None
    """Whether the relay to the grid is closed; only given with a System Controller, up to 7."""
    surroundings: Surroundings = field(default_factory=Surroundings)


def parse(body: bytes) -> Home:
    """Return what the gateway says of its place, its network and the grid.

    Raises EnvoyResponseError when the body is not this page.
    """
    page = json_object(body, "timezone", "network", "enpower")
    network = part(page, "network")
    primary = text(network, "primary_interface")
    interfaces = rows(network, "interfaces")
    return Home(
        time_zone=text(page, "timezone"),
        mac=next(_macs(interfaces, primary), None),
        grid_closed=closed(part(page, "enpower"), "grid_status"),
        surroundings=_surroundings(page, network, _preferred(interfaces, primary)),
    )


def _surroundings(page: Row, network: Row, interface: Row) -> Surroundings:
    radio = part(page, "comm")
    battery = next(iter(rows(radio, "encharge")), {})
    return Surroundings(
        link=choice(interface, "type", _LINKS),
        dhcp=flag(interface, "dhcp"),
        signal_pct=_signal(interface),
        cloud_connected=flag(network, "web_comm"),
        reported_to_cloud_at=moment(network, "last_enlighten_report_time"),
        all_devices=_reach(radio),
        inverters=_reach(part(radio, "pcu")),
        battery_level_2_4_ghz=_level(battery, "level_24g"),
        battery_level_sub_ghz=_level(battery, "level_subg"),
        tariff=choice(page, "tariff", _TARIFFS),
        up_to_date=choice(page, "update_status", _UPDATES),
    )


def _preferred(interfaces: list[Row], primary: str | None) -> Row:
    named = (row for row in interfaces if primary and text(row, "interface") == primary)
    return next(named, {})


def _signal(interface: Row) -> float | None:
    strength, best = number(interface, "signal_strength"), number(interface, "signal_strength_max")
    if strength is None or best is None or not 0 <= strength <= best or not best:
        return None
    return 100 * strength / best


def _reach(row: Row) -> Reach:
    count = integer(row, "num")
    return Reach(count=count if count is not None and count >= 0 else None, level=_level(row))


def _level(row: Row, key: str = "level") -> int | None:
    level = integer(row, key)
    return level if level is not None and 0 <= level <= _BEST_LEVEL else None


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
