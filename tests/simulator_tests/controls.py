"""Every control of a gateway: what to send, and where it shows."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import httpx

from tests.simulator import Simulator

TARIFF = "/admin/lib/tariff"
RELAY = "/ivp/ensemble/relay"
CONTACTS = "/ivp/ensemble/dry_contacts"
SETTINGS = "/ivp/ss/dry_contact_settings"
GENERATOR_MODE = "/ivp/ss/gen_mode"
ACB = "/admin/lib/acb_config"
PRODUCTION = "/ivp/mod/603980032/mode/power"
LIMIT = "/ivp/ss/dpel"
STREAM = "/ivp/livedata/stream"


type Value = Any
"""Whatever a page shows."""


class Panel:
    """A client that reads pages and sends commands."""

    def __init__(self, simulator: Simulator, http: httpx.AsyncClient, kind: str = "") -> None:
        """Come with a token of this kind; without one, of the kind of the scenario."""
        self.simulator = simulator
        self.http = http
        installs = simulator.scenario.way_in == "token-installer"
        self.kind = kind or ("installer" if installs else "owner")

    async def ask(
        self, method: str, path: str, body: bytes = b"", *, patience_s: float = 5.0
    ) -> httpx.Response:
        """Send a request; a body is sent as it is."""
        return await self.http.request(
            method,
            f"https://{self.simulator.host}{path}",
            content=body,
            headers={
                "Authorization": f"Bearer {self.simulator.token(self.kind)}",
                "Content-Type": "application/json",
            },
            timeout=httpx.Timeout(5.0, read=patience_s),
        )

    async def page(self, path: str) -> Value:
        """Read a page."""
        response = await self.ask("GET", path)
        assert response.status_code == 200, path
        return response.json()

    async def send(
        self, method: str, path: str, document: object, *, patience_s: float = 5.0
    ) -> httpx.Response:
        """Send a command."""
        body = json.dumps(document).encode()
        return await self.ask(method, path, body, patience_s=patience_s)


@dataclass(frozen=True, kw_only=True)
class Case:
    """One thing that can be switched or set."""

    name: str
    scenario: str = "pc_d83_controls"
    method: str = "POST"
    path: str
    document: Callable[[Panel], Awaitable[object]]
    shown: Callable[[Panel], Awaitable[Value]]
    """What the page shows that proves it."""
    before: Value
    after: Value
    takes_s: float
    steps: Value = None
    """What it ends at when it obeys in steps, where that differs from ``after``."""

    @property
    def at_once(self) -> Value:
        """What is shown right after a command that is obeyed."""
        return self.before if self.takes_s else self.after


def fixed(document: object) -> Callable[[Panel], Awaitable[object]]:
    """Return what always sends this."""

    async def make(_panel: Panel) -> object:
        return document

    return make


def shown(path: str, *keys: str | int) -> Callable[[Panel], Awaitable[Value]]:
    """Return what looks at one place of a page."""

    async def look(panel: Panel) -> Value:
        value = await panel.page(path)
        for key in keys:
            value = value[key]
        return value

    return look


def storage(**changes: object) -> Callable[[Panel], Awaitable[object]]:
    """Return what changes some storage settings, and sends the whole file."""

    async def make(panel: Panel) -> object:
        file = (await panel.page(TARIFF))["tariff"]
        file["storage_settings"] |= changes
        return {"tariff": file}

    return make


def contact(**changes: object) -> Callable[[Panel], Awaitable[object]]:
    """Return what changes some settings of the first dry contact, and sends all of them."""

    async def make(panel: Panel) -> object:
        return {"dry_contacts": (await panel.page(SETTINGS))["dry_contacts"][0] | changes}

    return make


async def _first_battery(panel: Panel) -> object:
    serial = next(iter(panel.simulator.site.ac_batteries))
    return {"acb_sleep": [{"serial_num": serial, "sleep_min_soc": 20, "sleep_max_soc": 25}]}


async def _last_battery(panel: Panel) -> object:
    return {"acb_sleep": [{"serial_num": list(panel.simulator.site.ac_batteries)[-1]}]}


def _sleeps(position: int) -> Callable[[Panel], Awaitable[Value]]:
    async def look(panel: Panel) -> Value:
        groups = await panel.page("/inventory.json")
        devices = next(group["devices"] for group in groups if group["type"] == "ACB")
        return devices[position]["sleep_enabled"]

    return look


CASES = (
    Case(
        name="relay",
        path=RELAY,
        document=fixed({"mains_admin_state": "open"}),
        shown=shown(RELAY, "mains_oper_state"),
        before="closed",
        after="open",
        takes_s=28,
        steps="open synchronized",
    ),
    Case(
        name="collar",
        scenario="pc_d83_collar",
        path=RELAY,
        document=fixed({"mains_admin_state": "open"}),
        shown=shown(RELAY, "mains_oper_state"),
        before="closed",
        after="open",
        takes_s=28,
        steps="open synchronized",
    ),
    Case(
        name="dry contact",
        path=CONTACTS,
        document=fixed({"dry_contacts": {"id": "NO1", "status": "open"}}),
        shown=shown(CONTACTS, "dry_contacts", 2, "status"),
        before="closed",
        after="open",
        takes_s=4,
    ),
    Case(
        name="dry contact's cutoff",
        path=SETTINGS,
        document=contact(soc_low=25.0),
        shown=shown(SETTINGS, "dry_contacts", 0, "soc_low"),
        before=30.0,
        after=25.0,
        takes_s=4,
    ),
    Case(
        name="dry contact's action",
        path=SETTINGS,
        document=contact(micro_grid_action="apply"),
        shown=shown(SETTINGS, "dry_contacts", 0, "micro_grid_action"),
        before="shed",
        after="apply",
        takes_s=4,
    ),
    Case(
        name="storage mode",
        method="PUT",
        path=TARIFF,
        document=storage(mode="economy"),
        shown=shown(TARIFF, "schedule", "battery_mode"),
        before="self-consumption",
        after="economy",
        takes_s=20,
    ),
    Case(
        name="reserve",
        scenario="pc_d8_three_phase_battery",
        method="PUT",
        path=TARIFF,
        document=storage(reserved_soc=35.0),
        shown=shown("/ivp/ensemble/secctrl", "configured_backup_soc"),
        before=20,
        after=35,
        takes_s=20,
    ),
    Case(
        name="charge from grid",
        method="PUT",
        path=TARIFF,
        document=storage(charge_from_grid=True),
        shown=shown("/ivp/sc/sched", "Charge From Grid Allowed"),
        before=False,
        after=True,
        takes_s=20,
    ),
    Case(
        name="generator",
        path=GENERATOR_MODE,
        document=fixed({"gen_cmd": "on"}),
        shown=shown(GENERATOR_MODE, "gen_cmd"),
        before="auto",
        after="on",
        takes_s=2,
    ),
    Case(
        name="sleep",
        scenario="pc_d8_acb_storage_ct",
        method="PUT",
        path=ACB,
        document=_first_battery,
        shown=_sleeps(0),
        before=False,
        after=True,
        takes_s=900,
    ),
    Case(
        name="wake",
        scenario="pc_d7_acb",
        method="DELETE",
        path=ACB,
        document=_last_battery,
        shown=_sleeps(-1),
        before=True,
        after=False,
        takes_s=900,
    ),
    Case(
        name="production",
        scenario="pc_d83_installer",
        method="PUT",
        path=PRODUCTION,
        document=fixed({"length": 1, "arr": [1]}),
        shown=shown(PRODUCTION, "powerForcedOff"),
        before=False,
        after=True,
        takes_s=0,
    ),
    Case(
        name="limit",
        scenario="pc_d83_installer",
        path=LIMIT,
        document=fixed(
            {
                "dynamic_pel_settings": {
                    "enable": True,
                    "export_limit": True,
                    "limit_value_W": 800.0,
                    "slew_rate": 50.0,
                    "enable_dynamic_limiting": False,
                },
                "filename": "site_settings",
                "version": "00.00.01",
            }
        ),
        shown=shown(LIMIT, "dynamic_pel_settings", "enable"),
        before=False,
        after=True,
        takes_s=0,
    ),
    Case(
        name="live stream",
        path=STREAM,
        document=fixed({"enable": 1}),
        shown=shown("/ivp/livedata/status", "connection", "sc_stream"),
        before="disabled",
        after="enabled",
        takes_s=0,
    ),
)
