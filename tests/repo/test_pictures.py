"""The pictures of the README: each is shown, and each comes out of a story in the browser."""

import re

import pytest

from .repository import ROOT

pytestmark = pytest.mark.once

README = (ROOT / "README.md").read_text(encoding="utf-8")
SHOWN = set(re.findall(r"!\[[^\]]+\]\(\.github/pictures/(\w+)\.png\)", README))
STORIES = [
    (ROOT / "tests" / "e2e" / f"test_{name}.py").read_text(encoding="utf-8")
    for name in ("browser", "controls_story")
]


def test_every_picture_is_shown():
    there = {path.stem for path in (ROOT / ".github" / "pictures").iterdir()}

    assert there == SHOWN


def test_every_picture_is_taken_anew_by_a_story():
    taken = re.findall(r'camera\.take\("(\w+)"', "".join(STORIES))

    assert sorted(taken) == sorted(SHOWN)
