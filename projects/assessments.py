"""The jury: who judges which file, who may not, and scores that stay blind until they are handed in."""

import uuid
from collections.abc import Iterable

import sqlalchemy as sa

from core import audit, clock, outbox
from core.access import Actor
from core.db import session
from core.errors import DomainError
from core.i18n import _
from core.models.accounts import Membership, User
from projects.models.applications import Application, ApplicationEditor, ApplicationPartner, ApplicationStatus
from projects.models.assessments import (
    Affiliation,
    Assessment,
    AssessmentStatus,
    InterestDeclaration,
    Recusal,
    Score,
)
from projects.models.calls import Call, Criterion, CriterionKind
from projects.transitions import move, require
from socialmap.models.directory import Organization
from workflows import instances


def declare_interests(
    call: Call, organization_ids: list[uuid.UUID], *, text: str, kind: str = "", by: Actor
) -> None:
    """Declare ties with organizations before judging, handling, deciding or paying; a tie recuses at once."""
    now = clock.now()
    known = set(
        session.scalars(sa.select(Affiliation.organization_id).where(Affiliation.user_id == by.user_id))
    )
    for organization_id in organization_ids:
        if organization_id not in known:
            session.add(
                Affiliation(user_id=by.user_id, organization_id=organization_id, kind=kind, declared_at=now)
            )
    declaration = find_declaration(call, by.user_id)
    if declaration is None:
        session.add(InterestDeclaration(call_id=call.id, user_id=by.user_id, declared_at=now, text=text))
    else:
        declaration.declared_at, declaration.text = now, text
    session.flush()
    audit.record("interests.declared", call, by=by)
    _recuse_where_tied(call, by=by)


def find_declaration(call: Call, user_id: uuid.UUID | None) -> InterestDeclaration | None:
    return session.scalars(
        sa.select(InterestDeclaration).where(
            InterestDeclaration.call_id == call.id, InterestDeclaration.user_id == user_id
        )
    ).one_or_none()


def require_declaration(call: Call, *, by: Actor) -> None:
    """Refuse to judge, handle, decide or pay for who has not declared their interests in this call."""
    if by.user_id is not None and find_declaration(call, by.user_id) is None:
        raise DomainError(_("Declare your interests in this call first."))


def conflicts(application: Application, user_id: uuid.UUID) -> bool:
    """Whether the user writes along in the file, works for its applicant or a partner, or declared a tie."""
    tied = sa.select(Application.id).where(
        Application.id == application.id, _is_tied(application.call, user_id)
    )
    return session.scalar(tied) is not None


def _is_tied(call: Call, user_id: uuid.UUID) -> sa.ColumnElement[bool]:
    """The condition on applications of a call in which the user has a tie, for many in one statement."""
    seats = sa.select(Membership.tenant_id).where(Membership.user_id == user_id, _holds_seat_beside(call))
    declared = sa.select(Affiliation.organization_id).where(Affiliation.user_id == user_id)
    works_there = sa.select(Organization.id).where(Organization.tenant_id.in_(seats))
    tied = sa.union(declared, works_there)
    takes_part = sa.exists().where(
        ApplicationPartner.application_id == Application.id, ApplicationPartner.organization_id.in_(tied)
    )
    writes = sa.exists().where(
        ApplicationEditor.application_id == Application.id, ApplicationEditor.user_id == user_id
    )
    return sa.or_(writes, Application.tenant_id.in_(seats), Application.organization_id.in_(tied), takes_part)


def _involved(application: Application) -> list[uuid.UUID]:
    return [application.organization_id, *(partner.organization_id for partner in application.partners)]


def _works_for_one_of(application: Application) -> sa.ColumnElement[bool]:
    """The condition on memberships that tie: in the applicant or a partner, whatever seat one acts in now.

    Where the authority itself takes part its own people still handle the file.
    """
    partners = sa.select(Organization.tenant_id).where(
        Organization.id.in_(_involved(application)), Organization.tenant_id.is_not(None)
    )
    return sa.and_(
        sa.or_(Membership.tenant_id == application.tenant_id, Membership.tenant_id.in_(partners)),
        _holds_seat_beside(application.call),
    )


