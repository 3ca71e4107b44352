"""The devices of a site: the gateway, and below it its phases, each inverter and each battery."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr

from . import phases
from .const import CONF_HOST, CONF_NAMED_AFTER, DOMAIN
from .envoy_reader import (
    AcBattery,
    Battery,
    Collar,
    CombinerController,
    DryContact,
    GatewayProfile,
    Generator,
    Health,
    Inverter,
    Model,
    PhaseRelay,
    Section,
    Snapshot,
    SystemController,
)

_MANUFACTURER: Final = "Enphase"


class DeviceKind(StrEnum):
    """What a device is; for those below the gateway also the translation key of its name."""

    GATEWAY = "gateway"
    PHASE = "phase"
    """One phase of several, with all that clamps measure on it."""
    INVERTER = "inverter"
    BATTERY = "battery"
    AC_BANK = "ac_bank"
    """All AC Batteries together."""
    AC_BATTERY = "ac_battery"
    CONTROLLER = "controller"
    COLLAR = "collar"
    COMBINER = "combiner"
    DRY_CONTACT = "dry_contact"
    PHASE_RELAY = "phase_relay"
    GENERATOR = "generator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """The devices of one kind below the gateway: which there are, and what is known of each."""

    kind: DeviceKind
    section: Section
    """The section that must have answered before a device counts as gone."""
    members: Callable[[Snapshot], Mapping[str, Any]]
    """By serial number, or by what stands for one."""
    facts: Callable[[Any], Mapping[str, Any]]
    """From a member to the facts of the device registry."""
    own_name: Callable[[Any], str | None] = lambda _member: None
    """From a member to the name that its owner has given it in the manufacturer's app."""
    label: Callable[[Any], str | None] = lambda _member: None
    """From a member to what its translated name holds in place of a serial number."""
    parent: Callable[[Snapshot, str], str] = lambda snapshot, _serial: snapshot.profile.serial
    """Serial number of the device that it hangs below; that one is registered before."""
    former_names: tuple[str, ...] = ()
    """The name that other integrations give it, with ``{serial}``; a device keeps such a name."""
    follows_profile: bool = False
    """Whether the profile alone tells which members there are."""
    begins_in_area_of_parent: bool = False
    """Whether it is a part of the device that it hangs below, and so in the same place."""
    former: Callable[[Any], str | None] = lambda _member: None
    """From a member to the identifier that Home Assistant's own integration has for it, where
    ours is another one."""


type _Unit = (
    Inverter | Battery | AcBattery | SystemController | Collar | CombinerController | PhaseRelay
)


def _unit_facts(model: str) -> Callable[[_Unit], Mapping[str, Any]]:
    return lambda unit: {
        "model": model,
        "sw_version": unit.firmware,
        "hw_version": unit.part_number,
    }


def _ac_bank_of(profile: GatewayProfile) -> str:
    """Return what stands for the serial number of all AC Batteries together."""
    return f"{profile.serial}_acb"


def _phase_facts(_phase: int) -> Mapping[str, Any]:
    return {"model": "Phase", "serial_number": None}


def _contact_facts(_contact: DryContact) -> Mapping[str, Any]:
    return {"model": "Dry Contact", "serial_number": None}


def _generator_facts(generator: Generator) -> Mapping[str, Any]:
    config = generator.config
    return {
        "manufacturer": config.manufacturer,
        "model": config.model or "Generator",
        "serial_number": config.serial,
    }


def _first_controller(snapshot: Snapshot, _serial: str) -> str:
    return next(iter(snapshot.controllers), snapshot.profile.serial)


def generators(snapshot: Snapshot) -> Mapping[str, Generator]:
    """Return the generator, if there is one, by what stands for its serial number."""
    if snapshot.generator is None:
        return {}
    return {f"{snapshot.profile.serial}_generator": snapshot.generator}


