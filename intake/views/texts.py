"""What every template of the intake may ask: labels of codes, names of places, turns and clocks."""

import uuid
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

from flask import url_for

from core import clock
from core.access import Actor, current_actor
from core.i18n import _, ngettext, short_date
from core.models.accounts import TenantKind
from intake import (
    help_requests,
    insz,
    labels,
    nudges,
    partner_view,
    places,
    referrals,
    routing_texts,
    triage,
    turns,
)
from intake.event_titles import event_title
from intake.models.cases import Case
from intake.models.persons import Avoid, Person
from intake.models.referrals import Referral
from intake.models.signals import Circumstance, Signal, SignalStatus
from intake.models.vocabulary import Urgency

TITLE = 90


def shared() -> dict[str, Any]:
    return {
        "label": labels.label,
        "theme_name": lambda theme: labels.label(theme) or _("Theme not known yet"),
        "urgency_tone": labels.urgency_tone,
        "place_name": places.name,
        "triage_reason": lambda rule: labels.TRIAGE.get(rule, ""),
        "item_name": lambda code: labels.ITEMS.get(code, code),
        "reason_name": lambda code: labels.REASONS.get(code, code),
        "language_name": lambda code: labels.LANGUAGES.get(code, code),
        "circumstance_name": lambda code: labels.label_of(Circumstance, code),
        "avoid_name": lambda code: labels.label_of(Avoid, code),
        "masked": insz.masked,
        "turn_of": turn_of,
        "clock_of": clock_of,
        "signal_clock": signal_clock,
        "age_text": turns.age_text,
        "person_line": person_line,
        "term_name": lambda kind: labels.TERMS.get(kind, kind),
        "case_name": case_name,
        "held_for_now": held_for_now,
        "line_term": partner_view.term,
        "line_text": partner_view.text,
        "routing_reason": routing_texts.reason,
        "event_title": event_title,
        "referral_title": referral_title,
        "last_day": referrals.last_day,
        "can_nudge": nudges.can_nudge,
        "was_nudged": nudges.was_nudged,
        "act_fields": act_fields,
    }


def act_fields(record: Any = None) -> dict[str, str]:
    """Values of the hidden fields of a one-button form: a command id and the version that was seen."""
    return {"command_id": str(uuid.uuid4()), "version": str(getattr(record, "version", "") or "")}


def turn_of(record: Signal | Case | Referral, partner: str = "") -> turns.Turn:
    actor = current_actor()
    assert actor is not None  # noqa: S101 - pages of the intake have a signed-in reader
    if isinstance(record, Signal):
        return turns.of_signal(record, actor)
    return (
        turns.of_case(record, actor, partner)
        if isinstance(record, Case)
        else turns.of_referral(record, actor)
    )


def clock_of(due_at: datetime | None, started_at: datetime | None) -> SimpleNamespace | None:
    """A running term: state (ok, soon, late), its text in working days, and how much is gone."""
    if due_at is None:
        return None
    last, today = referrals.last_day(due_at), clock.today()
    assert last is not None  # noqa: S101 - due_at is given
    left = clock.working_days_between(today, last)
    begun = clock.brussels(started_at).date() if started_at else today
    whole = max(clock.working_days_between(begun, last), 1)
    percent = int(100 * (whole - max(left, 0)) / whole)
    if clock.now() >= due_at:
        days = max(clock.working_days_between(last, today), 1)
        text = ngettext("%(num)s working day too late", "%(num)s working days too late", days)
        return SimpleNamespace(state="late", text=text, percent=100)
    if left == 0:
        return SimpleNamespace(state="soon", text=_("Until today"), percent=percent)
    text = ngettext("%(num)s working day left", "%(num)s working days left", left)
    return SimpleNamespace(state="soon" if left <= 1 else "ok", text=text, percent=percent)


def signal_clock(signal: Signal) -> SimpleNamespace | None:
    """How long there is left to act on a notice: in hours within a day, in working days otherwise."""
    due_at = triage.act_by(signal.urgency, signal.received_at)
    if due_at is None or signal.status not in (SignalStatus.RECEIVED, SignalStatus.TRIAGED):
        return None
    left = due_at - clock.now()
    if timedelta(0) < left < timedelta(days=1):
        hours = max(round(left / timedelta(hours=1)), 1)
        text = ngettext("%(num)s hour left", "%(num)s hours left", hours)
        return SimpleNamespace(state="soon", text=text, percent=int(100 - hours / 24 * 100))
    if signal.urgency == Urgency.U1 and left > timedelta(days=-1):
        hours = max(round(-left / timedelta(hours=1)), 1)
        text = ngettext("%(num)s hour too late", "%(num)s hours too late", hours)
        return SimpleNamespace(state="late", text=text, percent=100)
    return clock_of(due_at, signal.received_at)


