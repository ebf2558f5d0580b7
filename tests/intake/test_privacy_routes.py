"""No route shows a file to whom `can_see_case` refuses it: every address that reads, for random users.

The routes are those of the application itself, so that a new one is judged from its first day. PDFs are read
as a person reads them. Whoever may see the file walks along: that proves that the doors do show it.
"""

import io
import random
import uuid
from datetime import timedelta

import sqlalchemy as sa
from werkzeug.datastructures import FileStorage

from core import accounts, clock, mail
from core.access import Role, system_actor
from core.db import session as database_session
from core.models.accounts import Tenant, User
from core.models.outbox import OutboxMessage
from intake import (
    aid_requests,
    appointments,
    cases,
    documents,
    emergencies,
    exclusions,
    notes,
    persons,
    policy,
    referrals,
    restrictions,
    rights,
    signals,
)
from intake.models.aid_requests import AidKind
from intake.models.emergencies import EmergencyGround
from intake.models.persons import Avoid
from intake.models.referrals import ReferralKind
from intake.persons import Sought
from tests.factories import intake as make
from tests.factories.core import make_actor
from tests.intake.test_partner_view import story
from tests.pdf import text_of
from workflows.models.instances import Instance
from workflows.subjects import Reference

NOBODY = uuid.UUID(int=7)
PACKAGES = (
    "intake.", "api.", "core.list_trail", "workflows.show_diagram", "workflows.show_instance",
    "workflows.list_instances", "workflows.download_diagram",
)  # fmt: skip
TABS = {
    "intake.list_cases": ("?tab=all", "?tab=unallocated", "?tab=closed"),
    "intake.list_signals": ("", "?tab=all", "?tab=done"),
    "intake.list_referrals": ("", "?tab=running", "?tab=ended"),
    "api.list_cases": ("?list=all",),
}


def pytest_generate_tests(metafunc):
    """One story in every run, forty in a long one."""
    if "seed" in metafunc.fixturenames:
        metafunc.parametrize("seed", range(40 if metafunc.config.getoption("--long") else 1))


def whole_file(chance, by):
    """A file with one of everything, and the key of each record by its name in an address."""
    case, secrets = story(chance, by)
    secrets["observed"] = f"Gezien{chance.randrange(10**6)}"
    signal = make.make_signal(by, observed=secrets["observed"], subject_name=case.person.name)
    signals.take(signal, by=by)
    signal.case_id = case.id
    partner = make.make_partner()
    referral = make.make_referral(by, partner, case=case, kind=ReferralKind.WARM, shared=("address",))
    referrals.accept(referral, by=partner)
    meeting = appointments.propose(referral, clock.now() + timedelta(days=3), "Sociaal Huis", by=by)
    secrets["asked"] = f"Gevraagd{chance.randrange(10**6)}"
    aid = aid_requests.register_request(
        case, AidKind.LIVING_WAGE, secrets["asked"], asked_on=clock.today(), by=by
    )
    plan = notes.plan_follow_up(case, f"Plan{chance.randrange(10**6)}", clock.today(), by=by)
    secrets["plan"] = plan.what
    left_out = exclusions.exclude(case, name="Hilde", by=by)
    secrets["document"] = f"Bewijs{chance.randrange(10**6)}"
    paper = FileStorage(io.BytesIO(b"%PDF-1.7\n1 0 obj\nendobj\n%%EOF\n"), f"{secrets['document']}.pdf")
    document = documents.add_document(case, paper, by=by)
    review = rights.answer(case, {"nis": make.EVERGEM}, by=by)[0]
    make.make_referral(by, case=case, kind=ReferralKind.OWN_CONTACT, request=secrets["asked"])
    keys = {
        "case_id": case.id, "referral_id": referral.id, "basis_id": referral.basis_id, "signal_id": signal.id,
        "appointment_id": meeting.id, "aid_request_id": aid.id, "follow_up_id": plan.id,
        "exclusion_id": left_out.id, "document_id": document.id, "right_review_id": review.id,
        "request_id": case.help_requests[0].id, "question_id": case.help_requests[0].id,
        "subject": Reference("case", case.id),
    }  # fmt: skip
    return case, secrets, keys


