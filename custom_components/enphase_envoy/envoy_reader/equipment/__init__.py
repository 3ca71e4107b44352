"""The devices of a site, as the snapshot shows them.

Powers of what stores energy are positive when discharging. ``None``: not given by any page.
"""

from .batteries import AcBattery, AcBatteryBank, Battery, BatteryBank, ChargeState, Led, SleepState
from .controllers import (
    AdminState,
    Collar,
    CombinerController,
    ContactAction,
    ContactMode,
    ContactUse,
    DryContact,
    DryContactSettings,
    GridMode,
    GridState,
    PhaseRelay,
    SwitchState,
    SystemController,
)
from .device import Device, EnsembleDevice
from .generator import (
    Generator,
    GeneratorConfig,
    GeneratorMode,
    GeneratorSchedule,
    GeneratorState,
    Weekday,
)
from .inverters import Inverter

__all__ = [
    "AcBattery",
    "AcBatteryBank",
    "AdminState",
    "Battery",
    "BatteryBank",
    "ChargeState",
    "Collar",
    "CombinerController",
    "ContactAction",
    "ContactMode",
    "ContactUse",
    "Device",
    "DryContact",
    "DryContactSettings",
    "EnsembleDevice",
    "Generator",
    "GeneratorConfig",
    "GeneratorMode",
    "GeneratorSchedule",
    "GeneratorState",
    "GridMode",
    "GridState",
    "Inverter",
    "Led",
    "PhaseRelay",
    "SleepState",
    "SwitchState",
    "SystemController",
    "Weekday",
]
