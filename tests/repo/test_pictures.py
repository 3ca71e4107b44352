"""The pictures of the README: each is shown, and each comes out of the story in the browser."""

import re

from .repository import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
SHOWN = set(re.findall(r"!\[[^\]]+\]\(\.github/pictures/(\w+)\.png\)", README))
STORY = (ROOT / "tests" / "e2e" / "test_browser.py").read_text(encoding="utf-8")


def test_every_picture_is_shown():
    there = {path.stem for path in (ROOT / ".github" / "pictures").iterdir()}

    assert there == SHOWN


def test_every_picture_is_taken_anew_by_the_story():
    taken = re.findall(r'camera\.take\("(\w+)"', STORY)

    assert sorted(taken) == sorted(SHOWN)
