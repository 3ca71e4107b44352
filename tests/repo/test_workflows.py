"""The workflows: they parse, may do little, and run only what nobody can change under us."""

import re

import pytest
import yaml

from .repository import ROOT, each

pytestmark = pytest.mark.once

GITHUB = ROOT / ".github"
each_workflow = each((GITHUB / "workflows").glob("*.yml"))
PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}")

# Why: DECISIONS.md, "Pinned actions".
FOLLOWED = {"home-assistant/actions/hassfest@master", "hacs/action@22.5.0"}


def read_yaml(path):
    # the base loader reads texts only: to others the key "on" is a boolean
    return yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader)  # noqa: S506


def jobs(path):
    return read_yaml(path)["jobs"].values()


def commands(path):
    return [step["run"] for job in jobs(path) for step in job.get("steps", []) if "run" in step]


@each_workflow
def test_workflow_may_do_nothing_unless_a_job_says_so(path):
    workflow = read_yaml(path)

    assert workflow["permissions"] == {}


@each_workflow
def test_every_job_says_what_it_may_do(path):
    assert all(job["permissions"] for job in jobs(path))


def test_only_publishing_may_write():
    writing = {
        (path.stem, name)
        for path in (GITHUB / "workflows").glob("*.yml")
        for name, job in read_yaml(path)["jobs"].items()
        if "write" in job["permissions"].values()
    }

    assert writing == {("release", "publish")}


@each_workflow
def test_actions_are_pinned_by_commit(path):
    steps = [step for job in jobs(path) for step in job.get("steps", [])]
    actions = {step["uses"] for step in steps if "uses" in step} - FOLLOWED

    assert [action for action in actions if not PINNED.fullmatch(action)] == []


@each_workflow
def test_every_job_ends(path):
    assert all("timeout-minutes" in job for job in jobs(path) if "uses" not in job)


@each_workflow
def test_scripts_that_are_run_exist(path):
    names = {
        name for command in commands(path) for name in re.findall(r"scripts/\w+|\.ci/\w+", command)
    }

    assert [name for name in names if not (ROOT / name).exists()] == []


@each((GITHUB / "ISSUE_TEMPLATE").glob("[!c]*.yml"))
def test_issue_form_has_a_name_a_description_and_questions(path):
    assert {"name", "description", "body"} <= read_yaml(path).keys()


@pytest.mark.parametrize("name", ["CONTRIBUTING.md", "DECISIONS.md"])
def test_commands_named_in_the_guides_exist(name):
    text = (GITHUB / name).read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:scripts|\.ci)/\w+)", text))

    assert [command for command in named if not (ROOT / command).exists()] == []
