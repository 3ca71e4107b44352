"""The kind of thing that a page is, and the latest pages of a gateway, typed by endpoint."""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

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
    """Its rhythm: seconds between two requests, more than 0. It is asked in the first collection
    after that time, so less often where collections are further apart."""
    section: Section | None = None
    """The section that shows one figure of this page and nothing else. It is there as soon as the
    page has that figure, and depends on this page alone. Of twins, both name it."""
    shows: str = ""
    """Field of ``GatewayStatus`` that the figure is shown in; empty where it has a place of its
    own in the snapshot."""
    figure: Callable[[PageT], object | None] = lambda page: page
    """Return that figure; ``None`` when this page has none."""
    serves: frozenset[Section] = frozenset()
    """Sections that are fed by nothing but this page and the like. While nobody looks at any of
    them or at ``section``, it is asked once a day. Empty for a page that the reader itself needs
    more often."""
    needed: Callable[[GatewayProfile], bool] = lambda _: False
    """Whether the reader itself cannot do without the page on a site like this one, so that it is
    asked in its rhythm even while nobody looks at what it serves."""
    after_first: bool = False
    """Urgent for nobody: left to a later collection than the first."""
    slow: bool = False
    """Rendered by the gateway's user interface, which takes seconds (section 16): only one such
    page is asked in a collection."""
    blank: Callable[[PageT], int] | None = None
    """How many of its lists are empty; more of them than before may only be so for a moment
    (section 17.9)."""
    blanks_believed: float = 3
    """Empty answers in a row until it is believed to be empty now."""

    @property
    def optional_for(self) -> frozenset[Section]:
        """Return the sections without which nobody needs the page."""
        return self.serves if self.section is None else self.serves | {self.section}


class Source[PageT](NamedTuple):
    """One of several pages that say the same, and what it says."""

    endpoint: Endpoint[PageT]
    page: PageT | None
    """``None`` as long as none of them has answered."""

    @property
    def path(self) -> str:
        """Return the path of the page: the value is missing while that page does not answer."""
        return self.endpoint.path


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """The last answer of each page."""

    answered: Mapping[str, Any] = MappingProxyType({})
    """Pages by path."""
    lacking: frozenset[str] = frozenset()
    """Paths of pages that this gateway seems not to have, or not for us."""
    stale: frozenset[str] = frozenset()
    """Paths of stale pages: they have missed too many of their cycles."""
    installer: bool = False
    """Whether our token is an installer's, for whom the gateway has more pages (section 6)."""

    def get[PageT](self, endpoint: Endpoint[PageT]) -> PageT | None:
        """Return the page, or ``None`` when it has not answered or does not exist."""
        page: PageT | None = self.answered.get(endpoint.path)
        return page

    def first[PageT](self, *twins: Endpoint[PageT]) -> Source[PageT]:
        """Return the first of some pages that has answered, or else that may still do so."""
        for endpoint in twins:
            page: PageT | None = self.answered.get(endpoint.path)
            if page is not None:
                return Source(endpoint, page)
        waited_for = (endpoint for endpoint in twins if not self.lacks(endpoint))
        return Source(next(waited_for, twins[0]), None)

    def lacks(self, endpoint: Endpoint[Any]) -> bool:
        """Return whether the gateway seems to have no such page for us."""
        return endpoint.path in self.lacking

    def silent(self, endpoint: Endpoint[Any]) -> bool:
        """Return whether nothing is known of the page yet, so that nothing follows from it."""
        return endpoint.path not in self.answered and endpoint.path not in self.lacking

    def put[PageT](self, endpoint: Endpoint[PageT], page: PageT) -> Pages:
        """Return the same pages with another one in this place."""
        return replace(self, answered=MappingProxyType({**self.answered, endpoint.path: page}))
