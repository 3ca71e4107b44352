"""The steps of *Configure* that set up the Energy dashboard: what is there, what is added."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import voluptuous as vol
from homeassistant.config_entries import ConfigEntryState, ConfigFlowResult, OptionsFlow
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.selector import SelectSelector, SelectSelectorConfig, SelectSelectorMode

from .energy_dashboard import GridCount, Proposal, Source, async_add, async_propose, entities_of

_COUNT: Final = "grid_count"
_ENERGY: Final = "energy"
_NOTHING: Final = "\N{EN DASH}"
"""A hyphen would be the beginning of a list."""


class EnergyDashboardSteps(OptionsFlow):
    """What an options flow inherits to have these steps; the first is ``energy_dashboard``."""

    _grid_count = GridCount.SUMMED

    async def async_step_energy_dashboard(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask how the utility's meter counts, where that matters."""
        if self.config_entry.state is not ConfigEntryState.LOADED:
            return self.async_abort(reason="not_loaded")
        if _ENERGY not in self.hass.config.components:
            return self.async_abort(reason="no_energy_dashboard")
        if user_input is not None:
            self._grid_count = GridCount(user_input[_COUNT])
            return await self.async_step_energy_sources()
        proposal = await self._propose()
        if proposal.asks_for_count:
            ways = SelectSelectorConfig(
                options=[str(way) for way in (GridCount.SUMMED, GridCount.PER_PHASE)],
                mode=SelectSelectorMode.LIST,
                translation_key=_COUNT,
            )
            form = _form(
                {vol.Required(_COUNT, default=str(self._grid_count)): SelectSelector(ways)}
            )
            return self.async_show_form(
                step_id="energy_dashboard", data_schema=form, last_step=False
            )
        return await self.async_step_energy_sources()

    async def async_step_energy_sources(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Show what would be added and what is there; add it on confirmation."""
        proposal = await self._propose()
        if user_input is not None:
            await async_add(self.hass, proposal)
            return await self.async_step_energy_done()
        there = self._lines(proposal.there.values())
        if not proposal.added:
            reason = "energy_dashboard_complete" if proposal.there else "no_energy_counters"
            return self.async_abort(reason=reason, description_placeholders={"there": there})
        return self.async_show_form(
            step_id="energy_sources",
            data_schema=_form({}),
            description_placeholders={
                "added": self._lines(proposal.added.values()),
                "there": there,
            },
            last_step=False,
        )

    async def async_step_energy_done(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Say where to look."""
        if user_input is None:
            return self.async_show_form(step_id="energy_done", data_schema=_form({}))
        return self.async_create_entry(data={**self.config_entry.options})

    async def _propose(self) -> Proposal:
        entry = self.config_entry
        return await async_propose(
            self.hass,
            str(entry.unique_id),
            entry.runtime_data.coordinator.data,
            self._grid_count,
        )

    def _lines(self, sources: Iterable[Source]) -> str:
        """Return a line for each source: the names of its entities, a battery's capacity."""
        lines = [" · ".join((*map(self._name, entities_of(it)), *_capacity(it))) for it in sources]
        return "\n".join(f"- {line}" for line in lines) or _NOTHING

    def _name(self, entity_id: str) -> str:
        row = er.async_get(self.hass).async_get(entity_id)
        return (row.name or row.original_name or entity_id) if row else entity_id


def _capacity(source: Source) -> tuple[str, ...]:
    return (f"{source['capacity']:.1f} kWh",) if "capacity" in source else ()


def _form(fields: dict[Any, Any]) -> Any:  # noqa: ANN401 -- see forms.py
    """Return a form of these fields."""
    return vol.Schema(fields)
