"""Small inputs with the right figures beside them, in a folder that ``ENVOY_CASES`` names.

A case is a folder of pages, or one folder of pages for each step of a timeline. The README of that
folder says how its files are read. The gateway is asked without sockets and by a clock of the
test's own, so that hours take moments.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from custom_components.enphase_envoy.envoy_reader import (
    Credentials,
    EnvoyError,
    EnvoyReader,
    MeterKind,
    Snapshot,
    Timing,
    VolatileMemory,
)
from tests.simulator.capture import CapturedGateway, Diagnostics, Folder
from tests.simulator.wire import Message

from .credentials import make_token

FOLDER = Path(os.environ.get("ENVOY_CASES") or "no such folder")
NAMES = sorted(path.parent.name for path in FOLDER.glob("*/expected.json"))
OF_PAGES = [name for name in NAMES if not name.startswith("f8-")]
OF_THE_CLOUD = [name for name in NAMES if name.startswith("f8-")]

START = 1_780_999_320.0
"""9 June 2026, 10:02 UTC: the time in the pages."""
MINUTE_S = 60.0
STATIC_MIN = 6
"""Collections after which a case that stays the same is looked at, where it names no time."""
TOLERANCE = 0.0005

pytestmark = pytest.mark.skipif(not NAMES, reason="ENVOY_CASES names no folder of cases")


@dataclass
class World:
    """A gateway that repeats the pages of a folder, a clock, and the reader that looks at it."""

    case: Path
    now: float = START
    serving: CapturedGateway | None = None
    token_works: bool = True
    login: httpx.Response | None = None
    logins: int = 0
    memory: VolatileMemory = field(default_factory=VolatileMemory)
    credentials: Credentials = field(default_factory=Credentials)

    def __post_init__(self) -> None:
        self.reload()

    def reload(self) -> None:
        """Begin anew with what is remembered, as after a restart."""
        memory = VolatileMemory(self.memory.token, json.loads(json.dumps(self.memory.data)))
        self.memory = memory
        self.reader = EnvoyReader(
            "192.0.2.1",
            gateway=httpx.AsyncClient(transport=httpx.MockTransport(self.gateway)),
            cloud=httpx.AsyncClient(transport=httpx.MockTransport(self.cloud)),
            credentials=self.credentials,
            memory=memory,
            timing=Timing(retries=0),
            clock=lambda: self.now,
        )

    def serve(self, name: str | None) -> None:
        """Answer with the pages of a folder from now on, or not at all."""
        self.serving = None if name is None else CapturedGateway(Folder(self.case / name))
        if self.serving and self.memory.token is None:
            self.memory.token = make_token(at=START, aud=self.serving.serial)

    def gateway(self, request: httpx.Request) -> httpx.Response:
        """Answer as the gateway does."""
        if self.serving is None or (request.url.scheme == "https") != self.serving.speaks_tls:
            raise httpx.ConnectError("refused", request=request)
        path, _, query = request.url.raw_path.decode().partition("?")
        headers = {name.lower(): value for name, value in request.headers.items()}
        if not self.token_works and path != "/info":
            return httpx.Response(401)
        message = Message(request.method, path, query, headers, request.content, request.url.scheme)
        reply = self.serving.answer(message).reply
        kind = [(b"Content-Type", reply.content_type.encode())] if reply.content_type else []
        named = [(name.encode(), value) for name, value in reply.headers]
        return httpx.Response(reply.status, headers=[*kind, *named], content=reply.body)

    def cloud(self, request: httpx.Request) -> httpx.Response:
        """Answer as the vendor's cloud does."""
        if request.url.path.startswith("/login"):
            self.logins += 1
            if self.login is not None:
                return httpx.Response(
                    self.login.status_code, headers=self.login.headers, content=self.login.content
                )
            return httpx.Response(200, json={"message": "success", "session_id": "1" * 32})
        assert self.serving
        self.token_works = True
        return httpx.Response(200, text=make_token(at=self.now, aud=self.serving.serial))

    async def read(self) -> Snapshot | None:
        """Make a collection; ``None`` where nothing is known yet."""
        try:
            return await self.reader.read()
        except EnvoyError:
            return None


def figure(snapshot: Snapshot | None, key: str, former: float | None) -> Any:
    """Return what a case calls by a key; ``None`` for what is unknown or not shown."""
    if snapshot is None:
        return None
    if key in ("inverters", "batteries"):
        return len(getattr(snapshot, key))
    if key == "production_lifetime_growth_wh":
        now = snapshot.production.total.lifetime_wh
        return None if now is None or former is None else now - former
    meters, bank = snapshot.meters, snapshot.bank
    net = meters.get(MeterKind.NET_CONSUMPTION)
    made = meters.get(MeterKind.PRODUCTION)
    apart = {
        "import_wh": net and net.total.delivered_wh,
        "export_wh": net and net.total.received_wh,
        "ct_net_w": net and net.total.power_w,
        "ct_production_w": made and made.total.power_w,
        "battery_w": bank and bank.power_w,
        "battery_charged_wh": bank and bank.charged_wh,
        "battery_discharged_wh": bank and bank.discharged_wh,
    }
    return apart[key] if key in apart else of_flow(snapshot, key, None)


