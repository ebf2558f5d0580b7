"""The rights of a file: what is probable, what is still to ask, and what was done about each right."""

import json
from contextlib import suppress

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm.exc import StaleDataError

from core import audit, clock
from core.access import Actor, requires
from core.acting import carry_out, perform
from core.db import transaction
from core.errors import DomainError
from core.i18n import _
from intake import cases, policy, rights, rights_texts
from intake.forms import rights as rights_forms
from intake.forms.cases import ActForm
from intake.forms.rights import NonTakeUpForm, PersonAtAddressForm, RealisedForm, RightDayForm
from intake.models.cases import Case
from intake.models.rights import NonTakeUp, RightReview
from intake.views import bp, rights_inputs
from intake.views.texts import case_file


def _can_handle(actor: Actor, review: RightReview) -> bool:
    return policy.can_handle_case(actor, review.case)


def _back(review: RightReview) -> str:
    return url_for("intake.show_rights", case_id=review.case_id)


@bp.route("/cases/<uuid:case_id>/rights")
@requires(policy.can_see_case, cases.get)
def show_rights(case: Case, *, by: Actor) -> ResponseReturnValue:
    audit.read(case, by=by)
    reviews, answers = rights.known_of(case)
    if rights.is_behind(case, reviews, answers):  # what only reads opens no transaction
        with suppress(DomainError, StaleDataError), transaction():  # another was first: theirs is shown
            rights.refresh(case)
        reviews, answers = rights.known_of(case, anew=True)
    document = rights.document_from(case, answers)
    probable, realised = rights.euro_per_year(reviews)
    return render_template(
        "intake/show_rights.html",
        case=case,
        file=case_file(case, by, current="show_rights"),
        reviews=reviews,
        needed=len(rights.questions(reviews)),
        persons=[(n, rights_forms.who(n, document)) for n in range(len(document["persons"]))],
        inputs={review.id: rights_inputs.lines(json.loads(review.inputs or "{}")) for review in reviews},
        probable=probable,
        realised=realised,
        **rights_texts.shared(),
    )


@bp.route("/cases/<uuid:case_id>/rights/questions", methods=["GET", "POST"])
@requires(policy.can_handle_case, cases.get)
def answer_rights_questions(case: Case, *, by: Actor) -> ResponseReturnValue:
    """Only what is still needed; after each answer the list gets shorter."""
    reviews, answers = rights.known_of(case)
    document = rights.document_from(case, answers)
    asked = rights.questions(reviews) if reviews else rights.first_questions(document)
    form, pairs = rights_forms.questions_form(asked, document)

    def save() -> str:
        rights.answer(case, rights_forms.answers(pairs), by=by)
        return url_for("intake.show_rights", case_id=case.id)

    if form.validate_on_submit() and (to := carry_out(form, save, by=by)):
        flash(_("Kept. The rights were looked at again."), "ok")
        return redirect(to)
    named = [
        (rights_forms.who(question.person, document) if question.person is not None else "", field)
        for question, field in pairs
    ]
    page = render_template(
        "intake/answer_rights_questions.html",
        case=case,
        file=case_file(case, by, current="show_rights"),
        form=form,
        named=named,
        back=url_for("intake.show_rights", case_id=case.id),
    )
    return page, 422 if form.errors else 200


@bp.route("/cases/<uuid:case_id>/rights/persons", methods=["GET", "POST"])
@requires(policy.can_handle_case, cases.get)
def add_person_at_address(case: Case, *, by: Actor) -> ResponseReturnValue:
    form = PersonAtAddressForm()

    def add() -> None:
        rights.add_person(case, form.relation.data, form.birth_date.data, by=by)

    return perform(
        form, add, by=by, title=_("Who else lives at the address"), button=_("Put on the list"),
        lead=_("No name is needed for the review."), done=_("On the list. The rights were looked at again."),
        back=url_for("intake.show_rights", case_id=case.id),
    )  # fmt: skip


@bp.route("/cases/<uuid:case_id>/rights/persons/<int:number>/remove", methods=["GET", "POST"])
@requires(policy.can_handle_case, cases.get, "case_id")
def remove_person_at_address(case: Case, *, by: Actor, number: int) -> ResponseReturnValue:
    return perform(
        ActForm(), lambda: rights.remove_person(case, number, by=by), by=by, title=_("Take off the list"),
        done=_("Taken off the list."), back=url_for("intake.show_rights", case_id=case.id), kind="second",
    )  # fmt: skip


