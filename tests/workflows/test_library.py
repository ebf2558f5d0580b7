"""Every process of the library: deployable, described, and doing what its scenarios say."""

import re

import pytest

from workflows import scenarios
from workflows.definitions import LIBRARY
from workflows.engine.api import engine
from workflows.engine.model import Bundle

FOLDERS = sorted(path for path in LIBRARY.iterdir() if (path / f"{path.name}.bpmn").exists())
OURS = {"us", "partner", "citizen", "nobody"}


def bundle(folder):
    tables = {path.stem: path.read_bytes() for path in folder.glob("*.dmn")}
    return Bundle(folder.name, (folder / f"{folder.name}.bpmn").read_bytes(), tables)


TESTED = [path for path in FOLDERS if (path / "tests.yaml").exists()]


@pytest.fixture(params=FOLDERS, ids=lambda path: path.name)
def folder(request):
    return request.param


def test_it_is_deployable_without_a_remark(folder):
    report = engine.check(bundle(folder), deploying=True)
    assert [(found.code, found.element) for found in report.findings if found.level != "info"] == []
    assert report.deployable
    assert report.nodes == report.kept


@pytest.mark.parametrize("folder", TESTED, ids=lambda path: path.name)
def test_its_scenarios_pass(folder):
    text = (folder / "tests.yaml").read_text()
    assert scenarios.run(engine, engine.compile(bundle(folder)), text) == []
    assert text.count("- name:") >= 3


def test_every_step_says_who_is_at_turn_for_which_state(folder):
    tasks = [info for info in engine.compile(bundle(folder)).tasks.values() if info.kind == "UserTask"]
    assert tasks
    for info in tasks:
        assert info.turn in OURS, info.element_id
        assert info.role, info.element_id
        assert info.outcomes, info.element_id
        assert info.properties.get("state"), info.element_id


def test_its_readme_names_every_step_and_event(folder):
    text = (folder / "README.md").read_text()
    words = set(re.findall(r"[a-z_]+", text))
    for info in engine.compile(bundle(folder)).tasks.values():
        if info.kind == "UserTask":
            assert info.element_id in words
            assert set(info.outcomes) <= words, set(info.outcomes) - words


def test_everything_is_drawn(folder):
    text = (folder / f"{folder.name}.bpmn").read_text()
    drawn = set(re.findall(r'bpmnElement="([^"]+)"', text))
    assert set(engine.compile(bundle(folder)).tasks) <= drawn


@pytest.mark.parametrize("folder", TESTED, ids=lambda path: path.name)
def test_every_step_is_visited_by_some_scenario(folder):
    text = (folder / "tests.yaml").read_text()
    for info in engine.compile(bundle(folder)).tasks.values():
        if info.kind == "UserTask":
            assert info.element_id in text or info.properties["state"] in text, info.element_id
