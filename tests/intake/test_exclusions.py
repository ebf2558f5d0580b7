"""What a citizen excludes goes nowhere: no preview, referral, answer, copy, page or interface."""

from datetime import timedelta
from itertools import pairwise

import pytest
import sqlalchemy as sa

from core import accounts, clock
from core.access import system_actor
from core.errors import DomainError
from core.models.accounts import Tenant
from core.models.outbox import OutboxMessage
from intake import (
    bases,
    cases,
    copies,
    excluded_names,
    exclusion_rules,
    exclusions,
    households,
    notes,
    partner_view,
    referral_links,
    referrals,
)
from intake.models.bases import BasisKind
from intake.models.cases import ClosingReason
from intake.models.exclusions import ExclusionKind
from intake.models.help_requests import Outcome
from intake.models.households import Relation
from intake.models.notes import Visibility
from intake.models.referrals import ReferralKind, ReferralStatus
from intake.models.vocabulary import LifeDomain
from socialmap import duplicates
from socialmap.models.directory import OrganizationSuccessor
from tests.factories import intake as make

SHARED = ("energy", "health", "household", "notes")


@pytest.fixture
def told(session):
    """A file that names a sister everywhere, and a partner."""
    by, partner = make.make_worker(), make.make_partner()
    case = make.make_case(by)
    household = households.create_household("Aerts", nis=make.EVERGEM, first=case.person, by=by)
    households.add_member(household, described_as="zus Rita", relation=Relation.OTHER, by=by)
    cases.set_person(case, household=household, by=by)
    make.make_question(case, by, LifeDomain.ENERGY, own_words="Rita mag niet weten dat ik schulden heb.")
    make.make_question(case, by, LifeDomain.HEALTH, own_words="Ik ben ziek.")
    notes.add_note(case, "Belde met RITA.", visibility=Visibility.SHAREABLE, by=by)
    session.refresh(case, ["help_requests"])
    return by, partner, case, make.make_service(session.get(Tenant, partner.tenant_id))


def sent(told, **values):
    by, partner, case, service = told
    return make.make_referral(by, partner, case=case, service=service, shared=SHARED, **values)


def words_of(referral):
    view = partner_view.view_of(referral)
    return str([line.values for line in (*view.now, *view.agreed)])


def test_an_excluded_organization_gets_nothing_and_information_stays_possible(told):
    by, _partner, case, service = told
    exclusions.exclude(case, organization=service.organization, by=by)
    with pytest.raises(DomainError) as refusal:
        make.make_basis(case, service, by, ("energy",))
    assert service.organization.name in refusal.value.message
    letter = referrals.refer(case, service, kind=ReferralKind.OWN_CONTACT, request="Ga er langs.", by=by)
    assert partner_view.view_of(letter).agreed == ()


def test_excluding_an_organization_ends_what_runs_there_the_same_second(told):
    by, partner, case, service = told
    referral = referrals.accept(sent(told), by=partner)
    assert "schulden" in words_of(referral)
    exclusions.exclude(case, organization=service.organization, by=by)
    assert partner_view.view_of(referral).stage == "closed"
    assert (referral.status, referral.basis.withdrawn_at is not None) == (ReferralStatus.WITHDRAWN, True)


def test_another_entry_of_the_same_account_counts_as_the_organization(told, session):
    by, partner, case, service = told
    other = make.make_service(session.get(Tenant, partner.tenant_id))
    exclusions.exclude(case, organization=other.organization, by=by)
    with pytest.raises(DomainError):
        make.make_basis(case, service, by)


@pytest.mark.parametrize("excluded", ["stays", "double", "account"])
def test_entries_that_were_merged_count_as_one_organization(told, session, excluded):
    by, _partner, case, _service = told
    stays, double, older = (make.make_service() for _each in range(3))
    tenant = session.get(Tenant, make.make_partner().tenant_id)
    account, twin = make.make_service(tenant), make.make_service(tenant)
    for one, into in ((older, double), (double, stays), (twin, stays)):
        duplicates.merge(one.organization, into.organization, by=by)
    chosen = {"stays": stays, "double": older, "account": account}[excluded]
    exclusions.exclude(case, organization=chosen.organization, by=by)
    found = exclusion_rules.excluded_in(case)
    for service in (stays, double, older, account, twin):
        assert found.covers(service)
    assert not found.covers(make.make_service())


