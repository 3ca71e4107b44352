"""IQ Batteries and what switches them: ``/ivp/ensemble`` (gateway-api.md, 12.1 to 12.7)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .view import View

if TYPE_CHECKING:
    from ..hardware import Battery, SystemController

type Json = dict[str, object]

_INSTALLED = 1_700_000_000
_LED_CHARGING, _LED_DISCHARGING, _LED_FULL, _LED_LOW = 12, 13, 14, 17
_IDLE_W = 5


def inventory(view: View) -> list[Json]:
    """Return the batteries, the controller and their relatives, by type."""
    site = view.site
    if not (site.batteries or site.enpower or site.plan.collar):
        return []
    groups: list[Json] = [
        {
            "type": "ENCHARGE",
            "devices": [_battery(view, battery) for battery in site.batteries.values()],
        }
    ]
    if site.enpower:
        groups.append({"type": "ENPOWER", "devices": [_enpower(view, site.enpower)]})
    if site.plan.collar:
        groups.append({"type": "COLLAR", "devices": [_collar(view)]})
    if site.plan.combiner:
        groups += _combiner(view)
    if view.firmware.old_inventory and site.grid_profile:
        # Stands among the groups, but has no type (12.1).
        groups.append({"grid_profile_name": site.grid_profile, "id": "0", "item_count": 1})
    return groups


def power(view: View) -> Json:
    """Return each battery's power; the key does end with a colon."""
    return {
        "devices:": [
            {
                "serial_num": battery.serial,
                "real_power_mw": int(battery.power_w * 1000),
                "apparent_power_mva": int(battery.power_w * 1000),
                "soc": int(battery.charge_pct),
            }
            for battery in view.site.batteries.values()
            if battery.communicating
        ]
    }


def secctrl(view: View) -> Json:
    """Return what the storage controller adds up: the batteries that it can use now."""
    site = view.site
    batteries = [battery for battery in site.batteries.values() if battery.communicating]
    ac_batteries = list(site.ac_batteries.values())
    capacity = int(sum(battery.capacity_wh for battery in batteries))
    stored = sum(battery.stored_wh for battery in batteries)
    ac_capacity = sum(battery.capacity_wh for battery in ac_batteries)
    ac_stored = sum(battery.stored_wh for battery in ac_batteries)
    whole = capacity + ac_capacity
    reserve = site.reserve_pct if batteries else 0
    configured = site.storage_control.configured_pct if batteries else 0
    return {
        "shutdown": False,
        "freq_bias_hz": 0.0,
        "voltage_bias_v": 0.0,
        "configured_backup_soc": int(configured),
        "adjusted_backup_soc": int(reserve),
        "agg_soc": int(100 * (stored + ac_stored) / whole) if whole else 0,
        "Max_energy": int(whole),
        "ENC_agg_soc": int(100 * stored / capacity) if capacity else 0,
        "ENC_agg_soh": min((battery.health_pct for battery in batteries), default=0),
        "ENC_agg_backup_energy": int(capacity * reserve / 100),
        "ENC_agg_avail_energy": int(stored),
        "Enc_commissioned_capacity": int(
            sum(battery.capacity_wh for battery in site.batteries.values())
        ),
        "Enc_max_available_capacity": capacity,
        "ACB_agg_soc": int(100 * ac_stored / ac_capacity) if ac_capacity else 0,
        "ACB_agg_energy": int(ac_stored),
        "VLS_Limit": 10,
        "soc_rec_enabled": False,
        "soc_recovery_entry": 2,
        "soc_recovery_exit": 10,
        "Commission_in_progress": False,
        "ESS_in_progress": False,
    }


def status(view: View) -> Json:
    """Return inventory, controller and relays once more, in another shape."""
    site = view.site
    devices: Json = {
        serial: {
            "device_type": 13,
            "com_interface_str": "CAN",
            "device_id": serial,
            "admin_state": 6,
            "admin_state_str": "ENCHG_STATE_READY",
            "phase": "ph-a",
            "der_index": 1,
            "encharge_revision": 3,
            "encharge_capacity": int(battery.capacity_wh),
            "encharge_rated_power": int(battery.max_w),
            "submodule_count": 0,
            "submodules": {},
        }
        for serial, battery in site.batteries.items()
    }
    if site.enpower:
        devices[site.enpower.serial] = {
            "device_type": 17,
            "com_interface_str": "CAN",
            "device_id": site.enpower.serial,
            "admin_state": 24,
            "admin_state_str": _oper_state(view),
        }
    return {
        "inventory": {"serial_nums": devices},
        "secctrl": secctrl(view),
        "relay": relay(view),
    }


def relay(view: View) -> Json:
    """Return the switch between house and grid."""
    state, word = _mains(view), view.site.mains.open_word
    return {
        "mains_admin_state": _mains_ordered(view),
        "mains_oper_state": word if state == "open" else state,
        "srt12_state": "open",
        "der1_state": 1 if view.site.enpower else 0,
        "der2_state": 0,
        "der3_state": 0,
        "Enchg_grid_mode": _grid_mode(view) if view.site.batteries else "unknown",
        "Solar_grid_mode": _grid_mode(view),
    }


