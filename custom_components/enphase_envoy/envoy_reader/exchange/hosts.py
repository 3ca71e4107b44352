"""Addresses as people type them."""

from __future__ import annotations

import ipaddress
import re
from typing import Final

_NAME: Final = re.compile(
    r"(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,62})(\.[a-z0-9_]([a-z0-9_-]{0,62}))*\.?", re.IGNORECASE
)
_LAST_PORT: Final = 65535


def clean_host(text: str) -> str:
    """Return the address alone: no white space, scheme, user, path or brackets around it.

    Takes an IPv4 address, an IPv6 address (with or without brackets, with or without a zone) or a
    name, each with an optional port. An IPv6 address keeps its brackets only where a port follows.
    Raises ValueError when the text is none of these.
    """
    address = "".join(text.split())
    address = re.sub(r"^[a-z][a-z0-9+.-]*://", "", address, flags=re.IGNORECASE)
    address = re.split(r"[/?#]", address, maxsplit=1)[0].rpartition("@")[2]
    host, port = _parted(address)
    if ":" in host:
        ipaddress.IPv6Address(host)
        return f"[{host}]:{port}" if port else host
    if not _NAME.fullmatch(host) or (re.fullmatch(r"[\d.]+", host) and not _is_ipv4(host)):
        raise ValueError(text)
    return f"{host}:{port}" if port else host


def _parted(address: str) -> tuple[str, str]:
    """Split an address from its port; the port must be one."""
    host, port = address, ""
    if address.startswith("["):
        host, bracket, port = address[1:].partition("]")
        if not bracket or (port and not port.startswith(":")):
            raise ValueError(address)
        host, port = host.replace("%25", "%"), port[1:]
    elif address.count(":") == 1:
        host, _, port = address.partition(":")
    if port and not (port.isdecimal() and 0 < int(port) <= _LAST_PORT):
        raise ValueError(address)
    return host, port


def _is_ipv4(host: str) -> bool:
    try:
        ipaddress.IPv4Address(host)
    except ValueError:
        return False
    return True
