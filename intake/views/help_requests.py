"""The questions of a citizen: ask, write better, end."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from core import audit
from core.access import Actor, requires
from core.acting import carry_out, perform
from core.i18n import _
from core.merging import say_taken_over, took_over
from intake import cases, help_requests, labels, policy
from intake.forms.cases import HelpRequestForm, OutcomeForm
from intake.models.cases import Case
from intake.models.help_requests import HelpRequest, Outcome
from intake.models.vocabulary import LifeDomain, Urgency
from intake.views import bp
from intake.views.texts import case_file


def can_change_question(actor: Actor, question: HelpRequest) -> bool:
    """Whoever may work on the file."""
    return policy.can_handle_case(actor, question.case)


@bp.route("/cases/<uuid:case_id>/questions", methods=["GET", "POST"])
@requires(policy.can_handle_case, cases.get)
def list_questions(case: Case, *, by: Actor) -> ResponseReturnValue:
    form = HelpRequestForm()
    if form.validate_on_submit():

        def do() -> str:
            help_requests.note_help_request(
                case,
                LifeDomain(form.life_domain.data),
                form.own_words.data or "",
                facts=form.facts.data or "",
                strengths=form.strengths.data or "",
                urgency=Urgency(form.question_urgency.data),
                by=by,
            )
            return url_for("intake.list_questions", case_id=case.id)

        to = carry_out(form, do, by=by, record=case)
        if to:
            flash(_("The question is noted."), "ok")
            return redirect(to)
    audit.read(case, by=by)
    requests = help_requests.of_case(case)
    file = case_file(case, by, current="list_questions", questions=len(requests))
    page = render_template("intake/list_questions.html", case=case, file=file, requests=requests, form=form)
    return page, 422 if form.errors else 200


@bp.route("/questions/<uuid:request_id>/change", methods=["GET", "POST"])
@requires(can_change_question, help_requests.get, param="request_id")
def change_question(question: HelpRequest, *, by: Actor) -> ResponseReturnValue:
    """Write a question better; what a colleague changed meanwhile is taken along, field by field."""
    case = question.case
    form, known = HelpRequestForm(), HelpRequestForm(formdata=None)
    known.show(question)
    if request.method == "GET" and not form.restored:
        form.show(question)
    if form.validate_on_submit():

        def do() -> str:
            help_requests.change_help_request(
                question,
                life_domain=LifeDomain(form.life_domain.data),
                own_words=form.own_words.data or "",
                facts=form.facts.data or "",
                strengths=form.strengths.data or "",
                urgency=Urgency(form.question_urgency.data),
                by=by,
                version=form.sent_version,
            )
            return url_for("intake.list_questions", case_id=case.id)

        taken = took_over(form, known, question)
        to = None if form.errors else carry_out(form, do, by=by, record=question)
        if to:
            flash(_("Saved."), "ok")
            say_taken_over(taken)
            return redirect(to)
    audit.read(case, by=by)
    if not form.version.data:
        form.version.data = str(question.version)
    if not form.base.data:
        form.remember(known)
    file = case_file(case, by, current="list_questions")
    page = render_template("intake/change_question.html", case=case, file=file, form=form)
    return page, 422 if form.errors else 200


@bp.route("/questions/<uuid:request_id>/close", methods=["GET", "POST"])
@requires(can_change_question, help_requests.get, param="request_id")
def close_question(question: HelpRequest, *, by: Actor) -> ResponseReturnValue:
    form = OutcomeForm()
    if not form.version.data:
        form.version.data = str(question.version)

    def close() -> None:
        outcome = Outcome(form.outcome.data)
        help_requests.close_help_request(question, outcome, by=by, version=form.sent_version)

    return perform(
        form,
        close,
        by=by,
        record=question,
        title=_("End the question: %(domain)s", domain=labels.label(question.life_domain)),
        button=_("End the question"),
        done=_("The question has ended. The file stays open."),
        back=url_for("intake.list_questions", case_id=question.case_id),
    )
