"""More rules of hassfest and of the HACS action, for the integration as a whole.

Both need the network, so here is what of them can be asked without; their rules on single texts
and on the keys of the manifest are in test_texts.py and test_manifest.py.
"""

import ast
import re

import pytest

from .repository import INTEGRATION, ROOT, each, read_json, texts

MANIFEST = read_json(INTEGRATION / "manifest.json")
MODULES = sorted(INTEGRATION.rglob("*.py"))
LANGUAGES = each((INTEGRATION / "translations").glob("*.json"))

KINDS = {"device", "entity", "hardware", "helper", "hub", "service", "system"}
CLASSES = {
    *("assumed_state", "calculated", "cloud_polling", "cloud_push"),
    *("local_polling", "local_push"),
}

# Where a text may stand, "*" for a name of ours.
FORM = (
    *("step/*/title", "step/*/description", "step/*/submit"),
    *("step/*/data/*", "step/*/data_description/*", "step/*/menu_options/*"),
    *("step/*/sections/*/name", "step/*/sections/*/description"),
    *("step/*/sections/*/data/*", "step/*/sections/*/data_description/*"),
    *("error/*", "abort/*", "progress/*", "create_entry/*"),
)
PLACES = {
    *("title", "config/flow_title", "common/*", "device/*/name", "exceptions/*/message"),
    *(f"{form}/{place}" for form in ("config", "options", "issues/*/fix_flow") for place in FORM),
    *("entity/*/*/name", "entity/*/*/unit_of_measurement", "entity/*/*/state/*"),
    *("entity/*/*/state_attributes/*/name", "entity/*/*/state_attributes/*/state/*"),
    *("issues/*/title", "issues/*/description", "selector/*/options/*", "system_health/info/*"),
    *("services/*/name", "services/*/description"),
    *("services/*/fields/*/name", "services/*/fields/*/description"),
}
ICON_PLACES = {
    *("entity/*/*/default", "entity/*/*/state/*"),
    *("entity/*/*/state_attributes/*/default", "entity/*/*/state_attributes/*/state/*"),
    "services/*/service",
}


def strangers(content: object, places: set[str]) -> list[str]:
    """Return where the texts of a file stand that may not stand there."""
    allowed = re.compile("|".join(place.replace("*", "[^/]+") for place in places))
    found = ("/".join(where) for where, _ in texts(content))
    return [place for place in found if not allowed.fullmatch(place)]


def names(path) -> set[str]:
    """Return the functions that a module defines, those of its classes too."""
    tree = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return {node.name for node in tree if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def integrations_used(path) -> set[str]:
    """Return the integrations of Home Assistant that a module imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            dotted = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            dotted = [alias.name for alias in node.names]
        else:
            continue
        split = [name.split(".") for name in dotted]
        found |= {parts[2] for parts in split if parts[:2] == ["homeassistant", "components"]}
    return found


def test_a_text_in_the_wrong_place_would_be_seen():
    assert strangers({"config": {"step": {"user": {"titel": "x"}}}}, PLACES)


def test_an_integration_that_is_imported_would_be_seen(tmp_path):
    path = tmp_path / "x.py"
    path.write_text(
        "from homeassistant.components import mqtt\nimport homeassistant.components.http.auth"
    )

    assert integrations_used(path) == {"mqtt", "http"}


@LANGUAGES
def test_texts_stand_only_where_home_assistant_looks_for_them(path):
    assert strangers(read_json(path), PLACES) == []


def test_icons_stand_only_where_home_assistant_looks_for_them():
    assert strangers(read_json(INTEGRATION / "icons.json"), ICON_PLACES) == []


def test_no_second_file_of_english_texts():
    """Nobody reads strings.json in a custom integration; it could only disagree with en.json."""
    assert not (INTEGRATION / "strings.json").exists()


@pytest.mark.parametrize(("key", "words"), [("integration_type", KINDS), ("iot_class", CLASSES)])
def test_manifest_uses_words_that_home_assistant_knows(key, words):
    assert MANIFEST[key] in words


def test_owners_are_accounts():
    assert all(owner.startswith("@") for owner in MANIFEST["codeowners"])


def test_form_of_the_manifest_exists():
    assert (INTEGRATION / "config_flow.py").exists() == MANIFEST["config_flow"]


def test_discovery_of_the_manifest_leads_to_a_form():
    ways = MANIFEST.keys() & {"bluetooth", "dhcp", "homekit", "mqtt", "ssdp", "usb", "zeroconf"}
    steps = names(INTEGRATION / "config_flow.py")

    assert {f"async_step_{way}" for way in ways} <= steps


def test_set_up_by_yaml_would_say_what_it_takes():
    source = (INTEGRATION / "__init__.py").read_text(encoding="utf-8")

    assert "async_setup" not in names(INTEGRATION / "__init__.py") or "CONFIG_SCHEMA" in source


@each(MODULES)
def test_integrations_that_are_imported_are_in_the_manifest(path):
    """The platforms of entities are always there, and so is the one that a module is for."""
    listed = {*MANIFEST.get("dependencies", ()), *MANIFEST["after_dependencies"]}
    platforms = {"binary_sensor", "button", "number", "select", "sensor", "switch"}
    always = {*platforms, "system_health", "persistent_notification", path.stem}

    assert integrations_used(path) <= listed | always


def test_actions_are_described_where_there_are_any():
    sources = [path.read_text(encoding="utf-8") for path in MODULES]
    registered = any("services.async_register(" in source for source in sources)

    assert (INTEGRATION / "services.yaml").exists() == registered


def test_hacs_finds_one_integration():
    folders = {path.name for path in INTEGRATION.parent.iterdir() if path.is_dir()}

    assert folders - {"__pycache__"} == {INTEGRATION.name}


def test_licence_is_one_that_the_host_recognises():
    assert (ROOT / "LICENSE").read_text(encoding="utf-8").startswith("MIT License\n\nCopyright (c)")
