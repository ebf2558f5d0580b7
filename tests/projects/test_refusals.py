"""Bad input is refused where the user looks, in plain words; one row for each refusal."""

import io
from collections.abc import Callable
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy import orm
from werkzeug.datastructures import FileStorage

from core import clock
from core.errors import Conflict
from projects import (
    admissibility,
    applications,
    assessments,
    attachments,
    awards,
    calls,
    changes,
    dossiers,
    ledger,
    needs,
    payments,
    submissions,
)
from projects import projects as projects_
from projects.completeness import missing
from projects.models.applications import Application, FundingKind
from projects.models.awards import Award, Outcome
from projects.models.calls import AidType, Call
from tests.factories.forms import refused
from tests.factories.projects import (
    IBAN,
    YEAR,
    People,
    close_rounds,
    find_project,
    make_application,
    make_award,
    make_draft_call,
    make_in_jury,
    make_on_agenda,
    make_open_call,
    make_organization,
    make_people,
    make_project,
    make_running,
    score,
    submit,
)
from workflows.signal_source import NeedSheet


@pytest.fixture
def people(session: orm.Session) -> People:
    return make_people()


# ---------------------------------------------------------------- calls
DEAD_ENDS = [
    ("weights", lambda call: setattr(call.criteria[1], "weight", 50), "criteria", "90"),
    ("credit", lambda call: setattr(call, "credit_cents", 0), "credit", "credit"),
    ("tranches", lambda call: setattr(call, "tranches", call.tranches[:1]), "tranches", "100"),
    ("quorum", lambda call: setattr(call, "quorum", 9), "quorum", "quorum"),
    ("remedies", lambda call: setattr(call, "remedies", ""), "remedies", "object"),
    ("costs", lambda call: call.cost_categories.clear(), "cost_categories", "costs"),
    ("questions", lambda call: call.questions.clear(), "questions", "question"),
    ("rounds", lambda call: call.rounds.clear(), "rounds", "round"),
    ("past", close_rounds, "rounds", "closed already"),
    ("least", lambda call: setattr(call, "min_grant_cents", 90_000_00), "min_grant", "highest"),
    ("budget line", lambda call: setattr(call, "action_code", " "), "budget_line", "action code"),
]


@pytest.mark.parametrize(
    ("spoil", "field", "says"), [row[1:] for row in DEAD_ENDS], ids=[r[0] for r in DEAD_ENDS]
)
def test_a_call_with_a_dead_end_is_not_sent_to_review(
    people: People, spoil: Callable[[Call], object], field: str, says: str
) -> None:
    call = make_draft_call(people)
    spoil(call)
    refused(lambda: calls.send_to_review(call, by=people.officer), field=field, says=says)


def test_a_round_cannot_close_before_it_opens(people: People) -> None:
    call, now = make_draft_call(people), clock.now()
    refused(
        lambda: calls.add_round(
            call, "R", opens_at=now, closes_at=now - timedelta(seconds=1), by=people.officer
        ),
        field="closes_at",
        says="before it opens",
    )


def test_a_call_is_approved_by_someone_else_with_a_visum(people: People) -> None:
    call = make_draft_call(people)
    calls.send_to_review(call, by=people.officer)
    refused(lambda: calls.approve_call(call, visum="V-1", by=people.officer), says="Someone else")
    refused(lambda: calls.approve_call(call, visum=" ", by=people.second), field="visum")
    calls.send_back(call, reason="De tekst", by=people.second)
    calls.send_to_review(call, by=people.second)
    refused(lambda: calls.approve_call(call, visum="V-1", by=people.second), says="asked for the review")


def test_a_round_is_only_extended_with_a_reason_and_to_a_later_moment(people: People) -> None:
    planned = make_open_call(people).rounds[0]
    refused(
        lambda: changes.propose_closing(
            planned, closes_at=clock.now() + timedelta(days=90), reason=" ", by=people.officer
        ),
        field="reason",
    )
    refused(
        lambda: changes.propose_closing(planned, closes_at=clock.now(), reason="Storing", by=people.officer),
        field="closes_at",
    )


# ---------------------------------------------------------------- needs
def test_a_need_does_not_take_a_bundle_of_fewer_than_five(people: People) -> None:
    sheet = NeedSheet("k", "farmers", "elz32", "2026-Q3", 4)
    refused(
        lambda: needs.record_need("Te klein", theme="farmers", sheet=sheet, by=people.officer),
        says="at least five",
    )


