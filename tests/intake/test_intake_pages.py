"""What holds for all pages of the intake: who may enter, how many statements they take, what may be typed."""

import re
import uuid

import pytest

from core import clock
from core.access import Role
from core.models.accounts import Tenant
from intake import notes, policy, referrals, timeline
from intake.models.vocabulary import LifeDomain
from intake.views import notes as note_views
from tests.factories import intake as make
from tests.factories.core import make_actor
from tests.intake.access import ROUTES

OURS = {
    "intake.show_day",
    "intake.mark_case_seen",
    "intake.list_signals",
    "intake.register_signal",
    "intake.show_signal",
    "intake.triage_signal",
    "intake.take_signal",
    "intake.link_signal",
    "intake.pass_on_signal",
    "intake.close_signal",
    "intake.withdraw_signal",
    "intake.choose_person",
    "intake.set_person",
    "intake.create_person",
    "intake.set_household",
    "intake.show_person",
    "intake.change_person",
    "intake.list_cases",
    "intake.open_case",
    "intake.show_case",
    "intake.list_questions",
    "intake.list_case_referrals",
    "intake.show_plan",
    "intake.move_case_on",
    "intake.ask_citizen",
    "intake.set_phase",
    "intake.allocate_case",
    "intake.close_case",
    "intake.reopen_case",
    "intake.add_note",
    "intake.note_attempt",
    "intake.plan_follow_up",
    "intake.finish_follow_up",
    "intake.withdraw_basis",
    "intake.refer_case",
    "intake.list_referrals",
    "intake.show_referral",
    "intake.accept_referral",
    "intake.waitlist_referral",
    "intake.decline_referral",
    "intake.ask_referral",
    "intake.start_referral",
    "intake.complete_referral",
    "intake.fail_referral",
    "intake.copy_referral",
    "intake.answer_referral",
    "intake.withdraw_referral",
}


@pytest.fixture
def world(session):
    """Two organizations that keep files, a partner, and one of every record between them."""
    worker, other, partner = make.make_worker(), make.make_worker(), make.make_partner()
    tenant = session.get(Tenant, worker.tenant_id)
    case = make.make_case(worker)
    make.make_question(case, worker)
    referral = make.make_referral(worker, partner, case=case, shared=("energy",))
    return {
        "worker": worker,
        "lead": make.make_worker(tenant, Role.TEAM_LEAD),
        "other": other,
        "partner": partner,
        "coordinator": make_actor(Role.COORDINATOR, tenant=tenant),
        "dpo": make_actor(Role.DPO, tenant=tenant),
        "officer": make_actor(Role.OFFICER),
        "records": {
            "case_id": case,
            "signal_id": make.make_signal(worker),
            "referral_id": referral,
            "basis_id": referral.basis,
            "follow_up_id": notes.plan_follow_up(case, "Bel", clock.today(), by=worker),
        },
    }


WHO = ("worker", "lead", "other", "partner", "coordinator", "dpo", "officer")


def rule_of(endpoint):
    """The rule that a route declares, as a function of actor and record."""
    name = ROUTES[endpoint]
    if name == "signed_in":  # a day that stands elsewhere is a way on, not a refusal
        return lambda _actor: True
    return getattr(policy, name, None) or getattr(note_views, name)


@pytest.mark.parametrize("who", [*WHO, "nobody"])
def test_every_page_opens_for_who_its_rule_allows_and_for_nobody_else(client, app, world, who):
    actor = world.get(who)
    if actor is not None:
        client.sign_in(actor.email)
    wrong = []
    for route in app.url_map.iter_rules():
        if route.endpoint not in OURS:
            continue
        names = list(route.arguments)
        record = world["records"][names[0]] if names else None
        address = re.sub(r"<[^>]+>", str(record.id) if record else "", route.rule)
        rule = rule_of(route.endpoint)
        allowed = actor is not None and bool(rule(actor, record) if record is not None else rule(actor))
        if "GET" in route.methods:
            found = client.get(address).status_code
        elif allowed:
            continue  # what happens then is told by the other tests
        else:
            found = client.post(address, data={}).status_code
        if actor is None:
            expected = {302}
        elif allowed:
            expected = {200, 302}
        else:
            expected = {404} if record is not None else {403}
        if found not in expected:
            wrong.append((route.endpoint, found, sorted(expected)))
    assert wrong == []


