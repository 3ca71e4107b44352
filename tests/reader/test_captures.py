"""Pages of real gateways, in a folder beside the repository that ``ENVOY_CAPTURES`` names.

Power, lifetime, inverters and batteries are compared with what another reader makes of the same
pages (``figures.json`` there, which says how far to trust it). What else that file says, such as
the days that gateways get wrong, is reported and not judged.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from custom_components.enphase_envoy.envoy_reader import (
    Credentials,
    EnvoyReader,
    Snapshot,
    VolatileMemory,
)
from tests.simulator.capture import Replay

from .conftest import unverified

FOLDER = Path(os.environ.get("ENVOY_CAPTURES") or "no such folder")
NAMES = sorted(path.name for path in FOLDER.iterdir() if path.is_dir()) if FOLDER.is_dir() else []

# The meters' page and the meters' registers of these come from different systems or months.
MIXED = {"7.6.175_with_cts_3phase", "7.6.175_installer_3phase_battery"}
# Serial numbers were made unreadable, so that several devices have the same.
UNREADABLE = {"8.1.41"}

pytestmark = pytest.mark.skipif(
    not NAMES, reason="ENVOY_CAPTURES names no folder of captured pages"
)


async def read(name: str) -> Snapshot:
    """Return what we make of a capture, over a real socket."""
    async with Replay(FOLDER / name) as gateway, unverified() as client:
        reader = EnvoyReader(
            gateway.host,
            gateway=client,
            cloud=client,
            credentials=Credentials(),
            memory=VolatileMemory(token=gateway.token()),
        )
        return await reader.validate()


@pytest.fixture
def figures(request) -> dict[str, float]:
    """Return what the other reader makes of a capture."""
    known = json.loads((FOLDER / "figures.json").read_bytes())
    return known[request.node.callspec.params["name"]]["figures"]


def by_serial(figures: dict[str, float], kind: str, figure: str) -> dict[str, float]:
    """Return one figure of all devices of a kind."""
    rows = (key.split(".") for key in figures)
    return {row[1]: figures[".".join(row)] for row in rows if row[0] == kind and row[-1] == figure}


@pytest.mark.parametrize("name", NAMES)
async def test_capture_is_plausible(name):
    snapshot = await read(name)

    assert snapshot.production.total.power_w is not None
    assert -100 < snapshot.production.total.power_w < 100_000
    assert (snapshot.production.total.lifetime_wh or 0) > 0
    assert (snapshot.production.total.today_wh or 0) <= (snapshot.production.total.lifetime_wh or 0)
    assert len(snapshot.production.phases) in (0, 2, 3)
    assert not snapshot.failures
    for inverter in snapshot.inverters.values():
        assert inverter.power_w is None or 0 <= inverter.power_w < 1000
    for battery in snapshot.batteries.values():
        assert battery.charge_pct is None or 0 <= battery.charge_pct <= 100


@pytest.mark.parametrize("name", [name for name in NAMES if name not in MIXED])
@pytest.mark.parametrize("boundary", ["production", "consumption"])
async def test_power_and_lifetime_agree(name, boundary, figures, record_property):
    flow = getattr(await read(name), boundary)

    if f"{boundary}.watts_now" not in figures:
        assert flow is None
        return
    # The registers may be read a moment, in two captures some hours, after the gateway's summary.
    assert flow.total.power_w == pytest.approx(figures[f"{boundary}.watts_now"], rel=0.03, abs=90)
    assert flow.total.lifetime_wh == pytest.approx(
        figures[f"{boundary}.watt_hours_lifetime"], rel=0.002
    )
    record_property("today", (flow.total.today_wh, figures[f"{boundary}.watt_hours_today"]))
    record_property(
        "seven days", (flow.total.seven_days_wh, figures[f"{boundary}.watt_hours_last_7_days"])
    )


@pytest.mark.parametrize("name", [name for name in NAMES if name not in UNREADABLE | MIXED])
async def test_inverters_agree(name, figures):
    inverters = (await read(name)).inverters

    # The other reader counts AC Batteries among them; we keep them apart.
    told = by_serial(figures, "inverter", "last_report_watts")
    assert inverters.keys() <= told.keys()
    assert len(told) - len(inverters) == figures.get("acb.batteries", 0)
    powers = {serial: inverter.power_w for serial, inverter in inverters.items()}
    # The other reader prefers a page that lists the same inverters a report earlier or later.
    assert powers == pytest.approx({serial: told[serial] for serial in inverters}, abs=25)


@pytest.mark.parametrize("name", [name for name in NAMES if name not in UNREADABLE])
async def test_batteries_agree(name, figures):
    snapshot = await read(name)

    charge = {serial: unit.charge_pct for serial, unit in snapshot.batteries.items()}
    assert charge == by_serial(figures, "encharge", "soc")
    if snapshot.bank:
        assert snapshot.bank.stored_wh == figures["encharge.available_energy"]
