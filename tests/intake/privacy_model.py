"""The policy of privacy in a few lines, written apart from the product: who may read which secret.

It keeps its own facts as the acts of a test happen and asks the product nothing. What a page, a search, a
mail, a sheet of paper, an export or the interface for programs shows, has to equal what is said here.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

DOMAINS = {
    "income", "debts", "housing", "energy", "health", "mental", "care", "family", "work", "education",
    "leisure", "network", "admin", "justice", "safety",
}  # fmt: skip
WAITING = {"sent", "seen", "question_asked"}  # the partner has not decided
TAKEN = {"accepted", "waitlisted", "in_progress", "completed", "failed"}
ASKS_THE_CITIZEN = {"consent", "shared_secrecy"}
OF_A_SHARE = ("request", "asked", "answered")  # written for the partner: read before deciding too


@dataclass
class Share:
    """One referral: to whom, on what ground, with what."""

    receiver: Any
    ground: str
    items: frozenset[str]
    secrets: dict[str, str]
    state: str = "sent"
    withdrawn: bool = False
    last_day: date | None = None

    def is_open(self, today: date) -> bool:
        return not self.withdrawn and (self.last_day is None or self.last_day >= today)


@dataclass
class File:
    """One file: whose it is, what it holds, and what its citizen left out."""

    tenant: Any
    holder: Any
    secrets: dict[str, str]
    shares: list[Share] = field(default_factory=list)
    restricted: bool = False
    left_out_items: set[str] = field(default_factory=set)
    is_member_left_out: bool = False

    def every_secret(self) -> set[str]:
        return {*self.secrets.values(), *(text for share in self.shares for text in share.secrets.values())}

    def shared(self, share: Share, today: date) -> set[str]:
        """What the receiver of one referral reads on a day."""
        if not share.is_open(today) or share.state not in WAITING | TAKEN:
            return set()
        read = {share.secrets[key] for key in OF_A_SHARE if key in share.secrets}
        if share.state in WAITING:
            return read
        bound = share.ground in ASKS_THE_CITIZEN
        items = share.items - (self.left_out_items if bound else set())
        keys = {"name", "phone"} | (items & (DOMAINS | {"address"}))
        if "notes" in items:
            keys.add("shareable")
        if "household" in items and not (bound and self.is_member_left_out):
            keys.add("member")
        return read | {self.secrets[key] for key in keys if key in self.secrets}


@dataclass
class User:
    """Somebody with an account: for whom they work, and as what."""

    actor: Any
    tenant: Any
    role: str
    is_gone: bool = False


def allowed(user: User, file: File, today: date) -> set[str]:
    """All that a user may read of a file, by whatever door."""
    if user.is_gone:
        return set()
    if user.tenant == file.tenant and user.role in {"intake_worker", "team_lead"}:
        if not file.restricted or user.role == "team_lead" or user.actor.user_id == file.holder:
            return file.every_secret()
        return set()
    read: set[str] = set()
    if user.role in {"intake_worker", "team_lead", "partner_desk"}:
        for share in file.shares:
            if share.receiver == user.tenant:
                read |= file.shared(share, today)
    return read
