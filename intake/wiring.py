"""What `intake` hands to the application and to the packages below."""

import uuid
from collections.abc import Collection, Mapping
from functools import partial
from typing import Any

import sqlalchemy as sa
from flask import Flask, url_for
from sqlalchemy.orm import joinedload

from core import audit, cli, mail, navigation, parameters, scheduler, search, trail
from core.access import Actor
from core.db import lock, session
from core.i18n import _l
from intake import (
    aftercare,
    aid_requests,
    aid_terms,
    answer_terms,
    bundle_wiring,
    cases,
    demo,
    emergencies,
    emergency_terms,
    ended_bases,
    exclusions,
    finding,
    labels,
    panels,
    policy,
    referrals,
    retention,
    rights_parameter_names,
    rights_sources,
    rights_texts,
    step_forms,
    teams,
)
from intake.cli import group as rights_group
from intake.cli import retention_group
from intake.models.aid_requests import AidRequest
from intake.models.cases import Case
from intake.models.referrals import Referral
from intake.models.signals import Signal
from intake.rights_screening import RIGHTS
from intake.views import bp
from socialmap import referring
from workflows import decision_versions, decisions, subjects, task_forms, terms
from workflows.models.terms import Term


def init_app(app: Flask) -> None:
    """Register blueprints, commands and seams."""
    app.register_blueprint(bp)
    _register_subjects()
    task_forms.register(*step_forms.FORMS)
    decisions.register_codes(*labels.in_tables(), rights_texts.in_tables())
    for right in RIGHTS:
        decision_versions.make_deployable(right, partial(rights_sources.try_table, right))
    answer = terms.Rule(5, reached=_answer_term_reached, source="agreed between partners")
    terms.register(answer_terms.ANSWER, answer)
    answer_terms.register()
    emergency_terms.register()
    aid_requests.register_terms(reached=aid_terms.passed, unreceipted=aid_terms.receipt_missed)
    scheduler.register("intake.aid_terms", aid_terms.remind, 600)
    scheduler.register("intake.ended_bases", ended_bases.close_ended, ended_bases.EVERY_SECONDS)
    scheduler.register("intake.exclusions", exclusions.follow_mergers, exclusions.EVERY_SECONDS)
    app.cli.add_command(rights_group)
    app.cli.add_command(retention_group)
    bundle_wiring.register()
    panels.register()
    _register_navigation()
    finding.register(search.register)
    referring.register(_referrer)
    cli.register_demo(demo.ORDER, demo.load)
    _register_in_administration()


def _referrer(case_id: uuid.UUID, by: Actor) -> referring.Referrer | None:
    """The file for which the social map is searched; the map learns its number and municipality only."""
    case = cases.get(case_id)
    if case is None or not policy.can_handle_case(by, case):
        return None
    audit.read(case, by=by)
    back = url_for("intake.refer_case", case_id=case.id)
    return referring.Referrer(case.number, back, f"{back}?service={{id}}", case.nis)


# ---------------------------------------------------------------- processes and worklists
def _register_subjects() -> None:
    subjects.register(
        "case",
        subjects.Subject(
            load_many=cases.load_many,
            title=lambda case, _by: case.person.name if case.person else case.number,
            address=lambda case: url_for("intake.show_case", case_id=case.id),
            visible_to=policy.can_see_case,
            entered=lambda case_id, state, by: cases.entered(case_id, state, by=by),
            lock=lambda case_id: lock(Case, case_id),
        ),
    )
    subjects.register(
        "signal",
        subjects.Subject(
            load_many=_load_signals,
            title=lambda signal, _by: signal.number,
            address=lambda signal: url_for("intake.show_signal", signal_id=signal.id),
            visible_to=policy.can_see_signal,
            lock=lambda signal_id: lock(Signal, signal_id),
        ),
    )
    subjects.register(
        "referral",
        subjects.Subject(
            load_many=_load_referrals,
            title=lambda referral, _by: f"{referral.service_name}, {referral.number}",
            address=lambda referral: url_for("intake.show_referral", referral_id=referral.id),
            visible_to=policy.can_see_referral,
            lock=lambda referral_id: lock(Referral, referral_id),
        ),
    )

    subjects.register(
        "aid_request",
        subjects.Subject(
            load_many=_load_aid_requests,
            title=lambda request, _by: f"{labels.label(request.kind)}, {request.number}",
            address=lambda request: url_for("intake.list_aid_requests", case_id=request.case_id),
            visible_to=lambda actor, request: policy.can_see_case(actor, request.case),
            lock=lambda request_id: lock(AidRequest, request_id),
        ),
    )


def _load_aid_requests(ids: Collection[uuid.UUID]) -> Mapping[uuid.UUID, Any]:
    query = sa.select(AidRequest).options(joinedload(AidRequest.case)).where(AidRequest.id.in_(ids))
    return {request.id: request for request in session.scalars(query)}


