"""The poll: one collection after the other, and the reader's errors in Home Assistant's terms."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import batched
from time import monotonic
from typing import Any, Final, override

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.exceptions import (
    ConfigEntryAuthFailed,
    HomeAssistantError,
    ServiceValidationError,
)
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator, UpdateFailed
from homeassistant.util import dt as dt_util

from . import live
from .const import CONF_ASKS_CODE, CONF_HOST, DOMAIN, LOGGER
from .devices import Devices
from .envoy_reader import (
    Command,
    EnvoyAuthenticationError,
    EnvoyCommandError,
    EnvoyError,
    EnvoyReader,
    Health,
    Problem,
    Section,
    Snapshot,
)
from .left_over import LeftOver
from .live import LiveValues
from .notices import Notices, Shown


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvoyRuntime:
    """What belongs to an entry for as long as it is loaded."""

    coordinator: EnvoyCoordinator


type EnvoyConfigEntry = ConfigEntry[EnvoyRuntime]

_AT_ONCE: Final = 60
"""Entities updated in one turn of the event loop: a few milliseconds on a small computer."""
_RETRY: Final = timedelta(seconds=10)
"""Time between two tries while the gateway does not answer; each try costs one request."""
_SPARE_S: Final = 4
"""Between the end of an hour's last collection and the end of the hour, if it takes long."""
_LONGEST_S: Final = 30.0
"""Of a collection: no more room than this is left for one before the end of an hour."""
_FADES: Final = 0.99
"""What is left, with each collection, of how long the longest has taken: the half in an hour."""
_LEAST_APART_S: Final = 5
"""Between two collections, as short as the options allow."""

_ONE_OUTAGE: Final = timedelta(hours=1)
"""Pages are read one after another, so a gateway that refuses everything loses its sections one
after another, too. All that go within this time count as one outage."""
_STRAGGLERS: Final = timedelta(minutes=15)
"""They come back one after another as well: pages that fail are asked again every few minutes. What
is still missing after this time has an outage of its own."""
_LONG_AGO: Final = dt_util.utc_from_timestamp(0)

_NIGHT_BEGINS: Final = time(22, 50)
_NIGHT_ENDS: Final = time(2, 0)
"""Gateways restart themselves at around 23:00 or 01:00 local time; that is not worth a warning."""


_BAD_INPUT: Final = {
    Problem.COMMAND_CUTOFF_ABOVE_RESTORE,
    Problem.COMMAND_GONE,
    Problem.COMMAND_OUT_OF_RANGE,
}
"""Problems of a command itself, whatever the gateway does."""


def as_home_assistant_error(err: EnvoyError, **words: str) -> HomeAssistantError:
    """Return the exception that Home Assistant expects, with a translated text.

    ``words`` are the placeholders of the text in addition to ``detail``.
    """
    kind: type[HomeAssistantError] = UpdateFailed
    if isinstance(err, EnvoyAuthenticationError):
        kind = ConfigEntryAuthFailed
    elif isinstance(err, EnvoyCommandError):
        kind = ServiceValidationError if err.problem in _BAD_INPUT else HomeAssistantError
    return kind(
        translation_domain=DOMAIN,
        translation_key=err.problem.value,
        translation_placeholders={"detail": str(err), **words},
    )


def until_next(interval: timedelta, at: float, takes_s: float) -> timedelta:
    """Return the time from ``at``, in epoch seconds, to the next collection.

    It is the interval, or less for the last collection of an hour, which takes up to ``takes_s``:
    hourly statistics take what is written last in the hour, and all hours should end alike.
    """
    left_s = live.HOUR_S - at % live.HOUR_S - takes_s - _SPARE_S
    if left_s < _LEAST_APART_S:
        left_s += live.HOUR_S  # this hour has had its last one
    return min(interval, timedelta(seconds=left_s))


