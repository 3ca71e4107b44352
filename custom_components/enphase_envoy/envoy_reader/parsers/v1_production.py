"""Parse ``/api/v1/production``: production of the whole system.

Served from R3.9 on. What it counts depends on the model, and on several firmwares its figures are
zero or stand still; the reader decides when to believe them.
Source: gateway-api.md, section 9.2; seen on 3.9 to 8.3.
"""

from ..models import EnergyFigures
from ._json import Row, json_object, number

_KEYS = ("wattsNow", "wattHoursToday", "wattHoursSevenDays", "wattHoursLifetime")


def parse(body: bytes) -> EnergyFigures:
    """Return production in watts and watt-hours; power can be slightly negative at night.

    Raises EnvoyResponseError when the body is not this page.
    """
    return energy_figures(json_object(body, *_KEYS))


def energy_figures(row: Row) -> EnergyFigures:
    """Return the four figures of an object that is worded as this page is."""
    power, today, seven_days, lifetime = (number(row, key) for key in _KEYS)
    return EnergyFigures(
        power_w=power, today_wh=today, seven_days_wh=seven_days, lifetime_wh=lifetime
    )
