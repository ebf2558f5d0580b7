"""Policy themes on notices and files, and bundles for coordinator and steering group."""

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from core.access import Actor, Role, requires
from core.acting import carry_out
from core.db import session
from core.i18n import _
from intake import bundles, cases, policy
from intake.bundle_labels import FEEDBACK, STATUS
from intake.forms.bundles import ConfirmForm, ProposeForm, RejectForm, TagForm
from intake.models.bundles import Bundle, PolicyTag, PolicyTheme
from intake.models.cases import Case
from intake.models.signals import Signal
from intake.views import bp
from workflows.signal_source import THEMES


def get_signal(signal_id: object) -> Signal | None:
    return session.get(Signal, signal_id)


def get_tag(tag_id: object) -> PolicyTag | None:
    return session.get(PolicyTag, tag_id)


def get_bundle(bundle_id: object) -> Bundle | None:
    return session.get(Bundle, bundle_id)


def bundles_signals(actor: Actor) -> bool:
    """Coordinator and steering group of a partnership: aggregates only."""
    return actor.partnership_id is not None and actor.has(Role.COORDINATOR, Role.STEERING_GROUP)


def can_propose_bundle(actor: Actor) -> bool:
    return bundles_signals(actor) and actor.has(Role.COORDINATOR)


def can_decide_bundle(actor: Actor, bundle: Bundle) -> bool:
    same = bundle.partnership_id == actor.partnership_id
    return same and bundles_signals(actor) and actor.has(Role.STEERING_GROUP)


def can_untag(actor: Actor, tag: PolicyTag) -> bool:
    return policy.is_intake_worker(actor) and tag.tenant_id == actor.tenant_id


# ---------------------------------------------------------------- tagging
@bp.route("/notices/<uuid:signal_id>/policy-theme", methods=["GET", "POST"])
@requires(policy.can_handle_signal, get_signal)
def tag_signal(signal: Signal, *, by: Actor) -> ResponseReturnValue:
    return _tag(signal, by, url_for("intake.show_signal", signal_id=signal.id))


@bp.route("/cases/<uuid:case_id>/policy-theme", methods=["GET", "POST"])
@requires(policy.can_handle_case, cases.get)
def tag_case(case: Case, *, by: Actor) -> ResponseReturnValue:
    return _tag(case, by, url_for("intake.show_case", case_id=case.id))


def _tag(record: Signal | Case, by: Actor, back: str) -> ResponseReturnValue:
    form = TagForm()

    def do() -> str:
        bundles.tag(record, PolicyTheme(form.theme.data), by=by)
        return back

    if form.validate_on_submit() and (to := carry_out(form, do, by=by)):
        flash(_("The theme is noted. Only counts of five files or more ever leave the organization."), "ok")
        return redirect(to)
    page = render_template(
        f"intake/tag_{record.subject_type}.html",
        form=form,
        record=record,
        back=back,
        tags=bundles.tags_of(record),
        themes=THEMES,
    )
    return page, 422 if form.errors else 200


@bp.route("/policy-themes")
@requires(policy.is_intake_worker)
def list_tags(*, by: Actor) -> ResponseReturnValue:
    """What I tagged, and what policy answered."""
    return render_template(
        "intake/list_tags.html", rows=bundles.my_tags(by), themes=THEMES, status=STATUS, answers=FEEDBACK
    )


@bp.route("/policy-themes/<uuid:tag_id>/remove", methods=["POST"])
@requires(can_untag, get_tag)
def untag(tag: PolicyTag, *, by: Actor) -> ResponseReturnValue:
    form = ConfirmForm()

    def do() -> str:
        bundles.untag(tag, by=by)
        return url_for("intake.list_tags")

    if form.validate_on_submit() and (to := carry_out(form, do, by=by)):
        return redirect(to)
    for message in form.form_errors:
        flash(message, "danger")
    return redirect(url_for("intake.list_tags"))


# ---------------------------------------------------------------- bundling
@bp.route("/bundles")
@requires(bundles_signals)
def list_bundles(*, by: Actor) -> ResponseReturnValue:
    return render_template(
        "intake/list_bundles.html",
        candidates=bundles.candidates(by) if can_propose_bundle(by) else [],
        rows=bundles.bundles_of(by),
        by=by,
        themes=THEMES,
        status=STATUS,
        answers=FEEDBACK,
        zone_name=bundles.zone_name,
        coordinator=can_propose_bundle(by),
        steering=by.has(Role.STEERING_GROUP),
    )


@bp.route("/bundles/new", methods=["GET", "POST"])
@requires(can_propose_bundle)
def propose_bundle(*, by: Actor) -> ResponseReturnValue:
    """The grain comes from the list of candidates; nothing else can be asked for."""
    wanted = [request.args.get(name, "") for name in ("theme", "zone", "quarter")]
    found = next((c for c in bundles.candidates(by) if [c.theme, c.zone, c.quarter] == wanted), None)
    if found is None:
        abort(404)
    form = ProposeForm()

    def do() -> str:
        bundles.propose(found.theme, found.zone, found.quarter, summary=form.summary.data or "", by=by)
        return url_for("intake.list_bundles")

    if form.validate_on_submit() and (to := carry_out(form, do, by=by)):
        flash(_("Proposed. The steering group looks at it."), "ok")
        return redirect(to)
    page = render_template("intake/propose_bundle.html", form=form, candidate=found, themes=THEMES)
    return page, 422 if form.errors else 200


@bp.route("/bundles/<uuid:bundle_id>/validate", methods=["GET", "POST"])
@requires(can_decide_bundle, get_bundle)
def validate_bundle(bundle: Bundle, *, by: Actor) -> ResponseReturnValue:
    return _decide(bundle, ConfirmForm(), by, rejecting=False)


@bp.route("/bundles/<uuid:bundle_id>/reject", methods=["GET", "POST"])
@requires(can_decide_bundle, get_bundle)
def reject_bundle(bundle: Bundle, *, by: Actor) -> ResponseReturnValue:
    return _decide(bundle, RejectForm(), by, rejecting=True)


def _decide(
    bundle: Bundle, form: ConfirmForm | RejectForm, by: Actor, *, rejecting: bool
) -> ResponseReturnValue:
    def do() -> str:
        if isinstance(form, RejectForm):
            bundles.reject(bundle, reason=form.reason.data or "", by=by)
        else:
            bundles.validate(bundle, by=by)
        return url_for("intake.list_bundles")

    if form.validate_on_submit() and (to := carry_out(form, do, by=by)):
        flash(
            _("Kept inside the partnership.") if rejecting else _("Validated. Policy sees the counts now."),
            "ok",
        )
        return redirect(to)
    page = render_template(
        "intake/reject_bundle.html" if rejecting else "intake/validate_bundle.html",
        form=form,
        bundle=bundle,
        rejecting=rejecting,
        themes=THEMES,
        zone=bundles.zone_name(bundle.zone),
    )
    return page, 422 if form.errors else 200
