"""Parse ``/ivp/ensemble/secctrl``: all batteries of the site together.

Firmware 7.0 only gives the overall figures; without batteries all of them are zero.
Source: gateway-api.md, section 12.3; seen on 7.0 to 8.3.
"""

from dataclasses import dataclass

from ._json import json_object, number, percent


@dataclass(frozen=True, slots=True, kw_only=True)
class BatteryAggregate:
    """IQ Batteries together, AC Batteries together, and both ("overall")."""

    charge_pct: float | None = None
    """State of charge of the IQ Batteries."""
    stored_wh: float | None = None
    """Energy left in the IQ Batteries."""
    capacity_wh: float | None = None
    """What the IQ Batteries hold at most."""
    health_pct: float | None = None
    """What the IQ Batteries hold at most, as a share of what they held when new."""
    reserve_pct: float | None = None
    """State of charge kept for an outage, as it is in effect."""
    reserve_wh: float | None = None
    """Energy kept for an outage."""
    overall_charge_pct: float | None = None
    overall_capacity_wh: float | None = None
    ac_battery_charge_pct: float | None = None
    ac_battery_stored_wh: float | None = None


def parse(body: bytes) -> BatteryAggregate:
    """Return the figures in watt-hours and percent.

    Raises EnvoyResponseError when the body is not this page.
    """
    page = json_object(body, "agg_soc", "ENC_agg_soc")
    return BatteryAggregate(
        charge_pct=percent(page, "ENC_agg_soc"),
        stored_wh=number(page, "ENC_agg_avail_energy"),
        capacity_wh=number(page, "Enc_max_available_capacity"),
        health_pct=percent(page, "ENC_agg_soh"),
        reserve_pct=percent(page, "adjusted_backup_soc"),
        reserve_wh=number(page, "ENC_agg_backup_energy"),
        overall_charge_pct=percent(page, "agg_soc"),
        overall_capacity_wh=number(page, "Max_energy"),
        ac_battery_charge_pct=percent(page, "ACB_agg_soc"),
        ac_battery_stored_wh=number(page, "ACB_agg_energy"),
    )