@bp.route("/rights/<uuid:right_review_id>/confirm", methods=["GET", "POST"])
@requires(_can_handle, rights.get)
def confirm_right(review: RightReview, *, by: Actor) -> ResponseReturnValue:
    return perform(
        ActForm(), lambda: rights.confirm(review, by=by), by=by,
        title=_("Confirm: %(right)s", right=rights_texts.RIGHTS[review.right][0]), button=_("Confirm"),
        lead=_("You looked at the rule and the inputs, and you find it worth applying. The body decides."),
        done=_("Confirmed."), back=_back(review),
    )  # fmt: skip


@bp.route("/rights/<uuid:right_review_id>/set-aside", methods=["GET", "POST"])
@requires(_can_handle, rights.get)
def set_right_aside(review: RightReview, *, by: Actor) -> ResponseReturnValue:
    return perform(
        ActForm(), lambda: rights.set_aside(review, by=by), by=by, kind="second",
        title=_("Set aside: %(right)s", right=rights_texts.RIGHTS[review.right][0]), button=_("Set aside"),
        done=_("Set aside. You can look at it again later."), back=_back(review),
    )  # fmt: skip


@bp.route("/rights/<uuid:right_review_id>/apply", methods=["GET", "POST"])
@requires(_can_handle, rights.get)
def note_right_application(review: RightReview, *, by: Actor) -> ResponseReturnValue:
    form = RightDayForm(data={"day": clock.today()})

    def note() -> None:
        rights.note_application(review, applied_on=form.day.data or clock.today(), by=by)

    return perform(
        form, note, by=by,
        title=_("Applied for: %(right)s", right=rights_texts.RIGHTS[review.right][0]), button=_("Keep"),
        done=_("Noted."), back=_back(review),
    )  # fmt: skip


@bp.route("/rights/<uuid:right_review_id>/realise", methods=["GET", "POST"])
@requires(_can_handle, rights.get)
def note_right_realised(review: RightReview, *, by: Actor) -> ResponseReturnValue:
    form = RealisedForm(data={"day": clock.today(), "euro": review.euro_per_year})

    def note() -> None:
        rights.note_realised(review, realised_on=form.day.data or clock.today(), euro=form.euro.data, by=by)

    return perform(
        form, note, by=by, title=_("Realised: %(right)s", right=rights_texts.RIGHTS[review.right][0]),
        button=_("Keep"), done=_("Realised. Well done."), back=_back(review),
    )  # fmt: skip


@bp.route("/rights/<uuid:right_review_id>/refuse", methods=["GET", "POST"])
@requires(_can_handle, rights.get)
def note_right_refused(review: RightReview, *, by: Actor) -> ResponseReturnValue:
    return perform(
        ActForm(), lambda: rights.note_refused(review, by=by), by=by, kind="second",
        title=_("The body refused: %(right)s", right=rights_texts.RIGHTS[review.right][0]), button=_("Keep"),
        done=_("Noted."), back=_back(review),
    )  # fmt: skip


@bp.route("/rights/<uuid:right_review_id>/not-taken-up", methods=["GET", "POST"])
@requires(_can_handle, rights.get)
def note_right_not_taken_up(review: RightReview, *, by: Actor) -> ResponseReturnValue:
    form = NonTakeUpForm()
    return perform(
        form, lambda: rights.note_not_taken_up(review, NonTakeUp(form.reason.data), by=by), by=by,
        title=_("Not taken up: %(right)s", right=rights_texts.RIGHTS[review.right][0]), button=_("Keep"),
        done=_("Noted."), back=_back(review),
    )  # fmt: skip


@bp.route("/rights/<uuid:right_review_id>/look-again", methods=["GET", "POST"])
@requires(_can_handle, rights.get)
def look_again_at_right(review: RightReview, *, by: Actor) -> ResponseReturnValue:
    return perform(
        ActForm(), lambda: rights.look_again(review, by=by), by=by,
        title=_("Look again: %(right)s", right=rights_texts.RIGHTS[review.right][0]), button=_("Put it back"),
        done=_("Back on the table."), back=_back(review),
    )  # fmt: skip
