"""The desk of the process manager: processes, instances, incidents. Ids and codes, no data of persons."""

import json
import uuid

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from core import accounts, kept_filters
from core.access import Actor, Role, requires
from core.acting import perform
from core.db import session, transaction
from core.errors import DomainError
from core.i18n import _, choose_locale
from core.text import uuid_or_none
from workflows import (
    decisions,
    definitions,
    event_texts,
    incidents,
    instances,
    migrations,
    overview,
    policy,
    subjects,
    turns,
)
from workflows.engine.model import Finding
from workflows.forms import AssignForm, EmptyForm, NoteForm, ReasonForm
from workflows.models.definitions import Definition
from workflows.models.incidents import Incident, IncidentStatus
from workflows.models.instances import Instance, InstanceStatus
from workflows.subjects import Reference
from workflows.views import bp

PAGE, CAP = 50, 100
ACTS = {"suspend": instances.suspend, "resume": instances.resume, "cancel": instances.cancel}


def can_manage_definition(by: Actor, _definition: Definition) -> bool:
    """Process managers see every definition."""
    return policy.can_manage_processes(by)


def can_manage_instance(by: Actor, _instance: Instance) -> bool:
    """Process managers steer every instance."""
    return policy.can_manage_processes(by)


def can_manage_incident(by: Actor, _incident: Incident) -> bool:
    """Process managers deal with every incident."""
    return policy.can_manage_processes(by)


@bp.get("/")
@requires(policy.can_manage_processes)
def list_processes(*, by: Actor) -> ResponseReturnValue:
    """Every process in use."""
    return render_template("workflows/list_processes.html", processes=overview.processes())


@bp.get("/definitions/<uuid:definition_id>")
@requires(can_manage_definition, definitions.get)
def show_process(definition: Definition, *, by: Actor) -> ResponseReturnValue:
    """Where the files of one process stand: numbers in the diagram, and the same as a table."""
    steps = overview.steps_of(definition)
    return render_template(
        "workflows/show_process.html",
        definition=definition,
        name=overview.name_of(definition),
        steps=steps,
        counts=json.dumps({step.element_id: step.count for step in steps}),
        marks=json.dumps({step.element_id: "late" for step in steps if step.late}),
        versions=overview.versions_of(definition.key),
        findings=[Finding(**each).message(choose_locale()) for each in definition.findings],
        refused=[found.message(choose_locale()) for found in definitions.refused_now(definition)],
        tables=[decisions.as_html(data, choose_locale()) for data in definitions.tables(definition)],
        movable=len(migrations.candidates(definition, limit=CAP)),
    )


@bp.get("/instances")
@requires(policy.can_manage_processes)
def list_instances(*, by: Actor) -> ResponseReturnValue:
    """Instances, newest first, by process and status."""
    names = overview.names()
    chosen = kept_filters.of_list(
        "workflows.list_instances", key=["", *names], status=["", *(str(each) for each in InstanceStatus)]
    )
    key, status = chosen["key"] or None, chosen["status"] or None
    found = overview.instances_of(key, status, after=uuid_or_none(request.args.get("after")), limit=PAGE + 1)
    return render_template(
        "workflows/list_instances.html",
        instances=found[:PAGE],
        names=names,
        statuses=list(InstanceStatus),
        chosen=chosen,
        more=chosen.url(after=found[PAGE - 1].id) if len(found) > PAGE else None,
    )


@bp.route("/instances/<uuid:instance_id>", methods=["GET", "POST"])
@requires(can_manage_instance, instances.get)
def show_instance(instance: Instance, *, by: Actor) -> ResponseReturnValue:
    """One instance: what is open, its history, and the acts that need a reason."""
    form = ReasonForm()
    if form.validate_on_submit():
        act = ACTS.get(request.form.get("act", ""))
        subject, instance_id = Reference(instance.subject_type_, instance.subject_id), instance.id
        with form.errors_from_domain(), transaction():
            if act is None:
                raise DomainError(_("Choose what now."))
            subjects.lock(subject.subject_type, subject.id)
            act(subject, reason=form.reason.data or "", by=by)
        if not form.errors:
            flash(_("Done. It is in the trail with your reason."))
            return redirect(url_for("workflows.show_instance", instance_id=instance_id))
    found = definitions.compiled(instance.definition_id)
    standing = overview.standing(instance, by)
    page = render_template(
        "workflows/show_instance.html",
        instance=instance,
        name=standing.name,
        step=lambda element: overview.step_text(found, element) if element else "",
        history=overview.history_of(instance),
        event_text=event_texts.text,
        incidents=list(session.scalars(select(Incident).where(Incident.instance_id == instance.id))),
        marks=json.dumps(standing.marks),
        open_steps=[step for step in standing.steps if step.state != "done"],
        can_return=migrations.can_return(instance),
        form=form,
    )
    return page, 422 if form.errors else 200