def test_a_need_is_decided_with_facts_and_a_reason(people: People) -> None:
    need = needs.record_need("Nood", theme="farmers", by=people.officer)
    refused(lambda: needs.substantiate(need, by=people.officer), says="at least one fact")
    refused(lambda: needs.add_fact(need, "Feit", source="", by=people.officer), field="source")
    need.facts.append(needs.add_fact(need, "Feit", source="Bron", by=people.officer))
    needs.substantiate(need, by=people.officer)
    refused(lambda: needs.link_to_call(need, reason=" ", by=people.officer), field="reason")


# ---------------------------------------------------------------- applications
def test_a_stopped_or_merged_organization_cannot_apply(people: People) -> None:
    call = make_open_call(people)
    merged = make_organization(merged_into_id=make_organization().id)
    double = make_organization(merged_into_id=merged.id, not_seen_since=clock.now())
    for organization in (merged, double):
        refused(
            lambda org=organization: applications.start_application(call, org, by=people.applicant),
            field="organization",
            says="has stopped",
        )


def test_one_initiator_has_one_application_in_a_call(people: People) -> None:
    call, organization = make_open_call(people), make_organization()
    first = applications.start_application(call, organization, by=people.applicant)
    refused(
        lambda: applications.start_application(call, organization, by=people.applicant),
        field="organization",
        says=first.number,
    )


def spoil_budget(application: Application, asked: int, own: int, people: People) -> None:
    application.asked_cents = asked
    funding = [{"kind": FundingKind.OWN, "source": "Eigen", "amount_cents": own}]
    costs = [{"category": "staff", "description": "Werker", "amount_cents": 60_000_00}]
    applications.set_budget(application, costs, funding, by=people.applicant)


@pytest.mark.parametrize(
    ("asked", "own", "field", "says"),
    [
        (50_000_00, 10_000_00, "asked", "more than 75"),  # co-funding below the rule
        (45_000_00, 10_000_00, "budget", "together"),  # does not add up
        (0, 60_000_00, "asked", "amount you ask"),
    ],
)
def test_a_budget_against_the_rules_is_not_submitted(
    people: People, asked: int, own: int, field: str, says: str
) -> None:
    application = make_application(people, make_open_call(people))
    spoil_budget(application, asked, own, people)
    refused(lambda: submit(people, application), field=field, says=says)


FACTS = [
    ("title", "  ", "title", "title"),
    ("answers", {}, "what", "Answer"),
    ("answers", {"what": "woord " * 51}, "what", "51 words"),
    ("municipalities", [], "municipalities", "at least 1"),
    ("starts_on", None, "starts_on", "first and the last day"),
    ("ends_on", date(2025, 1, 1), "ends_on", "before it begins"),
    ("ends_on", date(YEAR + 3, 1, 1), "ends_on", "24 months"),
    ("iban", None, "iban", "account number"),
    ("signatory_name", "", "signatory_name", "who signs"),
]


@pytest.mark.parametrize(("name", "value", "field", "says"), FACTS)
def test_an_incomplete_application_says_what_is_missing(
    people: People, name: str, value: object, field: str, says: str
) -> None:
    application = make_application(people, make_open_call(people))
    setattr(application, name, value)
    assert any(says in problem.message for problem in missing(application))
    refused(lambda: submit(people, application), field=field, says=says)


UPLOADS = [
    (b"", "empty"),
    (b"MZ\x90\x00" + b"\0" * 200, "not accepted"),
    (b"<html><script>alert(1)</script></html>", "not accepted"),
    (b"PK\x03\x04" + b"\0" * 60, "not accepted"),
]


@pytest.mark.parametrize(("data", "says"), UPLOADS)
def test_a_forbidden_upload_is_refused(people: People, data: bytes, says: str) -> None:
    application = make_application(people, make_open_call(people))
    upload = FileStorage(io.BytesIO(data), filename="begroting.pdf")
    refused(
        lambda: attachments.attach(
            application, "annex", upload, owner_id=application.id, tenant_id=application.tenant_id,
            by=people.applicant,
        ),
        field="file",
        says=says,
    )  # fmt: skip
    assert attachments.of_record(application) == []


def test_a_signatory_is_on_the_list_of_the_statutes(people: People) -> None:
    organization = make_organization()
    dossiers.save(
        organization, signatories=[("Fatma", "Directeur")], iban=IBAN, accounts_year=2025, by=people.applicant
    )
    application = make_application(people, make_open_call(people), organization=organization)
    application.signatory_name = "Iemand Anders"
    refused(lambda: submit(people, application), field="signatory_name", says="not on your list")
    application.signatory_name = " fatma "
    assert submit(people, application).in_time


