"""Reads ``/stream/meter`` where the gateway grants it: powers about once a second.

It is asked for once. A gateway that refuses is not asked again until its firmware changes; one that
grants it is read until live values end, over any number of connections (gateway-api.md, 13.3).
"""

from __future__ import annotations

import asyncio
import logging
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from ..errors import EnvoyError
from ..memory import section
from ..pages.endpoints import READINGS
from ..parsers import meter_stream
from ..parsers.live_status import LivePower
from ..profile import MeterKind
from .frames import Frames
from .stand_in import with_powers

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from ..exchange.session import Session
    from ..known.knowledge import Knowledge
    from ..memory import JsonValue, Memory
    from ..parsers.meter_stream import StreamEvent

_LOGGER = logging.getLogger(__name__)

_PATH: Final = "/stream/meter"
_SILENCE_S: Final = 30.0
"""A stream that brings nothing for so long has broken."""
_FIRST_PAUSE_S: Final = 5.0
_LONGEST_PAUSE_S: Final = 300.0
REFUSALS: Final = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND)
"""What a gateway answers that does not offer a page to us."""


class MeterStream:
    """Follows the stream of one gateway, and puts its powers on record."""

    def __init__(
        self,
        session: Session,
        known: Knowledge,
        memory: Memory,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Read over ``session`` and write into ``known``; refusals are remembered."""
        self._session = session
        self._known = known
        self._memory = memory
        self._sleep = sleep
        self.serving = False
        """Whether powers come from the stream now."""
        self.ahead = False
        """Whether its powers are newer than the latest poll or collection of the meters."""
        self.events = 0
        """Events read so far, those of bursts that were never shown included."""

    @property
    def refused(self) -> bool:
        """Whether this firmware does not offer it to us."""
        profile = self._known.profile
        firmware = profile.firmware if profile else None
        return firmware is not None and self._kept.get("refused_by") == firmware

    @property
    def _kept(self) -> dict[str, JsonValue]:
        return section(self._memory, "stream")

    def describe(self) -> dict[str, Any]:
        """Return how it goes, for diagnostics, JSON-able."""
        return {"serving": self.serving, "refused": self.refused, "events": self.events}

    async def follow(self, changed: Callable[[], None], ended: Callable[[], None]) -> None:
        """Read until it is refused or cancelled.

        ``changed`` is called when powers are new, ``ended`` when a connection has ended.
        """
        pause_s = _FIRST_PAUSE_S
        while not self.refused and self._measures:
            before = self.events
            try:
                await self._connect(changed)
            except EnvoyError as err:
                _LOGGER.debug("The stream has ended: %r", err)
            finally:
                self.serving = False
                ended()
            if self.events > before:
                pause_s = _FIRST_PAUSE_S  # only a reading shows that it works again
            if not self.refused:
                await self._sleep(pause_s)
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)

    @property
    def _measures(self) -> bool:
        profile = self._known.profile
        return profile is not None and profile.meter(MeterKind.PRODUCTION) is not None

    async def _connect(self, changed: Callable[[], None]) -> None:
        frames = Frames()
        async with self._session.stream(_PATH, silence_s=_SILENCE_S) as (status, pieces):
            if status in REFUSALS:
                profile = self._known.profile
                self._kept["refused_by"] = profile.firmware if profile else None
                self._memory.changed()
                return
            if status != HTTPStatus.OK:
                return
            async for piece in pieces:
                if events := frames.feed(piece):
                    self._note(events)
                    changed()

    def _note(self, events: list[bytes]) -> None:
        """Count the events of a burst, and put the newest on record."""
        self.events += len(events)
        newest = meter_stream.parse(events[-1])
        page, profile = self._known.pages().get(READINGS), self._known.profile
        if page is None or profile is None:
            return
        body = self._known.record(READINGS).body
        patched = with_powers(page, profile, _powers(newest))
        self._known.accept(READINGS, patched, body)
        self.serving = self.ahead = True


def _powers(event: StreamEvent) -> dict[MeterKind, LivePower]:
    return {
        MeterKind.PRODUCTION: _power(event.production_w),
        MeterKind.NET_CONSUMPTION: _power(event.net_w),
        MeterKind.TOTAL_CONSUMPTION: _power(event.consumption_w),
    }


def _power(phases_w: tuple[float | None, ...]) -> LivePower:
    total_w = sum(it or 0.0 for it in phases_w) if phases_w else None
    return LivePower(total_w=total_w, phases_w=phases_w)
