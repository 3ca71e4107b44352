"""Hide what must not leave the house: secrets, serial numbers and addresses.

Pure text work, for debug lines and diagnostics. Serial numbers and addresses get stand-ins of the
same shape that stay the same within one ``Redactor``, so a redacted page still parses and still
fits the other pages of its gateway.
"""

import re
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final
from zoneinfo import ZoneInfo

HIDDEN: Final = "**"
"""Stands where a secret was."""

_KEYS: Final = (
    r"password|passphrase|psk|secret|\w*token|jwt|cookie|session_?id"
    r"|user_?name|user|\w*e_?mail|(?:first|last|full)_?name|phone|e?ssid|euaid"
)
# Every pattern runs in linear time, on texts that a stranger may have written.
_QUOTED: Final = re.compile(rf'(?i)("(?:{_KEYS})"\s*:\s*)"(?:[^"\\]|\\.)*+("?)')
_ASSIGNED: Final = re.compile(rf"(?i)\b({_KEYS})=(?:\\.|[^&;\s\"'<>\\])++")
# The first two parts of a JWT are JSON objects, whose brace and quote make the "eyJ". A single
# part is hidden as well: a page may be cut in the middle of a token.
_JWT: Final = re.compile(r"eyJ[\w-]*+(?:\.[\w-]*+){0,2}")
_BEARER: Final = re.compile(r"(?i)\b(bearer) [\w.~+/=-]+")
_USER_INFO: Final = re.compile(r"://[^/\s@\"'<>]++@")
_EMAIL: Final = re.compile(
    r"(?<![\w.+-])((?<=\\)(?:u[\da-fA-F]{4}|[bfnrt]))?+[\w.+-]++(?:@|%40)[\w-]++(?:\.[\w-]++)+"
)
"""What an escape in JSON ends in is not part of the name."""
_ESCAPE: Final = re.compile(r"\\u[\da-fA-F]{3}$")
_SHORTEST_JWT: Final = 20
_EUAID: Final = re.compile(r"(?i)(<euaid>)[^<]++")
"""An id of the gateway at Enphase, in the page /info (gateway-api.md, section 7)."""
_LOAD: Final = re.compile(r'("(?:dry_contact_)?load_name"\s*:\s*)"((?:[^"\\]|\\.)++)("?)')
"""What the owner calls a load (gateway-api.md, section 12)."""
_TIME_ZONE: Final = re.compile(r'("timezone"\s*:\s*)"([\w/+-]++)("?)')
_SERIAL: Final = re.compile(r"(?<!\d)(?<!\d\.)\d{12}(?!\d|\.\d)")
_MAC: Final = re.compile(
    r"(?i)(?<![\w:-])[0-9a-f]{2}([:-])(?:[0-9a-f]{2}\1){4}[0-9a-f]{2}(?![\w:-])"
)
_IPV4: Final = re.compile(r"(?<![\w.-])\d{1,3}(?:\.\d{1,3}){3}(?![\w-]|\.\d)")
_IPV6: Final = re.compile(
    r"(?i)(?<![\w:.])(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}(?:%\w+)?(?![\w:]|\.\d)"
)


def _standing_alone(secret: str) -> str:
    """Match a secret, but not figures within longer ones.

    The password of a local user is often the end of a serial number, whose rest would then show.
    """
    before = r"(?<!\d)" if secret[0].isdigit() else ""
    after = r"(?!\d)" if secret[-1].isdigit() else ""
    return f"{before}{re.escape(secret)}{after}"


def _hidden_jwt(found: re.Match[str]) -> str:
    """Hide a token, unless its "e" ends an escape in JSON and nothing of length follows."""
    before = found.string[max(0, found.start() - 5) : found.start()]
    return found[0] if len(found[0]) < _SHORTEST_JWT and _ESCAPE.search(before) else HIDDEN


type _Like = Callable[[str, int], str]
"""Makes stand-in number n in the shape of the original."""


def _like_a_serial(_original: str, number: int) -> str:
    return f"99000{number:07d}"


