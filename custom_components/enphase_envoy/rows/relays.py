"""What the entities of relays show: dry contacts for loads and sources, Q-Relays for inverters.

Unique ids are those of Home Assistant's own integration; where it has none, those of the variant
for installers. What others switch or set by an id on another platform is only shown here.
"""

from __future__ import annotations

from typing import Any, Final

from ..devices import DeviceKind
from ..envoy_reader import ContactAction, ContactMode, ContactUse, DryContact, PhaseRelay, Section
from .descriptions import EnvoyBinarySensorDescription, EnvoySensorDescription, Rows
from .facts import CELSIUS, CONNECTIVITY, DETAIL, HERTZ, OFF, PERCENT, TIME, VOLTS, short, words

_CONTACT: Final = Rows[DryContact](
    kind=DeviceKind.DRY_CONTACT,
    section=Section.DRY_CONTACTS,
    part_fn=lambda snapshot, ident: snapshot.dry_contacts.get(ident),
    ids="envoy_{gateway}_dry_contact_{serial}",
)
_RELAY: Final = Rows[PhaseRelay](
    kind=DeviceKind.PHASE_RELAY,
    section=Section.RELAYS,
    part_fn=lambda snapshot, serial: snapshot.relays.get(serial),
    ids="envoy_{gateway}_q_relay_{serial}",
)


def _voltage(line: int) -> EnvoySensorDescription[PhaseRelay]:
    return _RELAY.sensor(
        f"relay_data_voltage_l{line}",
        lambda relay: relay.voltages_v[line - 1] if relay.voltages_v else None,
        VOLTS,
        OFF,
        momentary=True,
        id_suffix=f"voltage_l{line}",
    )


CONTACT: Final = (
    _CONTACT.sensor(
        "use", lambda contact: contact.settings.use, words(ContactUse), DETAIL, name_key="relay_use"
    ),
    _CONTACT.sensor(
        "mode",
        lambda contact: contact.settings.mode,
        words(ContactMode),
        DETAIL,
        name_key="relay_mode",
    ),
    _CONTACT.sensor(
        "grid_action",
        lambda contact: contact.settings.grid_action,
        words(ContactAction),
        DETAIL,
        name_key="relay_grid_action",
    ),
    _CONTACT.sensor(
        "microgrid_action",
        lambda contact: contact.settings.microgrid_action,
        words(ContactAction),
        DETAIL,
        name_key="relay_microgrid_action",
    ),
    _CONTACT.sensor(
        "generator_action",
        lambda contact: contact.settings.generator_action,
        words(ContactAction),
        DETAIL,
        name_key="relay_generator_action",
    ),
    _CONTACT.sensor("soc_low", lambda contact: contact.settings.soc_low_pct, PERCENT, DETAIL),
    _CONTACT.sensor("soc_high", lambda contact: contact.settings.soc_high_pct, PERCENT, DETAIL),
)
RELAY: Final = (
    _RELAY.sensor(
        "relay_data_temperature",
        lambda relay: relay.temperature_c,
        CELSIUS,
        OFF,
        name_key="temperature",
        id_suffix="temperature",
    ),
    *(_voltage(line) for line in (1, 2, 3)),
    _RELAY.sensor(
        "relay_data_frequency",
        lambda relay: relay.frequency_hz,
        HERTZ,
        OFF,
        momentary=True,
        id_suffix="frequency",
    ),
    _RELAY.sensor(
        "relay_data_state_change_count",
        lambda relay: relay.state_changes,
        DETAIL,
        id_suffix="state_change_count",
    ),
    _RELAY.sensor(
        "relay_data_last_reading",
        lambda relay: relay.reported_at,
        TIME,
        DETAIL,
        name_key="last_reported",
        id_suffix="last_reading",
    ),
    _RELAY.sensor(
        "relay_info_reason", lambda relay: short(relay.reason), DETAIL, id_suffix="reason"
    ),
)

SENSORS: Final[tuple[EnvoySensorDescription[Any], ...]] = (*CONTACT, *RELAY)
BINARY_SENSORS: Final[tuple[EnvoyBinarySensorDescription[Any], ...]] = (
    _CONTACT.binary(
        "relay_status", lambda contact: contact.closed, OFF, id_suffix="", momentary=True
    ),
    _RELAY.binary("relay_info_relay", lambda relay: relay.closed, OFF, id_suffix="relay"),
    _RELAY.binary("relay_info_forced", lambda relay: relay.forced, DETAIL, id_suffix="forced"),
    _RELAY.binary(
        "relay_info_communicating",
        lambda relay: relay.communicating,
        CONNECTIVITY,
        name_key="communicating",
        id_suffix="communicating",
    ),
)
