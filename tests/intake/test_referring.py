"""The page that refers a file reads together what the operations read one by one."""

from core import clock, parameters
from core.models.accounts import Tenant
from intake import (
    cases,
    consent_texts,
    exclusion_rules,
    exclusions,
    help_requests,
    notes,
    partner_view,
    referrals,
    referring,
)
from intake.models.notes import Visibility
from intake.models.vocabulary import LifeDomain, Urgency
from socialmap.models.directory import Service
from tests.factories import intake as make


def test_questions_and_exclusions_of_a_file_come_once_each_with_all_that_goes_with_them(session, statements):
    by, partner = make.make_worker(), make.make_partner()
    case, other = make.make_case(by), make.make_case(by)
    service = make.make_service(session.get(Tenant, partner.tenant_id))
    bare = referring.known_of(case, None)
    assert (bare.requests, bare.exclusions, bare.chosen, bare.answer_days) == ([], [], None, None)
    assert bare.held == partner_view.available(case)
    for each in (case, other):
        for domain in (LifeDomain.ENERGY, LifeDomain.DEBTS):
            make.make_question(each, by, domain)
        notes.add_note(each, "Belt liever niet.", visibility=Visibility.SHAREABLE, by=by)
        exclusions.exclude(each, item="health", by=by)
        exclusions.exclude(each, name="mijn zus Rita", by=by)
    exclusions.end_exclusion(exclusions.exclude(case, item="debts", by=by), by=by)
    day = clock.today()
    parameters.put(referrals.ANSWER_TERM, 7, valid_from=day)
    parameters.put(referrals.ANSWER_TERM, 3, valid_from=day, tenant_id=by.tenant_id)
    case_id, service_id = case.id, service.id
    session.flush()
    session.expunge_all()
    case = cases.get(case_id)
    with statements() as seen:
        known = referring.known_of(case, service_id)
    assert len(seen) == 2, seen
    assert known.requests == help_requests.of_case(case)
    assert known.exclusions == exclusion_rules.of_case(case)
    assert known.excluded == exclusion_rules.excluded_in(case)
    assert known.held == partner_view.available(case)
    assert known.texts == consent_texts.in_force(case.tenant_id)
    assert known.chosen is session.get(Service, service_id)
    for urgency in Urgency:
        agreed = referrals.answer_by_agreed(urgency, known.answer_days)
        assert agreed == referrals.answer_by(urgency, tenant_id=case.tenant_id)
