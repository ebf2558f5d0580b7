"""What programs do with notices, files and referrals: the rules and the trail are those of the pages."""

import jsonschema
import pytest
import sqlalchemy as sa

from core import accounts, api
from core.access import system_actor
from core.models.accounts import Tenant
from core.models.trail import AuditEntry
from intake import bases, policy
from intake.models.bases import Basis
from intake.models.referrals import ReferralStatus
from intake.models.signals import Signal
from tests.factories import intake as make
from tests.factories.core import forget_request

ACTS = (
    "accept", "undo-accept", "ask", "decline", "answer", "start", "complete", "fail", "waiting-list", "nudge",
    "withdraw",
)  # fmt: skip
NOTICE = {"place": "9940", "theme": "energy", "observed": "De verwarming staat niet aan."}


class Program:
    """Another system with a token of one person; checks each answer against the contract."""

    def __init__(self, client, session, actor):
        self.client, self.keys = client, 0
        self.token = accounts.create_token(
            actor.email, name="test", valid=accounts.timedelta(days=1), by=system_actor()
        )
        session.commit()
        self.document = client.get("/api/v1/openapi.json").get_json()

    def get(self, path, code=200):
        return self._open("GET", path, code)

    def post(self, path, content=None, code=200, key=None):
        self.keys += 1
        headers = {"Idempotency-Key": key or f"{id(self)}-{self.keys}"}
        return self._open("POST", path, code, json=content or {}, headers=headers)

    def _open(self, method, path, code, headers=None, **options):
        headers = {"Authorization": f"Bearer {self.token}", **(headers or {})}
        address = path if path.startswith("/api") else f"/api/v1{path}"
        answer = self.client.open(address, method=method, headers=headers, **options)
        assert answer.status_code == code, answer.get_data(as_text=True)
        self._check(method, answer)
        forget_request()
        return answer

    def _check(self, method, answer):
        """What came is what the contract tells."""
        with self.client.application.test_request_context(answer.request.path, method=method) as context:
            name = (context.request.endpoint or "").removeprefix("api.")
        told = next(
            operation["responses"][str(answer.status_code)]
            for methods in self.document["paths"].values()
            for operation in methods.values()
            if operation["operationId"] == name
        )
        if "$ref" in told:
            told = self.document["components"]["responses"][told["$ref"].rsplit("/", 1)[1]]
        assert answer.mimetype in told["content"]
        schema = {**told["content"][answer.mimetype]["schema"], "components": self.document["components"]}
        jsonschema.Draft202012Validator(schema).validate(answer.get_json())


@pytest.fixture
def program(client, session):
    return lambda actor: Program(client, session, actor)


def looks(session, action):
    return session.scalar(sa.select(sa.func.count()).where(AuditEntry.action == action))


# ---------------------------------------------------------------- notices
def test_a_partner_registers_a_notice_and_follows_its_state(session, program):
    worker = make.make_worker()
    partner = make.make_partner()
    gbo = make.make_gbo(session.get(Tenant, worker.tenant_id), session.get(Tenant, partner.tenant_id))
    make.make_rule(gbo, session.get(Tenant, worker.tenant_id))
    sender, receiver = program(partner), program(worker)

    made = sender.post("/signals", NOTICE, 201)
    assert made.headers["Location"] == f"/api/v1/signals/{made.get_json()['id']}"
    followed = sender.get(made.headers["Location"]).get_json()
    assert followed["status"] == "received"
    assert followed["observed"] is None  # the receiver reads it, the sender does not read along
    assert followed["turn"]["state"] == "partner"
    assert [row["id"] for row in sender.get("/signals?list=sent").get_json()["items"]] == [
        made.get_json()["id"]
    ]
    assert sender.get("/signals?list=waiting").get_json()["items"] == []

    read = receiver.get(made.headers["Location"]).get_json()
    assert read["observed"] == NOTICE["observed"]
    assert read["turn"]["state"] == "us"
    assert looks(session, "signal.read") == 1


@pytest.mark.parametrize(
    ("change", "field", "word"),
    [
        ({"place": "Nergenshuizen"}, "place", "Nergenshuizen"),
        ({"place": "44001"}, "place", "Aalter"),  # a municipality that no longer exists
        ({"theme": "weather"}, "theme", "energy"),
        ({"observed": "  "}, "observed", ""),
        ({"subject_name": "A. Peeters", "agrees": False}, "informed_reason", ""),
        ({"age_group": 80}, "age_group", ""),
    ],
)
def test_a_wrong_notice_is_refused_on_its_field(session, program, change, field, word):
    worker = make.make_worker()
    problem = program(worker).post("/signals", {**NOTICE, **change}, 422).get_json()
    assert problem["field"] == field
    assert word in problem["detail"]
    assert session.scalar(sa.select(sa.func.count()).select_from(Signal)) == 0