def test_the_walk_knows_every_route(app):
    unknown = {name for name in OURS if name not in ROUTES}
    assert unknown == set()


# ---------------------------------------------------------------- statements
def busy(session, worker):
    """A desk with more of everything than one of each."""
    tenant = session.get(Tenant, worker.tenant_id)
    partner = make.make_partner()
    for number in range(3):
        make.make_signal(worker, subject_name=f"Persoon {number}")
        person = make.make_person(worker, first_name=f"Naam{number}", phone=f"0400 00 02 {number:02}")
        case = make.make_case(worker, person=person)
        for domain in (LifeDomain.DEBTS, LifeDomain.ENERGY):
            make.make_question(case, worker, domain)
        notes.plan_follow_up(case, "Bel", clock.today(), by=worker)
        notes.add_note(case, "Een nota.", by=worker)
        referral = make.make_referral(worker, partner, case=case, shared=("debts", "energy"))
        if number:
            referrals.ask(referral, "Wie?", by=partner)
        sender = make.make_worker()
        make.make_referral(sender, case=make.make_case(sender), service=make.make_service(tenant))
    return case


BUDGETS = [
    ("/my-day", 10),
    ("/signals", 6),
    ("/cases", 6),
    ("/referrals", 6),
    ("/cases/{case}", 8),
    ("/cases/{case}/questions", 8),
    ("/cases/{case}/referrals", 8),
    ("/cases/{case}/person", 8),
    ("/cases/{case}/plan", 8),
    ("/cases/{case}/rights", 8),
    ("/cases/{case}/refer", 8),
    ("/cases/{case}/close", 8),
]


def test_pages_keep_to_their_statements(client, session, statements):
    worker = make.make_worker()
    case_id = busy(session, worker).id
    client.sign_in(worker.email)
    client.get("/my-day")
    over = []
    for path, budget in BUDGETS:
        with statements() as seen:
            answer = client.get(path.format(case=case_id))
        assert answer.status_code == 200
        if len(seen) > budget:
            over.append((path, len(seen), budget, [text[:90] for text in seen]))
    assert over == []


