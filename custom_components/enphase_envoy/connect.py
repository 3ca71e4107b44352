"""From what the user has entered to an ``EnvoyReader``: the only place where the two meet."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, Final, cast

import httpx
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import EVENT_HOMEASSISTANT_CLOSE
from homeassistant.core import Event, HomeAssistant
from homeassistant.exceptions import ConfigEntryError
from homeassistant.helpers.httpx_client import get_async_client
from homeassistant.util import dt as dt_util
from homeassistant.util.ssl import get_default_no_verify_context

from . import options
from .const import (
    CONF_ASKS_CODE,
    CONF_HOST,
    CONF_PASSWORD,
    CONF_SERIAL,
    CONF_TOKEN,
    CONF_USE_ENLIGHTEN,
    CONF_USE_MANUAL_TOKEN,
    CONF_USERNAME,
    DOMAIN,
)
from .envoy_reader import Credentials, EnvoyReader, Memory, Timing, clean_host
from .gateway_http import GatewayClient

_REACH_S: Final = 5


def credentials_of(data: Mapping[str, Any]) -> Credentials:
    """Return the way in that entry data describe, whichever integration has written them."""
    # Home Assistant's own integration does not know our box: after it has signed in, the box may be
    # out of date. A token that was not pasted came from the cloud.
    from_cloud = bool(data.get(CONF_USE_ENLIGHTEN) or data.get(CONF_TOKEN))
    return Credentials(
        username=data.get(CONF_USERNAME) or "",
        password=data.get(CONF_PASSWORD) or "",
        use_enlighten=from_cloud and not data.get(CONF_USE_MANUAL_TOKEN),
        asks_code=bool(data.get(CONF_ASKS_CODE)),
    )


def connect(
    hass: HomeAssistant, entry: ConfigEntry[Any], memory: Memory, interval: timedelta
) -> EnvoyReader:
    """Return the reader of a config entry, which is going to be polled every ``interval``.

    Its connections end when the entry is unloaded, or Home Assistant ends. Raises
    ConfigEntryError when the entry, of whatever origin, holds no address.
    """
    try:
        host = clean_host(entry.data.get(CONF_HOST) or "")
    except ValueError as err:
        raise ConfigEntryError(translation_domain=DOMAIN, translation_key="invalid_host") from err
    gateway, writer = _gateway_client(), _writing_client()

    async def close(_event: Event | None = None) -> None:
        await gateway.aclose()
        await writer.aclose()

    entry.async_on_unload(close)
    # No entry is unloaded then.
    entry.async_on_unload(hass.bus.async_listen(EVENT_HOMEASSISTANT_CLOSE, close))
    return EnvoyReader(
        host,
        gateway=gateway,
        writer=writer,
        cloud=_cloud_client(hass),
        credentials=credentials_of(entry.data),
        memory=memory,
        timing=options.timing(entry.options),
        interval_s=interval.total_seconds(),
        serial=entry.unique_id or entry.data.get(CONF_SERIAL) or None,
        zone=dt_util.get_default_time_zone(),
        clock=time.time,  # looked up now, or tests could not set the clock
    )


@asynccontextmanager
async def visit(  # noqa: PLR0913 -- as many as make a reader
    hass: HomeAssistant,
    host: str,
    credentials: Credentials,
    memory: Memory,
    *,
    timing: Timing | None = None,
    serial: str | None = None,
) -> AsyncGenerator[EnvoyReader]:
    """Give a reader for the time of a form, before there is an entry or beside it."""
    async with _gateway_client() as gateway:
        yield EnvoyReader(
            host,
            gateway=gateway,
            cloud=_cloud_client(hass),
            credentials=credentials,
            memory=memory,
            timing=timing or Timing(),
            serial=serial,
            zone=dt_util.get_default_time_zone(),
            clock=time.time,  # as above
        )


async def async_reach_cloud(hass: HomeAssistant, url: str) -> str | dict[str, str]:
    """Return whether the cloud can be reached as for a token, in the form of system health.

    Not by the client that system health has for this: a proxy of the system is not known to it.
    """
    try:
        async with _cloud_client(hass).stream("GET", url, timeout=_REACH_S):
            return "ok"
    except httpx.TimeoutException:
        return {"type": "failed", "error": "timeout"}
    except httpx.HTTPError:
        return {"type": "failed", "error": "unreachable"}


def _cloud_client(hass: HomeAssistant) -> httpx.AsyncClient:
    """Return Home Assistant's HTTP client, of httpx or httpx2."""
    return cast("httpx.AsyncClient", get_async_client(hass))


def _gateway_client() -> httpx.AsyncClient:
    """Return a client of our own: gateways sign their certificates themselves.

    Private, because Home Assistant's shared one keeps cookies by host, and the client that its
    helper makes on demand cannot be closed. A proxy for the internet does not reach the gateway.
    """
    return GatewayClient(get_default_no_verify_context())


def _writing_client() -> httpx.AsyncClient:
    """Return a client for commands, which tells how far a request that failed has come."""
    return httpx.AsyncClient(verify=get_default_no_verify_context(), trust_env=False)
