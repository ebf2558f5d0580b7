"""Interchange models of the BPMN MIWG (CC BY 3.0): none errs, nodes are kept, lost ids are accounted for."""

import re
from datetime import UTC, datetime

import pytest
from lxml import etree

from workflows.engine import bpmn, compile, conformance, files
from workflows.engine.api import Engine
from workflows.engine.model import Bundle

MODELS = ["A.1.0", "A.2.0", "A.3.0", "A.4.0", "B.1.0", "C.1.0", "C.1.1", "C.3.0", "C.6.0", "C.8.1"]


@pytest.mark.parametrize("model", MODELS)
def test_a_model_of_another_vendor_is_kept(shared, model):
    report = files.as_document(files.check_file(shared / "data" / "miwg" / f"{model}.bpmn"))
    assert not [found for found in report["findings"] if found["level"] == "error"]
    assert report["nodes"] > 0
    assert report["kept"] >= 0.98 * report["nodes"]
    assert set(report["lost"]) <= {found["element"] for found in report["findings"]}
    assert all(found["line"] for found in report["findings"] if found["element"])


@pytest.mark.parametrize("model", MODELS)
def test_a_model_runs_as_a_skeleton_with_the_nodes_it_kept(shared, model):
    data = (shared / "data" / "miwg" / f"{model}.bpmn").read_bytes()
    examined = conformance.examine(data)
    assert examined.root is not None
    seen: set[str] = set()
    for process in bpmn.processes(examined.root):
        key = bpmn.identity(process)
        compiled = compile.built({key: Bundle(key, data)}, model + key, [examined.root], [])
        seen |= set(compiled.tasks)
        # Where the vendor left a choice open, a person would have made it.
        choices = re.findall(r'(choice_\w+) == "([^"]*)"', etree.tostring(process, encoding="unicode"))
        turn = Engine().start(compiled, dict(choices), datetime(2026, 11, 21, tzinfo=UTC))
        assert turn.status in ("running", "completed")
    assert set(examined.nodes) - set(examined.lost) <= seen
