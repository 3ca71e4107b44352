"""translations/*.json and icons.json: hassfest's rules, since hassfest itself needs the network."""

import ast
import re

import pytest

from .repository import INTEGRATION, each, read_json, texts

pytestmark = pytest.mark.once

SECTIONS = {
    *("title", "config", "options", "selector", "device_automation", "system_health", "issues"),
    *("device", "entity", "exceptions", "services", "common"),
}
KEY = re.compile(r"[a-z0-9](?:[a-z0-9]|[-_](?![-_]))*(?<![-_])")
MARKUP = re.compile(r"</?[a-z][^>]*>", re.IGNORECASE)
ADDRESS = re.compile(r"\w+://|www\.", re.IGNORECASE)
QUOTED_PLACEHOLDER = re.compile(r"'\{\w+\}'")


def english_texts() -> dict:
    """Return every text of ours, which an integration without any word may do without."""
    path = INTEGRATION / "translations" / "en.json"
    return read_json(path) if path.exists() else {}


def steps(translation: dict) -> list[dict]:
    """Return every step of the forms, and every section within a step."""
    forms = [translation.get("config", {}), translation.get("options", {})]
    found = [step for form in forms for step in form.get("step", {}).values()]
    return found + [part for step in found for part in step.get("sections", {}).values()]


each_translation = each((INTEGRATION / "translations").glob("*.json"))
each_icons = each(INTEGRATION.glob("icons.json"))


@each_translation
def test_only_known_sections(path):
    translation = read_json(path)

    assert translation.keys() <= SECTIONS


@each_translation
def test_keys_are_plain(path):
    translation = read_json(path)
    keys = {key for where, _ in texts(translation) for key in where}

    assert [key for key in keys if not KEY.fullmatch(key)] == []


@pytest.mark.parametrize(
    ("flaw", "pattern"),
    [
        ("markup", MARKUP),
        ("an address, which belongs into a placeholder", ADDRESS),
        ("a placeholder in single quotes", QUOTED_PLACEHOLDER),
        ("blanks around it", re.compile(r"^\s|\s$")),
        ("a reference, which only core resolves", re.compile(r"\[%key:")),
        ("nothing in it", re.compile(r"^$")),
    ],
)
@each_translation
def test_no_text_has(path, flaw, pattern):
    translation = read_json(path)
    found = [where for where, text in texts(translation) if pattern.search(text)]

    assert found == [], flaw


@each_translation
def test_only_fields_of_a_form_are_described(path):
    translation = read_json(path)
    strangers = [
        step["data_description"].keys() - step.get("data", {}).keys()
        for step in steps(translation)
        if "data_description" in step
    ]

    assert not any(strangers)


@each_translation
def test_every_field_of_a_form_is_described(path):
    translation = read_json(path)
    undescribed = [
        step["data"].keys() - step.get("data_description", {}).keys()
        for step in steps(translation)
        if "data" in step
    ]

    assert not any(undescribed)


@each_translation
def test_every_issue_has_a_title_and_says_more(path):
    translation = read_json(path)

    for issue in translation.get("issues", {}).values():
        assert "title" in issue
        assert ("description" in issue) != ("fix_flow" in issue)


@each_translation
def test_every_exception_has_a_message_and_nothing_else(path):
    translation = read_json(path)

    assert all(error.keys() == {"message"} for error in translation.get("exceptions", {}).values())


@each_icons
def test_icons_are_of_the_one_set_home_assistant_has(path):
    icons = read_json(path)

    assert [where for where, icon in texts(icons) if not icon.startswith("mdi:")] == []


@each_icons
def test_no_icon_of_a_state_repeats_the_default(path):
    icons = read_json(path)
    entities = [row for platform in icons.get("entity", {}).values() for row in platform.values()]

    assert not [row for row in entities if row.get("default") in row.get("state", {}).values()]


@each_icons
def test_every_icon_is_of_an_entity_that_has_a_name(path):
    icons = read_json(path)
    names = english_texts().get("entity", {})
    strangers = {
        platform: rows.keys() - names.get(platform, {}).keys()
        for platform, rows in icons.get("entity", {}).items()
    }

    assert not any(strangers.values())


def translation_keys(source: str) -> set[tuple[str, str]]:
    """Return each translation key in a source, after the kind of thing that it names."""
    kinds = {
        "async_create_issue": "issues",
        "DeviceInfo": "device",
        "async_get_or_create": "device",
    }
    found = set()
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        called = ast.unparse(node.func).split(".")[-1]
        raised = called.endswith(("Error", "Failed", "NotReady"))
        found |= {
            ("exceptions" if raised else kinds.get(called, "entity"), str(argument.value.value))
            for argument in node.keywords
            if argument.arg == "translation_key" and isinstance(argument.value, ast.Constant)
        }
    return found


def test_translation_keys_are_found_with_what_they_name():
    source = "raise UpdateFailed(translation_key='a')\nDescription(translation_key='b')"

    assert translation_keys(source) == {("exceptions", "a"), ("entity", "b")}


@each(INTEGRATION.rglob("*.py"))
def test_every_translation_key_in_use_has_a_text(path):
    english = english_texts()
    known = {(kind, key) for kind, rows in english.items() if kind != "entity" for key in rows}
    platforms = english.get("entity", {})
    # Rows of sensors stand in modules of their own.
    names = platforms.get(path.stem) or {key: 0 for rows in platforms.values() for key in rows}
    known |= {("entity", key) for key in names}

    assert translation_keys(path.read_text(encoding="utf-8")) <= known
