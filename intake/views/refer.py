"""Refer a file, on one page: what is needed, to whom, what is shared, and what the partner will see."""

from datetime import date
from types import SimpleNamespace
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from core import audit, clock
from core.access import Actor, requires
from core.acting import carry_out
from core.db import session
from core.errors import DomainError
from core.i18n import _
from core.text import uuid_or_none
from intake import (
    bases,
    cases,
    consent_texts,
    exclusion_rules,
    items,
    labels,
    partner_view,
    places,
    policy,
    referrals,
    referring,
)
from intake.consent_texts import Told
from intake.exclusion_rules import Excluded
from intake.forms.referrals import ReferForm
from intake.models.bases import BasisKind, Capacity, ConsentChannel
from intake.models.cases import Case
from intake.models.help_requests import HelpRequest
from intake.models.referrals import Referral, ReferralKind
from intake.models.vocabulary import Urgency
from intake.referring import Known
from intake.views import bp
from intake.views.texts import case_file
from socialmap import search
from socialmap.models.directory import Service

HITS = 6
CONSENT_MONTHS = 6


@bp.route("/cases/<uuid:case_id>/refer", methods=["GET", "POST"])
@requires(policy.can_handle_case, cases.get)
def refer_case(case: Case, *, by: Actor) -> ResponseReturnValue:
    known = referring.known_of(case, uuid_or_none(request.values.get("service", "")))
    requests = known.requests
    form = ReferForm(
        requests=requests,
        available=known.held,
        languages=consent_texts.languages(known.texts),
        text_language=_spoken(case, known.texts),
    )
    if request.method == "GET" and not form.restored:
        _prefill(form, case, known)
    if request.form.get("act") == "send" and form.validate_on_submit():

        def do() -> str:
            return url_for("intake.show_case", case_id=_send(case, form, requests, by).case_id)

        to = carry_out(form, do, by=by, record=case)
        if to:
            flash(_sent_text(form), "ok")
            return redirect(to)
    return _page(case, form, known, by)


def _spoken(case: Case, texts: dict[str, Told]) -> str:
    """The language of the citizen where there is a text in it; else Dutch."""
    spoken = case.person.language if case.person is not None else "nl"
    return spoken if spoken in texts else "nl"


def _prefill(form: ReferForm, case: Case, known: Known) -> None:
    """Most referrals are about the first open question, with consent for half a year."""
    requests = known.requests
    first = next((r for r in requests if r.closed_at is None), None)
    wanted = request.args.get("service", "")
    form.service.data, form.q.data = wanted, request.args.get("q") or ""
    form.ends_on.data = _half_year(clock.today()).strftime("%d/%m/%Y")
    before = _sent_before(case)
    if before is not None:
        _fill_as_before(form, before, requests)
    elif first is not None:
        form.help_request.data = str(first.id)
        form.items.data = [str(first.life_domain)]
        if not form.q.data:
            form.q.data = labels.label(first.life_domain)
    form.items.data = [code for code in form.items.data or [] if code not in known.excluded.items]


def _sent_before(case: Case) -> Referral | None:
    """The referral of this file that came back and is sent again, as the link names it."""
    referral_id = uuid_or_none(request.args.get("again"))
    found = referrals.get(referral_id) if referral_id is not None else None
    return found if found is not None and found.case_id == case.id else None


def _fill_as_before(form: ReferForm, before: Referral, requests: list[HelpRequest]) -> None:
    """Nothing is typed twice: the question, what is shared and the better address that the partner gave."""
    package = partner_view.package_of(before)
    form.request.data = next((line.values[0] for line in package.now if line.code == "request"), "")
    form.kind.data, form.urgency.data = str(before.kind), "U1" if before.urgency == Urgency.U1 else "U3"
    offered = {code for code, _text in form.items.choices}
    form.items.data = [code for code in before.items if code in offered]
    asked = next((r for r in requests if r.id == before.help_request_id), None)
    if asked is not None:
        form.help_request.data = str(asked.id)
    if before.better_service_id is not None:
        form.service.data = form.service.data or str(before.better_service_id)
    if not form.q.data:
        form.q.data = before.better_address or (labels.label(asked.life_domain) if asked else "")


def _next_ready(form: ReferForm, hits: list[Any], sent: list[Referral]) -> None:
    """Choose the best service that was not asked yet, so that sending again is one look and one click."""
    tried = {referral.service_id for referral in sent}
    untried = next((hit.service for hit in hits if hit.service.id not in tried), None)
    if untried is not None:
        form.service.data = str(untried.id)


