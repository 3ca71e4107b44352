"""No entity shows anything else than the latest snapshot, however little of it was looked into."""

from itertools import cycle

import pytest
from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import callback
from homeassistant.helpers import entity_platform
from homeassistant.helpers.entity import Entity

from custom_components.enphase_envoy.const import DOMAIN
from tests.simulator.faults import Status, Zeros

from .house import pass_time, set_up

ROUNDS = (
    (60, None, None),
    (60, "/ivp/ensemble/inventory", Status(503)),
    (300, "/ivp/ensemble/inventory", Status(503)),
    (60, None, None),
    (60, "/ivp/ensemble/power", Zeros()),
    (300, "/admin/lib/tariff", Status(404)),
    (300, "/ivp/meters/readings", Status(503)),
    (20, "*", Status(503)),
    (1200, "*", Status(503)),
    (60, None, None),
    (300, None, None),
)
"""Seconds that pass, and the page that has a fault meanwhile."""


@pytest.fixture
def all_enabled(monkeypatch):
    monkeypatch.setattr(Entity, "entity_registry_enabled_default", True)


def same(one: str, other: str) -> bool:
    """Return whether two states are the same; 0 and 0.0 are."""
    try:
        return float(one) == float(other)
    except ValueError:
        return one == other


@pytest.mark.dirty_log
@pytest.mark.usefixtures("all_enabled")
@pytest.mark.parametrize("simulator", ["pc_d83_controls"], indirect=True)
async def test_every_entity_shows_the_latest_snapshot(hass, freezer, simulator, entry):
    await set_up(hass, entry)
    loads_w, reserves_pct = cycle((300.0, 8000.0)), cycle((10.0, 10.0, 60.0))
    late = []

    @callback
    def note(event):
        old, new = event.data["old_state"], event.data["new_state"]
        if not same(old.state, new.state) or old.attributes != new.attributes:
            late.append((old, new))

    for seconds, page, fault in ROUNDS:
        simulator.site.load_override_w = next(loads_w)
        simulator.site.reserve_pct = next(reserves_pct)
        simulator.faults.clear()
        if page:
            simulator.faults[page] = fault
        await pass_time(hass, freezer, simulator, seconds)

        # What was shown is what is shown when every entity is made to look.
        stop = hass.bus.async_listen(EVENT_STATE_CHANGED, note)
        for platform in entity_platform.async_get_platforms(hass, DOMAIN):
            for entity in platform.entities.values():
                entity.async_write_ha_state()
        stop()
        assert not late
