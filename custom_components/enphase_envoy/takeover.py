"""Takes over what the integrations before ours have left, with nothing for the user to do.

Three share our domain: Home Assistant's own, older custom ones, and one for installers. Their
entries differ in what they hold and their entities in some unique ids. What they need stays in
place, so that each of them can go on with the entry when ours is removed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from homeassistant.components.sensor import SensorStateClass
from homeassistant.config_entries import SOURCE_IGNORE, ConfigEntry
from homeassistant.const import PERCENTAGE, Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util

from .connect import credentials_of
from .const import (
    CONF_NAME,
    CONF_PASSWORD,
    CONF_SERIAL,
    CONF_TOKEN,
    CONF_USE_ENLIGHTEN,
    CONF_USE_MANUAL_TOKEN,
    CONF_USERNAME,
    DOMAIN,
    LOGGER,
)
from .devices import SERIALS, DeviceKind
from .entity import EnvoyEntityDescription
from .envoy_reader import EnvoyAuthenticationError, Snapshot, check_token, parse_token
from .store import async_former_token

_UNNAMED: Final = "Envoy"
"""The title of an entry whose gateway was not known yet when it was made."""

_METERED: Final[Mapping[str, str]] = {
    # of older custom integrations
    "pf": "net_ct_powerfactor",
    "consumption_Current": "net_ct_current",
    "production_Current": "production_ct_current",
    "import_index": "lifetime_net_consumption",
    "export_index": "lifetime_net_production",
    # of the variant for installers
    "lifetime_batteries_charged": "lifetime_battery_charged",
    "lifetime_batteries_discharged": "lifetime_battery_discharged",
}
"""Keys of others for what a CT measures, with and without a phase, and ours."""

_KEYS: Final[Mapping[str, str]] = {
    **{
        f"{theirs}{phase}": f"{ours}{phase}"
        for theirs, ours in _METERED.items()
        for phase in ("", "_l1", "_l2", "_l3")
    },
    # of the variant for installers
    "agg_batteries_soc": "total_battery_percentage",
    "agg_batteries_available_energy": "current_battery_capacity",
    "agg_batteries_capacity": "max_capacity",
    "batteries_percentFull": "soc",
    "batteries_power": "real_power_mw",
    "batteries_temperature": "temperature",
    "inverter_data_watts": "",
    "inverter_data_watts_max": "max_reported",
    "inverter_data_last_reading": "last_reported",
    "inverter_data_last_reading_interval": "last_report_duration",
    "inverter_data_lifetime_power": "lifetime_energy",
    "inverter_data_watt_hours_today": "energy_today",
    "inverter_data_dc_voltage": "dc_voltage",
    "inverter_data_dc_current": "dc_current",
    "inverter_data_ac_voltage": "ac_voltage",
    "inverter_data_ac_current": "ac_current",
    "inverter_data_ac_frequency": "ac_frequency",
    "inverter_data_temperature": "temperature",
}
"""Keys of other integrations and our key for the same value. An empty key: the unique id is the
serial number alone.

