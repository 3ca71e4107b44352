"""Parse ``/ivp/ensemble/power``: what each IQ Battery gives or takes, every few seconds.

Source: gateway-api.md, section 12.2; seen on 7.3 to 8.3.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ._json import Row, by_id, json_object, percent, rows, scaled, serial

_MILLI = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class BatteryPower:
    """One IQ Battery; powers are positive when discharging."""

    power_w: float | None = None
    apparent_va: float | None = None
    charge_pct: float | None = None
    """State of charge."""


def parse(body: bytes) -> Mapping[str, BatteryPower]:
    """Return the batteries by serial number.

    The key of their list really ends with a colon; firmware without it would be no surprise.

    Raises EnvoyResponseError when the body is not this page.
    """
    page = json_object(body, "devices:", "devices")
    devices = by_id(
        (*rows(page, "devices:"), *rows(page, "devices")), lambda row: serial(row, "serial_num")
    )
    return MappingProxyType({key: _battery(row) for key, row in devices.items() if key})


def _battery(row: Row) -> BatteryPower:
    return BatteryPower(
        power_w=scaled(row, "real_power_mw", _MILLI),
        apparent_va=scaled(row, "apparent_power_mva", _MILLI),
        charge_pct=percent(row, "soc"),
    )
