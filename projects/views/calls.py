"""Calls: the public page, and drafting, checking, approving and steering them."""

from collections.abc import Callable
from typing import Any

from flask import Response, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import selectinload

from core import clock
from core.access import Actor, current_actor, public, requires
from core.acting import carry_out, perform
from core.db import session
from core.fields import choices
from core.forms import Form
from core.i18n import _
from projects import calls, changes, decisions, duties, lapsed_changes, ledger, letters, policy, reading
from projects.forms.acts import ActForm, AnnounceForm, ReasonForm, VisumForm
from projects.forms.assessments import ChecksField
from projects.forms.calls import (
    AdviceForm,
    CallForm,
    CostCategoriesForm,
    CriteriaForm,
    DutiesForm,
    NewCallForm,
    QuestionsForm,
    RoundForm,
)
from projects.labels import AID_TYPES, PHASES, SECTORS, STATUS
from projects.models.calls import Call, CallStatus, Round
from projects.models.needs import Need, NeedStatus
from projects.models.payments import EntryKind
from projects.views import bp, call_standing
from projects.views.showing import header, keyset, timeline
from workflows import tasks
from workflows.signal_source import THEMES


def get_call(call_id: object) -> Call | None:
    return session.get(Call, call_id)


def get_round(round_id: object) -> Round | None:
    return session.get(Round, round_id)


def can_handle_round(actor: Actor, planned: Round) -> bool:
    return policy.can_handle_call(actor, planned.call)


@bp.route("/calls")
@public
def list_calls() -> ResponseReturnValue:
    """Everybody sees what was published; the authority its own calls in every state."""
    actor = current_actor()
    query = policy.visible_calls(actor) if actor else policy.published_calls()
    rows, after = keyset(query.options(selectinload(Call.rounds)), Call.number)
    now = clock.now()
    own = [call for call in rows if actor and policy.is_staff(actor) and call.tenant_id == actor.tenant_id]
    turns = tasks.turn_holders(own, actor) if actor and own else {}
    return render_template(
        "projects/list_calls.html",
        calls=[
            (
                call,
                call_standing.shown(call, calls.phase_now(call, now), turn),
                calls.deadline(call, now),
                turn,
            )
            for call in rows
            for turn in [call_standing.of(turns, call)]
        ],
        after=after,
        themes=THEMES,
        words=STATUS["call"],
        may_draft=actor is not None and policy.is_officer(actor),
    )


@bp.route("/calls/<uuid:call_id>")
@public
def show_call(call_id: object) -> ResponseReturnValue:
    """The public page of a call; the authority sees drafts and its own buttons too."""
    call, actor = get_call(call_id), current_actor()
    if call is None or not (call.is_public or (actor and policy.can_see_call(actor, call))):
        abort(404)
    now = clock.now()
    staff = actor is not None and policy.can_handle_call(actor, call)
    steers = actor is not None and policy.is_staff(actor) and call.tenant_id == actor.tenant_id
    found = reading.of_call(call) if steers else reading.of_public_call(call)
    context: dict[str, Any] = {
        "call": call,
        "phase": calls.phase_now(call, now),
        "open_round": calls.open_round(call, now),
        "notices": found["notices"],
        "phases": call_standing.phases(call, calls.phase_now(call, now)),
        "themes": THEMES,
        "aid_types": AID_TYPES,
        "phase_names": PHASES,
        "sectors": SECTORS,
        "words": STATUS["call"],
        "may_apply": actor is not None and policy.is_applicant(actor),
        "staff": staff,
        "decided": decisions.are_public(call),
    }
    if actor is not None and steers:
        proposed = changes.waiting(call, found["changes"])
        parts = tabs(call, actor, "overview")
        file = header(call, actor, name=call.title, meta=call.number, tabs=parts)
        context |= {
            "file": file,
            **call_standing.standing(
                call, file["turn"], context["phase"], reading.only(found, "came_in"), now
            ),
            "may_approve": call.status != CallStatus.IN_REVIEW
            or calls.may_approve(call, actor.user_id, calls.review_askers([call.id])),
            "open_steps": {row.element_id for row in found["steps"]},
            "problems": calls.dead_ends(call) if call.status == CallStatus.DRAFT else [],
            "history": call_standing.with_closings(call, timeline(call, found["history"]), now),
            "advices": found["advices"],
            "proposed": [(one, changes.differences(one)) for one in proposed] if staff else [],
            "not_made": changes.not_made(call, found["changes"]) if staff else [],
            "by": actor,
            "totals": (sums := ledger.by_kind(found["sums"])),
            "free": ledger.free_of(sums),
            "kinds": EntryKind,
        }
        return render_template("projects/_call_staff.html", **context)
    return render_template("projects/show_call.html", **context)


