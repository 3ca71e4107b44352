"""The dialog that repairs statistics: steps for the options flow, beginning with one of a menu.

look through (progress) → list with a box for each damage → confirm → repair (progress) → done; and,
for 30 days, undo. Closing the dialog stops none of the work: who opens it again finds it going on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any, Final

import voluptuous as vol
from homeassistant.config_entries import ConfigFlowResult, OptionsFlow
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers.selector import (
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)

from . import recorder
from .costs import async_costs_of
from .damage import LeftAlone
from .recorder import at
from .work import Found, Job, Look, Work, work_of

CHOSEN: Final = "damages"

_MOST_SHOWN: Final = 100
"""Boxes in one form; the next ones come when these are repaired."""


class RepairStatisticsSteps(OptionsFlow):
    """Steps of an options flow; ``async_step_repair_statistics`` is the way in."""

    _tick: asyncio.Task[None] | None = None
    _look: Job[Look] | None = None
    """The look of this dialog: one that fails is not begun again each second."""
    _chosen: tuple[Found, ...] = ()

    async def async_step_repair_statistics(
        self, _user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Look through the statistics, or let the last repair be undone."""
        if not recorder.is_there(self.hass):
            return self.async_abort(reason="no_recorder")
        work = self._work
        if work.change and not work.change.done:
            if work.undoing:
                return await self.async_step_repair_undoing()
            return await self.async_step_repair_write()
        last = await work.async_last_repair()
        if last is None:
            return await self.async_step_repair_look()
        return self.async_show_menu(
            step_id="repair_statistics",
            menu_options=["repair_look", "repair_undo"],
            description_placeholders={
                "at": f"{at(last.at.timestamp()):%Y-%m-%d %H:%M}",
                "until": f"{at(last.until.timestamp()):%Y-%m-%d}",
                "count": str(last.damages),
            },
        )

    async def async_step_repair_look(
        self, _user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Look through the statistics, and show how far that is."""
        if self._look is None:
            self._look = self._work.start_look()
        return await self._async_follow("repair_look", self._look, "repair_list")

    async def async_step_repair_list(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Show what has been found, and let the owner choose."""
        look = self._look.result if self._look else None
        if look is None:
            return self.async_abort(reason="look_failed")
        if not look.found:
            return self.async_abort(
                reason="no_damage", description_placeholders=_words_of(look, shown=0)
            )
        shown = look.found[:_MOST_SHOWN]
        errors = {}
        if user_input is not None:
            chosen = set(user_input.get(CHOSEN, []))
            self._chosen = tuple(found for found in shown if found.id in chosen)
            if self._chosen:
                return await self.async_step_repair_confirm()
            errors = {CHOSEN: "nothing_chosen"}
        return self.async_show_form(
            step_id="repair_list",
            data_schema=_form(shown, [] if errors else [found.id for found in shown]),
            errors=errors,
            description_placeholders=_words_of(look, shown=len(shown)),
        )

    async def async_step_repair_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Say once more what will be done; nothing has been written so far."""
        if user_input is not None:
            self._work.start_repair(self._chosen)
            return await self.async_step_repair_write()
        words = {
            "count": str(len(self._chosen)),
            "energy": _kwh(sum(found.excess_wh for found in self._chosen)),
        }
        if costs := await _async_costs(self.hass, self._chosen):
            return self.async_show_form(
                step_id="repair_confirm_costs",
                description_placeholders={**words, "costs": costs},
            )
        return self.async_show_form(
            step_id="repair_confirm",
            description_placeholders=words,
        )

    async_step_repair_confirm_costs = async_step_repair_confirm

    async def async_step_repair_write(
        self, _user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Show how far the repair is."""
        return await self._async_follow("repair_write", self._work.change, "repair_done")

    async def async_step_repair_done(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Say what has been done."""
        return self._finish("repair_done", user_input)

    async def async_step_repair_undo(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask whether to undo the last repair."""
        last = await self._work.async_last_repair()
        if last is None:
            return self.async_abort(reason="nothing_to_undo")
        if user_input is not None:
            self._work.start_undo()
            return await self.async_step_repair_undoing()
        words = {
            "at": f"{at(last.at.timestamp()):%Y-%m-%d %H:%M}",
            "count": str(last.damages),
        }
        return self.async_show_form(step_id="repair_undo", description_placeholders=words)

    async def async_step_repair_undoing(
        self, _user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Show how far the undo is."""
        return await self._async_follow("repair_undoing", self._work.change, "repair_undone")

    async def async_step_repair_undone(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Say what has been undone."""
        return self._finish("repair_undone", user_input)

    @property
    def _work(self) -> Work:
        return work_of(self.hass, self.config_entry)

    async def _async_follow(
        self, step_id: str, job: Job[Any] | None, next_step: str
    ) -> ConfigFlowResult:
        """Show how far a job is, second by second, and go to the next step when it has ended."""
        if job is None or job.done:
            step = self.cur_step
            if step and step["type"] is FlowResultType.SHOW_PROGRESS:
                return self.async_show_progress_done(next_step_id=next_step)
            result: ConfigFlowResult = await getattr(self, f"async_step_{next_step}")()
            return result
        # The page asks for the step too: the task that runs is handed out again, or each second
        # would begin two new ones.
        if self._tick is None or self._tick.done():
            self._tick = self.hass.async_create_task(job.tick(), step_id)
        return self.async_show_progress(
            step_id=step_id,
            progress_action=step_id,
            description_placeholders={"percent": f"{job.share * 100:.0f}"},
            progress_task=self._tick,
        )

    def _finish(self, step_id: str, user_input: dict[str, Any] | None) -> ConfigFlowResult:
        """Say what a change has come to, and end without any change to the options."""
        if user_input is not None:
            return self.async_create_entry(data=dict(self.config_entry.options))
        job = self._work.change
        outcome = job.result if job else None
        if outcome is None or outcome.trouble:
            return self.async_abort(
                reason="repair_failed",
                description_placeholders={
                    "entities": ", ".join(outcome.trouble if outcome else ()) or "-"
                },
            )
        words = {"count": str(outcome.damages), "energy": _kwh(outcome.energy_wh)}
        if step_id == "repair_undone":
            words["rows"] = str(outcome.differing)
        return self.async_show_form(step_id=step_id, description_placeholders=words)


def _form(shown: Iterable[Found], ticked: list[str]) -> Any:  # noqa: ANN401 -- see forms.py
    boxes = [SelectOptionDict(value=found.id, label=_label(found)) for found in shown]
    selector = SelectSelector(
        SelectSelectorConfig(options=boxes, multiple=True, mode=SelectSelectorMode.LIST)
    )
    return vol.Schema({vol.Optional(CHOSEN, default=ticked): selector})


def _label(found: Found) -> str:
    """Return hour, entity, the energy of that hour, and what it would be after a repair."""
    damage, wh = found.damage, found.statistic.wh
    recorded, after = _kwh(damage.recorded * wh), _kwh(damage.after * wh)
    return f"{at(damage.start):%Y-%m-%d %H:%M} · {found.statistic.name}: {recorded} → {after} kWh"


def _words_of(look: Look, *, shown: int) -> Mapping[str, str]:
    return {
        "found": str(len(look.found)),
        "shown": str(shown),
        "statistics": str(look.statistics),
        "hours": str(look.rows),
        **{kind.value: str(look.left_alone[kind]) for kind in LeftAlone},
    }


def _kwh(wh: float) -> str:
    return f"{wh / 1000:.3f}"


async def _async_costs(hass: HomeAssistant, chosen: Iterable[Found]) -> str:
    """Return a line for each cost statistic that depends on the energy to be repaired."""
    hours: dict[str, set[float]] = {}
    for found in chosen:
        for name in await async_costs_of(hass, found.statistic.id):
            hours.setdefault(name, set()).update(
                recorder.hour_of(step.start) for step in found.damage.steps
            )
    lines = []
    for name, those in sorted(hours.items()):
        money = await recorder.async_gain(hass, name, sorted(those))
        lines.append(f"- {name}: {money:.2f}")
    return "\n".join(lines)