FAMILIES: Final = (
    Family(
        kind=DeviceKind.PHASE,
        section=Section.METERS,
        members=lambda snapshot: phases.devices(snapshot.profile, phases.of_site(snapshot.profile)),
        follows_profile=True,
        facts=_phase_facts,
        label=lambda phase: f"L{phase}",
        begins_in_area_of_parent=True,
    ),
    Family(
        kind=DeviceKind.INVERTER,
        section=Section.INVERTERS,
        members=lambda snapshot: snapshot.inverters,
        facts=_unit_facts("Inverter"),
        former_names=("Inverter {serial}",),
    ),
    Family(
        kind=DeviceKind.BATTERY,
        section=Section.BATTERIES,
        members=lambda snapshot: snapshot.batteries,
        facts=_unit_facts("IQ Battery"),
        former_names=(
            "Encharge {serial}",
            "Battery {serial}",
        ),
    ),
    Family(
        kind=DeviceKind.AC_BANK,
        section=Section.INVERTERS,
        members=lambda snapshot: (
            {_ac_bank_of(snapshot.profile): snapshot.ac_bank} if snapshot.ac_bank else {}
        ),
        facts=lambda _bank: {"model": "AC Batteries", "serial_number": None},
        former_names=("ACB {serial}",),
    ),
    Family(
        kind=DeviceKind.AC_BATTERY,
        section=Section.INVERTERS,
        members=lambda snapshot: snapshot.ac_batteries,
        facts=_unit_facts("AC Battery"),
        parent=lambda snapshot, _serial: _ac_bank_of(snapshot.profile),
        former_names=("AC Battery {serial}",),
    ),
    Family(
        kind=DeviceKind.CONTROLLER,
        section=Section.CONTROLLERS,
        members=lambda snapshot: snapshot.controllers,
        facts=_unit_facts("IQ System Controller"),
        former_names=("Enpower {serial}",),
    ),
    Family(
        kind=DeviceKind.COLLAR,
        section=Section.CONTROLLERS,
        members=lambda snapshot: snapshot.collars,
        facts=_unit_facts("IQ Meter Collar"),
        former_names=("Collar {serial}",),
    ),
    Family(
        kind=DeviceKind.COMBINER,
        section=Section.CONTROLLERS,
        members=lambda snapshot: snapshot.combiners,
        facts=_unit_facts("IQ Combiner 6C"),
        former_names=("C6 Combiner {serial}",),
    ),
    Family(
        kind=DeviceKind.DRY_CONTACT,
        section=Section.DRY_CONTACTS,
        members=lambda snapshot: snapshot.dry_contacts,
        facts=_contact_facts,
        own_name=lambda contact: contact.settings.load_name,
        label=lambda contact: contact.name,
        parent=lambda snapshot, ident: snapshot.dry_contacts[ident].controller,
        former=lambda contact: contact.name,
    ),
    Family(
        kind=DeviceKind.PHASE_RELAY,
        section=Section.RELAYS,
        members=lambda snapshot: snapshot.relays,
        facts=_unit_facts("Q-Relay"),
        former_names=("Relay {serial}",),
    ),
    Family(
        kind=DeviceKind.GENERATOR,
        section=Section.GENERATOR,
        members=generators,
        facts=_generator_facts,
        parent=_first_controller,
    ),
)

SERIALS: Final[Mapping[DeviceKind, Callable[[Snapshot], Collection[str]]]] = {
    DeviceKind.GATEWAY: lambda snapshot: (snapshot.profile.serial,),
    **{family.kind: family.members for family in FAMILIES},
}
"""The serial numbers of the devices of each kind that a snapshot knows."""


def is_gone(identifiers: Collection[str], snapshot: Snapshot) -> bool:
    """Say whether the gateway has reported recently that it has no device with this identifier.

    The kind of a device that no page lists is unknown: it may be years old and from another
    integration. So all lists have to be fresh, as the device may be on one that has failed.
    """
    lists = (snapshot.healthy(family.section) for family in FAMILIES)
    if not snapshot.reachable or any(health is not Health.FRESH for health in lists):
        return False
    present = {serial for serials in SERIALS.values() for serial in serials(snapshot)}
    return present.isdisjoint(identifiers)