def tabs(call: Call, actor: Actor, current: str) -> list[dict[str, Any]]:
    """The parts of a call that this member of the authority may open."""
    parts = [("overview", _("Overview"), "projects.show_call")]
    if call.is_public:
        parts.append(("applications", _("Applications"), "projects.list_call_applications"))
        if policy.can_see_ranking(actor, call):
            parts.append(("ranking", _("Ranking"), "projects.show_ranking"))
        parts.append(("interests", _("My interests"), "projects.declare_interests"))
    return [
        {"label": label, "url": url_for(endpoint, call_id=call.id), "current": key == current}
        for key, label, endpoint in parts
    ]


@bp.route("/calls/new", methods=["GET", "POST"])
@requires(policy.is_officer)
def draft_call(*, by: Actor) -> ResponseReturnValue:
    form = NewCallForm()

    def draft() -> str:
        made = calls.draft_call(form.title.data or "", theme=form.theme.data, by=by)
        return url_for("projects.edit_call", call_id=made.id)

    if form.validate_on_submit() and (to := carry_out(form, draft, by=by)):
        return redirect(to)
    return render_template(
        "layouts/act.html",
        form=form,
        title=_("New call"),
        lead=_("You fill in the rest on the next page."),
        button=_("Start the draft"),
        kind="",
        back=url_for("projects.list_calls"),
    ), 422 if form.errors else 200


@bp.route("/calls/<uuid:call_id>/edit", methods=["GET", "POST"])
@requires(policy.can_handle_call, get_call)
def edit_call(call: Call, *, by: Actor) -> ResponseReturnValue:
    form = CallForm.of(call)
    back = url_for("projects.show_call", call_id=call.id)

    def save() -> str:
        calls.edit_call(call, by=by, sent_version=form.sent_version, **form.values())
        return back

    if form.validate_on_submit() and (to := carry_out(form, save, by=by, record=call)):
        flash(_("Saved."), "ok")
        return redirect(to)
    page = render_template("projects/edit_call.html", form=form, call=call, back=back)
    return page, 422 if form.errors else 200


@bp.route("/calls/<uuid:call_id>/criteria", methods=["GET", "POST"])
@requires(policy.can_handle_call, get_call)
def edit_criteria(call: Call, *, by: Actor) -> ResponseReturnValue:
    form = CriteriaForm(data={"rows": call.criteria, "version": call.version})
    return _edit_rows(
        call,
        form,
        lambda: calls.set_criteria(call, form.values(), by=by, sent_version=form.sent_version),
        by,
        _("Criteria"),
        _("The weights of the scored criteria add up to 100. Leave a title empty to remove a row."),
        lambda: [f"{c.title}: {c.weight} %" if c.weight else c.title for c in call.criteria],
    )


@bp.route("/calls/<uuid:call_id>/costs", methods=["GET", "POST"])
@requires(policy.can_handle_call, get_call)
def edit_cost_categories(call: Call, *, by: Actor) -> ResponseReturnValue:
    saved = [
        {
            "title": c.title,
            "guidance": c.guidance,
            "vat_accepted": c.vat_accepted,
            "is_wage": c.is_wage,
            "max_hour": c.max_hour_cents,
            "max_share": c.max_share_bp,
        }
        for c in call.cost_categories
    ]
    form = CostCategoriesForm(data={"rows": saved, "version": call.version})
    return _edit_rows(
        call,
        form,
        lambda: calls.set_cost_categories(call, form.values(), by=by, sent_version=form.sent_version),
        by,
        _("Costs that are accepted"),
        _("Leave a name empty to remove a row."),
        lambda: [f"{c.title}. {c.guidance}" for c in call.cost_categories],
    )


@bp.route("/calls/<uuid:call_id>/questions", methods=["GET", "POST"])
@requires(policy.can_handle_call, get_call)
def edit_questions(call: Call, *, by: Actor) -> ResponseReturnValue:
    form = QuestionsForm(data={"rows": call.questions, "version": call.version})
    return _edit_rows(
        call,
        form,
        lambda: calls.set_questions(call, form.values(), by=by, sent_version=form.sent_version),
        by,
        _("Questions"),
        _("Say why you ask and who reads the answer. Leave a question empty to remove it."),
        lambda: [f"{q.title} {q.why}" for q in call.questions],
    )


