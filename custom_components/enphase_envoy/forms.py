"""What the forms of the set-up look like: their fields, and where on them an error is shown."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

import voluptuous as vol
from homeassistant.helpers.selector import (
    BooleanSelector,
    Selector,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)

from .const import (
    CONF_HOST,
    CONF_PASSWORD,
    CONF_SERIAL,
    CONF_TOKEN,
    CONF_USE_ENLIGHTEN,
    CONF_USERNAME,
)
from .envoy_reader import Problem

FIELDS: Final = {
    "user": (CONF_HOST, CONF_USERNAME, CONF_PASSWORD, CONF_SERIAL, CONF_USE_ENLIGHTEN),
    "reconfigure": (CONF_HOST, CONF_USERNAME, CONF_PASSWORD, CONF_USE_ENLIGHTEN),
    "reauth_confirm": (CONF_USERNAME, CONF_PASSWORD, CONF_USE_ENLIGHTEN),
    "token": (CONF_TOKEN,),
    "replace_access": (CONF_USERNAME, CONF_PASSWORD, CONF_USE_ENLIGHTEN),
}
"""The fields of each form, in their order."""

TOKEN_PROBLEMS: Final = (
    Problem.TOKEN_MALFORMED,
    Problem.TOKEN_EXPIRED,
    Problem.TOKEN_FOREIGN,
    Problem.TOKEN_REFUSED,
)
"""What can be wrong with a token itself."""

PASSWORD_PROBLEMS: Final = (
    Problem.INVALID_AUTH,
    Problem.CLOUD_LOGIN_REFUSED,
    Problem.TOKENS_UNKNOWN,
)
"""Problems after which the typed password is cleared: it is wrong, or not for this gateway."""

_REQUIRED: Final = (CONF_HOST, CONF_TOKEN)
_SECRET: Final = (CONF_PASSWORD, CONF_TOKEN)

_FIELD_OF: Final = {
    Problem.CANNOT_CONNECT: CONF_HOST,
    Problem.TIMEOUT: CONF_HOST,
    Problem.NOT_AN_ENVOY: CONF_HOST,
    Problem.WRONG_SERIAL: CONF_SERIAL,
    Problem.TOKENS_NEEDED: CONF_USE_ENLIGHTEN,
    Problem.TOKENS_UNKNOWN: CONF_USE_ENLIGHTEN,
    **dict.fromkeys(TOKEN_PROBLEMS, CONF_TOKEN),
}

_TEXTS_WITH_STATUS: Final = (
    Problem.BAD_RESPONSE,
    Problem.CLOUD_REFUSED,
    Problem.CLOUD_UNAVAILABLE,
)
"""Problems with a second text, for when an HTTP status says more; its key ends in ``_status``."""


# Not vol.Schema: newer versions of Home Assistant put another package in the place of voluptuous,
# with a class of its own, which type checkers take for a different one.
def schema(step: str, typed: Mapping[str, Any]) -> Any:  # noqa: ANN401
    """Return a form filled with what was typed; secrets are never sent back."""
    fields: dict[vol.Marker, Selector[Any]] = {}
    for key in FIELDS[step]:
        if key == CONF_USE_ENLIGHTEN:
            fields[vol.Required(key, default=typed.get(key, False))] = BooleanSelector()
            continue
        secret = key in _SECRET
        kind = TextSelectorType.PASSWORD if secret else TextSelectorType.TEXT
        filled = {} if secret else {"suggested_value": typed.get(key, "")}
        marker = vol.Required if key in _REQUIRED else vol.Optional
        fields[marker(key, description=filled)] = TextSelector(TextSelectorConfig(type=kind))
    return vol.Schema(fields)


def errors(step: str, problem: Problem, status: int | None) -> dict[str, str]:
    """Return a problem by the field that it is about, or as one of the form as a whole."""
    field = _FIELD_OF.get(problem)
    # An answer with status 200 is wrong by what it holds, which the plain text says.
    with_status = problem in _TEXTS_WITH_STATUS and status not in (None, HTTPStatus.OK)
    text = f"{problem.value}_status" if with_status else problem.value
    return {field if field in FIELDS[step] else "base": text}
