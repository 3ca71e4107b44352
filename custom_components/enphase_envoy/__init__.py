"""Enphase Envoy and IQ Gateway, read over the local network."""

from __future__ import annotations

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ConfigEntryNotReady
from homeassistant.helpers.device_registry import DeviceEntry

from . import card, notices, options, replacement, statistics
from .connect import connect
from .const import DOMAIN, LOGGER, PLATFORMS
from .coordinator import EnvoyConfigEntry, EnvoyCoordinator, EnvoyRuntime
from .devices import is_gone
from .sign_in import hand_over_logins
from .store import StoredMemory, async_forget
from .takeover import async_complete_entry, counted_changes, follow_sign_in, take_over


async def async_setup_entry(hass: HomeAssistant, entry: EnvoyConfigEntry) -> bool:
    """Set up a gateway: from memory where it has been read before, else once it answers."""
    memory = StoredMemory(hass, entry)
    await memory.async_load()
    hand_over_logins(hass, entry, memory)
    entry.async_on_unload(memory.async_close)
    replacement.settle(hass, entry, memory)
    await notices.async_begin(hass)
    await card.async_offer(hass)
    await statistics.async_begin(hass, entry)
    follow_sign_in(hass, entry)
    interval = options.interval(entry.options)
    reader = connect(hass, entry, memory, interval)
    coordinator = EnvoyCoordinator(
        hass, entry, reader, interval, options.LIVE_PACE.checked(entry.options)
    )
    entry.runtime_data = EnvoyRuntime(coordinator=coordinator)

    if counted_changes(hass, entry):
        reader.count_batteries_from_zero()
    if remembered := reader.remembered():
        coordinator.start_from(remembered)
        take_over(hass, entry, coordinator.data)
        await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
        first = coordinator.async_refresh()
        entry.async_create_background_task(hass, first, f"first collection of {entry.title}")
    else:
        await _async_first_collection(coordinator)
        take_over(hass, entry, coordinator.data)
        await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    return True


async def async_unload_entry(hass: HomeAssistant, entry: EnvoyConfigEntry) -> bool:
    """End live values and unload the entities; the rest ends through ``async_on_unload``."""
    unloaded = await hass.config_entries.async_unload_platforms(entry, PLATFORMS)
    if unloaded:  # only after the switch has gone, which remembers that it was on
        await entry.runtime_data.coordinator.live.async_stop()
    return unloaded


async def async_migrate_entry(hass: HomeAssistant, entry: EnvoyConfigEntry) -> bool:
    """Accept the entries of the integrations before ours: they only differ in the minor version."""
    if entry.version == 1 and entry.minor_version == 1:
        await async_complete_entry(hass, entry)
    return entry.version == 1


async def async_remove_entry(hass: HomeAssistant, entry: EnvoyConfigEntry) -> None:
    """Remove the files, the notices and the card of the entry."""
    notices.forget(hass, entry)
    replacement.forget(hass, entry)
    await card.async_withdraw(hass, entry)
    await async_forget(hass, entry)
    await statistics.async_forget(hass, entry)


async def async_remove_config_entry_device(
    hass: HomeAssistant, entry: EnvoyConfigEntry, device_entry: DeviceEntry
) -> bool:
    """Let the user remove a device if the gateway has just reported that it is gone."""
    if entry.state is not ConfigEntryState.LOADED:
        return False
    coordinator = entry.runtime_data.coordinator
    # Another integration's identifier may have more parts than two.
    asked = {parts[1] for parts in device_entry.identifiers if parts[0] == DOMAIN}
    # A collection that has failed leaves the snapshot of the one before, however old.
    if not coordinator.last_update_success or not is_gone(asked, coordinator.data):
        return False
    for serial in asked:
        coordinator.devices.forget(serial)
    # Seen now, or its entities would not be made again if the next collection brought it back.
    coordinator.async_update_listeners()
    return True


async def _async_first_collection(coordinator: EnvoyCoordinator) -> None:
    try:
        await coordinator.async_config_entry_first_refresh()
    except ConfigEntryNotReady as err:
        # Home Assistant says this where few look; users were taught to search the log for it.
        LOGGER.warning("%s cannot be set up yet: %s", coordinator.name, err.__cause__ or err)
        raise