@bp.route("/calls/<uuid:call_id>/duties", methods=["GET", "POST"])
@requires(policy.can_handle_call, get_call)
def edit_duties(call: Call, *, by: Actor) -> ResponseReturnValue:
    form = DutiesForm(data={"rows": call.duties, "version": call.version})
    return _edit_rows(
        call,
        form,
        lambda: calls.set_duties(call, form.values(), by=by, sent_version=form.sent_version),
        by,
        _("Duties in the agreement"),
        _("Each line says where it comes from. Leave a duty empty to remove it."),
        lambda: [duties.line(duty) for duty in call.duties],
        grid="half",
    )


def _edit_rows(
    call: Call,
    form: Any,
    save: Any,
    by: Actor,
    title: str,
    lead: str,
    held: Callable[[], list[str]],
    grid: str = "fields",
) -> ResponseReturnValue:
    """The page of a table of a draft; `held` tells what a colleague saved meanwhile, after a conflict."""
    return perform(
        form,
        save,
        by=by,
        title=title,
        lead=lead,
        button=_("Save"),
        done=_("Saved."),
        template="projects/_edit_rows.html",
        record=call,
        held=held,
        grid=grid,
        back=url_for("projects.show_call", call_id=call.id),
    )


@bp.route("/calls/<uuid:call_id>/rounds", methods=["GET", "POST"])
@requires(policy.can_handle_call, get_call)
def add_round(call: Call, *, by: Actor) -> ResponseReturnValue:
    """One more window: at once in a draft, by a second person once readers know the call."""
    form = RoundForm()
    is_draft = call.status == CallStatus.DRAFT
    add = calls.add_round if is_draft else changes.propose_round

    return perform(
        form,
        lambda: add(
            call,
            form.name.data or "",
            opens_at=form.opens_at.data,  # type: ignore[arg-type]
            closes_at=form.closes_at.data,
            by=by,
        ),
        by=by,
        title=_("Add a round"),
        button="" if is_draft else _("Propose the change"),
        done=_("The round is added.") if is_draft else _("Proposed. A colleague has to make the change."),
        lead=_("Moments are in the time of Brussels. Without a closing moment the round stays open."),
        back=url_for("projects.show_call", call_id=call.id),
    )


@bp.route("/calls/<uuid:call_id>/announce", methods=["GET", "POST"])
@requires(policy.can_handle_call, get_call)
def announce_change(call: Call, *, by: Actor) -> ResponseReturnValue:
    form = AnnounceForm()
    return perform(
        form,
        lambda: calls.announce_change(call, form.text.data or "", by=by),
        by=by,
        title=_("Announce a change"),
        lead=_("It stands on the public page, and whoever began an application gets a mail."),
        button=_("Announce"),
        done=_("Announced."),
        back=url_for("projects.show_call", call_id=call.id),
    )


@bp.route("/calls/<uuid:call_id>/form")
@public
def print_blank_form(call_id: object) -> ResponseReturnValue:
    """Every question, phase by phase, to prepare on paper; for everybody, as the call itself."""
    call = get_call(call_id)
    if call is None or not call.is_public:
        abort(404)
    disposition = {"Content-Disposition": f'inline; filename="{call.number}.pdf"'}
    return Response(letters.blank_form(call), mimetype="application/pdf", headers=disposition)


@bp.route("/calls/<uuid:call_id>/needs", methods=["GET", "POST"])
@requires(policy.can_handle_call, get_call)
def link_needs(call: Call, *, by: Actor) -> ResponseReturnValue:
    offered = list(session.scalars(policy.visible_needs(by).where(Need.status == NeedStatus.LINKED)))
    form = _needs_form(call, offered)

    def link() -> None:
        chosen = set(form.needs.data or [])  # type: ignore[attr-defined]
        calls.link_needs(call, [need for need in offered if str(need.id) in chosen], by=by)

    return perform(
        form,
        link,
        by=by,
        title=_("Needs that this call answers"),
        button=_("Save"),
        done=_("Saved."),
        lead="" if offered else _("There are no needs yet that were judged relevant."),
        back=url_for("projects.show_call", call_id=call.id),
    )


