"""Reads Enphase gateways (Envoy, IQ Gateway) over their local interface.

Knows nothing of Home Assistant. Start with ``models.py`` (the words), ``pages/endpoints.py`` (the
pages), ``assemble`` (which source is believed), ``collect.py`` and ``assemble/build.py`` (steps).
"""

from .counters.identity import (
    Direction,
    counter_of_ct,
    counter_of_inverter,
    counter_of_phase,
)
from .counters.site import Rebase
from .equipment import (
    AcBattery,
    AcBatteryBank,
    AdminState,
    Battery,
    BatteryBank,
    ChargeState,
    Collar,
    CombinerController,
    ContactAction,
    ContactMode,
    ContactUse,
    DryContact,
    Generator,
    GeneratorMode,
    GridMode,
    GridState,
    Inverter,
    Led,
    PhaseRelay,
    SleepState,
    SwitchState,
    SystemController,
    Weekday,
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
from .exchange.auth import Credentials
from .exchange.enlighten import CodeSentBy, SecondFactorError, SignIn
from .exchange.hosts import clean_host
from .exchange.redact import Redactor
from .exchange.tokens import Token, TokenKind, check_token, parse_token
from .exchange.transport import Timing
from .memory import JsonValue, Memory, VolatileMemory
from .models import CtFigures, CtMeter, EnergyFigures, Flow, Health, Section, Snapshot
from .parsers.info import Info
from .profile import (
    METERING_STATUSES,
    Capability,
    GatewayProfile,
    InverterSource,
    MeterKind,
    Model,
    ProductionSource,
)
from .reader import EnvoyReader
from .status import DynamicLimitMode, GatewayStatus, Link, StorageMode, StorageSettings, TariffKind

__all__ = [
    "METERING_STATUSES",
    "AcBattery",
    "AcBatteryBank",
    "AdminState",
    "Battery",
    "BatteryBank",
    "Capability",
    "ChargeState",
    "CodeSentBy",
    "Collar",
    "CombinerController",
    "ContactAction",
    "ContactMode",
    "ContactUse",
    "Credentials",
    "CtFigures",
    "CtMeter",
    "Direction",
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
    "GeneratorMode",
    "GridMode",
    "GridState",
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
    "SecondFactorError",
    "Section",
    "SignIn",
    "SleepState",
    "Snapshot",
    "StorageMode",
    "StorageSettings",
    "SwitchState",
    "SystemController",
    "TariffKind",
    "Timing",
    "Token",
    "TokenKind",
    "VolatileMemory",
    "Weekday",
    "check_token",
    "clean_host",
    "counter_of_ct",
    "counter_of_inverter",
    "counter_of_phase",
    "parse_token",
]
