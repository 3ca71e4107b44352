"""Every control of a gateway, as a reader's owner uses it, and what is true of it at the site."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from custom_components.enphase_envoy.envoy_reader import (
    AWAKE,
    Command,
    CommandState,
    Control,
    DryContact,
    Snapshot,
    Wish,
)
from tests.simulator import Site
from tests.simulator.hardware import Relay

from .conftest import Visit

CONTACTS = "/ivp/ensemble/dry_contacts"
SETTINGS = "/ivp/ss/dry_contact_settings"
TARIFF = "/admin/lib/tariff"
RELAY = "/ivp/ensemble/relay"
ACB = "/admin/lib/acb_config"
PRODUCTION = "/ivp/mod/603980032/mode/power"
LIMIT = "/ivp/ss/dpel"


@dataclass(frozen=True, kw_only=True)
class Case:
    """A control, what is asked of it, and where the truth is."""

    command: Command
    path: str
    scenario: str = "pc_d83_controls"
    figure: Callable[[Snapshot], Wish | None]
    """Of a snapshot, where no command says otherwise."""
    truth: Callable[[Site], Wish]
    """What the site does."""
    prepare: Callable[[Site], None] = lambda _site: None

    @property
    def name(self) -> str:
        """What tests call it."""
        return str(self.command.control)


def _contact(snapshot: Snapshot, name: str = "NC1") -> DryContact:
    return next(contact for contact in snapshot.dry_contacts.values() if contact.name == name)


def _relay(site: Site, name: str = "NC1") -> Relay:
    return next(relay for relay in site.relays if relay.id == name)


_ACTIONS = {"apply": "powered", "shed": "not_powered", "schedule": "schedule", "none": "none"}
_STORAGE = {
    "backup": "backup",
    "self-consumption": "self_consumption",
    "economy": "savings",
}


def _ask(control: Control, value: Wish, target: str = "") -> Command:
    return Command(control=control, value=value, target=target)


def _limit(site: Site) -> None:
    # Of production: what is fed in would go into the battery first.
    site.limits.dynamic_set_w, site.limits.dynamic_export = 200.0, False
    site.sunshine_override = 1.0


def _band(site: Site) -> str:
    rows = site.acb_sleep
    if rows is None:
        return "mixed"
    bands = {f"{row['sleep_min_soc']}-{row['sleep_max_soc']}" for row in rows}
    return bands.pop() if len(bands) == 1 else AWAKE if not bands else "mixed"


CASES = (
    Case(
        command=_ask(Control.GRID, value=False),
        path=RELAY,
        figure=lambda snapshot: any(
            unit.mains_admin_closed or unit.mains_closed for unit in snapshot.controllers.values()
        ),
        truth=lambda site: site.grid_connected,
    ),
    Case(
        command=_ask(Control.CONTACT, value=False, target="NC1"),
        path=CONTACTS,
        figure=lambda snapshot: _contact(snapshot).closed,
        truth=lambda site: _relay(site).status == "closed",
    ),
    Case(
        command=_ask(Control.CONTACT_MODE, "battery", "NC1"),
        path=SETTINGS,
        figure=lambda snapshot: _contact(snapshot).settings.mode,
        truth=lambda site: {"manual": "standard", "soc": "battery"}[_relay(site).mode],
    ),
    Case(
        command=_ask(Control.CONTACT_GRID_ACTION, "schedule", "NC1"),
        path=SETTINGS,
        figure=lambda snapshot: _contact(snapshot).settings.grid_action,
        truth=lambda site: _ACTIONS[_relay(site).grid_action],
    ),
    Case(
        command=_ask(Control.CONTACT_MICROGRID_ACTION, "powered", "NC1"),
        path=SETTINGS,
        figure=lambda snapshot: _contact(snapshot).settings.microgrid_action,
        truth=lambda site: _ACTIONS[_relay(site).microgrid_action],
    ),
    Case(
        command=_ask(Control.CONTACT_GENERATOR_ACTION, "none", "NC1"),
        path=SETTINGS,
        figure=lambda snapshot: _contact(snapshot).settings.generator_action,
        truth=lambda site: _ACTIONS[_relay(site).generator_action],
    ),
    Case(
        command=_ask(Control.CONTACT_CUTOFF, 45.0, "NC1"),
        path=SETTINGS,
        figure=lambda snapshot: _contact(snapshot).settings.soc_low_pct,
        truth=lambda site: _relay(site).soc_low,
    ),
    Case(
        command=_ask(Control.CONTACT_RESTORE, 85.0, "NC1"),
        path=SETTINGS,
        figure=lambda snapshot: _contact(snapshot).settings.soc_high_pct,
        truth=lambda site: _relay(site).soc_high,
    ),
    Case(
        command=_ask(Control.STORAGE_MODE, "backup"),
        path=TARIFF,
        figure=lambda snapshot: snapshot.storage.active.mode if snapshot.storage else None,
        truth=lambda site: _STORAGE[site.storage_mode],
    ),
    Case(
        command=_ask(Control.RESERVE, 45.0),
        path=TARIFF,
        figure=lambda snapshot: snapshot.storage.active.reserve_pct if snapshot.storage else None,
        truth=lambda site: site.reserve_pct,
    ),
    Case(
        command=_ask(Control.CHARGE_FROM_GRID, value=True),
        path=TARIFF,
        figure=lambda snapshot: (
            snapshot.storage.active.charge_from_grid if snapshot.storage else None
        ),
        truth=lambda site: site.charge_from_grid,
    ),
    Case(
        command=_ask(Control.GENERATOR_MODE, "on"),
        path="/ivp/ss/gen_mode",
        figure=lambda snapshot: snapshot.generator.mode if snapshot.generator else None,
        truth=lambda site: site.generator.mode if site.generator else "",
    ),
    Case(
        command=_ask(Control.AC_SLEEP, "20-25"),
        path=ACB,
        scenario="pc_d7_acb",
        figure=lambda _it: None,  # buttons show nothing
        truth=_band,
    ),
    Case(
        command=_ask(Control.PRODUCTION, value=False),
        path=PRODUCTION,
        scenario="pc_d83_installer",
        figure=lambda snapshot: snapshot.gateway.production_allowed,
        truth=lambda site: not all(inverter.stopped for inverter in site.inverters.values()),
    ),
    Case(
        command=_ask(Control.DYNAMIC_LIMIT, value=True),
        path=LIMIT,
        scenario="pc_d83_installer",
        figure=lambda snapshot: (
            snapshot.gateway.dynamic_limit.enabled if snapshot.gateway.dynamic_limit else None
        ),
        truth=lambda site: site.limits.in_force is not None,
        prepare=_limit,
    ),
    Case(
        command=_ask(Control.DYNAMIC_LIMIT_W, 3000.0),
        path=LIMIT,
        scenario="pc_d83_installer",
        figure=lambda snapshot: (
            snapshot.gateway.dynamic_limit.limit_w if snapshot.gateway.dynamic_limit else None
        ),
        truth=lambda site: site.limits.dynamic_set_w,
    ),
    Case(
        command=_ask(Control.DYNAMIC_LIMIT_MODE, "production"),
        path=LIMIT,
        scenario="pc_d83_installer",
        figure=lambda snapshot: (
            snapshot.gateway.dynamic_limit.mode if snapshot.gateway.dynamic_limit else None
        ),
        truth=lambda site: "export" if site.limits.dynamic_export else "production",
    ),
)


def state(snapshot: Snapshot, case: Case) -> CommandState:
    """Return how a control stands."""
    return snapshot.commands.get(case.command.key, CommandState())


def shown(snapshot: Snapshot, case: Case) -> Wish | None:
    """Return what is shown of a control."""
    instead = state(snapshot, case).shown
    return case.figure(snapshot) if instead is None else instead


def now(visit: Visit) -> Snapshot:
    """Return what the reader shows."""
    snapshot = visit.reader.current()
    assert snapshot
    return snapshot
