"""Watch every inverter against its own usual yield. (docstring follows)"""

from .panel_watch import PanelWatch
from .words import PanelReport, Trouble, TroubleKind

__all__ = ["PanelReport", "PanelWatch", "Trouble", "TroubleKind"]
