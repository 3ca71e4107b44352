"""Parse ``/ivp/livedata/status``: one look at all powers, batteries and house load included.

The load is what the gateway computes of the other three, so it lags with each of them.
Source: gateway-api.md, section 13.1; seen on 7.3 to 8.3.
"""

from dataclasses import dataclass

from ._json import Row, epoch, json_object, part, percent, scaled

_MILLI = 1000
_PHASES = ("a", "b", "c")


@dataclass(frozen=True, slots=True, kw_only=True)
class LivePower:
    """What flows through one boundary now, in watts."""

    total_w: float | None = None
    phases_w: tuple[float | None, ...] = ()
    """L1 first; empty on firmware that does not part them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveStatus:
    """All powers of one moment."""

    production: LivePower = LivePower()
    """Positive when producing."""
    grid: LivePower = LivePower()
    """Positive when importing."""
    storage: LivePower = LivePower()
    """Positive when discharging."""
    load: LivePower = LivePower()
    """Zero or positive."""
    charge_pct: float | None = None
    """State of charge of all batteries."""
    updated_at: float | None = None
    """Seconds since 1970 by the gateway's clock; may advance while the powers are frozen."""
    streaming: bool | None = None
    """Whether the gateway renews the page every second; ``None`` where it does not say."""


def parse(body: bytes) -> LiveStatus:
    """Return the powers of the page.

    Raises EnvoyResponseError when the body is not this page.
    """
    page = json_object(body, "meters", "connection")
    meters = part(page, "meters")
    stream = part(page, "connection").get("sc_stream")
    return LiveStatus(
        production=_power(meters, "pv"),
        grid=_power(meters, "grid"),
        storage=_power(meters, "storage"),
        load=_power(meters, "load"),
        charge_pct=percent(meters, "soc"),
        updated_at=epoch(meters, "last_update"),
        streaming=stream == "enabled" if isinstance(stream, str) else None,
    )


def _power(meters: Row, name: str) -> LivePower:
    meter = part(meters, name)
    phases = tuple(scaled(meter, f"agg_p_ph_{phase}_mw", _MILLI) for phase in _PHASES)
    return LivePower(
        total_w=scaled(meter, "agg_p_mw", _MILLI),
        phases_w=phases if any(phase is not None for phase in phases) else (),
    )
