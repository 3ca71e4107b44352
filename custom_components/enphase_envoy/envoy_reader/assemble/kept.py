"""What was made of pages, kept until one of them is replaced."""

from __future__ import annotations

from operator import is_
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


class Kept:
    """The last result of each function that makes something of pages, for one gateway.

    Pages are never changed, only replaced, so what is made of the very same ones is the same. Most
    collections bring a new page of few, a live poll of one or two. There is one result for each
    function, so no more than some.
    """

    def __init__(self) -> None:
        """Begin without a result."""
        self._last: dict[Callable[..., Any], tuple[tuple[object, ...], Any]] = {}

    def made[*PartsT, ResultT](
        self, make: Callable[[*PartsT], ResultT], *parts: *PartsT
    ) -> ResultT:
        """Return ``make(*parts)``, or its last result if that was made of the very same parts.

        ``make`` has to be a function of these alone. They are compared by identity: comparing
        contents costs as much as making.
        """
        last = self._last.get(make)
        if last is not None and all(map(is_, last[0], parts)):
            kept: ResultT = last[1]
            return kept
        result = make(*parts)
        self._last[make] = parts, result
        return result
