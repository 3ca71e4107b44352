"""What weeks on a roof have taught the watch over its inverters, without living through them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta

from custom_components.enphase_envoy.envoy_reader import Inverter, JsonValue
from custom_components.enphase_envoy.envoy_reader.watch import PanelWatch
from tests.simulator.site import Site

_HOURS = range(5, 22)
_DAYS = 20


def learned(site: Site, low: Mapping[str, int] | None = None) -> dict[str, dict[str, JsonValue]]:
    """Return the memory of an integration that has watched this site for three weeks.

    ``low`` says for how many days, up to yesterday, an inverter has yielded half of it.
    """
    low = low or {}
    state: dict[str, JsonValue] = {}
    watch = PanelWatch(state)
    today = datetime.combine(site.local_time.date(), time(), site.zone)
    for ago in range(_DAYS, 0, -1):
        midnight = today - timedelta(days=ago)
        for hour in _HOURS:
            at = midnight.timestamp() + 3600 * hour
            sun = max(0.0, math.cos(math.pi * (hour - 13.5) / 14))
            inverters = {
                serial: Inverter(
                    serial=serial,
                    power_w=inverter.peak_w * sun * (0.5 if ago <= low.get(serial, 0) else 1),
                    reported_at=datetime.fromtimestamp(at - 60, UTC) if sun else None,
                )
                for serial, inverter in site.inverters.items()
            }
            watch.update(inverters, at=at, zone=site.zone, fresh=True)
    watch.update({}, at=today.timestamp() + 7200, zone=site.zone, fresh=False)
    return {"watch": state}
