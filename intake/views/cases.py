"""Files: the list, one file, its questions and referrals, its plan, and how it ends."""

import contextlib
import uuid
from types import SimpleNamespace
from typing import Any

from flask import Response, after_this_request, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import joinedload

from core import audit, clock, kept_filters
from core.access import Actor, requires
from core.acting import act, carry_out
from core.db import own_transaction, release, session
from core.i18n import _
from core.models.accounts import TenantKind, User
from intake import (
    cases,
    closing,
    day,
    help_requests,
    labels,
    look_backs,
    notes,
    places,
    policy,
    referrals,
    rights,
    timeline,
    turns,
)
from intake.forms.cases import (
    ActForm,
    AllocateForm,
    AttemptForm,
    CloseCaseForm,
    FollowUpForm,
    NoteForm,
    OpenCaseForm,
    PhaseForm,
    ReopenForm,
    close_case_form,
)
from intake.forms.referrals import AnswerForm
from intake.models.cases import Case, CaseStatus, ClosingReason
from intake.models.help_requests import HelpRequest
from intake.models.referrals import Referral, ReferralStatus
from intake.models.vocabulary import Urgency
from intake.views import bp
from intake.views.texts import case_file

PAGE = 25
TABS = ("mine", "all", "unallocated", "closed")
PHASES = tuple(str(status) for status in CaseStatus if status != CaseStatus.CLOSED)


@bp.route("/cases")
@requires(policy.is_intake_worker)
def list_cases(*, by: Actor) -> ResponseReturnValue:
    chosen = kept_filters.of_list(
        "intake.list_cases", tab=TABS, phase=["", *PHASES], urgency=["", *(str(each) for each in Urgency)]
    )
    tab = chosen["tab"]
    query = policy.cases_visible_to(by).options(
        joinedload(Case.person), joinedload(Case.holder), joinedload(Case.household)
    )
    query = query.where(
        Case.status == CaseStatus.CLOSED if tab == "closed" else Case.status != CaseStatus.CLOSED
    )
    if tab == "mine":
        query = query.where(Case.holder_id == by.user_id)
    elif tab == "unallocated":
        query = query.where(Case.is_provisional)
    if chosen["phase"]:
        query = query.where(Case.status == CaseStatus(chosen["phase"]))
    if chosen["urgency"]:
        query = query.where(Case.urgency == Urgency(chosen["urgency"]))
    with contextlib.suppress(ValueError):
        query = query.where(Case.id < uuid.UUID(request.args.get("after", "")))
    rows = list(session.scalars(query.order_by(Case.id.desc()).limit(PAGE + 1)))
    after = str(rows[PAGE - 1].id) if len(rows) > PAGE else None
    return render_template(
        "intake/list_cases.html",
        rows=rows[:PAGE],
        turns=_turns(rows[:PAGE], by),
        chosen=chosen,
        tabs=_list_tabs(chosen),
        selects=_selects(),
        more=chosen.url(after=after) if after else None,
        form=OpenCaseForm(),
    )


def _turns(rows: list[Case], by: Actor) -> dict[uuid.UUID, turns.Turn]:
    """Whose turn each file is, as its own page says it."""
    running = referrals.running_of(rows)
    return {case.id: turns.of_file(case, running.get(case.id, []), by) for case in rows}


def _list_tabs(chosen: kept_filters.Filter) -> list[Any]:
    texts = {
        "mine": _("Mine"),
        "all": _("Whole organization"),
        "unallocated": _("To allocate"),
        "closed": _("Closed"),
    }
    return [
        SimpleNamespace(label=text, url=chosen.url(tab=code), current=code == chosen["tab"])
        for code, text in texts.items()
    ]


def _selects() -> list[Any]:
    phases = [(code, labels.label(CaseStatus(code))) for code in PHASES]
    urgencies = [(str(each), labels.label(each)) for each in Urgency]
    return [
        ("phase", _("Phase"), [("", _("Every phase")), *phases]),
        ("urgency", _("Urgency"), [("", _("Every urgency")), *urgencies]),
    ]


@bp.route("/cases/new", methods=["GET", "POST"])
@requires(policy.is_intake_worker)
def open_case(*, by: Actor) -> ResponseReturnValue:
    form = OpenCaseForm()
    if form.validate_on_submit():

        def do() -> str:
            place = places.parse(form.place.data or "")
            case = cases.open_case(nis=place.nis, status=CaseStatus.INTAKE, by=by)
            return url_for("intake.choose_person", case_id=case.id)

        to = carry_out(form, do, by=by)
        if to:
            return redirect(to)
    return render_template("intake/open_case.html", form=form), 422 if form.errors else 200


@bp.route("/cases/<uuid:case_id>")
@requires(policy.can_see_case, cases.get)
def show_case(case: Case, *, by: Actor) -> ResponseReturnValue:
    return page_of(case, by)


