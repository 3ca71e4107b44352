"""The reader's memory: a file of Home Assistant's storage for each entry.

The token is not in it. It lives in the config entry, where Home Assistant's own integration looks
for it, so that it can go on with an entry that was ours.
"""

from __future__ import annotations

from copy import deepcopy
from datetime import datetime
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import EVENT_HOMEASSISTANT_FINAL_WRITE
from homeassistant.core import CALLBACK_TYPE, Event, HassJob, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.event import async_call_later
from homeassistant.helpers.storage import Store

from .const import CONF_TOKEN, DOMAIN, LOGGER

SAVE_DELAY_S: Final = 600
"""How long a change that can wait may stay unsaved: SD cards wear out by writing."""

_VERSION: Final = 1
_SEED_KEY: Final = "envoy.{}"
"""Where older custom integrations kept the token of an entry."""

_NO_FILE_OF_OURS: Final = (
    HomeAssistantError,
    NotImplementedError,
    KeyError,
    TypeError,
    ValueError,
)
"""What Store raises for files that are JSON, yet nothing that it has written.

A file that is not even JSON it puts aside, and tells the user itself.
"""


class EnvoyMemory:
    """What the reader of one entry remembers across restarts (the reader's ``Memory``)."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
        """Start empty; ``async_load`` brings back what was remembered."""
        self._hass = hass
        self._entry = entry
        self._store = _store(hass, entry)
        self._unsubscribe: list[CALLBACK_TYPE] = []
        self.data: dict[str, Any] = {}

    @property
    def token(self) -> str | None:
        """The token in hand, as text; a secret."""
        token = self._entry.data.get(CONF_TOKEN)
        return token if isinstance(token, str) and token else None

    @token.setter
    def token(self, token: str | None) -> None:
        if token != self.token:
            data = {key: value for key, value in self._entry.data.items() if key != CONF_TOKEN}
            if token:
                data[CONF_TOKEN] = token
            self._hass.config_entries.async_update_entry(self._entry, data=data)

    async def async_load(self) -> None:
        """Read the file; one that is missing or damaged leaves the memory empty."""
        try:
            data: object = await self._store.async_load()
        except _NO_FILE_OF_OURS as err:
            LOGGER.warning("What was remembered of %s cannot be read: %s", self._entry.title, err)
            return
        if data is None or isinstance(data, dict):
            self.data = data or {}
        else:
            LOGGER.warning("What was remembered of %s is damaged", self._entry.title)

    @callback
    def changed(self, *, now: bool = False) -> None:
        """Save within ten minutes, or at once when ``now`` is set."""
        if now:
            self._hass.async_create_task(self.async_save(), f"save {self._store.key}")
        elif not self._unsubscribe:
            # Not Store.async_delay_save: each call puts it off again, with a poll a minute for
            # ever, and on older versions it copies the data in a thread while they may change.
            due = HassJob(self._async_due, cancel_on_shutdown=True)
            self._unsubscribe = [
                async_call_later(self._hass, SAVE_DELAY_S, due),
                self._hass.bus.async_listen_once(
                    EVENT_HOMEASSISTANT_FINAL_WRITE, self._async_final_write
                ),
            ]

    async def async_flush(self) -> None:
        """Write the file now if a change is still to be saved."""
        if self._unsubscribe:
            await self.async_save()

    async def async_save(self) -> None:
        """Write the file now."""
        while self._unsubscribe:
            self._unsubscribe.pop()()
        await self._store.async_save(deepcopy(self.data))

    async def _async_due(self, _when: datetime) -> None:
        await self.async_save()

    async def _async_final_write(self, _event: Event) -> None:
        self._unsubscribe.pop()  # this very listener, which the bus has removed already
        await self.async_save()


async def async_forget(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """Remove everything that was kept for an entry, also by the integrations before ours."""
    await _store(hass, entry).async_remove()
    await _former_store(hass, entry).async_remove()


async def async_former_token(hass: HomeAssistant, entry: ConfigEntry[Any]) -> object:
    """Return what an older custom integration has kept as token of an entry, ``None`` if nothing.

    The file stays, for the day when that integration takes over again.
    """
    try:
        data: object = await _former_store(hass, entry).async_load()
    except _NO_FILE_OF_OURS:
        return None
    return data.get("token") if isinstance(data, dict) else None


def _former_store(hass: HomeAssistant, entry: ConfigEntry[Any]) -> Store[Any]:
    return Store(hass, _VERSION, _SEED_KEY.format(entry.entry_id))


def _store(hass: HomeAssistant, entry: ConfigEntry[Any]) -> Store[dict[str, Any]]:
    # Atomic: a crash in the middle of a write must not cost the counters their baselines.
    return Store(hass, _VERSION, f"{DOMAIN}.{entry.entry_id}", atomic_writes=True)
