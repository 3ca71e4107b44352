"""What rows of phases have in common: one row shows a figure on the device of each phase."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial

from .. import phases
from ..devices import DeviceKind
from ..envoy_reader import GatewayProfile, Section, Snapshot
from .descriptions import Facts, Rows

type PhasesFn = Callable[[GatewayProfile], int]
"""From the profile to how many phases have the figure."""


def of_phases[PartT](
    section: Section,
    part_fn: Callable[[Snapshot, str], PartT | None],
    phases_fn: PhasesFn,
    facts: Facts,
) -> Rows[PartT]:
    """Return what rows of phases have in common; their ids are those of the gateway's figures."""
    return Rows(
        kind=DeviceKind.PHASE,
        section=section,
        part_fn=part_fn,
        id_end="{phase}",
        facts={
            **facts,
            "unique_id": "{gateway}_{key}_{phase}",
            "exists_fn": partial(_has_any, phases_fn),
            "serials_fn": partial(_serials, phases_fn),
        },
    )


def phase_of[PartT](parts: tuple[PartT, ...], serial: str) -> PartT | None:
    """Return the part that is of a phase, by what stands for its serial number."""
    index = phases.number(serial) - 1
    return parts[index] if index < len(parts) else None


def _has_any(phases_fn: PhasesFn, profile: GatewayProfile) -> bool:
    return phases_fn(profile) > 0


def _serials(phases_fn: PhasesFn, snapshot: Snapshot) -> Collection[str]:
    return phases.devices(snapshot.profile, phases_fn(snapshot.profile))
