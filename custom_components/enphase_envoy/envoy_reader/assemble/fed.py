"""A part of the snapshot together with the pages that it was made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..models import Section

type Feeders = Mapping[Section, tuple[str, ...]]
"""Paths of the pages that feed each section, for the sections that the site has."""


class Fed[PartT](NamedTuple):
    """A part, and what fed it: both are chosen at once, so that they cannot differ."""

    part: PartT
    feeders: Feeders
