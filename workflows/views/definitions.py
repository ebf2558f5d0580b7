"""Definitions on pages: check and deploy files, retire a version or use it again, move running files."""

from collections import Counter
from pathlib import PurePath

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from core.access import Actor, requires
from core.acting import perform
from core.db import transaction
from core.errors import DomainError
from core.i18n import _, choose_locale, ngettext
from core.text import uuid_or_none
from workflows import (
    decision_versions,
    decisions,
    definitions,
    migrations,
    overview,
    policy,
    scenarios,
    verdicts,
)
from workflows.definitions import Source
from workflows.forms import DeployForm, MoveForm, ReasonForm
from workflows.models.definitions import Definition, DefinitionStatus
from workflows.views import bp
from workflows.views.manage import can_manage_definition
from workflows.views.trials import show_trial

PAGE = 25
MOST = 500  # files moved in one request
LONGEST_KEY = 80


# ---------------------------------------------------------------- check and deploy
@bp.route("/deploy", methods=["GET", "POST"])
@requires(policy.can_manage_processes)
def deploy_process(*, by: Actor) -> ResponseReturnValue:
    """Check the files of a process and, when that was asked, put them in use. All findings at once."""
    form = DeployForm()
    shown: dict[str, object] = {"report": None, "failures": [], "tables": []}
    if form.validate_on_submit():
        with form.errors_from_domain():
            source = _source(form)
            if request.form.get("act") == "deploy" and (made := _deployed(source, form, by)) is not None:
                flash(_("In use: %(name)s, version %(number)s.", name=made.name, number=made.version), "ok")
                return redirect(url_for("workflows.show_process", definition_id=made.id))
            report = definitions.check(source)
            shown = {
                "report": report,
                "failures": definitions.failures(source) if report.deployable else [],
                "tables": [decisions.as_html(data, choose_locale()) for data in _readable(source)],
            }
    page = render_template("workflows/deploy_process.html", form=form, locale_of=choose_locale(), **shown)
    return page, 422 if form.errors else 200


def _source(form: DeployForm) -> Source:
    """The files as they came, under the name of the file, or of its only process."""
    bpmn = form.diagram.data.read()
    key = PurePath(form.diagram.data.filename or "").stem
    own, _called = scenarios.processes_and_calls(bpmn)
    if key not in own and len(own) == 1:
        key = own.pop()
    tables = {PurePath(each.filename).stem: each.read() for each in form.tables.data or [] if each.filename}
    return Source(key, bpmn, tables, _text(form.tests.data))


def _text(file: FileStorage | None) -> str | None:
    return definitions.as_text(file.read()) if file is not None and file.filename else None


def _deployed(source: Source, form: DeployForm, by: Actor) -> Definition | None:
    """The new version; None when it is refused, and then the page says everything that is wrong."""
    own, _called = scenarios.processes_and_calls(source.bpmn)
    if source.key not in own or len(source.key) > LONGEST_KEY:
        text = _("Give the file the name of its process, such as “case.bpmn”.")
        form.refuse(DomainError(text, field="diagram"))
        return None
    try:
        with transaction():
            return definitions.deploy(source, by=by)
    except definitions.Refused as refusal:
        form.refuse(refusal)
        return None


def _readable(source: Source) -> list[bytes]:
    return [data for data in source.dmn.values() if not _errors(data)]


def _errors(data: bytes) -> bool:
    return any(found.level == "error" for found in decisions.findings(data))


# ---------------------------------------------------------------- retire, use again
@bp.route("/definitions/<uuid:definition_id>/retire", methods=["GET", "POST"])
@requires(can_manage_definition, definitions.get)
def retire_process(definition: Definition, *, by: Actor) -> ResponseReturnValue:
    """Let nothing new start in this process."""
    form = ReasonForm()
    return perform(
        form,
        lambda: definitions.retire(definition, reason=form.reason.data or "", by=by),
        by=by,
        title=_("Retire “%(name)s”", name=overview.name_of(definition)),
        lead=_("Nothing new starts in it. What runs goes on until its end."),
        button=_("Retire"),
        kind="danger",
        back=url_for("workflows.show_process", definition_id=definition.id),
        done=_("Retired. What runs goes on."),
    )


@bp.route("/definitions/<uuid:definition_id>/use", methods=["GET", "POST"])
@requires(can_manage_definition, definitions.get)
def use_process(definition: Definition, *, by: Actor) -> ResponseReturnValue:
    """Let new files start in a former version again."""
    form = ReasonForm()
    refused = [found.message(choose_locale()) for found in definitions.refused_now(definition)]
    starts = _("New files start in this version. What runs stays in its own version.")
    barred = _("So it cannot be used again. What runs in it goes on until its end.")
    return perform(
        form,
        lambda: definitions.use_again(definition, reason=form.reason.data or "", by=by),
        by=by,
        title=_(
            "Use version %(number)s of “%(name)s” again",
            number=definition.version,
            name=overview.name_of(definition),
        ),
        lead=f"{_('Today this version would be refused.')} {barred}" if refused else starts,
        button=_("Use this version"),
        warnings=refused,
        is_barred=bool(refused),
        back=url_for("workflows.show_process", definition_id=definition.id),
        done=_("This version is in use."),
    )