# ---------------------------------------------------------------- what may be typed
ODD = {
    "markup": "<script>alert(1)</script><img src=x onerror=alert(1)>'\"{{7*7}}%s",
    "right to left": "\u202eoiraM \u2067نص\u2069 שלום",
    "nul": "voor\0na\x07\x1b[31m\ud7ff",
    "emoji": "👩🏽‍🦱👨‍👩‍👧‍👦 🏳️‍🌈",
    "combining": "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L" * 5,
    "long": "a" * 50_000,
    "spaces": " \t\u00a0\u200b\r\n ",
}
FORMS = [
    (
        "/signals/new",
        (
            "source_name",
            "source_contact",
            "subject_name",
            "subject_phone",
            "place",
            "observed",
            "informed_reason",
        ),
        {"source": "colleague", "about": "person", "theme": "energy", "informed": "agrees"},
    ),
    ("/signals/{signal}/triage", ("urgency_reason",), {"urgency": "U1"}),
    ("/signals/{signal}/pass-on", ("to", "reason"), {}),
    ("/signals/{signal}/close", ("outcome",), {"how": "answered"}),
    ("/signals/{signal}/link", ("case_id", "command_id", "version"), {}),
    ("/signals/{signal}/take", ("person_id", "command_id", "version"), {}),
    ("/cases/new", ("place",), {}),
    ("/cases/{case}/person", ("person_id",), {}),
    (
        "/cases/{case}/person/new",
        (
            "token",
            "first_name",
            "last_name",
            "alias",
            "birth",
            "phone",
            "mail",
            "place",
            "address",
            "ssin",
            "contact_hours",
            "code_word",
            "not_to_know",
        ),
        {"sex": "f", "language": "nl"},
    ),
    (
        "/cases/{case}/person/change",
        (
            "first_name",
            "last_name",
            "alias",
            "birth",
            "phone",
            "mail",
            "place",
            "address",
            "ssin",
            "contact_hours",
            "code_word",
            "not_to_know",
        ),
        {"sex": "f", "language": "nl"},
    ),
    ("/cases/{case}/household", ("household_name",), {}),
    (
        "/cases/{case}/questions",
        ("own_words", "facts", "strengths"),
        {"life_domain": "debts", "question_urgency": "U3"},
    ),
    ("/cases/{case}/notes", ("text",), {}),
    ("/cases/{case}/attempts", ("attempt_note", "again_on"), {"channel": "phone", "result": "not_reached"}),
    ("/cases/{case}/follow-ups", ("what", "due_on"), {}),
    ("/cases/{case}/phase", ("phase",), {}),
    ("/cases/{case}/allocate", ("to",), {}),
    ("/cases/{case}/close", ("reason", "note"), {}),
    (
        "/cases/{case}/refer",
        ("request", "q", "service", "witness", "motivation", "ends_on", "items", "help_request"),
        {"act": "send", "urgency": "U3", "kind": "announced", "basis": "consent", "channel": "oral"},
    ),
    ("/bases/{basis}/withdraw", ("withdraw_reason",), {}),
    ("/referrals/{referral}/answer", ("answer",), {}),
    ("/referrals/{referral}/withdraw", ("withdraw_reason",), {}),
    ("/referrals/{referral}/ask", ("question",), {}),
    ("/referrals/{referral}/decline", ("remark", "better"), {"reason": "other"}),
    ("/referrals/{referral}/complete", ("result",), {}),
    ("/referrals/{referral}/fail", ("fail_remark",), {"fail_reason": "other"}),
]


@pytest.mark.parametrize("odd", ODD)
def test_odd_text_through_every_form_is_kept_or_refused_with_words(client, session, odd):
    """Nothing typed breaks a page, runs as markup, or is dropped without a message."""
    worker = make.make_worker()
    tenant = session.get(Tenant, worker.tenant_id)
    client.sign_in(worker.email)
    wrong = []
    case = make.make_case(worker)
    make.make_question(case, worker)
    own = make.make_referral(worker, case=case, service=make.make_service(tenant), shared=("energy",))
    ids = {"case": case.id, "signal": make.make_signal(worker).id, "referral": own.id, "basis": own.basis_id}
    for path, fields, fixed in FORMS:
        data = {**fixed, **dict.fromkeys(fields, ODD[odd])}
        answer = client.post(path.format(**ids), data=data, follow_redirects=True)
        if answer.status_code not in {200, 404, 409, 422}:
            wrong.append((path, answer.status_code))
        if "<script>alert(1)" in answer.text or "<img src=x" in answer.text:
            wrong.append((path, "markup"))
    for path in (
        "/my-day",
        "/signals",
        "/cases",
        "/referrals",
        f"/cases/{case.id}",
        f"/cases/{case.id}/questions",
        f"/cases/{case.id}/person",
        f"/cases/{case.id}/plan",
        f"/referrals/{own.id}",
    ):
        answer = client.get(
            path, query_string={"tab": ODD[odd][:200], "after": ODD[odd][:200], "q": ODD[odd][:200]}
        )
        if answer.status_code != 200 or "<script>alert(1)" in answer.text:
            wrong.append((path, answer.status_code))
    assert wrong == []


def test_text_is_stored_as_it_was_typed_without_control_characters(client, session):
    worker = make.make_worker()
    case = make.make_case(worker)
    client.sign_in(worker.email)
    typed = "Zoë 👩🏽‍🦱\0 <b>\u202enaam\r\nnieuwe regel"
    client.post(f"/cases/{case.id}/notes", data={"text": typed, "command_id": str(uuid.uuid4())})
    assert timeline.of_case(case, only="notes").entries[0].text == "Zoë 👩🏽‍🦱 <b>naam\nnieuwe regel"
