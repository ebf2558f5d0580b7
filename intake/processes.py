"""The one door from the intake to its running processes: signal, case and referral (`workflows/library`)."""

import uuid
from typing import Any

from core.access import Actor
from intake.models.cases import Case
from intake.models.referrals import Referral
from intake.models.signals import Signal
from workflows import instances
from workflows.parties import Party


def start_signal(signal: Signal, *, by: Actor) -> None:
    receiver = Party(tenant_id=signal.tenant_id)
    instances.start("signal", subject=signal, data={}, by=by, parties={"receiver": receiver})


def hand_signal_to_worker(signal: Signal, *, by: Actor) -> None:
    """Before `taken`: the next step is the worker's own."""
    instances.assign(signal, "worker", tenant_id=signal.tenant_id, assignee_id=signal.taken_by_id, by=by)


def hand_signal_to_tenant(signal: Signal, tenant_id: uuid.UUID, *, by: Actor) -> None:
    """Before `passed_on`: the next step belongs to the other organization."""
    instances.assign(signal, "receiver", tenant_id=tenant_id, owner=True, by=by)


def start_case(case: Case, *, by: Actor) -> None:
    holder = Party(tenant_id=case.tenant_id, queue=case.team_id, assignee_id=case.holder_id)
    data = {"phase": str(case.status)}
    instances.start("case", subject=case, data=data, by=by, parties={"case_holder": holder})


def give_case_to(case: Case, *, by: Actor) -> None:
    """After a change of holder: open steps follow."""
    if case.is_restricted and case.holder_id is not None:
        keep_case_to_holder(case, by=by)
        return
    instances.assign(
        case, "case_holder", tenant_id=case.tenant_id, queue=case.team_id, assignee_id=case.holder_id, by=by
    )


def keep_case_to_holder(case: Case, *, by: Actor) -> None:
    """Open steps of a restricted file lie with its holder alone: no team lists them."""
    assert case.holder_id is not None  # noqa: S101 - a restricted file has a holder
    instances.restrict(case, "case_holder", assignee_id=case.holder_id, by=by)


def wait_for_partner(case: Case, referral: Referral, *, by: Actor) -> None:
    """The file waits for the partner of this referral."""
    if referral.receiving_tenant_id is not None:
        instances.assign(case, "partner", tenant_id=referral.receiving_tenant_id, by=by)
    instances.advance(case, "referral_sent", by=by)


def start_referral(referral: Referral, *, by: Actor) -> None:
    """A service without account has no desk here: its steps lie with the sender, who notes the answers."""
    sender = Party(tenant_id=referral.tenant_id, assignee_id=referral.case.holder_id)
    partner = Party(tenant_id=referral.receiving_tenant_id) if referral.receiving_tenant_id else sender
    instances.start(
        "referral",
        subject=referral,
        data={"case_id": str(referral.case_id)},
        by=by,
        parties={"sender": sender, "partner": partner},
    )


def advance(
    subject: Signal | Case | Referral, event: str, *, by: Actor, data: dict[str, Any] | None = None
) -> None:
    """Tell the process of `subject` what happened, in the same transaction."""
    instances.advance(subject, event, by=by, data=data)