def _like_a_mac(original: str, number: int) -> str:
    octets = (0x020000000000 + number).to_bytes(6)  # 02: given out by nobody
    return octets.hex(original[2])


def _like_a_name(_original: str, number: int) -> str:
    return f"Name {number}"


def _like_an_address(original: str, number: int) -> str:
    """Count within the blocks that are set aside for documentation."""
    if ":" in original:
        return str(IPv6Address("2001:db8::") + number)
    return str(IPv4Address("192.0.2.0") + number)


class Redactor:
    """Replaces private parts of texts, the same one by the same stand-in."""

    def __init__(
        self,
        secrets: Iterable[str] = (),
        *,
        addresses: bool = False,
        zones_at: datetime | None = None,
    ) -> None:
        """Hide ``secrets`` wherever they stand; with ``addresses``, IP addresses as well.

        With ``zones_at``, a time zone that names a city becomes one of the same offset then.
        """
        self._zones_at = zones_at
        self._secrets = {secret for secret in secrets if secret}
        self._addresses = addresses
        self._stand_ins: dict[str, str] = {}

    def hide(self, secret: str) -> None:
        """Hide this text from now on; an empty one hides nothing."""
        if secret:
            self._secrets.add(secret)

    def __call__(self, text: str) -> str:
        """Return ``text`` without secrets, and with stand-ins for serial numbers and addresses."""
        # The longest first: one secret may hold another.
        for secret in sorted(self._secrets, key=len, reverse=True):
            text = re.sub(_standing_alone(secret), HIDDEN, text)
        text = _LOAD.sub(
            lambda found: f'{found[1]}"{self._stand_in(found[2], _like_a_name)}{found[3]}', text
        )
        text = _EUAID.sub(rf"\1{HIDDEN}", text)
        if self._zones_at is not None:
            text = _TIME_ZONE.sub(self._offset, text)
        text = _QUOTED.sub(rf'\1"{HIDDEN}\2', text)
        text = _JWT.sub(_hidden_jwt, text)
        text = _BEARER.sub(rf"\1 {HIDDEN}", text)
        text = _ASSIGNED.sub(rf"\1={HIDDEN}", text)
        text = _USER_INFO.sub(f"://{HIDDEN}@", text)
        text = _EMAIL.sub(rf"\g<1>{HIDDEN}", text)
        text = _SERIAL.sub(lambda found: self._stand_in(found[0], _like_a_serial), text)
        text = _MAC.sub(lambda found: self._stand_in(found[0], _like_a_mac), text)
        if self._addresses:
            text = _IPV4.sub(lambda found: self._address(found[0]), text)
            text = _IPV6.sub(lambda found: self._address(found[0]), text)
        return text

    def _stand_in(self, original: str, like: _Like) -> str:
        if original not in self._stand_ins:
            stand_in = like(original, len(self._stand_ins) // 2 + 1)
            # A stand-in stands for itself, so that a text can be redacted twice.
            self._stand_ins |= {original: stand_in, stand_in: stand_in}
        return self._stand_ins[original]

    def _offset(self, found: re.Match[str]) -> str:
        """Return a time zone without its city; of half an hour there is none."""
        try:
            zone = ZoneInfo(found[2])
        except (LookupError, ValueError, OSError):  # no zone, or none that this machine knows
            return f'{found[1]}"{HIDDEN}{found[3]}'
        offset = zone.utcoffset(self._zones_at) or timedelta()
        hours, rest = divmod(offset, timedelta(hours=1))
        # Signs are those of POSIX: west of Greenwich is positive.
        return f'{found[1]}"{HIDDEN if rest else f"Etc/GMT{-hours:+}"}{found[3]}'

    def _address(self, text: str) -> str:
        try:
            address = ip_address(text)
        except ValueError:  # a time of day, a version of four numbers
            return text
        if address.is_unspecified or address.is_loopback or address.is_reserved:
            return text  # these, and masks, say nothing about a house
        return self._stand_in(text, _like_an_address)
