"""Repair of damaged long-term statistics: found, shown, and taken out on request."""

from .flow import RepairStatisticsSteps
from .work import async_begin, async_describe, async_forget, damage_found

__all__ = [
    "RepairStatisticsSteps",
    "async_begin",
    "async_describe",
    "async_forget",
    "damage_found",
]