def test_the_same_key_gives_the_same_answer_and_one_notice(session, program):
    system = program(make.make_worker())
    first = system.post("/signals", NOTICE, 201, key="one")
    again = system.post("/signals", NOTICE, 201, key="one")
    assert again.get_json() == first.get_json()
    assert again.headers["Location"] == first.headers["Location"]
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert session.scalar(sa.select(sa.func.count()).select_from(Signal)) == 1
    other = system.post("/signals", {**NOTICE, "theme": "debts"}, 409, key="one").get_json()
    assert other["type"].endswith("#conflict")


def test_a_refused_request_leaves_its_key_free(session, program):
    system = program(make.make_worker())
    system.post("/signals", {**NOTICE, "place": "Nergens"}, 422, key="one")
    system.post("/signals", NOTICE, 201, key="one")


def test_keys_of_two_people_do_not_meet(session, program):
    one, other = program(make.make_worker()), program(make.make_worker())
    first = one.post("/signals", NOTICE, 201, key="one").get_json()
    assert other.post("/signals", NOTICE, 201, key="one").get_json()["id"] != first["id"]


# ---------------------------------------------------------------- lists
def test_lists_are_read_page_by_page_without_loss_or_repeat(session, program):
    worker = make.make_worker()
    made = {str(make.make_signal(worker).id) for _ in range(5)}
    system, found, address = program(worker), [], "/signals?limit=2"
    while address:
        answer = system.get(address)
        page = answer.get_json()
        found += [row["id"] for row in page["items"]]
        link = answer.headers.get("Link", "")
        assert (page["next"] is None) == (link == "")
        address = link[1 : link.index(">")] if link else None
    assert len(found) == 5
    assert set(found) == made


@pytest.mark.parametrize("path", ["/signals", "/cases", "/referrals?direction=sent&list=all", "/tasks"])
def test_lists_take_few_statements(session, program, client, statements, path):
    worker, partner = make.make_worker(), make.make_partner()
    for _ in range(4):
        make.make_signal(worker)
        make.make_referral(worker, partner, shared=("energy",))
    system = program(worker)
    system.get(path)
    with statements() as seen:
        system.get(path)
    assert len(seen) <= 6, "\n".join(seen)


# ---------------------------------------------------------------- files
def test_a_file_is_read_with_its_person_and_the_look_is_kept(session, program):
    worker = make.make_worker()
    case = make.make_case(worker)
    make.make_question(case, worker)
    system = program(worker)
    row = system.get("/cases").get_json()["items"][0]
    assert row["id"] == str(case.id)
    assert "person" not in row
    assert looks(session, "case.read") == 0
    whole = system.get(f"/cases/{case.id}").get_json()
    assert whole["person"]["name"] == case.person.name
    assert whole["questions"][0]["own_words"] == "Ik kan mijn gasfactuur niet betalen."
    assert looks(session, "case.read") == 1
    where = system.get(f"/instances/case-{case.id}").get_json()
    assert where["process"] == "case"
    assert where["turn"]["state"] in {"me", "us"}
    assert where["tasks"]


# ---------------------------------------------------------------- referrals
def test_a_partner_system_reads_asks_and_accepts(session, program):
    worker, partner = make.make_worker(), make.make_partner()
    case = make.make_case(worker)
    make.make_question(case, worker)
    referral = make.make_referral(worker, partner, case=case, shared=("energy",))
    receiver, sender = program(partner), program(worker)

    listed = receiver.get("/referrals").get_json()["items"]
    assert [row["id"] for row in listed] == [str(referral.id)]
    assert listed[0]["turn"]["state"] == "us"
    before = receiver.get(f"/referrals/{referral.id}").get_json()
    assert (before["stage"], before["status"], before["fhir_status"]) == ("before", "seen", "received")
    assert case.person.name not in str(before)
    assert before["agreed"] == []

    receiver.post(f"/referrals/{referral.id}/ask", {"question": "Is er een afbetalingsplan?"})
    asked = sender.get(f"/referrals/{referral.id}").get_json()
    assert asked["messages"][0]["text"] == "Is er een afbetalingsplan?"
    assert asked["turn"]["state"] == "me"
    receiver.post(f"/referrals/{referral.id}/waiting-list", {}, 409)
    receiver.post(f"/referrals/{referral.id}/decline", {"reason": "no_capacity"}, 409)
    sender.post(f"/referrals/{referral.id}/answer", {"answer": "Nog niet."})

    accepted = receiver.post(f"/referrals/{referral.id}/accept").get_json()
    assert accepted["status"] == "accepted"
    after = receiver.get(f"/referrals/{referral.id}").get_json()
    assert after["stage"] == "after"
    assert case.person.name in str(after["agreed"])
    assert looks(session, "referral.read") >= 3


def test_a_late_answer_gets_a_conflict_and_changes_nothing(session, program):
    worker, partner = make.make_worker(), make.make_partner()
    referral = make.make_referral(worker, partner)
    receiver = program(partner)
    receiver.post(f"/referrals/{referral.id}/decline", {"reason": "no_capacity"})
    problem = receiver.post(f"/referrals/{referral.id}/accept", {}, 409).get_json()
    assert problem["detail"]
    session.refresh(referral)
    assert referral.status == ReferralStatus.DECLINED