# ---------------------------------------------------------------- two tabs
def test_an_older_tab_does_not_overwrite(people: People) -> None:
    application = make_application(people, make_open_call(people))
    seen = application.version
    applications.save_answers(application, by=people.applicant, sent_version=seen, title="Eerste tab")
    with pytest.raises(Conflict):
        applications.save_answers(application, by=people.applicant, sent_version=seen, title="Tweede tab")
    assert application.title == "Eerste tab"


# ---------------------------------------------------------------- admissibility and jury
def test_a_criterion_that_is_not_met_needs_a_reason(people: People) -> None:
    application = make_application(people, make_open_call(people))
    submit(people, application)
    finding = {"complete": admissibility.Finding(False, " ")}
    refused(lambda: admissibility.record_findings(application, finding, by=people.officer), field="complete")
    refused(lambda: admissibility.admit(application, by=people.officer), field="complete", says="not met")
    refused(
        lambda: admissibility.declare_inadmissible(application, motivation="", by=people.officer),
        field="motivation",
    )


def test_a_completion_opens_only_the_named_sections(people: People) -> None:
    application = make_application(people, make_open_call(people))
    submit(people, application)
    refused(
        lambda: admissibility.ask_completion(application, sections=[], reason="x", by=people.officer),
        field="sections",
    )
    admissibility.ask_completion(application, sections=["budget"], reason="Loon ontbreekt", by=people.officer)
    refused(
        lambda: applications.save_answers(application, by=people.applicant, answers={"what": "Iets anders"}),
        says="Only the sections",
    )
    for change in (
        lambda: applications.add_partner(application, make_organization(), role="", by=people.applicant),
        lambda: applications.remove_partner(application, application.organization_id, by=people.applicant),
    ):
        refused(change, says="Only the sections")
    spoil_budget(application, 45_000_00, 15_000_00, people)
    refused(
        lambda: admissibility.declare_inadmissible(application, motivation="Te laat", by=people.officer),
        says="up to and including",
    )
    late = applications.open_request(application).due_at
    refused(
        lambda: admissibility.complete(application, received_at=late, by=people.applicant), says="has passed"
    )
    admissibility.complete(application, received_at=late - timedelta(microseconds=1), by=people.applicant)
    assert application.status == "submitted"


@pytest.mark.parametrize("points", [-1, 11])
def test_a_score_lies_on_its_scale(people: People, points: int) -> None:
    application = make_in_jury(people, make_open_call(people))
    assessment = assessments.find_assessment(application, people.jurors[0].user_id)
    assert assessment is not None
    criterion = assessments.scored_criteria(application.call)[0]
    refused(
        lambda: assessments.save_score(
            assessment, criterion, points=points, motivation="Goed", by=people.jurors[0]
        ),
        field="points-need",
        says="0 to 10",
    )
    refused(
        lambda: assessments.save_score(assessment, criterion, points=5, motivation=" ", by=people.jurors[0]),
        field="motivation-need",
    )


def test_nobody_judges_handles_decides_or_pays_before_declaring_interests(people: People) -> None:
    call = make_open_call(people)
    project = make_project(people, call)
    session_ = orm.object_session(project)
    assert session_ is not None
    from projects.models.assessments import InterestDeclaration

    session_.execute(sa.delete(InterestDeclaration))
    projects_.send_agreement(project, by=people.officer)
    projects_.record_signature(project, file_id=None, signed_on=clock.today(), by=people.officer)
    advance = payments.of_project(project)[0]
    refused(lambda: payments.propose_payment(advance, by=people.finance), says="Declare your interests")


# ---------------------------------------------------------------- decisions
DECISIONS = [
    (Outcome.GRANTED, 45_000_00, "", "", "motivation", "needs its reasons"),
    (Outcome.REFUSED, 0, "Neen", "", "deviation", "advises otherwise"),
    (Outcome.GRANTED, 0, "Ja", "", "amount", "amount that is granted"),
    (Outcome.GRANTED, 46_000_00, "Ja", "", "amount", "More cannot be granted"),
    (Outcome.GRANTED, 40_000_00, "Ja", "", "outcome", "granted in part"),
    (Outcome.PARTLY_GRANTED, 45_000_00, "Ja", "x", "outcome", "the whole amount"),
]


@pytest.mark.parametrize(("outcome", "cents", "motivation", "deviation", "field", "says"), DECISIONS)
def test_a_decision_against_the_rules_is_refused(
    people: People, outcome: Outcome, cents: int, motivation: str, deviation: str, field: str, says: str
) -> None:
    application = make_on_agenda(people, make_open_call(people))
    refused(
        lambda: awards.decide(
            application, outcome, amount_cents=cents, motivation=motivation, deviation=deviation,
            by=people.decider,
        ),
        field=field,
        says=says,
    )  # fmt: skip
    assert application.status == "on_agenda"


