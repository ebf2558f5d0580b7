"""A published call changes in the open: versions stay readable, and who writes an application hears of it."""

import difflib
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy import orm

from core import outbox
from core.errors import Conflict, DomainError
from core.models.accounts import User
from core.models.outbox import OutboxMessage
from projects import calls, changes, editors, reading, versions
from projects.models.calls import Call
from projects.models.changes import CallChange
from tests.conftest import Client
from tests.factories.core import make_membership
from tests.factories.projects import (
    People,
    add_round,
    change,
    make_application,
    make_draft_call,
    make_open_call,
    make_people,
)

pytestmark = pytest.mark.usefixtures("in_english")


@pytest.fixture
def people(session: orm.Session) -> People:
    return make_people()


@pytest.fixture
def call(people: People) -> Call:
    return make_open_call(people)


def test_a_change_of_a_published_call_is_announced(people: People) -> None:
    call: Call = make_open_call(people)
    with pytest.raises(DomainError):
        calls.announce_change(call, " ", by=people.officer)
    calls.announce_change(call, "De hoogste subsidie is 50.000 euro.", by=people.officer)
    add_round(people, call)
    assert [notice.text for notice in calls.notices(call)][-1].startswith("De hoogste")
    assert any("Tweede ronde" in notice.text for notice in calls.notices(call))


def test_a_reader_sees_word_by_word_what_was_and_what_is(
    client: Client, session: orm.Session, people: People, call: Call
) -> None:
    change(people, call, text="Wat we ook steunen.", reason="Vraag van lezers")
    planned = call.rounds[0]
    assert planned.closes_at is not None
    later = planned.closes_at + timedelta(days=7)
    proposed = changes.propose_closing(planned, closes_at=later, reason="Storing", by=people.officer)
    changes.make_change(proposed, by=people.second)
    last, changed, first = versions.editions(call)
    assert [(e.number, e.reason) for e in (last, changed, first)] == [
        (3, "Storing"), (2, "Vraag van lezers"), (1, "")
    ]  # fmt: skip
    assert first.differences == []
    (text,) = changed.differences
    assert [(piece.kind, piece.text) for piece in text.pieces if piece.kind != "same"] == [("new", "ook ")]
    assert [difference.label for difference in last.differences] == ["When you can apply"]
    session.commit()
    page = client.get(f"/calls/{call.id}/versions").text
    assert page.count('data-testid="call-version"') == 3
    assert "<ins>" in page
    assert "Vraag van lezers" in client.get(f"/calls/{call.id}").text


def test_what_readers_never_saw_is_no_version(client: Client, session: orm.Session, people: People) -> None:
    draft = make_draft_call(people)
    calls.edit_call(draft, by=people.officer, text="Anders")
    assert versions.editions(draft) == []
    with pytest.raises(Conflict):
        changes.propose_texts(draft, text="Nog anders", reason="Beter", by=people.officer)
    session.commit()
    assert client.get(f"/calls/{draft.id}/versions").status_code == 404


def test_rules_that_were_approved_do_not_change_and_a_change_has_its_reason(
    people: People, call: Call
) -> None:
    with pytest.raises(Conflict):
        calls.edit_call(call, by=people.officer, max_grant_cents=1)
    for values, field in (
        ({"text": "x", "reason": " "}, "reason"),
        ({"remedies": " ", "reason": "Korter"}, "remedies"),
        ({"text": call.text, "reason": "Niets"}, None),
        ({"title": "Anders", "reason": "Titel"}, None),
    ):
        with pytest.raises(DomainError) as refusal:
            changes.propose_texts(call, by=people.officer, **values)  # type: ignore[arg-type]
        assert refusal.value.field == field
    assert len(versions.editions(call)) == 1