class EnvoyCoordinator(DataUpdateCoordinator[Snapshot]):
    """Reads the gateway at the interval of the options, and tells the entities what has changed."""

    config_entry: EnvoyConfigEntry

    def __init__(
        self,
        hass: HomeAssistant,
        entry: EnvoyConfigEntry,
        reader: EnvoyReader,
        interval: timedelta,
        live_pace_s: float = 5,
    ) -> None:
        """Poll ``reader`` every ``interval``, and more often while the gateway does not answer.

        ``live_pace_s`` is the time between two live polls, once these are switched on.
        """
        super().__init__(
            hass,
            LOGGER,
            config_entry=entry,
            name=entry.title,
            update_interval=interval,
            always_update=False,
        )
        self.reader = reader
        self.devices = Devices(hass, entry)
        self._interval = interval
        self._takes_s = 0.0
        self.controls: dict[str, list[Shown]] = {}
        """The entities that can be set, by the key of their commands, for the words of notices."""
        self.sleep_band: str | None = None
        """The charge at which AC Batteries are to sleep, as it was chosen since the start."""
        self._shown_counters: Final[dict[str, str]] = {}
        self.left_over = LeftOver(hass, entry)
        self._notices = Notices(
            hass, entry, reader, self.left_over, self._shown_counters, self.controls
        )
        self.live = LiveValues(hass, entry, reader, live_pace_s, self._show_live)
        self.tells_live = False
        """Whether entities are being told of a live poll, which is written only if it matters."""
        self.told_at = 0.0
        """When entities were last told of something new, by the clock of ``monotonic``."""
        self.hour_ends = False
        """Whether a live poll is one of the last in an hour."""
        self._live_listeners: dict[CALLBACK_TYPE, CALLBACK_TYPE] = {}
        self._outages = _Outages(entry.title)
        self._renewal: asyncio.Task[None] | None = None
        self._renewal_needs_user = False

    @callback
    def start_from(self, snapshot: Snapshot) -> None:
        """Begin with the stored snapshot, so that nothing has to wait for the first collection."""
        self.data = snapshot
        self.devices.sync(snapshot)

    @callback
    def note_counter(self, counter: str, entity_id: str) -> CALLBACK_TYPE:
        """Note which entity shows a counter; call the returned function to undo that."""
        self._shown_counters[counter] = entity_id

        @callback
        def forget() -> None:
            self._shown_counters.pop(counter, None)

        return forget

    @callback
    def learn_host(self, host: str) -> None:
        """Remember another address of the gateway, and try it now if it is away."""
        self.reader.learn_host(host)
        if not (self.last_update_success and self.data.reachable):
            self.hass.async_create_task(self.async_request_refresh(), f"look for {self.name}")

    async def async_command(self, command: Command) -> None:
        """Send a command and wait until the device obeys, or raise EnvoyCommandError."""
        try:
            await self.reader.command(command, self._show_current)
        finally:
            self._notices.sync()

    @callback
    def _show_current(self) -> None:
        """Show what a command has found, between polls and without delaying the next poll."""
        if (snapshot := self.reader.current()) is not None:
            self.data = snapshot
            self.async_update_listeners()

    @callback
    @override
    def async_add_listener(
        self, update_callback: CALLBACK_TYPE, context: Any = None
    ) -> CALLBACK_TYPE:
        """Listen to all polls; those of a live section are told of live polls, too."""
        remove = super().async_add_listener(update_callback, context)
        if context not in live.SECTIONS:
            return remove
        self._live_listeners[remove] = update_callback

        @callback
        def remove_both() -> None:
            self._live_listeners.pop(remove, None)
            remove()

        return remove_both

    @callback
    def _show_live(self, snapshot: Snapshot) -> None:
        """Show a live poll, without moving the next poll and without waking all other entities."""
        self.data = snapshot
        self.told_at = monotonic()
        self.hour_ends = live.hour_ends(dt_util.utcnow().timestamp())
        self.tells_live = True
        try:
            for tell in list(self._live_listeners.values()):
                tell()
        finally:
            self.tells_live = False

    @override
    async def _async_update_data(self) -> Snapshot:
        snapshot: Snapshot | None = None
        begun = monotonic()
        self.update_interval = self._interval  # whatever goes wrong: the last may have been short
        try:
            # Before the first entity is there, everything is of interest: it shows what exists.
            snapshot = await self.reader.read(set(self.async_contexts()) or None)
        except EnvoyError as err:
            self.update_interval = min(self._interval, _RETRY)
            raise as_home_assistant_error(err) from err
        finally:
            self._keep_asks_code()
            self._notices.sync(snapshot)
        await asyncio.sleep(0)  # with hundreds of inverters, others have waited for the snapshot
        interval = min(self._interval, _RETRY)
        if snapshot.reachable:
            interval = self._interval
            took_s = min(monotonic() - begun, _LONGEST_S)
            self._takes_s = max(took_s, _FADES * self._takes_s)
        self.update_interval = until_next(interval, dt_util.utcnow().timestamp(), self._takes_s)
        self._keep_host()
        self.devices.sync(snapshot)
        self._outages.note(snapshot, self.reader.trouble)
        self._renew_token()
        return snapshot

    @callback
    @override
    def async_update_listeners(self) -> None:
        """Update the entities, in groups where there are hundreds."""
        self.told_at = monotonic()
        if len(self._listeners) <= _AT_ONCE:
            super().async_update_listeners()
            return
        self.config_entry.async_create_task(
            self.hass, self._async_tell(list(self._listeners)), f"tell the entities of {self.name}"
        )

    async def _async_tell(self, registered: list[Any]) -> None:
        for turn in batched(registered, _AT_ONCE, strict=False):
            for key in turn:
                if key in self._listeners:  # the entity may have been removed meanwhile
                    self._listeners[key][0]()
            await asyncio.sleep(0)

    @callback
    def _keep_host(self) -> None:
        """Store the address at which the reader has found the gateway, without a reload."""
        if self.reader.host != self.config_entry.data[CONF_HOST]:
            data = {**self.config_entry.data, CONF_HOST: self.reader.host}
            self.hass.config_entries.async_update_entry(self.config_entry, data=data)

    @callback
    def _keep_asks_code(self) -> None:
        """Store that the account asks for a code, once the cloud has said so."""
        if self.reader.asks_code and not self.config_entry.data.get(CONF_ASKS_CODE):
            data = {**self.config_entry.data, CONF_ASKS_CODE: True}
            self.hass.config_entries.async_update_entry(self.config_entry, data=data)

    @callback
    def _renew_token(self) -> None:
        """Renew the token in the background: the cloud can be slow."""
        running = self._renewal is not None and not self._renewal.done()
        if not self.reader.renewal_due:
            self._renewal_needs_user = False
        elif not running:
            self._renewal = self.config_entry.async_create_background_task(
                self.hass, self._async_renew_token(), f"renew the token of {self.name}"
            )

    async def _async_renew_token(self) -> None:
        try:
            await self.reader.renew_token()
        except EnvoyAuthenticationError as err:
            # The token in hand still serves. The user has days to help, so polling goes on, and
            # each poll comes here again.
            if not self._renewal_needs_user:
                self._renewal_needs_user = True
                LOGGER.warning("The token of %s cannot be renewed: %s", self.name, err)
                self.config_entry.async_start_reauth(self.hass)
            self._keep_asks_code()
            self._notices.sync()


