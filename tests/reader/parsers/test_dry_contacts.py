"""The pages of dry contacts."""

import pytest

from custom_components.enphase_envoy.envoy_reader.equipment import (
    ContactAction,
    ContactMode,
    ContactUse,
    DryContactSettings,
)
from custom_components.enphase_envoy.envoy_reader.errors import EnvoyAbsentError
from custom_components.enphase_envoy.envoy_reader.parsers.dry_contacts import (
    parse_settings,
    parse_states,
)

from .documents import DRY_CONTACT_SETTINGS, DRY_CONTACTS, encoded

BOTH = pytest.mark.parametrize("parse", [parse_states, parse_settings])


def settings(**values: object) -> DryContactSettings:
    """Return what the parser makes of the contact with some values replaced."""
    row = DRY_CONTACT_SETTINGS["dry_contacts"][0] | values
    return parse_settings(encoded({"dry_contacts": [row]}))["NC1"]


def test_states():
    assert parse_states(encoded(DRY_CONTACTS)) == {"NC1": True, "NO1": None}


def test_settings():
    assert settings() == DryContactSettings(
        load_name="Sauna",
        use=ContactUse.LOAD,
        mode=ContactMode.BATTERY,
        grid_action=ContactAction.POWERED,
        microgrid_action=ContactAction.NOT_POWERED,
        generator_action=ContactAction.SCHEDULE,
        soc_low_pct=30,
        soc_high_pct=70,
    )


@pytest.mark.parametrize(
    ("word", "use"),
    [("NONE", ContactUse.NONE), ("3RD-PV", ContactUse.OTHER_PV), ("POOL", None), (None, None)],
)
def test_use(word, use):
    assert settings(type=word).use is use


@pytest.mark.parametrize("value", [None, "", "  ", 5])
def test_contact_without_a_load_name(value):
    assert settings(load_name=value).load_name is None


@pytest.mark.parametrize("value", [-1, 101, "full", None])
def test_charge_that_no_battery_has(value):
    assert settings(soc_low=value).soc_low_pct is None


@BOTH
def test_contact_without_a_name_is_left_out(parse):
    body = encoded({"dry_contacts": [{"id": ""}, {"status": "open"}, None, {"id": "NC2"}]})

    assert list(parse(body)) == ["NC2"]


@BOTH
def test_first_contact_of_a_name_counts(parse):
    rows = [
        {"id": "NC1", "status": "closed", "load_name": "one"},
        {"id": "NC1", "status": "open", "load_name": "two"},
    ]

    assert parse(encoded({"dry_contacts": rows})) == parse(encoded({"dry_contacts": rows[:1]}))


@BOTH
@pytest.mark.parametrize("body", [b"{}", b'{"dry_contacts": []}', b'{"dry_contacts": null}'])
def test_no_contacts(parse, body):
    assert parse(body) == {}


@BOTH
def test_page_that_is_not_there(parse):
    with pytest.raises(EnvoyAbsentError):
        parse(b'{ "err": "404 - Not Found" }')
