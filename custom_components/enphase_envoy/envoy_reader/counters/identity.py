"""The name of a register, what is known of its kind, and one sample of it.

A register is a number that a gateway or a device counts up: one direction of a meter, as a whole or
on one phase; the lifetime of an inverter; an element of a page. Each has one name and is judged
once, however many figures are made of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from ..profile import MeterKind


class Source(StrEnum):
    """What counts the energy."""

    CT = "ct"
    """A current transformer on ``/ivp/meters/readings``; named after what it measures."""
    INVERTER = "inverter"
    """An inverter; named by its serial number."""
    PAGE = "page"
    """An element of a page that does not list single meters; named after the element."""
    INTEGRAL = "integral"
    """This integration, which adds a power up over time; the name is ours."""


class Direction(StrEnum):
    """Which way the energy flows, seen from the switchboard (gateway-api.md, section 15.1)."""

    DELIVERED = "delivered"
    """Towards it: produced, imported, discharged."""
    RECEIVED = "received"
    """Away from it: exported, charged."""


class RegisterId(NamedTuple):
    """The name of one register; a tuple, which is quick to look up."""

    source: Source
    name: str
    direction: Direction = Direction.DELIVERED
    phase: int = 0
    """1 to 3; 0 for the whole."""

    @property
    def key(self) -> str:
        """The name as text, for storage and for entities; see ``parse``."""
        return _key_of(self)

    @classmethod
    def parse(cls, key: str) -> RegisterId | None:
        """Read a ``key``; ``None`` for any other text."""
        try:
            source, rest = key.split("/", 1)
            name, direction, phase = rest.rsplit("/", 2)
            return cls(Source(source), name, Direction(direction), int(phase))
        except ValueError:
            return None


@lru_cache(maxsize=1024)  # each is stored in every collection; large sites have hundreds
def _key_of(register: RegisterId) -> str:
    return "/".join((register.source, register.name, register.direction, str(register.phase)))


class Term(NamedTuple):
    """A register with the sign that it has in a sum."""

    sign: int
    """1 or -1."""
    register: RegisterId

    @property
    def key(self) -> str:
        """The term as text; ``parse`` reads it."""
        return f"{'+' if self.sign > 0 else '-'}{self.register.key}"

    @classmethod
    def parse(cls, key: object) -> Term | None:
        """Read a ``key``; ``None`` for anything else."""
        register = RegisterId.parse(key[1:]) if isinstance(key, str) else None
        return cls(-1 if str(key).startswith("-") else 1, register) if register else None


type Terms = tuple[Term, ...]
"""What a figure is the sum of."""

NO_TERMS: Final[Terms] = ()


@lru_cache(maxsize=128)  # of each figure of a site; each is stored in every collection
def keys_of(terms: Terms) -> tuple[str, ...]:
    """Return the terms as texts."""
    return tuple(term.key for term in terms)


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterKind:
    """What can happen to a register, and what cannot."""

    max_power_w: float
    """No more than this ever flows through it."""
    lumps: bool = False
    """It moves every 5 to 15 minutes, as archives and inverters do; an inverter that was out of
    reach brings the energy of hours at once."""
    wraps: bool = False
    """It is kept in 32 bits of joules (gateway-api.md, section 17.2)."""
    signed: bool = False
    """It is a difference computed by the gateway, so it may fall (section 15.4)."""
    step_wh: float = 0.0
    """The step of its page's rounding, if coarser than whole watt-hours."""


class Sample(NamedTuple):
    """What a page says of a register."""

    raw_wh: float
    kind: RegisterKind
    power_w: float | None = None
    """Power through this register now, from the same page, in watts; never negative."""
    counting: bool = False
    """Another register of the meter, or of its page, has a value. So the meter is running, and a
    first zero is real."""


def counter_of_phase(name: str, phase: int) -> str:
    """Return the name of the counter of L1 to L3, from the name for the whole."""
    register = RegisterId.parse(name)
    return register._replace(phase=phase).key if register else f"{name}_l{phase}"


def counter_of_ct(kind: MeterKind, direction: Direction) -> str:
    """Return the name of the counter of one direction of a current transformer."""
    return RegisterId(Source.CT, kind, direction).key


def counter_of_inverter(serial: str) -> str:
    """Return the name of the counter of an inverter's lifetime."""
    return RegisterId(Source.INVERTER, serial).key
