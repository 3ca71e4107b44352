"""The devices of a site: inverters, batteries, meters and what switches between them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from .counters import Counter

MeterKind = Literal[
    "production",
    "net-consumption",
    "total-consumption",
    "storage",
    "backfeed",
    "load",
    "evse",
    "pv3p",
]


@dataclass(frozen=True, slots=True)
class Report:
    """What an inverter last told the gateway, and all the gateway knows of it."""

    at: float = 0.0
    """Epoch seconds by the gateway's clock; 0 when it never reported."""
    seconds: float = 0.0
    power_w: float = 0.0
    """Average over the reported interval."""
    joules: float = 0.0
    """Energy of the reported interval."""
    lifetime_wh: float = 0.0


@dataclass(slots=True, kw_only=True)
class Inverter:
    """A microinverter. Set ``power_override_w`` to make it produce something else than the sun."""

    serial: str
    peak_w: float
    phase: int = 0
    offset_s: float = 0.0
    """Where in the common interval it reports; inverters take turns on the power line."""
    alive: bool = True
    """False: it no longer answers the gateway."""
    removed: bool = False
    """True: taken out of the system; the gateway still lists it as deleted."""
    power_override_w: float | None = None
    stopped: bool = False
    """True: its production was switched off."""
    power_w: float = 0.0
    max_w: float = 0.0
    energy: Counter = field(default_factory=Counter)
    report: Report = field(default_factory=Report)
    _pending_j: float = 0.0
    _pending_s: float = 0.0

    @property
    def lifetime_j(self) -> float:
        """Energy since installation, in joules; the gateway learns of it by reports only."""
        return self.energy.wh * 3600

    @property
    def reported_today_wh(self) -> float:
        """Today's energy as far as it was reported."""
        return max(0.0, self.report.lifetime_wh - self.energy.midnights[-1])

    @property
    def reported_seven_days_wh(self) -> float:
        """The energy of today and the six days before, as far as it was reported."""
        return max(0.0, self.report.lifetime_wh - self.energy.midnights[0])

    def face(self, sunshine: float, *, connected: bool = True) -> None:
        """Take the power that belongs to this share of full sunshine."""
        override = self.power_override_w
        power = self.peak_w * sunshine if override is None else override
        off = self.removed or self.stopped or not connected
        self.power_w = 0.0 if off else power

    def produce(self, seconds: float) -> None:
        """Work for a time at the present power."""
        self.energy.add(self.power_w * seconds / 3600)
        self._pending_j += self.power_w * seconds
        self._pending_s += seconds

    def tell(self, at: float) -> None:
        """Report the energy since the last report."""
        if self._pending_s <= 0:
            return
        power = self._pending_j / self._pending_s
        self.report = Report(at, self._pending_s, power, self._pending_j, self.energy.wh)
        self.max_w = max(self.max_w, power)
        self._pending_j = self._pending_s = 0.0

    def move_to(self, lifetime_wh: float) -> None:
        """Let the lifetime counter stand at this value, also in the last report."""
        untold = self.energy.wh - self.report.lifetime_wh
        self.energy.move_to(lifetime_wh)
        old = self.report
        self.report = Report(old.at, old.seconds, old.power_w, old.joules, lifetime_wh - untold)


@dataclass(slots=True, kw_only=True)
class Battery:
    """A battery: an IQ Battery, or an AC Battery of the older kind."""

    serial: str
    capacity_wh: float
    max_w: float
    stored_wh: float
    power_w: float = 0.0
    """Positive when discharging."""
    power_override_w: float | None = None
    temperature_c: int = 21
    health_pct: int = 100
    """What it holds at most, as a share of what it held when new."""
    dc_switch_on: bool = True
    communicating: bool = True
    told_pct: int | None = None
    """Charge that it told last; ``None`` while it communicates."""
    sleep_ordered: bool = False
    asleep: bool = False
    """An AC Battery that is told to sleep only does so with its next report."""
    sleep_band: tuple[int, int] = (0, 0)
    """Lowest and highest charge that it keeps while it sleeps."""

    @property
    def charge_pct(self) -> float:
        """Share of the capacity that is stored."""
        return 100 * self.stored_wh / self.capacity_wh

    @property
    def shown_pct(self) -> int:
        """Charge as far as the gateway knows it."""
        return int(self.charge_pct) if self.told_pct is None else self.told_pct

    def fall_mute(self) -> None:
        """Go on working, without telling the gateway."""
        self.told_pct = self.shown_pct
        self.communicating = False

    def speak_again(self) -> None:
        """Tell the gateway again."""
        self.told_pct = None
        self.communicating = True

    def limits_w(self, seconds: float, reserve_pct: float) -> tuple[float, float]:
        """Return the strongest charge (negative) and discharge possible over a time."""
        if self.asleep:
            return 0.0, 0.0
        hours = max(seconds, 1.0) / 3600
        room = self.capacity_wh - self.stored_wh
        spare = max(0.0, self.stored_wh - self.capacity_wh * reserve_pct / 100)
        return -min(self.max_w, room / hours), min(self.max_w, spare / hours)

    def run(self, seconds: float) -> None:
        """Charge or discharge at the present power."""
        self.stored_wh -= self.power_w * seconds / 3600
        self.stored_wh = min(self.capacity_wh, max(0.0, self.stored_wh))