def of_flow(snapshot: Snapshot, key: str, phase: int | None) -> float | None:
    """Return a figure of production, consumption or net, as a whole or of a phase."""
    name, _, what = key.partition("_")
    flow = getattr(snapshot, name)
    if flow is None or (phase is not None and len(flow.phases) < phase):
        return None
    figures = flow.total if phase is None else flow.phases[phase - 1]
    value: float | None = getattr(figures, "power_w" if what == "w" else what)
    return value


def fits(value: Any, wanted: Any) -> bool:
    """Say whether a figure is as a case wants it."""
    match wanted:
        case str():
            return value is not None
        case {"one_of": choices}:
            return any(fits(value, one) for one in choices)
        case dict():
            return _is_within(value, wanted)
    if wanted is None or value is None:
        return value is wanted
    return bool(abs(value - wanted) <= max(1.0, abs(wanted) * TOLERANCE))


def _is_within(value: float | None, wanted: Mapping[str, Any]) -> bool:
    if value is None:
        return bool(wanted.get("or_unknown"))
    low, high = wanted.get("at_least", -math.inf), wanted.get("at_most", math.inf)
    return bool(low - 1 <= value <= high + 1)


def faults(
    snapshot: Snapshot | None, wanted: Mapping[str, Any], former: float | None = None
) -> list[str]:
    """Return what is not as a case wants it."""
    found = []
    for key, right in wanted.items():
        if key in ("within_min", "set_up_must_succeed", "text"):
            continue
        if key == "phases":
            for name, figures in right.items():
                for part, one in figures.items():
                    value = of_flow(snapshot, part, int(name[1])) if snapshot else None
                    if not fits(value, one):
                        found.append(f"{name} {part}: {value}, not {one}")
            continue
        value = figure(snapshot, key, former)
        if not fits(value, right):
            found.append(f"{key}: {value}, not {right}")
    return found


async def run_static(world: World, expected: Mapping[str, Any]) -> None:
    """Set the gateway up and look at it until its figures are to be right."""
    world.serve(".")
    if expected.get("set_up_must_succeed"):
        await world.reader.validate()
    minutes = int(expected.get("within_min", STATIC_MIN))
    snapshot = await world.read()
    for _ in range(minutes):
        world.now += MINUTE_S
        snapshot = await world.read()
    assert faults(snapshot, expected) == []


async def run_timeline(world: World, steps: list[Mapping[str, Any]]) -> None:
    """Go through the steps, with a collection at the end of each of their intervals."""
    former: float | None = None
    for number, step in enumerate(steps, 1):
        world.serve(step["serve"])
        if step.get("reload_first"):
            world.reload()
        expected = step.get("expected", {})
        begin, snapshot, unfit = world.now, None, faults(None, expected)
        while world.now < begin + step["minutes"] * MINUTE_S - 1:
            snapshot = await world.read()
            wrong = faults(snapshot, step.get("throughout", {}), former)
            minute = (world.now - begin) / MINUTE_S
            assert wrong == [], f"step {number}, minute {minute:.0f}"
            world.now += step["every_min"] * MINUTE_S
            unfit = faults(snapshot, expected, former)
            if minute >= step.get("within_min", math.inf):
                assert unfit == [], f"step {number}, minute {minute:.0f}"
        assert unfit == [], f"end of step {number}: {step['text']}"
        former = snapshot.production.total.lifetime_wh if snapshot else None


@pytest.mark.parametrize("name", OF_PAGES)
async def test_case_is_shown_right(name):
    expected = json.loads((FOLDER / name / "expected.json").read_text())
    world = World(FOLDER / name)

    if "timeline" in expected:
        await run_timeline(world, expected["timeline"])
    else:
        await run_static(world, expected)


PAGES = {
    "/info": '<?xml version="1.0"?><envoy_info><device><sn>122112123456</sn><pn>800-00654-r08</pn>'
    "<software>D8.2.4345</software><imeter>false</imeter></device>"
    "<web-tokens>true</web-tokens></envoy_info>",
    "/api/v1/production": '{"wattHoursToday": 100, "wattHoursSevenDays": 3000, '
    '"wattHoursLifetime": 1000000, "wattsNow": 900}',
    "/ivp/meters": "[]",
}


@pytest.mark.parametrize("name", OF_THE_CLOUD)
async def test_busy_cloud_is_waited_for(name):
    case = FOLDER / name
    busy, then = json.loads((case / "expected.json").read_text())["timeline"]
    world = World(case, credentials=Credentials("a@b.example", "secret", use_enlighten=True))
    world.memory.token = make_token(at=START)
    world.serving = CapturedGateway(
        Diagnostics({path: {"body": body} for path, body in PAGES.items()})
    )
    log = case / "login_login.json_log.json"
    record = json.loads(log.read_text()) if log.is_file() else {}
    world.login = httpx.Response(
        record.get("code", 200),
        headers=record.get("headers", {}),
        content=(case / "login_login.json").read_bytes(),
    )
    world.token_works = False
    former = world.memory.token

    world.reload()
    end = world.now + busy["minutes"] * MINUTE_S
    while world.now < end:
        await world.read()
        trouble = world.reader.trouble
        assert trouble is None or trouble.problem not in busy["throughout"]["problem_is_not"]
        world.now += busy["every_min"] * MINUTE_S
    assert world.logins <= busy["throughout"]["logins_at_most"]

    world.login = None
    end, snapshot = world.now + then["within_min"] * MINUTE_S, None
    while world.now < end:
        snapshot = await world.read()
        world.now += then["every_min"] * MINUTE_S
    assert world.memory.token != former
    assert snapshot
    assert snapshot.production.total.power_w == 900
