"""What the entities of the gateway itself show: its network, its limits, its settings.

Storage mode, reserve and charging from the grid are only shown here. The unique ids by which Home
Assistant's own integration sets them are of other platforms, and remain free.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from homeassistant.components.binary_sensor import BinarySensorDeviceClass
from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass
from homeassistant.const import PERCENTAGE, EntityCategory, UnitOfPower, UnitOfTime

from .descriptions import EnvoyBinarySensorDescription, EnvoySensorDescription, Shown
from .envoy_reader import (
    Capability,
    DynamicLimitMode,
    GatewayProfile,
    GatewayStatus,
    Link,
    Section,
    Snapshot,
    StorageMode,
    TariffKind,
    TokenKind,
)
from .row_facts import whole

_LONGEST_STATE: Final = 255
"""Characters; Home Assistant refuses states that are longer."""
_MEASURED: Final = {"state_class": SensorStateClass.MEASUREMENT}
_SHARE: Final = {
    "native_unit_of_measurement": PERCENTAGE,
    "suggested_display_precision": 0,
    **_MEASURED,
}
_WATTS: Final = {
    "device_class": SensorDeviceClass.POWER,
    "native_unit_of_measurement": UnitOfPower.WATT,
    "suggested_display_precision": 0,
    **_MEASURED,
}
_SECONDS: Final = {
    "device_class": SensorDeviceClass.DURATION,
    "native_unit_of_measurement": UnitOfTime.SECONDS,
    "suggested_display_precision": 0,
    **_MEASURED,
}
_TIME: Final = {"device_class": SensorDeviceClass.TIMESTAMP}
_FROM_THE_START: Final = {"entity_registry_enabled_default": True}


def _one_of(words: type[StrEnum]) -> dict[str, Any]:
    return {"device_class": SensorDeviceClass.ENUM, "options": [str(word) for word in words]}


def _word(word: StrEnum | None) -> str | None:
    return None if word is None else str(word)


@dataclass(frozen=True, kw_only=True)
class _Group[PartT]:
    """Figures that come from one place, for those who look into things: off at first."""

    section: Section
    part_fn: Callable[[Snapshot], PartT | None]
    exists_fn: Callable[[GatewayProfile], bool] = lambda _profile: True

    def sensor(
        self,
        key: str,
        value_fn: Callable[[PartT], Shown | None],
        **more: Any,  # noqa: ANN401
    ) -> EnvoySensorDescription[PartT]:
        return EnvoySensorDescription[PartT](value_fn=value_fn, **{**self._common(key), **more})

    def binary_sensor(
        self,
        key: str,
        value_fn: Callable[[PartT], bool | None],
        **more: Any,  # noqa: ANN401
    ) -> EnvoyBinarySensorDescription[PartT]:
        return EnvoyBinarySensorDescription[PartT](
            value_fn=value_fn, **{**self._common(key), **more}
        )

    def _common(self, key: str) -> dict[str, Any]:
        return {
            "key": key,
            "translation_key": key,
            "object_id": f"envoy_{{gateway}}_{key}",
            "section": self.section,
            "part_fn": lambda snapshot, _serial: self.part_fn(snapshot),
            "exists_fn": self.exists_fn,
            "entity_category": EntityCategory.DIAGNOSTIC,
            "entity_registry_enabled_default": False,
        }


def _status(snapshot: Snapshot) -> GatewayStatus:
    return snapshot.gateway


def _describes_itself(profile: GatewayProfile) -> bool:
    return profile.firmware is not None  # the oldest show a web page with nothing in it


_ITSELF: Final = _Group(section=Section.GATEWAY, part_fn=_status)
_CLOCK: Final = _Group(section=Section.GATEWAY, part_fn=_status, exists_fn=_describes_itself)
_DESCRIPTION: Final = _Group(
    section=Section.GATEWAY,
    part_fn=lambda snapshot: snapshot.profile,
    exists_fn=_describes_itself,
)
_TOKEN: Final = _Group(
    section=Section.GATEWAY,
    part_fn=lambda snapshot: snapshot.gateway.token,
    exists_fn=lambda profile: profile.uses_tokens,
)
_NETWORK: Final = _Group(
    section=Section.NETWORK,
    part_fn=lambda snapshot: snapshot.gateway.surroundings,
    exists_fn=lambda profile: profile.has(Capability.NETWORK),
)
_UPDATES: Final = _Group(
    section=Section.NETWORK,
    part_fn=lambda snapshot: snapshot.gateway.surroundings,
    exists_fn=lambda profile: profile.has(Capability.UPDATES),
)
_BATTERY_NETWORK: Final = _Group(
    section=Section.NETWORK,
    part_fn=lambda snapshot: snapshot.gateway.surroundings,
    exists_fn=lambda profile: profile.has(Capability.NETWORK) and profile.has_batteries,
)
_STORAGE: Final = _Group(
    section=Section.STORAGE_SETTINGS,
    part_fn=lambda snapshot: snapshot.storage,
    exists_fn=lambda profile: profile.has(Capability.STORAGE_SETTINGS),
)
_PRODUCTION_LIMIT: Final = _Group(
    section=Section.PRODUCTION_LIMIT,
    part_fn=lambda snapshot: snapshot.gateway.production_limit,
    exists_fn=lambda profile: profile.has(Capability.PRODUCTION_LIMIT),
)
_EXPORT_LIMIT: Final = _Group(
    section=Section.EXPORT_LIMIT,
    part_fn=lambda snapshot: snapshot.gateway.export_limit,
    exists_fn=lambda profile: profile.has(Capability.EXPORT_LIMIT),
)
_DYNAMIC_LIMIT: Final = _Group(
    section=Section.DYNAMIC_LIMIT,
    part_fn=lambda snapshot: snapshot.gateway.dynamic_limit,
    exists_fn=lambda profile: profile.has(Capability.DYNAMIC_LIMIT),
)
_GRID_PROFILE: Final = _Group(
    section=Section.GRID_PROFILE,
    part_fn=_status,
    exists_fn=lambda profile: profile.has(Capability.GRID_PROFILE),
)
_POLLING: Final = _Group(
    section=Section.POLLING,
    part_fn=_status,
    exists_fn=lambda profile: profile.has(Capability.POLLING),
)
_ACTIVE: Final = _Group(
    section=Section.ACTIVE_COUNT,
    part_fn=_status,
    exists_fn=lambda profile: profile.has(Capability.ACTIVE_COUNT),
)

SENSORS: Final[tuple[EnvoySensorDescription[Any], ...]] = (
    _DESCRIPTION.sensor(
        "envoy_software", lambda profile: (profile.firmware or "")[:_LONGEST_STATE] or None
    ),
    _ACTIVE.sensor("active_inverter_count", lambda status: status.active_inverters, **_MEASURED),
    _NETWORK.sensor("network_interface", lambda network: _word(network.link), **_one_of(Link)),
    _NETWORK.sensor(
        "address_kind",
        lambda network: None if network.dhcp is None else ("dhcp" if network.dhcp else "static"),
        device_class=SensorDeviceClass.ENUM,
        options=["dhcp", "static"],
    ),
    _NETWORK.sensor("network_signal", lambda network: whole(network.signal_pct), **_SHARE),
    _NETWORK.sensor("last_cloud_report", lambda network: network.reported_to_cloud_at, **_TIME),
    _NETWORK.sensor("devices_heard", lambda network: network.all_devices.count, **_MEASURED),
    _NETWORK.sensor("communication_level", lambda network: network.all_devices.level, **_MEASURED),
    _NETWORK.sensor("inverters_heard", lambda network: network.inverters.count, **_MEASURED),
    _NETWORK.sensor(
        "inverter_communication_level", lambda network: network.inverters.level, **_MEASURED
    ),
    _BATTERY_NETWORK.sensor(
        "battery_communication_level_2_4_ghz",
        lambda network: network.battery_level_2_4_ghz,
        **_MEASURED,
    ),
    _BATTERY_NETWORK.sensor(
        "battery_communication_level_sub_ghz",
        lambda network: network.battery_level_sub_ghz,
        **_MEASURED,
    ),
    _NETWORK.sensor("tariff", lambda network: _word(network.tariff), **_one_of(TariffKind)),
    _STORAGE.sensor(
        "storage_mode",
        lambda storage: _word(storage.mode),
        **_one_of(StorageMode),
        **_FROM_THE_START,
    ),
    _STORAGE.sensor("configured_reserve_soc", lambda storage: whole(storage.reserve_pct), **_SHARE),
    _STORAGE.sensor("very_low_soc", lambda storage: whole(storage.very_low_pct), **_SHARE),
    _PRODUCTION_LIMIT.sensor("production_limit", lambda limit: whole(limit.limit_pct), **_SHARE),
    _EXPORT_LIMIT.sensor("export_limit", lambda limit: whole(limit.limit_w), **_WATTS),
    _EXPORT_LIMIT.sensor("export_limit_share", lambda limit: whole(limit.limit_pct), **_SHARE),
    _DYNAMIC_LIMIT.sensor("dpel_limit", lambda limit: whole(limit.limit_w), **_WATTS),
    _DYNAMIC_LIMIT.sensor(
        "dpel_mode", lambda limit: _word(limit.mode), **_one_of(DynamicLimitMode)
    ),
    _GRID_PROFILE.sensor(
        "grid_profile",
        lambda status: status.grid_profile and status.grid_profile[:_LONGEST_STATE],
    ),
    _POLLING.sensor(
        "polling_interval", lambda status: whole(status.polling_interval_s), **_SECONDS
    ),
    _TOKEN.sensor("token_type", lambda token: token.kind, **_one_of(TokenKind)),
    _TOKEN.sensor("token_expires_at", lambda token: token.expires_at, **_TIME),
    _CLOCK.sensor("clock_drift", lambda status: whole(status.clock_drift_s), **_SECONDS),
    _ITSELF.sensor(
        "requests_per_hour",
        lambda status: whole(status.requests_per_hour),
        native_unit_of_measurement="1/h",
        **_MEASURED,
    ),
    _ITSELF.sensor(
        "busy_time",
        lambda status: None if status.busy_pct is None else round(status.busy_pct, 1),
        **{**_SHARE, "suggested_display_precision": 1},
    ),
)
BINARY_SENSORS: Final[tuple[EnvoyBinarySensorDescription[Any], ...]] = (
    _NETWORK.binary_sensor(
        "cloud_connected",
        lambda network: network.cloud_connected,
        device_class=BinarySensorDeviceClass.CONNECTIVITY,
    ),
    _UPDATES.binary_sensor(
        "update_pending",
        lambda network: None if network.up_to_date is None else not network.up_to_date,
    ),
    _STORAGE.binary_sensor(
        "charge_from_grid", lambda storage: storage.charge_from_grid, **_FROM_THE_START
    ),
    _STORAGE.binary_sensor("storage_optimised", lambda storage: storage.optimised),
    _PRODUCTION_LIMIT.binary_sensor("production_limit_enabled", lambda limit: limit.enabled),
    _EXPORT_LIMIT.binary_sensor("export_limit_enabled", lambda limit: limit.enabled),
    _DYNAMIC_LIMIT.binary_sensor("dpel_enabled", lambda limit: limit.enabled),
)