def test_a_merged_entry_gets_nothing_and_what_runs_there_ends(told):
    by, partner, case, service = told
    referral = referrals.accept(sent(told), by=partner)
    stays = make.make_service()
    duplicates.merge(service.organization, stays.organization, by=by)
    exclusions.exclude(case, organization=stays.organization, by=by)
    assert partner_view.view_of(referral).stage == "closed"
    with pytest.raises(DomainError):
        make.make_basis(case, service, by)


@pytest.mark.parametrize("years", [1, 2])
def test_whoever_took_over_the_work_of_an_excluded_organization_is_excluded_too(told, session, years):
    """Municipalities merge, some twice: the OCMW of the new one counts as the one that was left out."""
    by, partner, case, service = told
    line = [make.make_service() for _each in range(years)] + [service]
    for old, new in pairwise(line):
        ids = {"organization_id": old.organization_id, "successor_id": new.organization_id}
        session.add(OrganizationSuccessor(on=clock.today(), **ids))
    referral = referrals.accept(sent(told), by=partner)
    exclusions.exclude(case, organization=line[0].organization, by=by)
    assert partner_view.view_of(referral).stage == "closed"
    with pytest.raises(DomainError):
        make.make_basis(case, service, by)
    elsewhere = make.make_service()
    assert make.make_basis(case, elsewhere, by).withdrawn_at is None


def test_a_merger_ends_what_ran_with_the_organization_that_took_over(told, session):
    by, partner, case, service = told
    referral, before = referrals.accept(sent(told), by=partner), make.make_service()
    exclusions.exclude(case, organization=before.organization, by=by)
    assert exclusions.follow_mergers() == 0
    assert partner_view.view_of(referral).stage == "after"
    ids = {"organization_id": before.organization_id, "successor_id": service.organization_id}
    session.add(OrganizationSuccessor(on=clock.today(), **ids))
    session.commit()
    assert exclusions.follow_mergers() == 1
    assert partner_view.view_of(referral).stage == "closed"
    told = [row.payload for row in session.scalars(sa.select(OutboxMessage)) if "template" in row.payload]
    assert [mail["values"] for mail in told if mail["template"] == "referral_answered"][-1:] == [
        {"outcome": "basis_ended"}
    ]
    assert exclusions.follow_mergers() == 0


def test_a_file_in_which_a_merger_cannot_be_followed_stops_no_other(told, session, monkeypatch):
    by, partner, case, service = told
    first, before = sent(told), make.make_service()
    other = make.make_case(by, person=make.make_person(by, first_name="Mia"))
    second = make.make_referral(by, partner, case=other, service=service)
    for each in (case, other):
        exclusions.exclude(each, organization=before.organization, by=by)
    ids = {"organization_id": before.organization_id, "successor_id": service.organization_id}
    session.add(OrganizationSuccessor(on=clock.today(), **ids))
    session.commit()
    withdraw = bases.withdraw_basis

    def fail(basis, **values):
        if basis.case_id == case.id:
            raise RuntimeError("Aerts")
        return withdraw(basis, **values)

    monkeypatch.setattr(bases, "withdraw_basis", fail)
    assert exclusions.follow_mergers() == 1
    session.expire_all()
    assert (first.status, second.status) == (ReferralStatus.SENT, ReferralStatus.WITHDRAWN)


def test_an_organization_is_found_whatever_its_capitals_and_accents(session):
    organization = make.make_service().organization
    organization.name = "ÉLAN Ëffenaf"
    session.flush()
    for typed in ("élan  ëffenaf", "Elan effenaf", "ÉLAN"):
        assert exclusions.organization_named(typed) == organization
    with pytest.raises(DomainError):
        exclusions.organization_named("  ")


def test_an_excluded_subject_is_refused_and_leaves_running_referrals(told):
    by, partner, case, service = told
    referral = referrals.accept(sent(told), by=partner)
    assert "Ik ben ziek." in words_of(referral)
    kept = exclusions.exclude(case, item="health", by=by)
    assert "Ik ben ziek." not in words_of(referral)
    assert "schulden" in words_of(referral)
    assert "health" in partner_view.view_of(referral).never
    with pytest.raises(DomainError):
        make.make_basis(case, service, by, ("health",))
    exclusions.end_exclusion(kept, by=by)
    assert "Ik ben ziek." in words_of(referral)