def test_a_decision_on_an_older_version_is_refused(session, program):
    referral = make.make_referral(make.make_worker(), partner := make.make_partner())
    receiver = program(partner)
    before = receiver.post(f"/referrals/{referral.id}/accept").get_json()["version"]
    receiver.post(f"/referrals/{referral.id}/start", {"version": before - 1}, 409)
    receiver.post(f"/referrals/{referral.id}/start", {"version": before})


def test_a_decision_repeated_with_its_key_is_one_decision(session, program):
    worker, partner = make.make_worker(), make.make_partner()
    referral = make.make_referral(worker, partner)
    receiver = program(partner)
    first = receiver.post(f"/referrals/{referral.id}/accept", key="a").get_json()
    assert receiver.post(f"/referrals/{referral.id}/accept", key="a").get_json() == first
    assert looks(session, "referral.accepted") == 1


def test_an_acceptance_is_taken_back_and_the_door_closes_again(session, program):
    worker, partner = make.make_worker(), make.make_partner()
    referral = make.make_referral(worker, partner)
    receiver, sender = program(partner), program(worker)
    path = f"/referrals/{referral.id}"
    version = receiver.post(f"{path}/accept").get_json()["version"]
    receiver.post(f"{path}/undo-accept", {"version": version - 1}, 409)
    first = receiver.post(f"{path}/undo-accept", {"version": version}, key="undo").get_json()
    assert first["status"] == "seen"
    assert receiver.post(f"{path}/undo-accept", {"version": version}, key="undo").get_json() == first
    assert receiver.get(path).get_json()["stage"] == "before"
    receiver.post(f"{path}/undo-accept", {}, 409)
    assert sender.post(f"{path}/nudge").get_json()["status"] == "seen"
    sender.post(f"{path}/nudge", {}, 409)  # one a working day
    assert sender.post(f"{path}/withdraw", {"reason": "Ze ging zelf."}).get_json()["status"] == "withdrawn"
    assert receiver.get(path).get_json()["stage"] == "closed"


def test_help_that_does_not_work_out_needs_its_reason(session, program):
    referral = make.make_referral(make.make_worker(), partner := make.make_partner())
    receiver, path = program(partner), f"/referrals/{referral.id}"
    receiver.post(f"{path}/accept")
    assert receiver.post(f"{path}/fail", {}, 422).get_json()["field"] == "reason"
    failed = receiver.post(f"{path}/fail", {"reason": "unreachable", "remark": "Niemand nam op."})
    assert failed.get_json()["status"] == "failed"


@pytest.mark.parametrize(
    ("content", "field"), [({}, "reason"), ({"reason": "other"}, "remark"), ({"reason": "none"}, "reason")]
)
def test_declining_needs_a_reason(session, program, content, field):
    referral = make.make_referral(make.make_worker(), partner := make.make_partner())
    problem = program(partner).post(f"/referrals/{referral.id}/decline", content, 422).get_json()
    assert problem["field"] == field


def test_taking_the_basis_back_closes_the_door_for_programs_too(session, program):
    worker, partner = make.make_worker(), make.make_partner()
    referral = make.make_referral(worker, partner)
    receiver = program(partner)
    receiver.post(f"/referrals/{referral.id}/accept")
    bases.withdraw_basis(session.get_one(Basis, referral.basis_id), by=worker)
    closed = receiver.get(f"/referrals/{referral.id}").get_json()
    assert (closed["stage"], closed["now"], closed["agreed"], closed["messages"]) == ("closed", [], [], [])
    receiver.post(f"/referrals/{referral.id}/start", {}, 409)


# ---------------------------------------------------------------- another organization
def test_a_token_of_another_organization_sees_nothing(session, program):
    worker = make.make_worker()
    case = make.make_case(worker)
    signal = make.make_signal(worker)
    referral = make.make_referral(worker, make.make_partner(), case=case)
    for stranger in (make.make_worker(), make.make_partner()):
        system = program(stranger)
        for path in (
            f"/cases/{case.id}",
            f"/signals/{signal.id}",
            f"/referrals/{referral.id}",
            f"/instances/case-{case.id}",
            f"/instances/referral-{referral.id}",
        ):
            system.get(path, 404)
        for act in ACTS:
            system.post(f"/referrals/{referral.id}/{act}", {}, 404)
        for path in ("/signals", "/referrals?list=all", "/tasks?scope=team"):
            assert system.get(path).get_json()["items"] == []
        if policy.is_intake_worker(stranger):
            assert system.get("/cases?list=all").get_json()["items"] == []
        else:
            system.get("/cases", 403)
    assert looks(session, "access.refused") > 0


def test_every_operation_of_the_intake_is_tried_here():
    own = {name for name, each in api.operations.items() if each.tag in {"signals", "cases", "referrals"}}
    assert own == {
        "list_signals", "show_signal", "register_signal", "list_cases", "show_case", "list_referrals",
        "show_referral", "accept_referral", "waitlist_referral", "decline_referral", "ask_referral",
        "start_referral", "complete_referral", "answer_referral", "undo_accept_referral", "fail_referral",
        "nudge_referral", "withdraw_referral",
    }  # fmt: skip
