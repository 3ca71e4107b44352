"""Events out of a stream of bytes (``text/event-stream``), however they are cut and held back.

Gateways hold events back and send several at once, and a piece of the stream may end anywhere
(gateway-api.md, section 13.3). So pieces are joined until a line is whole.
"""

from __future__ import annotations

from typing import Final

_DATA: Final = b"data:"
_LONGEST: Final = 65_536
"""Bytes of a line; an event has about one kilobyte. What is longer is passed over."""


class Frames:
    """Joins the pieces of a stream and gives out the events that are complete."""

    def __init__(self) -> None:
        """Start at the beginning of a stream."""
        self._rest = b""
        self._too_long = False

    def feed(self, piece: bytes) -> list[bytes]:
        """Return the data of the events that a piece completes, the oldest first."""
        *lines, rest = (self._rest + piece).split(b"\n")
        if lines and self._too_long:
            lines, self._too_long = lines[1:], False
        if len(rest) > _LONGEST:
            rest, self._too_long = b"", True
        self._rest = rest
        return [
            line.removeprefix(_DATA).strip()
            for line in lines
            if line.startswith(_DATA) and len(line) <= _LONGEST
        ]
