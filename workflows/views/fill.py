"""The page of a step that has a form: what it asks, and on with the process."""

import uuid
from typing import Any

from flask import abort, flash, redirect, render_template
from flask.typing import ResponseReturnValue
from wtforms import Field, RadioField, SelectField
from wtforms.validators import InputRequired, Optional

from core import audit
from core.access import Actor, requires
from core.acting import carry_out
from core.db import session
from core.errors import DomainError
from core.fields import DayField, NumberField
from core.forms import Form
from core.i18n import _, _l, process_text
from workflows import filling, subjects
from workflows.engine.model import FormField
from workflows.filling import FormShown, can_fill_task
from workflows.models.tasks import Task, TaskStatus
from workflows.views import bp

FEW = 6  # more choices than these are a list to unfold
PREFIX = "value_"  # the fields of a form may not shadow what every form has
YES_NO = [("yes", _l("Yes")), ("no", _l("No"))]


def _task(task_id: uuid.UUID) -> Task | None:
    return session.get(Task, task_id)


@bp.route("/tasks/<uuid:task_id>", methods=["GET", "POST"])
@requires(can_fill_task, _task)
def fill_task(task: Task, *, by: Actor) -> ResponseReturnValue:
    """Show the form of an open step, or hand its answers to the process."""
    asked = filling.shown(task)
    if asked is None:
        abort(404)
    label = subjects.labels([(task.subject_type_, task.subject_id)], by)[task.subject_type_, task.subject_id]
    audit.read(label.record, by=by)
    back = label.address or "/"
    if task.status is TaskStatus.WAITING:  # for somebody else
        return redirect(back)
    form = make_form(asked, task)
    is_open = task.status is TaskStatus.OPEN
    if form.validate_on_submit():
        to = carry_out(form, lambda: _fill(task, asked, form, back, by), by=by)
        if to is not None:
            flash(_("Done: %(step)s.", step=asked.name), "ok")
            return redirect(to)
    page = render_template(
        "workflows/fill_task.html", task=task, asked=asked, label=label, form=form, is_open=is_open, back=back
    )
    return page, 422 if form.errors else 200


def _fill(task: Task, asked: FormShown, form: Form, back: str, by: Actor) -> str:
    values = {field.name: answer(field, form[PREFIX + field.name].data) for field in asked.form.fields}
    outcome = form["outcome"].data if len(asked.outcomes) > 1 else asked.outcomes[0][0]
    try:
        filling.fill_task(task, outcome or "", values, by=by)
    except DomainError as refusal:
        if refusal.field and refusal.field != "outcome":
            refusal.field = PREFIX + refusal.field
        raise
    return back


def answer(field: FormField, typed: Any) -> Any:
    """What a control of the page says, as the value of its field."""
    return {"yes": True, "no": False}.get(typed) if field.kind == "yes_no" else typed


def make_form(asked: FormShown, task: Task) -> Form:
    """The controls of a form: typed fields, and how the step ends where there is a choice."""
    own = not asked.form.key

    def text(name: str, label: Any) -> str:
        return process_text(task.key, f"{task.element_id}.{name}", label) if own else str(label)

    fields: dict[str, Field] = {PREFIX + each.name: _control(each, text) for each in asked.form.fields}
    if len(asked.outcomes) > 1:
        wanted = InputRequired(_("Choose how this step ends."))
        fields["outcome"] = RadioField(_("How does this step end?"), [wanted], choices=list(asked.outcomes))
    made: Form = type("FillForm", (Form,), fields)()
    return made


def _control(field: FormField, text: Any) -> Field:
    label = text(field.name, field.label)
    rules: list[Any] = [InputRequired(_("Fill this in.")) if field.required else Optional()]
    match field.kind:
        case "choice":
            choices = [(code, text(f"{field.name}.{code}", name)) for code, name in field.choices]
            if len(choices) <= FEW and field.required:
                return RadioField(label, rules, choices=choices)
            return SelectField(label, rules, choices=[("", _("Choose")), *choices])
        case "yes_no":
            return RadioField(label, rules, choices=YES_NO, validate_choice=field.required)
        case "number":
            return NumberField(label, rules, least=field.least, most=field.most)
        case _:
            return DayField(label, rules)
