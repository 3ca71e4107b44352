"""Energy counters that remember where they stood at the last midnights."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Protocol

DAYS = 7
"""The gateway's week: today and the six days before it."""


@dataclass(slots=True)
class Counter:
    """A register in watt-hours that only grows."""

    wh: float = 0.0
    midnights: deque[float] = field(default_factory=lambda: deque([0.0] * DAYS, maxlen=DAYS))
    """Its values at the last seven local midnights, the latest one last."""

    def add(self, wh: float) -> None:
        """Count a positive amount; nothing is counted backwards."""
        if wh > 0:
            self.wh += wh

    def mark_midnight(self) -> None:
        """Remember the present value as that of the latest midnight."""
        self.midnights.append(self.wh)

    def move_to(self, wh: float) -> None:
        """Shift the value and the remembered midnights so that the counter stands at ``wh``."""
        shift = wh - self.wh
        self.wh = wh
        self.midnights = deque((mark + shift for mark in self.midnights), maxlen=DAYS)

    @property
    def today_wh(self) -> float:
        """Energy since the latest midnight."""
        return self.wh - self.midnights[-1]

    @property
    def yesterday_wh(self) -> float:
        """Energy between the last two midnights."""
        return self.midnights[-1] - self.midnights[-2]

    @property
    def seven_days_wh(self) -> float:
        """Energy of today and of the six days before."""
        return self.wh - self.midnights[0]


class Figures(Protocol):
    """The figures of one boundary, or of one phase of it, that tests compare with."""

    @property
    def power_w(self) -> float:
        """Active power now."""

    @property
    def lifetime_wh(self) -> float:
        """Energy since commissioning."""

    @property
    def today_wh(self) -> float:
        """Energy since local midnight."""

    @property
    def seven_days_wh(self) -> float:
        """Energy of today and the six days before."""


@dataclass(slots=True)
class Channel:
    """One phase of a boundary: power towards the switchboard and the two energy registers."""

    power_w: float = 0.0
    """Positive towards the switchboard: produced, imported, discharged."""
    delivered: Counter = field(default_factory=Counter)
    """Energy towards the switchboard."""
    received: Counter = field(default_factory=Counter)
    """Energy away from the switchboard."""
    archived_wh: float = 0.0
    """``delivered`` at the last archive moment; the slow pages show this one."""
    archived_received_wh: float = 0.0
    archived_w: float = 0.0
    """Average power of the last complete archive interval."""

    def flow(self, seconds: float) -> None:
        """Count the present power over a time."""
        wh = self.power_w * seconds / 3600
        self.delivered.add(wh)
        self.received.add(-wh)

    def mark_midnight(self) -> None:
        """Begin a new day."""
        self.delivered.mark_midnight()
        self.received.mark_midnight()

    def archive(self, seconds: float) -> None:
        """Keep the registers of this moment for the pages that show the archive."""
        delivered = self.delivered.wh - self.archived_wh
        received = self.received.wh - self.archived_received_wh
        self.archived_w = (delivered - received) * 3600 / seconds
        self.archived_wh = self.delivered.wh
        self.archived_received_wh = self.received.wh

    def move_to(self, delivered_wh: float, received_wh: float) -> None:
        """Let the registers stand at these values, keeping the energies of the past days."""
        self.archived_wh += delivered_wh - self.delivered.wh
        self.archived_received_wh += received_wh - self.received.wh
        self.delivered.move_to(delivered_wh)
        self.received.move_to(received_wh)

    @property
    def lifetime_wh(self) -> float:
        """Energy towards the switchboard since commissioning."""
        return self.delivered.wh

    @property
    def today_wh(self) -> float:
        """Energy towards the switchboard since midnight."""
        return self.delivered.today_wh

    @property
    def seven_days_wh(self) -> float:
        """Energy towards the switchboard of today and the six days before."""
        return self.delivered.seven_days_wh


@dataclass(frozen=True, slots=True)
class ReportedConsumption:
    """Consumption of one phase as a gateway works it out: production plus net.

    It equals the load only where no battery stands behind the clamps (gateway-api.md, 15.4).
    """

    production: Channel
    grid: Channel

    @property
    def power_w(self) -> float:
        """Production and import together."""
        return self.production.power_w + self.grid.power_w

    @property
    def lifetime_wh(self) -> float:
        """Produced, plus imported, minus exported."""
        return self.production.delivered.wh + self.grid.delivered.wh - self.grid.received.wh

    @property
    def today_wh(self) -> float:
        """The same for the time since midnight."""
        return (
            self.production.delivered.today_wh
            + self.grid.delivered.today_wh
            - self.grid.received.today_wh
        )

    @property
    def seven_days_wh(self) -> float:
        """The same for today and the six days before."""
        return (
            self.production.delivered.seven_days_wh
            + self.grid.delivered.seven_days_wh
            - self.grid.received.seven_days_wh
        )


@dataclass(frozen=True, slots=True)
class Flow[ChannelT: Figures]:
    """A boundary of the site: its phases, and their sums."""

    phases: tuple[ChannelT, ...]

    @property
    def power_w(self) -> float:
        """Sum of the phases."""
        return sum(phase.power_w for phase in self.phases)

    @property
    def lifetime_wh(self) -> float:
        """Sum of the phases."""
        return sum(phase.lifetime_wh for phase in self.phases)

    @property
    def today_wh(self) -> float:
        """Sum of the phases."""
        return sum(phase.today_wh for phase in self.phases)

    @property
    def seven_days_wh(self) -> float:
        """Sum of the phases."""
        return sum(phase.seven_days_wh for phase in self.phases)
