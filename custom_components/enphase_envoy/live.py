"""Live values: a second, faster loop beside the polls of the coordinator.

It asks the few pages that powers come from, at the pace of the options or as often as the gateway
bears, and tells those entities that show them. The polls of the coordinator go on as ever.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later

from .const import LOGGER
from .envoy_reader import Section

if TYPE_CHECKING:
    from homeassistant.config_entries import ConfigEntry

    from .envoy_reader import EnvoyReader, Snapshot

SECTIONS: Final = frozenset(
    {
        Section.PRODUCTION,
        Section.CONSUMPTION,
        Section.METERS,
        Section.BATTERY_FLOW,
        Section.BATTERY_POWER,
        Section.HOUSE,
        Section.GRID_FLOW,
    }
)
"""What live polls bring: entities of other sections are left alone."""

_LEAST_SHARE: Final = 0.01
_LEAST_W: Final = 5.0
_LONGEST_S: Final = 60.0
REST_OF_COUNTERS_S: Final = 10.0
"""How long live polls leave a counter alone that was written."""
HOUR_S: Final = 3600.0
"""Of which the Energy dashboard has statistics."""


def worth_writing(before: float, after: float, unit: str | None, seconds: float) -> bool:
    """Return whether a figure of now has moved enough to be written between two polls.

    ``unit`` is that of both figures, and ``seconds`` is how long ago the first one was written.
    """
    moved = abs(after - before)
    return (
        moved > _LEAST_SHARE * abs(before)
        or (unit == "W" and moved > _LEAST_W)
        or (before < 0) is not (after < 0)
        or seconds >= _LONGEST_S
    )


def hour_ends(at: float) -> bool:
    """Return whether ``at``, in epoch seconds, is one of the last moments of an hour.

    Hourly statistics take what is written last in the hour, and what is not goes to the next one.
    So no counter rests then.
    """
    return at % HOUR_S >= HOUR_S - REST_OF_COUNTERS_S


class LiveValues:
    """Polls the live pages while the owner wants it."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        reader: EnvoyReader,
        pace_s: float,
        show: Callable[[Snapshot], None],
    ) -> None:
        """Begin switched off; ``show`` is called with each snapshot."""
        self._hass = hass
        self._entry = entry
        self._reader = reader
        self._pace_s = pace_s
        self._show = show
        self._next: CALLBACK_TYPE | None = None
        self._stream: asyncio.Task[None] | None = None

    @property
    def is_on(self) -> bool:
        """Whether the live pages are polled."""
        return self._stream is not None

    @callback
    def start(self) -> None:
        """Poll from now on."""
        if not self.is_on:
            self._reader.begin_live(self._pace_s)
            self._plan(0)
            self._stream = self._entry.async_create_background_task(
                self._hass,
                self._reader.follow_stream(self._show),
                f"stream of {self._entry.title}",
            )

    async def async_stop(self) -> None:
        """Poll no more, and leave the gateway as it was."""
        if self._stream is None:
            return
        self._stream.cancel()
        self._stream = None
        if self._next is not None:
            self._next()
            self._next = None
        await self._reader.end_live()

    @callback
    def _plan(self, seconds: float) -> None:
        # A timer and a task for each poll, not a task without end: nothing waits for it in vain.
        # Switched off and on again while a poll runs, there is one planned already.
        if self._next is not None:
            self._next()
        job = HassJob(self._begin_poll, cancel_on_shutdown=True)
        self._next = async_call_later(self._hass, seconds, job)

    @callback
    def _begin_poll(self, _now: datetime) -> None:
        self._next = None
        self._entry.async_create_background_task(
            self._hass, self._async_poll(), f"live poll of {self._entry.title}"
        )

    async def _async_poll(self) -> None:
        try:
            snapshot = await self._reader.read_live()
            if snapshot is not None and self.is_on:
                self._show(snapshot)
        except Exception:  # noqa: BLE001 -- one poll must not be the last one
            LOGGER.exception("A live poll of %s has gone wrong", self._entry.title)
        if self.is_on:
            self._plan(self._reader.live_wait_s)
