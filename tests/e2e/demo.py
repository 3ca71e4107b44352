"""Runs a real Home Assistant with this integration and a gateway, until Ctrl-C (scripts/demo)."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import fcntl
import getpass
import json
import os
import shutil
import signal
import socket
import sys
import time
from collections.abc import AsyncGenerator, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.simulator import SCENARIOS

from . import check
from .announcement import announce
from .array_card import PATH, PEAKS, add_roof, inverters_of
from .energy import Dashboard
from .home_assistant import DOMAIN, PASSWORD, USER, VERSION, HomeAssistant
from .process import ROOT, TroubleError, until
from .simulated import SimulatedGateway

SCENARIO = "pc_d83_three_phase_storage_ct"
NEIGHBOUR = "p_d5_standard"
"""A second gateway, which announces itself and waits to be added. It needs no cloud."""
ANNOUNCED = "127.0.0.77"
"""A port cannot be announced, and the simulated gateway has one: its address is typed in."""
FIRST_PORT = 8123
NOON_H = 13.0
"""When the sun is highest, by the clock of the house: its days look like those outside."""
_STARTING = f"Starting Home Assistant {'.'.join(map(str, VERSION))}"


def say(text: str) -> None:
    """Tell the person at the terminal."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


@dataclass(frozen=True, slots=True)
class Demo:
    """A Home Assistant in which a gateway was set up."""

    home: HomeAssistant
    form: dict[str, Any]
    """What was typed into the set-up form."""
    entry_id: str
    waiting: int
    """How many entities wait for a midnight."""
    shows_roof: bool
    """Whether there is a dashboard with the roof: not where inverters are not told apart."""
    keeping_up: asyncio.Task[None]
    """What goes on beside it; never ends by itself, but in an error."""


@contextlib.contextmanager
def place() -> Generator[tuple[Path, int]]:
    """Give a folder below ``.demo/`` and a port of 127.0.0.1 that no other demo has."""
    for port in range(FIRST_PORT, FIRST_PORT + 100):
        folder = ROOT / ".demo" / str(port)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (folder / "lock").open("w") as lock, socket.socket() as probe:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(("127.0.0.1", port))
                probe.listen()
            except OSError:
                continue
            probe.close()
            yield folder, port
            return
    raise TroubleError(f"All ports from {FIRST_PORT} to {port} are in use")


@contextlib.asynccontextmanager
async def simulated_demo(
    scenario: str, folder: Path, port: int, noon_h: float | None
) -> AsyncGenerator[Demo]:
    """Run a demo with a simulated gateway, its Energy dashboard filled.

    ``noon_h`` is the hour of the highest sun, ``None`` for one that is soon.
    """
    zone = SCENARIOS[scenario].plan.time_zone
    say(f"Starting the simulated gateway {scenario}: {SCENARIOS[scenario].text}")
    async with SimulatedGateway(scenario, folder, noon_h=noon_h, peaks=PEAKS) as gateway:
        say(_STARTING)
        environment = gateway.cloud_environment()
        async with HomeAssistant(folder, port, zone, environment, discovers=True) as home:
            say("Adding the gateway by its form")
            since = time.time()
            entry_id, serial = await add(home, gateway.form)
            waiting = await check.entities_have_states(home, entry_id, all_days=False)
            say("Filling the Energy dashboard")
            dashboard = Dashboard(home, serial)
            await dashboard.fill(gateway, since)
            await dashboard.configure(entry_id)
            inverters = inverters_of(await home.entities(entry_id))
            if inverters:
                await add_roof(home, inverters)
            keeping_up = asyncio.create_task(dashboard.keep_up())
            try:
                yield Demo(home, gateway.form, entry_id, waiting, bool(inverters), keeping_up)
            finally:
                keeping_up.cancel()
                await asyncio.gather(keeping_up, return_exceptions=True)


@contextlib.asynccontextmanager
async def neighbour(home: HomeAssistant, folder: Path) -> AsyncGenerator[None]:
    """Run a second gateway that Home Assistant discovers, and say how it is added."""
    below = folder / "neighbour"
    below.mkdir(exist_ok=True)
    async with SimulatedGateway(NEIGHBOUR, below) as gateway:
        facts = gateway.facts
        firmware = facts["firmware"].removeprefix("D")

        async def is_offered() -> bool | None:
            announce(facts["serial"], firmware, ANNOUNCED)
            return bool(await home.command("config_entries/flow/progress")) or None

        try:
            await until(is_offered, "Discovery", 30, 1)
        except TroubleError:
            # Something else on this machine listens to announcements, and took these.
            say("\nNo second gateway was discovered")
        else:
            say(
                f"\nA second gateway is discovered: {home.url}/config/integrations\n"
                f"Host      {facts['host']}\n"
                f"User      {facts['user']}\n"
                f"Password  {facts['password']}\n"
                "Use Enlighten off"
            )
        yield


