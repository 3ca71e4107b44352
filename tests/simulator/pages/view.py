"""What a page is made from, and the small helpers of all pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

if TYPE_CHECKING:
    from ..firmware import Firmware, Quirk
    from ..hardware import Meter
    from ..site import Site

WRAP_J = 2**32
"""Where a 32-bit counter of joules begins again."""


@dataclass(frozen=True, slots=True)
class View:
    """The truth, the firmware that shows it, and what was asked for."""

    site: Site
    firmware: Firmware
    path: str = "/"
    query: str = ""

    def shows(self, quirk: Quirk) -> bool:
        """Whether the firmware makes this mistake."""
        return quirk in self.firmware.quirks

    def asks(self, name: str, value: str) -> bool:
        """Whether the query sets a parameter to a value."""
        return value in parse_qs(self.query).get(name, [])

    @property
    def odd_minute(self) -> bool:
        """Every other minute; mistakes that come and go keep to it, so that tests can meet them."""
        return int(self.site.now // 60) % 2 == 1

    def meter(self, *kinds: str) -> Meter | None:
        """Return the enabled meter of one of these kinds."""
        fitting = (meter for meter in self.site.meters if meter.enabled and meter.kind in kinds)
        return next(fitting, None)


def milli(value: float) -> float:
    """Round to the three decimals that gateways write."""
    return round(value, 3)


def voltage(view: View, phase: int) -> float:
    """Return the voltage of a phase, a little different on each."""
    return view.site.plan.volts + 0.7 * phase + 0.4


def frequency(view: View) -> float:
    """Return the grid frequency, in the steps of a sixteenth that meters know."""
    return view.site.plan.hertz + 0.0625 if view.site.grid_connected else view.site.plan.hertz