def doors(app, keys, number):
    """Every address that reads, with the records of the file where a route asks for one."""

    instance = database_session.scalar(sa.select(Instance.id).where(Instance.subject_id == keys["case_id"]))
    values = {**keys, "instance_id": instance}
    adapter = app.url_map.bind("localhost")
    found = []
    for route in app.url_map.iter_rules():
        if not route.endpoint.startswith(PACKAGES) or "GET" not in route.methods:
            continue
        made_up = {"UUIDConverter": NOBODY, "IntegerConverter": 1}
        given = {
            name: values.get(name) or made_up.get(type(route._converters[name]).__name__, "none")
            for name in route.arguments
        }
        url = adapter.build(route.endpoint, given, "GET")
        found += [url + tab for tab in TABS.get(route.endpoint, ("",))]
    return [*found, "/search?q=Test", f"/search?q={number}", "/search?q=0400"]


def shown_at(client, addresses, headers=None):
    """All that these doors show."""
    text = []
    for address in addresses:
        answer = client.get(address, headers=headers, follow_redirects="q=" in address)
        assert answer.status_code < 500, address
        text.append(text_of(answer.data) if answer.mimetype == "application/pdf" else answer.text)
    return "\n".join(text)


def program(actor):
    """The head of a request by a program of this account."""
    token = accounts.create_token(actor.email, name="proef", valid=timedelta(days=1), by=system_actor())
    return {"Authorization": f"Bearer {token}"}


def strangers(session, case, by):
    """One of every sort of user whom the file is kept from."""
    own = session.get(Tenant, case.tenant_id)
    return {
        "colleague": make.make_worker(own),
        "officer for data protection": make_actor(Role.DPO, tenant=own),
        "administrator": make_actor(Role.ADMINISTRATOR, tenant=own),
        "coordinator": make_actor(Role.COORDINATOR, tenant=own),
        "own partner desk": make_actor(Role.PARTNER_DESK, tenant=own),
        "worker elsewhere": make.make_worker(),
        "team lead elsewhere": make_actor(Role.TEAM_LEAD),
        "another partner": make.make_partner(),
        "province": make_actor(Role.OFFICER),
        "process manager": make_actor(Role.PROCESS_MANAGER),
        "former holder": make.make_worker(own),
    }


def test_no_route_shows_a_restricted_file_to_whom_it_is_kept_from(client, session, seed):
    chance = random.Random(seed)
    by = make.make_worker()
    case, secrets, keys = whole_file(chance, by)
    others = strangers(session, case, by)
    former = others["former holder"]
    cases.allocate(case, session.get(User, former.user_id), by=by)
    cases.allocate(case, session.get(User, by.user_id), by=by)
    restrictions.restrict_case(case, "Een collega is familie.", by=by)
    session.flush()
    addresses = doors(client.application, keys, case.number)
    # First its holder: all of it shows, so the doors are real.
    client.sign_in(by.email)
    page = shown_at(client, addresses)
    assert {key for key, secret in secrets.items() if secret not in page} == set()
    client.post("/logout")
    chosen = list(others) if seed else ["colleague", *chance.sample(list(others), 2)]
    for kind in chosen:
        actor = others[kind]
        assert not policy.can_see_case(actor, case)
        client.sign_in(actor.email)
        page = shown_at(client, addresses)
        if kind == "colleague" or seed:
            page += shown_at(client, [each for each in addresses if each.startswith("/api/")], program(actor))
        client.post("/logout")
        assert {key for key, secret in secrets.items() if secret in page} == set(), kind
    assert persons.find_matches(Sought(last_name="Test"), by=others["colleague"]) == []