def _needs_form(call: Call, offered: list[Need]) -> Form:
    named = choices([(str(need.id), f"{need.number} {need.title}") for need in offered])
    kind = type("NeedsForm", (Form,), {"needs": ChecksField(_("Needs"), choices=named)})
    form: Form = kind(data={"needs": [str(need.id) for need in call.needs]})
    return form


@bp.route("/calls/<uuid:call_id>/advice", methods=["GET", "POST"])
@requires(policy.can_handle_call, get_call)
def record_advice(call: Call, *, by: Actor) -> ResponseReturnValue:
    form = AdviceForm()

    def record() -> None:
        calls.record_advice(
            call,
            form.council.data or "",
            received_on=form.received_on.data,  # type: ignore[arg-type]
            text=form.text.data or "",
            reply=form.reply.data or "",
            by=by,
        )

    return perform(
        form,
        record,
        by=by,
        title=_("Advice of a council"),
        button=_("Keep the advice"),
        done=_("Kept."),
        back=url_for("projects.show_call", call_id=call.id),
    )


@bp.route("/calls/<uuid:call_id>/review", methods=["GET", "POST"])
@requires(policy.can_handle_call, get_call)
def send_to_review(call: Call, *, by: Actor) -> ResponseReturnValue:
    return perform(
        ActForm(),
        lambda: calls.send_to_review(call, by=by),
        by=by,
        title=_("Ask a second person to look"),
        lead=_("You cannot approve it yourself."),
        done=_("A colleague can approve it now."),
        back=url_for("projects.show_call", call_id=call.id),
    )


@bp.route("/calls/<uuid:call_id>/approve", methods=["GET", "POST"])
@requires(policy.can_handle_call, get_call)
def approve_call(call: Call, *, by: Actor) -> ResponseReturnValue:
    form = VisumForm()
    return perform(
        form,
        lambda: calls.approve_call(call, visum=form.visum.data or "", by=by),
        by=by,
        title=_("Approve the call"),
        lead=_("The credit is committed with the visum of the financial manager."),
        done=_("Approved."),
        back=url_for("projects.show_call", call_id=call.id),
    )


@bp.route("/calls/<uuid:call_id>/send-back", methods=["GET", "POST"])
@requires(policy.can_handle_call, get_call)
def send_back_call(call: Call, *, by: Actor) -> ResponseReturnValue:
    form = ReasonForm()
    return perform(
        form,
        lambda: calls.send_back(call, reason=form.reason.data or "", by=by),
        by=by,
        title=_("Send back"),
        done=_("Sent back to the author."),
        back=url_for("projects.show_call", call_id=call.id),
        kind="second",
    )


@bp.route("/calls/<uuid:call_id>/publish", methods=["GET", "POST"])
@requires(policy.can_handle_call, get_call)
def publish_call(call: Call, *, by: Actor) -> ResponseReturnValue:
    return perform(
        ActForm(),
        lambda: calls.publish_call(call, by=by),
        by=by,
        title=_("Publish the call"),
        lead=_("Everybody can read it from now on. It opens and closes by the clock."),
        done=_("Published."),
        back=url_for("projects.show_call", call_id=call.id),
    )


@bp.route("/calls/<uuid:call_id>/assess", methods=["GET", "POST"])
@requires(policy.can_handle_call, get_call)
def start_assessment(call: Call, *, by: Actor) -> ResponseReturnValue:
    return perform(
        ActForm(),
        lambda: calls.start_assessment(call, by=by),
        by=by,
        title=_("Begin the assessment"),
        lead=_("From then on the call takes no new applications, and the jury can begin."),
        done=_("The assessment has begun."),
        warnings=_lapsing(call),
        back=url_for("projects.show_call", call_id=call.id),
    )


def _lapsing(call: Call) -> list[str]:
    """What nobody answered yet ends with the act."""
    found = lapsed_changes.waiting_in(call)
    return [
        _("A change waits for a second person and lapses: %(reason)s", reason=one.reason) for one in found
    ]


@bp.route("/calls/<uuid:call_id>/withdraw", methods=["GET", "POST"])
@requires(policy.can_handle_call, get_call)
def withdraw_call(call: Call, *, by: Actor) -> ResponseReturnValue:
    form = ReasonForm()
    return perform(
        form,
        lambda: calls.withdraw_call(call, reason=form.reason.data or "", by=by),
        by=by,
        kind="danger",
        title=_("Withdraw the call"),
        warnings=_lapsing(call),
        lead=call.title,
        done=_("Withdrawn. The public page says why."),
        back=url_for("projects.show_call", call_id=call.id),
    )
