"""Batteries, one by one and together: who is asked for each of their figures."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from ..endpoints import ENSEMBLE_INVENTORY, ENSEMBLE_POWER, SECCTRL
from ..equipment import Battery
from ..models import MeterKind, added
from .draft import RawBank
from .registers import reading_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..pages import Pages
    from ..parsers.ensemble_power import BatteryPower
    from ..profile import GatewayProfile


def batteries_of(pages: Pages) -> Mapping[str, Battery]:
    """Return the IQ Batteries by serial number."""
    ensemble = pages.get(ENSEMBLE_INVENTORY)
    powers = pages.get(ENSEMBLE_POWER) or {}
    batteries = {}
    for unit in ensemble.batteries if ensemble else ():
        power: BatteryPower | None = powers.get(unit.serial)
        charge_pct = power.charge_pct if power else None
        power_w = power.power_w if power else None
        batteries[unit.serial] = Battery(
            serial=unit.serial,
            charge_pct=unit.charge_pct if charge_pct is None else charge_pct,
            capacity_wh=unit.capacity_wh,
            power_w=unit.power_w if power_w is None else power_w,
            reported_at=unit.reported_at,
            part_number=unit.part_number,
            firmware=unit.firmware,
        )
    return MappingProxyType(batteries)


def bank_of(profile: GatewayProfile, pages: Pages) -> RawBank:
    """Return the IQ Batteries together."""
    batteries = tuple(batteries_of(pages).values())
    aggregate = pages.get(SECCTRL)
    capacity_wh = added(*(battery.capacity_wh for battery in batteries))
    stored_wh = added(*(battery.stored_wh for battery in batteries))
    reading = reading_of(profile, pages, MeterKind.STORAGE)
    told_wh = aggregate.stored_wh if aggregate else None
    charge_pct = aggregate.charge_pct if aggregate else None
    if stored_wh is not None and capacity_wh:
        charge_pct = 100 * stored_wh / capacity_wh
    return RawBank(
        charge_pct=charge_pct,
        stored_wh=stored_wh if told_wh is None else told_wh,
        capacity_wh=capacity_wh,
        power_w=added(*(battery.power_w for battery in batteries)),
        metered=profile.meter(MeterKind.STORAGE) is not None,
        charged_wh=reading.total.received_wh if reading else None,
        discharged_wh=reading.total.delivered_wh if reading else None,
    )
