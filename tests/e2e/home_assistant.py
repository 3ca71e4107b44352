"""A real Home Assistant on this machine: its folder, its process, and its web interface."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import json
import shutil
import sys
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Self

import aiohttp

from .process import ROOT, Process, TroubleError, until

DOMAIN = "enphase_envoy"
USER, PASSWORD = "demo", "demo"
VERSION = tuple(int(part) for part in version("homeassistant").split(".")[:2])

_CONFIGURATION = """\
homeassistant:
  name: Demo
  latitude: 52.0
  longitude: 5.1
  elevation: 5
  unit_system: metric
  time_zone: {time_zone}
  country: NL
  currency: EUR
  internal_url: {url}
  external_url: {url}
frontend:
history:
energy:
recorder:
  commit_interval: 1
logger:
  default: info
"""
# Listens for gateways that announce themselves.
_DISCOVERY = "zeroconf:\n"
_HTTP = """\
http:
  server_host: 127.0.0.1
  server_port: {port}
"""
# Voice assistants import these, and have no wheel for every Python. Without them the user interface
# would wait for ever; nobody speaks to a demo.
_STAND_INS = {"pymicro_vad": "MicroVad", "pyspeex_noise": "AudioProcessor"}

type Json = dict[str, Any]
type Answer = Any  # JSON of any shape: whoever asks knows which


class HomeAssistant:
    """A Home Assistant with this integration, a user who is signed in, and nothing else."""

    _program: ClassVar = [str(Path(sys.executable).with_name("hass"))]

    def __init__(
        self,
        folder: Path,
        port: int,
        time_zone: str,
        env: Mapping[str, str] | None = None,
        *,
        discovers: bool = False,
    ) -> None:
        """Prepare to run below ``folder`` on a port of 127.0.0.1, with ``env`` added.

        If it ``discovers``, it hears what is announced to 127.0.0.1, and still nobody else.
        """
        self.url = f"http://127.0.0.1:{port}"
        self._folder = folder
        self._config = folder / "config"
        self._port = port
        self._time_zone = time_zone
        self._discovers = discovers
        command = [*self._program, "-c", str(self._config), "--skip-pip", "--log-no-color"]
        self.process = Process(
            "Home Assistant",
            command,
            folder / "home-assistant.log",
            {**(env or {}), "PYTHONPATH": str(folder / "stand-ins")},
        )
        self._session: aiohttp.ClientSession | None = None
        self._token = ""

    async def __aenter__(self) -> Self:
        """Start it from scratch, make its user and wait until everything is up."""
        await asyncio.to_thread(self._write_folder)
        await self.process.__aenter__()
        self._session = aiohttp.ClientSession(self.url)
        try:
            await until(self._serves, "Starting Home Assistant", 120)
            await self._sign_in()
            await until(self._runs, "Setting up Home Assistant", 60)
        except BaseException:
            await self.__aexit__(None, None, None)
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Sign out and stop it."""
        if self._session:
            await self._session.close()
        await self.process.__aexit__(kind, error, traceback)

    # What a browser does

    async def get(self, path: str) -> Answer:
        """Ask the REST interface."""
        return await self._request("GET", path)

    async def post(self, path: str, body: Json) -> Answer:
        """Send something to the REST interface."""
        return await self._request("POST", path, json=body)

    async def delete(self, path: str) -> Answer:
        """Delete something by the REST interface."""
        return await self._request("DELETE", path)

    async def command(self, kind: str, **fields: object) -> Answer:
        """Send a command to the WebSocket and return its result."""
        assert self._session
        # One connection for each: it would be closed on us, were we silent for longer.
        try:
            async with self._session.ws_connect("/api/websocket", max_msg_size=0) as socket:
                await socket.receive_json()
                await socket.send_json({"type": "auth", "access_token": self._token})
                await socket.receive_json()
                await socket.send_json({"id": 1, "type": kind, **fields})
                answer = await socket.receive_json()
        except (aiohttp.ClientError, TypeError) as err:  # TypeError: it hung up
            raise TroubleError(f"Home Assistant does not answer to {kind}: {err}") from err
        if not answer["success"]:
            raise TroubleError(f"Home Assistant refuses {kind}: {answer['error']['message']}")
        return answer["result"]

    async def fill_in(self, flow: str, form: Json) -> Json:
        """Send the form of the flow at this path and wait while its progress is shown.

        Return the next form, or the result.
        """
        result: Json = await self.post(flow, form)
        while result["type"] == "progress":
            await asyncio.sleep(0.5)
            result = await self.get(flow)
        return result

    async def add_gateway(self, form: Json) -> Json:
        """Add a gateway as a user does; return the config entry, or the form with its errors."""
        flows = "/api/config/config_entries/flow"
        begun = await self.post(flows, {"handler": DOMAIN})
        return await self.fill_in(f"{flows}/{begun['flow_id']}", form)

    async def entities(self, entry_id: str) -> list[str]:
        """Return the ids of the enabled entities of a config entry."""
        rows = await self.command("config/entity_registry/list")
        return [
            row["entity_id"]
            for row in rows
            if row["config_entry_id"] == entry_id and not row["disabled_by"]
        ]

    async def update(self, entity_id: str) -> None:
        """Ask for an entity's present state now, not at the next poll."""
        body = {"entity_id": entity_id}
        await self.post("/api/services/homeassistant/update_entity", body)

    async def states(self) -> dict[str, str]:
        """Return the states of all entities."""
        return {state["entity_id"]: state["state"] for state in await self.get("/api/states")}

    async def watt_hours(self) -> dict[str, float]:
        """Return the energies that have a state, in watt-hours."""
        factors = {"Wh": 1, "kWh": 1000, "MWh": 1_000_000}
        found: dict[str, float] = {}
        for state in await self.get("/api/states"):
            factor = factors.get(state["attributes"].get("unit_of_measurement"))
            with contextlib.suppress(ValueError):  # unknown, unavailable
                if factor:
                    found[state["entity_id"]] = float(state["state"]) * factor
        return found

    def stored(self) -> dict[str, str]:
        """Return the content of the files in which it keeps what it knows, by their names."""
        files = (self._config / ".storage").iterdir()
        return {path.name: path.read_text() for path in files if path.is_file()}

    def keep(self, entry_id: str, content: Json) -> None:
        """Put something into the files of an entry of this integration, which is unloaded now."""
        name = f"{DOMAIN}.{entry_id}"
        for path in (self._config / ".storage").iterdir():
            if path.name in {name, f"{name}.spare"}:
                stored = json.loads(path.read_text())
                stored["data"] |= content
                path.write_text(json.dumps(stored))

    # How it is started

    def _write_folder(self) -> None:
        shutil.rmtree(self._config, ignore_errors=True)
        storage = self._config / ".storage"
        storage.mkdir(parents=True)
        own = self._config / "custom_components"
        own.mkdir()
        (own / DOMAIN).symlink_to(ROOT / "custom_components" / DOMAIN)
        text = _CONFIGURATION.format(time_zone=self._time_zone, url=self.url)
        if VERSION < (2026, 8):
            text += _HTTP.format(port=self._port)
        if self._discovers:
            text += _DISCOVERY
            # It speaks on no other adapter, and on this one it only listens.
            _store(storage / "core.network", 1, {"configured_adapters": ["lo"]})
        (self._config / "configuration.yaml").write_text(text)
        # From 2026.8 on, settings in YAML are a trial that ends in a restart after five minutes.
        _store(storage / "http", 1, {"server_host": ["127.0.0.1"], "server_port": self._port})
        # All steps of the welcome but the user: they would add entries that need the internet.
        _store(storage / "onboarding", 4, {"done": ["core_config", "analytics", "integration"]})
        stand_ins = self._folder / "stand-ins"
        stand_ins.mkdir(exist_ok=True)
        for module, name in _STAND_INS.items():
            if importlib.util.find_spec(module) is None:
                (stand_ins / f"{module}.py").write_text(f"class {name}:\n    pass\n")

    async def _serves(self) -> bool | None:
        self.process.check()
        assert self._session
        try:
            async with self._session.get("/manifest.json") as answer:
                return answer.ok or None
        except aiohttp.ClientError:
            return None

    async def _runs(self) -> bool | None:
        self.process.check()
        return (await self.get("/api/config"))["state"] == "RUNNING" or None

    async def _sign_in(self) -> None:
        assert self._session
        client = f"{self.url}/"
        user = {"name": "Demo", "username": USER, "password": PASSWORD, "language": "en"}
        code = (await self.post("/api/onboarding/users", {"client_id": client, **user}))[
            "auth_code"
        ]
        form = {"grant_type": "authorization_code", "code": code, "client_id": client}
        self._token = (await self._request("POST", "/auth/token", data=form))["access_token"]
        # That one lasts half an hour; a demo may run for days.
        self._token = await self.command(
            "auth/long_lived_access_token", client_name="demo", lifespan=365
        )

    async def _request(
        self, method: str, path: str, *, json: Json | None = None, data: Json | None = None
    ) -> Answer:
        assert self._session
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        try:
            async with self._session.request(
                method, path, headers=headers, json=json, data=data
            ) as answer:
                if not answer.ok:
                    text = (await answer.text())[:200]
                    raise TroubleError(f"Home Assistant answers {answer.status} at {path}: {text}")
                return await answer.json(content_type=None)
        except aiohttp.ClientError as err:
            raise TroubleError(f"Home Assistant does not answer at {path}: {err}") from err


class HurriedHomeAssistant(HomeAssistant):
    """The same with fewer minutes to wait: see ``hurried``."""

    _program: ClassVar = [sys.executable, "-m", "tests.e2e.hurried"]


def _store(path: Path, version: int, data: Json) -> None:
    content = {"version": version, "minor_version": 1, "key": path.name, "data": data}
    path.write_text(json.dumps(content))
