"""What *Configure* opens: a menu, and a form behind each of its entries."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry, ConfigEntryState, ConfigFlowResult

from . import moving_back, options
from .energy_steps import EnergyDashboardSteps
from .statistics import RepairStatisticsSteps


def _always(_entry: ConfigEntry[Any]) -> bool:
    return True


def _is_loaded(entry: ConfigEntry[Any]) -> bool:
    return entry.state is ConfigEntryState.LOADED


@dataclass(frozen=True, slots=True, kw_only=True)
class _MenuEntry:
    """A line of the menu."""

    step: str
    """What is shown when it is chosen: ``async_step_<step>`` of the flow."""
    offered: Callable[[ConfigEntry[Any]], bool] = _always
    """Whether it makes sense for an entry now."""


MENU: Final = (
    _MenuEntry(step="reading"),
    _MenuEntry(step="live"),
    _MenuEntry(step="energy_dashboard", offered=_is_loaded),
    _MenuEntry(step="repair_statistics"),
    _MenuEntry(step="moving_back", offered=_is_loaded),
)
"""The menu, from top to bottom."""


class EnvoyOptionsFlow(EnergyDashboardSteps, RepairStatisticsSteps):
    """Changes the options; the entry is reloaded when they have changed."""

    async def async_step_init(self, _user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Show the menu."""
        offered = [line.step for line in MENU if line.offered(self.config_entry)]
        return self.async_show_menu(step_id="init", menu_options=offered)

    async def async_step_reading(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask how the gateway is read, or store what was typed."""
        if user_input is None:
            return self._show_reading(self.config_entry.options)
        if errors := options.disagreements(user_input):
            return self._show_reading({**self.config_entry.options, **user_input}, errors)
        return self._store(user_input)

    async def async_step_live(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the pace of live values, or store what was typed."""
        if user_input is None:
            form = options.schema(options.LIVE, self.config_entry.options)
            return self.async_show_form(step_id="live", data_schema=form)
        return self._store(user_input)

    async def async_step_moving_back(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Show what only this integration has, or remove it."""
        entry = self.config_entry
        if not _is_loaded(entry):
            return self.async_abort(reason="not_loaded")
        plan = moving_back.plan(self.hass, entry)
        if user_input is not None:
            await moving_back.async_carry_out(self.hass, entry, plan)
            return await self.async_step_moved_back()
        return self.async_show_form(
            step_id="moving_back",
            data_schema=options.schema((), {}),
            description_placeholders=plan.words(),
        )

    async def async_step_moved_back(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Say what is left for the user to do."""
        if user_input is None:
            return self.async_show_form(step_id="moved_back", data_schema=options.schema((), {}))
        return self.async_create_entry(data={**self.config_entry.options})

    def _store(self, user_input: Mapping[str, Any]) -> ConfigFlowResult:
        entry = self.config_entry
        # Options of the other integrations stay, for the day when one of them takes over again.
        data = {**entry.options, **user_input}
        if data != entry.options:
            # Newer versions have a class for this; done by hand it is the same on all of them.
            # Soon, not now: the manager stores the options when this step has returned.
            self.hass.loop.call_soon(self.hass.config_entries.async_schedule_reload, entry.entry_id)
        return self.async_create_entry(data=data)

    def _show_reading(
        self, filled: Mapping[str, Any], errors: dict[str, str] | None = None
    ) -> ConfigFlowResult:
        form = options.schema(options.READING, filled)
        return self.async_show_form(step_id="reading", data_schema=form, errors=errors)
