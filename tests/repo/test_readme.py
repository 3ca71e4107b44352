"""What the README promises in its tables is what the code does."""

from __future__ import annotations

import re
from itertools import chain
from typing import Any

import pytest

from custom_components.enphase_envoy import binary_sensor, sensor
from custom_components.enphase_envoy.const import DOMAIN
from custom_components.enphase_envoy.devices import DeviceKind
from custom_components.enphase_envoy.entity import EnvoyEntityDescription
from custom_components.enphase_envoy.envoy_reader import Model
from custom_components.enphase_envoy.options import OPTIONS
from custom_components.enphase_envoy.rows import cts

from .repository import ROOT, read_json

README = (ROOT / "README.md").read_text()
TEXTS = read_json(ROOT / f"custom_components/{DOMAIN}/translations/en.json")
PLATFORMS: dict[str, tuple[EnvoyEntityDescription[Any, Any], ...]] = {
    "sensor": sensor.DESCRIPTIONS,
    "binary_sensor": binary_sensor.DESCRIPTIONS,
}
SERIALS = {
    DeviceKind.INVERTER: "<isn>",
    DeviceKind.DRY_CONTACT: "<contact>",
    **dict.fromkeys(
        (
            DeviceKind.CONTROLLER,
            DeviceKind.COLLAR,
            DeviceKind.COMBINER,
            DeviceKind.PHASE_RELAY,
        ),
        "<dsn>",
    ),
}
CT_KEYS = {row.translation_key for row in (*cts.NET, *cts.METERS)}


def section(title: str) -> str:
    """Return a chapter of the README, up to the next of the same rank."""
    return README.split(f"## {title}\n", 1)[1].split("\n## ", 1)[0]


def table(text: str) -> list[list[str]]:
    """Return the rows of the tables in a text, without heads and rules."""
    rows = []
    for block in re.findall(r"(?:^\|.*\n)+", text, flags=re.MULTILINE):
        _, _, *body = block.splitlines()
        rows += [[cell.strip() for cell in row[1:-1].split("|")] for row in body]
    return rows


def ids_in_readme() -> set[str]:
    """Return the entity ids of the tables, phases spelled out."""
    ids: set[str] = set()
    for row in table(section("Entities")):
        found = re.search(r"`((?:binary_)?sensor\.\S+)`", row[1])
        assert found, row
        stem = found[1]
        ids |= {f"{stem[:-1]}{phase}" for phase in "123"} if row[1].endswith("…") else {stem}
    return ids


def test_fields_are_those_of_the_form():
    step = TEXTS["config"]["step"]["user"]["data"]

    assert [row[0] for row in table(section("Setting it up"))] == list(step.values())


def test_options_are_those_of_the_form():
    names = TEXTS["options"]["step"]["reading"]["data"]
    expected = [
        [
            names[option.key],
            f"{option.default} {option.unit or ''}".strip(),
            f"{option.low} to {option.high} {option.unit or ''}".strip(),
        ]
        for option in OPTIONS
    ]

    assert [row[:3] for row in table(section("Options"))] == expected


def test_ids_are_those_of_the_entities():
    # The phases of current transformers are told in words.
    spelled_out = {row.object_id for row in (*cts.NET, *cts.METERS) if row.key[-3:-1] == "_l"}
    made = {
        f"{platform}.{row.object_id}".format(gateway="<sn>", serial=SERIALS.get(row.kind, "<bsn>"))
        for platform, rows in PLATFORMS.items()
        for row in rows
        if row.object_id not in spelled_out
    }

    assert ids_in_readme() == made


def test_what_is_off_at_first_is_said_to_be():
    told = {
        row[1].strip("`"): row[3]
        for row in table(section("Entities"))
        if len(row) > 3 and row[3] in ("on", "off")
    }

    shown = {
        f"{platform}.{row.object_id}".format(
            gateway="<sn>", serial=SERIALS.get(row.kind, "<bsn>")
        ): ("on" if row.entity_registry_enabled_default else "off")
        for platform, rows in PLATFORMS.items()
        for row in rows
    }
    # The phases of current transformers are told in words.
    in_words = {
        f"sensor.{row.object_id}".format(gateway="<sn>")
        for row in (*cts.NET, *cts.METERS)
        if row.key[-3:-1] == "_l"
    }
    assert told == {name: shown[name] for name in told}
    assert [
        name
        for name, how in shown.items()
        if how == "off" and name not in told and name not in in_words
    ] == []


@pytest.mark.parametrize(
    "text",
    sorted(
        {
            entity["name"].replace("{phase}", "L1, L2, L3")
            for key, entity in chain.from_iterable(
                platform.items() for platform in TEXTS["entity"].values()
            )
            if "name" in entity
            and (key.removesuffix("_phase") not in CT_KEYS or not key.endswith("_phase"))
        }
    ),
)
def test_every_entity_is_named(text):
    assert f"| {text} |" in section("Entities")


@pytest.mark.parametrize(
    ("platform", "row"),
    [(platform, row) for platform, rows in PLATFORMS.items() for row in rows],
    ids=lambda value: getattr(value, "key", value),
)
def test_every_entity_has_a_name(platform, row):
    assert row.name is None or row.translation_key in TEXTS["entity"][platform]


def test_every_kind_of_gateway_is_named():
    named = {row[1].strip("`") for row in table(section("Supported gateways"))}

    assert named == {model.value for model in Model}


@pytest.mark.parametrize("path", re.findall(r"\]\(([^)#h][^)]*)\)", README))
def test_links_into_the_repository_lead_somewhere(path):
    assert (ROOT / path).is_file()


@pytest.mark.parametrize("anchor", re.findall(r"\]\(#([^)]+)\)", README))
def test_links_within_lead_to_a_heading(anchor):
    headings = re.findall(r"^#+ (.+)$", README, flags=re.MULTILINE)

    assert anchor in {heading.lower().replace(" ", "-") for heading in headings}


def test_lines_of_the_log_are_written_by_the_code():
    lines = section("Troubleshooting")
    code = "\n".join(path.read_text() for path in (ROOT / "custom_components").rglob("*.py"))

    for phrase in (
        "Fetched (",
        "Using Model: ",
        "Metering enabled: ",
        "Get Inverters: ",
        "Could not Authenticate with Enlighten, status: ",
        "Could not get enlighten token, status: ",
    ):
        assert phrase in lines
        assert phrase in code