class _Outages:
    """Logs once that the gateway or a section is silent, and once that it is back.

    An outage of the whole gateway begins when nothing answers, and ends when all that it has cost
    is back. Its sections need no lines of their own.
    """

    def __init__(self, name: str) -> None:
        """Begin with nothing missing."""
        self._name = name
        self._missed: AbstractSet[Section] = frozenset()
        """What the silence of the whole gateway has cost; empty as long as it answers."""
        self._first_back_at: datetime | None = None
        """Since when some of that has been back."""
        self._silent: AbstractSet[Section] = frozenset()
        """The sections that are missing by themselves."""
        self._back: AbstractSet[Section] = frozenset()
        self._lost_at = _LONG_AGO

    def note(self, snapshot: Snapshot, trouble: EnvoyError | None) -> None:
        """Log what has changed since the last snapshot; ``trouble`` is why a gateway is silent."""
        silent = {name for name, health in snapshot.health.items() if health is not Health.FRESH}
        if not (snapshot.failures or trouble):
            silent.clear()  # No page was read yet: at a start, some pages wait.
        lost = silent - self._silent
        # A gateway that is about to fall silent has often lost most sections by then.
        told = len(self._silent) > len(lost) and not self._calm
        if self._missed:
            self._note_whole(lost, reachable=snapshot.reachable)
        elif lost and not snapshot.reachable and not told:
            _down("%s does not answer: %s", self._name, trouble)
            self._missed = lost
        if not self._missed and (lost or snapshot.reachable):
            self._note_parts(silent, lost, _cause(snapshot, trouble))

    @property
    def _calm(self) -> bool:
        """Whether what is lost now begins an outage of its own."""
        return dt_util.utcnow() - self._lost_at > _ONE_OUTAGE

    def _note_whole(self, lost: AbstractSet[Section], *, reachable: bool) -> None:
        """Log that the whole gateway is back once all sections are, or have had the time to."""
        now = dt_util.utcnow()
        self._missed |= lost
        if not reachable or lost == self._missed:
            self._first_back_at = None  # It is away, or refuses all that is missing.
            return
        self._first_back_at = self._first_back_at or now
        if not lost or now - self._first_back_at > _STRAGGLERS:
            LOGGER.info("%s answers again", self._name)
            self._missed, self._first_back_at = frozenset(), None
            self._lost_at = _LONG_AGO

    def _note_parts(
        self, silent: AbstractSet[Section], lost: AbstractSet[Section], cause: object
    ) -> None:
        """Log which sections were lost and which are back; losses within an hour make one line."""
        if lost:
            if self._calm or not self._silent:
                _down("%s: no answer about %s: %s", self._name, _listed(lost), cause)
            self._lost_at = dt_util.utcnow()
        self._back = (self._back | self._silent) - silent
        self._silent = silent
        if self._back and (self._calm or not silent):
            LOGGER.info("%s: %s answered again", self._name, _listed(self._back))
            self._back = frozenset()


def _listed(sections: AbstractSet[Section]) -> str:
    return ", ".join(sorted(section.replace("_", " ") for section in sections))


def _cause(snapshot: Snapshot, trouble: EnvoyError | None) -> str:
    return "; ".join(f"{path}: {why}" for path, why in snapshot.failures.items()) or str(trouble)


def _down(message: str, *args: object) -> None:
    now = dt_util.now().time()
    at_night = now >= _NIGHT_BEGINS or now < _NIGHT_ENDS
    LOGGER.log(logging.INFO if at_night else logging.WARNING, message, *args)
