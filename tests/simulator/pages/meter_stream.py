"""``/stream/meter``: all clamps once a second (gateway-api.md, 13.3)."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

from .view import View, frequency, milli, voltage

if TYPE_CHECKING:
    from ..counters import Figures

_NOTHING = {"p": 0.0, "q": 0.0, "s": 0.0, "v": 0.0, "i": 0.0, "pf": 0.0, "f": 0.0}


def frame(view: View) -> bytes:
    """Return what one line says; a clamp that is not there shows zeros."""
    site = view.site
    made = site.production.phases if view.meter("production") else ()
    measures = view.meter("net-consumption", "total-consumption") is not None
    page = {
        "production": _phases(view, made),
        "net-consumption": _phases(view, site.grid.phases if measures else ()),
        "total-consumption": _phases(view, site.consumption.phases if measures else ()),
    }
    return json.dumps(page).encode()


def _phases(view: View, phases: tuple[Figures, ...]) -> dict[str, dict[str, float]]:
    rows = {f"ph-{letter}": _NOTHING for letter in "abc"}
    for index, (name, phase) in enumerate(zip(rows, phases, strict=False)):
        rows[name] = _figures(view, index, phase.power_w)
    return rows


def _figures(view: View, index: int, power_w: float) -> dict[str, float]:
    volts = voltage(view, index)
    return {
        "p": milli(power_w),
        "q": milli(abs(power_w) * 0.1),
        "s": milli(power_w * 1.04),
        "v": milli(volts),
        "i": milli(power_w * 1.04 / volts),
        "pf": math.copysign(0.96, power_w) if power_w else 0.0,
        "f": milli(frequency(view)),
    }
