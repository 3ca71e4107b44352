"""Who may import whom inside the reader, and that the reader needs nobody else."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from .repository import INTEGRATION, READER, each

WORDS = {"equipment", "errors", "models", "profile", "status"}
PAGES = {*WORDS, "parsers", "endpoints", "pages"}
FIGURES = {"believe", "derive", "memory", "remembered"}
EXCHANGE = {"errors", "memory", "redact", "tokens", "transport"}

# A package counts as one module. A module that is not in this table is a design question.
MAY_IMPORT: dict[str, set[str]] = {
    # the words that everything is said in
    "errors": set(),
    "equipment": set(),
    "status": set(),
    "models": {"equipment", "profile", "status"},
    "profile": {"models"},
    # from bytes to a draft of the snapshot
    "parsers": {"equipment", "errors", "models", "status"},
    "pages": WORDS,
    "endpoints": PAGES,
    "grid": PAGES,
    "detect": {*PAGES, "grid"},
    "quirks": {*PAGES, "detect"},
    "assemble": {*PAGES, "derive", "detect", "grid"},
    # from the draft to figures that can be believed
    "remembered": {"memory"},
    "believe": FIGURES - {"derive"},
    "derive": FIGURES,
    "coarse_day": FIGURES,
    "integral": FIGURES - {"believe", "derive"},
    "counters": {*WORDS, *FIGURES, "coarse_day", "integral"},
    "complete": {*WORDS, "assemble", "counters"},
    # each inverter against its own usual yield
    "watch": {"equipment", "memory", "remembered"},
    # exchanges with the gateway and the cloud
    "hosts": set(),
    "workload": set(),
    "memory": set(),
    "redact": set(),
    "tokens": {"errors"},
    "transport": {"errors", "hosts", "redact"},
    "enlighten": EXCHANGE,
    "auth": EXCHANGE,
    "session": {*EXCHANGE, "auth", "enlighten"},
    # what is known, and what is made of it
    "page_records": {*PAGES, "transport"},
    "knowledge": {*PAGES, "detect", "page_records"},
    "page_memory": {*PAGES, "knowledge", "memory", "page_records"},
    "conclude": {*PAGES, "assemble", "complete", "counters", "knowledge", "quirks"},
    "report": {*PAGES, "knowledge", "page_records", "session", "tokens"},
    # the steps in order
    "contact": {*PAGES, *EXCHANGE, "knowledge", "session"},
    "collect": {*PAGES, "contact", "knowledge", "session", "transport"},
    "reader": {
        *(PAGES | EXCHANGE),
        *("auth", "collect", "complete", "conclude", "contact", "counters", "knowledge"),
        *("page_memory", "report", "session", "workload"),
    },
}
PURE = {
    *PAGES,
    *("assemble", "believe", "coarse_day", "complete", "conclude", "counters", "derive"),
    *(
        "detect",
        "grid",
        "hosts",
        "integral",
        "knowledge",
        "page_memory",
        "page_records",
        "quirks",
        "redact",
        "remembered",
    ),
    *("report", "watch", "workload"),
}
MAY_USE_HTTPX = {"transport", "enlighten", "auth", "session", "reader"}
MAY_USE_JWT = {"tokens"}
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
    used = [packages(path) for path in FILES if module_name(path) == name]

    assert not set().union(*used) & REACHES_OUT


def test_nobody_outside_imports_deeper_than_the_public_names():
    deeper = [
        (path.name, name)
        for path in INTEGRATION.glob("*.py")
        for _, name in imports(path)
        if "envoy_reader." in name
    ]

    assert deeper == []


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
