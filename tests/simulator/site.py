"""The physical truth of a site: sun, load, batteries, grid, and the clock.

For every step the energy adds up on each phase: load = production + batteries + grid. Nothing here
knows how a gateway shows it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from .agenda import Agenda
from .counters import Channel, Flow, ReportedConsumption
from .hardware import (
    Battery,
    Generator,
    Inverter,
    Limits,
    Mains,
    Meter,
    MeterKind,
    PhaseRelay,
    Relay,
    SystemController,
    Uplink,
    meter,
)
from .storage import StorageControl

STEP_S = 60.0
_HISTORY_STEP_S = 7200.0
_HISTORY_DAYS = 7
_DAYLIGHT_H = 14.0
_CLOUD_S = 300
_MIXER = ((16, 0x7FEB352D), (15, 0x846CA68B), (16, 0x9E3779B1))
"""Shifts and factors of an integer hash: chance that is the same in every run."""
_LOADS = ("Water heater", "Pool pump")
_NIGHT_W = 0.3
"""What an inverter and its relays draw without sun; makes production slightly negative at night."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is built on a site, and where its counters stand when the story begins."""

    number: int
    """Makes the serial numbers, and the weather, of this site its own."""
    replaced: int = 0
    """How often its gateway was replaced by one with another serial number."""
    time_zone: str = "Europe/Amsterdam"
    phases: int = 1
    phase_mode: str = "three"
    """What ``/ivp/meters`` calls the region: ``single``, ``split`` or ``three``."""
    volts: float = 230.0
    """Between a phase and neutral."""
    hertz: float = 50.0
    part_number: str = "800-00654-r08"
    metered: bool = True
    inverters: int = 10
    peak_w: float = 290.0
    peak_shares: tuple[float, ...] = ()
    """What the first inverters reach of it, where they face elsewhere or stand in shade."""
    inverter_wh: float = 850_000.0
    """Lifetime energy of each inverter at the start."""
    inverters_wh: tuple[float, ...] = ()
    """Lifetime energies of the first inverters, where they differ from ``inverter_wh``."""
    removed_inverters: int = 0
    """Inverters that were there beside these, and were taken out."""
    meters: tuple[MeterKind, ...] = ()
    """The enabled current transformers."""
    disabled_meters: tuple[MeterKind, ...] = ()
    production_wh: float = 8_400_000.0
    imported_wh: float = 6_100_000.0
    exported_wh: float = 3_900_000.0
    discharged_wh: float = 1_900_000.0
    charged_wh: float = 2_050_000.0
    load_w: float = 640.0
    """Average load of the whole house."""
    inverter_phases: int | None = None
    """How many phases the inverters are on, L1 first; ``None``: all of them."""
    other_sun_w: float = 0.0
    """Peak of inverters of another make, on L1, which the gateway knows by a clamp only."""
    car_w: float = 0.0
    """What a car takes on L1 while it charges, beside the load of the house."""
    batteries: int = 0
    battery_wh: float = 5000.0
    battery_max_w: float = 3840.0
    charge_pct: float = 55.0
    mute_batteries: int = 0
    """IQ Batteries that do not communicate, the last ones."""
    ac_batteries: int = 0
    sleeping_ac_batteries: int = 0
    """Those of the AC Batteries that sleep, the last ones."""
    enpower: bool = False
    collar: bool = False
    combiner: bool = False
    generator: bool = False
    loads: tuple[str, ...] = ("NC1",)
    """Dry contacts that switch a load, where there is a system controller."""
    phase_relays: int = 0

    @property
    def serial(self) -> str:
        """The gateway's serial number."""
        return f"1229{self.number:02d}{1 + self.replaced:06d}"

    def device_serial(self, prefix: int, index: int) -> str:
        """Make the serial number of the ``index``-th device of a kind."""
        return f"{prefix}{self.number:02d}{index:06d}"


