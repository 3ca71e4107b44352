"""What is shown of the watch over the inverters: how many produce, who is in trouble, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from ..devices import DeviceKind
from ..envoy_reader import RoofReport, Section, Snapshot
from .descriptions import EnvoySensorDescription, Rows
from .facts import MEASURED, OFF, SHARE, whole


@dataclass(frozen=True, slots=True)
class _Yield:
    """The yield of one inverter, which is not known at first."""

    pct: float | None


def _yield_of(snapshot: Snapshot, serial: str) -> _Yield | None:
    known = serial in snapshot.inverters
    return _Yield(snapshot.roof.yields_pct.get(serial)) if known else None


def _who_and_why(roof: RoofReport) -> Mapping[str, Any]:
    """Return a row for each inverter in trouble, and the yield of each whose usual one is known.

    Those of a group have the same reason and time. Yields are here for the card: their entities are
    off at first.
    """
    return {
        "inverters": [
            {
                "serial": serial,
                "why": str(trouble.kind),
                "since": trouble.since.isoformat(timespec="seconds"),
                "yield": whole(trouble.yield_pct),
            }
            for trouble in roof.troubles
            for serial in trouble.serials
        ],
        "yields": {
            serial: whole(pct) for serial, pct in roof.yields_pct.items() if pct is not None
        },
    }


_ROOF: Final = Rows[RoofReport](
    section=Section.INVERTERS,
    part_fn=lambda snapshot, _serial: snapshot.roof,
    facts={"exists_fn": lambda profile: profile.lists_inverters},
)
_YIELDS: Final = Rows[_Yield](
    kind=DeviceKind.INVERTER,
    section=Section.INVERTERS,
    part_fn=_yield_of,
    ids="envoy_{gateway}_inverter_{serial}",
    name_key="inverter_{id_suffix}",
)

SENSORS: Final[tuple[EnvoySensorDescription[Any], ...]] = (
    _ROOF.sensor("inverters_producing", lambda roof: roof.producing, MEASURED, momentary=True),
    _ROOF.sensor(
        "inverters_in_trouble",
        lambda roof: roof.in_trouble,
        MEASURED,
        attributes_fn=_who_and_why,
    ),
    _YIELDS.sensor("yield_vs_usual", lambda its: whole(its.pct), SHARE, OFF),
)