class Devices:
    """Keeps the device registry as the snapshots say.

    Devices are linked after they were made, not by the entities: the ways in which entities can
    do so exclude each other in the versions of Home Assistant that we run on.
    """

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
        """Know no device yet."""
        self._hass = hass
        self._registry = dr.async_get(hass)
        self._entry = entry
        self._registered: dict[str, Mapping[str, Any]] = {}
        self._known: frozenset[str] | None = None
        self._seen: dict[str, object] = {}
        self._members: dict[DeviceKind, object] = {}
        self._profile: GatewayProfile | None = None
        self._address = ""
        self.generation = 0
        """Grows when something that decides which devices and entities there are has changed."""
        self._ids: dict[str, str] = {}
        self._parts: set[str] = set()
        self._foreign_names: dict[DeviceKind, AbstractSet[str]] = {}
        entry.async_on_unload(
            hass.bus.async_listen(dr.EVENT_DEVICE_REGISTRY_UPDATED, self._follow_area)
        )

    @property
    def known(self) -> frozenset[str]:
        """The serial numbers of the devices that are registered, present or not.

        As long as there is none more and none less, it is the very same object.
        """
        if self._known is None:
            self._known = frozenset(self._registered)
        return self._known

    @callback
    def sync(self, snapshot: Snapshot) -> None:
        """Register what is new and renew what has changed; nothing is removed."""
        profile, address = snapshot.profile, self._entry.data[CONF_HOST]
        is_same = profile is self._profile and address == self._address
        if not is_same:
            self._profile, self._address = profile, address
            self.generation += 1
            self._sync_gateway(profile, address)
        for family in FAMILIES:
            if is_same and family.follows_profile:
                continue
            members, before = family.members(snapshot), self._members.get(family.kind)
            if members is before or members == before:
                continue  # mostly the very same, as a snapshot shares what has not changed
            self._members[family.kind] = members
            self.generation += 1
            for serial, member in members.items():
                if self._seen.get(serial) is member:
                    continue
                self._seen[serial] = member
                facts = {
                    "serial_number": serial,
                    **self._naming(family, member, serial, self._named_after(profile)),
                    **family.facts(member),
                }
                if self._registered.get(serial) != facts:
                    if former := family.former(member):
                        self._adopt(former, serial)
                    self._sync_child(family, serial, family.parent(snapshot, serial), facts)

    def _sync_gateway(self, profile: GatewayProfile, address: str) -> None:
        facts = _gateway_facts(profile, address)
        if self._registered.get(profile.serial) != facts:
            self._registered[profile.serial], self._known = facts, None
            self._register(profile.serial, name=f"Envoy {self._named_after(profile)}", **facts)

    @callback
    def forget(self, serial: str) -> None:
        """Note that the user has removed a device; it is registered again if it comes back."""
        self._registered.pop(serial, None)
        self._known = None
        self._seen.pop(serial, None)
        self._members.clear()
        self._profile = None
        self.generation += 1

    @callback
    def _follow_area(self, event: Event[dr.EventDeviceRegistryUpdatedData]) -> None:
        """Move the parts of a device to its new area, unless they were in another one before."""
        if event.data["action"] != "update" or "area_id" not in event.data["changes"]:
            return
        moved = self._registry.async_get(event.data["device_id"])
        if moved is None:
            return
        before = event.data["changes"]["area_id"]
        for device_id in self._parts:
            part = self._registry.async_get(device_id)
            below = isinstance(part, dr.DeviceEntry) and part.via_device_id == moved.id
            if part and below and part.area_id == before:
                self._registry.async_update_device(device_id, area_id=moved.area_id)

    def _sync_child(
        self, family: Family, serial: str, parent: str, facts: Mapping[str, Any]
    ) -> None:
        part = family.begins_in_area_of_parent
        is_new = part and all(
            (DOMAIN, serial) not in device.identifiers for device in self._of(self._entry)
        )
        self._registered[serial], self._known = facts, None
        device = self._register(serial, **facts)
        above = self._registry.async_get(self._ids.get(parent, ""))
        if above and device.via_device_id != above.id:
            self._registry.async_update_device(device.id, via_device_id=above.id)
        if above and is_new and above.area_id:
            self._registry.async_update_device(device.id, area_id=above.area_id)
        if part:
            self._parts.add(device.id)

    def _named_after(self, profile: GatewayProfile) -> str:
        """Return the serial number in names; it stays when a gateway is replaced."""
        return str(self._entry.data.get(CONF_NAMED_AFTER) or profile.serial)

    def _naming(
        self, family: Family, member: object, serial: str, gateway: str
    ) -> Mapping[str, Any]:
        if name := family.own_name(member):
            return {"name": name}
        if serial in self._named_by_others(family):
            return {}
        placeholders = {"gateway": gateway, "serial": family.label(member) or serial}
        return {"translation_key": family.kind.value, "translation_placeholders": placeholders}

    def _named_by_others(self, family: Family) -> AbstractSet[str]:
        """Return the serial numbers of devices with a name that another integration gave them."""
        if family.kind not in self._foreign_names:
            self._foreign_names[family.kind] = {
                serial
                for device in self._of(self._entry)
                for domain, serial, *_ in device.identifiers
                if domain == DOMAIN
                and device.name
                in [name.format(serial=self._in_names(serial)) for name in family.former_names]
            }
        return self._foreign_names[family.kind]

    def _in_names(self, serial: str) -> str:
        """Return the serial number with which another integration has named a device."""
        number = serial.removesuffix("_acb")
        before = self._entry.data.get(CONF_NAMED_AFTER)
        return str(before) if before and number == self._entry.unique_id else number

    def _adopt(self, former: str, serial: str) -> None:
        """Take over a device that another integration has registered, with its area and name.

        It keeps the other identifier, for the way back. Not a device that two gateways share, as
        the other integration makes them: it has one name for the contacts of all gateways.
        """
        own = self._of(self._entry)
        device = next(
            (candidate for candidate in own if (DOMAIN, former) in candidate.identifiers), None
        )
        if device is None or any((DOMAIN, serial) in known.identifiers for known in own):
            return
        entries = self._hass.config_entries.async_entries(DOMAIN)
        others = [entry for entry in entries if entry.entry_id != self._entry.entry_id]
        if all(device.id != known.id for entry in others for known in self._of(entry)):
            identifiers = {*device.identifiers, (DOMAIN, serial)}
            self._registry.async_update_device(device.id, new_identifiers=identifiers)

    def _of(self, entry: ConfigEntry[Any]) -> list[dr.DeviceEntry]:
        return dr.async_entries_for_config_entry(self._registry, entry.entry_id)

    def _register(self, serial: str, **facts: Any) -> dr.DeviceEntry:  # noqa: ANN401
        device = self._registry.async_get_or_create(
            config_entry_id=self._entry.entry_id,
            identifiers={(DOMAIN, serial)},
            **{"manufacturer": _MANUFACTURER, **facts},
        )
        self._ids[serial] = device.id
        return device


def _gateway_facts(profile: GatewayProfile, host: str) -> dict[str, Any]:
    return {
        "model": _model(profile),
        "serial_number": profile.serial,
        "sw_version": re.sub(r"^\D+", "", profile.firmware or "") or None,
        "hw_version": profile.part_number,
        "configuration_url": _own_page(host, tls=profile.uses_tokens),
        "connections": {(dr.CONNECTION_NETWORK_MAC, profile.mac)} if profile.mac else set(),
    }


def _model(profile: GatewayProfile) -> str:
    """Return the model in the words on the box."""
    if profile.model is Model.LEGACY or (profile.firmware or "").startswith("R"):
        return "Envoy-R"
    name = "IQ Gateway" if profile.uses_tokens else "Envoy-S"
    return f"{name} metered" if profile.model is Model.METERED else f"{name} standard"


def _own_page(host: str, *, tls: bool) -> str | None:
    if "%" in host:  # the zone of a link-local address means nothing to another machine's browser
        return None
    if host.count(":") > 1 and not host.startswith("["):
        host = f"[{host}]"
    return f"{'https' if tls else 'http'}://{host}"
