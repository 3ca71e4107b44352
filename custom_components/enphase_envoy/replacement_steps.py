"""The part of the set-up form that lets a gateway take the place of another one.

another serial number at the address → menu: it replaces the old one, or another address → check,
with an account or a token for the new gateway → what goes on and what not → confirm → replaced.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any, Final

import voluptuous as vol
from homeassistant.config_entries import ConfigEntry, ConfigFlow, ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.selector import BooleanSelector

from . import binary_sensor, button, number, replacement, select, sensor, switch
from .const import (
    CONF_ASKS_CODE,
    CONF_HOST,
    CONF_NAME,
    CONF_NAMED_AFTER,
    CONF_SERIAL,
    CONF_TOKEN,
    CONF_USE_ENLIGHTEN,
    CONF_USERNAME,
)
from .devices import SERIALS
from .entity import EnvoyEntityDescription
from .envoy_reader import EnvoyReader, Snapshot

NEW_NAMES: Final = "new_names"

_LOOKS: Final = 4
"""Collections after the first one that a check waits for: some pages are left out at first, and of
slow ones each collection asks one."""

_TABLES: Final[Mapping[str, tuple[EnvoyEntityDescription[Any, Any], ...]]] = {
    "binary_sensor": binary_sensor.DESCRIPTIONS,
    "button": button.DESCRIPTIONS,
    "number": number.DESCRIPTIONS,
    "select": select.DESCRIPTIONS,
    "sensor": sensor.DESCRIPTIONS,
    "switch": switch.DESCRIPTIONS,
}


async def async_look_closely(reader: EnvoyReader, snapshot: Snapshot) -> Snapshot:
    """Return what a gateway shows once all its pages have been asked."""
    for _ in range(_LOOKS):
        snapshot = await reader.read()
    return snapshot


def lacking(
    hass: HomeAssistant, entry: ConfigEntry[Any], snapshot: Snapshot
) -> list[er.RegistryEntry]:
    """Return the entities in use that another gateway, which has shown this, has nothing for."""
    old, new = str(entry.unique_id), snapshot.profile.serial
    has = set(_shown_by(snapshot))
    rows = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    return [
        row
        for row in rows
        if not row.disabled
        and (row.domain, replacement.exchanged(row.unique_id, old, new)) not in has
    ]


def _shown_by(snapshot: Snapshot) -> Iterator[tuple[str, str]]:
    """Yield platform and unique id of each entity that a gateway has."""
    for platform, rows in _TABLES.items():
        for row in rows:
            if row.exists_fn(snapshot.profile):
                for serial in (row.serials_fn or SERIALS[row.kind])(snapshot):
                    yield platform, row.ids_of(snapshot.profile.serial, serial)[0]


def _form() -> Any:  # noqa: ANN401 -- see forms.py
    return vol.Schema({vol.Required(NEW_NAMES, default=False): BooleanSelector()})


class ReplacementSteps(ConfigFlow):
    """Steps of the set-up form; ``_offer_replacement`` is the way in."""

    _typed: dict[str, Any]
    _tokens: dict[Any, str | None]
    _found_serial: str
    _replaces: bool = False
    """Whether the gateway that is checked is to take the place of the one of the entry."""
    _successor_data: Mapping[str, Any]
    _successor: Snapshot

    @property
    @abstractmethod
    def _entry(self) -> ConfigEntry[Any]:
        """The entry to change."""

    @abstractmethod
    async def _async_form(self, step: str, user_input: dict[str, Any] | None) -> ConfigFlowResult:
        """Show a form, or check what was typed into it."""

    @abstractmethod
    async def _async_answers(self, host: str, serial: str | None) -> bool:
        """Tell whether the gateway with this serial number answers at an address."""

    @abstractmethod
    async def _async_forget_refusals(self) -> None:
        """Allow cloud logins again for this entry."""

    def _offer_replacement(self) -> ConfigFlowResult:
        """Ask what the gateway is that has answered with another serial number."""
        other = replacement.other_entry(self.hass, self._entry, self._found_serial)
        return self.async_show_menu(
            step_id="another_gateway_known" if other else "another_gateway",
            menu_options=["replace", "reconfigure"],
            description_placeholders={
                "host": self._typed[CONF_HOST],
                "old": self._typed[CONF_SERIAL],
                "new": self._found_serial,
                "title": other.title if other else "",
            },
        )

    async def async_step_another_gateway(
        self, _user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask again what the gateway is."""
        return self._offer_replacement()

    async_step_another_gateway_known = async_step_another_gateway

    async def async_step_replace(
        self, _user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Check the new gateway, at first with the account of the old one."""
        self._replaces = True
        self._typed[CONF_SERIAL] = self._found_serial
        self._tokens.clear()  # a token is made for one gateway
        known = {key: self._typed[key] for key in (CONF_USERNAME, CONF_USE_ENLIGHTEN)}
        return await self._async_form("replace_access", known)

    async def async_step_replace_access(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the account, or the local user, of the new gateway."""
        return await self._async_form("replace_access", user_input)

    def _confirm_replacement(
        self, data: Mapping[str, Any], snapshot: Snapshot, errors: dict[str, str] | None = None
    ) -> ConfigFlowResult:
        """Say what is going to happen; nothing has changed so far."""
        self._successor_data, self._successor = data, snapshot
        entry, hass = self._entry, self.hass
        new = snapshot.profile.serial
        other = replacement.other_entry(hass, entry, new)
        going = replacement.gives_way(hass, entry, other) if other else []
        rows = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
        return self.async_show_form(
            step_id="replace_confirm_both" if other else "replace_confirm",
            data_schema=_form(),
            errors=errors,
            description_placeholders={
                "host": self._typed[CONF_HOST],
                "old": str(entry.unique_id),
                "new": new,
                "count": str(len(rows)),
                "missing": replacement.listed(hass, lacking(hass, entry, snapshot)),
                "title": other.title if other else "",
                "going": replacement.listed(hass, [row for row in going if not row.disabled]),
            },
        )

    async def async_step_replace_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Let the new gateway take the place of the old one, if it still answers."""
        if user_input is None:  # the page was loaded anew
            return self._confirm_replacement(self._successor_data, self._successor)
        entry, new = self._entry, self._successor.profile.serial
        async with replacement.one_at_a_time(self.hass):
            if entry.unique_id != new and (error := await self._async_replace(entry, user_input)):
                return self._confirm_replacement(
                    self._successor_data, self._successor, {"base": error}
                )
        return self.async_abort(reason="replaced", description_placeholders={"new": new})

    async_step_replace_confirm_both = async_step_replace_confirm

    async def _async_replace(self, entry: ConfigEntry[Any], chosen: dict[str, Any]) -> str | None:
        """Replace the gateway and load the entry anew, or return what is in the way."""
        new = self._successor.profile.serial
        if not await self._async_answers(self._typed[CONF_HOST], new):
            return "cannot_connect"
        await self._async_forget_refusals()
        try:
            await self._async_carry_out(entry, new, **chosen)
        except replacement.ReplacementError:
            return "busy"
        self.hass.config_entries.async_schedule_reload(entry.entry_id)
        return None

    async def _async_carry_out(
        self, entry: ConfigEntry[Any], new: str, *, new_names: bool = False
    ) -> None:
        old = str(entry.unique_id)
        # Whether a code is asked for is said of the account in the form, not of the one before.
        left = (CONF_TOKEN, CONF_ASKS_CODE)
        kept = {key: value for key, value in entry.data.items() if key not in left}
        data = kept | dict(self._successor_data)
        title = entry.title
        if new_names:
            data.pop(CONF_NAMED_AFTER, None)
            named = str(kept.get(CONF_NAMED_AFTER) or old)
            title = title.replace(named, new)
            data[CONF_NAME] = str(data.get(CONF_NAME) or title).replace(named, new)
        else:
            data.setdefault(CONF_NAMED_AFTER, old)
        successor = replacement.Successor(serial=new, title=title, data=data)
        await replacement.async_replace(self.hass, entry, successor)
