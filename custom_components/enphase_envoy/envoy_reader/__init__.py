"""Reads Enphase gateways (Envoy, IQ Gateway) over their local interface.

Knows nothing of Home Assistant. Start with ``models.py`` (the words), ``endpoints.py`` (the pages),
``assemble`` (which source is believed) and ``reader.py`` (the steps).
"""

from .auth import Credentials
from .counters import Rebase
from .equipment import (
    AcBattery,
    AcBatteryBank,
    Battery,
    BatteryBank,
    ChargeState,
    Collar,
    CombinerController,
    DryContact,
    Generator,
    Inverter,
    Led,
    PhaseRelay,
    SleepState,
    SystemController,
)
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
    CtFigures,
    CtMeter,
    EnergyFigures,
    Flow,
    Health,
    MeterKind,
    Section,
    Snapshot,
)
from .parsers.info import Info
from .profile import Capability, GatewayProfile, InverterSource, Model, ProductionSource
from .reader import EnvoyReader
from .redact import Redactor
from .status import DynamicLimitMode, GatewayStatus, Link, StorageMode, StorageSettings, TariffKind
from .tokens import Token, TokenKind, check_token, parse_token
from .transport import Timing

__all__ = [
    "METERING_STATUSES",
    "AcBattery",
    "AcBatteryBank",
    "Battery",
    "BatteryBank",
    "Capability",
    "ChargeState",
    "Collar",
    "CombinerController",
    "Credentials",
    "CtFigures",
    "CtMeter",
    "DryContact",
    "DynamicLimitMode",
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
    "GatewayStatus",
    "Generator",
    "Health",
    "Info",
    "Inverter",
    "InverterSource",
    "JsonValue",
    "Led",
    "Link",
    "Memory",
    "MeterKind",
    "Model",
    "PhaseRelay",
    "Problem",
    "ProductionSource",
    "Rebase",
    "Redactor",
    "Section",
    "SleepState",
    "Snapshot",
    "StorageMode",
    "StorageSettings",
    "SystemController",
    "TariffKind",
    "Timing",
    "Token",
    "TokenKind",
    "VolatileMemory",
    "check_token",
    "clean_host",
    "parse_token",
]