@contextlib.asynccontextmanager
async def real_demo(form: dict[str, Any], folder: Path, port: int) -> AsyncGenerator[HomeAssistant]:
    """Run a demo with a gateway of flesh and blood; nothing of it stays behind."""
    say(_STARTING)
    try:
        async with HomeAssistant(folder, port, _zone()) as home:
            say("Adding the gateway by its form")
            try:
                entry_id, serial = await add(home, form)
            except TroubleError as err:
                say(f"{err}\nIt can be added in the browser: {home.url}/config/integrations")
            else:
                await Dashboard(home, serial).configure(entry_id)
            yield home
    finally:
        # The password of a real account is in there.
        shutil.rmtree(folder, ignore_errors=True)


def ask(host: str) -> dict[str, Any]:
    """Return what goes into the form; user and password are asked for, or in the environment."""
    username = os.environ.get("ENVOY_USERNAME", "")
    password = os.environ.get("ENVOY_PASSWORD", "")
    if sys.stdin.isatty() and not (username or password):
        say("User and password of the gateway, or of the Enphase account; empty for none")
        username, password = input("User: "), getpass.getpass("Password: ")
    return {
        "host": host,
        "username": username,
        "password": password,
        # An account is an e-mail address, a local user never is.
        "use_enlighten": "@" in username,
    }


def _zone() -> str:
    """Return the name of this machine's time zone, or UTC where it has none."""
    _, found, name = os.path.realpath("/etc/localtime").partition("zoneinfo/")
    return name if found else "UTC"


async def add(home: HomeAssistant, form: dict[str, Any]) -> tuple[str, str]:
    """Add the gateway and return its entry's id and its serial number.

    Raises TroubleError with the words of the form that does not accept it.
    """
    result = await home.add_gateway(form)
    if result["type"] == "create_entry":
        return result["result"]["entry_id"], result["title"].removeprefix("Envoy ")
    said = ROOT / "custom_components" / DOMAIN / "translations" / "en.json"
    texts = json.loads(said.read_text())["config"]
    words = texts["error"] | texts["abort"]
    keys = [result["reason"]] if "reason" in result else list((result["errors"] or {}).values())
    reason = " ".join(words.get(key, key) for key in keys) or f"it asks for {result['step_id']}"
    raise TroubleError(f"The form does not accept the gateway: {reason}")


async def run(arguments: argparse.Namespace) -> None:
    """Run until cancelled, or until everything was checked."""
    task = asyncio.current_task()
    assert task
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    with place() as (folder, port):
        if arguments.host:
            async with real_demo(arguments.form, folder, port) as home:
                introduce(home)
                await watch(home)
        elif arguments.check:
            # By day, whatever the hour: by night some figures are unknown.
            await judge(arguments.scenario, folder, port, arguments.noon)
        else:
            noon_h = NOON_H if arguments.noon is None else arguments.noon
            async with simulated_demo(arguments.scenario, folder, port, noon_h) as demo:
                introduce(demo.home, shows_roof=demo.shows_roof)
                async with neighbour(demo.home, folder):
                    await watch(demo.home, demo.keeping_up)


async def judge(scenario: str, folder: Path, port: int, noon_h: float | None) -> None:
    """Run a demo only to see that all is as it should be; raise TroubleError if it is not."""
    async with simulated_demo(scenario, folder, port, noon_h) as demo:
        count = len(await demo.home.entities(demo.entry_id))
        await check.energy_is_valid(demo.home)
        await check.diagnostics_are_discreet(demo.home, demo.entry_id, demo.form)
    check.log_is_quiet(demo.home.process.log)
    known = f"All {count}" if not demo.waiting else f"{count - demo.waiting} of {count}"
    rest = f", {demo.waiting} wait for midnight" if demo.waiting else ""
    say(f"{known} entities have states{rest}; the Energy dashboard and the log do not complain")


def introduce(home: HomeAssistant, *, shows_roof: bool = False) -> None:
    """Say where to look."""
    roof = f"Roof      {home.url}/{PATH}\n" if shows_roof else ""
    say(
        f"\nHome Assistant is at {home.url}\n"
        f"User      {USER}\n"
        f"Password  {PASSWORD}\n"
        f"{roof}"
        f"Energy    {home.url}/energy\n"
        f"Gateway   {home.url}/config/integrations/integration/{DOMAIN}\n\n"
        "Ctrl-C stops it."
    )


async def watch(home: HomeAssistant, keeping_up: asyncio.Task[None] | None = None) -> None:
    """Wait for Ctrl-C, or raise what ends Home Assistant or the demo's own part by itself."""
    while True:
        home.process.check()
        if keeping_up and keeping_up.done():
            keeping_up.result()
        await asyncio.sleep(1)


def main() -> int:
    """Run the command; return its exit code."""
    parser = argparse.ArgumentParser(prog="scripts/demo", description=__doc__)
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--scenario", choices=SCENARIOS, default=SCENARIO, metavar="NAME")
    what.add_argument("--host", help="a real gateway instead of the simulated one")
    parser.add_argument(
        "--check", action="store_true", help="stop once all is well; exit code 1 if it is not"
    )
    parser.add_argument("--noon", type=float, help=f"hour of the highest sun; {NOON_H:.0f}")
    arguments = parser.parse_args()
    try:
        # Before the event loop runs: Ctrl-C would not end the question there.
        arguments.form = ask(arguments.host) if arguments.host else None
        asyncio.run(run(arguments))
    except (KeyboardInterrupt, asyncio.CancelledError):
        say("\nStopped")
    except TroubleError as err:
        say(str(err))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
