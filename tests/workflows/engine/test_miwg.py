"""Interchange models of the BPMN MIWG (CC BY 3.0): none errs, nodes are kept, lost ids are accounted for."""

import pytest

from workflows.engine import conformance

MODELS = ["A.1.0", "A.2.0", "A.3.0", "A.4.0", "B.1.0", "C.1.0", "C.1.1", "C.3.0", "C.6.0", "C.8.1"]


@pytest.mark.parametrize("model", MODELS)
def test_a_model_of_another_vendor_is_kept(shared, model):
    report = conformance.report(shared / "data" / "miwg" / f"{model}.bpmn")
    assert not [found for found in report["findings"] if found["level"] == "error"]
    assert report["nodes"] > 0
    assert report["kept"] >= 0.98 * report["nodes"]
    assert set(report["lost"]) <= {found["element"] for found in report["findings"]}
    assert all(found["line"] for found in report["findings"] if found["element"])
