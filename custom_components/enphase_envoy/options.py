"""The options: one row for each, from which come the form, the defaults and the reader's timing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import voluptuous as vol
from homeassistant.config_entries import ConfigFlowResult
from homeassistant.helpers.selector import NumberSelector, NumberSelectorConfig, NumberSelectorMode

from .const import LOGGER
from .energy_steps import EnergyDashboardSteps
from .envoy_reader import Timing

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """A whole number that the user may set; keys and lower limits are those of entities.md 8.2."""

    key: str
    default: int
    low: int
    high: int
    unit: str | None = "s"
    other_key: str = ""
    """What the variant for installers calls it; read as long as ours has never been set."""

    def selector(self) -> vol.All:
        """Return the form's field, which refuses what is outside the limits."""
        config = NumberSelectorConfig(
            min=self.low, max=self.high, step=1, mode=NumberSelectorMode.BOX
        )
        if self.unit:
            config["unit_of_measurement"] = self.unit
        return vol.All(NumberSelector(config), vol.Coerce(int))

    def value(self, options: Mapping[str, Any]) -> int:
        """Return the stored value within the limits; the default for what is not a number."""
        stored = options.get(self.key, options.get(self.other_key))
        if isinstance(stored, bool) or not isinstance(stored, int | float):
            return self.default
        return int(min(max(self.low, stored), self.high))

    def checked(self, options: Mapping[str, Any]) -> int:
        """Return ``value``, and log when that is not what was stored."""
        value = self.value(options)
        stored = options.get(self.key, options.get(self.other_key, value))
        if stored != value or isinstance(stored, bool):
            LOGGER.warning(
                "Option %s is stored as %r, which is not between %s and %s: %s is used",
                self.key,
                stored,
                self.low,
                self.high,
                value,
            )
        return value


INTERVAL = Option(
    key="data_interval",
    default=60,
    low=5,
    high=3600,  # beyond an hour, the figures of a day would miss too much around midnight
    other_key="time_between_update",
)
PAGE = Option(key="data_fetch_timeout_seconds", default=30, low=5, high=300)
RETRIES = Option(
    key="data_fetch_retry_count",
    default=1,
    low=1,  # a refused token is renewed on the second try
    high=10,
    unit=None,
)
PAUSE = Option(key="data_fetch_holdoff_seconds", default=0, low=0, high=60)
COLLECTION = Option(
    key="data_collection_timeout_seconds",
    default=55,
    low=30,
    high=900,
    other_key="getdata_timeout",
)

OPTIONS = (INTERVAL, PAGE, RETRIES, PAUSE, COLLECTION)


def schema(options: Mapping[str, Any]) -> Any:  # noqa: ANN401 -- see forms.py
    """Return the form, filled with what is stored or else with the defaults."""
    return vol.Schema(
        {
            vol.Required(option.key, default=option.value(options)): option.selector()
            for option in OPTIONS
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


class EnvoyOptionsFlow(EnergyDashboardSteps):
    """Changes the options; the entry is loaded anew when they are other than before."""

    async def async_step_init(self, _user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Show the menu."""
        return self.async_show_menu(step_id="init", menu_options=["reading", "energy_dashboard"])

    async def async_step_reading(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask how the gateway is read, or store what was typed."""
        entry = self.config_entry
        if user_input is None:
            return self._show(entry.options)
        # Options of the other integrations stay, for the day when one of them takes over again.
        data = {**entry.options, **user_input}
        if errors := disagreements(user_input):
            return self._show(data, errors)
        if data != entry.options:
            # Newer versions have a class for this; done by hand it is the same on all of them.
            # Soon, not now: the manager stores the options when this step has returned.
            self.hass.loop.call_soon(self.hass.config_entries.async_schedule_reload, entry.entry_id)
        return self.async_create_entry(data=data)

    def _show(
        self, filled: Mapping[str, Any], errors: dict[str, str] | None = None
    ) -> ConfigFlowResult:
        return self.async_show_form(step_id="reading", data_schema=schema(filled), errors=errors)
