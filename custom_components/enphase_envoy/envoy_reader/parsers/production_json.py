"""Parse ``/production.json`` (and ``/production`` from firmware 7 on): the gateway's own summary.

Elements are found by ``type`` and ``measurementType``; their order differs. With ``details=1``
the meters have ``lines``, one for each phase.
Source: gateway-api.md, section 9.3; seen on 4.2 to 8.3.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from ..models import EnergyFigures
from ._json import Row, integer, json_object, number, percent, places, rows, text


@dataclass(frozen=True, slots=True, kw_only=True)
class InverterSum:
    """Sum of the microinverters."""

    active_count: int | None = None
    """Inverters that report; zero at night on some firmware."""
    power_w: float | None = None
    """Sum of their last reports."""
    lifetime_wh: float | None = None
    """Sum of their own counters: falls when one is removed, and wraps (section 17.2)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterFigures:
    """One meter, or one that the gateway computes from others."""

    active: bool = False
    """Whether its clamps are enabled; if not, the figures are left-overs."""
    figures: EnergyFigures = field(default_factory=EnergyFigures)
    """Production and consumption are positive; net is positive when importing, and its energy is
    import minus export."""
    lines: tuple[EnergyFigures, ...] = ()
    """One element for each phase, L1 first; some firmware gives three in any case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AcbStorage:
    """The AC Batteries together; IQ Batteries are never part of it."""

    count: int | None = None
    power_w: float | None = None
    """Positive when discharging."""
    stored_wh: float | None = None
    state: str | None = None
    """The gateway's word, such as ``idle``, ``charging``, ``discharging`` or ``full``."""
    charge_pct: float | None = None
    """State of charge; only given where AC Batteries are really set up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductionJson:
    """The page; ``None`` for what it does not mention."""

    inverters: InverterSum | None = None
    production: MeterFigures | None = None
    total_consumption: MeterFigures | None = None
    net_consumption: MeterFigures | None = None
    storage: AcbStorage | None = None


def parse(body: bytes) -> ProductionJson:
    """Return sums and meters, in watts and watt-hours.

    Firmware 4.2 names no ``measurementType``: the production meter then is the one under
    ``production``, and a consumption meter that stands alone measures total consumption.

    Raises EnvoyResponseError when the body is not this page.
    """
    page = json_object(body, "production", "consumption", "storage")
    production = rows(page, "production")
    consumption = rows(page, "consumption")
    unnamed_total = None if len(consumption) == 1 else "total-consumption"
    return ProductionJson(
        inverters=_inverters(_find(production, "inverters")),
        production=_meter(_find(production, "eim", "production", None)),
        total_consumption=_meter(_find(consumption, "eim", "total-consumption", unnamed_total)),
        net_consumption=_meter(_find(consumption, "eim", "net-consumption")),
        storage=_storage(_find(rows(page, "storage"), "acb")),
    )


def _find(elements: Iterable[Row], kind: str, *measurements: str | None) -> Row | None:
    for element in elements:
        measured = element.get("measurementType")
        if element.get("type") == kind and (not measurements or measured in measurements):
            return element
    return None


def _inverters(element: Row | None) -> InverterSum | None:
    if element is None:
        return None
    return InverterSum(
        active_count=integer(element, "activeCount"),
        power_w=number(element, "wNow"),
        lifetime_wh=number(element, "whLifetime"),
    )


def _meter(element: Row | None) -> MeterFigures | None:
    if element is None:
        return None
    return MeterFigures(
        active=(integer(element, "activeCount") or 0) > 0,
        figures=_figures(element),
        lines=tuple(_figures(line) for line in places(element, "lines")),
    )


def _storage(element: Row | None) -> AcbStorage | None:
    if element is None:
        return None
    return AcbStorage(
        count=integer(element, "activeCount"),
        power_w=number(element, "wNow"),
        stored_wh=number(element, "whNow"),
        state=text(element, "state"),
        charge_pct=percent(element, "percentFull"),
    )


def _figures(row: Row) -> EnergyFigures:
    return EnergyFigures(
        power_w=number(row, "wNow"),
        today_wh=number(row, "whToday"),
        seven_days_wh=number(row, "whLastSevenDays"),
        lifetime_wh=number(row, "whLifetime"),
    )