def test_an_excluded_person_is_named_nowhere(told):
    by, partner, case, _service = told
    referral = referrals.accept(sent(told), by=partner)
    exclusions.exclude(case, name="mijn zus Rita", by=by)
    assert "rita" not in words_of(referral).lower()
    assert "Lena Aerts" in words_of(referral)
    with pytest.raises(DomainError):
        make.make_referral(by, case=case, request="Bel niet naar Rita.")
    later = make.make_referral(by, make.make_partner(), case=case, shared=SHARED)
    assert "rita" not in str(partner_view.package_of(later)).lower()


@pytest.mark.parametrize(
    ("described", "names"),
    [
        ("mijn zus Rita Maes", {"Rita", "Maes"}),
        ("mijn zus rita", {"rita"}),
        ("De buurman Jef", {"Jef"}),
        ("Van den Berg", {"Berg"}),
        ("In 't Veld", {"Veld"}),
        ("Mijn ex-man Jo", {"Jo"}),
        ("Rita's zoon Anne-Marie", {"Rita", "Anne-Marie"}),
        ("ma sœur Élodie", {"Élodie"}),
        ("Meine Schwester Heike", {"Heike"}),
        ("De  buurman", {"De buurman"}),
        ("De", set()),
    ],
)
def test_a_person_is_called_by_names_and_not_by_ordinary_words(described, names):
    assert excluded_names.names_of(described) == names


@pytest.mark.parametrize("described", ["mijn zus rita", "De zus Rita van den Berg"])
def test_ordinary_words_stay_and_a_name_in_lower_case_is_left_out(told, described):
    by, partner, case, _service = told
    referral = referrals.accept(sent(told, request="De hulp van de buurt voor Rita."), by=partner)
    exclusions.exclude(case, name=described, by=by)
    view = partner_view.view_of(referral)
    assert view.now[0].values == ("De hulp van de buurt voor […].",)
    assert "rita" not in words_of(referral).lower()
    with pytest.raises(DomainError) as refusal:
        exclusions.exclude(case, name="De", by=by)
    assert refusal.value.field == "name"


@pytest.mark.parametrize(
    ("name", "text", "left"),
    [
        ("Rita", "Ritha belde. RITA's zoon. Rïta kwam.", "[…] belde. […]'s zoon. […] kwam."),
        ("Élodie", "Elodie en E\u0301lodie", "[…] en […]"),
        ("Peeters", "Meneer Peters, of peeters.", "Meneer […], of […]."),
        ("Marc", "Mark betaalt.", "[…] betaalt."),
        ("Maes", "Bij de familie Maas.", "Bij de familie […]."),
        ("Anne-Marie", "Annemarie, Anne Marie, anne-marie, Anne alleen", "[…], […], […], Anne alleen"),
        ("Rik", "Zij is rijk. De rit duurt lang.", "Zij is rijk. De rit duurt lang."),
        ("Jan", "Jas, Jos en Jef.", "Jas, Jos en Jef."),
        ("Berg", "De bergen in.", "De bergen in."),
        ("mijn buurman", "Mijn  buurman; mijn buurvrouw.", "[…]; mijn buurvrouw."),
    ],
)
def test_an_excluded_name_is_found_as_the_search_for_persons_finds_it(name, text, left):
    excluded = exclusion_rules.Excluded(names=frozenset({name}))
    assert excluded.mask(text) == left
    assert excluded.names_in(text) == ([name] if left != text else [])


def test_an_answer_to_a_partner_does_not_name_an_excluded_person(told):
    by, partner, case, _service = told
    referral = sent(told)
    referrals.ask(referral, "Wie woont er nog?", by=partner)
    exclusions.exclude(case, name="Rita", by=by)
    with pytest.raises(DomainError):
        referrals.answer_question(referral, "Haar zus Rita.", by=by)
    referrals.answer_question(referral, "Nog iemand.", by=by)


def test_earlier_messages_name_an_excluded_person_to_the_sender_alone(told):
    by, partner, case, _service = told
    referral = sent(told)
    referrals.ask(referral, "Wie woont er nog?", by=partner)
    referrals.answer_question(referral, "Haar zus Rita.", by=by)
    kept = exclusions.exclude(case, name="mijn zus rita", by=by)

    def told_to(is_sender):
        return [said.text for said in partner_view.messages_of(referral, is_sender=is_sender)]

    assert told_to(False) == ["Wie woont er nog?", "Haar zus […]."]
    assert told_to(True) == ["Wie woont er nog?", "Haar zus Rita."]
    exclusions.end_exclusion(kept, by=by)
    assert told_to(False)[-1] == "Haar zus Rita."


