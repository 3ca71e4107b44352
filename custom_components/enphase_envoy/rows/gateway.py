"""What the entities of the gateway itself show: its network, its limits, its settings.

Storage mode, reserve and charging from the grid are shown here as they were set, for histories that
hang on them; what is in force, and can be set, is among the controls.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from ..envoy_reader import (
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
from .descriptions import EnvoyBinarySensorDescription, EnvoySensorDescription, Facts, Rows
from .facts import (
    CONNECTIVITY,
    DETAIL,
    MEASURED,
    SECONDS,
    SHARE,
    TIME,
    WATTS,
    short,
    whole,
    words,
)


def _details[PartT](
    section: Section,
    part_fn: Callable[[Snapshot], PartT | None],
    exists_fn: Callable[[GatewayProfile], bool] = lambda _profile: True,
) -> Rows[PartT]:
    """Return what figures of one place have in common; they are details, off at first."""
    return Rows(
        section=section,
        part_fn=lambda snapshot, _serial: part_fn(snapshot),
        facts={"exists_fn": exists_fn, **DETAIL},
    )


def _can(section: Section) -> Callable[[GatewayProfile], bool]:
    return lambda profile: profile.has(section)


def _describes_itself(profile: GatewayProfile) -> bool:
    return profile.firmware is not None  # the oldest show a web page with nothing in it


def _status(snapshot: Snapshot) -> GatewayStatus:
    return snapshot.gateway


_ITSELF: Final = _details(Section.GATEWAY, _status)
_DESCRIPTION: Final = _details(
    Section.GATEWAY, lambda snapshot: snapshot.profile, _describes_itself
)
_TOKEN: Final = _details(
    Section.GATEWAY, lambda snapshot: snapshot.gateway.token, lambda profile: profile.uses_tokens
)
_NETWORK: Final = _details(
    Section.NETWORK, lambda snapshot: snapshot.gateway.surroundings, _can(Section.NETWORK)
)
_WITH_BATTERIES: Final[Facts] = {
    "exists_fn": lambda profile: profile.has(Section.NETWORK) and profile.has_batteries
}
_STORAGE: Final = _details(
    Section.STORAGE_SETTINGS, lambda snapshot: snapshot.storage, _can(Section.STORAGE_SETTINGS)
)
_PRODUCTION_LIMIT: Final = _details(
    Section.PRODUCTION_LIMIT,
    lambda snapshot: snapshot.gateway.production_limit,
    _can(Section.PRODUCTION_LIMIT),
)
_EXPORT_LIMIT: Final = _details(
    Section.EXPORT_LIMIT, lambda snapshot: snapshot.gateway.export_limit, _can(Section.EXPORT_LIMIT)
)
_DYNAMIC_LIMIT: Final = _details(
    Section.DYNAMIC_LIMIT,
    lambda snapshot: snapshot.gateway.dynamic_limit,
    _can(Section.DYNAMIC_LIMIT),
)
_GRID_PROFILE: Final = _details(Section.GRID_PROFILE, _status, _can(Section.GRID_PROFILE))
_POLLING: Final = _details(Section.POLLING, _status, _can(Section.POLLING))
_ACTIVE: Final = _details(Section.ACTIVE_COUNT, _status, _can(Section.ACTIVE_COUNT))

SENSORS: Final[tuple[EnvoySensorDescription[Any], ...]] = (
    _DESCRIPTION.sensor("envoy_software", lambda profile: short(profile.firmware)),
    _ACTIVE.sensor("active_inverter_count", lambda status: status.active_inverters, MEASURED),
    _NETWORK.sensor("network_interface", lambda network: network.link, words(Link)),
    _NETWORK.sensor(
        "address_kind",
        lambda network: None if network.dhcp is None else ("dhcp" if network.dhcp else "static"),
        words(("dhcp", "static")),
    ),
    _NETWORK.sensor("network_signal", lambda network: whole(network.signal_pct), SHARE),
    _NETWORK.sensor("last_cloud_report", lambda network: network.reported_to_cloud_at, TIME),
    _NETWORK.sensor("devices_heard", lambda network: network.all_devices.count, MEASURED),
    _NETWORK.sensor("communication_level", lambda network: network.all_devices.level, MEASURED),
    _NETWORK.sensor("inverters_heard", lambda network: network.inverters.count, MEASURED),
    _NETWORK.sensor(
        "inverter_communication_level", lambda network: network.inverters.level, MEASURED
    ),
    _NETWORK.sensor(
        "battery_communication_level_2_4_ghz",
        lambda network: network.battery_level_2_4_ghz,
        MEASURED,
        _WITH_BATTERIES,
    ),
    _NETWORK.sensor(
        "battery_communication_level_sub_ghz",
        lambda network: network.battery_level_sub_ghz,
        MEASURED,
        _WITH_BATTERIES,
    ),
    _NETWORK.sensor("tariff", lambda network: network.tariff, words(TariffKind)),
    _STORAGE.sensor("storage_mode", lambda storage: storage.mode, words(StorageMode)),
    _STORAGE.sensor("configured_reserve_soc", lambda storage: whole(storage.reserve_pct), SHARE),
    _STORAGE.sensor("very_low_soc", lambda storage: whole(storage.very_low_pct), SHARE),
    _PRODUCTION_LIMIT.sensor("production_limit", lambda limit: whole(limit.limit_pct), SHARE),
    _EXPORT_LIMIT.sensor("export_limit", lambda limit: whole(limit.limit_w), WATTS),
    _EXPORT_LIMIT.sensor("export_limit_share", lambda limit: whole(limit.limit_pct), SHARE),
    _DYNAMIC_LIMIT.sensor("dpel_limit", lambda limit: whole(limit.limit_w), WATTS),
    _DYNAMIC_LIMIT.sensor("dpel_mode", lambda limit: limit.mode, words(DynamicLimitMode)),
    _GRID_PROFILE.sensor("grid_profile", lambda status: short(status.grid_profile)),
    _POLLING.sensor("polling_interval", lambda status: whole(status.polling_interval_s), SECONDS),
    _TOKEN.sensor("token_type", lambda token: token.kind, words(TokenKind)),
    _TOKEN.sensor("token_expires_at", lambda token: token.expires_at, TIME),
    _ITSELF.sensor(
        "clock_drift",
        lambda status: whole(status.clock_drift_s),
        SECONDS,
        exists_fn=_describes_itself,
    ),
    _ITSELF.sensor(
        "requests_per_hour",
        lambda status: whole(status.requests_per_hour),
        MEASURED,
        native_unit_of_measurement="1/h",
    ),
    _ITSELF.sensor(
        "busy_time",
        lambda status: None if status.busy_pct is None else round(status.busy_pct, 1),
        SHARE,
        suggested_display_precision=1,
    ),
)
BINARY_SENSORS: Final[tuple[EnvoyBinarySensorDescription[Any], ...]] = (
    _NETWORK.binary("cloud_connected", lambda network: network.cloud_connected, CONNECTIVITY),
    _NETWORK.binary(
        "update_pending",
        lambda network: None if network.up_to_date is None else not network.up_to_date,
        exists_fn=lambda profile: profile.tells_updates,
    ),
    _STORAGE.binary("charge_from_grid", lambda storage: storage.charge_from_grid),
    _STORAGE.binary("storage_optimised", lambda storage: storage.optimised),
    _PRODUCTION_LIMIT.binary("production_limit_enabled", lambda limit: limit.enabled),
    _EXPORT_LIMIT.binary("export_limit_enabled", lambda limit: limit.enabled),
    _DYNAMIC_LIMIT.binary("dpel_enabled", lambda limit: limit.enabled),
)
