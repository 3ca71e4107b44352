"""What the tests of the repository look at."""

import json
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
INTEGRATION = ROOT / "custom_components" / "enphase_envoy"
READER = INTEGRATION / "envoy_reader"


def each(paths: Iterable[Path]) -> pytest.MarkDecorator:
    """Run a test for each file, named by its place; ``path`` is the argument."""
    listed = sorted(paths)
    return pytest.mark.parametrize("path", listed, ids=[str(p.relative_to(ROOT)) for p in listed])


def read_json(path: Path) -> Any:  # noqa: ANN401  it is what json returns
    """Return the content of a JSON file."""
    return json.loads(path.read_text(encoding="utf-8"))


def files() -> list[Path]:
    """Return every file that is, or would be, part of the repository."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    paths = (ROOT / name for name in listed.split("\0") if name)
    return sorted(path for path in paths if path.is_file())


def texts(node: object, where: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Walk through nested mappings; yield the keys that lead to each text, and the text."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield from texts(value, (*where, key))
    elif isinstance(node, str):
        yield where, node
