"""scripts/_env: which Python it takes, what it makes, and what it says when it cannot.

uv and the Pythons are stand-ins: what counts here is what is asked of them.
"""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from .repository import ROOT

pytestmark = pytest.mark.once

TOOLS = "awk bash cat cut dirname env find mkdir sha256sum timeout touch"

UV = """#!/usr/bin/env bash
echo "$*" >>"$CALLS"
case "$1 $2" in
"venv --help") echo "--clear" ;;
"venv --quiet") mkdir -p "${!#}" ;;
"python install" | "python dir") exit 1 ;;
esac
"""

# A Python that says its version, and fits whoever asks for that minor one.
PYTHON = """#!/usr/bin/env bash
case "$*" in
-V) echo "Python {version}" ;;
*executable*) echo "$0" ;;
*sys.exit*) [[ "$*" == *"['{minor}']"* ]] ;;
*) exit 1 ;;
esac
"""


def put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)


@dataclass
class Machine:
    """A machine with nothing but the basic tools, and a fresh clone."""

    folder: Path

    @property
    def clone(self) -> Path:
        return self.folder / "clone"

    @property
    def calls(self) -> list[str]:
        """What uv was asked to do, looking around not counted."""
        log = self.folder / "calls"
        lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
        return [line for line in lines if line.startswith(("pip install", "venv --quiet"))]

    def has_uv(self) -> None:
        put(self.folder / "bin" / "uv", UV)

    def has_python(self, version: str, place: str = "bin/python{minor}") -> None:
        minor = version.rpartition(".")[0]
        text = PYTHON.format(version=version, minor=minor)
        put(self.folder / place.format(minor=minor, version=version), text)

    def edits(self, old: str, new: str) -> None:
        path = self.clone / "pyproject.toml"
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    def ensure(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # noqa: S603  our own script
            [str(self.clone / "scripts" / "_env"), "ensure", *arguments],
            env={
                "PATH": str(self.folder / "bin"),
                "HOME": str(self.folder / "home"),
                "CALLS": str(self.folder / "calls"),
            },
            capture_output=True,
            check=False,
            text=True,
        )

    def lane(self, *arguments: str) -> str:
        """Return the name of the lane whose Python is printed."""
        done = self.ensure(*arguments)
        assert done.returncode == 0, done.stderr
        return Path(done.stdout.strip()).relative_to(self.clone / ".venv").parts[0]


@pytest.fixture
def bare(tmp_path):
    machine = Machine(tmp_path)
    (tmp_path / "bin").mkdir()
    for tool in TOOLS.split():
        (tmp_path / "bin" / tool).symlink_to(shutil.which(tool))
    (machine.clone / "scripts").mkdir(parents=True)
    for name in ("scripts/_env", "pyproject.toml"):
        shutil.copy(ROOT / name, machine.clone / name)
    return machine


@pytest.fixture
def machine(bare):
    bare.has_uv()
    return bare


def test_newest_home_assistant_is_preferred(machine):
    machine.has_python("3.13.0")
    machine.has_python("3.14.2")

    assert machine.lane("best") == "newest"


def test_oldest_home_assistant_is_the_fallback(machine):
    machine.has_python("3.13.0")

    assert machine.lane("best") == "oldest"


def test_fallback_is_said(machine):
    machine.has_python("3.13.0")

    assert "using 3.13 and the oldest Home Assistant instead" in machine.ensure("best").stderr


def test_python_hidden_by_pyenv_is_found(machine):
    put(machine.folder / "bin" / "python3.13", "#!/usr/bin/env bash\nexit 127\n")
    machine.has_python("3.13.0", "home/.pyenv/versions/{version}/bin/python3")

    assert machine.lane("oldest") == "oldest"


def test_missing_python_is_said_in_one_sentence(machine):
    done = machine.ensure("oldest")

    assert "This needs Python 3.13 or 3.14.2" in done.stderr
    assert done.returncode == 1


def test_missing_uv_and_pip_is_said_in_one_sentence(bare):
    done = bare.ensure("best")

    assert done.stderr.startswith("Neither uv nor pip can be found.")
    assert done.returncode == 1


def test_old_uv_is_not_used(bare):
    put(bare.folder / "bin" / "uv", UV.replace('echo "--clear"', "true"))

    assert "Neither uv nor pip can be found." in bare.ensure("best").stderr


def test_unknown_lane_is_refused(machine):
    assert machine.ensure("latest").stderr.startswith("usage:")


def test_second_run_makes_nothing(machine):
    machine.has_python("3.14.2")
    machine.ensure("newest", "bench")
    before = machine.calls

    machine.ensure("newest", "bench")

    assert machine.calls == before


def test_changed_version_makes_the_environment_anew(machine):
    machine.has_python("3.14.2")
    machine.ensure("newest")
    machine.edits('"homeassistant==', '"homeassistant>=')
    before = machine.calls

    machine.ensure("newest")

    assert machine.calls == before * 2


def test_changed_rule_of_the_linter_makes_nothing(machine):
    machine.has_python("3.14.2")
    machine.ensure("newest")
    machine.edits("line-length = 100", "line-length = 99")
    before = machine.calls

    machine.ensure("newest")

    assert machine.calls == before


def test_group_is_installed_together_with_its_lane(machine):
    """So that it cannot pull the versions of the lane along."""
    machine.has_python("3.14.2")

    machine.ensure("newest", "bench")

    assert machine.calls[-1].endswith("--group newest --group bench")


def test_failed_installation_is_not_taken_for_done(machine):
    machine.has_python("3.14.2")
    put(machine.folder / "bin" / "uv", UV.replace('"python install"', '"pip install"'))
    machine.ensure("newest")
    machine.has_uv()

    machine.ensure("newest")

    assert machine.calls[-1].endswith("--group newest")


def test_link_to_the_clone_leads_to_the_same_environment(machine):
    machine.has_python("3.14.2")
    link = machine.folder / "link"
    link.symlink_to(machine.clone)

    done = subprocess.run(  # noqa: S603  our own script
        [str(link / "scripts" / "_env"), "ensure", "newest"],
        env=os.environ | {"PATH": str(machine.folder / "bin"), "CALLS": os.devnull},
        capture_output=True,
        check=True,
        text=True,
    )

    assert done.stdout.strip() == str(machine.clone / ".venv" / "newest" / "bin" / "python")
