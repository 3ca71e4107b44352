"""What the README and the list of entities promise in their tables is what the code does."""

from __future__ import annotations

import re
from itertools import chain
from typing import Any

import pytest

from custom_components.enphase_envoy import binary_sensor, button, number, select, sensor, switch
from custom_components.enphase_envoy.const import DOMAIN
from custom_components.enphase_envoy.devices import DeviceKind
from custom_components.enphase_envoy.entity import EnvoyEntityDescription
from custom_components.enphase_envoy.envoy_reader import Model
from custom_components.enphase_envoy.options import READING
from custom_components.enphase_envoy.rows import cts
from custom_components.enphase_envoy.rows.descriptions import EnvoySensorDescription

from .repository import ROOT, read_json

README = (ROOT / "README.md").read_text()
ENTITIES = (ROOT / ".github" / "ENTITIES.md").read_text()
BOTH = {"README.md": README, ".github/ENTITIES.md": ENTITIES}
TEXTS = read_json(ROOT / f"custom_components/{DOMAIN}/translations/en.json")
PLATFORMS: dict[str, tuple[EnvoyEntityDescription[Any, Any], ...]] = {
    "sensor": sensor.DESCRIPTIONS,
    "binary_sensor": binary_sensor.DESCRIPTIONS,
    "button": button.DESCRIPTIONS,
    "number": number.DESCRIPTIONS,
    "select": select.DESCRIPTIONS,
    "switch": switch.DESCRIPTIONS,
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


def listed_ids() -> set[str]:
    """Return the entity ids of the tables, phases spelled out."""
    ids: set[str] = set()
    for row in table(ENTITIES):
        found = re.search(r"`((?:binary_sensor|button|number|select|sensor|switch)\.\S+)`", row[1])
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
        for option in READING
    ]

    assert [row[:3] for row in table(section("Options"))] == expected


def ids_of(row: EnvoyEntityDescription[Any, Any]) -> list[str]:
    """Return the object ids of a row as the list of entities writes them."""
    serials = {
        DeviceKind.GATEWAY: ["<sn>"],
        DeviceKind.PHASE: ["<sn>_l1", "<sn>_l2", "<sn>_l3"],
    }.get(row.kind, [SERIALS.get(row.kind, "<bsn>")])
    return [row.ids_of("<sn>", serial)[1] for serial in serials]


def documented() -> dict[str, EnvoyEntityDescription[Any, Any]]:
    """Return the rows by entity id, without what clamps measure on phases: that is put in words."""
    return {
        f"{platform}.{name}": row
        for platform, rows in PLATFORMS.items()
        for row in rows
        if not (row.kind is DeviceKind.PHASE and row in cts.SENSORS)
        for name in ids_of(row)
    }


def test_ids_are_those_of_the_entities():
    assert listed_ids() == documented().keys()


def test_what_is_off_at_first_is_said_to_be():
    told = {
        row[1].strip("`"): row[3]
        for row in table(ENTITIES)
        if len(row) > 3 and row[3] in ("on", "off")
    }
    shown = {
        name: "on" if row.entity_registry_enabled_default else "off"
        for name, row in documented().items()
    }

    assert told == {name: shown[name] for name in told}
    assert [name for name, how in shown.items() if how == "off" and name not in told] == []


def test_units_are_those_that_are_shown_at_first():
    told = {
        row[1].split("`")[1]: row[2] for row in table(ENTITIES) if row[1].startswith("`sensor.")
    }
    shown = {
        name: str(row.suggested_unit_of_measurement or row.native_unit_of_measurement or "")
        for name, row in documented().items()
        if isinstance(row, EnvoySensorDescription)
    }

    assert told == {name: shown[name] for name in told}


@pytest.mark.parametrize(
    "text",
    sorted(
        {
            entity["name"]
            for _, entity in chain.from_iterable(
                platform.items() for platform in TEXTS["entity"].values()
            )
            if "name" in entity
        }
    ),
)
def test_every_entity_is_named(text):
    assert f"| {text} |" in ENTITIES


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


def anchor_of(heading: str) -> str:
    """Return the anchor that GitHub gives a heading."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def anchors_of(text: str) -> list[str]:
    """Return the anchors of all headings of a text."""
    prose = re.sub(r"(?ms)^```.*?^```$", "", text)
    return [anchor_of(heading) for heading in re.findall(r"^#+ (.+)$", prose, flags=re.MULTILINE)]


def links() -> list[tuple[str, str]]:
    """Return the links of both texts that lead into the repository, each with its file."""
    return [
        (name, link)
        for name, text in BOTH.items()
        for link in dict.fromkeys(re.findall(r"\]\(([^)\s]+)\)", text))
        if not link.startswith("https:")
    ]


@pytest.mark.parametrize(("name", "link"), links())
def test_links_into_the_repository_lead_somewhere(name, link):
    path, _, anchor = link.partition("#")
    file = (ROOT / name).parent / path if path else ROOT / name

    assert file.is_file()
    assert not anchor or anchor in anchors_of(file.read_text())


@pytest.mark.parametrize("name", BOTH)
def test_anchors_are_no_other_ones(name):
    anchors = anchors_of(BOTH[name])

    assert len(anchors) == len(set(anchors))


@pytest.mark.parametrize("name", BOTH)
def test_contents_name_every_chapter_in_its_order(name):
    contents = BOTH[name].split("\nContents: ", 1)[1].split("\n\n", 1)[0]
    chapters = re.findall(r"^## (.+)$", BOTH[name], flags=re.MULTILINE)

    listed = re.findall(r"\[([^]]+)\]\(#([^)]+)\)", " ".join(contents.split()))
    assert listed == [(chapter, anchor_of(chapter)) for chapter in chapters]


def test_overview_leads_to_every_chapter_of_the_list():
    rows = table(section("Entities"))
    linked = set(re.findall(r"ENTITIES\.md#([^)]+)", section("Entities")))

    assert len(rows) <= 10
    assert linked == set(anchors_of(ENTITIES)) - {"entities"}


@pytest.mark.parametrize("notice", TEXTS["issues"])
def test_every_notice_is_named(notice):
    title = re.sub(r"\(.*?\)|\{\w+\}:?", "", TEXTS["issues"][notice]["title"])
    told = {row[0].removeprefix("… ").casefold() for row in table(section("Troubleshooting"))}

    assert " ".join(title.split()).casefold() in told


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