def test_no_act_of_a_stranger_changes_or_shows_a_restricted_file(client, session):
    by = make.make_worker()
    case, secrets, keys = whole_file(random.Random(7), by)
    colleague = make.make_worker(session.get(Tenant, case.tenant_id))
    restrictions.restrict_case(case, "Een collega is familie.", by=by)
    client.sign_in(colleague.email)
    adapter = client.application.url_map.bind("localhost")
    before = (case.version, case.status, case.holder_id)
    for route in client.application.url_map.iter_rules():
        named = route.arguments & keys.keys()
        if "POST" not in route.methods or not named or not route.endpoint.startswith("intake."):
            continue
        url = adapter.build(
            route.endpoint, {name: keys.get(name, NOBODY) for name in route.arguments}, "POST"
        )
        answer = client.post(url, data={"reason": "Toch", "text": "Toch", "person_id": str(case.person_id)})
        assert answer.status_code in {403, 404}, route.endpoint
        assert not [key for key, secret in secrets.items() if secret in answer.text], route.endpoint
    session.refresh(case)
    assert (case.version, case.status, case.holder_id) == before


def test_an_emergency_opens_its_own_page_only(client, session):
    by = make.make_worker()
    case, secrets, keys = whole_file(random.Random(8), by)
    colleague = make.make_worker(session.get(Tenant, case.tenant_id))
    restrictions.restrict_case(case, "Een collega is familie.", by=by)
    access = emergencies.open_emergency(
        case.number, EmergencyGround.VITAL_INTEREST, "Ze belde in paniek.", by=colleague
    )
    client.sign_in(colleague.email)
    own = f"/emergency-access/{access.id}"
    assert secrets["name"] in client.get(own).text
    addresses = [url for url in doors(client.application, keys, case.number) if url != own]
    page = shown_at(client, addresses)
    assert {key for key, secret in secrets.items() if secret in page} == set()


def test_a_shielded_person_gets_nothing_by_any_route(client, session):
    """Letters, prints, exports: whatever leaves the product about somebody, does not once no way is safe."""
    by = make.make_worker()
    case, secrets, keys = whole_file(random.Random(9), by)
    case.person.mail = "lena@example.org"
    own = referrals.of_case(case)[0]
    assert own.kind == ReferralKind.OWN_CONTACT
    client.sign_in(by.email)
    seen = {
        url: client.get(url)
        for url in (*doors(client.application, keys, case.number), f"/referrals/{own.id}/letter")
        if not url.startswith("/documents/")  # evidence that the worker keeps: it is for nobody else
    }
    leaving = {
        url for url, answer in seen.items() if answer.mimetype not in {"text/html", "application/json"}
    }
    papers = {url for url in leaving if seen[url].mimetype == "application/pdf"}
    assert len(papers) >= 4  # the plan, who looked, the consent, the letter
    assert leaving - papers  # the register of requests for aid
    case.person.avoid = [str(way) for way in Avoid]
    session.flush()
    for url in leaving:
        answer = client.get(url)
        assert answer.mimetype != "application/pdf", url
        assert answer.status_code < 500
        assert not [key for key, secret in secrets.items() if secret in answer.text], url
        assert url not in papers or "niet veilig" in answer.text, url
    receipt = client.post(f"/aid-requests/{keys['aid_request_id']}/receipt")
    assert (receipt.mimetype, "niet veilig" in receipt.text) == ("text/html", True)


def test_no_mail_goes_to_a_citizen_or_tells_of_one(client, session):
    """Mails go to colleagues and partners, who sign in to read: whatever happens, none is for the citizen."""
    by = make.make_worker()
    case, secrets, keys = whole_file(random.Random(10), by)
    case.person.mail = secrets["mail"] = "lena@example.org"
    client.sign_in(by.email)
    for url, data in (
        (
            f"/referrals/{keys['referral_id']}/appointment",
            {"on": "01/12/2030", "at": "10:00", "place": "Hier"},
        ),
        (f"/cases/{case.id}/attempts", {"channel": "mail", "result": "reached"}),
        (f"/bases/{keys['basis_id']}/withdraw", {"reason": "Ze wil niet meer."}),
        (f"/aid-requests/{keys['aid_request_id']}/receipt", {}),
    ):
        client.post(url, data=data)
    for row in session.scalars(sa.select(OutboxMessage)):
        told = str(row.payload)
        if row.kind == "mail.send":
            payload = {key: row.payload[key] for key in ("path", "values")}
            told += str(mail.compose(row.payload["template"], "nl", **payload))
            assert session.get(User, uuid.UUID(row.payload["user_id"])) is not None
        assert not [key for key, secret in secrets.items() if secret in told], row.kind
