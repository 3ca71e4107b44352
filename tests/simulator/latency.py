"""How long each page takes, as data (gateway-api.md, 16)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

_PAGES: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "/ivp/meters": (0.06, 0.30),
        "/ivp/livedata/": (0.16, 0.18),
        "/production.json": (0.7, 5.0),
        "/production.json?details=1": (1.8, 5.4),
        "/production": (3.0, 11.1),
        "/api/v1/production": (0.04, 0.37),
        "/api/v1/production/inverters": (0.03, 0.31),
        "/ivp/pdm/energy": (0.04, 0.37),
        "/ivp/pdm/device_data": (0.05, 0.34),
        "/ivp/ensemble/inventory": (0.03, 0.28),
        "/ivp/ensemble/": (0.04, 0.25),
        "/ivp/ss/": (0.04, 0.25),
        "/ivp/sc/": (0.04, 0.25),
        "/inventory.json": (3.0, 6.2),
        "/inventory": (2.1, 5.8),
        "/home": (6.4, 9.3),
        "/admin/lib/tariff": (0.08, 0.32),
        "/info": (0.02, 0.29),
    }
)
"""Seconds on a fast and on a slow network, by the beginning of path and query."""
FAST: Mapping[str, float] = MappingProxyType({key: pair[0] for key, pair in _PAGES.items()})
SLOW: Mapping[str, float] = MappingProxyType({key: pair[1] for key, pair in _PAGES.items()})


@dataclass(slots=True, kw_only=True)
class Latency:
    """How long answers take. Without a table they come at once."""

    table: Mapping[str, float] = field(default_factory=dict)
    """Seconds by the beginning of path and query; the longest key that fits counts."""
    scale: float = 1.0
    """Real seconds for each second of the table."""

    def seconds(self, target: str) -> float:
        """Return how long the answer to a path and query takes, in real seconds."""
        fitting = [key for key in self.table if target.startswith(key)]
        return self.table[max(fitting, key=len)] * self.scale if fitting else 0.0
