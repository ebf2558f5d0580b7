"""After a file was erased only counts remain: no table, no disk, no page holds who it was about."""

import random
from datetime import date, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from core import clock, crypto, drafts, parameters
from core.access import Role
from core.db import Base, transaction
from core.errors import DomainError, NotFound
from core.models.accounts import Membership, Tenant, User
from core.models.records import ContentKey, Parameter
from intake import cases, persons, retention, rights
from intake.models.cases import CaseStatus, ClosingReason
from intake.models.help_requests import Outcome
from intake.models.persons import Person
from intake.models.referrals import Referral
from intake.models.rights import RightEnd, RightReview
from intake.models.signals import Signal
from intake.persons import Sought
from tests.factories import intake as make
from tests.factories.core import make_actor
from tests.intake.test_privacy_routes import doors, shown_at, whole_file


def with_rule(tenant, years=10, valid=1461, source="SR-2024-017"):
    parameters.put(
        retention.YEARS, years, valid_from=clock.today() - timedelta(days=30),
        valid_to=clock.today() + timedelta(days=valid), tenant_id=tenant.id, source=source,
    )  # fmt: skip


@pytest.fixture
def closed(session):
    """A whole file that was closed eleven years ago."""
    by = make.make_worker()
    case, secrets, keys = whole_file(random.Random(11), by)
    session.commit()
    with transaction():
        drafts.save(by.user_id, f"form:/cases/{case.id}/refer", {"request": secrets["name"]})
    outcomes = dict.fromkeys((asked.id for asked in case.help_requests), Outcome.HANDED_OVER)
    ends = dict.fromkeys((review.id for review in rights.of_case(case)), RightEnd.STILL_OPEN)
    cases.close_case(
        case, ClosingReason.HANDED_OVER, note=secrets["asked"], outcomes=outcomes, rights_ends=ends, by=by
    )
    case.closed_at -= timedelta(days=11 * 366)
    session.flush()
    return by, case, secrets, keys


def everything(session):
    """All that stands in the database, by table: text, JSON and bytes as they can be read."""
    found = {}
    for table in Base.metadata.tables.values():
        found[table.name] = "\n".join(
            value.decode(errors="replace") if isinstance(value, bytes) else str(value)
            for row in session.execute(sa.select(table))
            for value in row
        )
    return found


def test_nothing_but_counts_is_left_of_an_erased_file(client, session, closed):
    by, case, secrets, keys = closed
    tenant, person_id = session.get(Tenant, by.tenant_id), case.person_id
    with_rule(tenant)
    counted = (Referral, RightReview, Signal)
    before = [session.scalar(sa.select(sa.func.count()).select_from(model)) for model in counted]
    folder = Path(client.application.extensions["settings"].var) / "files"
    stored = list(folder.rglob(f"*{keys['document_id']}*"))
    assert [found.number for found in retention.due(tenant)] == [case.number]
    number, opened = case.number, case.opened_at
    session.commit()
    with transaction():
        retention.erase(case, by=by)
    texts = everything(session)
    found = {(table, key) for table, text in texts.items() for key, each in secrets.items() if each in text}
    assert found == set()
    assert f"/cases/{case.id}" not in texts["draft"]
    person = session.get(Person, person_id)
    assert (person.birth_year, person.birth_month, person.birth_day) == (None, None, None)
    assert (person.name, person.phone, person.ssin_hash, person.address) == ("", "", None, None)
    assert person.keys == []
    for owner in (case.id, keys["signal_id"]):
        assert session.get(ContentKey, owner).wrapped is None
    with pytest.raises(NotFound):
        crypto.open_with(case.id, "any.place", b"1\0" + b"0" * 40)
    assert stored
    assert not [path for path in stored if path.exists()]
    assert [session.scalar(sa.select(sa.func.count()).select_from(model)) for model in counted] == before
    assert (case.number, case.opened_at, case.closing_reason) == (number, opened, ClosingReason.HANDED_OVER)
    assert persons.find_matches(Sought(last_name="Test", first_name=secrets["name"]), by=by) == []
    # Nor on any page, and every page still answers.
    client.sign_in(by.email)
    page = shown_at(client, doors(client.application, keys, number))
    assert not [key for key, secret in secrets.items() if secret in page]
    partner = session.scalars(
        sa.select(User)
        .join(Membership, Membership.user_id == User.id)
        .join(Referral, Referral.receiving_tenant_id == Membership.tenant_id)
        .where(Referral.id == keys["referral_id"])
    ).first()
    client.post("/logout")
    client.sign_in(partner.email)
    for door in ("/my-day", "/referrals?tab=running", f"/referrals/{keys['referral_id']}"):
        answer = client.get(door)
        assert answer.status_code == 200, door
        assert not [key for key, secret in secrets.items() if secret in answer.text], door
    client.post("/logout")
    client.sign_in(by.email)
    for listed in ("/cases?tab=closed", "/signals?tab=all", "/my-day", "/aid-register", "/team/outcomes"):
        assert client.get(listed).status_code in {200, 403}, listed


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        (None, "no rule"),
        ({"years": 12}, "not yet"),
        ({"years": None}, "a number"),
        ({"years": 0}, "one year at least"),
        ({"years": 0.5}, "a whole number"),
        ({"years": True}, "a number"),
        ({"valid": 5 * 366}, "a rule holds five years at most"),
        ({"source": ""}, "a rule has an id"),
    ],
)
def test_without_a_published_rule_nothing_is_erased(session, closed, rule, why):
    by, case, secrets, _keys = closed
    tenant = session.get(Tenant, by.tenant_id)
    if rule is not None:
        with_rule(tenant, **rule)
    assert retention.due(tenant) == [], why
    with pytest.raises(DomainError):
        retention.erase(case, by=by)
    assert case.person.first_name == secrets["name"]


