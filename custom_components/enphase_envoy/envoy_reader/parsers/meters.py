"""Parse ``/ivp/meters``: which clamps there are and how they are set up.

Empty on standard gateways.
Source: gateway-api.md, section 10.1; seen on 4.10 to 8.3.
"""

import logging
from dataclasses import dataclass

from ..profile import MeterKind
from ._json import Row, by_id, integer, json_list, text, texts

_LOGGER = logging.getLogger(__name__)
_MOST_PHASES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterSetup:
    """One meter as it is configured."""

    eid: int
    """Its id, by which ``/ivp/meters/readings`` is joined."""
    kind: MeterKind | None = None
    """``None`` for a kind that we do not know."""
    enabled: bool = False
    phase_count: int = 1
    """Configured phases, 1 to 3; 1 where the page does not say."""
    phase_mode: str | None = None
    """``single``, ``split`` or ``three``: a property of the model, not of the installation."""
    status: str | None = None
    """The gateway's word, such as ``normal``, ``not-metering`` or ``check-wiring``."""
    flags: tuple[str, ...] = ()
    """Complaints, such as ``power-on-unused-phase``."""


def parse(body: bytes) -> tuple[MeterSetup, ...]:
    """Return the meters in the order of the page.

    Raises EnvoyResponseError when the body is not this page.
    """
    meters = filter(None, map(_meter, json_list(body)))
    return tuple(by_id(meters, lambda meter: meter.eid).values())


def _meter(row: Row) -> MeterSetup | None:
    eid = integer(row, "eid")
    if eid is None:
        return None
    return MeterSetup(
        eid=eid,
        kind=_kind(text(row, "measurementType")),
        enabled=text(row, "state") == "enabled",
        phase_count=_phase_count(row),
        phase_mode=text(row, "phaseMode"),
        status=text(row, "meteringStatus"),
        flags=texts(row, "statusFlags"),
    )


def _kind(word: str | None) -> MeterKind | None:
    try:
        return MeterKind(word) if word else None
    except ValueError:
        _LOGGER.debug("Unknown kind of meter: %r", word)
        return None


def _phase_count(row: Row) -> int:
    count = integer(row, "phaseCount")
    return count if count is not None and 1 <= count <= _MOST_PHASES else 1
