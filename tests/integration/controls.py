"""Using the controls of a simulated gateway in a Home Assistant whose clock stands still."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry

from tests.simulator import Simulator

from .house import set_up, settle

STEP_S = 1.0
LONGEST_S = 1000


@dataclass(frozen=True, kw_only=True)
class Use:
    """One use of a control."""

    entity: str
    """Its id, with ``{sn}`` for the gateway's serial number and ``{e}`` for the controller's."""
    service: str
    data: tuple[tuple[str, object], ...] = ()
    state: str = ""
    """What it shows when it was obeyed; nothing where it has no state."""
    site: str = "pc_d83_controls"

    @property
    def name(self) -> str:
        """What tests call it."""
        return f"{self.entity.partition('.')[2].replace('{', '').replace('}', '')}-{self.service}"


SWITCH_OFF, SWITCH_ON = "turn_off", "turn_on"
_CONTACT = "envoy_{sn}_dry_contact_{e}_relay_nc1"
_CONTROLLER = "envoy_{sn}_controller_{e}"


def _option(entity: str, option: str, site: str = "pc_d83_controls") -> Use:
    return Use(
        entity=f"select.{entity}",
        service="select_option",
        data=(("option", option),),
        state=option,
        site=site,
    )


def _value(entity: str, value: float, site: str = "pc_d83_controls") -> Use:
    return Use(
        entity=f"number.{entity}",
        service="set_value",
        data=(("value", value),),
        state=str(value),
        site=site,
    )


USES = (
    Use(entity=f"switch.{_CONTROLLER}_grid_enabled", service=SWITCH_OFF, state="off"),
    Use(entity=f"switch.{_CONTACT}", service=SWITCH_OFF, state="off"),
    Use(entity="switch.envoy_{sn}_charge_from_grid", service=SWITCH_ON, state="on"),
    _option(f"{_CONTACT}_mode", "battery"),
    _option(f"{_CONTACT}_grid_action", "schedule"),
    _option(f"{_CONTACT}_microgrid_action", "powered"),
    _option(f"{_CONTACT}_generator_action", "none"),
    _option("envoy_{sn}_storage_mode", "backup"),
    _option("envoy_{sn}_generator_mode", "on"),
    _value(f"{_CONTACT}_soc_low", 45.0),
    _value(f"{_CONTACT}_soc_high", 85.0),
    _value("envoy_{sn}_reserve_soc", 45.0),
    Use(entity="button.envoy_{sn}_acb_sleep", service="press", site="pc_d7_acb"),
    Use(entity="button.envoy_{sn}_acb_wake", service="press", site="pc_d7_acb"),
    Use(
        entity="switch.envoy_{sn}_production_power",
        service=SWITCH_OFF,
        state="off",
        site="pc_d83_installer",
    ),
    Use(
        entity="switch.envoy_{sn}_dpel_enabled",
        service=SWITCH_ON,
        state="on",
        site="pc_d83_installer",
    ),
    _value("envoy_{sn}_dpel_limit", 3000.0, "pc_d83_installer"),
    _option("envoy_{sn}_dpel_mode", "production", "pc_d83_installer"),
)


def entity_id(simulator: Simulator, use: Use) -> str:
    """Return the entity id of a control on a fresh installation."""
    controller = simulator.site.enpower.serial if simulator.site.enpower else ""
    return use.entity.format(sn=simulator.serial, e=controller)


async def open_house(
    hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """Set up, and read the slow pages too."""
    await set_up(hass, entry)
    freezer.tick(timedelta(seconds=60))
    await entry.runtime_data.coordinator.async_refresh()
    await settle(hass)


def call(hass: HomeAssistant, simulator: Simulator, use: Use) -> asyncio.Task[object]:
    """Begin to use a control."""
    domain = use.entity.partition(".")[0]
    data = {"entity_id": entity_id(simulator, use), **dict(use.data)}
    return asyncio.create_task(hass.services.async_call(domain, use.service, data, blocking=True))


async def live_on(
    freezer: FrozenDateTimeFactory, simulator: Simulator, seconds: float = STEP_S
) -> None:
    """Let time pass for all, once nothing is under way between Home Assistant and the gateway."""
    await _rest(simulator)
    freezer.tick(timedelta(seconds=seconds))
    simulator.site.advance(seconds)
    await _rest(simulator)


async def finish(
    freezer: FrozenDateTimeFactory, simulator: Simulator, task: asyncio.Task[object]
) -> None:
    """Let time pass until an action has ended; raises what it raises."""
    for _ in range(LONGEST_S):
        if task.done():
            break
        await live_on(freezer, simulator)
    await task


async def _rest(simulator: Simulator) -> None:
    """Wait until nobody has asked anything for a while; the loop's own clock stands still."""
    quiet, asked = 0, -1
    while quiet < 60:
        await asyncio.sleep(0)
        same = len(simulator.ledger) == asked and not simulator.server.under_way
        quiet, asked = quiet + 1 if same else 0, len(simulator.ledger)
