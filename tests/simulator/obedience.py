"""How a gateway takes a command, as data (gateway-api.md, 20).

``simulator.obedience["/admin/lib/tariff"] = Ignores()`` stays until it is removed; a list is
consumed, one element for each command (``None``: as a good gateway). The key ``"*"`` means every
control.
Without an entry a gateway obeys after its real time. All times are those of the site's clock.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AtOnce:
    """Obey before the answer is sent."""


@dataclass(frozen=True, slots=True)
class RealTime:
    """Obey after the time that was measured for this control."""

    stretch: float = 1.0
    """Factor on that time, for slow sites."""


@dataclass(frozen=True, slots=True)
class InSteps:
    """Obey after the real time, and show the states in between."""


@dataclass(frozen=True, slots=True)
class Ignores:
    """Answer 200 and do nothing."""

    keeps_file: bool = False
    """True: the page that is written to shows the wish all the same."""


@dataclass(frozen=True, slots=True)
class IgnoresWhileOptimised:
    """Answer 200 and do nothing as long as optimised schedules are on, and are not sent off."""


@dataclass(frozen=True, slots=True)
class PutsBack:
    """Obey after the real time; later the cloud restores what was before."""

    after_s: float = 90.0


@dataclass(frozen=True, slots=True)
class Refuses:
    """Answer with this status and do nothing."""

    status: int = 400
    body: bytes | None = None


@dataclass(frozen=True, slots=True)
class Hangs:
    """Never answer."""

    obeys: bool = False
    """True: obey after the real time all the same."""


@dataclass(frozen=True, slots=True)
class BreaksBefore:
    """Break the connection, and do nothing."""


@dataclass(frozen=True, slots=True)
class BreaksAfter:
    """Break the connection, and obey after the real time."""


@dataclass(frozen=True, slots=True)
class Lies:
    """Obey after the real time; the dry contacts' page shows closed ones as open for a while."""

    seconds: float = 90.0
    after_s: float = 5.0


@dataclass(frozen=True, slots=True)
class AnswersHtml:
    """Answer 200 with a page for people."""

    obeys: bool = False
    """True: obey after the real time all the same."""


type Behaviour = (
    AtOnce
    | RealTime
    | InSteps
    | Ignores
    | IgnoresWhileOptimised
    | PutsBack
    | Refuses
    | Hangs
    | BreaksBefore
    | BreaksAfter
    | Lies
    | AnswersHtml
)

ALL = "*"


class Obedience(dict[str, "Behaviour | list[Behaviour | None]"]):
    """Behaviours by the path of the control."""

    def take(self, path: str) -> Behaviour:
        """Return how the next command is taken, and use it up if it is one of a list."""
        for key in (path, ALL):
            found = self.get(key)
            if isinstance(found, list):
                if found:
                    return found.pop(0) or RealTime()
            elif found is not None:
                return found
        return RealTime()
