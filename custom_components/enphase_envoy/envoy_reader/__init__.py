"""Reads Enphase gateways (Envoy, IQ Gateway) over their local interface.

Knows nothing of Home Assistant. Start with ``models.py`` (the words), ``endpoints.py`` (the pages),
``assemble`` (which source is believed) and ``reader.py`` (the steps).
"""

from .auth import Credentials
from .counters import Rebase
from .errors import (
    EnlightenAuthenticationError,
    EnlightenUnavailableError,
    EnvoyAuthenticationError,
    EnvoyConnectionError,
    EnvoyError,
    EnvoyIdentityError,
    EnvoyResponseError,
    EnvoyTimeoutError,
    EnvoyUnsupportedError,
    Problem,
)
from .hosts import clean_host
from .memory import JsonValue, Memory, VolatileMemory
from .models import (
    METERING_STATUSES,
    Battery,
    BatteryBank,
    CtFigures,
    CtMeter,
    EnergyFigures,
    Flow,
    Health,
    Inverter,
    MeterKind,
    Section,
    Snapshot,
)
from .parsers.info import Info
from .profile import GatewayProfile, Model, ProductionSource
from .reader import EnvoyReader
from .redact import Redactor
from .tokens import Token, TokenKind, check_token, parse_token
from .transport import Timing

__all__ = [
    "METERING_STATUSES",
    "Battery",
    "BatteryBank",
    "Credentials",
    "CtFigures",
    "CtMeter",
    "EnergyFigures",
    "EnlightenAuthenticationError",
    "EnlightenUnavailableError",
    "EnvoyAuthenticationError",
    "EnvoyConnectionError",
    "EnvoyError",
    "EnvoyIdentityError",
    "EnvoyReader",
    "EnvoyResponseError",
    "EnvoyTimeoutError",
    "EnvoyUnsupportedError",
    "Flow",
    "GatewayProfile",
    "Health",
    "Info",
    "Inverter",
    "JsonValue",
    "Memory",
    "MeterKind",
    "Model",
    "Problem",
    "ProductionSource",
    "Rebase",
    "Redactor",
    "Section",
    "Snapshot",
    "Timing",
    "Token",
    "TokenKind",
    "VolatileMemory",
    "check_token",
    "clean_host",
    "parse_token",
]

]
