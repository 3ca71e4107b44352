"""Known ways in which a page misleads, each with the symptom that gives it away and its cure.

A symptom is looked for in the data, never in the firmware's number: faults come and go with
updates that nobody announces. Cures run in the order of the table, before assembly.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from ..models import EnergyFigures, added
from ..parsers.readings import MeterReading, Reading
from ..profile import MeterKind
from .endpoints import PRODUCTION_JSON, PRODUCTION_PAGE, READINGS, meter_page

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..parsers.production_json import MeterFigures, ProductionJson
    from ..profile import GatewayProfile
    from .typed import Pages

_CONTRADICTION: Final = 1.02
"""A sum of phases and its aggregate differ by rounding; a phantom channel adds tens of per cent."""
_BOTH: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Quirk:
    """One known fault."""

    name: str
    evidence: str
    """Where it was seen, and what it looks like."""
    cure: Callable[[GatewayProfile, Pages], Pages | None]
    """Return cured pages, or ``None`` when the symptom is not there."""


def cure(profile: GatewayProfile, pages: Pages) -> tuple[Pages, tuple[str, ...]]:
    """Return the pages without the known faults, and the names of those that were there."""
    fired = []
    for quirk in QUIRKS:
        cured = quirk.cure(profile, pages)
        if cured is not None:
            pages = cured
            fired.append(quirk.name)
    return pages, tuple(fired)


def _with_meter_page(pages: Pages, page: ProductionJson) -> Pages:
    place = PRODUCTION_JSON if pages.get(PRODUCTION_JSON) is not None else PRODUCTION_PAGE
    return pages.put(place, page)


def _meter_switched_off_for_a_moment(profile: GatewayProfile, pages: Pages) -> Pages | None:
    page = meter_page(pages)
    if page is None:
        return None
    cured = page
    if profile.production_metered and page.production and not page.production.active:
        cured = replace(cured, production=None)
    if profile.consumption_from and page.total_consumption and not page.total_consumption.active:
        cured = replace(cured, total_consumption=None)
    return None if cured is page else _with_meter_page(pages, cured)


def _total_repeats_net(_: GatewayProfile, pages: Pages) -> Pages | None:
    page = meter_page(pages)
    if page is None:
        return None
    production, total, net = page.production, page.total_consumption, page.net_consumption
    if not (production and total and net) or not (total.active and _repeats(total, net)):
        return None
    if not round(production.figures.lifetime_wh or 0):
        return None  # nothing was ever produced: then total and net are the same
    cured = replace(
        total,
        figures=_sum(net.figures, production.figures),
        lines=tuple(map(_sum, net.lines, production.lines)),
    )
    return _with_meter_page(pages, replace(page, total_consumption=cured))


def _repeats(total: MeterFigures, net: MeterFigures) -> bool:
    one, other = total.figures, net.figures
    if None in (one.power_w, one.lifetime_wh, other.power_w, other.lifetime_wh):
        return False
    return (round(one.power_w or 0), round(one.lifetime_wh or 0)) == (
        round(other.power_w or 0),
        round(other.lifetime_wh or 0),
    )


def _sum(net: EnergyFigures, production: EnergyFigures) -> EnergyFigures:
    """Add power and lifetime; the days of a repeated element cannot be repaired."""
    return EnergyFigures(
        power_w=added(net.power_w, production.power_w),
        lifetime_wh=added(net.lifetime_wh, production.lifetime_wh),
    )


def _phantom_channel(_: GatewayProfile, pages: Pages) -> Pages | None:
    page = meter_page(pages)
    if page is None or page.total_consumption is None:
        return None
    total = page.total_consumption
    today = _sum_of_lines(total, lambda line: line.today_wh, total.figures.today_wh)
    week = _sum_of_lines(total, lambda line: line.seven_days_wh, total.figures.seven_days_wh)
    if today is None and week is None:
        return None
    figures = replace(
        total.figures,
        today_wh=total.figures.today_wh if today is None else today,
        seven_days_wh=total.figures.seven_days_wh if week is None else week,
    )
    return _with_meter_page(pages, replace(page, total_consumption=replace(total, figures=figures)))


def _sum_of_lines(
    meter: MeterFigures,
    figure: Callable[[EnergyFigures], float | None],
    aggregate: float | None,
) -> float | None:
    """Return the sum of the phases if the aggregate claims more than they do together."""
    together = added(*map(figure, meter.lines))
    if not together or aggregate is None or aggregate <= _CONTRADICTION * together:
        return None
    return together


def _storage_phase_drops_out(profile: GatewayProfile, pages: Pages) -> Pages | None:
    readings = pages.get(READINGS)
    meter = profile.meter(MeterKind.STORAGE)
    if readings is None or meter is None or not meter.split or meter.phases != _BOTH:
        return None
    reading = readings.get(meter.eid)
    if reading is None:
        return None
    channels = reading.channels[:_BOTH]
    silent = [channel for channel in channels if _counts_nothing(channel)]
    speaking = [channel for channel in channels if not _counts_nothing(channel)]
    if len(silent) != 1 or len(speaking) != 1 or not _same_energy(speaking[0], reading.total):
        return None
    cured = MeterReading(
        channels=tuple(Reading() if channel in silent else channel for channel in channels),
        measured_at=reading.measured_at,
    )
    return pages.put(READINGS, MappingProxyType({**readings, meter.eid: cured}))


def _counts_nothing(reading: Reading) -> bool:
    return not reading.delivered_wh and not reading.received_wh


def _same_energy(one: Reading, other: Reading) -> bool:
    return (one.delivered_wh, one.received_wh) == (other.delivered_wh, other.received_wh)


QUIRKS: Final = (
    Quirk(
        name="meter_switched_off_for_a_moment",
        evidence="8.3.5528: activeCount of an enabled meter is 0 in single answers, and the "
        "figures beside it are left-overs (gateway-api.md, section 17.6).",
        cure=_meter_switched_off_for_a_moment,
    ),
    Quirk(
        name="total_repeats_net",
        evidence="8.3.5433 with a clamp on the load: total and net consumption carry the same "
        "figures, although something was produced (section 17.5).",
        cure=_total_repeats_net,
    ),
    Quirk(
        name="phantom_channel",
        evidence="8.3.5169, split phase: the day's consumption counts a channel that nobody "
        "configured, so it exceeds the sum of the phases (sections 9.4 and 15.3).",
        cure=_phantom_channel,
    ),
    Quirk(
        name="storage_phase_drops_out",
        evidence="8.3.6086, split phase: one phase of the storage meter is all zero for a "
        "moment, and the aggregate is the other phase alone (section 17.7).",
        cure=_storage_phase_drops_out,
    ),
)
