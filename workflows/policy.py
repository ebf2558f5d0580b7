"""Who may do what with processes. Pure rules, the same for pages and commands."""

from core.access import Actor, Role
from workflows import subjects
from workflows.models.instances import Instance


def can_manage_processes(by: Actor) -> bool:
    """A process manager sees definitions, instances and incidents of everybody, without personal data."""
    return by.has(Role.PROCESS_MANAGER)


def can_see_decision(by: Actor, _name: str) -> bool:
    """The tables as they are, without anybody's file, are for process managers."""
    return can_manage_processes(by)


def can_steer(by: Actor, instance: Instance) -> bool:
    """Suspend, resume, cancel: a process manager, the organization that owns the file, the worker."""
    return by.kind == "worker" or by.has(Role.PROCESS_MANAGER) or by.tenant_id == instance.tenant_id


def can_see_process(by: Actor, instance: Instance) -> bool:
    """The diagram of a file is for who may see the file, and for process managers."""
    if by.has(Role.PROCESS_MANAGER):
        return True
    kind = subjects.find(instance.subject_type_)
    record = subjects.load(instance.subject_type_, instance.subject_id)
    return kind is not None and record is not None and kind.visible_to(by, record)
