"""What a sensor or a binary sensor is told about the figure that it shows, and how to say it.

A description is a row of a table. What the rows of one table have in common stands in ``Rows``,
what rows of several tables have in common in ``facts``; a row itself says what is left.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypedDict, Unpack

from homeassistant.components.binary_sensor import (
    BinarySensorDeviceClass,
    BinarySensorEntityDescription,
)
from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import EntityCategory

from ..devices import DeviceKind
from ..entity import EnvoyEntityDescription
from ..envoy_reader import GatewayProfile, Section, Snapshot

type Shown = float | datetime | str


@dataclass(frozen=True, kw_only=True)
class EnvoySensorDescription[PartT](SensorEntityDescription, EnvoyEntityDescription[PartT, Shown]):
    """A figure that is a number, a time or a word."""


@dataclass(frozen=True, kw_only=True)
class EnvoyBinarySensorDescription[PartT](
    BinarySensorEntityDescription, EnvoyEntityDescription[PartT, bool]
):
    """A figure that is yes or no."""


class Facts(TypedDict, total=False):
    """What can be said of any row; all but the first two are fields of its description."""

    id_suffix: str
    """What the entity id says of the figure, if not the key. An empty one is for the figure that a
    device is there for, which bears its name."""
    name_key: str
    """Translation key of the name, if not as ``Rows`` say; an empty one is for none."""
    section: Section
    exists_fn: Callable[[GatewayProfile], bool]
    serials_fn: Callable[[Snapshot], Collection[str]]
    momentary: bool
    counter: str
    unique_id: str
    entity_category: EntityCategory
    entity_registry_enabled_default: bool


class SensorFacts(Facts, total=False):
    """What can be said of the row of a sensor."""

    device_class: SensorDeviceClass
    options: list[str]
    native_unit_of_measurement: str
    suggested_unit_of_measurement: str
    suggested_display_precision: int
    state_class: SensorStateClass | None


class BinaryFacts(Facts, total=False):
    """What can be said of the row of a binary sensor."""

    device_class: BinarySensorDeviceClass


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows[PartT]:
    """What rows have in common that show the same part of a snapshot, and how they are made."""

    section: Section
    part_fn: Callable[[Snapshot, str], PartT | None]
    kind: DeviceKind = DeviceKind.GATEWAY
    ids: str = "envoy_{gateway}"
    """Where their entity ids begin."""
    id_end: str = ""
    """Where their entity ids end, after what is said of the figure."""
    name_key: str = "{key}"
    """Their translation key, made of the ``{key}`` or of the ``{id_suffix}`` of the entity id."""
    facts: Facts = field(default_factory=Facts)
    """What else they share; a row may say otherwise."""

    def sensor(
        self,
        key: str,
        value_fn: Callable[[PartT], Shown | None],
        *facts: Facts,
        **own: Unpack[SensorFacts],
    ) -> EnvoySensorDescription[PartT]:
        """Return the row of a sensor; of facts that contradict each other the last one counts."""
        return EnvoySensorDescription(value_fn=value_fn, **self._row(key, *facts, own))

    def binary(
        self,
        key: str,
        value_fn: Callable[[PartT], bool | None],
        *facts: Facts,
        **own: Unpack[BinaryFacts],
    ) -> EnvoyBinarySensorDescription[PartT]:
        """Return the row of a binary sensor, as ``sensor`` does."""
        return EnvoyBinarySensorDescription(value_fn=value_fn, **self._row(key, *facts, own))

    def _row(self, key: str, *facts: Facts) -> dict[str, Any]:
        row: dict[str, Any] = {"section": self.section}
        for some in (self.facts, *facts):
            row.update(some)
        id_suffix = row.pop("id_suffix", key)
        name_key = row.pop("name_key", self.name_key.format(key=key, id_suffix=id_suffix))
        if not id_suffix:
            row["name"] = None
        return {
            "key": key,
            "translation_key": name_key or None,
            "object_id": "_".join(filter(None, (self.ids, id_suffix, self.id_end))),
            "kind": self.kind,
            "part_fn": self.part_fn,
            **row,
        }