Only keys that surely mean the same in the same unit (entities.md, 6, 7 and 10). Home Assistant's
own integration has the keys of CTs, too.
"""

_FLAGS: Final[Mapping[str, str]] = {
    # of the variant for installers
    "batteries_communicating": "communicating",
}
"""The same of binary sensors."""
_BY_PLATFORM: Final[Mapping[str, Mapping[str, str]]] = {
    Platform.SENSOR: _KEYS,
    Platform.BINARY_SENSOR: _FLAGS,
}

_BATTERY_COUNTERS: Final = ("_battery_energy_charged", "_battery_energy_discharged")


async def async_complete_entry(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """Add the keys that an entry of another integration lacks, and its stored token.

    No key is removed and only the minor version rises; otherwise the others refuse the entry.
    """
    data = dict(entry.data)
    if token := await _async_token(hass, entry):
        data[CONF_TOKEN] = token
    username = data.get(CONF_USERNAME) or ""
    # Older custom integrations leave the key out when the box is not ticked; the others have no
    # such box. Without the key, a token came from the cloud unless it was pasted. A user name with
    # an @ is a cloud account: no gateway has local users with such names.
    from_cloud = bool(data.get(CONF_TOKEN)) or "@" in username
    pasted = bool(data.get(CONF_USE_MANUAL_TOKEN))
    complete = {
        CONF_NAME: entry.title,
        CONF_USERNAME: "",
        CONF_PASSWORD: "",
        CONF_SERIAL: entry.unique_id or "",
        CONF_USE_ENLIGHTEN: from_cloud and not pasted,
        CONF_USE_MANUAL_TOKEN: pasted,
        **data,
    }
    hass.config_entries.async_update_entry(entry, data=complete, minor_version=2)


@callback
def follow_sign_in(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """Tick our box where Home Assistant's own integration has signed in while we were away.

    Call this before the gateway is read: a refused token is removed from the entry, and with it the
    only sign that there is an account.
    """
    use_enlighten = credentials_of(entry.data).use_enlighten
    if use_enlighten and not entry.data.get(CONF_USE_ENLIGHTEN):
        data = {**entry.data, CONF_USE_ENLIGHTEN: True}
        hass.config_entries.async_update_entry(entry, data=data)


async def _async_token(hass: HomeAssistant, entry: ConfigEntry[Any]) -> str | None:
    """Return the first valid token: of the entry, or of an older integration's file."""
    serial = entry.unique_id or entry.data.get(CONF_SERIAL)
    for text in (entry.data.get(CONF_TOKEN), await async_former_token(hass, entry)):
        if isinstance(text, str) and _serves(text, serial):
            return text
    return None


def _serves(text: str, serial: str | None) -> bool:
    try:
        token = parse_token(text)
        check_token(token, serial or token.serial, dt_util.utcnow().timestamp())
    except EnvoyAuthenticationError:
        return False
    return True


@callback
def take_over(hass: HomeAssistant, entry: ConfigEntry[Any], snapshot: Snapshot) -> None:
    """Take over the entry and its entities, once the gateway and its devices are known.

    To be called when the devices are registered and before the entities are added. Done at every
    start, for the user may have been away with another integration; what is ours stays as it is.
    """
    _name_entry(hass, entry, snapshot.profile.serial)
    _rename(hass, entry, snapshot)
    _move_to_own_devices(hass, entry, snapshot.profile.serial)


def _name_entry(hass: HomeAssistant, entry: ConfigEntry[Any], serial: str) -> None:
    """Add the serial number of the gateway to an entry that had only an address."""
    if entry.unique_id:
        return
    other = hass.config_entries.async_entry_for_domain_unique_id(DOMAIN, serial)
    if other is not None:
        if other.source != SOURCE_IGNORE:
            LOGGER.warning(
                "%s and %s are the same gateway; one of them has to be deleted",
                entry.title,
                other.title,
            )
        return
    hass.config_entries.async_update_entry(
        entry,
        unique_id=serial,
        title=f"Envoy {serial}" if entry.title == _UNNAMED else entry.title,
        data={**entry.data, CONF_SERIAL: serial},
    )


def _rename(hass: HomeAssistant, entry: ConfigEntry[Any], snapshot: Snapshot) -> None:
    """Rename entities of other integrations to our unique ids, so that their histories go on."""
    registry = er.async_get(hass)
    for row in er.async_entries_for_config_entry(registry, entry.entry_id):
        wanted = _wanted_id(row, snapshot)
        if wanted is None or registry.async_get_entity_id(row.domain, DOMAIN, wanted):
            continue
        registry.async_update_entity(row.entity_id, new_unique_id=wanted)