def _holds_seat_beside(call: Call) -> sa.ColumnElement[bool]:
    """The condition on memberships of today, but those in the authority itself."""
    day = clock.today()
    return sa.and_(
        Membership.tenant_id != call.tenant_id,
        Membership.starts_on <= day,
        sa.or_(Membership.ends_on.is_(None), Membership.ends_on >= day),
    )


def recuse_tied(application: Application, *, by: Actor) -> None:
    """Take a file that came in away from who has a tie with it: writes along, works there, or declared one.

    Only from who declared their interests in the call: the others have nothing to judge, and write on.
    """
    involved = _involved(application)
    tied = (
        sa.select(Affiliation.user_id)
        .join(InterestDeclaration, InterestDeclaration.user_id == Affiliation.user_id)
        .where(Affiliation.organization_id.in_(involved), InterestDeclaration.call_id == application.call_id)
    )
    along = (
        sa.select(ApplicationEditor.user_id)
        .join(InterestDeclaration, InterestDeclaration.user_id == ApplicationEditor.user_id)
        .where(
            ApplicationEditor.application_id == application.id,
            InterestDeclaration.call_id == application.call_id,
        )
    )
    works = (
        sa.select(Membership.user_id)
        .join(InterestDeclaration, InterestDeclaration.user_id == Membership.user_id)
        .where(InterestDeclaration.call_id == application.call_id, _works_for_one_of(application))
    )
    for user_id in session.scalars(sa.union(tied, along, works)).all():
        reason = _("Tie with an organization of this file")
        recuse(application, user_id, reason=reason, automatic=True, by=by)


def _recuse_where_tied(call: Call, *, by: Actor) -> None:
    if by.user_id is None:
        return
    query = sa.select(Application).where(Application.call_id == call.id, _is_tied(call, by.user_id))
    for application in session.scalars(query).all():
        reason = _("Tie with an organization of this file")
        recuse(application, by.user_id, reason=reason, automatic=True, by=by)


def recuse(
    application: Application, user_id: uuid.UUID, *, reason: str, by: Actor, automatic: bool = False
) -> None:
    """Take the file away from someone: page, list, search, export, mail and worklist, in this transaction."""
    exists = sa.select(Recusal.id).where(Recusal.application_id == application.id, Recusal.user_id == user_id)
    if session.scalar(exists) is not None:
        return
    session.add(
        Recusal(
            application_id=application.id, user_id=user_id, reason=reason, automatic=automatic, at=clock.now()
        )
    )
    assessment = find_assessment(application, user_id)
    if assessment is not None:
        assessment.status = AssessmentStatus.RECUSED
    session.flush()
    instances.recuse(application, user_id, by=by)
    audit.record("application.recused", application, by=by, changes={"automatic": automatic})


def recused_files(by: Actor) -> set[uuid.UUID]:
    """The applications that this person may not see."""
    return set(session.scalars(sa.select(Recusal.application_id).where(Recusal.user_id == by.user_id)))


def recused_people(application: Application) -> set[uuid.UUID]:
    """Who may not see this application."""
    return set(session.scalars(sa.select(Recusal.user_id).where(Recusal.application_id == application.id)))


def assign_jurors(application: Application, jurors: list[User], *, by: Actor) -> None:
    """Give the file to jurors who declared their interests and have none in it."""
    require(application, ApplicationStatus.ADMISSIBLE, ApplicationStatus.IN_JURY)
    for juror in jurors:
        if find_declaration(application.call, juror.id) is None:
            raise DomainError(
                _("%(name)s has not declared interests in this call yet.", name=juror.name), field="jurors"
            )
        if conflicts(application, juror.id):
            recuse(
                application,
                juror.id,
                reason=_("Tie with an organization of this file"),
                automatic=True,
                by=by,
            )
        elif find_assessment(application, juror.id) is None:
            session.add(Assessment(application_id=application.id, juror_id=juror.id))
    session.flush()
    if len(live_assessments(application)) < application.call.quorum:
        raise DomainError(
            _("Too few jurors are left: the quorum is %(count)s.", count=application.call.quorum),
            field="jurors",
        )
    if application.status == ApplicationStatus.ADMISSIBLE:
        move(application, ApplicationStatus.IN_JURY, by=by, event="jury_assigned")
    outbox.put("mail.jury_assigned", payload={"application_id": str(application.id)}, tenant_id=by.tenant_id)


