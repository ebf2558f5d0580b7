"""What a process manager reads before moving files to another version: each file, its verdict, and why."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from core.db import session
from core.i18n import _
from workflows import definitions, migrations, overview
from workflows.engine.model import Blocker, Compiled
from workflows.models.definitions import Definition
from workflows.models.instances import Instance


@dataclass(frozen=True)
class MoveRow:
    """One file that runs in another version. `outcome`: safe | skip | refuse."""

    instance: Instance
    version: int
    steps: list[str]
    outcome: str
    reasons: list[str]


def rows(ids: Sequence[uuid.UUID], target: Definition) -> list[MoveRow]:
    """The verdict of each of these instances on moving to a version, in the order given."""
    versions = {each.id: each for each in session.scalars(sa.select(Definition).filter_by(key=target.key))}
    return [_row(instance, versions[instance.definition_id], target) for instance in migrations.read(ids)]


def _row(instance: Instance, now_in: Definition, target: Definition) -> MoveRow:
    verdict = migrations.preview(instance, target.id)
    old, new = definitions.compiled(now_in.id), definitions.compiled(target.id)
    return MoveRow(
        instance,
        now_in.version,
        [overview.step_text(old, element) for element in instance.work["tasks"].values()],
        verdict.outcome,
        [reason(blocker, old, new) for blocker in verdict.blockers],
    )


def reason(blocker: Blocker, old: Compiled, new: Compiled) -> str:
    """Why a file cannot move, or what it would pass over, in the reader's language."""
    step = overview.step_text(old, blocker.element_id)
    passed = overview.step_text(new, blocker.args.get("new", ""))
    joined = overview.step_text(new, blocker.element_id)
    texts = {
        "step-removed": _("The step “%(step)s” is under way and is gone in the new version.", step=step),
        "step-kind-changed": _(
            "The step “%(step)s” is under way and is of another kind in the new version.", step=step
        ),
        "step-changed": _(
            "The step “%(step)s” is under way and works otherwise in the new version.", step=step
        ),
        "flow-removed": _("The way by which “%(step)s” was reached is gone in the new version.", step=step),
        "step-before": _(
            "The new step “%(new)s” comes before “%(step)s” and is passed over.", new=passed, step=step
        ),
        "join-starved": _(
            "“%(step)s” would wait for ever for “%(new)s”, which is not begun any more.",
            step=joined,
            new=passed,
        ),
        "process-removed": _("The new version does not hold the part that is under way."),
        "other-process": _("The new version does not hold the part that is under way."),
    }
    return str(texts.get(blocker.code) or _("This file cannot be read: %(code)s.", code=blocker.code))
