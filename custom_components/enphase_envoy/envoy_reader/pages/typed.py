"""The kind of thing that a page is, and the latest pages of a gateway, typed by endpoint."""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ..models import Section
    from ..profile import GatewayProfile


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint[PageT]:
    """One page: where it is, how to read it, who needs it, and how often."""

    path: str
    parse: Callable[[bytes], PageT]
    wanted: Callable[[GatewayProfile, Pages], bool]
    """Whether a site like this one needs the page; asked before each request."""
    every_s: Callable[[GatewayProfile], float]
    """Seconds between two requests; 0 means in each collection."""
    serves: frozenset[Section] = frozenset()
    """Sections that nothing but this page feeds; asked once a day while nobody looks at any of
    them. Empty for a page that the reader itself needs more often."""
    needed: Callable[[GatewayProfile], bool] = lambda _: False
    """Whether the reader itself cannot do without the page on a site like this one, so that it is
    asked in its rhythm even while nobody looks at what it serves."""
    after_first: bool = False
    """Slow to answer and urgent for nobody: left to a later collection than the first."""
    blank: Callable[[PageT], int] | None = None
    """How many of its lists are empty; more of them than before may only be so for a moment
    (section 17.9)."""
    blanks_believed: float = 3
    """Empty answers in a row until it is believed to be empty now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """What each page said last."""

    answered: Mapping[str, object] = MappingProxyType({})
    """Pages by path."""
    lacking: frozenset[str] = frozenset()
    """Paths of pages that this gateway does not have, or not for us."""
    stale: frozenset[str] = frozenset()
    """Paths of pages that have missed so many of their cycles that they are not of now."""
    installer: bool = False
    """Whether our token is an installer's, for whom the gateway has more pages (section 6)."""

    def get[PageT](self, endpoint: Endpoint[PageT]) -> PageT | None:
        """Return the page, or ``None`` when it has not answered or does not exist."""
        return cast("PageT | None", self.answered.get(endpoint.path))

    def lacks(self, endpoint: Endpoint[Any]) -> bool:
        """Return whether the gateway has said that there is no such page for us."""
        return endpoint.path in self.lacking

    def silent(self, endpoint: Endpoint[Any]) -> bool:
        """Return whether nothing is known of the page yet, so that nothing follows from it."""
        return endpoint.path not in self.answered and endpoint.path not in self.lacking

    def put[PageT](self, endpoint: Endpoint[PageT], page: PageT) -> Pages:
        """Return the same pages with another one in this place."""
        return replace(self, answered=MappingProxyType({**self.answered, endpoint.path: page}))
