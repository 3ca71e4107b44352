"""The set-up form, and what else a user can change about an entry.

Every form ends in the same check: reach the gateway, see which one it is, get in, read it.
Nothing is stored before that has succeeded. A check may take minutes (a busy gateway needs up to a
minute for a page, the cloud half of one), so it runs as a task whose progress is shown.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, override

from homeassistant.config_entries import (
    SOURCE_IGNORE,
    SOURCE_REAUTH,
    SOURCE_RECONFIGURE,
    ConfigEntry,
    ConfigEntryState,
    ConfigFlow,
    ConfigFlowResult,
)
from homeassistant.core import callback
from homeassistant.data_entry_flow import AbortFlow
from homeassistant.helpers.service_info.zeroconf import ZeroconfServiceInfo
from homeassistant.util import dt as dt_util

from . import forms
from .connect import credentials_of, visit
from .const import (
    CONF_HOST,
    CONF_NAME,
    CONF_PASSWORD,
    CONF_SERIAL,
    CONF_TOKEN,
    CONF_USE_ENLIGHTEN,
    CONF_USE_MANUAL_TOKEN,
    CONF_USERNAME,
    DOMAIN,
    LOGGER,
)
from .envoy_reader import (
    FIRST_WITH_TOKENS,
    Credentials,
    EnvoyError,
    EnvoyIdentityError,
    EnvoyUnsupportedError,
    Problem,
    Timing,
    Token,
    VolatileMemory,
    check_token,
    clean_host,
    parse_token,
    version_of,
)
from .options_flow import EnvoyOptionsFlow
from .store import StoredMemory

CLOUD_URL: Final = "https://entrez.enphaseenergy.com"
"""Where a person signs in and makes a token."""

PATIENT: Final = Timing(page_s=60, retries=0, collection_s=240)
"""For a check: the slowest gateways get their minute; trying again is up to the user."""

BRIEF: Final = Timing(page_s=5, retries=1, collection_s=30)
"""For the question whether a gateway answers at an address: even busy ones serve /info at once."""

ANSWER_WITHIN_S: Final = 5
"""How long a form may take to answer before progress is shown instead."""

NONE: Final = "-"
"""Placeholder value for what is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Result of a successful check."""

    serial: str
    token: Token | None
    """The token in use; ``None`` for a gateway that knows none."""


class EnvoyConfigFlow(ConfigFlow, domain=DOMAIN):
    """Adds a gateway, or changes how one is reached."""

    VERSION = 1
    MINOR_VERSION = 2  # only ever the minor one: Home Assistant's own integration stays at 1

    def __init__(self) -> None:
        """Start with an empty form."""
        self._typed: dict[str, Any] = {CONF_USERNAME: "", CONF_PASSWORD: ""}
        self._step = "user"
        self._stored = Credentials()
        self._tokens: dict[Credentials, str | None] = {}
        self._found_serial = ""
        self._check: asyncio.Task[Found] | None = None

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: ConfigEntry[Any]) -> EnvoyOptionsFlow:
        """Return the form of the options."""
        return EnvoyOptionsFlow()

    # How a flow begins

    @override
    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for a gateway to add."""
        return await self._async_form("user", user_input)

    @override
    async def async_step_zeroconf(self, discovery_info: ZeroconfServiceInfo) -> ConfigFlowResult:
        """Offer a gateway that has announced itself, or learn the new address of a known one."""
        serial = discovery_info.properties.get("serialnum")
        if not serial:
            return self.async_abort(reason="no_serial")
        host = _best_address(discovery_info)
        await self.async_set_unique_id(serial)
        await self._async_abort_if_known(serial, host)
        self._typed |= {
            CONF_HOST: host,
            CONF_SERIAL: serial,
            CONF_USE_ENLIGHTEN: _wants_tokens(discovery_info.properties.get("protovers")),
        }
        self.context["title_placeholders"] = {"serial": serial, "host": host}
        return await self.async_step_user()

    async def async_step_reauth(self, entry_data: Mapping[str, Any]) -> ConfigFlowResult:
        """Ask for new credentials of the same kind: an account, or a token."""
        self._fill_from_entry()
        self.context["title_placeholders"] = {
            "serial": self._typed[CONF_SERIAL] or NONE,
            "host": self._typed[CONF_HOST],
        }
        if entry_data.get(CONF_USE_MANUAL_TOKEN):
            return await self.async_step_token()
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the account, or the local user."""
        return await self._async_form("reauth_confirm", user_input)

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for another address or another way in."""
        if CONF_HOST not in self._typed:
            self._fill_from_entry()
            # Serves on as long as the way in stays the same: a new address needs no login.
            self._tokens[self._credentials()] = self._entry.data.get(CONF_TOKEN)
        return await self._async_form("reconfigure", user_input)

    async def async_step_token(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for a token that the user has made."""
        return await self._async_form("token", user_input)

    # From a form to its check and back

    async def _async_form(self, step: str, user_input: dict[str, Any] | None) -> ConfigFlowResult:
        """Show a form, or check what was typed into it."""
        if user_input is None:
            return self._show(step)
        self._step = step
        # The form leaves out what is empty.
        typed = dict.fromkeys(forms.FIELDS[step], "") | user_input
        same_user = typed.get(CONF_USERNAME, "").strip() == self._typed.get(CONF_USERNAME)
        if CONF_PASSWORD in typed and same_user and not typed[CONF_PASSWORD].strip():
            del typed[CONF_PASSWORD]  # the one entered before an error
        self._typed |= typed
        if errors := self._clean():
            return self._show(step, errors)
        if self._check:
            self._check.cancel()  # the form was sent twice
        self._check = self.hass.async_create_background_task(self._async_check(), f"{DOMAIN} check")
        await asyncio.wait((self._check,), timeout=ANSWER_WITHIN_S)
        return await self.async_step_check()

    async def async_step_check(self, _user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Show that the check goes on, until it has ended."""
        assert self._check  # noqa: S101 -- this step is only reached through a form
        if not self._check.done():
            return self.async_show_progress(
                step_id="check", progress_action="check", progress_task=self._check
            )
        return self.async_show_progress_done(next_step_id="checked")

    async def async_step_checked(
        self, _user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Store what was checked, or come back to the form."""
        assert self._check  # noqa: S101 -- as above
        match self._check.exception():
            case None:
                return await self._async_save(self._check.result())
            case EnvoyError() as err:
                return self._show_trouble(err)
            case AbortFlow() as err:
                raise err
            case err:
                LOGGER.error("The check of a gateway failed unexpectedly", exc_info=err)
                return self._show(self._step, {"base": "unknown"})

    @callback
    @override
    def async_remove(self) -> None:
        """Stop the check when the user has closed the form."""
        if self._check:
            self._check.cancel()

    def _clean(self) -> dict[str, str]:
        """Tidy what was typed; return the errors that show without asking anybody."""
        typed = self._typed
        typed |= {key: text.strip() for key, text in typed.items() if isinstance(text, str)}
        try:
            typed[CONF_HOST] = clean_host(typed[CONF_HOST])
        except ValueError:
            return {CONF_HOST: "invalid_host"}
        account = self._credentials()
        if account.use_enlighten and bool(account.username) != bool(account.password):
            return {CONF_PASSWORD if account.username else CONF_USERNAME: "account_incomplete"}
        return {}

    def _show_trouble(self, err: EnvoyError) -> ConfigFlowResult:
        """Show the form to which the user has to come back, with what is wrong."""
        step, problem = self._step, err.problem
        if problem is Problem.TOKENS_NEEDED and self._typed[CONF_USE_ENLIGHTEN]:
            return self._show("token")  # which the user has chosen by giving no account
        LOGGER.warning("The gateway could not be set up: %s", err)
        if problem is Problem.CLOUD_SECOND_FACTOR:
            return self._show("token", {"base": problem.value})
        if problem in (Problem.TOKENS_NEEDED, Problem.TOKENS_UNKNOWN):
            self._typed[CONF_USE_ENLIGHTEN] = problem is Problem.TOKENS_NEEDED
        if problem in forms.PASSWORD_PROBLEMS:
            self._typed[CONF_PASSWORD] = ""
        if problem in forms.TOKEN_PROBLEMS:
            self._tokens.clear()
            if not self._credentials().password:
                step = "token"  # nobody but the user can get another
        return self._show(step, forms.errors(step, problem, err.status), status=err.status)

    def _show(
        self, step: str, errors: dict[str, str] | None = None, *, status: int | None = None
    ) -> ConfigFlowResult:
        """Show a form with everything typed before, but for passwords and tokens."""
        return self.async_show_form(
            step_id=step,
            data_schema=forms.schema(step, self._typed),
            errors=errors,
            # All of them for all texts: a placeholder without a value shows as an error.
            description_placeholders={
                "cloud_url": CLOUD_URL,
                "host": self._typed.get(CONF_HOST) or NONE,
                "serial": self._typed.get(CONF_SERIAL) or NONE,
                "found": self._found_serial or self._typed.get(CONF_SERIAL) or NONE,
                "status": str(status or NONE),
            },
        )

    # The check

    async def _async_check(self) -> Found:
        """Reach the gateway and read it; raises EnvoyError, or AbortFlow if it is there already."""
        pasted = parse_token(self._typed[CONF_TOKEN]) if self._step == "token" else None
        account, host = self._credentials(), self._typed[CONF_HOST]
        memory = VolatileMemory(pasted.raw if pasted else self._tokens.get(account))
        ask_cloud = account.use_enlighten and account.password != "" and pasted is None
        way_in = replace(account, use_enlighten=ask_cloud)
        async with visit(self.hass, host, way_in, memory, timing=PATIENT) as reader:
            serial = (await reader.probe()).serial
            await self._async_claim(serial, host)
            if pasted:
                check_token(pasted, serial, time.time())
            try:
                await reader.validate()
            finally:
                if ask_cloud:  # one login is enough, however often the form is sent after it
                    self._tokens[account] = memory.token
            if account.use_enlighten and reader.token is None:
                raise EnvoyUnsupportedError("It knows no tokens", Problem.TOKENS_UNKNOWN)
            return Found(serial=serial, token=reader.token)

    async def _async_claim(self, serial: str, host: str) -> None:
        """Make sure that this gateway is the one meant, and not there already."""
        self._found_serial = serial
        if self._typed.get(CONF_SERIAL) not in (serial, "", None):
            raise EnvoyIdentityError("The gateway at this address has another serial number")
        if not self._changes_entry:
            await self.async_set_unique_id(serial, raise_on_progress=False)
            await self._async_abort_if_known(serial, host)

    async def _async_abort_if_known(self, serial: str, host: str) -> None:
        """End the flow if there is an entry for this gateway, having brought it up to date."""
        entry = self.hass.config_entries.async_entry_for_domain_unique_id(DOMAIN, serial)
        if entry is None:
            self._adopt(serial, host)
        elif entry.state is ConfigEntryState.LOADED:
            # The reader tries the new address by itself, without a reload, once the old one fails.
            entry.runtime_data.coordinator.learn_host(host)
        elif await self._async_has_moved(entry, host):
            self._abort_if_unique_id_configured(updates={CONF_HOST: host})
        self._abort_if_unique_id_configured()

    def _adopt(self, serial: str, host: str) -> None:
        """Add the unique id to an entry from the time before unique ids."""
        for entry in self._async_current_entries(include_ignore=False):
            if entry.unique_id is None and entry.data.get(CONF_HOST) == host:
                title = f"Envoy {serial}" if entry.title == "Envoy" else entry.title
                self.hass.config_entries.async_update_entry(entry, unique_id=serial, title=title)

    async def _async_has_moved(self, entry: ConfigEntry[Any], host: str) -> bool:
        """Say whether the gateway of an entry answers at ``host``, and not at its old address.

        A gateway with two addresses (cable and Wi-Fi, IPv4 and IPv6) announces now one, now the
        other; as long as the one in use answers there is nothing to change.
        """
        if entry.source == SOURCE_IGNORE or entry.data[CONF_HOST] == host:
            return False
        return not await self._async_answers(
            entry.data[CONF_HOST], entry.unique_id
        ) and await self._async_answers(host, entry.unique_id)

    async def _async_answers(self, host: str, serial: str | None) -> bool:
        """Tell whether the gateway with this serial number answers at an address."""
        async with visit(
            self.hass, host, Credentials(), VolatileMemory(), timing=BRIEF, serial=serial
        ) as reader:
            try:
                await reader.probe()
            except EnvoyError:
                return False
            return True

    # What is stored

    async def _async_save(self, found: Found) -> ConfigFlowResult:
        """Create the entry, or update and reload it."""
        if not self._changes_entry:
            title = f"Envoy {found.serial}"
            return self.async_create_entry(
                title=title,
                data={CONF_NAME: title, **self._entry_data(found)},
                description=found.token.kind if found.token else None,
                description_placeholders=_said_of(found.token),
            )
        entry = self._entry
        kept = {key: value for key, value in entry.data.items() if key != CONF_TOKEN}
        await self._async_forget_refusals()
        result = self.async_update_reload_and_abort(
            entry,
            unique_id=entry.unique_id or found.serial,
            data=kept | self._entry_data(found),
            # Given even where it is the default: newer versions have a text of their own for that.
            reason=f"{self.source}_{found.token.kind if found.token else 'successful'}",
        )
        result["description_placeholders"] = _said_of(found.token)
        return result

    def _entry_data(self, found: Found) -> dict[str, Any]:
        """Return entry data that Home Assistant's own integration could go on with, too."""
        account = self._credentials()
        pasted = found.token is not None and (self._step == "token" or not account.password)
        data = {
            CONF_HOST: self._typed[CONF_HOST],
            CONF_USERNAME: "" if pasted else account.username,
            CONF_PASSWORD: "" if pasted else account.password,
            CONF_SERIAL: found.serial,
            CONF_USE_ENLIGHTEN: account.use_enlighten,
            CONF_USE_MANUAL_TOKEN: pasted,
        }
        return data | ({CONF_TOKEN: found.token.raw} if found.token else {})

    async def _async_forget_refusals(self) -> None:
        """Allow cloud logins again for this entry: the user has corrected something."""
        entry = self._entry
        if entry.state is ConfigEntryState.LOADED:
            entry.runtime_data.coordinator.reader.forget_refusals()
            return
        memory = StoredMemory(self.hass, entry)
        await memory.async_load()
        async with visit(self.hass, entry.data[CONF_HOST], Credentials(), memory) as reader:
            reader.forget_refusals()
        await memory.async_close()

    # What the entry holds, and what was typed

    @property
    def _changes_entry(self) -> bool:
        return self.source in (SOURCE_REAUTH, SOURCE_RECONFIGURE)

    @property
    def _entry(self) -> ConfigEntry[Any]:
        """The entry to change."""
        if self.source == SOURCE_REAUTH:
            return self._get_reauth_entry()
        return self._get_reconfigure_entry()

    def _fill_from_entry(self) -> None:
        """Take what the entry holds as if it had been typed."""
        entry = self._entry
        stored = credentials_of(entry.data)
        pasted = entry.data.get(CONF_USE_MANUAL_TOKEN, False)
        # The account of a pasted token is not used, and not always there.
        self._stored = Credentials() if pasted else stored
        self._typed = {
            CONF_HOST: entry.data[CONF_HOST],
            CONF_USERNAME: self._stored.username,
            CONF_PASSWORD: "",
            CONF_SERIAL: entry.unique_id or entry.data.get(CONF_SERIAL) or "",
            CONF_USE_ENLIGHTEN: pasted or stored.use_enlighten,
        }

    def _credentials(self) -> Credentials:
        """Return the way in that was typed; the password stored serves on for the same user."""
        username, password = self._typed[CONF_USERNAME], self._typed[CONF_PASSWORD]
        if username == self._stored.username:
            password = password or self._stored.password
        return Credentials(
            username=username, password=password, use_enlighten=self._typed[CONF_USE_ENLIGHTEN]
        )


def _best_address(discovery: ZeroconfServiceInfo) -> str:
    """Return the address that is most likely to last: IPv4 before IPv6, link-local ones last."""
    return str(
        min(discovery.ip_addresses, key=lambda address: (address.is_link_local, address.version))
    )


def _wants_tokens(protovers: str | None) -> bool:
    """Say whether a gateway with the announced version, such as ``7.6.175``, wants tokens."""
    return version_of(protovers) >= FIRST_WITH_TOKENS


def _said_of(token: Token | None) -> dict[str, str]:
    """Return the placeholders of the closing text; each kind of token has its own text."""
    if token is None:
        return {}
    left_s = token.expires_at - time.time()
    return {
        "days": str(int(left_s // 86400)),
        "until": f"{dt_util.as_local(dt_util.utc_from_timestamp(token.expires_at)):%Y-%m-%d %H:%M}",
    }
