"""A part of the snapshot together with the pages that it was made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..models import Section

type Feeders = Mapping[Section, tuple[str, ...]]
"""Paths of the pages that feed each section, for the sections that the site has."""


class Fed[PartT](NamedTuple):
    """A part and the pages that fed it, chosen together so that they agree."""

    part: PartT
    feeders: Feeders