def find_assessment(application: Application, user_id: uuid.UUID | None) -> Assessment | None:
    return session.scalars(
        sa.select(Assessment).where(
            Assessment.application_id == application.id, Assessment.juror_id == user_id
        )
    ).one_or_none()


def left_to_judge(application_ids: Iterable[uuid.UUID], juror_id: uuid.UUID | None) -> set[uuid.UUID]:
    """Which of these applications this juror was given and has not judged yet, in one statement."""
    query = sa.select(Assessment.application_id).where(
        Assessment.application_id.in_(list(application_ids)),
        Assessment.juror_id == juror_id,
        Assessment.status == AssessmentStatus.ASSIGNED,
    )
    return set(session.scalars(query))


def is_left_to(juror: Actor, live: Iterable[Assessment]) -> bool:
    """Whether one of these assessments waits for this juror."""
    return any(a.juror_id == juror.user_id and a.status == AssessmentStatus.ASSIGNED for a in live)


def live_assessments(application: Application) -> list[Assessment]:
    """The assessments that count, of jurors who were not recused."""
    query = sa.select(Assessment).where(
        Assessment.application_id == application.id, Assessment.status != AssessmentStatus.RECUSED
    )
    return list(session.scalars(query.order_by(Assessment.id)))


def scored_criteria(call: Call) -> list[Criterion]:
    return [criterion for criterion in call.criteria if criterion.kind == CriterionKind.SCORED]


def save_score(
    assessment: Assessment, criterion: Criterion, *, points: int, motivation: str, by: Actor
) -> None:
    """Score one criterion within its scale, with a reason. Refuses once the assessment is handed in."""
    if assessment.status != AssessmentStatus.ASSIGNED:
        raise DomainError(_("This assessment was handed in already."))
    if not 0 <= points <= criterion.scale:
        raise DomainError(
            _("Give a score from 0 to %(scale)s.", scale=criterion.scale), field=f"points-{criterion.code}"
        )
    if not motivation.strip():
        raise DomainError(_("Give the reason for this score."), field=f"motivation-{criterion.code}")
    current = next((score for score in assessment.scores if score.criterion_id == criterion.id), None)
    if current is None:
        assessment.scores.append(Score(criterion_id=criterion.id, points=points, motivation=motivation))
    else:
        current.points, current.motivation = points, motivation
    session.flush()
    audit.record("assessment.scored", assessment, by=by, changes={"criterion": criterion.code})


def submit_assessment(assessment: Assessment, application: Application, *, advice: str, by: Actor) -> None:
    """Hand in; from now on the others may see it, and it can no longer change."""
    if assessment.status != AssessmentStatus.ASSIGNED:
        raise DomainError(_("This assessment was handed in already."))
    scored = {score.criterion_id for score in assessment.scores}
    for criterion in scored_criteria(application.call):
        if criterion.id not in scored:
            raise DomainError(
                _("“%(title)s” has no score yet.", title=criterion.title), field=f"points-{criterion.code}"
            )
    assessment.status, assessment.advice = AssessmentStatus.SUBMITTED, advice
    assessment.submitted_at = clock.now()
    session.flush()
    audit.record("assessment.submitted", assessment, by=by)


def visible_assessments(live: list[Assessment], actor: Actor) -> list[Assessment]:
    """Those of `live_assessments` that one may read.

    Blind until submitted: a juror sees others' scores only after handing in their own.
    """
    own = next((assessment for assessment in live if assessment.juror_id == actor.user_id), None)
    if own is not None and own.status != AssessmentStatus.SUBMITTED:
        return [own]
    return [a for a in live if a.status == AssessmentStatus.SUBMITTED or a.juror_id == actor.user_id]
