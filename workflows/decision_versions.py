"""Decisions of the product whose rules are edited in their table: deployed as versions, in use at once.

A package says which of its tables may be replaced, and tries a new one out before it is used. What was never
deployed comes from the library.
"""

import hashlib
from collections.abc import Callable, Collection

import sqlalchemy as sa

from core import audit
from core.access import Actor
from core.clock import now
from core.db import session, uuid7
from core.errors import DomainError
from core.i18n import _
from workflows import decisions
from workflows.definitions import Refused
from workflows.engine import dmn
from workflows.models.decisions import DecisionVersion

Trial = Callable[[bytes], None]
_trials: dict[str, Trial] = {}


def make_deployable(name: str, trial: Trial) -> None:
    """Let a table be replaced by a later version; `trial` raises DomainError for one that cannot be used."""
    _trials[name] = trial


def is_deployable(name: str) -> bool:
    return name in _trials


def deployable() -> list[str]:
    """The tables that may be replaced, by name."""
    return sorted(_trials)


def in_use(names: Collection[str]) -> dict[str, bytes]:
    """The tables that decide now, by name, in one statement. Raises UnknownDecision."""
    found = {row.name: row.content for row in session.execute(_newest(names))}
    return {name: found.get(name) or decisions.table(name) for name in names}


def latest(name: str) -> DecisionVersion | None:
    """The version in use, None while the table is the one that came with the product."""
    query = sa.select(DecisionVersion).where(DecisionVersion.name == name)
    return session.scalars(query.order_by(DecisionVersion.number.desc()).limit(1)).first()


def _newest(names: Collection[str]) -> sa.Select[str, bytes]:
    top = sa.select(DecisionVersion.name, sa.func.max(DecisionVersion.number).label("number"))
    newest = top.where(DecisionVersion.name.in_(names)).group_by(DecisionVersion.name).subquery()
    return sa.select(DecisionVersion.name, DecisionVersion.content).join(
        newest,
        sa.and_(DecisionVersion.name == newest.c.name, DecisionVersion.number == newest.c.number),
    )


def deploy(name: str, data: bytes, *, by: Actor) -> DecisionVersion | None:
    """Have this table decide from now on; None when it decides already. Older versions are kept.

    Raises Refused with every finding, and DomainError for a table that may not or cannot take this place.
    """
    if name not in _trials:
        raise DomainError(
            _("%(name)s is not a table that can be replaced. These are: %(names)s.", name=name,
              names=", ".join(deployable()))
        )  # fmt: skip
    findings = decisions.findings(data)
    if any(found.level == "error" for found in findings):
        raise Refused(_("This table has mistakes. Nothing was changed."), findings)
    model, own = dmn.load(data), dmn.load(decisions.table(name))
    if model.main != own.main:
        raise DomainError(_("The decision is called %(main)s. Keep that name.", main=own.main), field="file")
    _trials[name](data)
    if in_use([name])[name] == data:
        return None
    before = latest(name)
    made = DecisionVersion(
        id=uuid7(),
        name=name,
        number=before.number + 1 if before else 2,  # the library has the first
        hash=hashlib.sha256(data).hexdigest(),
        content=data,
        deployed_at=now(),
        deployed_by=by.user_id,
    )
    session.add(made)
    session.flush()
    audit.record("decision.deployed", made, by=by, changes={"name": name, "version": made.number})
    return made
