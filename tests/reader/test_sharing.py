"""What a snapshot has in common with the one before."""

from types import MappingProxyType

from custom_components.enphase_envoy.envoy_reader.equipment import Battery, BatteryBank
from custom_components.enphase_envoy.envoy_reader.models import Snapshot
from custom_components.enphase_envoy.envoy_reader.profile import GatewayProfile

PROFILE = GatewayProfile(serial="1")


def site(*charges, bank=50):
    batteries = {str(n): Battery(serial=str(n), charge_pct=it) for n, it in enumerate(charges)}
    return Snapshot(
        profile=PROFILE, batteries=MappingProxyType(batteries), bank=BatteryBank(charge_pct=bank)
    )


def test_what_is_equal_is_the_very_same():
    before, after = site(10, 20), site(10, 20)

    shared = after.sharing(before)

    assert shared == after
    assert shared.batteries is before.batteries
    assert shared.bank is before.bank


def test_of_several_devices_those_that_have_changed_are_new():
    before, after = site(10, 20, 30), site(10, 25, bank=60)

    shared = after.sharing(before)

    assert shared == after
    assert shared.batteries["0"] is before.batteries["0"]
    assert shared.batteries["1"] is after.batteries["1"]
    assert shared.bank is after.bank