def _load_signals(ids: Collection[uuid.UUID]) -> Mapping[uuid.UUID, Any]:
    return {signal.id: signal for signal in session.scalars(sa.select(Signal).where(Signal.id.in_(ids)))}


def _load_referrals(ids: Collection[uuid.UUID]) -> Mapping[uuid.UUID, Any]:
    query = sa.select(Referral).options(joinedload(Referral.case)).where(Referral.id.in_(ids))
    return {referral.id: referral for referral in session.scalars(query)}


def _answer_term_reached(term: Term, by: Actor) -> None:
    """Nobody answered in time: the referral comes back to the sender."""
    referral = session.get(Referral, term.subject_id)
    if referral is not None:
        referrals.expire(referral, by=by)


# ---------------------------------------------------------------- administration
def _register_in_administration() -> None:
    """Numbers in the trail, and what organizations set themselves."""
    for record in (Case, Signal, Referral):
        trail.register(record.subject_type, _naming(record))
    parameters.declare(
        f"term.{answer_terms.ANSWER}", _l("Working days to answer a referral"), referrals.ANSWER_DAYS
    )
    parameters.declare(
        aftercare.DAYS_KEY, _l("Days after which somebody looks back at a file"), list(aftercare.DAYS)
    )
    parameters.declare(
        f"term.{emergency_terms.REVIEW}",
        _l("Working days to review an emergency access"),
        emergency_terms.DAYS[emergency_terms.REVIEW],
    )
    parameters.declare(
        retention.YEARS,
        _l("Years after closing when a file is erased, by which rule"),
        None,
        example=10,
        check=retention.check_years,
    )
    parameters.declare(emergencies.HOURS_KEY, _l("Hours that an emergency access lasts"), emergencies.HOURS)
    parameters.declare(aid_requests.BODIES_KEY, _l("Bodies that decide on aid"), list(aid_requests.BODIES))
    for key, name in rights_parameter_names.NAMES.items():
        parameters.describe(rights_parameter_names.PREFIX + key, name)


def _naming(record: type[Case] | type[Signal] | type[Referral]) -> trail.Naming:
    def numbers(ids: Collection[uuid.UUID]) -> Mapping[uuid.UUID, str]:
        rows = session.execute(sa.select(record.id, record.number).where(record.id.in_(ids)))
        return {row.id: row.number for row in rows}

    def find(number: str, tenant_id: uuid.UUID) -> uuid.UUID | None:
        return session.scalar(
            sa.select(record.id).where(record.number == number, record.tenant_id == tenant_id)
        )

    return trail.Naming(numbers, find, _readers if record is Case else None)


def _readers(case_id: str) -> str:
    return mail.path_to("intake.list_readers", case_id=case_id)


# ---------------------------------------------------------------- menu
def _register_navigation() -> None:
    navigation.register_administration(
        navigation.Entry(
            "intake.list_consent_texts",
            _l("What we tell before somebody agrees"),
            "document",
            policy.can_publish_consent_text,
            order=25,
        )
    )
    navigation.register_start("intake.show_day", policy.is_desk, order=50)
    navigation.register_start("intake.list_emergencies", policy.reviews_emergencies, order=58)
    navigation.register(
        navigation.Entry("intake.show_day", _l("My day"), "day", policy.is_desk, order=10),
        navigation.Entry(
            "intake.list_referrals",
            _l("Referrals"),
            "share",
            _is_partner_only,
            order=15,
        ),
        navigation.Entry("intake.list_contacts", _l("Contacts"), "phone", policy.is_desk, order=42),
        navigation.Entry("intake.list_signals", _l("Notices"), "signal", policy.is_desk, order=20),
        navigation.Entry(
            "intake.show_distribution", _l("Notices per partner"), "signal", _is_coordinator_only, order=22
        ),
        navigation.Entry(
            "intake.show_routing_table", _l("Routing table"), "share", _is_coordinator_only, order=23
        ),
        navigation.Entry("intake.list_cases", _l("Files"), "folder", policy.is_intake_worker, order=30),
        navigation.Entry(
            "intake.list_emergencies", _l("Emergency access"), "lock", policy.reviews_emergencies, order=84
        ),
        navigation.Entry(
            "intake.list_consent_texts",
            _l("Texts on consent"),
            "document",
            _publishes_for_partnership,
            order=86,
        ),
        navigation.Entry("intake.show_team", _l("Team"), "people", teams.leads, order=35),
    )


def _publishes_for_partnership(actor: Actor) -> bool:
    return policy.can_publish_consent_text(actor) and actor.partnership_id is not None


def _is_coordinator_only(actor: Actor) -> bool:
    return policy.sees_distribution(actor) and not policy.is_desk(actor)


def _is_partner_only(actor: Actor) -> bool:
    return policy.is_desk(actor) and not policy.is_intake_worker(actor)
