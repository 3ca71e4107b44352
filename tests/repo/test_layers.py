"""Who may import whom, and that the reader needs nobody else."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from .repository import INTEGRATION, READER, each

pytestmark = pytest.mark.once

WORDS = {"control", "equipment", "errors", "models", "profile", "roof", "status"}
PAGES = {*WORDS, "parsers", "pages"}

# A package counts as one module, and imports within it may not run in a circle. A module that is
# not in this table is a design question.
MAY_IMPORT: dict[str, set[str]] = {
    # the words that everything is said in
    "control": set(),
    "errors": set(),
    "equipment": set(),
    "memory": set(),
    "profile": {"status"},
    "status": set(),
    "workload": set(),
    "roof": set(),
    "models": {"control", "equipment", "profile", "roof", "status"},
    # bytes in, bytes out
    "exchange": {"errors", "memory"},
    # what a page says, and whether that is right
    "parsers": {"equipment", "errors", "models", "profile", "status"},
    "pages": {*WORDS, "parsers"},
    # what is known of a gateway
    "known": {*PAGES, "counters", "exchange", "memory"},
    # how fast to ask while somebody looks, and what of it is true
    "live": {*PAGES, "exchange", "known", "memory"},
    # whether a sample can be believed
    "counters": {*WORDS, "memory"},
    # each inverter against its own usual yield
    "watch": {*WORDS, "counters", "memory"},
    # what goes on when another gateway takes the place of one
    "succession": {"counters", "memory"},
    # from pages and believed registers to a snapshot
    "assemble": {*PAGES, "counters", "known"},
    # the steps in order
    "access": {*PAGES, "exchange", "known", "memory"},
    "collect": {*PAGES, "access", "exchange", "known"},
    "commands": {*PAGES, "exchange", "known", "memory"},
    "report": {*PAGES, "exchange", "known"},
    "reader": {
        *PAGES,
        *("access", "assemble", "collect", "commands", "counters", "exchange", "known", "live"),
        *("memory", "report", "watch", "workload"),
    },
}
PURE = MAY_IMPORT.keys() - {"access", "collect", "commands", "exchange", "live", "reader"} | {
    "commands/edit",
    "commands/proofs",
    "commands/record",
    "commands/writes",
    "exchange/hosts",
    "exchange/redact",
    "live/frames",
    "live/frozen",
    "live/pace",
    "live/stand_in",
}
MAY_USE_HTTPX = {"exchange", "reader"}
MAY_USE_JWT = {"exchange"}
REACHES_OUT = {"asyncio", "http", "os", "pathlib", "random", "socket", "ssl", "time", "urllib"}


def module_name(path: Path) -> str:
    """Return the name by which the table knows the module of this file."""
    return path.relative_to(READER).with_suffix("").parts[0]


def imports(path: Path) -> list[tuple[int, str]]:
    """Return what a file imports, as the number of leading dots and the dotted name."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [(0, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.append((node.level, node.module))
        elif isinstance(node, ast.ImportFrom):
            found += [(node.level, alias.name) for alias in node.names]
    return found


def packages(path: Path) -> set[str]:
    """Return the packages outside the reader that a file imports."""
    return {name.split(".")[0] for level, name in imports(path) if level == 0}


def neighbours(path: Path) -> set[str]:
    """Return the modules of the reader that a file imports, itself not counted."""
    depth = len(path.relative_to(READER).parts)
    inside = {name.split(".")[0] for level, name in imports(path) if level == depth}
    return inside - {module_name(path)}


def test_a_file_that_breaks_the_rules_would_be_seen(tmp_path, monkeypatch):
    monkeypatch.setattr(f"{__name__}.READER", tmp_path)
    path = tmp_path / "parsers" / "info.py"
    path.parent.mkdir()
    path.write_text(
        "import time\nfrom .. import reader\nfrom ..auth import x\nfrom ._json import y"
    )

    assert (packages(path), neighbours(path)) == ({"time"}, {"reader", "auth"})


FILES = sorted(path for path in READER.rglob("*.py") if path != READER / "__init__.py")
OUTSIDE = sorted(path for path in INTEGRATION.rglob("*.py") if READER not in path.parents)
each_file = each(FILES)


@each_file
def test_module_imports_only_what_the_table_allows(path):
    assert neighbours(path) <= MAY_IMPORT[module_name(path)]


def test_table_names_no_module_that_is_gone():
    assert MAY_IMPORT.keys() <= {module_name(path) for path in FILES}


@each_file
def test_module_imports_its_own_package_relatively(path):
    assert "custom_components" not in packages(path)


@each_file
def test_module_needs_nothing_but_the_standard_library_httpx_and_jwt(path):
    name = module_name(path)
    allowed = {
        *sys.stdlib_module_names,
        "_typeshed",  # known to type checkers alone
        *(["httpx"] if name in MAY_USE_HTTPX else []),
        *(["jwt"] if name in MAY_USE_JWT else []),
    }

    assert packages(path) <= allowed


@pytest.mark.parametrize("name", sorted(PURE))
def test_pure_module_reaches_for_nothing_outside(name):
    files = [READER / f"{name}.py", *(READER / name).rglob("*.py")]
    used = [packages(path) for path in files if path in FILES]

    assert used
    assert not set().union(*used) & REACHES_OUT