def test_a_call_of_before_versions_keeps_what_it_said(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(versions, "keep", lambda _call: None)  # it was published when none were kept
        call = make_open_call(people)
    before = call.text
    change(people, call, text="Nieuw")
    assert [row.content["text"] for row in versions._rows(call.id)] == ["Nieuw", before]


def test_who_writes_an_application_hears_of_every_change(
    client: Client, session: orm.Session, people: People, call: Call
) -> None:
    application = make_application(people, call)
    along = make_membership(None, None)
    editors.add_editor(application, along.user_id, by=people.applicant)
    session.commit()
    outbox.drain()
    session.execute(sa.delete(OutboxMessage))
    session.commit()
    change(people, call, summary="Korter gezegd", reason="Duidelijker")
    add_round(people, call, "Extra")
    session.commit()
    outbox.drain()
    mails = session.scalars(sa.select(OutboxMessage.payload).where(OutboxMessage.kind == "mail.send")).all()
    told = [mail["user_id"] for mail in mails if "/changes/" not in mail["path"]]
    assert sorted(told) == sorted([str(people.applicant.user_id), str(along.user_id)] * 2)
    assert {mail["path"] for mail in mails if "/changes/" not in mail["path"]} == {
        f"/calls/{call.id}/versions"
    }
    client.sign_in(session.get_one(User, people.applicant.user_id).email)
    assert f"/calls/{call.id}/versions" in client.get(f"/applications/{application.id}/edit").text
    calls.withdraw_call(call, reason="Geen krediet", by=people.officer)
    session.commit()
    outbox.drain()
    query = sa.select(sa.func.count()).where(OutboxMessage.kind == "mail.send")
    assert session.scalar(query) == len(mails) + 2


def test_the_change_of_a_colleague_is_not_overwritten(
    client: Client, session: orm.Session, people: People, call: Call
) -> None:
    session.commit()
    client.sign_in(session.get_one(User, people.officer.user_id).email)
    page, seen = f"/calls/{call.id}/change", call.version
    older = changes.propose_texts(call, text="Van de collega", reason="Eerst", by=people.second)
    crossing = changes.propose_texts(call, text="Van nog iemand", reason="Ook", by=people.second)
    changes.make_change(older, by=people.officer)
    with pytest.raises(Conflict):
        changes.make_change(crossing, by=people.officer)
    with pytest.raises(Conflict):
        changes.decline_change(older, reason="Toch niet", by=people.officer)
    session.commit()
    fields = {"summary": call.summary, "legal_basis": call.legal_basis, "remedies": call.remedies}
    sent = {**fields, "text": "Van mij", "reason": "Later", "version": str(seen)}
    answer = client.post(page, data=sent)
    assert answer.status_code == 422
    assert "Van mij" in answer.text
    assert client.post(page, data={**sent, "version": str(call.version)}).status_code == 302
    session.expire_all()
    assert call.text == "Van de collega"


def test_a_published_call_changes_under_four_eyes(
    client: Client, session: orm.Session, people: People, call: Call
) -> None:
    email = {who: session.get_one(User, who.user_id).email for who in (people.officer, people.second)}
    session.commit()
    client.sign_in(email[people.officer])
    sent = {"summary": call.summary, "legal_basis": call.legal_basis, "remedies": call.remedies}
    sent |= {"text": "Nieuwe tekst", "reason": "Vraag van lezers", "version": str(call.version)}
    assert client.post(f"/calls/{call.id}/change", data=sent).status_code == 302
    (proposed,) = reading.of_call(call)["changes"]
    page = f"/calls/changes/{proposed.id}/make"
    assert page not in client.get("/my-work").text
    assert client.post(page).status_code == 422
    assert (call.text == "Nieuwe tekst", len(versions.editions(call))) == (False, 1)
    assert "Nieuwe tekst" not in client.get(f"/calls/{call.id}/versions").text
    outbox.drain()
    told = session.scalars(sa.select(OutboxMessage.payload).where(OutboxMessage.kind == "mail.send")).all()
    assert [mail["user_id"] for mail in told if mail["path"] == page] == [str(people.second.user_id)]
    client.get("/logout")
    client.sign_in(email[people.second])
    assert page in client.get("/my-work").text
    assert "<ins>" in client.get(f"/calls/{call.id}").text
    assert client.post(page).status_code == 302
    session.expire_all()
    assert call.text == "Nieuwe tekst"
    assert "Vraag van lezers" in client.get(f"/calls/{call.id}").text
    assert page not in client.get("/my-work").text
    alone = sa.update(CallChange).values(decided_by=CallChange.proposed_by)
    with pytest.raises(sa.exc.IntegrityError), session.begin_nested():
        session.execute(alone)


def test_long_texts_are_compared_in_bounded_time(monkeypatch: pytest.MonkeyPatch) -> None:
    pieces = versions.pieces("een twee  drie\nvier", "een twee  vijf\nvier")
    assert [(piece.kind, piece.text) for piece in pieces] == [
        ("same", "een twee  "), ("old", "drie\n"), ("new", "vijf\n"), ("same", "vier"),
    ]  # fmt: skip
    before, after = (
        "woord " * 3_000 + "oud" + " woord" * 3_000,
        "woord " * 3_000 + "nieuw" + " woord" * 3_000,
    )
    kinds = [(piece.kind, piece.text.strip()) for piece in versions.pieces(before, after)]
    assert [one for one in kinds if one[0] != "same"] == [("old", "oud"), ("new", "nieuw")]
    asked: list[int] = []

    class Counted(difflib.SequenceMatcher[str]):
        def __init__(self, _junk: None, a: list[str], b: list[str], **kwargs: bool) -> None:
            asked.append(len(a) * len(b))
            super().__init__(_junk, a, b, **kwargs)

    monkeypatch.setattr(difflib, "SequenceMatcher", Counted)
    whole = versions.pieces("a b " * 2_500 + "a", "b a " * 2_500 + "b")
    assert [piece.kind for piece in whole] == ["old", "new"]
    assert all(size <= versions.MOST_COMPARED for size in asked)


def test_the_start_of_a_text_may_be_white_space() -> None:
    assert "".join(piece.text for piece in versions.pieces(" \n een", "") if piece.kind == "old") == " \n een"
    assert list(versions.pieces("\n een", "een")) == [
        versions.Piece("old", "\n "), versions.Piece("same", "een")
    ]  # fmt: skip
