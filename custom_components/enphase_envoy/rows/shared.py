"""Rows that several kinds of devices have alike: written once, made for each kind."""

from __future__ import annotations

from ..envoy_reader import Battery, Collar, CombinerController, SystemController
from .descriptions import EnvoySensorDescription, Facts, Rows
from .facts import DETAIL, MEASURED, TIME


def dates[DeviceT: Battery | SystemController | Collar | CombinerController](
    rows: Rows[DeviceT], reported: Facts = DETAIL
) -> tuple[EnvoySensorDescription[DeviceT], ...]:
    """Return when a device reported (less of a detail for some), and since when it is as it is."""
    return (
        rows.sensor("last_reported", lambda device: device.reported_at, TIME, reported),
        rows.sensor("installed", lambda device: device.installed_at, TIME, DETAIL),
        rows.sensor("firmware_loaded", lambda device: device.firmware_loaded_at, TIME, DETAIL),
    )


def comm_levels[DeviceT: Battery | SystemController](
    rows: Rows[DeviceT],
) -> tuple[EnvoySensorDescription[DeviceT], ...]:
    """Return the quality of a device's two radio links."""
    return (
        rows.sensor(
            "comm_level_2_4_ghz", lambda device: device.comm_level_2_4_ghz, MEASURED, DETAIL
        ),
        rows.sensor(
            "comm_level_sub_ghz", lambda device: device.comm_level_sub_ghz, MEASURED, DETAIL
        ),
    )