class Site:
    """A house with solar power, living by its own clock."""

    def __init__(
        self, plan: Plan, start: float, *, noon_s: float = 46800.0, interval_s: int = 300
    ) -> None:
        """Build what the plan says and live through the week before ``start``.

        ``noon_s`` is the highest sun, in seconds after local midnight.
        """
        self.plan = plan
        self.serial = plan.serial
        self.noon_s = noon_s
        self.zone = ZoneInfo(plan.time_zone)
        self.now = start
        self.cloudiness = 0.25
        self.load_override_w: float | None = None
        self.sunshine_override: float | None = None
        self.grid_connected = True
        self.agenda = Agenda()
        self.mains = Mains()
        self.storage_control = StorageControl()
        self.acb_sleep: list[dict[str, object]] | None = None
        """How AC Batteries are to sleep, as it was written; ``None``: as they do."""
        self.live_until = 0.0
        """When the stream of live data switches itself off."""
        self.live_held: dict[str, object] | None = None
        """The live data that were shown last."""
        self.contacts_lie = (0.0, 0.0)
        """From and until when the contacts' page shows closed ones as open (12.5)."""
        self.clock_error_s = 0.0
        """How far the gateway's clock is ahead of the truth, in what it tells of itself."""
        self.uplink = Uplink()
        self.limits = Limits()
        self.grid_profile = "Simulated:1.0.0"
        self.interval_s = interval_s
        """How often inverters report and the archive is written: 5 or 15 minutes."""
        self.generator_w = 0.0
        """What the generator gives, in the grid's place."""
        self.inverters: dict[str, Inverter] = {}
        self.batteries: dict[str, Battery] = {}
        self.ac_batteries: dict[str, Battery] = {}
        self._build(plan)
        count = range(plan.phases)
        self.production = Flow(tuple(Channel() for _ in count))
        self.load = Flow(tuple(Channel() for _ in count))
        """The true load; consumption is what a gateway makes of it."""
        self.grid = Flow(tuple(Channel() for _ in count))
        self.storage = Flow(tuple(Channel() for _ in count))
        self.ac_storage = Flow(tuple(Channel() for _ in count))
        self.other_sun = Flow(tuple(Channel() for _ in count))
        """What inverters of another make produce."""
        self.car = Flow(tuple(Channel() for _ in count))
        """What flows at the charger of a car; negative while it charges, and a part of the load."""
        self.whole_grid = Channel()
        """What flows between house and grid, all phases summed at each moment."""
        self.consumption = Flow(
            tuple(
                ReportedConsumption(*pair)
                for pair in zip(self.production.phases, self.grid.phases, strict=True)
            )
        )
        self._live_through_history(start)

    # What tests read

    @property
    def imported_wh(self) -> float:
        """Energy taken from the grid, counted on each phase alone."""
        return sum(phase.delivered.wh for phase in self.grid.phases)

    @property
    def exported_wh(self) -> float:
        """Energy given to the grid, counted on each phase alone."""
        return sum(phase.received.wh for phase in self.grid.phases)

    @property
    def clamped_load(self) -> Flow[Channel] | Flow[ReportedConsumption]:
        """What a clamp on the load measures: where nothing is stored, production plus grid."""
        return self.load if self.batteries or self.ac_batteries else self.consumption

    @property
    def _flows(self) -> tuple[Flow[Channel], ...]:
        return (
            self.production,
            self.load,
            self.grid,
            self.storage,
            self.ac_storage,
            self.other_sun,
            self.car,
        )

    @property
    def discharged_wh(self) -> float:
        """Energy taken out of the IQ Batteries."""
        return sum(phase.delivered.wh for phase in self.storage.phases)

    @property
    def charged_wh(self) -> float:
        """Energy put into the IQ Batteries."""
        return sum(phase.received.wh for phase in self.storage.phases)

    @property
    def charge_pct(self) -> float:
        """Charge of all IQ Batteries together; 0 without any."""
        capacity = sum(battery.capacity_wh for battery in self.batteries.values())
        stored = sum(battery.stored_wh for battery in self.batteries.values())
        return 100 * stored / capacity if capacity else 0.0

    @property
    def storage_mode(self) -> str:
        """The storage mode in force."""
        return self.storage_control.schedule.mode

    @storage_mode.setter
    def storage_mode(self, mode: str) -> None:
        self.storage_control.change(mode=mode)

    @property
    def reserve_pct(self) -> float:
        """The reserve that the batteries keep."""
        return self.storage_control.adjusted_pct

    @reserve_pct.setter
    def reserve_pct(self, share: float) -> None:
        self.storage_control.change(reserve_pct=share)

    @property
    def charge_from_grid(self) -> bool:
        """Whether the batteries may charge from the grid."""
        return self.storage_control.grid_charging

    @charge_from_grid.setter
    def charge_from_grid(self, allowed: bool) -> None:
        self.storage_control.change(charge_from_grid=allowed)

    @property
    def optimised(self) -> bool:
        """Whether the vendor's optimiser is in charge of the batteries."""
        return self.storage_control.schedule.optimised

    @optimised.setter
    def optimised(self, on: bool) -> None:
        self.storage_control.change(optimised=on)

    @property
    def live(self) -> bool:
        """Whether the stream of live data is on."""
        return self.live_until > self.now

    @property
    def active_inverters(self) -> list[Inverter]:
        """The inverters that were not removed."""
        return [inverter for inverter in self.inverters.values() if not inverter.removed]

    @property
    def local_time(self) -> datetime:
        """The gateway's wall clock."""
        return datetime.fromtimestamp(self.now, self.zone)

    @property
    def last_midnight(self) -> float:
        """The epoch time at which the present local day began."""
        return self._day_start

    @property
    def is_day(self) -> bool:
        """Whether the sun is up."""
        return self.sunshine(self.now) > 0

    def sunshine(self, at: float) -> float:
        """Return the share of full sunshine at a moment, clouds included."""
        if self.sunshine_override is not None:
            return self.sunshine_override
        hours = ((at - self._day_start - self.noon_s) / 3600 + 12) % 24 - 12
        if abs(hours) >= _DAYLIGHT_H / 2:
            return 0.0
        clear = math.cos(math.pi * hours / _DAYLIGHT_H)
        return clear * (1 - self.cloudiness * self._chance(at, 1))

    # What tests do

    def advance(self, seconds: float) -> None:
        """Let time pass; ``advance(0)`` only takes over what was changed by hand."""
        end = self.now + seconds
        self.agenda.run(self.now)
        while self.now < end:
            minute = math.floor(self.now / STEP_S + 1) * STEP_S
            self._step(min(end, minute, self.agenda.next_due))
            self.agenda.run(self.now)
        self._settle(STEP_S)

    def add_inverters(self, count: int) -> list[str]:
        """Install further inverters; they report like the others. Return their serials."""
        first = len(self.inverters) + 1
        return [self._add_inverter(index, 0.0) for index in range(first, first + count)]

    # How it works

    def _build(self, plan: Plan) -> None:
        for index in range(1, plan.inverters + 1):
            lifetimes = plan.inverters_wh[index - 1 : index]
            self._add_inverter(index, lifetimes[0] if lifetimes else plan.inverter_wh)
        for index in range(1, plan.removed_inverters + 1):
            serial = self._add_inverter(plan.inverters + index, plan.inverter_wh)
            self.inverters[serial].removed = True
        for index in range(1, plan.batteries + 1):
            self._add_battery(self.batteries, 4929, index, plan.battery_wh, plan.battery_max_w)
        for index in range(1, plan.ac_batteries + 1):
            self._add_battery(self.ac_batteries, 1219, index, 1240.0, 270.0)
        self.meters: list[Meter] = [meter(kind) for kind in plan.meters]
        self.meters += [meter(kind, enabled=False) for kind in plan.disabled_meters]
        self.enpower = (
            SystemController(serial=plan.device_serial(4839, 1)) if plan.enpower else None
        )
        self.generator = Generator(serial=plan.device_serial(3019, 1)) if plan.generator else None
        loads = dict(zip(plan.loads, _LOADS, strict=False)) if plan.enpower else {}
        self.relays = [
            Relay(
                id=name,
                status="closed",
                kind="LOAD",
                load_name=loads[name],
                grid_action="apply",
                microgrid_action="shed",
                generator_action="apply",
            )
            if name in loads
            else Relay(id=name)
            for name in ("NC1", "NC2", "NO1", "NO2")
        ]
        serials = [plan.device_serial(1222, index + 1) for index in range(plan.phase_relays)]
        self.phase_relays = {serial: PhaseRelay(serial=serial) for serial in serials}

    def _add_inverter(self, index: int, lifetime_wh: float) -> str:
        serial = self.plan.device_serial(4829, index)
        given = self.plan.peak_shares[index - 1 : index]
        # No two roofs, and no two panels, are quite alike.
        spread = given[0] if given else 1 - 0.02 * (index % 5)
        inverter = Inverter(
            serial=serial,
            peak_w=self.plan.peak_w * spread,
            phase=(index - 1) % (self.plan.inverter_phases or self.plan.phases),
            offset_s=float(index * 37),
        )
        inverter.energy.move_to(lifetime_wh)
        self.inverters[serial] = inverter
        return serial

    def _add_battery(
        self, into: dict[str, Battery], prefix: int, index: int, capacity_wh: float, max_w: float
    ) -> None:
        serial = self.plan.device_serial(prefix, index)
        into[serial] = Battery(
            serial=serial,
            capacity_wh=capacity_wh,
            max_w=max_w,
            stored_wh=capacity_wh * self.plan.charge_pct / 100,
            temperature_c=20 + index % 4,
        )

    def _live_through_history(self, start: float) -> None:
        """Run the past week in long steps, the last hour in short ones, then set the counters."""
        begin = datetime.fromtimestamp(start, self.zone).date() - timedelta(days=_HISTORY_DAYS)
        self.now = self._midnight(begin)
        self._begin_day()
        while self.now < start - 3600:
            step = math.floor(self.now / _HISTORY_STEP_S + 1) * _HISTORY_STEP_S
            self._step(min(step, start - 3600))
        self.advance(start - self.now)
        self._set_counters()

    def _set_counters(self) -> None:
        plan = self.plan
        for index, inverter in enumerate(self.inverters.values()):
            given = plan.inverters_wh[index : index + 1]
            inverter.move_to(given[0] if given else plan.inverter_wh)
            inverter.max_w = max(inverter.max_w, inverter.peak_w)
        for flow, delivered, received in (
            (self.production, plan.production_wh, plan.production_wh / 40_000),
            (self.grid, plan.imported_wh, plan.exported_wh),
            (self.storage, plan.discharged_wh, plan.charged_wh),
            (self.ac_storage, plan.discharged_wh / 10, plan.charged_wh / 10),
        ):
            # Unequal shares, so that a mix-up of phases cannot go unseen.
            weights = [10 + position for position in range(plan.phases)]
            for weight, phase in zip(weights, flow.phases, strict=True):
                share = weight / sum(weights)
                phase.move_to(delivered * share, received * share)
        for battery in (*self.batteries.values(), *self.ac_batteries.values()):
            battery.stored_wh = battery.capacity_wh * plan.charge_pct / 100
        for battery in list(self.batteries.values())[plan.batteries - plan.mute_batteries :]:
            battery.fall_mute()
        awake = plan.ac_batteries - plan.sleeping_ac_batteries
        for battery in list(self.ac_batteries.values())[awake:]:
            battery.sleep_ordered = battery.asleep = True
            battery.sleep_band = (50, 55)
        self._settle(STEP_S)

    def _step(self, end: float) -> None:
        end = min(end, self._day_end)
        seconds = end - self.now
        self._settle(seconds, self.now + seconds / 2)
        sunshine = self._sunshine_now
        for inverter in self.inverters.values():
            inverter.produce(seconds)
        for flow in self._flows:
            for phase in flow.phases:
                phase.flow(seconds)
        self.whole_grid.flow(seconds)
        for battery in (*self.batteries.values(), *self.ac_batteries.values()):
            battery.run(seconds)
        before, self.now = self.now, end
        self._collect_reports(before, sunshine)
        self._archive(before)
        if end == self._day_end:
            self._begin_day()
            self._mark_midnight()

    def _settle(self, seconds: float, at: float | None = None) -> None:
        """Work out all powers of a moment, so that they add up on each phase."""
        at = self.now if at is None else at
        self._sunshine_now = self.sunshine(at)
        made, used = self._production_by_phase(), self._load_by_phase(at)
        other_w = self.plan.other_sun_w * self._sunshine_now if self.grid_connected else 0.0
        used[0] -= other_w  # the inverters of the gateway see what the others leave to do
        fed = self.grid_connected or self._generator_feeds
        if not fed and not self.batteries:
            made, used = self._throttle(0.0), [0.0] * self.plan.phases
        stored_w = self._run_batteries(sum(used) - sum(made), seconds)
        made = self._limit(made, used, stored_w)
        if not fed:
            made, used = self._stand_alone(made, used, stored_w)
        elif not self.grid_connected and sum(made) + stored_w > sum(used):
            made, used = self._stand_alone(made, used, stored_w)  # nobody takes what is left over
        ac_w = sum(battery.power_w for battery in self.ac_batteries.values())
        count = self.plan.phases
        self.generator_w = 0.0
        for index in range(count):
            lacking = used[index] - made[index]
            # Without a grid the batteries hold every phase; beside it they share the work evenly.
            battery_w = stored_w / count if fed else lacking
            rest_w = lacking - battery_w
            self.production.phases[index].power_w = made[index]
            self.load.phases[index].power_w = used[index] + (other_w if index == 0 else 0.0)
            self.storage.phases[index].power_w = battery_w - ac_w / count
            self.ac_storage.phases[index].power_w = ac_w / count
            self.grid.phases[index].power_w = rest_w if self.grid_connected else 0.0
            self.generator_w += 0.0 if self.grid_connected else rest_w
        self.other_sun.phases[0].power_w = other_w
        self.car.phases[0].power_w = -self._car_power(at)
        self.whole_grid.power_w = self.grid.power_w

    @property
    def _generator_feeds(self) -> bool:
        return self.generator is not None and self.generator.running

    def _production_by_phase(self) -> list[float]:
        powers = [0.0] * self.plan.phases
        for inverter in self.inverters.values():
            inverter.face(self._sunshine_now, connected=not self.mains.blocks_sun)
            powers[inverter.phase] += inverter.power_w if inverter.power_w > 0 else -_NIGHT_W
        return powers

    def _car_power(self, at: float) -> float:
        """Return what a car takes: it charges from noon on, for four hours, with the grid there."""
        hours = (at - self._day_start - self.noon_s) / 3600
        return self.plan.car_w if 0 <= hours < 4 and self.grid_connected else 0.0

    def _load_by_phase(self, at: float) -> list[float]:
        used = self._house_by_phase(at)
        used[0] += self._car_power(at)
        return used

    def _house_by_phase(self, at: float) -> list[float]:
        kept = 1.0 - sum(relay.shed_share for relay in self.relays)
        if self.load_override_w is not None:
            return [self.load_override_w * kept / self.plan.phases] * self.plan.phases
        hours = (at - self._day_start) / 3600
        evening = 1.0 + 0.5 * math.sin(math.pi * (hours - 9) / 12)
        average = self.plan.load_w * kept / self.plan.phases
        return [
            average * evening * (0.7 + 0.6 * self._chance(at, 2 + phase)) * (1 + 0.2 * phase)
            for phase in range(self.plan.phases)
        ]

    def _run_batteries(self, lacking_w: float, seconds: float) -> float:
        """Cover what is lacking, store what is left over. Return the power, > 0 discharging.

        The batteries share the power evenly. What one cannot take or give is left to the others.
        """
        batteries = (*self.batteries.values(), *self.ac_batteries.values())
        limits = {each.serial: each.limits_w(seconds, self.reserve_pct) for each in batteries}
        remaining = lacking_w
        sharing: list[Battery] = []
        for battery in batteries:
            if battery.power_override_w is None:
                sharing.append(battery)
            else:
                low, high = limits[battery.serial]
                battery.power_w = min(high, max(low, battery.power_override_w))
                remaining -= battery.power_w
        # The weakest first, so that nothing is left over after the last.
        side = 1 if remaining > 0 else 0
        sharing.sort(key=lambda each: abs(limits[each.serial][side]))
        for left, battery in zip(range(len(sharing), 0, -1), sharing, strict=True):
            wanted = self.storage_control.wanted_w(
                remaining / left, battery.charge_pct, on_grid=self.grid_connected
            )
            low, high = limits[battery.serial]
            battery.power_w = min(high, max(low, wanted))
            remaining -= battery.power_w
        return lacking_w - remaining

    def _limit(self, made: list[float], used: list[float], stored_w: float) -> list[float]:
        """Throttle the sun to the limit in force; the batteries have taken their part before."""
        limit = self.limits.in_force
        total = sum(made)
        if limit is None or total <= 0:
            return made
        most = limit.watts + (max(0.0, sum(used) - stored_w) if limit.is_export else 0.0)
        return self._throttle(most / total) if total > most else made

    def _stand_alone(
        self, made: list[float], used: list[float], stored_w: float
    ) -> tuple[list[float], list[float]]:
        """Without a grid: throttle the sun when there is too much of it, else shed load."""
        supply, demand = sum(made) + stored_w, sum(used)
        if supply > demand and sum(made) > 0:
            return self._throttle(max(0.0, demand - stored_w) / sum(made)), used
        share = max(0.0, supply) / demand if demand else 0.0
        return made, [power * share for power in used]

    def _throttle(self, share: float) -> list[float]:
        powers = [0.0] * self.plan.phases
        for inverter in self.inverters.values():
            inverter.power_w *= share
            powers[inverter.phase] += inverter.power_w
        return powers

    def _collect_reports(self, before: float, sunshine: float) -> None:
        if sunshine <= 0:
            return
        interval = self.interval_s
        for inverter in self.inverters.values():
            turn = math.floor((self.now - inverter.offset_s) / interval) * interval
            at = turn + inverter.offset_s
            if at > before and inverter.alive and not inverter.removed:
                inverter.tell(at)

    def _archive(self, before: float) -> None:
        interval = self.interval_s
        if math.floor(self.now / interval) == math.floor(before / interval):
            return
        for flow in (self.production, self.grid, self.storage):
            for phase in flow.phases:
                phase.archive(max(interval, self.now - before))

    def _mark_midnight(self) -> None:
        for flow in self._flows:
            for phase in flow.phases:
                phase.mark_midnight()
        self.whole_grid.mark_midnight()
        for inverter in self.inverters.values():
            inverter.energy.mark_midnight()

    def _begin_day(self) -> None:
        today = self.local_time.date()
        self._day_start = self._midnight(today)
        self._day_end = self._midnight(today + timedelta(days=1))

    def _midnight(self, day: date) -> float:
        return datetime.combine(day, time(), self.zone).timestamp()

    def _chance(self, at: float, salt: int) -> float:
        """Return a number of 0 to 1 that belongs to this site and these five minutes."""
        mixed = (int(at // _CLOUD_S) * 31 + salt) * 101 + self.plan.number
        for shift, factor in _MIXER:
            mixed = (mixed ^ mixed >> shift) * factor & 0xFFFFFFFF
        return mixed / 2**32
