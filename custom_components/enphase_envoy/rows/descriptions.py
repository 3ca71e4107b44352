"""How each entity is described: the value that it shows, its ids, its name and its unit.

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
from homeassistant.components.button import ButtonEntityDescription
from homeassistant.components.number import (
    NumberDeviceClass,
    NumberEntityDescription,
    NumberMode,
)
from homeassistant.components.select import SelectEntityDescription
from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.components.switch import SwitchEntityDescription
from homeassistant.const import EntityCategory

from ..control import EnvoyControlDescription
from ..devices import DeviceKind
from ..entity import EnvoyEntityDescription
from ..envoy_reader import Control, GatewayProfile, Section, Snapshot

type Shown = float | datetime | str


@dataclass(frozen=True, kw_only=True)
class EnvoySensorDescription[PartT](SensorEntityDescription, EnvoyEntityDescription[PartT, Shown]):
    """A figure that is a number, a time or a word."""


@dataclass(frozen=True, kw_only=True)
class EnvoyBinarySensorDescription[PartT](
    BinarySensorEntityDescription, EnvoyEntityDescription[PartT, bool]
):
    """A figure that is yes or no."""


@dataclass(frozen=True, kw_only=True)
class EnvoySwitchDescription[PartT](SwitchEntityDescription, EnvoyControlDescription[PartT, bool]):
    """Something that can be switched on and off."""


@dataclass(frozen=True, kw_only=True)
class EnvoySelectDescription[PartT](SelectEntityDescription, EnvoyControlDescription[PartT, str]):
    """Something that can be one of several words."""


@dataclass(frozen=True, kw_only=True)
class EnvoyNumberDescription[PartT](NumberEntityDescription, EnvoyControlDescription[PartT, float]):
    """Something that can be set to a number."""


@dataclass(frozen=True, kw_only=True)
class EnvoyButtonDescription[PartT](ButtonEntityDescription, EnvoyControlDescription[PartT, str]):
    """A command without a state, such as *wake up*."""


class Facts(TypedDict, total=False):
    """Facts that any row can have; all but the first two are fields of its description."""

    id_suffix: str
    """End of the entity id, if it is not the key. Empty for the main entity of a device, which is
    named after the device."""
    name_key: str
    """Translation key of the name, if not the one made by ``Rows``; empty for an entity without a
    name of its own."""
    section: Section
    exists_fn: Callable[[GatewayProfile], bool]
    serials_fn: Callable[[Snapshot], Collection[str]]
    momentary: bool
    counter: str
    unique_id: str
    entity_category: EntityCategory
    entity_registry_enabled_default: bool


class SensorFacts(Facts, total=False):
    """Facts of a sensor row."""

    device_class: SensorDeviceClass
    options: list[str]
    native_unit_of_measurement: str
    suggested_unit_of_measurement: str
    suggested_display_precision: int
    state_class: SensorStateClass | None


class BinaryFacts(Facts, total=False):
    """Facts of a binary sensor row."""

    device_class: BinarySensorDeviceClass


class ControlFacts(Facts, total=False):
    """Facts of a control row."""

    target_fn: Callable[[Any], str]
    effect: str


class SelectFacts(ControlFacts, total=False):
    """Facts of a select row."""

    options: list[str]


class NumberFacts(ControlFacts, total=False):
    """Facts of a number row."""

    device_class: NumberDeviceClass
    native_min_value: float
    native_max_value: float
    native_step: float
    native_unit_of_measurement: str
    mode: NumberMode


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows[PartT]:
    """Makes rows that show the same part of a snapshot, and holds what they have in common."""

    section: Section
    part_fn: Callable[[Snapshot, str], PartT | None]
    kind: DeviceKind = DeviceKind.GATEWAY
    ids: str = "envoy_{gateway}"
    """Start of their entity ids."""
    id_end: str = ""
    """End of their entity ids, after the name of the value."""
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
        """Return the row of a sensor; where facts contradict each other, the last one wins."""
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

    def switch(
        self,
        key: str,
        control: Control,
        value_fn: Callable[[PartT], bool | None],
        *facts: Facts,
        **own: Unpack[ControlFacts],
    ) -> EnvoySwitchDescription[PartT]:
        """Return the row of a switch, as ``sensor`` does."""
        row = self._row(key, *facts, own)
        return EnvoySwitchDescription(control=control, value_fn=value_fn, **row)

    def select(
        self,
        key: str,
        control: Control,
        value_fn: Callable[[PartT], str | None],
        *facts: Facts,
        **own: Unpack[SelectFacts],
    ) -> EnvoySelectDescription[PartT]:
        """Return the row of a select, as ``sensor`` does."""
        row = self._row(key, *facts, own)
        return EnvoySelectDescription(control=control, value_fn=value_fn, **row)

    def number(
        self,
        key: str,
        control: Control,
        value_fn: Callable[[PartT], float | None],
        *facts: Facts,
        **own: Unpack[NumberFacts],
    ) -> EnvoyNumberDescription[PartT]:
        """Return the row of a number, as ``sensor`` does."""
        row = self._row(key, *facts, own)
        return EnvoyNumberDescription(control=control, value_fn=value_fn, **row)

    def button(
        self, key: str, control: Control, *facts: Facts, **own: Unpack[ControlFacts]
    ) -> EnvoyButtonDescription[PartT]:
        """Return the row of a button, as ``sensor`` does."""
        row = self._row(key, *facts, own)
        return EnvoyButtonDescription(control=control, value_fn=_nothing, **row)

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


def _nothing(_part: object) -> None:
    """Return what a button shows."""
