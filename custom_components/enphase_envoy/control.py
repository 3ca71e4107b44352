"""What all controls have in common: they send a command and show its result."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, override

from homeassistant.core import callback
from homeassistant.helpers.translation import async_translate_state

from .const import DOMAIN
from .coordinator import as_home_assistant_error
from .entity import EnvoyEntity, EnvoyEntityDescription
from .envoy_reader import (
    Command,
    CommandState,
    Control,
    EnvoyCommandError,
    Problem,
    Wish,
    command_key,
)

_IDLE: Final = CommandState()
CONFIRMATION = "confirmation"
"""Name of the attribute with the outcome of the latest command."""


def _only_one(_part: object) -> str:
    return ""


@dataclass(frozen=True, kw_only=True)
class EnvoyControlDescription[PartT, ValueT](EnvoyEntityDescription[PartT, ValueT]):
    """A figure that can be set."""

    control: Control
    target_fn: Callable[[Any], str] = _only_one
    """Returns the name of the dry contact, where there are several of a kind."""
    effect: str | None = None
    """Translation key of the effect on the house, where the user must know it beforehand."""


class EnvoyControl[PartT, ValueT: Wish](EnvoyEntity[PartT, ValueT]):
    """One thing of one device that can be set; while that is pending it shows what was asked."""

    entity_description: EnvoyControlDescription[PartT, ValueT]
    _running: asyncio.Task[None] | None = None
    _shown_as: str = ""

    @property
    @override
    def figure(self) -> ValueT | None:
        instead = self._state.shown
        return super().figure if instead is None else instead  # type: ignore[return-value] # a wish is of the figure's type

    @property
    def title(self) -> str:
        """What it is called in notices: device and name."""
        state = self.hass.states.get(self.entity_id)
        return state.name if state else self.entity_id

    def asks_for(self, _value: Wish, /) -> bool:
        """Tell whether it is what a user sets this value with."""
        return True

    def word(self, value: Wish | None) -> str:
        """Return what a value is called in the language of the system."""
        if value is None:
            return "-"
        if isinstance(value, bool):
            return self._translated("on" if value else "off")
        return self._translated(value) if isinstance(value, str) else f"{value:g}"

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any]:
        state, effect = self._state, self.entity_description.effect
        return {
            **({CONFIRMATION: str(state.confirmation)} if state.confirmation else {}),
            **({"ignored_by_gateway": True} if state.ignored else {}),
            **({"charging_from_grid_restored": True} if state.charging_restored else {}),
            **({"effect": effect} if effect else {}),
        }

    @override
    async def async_added_to_hass(self) -> None:
        await super().async_added_to_hass()
        self._shown_as = self._key
        self.coordinator.controls.setdefault(self._shown_as, []).append(self)

    @override
    async def async_will_remove_from_hass(self) -> None:
        self.coordinator.controls[self._shown_as].remove(self)
        if self._running:
            self._running.cancel()
        await super().async_will_remove_from_hass()

    async def _async_ask(self, value: Wish) -> None:
        """Set it, and return when the device does what was asked.

        Raises a HomeAssistantError that says what is in force instead, if it does not.
        """
        try:
            command = self._command(value)
            self._running = self.hass.async_create_task(
                self.coordinator.async_command(command), f"set {self.entity_id}", eager_start=True
            )
            await self._running
        except EnvoyCommandError as err:
            raise as_home_assistant_error(
                err,
                name=self.title,
                held=self.word(err.held),
                seconds=str(round(err.seconds)),
                status=str(err.status),
            ) from err
        except asyncio.CancelledError:
            if self._running and self._running.cancelled() and self._is_going:
                gone = EnvoyCommandError(
                    "The entry is not in use any more", Problem.COMMAND_INTERRUPTED
                )
                raise as_home_assistant_error(gone, name=self.title) from None
            raise
        finally:
            self._running = None

    def _command(self, value: Wish) -> Command:
        part = self._part
        if part is None:
            raise EnvoyCommandError("It is not listed any more", Problem.COMMAND_GONE)
        target = self.entity_description.target_fn(part)
        return Command(control=self.entity_description.control, value=value, target=target)

    @override
    def _sources(self) -> tuple[object, ...]:
        # A snapshot shares the states of all commands as long as none has changed.
        return (*super()._sources(), self.coordinator.data.commands)

    @override
    def _current(self) -> tuple[object, ...]:
        return (*super()._current(), self._state)

    @property
    def _is_going(self) -> bool:
        """Whether it is the removal of the entity that has ended a command."""
        task = asyncio.current_task()
        return task is not None and not task.cancelling()

    @property
    def _state(self) -> CommandState:
        commands = self.coordinator.data.commands
        return commands.get(self._key, _IDLE) if commands else _IDLE

    @property
    def _key(self) -> str:
        part = self._part
        target = "" if part is None else self.entity_description.target_fn(part)
        return command_key(self.entity_description.control, target)

    @callback
    def _translated(self, state: str) -> str:
        return async_translate_state(
            self.hass,
            state,
            self._platform_domain,
            DOMAIN,
            self.entity_description.translation_key,
            None,
        )
