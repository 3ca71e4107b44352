"""Repairs: what the user can do about a notice (``notices.py``) from its dialog."""

from __future__ import annotations

from typing import Any

from homeassistant.components.repairs import ConfirmRepairFlow, RepairsFlow
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import AbortFlow, FlowResult
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers import issue_registry as ir

from . import replacement
from .coordinator import EnvoyConfigEntry, EnvoyCoordinator
from .notices import ENTRY_ID, EVENT, LEFT_OVER, REPLACED

type NoticeData = dict[str, str | int | float | None]
type Result = FlowResult[Any, Any]


async def async_create_fix_flow(
    hass: HomeAssistant, issue_id: str, data: NoticeData | None
) -> RepairsFlow:
    """Return the dialog of a notice."""
    data = data or {}
    entry_id, event_id = str(data.get(ENTRY_ID)), data.get(EVENT)
    if issue_id.startswith(LEFT_OVER):
        return LeftOverFlow(entry_id)
    if issue_id.startswith(REPLACED):
        return ReplacementFlow(entry_id)
    return RebaseFlow(entry_id, str(event_id)) if event_id else TokenFlow(entry_id)


class TokenFlow(ConfirmRepairFlow):
    """Says what is needed, then leads to the form that takes another token."""

    def __init__(self, entry_id: str) -> None:
        """Replace the token of an entry."""
        super().__init__()
        self._entry_id = entry_id

    async def async_step_confirm(self, user_input: dict[str, str] | None = None) -> Any:  # noqa: ANN401 -- versions differ
        """Have Home Assistant ask for a token.

        The notice stays until there is one: the form may be closed without an answer.
        """
        if user_input is None:
            return await super().async_step_confirm()
        _entry(self.hass, self._entry_id).async_start_reauth(self.hass)
        return self.async_abort(reason="asked")


class LeftOverFlow(ConfirmRepairFlow):
    """Removes what another integration has left and nothing goes on with."""

    def __init__(self, entry_id: str) -> None:
        """Remove entities of an entry."""
        super().__init__()
        self._entry_id = entry_id

    async def async_step_confirm(self, user_input: dict[str, str] | None = None) -> Any:  # noqa: ANN401 -- versions differ
        """Remove them, if that is what the user wants."""
        if user_input is None:
            return await super().async_step_confirm()
        registry = er.async_get(self.hass)
        for row in _coordinator(self.hass, self._entry_id).left_over.entities:
            registry.async_remove(row.entity_id)
        return self.async_create_entry(data={})


class KeepOrUndoFlow(RepairsFlow):
    """Asks whether something stays as it is now; the steps ``keep`` and ``undo`` follow."""

    def __init__(self, entry_id: str) -> None:
        """Ask about the gateway of an entry."""
        super().__init__()
        self._entry_id = entry_id

    async def async_step_init(self, _user_input: dict[str, str] | None = None) -> Result:
        """Ask."""
        issue = ir.async_get(self.hass).async_get_issue(self.handler, self.issue_id)
        return self.async_show_menu(
            step_id="init",
            menu_options=["keep", "undo"],
            description_placeholders=issue.translation_placeholders if issue else None,
        )


class ReplacementFlow(KeepOrUndoFlow):
    """Leaves the gateway that has taken another one's place, or brings the old one back."""

    async def async_step_keep(self, _user_input: dict[str, str] | None = None) -> Result:
        """Leave everything as it is."""
        replacement.keep(self.hass, _entry(self.hass, self._entry_id))
        return self.async_create_entry(data={})

    async def async_step_undo(self, _user_input: dict[str, str] | None = None) -> Result:
        """Bring back what was before."""
        entry = _entry(self.hass, self._entry_id)
        try:
            async with replacement.one_at_a_time(self.hass):  # two dialogs may be open
                undone = await replacement.async_undo(self.hass, entry)
        except replacement.ReplacementError:
            return self.async_abort(reason="not_loaded")
        return self.async_create_entry(data={}) if undone else self.async_abort(reason="too_late")


class RebaseFlow(KeepOrUndoFlow):
    """Asks whether counters leave out the gateway's steps, or show them."""

    def __init__(self, entry_id: str, event_id: str) -> None:
        """Ask about the counters that an event in the reader has touched."""
        super().__init__(entry_id)
        self._event_id = event_id

    async def async_step_keep(self, _user_input: dict[str, str] | None = None) -> Result:
        """Leave everything as it is."""
        _coordinator(self.hass, self._entry_id).reader.keep_rebase(self._event_id)
        return self.async_create_entry(data={})

    async def async_step_undo(self, _user_input: dict[str, str] | None = None) -> Result:
        """Show the gateway's figure from now on."""
        coordinator = _coordinator(self.hass, self._entry_id)
        coordinator.reader.undo_rebase(self._event_id)
        await coordinator.async_request_refresh()
        return self.async_create_entry(data={})


def _coordinator(hass: HomeAssistant, entry_id: str) -> EnvoyCoordinator:
    """Return where the counters and entities are kept, as long as the entry is in use."""
    entry = _entry(hass, entry_id)
    if entry.state is not ConfigEntryState.LOADED:
        raise AbortFlow("not_loaded")
    return entry.runtime_data.coordinator


def _entry(hass: HomeAssistant, entry_id: str) -> EnvoyConfigEntry:
    """Return the entry of a notice, which may have been removed while the dialog was open."""
    entry: EnvoyConfigEntry | None = hass.config_entries.async_get_entry(entry_id)
    if entry is None:
        raise AbortFlow("not_loaded")
    return entry
