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
    CONF_CODE,
    CONF_HOST,
    CONF_PASSWORD,
    CONF_SEND_AGAIN,
    CONF_SERIAL,
    CONF_TOKEN,
    CONF_USE_ENLIGHTEN,
    CONF_USERNAME,
)
from .envoy_reader import CodeSentBy, Problem

CODE_STEPS: Final = {
    CodeSentBy.EMAIL: "code_email",
    CodeSentBy.MESSAGE: "code_message",
    CodeSentBy.UNKNOWN: "code",
}
"""The forms that ask for a code; they only differ in how it was sent."""

FIELDS: Final = {
    "user": (CONF_HOST, CONF_USERNAME, CONF_PASSWORD, CONF_SERIAL, CONF_USE_ENLIGHTEN),
    "reconfigure": (CONF_HOST, CONF_USERNAME, CONF_PASSWORD, CONF_USE_ENLIGHTEN),
    "reauth_confirm": (CONF_USERNAME, CONF_PASSWORD, CONF_USE_ENLIGHTEN),
    "token": (CONF_TOKEN,),
    **dict.fromkeys(CODE_STEPS.values(), (CONF_CODE, CONF_SEND_AGAIN)),
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

CODE_PROBLEMS: Final = (Problem.CODE_WRONG, Problem.CODE_EXPIRED)
"""What can be wrong with a code."""

_REQUIRED: Final = (CONF_HOST, CONF_TOKEN)
_SECRET: Final = (CONF_PASSWORD, CONF_TOKEN)
_BOXES: Final = (CONF_USE_ENLIGHTEN, CONF_SEND_AGAIN)
_AUTOCOMPLETE: Final = {CONF_CODE: "one-time-code"}
"""What browsers and telephones offer to fill in, where they cannot guess."""

_FIELD_OF: Final = {
    Problem.CANNOT_CONNECT: CONF_HOST,
    Problem.TIMEOUT: CONF_HOST,
    Problem.NOT_AN_ENVOY: CONF_HOST,
    Problem.WRONG_SERIAL: CONF_SERIAL,
    Problem.TOKENS_NEEDED: CONF_USE_ENLIGHTEN,
    Problem.TOKENS_UNKNOWN: CONF_USE_ENLIGHTEN,
    **dict.fromkeys(TOKEN_PROBLEMS, CONF_TOKEN),
    **dict.fromkeys(CODE_PROBLEMS, CONF_CODE),
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
        if key in _BOXES:
            fields[vol.Required(key, default=typed.get(key, False))] = BooleanSelector()
            continue
        secret = key in _SECRET
        kind = TextSelectorType.PASSWORD if secret else TextSelectorType.TEXT
        filled = {} if secret else {"suggested_value": typed.get(key, "")}
        marker = vol.Required if key in _REQUIRED else vol.Optional
        config = TextSelectorConfig(type=kind)
        if key in _AUTOCOMPLETE:
            config["autocomplete"] = _AUTOCOMPLETE[key]
        fields[marker(key, description=filled)] = TextSelector(config)
    return vol.Schema(fields)


def errors(step: str, problem: Problem, status: int | None) -> dict[str, str]:
    """Return a problem by the field that it is about, or as one of the form as a whole."""
    field = _FIELD_OF.get(problem)
    # An answer with status 200 is wrong by what it holds, which the plain text says.
    with_status = problem in _TEXTS_WITH_STATUS and status not in (None, HTTPStatus.OK)
    text = f"{problem.value}_status" if with_status else problem.value
    return {field if field in FIELDS[step] else "base": text}
