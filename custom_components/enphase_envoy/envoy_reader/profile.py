"""What a gateway is and has, as its own pages show it.

``known/detect.py`` makes a profile of evidence. The firmware's number serves for what no page
shows: which pages a generation never had, so that an old gateway is not bothered with them, and
whether it wants tokens where ``/info`` does not say so (gateway-api.md, sections 7 and 19).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from .status import Section

FIRST_WITH_METERS: Final = (4,)
FIRST_WITH_ENSEMBLE: Final = (5,)
FIRST_WITH_LIMITS: Final = (7,)
FIRST_WITH_TOKENS: Final = (7,)
"""Versions of the firmware from which on a generation has something (section 7)."""

METERING_STATUSES: Final = ("normal", "not-metering", "check-wiring")
"""What a gateway reports about a current transformer (gateway-api.md, section 10.1)."""


class MeterKind(StrEnum):
    """What a meter measures, in the gateway's words."""

    PRODUCTION = "production"
    NET_CONSUMPTION = "net-consumption"
    TOTAL_CONSUMPTION = "total-consumption"
    STORAGE = "storage"
    BACKFEED = "backfeed"
    LOAD = "load"
    EVSE = "evse"
    PV3P = "pv3p"
    """Solar power of another make."""


class Model(StrEnum):
    """The three kinds of gateway that owners know by these labels."""

    LEGACY = "P0"
    """HTML pages only."""
    STANDARD = "P"
    """Production as the inverters report it."""
    METERED = "PC"
    """Hardware with inputs for current transformers, used or not."""


class ProductionSource(StrEnum):
    """The page that feeds power and lifetime of production."""

    READINGS = "/ivp/meters/readings"
    METER_PAGE = "/production.json"
    V1 = "/api/v1/production"
    DEVICE_DATA = "/ivp/pdm/device_data"
    INVERTER_SUM = "/production.json inverters"
    HTML = "/production"


class ConsumptionSource(StrEnum):
    """The page that feeds power and lifetime of consumption."""

    TOTAL_METER = "/ivp/meters/readings total"
    """A current transformer on the load."""
    NET_METER = "/ivp/meters/readings production + net"
    """One on the grid connection and one on production, read at the same instant."""
    METER_PAGE = "/production.json"
    INVERTERS_AND_NET = "inverters + net"
    """One on the grid connection alone: production as the inverters report it, and net."""