def test_the_reserve_list_moves_up_in_its_order(people: People, session: orm.Session) -> None:
    call = make_open_call(people, credit_cents=50_000_00)
    files = [make_in_jury(people, call) for _ in range(3)]
    for application, points in zip(files, [(9, 9), (8, 8), (7, 7)], strict=True):
        score(people, application, points)
    close_rounds(call)
    calls.start_assessment(call, by=people.officer)
    from projects import ranking

    ranking.fix_ranking(files[0].round, by=people.officer)
    first, second, third = files

    def decide(application: Application, outcome: Outcome, deviation: str = "") -> Award:
        cents = application.asked_cents if outcome == Outcome.GRANTED else 0
        return awards.decide(
            application, outcome, amount_cents=cents, motivation="Ja", deviation=deviation, by=people.decider
        )

    for application in files:
        awards.put_on_agenda(application, by=people.officer)
    award = decide(first, Outcome.GRANTED)
    for application in (second, third):
        decide(application, Outcome.RESERVE)
    projects_.stop_project(find_project(award), reason="Ziet ervan af", by=people.officer)
    refused(lambda: decide(third, Outcome.GRANTED), field="deviation", says="higher on the reserve list")
    applications.withdraw_application(second, reason="Niet meer nodig", by=people.applicant)
    decide(third, Outcome.GRANTED)
    assert ledger.free_credit(call.id) == 5_000_00


def test_no_award_exceeds_the_credit(people: People) -> None:
    call = make_open_call(people, credit_cents=50_000_00)
    first, second = (make_in_jury(people, call) for _ in range(2))
    for application in (first, second):
        score(people, application)
    close_rounds(call)
    calls.start_assessment(call, by=people.officer)
    from projects import ranking

    ranking.fix_ranking(first.round, by=people.officer)
    for application in (first, second):
        awards.put_on_agenda(application, by=people.officer)
    awards.decide(
        first, Outcome.GRANTED, amount_cents=45_000_00, motivation="Ja", deviation="Loting", by=people.decider
    )
    refused(
        lambda: awards.decide(
            second, Outcome.GRANTED, amount_cents=45_000_00, motivation="Ja", deviation="x", by=people.decider
        ),
        field="amount",
        says="5",
    )


def test_state_aid_stays_below_its_ceiling(people: People) -> None:
    call = make_open_call(people, aid_type=AidType.DE_MINIMIS, one_per_applicant=False)
    organization = make_organization()
    earlier = make_open_call(people, aid_type=AidType.DE_MINIMIS, max_grant_cents=290_000_00,
                             credit_cents=400_000_00)  # fmt: skip
    make_award(
        people, earlier, asked=270_000_00, costs=360_000_00, amount=270_000_00, organization=organization
    )
    application = make_on_agenda(people, call, organization=organization)
    refused(
        lambda: awards.decide(
            application, Outcome.GRANTED, amount_cents=45_000_00, motivation="Ja", by=people.decider
        ),
        field="amount",
        says="State aid",
    )


# ---------------------------------------------------------------- the end
def test_a_withdrawn_call_takes_nothing_any_more(people: People) -> None:
    application = make_application(people, make_open_call(people))
    calls.withdraw_call(application.call, reason="Geen krediet", by=people.officer)
    refused(lambda: submit(people, application), says="another step")


def test_what_was_typed_after_the_deadline_is_never_judged(people: People) -> None:
    application = make_application(people, make_open_call(people))
    submit(people, application)
    applications.save_answers(application, by=people.applicant, title="Later getypt", asked_cents=1_00)
    close_rounds(application.call)
    with pytest.raises(Conflict):
        applications.save_answers(application, by=people.applicant, title="Nog later")
    found = {"complete": admissibility.Finding(True, "")}
    admissibility.record_findings(application, found, by=people.officer)
    assert (application.title, application.asked_cents) == ("Rechten op het erf", 45_000_00)
    version = submissions.counting_version(application)
    assert version is not None
    assert submissions.as_submitted(application) == version.content


def test_a_call_is_closed_once_every_project_was_evaluated(people: People) -> None:
    from projects import evaluations

    project = make_running(people)
    call = project.application.call
    awards.close_decisions(call, by=people.officer)
    assert call.status == "running"
    refused(lambda: evaluations.close_call(call, by=people.officer), says="have not been evaluated")
    assert ledger.free_credit(call.id) == 195_000_00