def page_of(case: Case, by: Actor, code: int = 200, **forms: Any) -> ResponseReturnValue:
    """The overview of a file; a form that was refused comes back in its place with what was typed."""
    audit.read(case, by=by)
    only = request.args.get("only", "") if request.method == "GET" else ""
    before = request.args.get("before", type=int)
    story = timeline.of_case(case, only=only, before=before, reader_id=by.user_id)
    requests = help_requests.of_case(case)
    sent = referrals.of_case(case)
    if code == 200 and not only and before is None and case.holder_id == by.user_id:
        _note_seen(case, story, by)
    given = {
        "note": forms.get("note") or NoteForm(formdata=None),
        "attempt": forms.get("attempt") or AttemptForm(formdata=None),
        "follow_up": forms.get("follow_up") or FollowUpForm(formdata=None),
        "answer": forms.get("answer") or AnswerForm(formdata=None),
    }
    asked = next((r for r in sent if r.status == ReferralStatus.QUESTION_ASKED), None)
    return render_template(
        "intake/show_case.html",
        case=case,
        file=case_file(case, by, current="show_case", sent=sent, questions=len(requests)),
        entries=story.entries,
        news=story.news,
        takes_aid=_asks_for_aid(case, by),
        after=story.after,
        only=only,
        filters=_filters(case, only),
        requests=requests,
        sent=sent,
        asked=asked,
        contradicted=look_backs.contradicted(sent),
        question=_last_question(story.entries, asked),
        route=_route(case),
        next_step=cases.NEXT_STEP.get(case.status),
        forms=given,
        form=next((f for f in given.values() if f.errors), given["note"]),
        open_form=next((name for name, f in given.items() if f.errors), ""),
        tell_until=None if case.is_closed else story.tell_until,
        today=clock.today(),
        may_restrict=not case.is_closed and policy.can_restrict_case(by, case),
        process_url=url_for("workflows.show_diagram", subject=case),
        by=by,
    ), code


def _asks_for_aid(case: Case, by: Actor) -> bool:
    """At an OCMW every contact asks whether it is a request for aid."""
    return by.tenant_kind == TenantKind.OCMW and case.tenant_id == by.tenant_id and not case.is_closed


def _note_seen(case: Case, story: timeline.Page, by: Actor) -> None:
    """Opening a file empties its news: written beside the request, and only when there is something newer."""
    if request.method != "GET" or story.newest <= (story.seen or 0):
        return

    case_id = case.id

    @after_this_request
    def write(response: Response) -> Response:
        release()  # the page is made: no read stays open beside the write
        with own_transaction() as own:
            day.mark_seen(case_id, story.newest, story.seen, by=by, within=own)
        return response


def _last_question(entries: list[timeline.Entry], asked: Referral | None) -> timeline.Entry | None:
    if asked is None:
        return None
    return next((entry for entry in entries if entry.event == "referral.question_asked"), None)


def _filters(case: Case, only: str) -> list[Any]:
    texts = {
        "": _("All"),
        "contact": _("Contact"),
        "shared": _("Shared"),
        "notes": _("Notes"),
        "changes": _("Changes"),
    }
    return [
        SimpleNamespace(
            label=text,
            url=url_for("intake.show_case", case_id=case.id, only=code or None, _anchor="tijdlijn"),
            current=code == only,
        )
        for code, text in texts.items()
    ]


def _route(case: Case) -> list[Any]:
    """The steps in plain words; waiting for someone is shown where the file stands."""
    now = {
        CaseStatus.AWAITING_PARTNER: CaseStatus.IN_SUPPORT,
        CaseStatus.AWAITING_CITIZEN: CaseStatus.IN_SUPPORT,
    }.get(case.status, case.status)
    place = cases.PHASES.index(now) if now in cases.PHASES else len(cases.PHASES)
    steps = []
    for number, phase in enumerate(cases.PHASES):
        state = "done" if number < place else "now" if number == place else "todo"
        is_waiting = state == "now" and case.status != now
        steps.append(
            SimpleNamespace(text=labels.label(case.status if is_waiting else phase), state=state, meta="")
        )
    closed = "done" if case.is_closed else "todo"
    return [*steps, SimpleNamespace(text=_("Close"), state=closed, meta="")]


@bp.route("/cases/<uuid:case_id>/referrals")
@requires(policy.can_see_case, cases.get)
def list_case_referrals(case: Case, *, by: Actor) -> ResponseReturnValue:
    audit.read(case, by=by)
    sent = referrals.of_case(case)
    file = case_file(case, by, current="list_case_referrals", sent=sent)
    return render_template("intake/list_case_referrals.html", case=case, file=file, sent=sent, by=by)


@bp.route("/cases/<uuid:case_id>/plan")
@requires(policy.can_see_case, cases.get)
def show_plan(case: Case, *, by: Actor) -> ResponseReturnValue:
    audit.read(case, by=by, action="case.printed")
    return render_template(
        "intake/show_plan.html",
        case=case,
        requests=help_requests.of_case(case),
        sent=referrals.of_case(case),
        plans=notes.open_follow_ups(case),
        today=clock.today(),
        by=by,
    )


