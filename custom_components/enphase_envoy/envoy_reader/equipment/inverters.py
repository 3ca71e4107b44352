"""Microinverters."""

from __future__ import annotations

from dataclasses import dataclass

from .device import Device


@dataclass(frozen=True, slots=True, kw_only=True)
class Inverter(Device):
    """A microinverter as it last reported (every 5 to 15 minutes by day, not at night).

    Every gateway lists powers and the last report; the rest is known where ``detailed`` says so.
    """

    power_w: float | None = None
    """Average active power over the reported interval."""
    max_power_w: float | None = None
    """Highest power reported since installation."""
    detailed: bool = False
    """Whether a page says more of it than the list does."""
    interval_s: float | None = None
    """Length of the reported interval, 300 or some 900 seconds."""
    interval_wh: float | None = None
    """Energy of the reported interval."""
    today_wh: float | None = None
    yesterday_wh: float | None = None
    week_wh: float | None = None
    """Of the six days before and of today."""
    lifetime_wh: float | None = None
    """A counter that only grows; in joules at its source, with 64 bits (section 11.2)."""
    dc_voltage_v: float | None = None
    """Of the solar panel, like the current."""
    dc_current_a: float | None = None
    ac_voltage_v: float | None = None
    ac_current_a: float | None = None
    frequency_hz: float | None = None
    temperature_c: float | None = None
    conversion_error_s: float | None = None
    """Seconds of the reported interval with an error in the conversion of power."""
    conversion_error_cycles: float | None = None
    """Longest such error of the interval, in cycles of the grid."""
    gone: bool | None = None
    """Whether the gateway misses it, which is normal at night."""
    producing: bool | None = None
