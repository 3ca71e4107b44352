"""Repair of damaged long-term statistics: found, shown, and taken out on request."""

from .flow import RepairStatisticsSteps
from .work import (
    Files,
    async_adopt,
    async_begin,
    async_describe,
    async_files,
    async_forget,
    async_restore,
    async_return,
    damage_found,
    is_changing,
)

__all__ = [
    "Files",
    "RepairStatisticsSteps",
    "async_adopt",
    "async_begin",
    "async_describe",
    "async_files",
    "async_forget",
    "async_restore",
    "async_return",
    "damage_found",
    "is_changing",
]
