"""What the entities of an inverter show.

Unique ids are those of Home Assistant's own integration; where it has none, those of the variant
for installers, so that both histories go on. Everything but the power is off at first:
it is for those who look for a fault.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any, Final

from homeassistant.const import UnitOfEnergy

from ..devices import DeviceKind
from ..envoy_reader import (
    GatewayProfile,
    Inverter,
    InverterSource,
    Section,
    Snapshot,
    counter_of_inverter,
)
from .descriptions import EnvoyBinarySensorDescription, EnvoySensorDescription, Facts, Rows
from .facts import (
    AMPERES,
    BALANCE,
    CELSIUS,
    CONNECTIVITY,
    COUNTER,
    DETAIL,
    HERTZ,
    MEASURED,
    OFF,
    SECONDS,
    TIME,
    VOLTS,
    WATTS,
    whole,
)

_MILLI: Final = 1000


def _detailed(snapshot: Snapshot) -> Collection[str]:
    return [serial for serial, inverter in snapshot.inverters.items() if inverter.detailed]


def _has_all_details(profile: GatewayProfile) -> bool:
    return profile.inverter_details_from is InverterSource.DEVICE_DATA


def _in_milli(value: float | None) -> int | None:
    return None if value is None else whole(value * _MILLI)


_LISTED: Final = Rows[Inverter](
    kind=DeviceKind.INVERTER,
    section=Section.INVERTERS,
    part_fn=lambda snapshot, serial: snapshot.inverters.get(serial),
    ids="envoy_{gateway}_inverter_{serial}",
    name_key="inverter_{id_suffix}",
)
_TOLD: Final[Facts] = {"exists_fn": _has_all_details, "serials_fn": _detailed, **OFF}
_DETAILED: Final = replace(_LISTED, section=Section.INVERTER_DETAILS, facts=_TOLD)
"""Values that only some inverters have: those with a page of details."""
_ELECTRICAL: Final = replace(_DETAILED, facts={**_TOLD, "momentary": True})
"""Unavailable as soon as the page is stale."""
_ALSO_OLDER: Final[Facts] = {"exists_fn": lambda profile: profile.inverter_details_from is not None}
"""Values that installers also see on older firmware."""
_STATES: Final = replace(
    _LISTED,
    section=Section.INVERTER_STATES,
    facts={"exists_fn": lambda profile: profile.tells_inverter_states, **DETAIL},
)

LISTED: Final = (
    _LISTED.sensor(
        "inverters",
        lambda inverter: whole(inverter.power_w),
        WATTS,
        id_suffix="",
        name_key="",
        unique_id="{serial}",
        momentary=True,
    ),
    _LISTED.sensor(
        "last_reported",
        lambda inverter: inverter.reported_at,
        TIME,
        OFF,  # It would be written as often as the power.
        name_key="last_reported",
    ),
    _LISTED.sensor(
        "max_reported",
        lambda inverter: whole(inverter.max_power_w),
        WATTS,
        DETAIL,
        id_suffix="lifetime_maximum_power",
    ),
)

ENERGY: Final = (
    _DETAILED.sensor(
        "lifetime_energy",
        lambda inverter: whole(inverter.lifetime_wh),
        COUNTER,
        id_suffix="lifetime_energy_production",
        counter=counter_of_inverter("{serial}"),
    ),
    _DETAILED.sensor(
        "energy_today",
        lambda inverter: whole(inverter.today_wh),
        COUNTER,
        id_suffix="todays_energy_production",
    ),
    _DETAILED.sensor(
        "inverter_data_watt_hours_yesterday",
        lambda inverter: whole(inverter.yesterday_wh),
        BALANCE,
        id_suffix="yesterdays_energy_production",
    ),
    _DETAILED.sensor(
        "inverter_data_watt_hours_week",
        lambda inverter: whole(inverter.week_wh),
        BALANCE,
        id_suffix="last_seven_days_energy_production",
    ),
    _DETAILED.sensor(
        "energy_produced",
        lambda inverter: _in_milli(inverter.interval_wh),
        BALANCE,
        id_suffix="energy_production_since_previous_report",
        # The unit of Home Assistant's own integration, which divides by seconds in addition.
        native_unit_of_measurement=UnitOfEnergy.MILLIWATT_HOUR,
        suggested_unit_of_measurement=UnitOfEnergy.WATT_HOUR,
        suggested_display_precision=1,
    ),
)

ELECTRICAL: Final = (
    _ELECTRICAL.sensor("dc_voltage", lambda inverter: inverter.dc_voltage_v, VOLTS, _ALSO_OLDER),
    _ELECTRICAL.sensor("dc_current", lambda inverter: inverter.dc_current_a, AMPERES, _ALSO_OLDER),
    _ELECTRICAL.sensor("ac_voltage", lambda inverter: inverter.ac_voltage_v, VOLTS, _ALSO_OLDER),
    _ELECTRICAL.sensor("ac_current", lambda inverter: inverter.ac_current_a, AMPERES),
    _ELECTRICAL.sensor(
        "ac_frequency", lambda inverter: inverter.frequency_hz, HERTZ, id_suffix="frequency"
    ),
    _ELECTRICAL.sensor(
        "temperature",
        lambda inverter: inverter.temperature_c,
        CELSIUS,
        _ALSO_OLDER,
        DETAIL,
        suggested_display_precision=0,
    ),
)

REPORTS: Final = (
    _DETAILED.sensor("last_report_duration", lambda inverter: inverter.interval_s, SECONDS, DETAIL),
    _DETAILED.sensor(
        "inverter_data_conversion_error",
        lambda inverter: inverter.conversion_error_s,
        SECONDS,
        DETAIL,
        id_suffix="conversion_error_time",
    ),
    _DETAILED.sensor(
        "inverter_data_conversion_error_cycles",
        lambda inverter: inverter.conversion_error_cycles,
        MEASURED,
        DETAIL,
        id_suffix="conversion_error_cycles",
    ),
    _STATES.sensor(
        "inverter_info_img_pnum_running", lambda inverter: inverter.firmware, id_suffix="firmware"
    ),
)

SENSORS: Final[tuple[EnvoySensorDescription[Any], ...]] = (
    *LISTED,
    *ENERGY,
    *ELECTRICAL,
    *REPORTS,
)
BINARY_SENSORS: Final[tuple[EnvoyBinarySensorDescription[Any], ...]] = (
    _STATES.binary(
        "inverter_info_communicating",
        lambda inverter: inverter.communicating,
        CONNECTIVITY,
        id_suffix="communicating",
    ),
    _STATES.binary(
        "inverter_info_producing", lambda inverter: inverter.producing, id_suffix="producing"
    ),
    _DETAILED.binary("gone", lambda inverter: inverter.gone, DETAIL),
)