@dataclass(slots=True, kw_only=True)
class Meter:
    """A current transformer input of the gateway."""

    kind: MeterKind
    eid: int
    first_channel: int
    enabled: bool = True
    status: str = "normal"
    flags: list[str] = field(default_factory=list)


_METER_IDS: dict[str, tuple[int, int]] = {
    "production": (704643328, 1778385169),
    "net-consumption": (704643584, 1778385425),
    "total-consumption": (704643584, 1778385425),
    "storage": (704643840, 1778385681),
    "backfeed": (704644352, 1778386193),
    "load": (704644608, 1778386449),
    "evse": (704644864, 1778386705),
    "pv3p": (704645120, 1778386961),
}


def meter(kind: MeterKind, *, enabled: bool = True) -> Meter:
    """Make a meter with the ids that gateways use for its kind (gateway-api.md, 10.1)."""
    eid, first_channel = _METER_IDS[kind]
    return Meter(kind=kind, eid=eid, first_channel=first_channel, enabled=enabled)


@dataclass(slots=True, kw_only=True)
class Relay:
    """A dry contact of the system controller."""

    id: str
    status: str = "open"
    kind: str = "NONE"
    load_name: str = ""
    mode: str = "manual"
    grid_action: str = "none"
    microgrid_action: str = "none"
    generator_action: str = "none"
    soc_low: float = 30.0
    soc_high: float = 70.0
    load_share: float = 0.3
    """The part of the house's load behind it, where it switches a load."""
    row: dict[str, object] = field(default_factory=dict)
    """Its settings as they were last written, unknown keys included."""

    @property
    def shed_share(self) -> float:
        """The part of the house's load that it keeps off."""
        return self.load_share if self.kind == "LOAD" and self.status == "open" else 0.0


@dataclass(slots=True, kw_only=True)
class Mains:
    """The relay between house and grid, as far as the gateway speaks of it."""

    ordered: str | None = None
    """``open`` or ``closed`` as it was ordered; ``None``: nobody did."""
    open_word: str = "open"
    """What it calls being open: one word or two (gateway-api.md, 12.6)."""
    blocks_sun: bool = False
    """The inverters wait until they trust a grid that has just changed."""


@dataclass(slots=True, kw_only=True)
class PhaseRelay:
    """A Q-Relay: takes the inverters off the phases when the grid is not as it should be."""

    serial: str
    closed: bool = True
    forced: bool = False
    temperature_c: int = 23
    state_changes: int = 4
    communicating: bool = True
    removed: bool = False
    """True: taken out of the system; the gateway still lists it as deleted."""


@dataclass(slots=True, kw_only=True)
class SystemController:
    """An IQ System Controller ("Enpower"): the switch between house and grid."""

    serial: str
    temperature_f: int = 79
    communicating: bool = True


@dataclass(slots=True, kw_only=True)
class Generator:
    """A standby generator behind the system controller."""

    serial: str
    mode: str = "auto"
    running: bool = False
    """Its relay is closed: it feeds the house in the grid's place."""
    exercising: bool = False


@dataclass(slots=True, kw_only=True)
class Uplink:
    """How the gateway is connected to the network and to the cloud."""

    interface: Literal["eth0", "wlan0"] = "eth0"
    dhcp: bool = True
    signal: int = 3
    """Of the radio, 0 to 5."""
    cloud: bool = True
    up_to_date: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class DynamicLimit:
    """A limit that the inverters obey."""

    watts: float
    is_export: bool
    """Whether it limits what is fed in; if not, what is produced."""


@dataclass(slots=True, kw_only=True)
class Limits:
    """What the site may produce and feed in at most; ``None`` where nothing is limited."""

    production_pct: int | None = None
    export_w: float | None = None
    export_pct: float | None = None
    dynamic_w: float | None = None
    dynamic_export: bool = True
    """Whether the installer's limit is one of export; if not, of production."""
    dynamic_set_w: float = 5000.0
    """What the page shows while the installer's limit is off."""
    dynamic_row: dict[str, object] = field(default_factory=dict)
    """The installer's limit as it was last written, unknown keys included."""
    in_force: DynamicLimit | None = None
    """The installer's limit as far as the inverters have taken it over."""
    production_off: bool = False
    """The installer switched the production off."""
