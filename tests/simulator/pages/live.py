"""``/ivp/livedata/status``: all meters at once, in milliwatts (gateway-api.md, 13.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..counters import Channel
from .view import View

if TYPE_CHECKING:
    from ..counters import Figures

type Json = dict[str, object]

_PHASE_LETTERS = "abc"
_NO_GENERATOR = 5
_OFF = "The last status that is known; switch the stream on for the present one."


def status(view: View) -> Json:
    """Return the snapshot; on a gateway without clamps the powers are zero."""
    site = view.site
    stands_still = view.firmware.live_needs_stream and not site.live
    if site.live_held is None or not stands_still:
        site.live_held = _meters(view)
    page: Json = {} if site.live else {"info": _OFF}
    return page | {
        "connection": {
            "mqtt_state": "connected",
            "prov_state": "configured",
            "auth_state": "ok",
            "sc_stream": "enabled" if site.live else "disabled",
            "sc_debug": "disabled",
        },
        "meters": site.live_held,
        "tasks": {"task_id": 1, "timestamp": int(site.now)},
        "counters": {"main_CfgLoad": 1},
        "dry_contacts": {
            relay.id: {
                "dry_contact_id": relay.id,
                "dry_contact_type": relay.kind,
                "dry_contact_load_name": relay.load_name,
                "dry_contact_status": int(relay.status == "closed"),
            }
            for relay in site.relays
        },
    }


def _meters(view: View) -> Json:
    site = view.site
    holds = site.storage_mode == "backup"
    measured = view.meter("production", "net-consumption", "total-consumption") is not None
    meters: Json = {
        "last_update": int(site.now),
        "soc": int(site.charge_pct),
        "main_relay_state": int(site.grid_connected),
        "gen_relay_state": int(site.generator.running) if site.generator else _NO_GENERATOR,
        "backup_bat_mode": 0 if holds else 1,
        "backup_soc": (100 if holds else int(site.reserve_pct)) if site.batteries else 0,
        "is_split_phase": int(site.plan.phase_mode == "split"),
        "phase_count": site.plan.phases,
        "enc_agg_soc": int(site.charge_pct),
        "enc_agg_energy": int(sum(battery.stored_wh for battery in site.batteries.values())),
        "acb_agg_soc": 0,
        "acb_agg_energy": int(sum(battery.stored_wh for battery in site.ac_batteries.values())),
        "pv": _meter(site.production.phases, measured=measured),
        "storage": _meter(site.storage.phases, measured=measured),
        "grid": _meter(site.grid.phases, measured=measured),
        "load": _meter(site.load.phases, measured=measured),
        "generator": _meter(_shares(site.generator_w, site.plan.phases), measured=measured),
    }
    return meters


def _shares(power_w: float, count: int) -> tuple[Channel, ...]:
    return tuple(Channel(power_w=power_w / count) for _ in range(count))


def _meter(phases: tuple[Figures, ...], *, measured: bool) -> Json:
    powers = [int(phase.power_w * 1000) if measured else 0 for phase in phases]
    powers += [0] * (len(_PHASE_LETTERS) - len(powers))
    row: Json = {"agg_p_mw": sum(powers), "agg_s_mva": sum(powers)}
    for letter, power in zip(_PHASE_LETTERS, powers, strict=True):
        row[f"agg_p_ph_{letter}_mw"] = power
        row[f"agg_s_ph_{letter}_mva"] = power
    return row
