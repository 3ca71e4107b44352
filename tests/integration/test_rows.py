"""How a row of a table of entities becomes a description."""

import pytest
from homeassistant.components.sensor import SensorDeviceClass

from custom_components.enphase_envoy import binary_sensor, sensor
from custom_components.enphase_envoy.envoy_reader import GatewayProfile, Section, Snapshot
from custom_components.enphase_envoy.rows import flows
from custom_components.enphase_envoy.rows.descriptions import Rows
from custom_components.enphase_envoy.rows.facts import CHARGE, DETAIL, OFF, SHARE, short, words

ROWS = Rows[GatewayProfile](
    section=Section.GATEWAY,
    part_fn=lambda snapshot, serial: snapshot.profile,
    ids="envoy_{gateway}_unit_{serial}",
    name_key="unit_{id_suffix}",
    facts=OFF,
)


def firmware(profile):
    return profile.firmware


def test_entity_id_ends_with_the_key():
    assert ROWS.sensor("mode", firmware).object_id == "envoy_{gateway}_unit_{serial}_mode"


def test_entity_id_ends_with_what_the_row_says_else():
    row = ROWS.sensor("relay_info_forced", firmware, id_suffix="forced")

    assert row.object_id == "envoy_{gateway}_unit_{serial}_forced"


def test_ids_of_a_phase_are_those_of_the_gateways_figure_and_the_phase():
    row = next(row for row in flows.PHASES if row.key == "daily_production")

    assert row.ids_of("1222", "1222_l2") == (
        "1222_daily_production_l2",
        "envoy_1222_todays_energy_production_l2",
    )


def test_unique_id_is_the_serial_number_and_the_key():
    assert ROWS.sensor("relay_info_forced", firmware).ids_of("1", "2")[0] == "2_relay_info_forced"


def test_name_follows_the_end_of_the_entity_id():
    assert (
        ROWS.sensor("img_pnum", firmware, id_suffix="firmware").translation_key == "unit_firmware"
    )


def test_row_can_have_a_name_of_its_own():
    row = ROWS.sensor("last_reading", firmware, name_key="last_reported")

    assert row.translation_key == "last_reported"


def test_figure_that_a_device_is_there_for_bears_its_name():
    row = ROWS.binary("closed", lambda profile: profile.uses_tokens, id_suffix="")

    assert (row.name, row.object_id) == (None, "envoy_{gateway}_unit_{serial}")


def test_facts_of_all_rows_are_those_of_each():
    assert not ROWS.sensor("mode", firmware).entity_registry_enabled_default


def test_later_facts_count_before_earlier_ones():
    assert ROWS.sensor("level", firmware, SHARE, CHARGE).device_class is SensorDeviceClass.BATTERY


def test_what_a_row_says_itself_counts_before_all_facts():
    row = ROWS.sensor("mode", firmware, DETAIL, entity_registry_enabled_default=True)

    assert row.entity_registry_enabled_default


def test_every_row_looks_at_the_part_that_all_of_them_show():
    profile = GatewayProfile(serial="1")

    assert ROWS.sensor("mode", firmware).part_fn(Snapshot(profile=profile), "1") is profile


@pytest.mark.parametrize("platform", [sensor, binary_sensor])
@pytest.mark.parametrize("fact", ["key", "object_id"])
def test_no_two_rows_of_a_kind_of_device_have_the_same(platform, fact):
    said = [(row.kind, getattr(row, fact)) for row in platform.DESCRIPTIONS]

    assert len(said) == len(set(said))


def test_words_are_offered_as_plain_texts():
    assert {type(option) for option in words(Section)["options"]} == {str}


@pytest.mark.parametrize(
    ("text", "state"), [("x" * 300, "x" * 255), ("x" * 255, "x" * 255), ("", None), (None, None)]
)
def test_text_is_cut_to_what_can_be_a_state(text, state):
    assert short(text) == state
