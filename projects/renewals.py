"""A process that began in a version of before takes what its subject may do now.

Each version of a process of the library stays as it was for who runs in it. An act that came later moves
the one process that it concerns to the version in use, where nothing is lost by it.
"""

import uuid
from typing import Any

from core.access import Actor
from workflows import definitions, instances, migrations, tasks
from workflows.models.instances import Instance


def renew(record: Any, event: str, *, by: Actor) -> bool:
    """Have the process of a record take this event, in the version in use if need be; False where none can.

    The caller holds the record.
    """
    return event in tasks.outcomes(record) or _move(record, event, by=by)


def _move(record: Any, event: str, *, by: Actor) -> bool:
    instance, target = instances.find(record), definitions.find_current(record.subject_type)
    if instance is None or instance.ended_at is not None:
        return False
    if target is None or instance.definition_id == target.id:
        return False
    if not _takes(instance, target.id, event):
        return False
    if migrations.preview(instance, target.id).outcome == "refuse":
        return False
    # A new step that lies before the present one was done without it: it is passed over.
    migrations.move(instance.id, target.id, accept_skip=True, by=by)
    return True


def _takes(instance: Instance, target_id: uuid.UUID, event: str) -> bool:
    """Whether the step in which an instance is takes the event in another version."""
    steps = definitions.compiled(target_id).tasks
    return any(each in steps and event in steps[each].outcomes for each in instance.work["tasks"].values())