def case_name(case: Case) -> str:
    """How colleagues speak of a file: the person, the household, else its number."""
    if case.person is not None and case.person.name:
        return case.person.name
    if case.household_id is not None and case.household is not None and case.household.name:
        return str(_("Household %(name)s", name=case.household.name))
    return str(_("File %(number)s, no name yet", number=case.number))


def referral_title(referral: Referral) -> str:
    """What is asked and about whom, as far as the receiver may see it; else the service."""
    view = partner_view.view_of(referral)
    asked = next((line.values[0] for line in view.now if line.code == "request"), "")
    if not asked:
        return referral.service_name
    short = asked if len(asked) <= TITLE else asked[:TITLE].rsplit(" ", 1)[0] + "…"
    who = next((partner_view.text(line).lower() for line in view.now if line.code == "who"), "")
    return f"{short.rstrip('.')}. {who[:1].upper()}{who[1:]}" if who else short


def person_line(person: Person | None) -> str:
    """Age or birth date and language, in one line."""
    if person is None:
        return ""
    age = person.age()
    parts = [_("%(age)s years", age=age) if age is not None else person.birth_text]
    if person.language != "nl":
        parts.append(str(labels.LANGUAGES.get(person.language, person.language)))
    return ", ".join(part for part in parts if part)


def case_file(
    case: Case, by: Actor, *, current: str, sent: list[Referral] | None = None, questions: int | None = None
) -> SimpleNamespace:
    """The head of every page of a file (components/case_header.html)."""
    sent = referrals.of_case(case) if sent is None else sent
    questions = help_requests.count_of(case) if questions is None else questions
    open_ones = [r for r in sent if not r.status.is_final]
    waiting = [r for r in open_ones if r.status.is_undecided]
    turn = turns.of_file(case, open_ones, by)
    asked = next((r for r in open_ones if r.status == "question_asked"), None)
    meta = [person_line(case.person), places.name(case.nis), _("File %(number)s", number=case.number)]
    return SimpleNamespace(
        name=case_name(case),
        meta=". ".join(part for part in meta if part) + ".",
        state=str(case.status),
        turn=SimpleNamespace(
            state=turn.state, label=None if turn.state == "me" else turn.name, age=turn.age, late=False
        ),
        clock=clock_of(waiting[0].answer_due_at, waiting[0].sent_at) if waiting and not asked else None,
        tags=_tags(case, open_ones, labels.label((asked or case).status)),
        tabs=_tabs(case, current, len(sent), questions),
    )


def held_for_now(case: Case) -> str:
    """What a file that nobody allocated yet is: with whom it stands in the meantime."""
    by = current_actor()
    if case.holder_id is None:
        return _("Not allocated yet")
    return _("With you for now") if by is not None and case.holder_id == by.user_id else _("Held for now")


def _tags(case: Case, open_ones: list[Referral], standing: str) -> list[tuple[str, str, str | None]]:
    tags: list[tuple[str, str, str | None]] = [(standing, "info", None)]
    if case.is_provisional and not case.is_closed:
        tags.append((held_for_now(case), "warn", None))
    if case.is_restricted:
        tags.append((_("Restricted"), "warn", "lock"))
    if case.person is not None and case.person.is_shielded:
        tags.append((_("Careful with contact"), "danger", "lock"))
    bases = [r.basis for r in open_ones if r.basis is not None and r.basis.is_live(clock.today())]
    if bases and bases[0].ends_on is not None:
        tags.append((_("Consent until %(day)s", day=short_date(bases[0].ends_on)), "info", "lock"))
    elif bases:
        tags.append((labels.label(bases[0].kind), "info", "lock"))
    if open_ones:
        count = ngettext("%(num)s open referral", "%(num)s open referrals", len(open_ones))
        tags.append((count, "", "share"))
    return tags


def _tabs(case: Case, current: str, referrals_count: int, questions: int) -> list[Any]:
    parts = [
        ("show_case", _("Overview"), None),
        ("list_questions", _("Questions"), questions),
        ("list_case_referrals", _("Referrals"), referrals_count),
        ("show_rights", _("Rights"), None),
        *_aid_tab(case),
        ("show_person", _("Person"), None),
        ("list_documents", _("Documents"), None),
        ("show_plan", _("Plan"), None),
        ("list_readers", _("Who looked"), None),
    ]
    return [
        SimpleNamespace(
            label=text, url=url_for(f"intake.{name}", case_id=case.id), current=name == current, count=count
        )
        for name, text, count in parts
    ]


def _aid_tab(case: Case) -> list[tuple[str, str, None]]:
    """Only an OCMW keeps a register of requests for aid."""
    is_ocmw = case.tenant.kind == TenantKind.OCMW
    return [("list_aid_requests", _("Requests for aid"), None)] if is_ocmw else []
