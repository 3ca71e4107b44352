"""Every file: its place, its mode, and what must not be in it."""

import os
import re
import subprocess

import pytest

from .repository import ROOT, each, files

pytestmark = pytest.mark.once

FILES = files()
TOP = {
    *("custom_components", "tests", "scripts"),
    *("LICENSE", "README.md", "hacs.json", "pyproject.toml"),
}
SHELL = [path for path in FILES if path.read_bytes().startswith(b"#!/usr/bin/env bash")]
COMMANDS = [path for path in FILES if path.parent in {ROOT / "scripts", ROOT / ".ci"}]

# Spelled in pieces, so that this file does not find itself.
HOME = re.compile(r"(?<![\w.])/" + r"(?:work|root|opt|home|Users|tmp/\w+)/")
REGISTRY = re.compile(r"(?:pythonhosted|pypi|npmjs|debian)" + r"\.org")


def text_of(path):
    """Return a file's text; of a picture, nothing."""
    body = path.read_bytes()
    return "" if b"\0" in body else body.decode("utf-8")


def test_top_of_the_repository_holds_nothing_unexpected():
    top = {path.relative_to(ROOT).parts[0] for path in FILES}

    assert {name for name in top if not name.startswith(".")} <= TOP


@pytest.mark.parametrize("pattern", [HOME, REGISTRY], ids=["machine", "registry"])
def test_no_file_tells_where_it_was_made(pattern):
    tell_tales = {
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path in FILES
        for match in pattern.finditer(text_of(path))
    }

    assert not tell_tales


@pytest.mark.parametrize("line", ["see /" + "work/main", "at '/" + "root/.cache'", "(/" + "opt/x)"])
def test_a_machine_path_would_be_found(line):
    assert HOME.search(line)


@pytest.mark.parametrize("line", ["from /home.json", "GET /auth/check_jwt", "config/opt/x"])
def test_a_path_on_a_gateway_is_not_taken_for_a_machine_path(line):
    assert not HOME.search(line)


def test_every_text_ends_with_one_line_break():
    untidy = [
        str(path.relative_to(ROOT))
        for path in FILES
        if (text := text_of(path)) and (not text.endswith("\n") or text.endswith("\n\n"))
    ]

    assert untidy == []


@each(COMMANDS)
def test_command_can_be_run(path):
    assert os.access(path, os.X_OK)


@each(SHELL)
def test_shell_script_parses(path):
    checked = subprocess.run(  # noqa: S603  only reads the script
        ["bash", "-n", str(path)],  # noqa: S607
        capture_output=True,
        check=False,
        text=True,
    )

    assert checked.returncode == 0, checked.stderr


@each(SHELL)
def test_shell_script_stops_at_the_first_error(path):
    text = text_of(path)

    assert "\nset -euo pipefail\n" in text or '/_env"\n' in text
