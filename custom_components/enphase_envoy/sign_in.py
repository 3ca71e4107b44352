"""Signing in to an account that asks for a code, and how often a person may do that.

A sign-in waits in memory for as long as its form is open. It is never stored: the owner's password
and the cookies that it holds are forgotten with the form.
"""

from __future__ import annotations

import math
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant, callback
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassKey

from .const import DOMAIN
from .envoy_reader import (
    CodeSentBy,
    Credentials,
    EnvoyError,
    LoginLimiter,
    Memory,
    Problem,
    SignIn,
    VolatileMemory,
)
from .store import StoredMemory

_SECTION: Final = "logins"
"""Where a reader's memory keeps the logins."""

_LOGINS: HassKey[dict[str, VolatileMemory]] = HassKey(f"{DOMAIN}_logins")
"""The logins for gateways that have no entry yet, by serial number."""


class CodeSignIn:
    """A sign-in that waits for its code, or has had it."""

    def __init__(self, account: Credentials, sign_in: SignIn) -> None:
        """Go on with a sign-in to ``account``, for which no code has been sent yet."""
        self.account = account
        self.sent_by = CodeSentBy.UNKNOWN
        self.sent_at: datetime | None = None
        self.complete = False
        """Whether the right code was given."""
        self._sign_in = sign_in

    @property
    def pause_s(self) -> int:
        """Seconds until another code may be sent."""
        return math.ceil(self._sign_in.code_pause_s())

    async def async_send(self) -> None:
        """Have a code sent, once the pause is over; raises what ``SignIn`` raises."""
        self.sent_by = await self._sign_in.send_code()
        self.sent_at = dt_util.now()

    async def async_enter(self, code: str) -> None:
        """Give the code; raises what ``SignIn`` raises."""
        await self._sign_in.enter_code(code)
        self.complete = True

    async def async_token(self, serial: str) -> str:
        """Return a token for a gateway, once the sign-in is complete; raises as above."""
        return (await self._sign_in.token(serial)).raw

    def forget(self) -> None:
        """Forget all that is secret: the form is closed, or the cloud has ended the sign-in."""
        self._sign_in.forget()


def has_ended(err: EnvoyError) -> bool:
    """Tell whether the cloud has ended a sign-in, so that only another login helps."""
    unknown = err.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
    return err.problem is Problem.CLOUD_LOCKED or (err.problem is Problem.CLOUD_REFUSED and unknown)


@asynccontextmanager
async def logins_of(
    hass: HomeAssistant, entry: ConfigEntry[Any] | None, serial: str
) -> AsyncGenerator[LoginLimiter]:
    """Give the record of logins for a gateway; that of an entry, if there is one, is stored."""
    if entry is None:
        known = hass.data.setdefault(_LOGINS, {})
        yield LoginLimiter(known.setdefault(serial, VolatileMemory()))
    elif entry.state is ConfigEntryState.LOADED:
        yield entry.runtime_data.coordinator.reader.logins
    else:
        memory = StoredMemory(hass, entry)
        await memory.async_load()
        try:
            yield LoginLimiter(memory)
        finally:
            await memory.async_close()


@callback
def hand_over_logins(hass: HomeAssistant, entry: ConfigEntry[Any], memory: Memory) -> None:
    """Let the record from before there was an entry go on in the memory of the entry."""
    earlier = hass.data.get(_LOGINS, {}).pop(entry.unique_id or "", None)
    if earlier and _SECTION not in memory.data:
        memory.data |= earlier.data


def limit_person(memory: Memory, limiter: LoginLimiter, now: float) -> None:
    """Let a reader with this memory keep to the limits for a person, by the record of logins."""
    memory.data[_SECTION] = {"at": limiter.for_person(now)}
