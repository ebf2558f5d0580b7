"""Who a file is about: search first, choose or make, look and change."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from core import audit
from core.access import Actor, requires
from core.acting import act, carry_out
from core.asking import asks
from core.errors import DomainError
from core.i18n import _
from core.merging import say_taken_over, took_over
from core.text import uuid_or_none
from intake import cases, copies, households, person_merges, persons, places, policy, referrals, signals
from intake.forms.cases import ActForm
from intake.forms.persons import HouseholdForm, PersonForm, PersonSearchForm
from intake.models.cases import Case
from intake.models.persons import Person
from intake.persons import Match
from intake.views import bp
from intake.views.texts import case_file

SOUGHT = ("first_name", "last_name", "birth", "phone", "ssin")


@bp.route("/cases/<uuid:case_id>/person/choose", methods=["GET", "POST"])
@requires(policy.can_handle_case, cases.get)
@asks(*SOUGHT)
def choose_person(case: Case, *, asked: dict[str, str], by: Actor) -> ResponseReturnValue:
    return _choose(case, by, asked)


def _choose(
    case: Case, by: Actor, asked: dict[str, str], form: PersonForm | None = None
) -> ResponseReturnValue:
    """One page: what was typed, who it may be with the reasons, and a new person when it is nobody."""
    typed = asked if any(asked.values()) else _known_of(case)
    search = PersonSearchForm(formdata=MultiDict(typed))
    matches: list[Match] | None = None
    token = ""
    if search.validate() and not search.to_sought().is_empty:
        with search.errors_from_domain():
            matches = persons.find_matches(search.to_sought(), by=by)
            token = persons.search_token(search.to_sought(), by=by)
    new = form or _new_person(search, token, case)
    page = render_template(
        "intake/choose_person.html",
        case=case,
        file=case_file(case, by, current="show_person"),
        search=search,
        matches=matches,
        earlier=cases.of_persons([m.person.id for m in matches], but=case, by=by) if matches else {},
        new=new,
        token=token,
        form=new if new.errors else search,
    )
    return page, 422 if new.errors or search.errors else 200


def _new_person(search: PersonSearchForm, token: str, case: Case) -> PersonForm:
    form = PersonForm(formdata=None)
    for name in SOUGHT:
        form[name].data = search[name].data
    form.token.data, form.place.data = token, places.name(case.nis)
    return form


def _known_of(case: Case) -> dict[str, str]:
    """What the notice or the accepted referral already says, so that nothing is typed twice."""
    if case.copied_from_id is not None:
        referral = referrals.get(case.copied_from_id)
        if referral is not None:
            name, born = copies.agreed_name(referral)
            first, _sep, last = name.partition(" ")
            return {"first_name": first if last else "", "last_name": last or first, "birth": born}
    signal = signals.of_case(case)
    if signal is None:
        return {}
    first, _sep, last = signal.subject_name.partition(" ")
    return {"first_name": first if last else "", "last_name": last or first, "phone": signal.subject_phone}


@bp.route("/cases/<uuid:case_id>/person", methods=["POST"])
@requires(policy.can_handle_case, cases.get)
def set_person(case: Case, *, by: Actor) -> ResponseReturnValue:
    form = ActForm()

    def do() -> str:
        cases.set_person(case, person=sent_person(by), by=by, version=form.sent_version)
        return url_for("intake.show_case", case_id=case.id)

    return act(form, do, by=by, said=_("The person is set."))


def sent_person(by: Actor) -> Person:
    """The person that a form of choice sends along; raises DomainError for one this actor may not see."""
    wanted = uuid_or_none(request.form.get("person_id"))
    person = persons.get(wanted) if wanted is not None else None
    if person is None or not policy.can_see_person(by, person):
        raise DomainError(_("This person is not known here. Search again."))
    return person


@bp.route("/cases/<uuid:case_id>/person/merge", methods=["GET", "POST"])
@requires(policy.can_handle_case, cases.get)
def merge_person(case: Case, *, by: Actor) -> ResponseReturnValue:
    """Who was written down twice: choose the double, whose files come along."""
    person = case.person
    if person is None:
        return redirect(url_for("intake.choose_person", case_id=case.id))
    if request.method == "POST":

        def do() -> str:
            person_merges.merge_persons(sent_person(by), person, by=by)
            return url_for("intake.show_person", case_id=case.id)

        return act(ActForm(), do, by=by, said=_("The two are one person now. All files are kept."))
    return render_template(
        "intake/merge_person.html",
        case=case,
        person=person,
        file=case_file(case, by, current="show_person"),
        matches=person_merges.doubles_of(person, by=by),
    )


@bp.route("/cases/<uuid:case_id>/person/new", methods=["POST"])
@requires(policy.can_handle_case, cases.get)
def create_person(case: Case, *, by: Actor) -> ResponseReturnValue:
    form = PersonForm()
    if form.validate_on_submit():

        def do() -> str:
            new = form.to_new(_nis(form) or case.nis)
            person = persons.create_person(new, token=form.token.data or "", by=by)
            cases.set_person(case, person=person, by=by, version=form.sent_version)
            return url_for("intake.show_case", case_id=case.id)

        to = carry_out(form, do, by=by, record=case)
        if to:
            flash(_("The person is set."), "ok")
            return redirect(to)
    names = {name: form[name].data or "" for name in ("first_name", "last_name", "birth", "phone")}
    return _choose(case, by, names, form)


def _nis(form: PersonForm) -> str | None:
    text = (form.place.data or "").strip()
    return places.parse(text).nis if text else None


@bp.route("/cases/<uuid:case_id>/household", methods=["POST"])
@requires(policy.can_handle_case, cases.get)
def set_household(case: Case, *, by: Actor) -> ResponseReturnValue:
    form = HouseholdForm()
    if form.validate_on_submit():

        def do() -> str:
            name = form.household_name.data or ""
            household = households.create_household(name, nis=case.nis, first=case.person, by=by)
            cases.set_person(case, household=household, by=by)
            return url_for("intake.show_person", case_id=case.id)

        to = carry_out(form, do, by=by, record=case)
        if to:
            flash(_("The household is set."), "ok")
            return redirect(to)
    return _person_page(case, by, form)


@bp.route("/cases/<uuid:case_id>/person", methods=["GET"])
@requires(policy.can_see_case, cases.get)
def show_person(case: Case, *, by: Actor) -> ResponseReturnValue:
    return _person_page(case, by, HouseholdForm(formdata=None))


def _person_page(case: Case, by: Actor, form: HouseholdForm) -> ResponseReturnValue:
    if case.person is None:
        return redirect(url_for("intake.choose_person", case_id=case.id))
    audit.read(case.person, by=by)
    page = render_template(
        "intake/show_person.html",
        case=case,
        person=case.person,
        members=households.members_of(case),
        file=case_file(case, by, current="show_person"),
        form=form,
    )
    return page, 422 if form.errors else 200


@bp.route("/cases/<uuid:case_id>/person/change", methods=["GET", "POST"])
@requires(policy.can_handle_case, cases.get)
def change_person(case: Case, *, by: Actor) -> ResponseReturnValue:
    person = case.person
    if person is None:
        return redirect(url_for("intake.choose_person", case_id=case.id))
    return change_of(case, person, by)


def change_of(case: Case, person: Person, by: Actor) -> ResponseReturnValue:
    """The form of a person of this file; what a colleague changed meanwhile is taken along."""
    form, known = PersonForm(), PersonForm(formdata=None)
    known.show(person, places.name(person.nis))
    if request.method == "GET" and not form.restored:
        audit.read(person, by=by)
        form.show(person, places.name(person.nis))
    taken: list[str] = []
    if form.validate_on_submit():

        def do() -> str:
            persons.change_person(person, form.to_new(_nis(form)), by=by, version=form.sent_version)
            return url_for("intake.show_person", case_id=case.id)

        taken = took_over(form, known, person)
        to = None if form.errors else carry_out(form, do, by=by, record=person)
        if to:
            flash(_("Saved."), "ok")
            say_taken_over(taken)
            return redirect(to)
    if not form.version.data:
        form.version.data = str(person.version)
    if not form.base.data:
        form.remember(known)
    file = case_file(case, by, current="show_person")
    page = render_template("intake/change_person.html", case=case, person=person, form=form, file=file)
    return page, 422 if form.errors else 200
