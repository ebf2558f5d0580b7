"""Instances of every codec there ever was load and finish."""

from __future__ import annotations

import base64
import json
from datetime import datetime
from pathlib import Path

import pytest
from lxml import etree

from tests.workflows.engine.diagrams import Case, engine
from tests.workflows.engine.states.make import act
from workflows.engine.compile import built
from workflows.engine.model import Bundle

FILES = sorted((Path(__file__).parent / "states").glob("codec*/*.json"))


def test_there_are_states_to_load():
    assert len(FILES) >= 15


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_an_old_state_loads_and_finishes(path):
    kept = json.loads(path.read_text(encoding="utf-8"))
    xml = kept["bpmn"].encode()
    case = Case.__new__(Case)
    case.definition = built({"process": Bundle("process", xml)}, path.stem, [etree.fromstring(xml)], [])
    case.now = datetime.fromisoformat(kept["now"])
    case.turn = engine.view(case.definition, base64.b64decode(kept["state"]), kept["codec"], case.now)
    assert (case.open, case.data) == (kept["open"], kept["variables"])
    for each in kept["acts"]:
        act(case, each)
    assert (case.status, case.data) == ("completed", kept["result"])
