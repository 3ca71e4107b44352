"""Settings: tariff, relays, generator, limits (gateway-api.md, 12.5 to 12.9 and 14)."""

from __future__ import annotations

from .. import orders
from ..literals import mark
from .view import View

type Json = dict[str, object]

_ALL_WEEK = "Mon,Tue,Wed,Thu,Fri,Sat,Sun"
_IDLE_W = 5.0
_KEPT_APART = frozenset(
    {
        "type",
        "grid_action",
        "micro_grid_action",
        "gen_action",
        "load_name",
        "mode",
        "soc_low",
        "soc_high",
    }
)
"""Settings of a dry contact that are shown as the site has them."""


def tariff(view: View) -> object:
    """Return prices and, with a battery in reach, the storage settings: as they were written."""
    control = view.site.storage_control
    settings = control.schedule
    charges: Json = {
        "mode": settings.mode,
        "operation_mode_sub_type": "",
        "reserved_soc": settings.reserve_pct,
        "very_low_soc": 10,
        "charge_from_grid": settings.charge_from_grid,
        "date": "1750000000",
        **({"opt_schedules": settings.optimised} if view.firmware.tokens else {}),
    }
    season: Json = {
        "id": "all_year_long",
        "start": "1/1",
        "days": [
            {
                "id": "all_days",
                "days": _ALL_WEEK,
                "must_charge_start": 0,
                "must_charge_duration": 0,
                "must_charge_mode": "CG",
                "peak_rule": "DL",
                "enable_discharge_to_grid": False,
                "periods": [{"id": "period_1", "start": 0, "rate": 0.31}],
            }
        ],
        "tiers": [],
    }
    rates: Json = {"single_rate": {"rate": 0.31, "sell": 0.07}, "seasons_sell": []}
    if not view.firmware.storage_settings:
        return {
            "tariff": {"currency": {"code": "EUR"}, "seasons": [], **rates},
            "schedule": {"source": "Tariff", "date": "", "version": "00.00.02"},
        }
    page: Json = {"currency": {"code": "EUR"}, "logger": "mylogger", "date": "1750000000"}
    page |= {"storage_settings": charges, "seasons": [season], **rates}
    whole: Json = {
        "tariff": page if control.file is None else control.file,
        "schedule": {
            "source": "Tariff",
            "date": "2026-01-01 00:00:00 UTC",
            "version": "00.00.02",
            "reserved_soc": settings.reserve_pct,
            "very_low_soc": 10,
            "charge_from_grid": settings.charge_from_grid,
            "battery_mode": settings.mode,
            "schedule": {},
        },
    }
    return mark(whole)


def ac_battery_config(view: View) -> object:
    """Return which AC Batteries are to sleep, and within which charge."""
    return mark({"acb_sleep": orders.sleeping(view.site)})


def storage_schedule(view: View) -> Json:
    """Return what the storage controller may do, in contrast to the tariff file (12.9)."""
    site = view.site
    mode = 2 if site.charge_from_grid and site.storage.power_w < -_IDLE_W else 1
    return {
        "Charge From Grid Allowed": site.charge_from_grid,
        "Agg VLS Energy": int(sum(battery.capacity_wh for battery in site.batteries.values()) / 10),
        "Num_of_enc": len(site.batteries),
        "acb_current_mode": mode if site.batteries else 0,
        "sched_mode_key": [
            "ID - Idle",
            "ZN - Zero Net",
            "CG - Charge From Grid",
            "DG - Discharge To Grid",
            "ND - No Discharge",
            "DL - Discharge To Load",
            "CP - Charge From PV",
        ],
    }


def storage_status(view: View) -> Json:
    """Return what the storage controller asks of the batteries: -100 is full charge (12.9)."""
    units = list(view.site.batteries.values())
    most = sum(unit.max_w for unit in units)
    share = sum(unit.power_w for unit in units) / most if most else 0.0
    return {"response": {"groups": [{"group": "ENC", "setpoint_val": int(100 * share)}]}}


