"""quality_scale.yaml: every rule is answered, and every answer can be looked up."""

import ast
import re
from importlib import import_module
from pathlib import Path

import homeassistant.components
import pytest
import yaml
from homeassistant.const import PERCENTAGE, EntityCategory, UnitOfTime

from custom_components.enphase_envoy import binary_sensor, button, number, select, sensor, switch
from custom_components.enphase_envoy.const import CONTROLS, DOMAIN, PLATFORMS
from custom_components.enphase_envoy.entity import EnvoyEntity

from .repository import INTEGRATION, ROOT, each, read_json


def read_rules(folder: Path) -> dict:
    """Return the rules that an integration answers."""
    return yaml.safe_load((folder / "quality_scale.yaml").read_text(encoding="utf-8"))["rules"]


WITHOUT_A_CLASS = (PERCENTAGE, "1/h", UnitOfTime.WEEKS)
"""Units of figures for which Home Assistant has no class, such as a limit in percent."""
RULES = read_rules(INTEGRATION)
BUILT_IN = read_rules(Path(homeassistant.components.__path__[0]) / DOMAIN)
ROWS = tuple(
    row
    for platform in (sensor, binary_sensor, switch, select, number, button)
    for row in platform.DESCRIPTIONS
)
ICONS = read_json(INTEGRATION / "icons.json")["entity"]

each_rule = pytest.mark.parametrize("rule", RULES)


def is_there(evidence: str) -> bool:
    """Return whether a file, the test in it or its chapter exists."""
    place, _, test = evidence.partition("::")
    place, _, chapter = place.partition("#")
    path = ROOT / place
    if not path.is_file():
        return False
    if test:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        functions = (ast.FunctionDef, ast.AsyncFunctionDef)
        return test in {node.name for node in tree.body if isinstance(node, functions)}
    if chapter:
        headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
        return chapter in headings
    return True


def test_all_rules_of_2026_11_are_answered():
    assert len(RULES) == 54


def test_rules_have_the_names_that_home_assistant_gives_them():
    """Its own integration answers all there are; the oldest one knows fewer."""
    assert BUILT_IN.keys() <= RULES.keys()


@each_rule
def test_answer_has_its_form(rule):
    answer = RULES[rule]

    assert answer.keys() == {"status", "comment"}
    assert answer["status"] in {"done", "exempt", "todo"}
    assert answer["comment"].strip()


@pytest.mark.parametrize(
    "evidence",
    sorted(
        {
            line
            for answer in RULES.values()
            if answer["status"] == "done"
            for line in answer["comment"].splitlines()
        }
    ),
)
def test_evidence_exists(evidence):
    assert is_there(evidence)


@pytest.mark.parametrize(
    "evidence",
    [
        "tests/repo/nowhere.py",
        "tests/repo/test_quality_scale.py::test_nothing",
        "tests/repo/test_quality_scale.py::read_json",
        "README.md#Nothing",
    ],
)
def test_evidence_that_does_not_exist_would_be_seen(evidence):
    assert not is_there(evidence)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_platform_says_how_many_updates_run_at_once(platform):
    module = import_module(f"custom_components.{DOMAIN}.{platform}")

    # A gateway is small: what writes to it waits for its turn, what only shows never waits.
    assert (platform in CONTROLS) == module.PARALLEL_UPDATES


def test_names_of_entities_begin_with_their_device():
    assert EnvoyEntity._attr_has_entity_name  # noqa: SLF001  entities that exist are in snapshots


def test_what_is_said_of_a_meter_itself_is_diagnostic():
    said = re.compile(r"_metering_status|_status_flags")

    categories = {row.entity_category for row in ROWS if said.search(row.key)}
    assert categories == {EntityCategory.DIAGNOSTIC}


def test_no_two_entities_of_a_device_share_a_name():
    names = [
        (type(row), row.kind, row.translation_key, str(row.translation_placeholders))
        for row in ROWS
        if row.translation_key
    ]

    assert [name for name in names if names.count(name) > 1] == []


def test_every_figure_with_a_unit_has_a_device_class():
    with_unit = [
        row
        for row in sensor.DESCRIPTIONS
        if row.native_unit_of_measurement not in (None, *WITHOUT_A_CLASS)
    ]

    assert [row.key for row in with_unit if not row.device_class] == []


def test_every_entity_without_a_device_class_has_an_icon():
    plain = {row.translation_key or row.key for row in ROWS if not row.device_class}

    assert plain <= {key for platform in ICONS.values() for key in platform}


@each(INTEGRATION.rglob("*.py"))
def test_no_icon_is_in_the_code(path):
    assert not re.search(r"_attr_icon|\bicon=", path.read_text(encoding="utf-8"))