def test_nobody_outside_imports_deeper_than_the_public_names():
    deeper = [
        (path.name, name)
        for path in OUTSIDE
        for _, name in imports(path)
        if "envoy_reader." in name
    ]

    assert deeper == []


PLATFORM_MODULES = {"binary_sensor", "button", "number", "select", "sensor", "switch"}

# The same for the modules around the reader, which all of them but the constants may import.
AROUND: dict[str, set[str]] = {
    "const": set(),
    "card": {"const"},
    "energy_dashboard": {"const"},
    "energy_steps": {"energy_dashboard"},
    "store": {"const"},
    "options": {"const"},
    "forms": {"const"},
    "gateway_http": set(),
    "connect": {"const", "gateway_http", "options"},
    "phases": set(),
    "devices": {"const", "phases"},
    "left_over": {"const", "devices"},
    "statistics": {"const"},
    "replacement": {"const", "statistics", "store"},
    "notices": {"const", "left_over", "replacement", "statistics"},
    "built_in": {"devices"},
    "moving_back": {"built_in", "const", "coordinator", "devices", "statistics", "store"},
    "options_flow": {"energy_steps", "moving_back", "options", "statistics"},
    "takeover": {"connect", "const", "devices", "entity", "store"},
    "live": {"const"},
    "coordinator": {"const", "devices", "left_over", "live", "notices"},
    "entity": {"const", "coordinator", "devices", "live"},
    "control": {"const", "coordinator", "entity"},
    "rows": {"control", "devices", "entity", "phases"},
    "sleep_band": {"coordinator", "rows"},
    "histories": {"const", "devices", "rows", "takeover"},
    "sensor": {"coordinator", "entity", "histories", "rows"},
    "binary_sensor": {"coordinator", "entity", "rows"},
    "button": {"control", "coordinator", "entity", "rows", "sleep_band"},
    "number": {"control", "coordinator", "entity", "rows"},
    "select": {"control", "coordinator", "entity", "rows", "sleep_band", "takeover"},
    "switch": {"control", "coordinator", "entity", "rows"},
    "diagnostics": {"const", "coordinator", "replacement", "statistics"},
    "repairs": {"coordinator", "notices", "replacement"},
    "system_health": {"connect", "const", "coordinator", "notices"},
    "sign_in": {"const", "store"},
    "replacement_steps": {"const", "devices", "entity", "replacement", *PLATFORM_MODULES},
    "config_flow": {
        *("connect", "const", "forms", "options_flow", "replacement_steps", "sign_in"),
    },
    "__init__": {
        *("card", "connect", "const", "coordinator", "devices", "notices", "options", "store"),
        *("replacement", "sign_in", "statistics", "takeover"),
    },
}


def around(path: Path) -> str:
    """Return the name by which the second table knows the module of this file."""
    return path.relative_to(INTEGRATION).with_suffix("").parts[0]


@each(OUTSIDE)
def test_module_around_the_reader_imports_only_what_its_table_allows(path):
    depth = len(path.relative_to(INTEGRATION).parts)
    inside = {name.split(".")[0] for level, name in imports(path) if level == depth}

    assert inside & AROUND.keys() - {around(path)} <= AROUND[around(path)]


def test_second_table_names_no_module_that_is_gone():
    assert AROUND.keys() == {around(path) for path in OUTSIDE}


def imported_files(path: Path) -> set[Path]:
    """Return the files of the integration that a file imports when it is run or checked."""
    found = set()
    for level, name in imports(path):
        if level:
            start = path.parents[level - 1].joinpath(*name.split("."))
            found.add(start.with_suffix(".py") if start.with_suffix(".py").is_file() else start)
    return {path / "__init__.py" if path.is_dir() else path for path in found}


def test_no_imports_run_in_a_circle():
    waiting = {path: imported_files(path) for path in (*FILES, *OUTSIDE)}
    while ready := {path for path, needs in waiting.items() if not needs & waiting.keys() - {path}}:
        waiting = {path: needs for path, needs in waiting.items() if path not in ready}

    assert sorted(str(path.relative_to(INTEGRATION)) for path in waiting) == []


ALONE = """
import sys

class NoHomeAssistant:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"homeassistant", "custom_components", "voluptuous"}:
            raise ImportError(f"{name} is not the reader's to import")

sys.meta_path.insert(0, NoHomeAssistant())
sys.path.insert(0, sys.argv[1])
import importlib, pkgutil
import envoy_reader
for module in pkgutil.walk_packages(envoy_reader.__path__, "envoy_reader."):
    importlib.import_module(module.name)
"""


def test_reader_can_be_imported_alone(tmp_path):
    """Linked into an empty folder: the integration's has a select.py that would hide Python's."""
    (tmp_path / "envoy_reader").symlink_to(READER, target_is_directory=True)

    done = subprocess.run(  # noqa: S603  our own program
        [sys.executable, "-I", "-c", ALONE, str(tmp_path)],
        capture_output=True,
        check=False,
        text=True,
    )

    assert done.returncode == 0, done.stderr
