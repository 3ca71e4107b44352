"""The options: one row for each, from which come form, defaults and the reader's timing."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, override

import voluptuous as vol
from homeassistant.helpers.selector import (
    BooleanSelector,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectSelector,
    SelectSelectorConfig,
)

from .const import LOGGER
from .envoy_reader import Timing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Option[ValueT](ABC):
    """Something that the user may set; keys and lower limits are those of entities.md 8.2."""

    key: str
    default: ValueT
    other_key: str = ""
    """What the variant for installers calls it; read as long as ours has never been set."""

    @abstractmethod
    def selector(self) -> Any:  # noqa: ANN401 -- see forms.py
        """Return the form's field, which refuses what cannot be."""

    @abstractmethod
    def clean(self, stored: object) -> ValueT:
        """Return what is stored, or what comes next to it; the default for what it cannot be."""

    def value(self, options: Mapping[str, Any]) -> ValueT:
        """Return the stored value as it can be used."""
        stored = options.get(self.key, options.get(self.other_key))
        return self.default if stored is None else self.clean(stored)

    def checked(self, options: Mapping[str, Any]) -> ValueT:
        """Return ``value``, and log when that is not what was stored."""
        value = self.value(options)
        stored = options.get(self.key, options.get(self.other_key, value))
        if stored != value or isinstance(stored, bool) != isinstance(value, bool):
            LOGGER.warning(
                "Option %s is stored as %r, which cannot be: %s is used", self.key, stored, value
            )
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Number(Option[int]):
    """A whole number within limits."""

    low: int
    high: int
    unit: str | None = "s"

    @override
    def selector(self) -> vol.All:
        config = NumberSelectorConfig(
            min=self.low, max=self.high, step=1, mode=NumberSelectorMode.BOX
        )
        if self.unit:
            config["unit_of_measurement"] = self.unit
        return vol.All(NumberSelector(config), vol.Coerce(int))

    @override
    def clean(self, stored: object) -> int:
        if isinstance(stored, bool) or not isinstance(stored, int | float):
            return self.default
        return int(min(max(self.low, stored), self.high))


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch(Option[bool]):
    """Yes or no."""

    @override
    def selector(self) -> BooleanSelector:
        return BooleanSelector()

    @override
    def clean(self, stored: object) -> bool:
        return stored if isinstance(stored, bool) else self.default


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice(Option[str]):
    """One of several words, whose names stand in the translations under ``selector``."""

    words: tuple[str, ...]

    @override
    def selector(self) -> SelectSelector:
        config = SelectSelectorConfig(options=list(self.words), translation_key=self.key)
        return SelectSelector(config)

    @override
    def clean(self, stored: object) -> str:
        return stored if isinstance(stored, str) and stored in self.words else self.default


_USUAL: Final = Timing()

INTERVAL = Number(
    key="data_interval",
    default=60,
    low=5,
    high=3600,  # beyond an hour, the figures of a day would miss too much around midnight
    other_key="time_between_update",
)
PAGE = Number(key="data_fetch_timeout_seconds", default=int(_USUAL.page_s), low=5, high=300)
RETRIES = Number(
    key="data_fetch_retry_count",
    default=_USUAL.retries,
    low=1,  # a refused token is renewed on the second try
    high=10,
    unit=None,
)
PAUSE = Number(key="data_fetch_holdoff_seconds", default=int(_USUAL.pause_s), low=0, high=60)
COLLECTION = Number(
    key="data_collection_timeout_seconds",
    default=int(_USUAL.collection_s),
    low=30,
    high=900,
    other_key="getdata_timeout",
)

READING = (INTERVAL, PAGE, RETRIES, PAUSE, COLLECTION)
"""The options of the form *reading*."""

LIVE_PACE = Number(key="live_pace", default=5, low=1, high=30)
LIVE = (LIVE_PACE,)
"""The options of the form *live*."""


def schema(rows: Iterable[Option[Any]], options: Mapping[str, Any]) -> Any:  # noqa: ANN401 -- see forms.py
    """Return the form of some options, filled with what is stored or else with the defaults."""
    return vol.Schema(
        {
            vol.Required(option.key, default=option.value(options)): option.selector()
            for option in rows
        }
    )


def disagreements(values: Mapping[str, int]) -> dict[str, str]:
    """Return the error of each field whose value does not go with the others."""
    if values[COLLECTION.key] < values[PAGE.key]:
        return {COLLECTION.key: "collection_shorter_than_page"}
    return {}


def timing(options: Mapping[str, Any]) -> Timing:
    """Return how long the reader waits, and how often it tries again."""
    return Timing(
        page_s=PAGE.checked(options),
        retries=RETRIES.checked(options),
        pause_s=PAUSE.checked(options),
        collection_s=COLLECTION.checked(options),
    )


def interval(options: Mapping[str, Any]) -> timedelta:
    """Return the time from one collection to the next."""
    return timedelta(seconds=INTERVAL.checked(options))