@bp.post("/instances/<uuid:instance_id>/back")
@requires(can_manage_instance, instances.get)
def return_instance(instance: Instance, *, by: Actor) -> ResponseReturnValue:
    """Bring one instance back to the version from which it was moved."""
    instance_id = instance.id
    with transaction():
        migrations.move_back(instance_id, by=by)
    flash(_("Back in its former version."), "ok")
    return redirect(url_for("workflows.show_instance", instance_id=instance_id))


@bp.route("/instances/<uuid:instance_id>/assign", methods=["GET", "POST"])
@requires(can_manage_instance, instances.get)
def assign_instance(instance: Instance, *, by: Actor) -> ResponseReturnValue:
    """Give a lane of an instance to a colleague of the same organization, or back to its desk."""
    found = definitions.compiled(instance.definition_id)
    lanes = overview.lanes_of(instance, found)
    people = [(str(user.id), user.name) for user in accounts.members(instance.tenant_id, *Role)]
    form = AssignForm(lanes=lanes, people=[("", _("Nobody: back to the desk")), *people])
    subject = Reference(instance.subject_type_, instance.subject_id)

    def do() -> None:
        subjects.lock(subject.subject_type, subject.id)
        party = turns.lanes_of(instance).get(form.lane.data)
        instances.assign(
            subject,
            form.lane.data,
            tenant_id=instance.tenant_id,
            queue=party.queue if party is not None and party.tenant_id == instance.tenant_id else None,
            assignee_id=uuid_or_none(form.assignee.data),
            reason=form.reason.data,
            by=by,
        )

    return perform(
        form,
        do,
        by=by,
        title=_("Give to somebody else"),
        lead=_("Open steps of this role move at once. The reason goes into the trail."),
        button=_("Give"),
        back=url_for("workflows.show_instance", instance_id=instance.id),
        done=_("Given. It is in the trail with your reason."),
    )


@bp.get("/incidents")
@requires(policy.can_manage_processes)
def list_incidents(*, by: Actor) -> ResponseReturnValue:
    """Open incidents, newest first."""
    found = incidents.listed()
    return render_template(
        "workflows/list_incidents.html",
        incidents=found,
        steps=overview.steps_of_incidents(found),
        names=overview.names(),
    )


@bp.route("/incidents/<uuid:incident_id>", methods=["GET", "POST"])
@requires(can_manage_incident, incidents.get)
def show_incident(incident: Incident, *, by: Actor) -> ResponseReturnValue:
    """One incident: its cause and place; resolve it with a note."""
    form = NoteForm()
    incident_id = incident.id
    if form.validate_on_submit():
        with form.errors_from_domain(), transaction():
            incidents.resolve(incident, note=form.note.data or "", by=by)
        if not form.errors:
            flash(_("Resolved."))
            return redirect(url_for("workflows.list_incidents"))
    return _incident_page(incident_id, form)


@bp.post("/incidents/<uuid:incident_id>/retry")
@requires(can_manage_incident, incidents.get)
def retry_incident(incident: Incident, *, by: Actor) -> ResponseReturnValue:
    """Have the worker try again."""
    form = EmptyForm()
    incident_id = incident.id
    with form.errors_from_domain(), transaction():
        incidents.retry(incident, by=by)
    if form.errors:
        return _incident_page(incident_id, form)
    flash(_("The worker tries it again now."))
    return redirect(url_for("workflows.list_incidents"))


def _incident_page(incident_id: uuid.UUID, form: NoteForm | EmptyForm) -> ResponseReturnValue:
    incident = session.get_one(Incident, incident_id, populate_existing=True)
    instance = session.get(Instance, incident.instance_id) if incident.instance_id else None
    found = definitions.compiled(instance.definition_id) if instance else None
    page = render_template(
        "workflows/show_incident.html",
        incident=incident,
        name=overview.names().get(incident.key, incident.key),
        instance=instance,
        step=overview.step_text(found, incident.element_id) if found and incident.element_id else None,
        marks=json.dumps({incident.element_id: "late"} if incident.element_id else {}),
        can_retry=incident.kind in incidents.REPEATABLE,
        is_open=incident.status is IncidentStatus.OPEN,
        form=form if isinstance(form, NoteForm) else NoteForm(),
        refused=form.form_errors,
    )
    return page, 422 if form.errors else 200