def _half_year(day: date) -> date:
    month = (day.month + CONSENT_MONTHS - 1) % 12 + 1
    return date(day.year + (day.month + CONSENT_MONTHS - 1) // 12, month, min(day.day, 28))


def _send(case: Case, form: ReferForm, requests: list[HelpRequest], by: Actor) -> Referral:
    service = _chosen(form)
    if service is None:
        raise DomainError(_("Choose a service."), field="service")
    kind = ReferralKind(form.kind.data)
    shared = list(form.items.data or [])
    case = cases.open_for_change(case, version=form.sent_version)  # the person it is about may be another now
    referrals.refuse_transfer(case, service, kind)
    basis = None
    if kind.sends_data:
        basis_kind = BasisKind(form.basis.data)
        channel = ConsentChannel(form.channel.data) if form.channel.data else None
        basis = bases.give_basis(
            case,
            service,
            kind=basis_kind,
            shared=shared,
            channel=channel if basis_kind == BasisKind.CONSENT else None,
            witness=form.witness.data or "",
            given=bases.Given(
                capacity=Capacity(form.capacity.data or "citizen"),
                representative=form.representative.data or "",
                interpreter=form.interpreter.data or "",
                exclusions=form.exclusions.data or "",
                language=form.text_language.data or "nl",
                shown=form.told.data or "",
            ),
            motivation=form.motivation.data or "",
            ends_on=form.ends_on.day,
            by=by,
        )
    return referrals.refer(
        case,
        service,
        kind=kind,
        request=form.request.data or "",
        shared=shared,
        urgency=Urgency(form.urgency.data),
        help_request=next((r for r in requests if str(r.id) == form.help_request.data), None),
        basis=basis,
        by=by,
    )


def _sent_text(form: ReferForm) -> str:
    if not ReferralKind(form.kind.data).sends_data:
        return str(_("Noted. No data left your organization."))
    return str(_("Sent. The partner got a mail without a name."))


def _chosen(form: ReferForm) -> Service | None:
    service_id = uuid_or_none(form.service.data)
    return session.get(Service, service_id) if service_id is not None else None


def _page(case: Case, form: ReferForm, known: Known, by: Actor) -> ResponseReturnValue:
    is_look = request.method == "POST" and request.form.get("act") != "send"
    if not form.version.data:
        form.version.data = str(case.version)
    told = known.texts.get(form.text_language.data or "nl")
    form.told.data = told.mark if told is not None else ""
    audit.read(case, by=by)
    hits, sent = _hits(form, case), referrals.of_case(case)
    if request.method == "GET" and request.args.get("again") and not form.service.data:
        _next_ready(form, hits, sent)
    chosen = _chosen(form)
    shown = [hit.service.id for hit in hits] + ([chosen.id] if chosen else [])
    open_ones = {r.service_id: r for r in sent if not r.status.is_final and r.service_id in shown}
    context = {
        "case": case,
        "file": case_file(case, by, current="list_case_referrals", sent=sent, questions=len(known.requests)),
        "hits": hits,
        "chosen": chosen,
        "chosen_card": _card(chosen) if chosen else None,
        "chosen_problem": _problem(case, chosen, form, known.excluded),
        "exclusions": known.exclusions,
        "open_ones": open_ones,
        "preview": _preview(case, form, chosen, known),
        "place": places.name(case.nis),
        "form": form,
        "told": told,
    }
    if request.headers.get("HX-Request") == "true":
        return render_template("intake/_refer_live.html", **context)
    failed = bool(form.errors) and not is_look
    return render_template("intake/refer_case.html", **context), 422 if failed else 200


def _hits(form: ReferForm, case: Case) -> list[Any]:
    found = search.find((form.q.data or "")[:200], nis=case.nis, limit=HITS, only_hits=True)
    return found.hits


def _card(service: Service) -> SimpleNamespace:
    return SimpleNamespace(id=service.id, name=service.name, organization=service.organization.name)


def _problem(case: Case, chosen: Service | None, form: ReferForm, excluded: Excluded) -> str:
    """Why the chosen service cannot be used, said before sending."""
    if chosen is None:
        return ""
    try:
        referrals.refuse_transfer(case, chosen, _kind(form))
        exclusion_rules.refuse(excluded, chosen, _kind(form), (), _ground(form))
    except DomainError as refusal:
        return refusal.message
    return ""


def _kind(form: ReferForm) -> ReferralKind:
    return ReferralKind(form.kind.data) if form.kind.data in set(ReferralKind) else ReferralKind.ANNOUNCED


def _ground(form: ReferForm) -> BasisKind:
    return BasisKind(form.basis.data) if form.basis.data in set(BasisKind) else BasisKind.CONSENT


def _preview(case: Case, form: ReferForm, chosen: Service | None, known: Known) -> SimpleNamespace:
    """The very package that sending would freeze, cut as the partner will see it now and after accepting."""
    urgency = Urgency(form.urgency.data) if form.urgency.data in set(Urgency) else Urgency.U3
    package = partner_view.compose(
        case,
        kind=_kind(form),
        request=(form.request.data or "").strip(),
        shared={code for code in form.items.data or [] if code in items.codes()},
        urgency=urgency,
        answer_by=referrals.answer_by_agreed(urgency, known.answer_days),
        basis_kind=_ground(form),
        given_on=clock.today(),
        excluded=known.excluded,
        held=known.held,
    )
    name = chosen.organization.name if chosen else _("the partner")
    return SimpleNamespace(
        name=name,
        before=partner_view.cut(package, "before"),
        after=partner_view.cut(package, "after"),
        sends=_kind(form).sends_data,
    )