def _wanted_id(row: er.RegistryEntry, snapshot: Snapshot) -> str | None:
    serial, _, key = row.unique_id.partition("_")
    if key:
        new = _BY_PLATFORM.get(row.domain, {}).get(key)
        return None if new is None else f"{serial}_{new}".removesuffix("_")
    if row.domain != Platform.SENSOR:
        return None
    if _is_charge(row, snapshot):
        return f"{serial}_soc"
    # Older custom integrations take AC Batteries, which stand among the inverters, for inverters.
    return f"{serial}_acb_battery_power" if serial in snapshot.ac_batteries else None


def _is_charge(row: er.RegistryEntry, snapshot: Snapshot) -> bool:
    """Say whether a row with a bare serial number is a battery's charge, or an inverter's power.

    Its unit in the registry tells, even while the gateway is silent about its batteries.
    """
    if row.unit_of_measurement:
        return row.unit_of_measurement == PERCENTAGE
    return row.unique_id in snapshot.batteries and row.unique_id not in snapshot.inverters


def _move_to_own_devices(hass: HomeAssistant, entry: ConfigEntry[Any], gateway: str) -> None:
    """Move figures that older integrations show on the gateway to their inverter or battery.

    The new device is where the gateway is, or the room of each figure would be lost.
    """
    devices = dr.async_get(hass)
    by_serial = {
        serial: device
        for device in dr.async_entries_for_config_entry(devices, entry.entry_id)
        for domain, serial, *_ in device.identifiers  # others share devices, with longer ones
        if domain == DOMAIN
    }
    former = by_serial.pop(gateway)
    registry = er.async_get(hass)
    for row in _sensors(registry, entry):
        own = by_serial.get(row.unique_id.partition("_")[0])
        if own is None or row.device_id != former.id:
            continue
        if own.area_id is None:
            devices.async_update_device(own.id, area_id=former.area_id)
        registry.async_update_entity(row.entity_id, device_id=own.id)


@callback
def counted_changes(hass: HomeAssistant, entry: ConfigEntry[Any]) -> bool:
    """Return whether the energies of the batteries were changes so far, which are now counters.

    Older custom integrations show how much the stored energy has changed, and statistics add that
    up. A counter that does not begin at zero would be added as one huge change.
    """
    return any(
        row.unique_id.endswith(_BATTERY_COUNTERS) and is_total(row)
        for row in _sensors(er.async_get(hass), entry)
    )


def is_total(row: er.RegistryEntry) -> bool:
    """Return whether what is recorded of an entity is a sum that may fall."""
    return state_class(row) == SensorStateClass.TOTAL


@callback
def with_former_devices[DescriptionT: EnvoyEntityDescription[Any, Any]](
    hass: HomeAssistant, platform: Platform, descriptions: tuple[DescriptionT, ...]
) -> tuple[DescriptionT, ...]:
    """Return the descriptions, such that devices keep what another integration gave to all of them.

    It gives every dry contact actions, which mean something only where a load is switched.
    """
    registry = er.async_get(hass)

    def with_former(description: DescriptionT) -> DescriptionT:
        serials_fn = description.serials_fn
        if serials_fn is None:
            return description

        def serials(snapshot: Snapshot) -> Collection[str]:
            return [
                serial
                for serial in SERIALS[description.kind](snapshot)
                if serial in serials_fn(snapshot)
                or registry.async_get_entity_id(platform, DOMAIN, f"{serial}_{description.key}")
            ]

        return replace(description, serials_fn=serials)

    return tuple(
        with_former(description) if description.kind is DeviceKind.DRY_CONTACT else description
        for description in descriptions
    )


def state_class(row: er.RegistryEntry) -> object:
    """Return the state class with which an entity was registered."""
    return (row.capabilities or {}).get("state_class")


def _sensors(registry: er.EntityRegistry, entry: ConfigEntry[Any]) -> Iterator[er.RegistryEntry]:
    for row in er.async_entries_for_config_entry(registry, entry.entry_id):
        if row.domain == Platform.SENSOR:
            yield row
