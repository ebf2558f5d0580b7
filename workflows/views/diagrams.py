"""Where a file stands in its process: the diagram, and the same as text."""

import json

from flask import Response, abort, render_template
from flask.typing import ResponseReturnValue

from core import audit
from core.access import Actor, requires
from workflows import definitions, instances, overview, policy, subjects
from workflows.models.definitions import Definition
from workflows.models.instances import Instance
from workflows.views import bp


def can_see_definition(by: Actor, _definition: Definition) -> bool:
    """The drawing without anybody's file on it is for process managers."""
    return policy.can_manage_processes(by)


@bp.get("/of/<subject:subject>")
@requires(policy.can_see_process, instances.find)
def show_diagram(instance: Instance, *, by: Actor) -> ResponseReturnValue:
    """The diagram of one file with the current step, and the same as an ordered list."""
    subject = subjects.Reference(instance.subject_type_, instance.subject_id)
    label = subjects.labels([(subject.subject_type, subject.id)], by).get((subject.subject_type, subject.id))
    standing = overview.standing(instance, by)
    if label is not None:
        audit.read(label.record, by=by)
    return render_template(
        "workflows/show_diagram.html", standing=standing, label=label, marks=json.dumps(standing.marks)
    )


@bp.get("/instances/<uuid:instance_id>/diagram.bpmn")
@requires(policy.can_see_process, instances.get)
def download_diagram(instance: Instance, *, by: Actor) -> ResponseReturnValue:
    """The XML of the version in which this instance runs."""
    return _xml(definitions.diagram(instance.definition_id))


@bp.get("/definitions/<uuid:definition_id>/diagram.bpmn")
@requires(can_see_definition, definitions.get)
def download_definition(definition: Definition, *, by: Actor) -> ResponseReturnValue:
    """The XML of a version."""
    return _xml(definitions.diagram(definition.id))


def _xml(data: bytes) -> Response:
    if not data:
        abort(404)
    return Response(data, mimetype="application/xml")
