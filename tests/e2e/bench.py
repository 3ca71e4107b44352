"""Compares this integration with the one that Home Assistant has built in (scripts/bench).

Both run at the same time against simulated sites that are the same, each in a process of its own
and for the same simulated hours: what else the machine does slows both down alike, so no allowance
is made for it. Then it measures how long a command keeps the regular readings waiting. Exits with 1
if an aim is missed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import product, starmap
from pathlib import Path
from typing import Any, Final

from .home_assistant import DOMAIN
from .pause import measure as measure_pause
from .process import ROOT, TroubleError
from .simulated import SimulatedGateway

SIZES: Final = (10, 50, 300)
OURS, BUILT_IN = WHO = ("ours", "built in")
COLLECTIONS: Final = 200
HELD_MS: Final = 10.0
LIVE_S: Final = 2
LIVE_MINUTES: Final = 12
CYCLES: Final = 300
"""Of the built-in integration, about as many as live polls in these minutes."""
LIVE_PAIRS: Final = 5
LIVE_SHARE: Final = 1 / 3
"""Of a cycle of the built-in integration that a live poll may take."""
GROWTH_MIB: Final = 1.0
"""What the allocator takes and gives back in hours; a leak of 5 kB a minute is more."""

type Figures = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Case:
    """A site, and how much of it somebody looks at."""

    inverters: int
    everything: bool
    """Whether all entities are enabled, or those that are so at first."""

    def __str__(self) -> str:
        """Return its headline."""
        return f"{self.inverters} inverters, {'all' if self.everything else 'usual'} entities"


@dataclass(frozen=True, slots=True)
class Column:
    """One thing that is measured: how it is shown, and how much of it may be."""

    title: str
    show: str
    of: Callable[[Figures], float]
    most: Callable[[float, Case], float]
    """From the figure of the built-in integration to the most that ours may be."""


def _share(usual: float, everything: float) -> Callable[[float, Case], float]:
    """Return an aim: the share of the other's figure that ours may be.

    ``everything`` is for all entities: we have nearly twice as many of them as the built-in one,
    and ask for pages that it does not know.
    """
    return lambda other, case: (everything if case.everything else usual) * other


COLUMNS: Final = (
    Column(
        "requests/h",
        "{:.0f}",
        lambda row: row["requests"] / row["hours"],
        _share(0.45, 0.5),
    ),
    Column("kB/h", "{:.0f}", lambda row: row["bytes"] / 1000 / row["hours"], _share(1, 1)),
    Column(
        "CPU ms/min",
        "{:.2f}",
        lambda row: row["cpu_s"] * 1000 / (row["hours"] * 60),
        _share(0.8, 1),
    ),
    Column(
        "loop held ms",
        "{:.1f}",
        lambda row: row["held_s"] * 1000,
        lambda other, _case: min(other, HELD_MS),
    ),
    Column(
        "idle writes/h",
        "{:.0f}",
        lambda row: row["idle_writes"] / row["hours"],
        lambda _other, _case: 0,
    ),
    Column(
        "growth MiB",
        "{:.2f}",
        lambda row: row["growth_mib"],
        lambda _other, _case: GROWTH_MIB,
    ),
)


async def measure(
    case: Case, who: str, collections: int, folder: Path, *, live: bool = False
) -> Figures:
    """Run one integration against a fresh site; ``live``: measure live polls of ours, too."""
    async with SimulatedGateway(f"pc_bench_{case.inverters}", folder, speed=0) as gateway:
        config = folder / "config"
        _write_config(config, gateway.facts, custom=who == OURS, live=live)
        log = folder / "measured.log"
        with log.open("wb") as errors:
            # As a file and not as a module: the repository must not be on the path, or Home
            # Assistant would find our integration where the built-in one is to be measured.
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-P", str(ROOT / "tests" / "e2e" / "measured.py")),
                *(str(config), gateway.facts["control"], str(collections)),
                *(["--everything"] if case.everything else []),
                *(["--live"] if live and who == OURS else []),
                cwd=folder,
                stdout=asyncio.subprocess.PIPE,
                stderr=errors,
            )
            output, _ = await process.communicate()
        if process.returncode:
            raise TroubleError(f"{who} cannot be measured: {log.read_text()[-2000:]}")
        return dict(json.loads(output))


def _write_config(config: Path, facts: dict[str, str], *, custom: bool, live: bool) -> None:
    """Write what Home Assistant keeps of a gateway that was added by its form."""
    storage = config / ".storage"
    storage.mkdir(parents=True)
    if custom:
        own = config / "custom_components"
        own.mkdir()
        (own / DOMAIN).symlink_to(ROOT / "custom_components" / DOMAIN)
    title = f"Envoy {facts['serial']}"
    entry = {
        "entry_id": "bench",
        "version": 1,
        "minor_version": 1,
        "domain": DOMAIN,
        "title": title,
        "data": {
            "host": facts["host"],
            "name": title,
            "username": facts["user"],
            "password": facts["password"],
            "token": facts["token"],
            **({"serial": facts["serial"], "use_enlighten": True} if custom else {}),
        },
        "options": {"live_pace": LIVE_S} if custom and live else {},
        "pref_disable_new_entities": False,
        "pref_disable_polling": False,
        "source": "user",
        "unique_id": facts["serial"],
        "disabled_by": None,
    }
    key = "core.config_entries"
    content = {"version": 1, "minor_version": 1, "key": key, "data": {"entries": [entry]}}
    (storage / key).write_text(json.dumps(content))


def table(case: Case, rows: dict[str, Figures]) -> tuple[str, list[str]]:
    """Return the lines of one case, and the aims that are missed."""
    missed: list[str] = []
    lines = [str(case), " " * 24 + "".join(f"{c.title:>14}" for c in COLUMNS)]
    for who, row in rows.items():
        cells = "".join(f"{column.show.format(column.of(row)):>14}" for column in COLUMNS)
        lines.append(f"  {who} ({row['entities']})".ljust(24) + cells)
    for column in COLUMNS:
        ours, other = column.of(rows[OURS]), column.of(rows[BUILT_IN])
        most = column.most(other, case)
        if ours > most:
            figures = f"{column.show.format(ours)} against {column.show.format(other)}"
            missed.append(f"{case}: {column.title}: {figures}, aim: {column.show.format(most)}")
    return "\n".join(lines), missed


async def _apart(case: Case, who: str, collections: int, *, live: bool = False) -> Figures:
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        return await measure(case, who, collections, Path(folder), live=live)


async def run(cases: Iterable[Case], collections: int) -> list[str]:
    """Measure and print; return the aims that are missed."""
    missed: list[str] = []
    for case in cases:
        measured = await asyncio.gather(*(_apart(case, who, collections) for who in WHO))
        text, failed = table(case, dict(zip(WHO, measured, strict=True)))
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()
        missed += failed
    return missed


async def judge_live(inverters: int) -> list[str]:
    """Hold the processor time of a live poll against a cycle of the built-in integration.

    Both are of a whole process, Home Assistant's own share included, with the usual entities, and
    measured at the same time. What counts is the median of some pairs of processes, which differ by
    a fifth on a machine that does nothing else. Returns the aim if it is missed.
    """
    case, shares = Case(inverters, everything=False), []
    for _ in range(LIVE_PAIRS):
        ours, other = await asyncio.gather(
            _apart(case, OURS, LIVE_MINUTES, live=True), _apart(case, BUILT_IN, CYCLES)
        )
        poll_s, cycle_s = ours["live_poll_s"], other["cpu_s"] / other["collections"]
        shares.append(poll_s / cycle_s)
        sys.stdout.write(
            f"{inverters} inverters: a live poll of {ours['live_requests']:.1f} requests takes "
            f"{1000 * poll_s:.2f} ms of processor time, a cycle of the built-in integration "
            f"{1000 * cycle_s:.2f} ms: {shares[-1]:.0%}\n"
        )
        sys.stdout.flush()
    share = statistics.median(shares)
    found = f"{inverters} inverters: a live poll takes {share:.0%} of a cycle"
    return [f"{found}, aim: {LIVE_SHARE:.0%}"] if share > LIVE_SHARE else []


async def judge_pause() -> list[str]:
    """Measure and print the pause that a command makes; return the aim if it is missed."""
    pause = await measure_pause()
    found = (
        f"A command makes regular readings wait for {pause.pages} of its pages at a time, and adds "
        f"{pause.added_s * 1000:.0f} ms to their longest pause"
    )
    most = f"1 page, {pause.page_s * 1000:.0f} ms, as the slowest one takes"
    sys.stdout.write(f"{found} (most: {most})\n")
    missed = pause.pages > 1 or pause.added_s > pause.page_s
    return [f"{found}, aim: {most}"] if missed else []


def main() -> int:
    """Run the command; return its exit code."""
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("--collections", type=int, default=COLLECTIONS)
    parser.add_argument("--size", type=int, action="append", choices=SIZES, dest="sizes")
    parser.add_argument("--pause", action="store_true", help="only the pause of a command")
    arguments = parser.parse_args()
    try:
        sizes = [] if arguments.pause else arguments.sizes or SIZES
        cases = starmap(Case, product(sizes, (False, True)))
        missed = asyncio.run(run(cases, arguments.collections))
        missed += asyncio.run(judge_pause())
    except TroubleError as err:
        sys.stdout.write(f"{err}\n")
        return 1
    sys.stdout.write("\n".join(missed or ["All aims are met"]) + "\n")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
