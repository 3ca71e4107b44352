"""The judge of the other tests is judged first."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

import pytest

from .typed import is_as_promised


class Word(StrEnum):
    YES = "yes"


@dataclass(frozen=True)
class Thing:
    count: int
    power: float | None = None


NOON = datetime(2025, 1, 1, 12, tzinfo=UTC)
EAST = datetime.fromisoformat("2025-01-01T12:00:00+01:00")


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        (1, float),
        (1.5, float | None),
        (None, float | None),
        (True, bool),
        ("a", str),
        (NOON, datetime),
        (Word.YES, Word | None),
        ((1, 2), tuple[int, ...]),
        ({"a": Thing(count=1)}, Mapping[str, Thing]),
    ],
)
def test_promise_is_kept(value, hint):
    assert is_as_promised(value, hint)


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        (True, float),
        (True, int),
        (1, bool),
        (float("nan"), float),
        (float("-inf"), float),
        (1.1e15, float),
        (1.0, int),
        (None, float),
        ("", str),
        (" a", str),
        ("\ud800", str),
        (Word.YES, str),
        ("yes", Word),
        (NOON.replace(tzinfo=None), datetime),
        (EAST, datetime),
        ([1], tuple[int, ...]),
        ((1, "2"), tuple[int, ...]),
        ({1: 2.0}, Mapping[str, float]),
        ({"a": True}, Mapping[str, float]),
        (Thing(count=1, power=float("inf")), Thing),
        ({"count": 1}, Thing),
    ],
)
def test_promise_is_broken(value, hint):
    assert not is_as_promised(value, hint)
