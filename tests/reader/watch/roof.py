"""A roof for a year: sun, weather, snow, shade, faults, and a gateway that reports of it.

It shares nothing with the watch. Time runs in steps of one report interval; what a step brings is
the page that the gateway would show at its end.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, tzinfo
from math import asin, atan2, cos, degrees, exp, pi, radians, sin
from random import Random
from typing import Final
from zoneinfo import ZoneInfo

from custom_components.enphase_envoy.envoy_reader.equipment import Inverter

DIRECTIONS: Final = (90.0, 180.0, 270.0, 0.0)
CLIPPED_W: Final = 330.0
AWAKE_W: Final = 1.5
"""An inverter that gets less from its panel sleeps, and reports nothing."""
POORLY_HEARD: Final = frozenset({4, 13, 33})
"""Panels far down the power line, of whose reports three in ten get lost."""
HEALED_AFTER: Final = 14
"""Producing days after which somebody repairs a fault."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the roof is."""

    latitude: float
    zone: tzinfo
    longitude: float
    snowfalls: int
    """In a winter."""


NORTH: Final = Place(latitude=52.0, longitude=10.0, zone=ZoneInfo("Europe/Berlin"), snowfalls=5)
SOUTH: Final = Place(latitude=35.0, longitude=-80.0, zone=ZoneInfo("America/New_York"), snowfalls=2)


@dataclass(slots=True, kw_only=True)
class Fault:
    """Something that breaks."""

    kind: str
    """``dead``, ``half``, ``diode``, ``silent``, ``replaced`` or ``breaker``."""
    panels: tuple[int, ...]
    day: int
    hour: float
    producing_days: int = 0
    """Days since, on which the panels would have produced and nothing else disturbed them."""
    healed_on: int | None = None


