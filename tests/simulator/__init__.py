"""A simulated gateway: a small world with a sun, an inverter's patience and a firmware's faults.

It shares no code with the reader, so that a mistake cannot be on both sides.
"""

from . import faults, obedience
from .access import installer_password
from .capture import Replay
from .enlighten import Account, Cloud
from .firmware import Firmware, Group, Quirk
from .scenarios import SCENARIOS, Scenario
from .server import Request
from .simulator import Simulator
from .site import Plan, Site

__all__ = [
    "SCENARIOS",
    "Account",
    "Cloud",
    "Firmware",
    "Group",
    "Plan",
    "Quirk",
    "Replay",
    "Request",
    "Scenario",
    "Simulator",
    "Site",
    "faults",
    "installer_password",
    "obedience",
]
