"""A walk over the whole product: the demo with one of everything, an account for each role, every address."""

import io
import re
import uuid
from datetime import timedelta

import sqlalchemy as sa
from werkzeug.datastructures import FileStorage

from core import accounts, files
from core.access import system_actor
from core.clock import now, today
from core.db import Base, session, transaction
from core.models.accounts import User
from intake import aid_requests, appointments, contacts, referrals, rights
from intake.models.aid_requests import AidKind
from intake.models.referrals import ReferralKind
from intake.models.vocabulary import Channel
from tests.conftest import Client
from tests.databases import make_app
from tests.factories import intake as make
from workflows.models.instances import Instance
from workflows.subjects import Reference

# One account for each role, and a second organization for those who keep files of citizens.
ACCOUNTS = (
    "onthaal@ocmw-evergem.example",
    "teamlead@ocmw-evergem.example",
    "onthaal@caw-oost-vlaanderen.example",
    "partner@de-brug.example",
    "coordinator@gbo-meetjesland.example",
    "stuurgroep@gbo-meetjesland.example",
    "provincie@oost-vlaanderen.example",
    "zorgraad@meetjesland.example",
    "jury1@oost-vlaanderen.example",
    "deputatie@oost-vlaanderen.example",
    "financien@oost-vlaanderen.example",
    "dpo@ocmw-evergem.example",
    "beheer@draaischijf.example",
)
# What a value in an address names, where the table has another name.
TABLES = {
    "case_id": "intake_case", "user_id": "app_user", "bundle_id": "signal_bundle",
    "document_id": "stored_file", "attachment_id": "project_attachment", "tag_id": "policy_tag",
    "definition_id": "process_definition", "instance_id": "process_instance",
    "incident_id": "process_incident", "round_id": "call_round", "contact_id": "contact_moment",
    "delivery_id": "map_delivery", "correction_id": "map_correction", "amendment_id": "project_amendment",
    "session_id": "user_session", "message_id": "outbox",
    "question_id": "help_request", "request_id": "help_request",
    "access_id": "emergency_access", "exclusion_id": "exclusion",
    "line_id": "routing_rule",
}  # fmt: skip
NOBODY = uuid.UUID(int=7)


def make_walked(database, databases):
    """The product on a demo of its own, with what the demo lacks."""
    copy = databases.demo(database.kind).copy()
    app = make_app(copy.url, copy.folder, WTF_CSRF_ENABLED=False, api_per_minute=10**6)
    app.test_client_class = Client
    with app.app_context(), transaction():
        _add_what_the_demo_lacks()
    return app


def _add_what_the_demo_lacks():
    user = session.scalars(sa.select(User).where(User.email == ACCOUNTS[0])).one()
    worker = accounts.actor_of(accounts.live_memberships(user.id)[0], user)
    case = make.make_case(worker)
    make.make_question(case, worker)
    aid_requests.register_request(
        case, AidKind.LIVING_WAGE, "Ik heb geen geld meer", asked_on=today(), by=worker
    )
    rights.answer(case, {}, by=worker)
    contacts.register_contact(channel=Channel.DESK, by=worker)
    upload = FileStorage(io.BytesIO(b"%PDF-1.7\n1 0 obj\nendobj\ntrailer\n%%EOF\n"), "brief.pdf")
    files.keep(upload, owner_id=case.id, tenant_id=case.tenant_id, by=worker)
    referral = make.make_referral(worker, make.make_partner(), kind=ReferralKind.WARM)
    referrals.accept(referral, by=system_actor(referral.receiving_tenant_id))
    appointments.propose(referral, now() + timedelta(days=7), "Sociaal Huis", by=worker)


def table_of(name):
    wanted = TABLES.get(name, name.removesuffix("_id"))
    found = [mapper.class_ for mapper in Base.registry.mappers if mapper.class_.__tablename__ == wanted]
    return found[0] if found else None


def records(name, by_state=False):
    """Ids of records for a value in an address: one for each organization, or for each state of each."""
    model = table_of(name)
    if model is None:
        return []
    owner = getattr(model, "tenant_id", None) or getattr(model, "case_id", None) or model.id
    groups = [owner, model.status] if by_state and hasattr(model, "status") else [owner]
    query = (
        sa.select(sa.func.min(sa.cast(model.id, sa.String)))
        .group_by(*groups)
        .order_by(sa.func.count().desc())
    )
    found = session.scalars(query.limit(16 if len(groups) > 1 else 2))
    return [uuid.UUID(key) if "-" in key or len(key) == 32 else int(key) for key in found]


def addresses(app, route, by_state=False):
    """Addresses of a route with the key of the record that each names; one made up where there is none."""
    names = sorted(route.arguments)
    if not names:
        return [(route.rule, None)]
    first = re.search(r"<(?:[^:>]+:)?(\w+)>", route.rule)[1]
    found = [(key, {first: key}) for key in records(first, by_state)]
    if first == "subject":
        rows = session.execute(sa.select(Instance.subject_type_, Instance.subject_id).limit(400)).all()
        kinds = {row[0]: Reference(row[0], row[1]) for row in rows}
        found = [(reference, {first: reference}) for reference in kinds.values()]
    if first == "key":
        found = [("term.referral_answer", {"key": "term.referral_answer"})]
    if first == "nis":
        found = [("44019", {"nis": "44019"})]
    if first == "area_code":
        found = [("gbo-meetjesland", {first: "gbo-meetjesland"})]
    if not found:
        kind = re.search(r"<([^:>]+):", route.rule)[1]
        made_up = {"uuid": NOBODY, "int": 999_999, "string": "none"}.get(kind, "services")
        found = [(made_up, {first: made_up})]
    others = {
        name: {"number": 1, "step": 1, "kind": "services"}.get(name, NOBODY)
        for name in names
        if name != first
    }
    builder = app.url_map.bind("localhost")
    method = "GET" if "GET" in route.methods else "POST"
    return [
        (builder.build(route.endpoint, {**values, **others}, method), key)
        for key, values in found
    ]  # fmt: skip
