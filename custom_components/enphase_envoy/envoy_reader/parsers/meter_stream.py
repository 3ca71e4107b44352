"""Parse one event of ``/stream/meter``: powers by phase, about once a second.

Source: gateway-api.md, section 13.3; seen on 5.0 to 8.3.
"""

from dataclasses import dataclass

from ._json import Row, json_object, number, part

_PHASES = ("ph-a", "ph-b", "ph-c")


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamEvent:
    """Active powers of one moment in watts, three phases each, L1 first; unused ones are zero."""

    production_w: tuple[float | None, ...] = ()
    """Positive when producing."""
    net_w: tuple[float | None, ...] = ()
    """Positive when importing."""
    consumption_w: tuple[float | None, ...] = ()


def parse(body: bytes) -> StreamEvent:
    """Return the powers of one event.

    Raises EnvoyResponseError when the body is not such an event.
    """
    page = json_object(body, "production", "net-consumption", "total-consumption")
    return StreamEvent(
        production_w=_powers(page, "production"),
        net_w=_powers(page, "net-consumption"),
        consumption_w=_powers(page, "total-consumption"),
    )


def _powers(page: Row, name: str) -> tuple[float | None, ...]:
    meter = part(page, name)
    powers = tuple(number(part(meter, phase), "p") for phase in _PHASES)
    return powers if any(power is not None for power in powers) else ()
