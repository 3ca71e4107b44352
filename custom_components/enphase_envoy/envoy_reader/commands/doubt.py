"""When the page of the dry contacts is not believed.

For up to 90 s after settings of a contact were written, that page can report closed contacts as
open (gateway-api.md, section 12.5, measured).
"""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ..equipment import DryContact

_DOUBT_S: Final = 90.0


class Doubt:
    """Which contacts are closed, kept while their page is not believed."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Believe the page at first; ``clock`` gives epoch seconds."""
        self._clock = clock
        self._closed: set[str] = set()
        self.until = 0.0
        """Epoch seconds until which "open" is not believed."""

    @property
    def active(self) -> bool:
        """Whether the page may report closed contacts as open now."""
        return self._clock() < self.until

    def begin(self, contacts: Mapping[str, DryContact]) -> None:
        """Note that settings are written now; ``contacts`` are as last believed."""
        if not self.active:
            self._closed = {contact.name for contact in contacts.values() if contact.closed}
        self.until = self._clock() + _DOUBT_S

    def note(self, name: str, *, closed: bool) -> None:
        """Note that we switch a contact, so its former state no longer counts."""
        if closed:
            self._closed.add(name)
        else:
            self._closed.discard(name)

    def believed(self, contacts: Mapping[str, DryContact]) -> Mapping[str, DryContact]:
        """Return the contacts; one that was closed stays closed while "open" is not believed."""
        if not self.active:
            return contacts
        return MappingProxyType(
            {
                ident: replace(contact, closed=True)
                if contact.closed is False and contact.name in self._closed
                else contact
                for ident, contact in contacts.items()
            }
        )
