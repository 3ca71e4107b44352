"""Every section of the two references that a file cites is there."""

import re

import pytest

from .repository import ROOT, each, files

REFERENCE = ROOT / ".github" / "reference"
NUMBER = r"\d+(?:\.\d+)*"
NUMBERS = rf"{NUMBER}(?:(?:, | and | or | to ){NUMBER}(?!\w))*"
NAMED = re.compile(rf"(gateway-api|entities)\.md(?:, | )(?:sections? )?({NUMBERS})")
BARE = re.compile(rf"\bsections? ({NUMBERS})|(?<=[a-z] )\(({NUMBER.replace('*', '+')})\)")
"""Without a name, the gateway's reference is meant."""
SKIPPED = {"test_citations.py"}

CITING = [
    path
    for path in files()
    if path.suffix == ".py" and path.name not in SKIPPED and "scripts" not in path.parts
]


def headings(name: str) -> set[str]:
    """Return the numbers of all sections of a reference."""
    text = (REFERENCE / f"{name}.md").read_text()
    return set(re.findall(rf"^#+ ({NUMBER})\.? ", text, re.MULTILINE))


SECTIONS = {name: headings(name) for name in ("gateway-api", "entities")}


def cited(text: str) -> set[tuple[str, str]]:
    """Return the sections that a text cites, each with its reference."""
    text = re.sub(r"\s*\n\s*(?:#: |# )?", " ", text)
    text = re.sub(r'" (?:f|r)?"', "", text)
    found = {
        (name, number) for name, many in NAMED.findall(text) for number in re.findall(NUMBER, many)
    }
    rest = NAMED.sub("", text)
    many = (whole or alone for whole, alone in BARE.findall(rest))
    return found | {
        ("gateway-api", number) for numbers in many for number in re.findall(NUMBER, numbers)
    }


@pytest.mark.parametrize(
    ("text", "sections"),
    [
        ("as gateway-api.md, section 9.1, says", {("gateway-api", "9.1")}),
        (
            "(gateway-api.md,\n    3.5, 17.2 to 17.7)",
            {("gateway-api", s) for s in ("3.5", "17.2", "17.7")},
        ),
        ("entities.md 8.2. And 3 more", {("entities", "8.2")}),
        (
            "a page (section 17.9) and a sign (15.1)",
            {("gateway-api", "17.9"), ("gateway-api", "15.1")},
        ),
        ("round(2) or 3.5 seconds", set()),
    ],
)
def test_citations_are_found(text, sections):
    assert cited(text) == sections


@each(CITING)
def test_cited_sections_exist(path):
    missing = {
        (name, number)
        for name, number in cited(path.read_text(encoding="utf-8"))
        if number not in SECTIONS[name]
    }

    assert missing == set()


def test_some_sections_are_cited():
    every = set().union(*(cited(path.read_text(encoding="utf-8")) for path in CITING))

    assert {"gateway-api", "entities"} == {name for name, _ in every}
    assert len(every) > 50
