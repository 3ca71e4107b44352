"""``/ivp/livedata/status``: all meters at once, in milliwatts (gateway-api.md, 13.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .view import View

if TYPE_CHECKING:
    from ..counters import Figures

type Json = dict[str, object]

_PHASE_LETTERS = "abc"
_NO_GENERATOR = 5


def status(view: View) -> Json:
    """Return the snapshot; on a gateway without clamps the powers are zero."""
    site = view.site
    measured = view.meter("production", "net-consumption", "total-consumption") is not None
    meters: Json = {
        "last_update": int(site.now),
        "soc": int(site.charge_pct),
        "main_relay_state": int(site.grid_connected),
        "gen_relay_state": int(site.generator.running) if site.generator else _NO_GENERATOR,
        "backup_bat_mode": 1,
        "backup_soc": int(site.reserve_pct) if site.batteries else 0,
        "is_split_phase": int(site.plan.phase_mode == "split"),
        "phase_count": site.plan.phases,
        "enc_agg_soc": int(site.charge_pct),
        "enc_agg_energy": int(sum(it.stored_wh for it in site.batteries.values())),
        "acb_agg_soc": 0,
        "acb_agg_energy": int(sum(it.stored_wh for it in site.ac_batteries.values())),
        "pv": _meter(site.production.phases, measured=measured),
        "storage": _meter(site.storage.phases, measured=measured),
        "grid": _meter(site.grid.phases, measured=measured),
        "load": _meter(site.load.phases, measured=measured),
        "generator": _meter((), measured=False),
    }
    return {
        "connection": {
            "mqtt_state": "connected",
            "prov_state": "configured",
            "auth_state": "ok",
            "sc_stream": "disabled",
            "sc_debug": "disabled",
        },
        "meters": meters,
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


def _meter(phases: tuple[Figures, ...], *, measured: bool) -> Json:
    powers = [int(phase.power_w * 1000) if measured else 0 for phase in phases]
    powers += [0] * (len(_PHASE_LETTERS) - len(powers))
    row: Json = {"agg_p_mw": sum(powers), "agg_s_mva": sum(powers)}
    for letter, power in zip(_PHASE_LETTERS, powers, strict=True):
        row[f"agg_p_ph_{letter}_mw"] = power
        row[f"agg_s_ph_{letter}_mva"] = power
    return row