def test_an_answer_on_a_ground_without_agreement_names_whom_it_must(told):
    by, partner, case, service = told
    basis = bases.give_basis(
        case, service, kind=BasisKind.LAW, shared=("energy",), motivation="Artikel 422bis.", by=by
    )
    referral = referrals.refer(
        case, service, kind=ReferralKind.ANNOUNCED, request="Bel haar.", basis=basis, by=by
    )
    referrals.ask(referral, "Wie woont er nog?", by=partner)
    exclusions.exclude(case, name="Rita", by=by)
    referrals.answer_question(referral, "Haar zus Rita.", by=by)
    assert partner_view.messages_of(referral, is_sender=False)[-1].text == "Haar zus Rita."


def test_a_closed_file_still_takes_an_exclusion_for_what_runs(client, told):
    by, partner, case, service = told
    referral = referrals.accept(sent(told), by=partner)
    outcomes = dict.fromkeys((asked.id for asked in case.help_requests), Outcome.HANDED_OVER)
    cases.close_case(case, ClosingReason.HANDED_OVER, outcomes=outcomes, by=by)
    client.sign_in(by.email)
    address = f"/cases/{case.id}/exclusions"
    assert 'data-testid="exclusion-form"' in client.get(address).text
    assert client.post(address, data={"kind": "person", "name": "Rita"}).status_code == 302
    assert "rita" not in words_of(referral).lower()
    exclusions.exclude(case, organization=service.organization, by=by)
    assert partner_view.view_of(referral).stage == "closed"


def test_a_law_does_not_ask_agreement(told):
    by, _partner, case, service = told
    exclusions.exclude(case, organization=service.organization, by=by)
    basis = bases.give_basis(
        case, service, kind=BasisKind.LAW, shared=("energy",), motivation="Artikel 422bis.", by=by
    )
    assert basis.is_live(basis.given_on)


def test_copy_link_page_and_interface_leave_it_out_too(client, told, session):
    by, partner, case, _service = told
    referral = sent(told, request="Help Lena, niet via Rita.")
    referrals.ask(referral, "Wie woont er nog?", by=partner)
    referrals.answer_question(referral, "Haar zus Rita.", by=by)
    outside = make.make_referral(by, case=case, service=make.make_service(), request="Bel niet met Rita.")
    exclusions.exclude(case, item="health", by=by)
    exclusions.exclude(case, name="Rita", by=by)
    referrals.accept(referral, by=partner)
    token = accounts.create_token(partner.email, name="proef", valid=timedelta(days=1), by=system_actor())
    client.sign_in(partner.email)
    page = client.get(f"/referrals/{referral.id}").text
    answer = client.get(f"/api/v1/referrals/{referral.id}", headers={"Authorization": f"Bearer {token}"}).text
    copy = copies.open_copy(referral, None, by=make.make_worker(session.get(Tenant, partner.tenant_id)))
    copied = str([(q.own_words, q.facts) for q in copy.help_requests])
    glimpse = referral_links.open_link(referral_links.make_link(outside, by=by), by=system_actor())
    for text in (page, answer, copied, str(glimpse)):
        assert "Rita" not in text
        assert "Ik ben ziek." not in text
    assert "schulden" in page


def test_on_the_page_one_is_added_and_ended(client, told, session):
    by, _partner, case, service = told
    client.sign_in(by.email)
    address = f"/cases/{case.id}/exclusions"
    assert client.post(address, data={"kind": "person"}).status_code == 422
    unknown = client.post(address, data={"kind": "organization", "organization": "Bestaat niet"})
    assert unknown.status_code == 422
    assert "Bestaat niet" in unknown.text
    for data in (
        {"kind": "organization", "organization": service.organization.name.upper()},
        {"kind": "subject", "item": "health"},
        {"kind": "person", "name": "mijn zus Rita"},
    ):
        assert client.post(address, data=data).status_code == 302
    listed = exclusion_rules.of_case(case)
    assert [one.kind for one in listed] == [
        ExclusionKind.ORGANIZATION,
        ExclusionKind.SUBJECT,
        ExclusionKind.PERSON,
    ]
    refer = client.get(f"/cases/{case.id}/refer?service={service.id}").text
    assert "exclusions" in refer
    assert "wil niet dat" in refer
    assert client.post(f"/exclusions/{listed[0].id}/end", data={}).status_code == 302
    assert len(exclusion_rules.of_case(case)) == 2
    client.post("/logout")
    client.sign_in(make.make_worker().email)
    assert client.get(address).status_code == 404
    assert client.post(f"/exclusions/{listed[1].id}/end", data={}).status_code == 404
