"""What holds production back, and what does not."""

from dataclasses import replace

import pytest

from custom_components.enphase_envoy.envoy_reader.models import EnergyFigures, Flow, Snapshot
from custom_components.enphase_envoy.envoy_reader.profile import GatewayProfile
from custom_components.enphase_envoy.envoy_reader.status import (
    DynamicLimit,
    DynamicLimitMode,
    ExportLimit,
    GatewayStatus,
    ProductionLimit,
)
from custom_components.enphase_envoy.envoy_reader.watch import is_limited


def site(*, net_w=None, made_w=None, on_grid=None, batteries=False, **status):
    """Return a snapshot of a site that feeds in when ``net_w`` is negative."""
    return Snapshot(
        profile=replace(GatewayProfile(serial="122"), has_batteries=batteries),
        production=Flow(total=EnergyFigures(power_w=made_w)),
        net=None if net_w is None else Flow(total=EnergyFigures(power_w=net_w)),
        on_grid=on_grid,
        gateway=GatewayStatus(**status),
    )


def export(limit_w=None, limit_pct=None, *, enabled=True):
    return {
        "export_limit": ExportLimit(enabled=enabled, limit_w=limit_w, limit_pct=limit_pct),
    }


def dynamic(mode, *, enabled=True, limit_w=3000.0):
    return {"dynamic_limit": DynamicLimit(enabled=enabled, limit_w=limit_w, mode=mode)}


@pytest.mark.parametrize(
    "snapshot",
    [
        site(on_grid=False),
        site(production_allowed=False),
        site(production_limit=ProductionLimit(enabled=True, limit_pct=0)),
        site(net_w=-2990, **export(3000)),
        site(net_w=10, **export(0)),
        site(net_w=0, **export(limit_pct=0)),
        site(net_w=-2990, **dynamic(DynamicLimitMode.EXPORT)),
        site(made_w=2990, **dynamic(DynamicLimitMode.PRODUCTION)),
    ],
)
def test_limit_that_is_met_is_told(snapshot):
    assert is_limited(snapshot)


@pytest.mark.parametrize(
    "snapshot",
    [
        site(),
        site(on_grid=True, production_allowed=True),
        site(production_limit=ProductionLimit(enabled=True, limit_pct=60)),
        site(production_limit=ProductionLimit(enabled=False, limit_pct=0)),
        site(net_w=-1000, **export(3000)),
        site(net_w=500, **export(0)),
        site(net_w=-2990, **export(3000, enabled=False)),
        site(net_w=0, batteries=True, **export(0)),
        site(net_w=-2990, **export(limit_pct=50)),
        site(**export(3000)),
        site(net_w=-2990, **dynamic(DynamicLimitMode.EXPORT, enabled=False)),
        site(net_w=-1000, made_w=2990, **dynamic(DynamicLimitMode.EXPORT)),
        site(made_w=1000, net_w=-2990, **dynamic(DynamicLimitMode.PRODUCTION)),
        site(made_w=3000, **dynamic(DynamicLimitMode.PRODUCTION, limit_w=None)),
    ],
)
def test_limit_that_is_not_met_is_none(snapshot):
    assert not is_limited(snapshot)
