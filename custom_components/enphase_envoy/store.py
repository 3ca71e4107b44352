"""The reader's memory: a file of Home Assistant's storage for each entry, and a spare copy.

A counter that was once continued over a wrap or a new meter cannot be rebuilt from the gateway, so
one file damaged by a worn-out SD card must not lose it. The copy is written after the file, never
at the same time.

The token is not in this file. It is in the config entry, where Home Assistant's own integration
looks for it, so that the built-in integration can go on with our entry.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import EVENT_HOMEASSISTANT_FINAL_WRITE
from homeassistant.core import CALLBACK_TYPE, Event, HassJob, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.event import async_call_later
from homeassistant.helpers.json import json_bytes, json_fragment
from homeassistant.helpers.storage import Store

from .const import CONF_TOKEN, DOMAIN, LOGGER

SAVE_DELAY_S: Final = 600
"""How long a change that can wait may stay unsaved: SD cards wear out by writing."""

_VERSION: Final = 1
CLEAN: Final = "clean"
"""True in a file that was written when Home Assistant stopped: no newer value was ever shown."""
_SEED_KEY: Final = "envoy.{}"
"""Where older custom integrations kept the token of an entry."""

_NO_FILE_OF_OURS: Final = (
    HomeAssistantError,
    NotImplementedError,
    KeyError,
    TypeError,
    ValueError,
    OSError,
)
"""What Store raises for valid JSON that is not in Store's own format, or for a path that is no
file.

Store renames a file that is not JSON and tells the user; the renaming can fail, too.
"""


class StoredMemory:
    """What the reader of one entry remembers across restarts (the reader's ``Memory``)."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
        """Start empty; ``async_load`` brings back what was remembered."""
        self._hass = hass
        self._entry = entry
        self._stores = _stores(hass, entry)
        self._due: list[CALLBACK_TYPE] = []
        self.data: dict[str, Any] = {}
        self.clean = False
        self._stop: list[CALLBACK_TYPE] = []

    @property
    def token(self) -> str | None:
        """The current token, as text; a secret."""
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
        """Read the file, or else its copy; start empty when both are missing or damaged.

        Never raises: an entry without a memory still works, once its gateway answers. From now on
        the file is written each time Home Assistant stops, even without a change: the next start
        does not trust a file without the mark of a clean stop.
        """
        self._stop = [
            self._hass.bus.async_listen_once(
                EVENT_HOMEASSISTANT_FINAL_WRITE, self._async_final_write
            )
        ]
        data, trouble = await _async_first(self._stores)
        self.clean = data.pop(CLEAN, None) is True
        self.data = data
        if trouble:
            LOGGER.warning(
                "What was remembered of %s cannot be read: %s", self._entry.title, trouble
            )

    @callback
    def changed(self, *, now: bool = False) -> None:
        """Save within ten minutes, or at once when ``now`` is set."""
        if now:
            self._hass.async_create_task(self.async_save(), f"save {self._stores[0].key}")
        elif not self._due:
            # Not Store.async_delay_save: each call puts it off again, with a poll a minute for
            # ever, and on older versions it copies the data in a thread while they may change.
            due = HassJob(self._async_due, cancel_on_shutdown=True)
            self._due = [async_call_later(self._hass, SAVE_DELAY_S, due)]

    async def async_close(self) -> None:
        """Write the file last: after that, no newer value is shown."""
        while self._stop:
            self._stop.pop()()
        await self._async_write(last=True)

    async def async_save(self) -> None:
        """Write the file and its copy now; Home Assistant itself reports a full disk."""
        await self._async_write(last=False)

    async def _async_write(self, *, last: bool) -> None:
        while self._due:
            self._due.pop()()
        data = {**self.data, CLEAN: True} if last and self.clean else self.data
        # As JSON, since the data may change while they are written. Both files hold the same.
        written: Any = json_fragment(json_bytes(data))
        for store in self._stores:
            await store.async_save(written)

    async def _async_due(self, _when: datetime) -> None:
        await self.async_save()

    async def _async_final_write(self, _event: Event) -> None:
        self._stop.clear()  # the listener that called us: the bus has removed it already
        await self._async_write(last=True)


async def _async_first(stores: tuple[Store[dict[str, Any]], ...]) -> tuple[dict[str, Any], object]:
    """Return the first file that can be read, and what is wrong with the one before it."""
    trouble: object = None
    for store in stores:
        try:
            data: object = await store.async_load()
        except _NO_FILE_OF_OURS as err:
            trouble = trouble or err
            continue
        if data and isinstance(data, dict):
            return data, trouble
        trouble = trouble or (data and "it is damaged")
    return {}, trouble


async def async_read(hass: HomeAssistant, entry: ConfigEntry[Any]) -> dict[str, Any]:
    """Return what was stored of an entry that is not loaded, its mark ``CLEAN`` included."""
    data, _ = await _async_first(_stores(hass, entry))
    return data


async def async_write(hass: HomeAssistant, entry: ConfigEntry[Any], data: dict[str, Any]) -> None:
    """Store other data of an entry that is not loaded, and their copy."""
    for store in _stores(hass, entry):
        await store.async_save(data)


async def async_forget(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """Remove everything that was kept for an entry, also by the integrations before ours."""
    await async_forget_ours(hass, entry)
    await _former_store(hass, entry).async_remove()


async def async_forget_ours(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """Remove the file that we have kept for an entry, and its copy."""
    for store in _stores(hass, entry):
        await store.async_remove()


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


def _stores(hass: HomeAssistant, entry: ConfigEntry[Any]) -> tuple[Store[dict[str, Any]], ...]:
    """Return the file of an entry and its copy."""
    key = f"{DOMAIN}.{entry.entry_id}"
    # Atomic: a crash in the middle of a write must not cost the counters their baselines.
    return tuple(Store(hass, _VERSION, name, atomic_writes=True) for name in (key, f"{key}.spare"))
