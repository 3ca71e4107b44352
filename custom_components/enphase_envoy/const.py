"""Names that several modules share."""

import logging
from typing import Final

from homeassistant.const import Platform

DOMAIN: Final = "enphase_envoy"
LOGGER: Final = logging.getLogger(__package__)

PLATFORMS: Final = (
    Platform.BINARY_SENSOR,
    Platform.BUTTON,
    Platform.NUMBER,
    Platform.SELECT,
    Platform.SENSOR,
    Platform.SWITCH,
)
CONTROLS: Final = (Platform.BUTTON, Platform.NUMBER, Platform.SELECT, Platform.SWITCH)
"""Those of them that write to the gateway."""

# Keys of a config entry's data. Home Assistant's own integration and the older custom ones use the
# same keys, so that an entry can be handed over in both directions.
CONF_HOST: Final = "host"
CONF_USERNAME: Final = "username"
CONF_PASSWORD: Final = "password"  # noqa: S105 -- a key
CONF_NAME: Final = "name"
CONF_SERIAL: Final = "serial"
CONF_USE_ENLIGHTEN: Final = "use_enlighten"
CONF_TOKEN: Final = "token"  # noqa: S105 -- a key
CONF_USE_MANUAL_TOKEN: Final = "use_manual_token"  # noqa: S105 -- a key

CONF_ASKS_CODE: Final = "asks_code"
"""Of our own, and only there where the cloud asks for a code when somebody signs in: so a person is
needed for each new token."""
CONF_NAMED_AFTER: Final = "named_after"
"""Key of ours: the serial number in the names of devices, where it is that of a gateway before."""

# What is only ever typed.
CONF_CODE: Final = "code"
CONF_SEND_AGAIN: Final = "send_again"
