"""A simulated gateway in a process of its own."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import aiohttp
import certifi

from .process import Process, until


class SimulatedGateway:
    """A scenario of the simulator, running on this machine."""

    def __init__(  # noqa: PLR0913 -- as many as the simulator has options
        self,
        scenario: str,
        folder: Path,
        *,
        speed: float = 1.0,
        noon_h: float | None = None,
        replaced: int = 0,
        peaks: Sequence[float] = (),
    ) -> None:
        """Prepare; files go to ``folder``, and ``speed`` is that of the site's clock.

        ``noon_h`` is the hour of the highest sun, by default soon. ``replaced`` is how often the
        gateway of the scenario was replaced by another one. ``peaks`` are those of the first
        inverters, as shares of the usual one.
        """
        command = [sys.executable, "-m", "tests.simulator", "--scenario", scenario, "--json"]
        command += ["--speed", str(speed)]
        if noon_h is not None:
            command += ["--noon", str(noon_h)]
        command += ["--peaks", *map(str, peaks)]
        log = folder / "gateway.log"
        if replaced:
            command += ["--replaced", str(replaced)]
            log = folder / f"gateway-{replaced}.log"
        self._folder = folder
        self._process = Process("The simulated gateway", command, log, {})
        self.facts: dict[str, str] = {}
        """What the simulator says of itself: ``host``, ``serial``, ``user``, ``password``..."""

    async def __aenter__(self) -> Self:
        """Start it and wait until it has introduced itself."""
        await self._process.__aenter__()
        self.facts = await until(self._introduction, "Starting the simulated gateway", 30)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop it."""
        await self._process.__aexit__(kind, error, traceback)

    @property
    def form(self) -> dict[str, Any]:
        """What a user types into the set-up form for this gateway."""
        return {
            "host": self.facts["host"],
            "username": self.facts["user"],
            "password": self.facts["password"],
            "use_enlighten": self.facts["way_in"].startswith("token"),
        }

    def cloud_environment(self) -> dict[str, str]:
        """Return the environment in which the simulator stands in for the vendor's cloud.

        Its proxy refuses all other hosts, so what honours it stays offline.
        """
        bundle = self._folder / "authorities.pem"
        own = Path(self.facts["cloud_ca_file"]).read_bytes()
        bundle.write_bytes(Path(certifi.where()).read_bytes() + b"\n" + own)
        proxy = self.facts["cloud_proxy"]
        return {
            "HTTPS_PROXY": proxy,
            "HTTP_PROXY": proxy,
            "NO_PROXY": "127.0.0.1,localhost",
            "SSL_CERT_FILE": str(bundle),
            "REQUESTS_CA_BUNDLE": str(bundle),
        }

    async def truth(self) -> dict[str, Any]:
        """Return the true figures of the site."""
        return await self._control("GET", "/truth")

    async def asked(self, page: str) -> int:
        """Return how often this page was asked for."""
        traffic = await self._control("GET", "/traffic")
        return int(traffic["pages"].get(page, 0))

    async def newest_code(self) -> str:
        """Return the code that the cloud has sent last."""
        return str((await self._control("GET", "/codes"))["codes"][-1])

    async def steer(self, command: str, **details: object) -> None:
        """Give one of the commands that ``tests.simulator.control`` knows."""
        await self._control("POST", command, details)

    async def _control(
        self, method: str, path: str, body: Mapping[str, object] | None = None
    ) -> dict[str, Any]:
        url = f"{self.facts['control']}{path}"
        async with (
            aiohttp.ClientSession(raise_for_status=True) as session,
            session.request(method, url, json=body) as answer,
        ):
            found: dict[str, Any] = await answer.json()
            return found

    async def _introduction(self) -> dict[str, str] | None:
        self._process.check()
        first, ended, _ = self._process.log.read_text().partition("\n")
        return dict(json.loads(first)) if ended else None
