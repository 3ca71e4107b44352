"""A gateway that announces itself, on this machine only.

Real ones tell the whole network, by multicast DNS. Here the same message is sent to the one address
127.0.0.1: Home Assistant takes it all the same, and nothing leaves the machine.
"""

from __future__ import annotations

import socket
from ipaddress import IPv4Address
from typing import Final

from zeroconf import DNSOutgoing, ServiceInfo  # type: ignore[attr-defined]  # it lists too few

KIND: Final = "_enphase-envoy._tcp.local."
PORT: Final = 5353
"""Where everybody listens who speaks multicast DNS."""
_ANSWER: Final = 0x8400
"""The flags of an answer by somebody who knows (RFC 6762, 18)."""


def announce(serial: str, firmware: str, address: str) -> None:
    """Say once what a gateway says of itself: its name, address, serial number and firmware.

    Of several programs that listen at the port, one hears it; which one is left to chance.
    """
    about = ServiceInfo(
        KIND,
        f"envoy.{KIND}",
        80,
        properties={"serialnum": serial, "protovers": firmware},
        server="envoy.local.",
        addresses=[IPv4Address(address).packed],
    )
    message = DNSOutgoing(_ANSWER)
    for record in (
        about.dns_pointer(),
        about.dns_service(),
        about.dns_text(),
        *about.dns_addresses(),
    ):
        message.add_answer_at_time(record, 0)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as speaker:
        for packet in message.packets():
            speaker.sendto(packet, ("127.0.0.1", PORT))
