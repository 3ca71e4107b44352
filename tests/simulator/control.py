"""Steer a running simulator from another process: truth, faults and time over HTTP.

===========  ===============================================  =====================================
``GET``      ``/truth``                                       the figures a reader should find
``GET``      ``/traffic``                                     requests, bytes and pages so far
``POST``     ``/fault`` ``{"path", "fault", …its fields}``    set a fault, such as ``status``
``POST``     ``/obedience`` ``{"path", "behaviour", …}``      how a control takes commands
``GET``      ``/writes``                                      the commands so far
``POST``     ``/clear``                                       remove all faults and behaviours
``POST``     ``/advance`` ``{"seconds"}``                     let the site live on
``POST``     ``/revoke``                                      refuse the tokens made so far
``POST``     ``/password`` ``{"password"}``                   change it, for the cloud's accounts
``POST``     ``/second_factor``                               let the accounts ask for a code
``GET``      ``/codes``                                       the codes that the cloud has sent
``POST``     ``/site`` ``{"inverters_add": n, …}``            build on, or set a value by its name
===========  ===============================================  =====================================
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Any

from . import faults, obedience
from .counters import Figures, Flow
from .listener import Listener
from .server import Server
from .simulator import Simulator
from .site import Site
from .wire import Message, Reply, read_message

_FAULTS: dict[str, Callable[..., faults.Fault]] = {
    "refuse": faults.Refuse,
    "hang": faults.Hang,
    "reset": faults.Reset,
    "status": lambda code, body="": faults.Status(code, body.encode()),
    "truncate": faults.Truncate,
    "cut_short": faults.CutShort,
    "garbage": lambda body: faults.Garbage(body.encode()),
    "slow": faults.Slow,
    "drip": faults.Drip,
    "zeros": faults.Zeros,
    "freeze": lambda keys=("last_update",): faults.Freeze(frozenset(keys)),
    "scale": lambda factor, keys=(): faults.Scale(factor, frozenset(keys) or None),
}
_BEHAVIOURS: dict[str, Callable[..., obedience.Behaviour]] = {
    "at_once": obedience.AtOnce,
    "real_time": obedience.RealTime,
    "in_steps": obedience.InSteps,
    "ignores": obedience.Ignores,
    "ignores_while_optimised": obedience.IgnoresWhileOptimised,
    "puts_back": obedience.PutsBack,
    "refuses": lambda status=400: obedience.Refuses(status),
    "hangs": obedience.Hangs,
    "breaks_before": obedience.BreaksBefore,
    "breaks_after": obedience.BreaksAfter,
    "lies": obedience.Lies,
    "answers_html": obedience.AnswersHtml,
}
_SETTABLE = frozenset(
    {"grid_connected", "load_override_w", "sunshine_override", "cloudiness", "reserve_pct"}
)


def truth(site: Site) -> dict[str, Any]:
    """Return the figures of a site."""
    return {
        "serial": site.serial,
        "now": site.now,
        "noon_s": site.noon_s,
        "production": _flow(site.production),
        "consumption": _flow(site.consumption),
        "load": _flow(site.load),
        "grid": {
            "power_w": site.grid.power_w,
            "imported_wh": site.imported_wh,
            "exported_wh": site.exported_wh,
            "connected": site.grid_connected,
        },
        "storage": {
            "power_w": site.storage.power_w,
            "discharged_wh": site.discharged_wh,
            "charged_wh": site.charged_wh,
            "charge_pct": site.charge_pct,
        },
        "inverters": {
            serial: {"power_w": inverter.report.power_w, "reported_at": inverter.report.at}
            for serial, inverter in site.inverters.items()
        },
        "batteries": {
            serial: {"power_w": battery.power_w, "charge_pct": battery.charge_pct}
            for serial, battery in site.batteries.items()
        },
    }


def traffic(server: Server) -> dict[str, Any]:
    """Return how much was asked and answered, and how often each page was asked for."""
    return {
        "requests": len(server.ledger),
        "bytes": server.bytes_sent,
        "pages": Counter(request.path for request in server.ledger),
    }


def writes(server: Server) -> list[dict[str, Any]]:
    """Return the commands so far, refused ones included."""
    return [
        {
            "at": request.at,
            "method": request.method,
            "path": request.path,
            "status": request.status,
            "body": request.body.decode("utf-8", "replace"),
        }
        for request in server.ledger
        if request.is_write
    ]


def _figures(part: Figures) -> dict[str, float]:
    return {
        "power_w": part.power_w,
        "lifetime_wh": part.lifetime_wh,
        "today_wh": part.today_wh,
        "seven_days_wh": part.seven_days_wh,
    }


def _flow[ChannelT: Figures](flow: Flow[ChannelT]) -> dict[str, Any]:
    return _figures(flow) | {"phases": [_figures(phase) for phase in flow.phases]}


class Control:
    """The port that steers a simulator."""

    def __init__(self, simulator: Simulator) -> None:
        """Prepare to steer ``simulator``."""
        self._simulator = simulator
        self._listener = Listener(self._converse)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{self._listener.address}"

    async def start(self) -> None:
        """Listen."""
        await self._listener.start()

    async def stop(self) -> None:
        """Stop listening."""
        await self._listener.stop()

    async def _converse(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, scheme: str
    ) -> None:
        while message := await read_message(reader, scheme):
            try:
                reply = self._answer(message)
            except (KeyError, TypeError, ValueError) as err:
                reply = Reply.of_json({"error": f"{type(err).__name__}: {err}"}, 400)
            writer.write(reply.encode(close=message.wants_close))
            await writer.drain()
            if message.wants_close:
                return

    def _answer(self, message: Message) -> Reply:
        simulator = self._simulator
        match message.method, message.path:
            case "GET", "/truth":
                simulator.gateway.follow_real_time()
            case "GET", "/traffic":
                return Reply.of_json(traffic(simulator.server))
            case "GET", "/writes":
                return Reply.of_json(writes(simulator.server))
            case "GET", "/codes":
                return Reply.of_json({"codes": simulator.cloud.codes})
            case "POST", "/fault" | "/obedience" | "/clear":
                self._disturb(message)
            case "POST", "/advance":
                simulator.site.advance(float(message.json()["seconds"]))
            case "POST", "/revoke":
                simulator.revoke_tokens()
            case "POST", "/password" | "/second_factor":
                self._change_accounts(message)
            case "POST", "/site":
                self._build(message.json())
            case _:
                return Reply.of_json({"error": "no such command"}, 404)
        return Reply.of_json(truth(simulator.site))

    def _change_accounts(self, message: Message) -> None:
        for account in self._simulator.cloud.accounts.values():
            if message.path == "/password":
                account.password = str(message.json()["password"])
            else:
                account.second_factor = True

    def _disturb(self, message: Message) -> None:
        simulator, wanted = self._simulator, message.json()
        match message.path:
            case "/fault":
                path, name = wanted.pop("path"), wanted.pop("fault")
                simulator.faults[path] = _FAULTS[name](**wanted)
            case "/obedience":
                path, name = wanted.pop("path"), wanted.pop("behaviour")
                simulator.obedience[path] = _BEHAVIOURS[name](**wanted)
            case _:
                simulator.faults.clear()
                simulator.obedience.clear()

    def _build(self, wanted: dict[str, Any]) -> None:
        site = self._simulator.site
        site.add_inverters(int(wanted.pop("inverters_add", 0)))
        for name in wanted:
            if name not in _SETTABLE:
                raise KeyError(name)
        for name, value in wanted.items():
            setattr(site, name, value)
        site.advance(0)