# ---------------------------------------------------------------- move running files
@bp.route("/definitions/<uuid:definition_id>/move", methods=["GET", "POST"])
@requires(can_manage_definition, definitions.get)
def move_instances(definition: Definition, *, by: Actor) -> ResponseReturnValue:
    """Files that run in another version, each with its verdict; move those that were chosen, or back."""
    form = MoveForm()
    here = url_for("workflows.move_instances", definition_id=definition.id)
    if form.validate_on_submit():
        if definition.status is not DefinitionStatus.ACTIVE and request.form.get("act") != "back":
            form.form_errors.append(_("This version is not in use."))
        else:
            _say(_moved(definition, form, by))
            return redirect(here)
    after = uuid_or_none(request.args.get("after"))
    ids = migrations.candidates(definition, after=after, limit=PAGE + 1)
    return render_template(
        "workflows/move_instances.html",
        definition=definition,
        name=overview.name_of(definition),
        rows=verdicts.rows(ids[:PAGE], definition),
        back=migrations.returnable(definition, limit=PAGE),
        form=form,
        more=url_for("workflows.move_instances", definition_id=definition.id, after=ids[PAGE - 1])
        if len(ids) > PAGE
        else None,
    )


def _moved(definition: Definition, form: MoveForm, by: Actor) -> list[migrations.Verdict]:
    chosen = [each for each in map(uuid_or_none, request.form.getlist("instance")) if each is not None]
    match request.form.get("act"):
        case "back":
            movable = set(migrations.returnable(definition))
            return migrations.move_each_back([each for each in chosen if each in movable], by=by)
        case "all":
            ids = migrations.candidates(definition, limit=MOST)
        case _:
            movable = set(migrations.candidates(definition))
            ids = [each for each in chosen if each in movable]
    return migrations.move_each(ids, definition, accept_skip=bool(form.accept_skip.data), by=by)


def _say(done: list[migrations.Verdict]) -> None:
    counts = Counter(verdict.outcome for verdict in done)
    if not done:
        flash(_("Choose at least one file."), "warn")
    for outcome in ("moved", "returned"):
        if counts[outcome]:
            flash(ngettext("%(num)d file moved.", "%(num)d files moved.", counts[outcome]), "ok")
    stayed = len(done) - counts["moved"] - counts["returned"]
    if stayed:
        flash(
            ngettext("%(num)d file stayed where it was.", "%(num)d files stayed where they were.", stayed),
            "warn",
        )


# ---------------------------------------------------------------- decisions
@bp.get("/decisions")
@requires(policy.can_manage_processes)
def list_decisions(*, by: Actor) -> ResponseReturnValue:
    """Every decision table of the product."""
    return render_template("workflows/list_decisions.html", titles=decisions.titles())


@bp.get("/decisions/<string:name>")
@requires(policy.can_see_decision, decisions.find)
def show_decision(name: str, *, by: Actor) -> ResponseReturnValue:
    """One decision as tables for people, with its gaps and overlaps."""
    version = decision_versions.latest(name)
    data = decisions.table(name) if version is None else version.content
    return render_template(
        "workflows/show_decision.html",
        version=version,
        is_deployable=decision_versions.is_deployable(name),
        name=name,
        title=decisions.title(data),
        tables=decisions.as_html(data, choose_locale()),
        findings=decisions.findings(data),
        try_at=url_for("workflows.try_decision", name=name),
        locale_of=choose_locale(),
    )


@bp.route("/decisions/<string:name>/try", methods=["GET", "POST"])
@requires(policy.can_see_decision, decisions.find)
def try_decision(name: str, *, by: Actor) -> ResponseReturnValue:
    """Ask a decision of the product with made-up inputs; nothing is kept."""
    return show_trial(decision_versions.in_use([name])[name], url_for("workflows.show_decision", name=name))


@bp.route("/definitions/<uuid:definition_id>/decisions/<int:number>/try", methods=["GET", "POST"])
@requires(can_manage_definition, definitions.get)
def try_table(definition: Definition, *, number: int, by: Actor) -> ResponseReturnValue:
    """Ask a table that was deployed with a process; nothing is kept."""
    tables = definitions.tables(definition)
    if number >= len(tables):
        abort(404)
    return show_trial(tables[number], url_for("workflows.show_process", definition_id=definition.id))
