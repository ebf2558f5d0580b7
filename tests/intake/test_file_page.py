"""The page of a file stays as light after years of events as on its first day."""

import gzip
import itertools
from datetime import timedelta

import pytest
import sqlalchemy as sa

from core import clock
from core.db import uuid7
from intake import contacts, notes, referrals, timeline
from intake.models.contacts import AttemptResult
from intake.models.notes import Note, Visibility
from intake.models.transitions import Transition
from intake.models.vocabulary import Channel, LifeDomain, Urgency
from tests.factories import intake as make

MOST_STATEMENTS, MOST_BYTES, EVENTS = 8, 14_000, 300
# Notes as they are written: other words each time, so that compressing them is no gift.
WHO = ("De deurwaarder", "Haar zus", "De huisbaas", "De school", "Fluvius", "De dokter", "Het ziekenfonds")
DID = ("belde terug over", "stuurde een brief over", "vraagt uitstel voor", "weet nog niets van", "betwist")
WHAT = ("de achterstal van mei", "het afbetalingsplan", "een attest van 2024", "de waarborg", "de gasmeter")
THEN = (
    "We wachten tot vrijdag.",
    "Morgen opnieuw bellen.",
    "Kopie zit in het dossier.",
    "Ze komt langs om 14 u.",
)


@pytest.fixture
def old_file(session, nele):
    """A file with everything a page may show, and three hundred events."""
    case = make.make_case(nele, urgency=Urgency.U2)
    for domain in (LifeDomain.ENERGY, LifeDomain.DEBTS, LifeDomain.HOUSING, LifeDomain.HEALTH):
        make.make_question(case, nele, domain, own_words=f"Ik weet geen raad meer met {domain}.")
    partner = make.make_partner()
    for number in range(4):
        sent = make.make_referral(nele, partner, case=case, request=f"Help met brief {number}.")
        if number < 2:
            referrals.accept(sent, by=partner)
    referrals.ask(sent, "Over welke maand gaat de factuur?", by=partner)
    for day in range(3):
        notes.plan_follow_up(case, f"Bellen over dag {day}", clock.today() + timedelta(days=day), by=nele)
    contacts.note_attempt(case, channel=Channel.PHONE, result=AttemptResult.NOT_REACHED, by=nele)
    _write_notes(session, case, nele)
    return case


def _write_notes(session, case, by):
    """Rows as `notes.add_note` writes them, in two statements instead of a thousand."""
    model = notes.add_note(case, "De eerste notitie.", by=by)
    known = session.scalar(sa.select(sa.func.count()).where(Transition.case_id == case.id))
    words = itertools.islice(itertools.cycle(itertools.product(WHO, WHAT, DID, THEN)), 0, None, 37)
    made = []
    for who, what, did, then in itertools.islice(words, EVENTS - known):
        note = Note(
            id=uuid7(), case_id=case.id, visibility=Visibility.INTERNAL, at=clock.now(),
            by_id=by.user_id,
        )  # fmt: skip
        note.text = f"{who} {did} {what}. {then}"
        made.append(note)
    session.add_all(made)
    session.flush()
    row = (
        session.execute(sa.select(Transition.__table__).where(Transition.detail_id == model.id))
        .mappings()
        .one()
    )
    copies = [{**row, "detail_id": note.id, "at": note.at} for note in made]
    session.execute(sa.insert(Transition), [{k: v for k, v in copy.items() if k != "id"} for copy in copies])


def test_a_file_with_300_events_keeps_to_its_statements_and_its_size(client, session, statements, old_file):
    page = f"/cases/{old_file.id}"
    count = session.scalar(sa.select(sa.func.count()).where(Transition.case_id == old_file.id))
    assert count == EVENTS
    client.get(page)
    for address in (page, f"{page}?only=notes", f"{page}?before=100000000"):
        session.expire_all()
        with statements() as seen:
            answer = client.get(address)
        assert answer.status_code == 200
        assert len(seen) <= MOST_STATEMENTS, address
        assert len(gzip.compress(answer.data, 6)) <= MOST_BYTES, address
        assert sum(answer.text.count(f"{who} ") for who in WHO) == timeline.PAGE, address