def dry_contacts(view: View) -> Json:
    """Return the state of each dry contact."""
    begin, end = view.site.contacts_lie
    lies = begin <= view.site.now < end
    return {
        "dry_contacts": [
            {
                "id": relay.id,
                "status": "open" if lies and relay.id.startswith("NC") else relay.status,
            }
            for relay in view.site.relays
        ]
    }


def generator(view: View) -> Json:
    """Return the generator, or defaults where there is none."""
    unit = view.site.generator
    state = "close" if unit and unit.running else "open"
    return {
        "admin_state": state if unit else "unknown",
        "oper_state": state,
        "admin_mode": 2 if unit else 0,
        "schedule": int(unit is not None),
        "start_soc": 30 if unit else 100,
        "stop_soc": 70 if unit else -1,
        "exc_on": int(unit is not None and unit.exercising),
        # Firmware 7 says that there is one where there is none.
        "present": int(unit is not None or view.firmware.old_inventory),
        "type": int(not view.firmware.old_inventory),
    }


def _common(serial: str, part: str, state: str, number: int) -> Json:
    return {
        "part_num": part,
        "serial_num": serial,
        "installed": _INSTALLED,
        "device_status": ["envoy.global.ok", "prop.done"],
        "last_rpt_date": _INSTALLED,
        "admin_state": number,
        "admin_state_str": state,
        "created_date": _INSTALLED,
        "img_load_date": _INSTALLED,
        "img_pnum_running": "3.0.7545_rel/31.33",
        "communicating": True,
    }


def _battery(view: View, battery: Battery) -> Json:
    row = _common(battery.serial, "836-01826-r76", "ENCHG_STATE_READY", 6)
    row |= {
        "last_rpt_date": int(view.site.now // 180 * 180),
        "bmu_fw_version": "3.8.69",
        "communicating": battery.communicating,
        "sleep_enabled": False,
        "percentFull": battery.shown_pct,
        "temperature": battery.temperature_c,
        "maxCellTemp": battery.temperature_c + 1,
    }
    row |= {
        "comm_level_sub_ghz": 0,
        "comm_level_2_4_ghz": 0,
        "led_status": _led(battery),
        "dc_switch_off": not battery.dc_switch_on,
        "encharge_rev": 3,
        "encharge_capacity": int(battery.capacity_wh),
    }
    if view.firmware.old_inventory:
        return row | {"zigbee_dongle_fw_version": "100F", "operating": True}
    grid = "grid-tied" if view.site.grid_connected else "off-grid"
    return row | {"reported_enc_grid_state": grid, "phase": "ph-a", "der_index": 2}


def _led(battery: Battery) -> int:
    if battery.power_w > _IDLE_W:
        return _LED_DISCHARGING
    if battery.power_w < -_IDLE_W:
        return _LED_CHARGING
    return _LED_FULL if battery.charge_pct > 50 else _LED_LOW


def _enpower(view: View, unit: SystemController) -> Json:
    return _common(unit.serial, "865-00378-r27", _oper_state(view), 24) | {
        "last_rpt_date": int(view.site.now // 60 * 60),
        "communicating": unit.communicating,
        "temperature": unit.temperature_f,
        "comm_level_sub_ghz": 5,
        "comm_level_2_4_ghz": 5,
        "mains_admin_state": _mains_ordered(view),
        "mains_oper_state": _mains(view),
        "Enpwr_grid_mode": _grid_mode(view),
        "Enchg_grid_mode": _grid_mode(view),
        "Enpwr_relay_state_bm": 15868,
        "Enpwr_curr_state_id": 16,
    }


def _collar(view: View) -> Json:
    connected = view.site.grid_connected
    serial = view.site.plan.device_serial(4825, 1)
    state = "ENCMN_MDE_ON_GRID" if connected else "ENCMN_MDE_OFF_GRID"
    return _common(serial, "865-00400-r22", state, 88) | {
        "temperature": 42,
        "mid_state": "close" if connected else "open",
        "grid_state": "on_grid",  # stays so without a grid: only the administrative state tells
        "control_error": 0,
        "collar_state": "Installed",
    }


def _combiner(view: View) -> list[Json]:
    plan = view.site.plan
    controller = _common(plan.device_serial(4826, 1), "800-02403-r08", "ENCMN_C6_CC_READY", 82)
    del controller["img_pnum_running"], controller["device_status"]
    controller |= {"fw_version": "0.1.20-D1", "dmir_version": "0.1.20-D1"}
    meter: Json = {
        "part_num": "800-02403-r08",
        "serial_num": plan.device_serial(4826, 2),
        "installed": _INSTALLED,
        "FW Version": "2.2.1-D4119",
        "Device State": 80,
    }
    return [
        {"type": "C6 COMBINER CONTROLLER", "devices": [controller]},
        {"type": "C6 RGM", "devices": [meter]},
    ]


def _mains(view: View) -> str:
    return "closed" if view.site.grid_connected else "open"


def _mains_ordered(view: View) -> str:
    """Return what was ordered, which proves nothing; a grid that fails shows here too."""
    ordered = view.site.mains.ordered
    return _mains(view) if ordered is None else ordered


def _oper_state(view: View) -> str:
    if view.site.generator and view.site.generator.running:
        return "ENPWR_STATE_OPER_GEN_CLOSE"
    return f"ENPWR_STATE_OPER_{_mains(view).upper()}"


def _grid_mode(view: View) -> str:
    return "multimode-ongrid" if view.site.grid_connected else "multimode-offgrid"