def dry_contact_settings(view: View) -> object:
    """Return what each dry contact is for; booleans are strings here."""
    rows: list[Json] = []
    for priority, relay in enumerate(view.site.relays, 1):
        used = relay.kind != "NONE"
        row: Json = {
            "id": relay.id,
            "type": relay.kind,
            "grid_action": relay.grid_action,
            "micro_grid_action": relay.microgrid_action,
            "gen_action": relay.generator_action,
            "essential_start_time": 32400.0,
            "essential_end_time": 57600.0,
            "priority": float(priority),
            "black_s_start": 5.0,
            "override": str(used).lower(),
            "manual_override": "true",
            "load_name": relay.load_name,
            "mode": relay.mode,
            "soc_low": relay.soc_low,
            "soc_high": relay.soc_high,
            "pv_serial_nb": [],
        }
        rows.append(row | {key: it for key, it in relay.row.items() if key not in _KEPT_APART})
    return mark({"dry_contacts": rows})


def generator_config(view: View) -> Json:
    """Return the generator's plate; empty where there is none."""
    unit = view.site.generator
    if unit is None:
        return {}
    return {
        "max_cont_gen_amps": 60.0,
        "min_gen_loading_perc": 5,
        "max_gen_efficiency_perc": 100,
        "name_plate_rating_wat": 14.0,  # kilowatts, whatever the name says
        "start_method": "auto",
        "warm_up_mins": 5,
        "cool_down_mins": 5,
        "gen_type": "Standby",
        "model": "SIM-14",
        "manufacturer": "Invented",
        "last_updated_by": "ITK",
        "generator_id": unit.serial,
        "charge_from_generator": True,
    }


def generator_schedule(view: View) -> Json:
    """Return when the generator exercises."""
    if view.site.generator is None:
        return {}
    return {
        "exercise_config": {"freq_in_weeks": 2, "start": 600, "duration": 20, "day": "Sun"},
        "default_soc": {"start_soc": 30, "stop_soc": 70},
        "schedule": {},
        "last_updated_by": "ITK",
    }


def generator_mode(view: View) -> Json:
    """Return whether the generator is off, on or left to itself."""
    unit = view.site.generator
    return {"gen_cmd": unit.mode if unit else "off", "last_updated_by": "ITK"}


def pel_settings(view: View) -> Json:
    """Return the export limit of the site."""
    limits = view.site.limits
    share, watts = limits.export_pct, limits.export_w
    limited = share is not None or watts is not None
    return {
        "PEL": limited,
        "Hard_PEL": False,
        "Soft_PEL": limited,
        "Export_Limit_Type": "Aggregate",
        "percent": share is not None,
        "apparent": False,
        "PEL_Limit": (watts or 0.0) if share is None else share,
    }


def pv_limit(view: View) -> Json:
    """Return the limit of the production."""
    share = view.site.limits.production_pct
    return {"enable": share is not None, "pv_limit_pct": 100 if share is None else share}


def dynamic_export_limit(view: View) -> object:
    """Return the installer's limit."""
    limits = view.site.limits
    watts = limits.dynamic_set_w if limits.dynamic_w is None else limits.dynamic_w
    first: Json = {"enable": False, "export_limit": True, "limit_value_W": watts}
    first |= {"slew_rate": 50.0, "enable_dynamic_limiting": False}
    last = {
        "enable": limits.dynamic_w is not None,
        "export_limit": limits.dynamic_export,
        "limit_value_W": watts,
    }
    row = first | limits.dynamic_row | last
    return mark({"dynamic_pel_settings": row, "filename": "site_settings", "version": "00.00.01"})


def grid_profiles(view: View) -> Json:
    """Return the rules of the grid that are in use, and those that could be."""
    name = view.site.grid_profile
    return {
        "selected_profile": name,
        "selected_profile_id": "0",
        "profile_auto_selected": False,
        "profiles": [{"uuid": "0", "profile_id": name}],
    }


def new_scan(view: View) -> Json:
    """Return whether new devices are looked for, and how often the known ones are asked."""
    scan: Json = {"active": False, "scan-is-done": False, "polling-is-off": False}
    return {"newDeviceScan": scan | {"polling-period-secs": view.site.interval_s}}


def production_switch(view: View) -> Json:
    """Return whether production was switched off by the installer."""
    return {"powerForcedOff": view.site.limits.production_off}
