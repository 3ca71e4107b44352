"""Whether a register moves with the inverters: the proof of which of two rivals is alive.

On hardware with inputs for current transformers, ``/api/v1/production`` may be a register that
nobody feeds any more, and a current transformer may be in use but clamped around nothing
(gateway-api.md, sections 9.2 and 17.1). No single answer shows it, and no ratio of levels does. So
what the inverters make is added up, and each register is compared with it, again and again: one
verdict for each stretch of some hours of sun, never one for a sample.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from typing import TYPE_CHECKING, Final

from ..counters.json_fields import number

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..memory import JsonValue

V1: Final = "/api/v1/production"
"""The register of that page."""
PRODUCTION_CT: Final = "production CT"
"""The register of the current transformer on production."""

_LONGEST_GAP_S: Final = 30 * 60
"""What the inverters made in a longer time without samples is not known."""
_HOUR_S: Final = 3600.0
_LONGEST_SILENCE_S: Final = 3600.0
"""Inverters report every 5 to 15 minutes; without any report for so long, power is an old one."""
_LEAST_W: Final = 50.0
_LEAST_EACH_W: Final = 10.0
"""Below it the inverters hardly work: at night the last reports of the evening stay."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inverters:
    """What all inverters do."""

    power_w: float
    count: int
    pulse: object
    """Changes whenever one of them reports."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How much must be known before a register is judged."""

    moves_s: float
    """Seconds of sun in which a register that moves shows it."""
    stands_s: float
    """Seconds of sun after which one that does not move is dead."""
    least_wh: float
    """Energy of the inverters in that time: beside less, noise is no proof."""
    moves: float
    """Share of that energy from which on a register moves."""
    stands: float
    """Share of it up to which a register stands still."""


_PATIENCE: Final = {
    # Its archive lags by up to 15 minutes (section 16), and nothing else can be read meanwhile.
    V1: Patience(moves_s=0.75 * _HOUR_S, stands_s=_HOUR_S, least_wh=200, moves=0.3, stands=0.1),
    # Its registers are of this second. Clouds and a snow-covered string are no contradiction.
    PRODUCTION_CT: Patience(
        moves_s=0.5 * _HOUR_S, stands_s=3 * _HOUR_S, least_wh=1000, moves=0.3, stands=0.05
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """A register beside the inverters, since a stretch of time began."""

    register_wh: float
    """The register at its beginning."""
    made_wh: float = 0.0
    """What the inverters have made since."""
    sun_s: float = 0.0
    """Seconds since in which they worked."""
    moves: bool | None = None
    """The verdict on the stretches before; ``None`` without any."""

    def beside(self, made_wh: float, seconds: float) -> Track:
        """Return the track after some more work of the inverters."""
        return replace(self, made_wh=self.made_wh + made_wh, sun_s=self.sun_s + seconds)

    def judged(self, register_wh: float, patience: Patience) -> Track:
        """Return the track with a new sample of the register."""
        grown_wh = register_wh - self.register_wh
        if grown_wh < 0:  # another register, or one that started again
            return Track(register_wh=register_wh, moves=self.moves)
        if self.made_wh < patience.least_wh:
            return self
        share = grown_wh / self.made_wh
        if share >= patience.moves and self.sun_s >= patience.moves_s:
            return Track(register_wh=register_wh, moves=True)
        if share <= patience.stands and self.sun_s >= patience.stands_s:
            return Track(register_wh=register_wh, moves=False)
        if self.sun_s >= 2 * patience.stands_s:  # neither
            return Track(register_wh=register_wh, moves=self.moves)
        return self


class Rivals:
    """The registers of one gateway that are compared with its inverters."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._tracks: dict[str, Track] = {}
        self._at: float | None = None
        self._power_w: float | None = None
        self._pulse: object = None
        self._pulse_at = 0.0

    def feed(
        self, now: float, inverters: Inverters | None, registers: Mapping[str, float | None]
    ) -> None:
        """Take the samples of a collection.

        ``now`` is in epoch seconds, ``inverters`` what all of them do (``None`` when that is not
        fresh), ``registers`` the watt-hours of each rival (``None`` when not read in this
        collection). What is not among them is no rival any more.
        """
        power_w = self._power_of(now, inverters)
        made_wh, sun_s = self._made(now, power_w)
        self._at, self._power_w = now, power_w
        tracks = {}
        for name, register_wh in registers.items():
            track = self._tracks.get(name)
            if track is not None:
                track = track.beside(made_wh, sun_s)
                if register_wh is not None:
                    track = track.judged(register_wh, _PATIENCE[name])
            elif register_wh is not None:
                track = Track(register_wh=register_wh)
            if track is not None:
                tracks[name] = track
        self._tracks = tracks

    def moves(self, name: str) -> bool | None:
        """Return whether a register moves with the inverters; ``None`` while that is not known."""
        track = self._tracks.get(name)
        return None if track is None else track.moves

    def to_json(self) -> dict[str, JsonValue]:
        """Return what is known, for storage and for diagnostics."""
        return {name: asdict(track) for name, track in self._tracks.items()}

    def take_over(self, kept: JsonValue) -> None:
        """Go on with what ``to_json`` made; what is damaged is left out."""
        for name, row in kept.items() if isinstance(kept, dict) else ():
            track = _track(row) if name in _PATIENCE else None
            if track is not None:
                self._tracks[name] = track

    def _power_of(self, now: float, inverters: Inverters | None) -> float | None:
        """Return what the inverters make now; ``None`` when they have not reported for long."""
        if inverters is None or inverters.power_w < max(_LEAST_W, _LEAST_EACH_W * inverters.count):
            return None
        if inverters.pulse != self._pulse:
            self._pulse, self._pulse_at = inverters.pulse, now
        return inverters.power_w if now - self._pulse_at <= _LONGEST_SILENCE_S else None

    def _made(self, now: float, power_w: float | None) -> tuple[float, float]:
        """Return what the inverters have made since the last samples, and in how many seconds."""
        before_w, at = self._power_w, self._at
        if before_w is None or power_w is None or at is None:
            return 0.0, 0.0
        seconds = now - at
        if not 0 < seconds <= _LONGEST_GAP_S:
            return 0.0, 0.0
        return (before_w + power_w) / 2 * seconds / _HOUR_S, seconds


def _track(row: JsonValue) -> Track | None:
    if not isinstance(row, dict):
        return None
    numbers = {field.name: row.get(field.name) for field in fields(Track) if field.name != "moves"}
    plain = {
        name: plain_value
        for name, value in numbers.items()
        if (plain_value := number(value)) is not None
    }
    moves = row.get("moves")
    if plain.keys() != numbers.keys() or not isinstance(moves, bool | None):
        return None
    return Track(**plain, moves=moves)