class InverterSource(StrEnum):
    """A page that tells something of each inverter."""

    LIST = "/api/v1/production/inverters"
    """Of all inverters, however many; three figures of each."""
    DEVICE_DATA = "/ivp/pdm/device_data"
    """Everything, but not of more than some 50 inverters."""
    STATUS = "/ivp/peb/devstatus"
    """Some of it, for installers, where the page before does not exist."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Meter:
    """A current transformer that is switched on."""

    eid: int
    kind: MeterKind
    phases: int
    """Configured phases, 1 to 3."""
    split: bool = False
    """Two lines of one phase, as in North America."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayProfile:
    """What the gateway is and has; entities exist by it."""

    serial: str
    firmware: str | None = None
    """As the gateway says it, for example ``D8.2.4345``."""
    part_number: str | None = None
    mac: str | None = None
    """Hardware address in the network; not known before ``/home`` has answered."""
    model: Model = Model.STANDARD
    uses_tokens: bool = False
    meters: tuple[Meter, ...] = ()
    """Current transformers that are switched on; empty where there are none."""
    phases: int = 1
    """Measured phases; with 1 there are no figures by phase."""
    production_from: ProductionSource | None = None
    consumption_from: ConsumptionSource | None = None
    """``None`` where nothing measures consumption."""
    inverters_from: InverterSource | None = None
    """The page that says which inverters there are, and their power; ``None`` where none does."""
    inverter_details_from: InverterSource | None = None
    """The page that says more of them; ``None`` where none does."""
    tells_inverter_states: bool = False
    """Whether a page says of each inverter if it communicates and produces."""
    has_batteries: bool = False
    """IQ Batteries (Encharge); AC Batteries do not count."""
    has_ac_batteries: bool = False
    """AC Batteries, the kind before the IQ Batteries, which stand among the inverters."""
    tells_grid: bool = False
    """Something on the site says whether the grid is connected."""
    grid_from_home: bool = False
    """Nothing but the home page says whether the grid is connected."""
    switches_grid: bool = False
    """Something on the site can take it off the grid: a System Controller or a collar."""
    has_controller: bool = False
    """A System Controller, which comes with dry contacts."""
    has_generator: bool = False
    """A generator that is set up behind the System Controller."""
    v1_credible: bool | None = None
    """Whether ``/api/v1/production`` counts what the inverters make (gateway-api.md, section 9.2);
    ``None`` as long as that is not known."""
    contradicted: frozenset[MeterKind] = frozenset()
    """Current transformers that are switched on and yet measure nothing while the inverters work;
    production is then taken from the inverters."""
    shown: frozenset[Section] = frozenset()
    """Sections with one figure that a page has; see ``Endpoint.section``."""
    tells_updates: bool = False
    """Whether the gateway says that its firmware is up to date; few do."""

    def has(self, section: Section) -> bool:
        """Return whether the gateway has the figure of a section with one figure."""
        return section in self.shown

    @property
    def lists_inverters(self) -> bool:
        """Whether it is known which inverters there are."""
        return self.inverters_from is not None

    @property
    def production_metered(self) -> bool:
        """Whether a current transformer measures production."""
        return self.production_from in (ProductionSource.READINGS, ProductionSource.METER_PAGE)

    @property
    def computes_net(self) -> bool:
        """Whether what comes from the grid is known as load less production."""
        load = self.meter(MeterKind.TOTAL_CONSUMPTION)
        return (
            load is not None
            and self.meter(MeterKind.NET_CONSUMPTION) is None
            and self.meter(MeterKind.PRODUCTION) is not None
            and MeterKind.PRODUCTION not in self.contradicted
        )

    @property
    def has_storage(self) -> bool:
        """Whether anything on the site stores energy."""
        storage = self.meter(MeterKind.STORAGE) is not None
        return storage or self.has_batteries or self.has_ac_batteries

    @property
    def measures_storage(self) -> bool:
        """Whether it is known what flows through all that stores energy, if anything does.

        A clamp may be on one of two kinds of batteries, and AC Batteries report too seldom.
        """
        if self.has_batteries:
            return not self.has_ac_batteries
        return not self.has_ac_batteries or self.meter(MeterKind.STORAGE) is not None

    @property
    def adds_up(self) -> bool:
        """Whether all that feeds the house beside the grid is measured.

        Inverters that only report are minutes late, and nothing measures a generator.
        """
        made = self.production_from is ProductionSource.READINGS
        return made and self.measures_storage and not self.has_generator

    @property
    def measures_grid(self) -> bool:
        """Whether it is known what comes from the grid and what goes there."""
        if self.meter(MeterKind.NET_CONSUMPTION) is not None:
            return True
        return self.computes_net and self.adds_up

    @property
    def sums_grid(self) -> bool:
        """Whether import and export have to be counted by us for lack of such registers.

        Those of a clamp on the grid count each phase for itself.
        """
        if self.meter(MeterKind.NET_CONSUMPTION) is not None:
            return self.phases_of(MeterKind.NET_CONSUMPTION) > 1
        return self.measures_grid

    @property
    def measures_house(self) -> bool:
        """Whether what the house takes is measured, and is not what is called consumption.

        That is production and grid alone, so it leaves out batteries and the sun of another make.
        """
        other = self.has_storage or self.meter(MeterKind.PV3P) is not None
        return other and self.adds_up and self.consumption_from is ConsumptionSource.NET_METER

    @property
    def shares_sun(self) -> bool:
        """Whether it is known where what is produced goes, and where what is used comes from."""
        used = self.measures_house or self.consumption_from in (
            ConsumptionSource.NET_METER,
            ConsumptionSource.TOTAL_METER,
        )
        return used and self.adds_up and self.measures_grid

    @property
    def metering(self) -> bool:
        """Whether any current transformer is in use."""
        return bool(self.meters) or self.production_metered or self.consumption_from is not None

    def phases_of(self, kind: MeterKind) -> int:
        """Return how many phases the current transformer of a kind has; 0 if it is off."""
        meter = self.meter(kind)
        return meter.phases if meter else 0

    def meter(self, kind: MeterKind) -> Meter | None:
        """Return the current transformer of a kind, if it is switched on."""
        return next((meter for meter in self.meters if meter.kind is kind), None)

    @property
    def version(self) -> tuple[int, ...]:
        """The firmware's version by component, ``(8, 2, 4345)``; empty when it is not known."""
        return version_of(self.firmware)


def version_of(firmware: str | None) -> tuple[int, ...]:
    """Return the components of a version such as ``D7.6.175``; empty when there are none."""
    match = re.search(r"\d+(?:\.\d+)*", firmware or "")
    return tuple(int(part) for part in match[0].split(".")) if match else ()