@dataclass(slots=True, kw_only=True)
class Panel:
    """One solar panel with its inverter."""

    serial: str
    azimuth: float
    tilt: float
    peak_w: float
    stagger_s: float
    shade: tuple[float, float, float] | None = None
    """Azimuth of an obstacle, its half width and its height, in degrees."""
    grows: float = 0.0
    """Degrees in a year by which the obstacle grows."""
    soils: float = 0.0
    """Part of its yield that it loses in a year."""
    snow: float = 0.0
    """Part that is covered."""
    thaws: float = 0.0
    """Part that becomes free in a day."""
    lifetime_wh: float = 500_000.0
    today_wh: float = 0.0
    healthy_wh: float = 0.0
    """What it would have made today without a fault."""
    usual_wh: float = 0.0
    """Moving average of that."""
    shown: Inverter | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What a collection reads."""

    at: float
    inverters: Mapping[str, Inverter]
    limited: bool = False


@dataclass
class Roof:
    """Forty panels in four directions through a year."""

    seed: int
    place: Place
    detailed: bool
    step_s: int = 900
    days: int = 365
    faults: list[Fault] = field(default_factory=list)
    panels: list[Panel] = field(default_factory=list)
    day: int = 0
    disturbed: bool = False
    """Whether today was no day to judge anybody by: snow, or hours that nobody watched."""

    def __post_init__(self) -> None:
        """Build the roof."""
        self.random = Random(self.seed)  # noqa: S311 -- repeatable weather is wanted
        self.start = datetime(2025, 1, 1, tzinfo=self.place.zone) + timedelta(
            days=self.random.randrange(365)
        )
        self.panels = [self._panel(number) for number in range(40)]
        if not self.faults:
            self.faults = self._plan()
        self.snowfalls = self._snowfalls()

    def _panel(self, number: int) -> Panel:
        rng = self.random
        panel = Panel(
            serial=f"4821{self.seed % 1000:03d}{number:05d}",
            azimuth=DIRECTIONS[number % 4],
            tilt=35.0,
            peak_w=400.0 * rng.uniform(0.96, 1.04),
            stagger_s=rng.uniform(0, self.step_s),
        )
        if rng.random() < 0.35:
            panel.shade = (rng.uniform(80, 280), rng.uniform(10, 40), rng.uniform(10, 35))
        if number in {3, 17} and panel.shade is not None:
            panel.grows = 4.0
        if number in {6, 21}:
            panel.soils = 0.12
        return panel

    def _plan(self) -> list[Fault]:
        """Plant faults at any time after the first month, none twice on a panel."""
        rng = self.random
        free = list(range(40))
        rng.shuffle(free)
        kinds = ["dead", "dead", "half", "half", "diode", "diode", "silent", "replaced", "breaker"]
        faults = []
        for kind in kinds:
            size = 12 if kind == "breaker" else 1
            panels, free = tuple(free[:size]), free[size:]
            day, hour = rng.randrange(30, self.days - 60), rng.uniform(0, 24)
            faults.append(Fault(kind=kind, panels=panels, day=day, hour=hour))
        return faults

    def _snowfalls(self) -> set[int]:
        winter = [
            day
            for day in range(self.days)
            if (self.start + timedelta(days=day)).month in {12, 1, 2, 3}
        ]
        return set(self.random.sample(winter, min(len(winter), self.place.snowfalls)))

    def pages(self) -> Iterator[Page]:
        """Yield what a collection every interval reads, nights in short."""
        weather = 0.5
        for day in range(self.days):
            self.day = day
            rng = self.random
            weather = min(1.0, max(0.0, 0.6 * weather + 0.4 * rng.random() + rng.gauss(0, 0.18)))
            self._snow(weather)
            yield from self._one_day(weather)
            self._judge_truth()

    def _one_day(self, weather: float) -> Iterator[Page]:
        rng = self.random
        midnight = self.start + timedelta(days=self.day)
        begin = midnight.timestamp()
        overcast, fast = 1 - weather, 4 * weather * (1 - weather)
        missed = self._missed_hours()
        curtailed = self._curtailed()
        stuck_until = 0.0
        cover = 0.0
        for panel in self.panels:
            panel.today_wh = panel.healthy_wh = 0.0
        for step in range(86400 // self.step_s):
            at = begin + (step + 1) * self.step_s
            hour = (step + 0.5) * self.step_s / 3600
            sun = self._sun(at - self.step_s / 2)
            cover = 0.7 * cover + 0.3 * rng.random()
            clear = min(1.0, max(0.0, 1 - overcast - fast * (cover - 0.3)))
            if sun is not None:
                self._produce(at, hour, sun, clear, fast, curtailed)
            hidden = missed[0] <= hour < missed[1]
            stuck_until = at + rng.uniform(900, 3600) if rng.random() < 0.004 else stuck_until
            if hidden or at < stuck_until or (sun is None and step % 8):
                continue
            known = bool(curtailed and curtailed[3] and curtailed[0] <= hour < curtailed[1])
            empty = sun is None and hour % 4 < 1 and rng.random() < 0.5
            yield Page(
                at=at,
                inverters={} if empty else self._listed(at, asleep=sun is None),
                limited=known,
            )

    def _missed_hours(self) -> tuple[float, float]:
        rng = self.random
        length = 0.0
        chance = rng.random()
        if chance < 0.05:
            length = rng.uniform(1, 8)
        elif chance < 0.06:
            length = 24.0
        begin = rng.uniform(0, 24 - length)
        self.disturbed = length > 3
        return begin, begin + length

    def _curtailed(self) -> tuple[float, float, float, bool] | None:
        """Return from and until when all are held back, how far, and whether that is known."""
        rng = self.random
        if rng.random() > 0.08:
            return None
        begin = rng.uniform(9, 14)
        return begin, begin + rng.uniform(0.5, 5), rng.uniform(0, 160), rng.random() < 0.5

    def _snow(self, weather: float) -> None:
        rng = self.random
        falls = self.day in self.snowfalls
        slow = rng.uniform(0.4, 1.2)
        covered = 0
        for panel in self.panels:
            panel.snow = max(0.0, panel.snow - panel.thaws * (0.4 + weather))
            if falls:
                panel.snow = min(1.0, panel.snow + rng.uniform(0.3, 1.6))
                panel.thaws = rng.uniform(0.3, 2.0) * slow * (0.6 if panel.azimuth == 0 else 1.0)
            covered += panel.snow > 0
        self.snowed = covered >= 3

    def _sun(self, at: float) -> tuple[float, float, float] | None:
        """Return elevation and azimuth in degrees and direct sunshine in W/m²; at night nothing."""
        moment = datetime.fromtimestamp(at, UTC)
        of_year = moment.timetuple().tm_yday
        declination = radians(-23.44 * cos(2 * pi * (of_year + 10) / 365))
        hours = moment.hour + moment.minute / 60 + self.place.longitude / 15
        angle = radians(15 * (hours - 12))
        latitude = radians(self.place.latitude)
        height = sin(latitude) * sin(declination) + cos(latitude) * cos(declination) * cos(angle)
        if height <= 0.01:
            return None
        azimuth = atan2(
            sin(angle),
            cos(angle) * sin(latitude) - sin(declination) / cos(declination) * cos(latitude),
        )
        return degrees(asin(height)), 180 + degrees(azimuth), 1361 * 0.7 ** (height**-0.678)

    def _produce(  # noqa: PLR0913, PLR0917  one interval
        self,
        at: float,
        hour: float,
        sun: tuple[float, float, float],
        clear: float,
        fast: float,
        curtailed: tuple[float, float, float, bool] | None,
    ) -> None:
        """Let every panel produce for an interval."""
        elevation, azimuth, beam = sun
        rng = self.random
        up = radians(elevation)
        beam *= clear
        sky = (
            (60 + 90 * sin(up))
            * (0.5 + clear * (1 - clear) * 3 + 0.4 * (1 - clear))
            * min(1.0, elevation / 8)
            * (0.25 + 0.75 * min(1.0, clear + 0.35))
        )
        facing = {
            direction: max(
                0.0,
                sin(up) * cos(radians(35))
                + cos(up) * sin(radians(35)) * cos(radians(azimuth - direction)),
            )
            for direction in DIRECTIONS
        }
        cap = curtailed[2] if curtailed and curtailed[0] <= hour < curtailed[1] else None
        year = self.day / 365
        broken = self._at_fault(hour)
        for number, panel in enumerate(self.panels):
            direct = beam * facing[panel.azimuth]
            if panel.shade and direct:
                direct *= 1 - self._shaded(panel, azimuth, elevation, year)
            edges = 1 + fast * 0.15 * rng.gauss(0, 1) if fast > 0.2 else 1.0
            light = max(0.0, direct * edges + 0.91 * sky)
            power = panel.peak_w * light / 1000 * (1 - panel.soils * year)
            if panel.snow:
                power *= max(0.0, 1 - panel.snow) ** 1.5
            power = min(power * rng.uniform(0.985, 1.0), CLIPPED_W)
            if cap is not None:
                power = min(power, cap * rng.uniform(0.9, 1.1))
            panel.healthy_wh += power * self.step_s / 3600
            lost = rng.random() < (0.3 if number in POORLY_HEARD else 0.01)
            self._report(panel, at, power, kind=broken.get(number, ""), lost=lost)

    def _shaded(self, panel: Panel, azimuth: float, elevation: float, year: float) -> float:
        """Return the part of the direct light that an obstacle takes; its edge is soft."""
        assert panel.shade
        middle, half, height = panel.shade
        off = abs((azimuth - middle + 180) % 360 - 180)
        if off > half + 4:
            return 0.0
        below = height + panel.grows * year - elevation
        side = min(1.0, max(0.0, (half + 2 - off) / 4))
        return side / (1 + exp(-below / 1.2))

    def _at_fault(self, hour: float) -> dict[int, str]:
        """Return what is broken now, by panel."""
        return {
            number: fault.kind
            for fault in self.faults
            if (self.day, hour) >= (fault.day, fault.hour) and fault.healed_on is None
            for number in fault.panels
        }

    def _report(self, panel: Panel, at: float, power: float, *, kind: str, lost: bool) -> None:
        """Let the gateway know what a panel made in an interval, as far as its fault allows."""
        if kind in {"dead", "breaker"}:
            return
        if kind == "replaced" and panel.serial.startswith("4821"):
            panel.serial = f"4822{panel.serial[4:]}"
            panel.lifetime_wh = 0.0
            panel.shown = None
        power *= {"half": 0.5, "diode": 0.66}.get(kind, 1.0)
        energy = power * self.step_s / 3600
        panel.lifetime_wh += energy
        panel.today_wh += energy
        if kind == "silent" or power < AWAKE_W or lost:
            return
        reported_at = datetime.fromtimestamp(int(at - panel.stagger_s), UTC)
        if self.detailed:
            panel.shown = Inverter(
                serial=panel.serial,
                power_w=float(round(power)),
                reported_at=reported_at,
                detailed=True,
                interval_s=float(self.step_s),
                interval_wh=energy,
                today_wh=float(round(panel.today_wh)),
                lifetime_wh=panel.lifetime_wh,
                gone=False,
            )
        else:
            panel.shown = Inverter(
                serial=panel.serial, power_w=float(round(power)), reported_at=reported_at
            )

    def _listed(self, at: float, *, asleep: bool) -> dict[str, Inverter]:
        listed = {}
        for panel in self.panels:
            shown = panel.shown or Inverter(serial=panel.serial)
            if self.detailed and shown.reported_at and not shown.gone:
                late = at - shown.reported_at.timestamp() > 3600
                if late or asleep:
                    shown = panel.shown = replace(shown, gone=True)
            listed[panel.serial] = shown
        return listed

    def _judge_truth(self) -> None:
        """Count the producing days of each fault, and heal the old ones."""
        for panel in self.panels:
            panel.usual_wh += (panel.healthy_wh - panel.usual_wh) / 15
        for fault in self.faults:
            if fault.day >= self.day or fault.healed_on is not None or fault.kind == "replaced":
                continue
            worth = [
                self.panels[n].healthy_wh >= max(100.0, 0.4 * self.panels[n].usual_wh)
                for n in fault.panels
            ]
            if sum(worth) > len(worth) / 2 and not self.snowed and not self.disturbed:
                fault.producing_days += 1
            if fault.producing_days >= HEALED_AFTER:
                fault.healed_on = self.day