def test_somebody_whom_another_file_needs_stays_known(session, closed):
    by, case, secrets, _keys = closed
    other = make.make_case(by, person=case.person)
    with_rule(session.get(Tenant, by.tenant_id))
    retention.erase(case, by=by)
    assert other.person.first_name == secrets["name"]
    assert persons.find_matches(Sought(last_name="Test", first_name=secrets["name"]), by=by)


def test_the_command_says_what_would_go_and_erases_when_told(session, closed, cli):
    by, case, secrets, _keys = closed
    tenant = session.get(Tenant, by.tenant_id)
    with_rule(tenant)
    arguments = ("retention", "erase", "--tenant", tenant.name)
    told = cli.json(*arguments)
    assert (told["rule"], [one["number"] for one in told["files"]], told["erased"]) == (
        "SR-2024-017", [case.number], False,
    )  # fmt: skip
    assert case.person.first_name == secrets["name"]
    cli.json(*arguments, "--apply")
    assert case.person.first_name == ""
    assert cli.json(*arguments)["files"] == []
    assert date.fromisoformat(told["files"][0]["closed_on"]) < clock.today()


def test_one_file_that_cannot_be_erased_stops_no_other(session, closed, cli, monkeypatch):
    by, case, _secrets, _keys = closed
    other = make.make_case(by, person=make.make_person(by, first_name="Mia"))
    cases.close_case(other, ClosingReason.ANSWERED, by=by)
    other.closed_at -= timedelta(days=12 * 366)
    tenant = session.get(Tenant, by.tenant_id)
    with_rule(tenant)
    forget = retention._forget_people

    def fail(found):
        if found.id == other.id:
            raise PermissionError("of a file on the disk")
        forget(found)

    monkeypatch.setattr(retention, "_forget_people", fail)
    told = cli.json("retention", "erase", "--tenant", tenant.name, "--apply", code=1)
    assert [one["number"] for one in told["files"]] == [other.number, case.number]
    assert told["left"] == [{"number": other.number, "why": "PermissionError"}]
    assert (other.person.first_name, case.person.first_name) == ("Mia", "")


def test_an_organization_sets_its_rule_on_the_page_of_amounts_and_terms(client, session, closed):
    by, case, _secrets, _keys = closed
    tenant = session.get(Tenant, by.tenant_id)
    client.sign_in(make_actor(Role.ADMINISTRATOR, tenant=tenant).email)
    page = f"/admin/parameters/{retention.YEARS}"
    assert "null" not in client.get(page).text
    assert "Er geldt niets" in client.get(page).text
    since, until = clock.today(), clock.today() + timedelta(days=365)
    sent = {"valid_from": f"{since:%d/%m/%Y}", "valid_to": f"{until:%d/%m/%Y}", "source": "SR-2024-017"}
    for wrong in ("null", "0", "2.5", "true", "tien"):
        assert client.post(page, data={**sent, "value": wrong}).status_code == 422, wrong
    assert session.scalars(sa.select(Parameter).where(Parameter.key == retention.YEARS)).all() == []
    assert client.post(page, data={**sent, "value": "10"}).status_code == 302
    assert retention.rule_of(tenant) == retention.Rule("SR-2024-017", 10)
    assert [found.number for found in retention.due(tenant)] == [case.number]


def test_an_erased_file_says_so_and_is_not_reopened(client, session, closed):
    by, case, _secrets, _keys = closed
    with_rule(session.get(Tenant, by.tenant_id))
    session.commit()
    with transaction():
        retention.erase(case, by=by)
    client.sign_in(by.email)
    page = client.get(f"/cases/{case.id}").text
    assert "Gewist op" in page
    assert f"/cases/{case.id}/reopen" not in page
    with pytest.raises(DomainError, match="was erased"):
        cases.reopen_case(case, CaseStatus.IN_SUPPORT, by=by)
    assert case.is_closed
