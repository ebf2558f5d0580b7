"""Who lives together: add someone who is known, new or only described, and say who left."""

import uuid

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from core.access import Actor, requires
from core.acting import act, carry_out
from core.asking import asks
from core.errors import DomainError
from core.i18n import _
from intake import cases, households, persons, policy
from intake.forms.cases import ActForm
from intake.forms.persons import MemberForm, MemberSearchForm
from intake.models.cases import Case
from intake.models.households import HouseholdMember, Relation
from intake.models.persons import Person
from intake.persons import Match, NewPerson
from intake.views import bp
from intake.views.persons import change_of, sent_person
from intake.views.texts import case_file


@bp.route("/cases/<uuid:case_id>/household/add", methods=["GET", "POST"])
@requires(policy.can_handle_case, cases.get)
@asks("first_name", "last_name", "birth")
def add_member(case: Case, *, asked: dict[str, str], by: Actor) -> ResponseReturnValue:
    """Search first; then choose who is known, or make someone of whom only a word may be known."""
    form = MemberForm()
    if form.validate_on_submit():

        def do() -> str:
            _add(case, form, by)
            return url_for("intake.show_person", case_id=case.id)

        to = carry_out(form, do, by=by, record=case)
        if to:
            flash(_("Added to the household."), "ok")
            return redirect(to)
    return _page(case, form, asked, by)


def _add(case: Case, form: MemberForm, by: Actor) -> None:
    household = households.ensure(case, by=by)
    person = None if form.is_description else _made(case, form, by)
    households.add_member(
        household,
        person=person,
        described_as=form.described_as.data or "",
        relation=Relation(form.relation.data),
        is_dependant=bool(form.is_dependant.data),
        by=by,
    )


def _made(case: Case, form: MemberForm, by: Actor) -> Person:
    new = NewPerson(
        first_name=form.first_name.data or "",
        last_name=form.last_name.data or "",
        born=form.birth.born,
        nis=case.nis,
        capacity_note=form.capacity_note.data or "",
    )
    return persons.create_person(new, token=form.token.data or "", by=by)


def _page(case: Case, form: MemberForm, asked: dict[str, str], by: Actor) -> ResponseReturnValue:
    looked_for = MultiDict({**request.args.to_dict(), **asked})
    search = MemberSearchForm(formdata=looked_for if request.method == "GET" else request.form)
    matches: list[Match] | None = None
    if not form.errors and search.validate() and not search.to_sought().is_empty:
        with search.errors_from_domain():
            matches = persons.find_matches(search.to_sought(), by=by)
            form.token.data = persons.search_token(search.to_sought(), by=by)
    if request.method == "GET":
        for name in ("first_name", "last_name", "birth", "relation", "is_dependant"):
            form[name].data = search[name].data
    page = render_template(
        "intake/add_member.html",
        case=case,
        file=case_file(case, by, current="show_person"),
        search=search,
        matches=matches,
        new=form,
        form=form if form.errors else search,
    )
    return page, 422 if form.errors or search.errors else 200


@bp.route("/cases/<uuid:case_id>/household/known", methods=["POST"])
@requires(policy.can_handle_case, cases.get)
def add_known_member(case: Case, *, by: Actor) -> ResponseReturnValue:
    def do() -> str:
        relation = request.form.get("relation", "")
        households.add_member(
            households.ensure(case, by=by),
            person=sent_person(by),
            relation=Relation(relation) if relation in set(Relation) else Relation.OTHER,
            is_dependant=request.form.get("is_dependant") == "y",
            by=by,
        )
        return url_for("intake.show_person", case_id=case.id)

    return act(ActForm(), do, by=by, said=_("Added to the household."))


def _member(case: Case, member_id: uuid.UUID) -> HouseholdMember:
    member = households.get_member(member_id)
    if member is None or member.household_id != case.household_id:
        raise DomainError(_("This person is not in the household of this file."))
    return member


@bp.route("/cases/<uuid:case_id>/household/<uuid:member_id>/end", methods=["POST"])
@requires(policy.can_handle_case, cases.get, param="case_id")
def end_member(case: Case, *, member_id: uuid.UUID, by: Actor) -> ResponseReturnValue:
    def do() -> str:
        households.end_member(_member(case, member_id), by=by)
        return url_for("intake.show_person", case_id=case.id)

    return act(ActForm(), do, by=by, said=_("Noted: no longer in the household."))


@bp.route("/cases/<uuid:case_id>/household/<uuid:member_id>/change", methods=["GET", "POST"])
@requires(policy.can_handle_case, cases.get, param="case_id")
def change_member(case: Case, *, member_id: uuid.UUID, by: Actor) -> ResponseReturnValue:
    """What is known of someone in the household: language, safe contact, what a minor can decide."""
    person = _member(case, member_id).person
    if person is None:
        return redirect(url_for("intake.show_person", case_id=case.id))
    return change_of(case, person, by)
