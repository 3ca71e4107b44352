"""Run a simulated gateway for a person, or for another process."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
from dataclasses import replace
from pathlib import Path
from typing import TextIO

from .capture import Replay
from .control import Control
from .scenarios import SCENARIOS
from .simulator import Simulator


def arguments_of(words: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="simulate", description=__doc__)
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--scenario", choices=SCENARIOS, default="pc_d7_three_phase", metavar="NAME")
    what.add_argument("--capture", type=Path, help="a folder of pages, or a file of diagnostics")
    what.add_argument("--list", action="store_true", help="name the scenarios and stop")
    parser.add_argument("--port", type=int, default=0, help="where to listen; any free by default")
    parser.add_argument("--speed", type=float, default=1.0, help="seconds of the site per second")
    parser.add_argument("--noon", type=float, help="hour of the highest sun; soon by default")
    parser.add_argument(
        "--replaced", type=int, default=0, help="how often the gateway was replaced by a new one"
    )
    parser.add_argument("--peaks", type=float, nargs="*", help="of inverters, as shares of it")
    parser.add_argument("--auth", action="store_true", help="ask for credentials at a capture too")
    parser.add_argument("--json", action="store_true", help="print one line of JSON")
    return parser.parse_args(words)


async def run(arguments: argparse.Namespace, out: TextIO, stop: asyncio.Event) -> None:
    """Serve until told to stop."""
    if arguments.capture:
        async with Replay(arguments.capture, auth=arguments.auth, port=arguments.port) as replay:
            _tell(_facts_of_replay(replay), out, as_json=arguments.json)
            await stop.wait()
        return
    scenario = SCENARIOS[arguments.scenario]
    peaks = tuple(arguments.peaks or ())
    plan = replace(scenario.plan, replaced=arguments.replaced, peak_shares=peaks)
    async with Simulator(
        replace(scenario, plan=plan),
        speed=arguments.speed,
        port=arguments.port,
        noon_h=arguments.noon,
    ) as simulator:
        control = Control(simulator)
        await control.start()
        _tell(_facts(simulator, control), out, as_json=arguments.json)
        await stop.wait()
        await control.stop()


async def _run_until_signal(arguments: argparse.Namespace) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    await run(arguments, sys.stdout, stop)


def _facts(simulator: Simulator, control: Control) -> dict[str, str | None]:
    scenario = simulator.scenario
    kind = "installer" if scenario.way_in == "token-installer" else "owner"
    user, password = simulator.credentials
    return {
        "scenario": scenario.name,
        "text": scenario.text,
        "host": simulator.host,
        "serial": simulator.serial,
        "firmware": simulator.firmware.version,
        "way_in": scenario.way_in,
        "user": user,
        "password": password,
        "token": simulator.token(kind) if simulator.firmware.tokens else None,
        "cloud_proxy": simulator.cloud.proxy,
        "cloud_ca_file": simulator.cloud.ca_file,
        "control": control.url,
    }


def _facts_of_replay(replay: Replay) -> dict[str, str | None]:
    tokens = replay.gateway.speaks_tls
    return {
        "host": replay.host,
        "serial": replay.serial,
        "token": replay.token() if tokens else None,
    }


def _tell(facts: dict[str, str | None], out: TextIO, *, as_json: bool) -> None:
    if as_json:
        text = json.dumps(facts)
    else:
        text = "\n".join(f"{name:14}{value}" for name, value in facts.items() if value)
        text += "\nRunning until Ctrl-C"
    out.write(f"{text}\n")
    out.flush()


def main(words: list[str] | None = None) -> None:
    """Run the command."""
    arguments = arguments_of(words)
    if arguments.list:
        for name, scenario in SCENARIOS.items():
            sys.stdout.write(f"{name:28}{scenario.text}\n")
        return
    asyncio.run(_run_until_signal(arguments))


if __name__ == "__main__":
    main()