# ---------------------------------------------------------------- one act each
@bp.route("/cases/<uuid:case_id>/next", methods=["POST"])
@requires(policy.can_handle_case, cases.get)
def move_case_on(case: Case, *, by: Actor) -> ResponseReturnValue:
    form = ActForm()

    def do() -> str:
        cases.move_on(case, by=by, version=form.sent_version)
        return url_for("intake.show_case", case_id=case.id)

    return act(form, do, by=by, said=_("Done. The file is in its next step."))


@bp.route("/cases/<uuid:case_id>/ask-citizen", methods=["POST"])
@requires(policy.can_handle_case, cases.get)
def ask_citizen(case: Case, *, by: Actor) -> ResponseReturnValue:
    form = ActForm()

    def do() -> str:
        cases.ask_citizen(case, by=by, version=form.sent_version)
        return url_for("intake.show_case", case_id=case.id)

    return act(form, do, by=by, said=_("Noted. The citizen is at turn now."))


@bp.route("/cases/<uuid:case_id>/phase", methods=["GET", "POST"])
@requires(policy.can_handle_case, cases.get)
def set_phase(case: Case, *, by: Actor) -> ResponseReturnValue:
    form = PhaseForm(phase=str(case.status))
    if form.validate_on_submit():

        def do() -> str:
            cases.set_phase(case, CaseStatus(form.phase.data), by=by, version=form.sent_version)
            return url_for("intake.show_case", case_id=case.id)

        to = carry_out(form, do, by=by, record=case)
        if to:
            return redirect(to)
    return _small_page("intake/set_phase.html", case, form, by)


@bp.route("/cases/<uuid:case_id>/allocate", methods=["GET", "POST"])
@requires(policy.can_allocate, cases.get)
def allocate_case(case: Case, *, by: Actor) -> ResponseReturnValue:
    workers = cases.workers_of(case.tenant_id)
    form = AllocateForm(workers=[(u.id, u.name) for u in workers], to=str(case.holder_id or ""))
    if form.validate_on_submit():

        def do() -> str:
            to = session.get_one(User, uuid.UUID(form.to.data))
            cases.allocate(case, to, by=by, version=form.sent_version)
            return url_for("intake.show_case", case_id=case.id)

        to = carry_out(form, do, by=by, record=case)
        if to:
            flash(_("Allocated."), "ok")
            return redirect(to)
    return _small_page("intake/allocate_case.html", case, form, by)


@bp.route("/cases/<uuid:case_id>/close", methods=["GET", "POST"])
@requires(policy.can_handle_case, cases.get)
def close_case(case: Case, *, by: Actor) -> ResponseReturnValue:
    asked = help_requests.of_case(case)
    form = close_case_form(asked, rights.unsettled(case))
    form.fill_at_once(request.form.get("at_once", ""))
    if form.validate_on_submit():

        def do() -> str:
            cases.close_case(
                case,
                ClosingReason(form.reason.data),
                outcomes=form.outcomes(),
                rights_ends=form.rights_ends(),
                note=form.note.data or "",
                by=by,
                version=form.sent_version,
            )
            return url_for("intake.show_case", case_id=case.id)

        to = carry_out(form, do, by=by, record=case)
        if to:
            flash(_("The file is closed."), "ok")
            return redirect(to)
    sent = referrals.of_case(case)
    if request.method == "GET" and not form.restored:
        _suggest_ends(form, asked, closing.finished_questions(sent))
        if request.args.get("reason") in set(ClosingReason):
            form.reason.data = request.args["reason"]
    file = case_file(case, by, current="", sent=sent, questions=len(asked))
    return _small_page("intake/close_case.html", case, form, by, file=file, at_once=closing.at_once(sent))


def _suggest_ends(form: CloseCaseForm, asked: list[HelpRequest], finished: set[uuid.UUID]) -> None:
    """What the citizen or a partner said stands filled in: look and confirm."""
    open_ones = [question for question in asked if question.closed_at is None]
    outcomes = closing.known_outcomes(open_ones, finished)
    for key, outcome in outcomes.items():
        form[f"outcome_{key}"].data = str(outcome)
    if reason := closing.known_reason(open_ones, outcomes):
        form.reason.data = str(reason)


@bp.route("/cases/<uuid:case_id>/reopen", methods=["GET", "POST"])
@requires(policy.can_handle_case, cases.get)
def reopen_case(case: Case, *, by: Actor) -> ResponseReturnValue:
    form = ReopenForm()
    if form.validate_on_submit():

        def do() -> str:
            cases.reopen_case(case, CaseStatus(form.phase.data), by=by, version=form.sent_version)
            return url_for("intake.show_case", case_id=case.id)

        to = carry_out(form, do, by=by, record=case)
        if to:
            flash(_("The file is open again."), "ok")
            return redirect(to)
    return _small_page("intake/reopen_case.html", case, form, by)


def _small_page(
    template: str, case: Case, form: Any, by: Actor, *, file: SimpleNamespace | None = None, **more: Any
) -> ResponseReturnValue:
    """A page of the file with one form."""
    audit.read(case, by=by)
    if not form.version.data:
        form.version.data = str(case.version)
    file = file or case_file(case, by, current="")
    return render_template(template, case=case, file=file, form=form, **more), 422 if form.errors else 200
